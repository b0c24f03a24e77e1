# SPDX-License-Identifier: Apache-2.0
"""Captures of every protocol that the filters of expressions.txt name, built by hand and the same
every time: one file for each link type, with every frame whole and cut at every length."""

import struct


def be16(*numbers):
    return struct.pack(f">{len(numbers)}H", *numbers)


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    if ":" not in text:
        return bytes(int(part) for part in text.split("."))
    head, _, tail = text.partition("::")
    front = [int(part, 16) for part in head.split(":") if part]
    back = [int(part, 16) for part in tail.split(":") if part]
    return be16(*front, *([0] * (8 - len(front) - len(back))), *back)


# --------------------------------------------------------------------------------------- transport

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))


def tcp(source, target, flags=ACK, options=b"", payload=b""):
    words = (20 + len(options)) // 4
    return (struct.pack(">HHIIBBHHH", source, target, 1000, 2000, words << 4, flags, 8192, 0, 0)
            + options + payload)


def udp(source, target, payload=b"payload!"):
    return be16(source, target, 8 + len(payload), 0) + payload


def sctp(source, target):
    return be16(source, target) + bytes(8) + bytes([1, 0, 0, 20]) + bytes(16)


def icmp(kind, code=0):
    return bytes([kind, code]) + bytes(6) + b"echoecho"


def igmp(kind):
    return bytes([kind, 100, 0, 0]) + address("224.0.0.251")


# ----------------------------------------------------------------------------------------- network

PROTOCOLS = {"icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "igrp": 9, "udp": 17, "ip6": 41, "gre": 47, "esp": 50,
             "ah": 51, "icmp6": 58, "none": 59, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132}


def ip(protocol, payload, source="10.0.0.1", target="10.0.0.2", options=b"", fragment=0, tos=0, ttl=64):
    words = 5 + len(options) // 4
    return (struct.pack(">BBHHHBBH", 0x40 | words, tos, 4 * words + len(payload), 7, fragment, ttl,
                        PROTOCOLS[protocol], 0)
            + address(source) + address(target) + options + payload)


def ip6(protocol, payload, source="2001:db8::1", target="2001:db8::2", label=0, hops=64):
    number = protocol if isinstance(protocol, int) else PROTOCOLS[protocol]
    return (struct.pack(">IHBB", 6 << 28 | label, len(payload), number, hops) + address(source)
            + address(target) + payload)


def extension(following, words=0, fill=0):
    """Hop-by-hop options, a routing header or destination options."""
    number = following if isinstance(following, int) else PROTOCOLS[following]
    return bytes([number, words]) + bytes([fill]) * (6 + 8 * words)


def fragment6(following, offset, more):
    return bytes([PROTOCOLS[following], 0]) + be16(offset << 3 | more) + bytes(4)


def ah(following, payload):
    return bytes([PROTOCOLS[following], 4]) + bytes(22) + payload


def arp(operation, sender="10.0.0.1", target="10.0.0.2"):
    return (be16(1, 0x0800) + bytes([6, 4]) + be16(operation) + mac("02:00:00:00:00:01") + address(sender)
            + mac("02:00:00:00:00:02") + address(target))


