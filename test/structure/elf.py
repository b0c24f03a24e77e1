# SPDX-License-Identifier: Apache-2.0
"""Symbols and sections of relocatable ELF files of any machine (generic ABI, chapters 4 and 5), so
that the tests need no binutils per target. For files our own compilers made: nothing is defended
against."""

import struct
from collections import namedtuple

Section = namedtuple("Section", "name type flags offset size link entsize")
Symbol = namedtuple("Symbol", "name type section")  # section: Section, None undefined or absolute

SHT_SYMTAB, SHT_NOBITS = 2, 8
SHF_WRITE, SHF_ALLOC = 1, 2
STT_OBJECT, STT_COMMON = 1, 5
SHN_UNDEF, SHN_LORESERVE, SHN_COMMON = 0, 0xFF00, 0xFFF2


class Elf:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:4] != b"\x7fELF":
            raise ValueError(f"{path} is no ELF file")
        self.wide = self.data[4] == 2
        self.order = "<" if self.data[5] == 1 else ">"
        self._read_sections()
        self._read_symbols()

    def _unpack(self, form, offset):
        return struct.unpack_from(self.order + form, self.data, offset)

    def _text(self, table, offset):
        start = table.offset + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def _read_sections(self):
        (start,) = self._unpack("Q", 40) if self.wide else self._unpack("I", 32)
        size, count, names = self._unpack("HHH", 58 if self.wide else 46)
        raw = []
        for index in range(count):
            form = "IIQQQQIIQQ" if self.wide else "IIIIIIIIII"
            raw.append(self._unpack(form, start + index * size))
        plain = [Section("", r[1], r[2], r[4], r[5], r[6], r[9]) for r in raw]
        self.sections = [section._replace(name=self._text(plain[names], r[0]))
                         for section, r in zip(plain, raw)]

    def _read_symbols(self):
        self.undefined, self.symbols = [], []
        for table in self.sections:
            if table.type != SHT_SYMTAB:
                continue
            for offset in range(table.offset, table.offset + table.size, table.entsize):
                if self.wide:
                    name, info, _, index, _, _ = self._unpack("IBBHQQ", offset)
                else:
                    name, _, _, info, _, index = self._unpack("IIIBBH", offset)
                text = self._text(self.sections[table.link], name)
                if index == SHN_UNDEF:
                    if text:
                        self.undefined.append(text)
                    continue
                kind = STT_COMMON if index == SHN_COMMON else info & 15
                section = self.sections[index] if index < SHN_LORESERVE else None
                self.symbols.append(Symbol(text, kind, section))

    def mutable_objects(self):
        """Names of variables that a program can write while it runs. Constant tables of addresses,
        which the loader fills in before it makes them read-only (.data.rel.ro), are none."""
        found = []
        for symbol in self.symbols:
            if symbol.type == STT_COMMON:
                found.append(symbol.name)
            elif (symbol.type == STT_OBJECT and symbol.section and symbol.section.flags & SHF_WRITE
                  and not symbol.section.name.startswith(".data.rel.ro")):
                found.append(symbol.name)
        return sorted(set(found))

    def writable_bytes(self):
        """Bytes in writable sections, symbols or not."""
        return sum(s.size for s in self.sections
                   if s.flags & SHF_WRITE and s.flags & SHF_ALLOC
                   and not s.name.startswith(".data.rel.ro"))
