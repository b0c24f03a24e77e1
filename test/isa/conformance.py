# SPDX-License-Identifier: Apache-2.0
"""What any build of skep-conformance must do: speak the plugin protocol of bpf_conformance and give
its suite's results. The suite's vectors are read where they are at hand (`../shared/conformance/`:
name, ISA version, program, memory, r0, separated by tabs); the protocol and some vectors of our own
are tested in any case."""

import re
import struct
import subprocess

from ktap import SOURCE

VECTORS = SOURCE.parent / "shared" / "conformance" / "bpf_conformance.tsv"

# The suite was written for little-endian machines. Loads and 32-bit atomic operations on parts of 64
# bits see memory in the machine's byte order, and le and be swap or not by it (RFC 9669, 3 and 4.2):
# on a big-endian machine these programs end with another r0, here worked out by hand.
BIG_ENDIAN = {
    "ldxh": 0x1122, "ldxw": 0x11223344, "ldxdw": 0x1122334455667788,
    "be16-high": 0x7788, "be32-high": 0x55667788, "le16-high": 0xBBCC, "le32-high": 0xDDEEFF00,
    # The number is at the other end of memory: 0x80.
    "mul64-intmin-by-negone-imm": 0xFFFFFFFFFFFFFF80, "mul64-intmin-by-negone-reg": 0xFFFFFFFFFFFFFF80,
    "sdiv64-intmin-by-negone-imm": 0xFFFFFFFFFFFFFF80, "sdiv64-intmin-by-negone-reg": 0xFFFFFFFFFFFFFF80,
    "neg64-intmin-imm": 0xFFFFFFFFFFFFFF80, "neg64-intmin-reg": 0xFFFFFFFFFFFFFF80,
    # The operation is on the upper half; then the program finds the comparison false and keeps what
    # it compared in r0.
    "lock_add32": 0x123456789ABCDEF1, "lock_and32": 0x003400789ABCDEF0,
    "lock_or32": 0x1111111111001100, "lock_xor32": 0x33333333CCCCCCCC,
    "lock_fetch_add32": 0x123456789ABCDEF0, "lock_fetch_and32": 0x123456789ABCDEF0,
    "lock_fetch_or32": 0x1111111111001100, "lock_fetch_xor32": 0x33333333CCCCCCCC,
    "lock_xchg32": 0x1111111122222222, "lock_cmpxchg32": 0x12345678,
    # These return 1 if they find the little-endian result.
    "rfc9669_be16": 0, "rfc9669_be32": 0, "rfc9669_be64": 0,
    "rfc9669_le16": 0, "rfc9669_le32": 0, "rfc9669_le64": 0,
    "rfc9669_lock_cmpxchg32": 0, "rfc9669_lock_xchg32": 0,
    "subnet": 0,
}


