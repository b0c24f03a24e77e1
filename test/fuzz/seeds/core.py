#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds of core_fuzz from the test objects of a build: objects, each with a target and a
configuration. Only sections that are read are kept."""

import struct
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "core"
CONFIG = b"LINUX_KERNEL_VERSION=0x60603\nCONFIG_TRI=m\nCONFIG_NAME=\"skep\"\nCONFIG_SMALL=300\nCONFIG_NEGATIVE=-7\n"
SEEDS = {"app_moved": ("core_app.o", "core_target_moved.o"),
         "app_none": ("core_app.o", "core_target_none.o"),
         "app_twice": ("core_app.o", "core_target_twice.o"),
         "app_alone": ("core_app.v1.o", None),
         "app_big": ("core_app.eb.o", "core_target_moved.o"),
         "extern": ("core_extern.o", "core_target_none.o"),
         "local": ("core_local.o", None)}


def objcopy(*arguments):
    subprocess.run(["llvm-objcopy-19", *map(str, arguments)], check=True)


def main():
    objects = Path(sys.argv[1]) / "test" / "objects"
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain, types = Path(folder) / "plain.o", Path(folder) / "types.btf"
        for name, (source, target) in SEEDS.items():
            btf = b""
            if target:
                objcopy(f"--dump-section=.BTF={types}", objects / target, plain)
                btf = types.read_bytes()
            objcopy("--remove-section=.debug*", "--remove-section=.rel.debug*",
                    "--remove-section=.llvm_addrsig", objects / source, plain)
            seed = struct.pack("<II", len(btf), len(CONFIG)) + btf + CONFIG + plain.read_bytes()
            (FOLDER / name).write_bytes(seed)


main()
