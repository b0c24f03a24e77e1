#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Values by their types, as JSON and as text: floating-point numbers, enumerations of every width,
bit-fields with and without a sign, what tags are on."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import Report, built, skep, skep_json

# The object for this machine's byte order.
OBJECT = built("btf_values" if sys.byteorder == "little" else "btf_values.eb")

WANTED = {
    "f": 1.5, "d": -2.25, "more": "WIDE_MORE", "less": "WIDE_LESS", "top": "WIDE_TOP",
    "many": "NARROW_MANY", "a": 5, "n": -3, "w": 0x123456789a, "t": True, "yes": True, "minus": -1,
    "text": "hey", "odd": -7, "number": (2).to_bytes(16, sys.byteorder).hex(), "floats": [0.5, 3],
    "list": ["NARROW_ONE", 7], "bits": 0x40400000, "real": 3, "negative": -5, "last": 9,
    "pointer": "0x0",
}
TEXT = ("{f: 1.5, d: -2.25, more: WIDE_MORE, less: WIDE_LESS, top: WIDE_TOP, many: NARROW_MANY, a: 5, "
        "n: -3, w: 78187493530, t: true, yes: true, minus: -1, text: \"hey\", odd: -7, ")

with Report() as report:
    (data,) = [one for one in skep_json("maps", "dump", OBJECT) if one["name"].endswith(".data")]
    found = data["entries"][0]["value"]["value"]
    report.check("has all members, in their order", list(found) == list(WANTED), list(found))
    for name, value in WANTED.items():
        report.check(f"{name} is {value}", found.get(name) == value, found.get(name))
    done = skep("maps", "dump", OBJECT)
    report.check("the same as text", TEXT in done.out, done.out)
