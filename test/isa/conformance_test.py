#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep-conformance speaks the plugin protocol of bpf_conformance, and its suite passes on both
engines. The suite's vectors are read where they are at hand (`../shared/conformance/`: name, ISA
version, program, memory, r0, separated by tabs); the protocol is tested in any case."""

import re
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

PLUGIN = BUILD / "skep-conformance"
VECTORS = SOURCE.parent / "shared" / "conformance" / "bpf_conformance.tsv"
ENGINES = ("--interpret", "--jit")


def run(*args, program=""):
    done = subprocess.run([PLUGIN, *args], input=program + "\n", capture_output=True, text=True,
                          timeout=60)
    return done.returncode, done.stdout, done.stderr


def has_jit():
    return "no JIT" not in run("--jit", program="95" + "00" * 7)[2]


def vectors():
    for line in VECTORS.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, program, memory, wanted = line.split("\t")
            yield name, program, memory, int(wanted, 16)


def run_suite(report, engine):
    failed, count = [], 0
    for name, program, memory, wanted in vectors():
        args = ([memory] if memory else []) + [engine]
        status, out, err = run(*args, program=program)
        count += 1
        if status != 0 or int(out, 16) != wanted:
            failed.append(f"{name}: wanted {wanted:#x}, got status {status}, {out.strip()} {err.strip()}")
    report.check(f"the public suite, {engine}: all {count} vectors", not failed and count >= 313,
                 "\n".join(failed))


# r0 = r2; exit: the length of memory.
LENGTH = "bf20000000000000 9500000000000000"
# r0 = *(u8 *)(r1 +1); exit
SECOND = "7110010000000000 9500000000000000"
FORTY_TWO = "b70000002a000000 9500000000000000"


def spaced(text):
    """As the public runner writes bytes: two blanks after each."""
    return re.sub(r"(..) ?", r"\1  ", text)


def check_protocol(report, engine):
    for name, args, program, wanted in [
        ("no memory: r1 and r2 are 0", [], "bf10000000000000 0f20000000000000 9500000000000000", "0"),
        ("memory and its length", ["aa bb cc"], LENGTH, "3"),
        ("memory without blanks, upper case", ["AABBCC"], SECOND, "bb"),
        ("bytes as the public runner writes them", [spaced("aabbcc")], spaced(SECOND), "bb"),
        ("r0 in lower case without 0x", [], "b7000000abffffff 9500000000000000", "ffffffffffffffab"),
        ("empty memory", [""], LENGTH, "0"),
    ]:
        found = run(*args, engine, program=program)
        report.check(f"{engine}: {name}", found == (0, wanted + "\n", ""), found)


def check_refusals(report, engine):
    for name, program, needle in [
        ("an opcode that does not exist", "ff00000000000000 9500000000000000", "instruction 0"),
        ("a reserved field", "b710000000000000 9500000000000000", "the source field"),
        ("no end", FORTY_TWO[:16], "past its last one"),
        ("a jump outside", "0500050000000000 9500000000000000", "past the last instruction"),
        ("a write to r10", "b70a000000000000 9500000000000000", "r10 is written"),
        ("a map", "1811000001000000 0000000000000000 9500000000000000", "needs a map"),
        ("a kernel function", "8520000001000000 9500000000000000", "inside a kernel"),
        ("a packet load", "2800000000000000 9500000000000000", "inside a kernel"),
    ]:
        status, out, err = run(engine, program=program)
        report.check(f"{engine}: {name} is refused", status == 1 and out == "" and needle in err,
                     (status, out, err))


def check_usage(report):
    for name, args, program, needle in [
        ("text that is no hex", [], "hello", "is not hex at character 1"),
        ("half a byte", [], "9500000000000000 9", "is not hex at character 18"),
        ("half an instruction", [], "95000000", "4 bytes"),
        ("nothing", [], "", "0 bytes"),
        ("memory that is no hex", ["xyz"], FORTY_TWO, "MEM is not hex"),
        ("memory twice", ["aa", "bb"], FORTY_TWO, "twice"),
        ("an unknown option", ["--fast"], FORTY_TWO, "--fast"),
        ("a text file as an object", ["--elf"], "68656c6c6f", "standard input"),
    ]:
        status, out, err = run(*args, program=program)
        report.check(f"usage: {name}", status == 2 and out == "" and needle in err,
                     (status, out, err))
    status, out, err = run("--help")
    report.check("usage: --help", status == 0 and "example" in out and err == "", (status, err))


def object_of(program, section):
    """An ELF64 object of one section with one global function, as the public runner's --elf makes
    it (ELF-64 Object File Format; e_machine 247 is BPF)."""
    code = bytes.fromhex(program.replace(" ", ""))
    names = b"\0.symtab\0.strtab\0main\0" + section.encode() + b"\0"
    symbols = bytes(24) + struct.pack("<IBBHQQ", names.index(b"main"), 0x12, 0, 1, 0, len(code))
    code_at, symbols_at = 64, 64 + len(code)
    names_at = symbols_at + len(symbols)
    headers_at = (names_at + len(names) + 7) // 8 * 8
    header = (b"\x7fELF\2\1\1" + bytes(9)
              + struct.pack("<HHIQQQIHHHHHH", 1, 247, 1, 0, 0, headers_at, 0, 64, 0, 0, 64, 4, 3))
    rows = [bytes(64)]
    for name, kind, flags, at, size, link, info, align, entry in [
        (names.index(section.encode()), 1, 6, code_at, len(code), 0, 0, 8, 0),
        (names.index(b".symtab"), 2, 0, symbols_at, len(symbols), 3, 1, 8, 24),
        (names.index(b".strtab"), 3, 0, names_at, len(names), 0, 0, 1, 0),
    ]:
        rows.append(struct.pack("<IIQQQQIIQQ", name, kind, flags, 0, at, size, link, info, align, entry))
    data = header + code + symbols + names
    return (data + bytes(headers_at - len(data)) + b"".join(rows)).hex(" ")


def check_objects(report, engine):
    for section in (".text", "xdp"):
        found = run("aa bb", engine, "--elf", program=object_of(SECOND, section))
        report.check(f"{engine}: an object with {section}", found == (0, "bb\n", ""), found)


with Report() as report:
    if not PLUGIN.exists():
        report.skip("the plugin", "skep-conformance is not built")
    else:
        check_usage(report)
        for engine in ENGINES:
            if engine == "--jit" and not has_jit():
                report.skip("the JIT", "none for this machine")
                continue
            check_protocol(report, engine)
            check_refusals(report, engine)
            check_objects(report, engine)
            if VECTORS.exists():
                run_suite(report, engine)
            else:
                report.skip(f"the public suite, {engine}", "its vectors are not at hand")
