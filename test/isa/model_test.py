# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""The tables in test/isa/*.txt are what tables.py writes today, so that every result in them is the
model's; the model agrees with a few results that the RFC and Linux's documents spell out; and
all files together fit a chip's flash."""

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(os.environ.get("SKEP_SOURCE", Path(__file__).resolve().parents[2]))
ISA = SOURCE / "test" / "isa"
sys.path[:0] = [str(SOURCE / "test" / "harness"), str(ISA)]

import model
from ktap import Report

M64 = (1 << 64) - 1
BYTES_MAX = 600 * 1024

# (instructions, registers and cells before, what must be after), from the text of RFC 9669 or, where
# it says nothing, of Linux's Documentation/bpf.
SPELT_OUT = [
    # 4.1: division by zero, modulo by zero, the smallest number by -1
    ("r{d} /= r{s}", {"d": 7, "s": 0}, {"d": 0}),
    ("r{d} %= r{s}", {"d": 7, "s": 0}, {"d": 7}),
    ("w{d} %= w{s}", {"d": M64, "s": 1 << 32}, {"d": 0xFFFFFFFF}),
    ("r{d} s/= r{s}", {"d": 1 << 63, "s": M64}, {"d": 1 << 63}),
    ("r{d} s%= r{s}", {"d": 1 << 63, "s": M64}, {"d": 0}),
    ("w{d} s/= w{s}", {"d": 1 << 31, "s": 0xFFFFFFFF}, {"d": 1 << 31}),
    # 4.1: -13 s% 3 is -1, truncated division
    ("r{d} s%= {k}", {"d": M64 - 12, "k": 3}, {"d": M64}),
    ("r{d} s/= {k}", {"d": M64 - 12, "k": 3}, {"d": M64 - 3}),
    # 4.1: w0 = -1 sets 0xffffffff, r0 = -1 all bits; counts are taken modulo the width
    ("w{d} = {k}", {"d": 0, "k": -1}, {"d": 0xFFFFFFFF}),
    ("r{d} = {k}", {"d": 0, "k": -1}, {"d": M64}),
    ("r{d} <<= r{s}", {"d": 1, "s": 65}, {"d": 2}),
    ("w{d} s>>= w{s}", {"d": 0x80000000, "s": 36}, {"d": 0xF8000000}),
    ("w{d} = (s8)w{s}", {"s": 0x80}, {"d": 0xFFFFFF80}),
    # 4.2: 0x12345678 becomes 0x78563412
    ("r{d} = bswap32 r{d}", {"d": 0x12345678}, {"d": 0x78563412}),
    # 4.3: unsigned and signed comparison
    ("if r{d} > r{s} goto", {"d": M64, "s": 1}, {"taken": 1}),
    ("if r{d} s> r{s} goto", {"d": M64, "s": 1}, {"taken": 0}),
    ("if w{d} == w{s} goto", {"d": 1 << 32, "s": 0}, {"taken": 1}),
    # 5.3: the old value comes back, extended with zeros
    ("r{s} = atomic_fetch_add((u32 *)(r{d} {o}), r{s})", {"d": 8, "s": M64, "m32": 1}, {"s": 1, "m32": 0}),
    ("r0 = atomic64_cmpxchg((u64 *)(r{d} {o}), r0, r{s})", {"d": 8, "s": 5, "r0": 1, "m64": 2}, {"r0": 2, "m64": 2}),
]


def main():
    with Report() as report:
        found = subprocess.run(
            [sys.executable, str(ISA / "tables.py"), "--check"], capture_output=True, text=True
        )
        report.check("the tables are the model's", found.returncode == 0, found.stdout + found.stderr)
        for text, before, wanted in SPELT_OUT:
            after = model.evaluate(text, before)
            report.check(
                f"{text} of {before}",
                all(after[name] == value for name, value in wanted.items()),
                f"{after}, wanted {wanted}",
            )
        size = sum(path.stat().st_size for path in ISA.glob("*.txt"))
        report.check("the files fit a chip's flash", size <= BYTES_MAX, f"{size} bytes")


main()