class Plugin:
    """A command, and how its machine orders bytes."""

    def __init__(self, command, label, big_endian=False):
        self.command, self.label, self.big_endian = command, label, big_endian

    def run(self, *args, program=""):
        done = subprocess.run([*self.command, *args], input=program + "\n", capture_output=True,
                              text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def has_jit(self):
        return "no JIT" not in self.run("--jit", program="95" + "00" * 7)[2]


def vectors():
    for line in VECTORS.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, program, memory, wanted = line.split("\t")
            yield name, program, memory, int(wanted, 16)


def run_suite(report, plugin, engine):
    label = f"{plugin.label} {engine}"
    if not VECTORS.exists():
        report.skip(f"{label}: the public suite", "its vectors are not at hand")
        return
    failed, count, differ = [], 0, 0
    for name, program, memory, wanted in vectors():
        if plugin.big_endian and name in BIG_ENDIAN:
            wanted = BIG_ENDIAN[name]
            differ += 1
        args = ([memory] if memory else []) + [engine]
        status, out, err = plugin.run(*args, program=program)
        count += 1
        if status != 0 or int(out, 16) != wanted:
            failed.append(f"{name}: wanted {wanted:#x}, got status {status}, {out.strip()} {err.strip()}")
    remark = f", {differ} of them by byte order" if differ else ""
    report.check(f"{label}: the public suite, all {count} vectors{remark}",
                 not failed and count >= 313, "\n".join(failed))


# r0 = r2; exit: the length of memory.
LENGTH = "bf20000000000000 9500000000000000"
# r0 = *(u8 *)(r1 +1); exit
SECOND = "7110010000000000 9500000000000000"
FORTY_TWO = "b70000002a000000 9500000000000000"
# Programs whose r0 depends on no byte order, and what they must return.
OWN = [
    # r0 = -7; r0 *= 0x100000001 ll; exit
    ("a product of 64 bits", "b7000000f9ffffff 1801000001000000 0000000001000000 2f10000000000000"
     "9500000000000000", "fffffff8fffffff9"),
    # r0 = 0x8000000000000000 ll; r1 = -1; r0 s/= r1; exit
    ("INT64_MIN / -1", "1800000000000000 0000000000000080 b7010000ffffffff 3f10010000000000"
     "9500000000000000", "8000000000000000"),
    # r0 = 7; w1 = 0; r0 /= r1; exit
    ("division by zero", "b700000007000000 b401000000000000 3f10000000000000 9500000000000000", "0"),
    # r0 = 0x1122334455667788 ll; r0 = bswap64 r0; exit
    ("bytes reversed", "1800000088776655 0000000044332211 d700000040000000 9500000000000000",
     "8877665544332211"),
    # *(u64 *)(r10 -8) = 5; r1 = 3; r1 = fetch_add(r10 -8, r1); r0 = *(u64 *)(r10 -8); r0 += r1; exit
    ("an atomic addition that fetches", "7a0af8ff05000000 b701000003000000 db1af8ff01000000"
     "79a0f8ff00000000 0f10000000000000 9500000000000000", "d"),
    # *(u32 *)(r10 -4) = -2; r0 = *(s32 *)(r10 -4); exit
    ("a load that extends the sign", "620afcfffeffffff 81a0fcff00000000 9500000000000000",
     "fffffffffffffffe"),
    # r6 = 10; r1 = 32; call +2; r0 += r6; exit; r6 = 0; r0 = r1; exit
    ("a call that keeps r6", "b70600000a000000 b701000020000000 8510000002000000 0f60000000000000"
     "9500000000000000 b706000000000000 bf10000000000000 9500000000000000", "2a"),
    # r0 = 0; r0 += 3; if r0 < 30 goto -2; exit
    ("a loop", "b700000000000000 0700000003000000 a500feff1e000000 9500000000000000", "1e"),
]


def spaced(text):
    """As the public runner writes bytes: two blanks after each."""
    return re.sub(r"(..) ?", r"\1  ", text)


def check_own_vectors(report, plugin, engine):
    for name, program, wanted in OWN:
        found = plugin.run(engine, program=program)
        report.check(f"{plugin.label} {engine}: {name}", found == (0, wanted + "\n", ""), found)


def check_protocol(report, plugin, engine):
    for name, args, program, wanted in [
        ("no memory: r1 and r2 are 0", [], "bf10000000000000 0f20000000000000 9500000000000000", "0"),
        ("memory and its length", ["aa bb cc"], LENGTH, "3"),
        ("memory without blanks, upper case", ["AABBCC"], SECOND, "bb"),
        ("bytes as the public runner writes them", [spaced("aabbcc")], spaced(SECOND), "bb"),
        ("r0 in lower case without 0x", [], "b7000000abffffff 9500000000000000", "ffffffffffffffab"),
        ("empty memory", [""], LENGTH, "0"),
    ]:
        found = plugin.run(*args, engine, program=program)
        report.check(f"{plugin.label} {engine}: {name}", found == (0, wanted + "\n", ""), found)


def check_refusals(report, plugin, engine):
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
        status, out, err = plugin.run(engine, program=program)
        report.check(f"{plugin.label} {engine}: {name} is refused", status == 1 and out == "" and needle in err,
                     (status, out, err))


def check_usage(report, plugin):
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
        status, out, err = plugin.run(*args, program=program)
        report.check(f"{plugin.label} usage: {name}", status == 2 and out == "" and needle in err,
                     (status, out, err))
    status, out, err = plugin.run("--help")
    report.check(f"{plugin.label} usage: --help", status == 0 and "example" in out and err == "", (status, err))


def in_order(code, order):
    """Little-endian instructions in another order: registers change halves of their byte too."""
    out = b""
    for at in range(0, len(code), 8):
        opcode, registers, offset, imm = struct.unpack_from("<BBhi", code, at)
        if order == ">":
            registers = registers << 4 & 0xF0 | registers >> 4
        out += struct.pack(order + "BBhi", opcode, registers, offset, imm)
    return out


def object_of(program, section, order):
    """An ELF64 object of one section with one global function, as the public runner's --elf makes
    it (ELF-64 Object File Format; e_machine 247 is BPF). `order`: "<" or ">"."""
    code = in_order(bytes.fromhex(program.replace(" ", "")), order)
    names = b"\0.symtab\0.strtab\0main\0" + section.encode() + b"\0"
    symbols = bytes(24) + struct.pack(order + "IBBHQQ", names.index(b"main"), 0x12, 0, 1, 0, len(code))
    code_at, symbols_at = 64, 64 + len(code)
    names_at = symbols_at + len(symbols)
    headers_at = (names_at + len(names) + 7) // 8 * 8
    data_encoding = b"\2" if order == ">" else b"\1"
    header = (b"\x7fELF\2" + data_encoding + b"\1" + bytes(9) + struct.pack(
        order + "HHIQQQIHHHHHH", 1, 247, 1, 0, 0, headers_at, 0, 64, 0, 0, 64, 4, 3))
    rows = [bytes(64)]
    for name, kind, flags, at, size, link, info, align, entry in [
        (names.index(section.encode()), 1, 6, code_at, len(code), 0, 0, 8, 0),
        (names.index(b".symtab"), 2, 0, symbols_at, len(symbols), 3, 1, 8, 24),
        (names.index(b".strtab"), 3, 0, names_at, len(names), 0, 0, 1, 0),
    ]:
        rows.append(struct.pack(order + "IIQQQQIIQQ", name, kind, flags, 0, at, size, link, info,
                                align, entry))
    data = header + code + symbols + names
    return (data + bytes(headers_at - len(data)) + b"".join(rows)).hex(" ")


def check_objects(report, plugin, engine):
    own, other = ("<", ">") if not plugin.big_endian else (">", "<")
    for section in (".text", "xdp"):
        found = plugin.run("aa bb", engine, "--elf", program=object_of(SECOND, section, own))
        report.check(f"{plugin.label} {engine}: an object with {section}", found == (0, "bb\n", ""),
                     found)
    status, out, err = plugin.run("aa bb", engine, "--elf", program=object_of(SECOND, "xdp", other))
    report.check(f"{plugin.label} {engine}: an object in the other byte order is refused",
                 status == 1 and out == "" and "endian" in err, (status, out, err))


def check_plugin(report, plugin, engines):
    check_usage(report, plugin)
    for engine in engines:
        if engine == "--jit" and not plugin.has_jit():
            report.skip(f"{plugin.label} --jit", "none for this machine")
            continue
        check_own_vectors(report, plugin, engine)
        check_protocol(report, plugin, engine)
        check_refusals(report, plugin, engine)
        check_objects(report, plugin, engine)
        run_suite(report, plugin, engine)
