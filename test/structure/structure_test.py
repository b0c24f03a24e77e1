#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""The tree keeps the rules in rules.py and its format; and each rule is shown to bite: a violation is
planted beside the tree's tables and must be found, alone."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
import rules
from ktap import SOURCE, Report

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
LONG = "void skep_long(int *x);\nvoid skep_long(int *x)\n{\n" + "\t*x += 1;\n" * 100 + "}\n"

# (rule, file, text): the file is made, or the text added at its end if it is there.
PLANTED = (
    ("includes", "src/base/planted.c", SPDX + '#include "isa/isa.h"\n'),
    ("includes", "src/base/planted.c", SPDX + "#include <string.h>\n"),
    ("includes", "src/spec/planted.h", SPDX + '#include "vm/vm.h"\n'),
    ("includes", "src/verify/planted.c", SPDX + '#include "jit/jit.h"\n'),
    ("includes", "src/jit/planted.c", SPDX + '#include "verify/verify.h"\n'),
    ("includes", "src/jit/planted.c", SPDX + '#include "../verify/verify.h"\n'),
    ("includes", "src/map/planted.c", SPDX + '#include "helper/helper.h"\n'),
    ("includes", "src/interp/planted.c", SPDX + '#include "load/image.h"\n'),
    ("includes", "cli/planted.c", SPDX + '#include "base/bytes.h"\n'),
    ("includes", "port/posix/planted.c", SPDX + '#include "../../src/base/bytes.h"\n'),
    ("includes", "examples/planted/planted.c", SPDX + '#include "isa/isa.h"\n'),
    ("folders", "src/util/planted.c", SPDX),
    ("folders", "src/planted.c", SPDX),
    ("public-header", "include/skep_extra.h", SPDX),
    ("conditionals", "src/interp/planted.c", SPDX + "#ifdef __x86_64__\n#endif\n"),
    ("conditionals", "src/map/planted.c", SPDX + "#if defined(SKEP_A) || defined(_WIN32)\n#endif\n"),
    ("conditionals", "src/vm/planted.c", SPDX + "#if SKEP_A\n#elif defined(linux)\n#endif\n"),
    ("conditionals", "src/base/planted.h",
     SPDX + "#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__\n#endif\n"),
    ("banned-words", "src/load/planted.c",
     SPDX + "void *x(void);\nvoid *x(void) { return malloc(1); }\n"),
    ("banned-words", "src/base/planted.c",
     SPDX + 'void f(char *a);\nvoid f(char *a) { strcpy(a, "x"); }\n'),
    ("banned-words", "src/vm/planted.c", SPDX + "extern int errno;\n"),
    ("banned-words", "src/vm/planted.c",
     SPDX + 'void f(void);\nvoid f(void) { snprintf(0, 0, "x"); }\n'),
    ("banned-words", "src/vm/planted.c", SPDX + "double skep_ratio(void);\n"),
    ("verifier-ids", "src/verify/planted.c", SPDX + "enum { X = BPF_MAP_TYPE_HASH };\n"),
    ("verifier-ids", "src/verify/planted.c", SPDX + "enum { X = BPF_FUNC_tail_call };\n"),
    ("verifier-ids", "src/verify/planted.c",
     SPDX + "_Bool f(int id);\n_Bool f(int id) { return id == 12; }\n"),
    ("verifier-ids", "src/verify/planted.c", SPDX + 'static const char *const X = "xdp_adjust_head";\n'),
    ("backend-opcodes", "src/jit/x86_64.c", "\nenum { PLANTED = BPF_ADD };\n"),
    ("shared-jit", "src/jit/planted.c", SPDX + 'const char *skep_x(void) { return "riscv64"; }\n'),
    ("shared-jit", "src/jit/planted.c", SPDX + "enum { RAX };\n"),
    ("function-size", "cli/planted.c", SPDX + LONG),
    ("file-size", "src/ir/planted.c", SPDX + "\n" * 1200),
    ("licence", "tools/planted.py", "print('x')\n"),
    ("licence", "src/map/planted.c", "/* a map */\n"),
    ("licence", "tools/planted", "#!/bin/sh\n"),
    ("licence", "test/isa/planted.txt", "asm: exit\n"),
    ("licence", "test/board/planted.ld", "SECTIONS {}\n"),
    ("licence", "cmake/planted.in", "Name: planted\n"),
    ("licence", "port/bare/planted.S", ".text\n"),
    ("licence", "src/spec/planted.def", "X(1)\n"),
    ("unfinished", "cli/planted.c", SPDX + "/* TODO: later */\n"),
    ("one-row", "src/spec/maps.def", "\nMAP(77, planted, 0)\n"),
    ("one-row", "src/spec/progs.def", "\nPROG(77, planted)\n"),
)

