# SPDX-License-Identifier: Apache-2.0
"""What the tests of generated source share: the compilers that must take it, as they are on this
machine, and programs linked with the library that is tested."""

import re
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{SOURCE / 'include'}"]
FREESTANDING = ["-ffreestanding"]

Compiler = namedtuple("Compiler", "name command")

C = ["-std=c11", "-x", "c"]
CXX = ["-std=c++17", "-x", "c++"]

# Hosts of 32 and 64 bits, of both byte orders, with alignments of their own: 64-bit integers are
# aligned to 4 bytes on i386.
COMPILERS = [
    Compiler("gcc", ["gcc", *C]),
    Compiler("clang", ["clang-19", *C]),
    Compiler("g++", ["g++", *CXX]),
    Compiler("clang++", ["clang++-19", *CXX]),
    Compiler("gcc for i386", ["gcc", *C, "-m32", *FREESTANDING]),
    Compiler("gcc for s390x", ["s390x-linux-gnu-gcc", *C]),
    Compiler("gcc for rv32imac", ["riscv64-unknown-elf-gcc", *C, "-march=rv32imac", "-mabi=ilp32",
                                  *FREESTANDING]),
    Compiler("gcc for Cortex-M4", ["arm-none-eabi-gcc", *C, "-mcpu=cortex-m4", "-mthumb",
                                   *FREESTANDING]),
    Compiler("gcc for lx106", ["xtensa-lx106-elf-gcc", *C, *FREESTANDING]),
    Compiler("clang for 32-bit big-endian PowerPC", ["clang-19", *C, "--target=powerpc-none-eabi",
                                                     *FREESTANDING]),
]


def is_there(compiler):
    return shutil.which(compiler.command[0]) is not None


def compile_text(compiler, text, folder, *options):
    """What the compiler says against a source; "" if it takes it."""
    done = subprocess.run([*compiler.command, *STRICT, *options, f"-I{folder}", "-c", "-o",
                           "/dev/null", "-"],
                          input=text, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 and done.stderr == "" else done.stderr or "it failed"


def check_all(report, name, text, folder):
    """One result for each compiler."""
    for compiler in COMPILERS:
        if is_there(compiler):
            said = compile_text(compiler, text, folder)
            report.check(f"{name}: {compiler.name}", said == "", said)
        else:
            report.skip(f"{name}: {compiler.name}", f"there is no {compiler.command[0]}")


def cache(name):
    """A setting of the build that is tested: its sanitizers are those of the library to link."""
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def build(source, folder, cxx=False):
    """A program with libskep; returns its path, or None and what the compiler said."""
    sanitizers = cache("SKEP_SANITIZE")
    if sanitizers:
        command = ["clang++-19" if cxx else "clang-19"]
        flags = [f"-fsanitize={sanitizers}", "-fno-sanitize=function"]
    else:
        command, flags = ["g++" if cxx else "gcc"], []
    program = folder / ("program.cxx" if cxx else "program.c")
    done = subprocess.run([*command, *(CXX if cxx else C), "-O1", "-g", *STRICT, *flags,
                           f"-I{folder}", source, "-x", "none", BUILD / "libskep.a", "-lpthread",
                           "-o", program], capture_output=True, text=True, check=False)
    return (program, "") if done.returncode == 0 else (None, done.stderr)
