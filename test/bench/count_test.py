#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""Instructions that emulated boards execute: within their limits, and as in the committed table. The
comparison itself is shown to notice."""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "harness"),
                str(Path(__file__).resolve().parents[2] / "bench" / "count")]
import counts
from ktap import BUILD, Report


def check_comparison(report):
    """A table of our own for a count of our own."""
    kept, limits = counts.TABLE, counts.LIMITS
    with tempfile.TemporaryDirectory() as folder:
        counts.TABLE = Path(folder) / "counts.txt"
        counts.LIMITS = {("cortex-m4", "s"): 1005}
        row = counts.Count("cortex-m4", "full", "s", 1000, 0, 0)
        report.check("without a table every count is missing", len(list(counts.problems([row]))) == 1)
        counts.write_table([row])
        for name, count, wanted in (("the same", 1000, 0), ("as good as the same", 1004, 0),
                                    ("over the limit", 1006, 1), ("less by more than a little", 970, 1),
                                    ("more, over the limit too", 1100, 2)):
            found = list(counts.problems([row._replace(count=count)]))
            report.check(f"a count that is {name}", len(found) == wanted, str(found))
        found = list(counts.problems([row._replace(subject="t")]))
        report.check("a subject that the table does not have", len(found) == 1, str(found))
        for name, each, wanted in (("below its limit", 24.9, 0), ("over its limit", 25.1, 1)):
            found = list(counts.problems([row._replace(subject="check-s", count=100 * each, insns=100)]))
            found = [sentence for sentence in found if "limit" in sentence]
            report.check(f"a structure check that is {name}", len(found) == wanted, str(found))
        text = counts.TABLE.read_text()
        counts.TABLE.write_text(text.replace("#compiler cortex-m4 arm", "#compiler cortex-m4 other"))
        found = list(counts.problems([row._replace(count=500)]))
        report.check("with another compiler only limits count", found == [], str(found))
    counts.TABLE, counts.LIMITS = kept, limits


def check_presets(report):
    for preset in counts.BOARDS:
        try:
            found = [count for image in counts.IMAGES
                     for count in counts.count_image(BUILD, preset, image)]
        except counts.NotBuilt as reason:
            report.skip(preset, reason)
            continue
        for count in found:
            sentences = list(counts.problems([count]))
            report.check(f"{preset} {count.image} {count.subject}", not sentences, "\n".join(sentences))
        again = counts.count_image(BUILD, preset, counts.IMAGES[0])
        report.check(f"{preset}: a second run counts the same", again == found[:len(again)], str(again))


with Report() as report:
    check_comparison(report)
    check_presets(report)
