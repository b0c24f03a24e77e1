#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Frames whose ends move: how far they may, what --data and --pcap-out show of it, and metadata.
The limits are Linux's: 256 bytes before the frame less its own 40, 3,520 for the frame, 14 at the
least."""

import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import Packet, Report, built, engines, pcap, read_pcap, skep_json, variables

EINVAL = -22
FRAME = bytes(range(1, 101))


def sets(**values):
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


def check_limits(report, engine, path):
    """(head, tail): wanted results and size, for a frame of 100 bytes."""
    path.write_bytes(FRAME)
    cases = {
        (0, 0): (0, 0, 100),
        (4, 0): (0, 0, 96),
        (-4, 0): (0, 0, 104),
        (-216, 0): (0, 0, 316),
        (-217, 0): (EINVAL, 0, 100),
        (86, 0): (0, 0, 14),
        (87, 0): (EINVAL, 0, 100),
        (0, 10): (0, 0, 110),
        (0, 3420): (0, 0, 3520),
        (0, 3421): (0, EINVAL, 100),
        (0, -86): (0, 0, 14),
        (0, -87): (0, EINVAL, 100),
        (-14, -100): (0, 0, 14),
        (-216, 3420): (0, 0, 3736),
    }
    for (head, tail), (head_result, tail_result, size) in cases.items():
        found = skep_json("run", built("cli_edit"), "--data", path, "--engine", engine,
                          *sets(head=head, tail=tail))
        values = variables(found)
        start = 0 if head_result else head
        expected = bytes(max(0, -start)) + FRAME[max(0, start):]
        expected = b"\xee" + (expected + bytes(max(0, size - len(expected))))[1:size]
        report.check(f"{engine}: head {head:+}, tail {tail:+}",
                     (values["head_result"], values["tail_result"], values["size_after"]) ==
                     (head_result, tail_result, size) and
                     bytes.fromhex(found["data_out"]) == expected, found)


def check_repeat(report, engine, path):
    path.write_bytes(FRAME)
    found = skep_json("run", built("cli_edit"), "--data", path, "--engine", engine, "--repeat", 5,
                      *sets(head=4))
    report.check(f"{engine}: repeated runs act on what the run before left",
                 bytes.fromhex(found["data_out"]) == b"\xee" + FRAME[21:] and
                 variables(found)["runs"] == 5, found)


def check_metadata(report, engine, folder):
    data, context = folder / "frame", folder / "context"
    data.write_bytes(b"meta" * 2 + FRAME)
    context.write_bytes(struct.pack("=6I", 8, 108, 0, 0, 0, 0))
    run = ("run", built("cli_edit"), "--data", data, "--ctx", context, "--engine", engine)
    found = skep_json(*run)
    values = variables(found)
    report.check(f"{engine}: metadata before the frame",
                 (values["size_before"], values["meta_before"]) == (100, 8) and
                 bytes.fromhex(found["meta_out"]) == b"metameta" and
                 bytes.fromhex(found["data_out"]) == b"\xee" + FRAME[1:], found)
    found = skep_json(*run, *sets(meta=4))
    report.check(f"{engine}: metadata made shorter", variables(found)["meta_result"] == 0 and
                 bytes.fromhex(found["meta_out"]) == b"meta", found)
    found = skep_json(*run, *sets(meta=-32))
    report.check(f"{engine}: metadata made longer",
                 bytes.fromhex(found["meta_out"])[32:] == b"metameta", found)
    found = skep_json("run", built("cli_edit"), "--data", data, "--engine", engine)
    values = variables(found)
    report.check(f"{engine}: loopback and its first queue unless told otherwise",
                 (values["ifindex"], values["queue"], values["meta_before"]) == (1, 0, 0), values)


def check_round_trip(report, engine, folder):
    before, after = folder / "before.pcap", folder / "after.pcap"
    packets = [Packet(FRAME[:14 + number], 1000 + number, 999999990 + number)
               for number in range(8)]
    packets.append(Packet(FRAME[:50], 2000, 5, 1500))
    before.write_bytes(pcap(packets, nano=True))
    run = ("run", built("cli_edit"), "--pcap", before, "--pcap-out", after, "--engine", engine)

    skep_json(*run, *sets(head=-4, tail=3))
    wanted = [packet._replace(data=b"\xee\0\0\0" + packet.data + bytes(3),
                              size_on_wire=(packet.size_on_wire or len(packet.data)) + 7)
              for packet in packets]
    report.check(f"{engine}: --pcap-out has edited frames, times and new lengths",
                 read_pcap(after) == wanted, read_pcap(after))
    again = folder / "again.pcap"
    found = skep_json("run", built("cli_edit"), "--pcap", after, "--pcap-out", again, "--engine",
                      engine, *sets(head=4, tail=-3))
    back = [packet._replace(data=b"\xee" + packet.data[1:],
                            size_on_wire=packet.size_on_wire or len(packet.data))
            for packet in packets]
    report.check(f"{engine}: and read again they can be edited back",
                 read_pcap(again) == back and found["verdicts"] == {"XDP_PASS": 9},
                 read_pcap(again))
    for verdict in (0, 1, 3, 4):
        skep_json(*run, *sets(verdict=verdict))
        report.check(f"{engine}: verdict {verdict} does not pass", read_pcap(after) == [],
                     read_pcap(after))


def check_clean(report, engine, folder):
    """The first frame leaves a byte before its beginning, which the second one reaches."""
    before, after = folder / "before.pcap", folder / "after.pcap"
    before.write_bytes(pcap([FRAME, FRAME[:20]]))
    skep_json("run", built("cli_edit"), "--pcap", before, "--pcap-out", after, "--engine", engine,
              *sets(head=-8, head_step=-8, tail=100))
    wanted = [b"\xee" + bytes(7) + FRAME + bytes(100),
              b"\xee" + bytes(15) + FRAME[:20] + bytes(100)]
    report.check(f"{engine}: nothing of one frame is seen by the next",
                 [packet.data for packet in read_pcap(after)] == wanted, read_pcap(after))


with Report() as report, tempfile.TemporaryDirectory() as name:
    temporary = Path(name)
    there, reason = engines()
    for one in there:
        check_limits(report, one, temporary / "frame")
        check_repeat(report, one, temporary / "frame")
        check_metadata(report, one, temporary)
        check_round_trip(report, one, temporary)
        check_clean(report, one, temporary)
    if "kernel" not in there:
        report.skip("the kernel has the same limits", reason)
