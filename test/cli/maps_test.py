#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep maps update and maps dump of one map: entries as they are written and as they then are, what
maps answer, and what is no entry. What is printed is taken back."""

import json
import re
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import SOURCE, Report, built, one_sentence, skep, skep_json

FLOWS = SOURCE / "examples" / "flows" / "flows.bpf.o"
TYPES, VALUES, TAIL = built("cli_types"), built("cli_values"), built("cli_tail")


def entries(done):
    (one,) = done
    return [(entry["key"], entry["value"]) for entry in one["entries"]]


def order(*octets):
    """Bytes as a number of this machine's, which JSON shows."""
    return int.from_bytes(bytes(octets), sys.byteorder)


KEY = {"address": order(10, 0, 0, 1), "port": order(0, 53), "kind": 9, "mac": [16, 0, 0, 0, 21]}
ZERO = {"packets": 0, "balance": 0, "color": "RED", "low": 0, "middle": 0, "high": 0, "name": "",
        "word": 0, "bytes": [0, 0, 0, 0], "point": {"x": 0, "y": 0}, "seen": False}
ZERO_KEY = {"address": 0, "port": 0, "kind": 0, "mac": [0, 0, 0, 0, 0]}

# Object, map, KEY=VALUE, the entries that are then in it.
TAKEN = (
    (FLOWS, "rules", ["{port=53, protocol=17}=1"],
     [({"port": 53, "protocol": 17, "reserved": 0}, 1)]),
    (FLOWS, "rules", ["{port: 53, protocol: 17, reserved: 0}=0x1"],
     [({"port": 53, "protocol": 17, "reserved": 0}, 1)]),
    (FLOWS, "rules", [' { "port" : 53 , "protocol":17 } =1'],
     [({"port": 53, "protocol": 17, "reserved": 0}, 1)]),
    (FLOWS, "rules", ["{}=2", "{port=1}=3", "{}=4"],
     [({"port": 0, "protocol": 0, "reserved": 0}, 4),
      ({"port": 1, "protocol": 0, "reserved": 0}, 3)]),
    (TYPES, "table", ["{address=10.0.0.1, port=53, kind=9, mac=10:00:00:00:15}={}"], [(KEY, ZERO)]),
    (TYPES, "table", ["{address=0x0a000001,port=53,kind=9,mac=1000000015}={}"], [(KEY, ZERO)]),
    (TYPES, "table", ["{address=167772161,port=53,kind=9,mac=[16,0,0,0,21]}={}"], [(KEY, ZERO)]),
    (TYPES, "table", ['{"address":"10.0.0.1","port":53,"kind":9,"mac":hex:1000000015}={}'],
     [(KEY, ZERO)]),
    (TYPES, "table", ["{}={color=BLUE, low=7, middle=1023, high=0x7ffff, seen=true, "
                      "point={x=-3,y=32767}, balance=-9223372036854775808}"],
     [(ZERO_KEY, {**ZERO, "color": "BLUE", "low": 7, "middle": 1023, "high": 0x7ffff, "seen": True,
                  "point": {"x": -3, "y": 32767}, "balance": -2**63})]),
    (TYPES, "table", ['{}={"color":"GREEN","name":"a\\"\\u00e9\\x41","point":{"y":-1}}'],
     [(ZERO_KEY, {**ZERO, "color": "GREEN", "name": 'a"éA', "point": {"x": 0, "y": -1}})]),
    (TYPES, "table", ["{}={name=plain, color=77, seen=1}"],
     [(ZERO_KEY, {**ZERO, "name": "plain", "color": 77, "seen": True})]),
    # Members of unnamed structures and unions; the last of a union counts, wholly.
    (TYPES, "table", ["{}={word=0x01020304, bytes=[9]}"],
     [(ZERO_KEY, {**ZERO, "word": order(9, 0, 0, 0), "bytes": [9, 0, 0, 0]})]),
    (TYPES, "sizes", ["7=18446744073709551615", "0x9=1"], None),
    (TYPES, "plain", ["1=2", "0xfe=-2", "'='=0xffffffffffffffff"], None),
    (VALUES, "names", ["abc=1", '"x=y"=-2', "=3", "hex:6162636465666768=4"],
     [("", 3), ("abc", 1), ("abcdefgh", 4), ("x=y", -2)]),
    (VALUES, "per_cpu", ["0=[[1,2,3]]", "1=[hex:040506]"], None),
    (VALUES, "table", ["{from=::1, to={bytes=[1]}, gate=10.1.2.3, mask=255.0.0.0, port=80, "
                       "mac=02:00:00:00:00:01}={text=abc, list=[{low=-4}, {high=31, set=true}]}"],
     [({"from": {"bytes": [0] * 15 + [1]}, "to": {"bytes": [1] + [0] * 15},
        "gate": {"s_addr": order(10, 1, 2, 3)}, "mask": order(255, 0, 0, 0),
        "port": order(0, 80), "mac": [2, 0, 0, 0, 0, 1]},
       {"number": 0, "left": 0, "right": 0, "bytes": [0, 0],
        "inner": {"low": 0, "high": 0, "set": False}, "text": "abc",
        "list": [{"low": -4, "high": 0, "set": False}, {"low": 0, "high": 31, "set": True}]})]),
)

