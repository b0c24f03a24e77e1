#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/verdicts: skep's verifier and the kernel's agree on the project's own objects; and a difference
is found, shown and counted."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import BUILD, SOURCE, Report, engines

OBJECTS = BUILD / "test" / "objects"
# traced.o asks for the BTF of its made-up kernel, and its map is one that Linux does not make.
LEFT_OUT = {"traced", "traced_kernel"}

FAKE = """#!/bin/sh
cat <<'JSON'
[{"program": "one", "type": "xdp", "verdict": "%s", "reason": "because", "verify_ns": 1000,
  "kernel": {"verdict": "%s", "reason": "for that", "walked": 1, "verify_ns": 2000}}]
JSON
"""


def verdicts(*arguments, skep=BUILD):
    return subprocess.run([sys.executable, SOURCE / "tools/verdicts", *map(str, arguments)], text=True,
                          capture_output=True, env={**os.environ, "SKEP_BUILD": str(skep)})


def check_differences(report, folder):
    """What is printed and returned for each pair of verdicts, from a skep that says just that."""
    (folder / "some.o").write_bytes(b"")
    program = folder / "skep"
    for own, kernel, status, mark in (("accept", "accept", 0, ""), ("reject", "reject", 0, ""),
                                      ("accept", "reject", 1, "UNSAFE?"),
                                      ("reject", "accept", 1, "refused"),
                                      ("unsupported", "accept", 1, "unsupported"),
                                      ("unsupported", "reject", 0, ""),
                                      ("accept", "none", 0, ""), ("reject", "none", 0, "")):
        program.write_text(FAKE % (own, kernel))
        program.chmod(0o755)
        done = verdicts(folder, skep=folder)
        line = done.stdout.splitlines()[1].split()
        report.check(f"skep: {own}, kernel: {kernel}", done.returncode == status and
                     line == ["some.o", "one", "xdp", own, kernel, "0.001", "0.002"] +
                     ([mark] if mark else []), done)


def check_own_objects(report):
    names = sorted(f"{path.name[:-len('.bpf.c')]}.o"
                   for path in (SOURCE / "test/objects").glob("*.bpf.c"))
    names = [name for name in names if name[:-2] not in LEFT_OUT and (OBJECTS / name).is_file()]
    done = verdicts(OBJECTS, *names, "--differences")
    report.check("there are objects", len(names) > 15)
    report.check("skep and the kernel say the same of the project's programs",
                 done.returncode == 0 and "(100.0 %)" in done.stdout, done.stdout + done.stderr)


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    check_differences(report, Path(temporary))
    error = engines()[1]
    if error is None:
        check_own_objects(report)
    else:
        print(f"# bpf(2) is not permitted here: {error}")
