#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep asm: what skep dis --asm writes of an object becomes an object with the same instructions, for
every object there is; files written by hand run; and what is wrong in a file is named with its line."""

import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import BUILD, SOURCE, Report, engines, one_sentence, skep, skep_json

COUNT = """# Counts packets by their first byte, and passes them.
.license "GPL"
.map counts array key 4 value 8 entries 256   # by byte
.section .rodata
.hex 02 00 0000

.section xdp
count:
	r2 = *(u32 *)(r1 +4); r1 = *(u32 *)(r1 +0)
	r3 = r1 ; r3 += 1
	if r3 > r2 goto pass     // empty
	w1 = *(u8 *)(r1 +0)
	*(u32 *)(r10 -4) = r1
	r2 = r10
	call add_one
pass:
	r1 = map_value[.rodata] ll
	r0 = *(u32 *)(r1 +0)
	exit

.section .text
add_one:
	r2 += -4
	r1 = map[counts] ll
	call bpf_map_lookup_elem
	if r0 == 0 goto out
	r1 = 1
	lock *(u64 *)(r0 +0) += r1
out:	r0 = 0
	exit

.section xdp
.globl drop
drop:	r0 = 1
	exit
"""

# By value of the first byte.
COUNTS = [{"key": byte, "value": "0100000000000000" if byte == 5 else "00" * 8}
          for byte in range(256)]

# What is wrong, where, and a word of what would be right.
WRONG = (
    ("exit", "line 1", "a section first"),
    (".section xdp\nexit", "without a label", "the program's name"),
    (".section", "line 1", "the name of a section"),
    (".section .maps", "line 1", "made from .map"),
    (".section xdp\np: exit\n\n  r0 = 5 6", "line 4, column 10", "the end of the line"),
    (".section a\np: exit\n.section b\nq: exit\n.section a\n r11 = 1", "line 6, column 2",
     "an instruction"),
    (".section xdp\np: call q\n exit", "line 2, column 9", "a label that is defined"),
    (".section xdp\np: r1 = map[m] ll\n exit", "line 2, column 13", "a map that is defined"),
    (".section xdp\np: r1 = map[ll", "line 2, column 15", "`]`"),
    (".section xdp\np: goto q\n exit\n.section .text\nq: exit", "line 2, column 9", "a label"),
    (".section xdp\np: exit\np: exit", "line 3, column 1", "another name"),
    (".map m", "line 1", "a name and a type"), (".map m hsah", "hsah", "a map type"),
    (".map m hash key", "line 1", "a number"), (".map m hash key 4294967296", "4294967296", "a number"),
    (".map m hash keys 4", "keys", "key, value, entries or flags"),
    (".map m hash\n.map m hash", "line 2", "stands twice"),
    (".license", "line 1", "a licence"), (".globl", "line 1", "one name"),
    (".globl p", ".globl p", "no such label"),
    (".hex 00", "line 1", "only sections .data"), (".section xdp\n.zero 1", "line 2", "only sections"),
    (".section .data\n.hex 0", "line 2", "pairs"), (".section .data\n.hex 0g", "line 2", "pairs"),
    (".section .bss\n.hex 00", "line 2", ".zero"), (".section .data\n.zero x", "line 2", "a number"),
    (".section .data\n.zero 4294967295", "line 2", "at most 64 MiB"),
    (".section .data\nexit", "line 2", ".hex or .zero"),
    (".section xdp\np: r1 = function[+3] ll\n exit\n exit\n exit", "no label", "function[NAME]"),
    ("\0", "line 1", "a section first"),
)


def functions(path):
    """Name, section and, by function, instructions of every program; None if there is none."""
    done = skep("dis", path)
    if "the object has no program" in done.err:
        return None
    return [(program["program"], program["section"],
             [(function["name"], [insn["code"] for insn in function["insns"]])
              for function in program["functions"]])
            for program in skep_json("dis", path)]


def assemble(text, *options):
    return skep("asm", "-", "-o", "made.o", *options, stdin=text.encode(), cwd=folder)


with Report() as report, tempfile.TemporaryDirectory() as folder:
    made = Path(folder) / "made.o"
    objects = sorted([*(BUILD / "test" / "objects").glob("*.o"),
                      *(SOURCE / "examples").glob("*/*.bpf.o")])
    compared = 0
    for path in objects:
        before = functions(path)
        if before is None:
            report.check(f"{path.name}: no program, nothing to assemble",
                         skep("dis", path, "--asm").status == 2)
            continue
        text = skep("dis", path, "--asm")
        done = assemble(text.out)
        report.check(f"{path.name}: the same instructions",
                     (text.status, done.status) == (0, 0) and functions(made) == before,
                     text.err + done.err)
        compared += 1
    report.check("there were objects of every kind", compared > 90 and
                 any(path.name.endswith(".eb.o") for path in objects), compared)

    done = assemble(COUNT)
    report.check("a file written by hand is assembled, silently",
                 done == (0, "", ""), done)
    packet = Path(folder) / "packet"
    packet.write_bytes(b"\x05" + bytes(20))
    there, reason = engines()
    for engine in there:
        done = skep_json("run", made, "--prog", "count", "--data", packet, "--engine", engine)
        report.check(f"{engine}: and runs", done["retval"] == 2 and done["maps"][0]["entries"] == COUNTS,
                     done["maps"])
        done = skep_json("run", made, "--prog", "drop", "--data", packet, "--engine", engine)
        report.check(f"{engine}: the second program of its section, too", done["retval"] == 1, done)
    if reason is not None:
        report.skip("the kernel loads it through libbpf", reason)
    done = assemble(COUNT, "--json")
    report.check("asm: --json says what was made", '"name":"xdp","insns":15,"functions":'
                 '["count","drop"]' in done.out and f'"bytes":{made.stat().st_size}' in done.out,
                 done)

    def line_of(count):
        return (f".section .data\n.hex{' 01' * count}\n"
                f".section xdp\np: r1 = map_value[.data]+{count} ll\n exit\n")

    done = assemble(line_of(63))
    report.check("a line of 64 words", done.status == 0 and
                 skep("dis", made).status == 0, done)
    done = assemble(line_of(64))
    report.check("a line of 65 is refused, not cut", one_sentence(done, 2, "line 2", "64 words"), done)
    done = assemble(f".section .data\n.hex {'00' * 128}\n")
    report.check("and so is a word of 256 letters", one_sentence(done, 2, "line 2", "255"), done)
    text = skep("dis", BUILD / "test" / "objects" / "core_extern.o", "--asm").out
    report.check("what is of the kernel's configuration is data", ".section .rodata.kconfig" in text)
    done = assemble(".section xdp\np: call 16\n call 4242\n exit\n")
    text = skep("dis", made).out
    report.check("helpers that skep does not run have names, unknown ones numbers",
                 "call get_current_comm#16\n" in text and "call 4242\n" in text, text)
    done = skep("run", made)
    report.check("in messages, too", one_sentence(done, 1, "call get_current_comm#16"), done)

    done = assemble("r0 = 1\nr1 = map[b] ll\nexit\n.map a hash\n.map b hash\n", "--raw")
    report.check("--raw: the instructions alone, without section or label",
                 (done.status, made.read_bytes().hex()) ==
                 (0, "b700000001000000" "1811000001000000" "0000000000000000" "9500000000000000"),
                 done)
    done = assemble(COUNT, "--raw")
    report.check("--raw: one section only", done.status == 2 and "one section" in done.err, done)
    done = skep("asm", "-", "--raw", "-o", "-", stdin=b"exit", stdout=open(made, "wb"))
    report.check("-o -: to standard output",
                 made.read_bytes() == struct.pack("<Q", 0x95), done)

    for text, *words in WRONG:
        done = assemble(text)
        report.check(f"refused: {text!r}", one_sentence(done, 2, "standard input", *words), done)
    for arguments, word in (((), "the assembly file is missing"), (("a",), "-o OUT is missing"),
                            (("a", "b", "-o", "c"), "one argument too many"),
                            (("a", "-o"), "needs a value"), (("no.s", "-o", "x"), "no.s"),
                            (("-", "-o", "-", "--json"), "both write"),
                            (("-", "-o", f"{folder}/no/such"), "cannot be written")):
        done = skep("asm", *arguments, stdin=b"")
        report.check(f"asm {' '.join(arguments)}", one_sentence(done, 2, word), done)
    report.check("asm --help", skep("asm", "--help").out.startswith("usage: skep asm FILE"))
