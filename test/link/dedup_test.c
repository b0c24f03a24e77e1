/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF written and its types made one of each. Witness is libbpf's btf__dedup() on the same input;
 * apart from counts, what each type became must have the same words, and must lead to what its own
 * references became.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "btf/dedup.h"
#include "btf/shape.h"
#include "harness.h"
#include "load/elf.h"
#include "object.h"

enum { INPUTS_MAX = 512 };

static const char VMLINUX[] = "/sys/kernel/btf/vmlinux";

/* Tables of types, in an arena. */
struct tables {
	struct skep_arena arena;
	struct test_log errors;
	struct skep_log log;
	struct skep_btf_merge inputs[INPUTS_MAX];
	uint32_t count;
};

static void begin(struct tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	skep_arena_init(&tables->arena, skep_port_posix(), 0);
	tables->log = (struct skep_log){ .sink = test_log, .sink_ctx = &tables->errors };
}

static void end(struct tables *tables)
{
	skep_arena_free(&tables->arena);
}

static bool add_bytes(struct tables *tables, const void *bytes, size_t size, bool big_endian)
{
	struct skep_btf *btf;

	if (skep_btf_read(bytes, size, big_endian, &tables->arena, &tables->log, &btf) < 0) {
		test_note("%s", tables->errors.last);
		return false;
	}
	tables->inputs[tables->count++] =
		(struct skep_btf_merge){ btf, skep_arena_array(&tables->arena, btf->count + 1,
							       sizeof(uint32_t)) };
	return true;
}

static void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	size_t room = 0;

	*size = 0;
	if (file == NULL)
		return NULL;
	do {
		room = room * 2 + 65536;
		bytes = realloc(bytes, room);
		*size += fread(bytes + *size, 1, room - *size, file);
	} while (*size == room);
	fclose(file);
	return bytes;
}

/* Adds the BTF of an object; objects without are left out. */
static bool add_object(struct tables *tables, const char *path, int order)
{
	size_t size;
	void *bytes = read_file(path, &size);
	struct skep_elf elf;
	bool ok = skep_elf_open(bytes, size, &tables->arena, &tables->log, &elf) == 0;

	for (uint32_t i = 1; ok && i < elf.section_count; i++) {
		const struct skep_elf_section section = skep_elf_section(&elf, i);

		if (strcmp(section.name, ".BTF") == 0 && (order < 0 || elf.big_endian == order))
			ok = add_bytes(tables, section.data, section.size, elf.big_endian);
	}
	free(bytes);
	return ok;
}

static bool add_objects(struct tables *tables, int order)
{
	char pattern[4096];
	glob_t found;
	bool ok = true;

	snprintf(pattern, sizeof(pattern), "%s/test/objects/*.o", getenv("SKEP_BUILD"));
	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	for (size_t i = 0; i < found.gl_pathc && ok; i++)
		ok = add_object(tables, found.gl_pathv[i], order);
	globfree(&found);
	return ok && tables->count > 20;
}

static bool add_vmlinux(struct tables *tables)
{
	size_t size;
	void *bytes = read_file(VMLINUX, &size);
	const bool ok = bytes != NULL && add_bytes(tables, bytes, size, false);

	free(bytes);
	return ok;
}

/* ------------------------------------------------------------------------------------ writing */

static bool same_text(const struct skep_btf *a, uint32_t at_a, const struct skep_btf *b,
		      uint32_t at_b)
{
	return strcmp(skep_btf_string(a, at_a), skep_btf_string(b, at_b)) == 0;
}

/* Whether type `x` of `a` and `y` of `b` have the same words; `ids` says what references of `a` are
 * in `b`. A declaration may have become a definition, where `ids` led. */
