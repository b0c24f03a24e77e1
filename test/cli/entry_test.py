#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep run --entry: entries of maps before the run, on every engine, and what is refused. How values
are written is the matter of maps_test.py and set_test.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import SOURCE, Report, engines, one_sentence, skep, skep_json

FLOWS = SOURCE / "examples" / "flows" / "flows.bpf.o"
CAPTURE = SOURCE / "examples" / "captures" / "office.pcap"
# struct rule_key of flows: port and protocol in the machine's order, a byte of zero; XDP_DROP is 1.
UDP_53 = "hex:" + ((53).to_bytes(2, sys.byteorder) + bytes((17, 0))).hex()
WORD_1 = "hex:" + (1).to_bytes(4, sys.byteorder).hex()

REFUSED = (
    ("rules", ("a colon",)), ("rules:1", ("=",)), ("", ("a colon",)),
    ("rules:{port=1", ("=",)),
    ("ruler:1=1", ("no map", "ruler", "did you mean rules")),
    ("rules:hex:35=1", ("rules: key", "4 bytes", "8 digits")),
    ("rules:hex:0035110z=1", ('"z"', "hexadecimal")),
    ("rules:{}=4294967296", ("rules: value", "4294967296", "__u32", "0 to 4294967295")),
    ("rules:{port=65536}=1", ("rules: key.port", "65536", "__u16", "0 to 65535")),
    ("rules:{prot=17}=1", ('"prot"', "port, protocol, reserved")),
    ("rules:{}=-1", ("-1", "0 to 4294967295")), ("rules:{}=", ("no number",)),
    ("rules:1=1", ("struct rule_key", "port, protocol, reserved")),
    ("flows:1=1", ("flows: key", "hex:", "88 digits")),
    ("events:1=1", ("ringbuf", "no entries")), ("counters:1=1", ("value", "each cpu")),
    ("counters:13=[]", ("counters", "13=[]", "E2BIG")),
    (".rodata:0=hex:" + "00" * 12, ("not permitted",)),
)


def rules(done):
    return next(entry["entries"] for entry in done["maps"] if entry["name"] == "rules")


with Report() as report:
    there, reason = engines()
    verdicts = {}
    for engine in there:
        plain = skep_json("run", FLOWS, "--pcap", CAPTURE, "--engine", engine)
        report.check(f"{engine}: no entry, no rule", rules(plain) == [], rules(plain))
        for entry in (f"{UDP_53}=1", f"{UDP_53}=0x1", f"{UDP_53}={WORD_1}",
                      "{port=53, protocol=17}=1", '{"port":53,"protocol":17}=1'):
            done = skep_json("run", FLOWS, "--pcap", CAPTURE, "--engine", engine, "--entry",
                             f"rules:{entry}")
            key = {"port": 53, "protocol": 17, "reserved": 0}
            report.check(f"{engine}: {entry} is in the map",
                         rules(done) == [{"key": key, "value": 1}], rules(done))
            verdicts[engine, entry] = done["verdicts"]
            report.check(f"{engine}: {entry} drops",
                         done["verdicts"]["XDP_DROP"] > plain["verdicts"]["XDP_DROP"],
                         done["verdicts"])
        done = skep_json("run", FLOWS, "--engine", engine, "--entry",
                         "counters:12=[{packets=3, bytes=4}]")
        found = next(entry["entries"][12]["value"] for entry in done["maps"]
                     if entry["name"] == "counters")
        report.check(f"{engine}: a value for each cpu", found[0] == {"packets": 3, "bytes": 4} and
                     all(one == {"packets": 0, "bytes": 0} for one in found[1:]), found)
    report.check("all engines drop the same", len({str(v) for v in verdicts.values()}) == 1,
                 verdicts)
    if "kernel" not in there:
        report.skip("the kernel takes entries", reason)
    for text, words in REFUSED:
        done = skep("run", FLOWS, "--entry", text)
        report.check(f'refused: "{text}"', one_sentence(done, 2, "--entry", *words), done)
