#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG: which programs of cli_flags.bpf.c every engine takes, the
kernel among them, and what then is in the map."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import Report, built, engines, maps_by_name, one_sentence, skep, skep_json

OBJECT = built("cli_flags")
# Program: None, or what the sentence of skep's verifier says.
PROGRAMS = {
    "read_book": None,
    "write_book": ("book", "read-only"),
    "update_book": ("book", "read-only"),
    "read_mailbox": ("a load", "mailbox", "write-only"),
    "add_mailbox": ("an atomic operation", "mailbox", "write-only"),
    "copy_mailbox": ("the value", "mailbox", "write-only"),
    "write_mailbox": None,
    "update_mailbox": None,
}

with Report() as report:
    there, reason = engines()
    for engine in there:
        for program, words in PROGRAMS.items():
            run = ("run", OBJECT, "--prog", program, "--engine", engine)
            if words is not None:
                done = skep(*run)
                words = ("forbidden",) if engine == "kernel" else words
                report.check(f"{engine}: {program} is refused",
                             one_sentence(done, 1, program, *words), done)
                continue
            found = skep_json(*run)
            value = maps_by_name(found)["mailbox"]["entries"][1]["value"]
            report.check(f"{engine}: {program} runs",
                         value == (77 if "mailbox" in program else 0), found)
    if "kernel" not in there:
        report.skip("the kernel takes the same programs", reason)
    found = skep_json("run", OBJECT, "--prog", "read_book", "--entry", "book:1=5")
    report.check("the host writes what programs only read", found["retval"] == 5, found)
