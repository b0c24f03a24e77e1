# SPDX-License-Identifier: Apache-2.0
"""KTAP from test scripts:

    with Report() as report:
        report.check("what must hold", found == wanted, "found ...")
        report.skip("what was not tried", "why")

Results are printed as they come, the plan after them; the process then exits with 1 if any failed.
An exception is a failure of the script with its trace as diagnosis."""

import os
import sys
import traceback
from pathlib import Path

SOURCE = Path(os.environ.get("SKEP_SOURCE", Path(__file__).resolve().parents[2]))
BUILD = Path(os.environ.get("SKEP_BUILD", SOURCE / "build"))


class Report:
    def __init__(self):
        self.count = self.failed = 0

    def __enter__(self):
        print("KTAP version 1", flush=True)
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, SystemExit):
            text = "".join(traceback.format_exception(kind, error, trace))
            self.check("the script runs to its end", False, text)
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)

    def note(self, text):
        for line in str(text).splitlines():
            print(f"# {line}", flush=True)

    def check(self, name, ok, diagnosis=""):
        self.count += 1
        if not ok:
            self.failed += 1
            self.note(diagnosis)
        print(f"{'ok' if ok else 'not ok'} {self.count} {name}", flush=True)
        return ok

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} {name} # SKIP {reason}", flush=True)
