#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""What firmware pays for a profile: within its limits, and not grown over the committed table. The
comparison itself is shown to notice."""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "harness"),
                str(Path(__file__).resolve().parents[2] / "bench" / "size")]
import sizes
from ktap import BUILD, Report

MAP = """Memory map of a linker

Linker script and memory map

.text           0x00010000      0x9c
 *(.text .text.*)
 .text.short    0x00010000       0x10 build/libskep.a(a.c.obj)
 .text.a_name_that_is_long
                0x00010010       0x20 build/libskep.a(b.c.obj)
                0x00010010                skep_a_name_that_is_long
 .rodata        0x00010030        0x8 build/full.o
 .text          0x00010038       0x44 /usr/lib/gcc/thumb/libgcc.a(_divdi3.o)
 .text.dropped  0x00000000       0x99 build/libskep.a(c.c.obj)

.data           0x0001007c        0x4
 .data.word     0x0001007c        0x4 build/libskep.a(a.c.obj)

.bss            0x00010080       0x40
 .bss.table     0x00010080       0x40 build/libskep.a(a.c.obj)
"""


def check_map(report, folder):
    path = folder / "cortex-m4" / "size" / "full.map"
    path.parent.mkdir(parents=True)
    path.write_text(MAP)
    found = sizes.section_sizes(folder, "cortex-m4", "full")
    report.check("a map is read: what was linked, from whom",
                 found == {"text": 48, "runtime": 0x44, "data": 4, "bss": 64}, str(found))


def check_comparison(report, folder):
    kept, limits = sizes.TABLE, sizes.LIMITS
    sizes.TABLE = folder / "sizes.txt"
    sizes.LIMITS = {("cortex-m4", "full", "text"): 10100}
    row = dict.fromkeys(sizes.COLUMNS, 0) | {"text": 10000, "loading": None}
    sizes.write_table({("cortex-m4", "full"): row})
    for name, change, wanted in (("the same", {}, 0), ("smaller", {"text": 5000}, 0),
                                 ("a little larger", {"bss": sizes.GROWTH_BYTES}, 0),
                                 ("larger", {"bss": sizes.GROWTH_BYTES + 1}, 1),
                                 ("over a limit", {"text": 10101}, 1),
                                 ("over a limit and larger", {"text": 12000}, 2),
                                 ("measured for the first time", {"loading": 5}, 1),
                                 ("no longer measured", {"stack1": None}, 1)):
        found = list(sizes.problems({("cortex-m4", "full"): row | change}))
        report.check(f"a row that is {name}", len(found) == wanted, str(found))
    sizes.TABLE, sizes.LIMITS = kept, limits


def check_presets(report):
    for preset in sizes.counts.BOARDS:
        for profile in sizes.PROFILES:
            try:
                row = sizes.measure_one(BUILD, preset, profile)
            except sizes.counts.NotBuilt as reason:
                report.skip(f"{preset} {profile}", reason)
                continue
            sentences = list(sizes.problems({(preset, profile): row}))
            report.check(f"{preset} {profile}", not sentences, "\n".join(sentences))


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    check_map(report, Path(temporary))
    check_comparison(report, Path(temporary))
    check_presets(report)
