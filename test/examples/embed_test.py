#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/embed builds without a warning, does what it says, stands in the README as it is, and has a
header that is what skep gen makes of its object."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

PROGRAM = SOURCE / "examples/embed/embed.c"
OBJECT = SOURCE / "examples/embed/car.bpf.o"
HEADER = SOURCE / "examples/embed/limiter.skep.h"
LINES_MAX = 59
MARKER = "<!-- examples/embed/embed.c -->"

# The limit is set to 100 km/h: at 120 it brakes with 20 * 100 / 120, at 140 with 40 * 100 / 140.
OUTPUT = """80 km/h: throttle 30%
100 km/h: throttle 30%
brake: 16%
120 km/h: throttle 0%
brake: 28%
140 km/h: throttle 0%
braked 2 times, 28% at most
"""


def cache(name):
    """A setting of the build that is tested: its sanitizers are those of the library to link."""
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def build(folder):
    sanitizers = cache("SKEP_SANITIZE")
    command = [cache("CMAKE_C_COMPILER") or "cc", "-std=c11", "-O1", "-Wall", "-Wextra",
               "-Wpedantic", "-Werror", f"-I{SOURCE / 'include'}", PROGRAM, BUILD / "libskep.a",
               "-o", folder / "embed"]
    if sanitizers:
        command += [f"-fsanitize={sanitizers}", "-fno-sanitize=function"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def readme_block():
    """The code block that follows the marker, or None."""
    readme = SOURCE / "README.md"
    if not readme.exists():
        return None
    found = re.search(re.escape(MARKER) + r"\n+```c\n(.*?)```", readme.read_text(), re.DOTALL)
    return found.group(1) if found else None


def main():
    with Report() as report, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = PROGRAM.read_text()
        report.check("it is under 60 lines", len(text.splitlines()) <= LINES_MAX)
        report.check("the README has it word for word", readme_block() == text,
                     f"put the file behind {MARKER} in README.md, in a ```c block")
        built = build(folder)
        if not report.check("it builds without a warning", built.returncode == 0, built.stderr):
            return
        done = subprocess.run([folder / "embed"], capture_output=True, text=True, check=False)
        report.check("own context, own helper, map and variables",
                     (done.returncode, done.stdout) == (0, OUTPUT),
                     f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
        again = folder / "limiter.skep.h"
        subprocess.run([BUILD / "skep", "gen", "skeleton", OBJECT, "-n", "limiter", "-o", again],
                       check=True)
        report.check("its header is what skep gen makes", again.read_bytes() == HEADER.read_bytes())


main()
