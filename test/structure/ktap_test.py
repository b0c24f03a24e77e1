#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""tools/ktap believes a test only if it printed a plan, gave every result, ended, and ended with 0."""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import SOURCE, Report

KTAP = SOURCE / "tools" / "ktap"

# What a test does in sh, and (passed, failed, skipped) it counts for.
CASES = (
    ("all pass", "echo 1..2; echo ok 1 a; echo ok 2 b", (2, 0, 0)),
    ("the plan may stand last", "echo ok 1 a; echo 1..1", (1, 0, 0)),
    ("one fails", "echo 1..2; echo ok 1 a; echo not ok 2 b; exit 1", (1, 1, 0)),
    ("a failure with exit status 0 is one", "echo 1..1; echo not ok 1 a", (0, 1, 0)),
    ("skips are counted apart", "echo 1..2; echo ok 1 a; echo 'ok 2 b # SKIP not root'", (1, 0, 1)),
    ("subtests are the parent's business", "echo 1..1; echo '  ok 1 x'; echo ok 1 a", (1, 0, 0)),
    ("results are missing", "echo 1..3; echo ok 1 a", (1, 1, 0)),
    ("results are too many", "echo 1..1; echo ok 1 a; echo ok 2 b", (2, 1, 0)),
    ("no plan", "echo ok 1 a", (1, 1, 0)),
    ("nothing at all", "true", (0, 1, 0)),
    ("it dies after its results", "echo 1..1; echo ok 1 a; kill -9 $$", (1, 1, 0)),
    ("it exits with an error though nothing failed", "echo 1..1; echo ok 1 a; exit 3", (1, 1, 0)),
    ("diagnosis is no result", "echo 1..1; echo '# exit status 2 of x'; echo '# ok 2'; echo ok 1 a",
     (1, 0, 0)),
    ("a sanitizer's line without end of line", "echo 1..1; printf 'ok 1 a'; exit 1", (1, 1, 0)),
)


def ktap(*arguments):
    result = subprocess.run([sys.executable, KTAP, *arguments], capture_output=True, text=True)
    return result.returncode, result.stdout


def summary(passed, failed, skipped):
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def check_cases(report, folder):
    totals = [0, 0, 0]
    for number, (name, script, counts) in enumerate(CASES):
        results = folder / str(number)
        status, _ = ktap("run", results / "x.ktap", "sh", "-c", script)
        good = counts[1] == 0
        report.check(f"{name}: exit status", (status == 0) == good, f"exit status {status}")
        status, output = ktap("sum", results)
        report.check(f"{name}: sum", output.splitlines()[-1] == summary(*counts)
                     and (status == 0) == good, output)
        totals = [total + count for total, count in zip(totals, counts)]
    _, output = ktap("sum", folder)
    report.check("sums add up over folders", output.splitlines()[-1] == summary(*totals), output)
    report.check("the reason of a skip is printed", "not root" in output, output)


def check_plain(report, folder):
    for script, counts in (("echo fine", (1, 0, 0)), ("echo ok 1; exit 1", (0, 1, 0))):
        results = folder / f"plain{counts[1]}"
        status, _ = ktap("run", results / "x.ktap", "--plain", "sh", "-c", script)
        _, output = ktap("sum", results)
        report.check(f"a command without KTAP: {script}", output.splitlines()[-1] == summary(*counts)
                     and (status == 0) == (counts[1] == 0), output)


# Results of two builds and a board, and what the matrix must say of them.
MATRIX_RESULTS = {
    "build/test/results/isa/x.ktap": "1..4\nok 1 base32/a (jit)\nnot ok 2 base32/b\nok 3 linux/c\nok 4 other\n",
    "build/test/results/board/toy/x.ktap": "1..1\n# left out: base32/a: no room\nok 1 base32/b\n",
    "build/asan/test/results/isa/x.ktap": "ok 1 packet/a\nok 2 nothing/a\n1..2\n",
}
MATRIX = {"host": {"base32": "1/2", "linux": "1/1", "packet": "0/0"},
          "toy": {"base32": "1/2", "linux": "0/0", "packet": "0/0"},
          "asan": {"base32": "0/0", "linux": "0/0", "packet": "1/1"}}


def check_matrix(report, folder):
    for name, text in MATRIX_RESULTS.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    status, output = ktap("matrix", folder / "build", folder / "build" / "asan")
    lines = [line.split() for line in output.splitlines()]
    groups = lines[0][3:]
    rows = {line[0]: dict(zip(groups, line[1:])) for line in lines[1:1 + len(MATRIX)]}
    found = {target: {group: row.get(group) for group in MATRIX["host"]} for target, row in rows.items()}
    report.check("the matrix of targets and groups", status == 0 and found == MATRIX, output)
    report.check("what was left out is said", "toy: 1 left out" in output, output)
    status, output = ktap("matrix", folder / "nothing")
    report.check("a matrix of nothing is a failure", status == 1, output)


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    check_cases(report, Path(temporary) / "cases")
    check_plain(report, Path(temporary) / "plain")
    check_matrix(report, Path(temporary) / "matrix")
    status, output = ktap("run", temporary + "/absent/x.ktap", temporary + "/nothing")
    report.check("a program that is not there has failed", status == 1 and "not built" in output
                 and ktap("sum", temporary + "/absent")[0] == 1, output)
    (Path(temporary) / "cut").mkdir()
    (Path(temporary) / "cut" / "cut.ktap").write_text("1..1\nok 1 a\n")
    status, output = ktap("sum", temporary + "/cut")
    report.check("a test that was killed with its runner has failed", "cut.ktap: (did not end)" in output
                 and status == 1, output)
    (Path(temporary) / "empty").mkdir()
    status, output = ktap("sum", temporary + "/empty")
    report.check("no results at all is a failure",
                 status == 1 and output.endswith("0 passed, 1 failed\n"), output)
