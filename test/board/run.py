#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py BOARD IMAGE [ACCESS-PLUGIN]: runs an image on the board's emulator, whose command stands in
port/board/boards.def, and prints what it prints, KTAP. The exit status is 0 only if the emulator's is,
the image said that it ended with 0, since not every board can end with a status, and with the plugin
no access was of a kind that the board's bus refuses."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
END = re.compile(rb"^# ended with status (\d+)\s*$")


Row = namedtuple("Row", "name preset start layout console exit bus command")


def rows():
    text = (SOURCE / "port" / "board" / "boards.def").read_text()
    for row in re.findall(r"^BOARD\(([^)]*)\)", text, re.MULTILINE):
        *columns, command = re.split(r",\s+", row)
        yield Row(*columns, command.split())


def skip(reason):
    print(f"KTAP version 1\n1..1\nok 1 run # SKIP {reason}")


def watch(row, plugin, log):
    """Arguments with which the emulator writes forbidden accesses to `log`."""
    kind, *words = row.bus.split()
    if kind == "any" or plugin is None:
        return []
    return ["-d", "plugin", "-D", log, "-plugin", ",".join([plugin, *words])]


def run(row, image, plugin, log):
    emulator, *options = row.command
    said = None
    with subprocess.Popen([emulator, *watch(row, plugin, log), *options, image],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            line = line.rstrip(b"\r\n") + b"\n"
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            if match := END.match(line):
                said = int(match[1])
    forbidden = Path(log).read_text() if Path(log).exists() else ""
    for line in forbidden.splitlines():
        print(f"# {line}")
    if said is None:
        print("# the image did not end by itself")
        return 1
    return said or process.returncode or bool(forbidden)


def main(board, image, plugin=None):
    row = next(row for row in rows() if row.name == board)
    if shutil.which(row.command[0]) is None:
        skip(f"there is no {row.command[0]} here")
        return 0
    if not Path(image).exists():
        skip("this preset is not built")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return run(row, image, plugin, str(Path(folder) / "log"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
