#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""insns.py OBJECT OUTPUT: the instructions of the object's program, section `xdp`, and behind them the
functions that it calls, section `.text`, as raw bytes. Calls from one section to the other are linked;
what refers to maps and variables stays as clang left it."""

import json
import struct
import subprocess
import sys
from pathlib import Path

CALL = struct.Struct("<BBhi")


def sections(path):
    """What llvm-readobj says of each section, by name."""
    text = subprocess.run(["llvm-readobj-19", "--elf-output-style=JSON", "--sections",
                           "--section-relocations", "--expand-relocs", path],
                          capture_output=True, text=True, check=True).stdout
    return {row["Section"]["Name"]["Name"]: row["Section"] for row in json.loads(text)[0]["Sections"]}


def main(path, output):
    found, data = sections(path), Path(path).read_bytes()
    program, functions = (data[found[name]["Offset"]:][:found[name]["Size"]]
                          for name in ("xdp", ".text"))
    insns = bytearray(program + functions)
    for row in found.get(".relxdp", {}).get("Relocations", []):
        relocation = row["Relocation"]
        at = relocation["Offset"]
        if relocation["Type"]["Name"] == "R_BPF_64_32":
            code, registers, offset, target = CALL.unpack_from(insns, at)
            CALL.pack_into(insns, at, code, registers, offset, (len(program) - at) // 8 + target)
    Path(output).write_bytes(insns)


if __name__ == "__main__":
    main(*sys.argv[1:])