def ipv4_packets():
    request = b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n"
    yield from (ip("tcp", tcp(1025 + number, port, flags, payload=payload)) for number, (port, flags, payload) in
                enumerate([(80, SYN, b""), (80, ACK, b""), (80, PSH | ACK, request), (443, SYN, b""),
                           (22, FIN | ACK, b""), (25, RST, b""), (8080, URG | ACK, b"!"), (6000, ECE | CWR, b"")]))
    yield ip("tcp", tcp(80, 1025, SYN | ACK, options=bytes([2, 4, 5, 180])), "10.0.0.2", "10.0.0.1")
    yield ip("tcp", tcp(443, 3000, RST | ACK), "192.168.1.10", "10.0.0.1", tos=0x10)
    yield ip("tcp", tcp(80, 3001), "192.168.1.10", "192.168.1.9")
    yield ip("tcp", tcp(79, 81), options=bytes([1] * 8))
    yield ip("tcp", tcp(80, 80), options=bytes([7, 4, 4, 0]), ttl=1)
    yield ip("tcp", tcp(1234, 80), fragment=0x2000)
    yield ip("tcp", tcp(1234, 80), fragment=0x4000)
    yield ip("tcp", b"\x00\x50\x00\x50 continued", fragment=0x2003)
    yield ip("udp", b"\x00\x35\x00\x35 the last", fragment=0x0010)
    yield ip("udp", udp(1026, 53), target="8.8.8.8")
    yield ip("udp", udp(53, 1026), "8.8.8.8", "10.0.0.1")
    yield ip("udp", udp(68, 67, bytes(40)), "0.0.0.0", "255.255.255.255")
    yield ip("udp", udp(5353, 5353), target="224.0.0.251", ttl=255)
    yield ip("udp", udp(123, 123), "172.16.5.4", "172.31.0.1")
    yield ip("udp", udp(69, 2000, bytes(300)), "192.168.1.1", "192.168.1.255")
    yield ip("udp", udp(33434, 33500), "127.0.0.1", "127.0.0.1", ttl=1)
    yield ip("udp", udp(4789, 6081, bytes([0, 0]) + be16(0x6558) + b"\x00\x00\x2a\x00" + ether_header("0800")
                        + ip("tcp", tcp(1, 80))))
    yield ip("udp", udp(4000, 6081, bytes([1, 0]) + be16(0x0800) + b"\x00\x00\x07\x00" + bytes(4)
                        + ip("udp", udp(7, 9), "10.9.9.9")))
    yield from (ip("icmp", icmp(*kind)) for kind in [(8,), (0,), (3, 1), (3, 3), (11, 0), (5, 1), (13,), (17,)])
    yield from (ip("igmp", igmp(kind), target="224.0.0.22", ttl=1) for kind in (0x11, 0x16, 0x22))
    yield ip("sctp", sctp(2905, 80))
    yield ip("sctp", sctp(36412, 2905), "192.168.1.9", "192.168.1.10")
    yield ip("vrrp", bytes([0x21, 1, 100, 1, 0, 1, 0, 0]) + address("10.0.0.254"), target="224.0.0.18")
    yield ip("vrrp", bytes([0x21, 7, 100, 1, 0, 1, 0, 0]) + bytes(28), target="224.0.0.18")
    yield ip("pim", bytes([0x20, 0, 0, 0]) + bytes(8), target="224.0.0.13")
    yield ip("ah", ah("tcp", tcp(9, 80)))
    yield ip("esp", bytes(8) + b"secretsecret")
    yield ip("ospf", bytes([2, 1]) + bytes(22), target="224.0.0.5")
    yield ip("igrp", bytes(12))
    yield ip("gre", be16(0, 0x0800) + ip("icmp", icmp(8)))
    yield ip("ipip", ip("udp", udp(1, 2)))
    yield ip("l2tp", bytes(12))


def ipv6_packets():
    yield from (ip6("tcp", tcp(1025 + number, port, flags)) for number, (port, flags) in
                enumerate([(80, SYN), (443, PSH | ACK), (22, RST)]))
    yield ip6("tcp", tcp(80, 1025, SYN | ACK), "2001:db8::2", "2001:db8::1")
    yield ip6("udp", udp(546, 547), "fe80::1", "ff02::1:2", hops=1)
    yield ip6("udp", udp(1026, 53), target="2001:4860::8888", label=0x12345)
    yield ip6("udp", udp(5353, 5353), "fe80::1", "ff02::fb", hops=255)
    yield from (ip6("icmp6", icmp(kind), "fe80::1", "ff02::1", hops=255) for kind in
                (1, 2, 3, 128, 129, 133, 134, 135, 136, 143))
    yield ip6("sctp", sctp(2905, 80))
    yield ip6(0, extension("icmp6") + icmp(143), "fe80::1", "ff02::16", hops=1)
    yield ip6(0, extension(60, 1) + extension("tcp") + tcp(1025, 80, SYN))
    yield ip6(43, extension("udp", 2) + udp(1026, 53))
    yield ip6(60, extension("sctp") + sctp(1, 2))
    yield ip6(44, fragment6("udp", 0, 1) + udp(1026, 53))
    yield ip6(44, fragment6("tcp", 100, 0) + b"the rest")
    yield ip6("ah", ah("tcp", tcp(1025, 80)))
    yield ip6("esp", bytes(8) + b"secretsecret")
    yield ip6("pim", bytes([0x20, 0, 0, 0]) + bytes(8), "fe80::1", "ff02::d")
    yield ip6("vrrp", bytes([0x31, 1, 100, 1]) + bytes(20), "fe80::1", "ff02::12")
    yield ip6("none", b"")
    yield ip6("ipip", ip("tcp", tcp(1, 80)))
    yield ip6("gre", be16(0, 0x86dd) + ip6("udp", udp(1, 2)))


