#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""help, --version, verify, dis, maps and features: what they print, as text and as JSON."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tool import BUILD, SKEP, SOURCE, Done, Report, built, one_sentence, skep, skep_json

COMMANDS = ("run", "verify", "dis", "maps", "features", "help")


def check_help(report):
    overview = skep("help")
    found = skep_json("help")
    told = {row["name"]: row for row in found["commands"]}
    report.check("help lists every command", overview.status == 0 and overview.err == "" and
                 all(f"\n  {name} " in overview.out for name in COMMANDS), overview)
    report.check("--help and -h are the same",
                 skep("--help").out == skep("-h").out == overview.out)
    report.check("help --json has every command", set(COMMANDS) <= set(told), told.keys())
    report.check("--json and --help --json are the same", json.loads(skep("--json").out) == found and
                 skep_json("--help") == found)
    report.check("help lists what help --json has", [
        (row["name"], row["summary"]) for row in found["commands"]] == re.findall(
            r"^  (\w+) +(.*)$", overview.out, re.MULTILINE), overview)
    for name in told:
        done = skep(name, "--help")
        report.check(f"{name} --help has usage and --json",
                     done.status == 0 and done.err == "" and
                     done.out.startswith(f"usage: skep {name}") and "--json" in done.out, done)
        report.check(f"help {name} is the same", skep("help", name).out == done.out)
        report.check(f"help {name} --json is the same", skep_json("help", name)["commands"] == [
            {"name": name, "summary": told[name]["summary"], "help": done.out}])
        report.check(f"{name} --help fits 90 columns",
                     max(map(len, done.out.splitlines())) <= 90, done.out)
        file = "main" if name == "help" else name
        source = (SOURCE / "cli" / f"{file}.c").read_text(encoding="utf-8")
        source = source.split("static enum status run_options")[0]
        options = re.findall(r'\{ "([a-z-]+)", (?:no|required)_argument', source)
        report.check(f"{name} --help names every option",
                     all(re.search(rf"--{option}\b", done.out) for option in options), options)
    header = (SOURCE / "include/skep.h").read_text(encoding="utf-8")
    version = ".".join(re.findall(r"#define SKEP_VERSION_\w+ (\d+)", header))
    report.check("--version", skep("--version").out == f"skep {version}\n", skep("--version"))
    report.check("--version --json", found["version"] == version and
                 skep_json("--version") == {"version": version})


def check_examples(report, folder):
    """Every example of every help, in a folder with the files that they name."""
    for path in (SOURCE / "examples").glob("*/*"):
        shutil.copy(path, folder)
    texts = {"skep": skep("help").out}
    texts.update((row["name"], row["help"]) for row in skep_json("help")["commands"])
    place = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"}
    for name, text in texts.items():
        examples = re.findall(r"^example: (skep .*)$", text, re.MULTILINE)
        report.check(f"{name} --help has examples", examples and
                     (name == "skep" or any(f"skep {name} " in example for example in examples)), text)
        for example in examples:
            done = subprocess.run(["sh", "-c", example], cwd=folder, env=place,
                                  capture_output=True, text=True, check=False)
            report.check(f"{name} --help: {example}", done.returncode == 0 and done.stderr == "" and
                         (done.stdout or " -o " in example), done)