# Object, map, arguments after it, exit status, words of the sentence.
REFUSED = (
    (FLOWS, "rulez", ["1=1"], 2, ("rulez", "did you mean rules")),
    (FLOWS, "rules", ["1"], 2, ("rules", "write a key, = and a value")),
    (FLOWS, "rules", ["1=1"], 2, ("key", "struct rule_key", "port, protocol, reserved",
                                  "8 digits", "4 bytes")),
    (FLOWS, "rules", ["{prot=17}=1"], 2, ("key", '"prot"', "struct rule_key",
                                          "port, protocol, reserved")),
    (FLOWS, "rules", ["{port=65536}=1"], 2, ("key.port", "65536", "__u16", "0 to 65535")),
    (FLOWS, "rules", ["{port=-1}=1"], 2, ("key.port", "-1", "__u16", "0 to 65535")),
    (FLOWS, "rules", ["{}=4294967296"], 2, ("value", "4294967296", "__u32", "0 to 4294967295")),
    (FLOWS, "rules", ["{}=99999999999999999999"], 2, ("value", "__u32", "0 to 4294967295")),
    (FLOWS, "rules", ["{}="], 2, ("value", "no number", "__u32")),
    (FLOWS, "rules", ["{port=1,port=2}=1"], 2, ("port", "twice")),
    (FLOWS, "rules", ["{port}=1"], 2, ("key.port", "=")),
    (FLOWS, "rules", ["{port=1=1"], 2, ("write a key, = and a value",)),
    (FLOWS, "rules", ["{port=1;protocol=2}=1"], 2, ("key.port", "1;protocol=2")),
    (FLOWS, "rules", ["{port=1 protocol=2}=1"], 2, ("key", "protocol=2", "where , or }")),
    (FLOWS, "rules", ["{port=1}x=1"], 2, ("key", '"x"', "after the end")),
    (FLOWS, "rules", ["{}=1 2"], 2, ("value", '"1 2"')),
    (FLOWS, "rules", ["hex:35001100=hex:1"], 2, ("value", "4 bytes", "8 digits")),
    (FLOWS, "rules", ["hex:3500110z=1"], 2, ("key", '"z"', "hexadecimal")),
    (FLOWS, "events", ["1=1"], 2, ("events", "ringbuf", "no entries")),
    (FLOWS, "counters", ["1=5"], 2, ("value", "each cpu", "[VALUE, ...]")),
    (FLOWS, "counters", ["1=[" + "{}," * 9999 + "{}]"], 2, ("value", "longer than")),
    (FLOWS, "counters", ["1=[{packets=x}]"], 2, ("value[0].packets", '"x"', "__u64")),
    (FLOWS, ".bss", ["0=1"], 2, ("value", "--set", "hex:")),
    (FLOWS, ".rodata", ["0=hex:" + "00" * 12], 1, ("refuses", "EPERM")),
    (TYPES, "table", ["{}={color=BLEU}"], 2, ("value.color", "enum color", "BLEU",
                                              "did you mean BLUE")),
    (TYPES, "table", ["{}={seen=maybe}"], 2, ("value.seen", '"maybe"', "true nor false")),
    (TYPES, "table", ["{}={low=8}"], 2, ("value.low", "8", "3 bits, 0 to 7")),
    (TYPES, "table", ["{}={point={z=1}}"], 2, ("value.point", '"z"', "x, y")),
    (TYPES, "table", ["{}={point={x=32768}}"], 2, ("value.point.x", "s16", "-32768 to 32767")),
    (TYPES, "table", ["{}={bytes=[1,2,3,4,5]}"], 2, ("value.bytes", "longer than 4")),
    (TYPES, "table", ["{}={bytes=[1,256]}"], 2, ("value.bytes[1]", "256", "u8", "0 to 255")),
    (TYPES, "table", ["{}={bytes=5}"], 2, ("value.bytes", "u8[4]", "[VALUE, ...]")),
    (TYPES, "table", ["{}={name=eight888}"], 2, ("value.name", "8 characters", "7 characters")),
    (TYPES, "table", ['{}={name="a}'], 2, ("value.name", 'no " at its end')),
    (TYPES, "table", ['{}={name="\\q"}'], 2, ("value.name", "escape")),
    (TYPES, "table", ['{}={name="\\ud800"}'], 2, ("value.name", "escape")),
    (TYPES, "table", ["{address=10.0.0}={}"], 2, ("key.address", "10.0.0", "IPv4")),
    (TYPES, "table", ["{port=65536}={}"], 2, ("key.port", "65536", "__be16", "65535")),
    (VALUES, "table", ["{from=10.0.0.1}={}"], 2, ("key.from", "10.0.0.1", "IPv6")),
    (VALUES, "table", ["{}={list=[{low=4}]}"], 2, ("value.list[0].low", "3 bits, -4 to 3")),
    (VALUES, "names", ["eight888=1"], 2, ("key", "7 characters", "quotes")),
    (VALUES, "names", ['"nine99999"=1'], 2, ("key", "9 characters")),
    (TYPES, "plain", ["one=1"], 2, ("key", '"one"', "32 bits")),
    (TYPES, "plain", ["4294967296=1"], 2, ("key", "32 bits", "4294967295")),
    (TAIL, "jumps", ["0=1"], 2, ("jumps", "prog_array", "no entries")),
    (TYPES, "sizes", ["300=1"], 1, ("300=1", "refuses", "E2BIG")),
    (TYPES, "sizes", ["1=1", "--flags", "noexist"], 1, ("1=1", "EEXIST")),
    (FLOWS, "rules", ["{}=1", "--flags", "exist"], 1, ("{}=1", "ENOENT")),
    (FLOWS, "rules", ["{}=1", "{}=2", "--flags", "noexist"], 1, ("{}=2", "EEXIST")),
    (FLOWS, "rules", ["{}=1", "--delete", "{port=1}"], 1, ("{port=1}", "ENOENT")),
    (TYPES, "sizes", ["1=1", "--delete", "1"], 1, ("1", "refuses", "EINVAL")),
    (VALUES, "names", ["a=1", "b=1", "c=1", "d=1", "e=1"], 1, ("e=1", "E2BIG")),
    (FLOWS, "rules", ["{}=1", "--flags", "new"], 2, ("new", "noexist")),
    (FLOWS, "rules", [], 2, ("KEY=VALUE",)),
    (FLOWS, "rules", ["--delete", "{port=x}"], 2, ("key.port", '"x"')),
)


