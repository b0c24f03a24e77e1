/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formula of doc/PORTING.md for the memory that an object takes, and what is held against it:
 * every byte that the port gives out while the object is opened, loaded and closed. One file for
 * boards and hosts.
 */
#ifndef SKEP_TEST_MEMORY_H
#define SKEP_TEST_MEMORY_H

#include "base/bytes.h"
#include "harness.h"
#include "load/elf.h"
#include "vm/vm.h"

/* What an object has of everything that costs memory. */
struct memory_counts {
#define COST(of, text, open32, open64, load32, load64, work32, work64) uint32_t of;
#include "memory.def"
};

/* Bytes at most: while it is opened, when it is open, while it is loaded, when it is loaded. */
struct memory_bound {
	size_t opening, open, loading, loaded;
};

enum {
	MEMORY_FIXED = 1536,   /* runtime, object and what is left of the smallest chunks */
	MEMORY_WORKING = 1024, /* the smallest chunks of work */
	MEMORY_VERIFIER = 96 * 1024,
};

/* A port that counts. */
struct memory_meter {
	struct skep_port port;
	const struct skep_port *under;
	size_t held, most;
};

static void *memory_alloc(void *ctx, size_t size, size_t align)
{
	struct memory_meter *meter = ctx;

	meter->held += size;
	if (meter->held > meter->most)
		meter->most = meter->held;
	return meter->under->alloc(meter->under->ctx, size, align);
}

static void memory_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct memory_meter *meter = ctx;

	if (memory != NULL)
		meter->held -= size;
	meter->under->free(meter->under->ctx, memory, size, align);
}

static uintptr_t memory_lock(void *ctx, uint32_t *word)
{
	(void)ctx, (void)word;
	return 0;
}

static void memory_unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)ctx, (void)word, (void)state;
}

static void memory_meter_init(struct memory_meter *meter, const struct skep_port *under)
{
	*meter = (struct memory_meter){
		.port = { .ctx = meter,
			  .alloc = memory_alloc,
			  .free = memory_free,
			  .cpu_count = 1,
			  .lock = memory_lock,
			  .unlock = memory_unlock },
		.under = under,
	};
}

/* ------------------------------------------------------------------------------- the formula */

/* What can be read off the file. */
static void count_file(const struct skep_elf *elf, struct memory_counts *out)
{
	out->section = elf->section_count;
	out->symbol = elf->symbol_count;
	for (uint32_t i = 1; i < elf->section_count; i++) {
		const struct skep_elf_section section = skep_elf_section(elf, i);

		if (section.type == SKEP_ELF_REL)
			out->relocation += (uint32_t)(section.size / 16);
		if (skep_text_equal(section.name, ".BTF"))
			out->btf_byte = (uint32_t)section.size;
		if (skep_text_equal(section.name, ".strtab"))
			out->name_byte = (uint32_t)section.size;
	}
}

static bool is_reference(const struct skep_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) || insn->code == (BPF_JMP | BPF_CALL);
}

static void count_object(const struct skep_object *object, struct memory_counts *out)
{
	const struct skep_image *image = &object->image;

	out->btf_type = image->btf != NULL ? image->btf->count : 0;
	out->func = image->func_count;
	out->prog = image->prog_count;
	out->core = image->core_count;
	out->extern_symbol = image->extern_count;
	out->map = image->map_count;
	out->code_section = image->section_count;
	out->var = image->var_count;
	for (uint32_t i = 0; i < image->section_count; i++) {
		const struct skep_image_section *section = &image->sections[i];

		out->insn += section->insn_count;
		out->line += section->line_count;
		for (uint32_t k = 0; k < section->insn_count; k++)
			out->reference += is_reference(&section->insns[k]);
	}
	for (uint32_t i = 0; i < image->prog_count; i++) {
		out->linked_insn += object->progs[i].count;
		out->linked_func += object->progs[i].func_count;
	}
	for (uint32_t i = 0; i < image->map_count; i++)
		if (image->maps[i].is_data)
			out->data_byte += image->maps[i].def.value_size;
		else
			out->map_defined++;
}

static uint64_t round8(uint64_t size)
{
	return (size + 7) & ~(uint64_t)7;
}

