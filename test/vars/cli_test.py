#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep vars, and variables at load: list, get, set and watch, of objects and of the kernel's maps;
initial values and names against libbpf's as bpftool shows them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import BUILD, SKEP, Report, built, engines, pcap, skep, skep_json

OBJECT = built("vars")

GOT = {
    "small": 7, "small_signed": -7, "half": 0xbeef, "number": -123456, "wide": 0x0123456789abcdef,
    "yes": True, "colour": "GREEN", "large": "HUGE_VALUE", "text": "hello", "bytes": [1, 2, 3, 4],
    "pts[1]": {"n": 2, "x": -2, "word": 0x01020304, "bytes": [4, 3, 2, 1], "deep": -200},
    "pts[SECOND].x": -2, "flags": {"a": 5, "b": -9, "c": 0xabcdef0123, "tail": 99},
    "flags.b": -9, "flags.c": 0xabcdef0123, "grid[1]": [4, 5, 6], "grid[1][2]": 6,
    "hidden_in_file": 3, "vars.bpf.c:hidden_in_file": 3, "first.calls": 100, "only_here": 300,
    ".data.custom+0": 6, "in_rodata": 7, "limit": 10, "counter": 0, "slots": [11],
}

# What is written, and what then stands where.
SET = (
    ("small=255", "small", 255), ("small_signed=-128", "small_signed", -128),
    ("pts[2]={n=9, x=-5}", "pts[2].x", -5), ("pts[1].bytes[0]=1", "pts[1].word", 0x01020301),
    ("flags.a=2", "flags", {"a": 2, "b": -9, "c": 0xabcdef0123, "tail": 99}),
    ("flags.b = -16", "flags.b", -16), ("flags.c=0xffffffffff", "flags.c", 0xffffffffff),
    ("colour = BLUE", "colour", "BLUE"), ("yes=false", "yes", False), ("text=abc", "text", "abc"),
    ("grid[0]=[7,8,9]", "grid[0]", [7, 8, 9]), ("limit=42", "limit", 42),
    ("vars.bpf.c:second.calls=-1", "second.calls", -1), ("in_rodata=1", "in_rodata", 1),
    ("slots[0]=12", "slots", [12]), ("counter=0", "counter", 0),
)

REFUSED = (
    ("small=300", "300 does not fit u8"), ("small=-1", "-1 does not fit u8"),
    ("flags.a=8", "does not fit"), ("flags.b=-17", "does not fit"), ("colour=PINK", "GREEN"),
    ("calls=1", "first.calls, second.calls"), ("countr=1", "counter"), ("pts[3]=1", "3 elements"),
    ("pts[0].y=1", "has no member"), ("counter=1", "no bytes in the file"), ("to_number=1", "address"),
    ("small", "= and its value"), ("=1", "= and its value"), ("small.n=1", "no structure"),
)


def set_and_get(folder, report):
    out = folder / "out.o"
    before = OBJECT.read_bytes()
    for assignment, path, wanted in SET:
        done = skep("vars", "set", OBJECT, assignment, "-o", out)
        found = skep_json("vars", "get", out, path)[path] if done.status == 0 else done.err
        report.check(f"set {assignment}", found == wanted, f"{found}, wanted {wanted}")
        after = out.read_bytes()
        changed = sum(a != b for a, b in zip(before, after))
        report.check(f"set {assignment} changes its bytes alone",
                     len(before) == len(after) and changed <= 24, f"{changed} bytes changed")
    out.unlink()
    for assignment, says in REFUSED:
        done = skep("vars", "set", OBJECT, assignment, "-o", out)
        report.check(f"set {assignment} is refused", done.status == 2 and says in done.err,
                     done.err)
        report.check(f"set {assignment} writes nothing", not out.exists())
    report.check("the object itself is as it was", OBJECT.read_bytes() == before)
    done = skep("vars", "set", built("vars.eb"), "flags.b=-3", "wide=0x0102", "colour=RED", "-o", out)
    found = skep("vars", "get", out, "flags.b", "wide", "colour")
    report.check("objects of the other byte order", found.out == "flags.b = -3\nwide = 258\ncolour = RED\n",
                 done.err + found.out)


