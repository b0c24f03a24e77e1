#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep btf dump: C that compilers take and that has the layout of the BTF it is from, by asserts that
other code makes of the same bytes; lines and JSON as bpftool writes them."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import reader
from tool import SOURCE, Report, built, one_sentence, skep

VMLINUX = Path("/sys/kernel/btf/vmlinux")
FLOWS = SOURCE / "examples" / "flows" / "flows.bpf.o"
LAYOUT = built("btf_layout")
NATIVE = (["gcc"], ["clang-19"], ["clang"])
# Layouts must be the same on machines that align, size and order otherwise.
EVERYWHERE = (
    *NATIVE, ["gcc", "-m32"], ["clang-19", "--target=i386"], ["clang-19", "--target=riscv32"],
    ["clang-19", "--target=arm-none-eabi", "-fshort-enums"], ["clang-19", "--target=powerpc64"],
    ["arm-none-eabi-gcc"], ["xtensa-lx106-elf-gcc"], ["riscv64-unknown-elf-gcc"],
    ["s390x-linux-gnu-gcc"], ["g++", "-std=c++17"], ["clang++-19", "-std=c++17"],
)


def compiles(compiler, path):
    """None if the compiler takes the file, or what it says."""
    cpp = "++" in compiler[0]
    done = subprocess.run([*compiler, "-x", "c++" if cpp else "c", "-w", "-ffreestanding",
                           "-fsyntax-only", path], capture_output=True, check=False, timeout=300)
    return None if done.returncode == 0 else done.stderr.decode()[:2000]


def check_c(report, name, source, types, folder):
    """The C of a file, with asserts of another reader, and by itself for every machine."""
    done = skep("btf", "dump", "--c", source)
    report.check(f"{name}: becomes C", done.status == 0 and done.err == "", done.err)
    path = folder / "native.c"
    path.write_text(done.out + reader.asserts(types))
    for compiler in filter(lambda c: shutil.which(c[0]), NATIVE):
        error = compiles(compiler, path)
        report.check(f"{name}: {' '.join(compiler)} finds all sizes and offsets", error is None, error)
    done = skep("btf", "dump", "--c", "--portable", "--assert", source)
    path = folder / "portable.c"
    path.write_text("#include <stdint.h>\n#include <stdbool.h>\n#ifdef __cplusplus\n"
                    "#define _Static_assert static_assert\n#endif\n" + done.out)
    report.check(f"{name}: portable C has asserts", done.out.count("_Static_assert(sizeof(") > 2)
    for compiler in EVERYWHERE:
        if not shutil.which(compiler[0]):
            report.skip(f"{name}: {' '.join(compiler)}", f"no {compiler[0]}")
            continue
        error = compiles(compiler, path)
        report.check(f"{name}: {' '.join(compiler)} takes the portable form", error is None, error)


def check_bpftool(report, name, source):
    if not shutil.which("bpftool"):
        report.skip(f"{name}: as bpftool", "no bpftool")
        return
    theirs = subprocess.run(["bpftool", "btf", "dump", "file", source], capture_output=True,
                            check=False)
    ours = skep("btf", "dump", source).out
    # What compilers leave to loaders, sizes and places in sections, is filled in here.
    strip = lambda text: [line for line in text.splitlines()
                          if "DATASEC" not in line and not line.startswith("\ttype_id=")]
    report.check(f"{name}: lines as bpftool's", strip(theirs.stdout.decode()) == strip(ours))
    theirs = subprocess.run(["bpftool", "-j", "btf", "dump", "file", source], capture_output=True,
                            check=False)

    def strip(text):
        types = [one for one in json.loads(text)["types"] if one["kind"] != "DATASEC"]
        for one in types:  # bpftool widens unsigned constants of 32 bits as if they had a sign
            for value in one.get("values", ()) if one["kind"] == "ENUM" else ():
                value["val"] &= 0xffffffff
        return types

    report.check(f"{name}: JSON as bpftool's",
                 strip(theirs.stdout) == strip(skep("btf", "dump", "--json", source).out))