# -------------------------------------------------------------------------------------------- OSI

def isis(kind):
    return bytes([0x83, 27, 1, 0, kind, 1, 0, 0]) + bytes(24)


def osi_packets():
    yield bytes([0x81, 10, 1, 64, 0x1c]) + bytes(20)  # CLNP
    yield bytes([0x82, 10, 1, 0, 2]) + bytes(20)  # ES-IS
    yield from map(isis, (15, 16, 17, 18, 20, 24, 25, 26, 27))


# ------------------------------------------------------------------------------------------- links

HOSTS = ("02:00:00:00:00:02", "02:00:00:00:00:01")


def ether_header(kind, target=HOSTS[0], source=HOSTS[1]):
    return mac(target) + mac(source) + bytes.fromhex(kind)


def ether(kind, payload, target=HOSTS[0], source=HOSTS[1]):
    return ether_header(kind, target, source) + payload


def llc(service, payload, control=3, target=HOSTS[0]):
    body = bytes([service, service, control]) + payload
    return ether(f"{len(body):04x}", body, target)


def snap(organisation, kind, payload):
    return bytes([0xaa, 0xaa, 3]) + bytes.fromhex(organisation + kind) + payload


def snap_frame(organisation, kind, payload):
    body = snap(organisation, kind, payload)
    return ether(f"{len(body):04x}", body)


def multicast_of(packet):
    """The Ethernet address that belongs to an IPv4 packet."""
    target = packet[16:20]
    if target == b"\xff" * 4 or target == address("192.168.1.255"):
        return "ff:ff:ff:ff:ff:ff"
    if target[0] == 224:
        return f"01:00:5e:{target[1] & 127:02x}:{target[2]:02x}:{target[3]:02x}"
    return HOSTS[0]


def ipx(protocol=4):
    return be16(0xffff, 30) + bytes([0, protocol]) + bytes(24)


def decnet(target, source):
    """A long and a short data packet of phase IV; addresses are area.node."""
    def number(text):
        area, node = (int(part) for part in text.split("."))
        return area << 10 | node

    def little(text):
        return struct.pack("<H", number(text))

    body = (b"\x06" + bytes(2) + b"\xaa\x00\x04\x00" + little(target) + bytes(2) + b"\xaa\x00\x04\x00"
            + little(source) + bytes(4))
    yield struct.pack("<H", len(body)) + body
    yield struct.pack("<H", len(body) + 1) + b"\x81" + body
    body = b"\x02" + little(target) + little(source) + b"\x00"
    yield struct.pack("<H", len(body)) + body
    yield struct.pack("<H", len(body) + 1) + b"\x81" + body


def label(number, last):
    return struct.pack(">I", number << 12 | last << 8 | 64)


def pppoe(kind, session, protocol, packet):
    return ether("8864" if kind == 0 else "8863",
                 bytes([0x11, kind]) + be16(session, 2 + len(packet)) + bytes.fromhex(protocol) + packet)