def set_at_load(folder, report):
    presets = folder / "presets"
    presets.write_text("# as veristat has it\n\nlimit = 5\n  pts[2].n=7\nslots_used = 1 \ntext = two wo\n")
    maps = ("--maps", "all", "--prog", "count")
    for name, arguments in (("--set", ("--set", "limit = 5", "--set", "pts[2].n=7")),
                            ("--set @FILE", ("--set", f"@{presets}")),
                            ("--set-file", ("--set-file", presets))):
        found = skep_json("run", OBJECT, *maps, *arguments)
        values = {m["name"]: m["entries"][0]["value"] for m in found["maps"]}
        data, bss = values["vars.data"], values["vars.bss"]
        report.check(f"run {name}", bss["narrow"] == 5 and data["pts"][2]["n"] == 8,
                     f"{bss['narrow']}, {data['pts'][2]['n']}")
        report.check(f"run {name}: text with a blank",
                     data["text"] == ("hello" if name == "--set" else "two wo"), data["text"])
    for text, says in (("limit = 5\nnothing = 1\n", "line 2"), ("limit\n", "line 1"),
                       ("limit = 5000000000\n", "does not fit")):
        presets.write_text(text)
        done = skep("run", OBJECT, "--prog", "count", "--set-file", presets)
        report.check(f"a file with {text!r}", done.status == 2 and says in done.err, done.err)
    done = skep("verify", OBJECT, "--prog", "guarded", "--set", "enabled=0")
    report.check("what a constant rules out is not verified", done.status == 0, done.err)
    done = skep("verify", OBJECT, "--prog", "guarded", "--set", "enabled=1")
    report.check("what it lets in is", done.status == 1, done.out + done.err)
    done = skep("run", OBJECT, "--prog", "count", "--set-file", folder / "missing")
    report.check("a file that is not there", done.status == 2 and "missing" in done.err, done.err)


def watch(folder, report):
    capture = folder / "frames.pcap"
    capture.write_bytes(pcap([bytes(64)] * 5))
    done = skep("vars", "watch", OBJECT, "counter", "narrow", "--prog", "count", "--pcap", capture,
                "--every", "2", "--json")
    lines = [json.loads(line) for line in done.out.splitlines()]
    report.check("watch compares after every so many frames, and at the end",
                 [line["packets"] for line in lines] == [2, 4, 5], done.out + done.err)
    report.check("watch tells what changed", lines and lines[1]["changes"] == [
        {"path": "counter", "before": 2, "after": 4}, {"path": "narrow", "before": 20, "after": 40}],
        done.out)
    done = skep("vars", "watch", OBJECT, "--prog", "count", "--pcap", capture, "--set", "limit=1")
    report.check("watch of everything, as text",
                 "after 1 packets\n" in done.out and "  pts[2].n: 0 -> 1\n" in done.out
                 and "  narrow: 4 -> 5\n" in done.out and "  first.calls: 100 -> 101\n" in done.out,
                 done.out + done.err)


def linked(folder, report):
    """Statics of two files by one name, which the file's name tells apart."""
    for name, number in (("one", 1), ("two", 2)):
        (folder / f"{name}.c").write_text(
            f'static volatile int hits = {number}; static volatile int only_{name} = 5{number};\n'
            f'__attribute__((section("xdp"), used)) int prog_{name}(void *ctx)\n'
            f'{{ return hits + only_{name}; }}\nchar LICENSE[] __attribute__((section("license"), used)) = "GPL";\n')
        subprocess.run(["clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-c", f"{name}.c", "-o", f"{name}.o"],
                       cwd=folder, check=True)
    done = skep("link", folder / "one.o", folder / "two.o", "-o", folder / "both.o")
    report.check("two objects are linked", done.status == 0, done.err)
    found = skep_json("vars", "get", folder / "both.o", "one.c:hits", "two.c:hits", "only_one", "two.c:only_two")
    report.check("statics by their file", list(found.values()) == [1, 2, 51, 52], found)
    done = skep("vars", "get", folder / "both.o", "hits")
    report.check("a name of two files", done.status == 2 and "one.c:hits, two.c:hits" in done.err, done.err)
    done = skep("vars", "get", folder / "both.o", "two.c:only_one")
    report.check("not in that file", done.status == 2 and "no variable" in done.err, done.err)
    done = skep("run", folder / "both.o", "--prog", "prog_two", "--set", "two.c:hits=40", "--json")
    report.check("set by its file", json.loads(done.out or "{}").get("retval") == 92, done.err)


