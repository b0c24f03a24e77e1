#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""skep inspect: what it shows is what stands in the file, read without skep, and what the sources say;
objects that cannot be loaded are shown as far as they go."""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from parts import Parts
from tool import Report, built, one_sentence, skep, skep_json

SOURCE = """
typedef unsigned int u32;
#define SEC(name) __attribute__((section(name), used))
struct task { int pid; long times[3]; } __attribute__((preserve_access_index));
struct { int (*type)[2]; u32 *key; struct task *value; int (*max_entries)[4]; } tasks SEC(".maps");
extern int CONFIG_HZ SEC(".kconfig") __attribute__((weak));
extern int there_is_no_such_function(u32 x) __attribute__((section(".ksyms"), weak));
volatile int seen;
const volatile u32 limit = 7;
SEC("tc") int look(struct task *task)
{
	void *(*lookup)(void *, const void *) = (void *)1;
	u32 key = 0;
	struct task *kept = lookup(&tasks, &key);
	seen++;
	if (!kept)
		return 0;
	return task->pid + task->times[2] + CONFIG_HZ + limit;
}
char LICENSE[] SEC("license") = "GPL";
"""

LIBRARY = "int twice(int x) { return x * 2; }\n"
TYPES = ["", "object", "func", "section", "file"]


def build(text, output):
    subprocess.run(["clang-19", "-O2", "-g", "-w", "-target", "bpf", "-mcpu=v3", "-x", "c", "-c", "-", "-o",
                    output], input=text.encode(), check=True)


def check_file(report, found, path):
    """Sections, symbols and relocations against the file."""
    parts = Parts(path)
    report.check("sections", [(s["name"], s["size"]) for s in found["sections"]] ==
                 [(s.name, s.size) for s in parts.sections[1:]], found["sections"])
    report.check("symbols", [(s["value"], s["size"], s["section"]) for s in found["symbols"]] ==
                 [(s.value, s.size, s.section if isinstance(s.section, str) else None)
                  for s in parts.symbols[1:]], found["symbols"])
    report.check("names and bindings of symbols",
                 all(ours["name"] == theirs.name or not theirs.name
                     for ours, theirs in zip(found["symbols"], parts.symbols[1:])) and
                 [s["binding"] for s in found["symbols"]] ==
                 [("local", "global", "weak")[s.binding] for s in parts.symbols[1:]])
    for section in found["sections"]:
        wanted = [offset for offset, _, _ in parts.relocs(section["name"])]
        report.check(f"relocations of {section['name']}",
                     sorted(r["offset"] for r in section["relocations"]) == wanted,
                     section["relocations"])
    report.check("types of BTF", found["btf"]["types"] == len(parts.types) - 1 and
                 sum(found["btf"]["kinds"].values()) == len(parts.types) - 1, found["btf"])


with Report() as report, tempfile.TemporaryDirectory() as temporary:
    folder = Path(temporary)
    path = folder / "look.o"
    build(SOURCE, path)
    target = folder / "target.o"
    build("struct task { char moved[16]; int pid; long times[3]; } t;", target)
    found = skep_json("inspect", path, "--btf", target)
    check_file(report, found, path)
    report.check("programs", [(p["name"], p["section"], p["type"]) for p in found["programs"]] ==
                 [("look", "tc", "sched_cls")] and found["programs"][0]["insns"] > 10 and
                 found["programs"][0]["lines"] > 4, found["programs"])
    report.check("maps", found["maps"][0] == {
        "name": "tasks", "type": "array", "key_size": 4, "value_size": 32, "max_entries": 4, "flags": 0,
        "key_type": "u32", "value_type": "struct task"}, found["maps"])
    report.check("variables", {(v["name"], v["section"], v["size"], v["read_only"])
                               for v in found["variables"]} >=
                 {("seen", ".bss", 4, False), ("limit", ".rodata", 4, True)}, found["variables"])
    report.check("externs", found["externs"] == [
        {"name": "CONFIG_HZ", "section": ".kconfig", "type": "int", "weak": True}], found["externs"])
    fields = [(c["section"], c["question"], c["path"], c["access"], c["absent"]) for c in found["core"]]
    report.check("CO-RE relocations and their answers", fields == [
        ("tc", "the offset of", "task.pid", "0:0", None),
        ("tc", "the offset of", "task.times[2]", "0:1:2", None)], fields)
    build("struct task { int other; } t;", target)
    fields = skep_json("inspect", path, "--btf", target)["core"]
    report.check("CO-RE relocations without an answer",
                 len(fields) == 2 and all(f["absent"] for f in fields), fields)
    report.check("what the object says of itself",
                 (found["license"], found["big_endian"], found["problem"]) == ("GPL", False, None))

    done = skep("inspect", path, "--btf", target)
    report.check("as text: every part has a heading", done.status == 0 and all(
        f"\n{heading}" in done.out for heading in (
            "sections\n", "programs\n", "maps\n", "variables\n", "externs\n", "symbols\n",
            "relocations of tc\n", "CO-RE relocations\n", "BTF: ")), done.out + done.err)

    library = folder / "library.o"
    build(LIBRARY, library)
    done = skep("inspect", library, "--json")
    report.check("an object without programs is shown, with the reason",
                 one_sentence(done, 1, "no program") and '"name":"twice"' in done.out and
                 '"programs":[]' in done.out and "no program" in done.out, f"{done}")
    done = skep("inspect", library)
    report.check("as text, too", done.status == 1 and "twice" in done.out, f"{done}")
    report.check("a big-endian object", skep_json("inspect", built("vm_maps.eb"))["big_endian"] is True)
    library.write_bytes(library.read_bytes()[:200])
    report.check("a file that was cut", one_sentence(skep("inspect", library), 2, "cut short"))
    report.check("no object", one_sentence(skep("inspect"), 2, "object"))