static bool same_type(const struct skep_btf *a, uint32_t x, const struct skep_btf *b, uint32_t y,
		      const uint32_t *ids)
{
	const uint32_t *in = skep_btf_words(a, x), *out = skep_btf_words(b, y);
	struct skep_btf_walk walk = skep_btf_walk(in);

	if (in[1] != out[1])
		return false;
	for (; walk.index < walk.count; skep_btf_step(&walk)) {
		const uint32_t wanted = walk.role == SKEP_BTF_REF && ids != NULL
						? ids[in[walk.index]]
						: in[walk.index];

		if (walk.role == SKEP_BTF_TEXT ? !same_text(a, in[walk.index], b, out[walk.index])
					       : wanted != out[walk.index])
			return false;
	}
	return true;
}

static struct skep_btf *written(struct tables *tables, struct skep_btf_writer *writer,
				bool big_endian)
{
	const size_t size = skep_btf_writer_size(writer);
	uint8_t *bytes = malloc(size);
	struct skep_btf *btf = NULL;

	skep_btf_writer_bytes(writer, big_endian, bytes);
	if (skep_btf_read(bytes, size, big_endian, &tables->arena, &tables->log, &btf) < 0)
		test_note("%s", tables->errors.last);
	free(bytes);
	return btf;
}

/* Read, written and read again: the same types. */
static bool survives(struct tables *tables, const struct skep_btf *btf)
{
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		struct skep_btf_writer writer;
		struct skep_btf *copy;
		uint32_t id = 0;

		if (skep_btf_writer_init(&writer, &tables->arena, &tables->log) < 0)
			return false;
		for (uint32_t i = 1; i <= btf->count; i++)
			if (skep_btf_writer_copy(&writer, btf, i, NULL, &id) < 0 || id != i)
				return false;
		copy = written(tables, &writer, big_endian != 0);
		if (copy == NULL || copy->count != btf->count ||
		    copy->strings_size > btf->strings_size)
			return false;
		for (uint32_t i = 1; i <= btf->count; i++)
			if (!same_type(btf, i, copy, i, NULL))
				return false;
	}
	return true;
}

TEST(what_is_written_reads_the_same)
{
	struct tables tables;

	begin(&tables);
	CHECK(add_objects(&tables, -1));
	for (uint32_t i = 0; i < tables.count; i++)
		CHECK(survives(&tables, tables.inputs[i].btf));
	end(&tables);
}

TEST(what_is_written_of_a_kernel_reads_the_same)
{
	struct tables tables;

	begin(&tables);
	if (!add_vmlinux(&tables)) {
		test_skip("there is no BTF of a kernel here");
		return;
	}
	CHECK(tables.inputs[0].btf->count > 10000);
	CHECK(survives(&tables, tables.inputs[0].btf));
	end(&tables);
}

TEST(a_string_is_stored_once)
{
	struct skep_btf_writer writer;
	struct tables tables;
	uint32_t first, again, part, empty;
	char name[32];

	begin(&tables);
	CHECK_EQ(skep_btf_writer_init(&writer, &tables.arena, &tables.log), 0);
	CHECK_EQ(skep_btf_writer_string(&writer, "", 0, &empty), 0);
	CHECK_EQ(empty, 0);
	CHECK_EQ(skep_btf_writer_string(&writer, "counter", 7, &first), 0);
	CHECK_EQ(skep_btf_writer_string(&writer, "count", 5, &part), 0);
	CHECK_EQ(skep_btf_writer_string(&writer, "counters", 7, &again), 0);
	CHECK_EQ(first, again);
	CHECK_EQ(first, 1);
	CHECK_EQ(part, 9);
	for (int i = 0; i < 20000; i++) {
		const int size = snprintf(name, sizeof(name), "name%d", i % 10000);

		CHECK_EQ(skep_btf_writer_string(&writer, name, (size_t)size, &again), 0);
		CHECK_TEXT(writer.strings.bytes + again, name);
	}
	CHECK_EQ(writer.strings.size, 15 + 10 * 6 + 90 * 7 + 900 * 8 + 9000 * 9);
	end(&tables);
}

/* ------------------------------------------------------------------------------------ libbpf */

