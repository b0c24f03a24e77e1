# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, as functions from a tree to what breaks them: which folder may include
which, what the core may not use, where machines, opcodes and numbers may be named, how large files
and functions may grow."""

import re
from collections import namedtuple
from pathlib import Path

Violation = namedtuple("Violation", "rule file line text")

CORE_HEADERS = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "limits.h", "stdatomic.h"}

# Which folders of src/ may include which others. Siblings of one row do not see each other.
BELOW_SPEC = {"base", "isa", "spec"}
MAY_INCLUDE = {
    "base": set(),
    "btf": {"base"},
    "isa": {"base"},
    "spec": {"base", "isa"},
    "load": BELOW_SPEC | {"btf"},
    "verify": BELOW_SPEC,
    "ir": BELOW_SPEC,
    "interp": BELOW_SPEC,
    "map": BELOW_SPEC,
    "helper": BELOW_SPEC,
    "prog": BELOW_SPEC,
    "jit": BELOW_SPEC | {"ir"},
    "mini": BELOW_SPEC | {"interp"},
    "linker": {"base", "isa", "btf", "load"},
    "vm": BELOW_SPEC | {"btf", "linker", "load", "verify", "ir", "interp", "map", "helper", "prog", "jit"},
}
OUTSIDE = ("cli", "port", "examples")  # see skep.h and their own folder, as any embedder

PUBLIC_HEADER = "include/skep.h"
FILE_LINES_MAX = 1200
FUNCTION_LINES_WANTED = 70
FUNCTION_LINES_MAX = 100

BANNED = re.compile(
    r"\b((setjmp|longjmp|malloc|calloc|realloc|free|alloca|abort|exit|assert|atoi|strtol|strtoul"
    r"|v?[snf]*printf|puts|putchar|fopen|str(n?cpy|n?cat|n?len|n?cmp|n?dup|chr|rchr|str|tok))(?=\s*\()"
    r"|(errno|float|double|__int128|__thread|_Thread_local)\b)")
MACHINES = re.compile(
    r"x86|amd64|arm64|aarch64|\barm\b|riscv|rv32|rv64|loongarch|thumb|xtensa|lx106|s390|mips|ppc"
    r"|\b[re](ax|bx|cx|dx|si|di|sp|bp)\b", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CONDITION = re.compile(r"^\s*#\s*(?:el)?if(?:n?def)?\b(.*)")
# Names that compilers define for a machine or a system; our own and those of the six headers do not
# begin with an underscore.
PREDEFINED = re.compile(r"\b(_\w+|linux|unix|i386|NDEBUG|[A-Z]+_BIG_ENDIAN|BYTE_ORDER)\b")
PREDEFINED_ALLOWED = {"__cplusplus", "__STDC_VERSION__"}
# In the verifier, a number compared with an id, or a kind or helper of Linux by name.
IDS = re.compile(r"\bBPF_(?:MAP_TYPE|FUNC|PROG_TYPE)_\w+|(?:\bid|\bimm|->type|\.type)\s*[!=]=\s*[1-9]")
OPCODES = re.compile(r"\bBPF_[A-Z0-9_]+\b")
ROW = re.compile(r"^\s*[A-Z_]+\(\s*\d+\s*,\s*(\w+)", re.MULTILINE)
BACKEND_ROW = re.compile(r"^\s*BACKEND\(\s*(\w+)", re.MULTILINE)


def without_comments(text):
    """The text with comments blanked and lines kept; strings stay."""
    def blank(match):
        return match[0] if match[0][0] in "\"'" else re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', blank, text,
                  flags=re.DOTALL)


def without_strings(text):
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)


def numbered(text):
    return enumerate(text.splitlines(), 1)


FOLDERS = ("include", "src", "cli", "lab", "port", "examples", "test", "bench", "tools", "cmake", ".ci")
# Scripts have no suffix; nor have the seeds of the fuzzers, which are no text.
SUFFIXES = (".c", ".h", ".S", ".ld", ".def", ".txt", ".py", ".cmake", ".in", ".sh", "")
NO_TEXT = "test/fuzz/seeds/"


class Tree:
    """The files of a source tree, read once. Builds and what git ignores stay out."""

    def __init__(self, files):
        self.files = files  # name -> text
        self.code = {name: without_comments(text) for name, text in files.items()
                     if name.endswith((".c", ".h", ".def"))}

    @classmethod
    def read(cls, root):
        root = Path(root)
        paths = [path for place in (*FOLDERS, "CMakeLists.txt", "Makefile")
                 for path in (root / place, *sorted((root / place).rglob("*")))
                 if path.is_file() and path.suffix in SUFFIXES and not path.name.startswith(".")
                 and not path.name.endswith(".skep.h")  # made by the build
                 and not path.relative_to(root).as_posix().startswith(NO_TEXT)]
        return cls({path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
                    for path in paths})

    def sources(self, *folders):
        """(name, code without comments) of C files and headers below the folders."""
        for name, code in self.code.items():
            if name.endswith((".c", ".h")) and name.startswith(tuple(f + "/" for f in folders)):
                yield name, code

    def backends(self):
        """Names of files that belong to one backend, from its rows: src/jit/NAME.c, NAME_*.c, .h."""
        rows = BACKEND_ROW.findall(self.code.get("src/jit/backends.def", ""))
        return [name for name in self.files if name.startswith("src/jit/")
                and any(re.fullmatch(rf"{row}(_\w+)?\.(c|h|def)", Path(name).name) for row in rows)]


def include_violation(name, system, target):
    parts = name.split("/")
    if parts[0] == "src":
        if system:
            return None if target in CORE_HEADERS else "the core has no such header"
        if target == "skep.h":
            return None
        folder = target.split("/")[0] if "/" in target else parts[1]
        if folder == parts[1] or folder in MAY_INCLUDE.get(parts[1], set()):
            return None
        return f"{parts[1]} may not see {folder}"
    if system or target == "skep.h" or "/" not in target:
        return None
    return f"{parts[0]} sees only skep.h and its own folder"


def includes(tree):
    for name, code in tree.sources("src", *OUTSIDE):
        for line, text in numbered(code):
            if match := INCLUDE.match(text):
                reason = include_violation(name, match[1] == "<", match[2])
                if reason:
                    yield Violation("includes", name, line, f"{match[2]}: {reason}")


def folders(tree):
    for name, _ in tree.sources("src"):
        if len(name.split("/")) != 3 or name.split("/")[1] not in MAY_INCLUDE:
            yield Violation("folders", name, 1, "is in none of the folders of the design")


def public_header(tree):
    for name in tree.files:
        if name.startswith("include/") and name != "include/skep.h":
            yield Violation("public-header", name, 1, "skep.h is the only public header")


def conditionals(tree):
    exempt = set(tree.backends())
    for name, code in tree.sources("src"):
        for line, text in numbered(code):
            match = CONDITION.match(text)
            if not match or name in exempt:
                continue
            for word in PREDEFINED.findall(match[1]):
                if word not in PREDEFINED_ALLOWED:
                    yield Violation("conditionals", name, line, f"#if on {word}")


def banned_words(tree):
    for name, code in tree.sources("src"):
        for line, text in numbered(without_strings(code)):
            for match in BANNED.finditer(text):
                # What stands after `->` or `.` is a member, such as the port's free().
                if not text[:match.start()].rstrip().endswith(("->", ".")):
                    yield Violation("banned-words", name, line, match[0])


def verifier_ids(tree):
    # Those that are called like an English word are used as one.
    helpers = {name for name in ROW.findall(tree.code.get("src/spec/helpers.def", ""))
               if "_" in name}
    for name, code in tree.sources("src/verify"):
        for line, text in numbered(code):
            words = IDS.findall(text)
            words += [word for word in re.findall(r"\w+", text) if word in helpers]
            for word in words:
                yield Violation("verifier-ids", name, line, word)


def backend_opcodes(tree):
    for name in tree.backends():
        for line, text in numbered(tree.code[name]):
            for word in OPCODES.findall(text):
                yield Violation("backend-opcodes", name, line, word)


def shared_jit(tree):
    own = set(tree.backends())
    for name, code in tree.sources("src/jit"):
        for line, text in numbered(code):
            for match in MACHINES.finditer(text):
                if name not in own:
                    yield Violation("shared-jit", name, line, f"names the machine {match[0]}")


def functions(code):
    """(first line, lines, name) of every function: with this tree's format a body is what stands
    between a brace in the first column and the next closing one."""
    lines = code.splitlines()
    start = None
    for index, text in enumerate(lines):
        if text.rstrip() == "{":
            start = index
        elif text.startswith("}") and start is not None:
            top = start
            while top > 0 and lines[top - 1].strip() and not lines[top - 1].startswith(("}", "#")):
                top -= 1
            match = re.search(r"(\w+)\s*\(", " ".join(lines[top:start]))
            yield top + 1, index - top + 1, match[1] if match else "?"
            start = None


def long_functions(tree, limit):
    for name, code in tree.sources("include", "src", "cli", "lab", "port", "examples", "test"):
        for line, size, function in functions(code):
            if size > limit:
                yield Violation("function-size", name, line, f"{function}() has {size} lines")


def function_size(tree):
    return long_functions(tree, FUNCTION_LINES_MAX)


def lines_counted(name, text):
    """What the public header says of its declarations is its manual, and no code."""
    if name == PUBLIC_HEADER:
        return sum(1 for line in without_comments(text).splitlines() if line.strip())
    return text.count("\n")


def file_size(tree):
    for name, text in tree.files.items():
        count = lines_counted(name, text)
        # Text tests are tables, which are not read from top to bottom.
        if count > FILE_LINES_MAX and not name.endswith(".txt"):
            yield Violation("file-size", name, count, f"{count} lines")


def licence(tree):
    for name, text in tree.files.items():
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in text.splitlines()[:2]):
            yield Violation("licence", name, 1, "no SPDX line at the top")


def unfinished(tree):
    for name, text in tree.files.items():
        if name.startswith("test/structure/"):
            continue  # names the words
        for line, content in numbered(text):
            if match := UNFINISHED.search(content):
                yield Violation("unfinished", name, line, match[0])


def one_row_files(tree):
    """A map kind and a program type are each a row and a file of that name; a backend too."""
    tables = (("src/spec/maps.def", r"^MAP\(\s*\d+\s*,\s*(\w+)", "src/map"),
              ("src/spec/progs.def", r"^PROG\(\s*\d+\s*,\s*(\w+)", "src/prog"),
              ("src/jit/backends.def", r"^BACKEND\(\s*(\w+)", "src/jit"))
    for table, row, folder in tables:
        for name in re.findall(row, tree.code.get(table, ""), re.MULTILINE):
            if f"{folder}/{name}.c" not in tree.files:
                yield Violation("one-row", table, 1, f"row {name} has no {folder}/{name}.c")


RULES = (includes, folders, public_header, conditionals, banned_words, verifier_ids, backend_opcodes,
         shared_jit, function_size, file_size, licence, unfinished, one_row_files)


def violations(tree):
    return [violation for rule in RULES for violation in rule(tree)]
