#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""counts.py [--bless] [BUILD]: counts the instructions that emulated boards execute, with the plugin for
QEMU beside this file, prints them with their limits and compares them with counts.txt. A count is the
same in every run; with another compiler it may differ. --bless writes counts.txt anew. Exit status 1:
a limit or the table does not hold, 2: something is not built."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("counts.txt")
BOARDS = {"cortex-m4": "mps2-an386", "rv32imac": "virt-rv32", "lx106": "esp8266"}
IMAGES = ("check", "full", "full-O2", "mini")
TOLERANCE = 0.02  # of a count, against the table

# At most this many instructions: of a run, or for each BPF instruction that is checked.
LIMITS = {
    ("cortex-m4", "threaded-fletcher32"): 20000,
    ("rv32imac", "threaded-fletcher32"): 20000,
    ("lx106", "threaded-fletcher32"): 25000,
}
# The structure check, by preset. Programs with a limit of their own: `empty` has two instructions, and
# `calls` four functions of eight, so that what a program and a function cost to begin is most of it.
LIMITS_EACH = {"cortex-m4": 25}
LIMITS_EACH_SMALL = {"check-empty": 75, "check-calls": 35}

Count = namedtuple("Count", "preset image subject count insns stack")
LINE = re.compile(r"^count: (\S+) (\d+) (\d+)( wrong)?\s*$", re.MULTILINE)


class NotBuilt(Exception):
    pass


def command(preset):
    """The emulator of the preset's board, to be followed by an image."""
    text = (SOURCE / "port" / "board" / "boards.def").read_text()
    row = re.search(rf"^BOARD\({BOARDS[preset]},[^)]*\)", text, re.MULTILINE)[0]
    found = row.rstrip(")").split(",")[-1].split()
    if shutil.which(found[0]) is None:
        raise NotBuilt(f"there is no {found[0]} here")
    return found


def marks(image):
    """The addresses between which is counted."""
    text = subprocess.run(["llvm-nm-19", str(image)], capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"^([0-9a-f]+) \w skep_count_(begin|end)$", text, re.MULTILINE)[i][::-1]
                 for i in range(2))
    thumb = 1 if "cortex-m4" in str(image) else 0  # the lowest bit of an address says so
    return [int(found[name], 16) & ~thumb for name in ("begin", "end")]


def count_image(build, preset, image):
    """What one image counts. That of an empty function, the first, is in all and taken off."""
    path, plugin = build / preset / "count" / f"{image}.elf", build / "bench" / "libskep-count.so"
    for needed in (path, plugin):
        if not needed.exists():
            raise NotBuilt(f"{needed} is not built")
    begin, end = marks(path)
    with tempfile.NamedTemporaryFile("r") as log:
        result = subprocess.run(
            [*command(preset), str(path), "-d", "plugin", "-D", log.name,
             "-plugin", f"{plugin},begin={begin:#x},end={end:#x}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        counts = [int(line) for line in log.read().split()]
    lines = LINE.findall(result.stdout)
    if result.returncode or len(lines) != len(counts) or not lines or any(line[3] for line in lines):
        raise RuntimeError(f"{path} failed: status {result.returncode}, {len(counts)} counts\n"
                           f"{result.stdout}{result.stderr}")
    return [Count(preset, image, subject, count - counts[0], int(insns), int(stack))
            for (subject, insns, stack, _), count in zip(lines[1:], counts[1:])]


def count_all(build):
    return [count for preset in BOARDS for image in IMAGES
            for count in count_image(build, preset, image)]


def limit(count):
    """(what is limited, its limit), or (None, None)."""
    key = (count.preset, count.subject)
    if key in LIMITS:
        return count.count, LIMITS[key]
    if not count.subject.startswith("check-") or count.preset not in LIMITS_EACH:
        return None, None
    each = LIMITS_EACH[count.preset]
    return count.count / count.insns, LIMITS_EACH_SMALL.get(count.subject, each)


def table_lines(table):
    """The lines of a committed table that are no comments."""
    text = table.read_text() if table.exists() else ""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def write_lines(table, head, lines):
    """Writes a table with the compilers that it is for."""
    compilers = [f"#compiler {preset} {compiler(preset)}" for preset in BOARDS]
    table.write_text("\n".join([*head, *compilers, *lines]) + "\n")


def compiler(preset):
    """Which compiler a preset uses, and its version."""
    toolchain = (SOURCE / "cmake" / "toolchain" / f"{preset}.cmake").read_text()
    name = re.search(r"set\(CMAKE_C_COMPILER (\S+)\)", toolchain)[1]
    version = subprocess.run([name, "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    return f"{name} {version}"


def same_compiler(table, preset):
    text = table.read_text() if table.exists() else ""
    found = re.search(rf"^#compiler {preset} (.*)$", text, re.MULTILINE)
    return found is None or found[1] == compiler(preset)


def read_table():
    """Count by (preset, image, subject)."""
    return {tuple(words[:3]): int(words[3]) for words in map(str.split, table_lines(TABLE))}


def write_table(counts):
    write_lines(TABLE, [
        "# SPDX-License-Identifier: Apache-2.0",
        "# Instructions executed on emulated boards: preset, image, subject, count. Written by",
        "# `make bless`, compared by `make check`, printed with their limits by `make count`."],
        [f"{c.preset:<10} {c.image:<8} {c.subject:<20} {c.count:>7}" for c in counts])


def problems(counts):
    """Sentences about what does not hold. The table is for one version of each compiler; with another
    only the limits count."""
    table = read_table()
    if not table:
        yield f"{TABLE.name} is missing; `make bless` makes it"
    for count in counts:
        name = f"{count.subject} on {count.preset} ({count.image})"
        found, most = limit(count)
        if most is not None and found > most:
            yield f"{name}: {found:.1f} instructions, limit {most}"
        wanted = table.get(count[:3])
        if table and same_compiler(TABLE, count.preset) and (
                wanted is None or abs(count.count - wanted) > TOLERANCE * wanted):
            yield f"{name}: {count.count} instructions, {wanted} in {TABLE.name}; `make bless` renews it"


def print_counts(counts):
    print(f"{'preset':<11}{'image':<9}{'subject':<20}{'instructions':>12}{'each':>8}{'limit':>8}")
    for count in counts:
        # What a run costs is for the instructions it executes, and these are counted otherwise.
        each = f"{count.count / count.insns:.1f}" if count.subject.startswith(("check", "prep")) else ""
        _, most = limit(count)
        print(f"{count.preset:<11}{count.image:<9}{count.subject:<20}{count.count:>12}{each:>8}"
              f"{most or '':>8}")


def run(arguments, measure, show, write, judge):
    """What a script beside a table does: measure, show, renew the table if asked, judge."""
    paths = [argument for argument in arguments if argument != "--bless"]
    try:
        found = measure(Path(paths[0]) if paths else SOURCE / "build")
    except NotBuilt as reason:
        print(reason, file=sys.stderr)
        return 2
    show(found)
    bless = "--bless" in arguments
    if bless:
        write(found)
    sentences = list(judge(found))
    print("\n".join(sentences), end="\n" if sentences else "")
    return 1 if sentences and not bless else 0


def main(arguments):
    return run(arguments, count_all, print_counts, write_table, problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
