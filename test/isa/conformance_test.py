#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep-conformance of this build, on both engines."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from conformance import Plugin, check_plugin
from ktap import BUILD, Report

with Report() as report:
    if not (BUILD / "skep-conformance").exists():
        report.skip("the plugin", "skep-conformance is not built")
    else:
        check_plugin(report, Plugin([BUILD / "skep-conformance"], "host"), ("--interpret", "--jit"))
