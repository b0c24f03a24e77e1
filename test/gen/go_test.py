#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""Packages that skep gen go writes build with Go against an installed skep, and work."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
from tool import BUILD, SOURCE, Report, built, one_sentence, skep

PACKAGES = {"flows": SOURCE / "examples/flows/flows.bpf.o", "types": built("gen_types")}


def run(*command, cwd=None, **environment):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})


def check_packages(report, folder):
    for name, path in PACKAGES.items():
        (folder / name).mkdir()
        done = skep("gen", "go", path, "--package", name, "-o", folder / name / "made.go")
        report.check(f"gen go of {name}", (done.status, done.out, done.err) == (0, "", ""), done)
    done = skep("gen", "go", PACKAGES["flows"])
    report.check("the same bytes again, and the file's name for the package",
                 done.out == (folder / "flows/made.go").read_text(), done.err)
    for name in ("Flows", "a_b", "", "1", "func", "main"):
        done = skep("gen", "go", PACKAGES["flows"], "--package", name)
        report.check(f"--package {name!r} is refused", one_sentence(done, 2, "-n"), done)


def check_program(report, folder):
    prefix = folder / "prefix"
    subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True,
                   capture_output=True)
    found = next(prefix.glob("**/skep.pc")).parent
    (folder / "go.mod").write_text("module example\n\ngo 1.18\n")
    shutil.copy(Path(__file__).resolve().parent / "program.go", folder / "main.go")
    settings = {"PKG_CONFIG_PATH": str(found), "GOCACHE": str(folder / "cache"), "GOPROXY": "off",
                "GOFLAGS": "-mod=mod -p=1", "GOPATH": str(folder / "path"), "CGO_ENABLED": "1"}
    done = run("go", "vet", "./...", cwd=folder, **settings)
    report.check("go vet has nothing against them", done.returncode == 0, done.stderr)
    done = run("go", "build", "-o", "program", ".", cwd=folder, **settings)
    if report.check("go build", done.returncode == 0, done.stderr):
        done = run(folder / "program")
        report.check("variables, maps, events and programs", (done.returncode, done.stdout) ==
                     (0, "done\n"), done.stdout + done.stderr)
    # On machines that align 64-bit integers to 4 bytes: sizes and offsets, without cgo's header.
    for name in PACKAGES:
        text = (folder / name / "made.go").read_text()
        types = text[text.index("func each[K any]"):text.index("\n// Objects is")]
        types = types[types.index("\n}\n") + 3:]
        types = types[types.index("\n	return record, nil\n}\n") + 22:]
        (folder / "types386").mkdir(exist_ok=True)
        (folder / "types386/made.go").write_text(f'package {name}\n\nimport "unsafe"\n{types}')
        done = run("go", "vet", "./types386", cwd=folder, GOARCH="386",
                   **{**settings, "CGO_ENABLED": "0"})
        report.check(f"the types of {name} on 386", done.returncode == 0, done.stderr)


def main():
    with Report() as report, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_packages(report, folder)
        if shutil.which("go") is None:
            report.skip("a program with the packages", "there is no go")
        else:
            check_program(report, folder)


main()
