#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--set: what each type of variable takes, to its limits and not beyond, and that every engine then
sees it."""

import re
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
    ("triple", "[7, 8,65535]", [7, 8, 65535]), ("triple", "[]", [0, 0, 0]),
    ("triple", " [ 7 ] ", [7, 0, 0]),
    ("pair", "{a=9, b=10}", {"a": 9, "b": 10}), ("pair", '{"b": 10}', {"a": 0, "b": 10}),
    ("pair", "{}", {"a": 0, "b": 0}), ("pair", "{a=hex:09}", {"a": 9, "b": 0}),
    ("label", '"a\\nb"', "a\nb"), ("label", '"eight888"', "eight888"),
    ("label", "it's", "it's"), ("label", "'a'", "'a'"), ("label", "{a}", "{a}"),
    ("label", "[104, 0, 105]", [104, 0, 105, 0, 0, 0, 0, 0]),
    ("unused_event", "0xfedcba9876543210", "0xfedcba9876543210"),
)

ZERO_INNER = {"low": 0, "high": 0, "set": False}
ZERO_OUTER = {"number": 0, "left": 0, "right": 0, "bytes": [0, 0], "inner": ZERO_INNER, "text": "",
              "list": [ZERO_INNER, ZERO_INNER]}


def order(*octets):
    """Bytes as a number of this machine's, which JSON shows."""
    return int.from_bytes(bytes(octets), sys.byteorder)


# The same for cli_values.bpf.c.
VALUES_TAKEN = (
    ("single", "1.5", 1.5), ("single", "-2e10", -2e10), ("real", "0.1", 0.1), ("real", "7", 7),
    ("wide", "HUGE", "HUGE"), ("wide", "0x1234567890", "HUGE"), ("wide", "2", 2),
    ("giant", "hex:" + "0f" * 16, "0f" * 16), ("giant", "0f" * 16, "0f" * 16),
    ("pointer", "16", "0x10"),
    ("flags", "[true, 0, 1]", [True, False, True]),
    ("grid", "[[1,2,3],[4,5]]", [[1, 2, 3], [4, 5, 0]]),
    ("port", "80", order(0, 80)), ("port", "0x0050", order(0, 80)),
    ("gate", "192.0.2.1", {"s_addr": order(192, 0, 2, 1)}),
    ("gate", "{s_addr=192.0.2.1}", {"s_addr": order(192, 0, 2, 1)}),
    ("gate", "3221225985", {"s_addr": order(192, 0, 2, 1)}),
    ("letters", '"abcd"', "abcd"),
    ("outer", "{left=1, right=2, inner={low=-4, high=31, set=true}, text=ab}",
     {**ZERO_OUTER, "left": 1, "right": 2,
      "bytes": [2, 0] if sys.byteorder == "little" else [0, 2],
      "inner": {"low": -4, "high": 31, "set": True}, "text": "ab"}),
    ("outer", "{list=[{},{low=3}], text=\"a,}]\"}",
     {**ZERO_OUTER, "list": [ZERO_INNER, {"low": 3, "high": 0, "set": False}], "text": "a,}]"}),
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
    ("flag", "2", ("true nor false",)), ("flag", "yes", ("true nor false",)),
    ("color", "BLEU", ("BLEU", "enum color", "did you mean BLUE")), ("color", "-1", ("0 to",)),
    ("level", "2147483648", ("2147483647",)),
    ("label", "eight888", ("7 characters",)), ("label", '"nine99999"', ("9 characters",)),
    ("label", '"a" b', ('"b"', "after the end")), ("label", '"a', ("end",)),
    ("pair", "{c=1}", ('"c"', "a, b")), ("pair", "{a=300}", ("pair.a", "300", "u8", "0 to 255")),
    ("pair", "{a=1, a=2}", ("a", "twice")), ("pair", "{a=1", ("}",)), ("pair", "{a}", ("pair.a", "=")),
    ("pair", "{a=1,}", ('""', "a, b")),
    ("triple", "[1,2,3,4]", ("longer than 3",)), ("triple", "[1,-2]", ("triple[1]", "u16")),
    ("triple", "[1", ("]",)), ("triple", "[1]]", ('"]"', "after the end")),
    ("triple", "1", ("hex:", "12 digits", "6 bytes")), ("triple", "hex:0102", ("12 digits",)),
    ("unused_event", "-1", ("0 to 18446744073709551615",)),
    ("triple", "hex:01020304050g", ("g",)), ("pair", "1", ("hex:",)),
    ("tiyn", "1", ("tiyn", "did you mean tiny")), ("lable", "x", ("label",)),
)