def constants(folder, report):
    """Constants are known where pointers stand between them, whose values are not."""
    (folder / "pointers.c").write_text("""
#define SEC(name) __attribute__((section(name), used))
const volatile int before = 0, limit = 3;
const volatile int *const volatile to_limit = &limit;
const volatile int after = 0;
SEC("xdp") int guarded(void *ctx) { return before || after ? *(volatile int *)0 : limit; }
SEC("xdp") int followed(void *ctx) { return to_limit ? *(volatile int *)0 : limit; }
SEC("xdp") int half(void *ctx) { return ((volatile int *)&to_limit)[1] ? *(volatile int *)0 : 1; }
char LICENSE[] SEC("license") = "GPL";
""")
    subprocess.run(["clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-c", "pointers.c", "-o", "pointers.o",
                    "-Wno-unused-value"], cwd=folder, check=True)
    for command in (("verify",), ("run",)):
        done = skep(*command, folder / "pointers.o", "--prog", "guarded")
        report.check(f"{command[0]}: constants beside a pointer are known", done.status == 0, done.err)
    for prog in ("followed", "half"):
        done = skep("verify", folder / "pointers.o", "--prog", prog)
        report.check(f"verify: a pointer is not ({prog})", done.status == 1, done.err)


def target_options(folder, report):
    (folder / "config").write_text("LINUX_KERNEL_VERSION=0x90000\nCONFIG_LETTER=m\n")
    externs = built("core_extern")
    found = skep_json("vars", "get", externs, "LINUX_KERNEL_VERSION", "CONFIG_LETTER",
                      "--kconfig", folder / "config")
    report.check("vars: --kconfig", list(found.values()) == [0x90000, ord("m")], found)
    done = skep("vars", built("core_app"), "--btf", folder / "config")
    report.check("vars: --btf", done.status == 2 and "config" in done.err, done)


def from_gcc(folder, report):
    """Addresses in data as binutils up to 2.40 writes them, and gcc's names of statics in functions."""
    if shutil.which("bpf-gcc") is None:
        report.skip("objects of gcc", "there is no bpf-gcc")
        return
    (folder / "gcc.c").write_text("""
#define SEC(x) __attribute__((section(x), used))
int g = 5, h = 6, *to_h = &h;
static int other[4] = { 1, 2, 3, 4 };
int *to_other = &other[2];
unsigned long first, second;
SEC("xdp") int prog(void *ctx)
{
	static volatile int calls = 41;

	first = *(int *volatile *)&to_h == &h;
	second = *(int *volatile *)&to_other == &other[2];
	other[1]++;
	return ++calls;
}
char LICENSE[] SEC("license") = "GPL";
""")
    subprocess.run(["bpf-gcc", "-O2", "-g", "-gbtf", "-mcpu=v3", "-c", "gcc.c", "-o", "gcc.o"], cwd=folder, check=True)
    done = skep("vars", "get", folder / "gcc.o", "calls")
    report.check("a static of a function, by gcc", done.status == 0, done.err)
    found = skep_json("run", folder / "gcc.o")
    bss = next(m for m in found["maps"] if m["name"] == "gcc.bss")["entries"][0]["value"]
    report.check("addresses in data, by gcc", found["retval"] == 42 and bss["first"] == 1 and bss["second"] == 1, bss)


def bpftool(*arguments):
    done = subprocess.run(["bpftool", "-j", *arguments], capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout) if done.stdout.strip() else None