def ethernet_frames():
    for packet in ipv4_packets():
        yield ether("0800", packet, multicast_of(packet))
    for packet in ipv6_packets():
        yield ether("86dd", packet, "33:33:" + packet[36:40].hex(":") if packet[24] == 0xff else HOSTS[0])
    for operation in (1, 2):
        yield ether("0806", arp(operation), "ff:ff:ff:ff:ff:ff" if operation == 1 else HOSTS[0])
        yield ether("0806", arp(operation, "192.168.1.10", "192.168.1.1"), source="02:00:00:00:00:07")
        yield ether("8035", arp(operation + 2), "ff:ff:ff:ff:ff:ff")
    web = ip("tcp", tcp(1025, 80, SYN))
    yield ether("8100", be16(100, 0x0800) + web)
    yield ether("8100", be16(0x6064, 0x86dd) + ip6("udp", udp(1026, 53)))
    yield ether("8100", be16(200, 0x0806) + arp(1))
    yield ether("8100", be16(100, 38) + bytes([0x42, 0x42, 3]) + bytes(35), "01:80:c2:00:00:00")
    yield ether("88a8", be16(300, 0x8100, 100, 0x0800) + web)
    yield ether("8100", be16(300, 0x8100, 200, 0x0800) + ip("udp", udp(1026, 53)))
    yield ether("9100", be16(300, 0x8100, 200, 0x86dd) + ip6("tcp", tcp(1025, 443)))
    yield ether("8847", label(1024, 1) + web)
    yield ether("8847", label(100000, 0) + label(1024, 1) + ip("udp", udp(1026, 53)))
    yield ether("8847", label(16, 0) + label(17, 0) + label(18, 1) + ip6("tcp", tcp(1025, 80)))
    yield ether("8100", be16(100, 0x8847) + label(1024, 1) + web)
    yield ether("8847", label(1024, 1) + bytes(4) + ether("0800", web))
    yield pppoe(9, 0, "0101", bytes(2))
    yield pppoe(7, 0, "0101", bytes(2))
    for session in (7, 300):
        yield pppoe(0, session, "0021", web)
        yield pppoe(0, session, "0057", ip6("udp", udp(1026, 53)))
    yield pppoe(0, 7, "c021", bytes([1, 1, 0, 4]))
    yield llc(0x42, bytes(35), target="01:80:c2:00:00:00")
    for packet in osi_packets():
        yield llc(0xfe, packet, target="01:80:c2:00:00:14")
    yield llc(0xf0, bytes(20))
    yield llc(0xe0, ipx())
    yield llc(0x06, ip("icmp", icmp(8)))
    yield from (llc(0x04, b"", control) for control in (0x01, 0x05, 0x09, 0x00, 0x7f, 0x6f, 0x0f, 0x43, 0x63, 0x87))
    yield ether("8137", ipx(5))
    body = ipx()
    yield ether(f"{len(body):04x}", body)
    yield snap_frame("000000", "8137", ipx())
    yield snap_frame("080007", "809b", bytes(20))
    yield snap_frame("000000", "80f3", bytes(28))
    yield snap_frame("000000", "0800", ip("tcp", tcp(1025, 80)))
    yield snap_frame("00000c", "2000", bytes(20))  # CDP
    yield ether("809b", bytes(20))
    yield ether("80f3", bytes(28))
    for target, source in (("1.5", "2.7"), ("10.200", "1.5")):
        for packet in decnet(target, source):
            yield ether("6003", packet)
    for kind in ("6001", "6002", "6004", "6005", "6006", "6007", "6000", "0600", "0bad", "9000", "88cc", "888e",
                 "88f7", "8906", "05dc", "0000"):
        yield ether(kind, bytes(range(40)), "01:00:0c:cc:cc:cc" if kind == "88cc" else HOSTS[0])


def network_packets():
    yield from ipv4_packets()
    yield from ipv6_packets()


