#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep link: what comes out is what bpftool gen object makes of the same inputs, loads in the kernel
and runs there as it does in skep; one object is linked to itself; and what contradicts each other is
refused with both names."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from parts import DATASEC, FILE, FUNC, NOBITS, PROTO, SECTION, Parts
from tool import BUILD, Report, engines, one_sentence, skep, skep_json

OBJECTS = Path(__file__).resolve().parent / "objects"
BPFTOOL = shutil.which("bpftool") or shutil.which("bpftool", path="/usr/sbin:/sbin")
SHARED = {"license", "version"}


def compile_bpf(source, output, target="bpf"):
    subprocess.run(["clang-19", "-O2", "-g", "-Wall", "-Werror", "-target", target, "-mcpu=v3", "-c",
                    source, "-o", output], check=True, cwd=OBJECTS)


def compile_text(text, output, target="bpf"):
    subprocess.run(["clang-19", "-O2", "-g", "-target", target, "-mcpu=v3", "-I", OBJECTS, "-x", "c",
                    "-include", "shared.h", "-c", "-", "-o", output], input=text.encode(), check=True,
                   cwd=OBJECTS)


def link(output, *inputs):
    return skep("link", *inputs, "-o", output)


# ------------------------------------------------------------------------------------- bpftool

def content(parts):
    """What is loaded, by name, without what libbpf and skep number or name as they like."""
    return {s.name: (s.type, s.flags & 7, s.align, s.size, s.data) for s in parts.sections
            if s.flags & 2}


def symbols(parts):
    return sorted(s for s in parts.symbols[1:] if s.type not in (SECTION, FILE))


def relocations(parts):
    """By section; a symbol of a section is known by the section, others by name and place."""
    return {name: [(offset, kind, (s.section, "") if s.type == SECTION
                    else (s.section, s.name, s.value)) for offset, kind, s in parts.relocs(name)]
            for name in content(parts)}


def compare(report, name, ours, theirs):
    """Objects made of the same inputs by skep and bpftool."""
    mine, other = Parts(ours), Parts(theirs)
    report.check(f"{name}: sections as bpftool makes them", content(mine) == content(other),
                 f"{content(mine)}\n{content(other)}")
    # The weak function that lost stays, as a local one; libbpf leaves its code without a name.
    lost = {s for s in symbols(mine) if s not in symbols(other)}
    report.check(f"{name}: symbols as bpftool makes them",
                 set(symbols(other)) <= set(symbols(mine)) and
                 all(s.type == FUNC and s.binding == 0 for s in lost),
                 f"{lost}\n{set(symbols(other)) - set(symbols(mine))}")
    report.check(f"{name}: relocations as bpftool makes them",
                 relocations(mine) == relocations(other),
                 f"{relocations(mine)}\n{relocations(other)}")
    found, wanted = ([p.describe(i) for i in range(1, len(p.types))] for p in (mine, other))
    # Prototypes of declarations that were resolved: nothing refers to them.
    report.check(f"{name}: types as bpftool makes them",
                 set(wanted) <= set(found) and len(set(found)) == len(found) or
                 all(t[0] == PROTO for t in set(found) - set(wanted)) and
                 set(wanted) <= set(found),
                 f"{set(wanted) - set(found)}\n{set(found) - set(wanted)}")
    for number, what in enumerate(("functions", "lines", "CO-RE records")):
        report.check(f"{name}: {what} in .BTF.ext as bpftool makes them",
                     mine.records(number) == other.records(number),
                     f"{mine.records(number)}\n{other.records(number)}")


def disassembly(path):
    return skep("dis", path).out


def check_pair(report, folder):
    for name in ("first", "second"):
        compile_bpf(f"{name}.bpf.c", folder / f"{name}.o")
        compile_bpf(f"{name}.bpf.c", folder / f"{name}.eb.o", "bpfeb")
    for name, order in (("second, first", ("second", "first")), ("first, second", ("first", "second"))):
        inputs = [folder / f"{part}.o" for part in order]
        ours, theirs = folder / "out" / "pair.o", folder / "ref" / "pair.o"
        done = link(ours, *inputs)
        report.check(f"{name}: links", (done.status, done.err) == (0, ""), done.err)
        again = folder / "again.o"
        link(again, *inputs)
        report.check(f"{name}: the same bytes each time", again.read_bytes() == ours.read_bytes())
        big = folder / "big" / "pair.o"
        done = link(big, *(folder / f"{part}.eb.o" for part in order))
        report.check(f"{name}: links for big-endian machines, to the same programs",
                     done.status == 0 and disassembly(big) == disassembly(ours), done.err)
        hidden = [s for s in Parts(ours).symbols if s.name == "hidden"]
        report.check(f"{name}: what one hides is hidden", [s.visibility for s in hidden] == [2], hidden)
        run_pair(report, name, ours)
        if BPFTOOL is None:
            report.skip(f"{name}: as bpftool makes it", "there is no bpftool here")
            continue
        subprocess.run([BPFTOOL, "gen", "object", theirs, *inputs], check=True)
        # libbpf 1.1 keeps the size of a map's declaration, 0, if that comes before the definition.
        if order[0] == "second":
            compare(report, name, ours, theirs)
            report.check(f"{name}: the same programs", disassembly(ours) == disassembly(theirs))


