#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A model of the instruction set, written from RFC 9669 and Linux's documentation of what came
after, that shares nothing with the engines. It works on assembly text: what the runner is told to
execute is what the model evaluates.

`evaluate(text, state)` runs the few instructions of a table's `op` or `jump` with placeholders for
registers ({d}, {s}), immediate ({k}) and offset ({o}); state is a dictionary of column names."""

import re

M64 = (1 << 64) - 1
PACKET_BAD = object()


def signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def swapped(value, bits):
    return int.from_bytes((value & ((1 << bits) - 1)).to_bytes(bits // 8, "little"), "big")


def truncated_quotient(a, b):
    """Towards zero, as C and the RFC have it; Python rounds down."""
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def arithmetic(operator, a, b, bits):
    """RFC 9669, 4.1. a and b are taken modulo 2^bits, the result has no other bits."""
    mask = (1 << bits) - 1
    a, b = a & mask, b & mask
    sa, sb = signed(a, bits), signed(b, bits)
    count = b % bits
    if operator == "/":
        result = 0 if b == 0 else a // b
    elif operator == "%":
        result = a if b == 0 else a - a // b * b
    elif operator == "s/":
        result = 0 if b == 0 else truncated_quotient(sa, sb)
    elif operator == "s%":
        result = sa if b == 0 else sa - truncated_quotient(sa, sb) * sb
    elif operator == "s>>":
        result = sa >> count
    else:
        result = {
            "": b,
            "+": a + b,
            "-": a - b,
            "*": a * b,
            "|": a | b,
            "&": a & b,
            "^": a ^ b,
            "<<": a << count,
            ">>": a >> count,
        }[operator]
    return result & mask


def condition(operator, a, b, bits):
    """RFC 9669, 4.3."""
    mask = (1 << bits) - 1
    a, b = a & mask, b & mask
    if operator[0] == "s":
        operator, a, b = operator[1:], signed(a, bits), signed(b, bits)
    return {
        "==": a == b,
        "!=": a != b,
        ">": a > b,
        ">=": a >= b,
        "<": a < b,
        "<=": a <= b,
        "&": (a & b) != 0,
    }[operator]


class Machine:
    """The state of one row: registers by the names in the text, one cell of memory, a packet."""

    def __init__(self, state, packet, helpers):
        self.registers = {name: value & M64 for name, value in state.items() if name[0] in "rds"}
        self.cell = {name: value for name, value in state.items() if name[0] in "mb"}
        self.immediate = state.get("k", 0)
        self.packet = packet
        self.helpers = helpers
        self.stack = {}
        self.taken = None
        self.ended = False

    # ------------------------------------------------------------------------------- operands

    def name(self, text):
        """`r{d}` -> d, `w{s}` -> s, `r0` -> r0"""
        return text[2] if text[1] == "{" else "r" + text[1:]

    def read(self, text, bits=64):
        if text[0] in "rw" and text[1:2] in "{0123456789" and text != "":
            if text[0] == "w":
                bits = 32
            return self.registers[self.name(text)] & ((1 << bits) - 1)
        number = self.immediate if text == "{k}" else int(text, 0)
        return signed(number, 32) & M64  # extended by the sign to the operation's width

    def write(self, text, value):
        self.registers[self.name(text)] = value & M64

    # --------------------------------------------------------------------------------- memory

    def load(self, bits, base, offset):
        """A cell's value as the machine's own integer; `m` cells are such, `b` cells are given
        as bytes and only read by programs that go on with a conversion of byte order."""
        if base == "r10":
            return self.stack[offset] & ((1 << bits) - 1)
        return self.cell[f"m{bits}"] & ((1 << bits) - 1)

    def store(self, bits, base, offset, value):
        value &= (1 << bits) - 1
        if base == "r10":
            self.stack[offset] = value
        else:
            self.cell[f"m{bits}"] = value

    # --------------------------------------------------------------------------- instructions

    def run(self, text):
        # A value loaded from bytes and converted has one meaning on every machine: the bytes read
        # in the order that the conversion names (RFC 9669, 4.2).
        found = re.fullmatch(
            r"(r\{d\}) = \*\([su](\d+) \*\)\(r\{s\} (\S+)\) ; \1 = (be|le)(\d+) \1", text
        )
        if found:
            bits, order, to = int(found[2]), found[4], int(found[5])
            assert bits == to
            value = self.cell[f"b{bits}"]
            self.write(found[1], value if order == "be" else swapped(value, bits))
            return
        for part in text.split(" ; "):
            self.step(part.strip())
            if self.ended:
                return

    def step(self, text):
        for pattern, handler in self.FORMS:
            found = re.fullmatch(pattern, text)
            if found:
                handler(self, *found.groups())
                return
        raise ValueError(f"the model does not know `{text}`")

    def do_alu(self, destination, operator, source):
        bits = 32 if destination[0] == "w" else 64
        value = arithmetic(operator or "", self.read(destination), self.read(source), bits)
        self.write(destination, value)

    def do_negation(self, destination):
        bits = 32 if destination[0] == "w" else 64
        self.write(destination, -self.read(destination) & ((1 << bits) - 1))

    def do_extension(self, destination, width, source):
        bits = 32 if destination[0] == "w" else 64
        self.write(destination, signed(self.read(source), int(width)) & ((1 << bits) - 1))

    def do_swap(self, destination, bits):
        self.write(destination, swapped(self.read(destination), int(bits)))

    def do_lddw(self, destination, number):
        value = self.immediate if number == "{k}" else int(number, 0)
        self.write(destination, value)

    def do_load(self, destination, kind, bits, base, offset):
        value = self.load(int(bits), base, offset)
        self.write(destination, signed(value, int(bits)) if kind == "s" else value)

    def do_store(self, bits, base, offset, source):
        self.store(int(bits), base, offset, self.read(source))

    def do_atomic(self, bits, base, offset, operator, source):
        """RFC 9669, 5.3, without fetch."""
        bits = int(bits)
        old = self.load(bits, base, offset)
        self.store(bits, base, offset, arithmetic(operator, old, self.read(source), bits))

    def do_fetch(self, destination, what, bits, base, offset, source):
        assert destination == source
        bits = int(bits)
        old = self.load(bits, base, offset)
        operator = {"add": "+", "or": "|", "and": "&", "xor": "^"}[what]
        self.store(bits, base, offset, arithmetic(operator, old, self.read(source), bits))
        self.write(destination, old)

    def do_exchange(self, destination, bits, base, offset, source):
        assert destination == source
        old = self.load(int(bits), base, offset)
        self.store(int(bits), base, offset, self.read(source))
        self.write(destination, old)

    def do_compare(self, bits, base, offset, source):
        bits = int(bits)
        old = self.load(bits, base, offset)
        if old == self.read("r0", bits):
            self.store(bits, base, offset, self.read(source))
        self.write("r0", old)

    def do_packet(self, bits, register, number):
        """Linux: bytes in network order; a place outside the packet ends the program."""
        offset = self.read(number.replace("+", "")) if number else 0
        if register:
            offset += self.read(register)
        offset, size = signed(offset, 32), int(bits) // 8
        if offset < 0 or offset + size > len(self.packet):
            self.ended = True
        else:
            self.write("r0", int.from_bytes(self.packet[offset : offset + size], "big"))

    def do_callx(self, register):
        arguments = [self.registers.get(f"r{i}", 0) for i in range(1, 6)]
        self.write("r0", self.helpers[self.read(register)](*arguments))

    def do_goto(self):
        self.taken = 1

    def do_jump(self, a, operator, b):
        self.taken = int(condition(operator, self.read(a), self.read(b), 32 if a[0] == "w" else 64))

    REG = r"([rw](?:\{[ds]\}|\d))"
    VALUE = r"([rw](?:\{[ds]\}|\d)|\{k\}|-?\w+)"
    PLACE = r"\((r\{[ds]\}|r10) (\S+)\)"
    FORMS = [
        (rf"if {REG} (==|!=|s?[<>]=?|&) {VALUE} goto", do_jump),
        (r"gotol?", do_goto),
        (rf"{REG} = -\1", do_negation),
        (rf"{REG} = \(s(\d+)\){REG}", do_extension),
        (rf"{REG} = bswap(\d+) \1", do_swap),
        (rf"{REG} = (\S+) ll", do_lddw),
        (rf"{REG} = \*\(([us])(\d+) \*\){PLACE}", do_load),
        (rf"{REG} = load_acquire\((u)(\d+) \*\){PLACE}", do_load),
        (rf"{REG} = load_acquire\(\((u)(\d+) \*\){PLACE}\)", do_load),
        (rf"\*\(u(\d+) \*\){PLACE} = {VALUE}", do_store),
        (rf"store_release\(\(u(\d+) \*\){PLACE}, {VALUE}\)", do_store),
        (rf"lock \*\(u(\d+) \*\){PLACE} ([-+|&^])= {REG}", do_atomic),
        (rf"{REG} = atomic(?:64)?_fetch_(\w+)\(\(u(\d+) \*\){PLACE}, {REG}\)", do_fetch),
        (rf"{REG} = atomic(?:64)?_?xchg\(\(u(\d+) \*\){PLACE}, {REG}\)", do_exchange),
        (rf"r0 = atomic(?:64)?_cmpxchg\(\(u(\d+) \*\){PLACE}, r0, {REG}\)", do_compare),
        (rf"r0 = \*\(u(\d+) \*\)skb\[(?:{REG} )?(\S+)?\]", do_packet),
        (rf"callx {REG}", do_callx),
        (rf"{REG} (s?[-+*/%|&^]|<<|s?>>)?= {VALUE}", do_alu),
    ]


def helper_mix(a1, a2, a3, a4, a5):
    return a1 + 3 * a2 + 5 * a3 + 7 * a4 + 11 * a5


HELPERS = {
    1: helper_mix,
    2: lambda *a: 0xFEDCBA9876543210,
    3: lambda *a: a[0],
    4: lambda *a: a[1],
    5: lambda *a: a[2],
    6: lambda *a: a[3],
    7: lambda *a: a[4],
}


def evaluate(text, state, packet=b""):
    """The state after the instructions: registers and cells by column name, `taken`, `ends`."""
    machine = Machine(state, packet, HELPERS)
    machine.run(text)
    after = dict(machine.registers)
    after.update(machine.cell)
    after["taken"] = machine.taken
    after["ends"] = int(machine.ended)
    return after


def evaluate_row(text, row, outputs, packet=b""):
    """The output columns of a row as text. `row`: column to number, "@" or "@32". An address is
    any number: what comes out for two different ones is either the same or an address again."""
    results = []
    for address in (0x00005A5A12345670, 0x00007B7B9ABCDEF8):
        state = {}
        for column, value in row.items():
            state[column] = {"@": address, "@32": address & 0xFFFFFFFF, "ctx": 1}.get(value, value)
        after = evaluate(text, state, packet)
        found = []
        for column in outputs:
            value = after.get(column, 0)
            if column.startswith("m") or column.startswith("b"):
                bits = int(column[1:])
                value &= (1 << bits) - 1
                low = address & ((1 << bits) - 1)
                is_address = value == low
            else:
                is_address = value == address
            low_half = value == address & 0xFFFFFFFF
            found.append((value, "@" if is_address else "@32" if low_half else None))
        results.append(found)
    texts = []
    for (first, form), (second, again) in zip(*results):
        if form is not None and form == again:
            texts.append(form)
        elif first == second:
            texts.append(first)
        else:
            raise ValueError(f"`{text}` with {row} gives neither a number nor an address")
    return texts
