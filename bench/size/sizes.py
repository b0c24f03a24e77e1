#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sizes.py [--bless] [BUILD]: what a firmware gets that links a profile and drops what it does not
use, in bytes, compared with sizes.txt. --bless writes sizes.txt anew.

    text     code and constants of skep
    runtime  code of the compiler's library that it calls, such as 64-bit division
    data     variables with a value; bss: without one
    stack1   stack of a run whose only call level uses its 512 bytes; stack8: of eight levels with 64
    loading  memory taken at most while the kernel fletcher32 is loaded and verified
    program  memory taken by a program that may run, its stack apart

Profiles: `full`, the whole runtime; `mini`, the structure check and runs that are checked; `trusted`,
the same with runs of what was verified elsewhere. Instructions of the latter two stay in flash.

Exit status 1: a limit or the table does not hold, 2: something is not built."""

import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("sizes.txt")
sys.path.insert(0, str(SOURCE / "bench" / "count"))
import counts

COLUMNS = ("text", "runtime", "data", "bss", "stack1", "stack8", "loading", "program")
PROFILES = ("full", "mini", "trusted")
# Growth allowed over the table, of each number and in bytes: the whole runtime moves more.
GROWTH = {"full": 0.05, "mini": 0.01, "trusted": 0.01}
GROWTH_BYTES = 16
LIMITS = {("cortex-m4", "mini", "text"): 6 * 1024 - 1, ("cortex-m4", "mini", "program"): 663}

# A line of a linker's map: section, address, size, file. Long names have a line of their own.
MAPPED = re.compile(r"^ (\.\S+)(?:\n\s+|\s+)0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$", re.MULTILINE)
OUTPUT = re.compile(r"^(\.\w+)\s+0x[0-9a-f]+\s+0x[0-9a-f]+", re.MULTILINE)


def linked(path):
    """Bytes in each output section by the archive or object they came from: {(section, file): size}."""
    text = path.read_text()
    text = text[text.index("Linker script and memory map"):]
    found = {}
    starts = list(OUTPUT.finditer(text))
    for start, end in zip(starts, [*starts[1:], None]):
        for match in MAPPED.finditer(text, start.end(), end.start() if end else len(text)):
            file = Path(match[4].split("(")[0]).name
            if int(match[2], 16):
                key = (start[1], file)
                found[key] = found.get(key, 0) + int(match[3], 16)
    return found


def section_sizes(build, preset, profile):
    path = build / preset / "size" / f"{profile}.map"
    if not path.exists():
        raise counts.NotBuilt(f"{path} is not built")
    sizes = dict.fromkeys(("text", "runtime", "data", "bss"), 0)
    for (section, file), size in linked(path).items():
        if section == ".text" and file == "libgcc.a":
            sizes["runtime"] += size
        elif section in (".text", ".data", ".bss") and file.startswith("libskep"):
            sizes[section[1:]] += size
    return sizes


def stack_sizes(build, preset, profile):
    """Measured where instructions are counted too."""
    image, subject = {"full": ("full", "threaded"), "mini": ("mini", "mini"),
                      "trusted": ("mini", "trusted")}[profile]
    found = {count.subject: count.stack for count in counts.count_image(build, preset, image)}
    return {"stack1": found[f"{subject}-1-level"], "stack8": found[f"{subject}-8-levels"]}


def memory_sizes(build, preset, profile):
    """None where there is no such thing, or the board has too little memory for it. Firmware with
    MINI keeps all of a program in one variable."""
    if profile != "full":
        text = (build / preset / "size" / f"{profile}.map").read_text()
        size = re.search(r"^ \.bss\.program\s+0x\w+\s+0x(\w+)", text, re.MULTILINE)[1]
        return {"loading": None, "program": int(size, 16)}
    path = build / preset / "size" / "memory.elf"
    if not path.exists():
        raise counts.NotBuilt(f"{path} is not built")
    result = subprocess.run([*counts.command(preset), str(path)],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    match = re.search(r"^ram: (\d+) (\d+)\s*$", result.stdout, re.MULTILINE)
    if match is None and "no memory left" not in result.stdout:
        raise RuntimeError(f"{path} failed:\n{result.stdout}{result.stderr}")
    return dict(zip(("loading", "program"), map(int, match.groups()) if match else (None, None)))


def measure_one(build, preset, profile):
    return {**section_sizes(build, preset, profile), **stack_sizes(build, preset, profile),
            **memory_sizes(build, preset, profile)}


def measure(build):
    """{(preset, profile): {column: bytes or None}}."""
    return {(preset, profile): measure_one(build, preset, profile)
            for preset in counts.BOARDS for profile in PROFILES}


def read_table():
    return {tuple(words[:2]): dict(zip(COLUMNS, (None if w == "-" else int(w) for w in words[2:])))
            for words in map(str.split, counts.table_lines(TABLE))}


def line(names, values):
    cells = "".join(f"{'-' if value is None else value:>9}" for value in values)
    return f"{names[0]:<11}{names[1]:<8}{cells}"


def write_table(rows):
    counts.write_lines(TABLE, [
        "# SPDX-License-Identifier: Apache-2.0",
        "# Bytes that firmware pays for a profile; bench/size/sizes.py says what the columns are.",
        "# Written by `make bless`, compared by `make check`, printed by `make size`.",
        line(("# preset", "profile"), COLUMNS)],
        [line(names, (row[c] for c in COLUMNS)) for names, row in rows.items()])


def problems(rows):
    """Sentences about what does not hold; growth only with the compiler that the table is from."""
    table = read_table()
    if not table:
        yield f"{TABLE.name} is missing; `make bless` makes it"
    for (preset, profile), row in rows.items():
        for column in COLUMNS:
            found, name = row[column], f"{column} of {profile} on {preset}"
            most = LIMITS.get((preset, profile, column))
            if most is not None and found > most:
                yield f"{name}: {found} bytes, limit {most}"
            if not table or not counts.same_compiler(TABLE, preset):
                continue
            wanted = table.get((preset, profile), {}).get(column)
            if (found is None) != (wanted is None):
                yield f"{name}: {found}, {wanted} in {TABLE.name}; `make bless` renews it"
            elif found is not None and found > wanted * (1 + GROWTH[profile]) + GROWTH_BYTES:
                yield (f"{name}: {found} bytes, {wanted} in {TABLE.name}; make it smaller, or renew "
                       f"the table with `make bless` and say why")


def main(arguments):
    return counts.run(arguments, measure, print_rows, write_table, problems)


def print_rows(rows):
    print(line(("preset", "profile"), COLUMNS))
    for names, row in rows.items():
        print(line(names, (row[c] for c in COLUMNS)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
