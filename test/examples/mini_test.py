#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/mini: its programs are verified and linked on this computer, the committed result is what
comes out, and the firmware runs on nothing but libskep-mini."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

FOLDER = SOURCE / "examples/mini"

OUTPUT = """ok: the valve stays closed at 21.5 degrees
beep beep
ok: it opens at 36.0
beep
ok: and checked, at 31.0
ok: it was opened twice
ok: the program from the air is stopped at its second instruction
a store to memory that is not the program's
"""


def cache(name):
    """A setting of the build that is tested: its sanitizers are those of the library to link."""
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def build(output, *arguments):
    sanitizers = cache("SKEP_SANITIZE")
    command = [cache("CMAKE_C_COMPILER") or "cc", "-std=c11", "-O1", "-Wall", "-Wextra",
               "-Wpedantic", "-Werror", f"-I{SOURCE / 'include'}", *arguments, "-o", output]
    if sanitizers:
        command += [f"-fsanitize={sanitizers}", "-fno-sanitize=function"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


with Report() as report, tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    built = build(folder / "link", FOLDER / "link.c", BUILD / "libskep.a")
    if report.check("link.c builds without a warning", built.returncode == 0, built.stderr):
        done = subprocess.run([folder / "link"], input=(FOLDER / "alarm.bpf.o").read_bytes(),
                              capture_output=True, check=False)
        report.check("alarm.h is what it makes of alarm.bpf.c",
                     done.returncode == 0 and done.stdout == (FOLDER / "alarm.h").read_bytes(),
                     f"make it anew: link < alarm.bpf.o > alarm.h\n{done.stdout.decode()}"
                     f"{done.stderr.decode()}")
        done = subprocess.run([folder / "link"], input=b"not an object", capture_output=True,
                              check=False)
        report.check("it refuses what is no object",
                     done.returncode == 1 and done.stderr.startswith(b"link: "), done)
    built = build(folder / "firmware", FOLDER / "firmware.c", FOLDER / "host.c",
                  BUILD / "libskep-mini.a")
    if report.check("the firmware builds without a warning", built.returncode == 0, built.stderr):
        done = subprocess.run([folder / "firmware"], capture_output=True, text=True, check=False)
        report.check("its programs run, and the one from the air is stopped",
                     (done.returncode, done.stdout) == (0, OUTPUT), done)