def check_verify(report):
    done = skep("verify", built("cli_mixed"), "--json")
    report.check("verify: exit status 1 when one is rejected", done.status == 1, done)
    rows = {row["program"]: row for row in json.loads(done.out)}
    report.check("verify: a verdict for every program, whatever becomes of the others",
                 {name: row["verdict"] for name, row in rows.items()} ==
                 {"safe": "accept", "unsafe": "reject", "probe": "accept",
                  "untold": "unsupported", "calls": "accept"}, rows)
    report.check("verify: reasons", rows["unsafe"]["error"] == "EACCES" and
                 "cli_mixed.bpf.c" in rows["unsafe"]["reason"] and
                 rows["untold"]["error"] == "EOPNOTSUPP" and
                 "mystery" in rows["untold"]["reason"] and
                 rows["safe"]["error"] is None and rows["safe"]["reason"] is None, rows)
    report.check("verify: the fields of JSON", all(set(row) == {
        "program", "type", "verdict", "error", "reason", "insns", "walked", "states",
        "stack_bytes", "verify_ns"} for row in rows.values()), rows)
    report.check("verify: numbers", rows["safe"]["insns"] == 2 and rows["safe"]["walked"] == 2 and
                 rows["calls"]["insns"] > 4 and rows["safe"]["verify_ns"] > 0, rows)
    report.check("verify: a sentence on standard error for each rejection",
                 len(done.err.splitlines()) == 2, done.err)
    done = skep("verify", built("cli_mixed"))
    lines = [line.split()[:3] for line in done.out.splitlines()]
    report.check("verify: a row for each", ["safe", "xdp", "accept"] in lines and
                 ["unsafe", "xdp", "reject"] in lines, done)
    done = skep("verify", built("cli_mixed"), "--prog", "safe", "--json")
    report.check("verify: --prog", done.status == 0 and
                 [row["program"] for row in json.loads(done.out)] == ["safe"], done)
    done = skep("verify", built("cli_mixed"), "--prog", "untold")
    report.check("verify: exit status 2 when nothing is rejected and something not judged",
                 one_sentence(done, 2, "untold", "mystery"), done)
    done = skep("verify", built("cli_mixed"), "--prog", "untold", "--type", "xdp", "--json")
    report.check("verify: --type", done.status == 0 and
                 json.loads(done.out)[0]["type"] == "xdp", done)


def check_dis(report):
    programs = {row["program"]: row for row in skep_json("dis", built("cli_mixed"))}
    report.check("dis: every program, of every type", set(programs) == {
        "safe", "unsafe", "probe", "untold", "calls"}, programs.keys())
    safe = programs["safe"]
    report.check("dis: section and type", (safe["section"], safe["type"]) == ("xdp", "xdp") and
                 programs["probe"]["type"] == "kprobe" and
                 (programs["untold"]["section"], programs["untold"]["type"]) ==
                 ("mystery", "unknown"), programs)
    insns = safe["functions"][0]["insns"]
    report.check("dis: instructions in the kernel's syntax, with their bytes",
                 [(row["index"], row["code"]) for row in insns] ==
                 [(0, "b400000002000000"), (1, "9500000000000000")] and
                 insns[0]["text"] == "w0 = 2" and insns[1]["text"] == "exit", insns)
    report.check("dis: source lines", insns[0]["file"].endswith("cli_mixed.bpf.c") and
                 insns[0]["source"].strip() == "return 2;" and insns[0]["line"] > 0, insns)
    functions = programs["calls"]["functions"]
    called = [row["text"] for row in functions[0]["insns"] if row["text"].startswith("call")]
    report.check("dis: functions and calls by name",
                 [function["name"] for function in functions] == ["calls", "add"] and
                 len(called) == 1 and "add" in called[0], functions)
    text = skep("dis", built("cli_types"), "--prog", "types").out
    report.check("dis: maps and helpers by name", "map[table]" in text and
                 "map_update_elem" in text and "ringbuf_output" in text, text)
    text = skep("dis", built("cli_mixed"), "--prog", "safe").out
    report.check("dis: text has the source between the instructions", re.search(
        r"^safe:\n; return 2; @ .*cli_mixed\.bpf\.c:\d+\n +0: \(b4\) w0 = 2\n +1: \(95\) exit\n",
        text, re.MULTILINE), text)
    done = skep("dis", built("cli_types.eb" if sys.byteorder == "little" else "cli_types"))
    report.check("dis: an object of the other byte order", done.status == 0 and
                 "map_update_elem" in done.out, done)


