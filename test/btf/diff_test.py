#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep btf diff: each kind of difference, in lines and in JSON; which of several types of one name is
which; what is no difference; objects and the running kernel's types."""

import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import reader
from tool import Report, SOURCE, built, one_sentence, skep

VMLINUX = Path("/sys/kernel/btf/vmlinux")
FLAG_3 = 3 << 24


def one_side(side):
    """The same types as they were (0) and are (1)."""
    writer = reader.Writer()
    number = writer.integer()
    long = writer.integer("long", 8)
    inner = writer.add(reader.UNION, "", 8, [("u", (number, long)[side], 0), ("c", number, 0)])
    writer.add(reader.STRUCT, "s", (40, 48)[side], [
        ("a", number, (0, 32)[side]), ("b", number, (32, 0)[side]), ("", inner, 64),
        (("old", "young")[side], number, 128), (("lost", "won")[side], number, (160, 192)[side]),
        ("kept", long, 256)] if side == 0 else [
        ("b", number, 0), ("a", number, 32), ("", inner, 64), ("young", number, 128),
        ("won", long, 192), ("kept", long, 256)])
    writer.add(reader.STRUCT, "bits", 4, [("x", number, FLAG_3), ("y", number, FLAG_3 + 3 + side)], flag=1)
    writer.add(reader.ENUM, "e", 4, [("SAME", 1), ("MORE", (2, 4)[side]), (("GONE", "NEW")[side], 3)])
    writer.add(reader.ENUM64, "wide", 8, [("W", 5, side << 31)], flag=1)
    writer.add(reader.TYPEDEF, "t", (number, long)[side])
    writer.add(reader.FUNC, "f", writer.add(reader.FUNC_PROTO, size=number,
                                            items=[("named", (number, long)[side])]))
    writer.add(reader.FUNC, "g", writer.add(reader.FUNC_PROTO, size=number,
                                            items=[(("x", "y")[side], number)]))
    writer.add(reader.VAR, "v", (number, long)[side], more=[1])
    writer.add(reader.STRUCT, ("before", "after")[side], 4, [("m", number, 0)])
    writer.integer("odd", (4, 8)[side])
    writer.add(reader.INT, "narrow", 4, more=[(1 << 24, 0)[side] | 32])
    return writer.data("<>"[side])


LINES = """\
~ struct s: 40 bytes -> 48
~ struct s: a: byte 0 -> byte 4
~ struct s: b: byte 4 -> byte 0
~ struct s: u: int -> long
~ struct s: old -> young
~ struct s: lost is gone
~ struct s: won is new
~ struct bits: y: bit 3 -> bit 4
~ enum e: MORE: 2 -> 4
~ enum e: GONE -> NEW
~ enum wide: W: 5 -> -9223372036854775803
~ typedef t: int -> long
~ function f: is of another type
~ variable v: int -> long
- struct before
~ type odd: 4 bytes -> 8
~ type odd: is of another type
~ type narrow: is of another type
+ struct after
"""


def several(counts):
    """Structures of one name and these sizes."""
    writer = reader.Writer()
    for count in counts:
        writer.add(reader.STRUCT, "s", count)
    return writer.data()


with Report() as report, tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    paths = folder / "was", folder / "is"

    def diff(*options):
        return skep("btf", "diff", *paths, *options)

    for side, path in enumerate(paths):
        path.write_bytes(one_side(side))
    done = diff()
    report.check("every kind of difference, over byte orders",
                 done.status == 1 and done.out == LINES, f"{done.status} {done.err}{done.out}")
    done = diff("--json")
    found = json.loads(done.out)["differences"]
    report.check("JSON: as many, exit status 1",
                 done.status == 1 and len(found) == len(LINES.splitlines()), done.out)
    report.check("JSON: sizes", found[0] == {
        "change": "resized", "kind": "STRUCT", "name": "s", "before": {"id": 4, "size": 40},
        "after": {"id": 4, "size": 48}}, found[0])
    report.check("JSON: a member of a union without a name", found[3] == {
        "change": "member_retyped", "kind": "STRUCT", "name": "s",
        "before": {"id": 4, "size": 40, "member": "u", "bits_offset": 64, "bitfield_size": 0,
                   "type": "int"},
        "after": {"id": 4, "size": 48, "member": "u", "bits_offset": 64, "bitfield_size": 0,
                  "type": "long"}}, found[3])
    report.check("JSON: a member that is gone", found[5]["change"] == "member_removed" and
                 found[5]["after"] is None and found[5]["before"]["member"] == "lost", found[5])
    report.check("JSON: an enumerator", found[10]["before"]["value"] == 5 and
                 found[10]["after"]["value"] == -9223372036854775803, found[10])
    report.check("JSON: what is new", found[-1] == {
        "change": "added", "kind": "STRUCT", "name": "after", "before": None,
        "after": {"id": 14, "size": 4}}, found[-1])

    for was, now, wanted in (((4, 8), (8, 4), ""), ((4, 8), (8,), "- struct s\n"),
                             ((4, 8, 8), (8, 16, 4), "~ struct s: 8 bytes -> 16\n"),
                             ((4,), (4, 4), "+ struct s\n"), ((), (), "")):
        paths[0].write_bytes(several(was))
        paths[1].write_bytes(several(now))
        done = diff()
        report.check(f"of one name, sizes {was} and {now}",
                     done.out == wanted and done.status == (1 if wanted else 0), done.out + done.err)

    # A million of one name take no longer than others.
    paths[0].write_bytes(several([0] * 200000))
    paths[1].write_bytes(several([4] * 200000))
    done = diff()
    report.check("200,000 types of one name", done.out.count("0 bytes -> 4") == 200000, done.err)

    for path in (built("btf_layout"), SOURCE / "examples" / "flows" / "flows.bpf.o", VMLINUX):
        if not os.access(path, os.R_OK):
            report.skip(f"{path.name} is equal to itself", "is not there")
            continue
        done = skep("btf", "diff", path, path)
        report.check(f"{path.name} is equal to itself", done.status == 0 and done.out == "", done.out)
    done = skep("btf", "diff", built("btf_layout"), built("cli_types"))
    report.check("two objects", done.status == 1 and "- struct packed_bits\n" in done.out, done.err)
    for arguments in ([paths[0]], [*paths, paths[0]], [*paths, "--c"], [*paths, "--type", "s"],
                      [paths[0], folder / "absent"], [folder / "absent", paths[0]]):
        done = skep("btf", "diff", *arguments)
        report.check(f"usage: {len(arguments)} {str(arguments[-1])[-6:]}", one_sentence(done, 2), done.err)