def kernel(report):
    names, reason = engines()
    if "kernel" not in names or shutil.which("bpftool") is None:
        report.skip("variables in the kernel", reason or "there is no bpftool")
        return
    folder = Path("/sys/fs/bpf") / f"skep_vars_{os.getpid()}"
    # Without `sum`, which the kernel refuses, as it must.
    done = subprocess.run(["bpftool", "prog", "loadall", str(BUILD / "test/objects/vars_kernel.o"),
                           str(folder), "pinmaps", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        report.skip("variables in the kernel", done.stderr.strip().splitlines()[-1:])
        return
    try:
        maps = {m["name"]: m["id"] for m in bpftool("map", "show") if m.get("name", "").startswith("vars_ker")}
        data, rodata = maps["vars_ker.data"], maps["vars_ker.rodata"]
        listed = {row["name"]: row["value"] for row in skep_json("vars", "list", "--map-id", data)}
        shown = bpftool("map", "dump", "id", str(data))[0]["formatted"]["value"]
        shown = {name: value for row in shown[".data"] for name, value in row.items()}
        own = {row["name"]: row["value"] for row in skep_json("vars", "list", built("vars_kernel"))
               if row["section"] == ".data"}
        report.check("libbpf gives the variables these names and values",
                     listed == own and set(shown) == set(own), f"{listed}\n{own}\n{shown}")
        got = skep_json("vars", "get", "--map-id", data, "pts[1].x", "flags.b")
        report.check("get", got == {"pts[1].x": -2, "flags.b": -9}, got)
        done = skep("vars", "set", "--map-id", data, "pts[1].x=99", "flags.b = -1")
        got = skep_json("vars", "get", "--map-id", data, "pts[1]", "flags")
        report.check("set", done.status == 0 and got["pts[1]"]["x"] == 99 and got["pts[1]"]["n"] == 2
                     and got["flags"] == {"a": 5, "b": -1, "tail": 99}, f"{done.err}{got}")
        done = skep("vars", "set", "--map-id", data, "small=300")
        report.check("what does not fit is refused", done.status == 2 and "does not fit" in done.err, done.err)
        done = skep("vars", "set", "--map-id", rodata, "limit=1")
        report.check("constants are frozen", done.status == 2 and "frozen" in done.err, done.err)
        watcher = subprocess.Popen([SKEP, "vars", "watch", "--map-id", str(data), "--interval", "100",
                                    "--times", "8", "--json", "small"], stdout=subprocess.PIPE, text=True)
        time.sleep(0.35)
        skep("vars", "set", "--map-id", data, "small=77")
        out, _ = watcher.communicate(timeout=30)
        lines = [json.loads(line) for line in out.splitlines()]
        report.check("watch", len(lines) == 1 and lines[0]["changes"] ==
                     [{"path": "small", "before": 7, "after": 77}], out)
        done = skep("vars", "get", "--map-id", data, "nothing")
        report.check("no such variable", done.status == 2 and "no variable" in done.err, done.err)
        pin = next(folder.glob("*ker_data"), None)
        if pin is not None:
            got = skep_json("vars", "get", "--pinned", pin, "small")
            report.check("by its pin", got == {"small": 77}, got)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    done = skep("vars", "get", "--map-id", 4294967295, "x")
    report.check("no such map", done.status == 2 and "--map-id" in done.err, done.err)


with Report() as report, tempfile.TemporaryDirectory() as name:
    for path, wanted in GOT.items():
        found = skep_json("vars", "get", OBJECT, path)
        report.check(f"get {path}", found == {path: wanted}, found)
    rows = {row["name"]: row for row in skep_json("vars", "list", OBJECT)}
    report.check("list has them all", len(rows) == 35, len(rows))
    report.check("list tells of a static variable",
                 {key: rows["first.calls"][key] for key in ("file", "section", "size", "type", "linkage", "value")}
                 == {"file": "vars.bpf.c", "section": ".data", "size": 4, "type": "int",
                     "linkage": "static", "value": 100}, rows["first.calls"])
    report.check("list tells of weak and hidden ones", rows["weakling"]["linkage"] == "weak"
                 and rows["hush"]["hidden"] and not rows["small"]["hidden"])
    text = skep("vars", OBJECT).out
    report.check("list as a table", "second.only_here  int " in text and text.startswith("name "), text)
    for arguments in (("vars",), ("vars", "get", OBJECT), ("vars", "set", OBJECT, "small=1"),
                      ("vars", "watch", OBJECT), ("vars", "list", OBJECT, "small"),
                      ("vars", "list", "--map-id", "1", "--pinned", "x"), ("vars", "list", "--map-id", "0")):
        done = skep(*arguments)
        report.check(f"bad usage: {' '.join(map(str, arguments))}", done.status == 2 and done.err, done.err)
    set_and_get(Path(name), report)
    set_at_load(Path(name), report)
    watch(Path(name), report)
    linked(Path(name), report)
    constants(Path(name), report)
    target_options(Path(name), report)
    from_gcc(Path(name), report)
    kernel(report)
