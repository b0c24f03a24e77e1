#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep run --filter: what it prints, which packets it writes, and what it says to wrong questions."""

import struct
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "cli")]
from frames import LINKS, SYN, arp, ether, ip, ipv4_packets, tcp, udp
from tool import Packet, Report, built, engines, one_sentence, pcap, pcapng, skep, skep_json

WEB = [ether("0800", ip("tcp", tcp(1025, 80, SYN))), ether("0800", ip("tcp", tcp(80, 1025), "10.0.0.2", "10.0.0.3"))]
OTHERS = [ether("0800", ip("udp", udp(1026, 53))), ether("0806", arp(1))]
FIELDS = {"filter", "link", "engine", "classic_insns", "insns", "verify_ns", "compile_ns", "code_bytes"}


def check_counts(report, folder):
    path = folder / "web.pcap"
    path.write_bytes(pcap(WEB + OTHERS))
    for engine in [name for name in engines()[0] if name != "kernel"]:
        found = skep_json("run", "--filter", "tcp port 80 and not host 10.0.0.1", "--pcap", path, "--engine", engine)
        report.check(f"{engine}: counts", [found[name] for name in ("packets", "matched", "bytes", "matched_bytes")] ==
                     [4, 1, sum(map(len, WEB + OTHERS)), len(WEB[1])], found)
        report.check(f"{engine}: fields", set(found) == FIELDS | {"packets", "bytes", "matched", "matched_bytes",
                                                                  "ns_per_run"}, found.keys())
        report.check(f"{engine}: names", (found["engine"], found["link"], found["filter"]) ==
                     (engine, "EN10MB", "tcp port 80 and not host 10.0.0.1"), found)
        report.check(f"{engine}: machine code", (found["code_bytes"] > 0) == (engine == "jit"), found)
    text = skep("run", "--filter", "tcp", "--pcap", path)
    report.check("text", text.status == 0 and "filter \"tcp\" for link type EN10MB" in text.out and
                 f"matched: 2 of 4 packets, {sum(map(len, WEB))} of" in text.out, text)
    newer = folder / "web.pcapng"
    newer.write_bytes(pcapng(WEB + OTHERS))
    report.check("pcapng", skep_json("run", "--filter", "arp", "--pcap", newer)["matched"] == 1)
    report.check("standard input", skep_json("run", "--filter", "arp", "--pcap", "-",
                                             stdin=path.read_bytes())["matched"] == 1)
    empty = folder / "empty.pcap"
    empty.write_bytes(pcap([]))
    found = skep_json("run", "--filter", "arp", "--pcap", empty)
    report.check("an empty capture", (found["packets"], found["matched"], found["ns_per_run"]) == (0, 0, 0), found)
    path.write_bytes(pcap([Packet(WEB[0][:40], size_on_wire=1500)]))
    report.check("a packet of which the capture has a part",
                 [skep_json("run", "--filter", expression, "--pcap", path)["matched"] for expression in
                  ("len = 1500", "tcp port 80", "tcp[13] & 2 != 0")] == [1, 1, 0])


def check_links(report, folder):
    packets = list(ipv4_packets())
    path, out = folder / "in.pcap", folder / "out.pcap"
    for name, expression, wanted in (("raw", "ip[9] = 132", None), ("sll", "outbound", None),
                                     ("wlan", "type mgt subtype beacon", 1), ("null", "ip6", None)):
        number, frames = LINKS[name]
        path.write_bytes(pcap(list(frames()), link=number))
        found = skep_json("run", "--filter", expression, "--pcap", path, "--pcap-out", out)
        data = out.read_bytes()
        link = struct.unpack_from("<I", data, 20)[0]
        report.check(f"{name}: what matches is written in the same link type",
                     link == number and found["matched"] > 0 and len(data) == 24 + 16 * found["matched"] +
                     found["matched_bytes"] and wanted in (None, found["matched"]), (found, link))
        again = skep_json("run", "--filter", expression, "--pcap", out)
        report.check(f"{name}: and matches again", again["matched"] == again["packets"] == found["matched"], again)
    path.write_bytes(pcap(packets, link=101))
    sctp = [packet for packet in packets if packet[9] == 132]
    report.check("the capture's link type decides what an expression means",
                 skep_json("run", "--filter", "sctp", "--pcap", path)["matched"] == len(sctp) > 0)


def check_listing(report):
    text = skep("run", "--filter", "ether proto 0x1234", "--filter-asm").out
    report.check("--filter-asm shows both programs", all(part in text for part in
                 ("4 instructions of classic BPF", "ldh      [12]", "jeq      #0x1234", "ret      #0",
                  "r0 = *(u16 *)skb[12]", "if w0 != 4660")), text)
    found = skep_json("run", "--filter", "ether proto 0x1234", "--filter-asm")
    report.check("and in JSON", set(found) == FIELDS | {"classic", "translation"} and found["classic"][1]["k"] == 0x1234
                 and found["classic"][0]["code"] == 0x28 and len(found["classic"]) == found["classic_insns"] == 4
                 and found["translation"][3]["text"] == "r0 = *(u16 *)skb[12]", found)


def check_refusals(report, folder):
    path, damaged = folder / "web.pcap", folder / "damaged.pcap"
    path.write_bytes(pcap(WEB + OTHERS))
    damaged.write_bytes(pcap(WEB + OTHERS)[:-5])

    def refused(*arguments, words, status=2):
        done = skep("run", *arguments)
        report.check(f"refused: {' '.join(str(argument) for argument in arguments[:3])}"[:70],
                     one_sentence(done, status, *words), done)

    refused("--filter", "tcp port eighty", "--pcap", path, words=("\"tcp port eighty\"", "EN10MB", "eighty"))
    refused("--filter", "tcp port", "--pcap", path, words=("syntax error",))
    refused("--filter", "inbound", "--pcap", path, words=("\"inbound\"", "EN10MB"))
    refused("--filter", "tcp", words=("--pcap",))
    refused("--filter", "tcp", "--pcap", folder / "absent.pcap", words=("absent.pcap", "No such file"))
    refused("--filter", "tcp", "--pcap", path, "port", "80", words=("one argument, in quotes",))
    refused("--filter", "tcp", "--pcap", path, "--engine", "kernel", words=("--engine jit or interp",))
    refused("--filter", "tcp", "--pcap", path, "--data", path, words=("--filter goes with",))
    refused("--filter", "tcp", "--pcap", path, "--unverified", words=("--filter goes with",))
    refused(built("cli_types"), "--filter-asm", words=("--filter-asm needs --filter",))
    refused("--filter", "tcp", "--pcap", path, "--pcap-out", path, words=("is being read",))
    done = skep("run", "--filter", "tcp", "--pcap", damaged)
    report.check("a damaged capture is told after what was there", one_sentence(done, 2, "packet 4") and
                 "matched: 2 of 3 packets" in done.out, done)
    quiet = skep("run", "--filter", "tcp port \x1b[2J", "--pcap", path)
    report.check("an expression does not command the terminal", quiet.status == 2 and "\x1b" not in quiet.err, quiet)


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    folder = Path(temporary)
    check_counts(report, folder)
    check_links(report, folder)
    check_listing(report)
    check_refusals(report, folder)