def check_maps(report):
    rows = {row["name"]: row for row in skep_json("maps", "list", built("cli_types"))}
    report.check("maps: definitions", {
        "name": "table", "type": "hash", "key_size": 12, "value_size": 48, "max_entries": 64,
        "flags": 0, "pinning": 0, "key_type": "struct key", "value_type": "struct value",
        "supported": True} == rows["table"] and rows["events"]["max_entries"] == 4096 and
        rows["plain"]["key_type"] is None and rows["sizes"]["value_type"] == "u64", rows)
    report.check("maps: list is what comes by itself",
                 skep("maps", built("cli_types")).out == skep("maps", "list",
                                                              built("cli_types")).out)
    text = skep("maps", built("cli_types")).out
    report.check("maps: a row for each", re.search(
        r"^table +hash +12 +48 +64 +0x0 +struct key +struct value$", text, re.MULTILINE), text)
    found = {row["name"]: row for row in skep_json("maps", "dump", built("cli_types"))}
    values = {}
    for name, row in found.items():
        if "." in name:
            values.update(row["entries"][0]["value"])
    report.check("maps dump: variables as they are at first", values["tiny"] == 7 and
                 values["label"] == "first" and values["limit"] == 2 and values["total"] == 0,
                 values)
    report.check("maps dump: nothing has run", found["table"]["entries"] == [] and
                 found["events"]["events"] == [], found)


def check_features(report):
    found = skep_json("features")
    native = [row["name"] for row in found["backends"] if row["native"]]
    report.check("features: backends and engines agree",
                 found["engines"]["interp"] and found["engines"]["jit"] == (len(native) == 1),
                 found)
    report.check("features: this system", (found["machine"], found["kernel"]["release"]) ==
                 (os.uname().machine, os.uname().release), found["kernel"])
    kinds = {row["name"]: row for row in found["map_kinds"]}
    types = {row["name"]: row for row in found["prog_types"]}
    helpers = {row["name"]: row for row in found["helpers"]}
    report.check("features: numbers are Linux's",
                 (kinds["ringbuf"]["number"], types["xdp"]["number"],
                  helpers["map_lookup_elem"]["number"]) == (27, 6, 1), found)
    report.check("features: what skep has and what it has not",
                 kinds["hash"]["skep"] and types["xdp"]["skep"] and types["kprobe"]["skep"] is False
                 and types["kprobe"]["number"] == 2, types)
    if found["kernel"]["bpf"]:
        report.check("features: what the kernel has", kinds["hash"]["kernel"] and
                     types["xdp"]["kernel"] and helpers["map_lookup_elem"]["kernel"] and
                     found["engines"]["kernel"], found)
    else:
        report.check("features: no guess where the kernel cannot be asked",
                     kinds["hash"]["kernel"] is None and found["kernel"]["bpf_error"], found)
    text = skep("features")
    report.check("features: text", text.status == 0 and text.err == "" and
                 re.search(r"^ +27  ringbuf +yes ", text.out, re.MULTILINE), text)
    check_unprivileged(report)


def check_unprivileged(report):
    """As a user without permissions, if we may become one."""
    name = "without permission the kernel engine says so"
    become = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
              "--reuid=65534", "--regid=65534", "--clear-groups"]
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        report.skip(name, "it takes root and setpriv to become somebody else")
        return
    done = subprocess.run([*become, SKEP, "run", built("cli_edit"), "--engine", "kernel"],
                          capture_output=True, text=True, check=False)
    if "setpriv" in done.stderr or "Permission denied" in done.stderr:
        report.skip(name, done.stderr.strip())
        return
    done = Done(done.returncode, done.stdout, done.stderr)
    report.check(name, one_sentence(done, 2, "bpf(2)", "permitted", "CAP_BPF"), done)


with Report() as report, tempfile.TemporaryDirectory() as name:
    check_help(report)
    check_examples(report, Path(name))
    check_verify(report)
    check_dis(report)
    check_maps(report)
    check_features(report)
