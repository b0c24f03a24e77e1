#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs that see the kernel's structures, verified against the BTF of a made-up kernel, and values
with parts that only helpers may touch."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import Report, built, skep

REASONS = {
    "no_two_members": "8 bytes at offset 4 of struct thing is not of one member",
    "no_across_elements": "8 bytes at offset 12 of struct thing is not of one member",
    "no_half_pointer": "loads 4 bytes of a pointer in struct thing",
    "no_past_end": "at offset 88 of struct thing is not of one member",
    "no_before": "at offset -8 of struct thing is not of one member",
    "no_moved_by_any": "nothing may be added to it",
    "no_number": "is a number, not an address",
    "no_user": "is a number, not an address",
    "no_write": "is a pointer to struct thing, which has no bytes to read or write",
    "no_atomic": "memory that has no atomic accesses",
    "no_half_argument": "a load of 4 bytes at offset 0 of the context of type tracing",
    "no_fourth_argument": "at offset 24 of the context of type tracing",
    "no_null_argument": "r1 may be null: it is a pointer to struct task_struct or null",
    "no_third": "at offset 16 of the context of type tracing",
    "no_doubted": "r1 may be null: it is a pointer to struct thing or null",
    "no_iterator_end": "r1 may be null: it is a pointer to struct thing or null",
    "no_stack_of_thing": "a struct task_struct that the program was given",
    "no_stack_of_loaded": "a struct task_struct that the program was given",
    "no_memory": "which has no bytes to read or write",
    "no_result": "a number from 0 to 0",
    "no_lsm_result": "a number from -4095 to 0",
    "unsupported_name": '"not_there", which the kernel\'s BTF does not have',
    "no_lock_written": "touches bytes 8 to 11 of a value of map locked",
    "no_lock_read": "touches bytes 8 to 11 of a value of map locked",
    "no_object": "touches bytes 16 to 23 of a value of map locked",
}
VERDICTS = {"yes": "accept", "no": "reject", "unsupported": "unsupported"}

with Report() as report:
    done = skep("verify", built("traced"), "--btf", built("traced_kernel"), "--json")
    rows = json.loads(done.out)
    report.check("every program is judged", len(rows) >= 45, done)
    for row in rows:
        name = row["program"]
        wanted = VERDICTS[name.split("_")[0]]
        report.check(name, row["verdict"] == wanted and
                     REASONS.get(name, "") in (row["reason"] or ""), row)
        report.check(f"{name} has a reason to be so", (name in REASONS) == (wanted != "accept"))
    report.check("no reason is left over", set(REASONS) <= {row["program"] for row in rows})
