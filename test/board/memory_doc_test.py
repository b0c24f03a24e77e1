#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""doc/PORTING.md states the formula for an object's memory that memory.def and memory.h test."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import SOURCE, Report

ROW = re.compile(r'^COST\(\w+, "([^"]*)", (\d+), \d+, (\d+), \d+, (\d+), \d+\)$', re.MULTILINE)
CONSTANT = re.compile(r"(MEMORY_FIXED|MEMORY_WORKING) = (\d+)")

with Report() as report:
    document = (SOURCE / "doc" / "PORTING.md").read_text()
    document = document[document.index("## Memory that an object takes"):]
    rows = ROW.findall((SOURCE / "test" / "board" / "memory.def").read_text())
    report.check("there are rows", len(rows) > 10, str(rows))
    for row in rows:
        report.check(f"the row of each {row[0]}", "| {} | {} | {} | {} |".format(*row) in document)
    report.check("no others", len(re.findall(r"^\| .* \| \d+ \| \d+ \| \d+ \|$", document, re.MULTILINE))
                 == len(rows))
    for name, value in CONSTANT.findall((SOURCE / "test" / "board" / "memory.h").read_text()):
        report.check(f"{name}, {value}", f"{int(value):,}" in document)