# What looks like a violation and is none.
INNOCENT = (
    ("src/verify/planted.c",
     SPDX + '/* malloc, x86-64, BPF_FUNC_tail_call */\n#include "spec/program.h"\n'),
    ("src/vm/planted.c", SPDX + "#include \"load/image.h\"\nvoid f(const struct skep_port *port);\n"
     "void f(const struct skep_port *port) { port->free(0, 0, 0, 0); }\n"
     "void g(const char *text, ...) __attribute__((format(printf, 1, 2)));\n"),
    ("src/base/planted.h", SPDX + "#ifndef SKEP_PLANTED_H\n#define SKEP_PLANTED_H\n#endif\n"
     "#ifdef ALU_SIGNED\n#endif\n#if ATOMIC_LLONG_LOCK_FREE == 2\n#endif\n"),
    ("src/load/planted.c", SPDX + 'static const char *const X = "no printf, malloc or errno here";\n'),
)


def found_after(files, name, text):
    """What the rules find more when `text` is planted in file `name`."""
    before = set(rules.violations(rules.Tree(files)))
    planted = dict(files)
    planted[name] = planted.get(name, "") + text
    return [v for v in rules.violations(rules.Tree(planted)) if v not in before]


def check_rules_bite(report, tree):
    # The tables, which rules read, and the files that rows name; the rest would only take time.
    files = {name: text if name.endswith(".def") or name == "src/jit/x86_64.c" else SPDX
             for name, text in tree.files.items() if name.startswith("src/")}
    for number, (rule, name, text) in enumerate(PLANTED, 1):
        found = found_after(files, name, text)
        report.check(f"planted violation {number} of {rule} is found, and nothing else",
                     found and {v.rule for v in found} == {rule} and {v.file for v in found} == {name},
                     f"planted in {name}:\n{text[:300]}\nfound: {found}")
    for number, (name, text) in enumerate(INNOCENT, 1):
        found = found_after(files, name, text)
        report.check(f"innocent text {number} is let through", not found, f"{text}\nfound: {found}")


def check_tree(report, tree):
    names = {function: function.__name__.replace("_", " ") for function in rules.RULES}
    for rule, name in names.items():
        found = list(rule(tree))
        report.check(f"the tree keeps the rule: {name}", not found,
                     "\n".join(f"{v.file}:{v.line}: {v.text}" for v in found))
    for violation in rules.long_functions(tree, rules.FUNCTION_LINES_WANTED):
        report.note(f"long: {violation.file}:{violation.line}: {violation.text}")


def check_reading(report, tree):
    """Files of every kind are looked at, and no seeds of fuzzers or objects."""
    wanted = {"Makefile", "CMakeLists.txt", "test/CMakeLists.txt", "include/skep.h", "src/isa/ops.def",
              "tools/check", ".ci/run", "cmake/skep.pc.in", "cmake/bpf.cmake",
              "test/verify/maps.txt", "examples/captures/record.sh", "examples/flows/flows.bpf.c"}
    report.check("files of every kind are read", wanted <= set(tree.files),
                 wanted - set(tree.files))
    odd = [name for name in tree.files if name.endswith((".o", ".pcap")) or "/seeds/" in name]
    report.check("nothing that is no text is read", not odd, odd)


def check_format(report, tree):
    """clang-format's answer changes with its version; .clang-format was written for 14."""
    name = "every C file is formatted"
    program = next((p for p in ("clang-format-14", "clang-format") if shutil.which(p)), None)
    if program is None:
        return report.skip(name, "no clang-format here")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if not re.search(r"version 14\.", version):
        return report.skip(name, f"needs clang-format 14, here is {version.strip()}")
    files = [file for file in tree.files if file.endswith((".c", ".h"))]
    result = subprocess.run([program, "--dry-run", "-Werror", *files], cwd=SOURCE, text=True,
                            capture_output=True)
    report.check(name, result.returncode == 0,
                 "\n".join(re.findall(r"^.*error: code should.*$", result.stderr, re.MULTILINE)))
    crooked = subprocess.run([program, "--dry-run", "-Werror", "--assume-filename=src/x.c"], cwd=SOURCE,
                             input="int  f( int x ){return x;}\n", text=True, capture_output=True)
    report.check("a crooked line is found", crooked.returncode != 0, "clang-format found nothing")


with Report() as report:
    source = rules.Tree.read(SOURCE)
    check_tree(report, source)
    check_reading(report, source)
    check_format(report, source)
    check_rules_bite(report, source)