VALUES_REFUSED = (
    ("single", "fast", ('"fast"', "1.5")), ("real", "1.5x", ('"1.5x"',)), ("real", "", ('""',)),
    ("giant", "5", ("32 digits",)), ("giant", "hex:00", ("32 digits",)),
    ("wide", "HUG", ("enum wide", "HUG", "did you mean HUGE")),
    ("port", "65536", ("__be16", "0 to 65535")), ("port", "http", ('"http"', "__be16")),
    ("gate", "192.0.2.256", ("192.0.2.256", "IPv4")),
    ("flags", "[true, 2]", ("flags[1]", "true nor false")),
    ("grid", "[[1,2,3,4]]", ("grid[0]", "longer than 3")),
    ("outer", "{list=[{low=4}]}", ("outer.list[0].low", "3 bits, -4 to 3")),
    ("outer", "{inner={set=5}}", ("outer.inner.set", "true nor false")),
    ("outer", "{other=1}", ("number, left, right, bytes, inner, text, list",)),
    ("outer", "{text=[97], text=b}", ("text", "twice")),
    ("letters", "[1,2,3,4,5]", ("longer than 4",)),
)


def check(report, engine):
    for name, text, wanted in TAKEN:
        done = skep_json("run", built("cli_types"), "--engine", engine, "--set", f"{name}={text}")
        found = variables(done)[name]
        report.check(f"{engine}: {name}={text}", found == wanted and
                     isinstance(found, bool) == isinstance(wanted, bool), found)
    for name, text, wanted in VALUES_TAKEN:
        done = skep_json("run", built("cli_values"), "--engine", engine, "--set", f"{name}={text}")
        found = variables(done)[name]
        report.check(f"{engine}: {name}={text}", found == wanted, found)
    done = skep_json("run", built("cli_types"), "--engine", engine, "--set", "tiny=1", "--set",
                     "small=2", "--set", "tiny=3")
    report.check(f"{engine}: several variables, the last of one counts",
                 (variables(done)["tiny"], variables(done)["small"]) == (3, 2), done)
    done = skep_json("run", built("cli_edit"), "--engine", engine, "--set", "verdict=1")
    report.check(f"{engine}: a constant is set before it is verified", done["retval"] == 1, done)


def check_printed(report):
    """What is printed as text is taken back."""
    wanted = {"flags": "[true, false, true]", "grid": "[[1, 2, 3], [4, 5, 0]]", "port": "80",
              "gate": "192.0.2.1", "wide": "HUGE", "single": "1.5", "giant": "0f" * 16,
              "letters": '"a\\"b"', "pointer": "0x10",
              "wire": "{from: 2001:db8::1, to: ::, gate: 10.0.0.1, mask: 255.0.0.0, port: 443, "
                      "mac: 020000000001}",
              "outer": '{number: 7, left: 1, right: 2, bytes: 0200, inner: {low: -1, high: 3, '
                       'set: true}, text: "a\\nb", list: [{low: 0, high: 1, set: false}, '
                       '{low: 1, high: 0, set: true}]}'}
    if sys.byteorder == "big":
        wanted["outer"] = wanted["outer"].replace("0200", "0002")
    sets = [word for name, text in wanted.items() for word in ("--set", f"{name}={text}")]
    done = skep("run", built("cli_values"), *sets)
    for name, text in wanted.items():
        report.check(f"{name} as it is printed",
                     re.search(rf"^  {name} +{re.escape(text)}$", done.out, re.MULTILINE), done)


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
    check_printed(report)
    for variable, text, words in VALUES_REFUSED:
        done = skep("run", built("cli_values"), "--set", f"{variable}={text}")
        report.check(f"refused: {variable}={text}", one_sentence(done, 2, *words), done)
    done = skep("run", built("cli_mixed"), "--prog", "safe", "--set", "any=1")
    report.check("refused: an object without variables",
                 one_sentence(done, 2, "no global variables"), done)
    done = skep("verify", built("cli_types"), "--set", "tiny=300")
    report.check("verify refuses the same", one_sentence(done, 2, "0 to 255"), done)
