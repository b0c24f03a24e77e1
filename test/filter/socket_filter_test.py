#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Socket filters: what they see of a frame and of their context, on every engine and in Linux's test
run; and skep run's options for them."""

import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import Report, built, engines, one_sentence, pcap, read_pcap, skep, skep_json

OBJECT = built("socket_filter")
MASK = (1 << 32) - 1
EFAULT = -14 & MASK


def native16(octets):
    return int.from_bytes(octets, sys.byteorder)


def tcp(port, options=0, payload=b"abcdef"):
    """Ethernet, IPv4 and TCP."""
    words = 5 + options
    size = 4 * words + 20 + len(payload)
    header = struct.pack(">BBHHHBBHII", 0x40 | words, 0, size, 1, 0x4000, 64, 6, 0, 0x0a000001, 0x0a000002)
    return (bytes.fromhex("020000000001020000000002") + struct.pack(">H", 0x0800) + header
            + bytes(4 * options) + struct.pack(">HHIIBBHHH", 4660, port, 1, 0, 0x50, 2, 0x2000, 0, 0) + payload)


FRAMES = {
    "TCP": tcp(80),
    "TCP behind options of IP": tcp(443, options=3),
    "UDP": tcp(53)[:23] + bytes([17]) + tcp(53)[24:],
    "ICMP": tcp(0)[:23] + bytes([1]) + tcp(0)[24:],
    "an IP header alone": tcp(80)[:34],
    "one byte of an unknown protocol": tcp(80)[:12] + b"\x12\x34\x60",
    "cut in TCP": tcp(80)[:36],
    "broadcast": b"\xff" * 6 + tcp(80)[6:],
    "multicast": bytes.fromhex("01005e000001") + tcp(80)[6:],
    "to the loopback interface": bytes(6) + tcp(80)[6:],
    "ARP": tcp(80)[:12] + b"\x08\x06" + bytes(46),
    "IPv6": tcp(80)[:12] + b"\x86\xdd\x60" + bytes(60),
    "a length in place of a type": tcp(80)[:12] + b"\x00\x26\x42\x42\x03" + bytes(35),
    "a length and no 802.2 header": tcp(80)[:12] + b"\x00\x26\xff\xff" + bytes(36),
    "the smallest type": tcp(80)[:12] + b"\x06\x00" + bytes(46),
    "a tag": tcp(80)[:12] + b"\x81\x00\x00\x64" + tcp(80)[12:],
}
PROGRAMS = ["fields", "parts", "again", "port", "headers", "below_the_headers", "past_the_end",
            "in_a_function", "copies", "tail"]


class Runner:
    def __init__(self, folder):
        self.folder = folder
        self.names, self.reason = engines()

    def run(self, program, engine, frame, *options):
        path = self.folder / "frame"
        path.write_bytes(frame)
        found = skep_json("run", OBJECT, "--prog", program, "--engine", engine, "--data", path, *options)
        maps = {entry["name"]: entry for entry in found["maps"]}
        seen = next(entry for name, entry in maps.items() if name.endswith(".bss"))
        return found["retval"], found["data_out"], seen["entries"][0]["value"]["seen"]


def check_engines(report, runner):
    for program in PROGRAMS:
        wrong = []
        for name, frame in FRAMES.items():
            results = {engine: runner.run(program, engine, frame) for engine in runner.names}
            results["checked"] = runner.run(program, "interp", frame, "--unverified")
            if len({str(result) for result in results.values()}) != 1:
                wrong.append(f"{name}: {results}")
        report.check(f"{program}: {', '.join(runner.names)} and checked agree", not wrong, "\n".join(wrong))
    if runner.reason is not None:
        report.skip("the kernel agrees", runner.reason)


def check_meaning(report, runner):
    for engine in [name for name in runner.names if name != "kernel"]:
        def run(program, frame="TCP", *options):
            return runner.run(program, engine, FRAMES[frame], *options)

        retval, data, seen = run("fields")
        report.check(f"{engine}: the packet begins behind its Ethernet header",
                     (retval, data) == (46, FRAMES["TCP"][14:].hex()), (retval, data))
        report.check(f"{engine}: fields of a frame to another host",
                     seen[:21] == [46, 3, 0, 0, native16(b"\x08\x00"), 0, 0, 0, 0, 0, 1] + [0] * 10, seen)
        kinds = {name: run("fields", name)[2][1] for name in
                 ("broadcast", "multicast", "to the loopback interface")}
        report.check(f"{engine}: packet types", list(kinds.values()) == [2, 2, 0], kinds)
        protocols = {name: run("fields", name)[2][4] for name in
                     ("ARP", "a length in place of a type", "a length and no 802.2 header",
                      "the smallest type")}
        wanted = [native16(octets) for octets in (b"\x08\x06", b"\x00\x04", b"\x00\x01", b"\x06\x00")]
        report.check(f"{engine}: protocols", list(protocols.values()) == wanted, protocols)
        ports = {name: run("port", name)[0] for name in
                 ("TCP", "TCP behind options of IP", "UDP", "ICMP", "cut in TCP", "an IP header alone")}
        report.check(f"{engine}: packet loads", list(ports.values()) == [80, 443, 53, 1, 0, 0], ports)
        report.check(f"{engine}: offsets from headers", run("headers")[2][:3] == [0x0800, 0x45000034 - 6, 0x45],
                     run("headers")[2])
        report.check(f"{engine}: below all headers", (run("below_the_headers")[0],
                                                     run("below_the_headers")[2][:2]) == (0, [1, 0]))
        retval, _, seen = run("past_the_end")
        report.check(f"{engine}: a load past the end ends the program with 0",
                     (retval, seen[:4]) == (0, [int.from_bytes(b"cdef", "big"), 7, 0, 0]), (retval, seen))
        report.check(f"{engine}: in a function it ends the function",
                     run("in_a_function")[0] == 0x46 * 1000 + 2, run("in_a_function")[0])
        copied = run("copies")[2][:10]
        start = native16(FRAMES["TCP"][14:18])
        report.check(f"{engine}: copies out of the packet",
                     copied == [0, start, 0, EFAULT, 0, EFAULT, native16(b"\x08\x00"), start, EFAULT, EFAULT],
                     copied)
        report.check(f"{engine}: a tail call", (run("tail")[0], run("tail", "IPv6")[0]) == (80, 2))
        report.check(f"{engine}: cb stays from run to run", run("again", "TCP", "--repeat", "5")[0] == 5)


