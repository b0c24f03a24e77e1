#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep run: what it prints and in what shape, for every engine the same; captures in all their
formats; values by their BTF types, compared with what the C source says they are."""

import contextlib
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import (SKEP, SOURCE, Packet, Report, built, engines, maps_by_name, pcap, pcapng, skep,
                  skep_json, variables)

FIELDS = {"object", "program", "engine", "retval", "data_out", "meta_out", "runs", "ns_per_run",
          "verify_ns", "compile_ns", "code_bytes", "insns", "maps"}
CAPTURE_FIELDS = {"packets", "bytes", "verdicts", "skipped", "cut"}
# Not a matter of the engine.
SAME = {"retval", "data_out", "meta_out", "runs", "insns", "maps", "packets", "bytes", "verdicts",
        "skipped", "cut"}


def frame(kind, size=60):
    """A frame whose byte 13 is `kind`, by which cli_types.bpf.c goes."""
    return (bytes(range(16, 28)) + bytes([9, kind]) + bytes(size))[:size]


def check_shape(report, folder):
    path = folder / "shape.pcap"
    path.write_bytes(pcap([frame(1)]))
    found = skep_json("run", built("cli_types"))
    report.check("JSON has the fields of one frame", set(found) == FIELDS, found.keys())
    found = skep_json("run", built("cli_types"), "--pcap", path)
    report.check("JSON has the fields of a capture", set(found) == FIELDS | CAPTURE_FIELDS,
                 found.keys())
    path.write_bytes(pcap([]))
    found = skep_json("run", built("cli_types"), "--pcap", path)
    report.check("an empty capture", (found["packets"], found["verdicts"], found["retval"],
                                      found["runs"]) == (0, {}, None, 0), found)
    found = skep_json("run", built("cli_types"))
    report.check("without input the frame is 64 zeroes",
                 found["data_out"] == "00" * 64 and found["runs"] == 1, found)


VALUE = {"packets": 0xfedcba9876543210, "balance": -6, "color": "BLUE", "low": 1, "middle": 1000,
         "high": 0x7ffff, "name": "b", "word": 0x01020304, "bytes": [4, 3, 2, 1],
         "point": {"x": -3, "y": 1}, "seen": True}
VARIABLES = {"tiny": 7, "tiny_signed": -7, "small": 0x1234, "word": 100000,
             "large": 0xfedcba9876543210, "negative": -5, "flag": True, "color": "GREEN",
             "level": "LOW", "label": "first", "triple": [1, 2, 3], "letter": 120,
             "pair": {"a": 1, "b": 2}, "limit": 2, "total": 160, "unused_event": "0x0"}


def native(format_, value):
    return struct.pack("=" + format_, value).hex()


def check_values(report, engine, folder):
    """Against the C source, read by eye."""
    path = folder / "values.pcap"
    path.write_bytes(pcap([frame(1, 60), frame(2, 100)]))
    found = skep_json("run", built("cli_types"), "--pcap", path, "--engine", engine)
    maps = maps_by_name(found)

    report.check(f"{engine}: names and types of maps", {
        "table": "hash", "sizes": "array", "per_cpu": "percpu_array", "plain": "hash",
        "events": "ringbuf", "raw": "ringbuf"}.items() <= {
            name: entry["type"] for name, entry in maps.items()}.items(), maps.keys())
    key = {"address": int.from_bytes(bytes([10, 0, 0, 1]), sys.byteorder),
           "port": int.from_bytes(bytes([0, 53]), sys.byteorder), "kind": 9,
           "mac": [16, 0, 0, 0, 21]}
    value = dict(VALUE)
    if sys.byteorder == "big":
        value["bytes"] = [1, 2, 3, 4]
    entries = maps["table"]["entries"]
    report.check(f"{engine}: a structure of every kind of member",
                 len(entries) == 2 and {"key": key, "value": value} in entries, entries)
    other = [entry["value"] for entry in entries if entry["key"] != key]
    report.check(f"{engine}: an enumeration's value that has no name is a number",
                 [entry["color"] for entry in other] == [77], other)
    report.check(f"{engine}: arrays are whole and in order",
                 [entry["key"] for entry in maps["sizes"]["entries"]] == list(range(300)) and
                 {entry["key"]: entry["value"] for entry in maps["sizes"]["entries"]
                  if entry["value"]} == {60: 1, 100: 1}, maps["sizes"])
    per_cpu = maps["per_cpu"]["entries"]
    report.check(f"{engine}: a value for each cpu, one of which ran",
                 len(per_cpu) == 2 and sorted(per_cpu[0]["value"])[-1] == 160 and
                 sum(per_cpu[0]["value"]) == 160 and sum(per_cpu[1]["value"]) == 0, per_cpu)
    report.check(f"{engine}: no types, bytes", maps["plain"]["entries"] == [
        {"key": native("I", size), "value": native("Q", size)} for size in (60, 100)],
        maps["plain"])
    report.check(f"{engine}: records of the structure named like the map",
                 maps["events"]["event_type"] == "event" and maps["events"]["events"] == [
                     {"number": 60, "size": 60, "tag": "t"},
                     {"number": 160, "size": 100, "tag": "t"}], maps["events"])
    report.check(f"{engine}: records of no known type are bytes",
                 maps["raw"]["event_type"] is None and
                 maps["raw"]["events"] == [native("I", 60), native("I", 160)], maps["raw"])
    report.check(f"{engine}: variables by their types", variables(found) == VARIABLES,
                 variables(found))
    report.check(f"{engine}: verdicts by name", found["verdicts"] == {"XDP_PASS": 2}, found)
    found = skep_json("run", built("cli_types"), "--pcap", path, "--engine", engine, "--event",
                      "raw=key")
    report.check(f"{engine}: a record shorter than its structure is bytes",
                 maps_by_name(found)["raw"]["events"] == [native("I", 60), native("I", 160)],
                 maps_by_name(found)["raw"])


def check_equal(report, names, folder):
    """Frames of many sizes and kinds; more than fit into the hash."""
    frames = [frame(number % 7, 14 + number * 13 % 1500) for number in range(500)]
    frames += [b"", bytes(13), bytes(3520), bytes(3521), bytes(9000)]
    path = folder / "many.pcap"
    path.write_bytes(pcap(frames))
    results = {name: skep_json("run", built("cli_types"), "--pcap", path, "--engine", name)
               for name in names}
    first = results["interp"]
    report.check("frames of under 14 and over 3520 bytes are skipped",
                 first["skipped"] == {"short": 2, "long": 2} and first["packets"] == 505 and
                 sum(first["verdicts"].values()) == 501, first["skipped"])
    for name, result in results.items():
        wrong = [field for field in SAME if result[field] != first[field]]
        report.check(f"{name} and interp: the same results", not wrong, wrong)
    for name in names:
        if name != "kernel":
            found = skep_json("run", built("cli_types"), "--pcap", path, "--engine", name,
                              "--frame-max", "9000")
            report.check(f"{name}: --frame-max takes longer ones", found["skipped"]["long"] == 0 and
                         sum(found["verdicts"].values()) == 503, found["skipped"])


def check_verdicts(report, engine, folder):
    path = folder / "verdicts.pcap"
    path.write_bytes(pcap([frame(1)] * 3))
    for number, name in enumerate(("XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT",
                                   "5", "4294967295")):
        value = number if number < 6 else 0xffffffff
        found = skep_json("run", built("cli_edit"), "--pcap", path, "--engine", engine, "--set",
                          f"verdict={value}")
        report.check(f"{engine}: verdict {name}",
                     found["verdicts"] == {name: 3} and found["retval"] == value, found["verdicts"])
    found = skep_json("run", built("cli_edit"), "--pcap", path, "--engine", engine, "--repeat", 7)
    report.check(f"{engine}: --repeat counts runs, not packets",
                 (found["runs"], found["packets"], found["verdicts"], variables(found)["runs"]) ==
                 (21, 3, {"XDP_PASS": 3}, 21), found)


def check_programs(report, engine):
    found = skep_json("run", built("cli_tail"), "--prog", "entry", "--engine", engine)
    report.check(f"{engine}: tail calls reach programs of the object", found["retval"] == 3 and
                 variables(found) == {"entered": 1, "reached": 1} and
                 maps_by_name(found)["jumps"]["entries"] == [], found)
    found = skep_json("run", built("cli_mixed"), "--prog", "calls", "--engine", engine)
    report.check(f"{engine}: programs that are not asked for do no harm", found["retval"] == 2,
                 found)
    found = skep_json("run", built("cli_mixed"), "--prog", "untold", "--type", "xdp", "--engine",
                      engine)
    report.check(f"{engine}: --type where the section does not tell", found["retval"] == 1, found)


def check_formats(report, folder):
    """The same frames whatever the file is like."""
    frames = [frame(kind, 60 + kind) for kind in range(5)]
    expected = None
    path = folder / "format.pcap"
    fcs = b"\xde\xad\xbe\xef"
    files = {
        "pcap, microseconds": pcap(frames),
        "pcap, nanoseconds": pcap(frames, nano=True),
        "pcap, the other byte order": pcap(frames, order=">"),
        "pcapng": pcapng(frames),
        "NETANALYZER": pcap([bytes(4) + data + fcs for data in frames], link=240),
        "NETANALYZER_TRANSPARENT": pcap([bytes(4) + b"\x55" * 7 + b"\xd5" + data + fcs
                                         for data in frames], link=241),
        "ETHERNET_MPACKET": pcap([b"\x55" * 7 + b"\xd5" + data + fcs for data in frames], link=274),
        "DSA_TAG_BRCM": pcap(frames, link=281),
        "DSA_TAG_BRCM_PREPEND": pcap([bytes(4) + data for data in frames], link=282),
        "DSA_TAG_DSA": pcap(frames, link=284),
        "DSA_TAG_EDSA": pcap(frames, link=285),
        "NETANALYZER, pcapng": pcapng([bytes(4) + data + fcs for data in frames], link=240),
    }
    source = (SOURCE / "cli" / "capture.c").read_text(encoding="utf-8")
    untried = set(re.findall(r"{ DLT_(\w+),", source)) - set(files) - {"EN10MB"}
    report.check("every link type that is read is tried", not untried, untried)
    for name, content in files.items():
        path.write_bytes(content)
        found = skep_json("run", built("cli_types"), "--pcap", path)
        results = {field: found[field] for field in SAME}
        expected = expected or results
        report.check(f"capture format {name}", results == expected and found["packets"] == 5,
                     found)
    done = skep("run", built("cli_types"), "--pcap", "-", "--json", stdin=pcap(frames))
    report.check("a capture from standard input", '"packets":5' in done.out, done)
    path.write_bytes(pcap([Packet(frame(1)[:20], size_on_wire=60), Packet(frame(2))]))
    found = skep_json("run", built("cli_types"), "--pcap", path)
    report.check("packets of which the capture kept a part are counted",
                 found["cut"] == 1 and found["bytes"] == 80, found)


def check_text(report, folder):
    path = folder / "text.pcap"
    path.write_bytes(pcap([frame(1)] * 3 + [frame(2)] * 20 + [frame(5)] + [bytes(5)]))
    done = skep("run", built("cli_types"), "--pcap", path)
    lines = [line.split() for line in done.out.splitlines()]
    report.check("text: a row for each verdict with count, share and bytes",
                 ["XDP_PASS", "23", "95.83", "%", "1,380"] in lines and
                 ["XDP_DROP", "1", "4.17", "%", "60"] in lines and
                 ["all", "24", "100.00", "%", "1,440"] in lines, done)
    report.check("text: what was skipped",
                 "skipped: 1 below 14 bytes" in done.out, done)
    report.check("text: addresses and ports of network byte order",
                 any(line[:2] == ["10.0.0.1", "53"] for line in lines), done)
    report.check("text: ten rows of a map, and how many more",
                 "and 14 more records; --maps all shows them" in done.out, done)
    done = skep("run", built("cli_types"), "--pcap", path, "--maps", "all")
    report.check("text: --maps all shows them", "more" not in done.out and
                 done.out.count('"t"') == 24, done)
    done = skep("run", built("cli_types"), "--pcap", path, "--maps", "none")
    report.check("text: --maps none", "events" not in done.out, done)
    report.check("text: nothing on standard error", done.err == "", done)


def check_progress(report):
    """A capture that comes slowly, through a pipe."""
    whole = pcap([frame(1)] * 512)
    half = 24 + (len(whole) - 24) // 2
    with subprocess.Popen([SKEP, "run", built("cli_edit"), "--pcap", "-", "--progress", "--json"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdin.write(whole[:half])
        process.stdin.flush()
        time.sleep(1)
        out, err = process.communicate(whole[half:])
    report.check("--progress tells how far it is", process.returncode == 0 and
                 err in (b"skep: 256 packets\n", b"skep: 512 packets\n") and
                 b'"packets":512' in out, err)


def on_terminal(arguments, feed=b""):
    """Exit status, and standard error when that is a terminal. `feed`: standard input, in two parts
    a second apart."""
    leader, follower = pty.openpty()
    with subprocess.Popen([SKEP, *map(str, arguments)], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=follower) as process:
        os.close(follower)
        process.stdin.write(feed[:len(feed) // 2])
        process.stdin.flush()
        if feed:
            time.sleep(1)
        process.stdin.write(feed[len(feed) // 2:])
        process.stdin.close()
        told = b""
        # When the other side is closed, Linux gives EIO.
        with contextlib.suppress(OSError):
            while True:
                told += os.read(leader, 65536)
        status = process.wait()
    os.close(leader)
    return status, told


def check_terminal(report, folder):
    whole = pcap([frame(1)] * 512)
    run = ("run", built("cli_edit"), "--json")
    status, told = on_terminal((*run, "--pcap", "-"), whole)
    report.check("on a terminal progress is told unasked, in one line that goes away",
                 status == 0 and re.fullmatch(rb"(\rskep: (256|512) packets)+\r\x1b\[K", told), told)
    path = folder / "terminal.pcap"
    path.write_bytes(whole)
    found = skep_json(*run[:2], "--pcap", path, "--repeat", 1000)
    # So often that it takes about two seconds, and progress is told every half.
    repeat = int(2e9 / 512 / max(found["ns_per_run"], 1))
    status, told = on_terminal((*run, "--pcap", path, "--repeat", repeat))
    report.check("of a file the share is told", status == 0 and
                 re.fullmatch(rb"(\rskep: (256 packets, 5\d|512 packets, 100) % of the capture)+"
                              rb"\r\x1b\[K", told), told)
    path.write_bytes(pcap([frame(1)]))
    status, told = on_terminal((*run, "--pcap", path))
    report.check("a run that is over at once tells nothing", (status, told) == (0, b""), told)


with Report() as report, tempfile.TemporaryDirectory() as name:
    temporary = Path(name)
    there, reason = engines()
    check_shape(report, temporary)
    for one in there:
        check_values(report, one, temporary)
        check_verdicts(report, one, temporary)
        check_programs(report, one)
    check_equal(report, there, temporary)
    if "kernel" not in there:
        report.skip("kernel and interp: the same results", reason)
    check_formats(report, temporary)
    check_text(report, temporary)
    check_progress(report)
    check_terminal(report, temporary)