def run_pair(report, name, path):
    """All by hand: 64 bytes; chosen() is 192, lonely(222) 227, limit 40."""
    kinds, missing = engines()
    for engine in ("interp", "jit", "kernel"):
        if engine not in kinds:
            report.skip(f"{name}: runs in {engine}", missing or "not on this machine")
            continue
        result = skep_json("run", path, "--prog", "entry", "--engine", engine)
        maps = {entry["name"]: entry["entries"] for entry in result["maps"]}
        report.check(f"{name}: runs in {engine}",
                     result["retval"] == 459 and
                     maps["own"][1] == {"key": 1, "value": 21} and
                     maps["records"] == [{"key": 1, "value": {
                         "packets": 1, "bytes": 64 + ord("f"), "next": "0x0", "node": "0x0"}}] and
                     maps["pair.data"][0]["value"] == {
                         "limit": 40, "both": 222,
                         "total": 7 + (64 + 2) * 3 + (64 ^ 0x55) + 1},
                     json.dumps(result))


# ------------------------------------------------------------------------------ what links well

CORE = """
struct task { int pid; struct { long deep[4]; } in; } __attribute__((preserve_access_index));
enum color { RED = %(red)d };
extern int kernel_version __attribute__((section(".kconfig")));
extern void *missing __attribute__((section(".ksyms")));
__attribute__((section("%(section)s"), used)) int %(name)s(struct task *task)
{
	return task->pid + task->in.deep[%(index)d] + kernel_version + (long)&missing;
}
%(more)s
LICENSE("GPL");
"""

# Name, text of the first, text of the second, and what `use` returns.
GOOD = (
    ("of two weak definitions the first counts",
     "__attribute__((weak, noinline)) int f(int x) { asm volatile(\"\" : \"+r\"(x)); return x + 1; }"
     "SEC(\"xdp\") int use(void *ctx) { return f(1); }",
     "__attribute__((weak, noinline)) int f(int x) { asm volatile(\"\" : \"+r\"(x)); return x + 9; }", 2),
    ("static things of one name stay apart",
     "static volatile int x = 5; static NOINLINE int f(int y) { asm volatile(\"\" : \"+r\"(y)); return y + x; }"
     "int g(int);"
     "SEC(\"xdp\") int use(void *ctx) { return f(1) + g(1); }",
     "static volatile int x = 50; static NOINLINE int f(int y) { asm volatile(\"\" : \"+r\"(y)); return y * x; }"
     "NOINLINE int g(int y) { return f(y) + 100; }", 6 + 150),
    ("an array that is declared without its length",
     "extern int list[]; SEC(\"xdp\") int use(void *ctx) { return list[2]; }",
     "int list[3] = { 7, 8, 9 };", 9),
    ("a typedef and const do not matter, nor do names of parameters",
     "typedef int number; int f(number, const int); SEC(\"xdp\") int use(void *ctx) { return f(3, 4); }",
     "NOINLINE int f(int a, int b) { asm volatile(\"\" : \"+r\"(a), \"+r\"(b)); return a * b; }", 12),
    ("a weak declaration finds its definition",
     "extern int x __attribute__((weak)); SEC(\"xdp\") int use(void *ctx) { return x; }",
     "int x = 77;", 77),
    ("data is aligned as it must be",
     "volatile char c = 1, e[2] = { 1, 1 }; extern volatile long l; SEC(\"xdp\") int use(void *ctx) { return c + l; }",
     "volatile long l = 8; volatile char d = 2;", 9),
)


def check_good(report, folder):
    for name, first, second, wanted in GOOD:
        compile_text(first + "\nLICENSE(\"GPL\");", folder / "a.o")
        compile_text(second + "\nLICENSE(\"GPL\");", folder / "b.o")
        for order in (("a", "b"), ("b", "a"))[:1 if "the first" in name else 2]:
            done = link(folder / "good.o", *(folder / f"{part}.o" for part in order))
            result = skep("run", folder / "good.o", "--engine", "interp", "--prog", "use", "--json")
            report.check(f"{name}: it is ({order[0]}, {order[1]})",
                         all(s.value % 8 == 0 for s in Parts(folder / "good.o").symbols if s.name == "l"))
            report.check(f"{name} ({order[0]}, {order[1]})",
                         done.status == 0 and json.loads(result.out or "{}").get("retval") == wanted,
                         done.err + result.err + result.out)


