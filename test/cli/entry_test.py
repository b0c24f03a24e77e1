#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep run --entry: entries of maps before the run, on every engine, and what is refused."""

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
    ("ruler:1=1", ("no map of that name", "skep maps")),
    ("rules:hex:35=1", ("the key has 4 bytes", "8 digits")),
    ("rules:hex:0035110z=1", ('"0z"', "hexadecimal")),
    ("rules:1=4294967296", ("does not fit the value", "32 bits")),
    ("rules:1=-1", ('"-1"', "no number")), ("rules:1=", ("no number",)),
    ("rules:1=99999999999999999999999", ("does not fit",)),
    ("flows:1=1", ("the key is no number", "hex:")),
    ("events:1=1", ("no single value",)), ("counters:1=1", ("no single value",)),
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
        for value in ("1", "0x1", WORD_1):
            done = skep_json("run", FLOWS, "--pcap", CAPTURE, "--engine", engine, "--entry",
                             f"rules:{UDP_53}={value}")
            key = {"port": 53, "protocol": 17, "reserved": 0}
            report.check(f"{engine}: the entry with value {value} is in the map",
                         rules(done) == [{"key": key, "value": 1}], rules(done))
            verdicts[engine, value] = done["verdicts"]
            report.check(f"{engine}: the rule with value {value} drops",
                         done["verdicts"]["XDP_DROP"] > plain["verdicts"]["XDP_DROP"],
                         done["verdicts"])
    report.check("all engines drop the same", len({str(v) for v in verdicts.values()}) == 1,
                 verdicts)
    if "kernel" not in there:
        report.skip("the kernel takes entries", reason)
    for text, words in REFUSED:
        done = skep("run", FLOWS, "--entry", text)
        report.check(f'refused: "{text}"', one_sentence(done, 2, "--entry", *words), done)