def check_taken(report):
    for path, name, arguments, wanted in TAKEN:
        done = skep_json("maps", "update", path, name, *arguments)
        title = f"{name} {' '.join(arguments)}"
        if wanted is not None:
            report.check(title, entries(done) == wanted, done)
        again = [f'{json.dumps(entry["key"])}={json.dumps(entry["value"])}'
                 for entry in done[0]["entries"]]
        # In JSON the types of the network stand as the machine has them, not as on the wire.
        if "address" not in title and "mask" not in title:
            report.check(f"{title}: JSON is taken back",
                         skep_json("maps", "update", path, name, *again) == done, again)
    found = dict(entries(skep_json("maps", "update", TYPES, "sizes", "7=1", "0x9=2")))
    report.check("an array is whole", len(found) == 300 and
                 {key: value for key, value in found.items() if value} == {7: 1, 9: 2}, found)
    done = skep("maps", "update", "--json", "--", TYPES, "plain", "1=2", "-1=-2")
    found = entries(json.loads(done.out))
    report.check("without types numbers of both signs fill the bytes", found == [
        (struct.pack("=i", 1).hex(), struct.pack("=q", 2).hex()),
        ("ffffffff", struct.pack("=q", -2).hex())], found)
    found = entries(skep_json("maps", "update", VALUES, "per_cpu", "0=[[1,2,3]]"))
    report.check("a list with a value for each cpu, the rest zero",
                 found[0][1][0] == [1, 2, 3] and all(one == [0, 0, 0] for one in found[0][1][1:]) and
                 found[1][1] == [[0, 0, 0]] * len(found[0][1]), found)