def check_core(report, folder):
    """Records of CO-RE, and declarations of what a kernel has: two of one name are one."""
    compile_text(CORE % {"section": "tc", "name": "one", "index": 1, "red": 3, "more": ""},
                 folder / "a.o")
    compile_text(CORE % {"section": "tc", "name": "two", "index": 3, "red": 4,
                         "more": "struct { int x; } other;"}, folder / "b.o")
    ours, theirs = folder / "out" / "core.o", folder / "ref" / "core.o"
    done = link(ours, folder / "a.o", folder / "b.o")
    parts = Parts(ours)
    records = parts.records(2).get("tc", [])
    report.check("CO-RE records of both inputs", done.status == 0 and
                 [(r[2], r[3]) for r in records] == [("0:0", 0), ("0:1:0:1", 0), ("0:0", 0), ("0:1:0:3", 0)],
                 f"{done.err}{records}")
    declared = {t.name: [parts.types[i[0]].name for i in t.items] for t in parts.types[1:]
                if t.kind == DATASEC}
    report.check("each declaration is there once",
                 declared.get(".ksyms") == ["missing"] and declared.get(".kconfig") == ["kernel_version"],
                 declared)
    if BPFTOOL is not None:
        subprocess.run([BPFTOOL, "gen", "object", theirs, folder / "a.o", folder / "b.o"], check=True)
        compare(report, "CO-RE", ours, theirs)


# What two compilers make of it: static things behind others, so that addends are no zeroes.
CALLER = ("static volatile int pad = 3, x = 5;"
          "static NOINLINE int last(int y) { asm volatile(\"\" : \"+r\"(y)); return y - 1; }"
          "static NOINLINE int f(int y) { asm volatile(\"\" : \"+r\"(y)); return y + x + pad; }"
          "int g(int); SEC(\"xdp\") int use(void *ctx) { return f(1) + g(1) + last(1); }")
CALLED = ("static volatile int one = 1, x = 50; volatile int four = 4, five = 5;"
          "static NOINLINE int first(int y) { asm volatile(\"\" : \"+r\"(y)); return y * one; }"
          "static NOINLINE int f(int y) { asm volatile(\"\" : \"+r\"(y)); return y * x; }"
          "NOINLINE int g(int y) { return f(y) + first(y) + 95 + four + five; }")


def check_compilers(report, folder):
    """gcc and the binutils of its time write other addends, and other names for the same types."""
    if shutil.which("bpf-gcc") is None:
        report.skip("objects of gcc", "there is no bpf-gcc here")
        return
    for name, text in (("caller", CALLER), ("called", CALLED)):
        source = folder / f"{name}.c"
        source.write_text(f'#include "shared.h"\n{text}\nLICENSE("GPL");\n')
        subprocess.run(["bpf-gcc", "-O2", "-gbtf", "-I", OBJECTS, "-c", source, "-o",
                        folder / f"{name}.gcc.o"], check=True)
        compile_text(text + '\nLICENSE("GPL");', folder / f"{name}.clang.o")
    for first, second in (("caller.gcc", "called.gcc"), ("called.gcc", "caller.gcc"),
                          ("caller.clang", "called.gcc"), ("called.gcc", "caller.clang"),
                          ("caller.gcc", "called.clang")):
        done = link(folder / "mixed.o", folder / f"{first}.o", folder / f"{second}.o")
        result = skep("run", folder / "mixed.o", "--engine", "interp", "--prog", "use", "--json")
        report.check(f"{first}, {second}", done.status == 0 and
                     json.loads(result.out or "{}").get("retval") == (1 + 5 + 3) + (50 + 1 + 104) + 0,
                     done.err + result.err + result.out)


# ----------------------------------------------------------------------------- what is refused

MAP = ("struct { __uint(type, BPF_MAP_TYPE_%s); __uint(max_entries, %d); __type(key, u32);"
       "__type(value, %s); } m __attribute__((section(\".maps\"%s)));")
USE_MAP = "SEC(\"xdp\") int %s(void *ctx) { u32 k = 0; return bpf_map_lookup_elem(&m, &k) != NULL; }"

