#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documents are true: commands in them run, links and paths lead somewhere, targets of make exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

DOCUMENTS = [SOURCE / "README.md", *sorted((SOURCE / "doc").glob("*.md")),
             *sorted((SOURCE / "examples").glob("*/README.md"))]
COMMAND = re.compile(r"^(?:    )?(build/skep .*)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)\)")
PLACE = re.compile(r"`((?:src|port|cli|lab|test|examples|doc|tools|include|cmake)/[\w./*-]+)`")
TARGET = re.compile(r"(?:`|^    )make ([a-z]+)", re.MULTILINE)


def exists(path):
    # A folder, a file, or what a build makes (flows.bpf.o); NAME stands for any.
    if "NAME" in path or path.endswith(".o"):
        return True
    return bool(list(SOURCE.glob(path.rstrip("/"))))


with Report() as report:
    makefile = (SOURCE / "Makefile").read_text()
    commands = 0
    for document in DOCUMENTS:
        name = document.relative_to(SOURCE)
        text = document.read_text()
        for command in COMMAND.findall(text):
            commands += 1
            words = shlex.split(command.split("  #")[0])
            words[0] = str(BUILD / "skep")
            result = subprocess.run(words, cwd=SOURCE, capture_output=True, text=True, timeout=300)
            report.check(f"{name}: {command}", result.returncode == 0 and result.stdout,
                         f"status {result.returncode}\n{result.stderr}")
        missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
        report.check(f"{name}: links lead somewhere", not missing, missing)
        missing = [place for place in PLACE.findall(text) if not exists(place)]
        report.check(f"{name}: paths exist", not missing, missing)
        missing = [target for target in TARGET.findall(text)
                   if not re.search(rf"^{target}:", makefile, re.MULTILINE)]
        report.check(f"{name}: targets of make exist", not missing, missing)
    report.check("README shows commands", commands >= 3, f"{commands} found")
