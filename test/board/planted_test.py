#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""What goes wrong on a board is noticed: a failed check, an instruction that does not exist, a stack
that is too small, an access that the bus would refuse. Each board has an image that does each."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, Report
from run import rows

RUN = Path(__file__).with_name("run.py")


def run(row, image):
    path = BUILD / row.preset / "board" / row.name / f"{image}.elf"
    result = subprocess.run([sys.executable, RUN, row.name, path, BUILD / "test" / "access.so"],
                            capture_output=True, text=True, errors="replace", timeout=60)
    return result.returncode, result.stdout + result.stderr


def check_board(report, row):
    process, strict = row.start == "linux", row.bus != "any"
    status, output = run(row, "planted_failure")
    report.check(f"{row.name}: a failed check", status == 1 and "not ok 1 planted" in output, output)
    status, output = run(row, "planted_trap")
    report.check(f"{row.name}: a trap", status != 0 and "ok 1" not in output
                 and (process or "# trap: cause" in output), output)
    if not process:
        status, output = run(row, "planted_stack")
        report.check(f"{row.name}: a stack that is too small", status != 0
                     and ("too small" in output or "# trap: cause" in output), output)
    if strict:
        status, output = run(row, "planted_access")
        wanted = {"misaligned: 4 bytes"} | ({"less than a word: 1 bytes"} if "words=" in row.bus else set())
        if "# trap: cause" in output:  # this emulator does insist on alignment
            wanted.remove("misaligned: 4 bytes")
        lines = re.findall(r"^# access: (.*) at ", output, re.MULTILINE)
        report.check(f"{row.name}: accesses that its bus refuses, and no others",
                     status != 0 and set(lines) == wanted, output)


with Report() as report:
    for row in rows():
        if shutil.which(row.command[0]) is None:
            report.skip(row.name, f"there is no {row.command[0]} here")
        elif not (BUILD / row.preset / "board" / row.name).exists():
            report.skip(row.name, f"the preset {row.preset} is not built")
        else:
            check_board(report, row)
