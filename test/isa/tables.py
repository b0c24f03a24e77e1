#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables at the end of test/isa/*.txt: which operations, with which operands; what comes
out is model.py's. What stands above the marker line of a file is written by hand and stays.

    tables.py          writes the files
    tables.py --check  says which differ, exit status 1 if any does"""

import sys
from pathlib import Path

import model

HERE = Path(__file__).resolve().parent
MARKER = "# Below: operands by tables.py, results by model.py.\n"

M64 = (1 << 64) - 1
MIN64, MAX64 = 1 << 63, (1 << 63) - 1
MIN32, MAX32 = 1 << 31, (1 << 31) - 1
DIRT = 0x123456789ABCDEF0
DIRT2 = 0xFEDCBA98765432F1


def number(value):
    """As short as the runner reads it."""
    if isinstance(value, str):
        return value
    if value < 0:
        return str(value) if value > -10000 else f"-{-value:#x}"
    if value > M64 - 10000:
        return str(value - M64 - 1)
    return str(value) if value < 10000 else f"{value:#x}"


class Group:
    def __init__(self, name):
        self.name = name
        self.tables = []

    def table(self, name, form, text, inputs, rows, outputs, packet=b"", **keys):
        """`rows`: tuples in the order of `inputs`. Equal rows are written once."""
        inputs, outputs = inputs.split(), outputs.split()
        lines = [inputs + ["->"] + outputs]
        for row in dict.fromkeys(rows):
            assert len(row) == len(inputs), (name, row)
            results = model.evaluate_row(text, dict(zip(inputs, row)), outputs, packet)
            lines.append([number(v) for v in row] + ["->"] + [number(v) for v in results])
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        out = [f"# {name}", f"{form}: {text}"]
        if packet:
            out.append(f"packet: {packet.hex(' ')}")
        out += [f"{key}: {value}" for key, value in keys.items()]
        for line in lines:
            out.append(("  " + " ".join(v.ljust(w) for v, w in zip(line, widths))).rstrip())
        self.tables.append("\n".join(out) + "\n")


# --------------------------------------------------------------------------------------- operands

# Rows for equal registers come first.
EQUAL = [0, 1, M64, 2, MIN64, MAX64, MIN32, MAX32, 0xFFFFFFFF, M64 - MAX32, 0x80, 0x8000, DIRT]

PAIRS = [
    (0, 1),
    (1, 0),
    (1, M64),
    (M64, 1),
    (0, M64),
    (M64, 0),
    (2, 3),
    (3, 2),
    (MIN64, M64),
    (M64, MIN64),
    (MAX64, 1),
    (1, MAX64),
    (MIN64, 1),
    (MIN64, MAX64),
    (MAX64, MIN64),
    (0x7F, 0x80),
    (0x80, 0x7F),
    (0xFF, 1),
    (0x7FFF, 0x8000),
    (0xFFFF, 1),
    (MAX32, 1),
    (MIN32, 1),
    (MIN32, MAX32),
    (1, MIN32),
    (0xFFFFFFFF, 1),
    (1, 0xFFFFFFFF),
    (1 << 32, 0xFFFFFFFF),
    (1 << 32, 1),
    (0xFFFFFFFF00000000, 0xFFFFFFFF),
    (0x5555555555555555, 0xAAAAAAAAAAAAAAAA),
    (DIRT, DIRT2),
    (DIRT2, DIRT),
    (0x0123456700000000, DIRT),
    (1 << 32, 0),
    (0, 1 << 32),
    (0xDEADBEEF00000005, 5),
    (5, 0x8000000000000005),
    (0xFFFFFFFF00000001, 0x7FFFFFFF00000001),
]


def dirty(pairs):
    """The lower halves under upper halves that must not matter, every third as it is, too."""
    for i, (a, b) in enumerate(pairs):
        if i % 3 == 0:
            yield a, b
        low_a, low_b = a & 0xFFFFFFFF, b & 0xFFFFFFFF
        yield 0xDEADBEEF00000000 | low_a, 0x5A5A5A5A00000000 | low_b


def equal(values):
    return [(v, v) for v in values]


def pairs32():
    low = [(a, b) for a, b in PAIRS if a < 1 << 33 and b < 1 << 33] + [(M64, 1), (DIRT, DIRT2)]
    return equal(EQUAL) + list(dirty(low))


COUNTS = [0, 1, 7, 8, 15, 16, 24, 31, 32, 33, 34, 47, 48, 62, 63, 64, 65, 95, 96, 127, 128, 255]
COUNTS += [256, M64, 0x100000001, 0xFFFFFFFF00000004]


def shift_pairs():
    rows = equal(EQUAL + [31, 32, 33, 63, 64, 0x8000000000000004, 0xFFFFFFFF80000002])
    for i, count in enumerate(COUNTS):
        rows.append((0x8000000080000001, count))
        rows.append(([DIRT, DIRT2, MAX64, MIN64][i % 4], count))
    return rows


DIVISIONS = [
    (7, 2),
    (M64 - 6, 2),
    (7, M64 - 1),
    (M64 - 6, M64 - 1),
    (7, 0),
    (M64 - 6, 0),
    (0, 7),
    (0, M64),
    (7, M64),
    (M64 - 6, M64),
    (100, 7),
    (100, 10),
    (99, 10),
    (MIN64, M64),
    (MIN64, 1),
    (MIN64, 2),
    (MIN64, M64 - 1),
    (MAX64, M64),
    (MAX64, 2),
    (M64, 2),
    (1, M64),
    (MIN32, M64),
    (MIN32, 0xFFFFFFFF),
    (0xFFFFFFFF80000000, M64),
    (MIN32, 2),
    (0xFFFFFFFF, 1),
    (0x80000005, 1),
    (0xFFFFFFFF, 2),
    (0xFFFFFFFF, 0xFFFFFFFE),
    (1 << 32, 0xFFFFFFFF),
    (1 << 32, 3),
    (DIRT, DIRT2),
    (DIRT2, DIRT),
    (DIRT2, 10),
    (DIRT, 0x10000),
    (DIRT, 0x100000000),
    (0xFFFFFFFF00000010, 4),
    (0x10, 0xFFFFFFFF00000004),
    (0x10, 0xFFFFFFFF00000000),
]


def division_pairs(bits):
    rows = equal(EQUAL) + DIVISIONS
    if bits == 32:
        rows += list(dirty([(a & 0xFFFFFFFF, b & 0xFFFFFFFF) for a, b in DIVISIONS[:26]]))
    return rows


# Around the limits of the immediates that machines encode: 8, 12 (also shifted by 12), 13, 16, 20
# and 32 bits, signed and unsigned, bytes in several places, repeated patterns.
IMMEDIATES = [0, 1, -1, 2, -2, 3, 7, 8, 10, 15, 16, 31, 32, 33, 63, 64, 100]
for bits in (7, 8, 11, 12, 13, 15, 16, 19, 20, 24):
    IMMEDIATES += [(1 << bits) - 1, 1 << bits, -(1 << bits), -(1 << bits) - 1]
IMMEDIATES += [0x1000, 0xFFF000, 0x1001000, 0xFF0000, 0xFF00, 0x7F000000, -0x1000000]
IMMEDIATES += [0x00FF00FF, 0x55555555, -0x55555556, 0x7FFFF000, 0x7FFFF800, 0x7FFFF7FF, -0x800]
IMMEDIATES += [0x7FFFFFFF, -0x80000000, -0x7FFFFFFF, 0x12345678, -0x12345678]
IMMEDIATES = list(dict.fromkeys(IMMEDIATES))

VALUES = [DIRT, 1, M64, 0xFFFFFFFF80000001, MAX64, 0xDEADBEEF00000003, 0, MIN64 + 5]


def with_immediates(immediates=IMMEDIATES):
    return [(VALUES[i % len(VALUES)], k) for i, k in enumerate(immediates)]


def shift_immediates(bits):
    counts = [c for c in COUNTS if c < 128] + [0x7FFFFFE2, -1, -31, 193]
    rows = [(0x8000000080000001, c) for c in range(bits)]
    return rows + [([DIRT, DIRT2, MAX64, MIN64][i % 4], c) for i, c in enumerate(counts)]


def division_immediates():
    rows = [(a, model.signed(b, 32)) for a, b in DIVISIONS if -(1 << 31) <= model.signed(b, 64) < 1 << 31]
    rows += [(0xDEADBEEF00000000 | a & 0xFFFFFFFF, b) for a, b in rows]
    powers = [(DIRT2, 1 << i) for i in range(0, 31, 3)] + [(DIRT, -(1 << i)) for i in range(0, 32, 5)]
    return rows + powers + with_immediates()


# ------------------------------------------------------------------------------------- arithmetic

ALU = {"add": "+", "sub": "-", "or": "|", "and": "&", "xor": "^", "lsh": "<<", "rsh": ">>"}
ALU.update({"arsh": "s>>", "mov": ""})
DIVMUL = {"mul": "*", "div": "/", "sdiv": "s/", "mod": "%", "smod": "s%"}


def add_arithmetic(group, names, bits):
    r = "r" if bits == 64 else "w"
    for name, operator in names.items():
        shift = operator in ("<<", ">>", "s>>")
        division = operator in ("/", "s/", "%", "s%")
        rows = equal(EQUAL) + PAIRS if bits == 64 else pairs32()
        immediates = with_immediates()
        if shift:
            rows, immediates = shift_pairs(), shift_immediates(bits)
        elif division:
            rows, immediates = division_pairs(bits), division_immediates()
        text = f"{r}{{d}} {operator}= "
        group.table(f"{name}, {bits} bits, register", "op", f"{text}{r}{{s}}", "d s", rows, "d")
        group.table(f"{name}, {bits} bits, immediate", "op", f"{text}{{k}}", "d k", immediates, "d")


def add_moves(group, bits):
    r = "r" if bits == 64 else "w"
    values = EQUAL + [0x7F, 0xFF, 0x7FFF, 0xFFFF, DIRT2, 0xFFFFFF7F, 0xFFFF7FFF, 0xFFFFFFFF7FFFFFFF]
    values += [0x1234567890ABCD7F, 0x11111111111111FF, 0xAAAAAAAA5555AAAA]
    group.table(f"neg, {bits} bits", "op", f"{r}{{d}} = -{r}{{d}}", "d", [(v,) for v in values], "d")
    for width in (8, 16, 32)[: 2 if bits == 32 else 3]:
        group.table(
            f"mov of s{width}, {bits} bits",
            "op",
            f"{r}{{d}} = (s{width}){r}{{s}}",
            "s",
            [(v,) for v in values],
            "d",
        )


def add_byte_order(group, widths, swaps):
    values = [DIRT, DIRT2, 0x00FF, 0xFF00, 0x80, 0x8000000000000000, M64, 0, 0x1122334455667788]
    values += [0x11223344556677FF, 0xFF22334455667788, 0x80FFFFFFFFFF7F]
    for bits in widths:
        cells = [(v & ((1 << bits) - 1),) for v in values]
        # Loaded with a sign where that makes the upper bits dirty.
        kind = "s" if bits < 64 else "u"
        for order in ("be", "le"):
            text = f"r{{d}} = *({kind}{bits} *)(r{{s}} {{o}}) ; r{{d}} = {order}{bits} r{{d}}"
            rows = [("@", 0, v[0]) for v in dict.fromkeys(cells)]
            group.table(f"{order}{bits}", "op", text, f"s o b{bits}", rows, "d")
    for bits in swaps:
        text = f"r{{d}} = bswap{bits} r{{d}}"
        group.table(f"bswap{bits}", "op", text, "d", [(v,) for v in values], "d")


# ------------------------------------------------------------------------------------------ jumps

CONDITIONS = {"jeq": "==", "jgt": ">", "jge": ">=", "jset": "&", "jne": "!=", "jsgt": "s>"}
CONDITIONS.update({"jsge": "s>=", "jlt": "<", "jle": "<=", "jslt": "s<", "jsle": "s<="})

NEAR = "15 16 17 31 32 63 64 126 127 128 -15 -63 -64 -127 -128 -129"
MIDDLE = "255 256 511 512 1023 1024 2047 2048 -255 -256 -512 -513 -1024 -1025 -2047 -2048"
FAR = "4095 4096 -4096 -4097 16384 -16385 32766 32767 -32767 -32768"


def jump_immediates(start):
    """Every other immediate, beginning with the first or the second."""
    rows = []
    for i, k in enumerate(IMMEDIATES[start % 2 :: 2]):
        rows.append(((k + (0, 1, -1)[i % 3]) & M64, k))
    for k in (0, 1, -1, 0x7FFFFFFF, -0x80000000, 0x12345678):
        rows += [(k & M64, k), ((k + 1) & M64, k), ((k - 1) & M64, k), (k & 0xFFFFFFFF, k)]
        rows += [(k & M64 ^ MIN64, k), (k & M64 ^ 0xFFFFFFFF00000000, k), (k & M64 ^ MIN32, k)]
        rows += [(0xDEADBEEF00000000 | k & 0xFFFFFFFF, k), (MIN64, k), (MAX64, k)]
    return rows


def add_jumps(group, bits):
    r = "r" if bits == 64 else "w"
    for i, (name, operator) in enumerate(CONDITIONS.items()):
        rows = equal(EQUAL) + PAIRS if bits == 64 else pairs32()
        by_register = f"if {r}{{d}} {operator} {r}{{s}} goto"
        by_immediate = f"if {r}{{d}} {operator} {{k}} goto"
        title = f"{name}, {bits} bits"
        group.table(f"{title}, register", "jump", by_register, "d s", rows, "taken")
        group.table(
            f"{title}, immediate", "jump", by_immediate, "d k", jump_immediates(i), "taken"
        )
        few = [(5, 5), (5, 4), (4, 5), (5, 10), (M64 - 4, M64 - 4)]
        few_immediates = [(5, 5), (5, 4), (4, 5), (5, 10)]
        for how, distances in (("near", NEAR), ("middle", MIDDLE), ("far", FAR)):
            keys = {"d": "1 7", "s": "0 7", "distance": distances}
            group.table(f"{title}, register, {how}", "jump", by_register, "d s", few, "taken", **keys)
            keys = {"d": "3", "distance": distances}
            group.table(
                f"{title}, immediate, {how}", "jump", by_immediate, "d k", few_immediates, "taken", **keys
            )


def add_gotos(group):
    for how, distances in (("near", "2 -3 " + NEAR[: NEAR.rindex(" -128")]), ("middle", MIDDLE), ("far", FAR)):
        group.table(f"ja, {how}", "jump", "goto", "", [()], "taken", distance=distances)
        group.table(f"gotol, {how}", "jump", "gotol", "", [()], "taken", distance=distances)
    group.table("gotol, beyond 16 bits", "jump", "gotol", "", [()], "taken", distance="32768 40000 65536 -32769 -40000 -65537")


# ----------------------------------------------------------------------------------------- memory

OFFSETS = [0, 1, -1, 8, -8, 127, 128, -128, -129, 255, 256, -255, -256, -257, 2047, 2048, -2048]
OFFSETS += [-2049, 4095, 4096, -4096, -4097, 8191, 8192, 16384, 32760, 32764, 32767, -32767, -32768]
CELLS = [DIRT, DIRT2, 0, M64, 0x7F, 0x80, 0x7FFF, 0x8000, MAX32, MIN32, MAX64, MIN64]


def cell(value, bits):
    return value & ((1 << bits) - 1)


def places(bits):
    """Values at every offset; then every displacement of the cell from its alignment."""
    for i, offset in enumerate(OFFSETS):
        yield offset, 0, CELLS[i % len(CELLS)]
    for value in CELLS:
        yield 0, 0, value
    for a in range(1, 8):
        yield 4 * a, a, DIRT2 ^ a


def add_loads(group, widths, kinds):
    for bits in widths:
        for kind in kinds:
            if kind == "s" and bits == 64:
                continue
            rows = [(o, a, "@", cell(v, bits)) for o, a, v in places(bits)]
            text = f"r{{d}} = *({kind}{bits} *)(r{{s}} {{o}})"
            group.table(f"load of {kind}{bits}", "op", text, f"o a s m{bits}", rows, "d")


def add_stores(group, widths):
    for bits in widths:
        text = f"*(u{bits} *)(r{{d}} {{o}}) = "
        rows = [(o, a, "@", v) for o, a, v in places(bits)] + [(0, 0, "@", "@"), (127, 0, "@", "@")]
        group.table(f"store of u{bits}, register", "op", f"{text}r{{s}}", "o a d s", rows, f"m{bits}")
        rows = [(o, a, "@", model.signed(v, 32)) for o, a, v in places(bits)]
        rows += [(0, 0, "@", k) for k in IMMEDIATES[::2]]
        group.table(f"store of u{bits}, immediate", "op", f"{text}{{k}}", "o a d k", rows, f"m{bits}")


def add_stack(group, widths):
    for bits in widths:
        size = bits // 8
        offsets = [-32, -40, -64, -120, -128, -128 - size, -136, -248, -256, -256 - size, -264]
        offsets += [-384, -496, -504, -512, -32 - size]
        rows = [(o, CELLS[i % len(CELLS)] | 0x81) for i, o in enumerate(offsets)]
        access = f"*(u{bits} *)(r10 {{o}})"
        text = f"{access} = r{{s}} ; r{{d}} = {access}"
        group.table(f"stack, u{bits}", "op", text, "o s", rows, "d")


def add_constants(group):
    values = EQUAL + [MIN64 - 1, 0xFFFFFFFF7FFFFFFF, 1 << 32, (1 << 32) - 2, 0xFFFF, 0xFFFF0000]
    values += [0xFFFF << 32, 0xFFFF << 48, (1 << 48) - 1, 1 << 47, 1 << 51, 1 << 52, (1 << 52) - 1]
    values += [M64 - (1 << 51), M64 - (1 << 11), M64 - 0xFFFF, 0xFFFF0000FFFF0000, DIRT2, 0x800, 0xFFF]
    values += [0x1000, 0x7FFFF800, 0x7FFFFFFF80000000, 0x5555555555555555, 0x00FF00FF00FF00FF]
    group.table("lddw", "op", "r{d} = {k} ll", "k", [(v,) for v in values], "d")


# ---------------------------------------------------------------------------------------- atomics

ATOMIC_OPERATORS = {"add": "+", "or": "|", "and": "&", "xor": "^"}
ATOMIC_OFFSETS = [0, 8, -8, 127, -128, -129, 256, 2047, -2048, 4096, -4097, 32767, -32768]


def add_atomics(group, bits):
    wide = "64" if bits == 64 else ""
    place = f"(u{bits} *)(r{{d}} {{o}})"
    values = [(a, b) for a, b in PAIRS] + equal(EQUAL[:4])
    ordinary = [
        (ATOMIC_OFFSETS[i % len(ATOMIC_OFFSETS)], "@", cell(a, bits), b)
        for i, (a, b) in enumerate(values)
    ]
    ordinary += [(0, "@", cell(DIRT, bits), DIRT2 ^ i) for i in range(2)]
    # The source is the address itself.
    zero, ones = (0, "@", 0, "@"), (0, "@", cell(M64, bits), "@")
    own = {"add": zero, "or": zero, "and": ones, "xor": zero}
    columns, m = f"o d m{bits} s", f"m{bits}"
    for name, operator in ATOMIC_OPERATORS.items():
        rows = [own[name]] + ordinary
        group.table(
            f"{name}, {bits} bits", "op", f"lock *{place} {operator}= r{{s}}", columns, rows, m
        )
        text = f"r{{s}} = atomic{wide}_fetch_{name}({place}, r{{s}})"
        group.table(f"fetch_{name}, {bits} bits", "op", text, columns, rows, f"{m} s")
    rows = [(0, "@", 5, "@")] + ordinary
    text = f"r{{s}} = atomic{wide}_xchg({place}, r{{s}})" if wide else f"r{{s}} = atomic_xchg({place}, r{{s}})"
    group.table(f"xchg, {bits} bits", "op", text, columns, rows, f"{m} s")
    text = f"r0 = atomic{wide}_cmpxchg({place}, r0, r{{s}})"
    rows = []
    for i, (a, b) in enumerate(PAIRS + equal(EQUAL)):
        offset = ATOMIC_OFFSETS[i % len(ATOMIC_OFFSETS)]
        rows.append((offset, "@", cell(a, bits), b, DIRT ^ i))
        rows.append((offset, "@", cell(b, bits), b, DIRT2 ^ i))
        rows.append((offset, "@", cell(b, bits), cell(b, bits) | 0xABCD << 48, DIRT2 ^ i))
    # Registers that coincide: r0 is the source, the address, both; the source is the address.
    address = "@32" if bits == 32 else "@"
    rows += [(0, "@", 5, 5, 5), (0, "@", 6, 5, 5), (8, "@", 5, "@", 7), (8, "@", address, "@", 7)]
    rows += [(0, "@", 5, 5, "@"), (0, "@", 6, 5, "@"), (0, "@", 6, "@", "@"), (0, "@", address, "@", "@")]
    group.table(f"cmpxchg, {bits} bits", "op", text, f"o d m{bits} r0 s", rows, f"{m} r0")


def add_ordered(group):
    for bits in (8, 16, 32, 64):
        rows = [(o, "@", cell(CELLS[i % len(CELLS)], bits)) for i, o in enumerate(ATOMIC_OFFSETS)]
        rows += [(0, "@", cell(v, bits)) for v in CELLS]
        text = f"r{{d}} = load_acquire((u{bits} *)(r{{s}} {{o}}))"
        group.table(f"load_acquire of u{bits}", "op", text, f"o s m{bits}", rows, "d")
        rows = [(o, "@", CELLS[i % len(CELLS)]) for i, o in enumerate(ATOMIC_OFFSETS)]
        rows += [(0, "@", v) for v in CELLS] + [(0, "@", "@"), (16, "@", "@")]
        text = f"store_release((u{bits} *)(r{{d}} {{o}}), r{{s}})"
        group.table(f"store_release of u{bits}", "op", text, "o d s", rows, f"m{bits}")


# ------------------------------------------------------------------------------------------ calls

PACKET = bytes.fromhex("81 12 23 f4 00 00 00 00 89 9a ab bc cd de ef 07 18 29")


def add_packet(group):
    keys = {"loses": "1-5"}
    size = len(PACKET)
    for bits in (8, 16, 32):
        width = bits // 8
        edges = [0, 1, 2, 3, 4, 6, 7, 10, size - width, size - width + 1, size - 1, size, size + 1, 127]
        edges += [128, 4096, 65536, MAX32, -1, -2, -4, -0x80000000, -0x7FFFFFFF, -0x100000, -0x200000]
        load = f"r0 = *(u{bits} *)skb["
        rows = [("ctx", k) for k in edges]
        group.table(f"ld_abs of u{bits}", "op", f"{load}{{k}}]", "r6 k", rows, "r0 ends", PACKET, **keys)
        rows = [("ctx", k, 0) for k in edges] + [("ctx", 0, cell(k, 64)) for k in edges]
        rows += [("ctx", 4, 3), ("ctx", -4, 8), ("ctx", 8, M64 - 3), ("ctx", 3, 0xDEADBEEF00000004)]
        rows += [("ctx", -0x80000000, MIN32), ("ctx", MAX32, MIN32), ("ctx", MAX32, 0xFFFFFFFF80000003)]
        rows += [("ctx", 1, 1 << 32), ("ctx", MAX32, MAX32)]
        group.table(
            f"ld_ind of u{bits}", "op", f"{load}r{{s}} +{{k}}]", "r6 k s", rows, "r0 ends", PACKET, s="0-5 7-9", **keys
        )


def add_callx(group):
    rows = [(2,)]
    group.table("callx", "op", "callx r{d}", "d", rows, "r0", loses="1-5")
    rows = [(1, 10, 20, 30, 40, 50), (1, M64, DIRT, DIRT2, MIN64, 1 << 32), (1, 1, 1, 1, 1, 1)]
    rows += [(3, 10, 20, 30, 40, 50), (4, 10, 20, 30, 40, 50), (5, 10, 20, 30, 40, 50)]
    rows += [(6, 10, 20, 30, 40, 50), (7, 10, 20, 30, 40, 50)]
    group.table("callx, arguments", "op", "callx r{d}", "d r1 r2 r3 r4 r5", rows, "r0", loses="1-5")


# ----------------------------------------------------------------------------------------- groups


def make_groups():
    groups = {
        name: Group(name)
        for name in "base32 base64 divmul32 divmul64 atomic32 atomic64 packet linux".split()
    }
    for bits in (32, 64):
        base = groups[f"base{bits}"]
        add_arithmetic(base, ALU, bits)
        add_moves(base, bits)
        add_jumps(base, bits)
        add_arithmetic(groups[f"divmul{bits}"], DIVMUL, bits)
        add_atomics(groups[f"atomic{bits}"], bits)
    add_byte_order(groups["base32"], (16, 32), (16, 32))
    add_byte_order(groups["base64"], (64,), (64,))
    add_loads(groups["base32"], (8, 16, 32), "u")
    add_loads(groups["base64"], (64,), "u")
    add_loads(groups["base64"], (8, 16, 32), "s")
    add_stores(groups["base32"], (8, 16, 32))
    add_stores(groups["base64"], (64,))
    add_stack(groups["base32"], (8, 16, 32))
    add_stack(groups["base64"], (64,))
    add_constants(groups["base64"])
    add_gotos(groups["base32"])
    add_packet(groups["packet"])
    add_callx(groups["linux"])
    add_ordered(groups["linux"])
    return groups.values()


def main():
    differing = []
    for group in make_groups():
        path = HERE / f"{group.name}.txt"
        old = path.read_text()
        by_hand = old.split(MARKER)[0].rstrip("\n")
        new = by_hand + "\n\n" + MARKER + "\n" + "\n".join(group.tables)
        if new == old:
            continue
        differing.append(path.name)
        if "--check" not in sys.argv:
            path.write_text(new)
    for name in differing:
        print(f"{name} {'differs' if '--check' in sys.argv else 'written'}")
    sys.exit(1 if differing and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