/* How many types libbpf leaves of the inputs, one after the other; 0: it failed. */
static uint32_t libbpf_count(const struct tables *tables)
{
	struct btf *all = btf__new_empty();
	uint32_t count = 0;
	int err = 0;

	for (uint32_t i = 0; i < tables->count && err >= 0; i++) {
		struct skep_btf_writer writer;
		struct skep_arena arena;
		struct btf *one;
		uint32_t id;
		void *bytes;

		skep_arena_init(&arena, skep_port_posix(), 0);
		skep_btf_writer_init(&writer, &arena, NULL);
		for (uint32_t k = 1; k <= tables->inputs[i].btf->count; k++)
			skep_btf_writer_copy(&writer, tables->inputs[i].btf, k, NULL, &id);
		bytes = malloc(skep_btf_writer_size(&writer));
		skep_btf_writer_bytes(&writer, false, bytes);
		one = btf__new(bytes, (uint32_t)skep_btf_writer_size(&writer));
		err = one != NULL ? btf__add_btf(all, one) : -1;
		btf__free(one);
		free(bytes);
		skep_arena_free(&arena);
	}
	if (err >= 0 && btf__dedup(all, NULL) == 0)
		count = btf__type_cnt(all) - 1;
	btf__free(all);
	return count;
}

/* Whether every type became one that says the same. */
static bool is_sound(const struct tables *tables, const struct skep_btf *out)
{
	for (uint32_t i = 0; i < tables->count; i++) {
		const struct skep_btf *in = tables->inputs[i].btf;
		const uint32_t *ids = tables->inputs[i].ids;

		for (uint32_t id = 1; id <= in->count; id++) {
			const uint32_t kind = skep_btf_kind_of(in, id);
			const bool declared =
				(kind == SKEP_BTF_FWD &&
				 skep_btf_kind_of(out, ids[id]) != SKEP_BTF_FWD) ||
				(kind == SKEP_BTF_ENUM && skep_btf_item_count(in, id) == 0);

			if (ids[id] == 0 || ids[id] > out->count)
				return false;
			if (declared &&
			    strcmp(skep_btf_name_of(in, id), skep_btf_name_of(out, ids[id])) == 0)
				continue;
			if (!same_type(in, id, out, ids[id], ids)) {
				test_note("input %u, type %u", i, id);
				return false;
			}
		}
	}
	return true;
}

/* Types left; 0: something was not so. */
static uint32_t deduplicate(struct tables *tables, struct skep_btf **out)
{
	struct skep_btf_writer writer;
	struct skep_arena scratch;
	struct timespec start, stop;

	clock_gettime(CLOCK_MONOTONIC, &start);
	skep_arena_init(&scratch, skep_port_posix(), 0);
	if (skep_btf_writer_init(&writer, &tables->arena, &tables->log) < 0 ||
	    skep_btf_dedup(tables->inputs, tables->count, NULL, 0, &scratch, &writer) < 0)
		return 0;
	skep_arena_free(&scratch);
	clock_gettime(CLOCK_MONOTONIC, &stop);
	test_note("%ld ms",
		  (stop.tv_sec - start.tv_sec) * 1000 + (stop.tv_nsec - start.tv_nsec) / 1000000);
	*out = written(tables, &writer, false);
	return *out != NULL && is_sound(tables, *out) ? (*out)->count : 0;
}

/* Done again, nothing changes. */
static bool is_fixed(struct skep_btf *btf)
{
	struct tables tables;
	struct skep_btf *again = NULL;
	bool ok;

	begin(&tables);
	tables.inputs[tables.count++] =
		(struct skep_btf_merge){ btf, skep_arena_array(&tables.arena, btf->count + 1,
							       sizeof(uint32_t)) };
	ok = deduplicate(&tables, &again) == btf->count;
	for (uint32_t id = 1; ok && id <= btf->count; id++)
		ok = tables.inputs[0].ids[id] == id && same_type(btf, id, again, id, NULL);
	end(&tables);
	return ok;
}

