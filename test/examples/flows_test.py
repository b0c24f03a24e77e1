#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/flows on every engine and from every compiler: the same verdicts, maps, events and
variables over the office capture; each parameter does what its comment says; and headers that no
capture of ordinary traffic has are taken apart as the RFCs say."""

import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
from ipaddress import IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from flows import COUNTERS, SOURCE, Flow, Key, Refused, Report, engines, over_capture, result

TCP, UDP, AH = 6, 17, 51
HOP_BY_HOP, ROUTING, FRAGMENT, NONE, DESTINATION = 0, 43, 44, 59, 60
PROGRAM = SOURCE / "examples/flows/flows.bpf.c"

# --------------------------------------------------------------------------------------- compilers


def compilers():
    """(name, command without files) of each compiler and instruction set version."""
    multiarch = sysconfig.get_config_var("MULTIARCH")
    headers = ["-idirafter", "/usr/include"]
    headers += ["-idirafter", f"/usr/include/{multiarch}"] if multiarch else []
    for version in ("v1", "v2", "v3", "v4"):
        yield f"clang -mcpu={version}", ["clang-19", "-O2", "-g", "-target", "bpf",
                                         f"-mcpu={version}", *headers]
    # The flags beyond -O2 -gbtf are explained in examples/flows/README.md.
    yield "gcc-bpf", ["bpf-gcc", "-O2", "-gbtf", "-mcpu=v3", "-fno-cse-follow-jumps",
                      "-fdata-sections", "-fno-zero-initialized-in-bss", *headers]


def check_builds(report, there, reference, folder):
    for name, command in compilers():
        if shutil.which(command[0]) is None:
            report.skip(f"{name}: same results", f"{command[0]} is not installed")
            continue
        program = folder / f"{name.replace(' ', '')}.o"
        subprocess.run([*command, "-c", PROGRAM, "-o", program], check=True)
        for engine in there:
            try:
                lines = reference.differences(over_capture(engine, program=program))
            except Refused as refused:
                lines = [str(refused)]
            report.check(f"{name}, {engine}: same results", not lines, "\n".join(lines[:20]))


# -------------------------------------------------------------------------------------- parameters


def to_port(protocol, port):
    return lambda key: (key.protocol, key.dst_port, key.later_fragment) == (protocol, port, 0)


def is_first_of(flows, count):
    keys = [event.key for event in flows.events[:count]]
    return {key: flows.flows[key] for key in keys}


def check_parameters(report, engine, plain):
    """`plain` is the result with nothing set."""
    def check(what, ok, found):
        report.check(f"{engine}: {what}", ok,
                     f"counters {found.counters}\nvariables {found.variables}\n"
                     f"verdicts {found.verdicts}")

    packets = sum(plain.verdicts.values())
    http, names = (plain.sum_of("packets", to_port(*rule)) for rule in ((TCP, 80), (UDP, 53)))
    telnet, tftp = (plain.sum_of("packets", to_port(*rule)) for rule in ((TCP, 23), (UDP, 69)))

    check("telnet and TFTP are dropped at first",
          telnet > 0 and tftp > 0 and plain.verdicts == {
              "XDP_DROP": telnet + tftp, "XDP_PASS": packets - telnet - tftp}, plain)
    check("no frame or event goes missing", plain.variables["flows_missed"] == 0 and
          plain.variables["events_lost"] == 0 and
          plain.variables["flow_count"] == len(plain.flows) == len(plain.events), plain)

    found = over_capture(engine, "drop_tcp_port=80")
    check("drop_tcp_port moves the rule to another port",
          http > 0 and found.verdicts.get("XDP_DROP") == http + tftp and
          found.sum_of("dropped", to_port(TCP, 80)) == http and
          found.sum_of("dropped", to_port(TCP, 23)) == 0, found)
    found = over_capture(engine, "drop_udp_port=53")
    check("drop_udp_port moves the rule to another port",
          names > 0 and found.verdicts.get("XDP_DROP") == telnet + names and
          found.sum_of("dropped", to_port(UDP, 53)) == names, found)
    found = over_capture(engine, "drop_tcp_port=0", "drop_udp_port=0")
    check("port 0 is no rule", found.verdicts == {"XDP_PASS": packets} and
          found.sum_of("dropped") == 0, found)

    found = over_capture(engine, "drop_fragments=true", "drop_tcp_port=0", "drop_udp_port=0")
    fragments = found.counters["fragment"]
    check("drop_fragments drops them and nothing else",
          fragments[0] > 0 and found.counters["dropped"] == fragments and
          found.verdicts == {"XDP_DROP": fragments[0], "XDP_PASS": packets - fragments[0]}, found)

    found = over_capture(engine, "count_vlan=false")
    untagged = {}
    for key, flow in plain.flows.items():
        key = key._replace(vlan=0, inner_vlan=0)
        untagged[key] = Flow(*map(sum, zip(flow, untagged.get(key, (0, 0, 0)))))
    check("without count_vlan tags tell no flows apart",
          found.flows == untagged and found.counters == plain.counters, found)

    found = over_capture(engine, "send_events=false")
    check("without send_events there are none and all else is the same",
          found.events == [] and found.flows == plain.flows, found)

    found = over_capture(engine, "max_flows=10")
    kept = is_first_of(plain, 10)
    missed = packets - plain.counters["not_ip"][0] - sum(flow.packets for flow in kept.values())
    check("max_flows keeps the first flows and counts frames of others",
          found.flows == kept and found.events == plain.events[:10] and
          found.variables["flow_count"] == 10 and found.variables["flows_missed"] == missed and
          found.verdicts == plain.verdicts, found)


# ------------------------------------------------------------------------------- frames by hand

V4 = ("::ffff:192.0.2.1", "::ffff:192.0.2.2")
V6 = ("2001:db8::1", "2001:db8::2")


def ethernet(kind, payload, *tags):
    """`tags`: (type, tag) from the outside in."""
    frame = bytes(range(12))
    for tag_type, tag in tags:
        frame += struct.pack(">HH", tag_type, tag)
    return frame + struct.pack(">H", kind) + payload


def ipv4(protocol, payload, options=b"", fragment=0, words=None, version=4):
    words = 5 + len(options) // 4 if words is None else words
    return struct.pack(">BBHHHBBH4s4s", version << 4 | words, 0, 20 + len(options) + len(payload),
                       1, fragment, 64, protocol, 0, bytes([192, 0, 2, 1]),
                       bytes([192, 0, 2, 2])) + options + payload


def ipv6(following, payload, version=6):
    return struct.pack(">IHBB16s16s", version << 28, len(payload), following, 64,
                       IPv6Address(V6[0]).packed, IPv6Address(V6[1]).packed) + payload


def options(following, size=8):
    """A hop-by-hop, destination or routing header of `size` bytes."""
    return bytes([following, size // 8 - 1]) + bytes(size - 2)


def fragment(following, offset=0, more=False):
    return struct.pack(">BBHI", following, 0, offset | more, 7)


def authentication(following, size=24):
    """RFC 4302, 2.2: the length counts words of 4 bytes, less 2."""
    return bytes([following, size // 4 - 2]) + bytes(size - 2)


def udp(src, dst):
    return struct.pack(">HHHH", src, dst, 8, 0)


def tcp(src, dst, flags):
    return struct.pack(">HHIIBBHHH", src, dst, 1, 0, 5 << 4, flags, 1024, 0, 0)


def key(addresses, protocol, src=0, dst=0, vlan=0, inner=0, later=0):
    return Key(IPv6Address(addresses[0]), IPv6Address(addresses[1]), src, dst, vlan, inner,
               protocol, later)


IPV4, IPV6, ARP, DOT1Q, DOT1AD = 0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8
MALFORMED = ("malformed",)
OTHER6 = ("ipv6", "other")

# What the frame is, its bytes, the key of its flow (None: no flow), its counters.
FRAMES = (
    ("options up to the longest IPv4 header", ethernet(IPV4, ipv4(UDP, udp(1, 2), bytes(40))),
     key(V4, UDP, 1, 2), ("ipv4", "udp")),
    ("IPv4 header of four words", ethernet(IPV4, ipv4(UDP, udp(1, 2), words=4)), None, MALFORMED),
    ("IPv4 header that ends behind the frame", ethernet(IPV4, ipv4(UDP, udp(1, 2), words=15)), None,
     MALFORMED),
    ("IPv4 of version 5", ethernet(IPV4, ipv4(UDP, udp(1, 2), version=5)), None, MALFORMED),
    ("first fragment, with ports", ethernet(IPV4, ipv4(UDP, udp(3, 4), fragment=0x2000)),
     key(V4, UDP, 3, 4), ("ipv4", "udp", "fragment")),
    ("later fragment that looks like a dropped port",
     ethernet(IPV4, ipv4(TCP, tcp(5, 23, 0), fragment=0x2001)),
     key(V4, TCP, later=1), ("ipv4", "tcp", "fragment")),
    ("reserved fragment bit alone", ethernet(IPV4, ipv4(UDP, udp(6, 7), fragment=0x8000)),
     key(V4, UDP, 6, 7), ("ipv4", "udp")),
    ("TCP header cut by a byte", ethernet(IPV4, ipv4(TCP, tcp(8, 9, 0)[:-1])), None, MALFORMED),
    ("UDP header of which only the ports are there", ethernet(IPV4, ipv4(UDP, udp(10, 11)[:4])),
     key(V4, UDP, 10, 11), ("ipv4", "udp")),
    ("ICMP timestamp request", ethernet(IPV4, ipv4(1, bytes([13, 1, 0, 0]))),
     key(V4, 1, 0, 13 * 256 + 1), ("ipv4", "icmp")),
    ("GRE, which has no ports", ethernet(IPV4, ipv4(47, bytes(8))), key(V4, 47), ("ipv4", "other")),
    ("IPv6 of version 4", ethernet(IPV6, ipv6(UDP, udp(1, 2), version=4)), None, MALFORMED),
    ("authentication header", ethernet(IPV6, ipv6(AH, authentication(UDP) + udp(12, 13))),
     key(V6, UDP, 12, 13), ("ipv6", "udp")),
    ("all six extension headers",
     ethernet(IPV6, ipv6(HOP_BY_HOP, options(DESTINATION) + options(ROUTING, 16) +
                         options(FRAGMENT, 24) + fragment(AH, more=True) +
                         authentication(DESTINATION) + options(TCP, 32) + tcp(14, 15, 2))),
     key(V6, TCP, 14, 15), ("ipv6", "tcp", "fragment")),
    ("a seventh extension header is the protocol",
     ethernet(IPV6, ipv6(HOP_BY_HOP, options(DESTINATION) * 6 + options(UDP) + udp(16, 17))),
     key(V6, DESTINATION), OTHER6),
    ("fragment header of a whole packet", ethernet(IPV6, ipv6(FRAGMENT, fragment(UDP) +
                                                              udp(18, 19))),
     key(V6, UDP, 18, 19), ("ipv6", "udp")),
    ("later IPv6 fragment", ethernet(IPV6, ipv6(FRAGMENT, fragment(TCP, 8) + tcp(20, 23, 0))),
     key(V6, TCP, later=1), ("ipv6", "tcp", "fragment")),
    ("no next header", ethernet(IPV6, ipv6(NONE, b"")), key(V6, NONE), OTHER6),
    ("extension header longer than the frame",
     ethernet(IPV6, ipv6(HOP_BY_HOP, options(UDP, 2048)[:64])), None, MALFORMED),
    ("extension header cut behind its first byte", ethernet(IPV6, ipv6(ROUTING, b"\x11")), None,
     MALFORMED),
    ("priority bits of a tag", ethernet(IPV4, ipv4(UDP, udp(21, 22)), (DOT1Q, 0xF014)),
     key(V4, UDP, 21, 22, vlan=20), ("ipv4", "udp", "vlan")),
    ("two customer tags", ethernet(IPV6, ipv6(UDP, udp(23, 24)), (DOT1Q, 5), (DOT1Q, 6)),
     key(V6, UDP, 23, 24, 5, 6), ("ipv6", "udp", "vlan", "qinq")),
    ("three tags", ethernet(IPV4, ipv4(UDP, udp(1, 2)), (DOT1AD, 1), (DOT1AD, 2), (DOT1Q, 3)), None,
     ("not_ip", "vlan", "qinq")),
    ("a tag cut in the middle", ethernet(DOT1Q, b"\x00\x14"), None, MALFORMED),
    ("ARP", ethernet(ARP, bytes(28)), None, ("not_ip",)),
    ("an Ethernet header alone", ethernet(IPV4, b""), None, MALFORMED),
    ("telnet inside two tags and extension headers",
     ethernet(IPV6, ipv6(HOP_BY_HOP, options(DESTINATION) + options(TCP) + tcp(25, 23, 2)),
              (DOT1AD, 7), (DOT1Q, 8)),
     key(V6, TCP, 25, 23, 7, 8), ("ipv6", "tcp", "vlan", "qinq", "dropped")),
)


def write_capture(path, frames):
    with open(path, "wb") as capture:
        capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for number, frame in enumerate(frames):
            capture.write(struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame)


def check_run(frames, engine, path):
    """(as wanted, what was found) of one run over these rows of FRAMES."""
    write_capture(path, [frame for _, frame, _, _ in frames])
    found = result(engine, "--pcap", path)
    flows = {wanted: Flow(1, len(frame), int("dropped" in counters))
             for _, frame, wanted, counters in frames if wanted}
    totals = {name: (0, 0) for name in COUNTERS}
    for _, frame, _, counters in frames:
        for name in counters:
            totals[name] = (totals[name][0] + 1, totals[name][1] + len(frame))
    dropped = totals["dropped"][0]
    verdicts = {name: count for name, count in (("XDP_DROP", dropped),
                                                ("XDP_PASS", len(frames) - dropped)) if count}
    return ((found.flows, found.counters, found.verdicts) == (flows, totals, verdicts),
            f"{found.flows}\n{found.counters}\n{found.verdicts}")


def check_frames(report, there, folder):
    path = folder / "frames.pcap"
    keys = [wanted for _, _, wanted, _ in FRAMES if wanted]
    report.check("frames by hand are of different flows", len(set(keys)) == len(keys))
    for engine in there:
        ok, _ = check_run(FRAMES, engine, path)
        report.check(f"{engine}: {len(FRAMES)} frames by hand", ok, "each of them follows")
        for row in [] if ok else FRAMES:
            report.check(f"{engine}: {row[0]}", *check_run([row], engine, path))


def main():
    with Report() as report, tempfile.TemporaryDirectory() as folder:
        there, missing = engines()
        for name, reason in missing.items():
            report.skip(f"{name} agrees", reason)
        check_builds(report, there, over_capture("interp"), Path(folder))
        for engine in there:
            check_parameters(report, engine, over_capture(engine))
        check_frames(report, there, Path(folder))


main()
