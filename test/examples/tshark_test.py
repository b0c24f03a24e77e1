#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The flow table that skep's engines leave behind after the office capture, against what tshark
says of the same capture: every flow, packet and byte, every counter, every event in its order."""

import csv
import shutil
import subprocess
import sys
from collections import Counter
from ipaddress import IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from flows import CAPTURE, COUNTERS, Event, Flow, Key, Report, engines, over_capture

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
# Where tshark shows the protocol that follows each extension header.
EXTENSIONS = {0: "ipv6.hopopts.nxt", 43: "ipv6.routing.nxt", 44: "ipv6.fraghdr.nxt",
              60: "ipv6.dstopts.nxt", 51: "ah.next_header"}
FIELDS = ("frame.len", "eth.type", "ieee8021ad.id", "vlan.id", "ip.src", "ip.dst", "ip.proto",
          "ip.flags.mf", "ip.frag_offset", "ipv6.src", "ipv6.dst", "ipv6.nxt",
          *EXTENSIONS.values(), "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "tcp.srcport",
          "tcp.dstport", "tcp.flags", "udp.srcport", "udp.dstport", "icmp.type", "icmp.code",
          "icmpv6.type", "icmpv6.code")
PORT_FIELDS = {TCP: ("tcp.srcport", "tcp.dstport"), UDP: ("udp.srcport", "udp.dstport")}
TYPE_FIELDS = {ICMP: ("icmp.type", "icmp.code"), ICMPV6: ("icmpv6.type", "icmpv6.code")}


class Frame:
    """What tshark says of a frame. A field that occurs several times has several values, the
    outermost first: an ICMP error shows fields of the packet it is about as well."""

    def __init__(self, row):
        self.fields = {name: value.split(",") if value else [] for name, value in row.items()}
        self.bytes = self.number("frame.len")
        self.tags = [int(value) for name in ("ieee8021ad.id", "vlan.id")
                     for value in self.fields[name]]
        self.version = 4 if self.has("ip.src") else 6 if self.has("ipv6.src") else 0
        # An ICMPv6 error over IPv4 or the reverse does not exist; the outer header is the first.
        self.later = self.fragment = False
        self.protocol = None
        if self.version == 4:
            self.read_ipv4()
        elif self.version == 6:
            self.read_ipv6()

    def has(self, name):
        return bool(self.fields[name])

    def number(self, name):
        value = self.fields[name][0]
        return {"True": 1, "False": 0}[value] if value in ("True", "False") else int(value, 0)

    def read_ipv4(self):
        self.src, self.dst = (IPv6Address(f"::ffff:{self.fields[name][0]}")
                              for name in ("ip.src", "ip.dst"))
        self.later = self.number("ip.frag_offset") != 0
        self.fragment = self.later or self.number("ip.flags.mf") != 0
        self.protocol = self.number("ip.proto")

    def read_ipv6(self):
        self.src, self.dst = (IPv6Address(self.fields[name][0])
                              for name in ("ipv6.src", "ipv6.dst"))
        self.protocol = self.number("ipv6.nxt")
        following = {code: list(self.fields[name]) for code, name in EXTENSIONS.items()}
        while self.protocol in EXTENSIONS and not self.later:
            if self.protocol == 44:
                self.fragment = True
                self.later = self.number("ipv6.fraghdr.offset") != 0
            self.protocol = int(following[self.protocol].pop(0))

    def key(self):
        src_port = dst_port = 0
        if not self.later and self.protocol in PORT_FIELDS:
            src_port, dst_port = (self.number(name) for name in PORT_FIELDS[self.protocol])
        elif not self.later and self.protocol in TYPE_FIELDS:
            kind, code = (self.number(name) for name in TYPE_FIELDS[self.protocol])
            dst_port = kind * 256 + code
        vlan, inner = (self.tags + [0, 0])[:2]
        return Key(self.src, self.dst, src_port, dst_port, vlan, inner, self.protocol,
                   int(self.later))

    def tcp_flags(self):
        return self.number("tcp.flags") & 0xFF if self.protocol == TCP and not self.later else 0

    def names(self):
        """The counters that this frame belongs to, but for `dropped`."""
        if self.version == 0:
            yield "not_ip"
        else:
            yield f"ipv{self.version}"
            yield {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "icmpv6"}.get(self.protocol,
                                                                              "other")
        if self.tags:
            yield "vlan"
        if len(self.tags) > 1:
            yield "qinq"
        if self.fragment:
            yield "fragment"


def is_dropped(key):
    """The rules that flows.bpf.c has when nothing is set: telnet and TFTP."""
    return (key.protocol, key.dst_port) in ((TCP, 23), (UDP, 69))


def read_frames():
    # Without this tshark shows a packet's ports at its last fragment.
    options = ["-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"]
    command = ["tshark", "-n", "-r", CAPTURE, *options, "-T", "fields", "-E", "separator=/t",
               "-E", "occurrence=a", "-E", "aggregator=,"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [Frame(row) for row in csv.DictReader(done.stdout.splitlines(), FIELDS,
                                                 delimiter="\t", quoting=csv.QUOTE_NONE)]


class Wanted:
    """What the program should leave behind."""

    def __init__(self, frames):
        self.flows, self.events = {}, []
        counters = {name: [0, 0] for name in COUNTERS}
        self.verdicts = Counter()
        for frame in frames:
            dropped = frame.version != 0 and is_dropped(frame.key())
            self.verdicts["XDP_DROP" if dropped else "XDP_PASS"] += 1
            for name in [*frame.names(), *(["dropped"] if dropped else [])]:
                counters[name][0] += 1
                counters[name][1] += frame.bytes
            if frame.version != 0:
                self.account(frame, dropped)
        self.counters = {name: tuple(value) for name, value in counters.items()}

    def account(self, frame, dropped):
        key = frame.key()
        if key not in self.flows:
            self.flows[key] = Flow(0, 0, 0)
            self.events.append(Event(key, frame.tcp_flags(), int(dropped), frame.bytes))
        flow = self.flows[key]
        self.flows[key] = Flow(flow.packets + 1, flow.bytes + frame.bytes, flow.dropped + dropped)


def compare(found, wanted):
    lines = []
    for key in sorted(set(found) | set(wanted)):
        if found.get(key) != wanted.get(key):
            lines.append(f"{key}: skep {found.get(key)}, tshark {wanted.get(key)}")
    return "\n".join(lines)


def check_capture(report, frames):
    """The capture has what the example is there to show."""
    extensions = {name for frame in frames for name in EXTENSIONS.values() if frame.has(name)}
    report.check("the capture has a few thousand frames of ordinary size",
                 2000 <= len(frames) <= 5000 and
                 all(14 <= frame.bytes <= 1514 for frame in frames))
    counters = Wanted(frames).counters
    missing = [name for name in COUNTERS if name != "malformed" and counters[name][0] == 0]
    report.check("every kind of frame that is counted apart is in it", not missing, missing)
    # Authentication headers need keys at both ends; flows_test.py makes some.
    report.check("IPv6 extension headers are in it",
                 extensions == set(EXTENSIONS.values()) - {"ah.next_header"}, extensions)
    first = {frame.key() for frame in frames if frame.fragment and not frame.later}
    later = {frame.key() for frame in frames if frame.later}
    report.check("fragments of both IP versions are in it, first and later ones",
                 {key.src.ipv4_mapped is None for key in first} == {True, False} and
                 {key.src.ipv4_mapped is None for key in later} == {True, False})


def main():
    with Report() as report:
        if shutil.which("tshark") is None:
            report.skip("the flow table equals tshark's", "tshark is not installed")
            return
        frames = read_frames()
        check_capture(report, frames)
        wanted = Wanted(frames)
        for engine in engines()[0]:
            found = over_capture(engine)
            report.check(f"{engine}: {len(wanted.flows)} flows equal tshark's",
                         found.flows == wanted.flows, compare(found.flows, wanted.flows))
            report.check(f"{engine}: counters equal tshark's", found.counters == wanted.counters,
                         compare(found.counters, wanted.counters))
            report.check(f"{engine}: verdicts equal the rules' over tshark's frames",
                         found.verdicts == wanted.verdicts,
                         f"{found.verdicts} and {dict(wanted.verdicts)}")
            report.check(f"{engine}: an event for the first frame of every flow, in order",
                         found.events == wanted.events)


main()