def check_orders(report, folder, data):
    """The same types in both byte orders."""
    one, other = folder / "one.btf", folder / "other.btf"
    one.write_bytes(data)
    other.write_bytes(reader.swap(data))
    for form in ([], ["--json"], ["--c"], ["--c", "--portable", "--assert"]):
        first, second = skep("btf", "dump", *form, one), skep("btf", "dump", *form, other)
        report.check(f"both byte orders: {' '.join(form) or 'lines'}",
                     first.status == 0 and first.out != "" and first.out == second.out, second.err)


def write(folder, writer):
    path = folder / "built.btf"
    path.write_bytes(writer.data())
    return path


def check_names(report, folder):
    """Two types of one name, in each of C's name spaces."""
    writer = reader.Writer()
    number = writer.integer()
    far = writer.integer("long long", 8)
    writer.add(reader.STRUCT, "s", 4, [("a", number, 0)])
    second = writer.add(reader.STRUCT, "s", 8, [("a", far, 0)])
    writer.add(reader.STRUCT, "s___2", 4, [("a", number, 0)])
    writer.add(reader.UNION, "s", 4, [("a", number, 0)])
    writer.add(reader.TYPEDEF, "t", number)
    again = writer.add(reader.TYPEDEF, "t", far)
    writer.add(reader.ENUM, "e", 4, [("t", 1), ("A", 2)])
    writer.add(reader.ENUM, "e", 4, [("A", 3)])
    writer.add(reader.FWD, "s")
    writer.add(reader.FWD, "gone")
    writer.add(reader.FWD, "gone", flag=1)
    writer.add(reader.STRUCT, "uses", 16, [("s", second, 0), ("t", again, 64)])
    writer.add(reader.STRUCT, "dotted.name", 4, [("a.b", number, 0)])
    done = skep("btf", "dump", "--c", write(folder, writer))
    path = folder / "names.c"
    path.write_text(done.out + "struct uses uses = { .s.a = 1ll << 40, .t = 1ll << 40 };\n"
                    "int x[] = { t___3, A, A___2, sizeof(union s___4), sizeof(struct dotted_name) };\n")
    error = compiles(["gcc"], path)
    report.check("names that occur twice get suffixes", error is None, f"{error}\n{done.out}")
    report.check("a suffix that is somebody's name is not given", "struct s___3 {" in done.out, done.out)


def check_refused(report, folder):
    """What C cannot say is refused with one sentence, in bounded time."""
    def refused(name, writer, reason, *options):
        done = skep("btf", "dump", "--c", *options, write(folder, writer))
        report.check(name, one_sentence(done, 2) and reason in done.err,
                     f"{done.status} {done.err} {done.out[:300]}")

    writer = reader.Writer()
    writer.integer()
    pointer, structure = 3, 4
    writer.add(reader.TYPEDEF, "t", structure)
    writer.add(reader.PTR, size=2)
    writer.add(reader.STRUCT, "", 8, [("next", pointer, 0)])
    refused("a typedef of a structure without a name that needs the typedef", writer, "needs itself")

    writer = reader.Writer()
    number = writer.integer()
    writer.add(reader.STRUCT, "s", 8, [("same", number, 0), ("same", number, 32)])
    refused("two members of one name", writer, "has two members of one name")
    writer = reader.Writer()
    number = writer.integer()
    inner = writer.add(reader.UNION, "", 4, [("same", number, 0)])
    writer.add(reader.STRUCT, "s", 8, [("same", number, 0), ("", inner, 32)])
    refused("two members of one name, one inside another", writer, "has two members of one name")

    writer = reader.Writer()
    number = writer.integer()
    writer.add(reader.STRUCT, "s", 8, [("a", number, 0), ("b", number, 16)])
    refused("members that overlap", writer, "has members that overlap")

    writer = reader.Writer()
    number = writer.integer()
    function = writer.add(reader.FUNC_PROTO, size=number)
    writer.add(reader.TYPEDEF, "f", writer.add(reader.FUNC_PROTO, size=function))
    refused("a function that returns a function", writer, "returns an array or a function")

    writer = reader.Writer()
    number = writer.integer()
    writer.add(reader.ENUM, "e", 1, [("A", 0x7fffffff)])
    refused("a constant too large for its enumeration", writer, "constants that its size cannot hold")

    # 2^58 ways through 60 structures.
    for inner_name in ("", "m"):
        writer = reader.Writer()
        below = writer.add(reader.STRUCT, "", 0)
        for _ in range(58):
            below = writer.add(reader.STRUCT, "", 0, [(inner_name and "a", below, 0),
                                                      (inner_name and "b", below, 0)])
        writer.add(reader.STRUCT, "all", 0, [("top", below, 0)])
        refused(f"text without an end, {'named' if inner_name else 'unnamed'}", writer, "unfolds to too")
    writer = reader.Writer()
    below = writer.integer()
    for _ in range(20):
        below = writer.add(reader.FUNC_PROTO, size=0, items=[("a", below), ("b", below)])
        below = writer.add(reader.PTR, size=below)
    writer.add(reader.TYPEDEF, "all", below)
    done = skep("btf", "dump", "--c", write(folder, writer))
    report.check("functions of functions of functions", done.status in (0, 2), done.err)


