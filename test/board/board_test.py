#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""Boards without a system: images of the presets rv32imac and rv64gc, under emulation. What they print
on their serial line is KTAP from the same harness; it is passed on, with the preset's name."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

PRESETS = {"rv32imac": "qemu-system-riscv32", "rv64gc": "qemu-system-riscv64"}
RESULT = re.compile(r"^(not )?ok \d+ (\S+)")


def images(preset):
    """The images that the sources say there are."""
    text = (SOURCE / "test" / "board" / "CMakeLists.txt").read_text()
    names = re.search(r"foreach\(source(.*?)\)", text, re.DOTALL)[1].split()
    return [BUILD / preset / "test" / "board" / (Path(name).stem + ".elf") for name in names]


def run_image(report, preset, emulator, image):
    command = [emulator, "-M", "virt", "-bios", "none", "-nographic", "-kernel", str(image)]
    label = f"{preset} {image.stem}"
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=120,
                                stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        report.check(f"{label} ends", False, str(error.stdout))
        return
    lines = result.stdout.splitlines()
    plan = next((int(line[3:]) for line in lines if line.startswith("1..")), None)
    results = [match for match in map(RESULT.match, lines) if match]
    for match in results:
        report.check(f"{label}: {match[2]}", not match[1], result.stdout)
    report.check(f"{label} ran all its tests and ended with status 0",
                 plan == len(results) and plan and result.returncode == 0,
                 f"status {result.returncode}\n{result.stdout}{result.stderr}")


with Report() as report:
    for preset, emulator in PRESETS.items():
        for image in images(preset):
            if shutil.which(emulator) is None:
                report.skip(f"{preset} {image.stem}", f"there is no {emulator} here")
            elif not image.exists():
                report.skip(f"{preset} {image.stem}", "this preset is not built")
            else:
                run_image(report, preset, emulator, image)
