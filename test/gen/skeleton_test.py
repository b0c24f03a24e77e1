#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep gen skeleton and skep gen header: what they write compiles everywhere and does what it says."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from compilers import COMPILERS, build, check_all, compile_text
from tool import SOURCE, Report, built, one_sentence, skep

FLOWS = SOURCE / "examples/flows/flows.bpf.o"
CAR = SOURCE / "examples/embed/car.bpf.o"
OBJECTS = {"flows": FLOWS, "car": CAR, "types": built("gen_types"), "cli": built("cli_types"),
           "maps": built("load_maps"), "inner": built("load_inner"),
           "big": built("gen_types.eb")}
GCC = COMPILERS[0]


def generate(kind, path, name, folder):
    output = folder / f"{name}.{'skep.h' if kind == 'skeleton' else 'h'}"
    done = skep("gen", kind, path, "-n", name, "-o", output)
    assert (done.status, done.out, done.err) == (0, "", ""), done
    return output.read_text()


def check_compilers(report, folder):
    for name, path in OBJECTS.items():
        generate("skeleton", path, name, folder)
        generate("header", path, name, folder)
        check_all(report, f"skeleton of {name}", f'#include "{name}.skep.h"\n', folder)
        text = (folder / f"{name}.h").read_text()
        includes = re.findall(r"#include (.*)", text)
        report.check(f"header of {name} needs only the compiler's",
                     includes == ["<stddef.h>", "<stdint.h>"], includes)
    check_all(report, "header", '#include "types.h"\n', folder)
    check_all(report, "two skeletons and a header of one of them",
              '#include "types.skep.h"\n#include "flows.skep.h"\n#include "types.h"\n'
              '#include "types.skep.h"\n', folder)


def check_layout(report, folder):
    """Against the layout that the eBPF compiler's own BTF tells, by hand from the source."""
    text = (folder / "types.h").read_text()
    facts = ["sizeof(struct types__gaps) == 40", "offsetof(struct types__gaps, d) == 24",
             "sizeof(struct types__tight) == 55", "offsetof(struct types__tight, gaps) == 15",
             "sizeof(struct types__bits) == 24", "offsetof(struct types__bits, plain) == 4",
             "sizeof(struct types__crossing) == 9", "offsetof(struct types__crossing, c) == 5",
             "offsetof(struct types__node, inner.text) == 56",
             "offsetof(struct types__node, high) == 44", "sizeof(struct types__point) == 4"]
    for fact in facts:
        report.check(f"the header asserts {fact}", f"types__assert({fact});" in text)
    source = '#include "types.h"\n' + "".join(
        f'_Static_assert({fact}, "");\n' for fact in facts)
    report.check("and is right", compile_text(GCC, source, folder) == "")
    wrong = text.replace("uint16_t c[3]", "uint16_t c[2]", 1)
    said = compile_text(GCC, wrong, folder)
    report.check("a wrong layout does not compile", "static assertion failed" in said, said)


def check_programs(report, folder):
    program = Path(__file__).resolve().parent / "types.c"
    for language, cxx in (("C11", False), ("C++17", True)):
        path, said = build(program, folder, cxx)
        if not report.check(f"{language}: a program with a skeleton builds", path is not None, said):
            continue
        done = subprocess.run([path], capture_output=True, text=True, check=False)
        report.check(f"{language}: its variables, maps and programs", done.returncode == 0 and
                     done.stdout.endswith("done\n"), f"{done.returncode}: {done.stdout}{done.stderr}")


def check_regenerating(report, folder):
    copy = folder / "elsewhere.o"
    shutil.copy(FLOWS, copy)
    texts = [generate("skeleton", path, "flows", folder) for path in (FLOWS, copy, FLOWS)]
    report.check("the same bytes, wherever the object lies", len(set(texts)) == 1)
    done = skep("gen", "skeleton", "-", "-n", "flows", stdin=FLOWS.read_bytes())
    report.check("and from standard input to standard output", done.out == texts[0], done.err)
    done = skep("gen", "skeleton", FLOWS)
    report.check("the file's name is the name", done.out == texts[0], done.err)


def check_text(report, folder):
    flows = (folder / "flows.skep.h").read_text()
    for line in ("	struct flows__rodata *rodata; /* .rodata: set before load; read-only after */",
                 "		struct skep_map *events; /* ringbuf of struct flows__event */",
                 "		struct skep_map *flows; /* hash, struct flows__flow_key: struct flows__flow */",
                 "static inline int flows__run_count_flows(const struct flows *x, struct skep_xdp *ctx, "
                 "uint64_t *r0)"):
        report.check(f"flows has: {line.strip()[:40]}", line + "\n" in flows)
    car = (folder / "car.skep.h").read_text()
    report.check("a context of the object's own", "run_limiter(const struct car *x, struct car__car *ctx"
                 in car)
    types = (folder / "types.skep.h").read_text()
    report.check("sections whose names differ in what is no letter",
                 {"struct types__data_a_b *data_a_b; /* .data.a_b */",
                  "struct types__data_a_b_2 *data_a_b_2; /* .data.a-b */"} <=
                 {line.strip() for line in types.splitlines()}, types[-9000:])
    done = skep("gen", "header", built("gen_types"), "-n", "t", "--type", "class")
    report.check("--type", done.status == 0 and "struct t__class {" in done.out, done)


def check_refusals(report, folder):
    for name in ("", "a b", "1a", "a__b", "_a", "a_", "int", "class", "x*/", "ä", "linux"):
        done = skep("gen", "skeleton", FLOWS, "-n", name)
        report.check(f"-n {name!r} is refused", one_sentence(done, 2, "-n") and done.out == "", done)
    for arguments, words in (
            (("gen",), "skep gen --help"), (("gen", "skelton", FLOWS), "skeleton"),
            (("gen", "skeleton"), "the object"), (("gen", "skeleton", folder / "none.o"), "none.o"),
            (("gen", "header", FLOWS, "--type", "nothing"), "nothing"),
            (("gen", "skeleton", FLOWS, "--json"), "-o"),
            (("gen", "skeleton", __file__), "skeleton_test.py"),
            (("gen", "skeleton", FLOWS, "-o", folder / "no/such/place"), "no/such/place")):
        done = skep(*arguments)
        report.check(f"{' '.join(map(str, arguments[:3]))}: a sentence", one_sentence(done, 2, words),
                     done)
    done = skep("gen", "skeleton", FLOWS, "-o", folder / "told.h", "--json")
    report.check("--json", json.loads(done.out) == {
        "output": str(folder / "told.h"), "bytes": (folder / "told.h").stat().st_size,
        "name": "flows"}, done)
    kinds = {row["name"]: row["help"] for row in json.loads(skep("gen", "--json").out)}
    for kind, text in kinds.items():
        done = skep("gen", kind, "--help")
        report.check(f"gen {kind} --help", done.status == 0 and done.out == text and
                     f"usage: skep gen {kind}" in text and max(map(len, text.splitlines())) <= 90, done)


def main():
    with Report() as report, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_compilers(report, folder)
        check_layout(report, folder)
        check_programs(report, folder)
        check_text(report, folder)
        check_regenerating(report, folder)
        check_refusals(report, folder)


main()