def check_choice(report):
    done = skep("btf", "dump", "--c", "--type", "struct wide", LAYOUT)
    report.check("--type: what it needs, in order, and no more",
                 [line.split(" {")[0] for line in done.out.splitlines() if line.endswith("{")]
                 == ["struct unaligned", "struct half_aligned", "struct wide"], done.out)
    done = skep("btf", "dump", "--type", "class", LAYOUT)
    report.check("--type: all of that name",
                 [line.split()[1] for line in done.out.splitlines() if line[0] == "["]
                 == ["STRUCT", "VAR"], done.out)
    done = skep("btf", "dump", "--type", "struct wade", LAYOUT)
    report.check("--type: a name that is not there", one_sentence(done, 2)
                 and "wide" in done.err, done.err)
    done = skep("btf", "dump", "--c", "--portable", "--type", "struct class", LAYOUT)
    report.check("--portable: words of C++ are replaced",
                 "new_;" in done.out and "template_;" in done.out and "struct class_ {" in done.out, done.out)


def check_usage(report):
    for arguments in (["dump"], ["dump", FLOWS, FLOWS], ["--portable", FLOWS], ["--c", "--json", FLOWS],
                      ["dump", "/dev/null"], ["dump", SOURCE / "README.md"],
                      ["dump", "--type", "0", FLOWS], ["dump", "--type", "99999", FLOWS]):
        done = skep("btf", *arguments)
        report.check(f"usage: {' '.join(str(a).split('/')[-1] for a in arguments)}",
                     one_sentence(done, 2), done.err)


def check_vmlinux(report, folder):
    if not os.access(VMLINUX, os.R_OK):
        report.skip("the running kernel's types", f"{VMLINUX} is not there")
        return
    check_c(report, "vmlinux", VMLINUX, reader.read(VMLINUX.read_bytes()), folder)
    check_bpftool(report, "vmlinux", VMLINUX)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    skep("btf", "dump", "--c", VMLINUX)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    report.check("vmlinux becomes C in a second", spent < 1 or "asan" in str(LAYOUT), f"{spent:.2f} s")


with Report() as report, tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    data = reader.section(LAYOUT.read_bytes(), ".BTF")
    check_c(report, "layout", LAYOUT, reader.read(data), folder)
    check_c(report, "flows", FLOWS, reader.read(reader.section(FLOWS.read_bytes(), ".BTF")), folder)
    check_bpftool(report, "layout", LAYOUT)
    check_bpftool(report, "flows", FLOWS)
    check_orders(report, folder, data)
    check_names(report, folder)
    check_refused(report, folder)
    check_choice(report)
    check_usage(report)
    check_vmlinux(report, folder)
