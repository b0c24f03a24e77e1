#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""Programs outside the tree build and run against what `cmake --install` left in a prefix: through
find_package(), through pkg-config, and with the tree as a subdirectory."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import BUILD, SOURCE, Report

PROGRAM = r"""
#include <skep.h>
#include <stdio.h>

static void complain(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	fprintf(stderr, "%s\n", report->text);
}

int main(int argc, char **argv)
{
	static char bytes[65536];
	unsigned char frame[64] = { 0 };
	struct skep_xdp xdp = { frame, frame, frame, frame + 64, frame + 64, 0, 0, 0 };
	struct skep_config config = { .port = skep_port_posix(), .log = complain };
	struct skep_runtime *runtime;
	struct skep_object *object;
	uint64_t r0 = 0;
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	size_t size = file != NULL ? fread(bytes, 1, sizeof(bytes), file) : 0;

	if (skep_runtime_open(&config, &runtime) < 0 ||
	    skep_object_open(runtime, bytes, size, "answer.o", &object) < 0 ||
	    skep_object_load(object) < 0 ||
	    skep_prog_run(skep_object_prog_by_name(object, "answer"), &xdp, &r0) < 0)
		return 1;
	printf("%d.%d.%d %llu\n", SKEP_VERSION_MAJOR, SKEP_VERSION_MINOR, SKEP_VERSION_PATCH,
	       (unsigned long long)r0);
	skep_object_close(object);
	skep_runtime_close(runtime);
	return 0;
}
"""

BPF = '__attribute__((section("xdp"), used)) int answer(void *ctx) { return 2; }\n'

PACKAGE = """cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
find_package(skep 0.1 REQUIRED)
add_executable(outside outside.c)
target_link_libraries(outside PRIVATE skep::skep)
"""

SUBDIRECTORY = """cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
add_subdirectory("{source}" skep EXCLUDE_FROM_ALL)
add_executable(outside outside.c)
target_link_libraries(outside PRIVATE skep::skep)
"""


def run(report, *command, **options):
    """Output of the command, None if it failed (the reason becomes a note)."""
    result = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, **options)
    if result.returncode != 0:
        report.note(f"{' '.join(str(part) for part in command)}: exit status {result.returncode}")
        report.note(result.stdout)
        return None
    return result.stdout


def check_program(report, name, program, folder):
    output = run(report, program, folder / "answer.o") if program.exists() else "(not built)"
    report.check(f"{name}: the program loads and runs an object", output == "0.1.0 2\n",
                 f"printed {output!r}")


def check_cmake(report, name, folder, lists, *arguments):
    project = folder / name
    project.mkdir()
    (project / "CMakeLists.txt").write_text(lists)
    shutil.copy(folder / "outside.c", project)
    made = run(report, "cmake", "-G", "Ninja", "-S", project, "-B", project / "build", *arguments)
    if made is not None:
        run(report, "cmake", "--build", project / "build", "-j", "2")
    check_program(report, name, project / "build" / "outside", folder)


def check_pkg_config(report, folder, prefix):
    paths = list(prefix.rglob("skep.pc"))
    if not report.check("one skep.pc is installed", len(paths) == 1, f"found {paths}"):
        return
    flags = run(report, "pkg-config", "--cflags", "--libs", "skep",
                env={"PKG_CONFIG_PATH": str(paths[0].parent), "PATH": "/usr/bin:/bin"})
    report.check("skep.pc names the prefix", flags is not None and str(prefix) in flags, flags)
    run(report, "cc", "-o", folder / "outside", folder / "outside.c", *(flags or "").split())
    check_program(report, "pkg-config", folder / "outside", folder)
    version = run(report, "pkg-config", "--modversion", paths[0])
    report.check("skep.pc has the version of skep.h", version == "0.1.0\n", version)


def check_files(report, prefix, staged):
    wanted = {"bin/skep", "include/skep.h"}
    found = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file()}
    headers = {name for name in found if name.endswith(".h")}
    report.check("header, library and command are installed, and no other header",
                 wanted <= found and headers == {"include/skep.h"}
                 and any(name.endswith("/libskep.a") for name in found), f"installed {sorted(found)}")
    named = [name for name in found if name.endswith((".cmake", ".pc"))
             and str(SOURCE) in (prefix / name).read_text()]
    report.check("nothing installed names the source tree", not named, f"{named} do")
    report.check("DESTDIR stages the same files",
                 {p.relative_to(staged / str(prefix).lstrip("/")).as_posix()
                  for p in staged.rglob("*") if p.is_file()} == found)


def check_cpp(report, folder):
    """skep.h is included from C++ as it is."""
    (folder / "header.cpp").write_text("#include <skep.h>\nint x = SKEP_EINVAL;\n")
    output = run(report, "clang-19", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                 f"-I{SOURCE / 'include'}", folder / "header.cpp")
    report.check("the header compiles as C++", output is not None)


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    folder = Path(temporary).resolve()
    prefix = folder / "prefix"
    (folder / "outside.c").write_text(PROGRAM)
    (folder / "answer.c").write_text(BPF)
    run(report, "clang-19", "-O2", "-target", "bpf", "-c", folder / "answer.c", "-o", folder / "answer.o")
    staged = folder / "staged"
    installed = run(report, "cmake", "--install", BUILD, "--prefix", prefix)
    report.check("cmake --install succeeds", installed is not None)
    run(report, "cmake", "--install", BUILD, "--prefix", prefix,
        env={"DESTDIR": str(staged), "PATH": "/usr/bin:/bin"})
    check_files(report, prefix, staged)
    check_cmake(report, "find_package", folder, PACKAGE, f"-DCMAKE_PREFIX_PATH={prefix}")
    check_cmake(report, "add_subdirectory", folder, SUBDIRECTORY.format(source=SOURCE))
    check_pkg_config(report, folder, prefix)
    check_cpp(report, folder)
