#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""The kernels of the benchmark return the same on every engine there is here, and where Python's
library or a few lines of it know better than we do, the right thing; and what skep-bench prints."""

import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

BENCH = BUILD / "skep-bench"


def bench(*arguments, **environment):
    return subprocess.run([BENCH, *arguments], capture_output=True, text=True, timeout=300,
                          env={**os.environ, **environment})


def noise(size):
    """What the kernels' inputs are filled with."""
    state, found = 2463534242, bytearray()
    for _ in range(size):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        found.append(state >> 24)
    return bytes(found)


def fletcher32(data):
    sum1 = sum2 = 0xFFFF
    for at in range(0, len(data), 2):
        sum1 = (sum1 + int.from_bytes(data[at:at + 2], "little") - 1) % 0xFFFF + 1
        sum2 = (sum2 + sum1 - 1) % 0xFFFF + 1
    return sum2 << 16 | sum1


def inet_checksum(data):
    total = sum(int.from_bytes(data[at:at + 2], "little") for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return (value ^ value >> 32) % 2**32


def primes(limit):
    found = [n for n in range(2, limit) if all(n % d for d in range(2, int(n**0.5) + 1))]
    return sum(found) ^ len(found) << 20


def sort(count):
    data = noise(4 * count)
    value = 0
    for number in sorted(int.from_bytes(data[at:at + 4], "little") for at in range(0, len(data), 4)):
        value = (value * 31 + number) % 2**32
    return value


KNOWN = {
    "empty": 1,
    "adler32": zlib.adler32(noise(1024)),
    "crc32": zlib.crc32(noise(1024)),
    "fletcher32": fletcher32(noise(360)),
    "inet_checksum": inet_checksum(noise(1480)),
    "fnv1a": fnv1a(noise(1024)),
    "sieve": primes(2048),
    "insertion_sort": sort(64),
    "heap_sort": sort(128),
}


def rows():
    text = (SOURCE / "bench" / "kernels.def").read_text()
    return re.findall(r"^KERNEL_ROW\((\w+)", text, re.MULTILINE)


def check_results(report):
    names = rows()
    files = sorted(path.name.removesuffix(".bpf.c")
                   for path in (SOURCE / "bench" / "kernels").glob("*.bpf.c"))
    report.check("every kernel has a row", files == sorted(names), f"{files}\n{names}")
    report.check("there are at least 12 kernels", len(names) > 12, str(names))
    result = bench("--check", UBPF="")
    found = {words[0]: words[1:] for words in map(str.split, result.stdout.splitlines())}
    report.check("all engines agree on all kernels", result.returncode == 0 and list(found) == names,
                 result.stdout + result.stderr)
    for name in names:
        value, *engines = found.get(name, ["0"])
        report.check(f"{name}: native code and the interpreter took part",
                     engines[:2] == ["native", "interp"], str(engines))
        if name in KNOWN:
            report.check(f"{name}: the result is right", int(value, 16) == KNOWN[name],
                         f"{value}, known: {KNOWN[name]:#x}")


def check_output(report):
    result = bench("--json", "--rounds", "1", "--kernel", "fletcher32", UBPF="")
    whole = json.loads(result.stdout)
    (kernel,) = whole["kernels"]
    report.check("--json gives one object with the kernel asked for",
                 result.returncode == 0 and kernel["name"] == "fletcher32"
                 and kernel["result"] == KNOWN["fletcher32"], result.stdout + result.stderr)
    report.check("the instructions executed are counted: 180 times 8 in the loop, and around it",
                 1440 < kernel["insns"] < 1500, str(kernel["insns"]))
    report.check("times are positive and ratios are quotients of them",
                 kernel["ns"]["native"] > 0 and kernel["ns_per_insn"] > 0
                 and abs(kernel["interp_native"] * kernel["ns"]["native"] / kernel["ns"]["interp"] - 1)
                 < 0.01, result.stdout)
    report.check("what was not measured is null", kernel["ns"]["ubpf"] is None
                 and kernel["ubpf_interp"] is None, result.stdout)
    result = bench("--rounds", "1", "--kernel", "murmur3", UBPF="/nonexistent/libubpf.so")
    lines = result.stdout.splitlines()
    report.check("the table has a head, the kernel and its means", result.returncode == 0
                 and [line.split()[0] for line in lines[:4]] == ["kernel", "murmur3", "geometric", "largest"],
                 result.stdout)
    report.check("a library that is not there is named", "no times of ubpf: /nonexistent/libubpf.so" in
                 result.stdout, result.stdout)


def check_usage(report):
    for arguments in (["--rounds", "0"], ["--rounds", "x"], ["--rounds"], ["--kernel", "none"], ["x"]):
        result = bench(*arguments)
        report.check(f"bad usage: {' '.join(arguments)}", result.returncode == 2
                     and result.stderr.startswith("usage: ") and not result.stdout, result.stderr)
    result = bench("--help")
    report.check("--help", result.returncode == 0 and "example:" in result.stdout, result.stdout)


with Report() as report:
    check_results(report)
    check_output(report)
    check_usage(report)