def context(**fields):
    places = {"len": 0, "mark": 8, "priority": 32, "ingress_ifindex": 36, "ifindex": 40, "cb": 48, "hash": 68,
              "gso_segs": 164, "gso_size": 176}
    out = bytearray(192)
    for name, value in fields.items():
        for index, number in enumerate(value if isinstance(value, list) else [value]):
            struct.pack_into("=I", out, places[name] + 4 * index, number)
    return bytes(out)


def check_context(report, runner):
    path = runner.folder / "context"
    path.write_bytes(context(mark=0x04030201, priority=7, ingress_ifindex=1, ifindex=1, cb=[1, 2, 3, 4, 5],
                             gso_segs=2, gso_size=100))
    for engine in runner.names:
        seen = runner.run("fields", engine, FRAMES["TCP"], "--ctx", path)[2]
        report.check(f"{engine}: --ctx is struct __sk_buff", (seen[2], seen[8:11], seen[12:21]) ==
                     (0x04030201, [7, 1, 1], [1, 2, 3, 4, 5, 0, 0, 2, 100]), seen)
        retval, _, seen = runner.run("parts", engine, FRAMES["TCP"], "--ctx", path)
        octets = list((0x04030201).to_bytes(4, sys.byteorder))
        report.check(f"{engine}: parts of a number", seen[:7] == octets + [
            native16(bytes(octets[:2])), native16(bytes(octets[2:])), native16(b"\x08\x00")], seen)
        memory = bytearray((0x0807060504030201).to_bytes(8, sys.byteorder) +
                           (0x1817161514131211).to_bytes(8, sys.byteorder) +
                           (0x24232221).to_bytes(4, sys.byteorder))
        memory[1] = 0xaa
        memory[18:20] = (0xbbcc).to_bytes(2, sys.byteorder)
        words = list(struct.unpack("=5I", memory))
        report.check(f"{engine}: cb is written in parts",
                     (retval, seen[7:12]) == (native16(memory[:2]), words), (retval, seen))
    frame = runner.folder / "frame"
    frame.write_bytes(FRAMES["TCP"])

    def refused(data, *words, program="fields", status=2):
        path.write_bytes(data)
        return one_sentence(skep("run", OBJECT, "--prog", program, "--data", frame, "--ctx", path),
                            status, *words)

    report.check("other fields are refused", refused(context(len=1), "byte 0 is not 0", "mark") and
                 refused(context(hash=256), "is not 0"))
    report.check("a context of another size", refused(bytes(20), "20 bytes", "__sk_buff 192"))
    report.check("a context of another type", refused(struct.pack("=6I", 0, len(FRAMES["TCP"]), 0, 1, 0, 0),
                                                      "type xdp", "type socket_filter"))


def check_link_header(report, runner):
    for engine in runner.names:
        retval, data, seen = runner.run("fields", engine, FRAMES["TCP"], "--link-header")
        report.check(f"{engine}: with --link-header the packet is the frame",
                     (retval, data, seen[1], seen[4]) == (60, FRAMES["TCP"].hex(), 3, native16(b"\x08\x00")),
                     (retval, data, seen))
    done = skep("run", built("cli_mixed"), "--prog", "safe", "--link-header")
    report.check("--link-header is for socket filters", one_sentence(done, 2, "--link-header", "type xdp"), done)


def check_capture(report, runner):
    path, out = runner.folder / "in.pcap", runner.folder / "out.pcap"
    path.write_bytes(pcap([tcp(80), tcp(0), tcp(80)[:35], tcp(443), tcp(80), tcp(80)[:33]]))
    for engine in runner.names:
        found = skep_json("run", OBJECT, "--prog", "port", "--engine", engine, "--pcap", path, "--pcap-out", out)
        report.check(f"{engine}: verdicts are numbers", found["verdicts"] == {"0": 2, "80": 2, "443": 1},
                     found["verdicts"])
        report.check(f"{engine}: a header that is cut is no packet", found["skipped"] == {"short": 1, "long": 0},
                     found["skipped"])
        kept = [packet.data for packet in read_pcap(out)]
        report.check(f"{engine}: what is not dropped is written",
                     kept == [tcp(port)[14:] for port in (80, 443, 80)], [packet.hex() for packet in kept])
    path = runner.folder / "frame"
    text = skep("run", OBJECT, "--prog", "port", "--data", path).out
    report.check("text says what the number means", "retval: 80, kept" in text, text)
    path.write_bytes(tcp(80)[:33])
    report.check("nor is it one frame", one_sentence(skep("run", OBJECT, "--prog", "port", "--data", path), 2,
                                                     "has 33 bytes", "34 to"))
    retval = skep_json("run", OBJECT, "--prog", "fields", "--data", path, "--link-header")["retval"]
    report.check("with --link-header it is", retval == 33, retval)


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    runner = Runner(Path(temporary))
    check_engines(report, runner)
    check_meaning(report, runner)
    check_context(report, runner)
    check_link_header(report, runner)
    check_capture(report, runner)