def check_deletes(report):
    found = entries(skep_json("maps", "update", FLOWS, "rules", "{port=1}=1", "{port=2}=2",
                              "--delete", "{port=1}"))
    report.check("--delete, after the updates",
                 [(key["port"], value) for key, value in found] == [(2, 2)], found)
    found = entries(skep_json("maps", "update", FLOWS, "rules", "{}=1", "--flags", "noexist"))
    report.check("--flags noexist takes a new key", len(found) == 1, found)
    found = entries(skep_json("maps", "update", TYPES, "sizes", "3=1", "--flags", "exist"))
    report.check("--flags exist takes an old key", found[3] == (3, 1), found[3])


def check_text(report):
    done = skep("maps", "update", TYPES, "table",
                "{address=10.0.0.1,port=53}={color=BLUE,point={x=-1}}")
    report.check("text: as maps dump has it", done.status == 0 and done.err == "" and
                 done.out.startswith("table (hash, 1 of 64 entries)\n") and
                 re.search(r"^  10\.0\.0\.1 +53 +0 +0000000000 +0 +0 +BLUE ", done.out,
                           re.MULTILINE) and "{x: -1, y: 0}" in done.out, done)
    report.check("text: nothing of other maps", "events" not in done.out, done)
    many = [f"{number}={number}" for number in range(1, 13)]
    done = skep("maps", "update", TYPES, "sizes", *many)
    report.check("text: ten rows unless told otherwise", "and 2 more" in done.out, done)
    done = skep("maps", "update", TYPES, "sizes", *many, "--maps", "all")
    report.check("text: --maps all", "more" not in done.out and
                 re.search(r"^ +12 +12$", done.out, re.MULTILINE), done)
    one = skep("maps", "dump", TYPES, "table")
    report.check("dump of one map", one.out == "table (hash, 0 of 64 entries)\n  none to show\n",
                 one)
    done = skep_json("maps", "dump", TYPES, ".data")
    report.check("dump of one map, by its section's name",
                 len(done) == 1 and done[0]["entries"][0]["value"]["tiny"] == 7, done)


def check_usage(report):
    for arguments, words in (
            (("maps", "update"), ("object",)),
            (("maps", "update", FLOWS), ("map", "KEY=VALUE")),
            (("maps", "dump", FLOWS, "rules", "more"), ("more", "too many")),
            (("maps", "list", FLOWS, "rules"), ("rules", "too many")),
            (("maps", "dump", FLOWS, "--delete", "1"), ("--delete", "update")),
            (("maps", FLOWS, "--flags", "any"), ("--flags", "update")),
            (("maps", "dump", FLOWS, "absent"), ("absent", "no map")),
            (("maps", "update", FLOWS, "rules", "{}=1", *["--delete", "{}"] * 257),
             ("--delete", "256"))):
        done = skep(*arguments)
        report.check(f"usage: {' '.join(Path(str(one)).name for one in arguments)[:60]}",
                     one_sentence(done, 2, *words), done)
    done = skep("maps", "update", built("cli_mixed"), "any", "1=1")
    report.check("an object without maps", one_sentence(done, 2, "no maps"), done)
    deep = "{point=" * 40 + "1" + "}" * 40
    done = skep("maps", "update", TYPES, "table", f"{{}}={deep}")
    report.check("no nesting beyond what the type has", one_sentence(done, 2, "point"), done)


with Report() as report:
    check_taken(report)
    check_deletes(report)
    check_text(report)
    for path, name, arguments, status, words in REFUSED:
        done = skep("maps", "update", path, name, *arguments)
        report.check(f"refused: {name} {' '.join(arguments)}"[:100],
                     one_sentence(done, status, "maps", *words) and done.out == "", done)
    check_usage(report)
