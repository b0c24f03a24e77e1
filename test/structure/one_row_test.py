#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# skep-test: host only
"""A map kind and a helper are one new file and one new row each. In a copy of the tree this adds both
that way and nothing else, counts what changed, builds the library and runs a program that uses them."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))
from ktap import SOURCE, Report

MAP_ROW = "MAP(99, toy, SKEP_CAP_KEYED)\n"
MAP_FILE = r"""/* SPDX-License-Identifier: Apache-2.0 */
/* A map with one 64-bit value, whatever the key: it counts how often it was looked up. */
#include "spec/map.h"

static int create(struct skep_map *map)
{
	const struct skep_port *port = skep_map_port(map);
	void *value;

	if (skep_map_def(map)->value_size != sizeof(uint64_t))
		return skep_map_refuse(map, SKEP_EINVAL, "the value of a toy is not 8 bytes",
				       "8 bytes");
	value = port->alloc(port->ctx, sizeof(uint64_t), sizeof(uint64_t));
	if (value == NULL)
		return SKEP_ENOMEM;
	skep_map_set_state(map, value);
	return 0;
}

static void destroy(struct skep_map *map)
{
	const struct skep_port *port = skep_map_port(map);

	port->free(port->ctx, skep_map_state(map), sizeof(uint64_t), sizeof(uint64_t));
}

static void *lookup(struct skep_map *map, const void *key)
{
	uint64_t *value = skep_map_state(map);

	(void)key;
	*value += 1;
	return value;
}

extern const struct skep_map_ops skep_map_toy_ops;
const struct skep_map_ops skep_map_toy_ops = {
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
};
"""

HELPER_ROW = "HELPER(999, toy, INTEGER, ANYTHING, NONE, NONE, NONE, NONE, BASE, NONE, 0)\n"
HELPER_FILE = r"""/* SPDX-License-Identifier: Apache-2.0 */
/* A helper that triples its argument. */
#include "spec/program.h"

uint64_t skep_helper_toy(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			 struct skep_env *env);

uint64_t skep_helper_toy(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			 struct skep_env *env)
{
	(void)a2;
	(void)a3;
	(void)a4;
	(void)a5;
	(void)env;
	return 3 * a1;
}
"""

# Looks up twice and returns three times the count: 6.
BPF = r"""
static void *(*const lookup)(void *map, const void *key) = (void *)1;
static unsigned long (*const toy)(unsigned long x) = (void *)999;

struct {
	int (*type)[99];
	unsigned int *key;
	unsigned long *value;
	int (*max_entries)[1];
} counter __attribute__((section(".maps"), used));

__attribute__((section("xdp"), used)) int use(void *ctx)
{
	unsigned int key = 7;
	unsigned long *value;

	if (!lookup(&counter, &key))
		return 0;
	value = lookup(&counter, &key);
	if (!value)
		return 0;
	return toy(*value);
}
"""

PROGRAM = r"""
#include <skep.h>
#include <stdio.h>
#include <string.h>

static void complain(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	fprintf(stderr, "%s\n", report->text);
}

/* Prints the names of map 99 and helper 999 and what the program returns on the engine. */
static int use(const char *bytes, size_t size, enum skep_engine engine)
{
	unsigned char frame[64] = { 0 };
	struct skep_xdp xdp = { frame, frame, frame, frame + 64, frame + 64, 0, 0, 0 };
	struct skep_config config = { .port = skep_port_posix(), .log = complain, .engine = engine };
	struct skep_runtime *runtime;
	struct skep_object *object;
	uint64_t r0;

	if (skep_runtime_open(&config, &runtime) < 0 ||
	    skep_object_open(runtime, bytes, size, "toy.o", &object) < 0 ||
	    skep_object_load(object) < 0 ||
	    skep_prog_run(skep_object_prog_by_name(object, "use"), &xdp, &r0) < 0)
		return 1;
	printf("%s %llu\n", skep_map_kind(skep_object_map_by_name(object, "counter"))->name,
	       (unsigned long long)r0);
	skep_object_close(object);
	skep_runtime_close(runtime);
	return 0;
}

int main(int argc, char **argv)
{
	static char bytes[65536];
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	size_t size = file != NULL ? fread(bytes, 1, sizeof(bytes), file) : 0;

	return use(bytes, size, SKEP_ENGINE_INTERP) + use(bytes, size, SKEP_ENGINE_AUTO);
}
"""


def add_row(path, row):
    """After the last row of the table, as an author would."""
    lines = path.read_text().splitlines(keepends=True)
    macro = row.split("(")[0] + "("
    last = max(number for number, line in enumerate(lines) if line.startswith(macro))
    lines.insert(last + 1, row)
    path.write_text("".join(lines))


def changes(before, after):
    """Files that only `after` has, and (file, added, removed lines) of those that differ."""
    new, changed = [], []
    for path in sorted(p for p in after.rglob("*") if p.is_file()):
        name = path.relative_to(after)
        old = before / name
        if not old.exists():
            new.append(name.as_posix())
        elif old.read_bytes() != path.read_bytes():
            diff = subprocess.run(["diff", old, path], capture_output=True, text=True).stdout
            rows = diff.splitlines()
            changed.append((name.as_posix(), sum(r.startswith(">") for r in rows),
                            sum(r.startswith("<") for r in rows)))
    return new, changed


def run(*command, cwd):
    result = subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    return result.returncode, result.stdout


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    folder = Path(temporary)
    tree = folder / "tree"
    shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns("build", ".git", "*.o", "*.pcap*"))
    pristine = folder / "pristine"
    shutil.copytree(tree, pristine)

    (tree / "src/map/toy.c").write_text(MAP_FILE)
    add_row(tree / "src/spec/maps.def", MAP_ROW)
    (tree / "src/helper/toy.c").write_text(HELPER_FILE)
    add_row(tree / "src/spec/helpers.def", HELPER_ROW)

    new, changed = changes(pristine, tree)
    report.check("two new files", new == ["src/helper/toy.c", "src/map/toy.c"], f"new: {new}")
    report.check("one row each, nothing else",
                 changed == [("src/spec/helpers.def", 1, 0), ("src/spec/maps.def", 1, 0)],
                 f"changed: {changed}")

    (folder / "toy.bpf.c").write_text(BPF)
    (folder / "outside.c").write_text(PROGRAM)
    status, output = run("clang-19", "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-c", "toy.bpf.c", "-o",
                         "toy.o", cwd=folder)
    report.check("the BPF program builds", status == 0, output)
    status, output = run("cmake", "--preset", "host", "-DCMAKE_BUILD_TYPE=Debug", cwd=tree)
    if status == 0:
        status, output = run("cmake", "--build", "build", "--target", "skep", "-j", "2", cwd=tree)
    report.check("the library builds without a line more", status == 0, output)
    status, output = run("cc", "-o", "outside", "outside.c", "-Itree/include", "tree/build/libskep.a",
                         cwd=folder)
    report.check("a program links against it", status == 0, output)
    status, output = run("./outside", "toy.o", cwd=folder)
    report.check("a program uses the new kind and the new helper, on both engines",
                 (status, output) == (0, "toy 6\ntoy 6\n"), f"exit status {status}, printed {output}")