def sll_frames():
    """Linux cooked captures; packet types 0 to 4: to us, broadcast, multicast, to others, from us."""
    def header(kind, protocol, length=6):
        return be16(kind, 1, length) + mac("02:00:00:00:00:01") + bytes(2) + bytes.fromhex(protocol)

    for number, packet in enumerate(ipv4_packets()):
        yield header(number % 5, "0800") + packet
    for number, packet in enumerate(ipv6_packets()):
        yield header(number % 5, "86dd") + packet
    yield header(0, "0806") + arp(1)
    yield header(4, "8035") + arp(3)
    yield header(2, "0004") + bytes([0x42, 0x42, 3]) + bytes(35)
    for packet in osi_packets():
        yield header(2, "0004") + bytes([0xfe, 0xfe, 3]) + packet
    yield header(0, "0001") + ipx()
    yield header(0, "0004") + bytes([0xe0, 0xe0, 3]) + ipx()
    yield header(4, "8100") + be16(100, 0x0800) + ip("tcp", tcp(1025, 80, SYN))
    yield header(0, "8847") + label(1024, 1) + ip("tcp", tcp(1025, 80, SYN))
    yield header(0, "8864") + bytes([0x11, 0, 0, 7, 0, 42]) + be16(0x21) + ip("tcp", tcp(1025, 80, SYN))


def sll2_frames():
    def header(kind, protocol, index):
        return (bytes.fromhex(protocol) + bytes(2) + struct.pack(">I", index) + be16(1) + bytes([kind, 6])
                + mac("02:00:00:00:00:01") + bytes(2))

    for number, packet in enumerate(ipv4_packets()):
        yield header(number % 5, "0800", number % 3 + 1) + packet
    for number, packet in enumerate(ipv6_packets()):
        yield header(number % 5, "86dd", number % 3 + 1) + packet
    yield header(1, "0806", 2) + arp(1)
    yield header(4, "8100", 70000) + be16(100, 0x0800) + ip("tcp", tcp(1025, 80, SYN))


def ppp_frames():
    for packet in ipv4_packets():
        yield bytes.fromhex("ff030021") + packet
    for packet in ipv6_packets():
        yield bytes.fromhex("ff030057") + packet
    for packet in osi_packets():
        yield bytes.fromhex("ff030023") + packet
    for protocol in ("002b", "0027", "0029", "0025", "0031", "c021", "8021", "c223", "0281"):
        yield bytes.fromhex("ff03" + protocol) + bytes(range(30))


def hdlc_frames():
    for packet in ipv4_packets():
        yield bytes.fromhex("0f000800") + packet
    for packet in ipv6_packets():
        yield bytes.fromhex("0f0086dd") + packet
    for packet in osi_packets():
        yield bytes.fromhex("0f00fefe") + b"\x03" + packet
    yield bytes.fromhex("8f008035") + bytes(18)


def pppoe_frames():
    """PPPoE without Ethernet before it."""
    for packet in ipv4_packets():
        yield bytes([0x11, 0]) + be16(7, 2 + len(packet), 0x21) + packet
    for packet in ipv6_packets():
        yield bytes([0x11, 0]) + be16(7, 2 + len(packet), 0x57) + packet
    yield bytes([0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0])


FAMILIES = {"ip": 2, "ip6": (10, 24, 28, 30), "osi": 7, "appletalk": 16, "ipx": 23}


def null_frames(pack):
    """The address family of the host that captured; IPv6's differs between systems."""
    for packet in ipv4_packets():
        yield struct.pack(pack, 2) + packet
    for packet in ipv6_packets():
        yield struct.pack(pack, FAMILIES["ip6"][0]) + packet
    for family in FAMILIES["ip6"][1:]:
        yield struct.pack(pack, family) + packet
    for packet in osi_packets():
        yield struct.pack(pack, FAMILIES["osi"]) + packet


MANAGEMENT, CONTROL, DATA = 0, 1, 2
TO_DS, FROM_DS, MORE, RETRY, POWER, MORE_DATA, PROTECTED = (1 << bit for bit in range(7))


