#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--set: what each type of variable takes, to its limits and not beyond, and that every engine then
sees it."""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import Report, built, engines, one_sentence, skep, skep_json, variables

# Variable, value as written, value as it then is.
TAKEN = (
    ("tiny", "0", 0), ("tiny", "255", 255), ("tiny", "0xff", 255), ("tiny", "'A'", 65),
    ("tiny", "+7", 7),
    ("tiny_signed", "-128", -128), ("tiny_signed", "127", 127), ("tiny_signed", "0x7f", 127),
    ("small", "65535", 65535), ("word", "4294967295", 4294967295), ("word", "010", 10),
    ("large", "18446744073709551615", 18446744073709551615),
    ("large", "0xffffffffffffffff", 18446744073709551615),
    ("negative", "-9223372036854775808", -9223372036854775808),
    ("negative", "9223372036854775807", 9223372036854775807),
    ("flag", "true", True), ("flag", "false", False), ("flag", "1", True), ("flag", "0", False),
    ("color", "BLUE", "BLUE"), ("color", "RED", "RED"), ("color", "5", "GREEN"), ("color", "9", 9),
    ("level", "LOW", "LOW"), ("level", "-1", "LOW"), ("level", "1", "HIGH"),
    ("label", "seven77", "seven77"), ("label", "", ""), ("label", "a=b", "a=b"),
    ("letter", "'z'", 122), ("letter", "-1", -1),
    ("triple", "hex:" + struct.pack("=3H", 7, 8, 65535).hex(), [7, 8, 65535]),
    ("pair", "hex:" + struct.pack("=B3xI", 9, 10).hex().upper(), {"a": 9, "b": 10}),
    ("tiny", "hex:fe", 254),
    ("limit", "1", 1),
)

# Variable, value, words of the sentence.
REFUSED = (
    ("tiny", "300", ("300", "8 bits", "0 to 255")), ("tiny", "256", ("0 to 255",)),
    ("tiny", "-1", ("0 to 255",)),
    ("tiny_signed", "128", ("-128 to 127",)), ("tiny_signed", "-129", ("-128 to 127",)),
    ("tiny_signed", "0xff", ("-128 to 127",)),
    ("small", "65536", ("0 to 65535",)), ("word", "4294967296", ("0 to 4294967295",)),
    ("large", "18446744073709551616", ("64 bits",)), ("large", "-1", ("18446744073709551615",)),
    ("negative", "9223372036854775808", ("9223372036854775807",)),
    ("negative", "-9223372036854775809", ("-9223372036854775808",)),
    ("tiny", "", ("digits",)), ("tiny", "seven", ("digits",)), ("tiny", "7x", ("digits",)),
    ("tiny", "0x", ("digits",)), ("tiny", " 7", ("digits",)), ("tiny", "--7", ("digits",)),
    ("tiny", "1.5", ("digits",)),
    ("flag", "2", ("true or false",)), ("flag", "yes", ("true or false",)),
    ("color", "BLEU", ("BLEU", "enum color", "did you mean BLUE")), ("color", "-1", ("0 to",)),
    ("level", "2147483648", ("2147483647",)),
    ("label", "eight888", ("7 characters",)),
    ("triple", "1", ("hex:", "12 digits", "6 bytes")), ("triple", "hex:0102", ("12 digits",)),
    ("triple", "hex:01020304050g", ("g",)), ("pair", "1", ("hex:",)),
    ("tiyn", "1", ("tiyn", "did you mean tiny")), ("lable", "x", ("label",)),
)


def check(report, engine):
    for name, text, wanted in TAKEN:
        done = skep_json("run", built("cli_types"), "--engine", engine, "--set", f"{name}={text}")
        found = variables(done)[name]
        report.check(f"{engine}: {name}={text}", found == wanted and
                     isinstance(found, bool) == isinstance(wanted, bool), found)
    done = skep_json("run", built("cli_types"), "--engine", engine, "--set", "tiny=1", "--set",
                     "small=2", "--set", "tiny=3")
    report.check(f"{engine}: several variables, the last of one counts",
                 (variables(done)["tiny"], variables(done)["small"]) == (3, 2), done)
    done = skep_json("run", built("cli_edit"), "--engine", engine, "--set", "verdict=1")
    report.check(f"{engine}: a constant is set before it is verified", done["retval"] == 1, done)


with Report() as report:
    there, reason = engines()
    for one in there:
        check(report, one)
    if "kernel" not in there:
        report.skip("the kernel sees variables set", reason)
    for variable, text, words in REFUSED:
        done = skep("run", built("cli_types"), "--set", f"{variable}={text}")
        report.check(f"refused: {variable}={text}", one_sentence(done, 2, *words), done)
    for text in ("tiny", "=1", ""):
        done = skep("run", built("cli_types"), "--set", text)
        report.check(f'refused: "{text}"', one_sentence(done, 2, "--set"), done)
    done = skep("run", built("cli_mixed"), "--prog", "safe", "--set", "any=1")
    report.check("refused: an object without variables",
                 one_sentence(done, 2, "no global variables"), done)
    done = skep("verify", built("cli_types"), "--set", "tiny=300")
    report.check("verify refuses the same", one_sentence(done, 2, "0 to 255"), done)