TEST(as_many_types_as_libbpf_leaves)
{
	struct tables tables;
	struct skep_btf *out;
	uint32_t count;

	begin(&tables);
	CHECK(add_objects(&tables, 0));
	count = deduplicate(&tables, &out);
	CHECK_EQ(count, libbpf_count(&tables));
	CHECK(is_fixed(out));
	end(&tables);
}

TEST(as_many_types_of_a_kernel_as_libbpf_leaves)
{
	struct tables tables;
	struct skep_btf *out;
	uint32_t count;

	begin(&tables);
	if (!add_vmlinux(&tables)) {
		test_skip("there is no BTF of a kernel here");
		return;
	}
	count = deduplicate(&tables, &out);
	test_note("%u of %u, libbpf %u", count, tables.inputs[0].btf->count, libbpf_count(&tables));
	CHECK(count != 0 && count <= libbpf_count(&tables));
	CHECK(is_fixed(out));
	CHECK(add_vmlinux(&tables) && add_objects(&tables, 0));
	count = deduplicate(&tables, &out);
	test_note("twice and with objects: %u, libbpf %u", count, libbpf_count(&tables));
	CHECK(count != 0 && count <= libbpf_count(&tables));
	end(&tables);
}

/* -------------------------------------------------------------------------------- by hand */

/* A table under construction: kinds are Linux's numbers. */
struct made {
	struct tables *tables;
	struct skep_btf_writer writer;
};

static void make(struct made *made, struct tables *tables)
{
	made->tables = tables;
	skep_btf_writer_init(&made->writer, &tables->arena, &tables->log);
}

static uint32_t name_of(struct made *made, const char *name)
{
	uint32_t offset = 0;

	skep_btf_writer_string(&made->writer, name, strlen(name), &offset);
	return offset;
}

/* A type of up to four words after the first three, which are its items if `count` is not 0. */
static uint32_t add(struct made *made, const char *name, uint32_t kind, uint32_t count,
		    uint32_t third, uint32_t a, uint32_t b, uint32_t c)
{
	const uint32_t words[] = { name_of(made, name), kind << 24 | count, third, a, b, c };
	uint32_t id = 0;

	skep_btf_writer_add(&made->writer, words, &id);
	return id;
}

/* A structure with one pointer, to type `to`, named `member`. */
static uint32_t add_node(struct made *made, const char *name, const char *member, uint32_t to)
{
	return add(made, name, 4, 1, 8, name_of(made, member), to, 0);
}

static void finish(struct made *made)
{
	struct skep_btf *btf = written(made->tables, &made->writer, false);

	if (btf == NULL)
		return;
	made->tables->inputs[made->tables->count++] =
		(struct skep_btf_merge){ btf, skep_arena_array(&made->tables->arena, btf->count + 1,
							       sizeof(uint32_t)) };
}

enum { PTR = 2, STRUCT = 4, ENUM = 6, FWD = 7, TYPEDEF = 8, FUNC_PROTO = 13, VAR = 14 };

TEST(a_list_that_leads_to_itself_is_one_type)
{
	struct tables tables;
	struct made made;
	struct skep_btf *out;

	begin(&tables);
	for (int i = 0; i < 2; i++) { /* struct list { struct list *next; }, twice in each */
		make(&made, &tables);
		add_node(&made, "list", "next", 2); /* 1 */
		add(&made, "", PTR, 0, 1, 0, 0, 0); /* 2 */
		add_node(&made, "list", "next", 4); /* 3 */
		add(&made, "", PTR, 0, 3, 0, 0, 0); /* 4 */
		add_node(&made, "list", "prev", 6); /* 5: another */
		add(&made, "", PTR, 0, 5, 0, 0, 0); /* 6 */
		finish(&made);
	}
	CHECK_EQ(deduplicate(&tables, &out), 4);
	CHECK_EQ(tables.inputs[1].ids[3], 1);
	CHECK_EQ(tables.inputs[1].ids[4], 2);
	CHECK_EQ(tables.inputs[1].ids[6], 4);
	end(&tables);
}

