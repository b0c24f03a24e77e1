#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""The linked core of every preset leaves undefined only the four memory functions and the compiler's
own runtime, and has no writable data: it can be put on a board without a C library."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from elf import Elf
from ktap import BUILD, SOURCE, Report

ALLOWED = {"memcpy", "memmove", "memset", "memcmp"}
# libgcc: integer arithmetic that a machine lacks (GCC internals manual, section 4.1; Arm's run-time
# ABI, section 4.3) and Xtensa's and RISC-V's save and restore routines. No atomics: a library with
# locks would be behind them. No floating point.
RUNTIME = re.compile(
    r"__(u?(div|mod|divmod)|mul|ash[lr]|lshr|neg|u?cmp|clz|ctz|ffs|parity|popcount|bswap)[sdt]i[234]?$"
    r"|__aeabi_(u?idiv(mod)?|u?ldivmod|lmul|ll[sl]l|lasr|llsr|u?lcmp|mem(cpy|move|set|clr)[48]?)$"
    r"|__gnu_thumb1_case_[us][hq]i$|__riscv_(save|restore)_\d+$|_GLOBAL_OFFSET_TABLE_$")


def unexpected(names):
    return [name for name in names if name not in ALLOWED and not RUNTIME.match(name)]


def images():
    yield "host", BUILD / "skep-core.o"
    for toolchain in sorted((SOURCE / "cmake" / "toolchain").glob("*.cmake")):
        yield toolchain.stem, BUILD / toolchain.stem / "skep-core.o"


def check_image(report, preset, path):
    if not path.exists():
        report.skip(f"{preset}: undefined symbols", "this preset is not built")
        return
    image = Elf(path)
    extra = unexpected(image.undefined)
    report.check(f"{preset}: only memory functions and compiler runtime are undefined", not extra,
                 "undefined: " + " ".join(extra))
    report.check(f"{preset}: no variables", not image.mutable_objects(),
                 "writable: " + " ".join(image.mutable_objects()))
    report.check(f"{preset}: no writable bytes", image.writable_bytes() == 0,
                 f"{image.writable_bytes()} bytes in writable sections")
    defined = {symbol.name for symbol in image.symbols}
    report.check(f"{preset}: the whole core is in it",
                 {"skep_runtime_open", "skep_object_load", "skep_prog_run"} <= defined,
                 "the public functions are missing")


def self_check(report):
    """A core with a call of printf, an atomic library call and a variable must be seen."""
    source = ("int printf(const char *, ...); extern void *memcpy(void *, const void *, unsigned long);"
              "int counter = 3; static const char *const names[] = { \"a\", \"b\" };"
              "const char *name(int i) { static int calls; calls += counter; "
              "printf(\"%d\", calls); return names[i]; }"
              "void copy(void *a, const void *b, unsigned long n) { memcpy(a, b, n); }")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.c"
        path.write_text(source)
        subprocess.run(["cc", "-O1", "-fPIC", "-ffreestanding", "-c", path.name], cwd=folder, check=True)
        planted = Elf(path.with_suffix(".o"))
    report.check("a planted call of printf is found", unexpected(planted.undefined) == ["printf"],
                 f"found {unexpected(planted.undefined)}")
    variables = planted.mutable_objects()
    report.check("a planted variable and a static one are found, a constant table is not",
                 len(variables) == 2 and "counter" in variables and "names" not in variables,
                 f"found {variables}")
    library = ["__atomic_fetch_add_8", "__sync_fetch_and_add_4", "__adddf3", "strlen", "malloc", "abort"]
    report.check("atomic libraries, floating point and libc are no compiler runtime",
                 unexpected(library) == library,
                 f"let through: {set(library) - set(unexpected(library))}")


with Report() as report:
    for preset, path in images():
        check_image(report, preset, path)
    self_check(report)
