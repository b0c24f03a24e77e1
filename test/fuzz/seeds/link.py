#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of the linker's fuzzer again: single objects out of those of the ELF fuzzer, and
pairs of sources small enough that all of it matters."""

import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LICENSE = 'char L[] __attribute__((section("license"))) = "GPL";\n'
MAP = "%sstruct { int (*type)[1]; int *key; %s *value; } m __attribute__((section(\".maps\")));\n"

PAIRS = {
    "function": ("int f(int x);\n__attribute__((section(\"xdp\"))) int p(void *c) { return f(1); }\n",
                 "static volatile int n;\nint f(int x) { return x + n; }\n"),
    "variable": ("extern int x;\n__attribute__((section(\"xdp\"))) int p(void *c) { return x; }\n",
                 "int y = 2, x = 1; const long z = 5;\n"),
    "weak": ("__attribute__((weak, noinline)) int f(void) { return 1; }\n"
             "__attribute__((section(\"xdp\"))) int p(void *c) { return f(); }\n",
             "int f(void) { return 2; }\n"),
    "map": (MAP % ("extern ", "int") + "__attribute__((section(\"xdp\"))) int p(void *c)\n"
            "{ return ((long (*)(void *, void *))1)(&m, c); }\n", MAP % ("", "int")),
    "core": ("struct s { int a, b; } __attribute__((preserve_access_index));\nextern int k "
             "__attribute__((section(\".kconfig\")));\n"
             "__attribute__((section(\"tc\"))) int p(struct s *c) { return c->b + k; }\n",
             "struct s; struct t { struct s *s; struct t *t; } x;\nstruct s { struct t t; } y;\n"),
}


def build(text, target, folder):
    subprocess.run(["clang-19", "-O2", "-g", "-w", "-target", target, "-mcpu=v3", "-x", "c", "-c", "-",
                    "-o", "x.o"], input=(text + LICENSE).encode(), check=True, cwd=folder)
    subprocess.run(["llvm-objcopy-19", "-g", "-R", ".rel.BTF.ext", "-R", ".llvm_addrsig", "x.o"],
                   check=True, cwd=folder)
    return (Path(folder) / "x.o").read_bytes()


def store(name, first, second=b""):
    (HERE / "link" / name).write_bytes(len(first).to_bytes(4, "little") + first + second)


with tempfile.TemporaryDirectory() as folder:
    (HERE / "link").mkdir(exist_ok=True)
    for path in (HERE / "elf").glob("*.o"):
        store(path.stem, path.read_bytes())
    for name, (first, second) in PAIRS.items():
        for target, suffix in (("bpf", ""), ("bpfeb", "_big_endian")):
            store(name + suffix, build(first, target, folder), build(second, target, folder))