/* Memory of a map that is loaded. */
static size_t map_bytes(const struct skep_image_map *map)
{
	enum { HASH = 1, PROG_ARRAY = 3, PERCPU_ARRAY = 6, RINGBUF = 27 };
	const uint64_t entries = map->def.max_entries;
	const uint64_t key = round8(map->def.key_size), value = round8(map->def.value_size);

	switch (map->def.type) {
	case HASH: return (size_t)(512 + 16 * entries + (entries + 1) * (8 + key + value));
	case PROG_ARRAY: return (size_t)(entries * sizeof(void *));
	case PERCPU_ARRAY: return (size_t)(entries * value + 128); /* one cpu */
	case RINGBUF: return (size_t)(2 * entries + 256);
	default: return (size_t)(entries * value);
	}
}

static struct memory_bound memory_bound(const struct memory_counts *counts,
					const struct skep_image *image, bool unverified)
{
	size_t open = 0, load = 0, work = 0, maps = 0;
	struct memory_bound bound;

#define COST(of, text, open32, open64, load32, load64, work32, work64)                             \
	open += (size_t)counts->of * (sizeof(void *) > 4 ? (open64) : (open32));                   \
	load += (size_t)counts->of * (sizeof(void *) > 4 ? (load64) : (load32));                   \
	work += (size_t)counts->of * (sizeof(void *) > 4 ? (work64) : (work32));
#include "memory.def"
	for (uint32_t i = 0; i < image->map_count; i++)
		maps += map_bytes(&image->maps[i]);
	bound.open = MEMORY_FIXED + open * 5 / 4;
	bound.opening = bound.open + MEMORY_WORKING + work * 5 / 4;
	bound.loaded = bound.open + load * 5 / 4 + maps;
	bound.loading =
		bound.loaded + MEMORY_WORKING + work * 5 / 4 + (unverified ? 0 : MEMORY_VERIFIER);
	return bound;
}

/* --------------------------------------------------------------------------------- the test */

/* That `found` is within `bound`, and no less than a third of it: a formula that promises any
 * amount is none. */
static bool memory_within(const char *name, const char *when, size_t found, size_t bound)
{
	if (found <= bound && found * 3 >= bound)
		return true;
	test_fail("%s %s: %u bytes, by the formula at most %u", name, when, (unsigned)found,
		  (unsigned)bound);
	return false;
}

/* Opens and loads an object with memory from `under` and holds both to the formula. The verifier
 * gets MEMORY_VERIFIER; with `unverified` it does not run. */
static bool memory_holds(const char *name, const void *bytes, size_t size, bool unverified,
			 const struct skep_port *under)
{
	struct memory_meter meter;
	struct skep_config config = { .port = &meter.port,
				      .engine = SKEP_ENGINE_INTERP,
				      .unverified = unverified,
				      .limits.verify_bytes_max = MEMORY_VERIFIER };
	struct memory_counts counts = { 0 };
	struct memory_bound bound;
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct skep_arena arena;
	struct skep_log silent = { 0 };
	struct skep_elf elf;
	size_t opening, open, loading, loaded;
	bool ok;

	skep_arena_init(&arena, under, 0);
	if (skep_elf_open(bytes, size, &arena, &silent, &elf) < 0)
		return false;
	count_file(&elf, &counts);
	skep_arena_free(&arena);
	memory_meter_init(&meter, under);
	if (skep_runtime_open(&config, &runtime) < 0 ||
	    skep_object_open(runtime, bytes, size, name, &object) < 0)
		return false;
	opening = meter.most;
	open = meter.held;
	count_object(object, &counts);
	bound = memory_bound(&counts, &object->image, unverified);
	if (skep_object_load(object) < 0) {
		test_fail("%s is not loaded", name);
		return false;
	}
	loading = meter.most;
	loaded = meter.held;
	test_note("%s%s, file of %u bytes: opening %u of %u, open %u of %u, loading %u of %u, "
		  "loaded %u of %u",
		  name, unverified ? ", unverified" : "", (unsigned)size, (unsigned)opening,
		  (unsigned)bound.opening, (unsigned)open, (unsigned)bound.open, (unsigned)loading,
		  (unsigned)bound.loading, (unsigned)loaded, (unsigned)bound.loaded);
	if (loading > bound.loading)
		test_fail("%s takes more than that while it is loaded", name);
	ok = memory_within(name, "while it is opened", opening, bound.opening) &&
	     memory_within(name, "open", open, bound.open) &&
	     memory_within(name, "loaded", loaded, bound.loaded);
	skep_object_close(object);
	skep_runtime_close(runtime);
	if (meter.held != 0)
		test_fail("%s: %u bytes are not given back", name, (unsigned)meter.held);
	return ok && loading <= bound.loading && meter.held == 0;
}

#endif
