#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Filters over captures of every protocol they name: both engines give what libpcap's own interpreter
gives, packet by packet. This makes the captures; the program `corpus` compares."""

import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "harness")]
from frames import LINKS, write_capture
from ktap import BUILD

with tempfile.TemporaryDirectory() as temporary:
    captures = []
    for name in LINKS:
        path = Path(temporary) / f"{name}.pcap"
        write_capture(path, name)
        captures.append(f"{name}={path}")
    done = subprocess.run([BUILD / "test" / "filter" / "corpus", FOLDER / "expressions.txt", *captures],
                          check=False)
sys.exit(done.returncode)
