#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Objects that are not what a compiler wrote, through every generator: each single byte of one
changed, and names in it that no compiler would give. Whatever is written compiles; what is refused
gets a sentence."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from compilers import COMPILERS, cache, compile_text, is_there
from tool import SKEP, Done, Report, built, one_sentence

GCC = COMPILERS[0]
SAMPLE = 60  # every so many of what was written is compiled
KINDS = ("skeleton", "header", "go")

# Of the same length as the name that they take the place of.
HOSTILE = {
    b"unused_record": (b"*/ int x; /*\\", b"a\nb#error ab\n", b"?" + b"?/\n" * 4, b"\xff" * 13,
                       b"SKEP_VERSION_", b"class\"\"%s%n{}", b"static_assert"),
    b"tight": (b"class", b"union", b"__asm", b"typed", b"gaps\t", b"12345", b"color", b"%s%n%", b"\\u00e"),
    b"WIDE_TOP": (b"register", b"a b c d ", b"*/@{};'\"", b"GREEN_RE", b"NULL,NUL"),
    b"corners": (b"counter", b"default", b"fun c()"),
}


def generate(kind, path):
    """Sentences may have names in them that are no UTF-8."""
    done = subprocess.run([SKEP, "gen", kind, path, "-n", "x"], capture_output=True, text=True,
                          errors="replace", check=False, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


def is_answer(done):
    return (done.status == 0 and done.err == "") or one_sentence(done, 2)


def compiles(kind, text, folder, compilers=(GCC,)):
    """What is said against it; "" if nothing. Skeletons are headers."""
    if kind != "go":
        (folder / "written.h").write_text(text)
        return "".join(compile_text(compiler, '#include "written.h"\n', folder)
                       for compiler in compilers if is_there(compiler))
    if shutil.which("gofmt") is None:
        return ""
    done = subprocess.run(["gofmt", "-e"], input=text, capture_output=True, text=True, check=False)
    return done.stderr


def check_bytes(report, path, folder):
    original = path.read_bytes()
    changed = folder / "changed.o"
    wrong, said, written = [], [], 0
    for at in range(0, len(original), 20 if cache("SKEP_SANITIZE") else 1):
        data = bytearray(original)
        data[at] ^= (at * 37 % 255) + 1
        changed.write_bytes(data)
        kind = KINDS[at % len(KINDS)]
        done = generate(kind, changed)
        if not is_answer(done):
            wrong.append((at, kind, done.status, done.err[-300:]))
        elif done.status == 0:
            written += 1
            if written % SAMPLE == 0:
                answer = compiles(kind, done.out, folder)
                if answer:
                    said.append((at, kind, answer[:500]))
    report.note(f"{len(original)} bytes, {written} written, {written // SAMPLE} compiled")
    report.check("a changed byte: written, or refused in a sentence", not wrong, wrong[:5])
    report.check("what is written compiles", not said and written > SAMPLE, said[:5])


def check_names(report, path, folder):
    original = path.read_bytes()
    changed = folder / "named.o"
    seen = 0
    for name, replacements in HOSTILE.items():
        assert name in original, name
        for hostile in replacements:
            assert len(hostile) == len(name), (name, hostile)
            changed.write_bytes(original.replace(name + b"\0", hostile + b"\0"))
            for kind in KINDS:
                done = generate(kind, changed)
                report.check(f"gen {kind}: {name.decode()} is {hostile!r}: an answer",
                             is_answer(done), done)
                if done.status != 0:
                    continue
                seen += 1
                answer = compiles(kind, done.out, folder,
                                  COMPILERS[0:4] if kind == "header" else COMPILERS[0:1])
                report.check(f"gen {kind}: {name.decode()} is {hostile!r}: compiles", answer == "",
                             answer)
    report.check("some of them were written", seen > 10, seen)


def main():
    with Report() as report, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small.o"
        # Without what the loader does not read.
        subprocess.run(["llvm-objcopy-19", "-g", "-R", ".rel.BTF.ext", "-R", ".BTF.ext", "-R",
                        ".llvm_addrsig", built("gen_types"), small], check=True)
        check_names(report, small, folder)
        check_bytes(report, small, folder)


main()