/* struct a { struct b *to; }; struct b is declared only, and defined in other tables, with a member
 * of each name. */
static uint32_t declared(const char *first, const char *second, uint32_t *was, uint32_t *is)
{
	struct tables tables;
	struct made made;
	struct skep_btf *out;
	uint32_t count;

	begin(&tables);
	make(&made, &tables);
	add_node(&made, "a", "to", 2);
	add(&made, "", PTR, 0, 3, 0, 0, 0);
	add(&made, "b", FWD, 0, 0, 0, 0, 0);
	finish(&made);
	for (int i = 0; i < 2; i++) {
		make(&made, &tables);
		add_node(&made, "b", i == 0 ? first : second, 2);
		add(&made, "", PTR, 0, 3, 0, 0, 0);
		add_node(&made, "a", "to", 2 + 2);
		add(&made, "", PTR, 0, 1, 0, 0, 0);
		finish(&made);
	}
	count = deduplicate(&tables, &out);
	*was = tables.inputs[0].ids[3];
	*is = tables.inputs[1].ids[1];
	end(&tables);
	return count;
}

TEST(a_declaration_becomes_the_definition_if_there_is_one)
{
	uint32_t was, is;

	/* a, pointer to b, b, pointer to a */
	CHECK_EQ(declared("x", "x", &was, &is), 4);
	CHECK_EQ(was, is);
	/* Three structures b, and for each an a, a pointer to a and a pointer to b. */
	CHECK(declared("x", "y", &was, &is) > 8);
	CHECK(was != is);
}

TEST(definitions_that_differ_far_away_are_two)
{
	struct tables tables;
	struct made made;
	struct skep_btf *out;

	begin(&tables);
	make(&made, &tables);
	add(&made, "b", FWD, 0, 0, 0, 0, 0);
	finish(&made);
	for (int i = 0; i < 2; i++) { /* struct b { struct c *to; }, struct c of two kinds */
		make(&made, &tables);
		add_node(&made, "b", "to", 2);
		add(&made, "", PTR, 0, 3, 0, 0, 0);
		add_node(&made, "c", i == 0 ? "x" : "y", 2);
		finish(&made);
	}
	CHECK_EQ(deduplicate(&tables, &out), 7);
	CHECK_EQ(skep_btf_kind_of(out, tables.inputs[0].ids[1]), SKEP_BTF_FWD);
	end(&tables);
}

TEST(an_enumeration_that_was_declared_gets_its_enumerators)
{
	struct tables tables;
	struct made made;
	struct skep_btf *out;

	begin(&tables);
	make(&made, &tables);
	add(&made, "color", ENUM, 0, 4, 0, 0, 0);
	add(&made, "color", ENUM, 1, 4, name_of(&made, "RED"), 1, 0);
	add(&made, "shape", ENUM, 0, 4, 0, 0, 0);
	finish(&made);
	CHECK_EQ(deduplicate(&tables, &out), 2);
	CHECK_EQ(tables.inputs[0].ids[1], tables.inputs[0].ids[2]);
	CHECK(tables.inputs[0].ids[3] != tables.inputs[0].ids[1]);
	end(&tables);
}

