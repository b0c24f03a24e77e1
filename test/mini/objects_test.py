#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""What a program gets from libskep-mini: only the execution that it calls, texts only if it prints
them, nothing of the runtime, and no function of a C library but the four for memory."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

MEMORY = {"memcpy", "memmove", "memset", "memcmp"}
CHECKED = """
#include <skep.h>
int use(const struct skep_mini *mini, uint8_t *marks, void *stack, struct skep_mini_stop *stop);
int use(const struct skep_mini *mini, uint8_t *marks, void *stack, struct skep_mini_stop *stop)
{
	uint64_t r0 = 0;

	if (skep_mini_check(mini, marks, stop) < 0)
		return -1;
	return skep_mini_run(mini, 0, stack, SKEP_MINI_STACK_BYTES(8), &r0, stop);
}
"""
TRUSTED = """
#include <skep.h>
uint64_t use(const struct skep_mini *mini);
uint64_t use(const struct skep_mini *mini)
{
	return skep_mini_run_trusted(mini, 0);
}
"""


def cache(name):
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def link(folder, name, text):
    """Everything that `use` needs, as one object: (defined names, undefined names)."""
    source, output = folder / f"{name}.c", folder / f"{name}.o"
    source.write_text(text)
    subprocess.run([cache("CMAKE_C_COMPILER") or "cc", "-std=c11", "-O2", "-ffreestanding",
                    f"-I{SOURCE / 'include'}", source, BUILD / "libskep-mini.a", "-r", "-nostdlib",
                    "-o", output], check=True)
    lines = subprocess.run(["nm", output], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^[0-9a-f ]{16} (\w) (\w+)$", lines, re.MULTILINE)
    return ({name for kind, name in names if kind != "U"},
            {name for kind, name in names if kind == "U"})


with Report() as report, tempfile.TemporaryDirectory() as name:
    defined, undefined = link(Path(name), "checked", CHECKED)
    report.check("checked: it is whole", undefined - {"_GLOBAL_OFFSET_TABLE_"} <= MEMORY, undefined)
    report.check("checked: without the other execution and texts",
                 "skep_machine_run" in defined and
                 not defined & {"skep_interp_run", "skep_trap_found", "skep_isa_fault_text"},
                 defined)
    trusted, undefined = link(Path(name), "trusted", TRUSTED)
    report.check("trusted: it is whole", undefined - {"_GLOBAL_OFFSET_TABLE_"} <= MEMORY, undefined)
    report.check("trusted: without the other execution and the structure check",
                 "skep_interp_run" in trusted and
                 not trusted & {"skep_machine_run", "skep_isa_check_flat"}, trusted)
    both = defined | trusted
    report.check("nothing of the runtime, the log, the loader or the verifier",
                 not [name for name in both
                      if re.match(r"skep_(vm|runtime|object|load_|verify|jit|log|fail|format|arena)",
                                  name)], both)
