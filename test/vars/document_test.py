#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""doc/VARIABLES.md: its programs compile without a warning, run, and print what it shows."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

BLOCK = re.compile(r"^```(\w+) ([\w.]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CC = os.environ.get("CC", "cc")


def call(*words, cwd):
    return subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


with Report() as report, tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    blocks = BLOCK.findall((SOURCE / "doc/VARIABLES.md").read_text())
    shown = {title: text for language, title, text in blocks if language == "text"}
    sources = {title: text for language, title, text in blocks if language == "c"}
    for title, text in sources.items():
        (folder / title).write_text(text)
    # Built with sanitizers, libskep needs them when it is linked, too.
    cache = (BUILD / "CMakeCache.txt").read_text()
    sanitizers = (["-fsanitize=address,undefined"]
                  if re.search(r"^SKEP_SANITIZE:\w+=(ON|1|TRUE)$", cache, re.MULTILINE) else [])
    done = call("clang-19", "-O2", "-g", "-Wall", "-Werror", "-target", "bpf", "-mcpu=v3", "-c", "throttle.bpf.c",
                "-o", "throttle.o", cwd=folder)
    report.check("throttle.bpf.c compiles", done.returncode == 0, done.stderr)
    for title in sorted(sources):
        if title == "host.h" or title.endswith(".bpf.c"):
            continue
        program = title.removesuffix(".c")
        done = call(CC, "-std=c11", "-Wall", "-Wextra", "-Werror", "-g", *sanitizers, f"-I{SOURCE / 'include'}", title,
                    BUILD / "libskep.a", "-lpthread", "-o", program, cwd=folder)
        report.check(f"{title} compiles", done.returncode == 0, done.stderr)
        done = call(folder / program, cwd=folder)
        report.check(f"{title} prints what is shown", done.returncode == 0 and done.stdout == shown.get(program),
                     f"{done.returncode}\n{done.stdout[:2000]}{done.stderr[:2000]}")
    report.check("three uses are shown", set(shown) == {"tuning", "statistics", "mailbox"}, sorted(shown))