TEST(variables_stay_apart_and_aliases_are_followed)
{
	const struct skep_btf_alias aliases[] = { { 1, 2, 0, 2 }, { 1, 3, 0, 0 } };
	struct tables tables;
	struct made made;
	struct skep_btf_writer writer;
	struct skep_arena scratch;

	begin(&tables);
	for (int i = 0; i < 2; i++) {
		make(&made, &tables);
		add(&made, "int", 1, 0, 4, 1u << 24 | 32, 0, 0);
		add(&made, "x", VAR, 0, 1, 1, 0, 0);
		add(&made, "y", VAR, 0, 1, 0, 0, 0);
		add(&made, "z", VAR, 0, 1, 0, 0, 0);
		finish(&made);
	}
	skep_arena_init(&scratch, skep_port_posix(), 0);
	skep_btf_writer_init(&writer, &tables.arena, &tables.log);
	CHECK_EQ(skep_btf_dedup(tables.inputs, 2, aliases, 2, &scratch, &writer), 0);
	skep_arena_free(&scratch);
	CHECK_EQ(writer.count, 5);
	CHECK_EQ(tables.inputs[1].ids[1], 1);
	CHECK_EQ(tables.inputs[1].ids[2], 2);
	CHECK_EQ(tables.inputs[1].ids[3], 0);
	CHECK_EQ(tables.inputs[1].ids[4], 5);
	end(&tables);
}

/* What fits a declaration: typedefs, qualifiers and names of parameters aside. */
TEST(declarations_and_definitions_that_fit)
{
	struct tables tables;
	struct made made;
	const uint32_t *ids;

	begin(&tables);
	make(&made, &tables);
	add(&made, "int", 1, 0, 4, 1u << 24 | 32, 0, 0);             /* 1 */
	add(&made, "number", TYPEDEF, 0, 1, 0, 0, 0);                /* 2 */
	add(&made, "", FUNC_PROTO, 1, 1, name_of(&made, "x"), 2, 0); /* 3 */
	add(&made, "", FUNC_PROTO, 1, 2, 0, 1, 0);                   /* 4 */
	add(&made, "long", 1, 0, 8, 1u << 24 | 64, 0, 0);            /* 5 */
	add(&made, "", FUNC_PROTO, 1, 1, name_of(&made, "x"), 5, 0); /* 6 */
	finish(&made);
	CHECK_EQ(tables.count, 1);
	CHECK_EQ(skep_btf_classify(tables.inputs, 1, &tables.arena, &tables.log), 0);
	ids = tables.inputs[0].ids;
	CHECK_EQ(ids[2], ids[1]);
	CHECK_EQ(ids[3], ids[4]);
	CHECK(ids[3] != ids[6] && ids[1] != ids[5]);
	end(&tables);
}

/* Structures that are all alike but for how far the last one is, and a kernel's worth of
 * declarations that cannot be told: what makes rounds of comparing quadratic. */
TEST(hostile_graphs_take_no_longer)
{
	enum { LENGTH = 150000 };
	struct tables tables;
	struct made made;
	struct skep_btf *out;
	struct timespec start, stop;

	begin(&tables);
	make(&made, &tables);
	for (uint32_t i = 0; i < LENGTH; i++) {
		add_node(&made, "link", "next", 2 * i + 2);
		add(&made, "", PTR, 0, i + 1 < LENGTH ? 2 * i + 3 : 0, 0, 0, 0);
	}
	for (uint32_t i = 0; i < LENGTH; i++)
		add(&made, "link", FWD, 0, 0, 0, 0, 0);
	finish(&made);
	CHECK_EQ(tables.count, 1);
	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(deduplicate(&tables, &out), 2 * LENGTH + 1);
	clock_gettime(CLOCK_MONOTONIC, &stop);
	CHECK(stop.tv_sec - start.tv_sec < 20);
	end(&tables);
}

TESTS_BEGIN
T(what_is_written_reads_the_same)
T(what_is_written_of_a_kernel_reads_the_same)
T(a_string_is_stored_once)
T(as_many_types_as_libbpf_leaves)
T(as_many_types_of_a_kernel_as_libbpf_leaves)
T(a_list_that_leads_to_itself_is_one_type)
T(a_declaration_becomes_the_definition_if_there_is_one)
T(definitions_that_differ_far_away_are_two)
T(an_enumeration_that_was_declared_gets_its_enumerators)
T(variables_stay_apart_and_aliases_are_followed)
T(declarations_and_definitions_that_fit)
T(hostile_graphs_take_no_longer)
TESTS_END
