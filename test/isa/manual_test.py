#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""doc/ISA.md is what tools/manual makes of the tables; and what it says of every opcode is true: the
text assembles to that opcode, and what the table calls reserved is refused."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

WORDS = {"d": ("3", "1"), "s": ("2", "4"), "o": ("+5", "+0"), "i": ("+7", "+9")}


def instructions(manual):
    """Rows of the table of all instructions: opcode, dst, src, off, imm, text, group."""
    lines = manual.split("## All instructions")[1].split("## Assembly")[0].splitlines()
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines if line.startswith("| 0x")]
    return [[cell.replace("\\|", "|").strip("`") for cell in row] for row in rows]


def assemble(text):
    """The bytes of an instruction, or None."""
    with tempfile.NamedTemporaryFile() as made:
        done = subprocess.run([BUILD / "skep", "asm", "-", "--raw", "-o", made.name], check=False,
                              input=text.encode(), capture_output=True)
        return Path(made.name).read_bytes() if done.returncode == 0 else None


def with_fields(text, which):
    for field, words in WORDS.items():
        text = text.replace("{" + field + "}", words[which])
    return re.sub(r"= \+", "= ", re.sub(r"call \+(\d)$", r"call \1", text))


with Report() as report:
    made = subprocess.run([SOURCE / "tools" / "manual"], check=True, capture_output=True, text=True)
    manual = (SOURCE / "doc" / "ISA.md").read_text()
    report.check("doc/ISA.md is what tools/manual makes", made.stdout == manual,
                 "run tools/manual --write")
    report.check("nothing is left to fill in", "{{" not in manual)
    rows = instructions(manual)
    codes = {int(row[0], 16) for row in rows}
    report.check("129 opcodes, as counted by hand in decode_test.c", len(codes) == 129, len(codes))
    for row in rows:
        code, dst, src, off, imm, text, _ = row
        wrong = []
        for which in (0, 1):
            written = with_fields(text, which)
            if code == "0x85" and src == "1":
                written = written.replace("call ", "call +")
            found = assemble(written)
            if found is None or found[0] != int(code, 16):
                wrong.append((written, found))
                continue
            fields = {"dst": (dst, found[1] & 15), "src": (src, found[1] >> 4),
                      "off": (off, int.from_bytes(found[2:4], "little", signed=True)),
                      "imm": (imm, int.from_bytes(found[4:8], "little", signed=True))}
            for name, (rule, value) in fields.items():
                if rule[0].isdigit() and "to" not in rule and int(rule, 0) != value:
                    wrong.append((written, name, rule, value))
        report.check(f"{' '.join(row[:5])}: {text}", not wrong, wrong)
