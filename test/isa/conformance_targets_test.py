#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""skep-conformance for other machines, each under its emulator: the presets whose board is a process
of Linux build it without a C library."""

import shutil
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "harness"), str(TESTS / "board")]
from conformance import Plugin, check_plugin
from ktap import BUILD, Report
from run import rows

BIG_ENDIAN = {"s390x"}

with Report() as report:
    processes = [row for row in rows() if row.layout.startswith("process")]
    report.check("there are four such machines", len(processes) == 4, processes)
    for row in processes:
        plugin = BUILD / row.preset / "skep-conformance"
        if shutil.which(row.command[0]) is None:
            report.skip(row.name, f"there is no {row.command[0]} here")
        elif not plugin.exists():
            report.skip(row.name, f"the preset {row.preset} is not built")
        else:
            check_plugin(report, Plugin([*row.command, plugin], row.name, row.name in BIG_ENDIAN),
                         ("--interpret",))
