#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep gen btf: the layout that it writes down is that of compilers for the machine, member by
member; and an object built against one version of a header runs over another."""

import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import Report, skep, skep_json

HEADER = """\
#include <stdint.h>
#include <stdbool.h>
#include "part.h"
enum mode { IDLE, BUSY = 7 };
typedef struct { char c; void *p; long l; } mixed_t;
struct node {
	char tag;
	uint64_t wide;
	struct node *next;
	long count;
	struct { short a; union { int32_t b; char text[6]; }; };
	unsigned low : 3, high : 9;
	enum mode mode;
	mixed_t mixed[2];
	int (*call)(struct node *, enum mode);
	unsigned char tail[];
};
union either { double d; struct part part; };
"""
PART = "struct part { char c; double d; _Bool yes; void *p; };\n"

# Machines, and compilers that lay out for them beside clang: what they have that others do not.
TARGETS = {
    None: (("gcc", ()),),
    "arm-none-eabi": (("arm-none-eabi-gcc", ("-ffreestanding", "-fno-short-enums")),),
    "riscv32-unknown-elf": (("riscv64-unknown-elf-gcc", ("-ffreestanding", "-march=rv32imac",
                                                         "-mabi=ilp32")),),
    "i686-linux-gnu": (),  # where doubles and 64-bit integers are aligned to 4
    "s390x-linux-gnu": (("s390x-linux-gnu-gcc", ("-ffreestanding",)),),
}
STRUCT, UNION, ENUM, TYPEDEF, MODIFIERS = 4, 5, 6, 8, (8, 9, 10, 11, 18)
EXTRA = {1: 4, 3: 12, 14: 4, 17: 4}
ITEMS = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}


class Btf:
    """As much of BTF as the test needs (Linux, Documentation/bpf/btf.rst)."""

    def __init__(self, data):
        self.order = "<" if data[:2] == b"\x9f\xeb" else ">"
        header, types, size, strings, _ = struct.unpack_from(self.order + "5I", data, 4)
        self.texts = data[header + strings:]
        self.types = [None]
        at, end = header + types, header + types + size
        while at < end:
            name, info, value = struct.unpack_from(self.order + "3I", data, at)
            kind, count = info >> 24 & 31, info & 0xffff
            at += 12 + EXTRA.get(kind, 0)
            items = []
            if kind in ITEMS:
                items = [struct.unpack_from(self.order + f"{ITEMS[kind] // 4}I", data,
                                            at + i * ITEMS[kind]) for i in range(count)]
                at += ITEMS[kind] * count
            self.types.append((kind, self.text(name), value, info >> 31, items))

    def text(self, offset):
        return self.texts[offset:self.texts.index(b"\0", offset)].decode()

    def members(self, index, base=0):
        """(name, bit offset, width of a bit-field) of named members, those of unnamed ones too."""
        kind, _, _, flag, items = self.types[index]
        for name, type_, place in items:
            bits, width = (place & 0xffffff, place >> 24) if flag else (place, 0)
            while self.types[type_][0] in MODIFIERS and not self.text(name):
                type_ = self.types[type_][2]
            if self.text(name):
                yield self.text(name), base + bits, width
            elif self.types[type_][0] in (STRUCT, UNION):
                yield from self.members(type_, base + bits)

    def assertions(self):
        """C that compiles if a compiler agrees."""
        yield '#include "plugin.h"\n'
        for index in range(1, len(self.types)):
            kind, name, value, _, _ = self.types[index]
            if kind == TYPEDEF:
                name, target = name, value
                if self.types[target][0] not in (STRUCT, UNION) or self.types[target][1]:
                    continue
                word, kind, value, index = name, STRUCT, self.types[target][2], target
            elif kind in (STRUCT, UNION) and name:
                word = f"{'struct' if kind == STRUCT else 'union'} {name}"
            else:
                continue
            yield f"_Static_assert(sizeof({word}) == {value}, \"{word}\");\n"
            for member, bits, width in self.members(index):
                if not width:
                    yield (f"_Static_assert(__builtin_offsetof({word}, {member}) * 8 == {bits}, "
                           f"\"{word}.{member}\");\n")

    def names(self):
        return {name for kind, name, *_ in self.types[1:] if kind in (STRUCT, UNION, ENUM, TYPEDEF)}


def compiles(command, folder, source):
    done = subprocess.run([*command, "-std=c11", "-fsyntax-only", "-I", folder, "-x", "c", "-"],
                          input=source.encode(), capture_output=True, check=False)
    return done.returncode == 0, done.stderr.decode()[:2000]


def check_layouts(report, folder):
    (folder / "plugin.h").write_text(HEADER)
    (folder / "sub").mkdir()
    (folder / "sub" / "part.h").write_text(PART)
    sizes = {}
    for target, others in TARGETS.items():
        name = target or "this machine"
        output = folder / f"{target}.btf"
        flags = ["--target", target] if target else []
        facts = skep_json("gen", "btf", folder / "plugin.h", "-o", output, "-I", folder / "sub",
                          *flags)
        btf = Btf(output.read_bytes())
        report.check(f"{name}: what is said of it", facts["bytes"] == output.stat().st_size and
                     facts["types"] == len(btf.types) - 1 and facts["target"] == target, facts)
        report.check(f"{name}: all that the header declares",
                     {"node", "either", "part", "mode", "mixed_t"} <= btf.names(), btf.names())
        report.check(f"{name}: nothing of the system's headers",
                     "int_fast16_t" not in btf.names(), btf.names())
        source = "".join(btf.assertions())
        sizes[target] = source
        commands = [["clang-19", *(["-target", target, "-ffreestanding"] if target else [])]]
        commands += [[tool, *more] for tool, more in others if shutil.which(tool)]
        for command in commands:
            command = [*command, "-I", folder / "sub"]
            ok, said = compiles(command, folder, source)
            report.check(f"{name}: {command[0]} agrees", ok, said)
    report.check("machines differ", len(set(sizes.values())) >= 3, sizes)
    done = skep("btf", "dump", folder / "arm-none-eabi.btf", "--c")
    report.check("others can read it", done.status == 0 and "struct node {" in done.out, done)


def check_refusals(report, folder):
    (folder / "empty.h").write_text("#define NOTHING 1\n")
    (folder / "wrong.h").write_text("struct x {\n")
    done = skep("gen", "btf", folder / "empty.h", cwd=folder)
    report.check("a header without types", done.status == 2 and "declares no type" in done.err, done)
    done = skep("gen", "btf", folder / "wrong.h", cwd=folder)
    report.check("a header that does not compile", done.status == 2 and "wrong.h" in done.err, done)
    report.check("leaves nothing", not list(folder.glob("wrong.btf")), list(folder.iterdir()))
    done = skep("gen", "btf", folder / "absent.h", cwd=folder)
    report.check("no header", done.status == 2 and "absent.h" in done.err, done)
    done = skep("gen", "btf", folder / "plugin.h", "-I", folder / "sub", cwd=folder)
    report.check("a name for the output", done.status == 0 and (folder / "plugin.btf").exists(), done)


PLUGIN = """\
#define SEC(name) __attribute__((section(name), used))
struct xdp_md { unsigned data, data_end; };
struct host { unsigned short port; unsigned id; } __attribute__((preserve_access_index));
SEC("xdp") int plugin(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct host *host = data;
	if (data + 64 > end)
		return 0;
	return host->id + host->port;
}
char LICENSE[] SEC("license") = "GPL";
"""


def check_plugin(report, folder):
    """The plugin was built for a host whose structure has changed since."""
    (folder / "plugin.bpf.c").write_text(PLUGIN)
    subprocess.run(["clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-c", "plugin.bpf.c",
                    "-o", "plugin.o"], cwd=folder, check=True)
    (folder / "host.h").write_text(
        "struct host { char *name; long long since; unsigned id; unsigned short port; };\n")
    for target, places in (("arm-none-eabi", (16, 20)), ("i686-linux-gnu", (12, 16)),
                           (None, (16, 20))):
        skep_json("gen", "btf", folder / "host.h", "-o", folder / "host.btf",
                  *(["--target", target] if target else []))
        done = skep("dis", folder / "plugin.o", "--btf", folder / "host.btf")
        report.check(f"{target or 'this machine'}: accesses are where the fields are",
                     all(re.search(rf"\*\({kind} \*\)\(r\d \+{place}\)", done.out)
                         for kind, place in zip(("u32", "u16"), places)), done)
    (folder / "frame").write_bytes(struct.pack("<QqIH", 1, 2, 1000, 7) + bytes(64))
    for engine in ("interp", "jit"):
        facts = skep_json("run", folder / "plugin.o", "--btf", folder / "host.btf", "--data",
                          folder / "frame", "--engine", engine)
        report.check(f"and {engine} runs it", facts["retval"] == 1007, facts)


with Report() as all_results, tempfile.TemporaryDirectory() as made:
    check_layouts(all_results, Path(made))
    check_refusals(all_results, Path(made))
    check_plugin(all_results, Path(made))
