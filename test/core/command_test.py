#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--btf and --kconfig, and what stands for them when they are not given: the running kernel."""

import gzip
import os
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import Report, built, engines, skep, skep_json

CONFIG = b"CONFIG_ON=y\nCONFIG_TRI=m\nCONFIG_LETTER=m\nCONFIG_HEX=0x123456789abcdef0\n" \
         b"CONFIG_NEGATIVE=-7\nCONFIG_SMALL=9\nCONFIG_NAME=\"skep\"\n"


def check_btf(report, folder):
    moved = built("core_target_moved")
    done = skep("verify", built("core_app"), "--prog", "offsets", "--btf", moved)
    report.check("verify takes a target", done.status == 0, done)
    done = skep("verify", built("core_app"), "--prog", "unguarded", "--btf", moved)
    report.check("and names the field that it lacks", done.status == 1 and
                 "field gone.a does not exist in the target BTF" in done.err, done)
    done = skep("verify", built("core_app"), "--prog", "offsets")
    report.check("the running kernel has no struct host", done.status == 1 and
                 "does not exist in the target BTF" in done.err, done)
    done = skep("dis", built("core_app"), "--prog", "far", "--btf", moved)
    report.check("dis shows what it is fitted to", done.status == 0 and "40004" in done.out, done)
    done = skep("dis", built("core_local"), "--btf", folder / "absent")
    report.check("a target that is not there", done.status == 2 and "absent" in done.err, done)
    (folder / "text").write_text("no types\n")
    done = skep("dis", built("core_app"), "--btf", folder / "text")
    report.check("a target that is none", done.status == 2 and "header" in done.err, done)


def check_runs(report, folder):
    """As in core_moved.h: port is 16 bits after id, either, three inners of 12 bytes and two bytes."""
    frame = bytearray(1024)
    struct.pack_into("<QQI", frame, 0, 5, 70, 600)
    struct.pack_into("<H", frame, 58, 8000)
    (folder / "frame").write_bytes(frame)
    names, why = engines()
    for engine in ("interp", "jit", "kernel"):
        if engine not in names:
            report.skip(f"{engine} reads moved fields", why or "not on this machine")
            continue
        facts = skep_json("run", built("core_app"), "--prog", "offsets", "--btf",
                          built("core_target_moved"), "--data", folder / "frame", "--engine", engine)
        report.check(f"{engine} reads moved fields", facts["retval"] == 5 + 70 + 600 + 8000, facts)


def check_config(report, folder):
    release = os.uname().release.split(".")
    (folder / "config").write_bytes(CONFIG)
    (folder / "config.gz").write_bytes(gzip.compress(CONFIG))
    for name in ("config", "config.gz"):
        facts = skep_json("run", built("core_extern"), "--prog", "config", "--kconfig",
                          folder / name)
        wanted = int(release[0]) + 100 + 2000 + 10000 + 100000 + 1000000
        report.check(f"--kconfig {name}", facts["retval"] in (wanted, wanted + 10), facts)
    (folder / "config").write_bytes(b"LINUX_KERNEL_VERSION=0x90000\n" + CONFIG)
    facts = skep_json("run", built("core_extern"), "--prog", "config", "--kconfig", folder / "config")
    report.check("a file may say which kernel it is of", facts["retval"] % 10 == 9, facts)
    done = skep("run", built("core_extern"), "--prog", "small")
    report.check("else the running kernel's is asked", done.status != 0 and "CONFIG_SMALL" in done.err
                 and "looked for: " in done.err, done)
    done = skep("run", built("core_extern"), "--prog", "strong", "--kconfig", folder / "config")
    report.check("all that is missing is listed", done.status != 0 and
                 "4 externs are missing" in done.err and "/proc/kallsyms" in done.err and
                 "/config)" in done.err, done)
    done = skep("run", built("core_extern"), "--prog", "small", "--kconfig", folder / "absent")
    report.check("a configuration that is not there", done.status == 2 and "absent" in done.err, done)
    facts = skep_json("run", built("core_extern"), "--prog", "dead")
    report.check("weak ones may be missing", facts["retval"] == 5, facts)


def check_every_command(report, folder):
    """The commands that open an object take a target, and read it."""
    (folder / "config").write_bytes(CONFIG)
    for command in (("inspect",), ("vars",), ("dis",), ("maps",), ("gen", "header"),
                    ("gen", "skeleton"), ("gen", "go", "--package", "p")):
        name = " ".join(command[:2])
        done = skep(*command, built("core_app"), "--btf", built("core_target_moved"))
        report.check(f"{name} --btf", done.status == 0, done)
        done = skep(*command, built("core_app"), "--btf", folder / "absent")
        report.check(f"{name} --btf of no file", done.status in (1, 2) and "absent" in done.err, done)
        done = skep(*command, built("core_extern"), "--kconfig", folder / "config")
        report.check(f"{name} --kconfig", done.status == 0, done)
        done = skep(*command, built("core_extern"), "--kconfig", folder / "absent")
        report.check(f"{name} --kconfig of no file",
                     done.status in (1, 2) and "absent" in done.err, done)


with Report() as all_results, tempfile.TemporaryDirectory() as made:
    check_btf(all_results, Path(made))
    check_runs(all_results, Path(made))
    check_config(all_results, Path(made))
    check_every_command(all_results, Path(made))
