#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the fuzzer of classic filters again: filters that libpcap compiles, before a
packet, and a filter of every load from the context. Needs the command line: classic.py BUILD/skep"""

import json
import struct
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "filter"))
sys.dont_write_bytecode = True
from frames import SYN, ether, ip, ip6, extension, tcp

EXPRESSIONS = ["tcp port 80 and not host 10.0.0.1", "ip6 protochain 6", "ether multicast", "vlan 100 and mpls",
               "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420", "ip[2:2] / ip[1] > len", "portrange 20-30", "llc"]
PACKETS = [ether("0800", ip("tcp", tcp(1025, 80, SYN))),
           ether("86dd", ip6(0, extension("tcp") + tcp(1025, 80, SYN)))]
CONTEXT = [insn for offset in range(0, 64, 4) for insn in ((0x20, 0, 0, 0xfffff000 + offset), (0x07, 0, 0, 0))]


def seed(name, dialect, packet, insns):
    packet = packet[:64]
    (FOLDER / "classic" / name).write_bytes(
        bytes([dialect, len(packet)]) + packet + b"".join(struct.pack("<HBBI", *insn) for insn in insns))


(FOLDER / "classic").mkdir(exist_ok=True)
for number, expression in enumerate(EXPRESSIONS):
    out = subprocess.run([sys.argv[1], "run", "--filter", expression, "--filter-asm", "--json"], check=True,
                         stdout=subprocess.PIPE).stdout
    insns = [(insn["code"], insn["jt"], insn["jf"], insn["k"]) for insn in json.loads(out)["classic"]]
    seed(f"expression_{number}", 1 if "protochain" in expression else number % 2, PACKETS[number % 2], insns)
seed("context", 0, PACKETS[0], CONTEXT + [(0x16, 0, 0, 0)])
seed("words", 0, PACKETS[0], [(0x02, 0, 0, 15), (0x30, 0, 0, 14), (0x61, 0, 0, 15), (0x3c, 0, 0, 0), (0x16, 0, 0, 0)])
