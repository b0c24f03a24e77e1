#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The two programs of record.sh that no package has: a phone and a sender of IPv6 options.

  talk.py voice HOST    both ends of a call: 160 bytes of G.711 in RTP every 20 ms, for 3 seconds
  talk.py options HOST  UDP with IPv6 extension headers, whole and fragmented, to port 4739
"""
import socket
import struct
import sys
import time

RTP_PORT = 16384
OPTIONS_PORT = 4739
# Option 0x1e is RFC 4727's experiment: hosts that do not know it skip it. Next header and length
# of the first 8 bytes are filled in by the kernel (RFC 8200, 4.2; RFC 3542, 6.2).
PADDED_OPTION = bytes([0, 0, 0x1E, 4, 1, 2, 3, 4])
LONG_OPTION = bytes([0, 2, 0x1E, 20]) + bytes(range(20))


def voice(host):
    family = socket.getaddrinfo(host, RTP_PORT)[0][0]
    with socket.socket(family, socket.SOCK_DGRAM) as phone:
        phone.bind(("", RTP_PORT))
        for number in range(150):
            header = struct.pack(">BBHII", 0x80, 0, number, number * 160, 0x534B4550)
            try:
                phone.sendto(header + b"\xff" * 160, (host, RTP_PORT))
            except ConnectionRefusedError:
                pass  # the other end is not there yet
            time.sleep(0.02)


def options(host):
    kinds = {
        "hop-by-hop": [(socket.IPV6_HOPOPTS, PADDED_OPTION)],
        "destination": [(socket.IPV6_DSTOPTS, LONG_OPTION)],
        "both": [(socket.IPV6_HOPOPTS, LONG_OPTION), (socket.IPV6_DSTOPTS, PADDED_OPTION)],
    }
    for name, headers in kinds.items():
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
            for option, value in headers:
                sender.setsockopt(socket.IPPROTO_IPV6, option, value)
            for size in (64, 512, 3000):
                sender.sendto((name + " ").encode() * (size // (len(name) + 1)),
                              (host, OPTIONS_PORT))
                time.sleep(0.02)


if __name__ == "__main__":
    {"voice": voice, "options": options}[sys.argv[1]](sys.argv[2])
