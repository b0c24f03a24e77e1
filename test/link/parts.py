# SPDX-License-Identifier: Apache-2.0
"""What an eBPF object consists of, read without skep: sections, symbols, relocations, types of BTF,
records of .BTF.ext. For files that tests made: nothing is defended against."""

import struct
from collections import namedtuple

Section = namedtuple("Section", "name type flags data align link info size")
Symbol = namedtuple("Symbol", "name value size type binding visibility section")
Type = namedtuple("Type", "kind name size items")  # size: or type, or what else the third word is

NOBITS, REL, SECTION, FUNC, OBJECT, FILE = 8, 9, 3, 2, 1, 4
(INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNCTION, PROTO, VAR,
 DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64) = range(1, 20)

FIXED = {INT: 1, ARRAY: 3, VAR: 1, DECL_TAG: 1}
ITEM = {STRUCT: 3, UNION: 3, ENUM: 2, PROTO: 2, DATASEC: 3, ENUM64: 3}


class Parts:
    def __init__(self, path):
        self.data = path.read_bytes()
        self.order = "<" if self.data[5] == 1 else ">"
        self._read_sections()
        self._read_symbols()
        self._read_types()

    def _unpack(self, form, offset, data=None):
        return struct.unpack_from(self.order + form, self.data if data is None else data, offset)

    @staticmethod
    def _text(data, offset):
        return data[offset:data.index(b"\0", offset)].decode()

    def _read_sections(self):
        (start,) = self._unpack("Q", 40)
        count, names = self._unpack("HH", 60)
        raw = [self._unpack("IIQQQQIIQQ", start + 64 * i) for i in range(count)]
        table = self.data[raw[names][4]:raw[names][4] + raw[names][5]]
        self.sections = [
            Section(self._text(table, r[0]), r[1], r[2],
                    b"" if r[1] == NOBITS else self.data[r[4]:r[4] + r[5]], r[8], r[6], r[7], r[5])
            for r in raw]
        self.by_name = {s.name: s for s in self.sections}

    def _read_symbols(self):
        table = next(s for s in self.sections if s.type == 2)
        names = self.sections[table.link].data
        self.symbols = []
        for at in range(0, len(table.data), 24):
            name, info, other, index, value, size = self._unpack("IBBHQQ", at, table.data)
            section = self.sections[index].name if 0 < index < 0xff00 else index
            self.symbols.append(Symbol(self._text(names, name), value, size, info & 15, info >> 4,
                                       other & 3, section))

    def relocs(self, name):
        """(offset, type, symbol) of a section's relocations."""
        found = []
        for table in self.sections:
            if table.type != REL or self.sections[table.info].name != name:
                continue
            for at in range(0, len(table.data), 16):
                offset, info = self._unpack("QQ", at, table.data)
                found.append((offset, info & 0xffffffff, self.symbols[info >> 32]))
        return sorted(found, key=lambda reloc: reloc[0])

    def _read_types(self):
        self.types, self.strings = [None], b"\0"
        if ".BTF" not in self.by_name:
            return
        btf = self.by_name[".BTF"].data
        header, types, size, strings, strings_size = self._unpack("IIIII", 4, btf)
        self.strings = btf[header + strings:header + strings + strings_size]
        at = header + types
        while at < header + types + size:
            name, info, third = self._unpack("III", at, btf)
            kind, count = info >> 24 & 31, info & 0xffff
            fixed, each = FIXED.get(kind, 0), ITEM.get(kind, 0)
            at += 12
            items = [self._unpack(f"{fixed}I", at, btf)] if fixed else []
            at += 4 * fixed
            for _ in range(count if each else 0):
                items.append(self._unpack(f"{each}I", at, btf))
                at += 4 * each
            if not each:
                items.append((info & 0x8000ffff,))
            self.types.append(Type(kind, self.string(name), third, items))

    def string(self, offset):
        return self._text(self.strings, offset)

    def describe(self, number, depth=4):
        """A type as nested tuples, without ids."""
        if number == 0:
            return "void"
        if depth == 0:
            return self.types[number].name
        kind, name, size, items = self.types[number]

        def at(other):
            return self.describe(other, depth - 1)
        if kind == ARRAY:
            return kind, at(items[0][0]), items[0][2]
        if kind in (STRUCT, UNION):
            return kind, name, size, tuple((self.string(n), at(t), o) for n, t, o in items)
        if kind in (ENUM, ENUM64):
            return kind, name, size, tuple((self.string(item[0]), *item[1:]) for item in items)
        if kind == PROTO:
            return kind, at(size), tuple((self.string(n), at(t)) for n, t in items)
        if kind == DATASEC:
            return kind, name, size, tuple((at(t), o, s) for t, o, s in items)
        if kind in (INT, FWD, FLOAT):
            return kind, name, size, tuple(items)
        return kind, name, at(size), tuple(items)

    def records(self, table):
        """Of .BTF.ext, by section: table 0 functions, 1 lines, 2 CO-RE; nothing is an offset of a
        string or an id any more."""
        if ".BTF.ext" not in self.by_name:
            return {}
        ext = self.by_name[".BTF.ext"].data
        (header,) = self._unpack("I", 4, ext)
        at, size = self._unpack("II", 8 + 8 * table, ext)
        at += header
        end, found = at + size, {}
        if size == 0:
            return {}
        (length,) = self._unpack("I", at, ext)
        at += 4
        while at < end:
            name, count = self._unpack("II", at, ext)
            at += 8
            for _ in range(count):
                words = self._unpack(f"{length // 4}I", at, ext)
                at += length
                record = ((words[0], self.describe(words[1])) if table == 0 else
                          (words[0], self.string(words[1]), self.string(words[2]), words[3])
                          if table == 1 else
                          (words[0], self.describe(words[1], 2), self.string(words[2]), words[3]))
                found.setdefault(self.string(name), []).append(record)
        return found