# Name, the two texts, exit status, words of the sentence beside the names of both files.
BAD = (
    ("two strong functions", "int f(int x) { return x; }", "int f(int x) { return x + 1; }", 1,
     ("f is defined in", "one strong definition", "__weak")),
    ("two strong variables", "int x = 1;", "int x = 2;", 1, ("x is defined in", "rename one")),
    ("two maps of one name", MAP % ("HASH", 1, "u32", ""), MAP % ("HASH", 1, "u32", ""), 1,
     ("m is defined in",)),
    ("a function that is declared with another parameter",
     "int f(long); SEC(\"xdp\") int use(void *ctx) { return f(1); }", "int f(int x) { return x; }", 1,
     ("f has another type in",)),
    ("a variable that is declared as another type",
     "extern long x; SEC(\"xdp\") int use(void *ctx) { return x; }", "int x = 2;", 1,
     ("x has another type in",)),
    ("a variable that is declared as a function",
     "int x(void); SEC(\"xdp\") int use(void *ctx) { return x(); }", "int x = 2;", 1,
     ("x is a", "function", "variable")),
    ("a map that is declared with another size",
     "extern " + MAP % ("HASH", 8, "u32", "") + USE_MAP % "use", MAP % ("HASH", 16, "u32", ""), 1,
     ("m has another type in", "max_entries")),
    ("a map that is declared with another value",
     "extern " + MAP % ("HASH", 8, "u32", "") + USE_MAP % "use", MAP % ("HASH", 8, "u64", ""), 1,
     ("m has another type in", "value")),
    ("a section that is written in one and constant in the other",
     "int x SEC(\".mine\") = 1;", "const int y SEC(\".mine\") = 1;", 1, (".mine",)),
)


def check_bad(report, folder):
    a, b = folder / "a.o", folder / "b.o"
    for name, first, second, status, words in BAD:
        compile_text(first + "\nLICENSE(\"GPL\");", a)
        compile_text(second + "\nLICENSE(\"GPL\");", b)
        for order in ((a, b), (b, a)):
            done = link(folder / "bad.o", *order)
            report.check(f"{name} ({order[0].stem}, {order[1].stem})",
                         one_sentence(done, status, str(a), str(b), *words), f"{done}")
    compile_text("LICENSE(\"GPL\"); int x;", a)
    compile_text("LICENSE(\"MIT\"); int y;", b)
    done = link(folder / "bad.o", a, b)
    report.check("two licences", one_sentence(done, 1, '"GPL" in', '"MIT" in', str(a), str(b)), done.err)
    compile_text("LICENSE(\"GPL\"); int z;", b, "bpfeb")
    done = link(folder / "bad.o", a, b)
    report.check("two byte orders", one_sentence(done, 1, str(a), str(b), "big-endian"), done.err)
    b.write_text("int x;\n")
    done = link(folder / "bad.o", a, b)
    report.check("a source among the objects", one_sentence(done, 2, str(b), "text file"), done.err)
    done = link(folder / "bad.o", a, folder / "absent.o")
    report.check("a file that is not there", one_sentence(done, 2, "absent.o"), done.err)
    report.check("nothing was written", not (folder / "bad.o").exists())
    report.check("no objects", one_sentence(skep("link", "-o", "x"), 2, "missing"))
    report.check("no output", one_sentence(skep("link", a), 2, "-o OUT"))
    report.check("where nothing can be written",
                 one_sentence(skep("link", a, "-o", folder / "no" / "x.o"), 2, "cannot be written"))
    report.check("two things to standard output",
                 one_sentence(skep("link", a, "-o", "-", "--json"), 2, "--json"))
    done = skep_json("link", a, "-o", folder / "json.o")
    report.check("JSON", done == {"output": str(folder / "json.o"),
                                  "bytes": (folder / "json.o").stat().st_size,
                                  "inputs": [{"path": str(a), "bytes": a.stat().st_size}]}, done)


# ------------------------------------------------------------------------------------ one object

def check_alone(report, folder):
    """Each object there is, linked alone: the same programs, and what comes out stays as it is."""
    same = fixed = count = 0
    for path in sorted((BUILD / "test" / "objects").glob("*.o")):
        once, twice, thrice = (folder / str(n) / path.name for n in (1, 2, 3))
        wanted = skep("dis", path)
        done = [link(once, path), link(twice, once), link(thrice, twice)]
        found = skep("dis", once)
        agrees = found.out == wanted.out and found.status == wanted.status
        if not agrees or any(d.status for d in done):
            report.note(f"{path.name}: {done[0].err}{found.err}")
        same += agrees
        fixed += twice.read_bytes() == thrice.read_bytes() and not any(d.status for d in done)
        count += 1
    report.check("every object linked alone has the same programs", same == count, f"{same} of {count}")
    report.check("what was linked is not changed by linking it again", fixed == count, f"{fixed} of {count}")
    report.check("there were many", count > 90, count)


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    folder = Path(temporary)
    for name in ("out", "ref", "big", "1", "2", "3"):
        (folder / name).mkdir()
    check_pair(report, folder)
    check_good(report, folder)
    check_core(report, folder)
    check_compilers(report, folder)
    check_bad(report, folder)
    check_alone(report, folder)