def wlan_header(kind, subtype, flags=0, quality=False):
    addresses = [mac(f"02:00:00:00:00:{number:02x}") for number in (1, 2, 3, 4)]
    out = bytes([kind << 2 | subtype << 4, flags]) + bytes(2)
    if kind == CONTROL:
        return out + b"".join(addresses[:2 if subtype in (8, 9, 10, 11, 14, 15) else 1])
    out += b"".join(addresses[:3]) + bytes([0x10, 0])
    if flags & (TO_DS | FROM_DS) == TO_DS | FROM_DS:
        out += addresses[3]
    return out + (bytes(2) if quality else b"")


def wlan_frames():
    yield from (wlan_header(MANAGEMENT, subtype) + bytes(30) for subtype in (0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12))
    yield from (wlan_header(CONTROL, subtype) for subtype in (10, 11, 12, 13, 14, 15))
    yield from (wlan_header(DATA, subtype) for subtype in (4, 12))
    for number, packet in enumerate(ipv4_packets()):
        quality = number % 3 == 0
        yield (wlan_header(DATA, 8 if quality else 0, (TO_DS, FROM_DS)[number % 2], quality)
               + snap("000000", "0800", packet))
        if number % 8 == 0:
            yield from (wlan_header(DATA, 0, flags) + snap("000000", "0800", packet)
                        for flags in (0, TO_DS | FROM_DS))
    for number, packet in enumerate(ipv6_packets()):
        yield (wlan_header(DATA, 0, (TO_DS, FROM_DS)[number % 2]) + snap("000000", "86dd", packet))
    yield wlan_header(DATA, 0, TO_DS | PROTECTED) + bytes(40)
    yield wlan_header(DATA, 0, FROM_DS | RETRY | MORE_DATA | POWER) + snap("000000", "0806", arp(1))
    yield wlan_header(DATA, 0, FROM_DS)[:4] + b"\xff" * 6 + bytes(14) + snap("000000", "0806", arp(1))
    yield wlan_header(DATA, 0, TO_DS) + bytes([0x42, 0x42, 3]) + bytes(35)


def radiotap_frames():
    for number, frame in enumerate(wlan_frames()):
        size = (8, 13, 24)[number % 3]
        yield bytes(2) + struct.pack("<H", size) + bytes(size - 4) + frame


def fddi_frames():
    header = b"\x50" + mac(HOSTS[0]) + mac(HOSTS[1])
    for packet in ipv4_packets():
        yield header + snap("000000", "0800", packet)
    for packet in ipv6_packets():
        yield header + snap("000000", "86dd", packet)
    yield header + snap("000000", "0806", arp(1))
    yield header + bytes([0x42, 0x42, 3]) + bytes(35)
    yield b"\x51" + b"\xff" * 6 + mac(HOSTS[1]) + snap("000000", "0806", arp(1))


# Name in expressions.txt, number in the file's header (LINKTYPE_*), frames.
LINKS = {
    "ether": (1, ethernet_frames),
    "raw": (101, network_packets),
    "ipv4": (228, ipv4_packets),
    "ipv6": (229, ipv6_packets),
    "null": (0, lambda: null_frames("=I")),
    "loop": (108, lambda: null_frames(">I")),
    "ppp": (9, ppp_frames),
    "hdlc": (104, hdlc_frames),
    "pppoe": (51, pppoe_frames),
    "sll": (113, sll_frames),
    "sll2": (276, sll2_frames),
    "wlan": (105, wlan_frames),
    "radiotap": (127, radiotap_frames),
    "fddi": (10, fddi_frames),
}

LONGEST = 96  # lengths at which every frame is cut


def packets(link):
    """(bytes, length on the wire): frames whole; cut by the capture; and short on the wire too."""
    frames = list(LINKS[link][1]())
    for frame in frames:
        yield frame, len(frame)
    for number, frame in enumerate(frames):
        for size in range(min(len(frame), LONGEST)):
            yield frame[:size], len(frame) if (number + size) % 2 == 0 else size


def write_capture(path, link):
    out = [struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, LINKS[link][0])]
    for number, (data, size) in enumerate(packets(link)):
        out.append(struct.pack("=IIII", 1700000000 + number, 0, len(data), size) + data)
    path.write_bytes(b"".join(out))
