#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep verify: --privileged and --unprivileged, --facts, --explain, and what is unsupported."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import SOURCE, Report, built, one_sentence, skep

SOURCES = (SOURCE / "test/objects/cli_verify.bpf.c").read_text(encoding="utf-8").splitlines()


def line_of(word):
    """The number of the line that has the comment."""
    return next(i for i, text in enumerate(SOURCES, 1) if f"/* {word} */" in text)


def rows(done):
    return {row["program"]: row for row in json.loads(done.out)}


def verdicts(done):
    return {name: row["verdict"] for name, row in rows(done).items()}


def check_privilege(report):
    plain = skep("verify", built("cli_verify"), "--json")
    accepted = {"count": "accept", "leak": "accept", "forgets": "reject", "quiet": "accept"}
    report.check("privileged users are the default", plain.status == 1 and
                 verdicts(plain) == accepted, plain)
    report.check("--privileged says the same",
                 verdicts(skep("verify", built("cli_verify"), "--privileged", "--json")) == accepted)
    done = skep("verify", built("cli_verify"), "--unprivileged", "--json")
    report.check("--unprivileged refuses leaks and types", done.status == 1 and
                 verdicts(done) == {"count": "accept", "leak": "reject", "forgets": "reject",
                                    "quiet": "reject"}, done)
    report.check("and says why", "its address would be stored in memory" in
                 rows(done)["leak"]["reason"] and f":{line_of('leaked')}:" in
                 rows(done)["leak"]["reason"] and "type xdp" in rows(done)["quiet"]["reason"] and
                 rows(done)["quiet"]["error"] == "EACCES", done)
    done = skep("verify", built("cli_verify"), "--unprivileged", "--prog", "count")
    report.check("--unprivileged: exit status 0 when all are accepted",
                 done.status == 0 and done.err == "", done)
    done = skep("verify", built("cli_verify"), "--unprivileged", "--privileged")
    report.check("both at once", one_sentence(done, 2, "--privileged", "--unprivileged"), done)


def fact_lines(text):
    """The listing without the table before it: (instruction, what is known)."""
    return [(found.group(2), found.group(3) or "") for found in
            re.finditer(r"^ +(\d+): \(..\) (.*?)(?:  +; (.*))?$", text, re.MULTILINE)]


def check_facts(report):
    done = skep("verify", built("cli_verify"), "--prog", "quiet", "--facts")
    lines = fact_lines(done.out)
    report.check("--facts: the context", done.status == 0 and
                 ("r6 = *(u32 *)(r1 +16)", "r1 = context") in lines or
                 any(known == "r1 = context" for _, known in lines), done)
    report.check("--facts: what is never reached is dead",
                 any(code.startswith("call ") and known == "dead" for code, known in lines), lines)
    report.check("--facts: bounds of what a condition reads",
                 any(code.startswith("if ") and "[0, 255]" in known for code, known in lines), lines)
    report.check("--facts: source lines", f"; kept = bpf_ktime_get_ns(); /* dead */ @ "
                 f"test/objects/cli_verify.bpf.c:{line_of('dead')}\n" in done.out, done.out)
    done = skep("verify", built("cli_verify"), "--facts", "--json")
    found = rows(done)
    report.check("--facts --json: of accepted programs only", "facts" in found["quiet"] and
                 "facts" not in found["forgets"], found["forgets"])
    insns = found["count"]["facts"]
    regs = {(insn["index"], name): fact for insn in insns for name, fact in insn["regs"].items()}
    values = [fact for fact in regs.values() if fact["kind"] == "map_value"]
    report.check("--facts --json: a value, first with null and then without",
                 {fact["maybe_null"] for fact in values} == {True, False} and
                 all(fact["size"] == 8 for fact in values), values)
    report.check("--facts --json: numbers", regs[0, "r1"]["kind"] == "context" and
                 regs[0, "r1"]["read"] is True and
                 any(fact["kind"] == "number" and fact["umax"] == 15 and fact["smin"] == 0 and
                     fact["unknown"] == 15 for fact in regs.values()), regs)
    dead = [insn for insn in found["quiet"]["facts"] if not insn["reached"]]
    report.check("--facts --json: dead instructions have no registers",
                 len(dead) >= 1 and all("regs" not in insn for insn in dead), dead)
    report.check("without --facts nothing of it", "facts" not in
                 rows(skep("verify", built("cli_verify"), "--json"))["quiet"])


def check_explain(report):
    done = skep("verify", built("cli_verify"), "--prog", "forgets", "--explain", "--json")
    row = rows(done)["forgets"]
    steps = [(step["what"], step.get("reg"), step.get("line")) for step in row["path"]]
    report.check("--explain --json: the path, with source lines", steps == [
        ("makes", 0, line_of("made")), ("goes_on", None, line_of("asked")),
        ("refused", 0, line_of("refused"))], steps)
    report.check("--explain --json: instructions", row["path"][0]["text"].startswith("call ") and
                 "map_lookup_elem" in row["path"][0]["text"] and row["path"][-1]["index"] >
                 row["path"][0]["index"] and row["path"][0]["times"] == 1, row["path"])
    done = skep("verify", built("cli_verify"), "--explain")
    text = done.out
    report.check("--explain: accepted programs", "count is accepted: " in text and
                 "leak is accepted: " in text and re.search(
                     r"quiet is accepted: .* instructions never reached: [1-9]", text),
                 text)
    told = text[text.index("forgets is rejected"):].splitlines()[1:4]
    report.check("--explain: the path in sentences", len(told) == 3 and
                 "makes the value in r0" in told[0] and f":{line_of('made')}:" in told[0] and
                 "the condition is false" in told[1] and f":{line_of('asked')}:" in told[1] and
                 "r0 may be null" in told[2] and "compare r0 with 0" in told[2], told)
    report.check("--explain: the reason stands on standard error too",
                 one_sentence(done, 1, "forgets", "r0 may be null"), done)
    plain = skep("verify", built("cli_verify"))
    report.check("without --explain the table alone", len(plain.out.splitlines()) == 5, plain.out)
    done = skep("verify", built("cli_verify"), "--unprivileged", "--prog", "quiet", "--explain")
    report.check("--explain: refused for what it is", "for what it is" in done.out and
                 "not for unprivileged users" in done.out, done)
    done = skep("verify", built("cli_verify"), "--prog", "quiet", "--explain", "--json")
    report.check("--explain --json: no path of what is accepted",
                 rows(done)["quiet"]["path"] == [], done)


def check_unsupported(report):
    done = skep("verify", built("cli_mixed"), "--json")
    report.check("unsupported is a verdict of its own", done.status == 1 and
                 verdicts(done) == {"safe": "accept", "unsafe": "reject", "calls": "accept",
                                    "probe": "accept", "untold": "unsupported"}, done)
    done = skep("verify", built("cli_mixed"), "--prog", "untold")
    report.check("exit status 2 if nothing is rejected",
                 one_sentence(done, 2, "mystery") and "unsupported" in done.out, done)
    other = "eb" if sys.byteorder == "little" else "v3"
    done = skep("verify", built(f"cli_verify.{other}") if other == "eb" else built("cli_verify"),
                "--prog", "quiet", "--json")
    report.check("the other byte order is unsupported", done.status == 2 and
                 verdicts(done) == {"quiet": "unsupported"}, done)


with Report() as report:
    check_privilege(report)
    check_facts(report)
    check_explain(report)
    check_unsupported(report)
