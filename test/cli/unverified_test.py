#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep run --unverified: programs that the verifier refuses run as far as they may, and the command
says where and why they were stopped."""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import SOURCE, Report, built, pcap, skep, skep_json

OBJECT = "unverified"


def line_after(comment):
    """The number and text of the line after a comment of the source."""
    lines = (SOURCE / "test/objects/unverified.bpf.c").read_text(encoding="utf-8").splitlines()
    index = lines.index(f"\t/* {comment} */") + 1
    return index + 1, lines[index].strip()


def check_stopped(report, prog, comment, words):
    verified = skep("run", built(OBJECT), "--prog", prog)
    report.check(f"{prog}: the verifier refuses it", verified.status == 1, verified)
    found = skep("run", built(OBJECT), "--prog", prog, "--unverified")
    report.check(f"{prog}: exit status 1", found.status == 1, found)
    number, text = line_after(comment)
    report.check(f"{prog}: the message names program, line and reason",
                 all(part in found.err for part in
                     (f"unverified.o: program {prog}: instruction ", f"bpf.c:{number}: `{text}`",
                      *words)), found.err)
    found = skep("run", built(OBJECT), "--prog", prog, "--unverified", "--json")
    answer = json.loads(found.out)
    report.check(f"{prog}: JSON has the trap and no result",
                 found.status == 1 and answer["retval"] is None and answer["trap"]["insn"] > 0 and
                 words[0] in answer["trap"]["text"] and answer["engine"] == "checked", found)


def check_good(report, folder):
    found = skep_json("run", built(OBJECT), "--prog", "good", "--unverified")
    report.check("a program that does nothing wrong runs",
                 found["trap"] is None and found["retval"] == 0 and
                 found["engine"] == "checked" and found["verify_ns"] == 0, found)
    path = folder / "three.pcap"
    path.write_bytes(pcap([bytes(13) + bytes([kind]) + bytes(50) for kind in (1, 2, 3)]))
    arguments = ("run", built(OBJECT), "--prog", "good", "--pcap", path)
    found, verified = skep_json(*arguments, "--unverified"), skep_json(*arguments)
    report.check("over a capture it gives what it gives verified",
                 all(found[key] == verified[key] for key in ("verdicts", "retval", "maps",
                                                             "packets", "data_out")), found)
    report.check("only this execution has traps", "trap" not in verified, verified)


def check_capture(report, folder):
    """A capture in whose second frame the program is stopped."""
    path = folder / "two.pcap"
    path.write_bytes(pcap([bytes(2000), bytes(60), bytes(2000)]))
    found = skep("run", built(OBJECT), "--prog", "outside", "--pcap", path, "--unverified",
                 "--json")
    answer = json.loads(found.out)
    report.check("what ran before it was stopped is told",
                 found.status == 1 and answer["runs"] == 1 and answer["packets"] == 2 and
                 answer["trap"] is not None, found)


def check_others(report):
    check_stopped(report, "null", "null",
                  ("a load from memory that is not the program's: 8 bytes at 0",
                   "needed: an address inside"))
    check_stopped(report, "outside", "outside", ("1 bytes at 0x",))
    found = skep("run", built(OBJECT), "--prog", "endless", "--unverified")
    report.check("an endless loop ends", found.status == 1 and "as many instructions" in found.err,
                 found)
    found = skep("run", built(OBJECT), "--prog", "good", "--unverified", "--engine", "interp")
    report.check("the interpreter may be named", found.status == 0, found)
    for engine in ("jit", "kernel"):
        found = skep("run", built(OBJECT), "--prog", "good", "--unverified", "--engine", engine)
        report.check(f"not with {engine}",
                     found.status == 2 and "--unverified goes with --engine interp only" in
                     found.err, found)


with Report() as report_of_all, tempfile.TemporaryDirectory() as name_of_folder:
    check_good(report_of_all, Path(name_of_folder))
    check_capture(report_of_all, Path(name_of_folder))
    check_others(report_of_all)
