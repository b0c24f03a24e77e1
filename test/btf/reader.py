# SPDX-License-Identifier: Apache-2.0
"""BTF read and written by other code than skep's, after Linux's Documentation/bpf/btf.rst."""

import struct
from collections import namedtuple

(VOID, INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO,
 VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64) = range(20)

Type = namedtuple("Type", "kind name flag size items more")
# Words of an item, and words that a type has in any case.
ITEM_WORDS = {STRUCT: 3, UNION: 3, ENUM: 2, FUNC_PROTO: 2, DATASEC: 3, ENUM64: 3}
MORE_WORDS = {INT: 1, ARRAY: 3, VAR: 1, DECL_TAG: 1}


def order_of(data):
    return "<" if data[:2] == b"\x9f\xeb" else ">"


def section(elf, name):
    """Bytes of a section of an ELF64 file."""
    order = "<" if elf[5] == 1 else ">"
    (table,) = struct.unpack_from(order + "Q", elf, 40)
    entry, count, names = struct.unpack_from(order + "HHH", elf, 58)
    headers = [struct.unpack_from(order + "IIQQQQ", elf, table + i * entry) for i in range(count)]
    for header in headers:
        start = headers[names][4] + header[0]
        if elf[start:elf.index(b"\0", start)].decode() == name:
            return elf[header[4]:header[4] + header[5]]
    return None


def words_of(data):
    order = order_of(data)
    header, types, size, strings, strings_size = struct.unpack_from(order + "4xIIIII", data, 0)
    words = struct.unpack_from(f"{order}{size // 4}I", data, header + types)
    return words, data[header + strings:header + strings + strings_size]


def read(data):
    """[None, Type, ...], by id."""
    words, strings = words_of(data)
    text = lambda at: strings[at:strings.index(b"\0", at)].decode()
    types, at = [None], 0
    while at < len(words):
        name, info, size = words[at:at + 3]
        kind, count = info >> 24 & 31, info & 0xffff
        at += 3
        more = words[at:at + MORE_WORDS.get(kind, 0)]
        at += len(more)
        step = ITEM_WORDS.get(kind, 0)
        items = [words[at + i * step:at + (i + 1) * step] for i in range(count if step else 0)]
        if kind != DATASEC:
            items = [(text(item[0]), *item[1:]) for item in items]
        at += step * len(items)
        types.append(Type(kind, text(name), info >> 31, size, items, more))
    return types


def swap(data):
    """The same BTF in the other byte order."""
    order = order_of(data)
    other = ">" if order == "<" else "<"
    header = struct.unpack_from(order + "HBBIIIII", data, 0)
    words, strings = words_of(data)
    return (struct.pack(other + "HBBIIIII", *header[:3], 24, 0, len(words) * 4, len(words) * 4,
                        len(strings)) + struct.pack(f"{other}{len(words)}I", *words) + strings)


class Writer:
    """BTF under construction; add() gives the id."""

    def __init__(self):
        self.words, self.strings, self.count = [], b"\0", 0

    def text(self, name):
        if not name:
            return 0
        self.strings += name.encode() + b"\0"
        return len(self.strings) - len(name.encode()) - 1

    def add(self, kind, name="", size=0, items=(), more=(), flag=0):
        self.words += [self.text(name), flag << 31 | kind << 24 | len(items), size, *more]
        for item in items:
            first = item[0] if kind == DATASEC else self.text(item[0])
            self.words += [first, *item[1:]]
        self.count += 1
        return self.count

    def integer(self, name="int", size=4, encoding=1):
        return self.add(INT, name, size, more=[encoding << 24 | size * 8])

    def data(self, order="<"):
        size = len(self.words) * 4
        return (struct.pack(order + "HBBIIIII", 0xeb9f, 1, 0, 24, 0, size, size, len(self.strings))
                + struct.pack(f"{order}{len(self.words)}I", *self.words) + self.strings)


KEYWORDS = {"linux": "linux_", "unix": "unix_", "i386": "i386_", "bool": "bool_", "true": "true_",
            "false": "false_"}


def asserts(types):
    """C that fails to compile unless the first structure or union of each name has its size and
    offsets; members of unnamed ones count as those of the outer one."""
    seen, lines = set(), []

    def resolve(at):
        while types[at] and types[at].kind in (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG):
            at = types[at].size
        return at

    def members(owner, of, base):
        for name, kind, offset in of.items:
            width = offset >> 24 if of.flag else 0
            place = base + (offset & 0xffffff if of.flag else offset) // 8
            if width:
                continue
            if name:
                lines.append(f"_Static_assert(__builtin_offsetof({owner}, "
                             f"{KEYWORDS.get(name, name)}) == {place}, \"{owner} {name}\");")
            else:
                members(owner, types[resolve(kind)], place)

    for of in types[1:]:
        if of.kind not in (STRUCT, UNION, ENUM, ENUM64) or not of.name or of.name in seen:
            continue
        seen.add(of.name)
        owner = {STRUCT: "struct ", UNION: "union "}.get(of.kind, "enum ") + of.name
        lines.append(f"_Static_assert(sizeof({owner}) == {of.size}, \"{owner}\");")
        if of.kind in (STRUCT, UNION):
            members(owner, of, 0)
    return "\n".join(lines) + "\n"
