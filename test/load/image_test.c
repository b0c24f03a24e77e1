/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about objects, written down from their sources (test/objects/load_*.bpf.c). */
#include "fixture.h"

/* The same source for every instruction set version and both byte orders. */
static const char *const VARIANTS[] = { ".o", ".v1.o", ".v2.o", ".v4.o", ".eb.o" };

static const char *variant(const char *name, size_t i)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s%s", name, VARIANTS[i]);
	test_case("%s", text);
	return text;
}

static bool check_code(const struct skep_image *image)
{
	static const struct {
		const char *function, *refers;
	} CASES[] = {
		{ "static_in_text", "value hidden" },
		{ "global_in_text", "value visible" },
		{ "second_static_in_text", "value constant" },
		{ "hidden_in_text", "value special" },
		{ "each", "" },
		{ "follow", "" },
		{ "calls_static", "call static_in_text" },
		{ "calls_second_static", "call second_static_in_text" },
		{ "static_in_xdp", "value zeroed" },
		{ "calls_global", "call global_in_text" },
		{ "calls_own_section", "call static_in_xdp" },
		{ "calls_hidden", "call hidden_in_text" },
		{ "passes_function", "func each" },
		{ "reads_text", "value text" },
		{ "follows_static", "value numbers, call follow" },
		{ "follows_global", "value shown, call follow" },
		{ "unknown_section", "" },
		{ "only_static", "" },
		{ "calls_outside", "extern outside" },
	};
	bool ok = true;

	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		char text[256];

		ok &= test_check_text(references(image, CASES[i].function, text, sizeof(text)),
				      CASES[i].refers, __FILE__, __LINE__, CASES[i].function);
	}
	return ok && test_check_eq(image->func_count, SKEP_COUNT(CASES), __FILE__, __LINE__,
				   "number of functions");
}

TEST(references_lead_where_the_source_says)
{
	for (size_t i = 0; i < SKEP_COUNT(VARIANTS); i++) {
		struct loaded loaded;
		bool ok =
			load_object(&loaded, variant("load_code", i)) && check_code(&loaded.image);

		CHECK(ok);
		CHECK_EQ(loaded.image.big_endian, i == 4);
		unload(&loaded);
	}
}

TEST(programs_have_the_type_of_their_section)
{
	static const struct {
		const char *name, *section, *attach_to;
		uint32_t type, attach_type;
		bool sleepable, autoload;
	} CASES[] = {
		{ "calls_static", "xdp", "", 6, 37, false, true },
		{ "calls_second_static", "xdp", "", 6, 37, false, true },
		{ "calls_global", "xdp", "", 6, 37, false, true },
		{ "calls_own_section", "xdp", "", 6, 37, false, true },
		{ "calls_hidden", "xdp", "", 6, 37, false, true },
		{ "passes_function", "tc", "", 3, 0, false, true },
		{ "reads_text", "tc", "", 3, 0, false, true },
		{ "follows_static", "fentry.s/do_thing", "do_thing", 26, 24, true, false },
		{ "follows_global", "lsm.s", "", 29, 27, true, true },
		{ "unknown_section", "no such name", "", 0, 0, false, true },
		{ "only_static", "kprobe/only_static", "only_static", 2, 0, false, true },
		{ "calls_outside", "raw_tp/thing", "thing", 17, 0, false, true },
	};
	struct loaded loaded;

	CHECK(load_object(&loaded, "load_code.o"));
	CHECK_EQ(loaded.image.prog_count, SKEP_COUNT(CASES));
	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		const struct skep_image_prog *prog = prog_named(&loaded.image, CASES[i].name);

		test_case("%s", CASES[i].name);
		CHECK(prog != NULL);
		CHECK_TEXT(prog->section, CASES[i].section);
		CHECK_TEXT(prog->attach_to, CASES[i].attach_to);
		CHECK_EQ(prog->type, CASES[i].type);
		CHECK_EQ(prog->attach_type, CASES[i].attach_type);
		CHECK_EQ(prog->sleepable, CASES[i].sleepable);
		CHECK_EQ(prog->autoload, CASES[i].autoload);
	}
	test_case("%s", "");
	CHECK_TEXT(loaded.image.license, "GPL");
	unload(&loaded);
}

TEST(log_is_left_as_it_was)
{
	struct skep_log log = { .object = "before", .prog = "p" };
	struct skep_arena arena;
	struct skep_image image;

	skep_arena_init(&arena, skep_port_posix(), 0);
	CHECK_EQ(skep_load_image("x", 1, "x.o", NULL, NULL, 0, &arena, &log, &image), SKEP_ENOEXEC);
	skep_arena_free(&arena);
	CHECK_TEXT(log.object, "before");
	CHECK_TEXT(log.prog, "p");
	CHECK_EQ(log.error_count, 1);
}

/* An embedder's section names come before Linux's. */
TEST(own_program_types_come_first)
{
	static const struct skep_prog_type OWN[] = {
		{ .type = 0x10001, .name = "mine", .section = "no such name" },
		{ .type = 0x10002, .name = "theirs", .section = "kprobe" },
	};
	struct skep_arena arena;
	struct skep_image image;
	size_t size = 0;
	void *bytes = test_object_read("load_code.o", &size);

	CHECK(bytes != NULL);
	skep_arena_init(&arena, skep_port_posix(), 0);
	CHECK_EQ(skep_load_image(bytes, size, "x", NULL, OWN, 2, &arena, NULL, &image), 0);
	free(bytes);
	CHECK_EQ(prog_named(&image, "unknown_section")->type, 0x10001);
	CHECK_EQ(prog_named(&image, "only_static")->type, 0x10002);
	CHECK_TEXT(prog_named(&image, "only_static")->attach_to, "only_static");
	CHECK_EQ(prog_named(&image, "calls_static")->type, 6);
	skep_arena_free(&arena);
}

/* Static functions are verified where they are called, and so are hidden ones. */
TEST(only_visible_functions_are_global)
{
	struct loaded loaded;

	CHECK(load_object(&loaded, "load_code.o"));
	CHECK(func_named(&loaded.image, "global_in_text")->is_global);
	CHECK(func_named(&loaded.image, "calls_static")->is_global);
	CHECK(!func_named(&loaded.image, "static_in_text")->is_global);
	CHECK(!func_named(&loaded.image, "hidden_in_text")->is_global);
	CHECK(!func_named(&loaded.image, "only_static")->is_global);
	unload(&loaded);
}

/* A line number in the source is that of the line with `mark` in it. */
static uint32_t line_of(const char *mark)
{
	size_t size = 0;
	char *source = test_object_read("test/objects/load_code.bpf.c", &size), *end;
	uint32_t line = 1;

	if (source == NULL)
		return 0;
	source[size - 1] = '\0';
	end = strstr(source, mark);
	for (char *c = source; end != NULL && c < end; c++)
		line += *c == '\n';
	free(source);
	return end != NULL ? line : 0;
}

TEST(instructions_have_source_lines)
{
	struct loaded loaded;
	const struct skep_image_func *func;
	const struct skep_image_section *section;
	bool found = false;

	CHECK(load_object(&loaded, "load_code.o"));
	func = func_named(&loaded.image, "global_in_text");
	section = &loaded.image.sections[func->section];
	for (uint32_t i = 0; i < section->line_count; i++) {
		const struct skep_image_line *line = &section->lines[i];

		if (line->insn < func->start || line->insn >= func->start + func->count ||
		    line->source == NULL || strcmp(line->source, "\treturn x * visible;") != 0)
			continue;
		found = true;
		CHECK_EQ(line->line, line_of("return x * visible;"));
		CHECK(strstr(line->file, "load_code.bpf.c") != NULL);
	}
	CHECK(found);
	unload(&loaded);
}

TEST(functions_have_their_prototypes)
{
	struct loaded loaded;

	CHECK(load_object(&loaded, "load_code.eb.o"));
	for (uint32_t i = 0; i < loaded.image.func_count; i++) {
		struct skep_btf_type type;

		CHECK_EQ(skep_btf_type(loaded.image.btf, loaded.image.funcs[i].type, &type), 0);
		CHECK_EQ(type.kind, SKEP_BTF_FUNC);
		CHECK_TEXT(type.name, loaded.image.funcs[i].name);
	}
	unload(&loaded);
}

static uint32_t first_word(const struct skep_image *image, const struct skep_var *var)
{
	const uint8_t *bytes = image->maps[image->var_map[var - image->vars]].data + var->offset;

	return image->big_endian ? (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
					   (uint32_t)bytes[2] << 8 | bytes[3]
				 : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
					   (uint32_t)bytes[1] << 8 | bytes[0];
}

TEST(variables_static_ones_too)
{
	static const struct {
		const char *name, *section, *type;
		uint32_t size, word;
		bool read_only;
	} CASES[] = {
		{ "visible", ".data", "int", 4, 11, false },
		{ "hidden", ".data", "int", 4, 22, false },
		{ "numbers", ".data", "", 24, 1, false },
		{ "shown", ".data", "", 24, 1, false },
		{ "zeroed", ".bss", "", 24, 0, false },
		{ "constant", ".rodata", "int", 4, 33, true },
		{ "text", ".rodata", "", 27, 0, true },
		{ "special", ".data.special", "int", 4, 44, false },
	};

	for (size_t v = 0; v < SKEP_COUNT(VARIANTS); v++) {
		struct loaded loaded;

		CHECK(load_object(&loaded, variant("load_code", v)));
		CHECK_EQ(loaded.image.var_count, SKEP_COUNT(CASES));
		for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
			const struct skep_var *var = var_named(&loaded.image, CASES[i].name);
			struct skep_btf_type type;
			uint64_t size;

			test_case("%s", CASES[i].name);
			CHECK(var != NULL);
			CHECK_TEXT(var->section, CASES[i].section);
			CHECK_EQ(var->size, CASES[i].size);
			CHECK_EQ(var->read_only, CASES[i].read_only);
			CHECK_EQ(skep_btf_size(loaded.image.btf, var->type, &size), 0);
			CHECK_EQ(size, CASES[i].size);
			skep_btf_type(loaded.image.btf,
				      skep_btf_resolve(loaded.image.btf, var->type), &type);
			CHECK_TEXT(type.name, CASES[i].type);
			if (strcmp(CASES[i].name, "text") != 0)
				CHECK_EQ(first_word(&loaded.image, var), CASES[i].word);
		}
		unload(&loaded);
	}
}

TEST(text_in_rodata_is_as_written)
{
	struct loaded loaded;
	const struct skep_var *var;

	CHECK(load_object(&loaded, "load_code.o"));
	var = var_named(&loaded.image, "text");
	CHECK_TEXT((const char *)map_named(&loaded.image, "load_cod.rodata")->data + var->offset,
		   "a text that is long enough");
	unload(&loaded);
}

TEST(data_sections_become_maps_as_libbpf_makes_them)
{
	static const struct {
		const char *name, *section;
		uint32_t value_size, flags;
		bool read_only;
	} CASES[] = {
		/* 8 characters of the object and the section: 15 in all. Everything in .bss is
		 * static, so nobody is given a view of it (BPF_F_MMAPABLE, 1024). */
		{ "load_cod.data", ".data", 56, 1024, false },
		{ "load_cod.bss", ".bss", 24, 0, false },
		{ "load_cod.rodata", ".rodata", 31, 1024 | 128, true },
		{ ".data.special", ".data.special", 4, 1024, false },
	};
	struct loaded loaded;

	CHECK(load_object(&loaded, "load_code.o"));
	CHECK_EQ(loaded.image.map_count, SKEP_COUNT(CASES));
	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		const struct skep_image_map *map = map_named(&loaded.image, CASES[i].name);
		struct skep_btf_type type;

		test_case("%s", CASES[i].name);
		CHECK(map != NULL);
		CHECK(map->is_data);
		CHECK_TEXT(map->section, CASES[i].section);
		CHECK_EQ(map->def.type, 2);
		CHECK_EQ(map->def.key_size, 4);
		CHECK_EQ(map->def.max_entries, 1);
		CHECK_EQ(map->def.value_size, CASES[i].value_size);
		CHECK_EQ(map->def.flags, CASES[i].flags);
		CHECK_EQ(map->read_only, CASES[i].read_only);
		CHECK_EQ(skep_btf_type(loaded.image.btf, map->value_type, &type), 0);
		CHECK_EQ(type.kind, SKEP_BTF_DATASEC);
		CHECK_TEXT(type.name, CASES[i].section);
		CHECK_EQ(type.size, CASES[i].value_size);
	}
	unload(&loaded);
}

TEST(data_maps_take_the_file_name_up_to_the_first_dot)
{
	struct loaded loaded;
	size_t size = 0;
	void *bytes = test_object_read("load_code.o", &size);

	CHECK(bytes != NULL);
	CHECK(load_bytes(&loaded, bytes, size, "some/where/a-b.bpf.o"));
	CHECK(map_named(&loaded.image, "a_b.rodata") != NULL);
	CHECK(map_named(&loaded.image, "a_b.bss") != NULL);
	CHECK_TEXT(loaded.image.name, "some/where/a-b.bpf.o");
	unload(&loaded);
	free(bytes);
}

/* ----------------------------------------------------------------------------------------- maps */

struct wanted_map {
	const char *name;
	struct skep_map_def def; /* type, key, value, entries, flags, numa, pinning, extra */
	const char *inner;
};

static bool check_maps(const struct skep_image *image, const struct wanted_map *wanted,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct skep_image_map *map = map_named(image, wanted[i].name);

		test_case("%s", wanted[i].name);
		if (!test_check(map != NULL, __FILE__, __LINE__, "is there") ||
		    !test_check(memcmp(&map->def, &wanted[i].def, sizeof(map->def)) == 0, __FILE__,
				__LINE__, "definition"))
			return false;
		if (!test_check_text(map->inner < 0 ? "" : image->maps[map->inner].name,
				     wanted[i].inner, __FILE__, __LINE__, "inner map"))
			return false;
	}
	return test_check_eq(image->map_count, count, __FILE__, __LINE__, "number of maps");
}

TEST(definitions_in_btf)
{
	static const struct wanted_map WANTED[] = {
		{ "by_type", { 1, 8, 16, 1000, 1, 0, 0, 0 }, "" },
		{ "by_size", { 2, 4, 24, 7, 0, 3, 1, 0 }, "" },
		{ "by_both", { 2, 4, 16, 1, 0, 0, 0, 0 }, "" },
		{ "ring", { 27, 0, 0, 4096, 0, 0, 0, 0 }, "" },
		{ "bloom", { 30, 0, 8, 50, 0, 0, 0, 0x300000005 }, "" },
		{ "hidden", { 6, 4, 8, 0, 0, 0, 0, 0 }, "" },
		{ "inner_a", { 2, 4, 8, 3, 0, 0, 0, 0 }, "" },
		{ "inner_b", { 2, 4, 8, 3, 0, 0, 0, 0 }, "" },
		{ "outer", { 12, 4, 4, 4, 0, 0, 0, 0 }, "outer.inner" },
		{ "outer_hash", { 13, 8, 4, 9, 0, 0, 0, 0 }, "outer_hash.inner" },
		{ "jumps", { 3, 4, 4, 8, 0, 0, 0, 0 }, "" },
		{ "outer.inner", { 2, 4, 8, 3, 0, 0, 0, 0 }, "" },
		{ "outer_hash.inner", { 1, 4, 1, 5, 0, 0, 0, 0 }, "" },
	};

	for (size_t i = 0; i < SKEP_COUNT(VARIANTS); i++) {
		struct loaded loaded;

		CHECK(load_object(&loaded, variant("load_maps", i)));
		CHECK(check_maps(&loaded.image, WANTED, SKEP_COUNT(WANTED)));
		CHECK(map_named(&loaded.image, "outer.inner")->is_inner);
		CHECK(map_named(&loaded.image, "outer_hash.inner")->is_inner);
		CHECK(!map_named(&loaded.image, "inner_a")->is_inner);
		CHECK_TEXT(loaded.image.license, "Dual BSD/GPL");
		CHECK_EQ(loaded.image.version, 0x060c05);
		REFERS(&loaded.image, "first", "map hidden, map jumps");
		REFERS(&loaded.image, "second", "map by_size");
		unload(&loaded);
	}
}

static const char *type_name(const struct skep_image *image, uint32_t id)
{
	struct skep_btf_type type = { .name = "?" };

	skep_btf_type(image->btf, skep_btf_resolve(image->btf, id), &type);
	return type.name;
}

TEST(definitions_keep_key_and_value_types)
{
	struct loaded loaded;
	const struct skep_image_map *map;

	CHECK(load_object(&loaded, "load_maps.o"));
	map = map_named(&loaded.image, "by_type");
	CHECK_TEXT(type_name(&loaded.image, map->key_type), "key");
	CHECK(map->value_type != 0);
	map = map_named(&loaded.image, "by_size");
	CHECK_EQ(map->key_type, 0);
	CHECK_EQ(map->value_type, 0);
	map = map_named(&loaded.image, "hidden");
	CHECK_TEXT(type_name(&loaded.image, map->key_type), "unsigned int");
	CHECK_TEXT(type_name(&loaded.image, map->value_type), "unsigned long long");
	unload(&loaded);
}

TEST(definitions_fill_slots)
{
	for (size_t i = 0; i < SKEP_COUNT(VARIANTS); i++) {
		struct loaded loaded;
		const struct skep_image_map *map;

		CHECK(load_object(&loaded, variant("load_maps", i)));
		map = map_named(&loaded.image, "outer");
		CHECK_EQ(map->slot_count, 2);
		CHECK_EQ(map->slots[0].index, 1);
		CHECK(!map->slots[0].is_prog);
		CHECK_TEXT(loaded.image.maps[map->slots[0].target].name, "inner_b");
		CHECK_EQ(map->slots[1].index, 3);
		CHECK_TEXT(loaded.image.maps[map->slots[1].target].name, "inner_a");
		map = map_named(&loaded.image, "jumps");
		CHECK_EQ(map->slot_count, 1);
		CHECK_EQ(map->slots[0].index, 2);
		CHECK(map->slots[0].is_prog);
		CHECK_TEXT(loaded.image.funcs[map->slots[0].target].name, "second");
		CHECK_EQ(map_named(&loaded.image, "outer_hash")->slot_count, 0);
		unload(&loaded);
	}
}

TEST(definitions_as_structures)
{
	static const struct wanted_map WANTED[] = {
		{ "inner", { 2, 4, 8, 1, 0, 0, 0, 0 }, "" },
		{ "loose", { 2, 4, 8, 1, 0, 0, 0, 0 }, "" },
		{ "outer", { 12, 4, 4, 4, 0, 0, 1, 0 }, "inner" },
		{ "plain", { 1, 16, 24, 100, 1, 0, 0, 0 }, "" },
		{ "sample_outer", { 13, 8, 4, 10, 4, 1, 0, 0 }, "inner" },
		{ "shortest", { 2, 4, 4, 2, 0, 0, 0, 0 }, "" },
	};

	for (size_t i = 0; i < SKEP_COUNT(VARIANTS); i++) {
		struct loaded loaded;
		const struct skep_image_map *map;

		CHECK(load_object(&loaded, variant("load_legacy", i)));
		CHECK(check_maps(&loaded.image, WANTED, SKEP_COUNT(WANTED)));
		map = map_named(&loaded.image, "outer");
		CHECK_EQ(map->slot_count, 1);
		CHECK_EQ(map->slots[0].index, 2);
		CHECK_TEXT(loaded.image.maps[map->slots[0].target].name, "inner");
		REFERS(&loaded.image, "looks_up_plain", "map plain");
		REFERS(&loaded.image, "looks_up_shortest", "map shortest");
		unload(&loaded);
	}
}

/* ------------------------------------------------------------------------------- other objects */

/* Gives every occurrence of a terminated name in the bytes another first letter. */
static void rename_sections(uint8_t *bytes, size_t size, const char *name)
{
	const size_t length = strlen(name) + 1;

	for (size_t i = 0; i + length <= size; i++)
		if (memcmp(bytes + i, name, length) == 0)
			bytes[i + 1] = '-';
}

TEST(without_btf_there_are_still_variables_and_old_maps)
{
	struct loaded loaded;
	size_t size = 0;
	uint8_t *bytes = test_object_read("load_code.o", &size);

	CHECK(bytes != NULL);
	rename_sections(bytes, size, ".BTF");
	CHECK(load_bytes(&loaded, bytes, size, "load_code"));
	CHECK(loaded.image.btf == NULL);
	CHECK(check_code(&loaded.image));
	CHECK_EQ(var_named(&loaded.image, "numbers")->size, 24);
	CHECK_EQ(var_named(&loaded.image, "numbers")->type, 0);
	CHECK_EQ(map_named(&loaded.image, "load_cod.rodata")->def.flags, 128);
	unload(&loaded);
	free(bytes);
}

TEST(maps_in_btf_need_btf)
{
	struct loaded loaded;
	size_t size = 0;
	uint8_t *bytes = test_object_read("load_maps.o", &size);

	CHECK(bytes != NULL);
	rename_sections(bytes, size, ".BTF");
	CHECK(!load_bytes(&loaded, bytes, size, "maps.o"));
	CHECK_EQ(loaded.err, SKEP_ENOEXEC);
	CHECK_EQ(loaded.errors.errors, 1);
	CHECK_TEXT(loaded.errors.last,
		   "maps.o: section .maps is not described in BTF; needed: type information about "
		   "its maps; compile with -g and do not strip section .BTF");
	unload(&loaded);
	free(bytes);
}

/* Changes a string of the object wherever it stands; BTF has each name once. */
static void replace(uint8_t *bytes, size_t size, const char *from, const char *to)
{
	for (size_t i = 0; i + strlen(from) + 2 <= size; i++)
		if (bytes[i] == '\0' && memcmp(bytes + i + 1, from, strlen(from) + 1) == 0)
			memcpy(bytes + i + 1, to, strlen(to) + 1);
}

TEST(definitions_that_cannot_be)
{
	static const struct {
		const char *from, *to, *wanted;
	} CASES[] = {
		{ "max_entries", "max_entrees", "member max_entrees is unknown" },
		{ "map_flags", "key_size", "map by_type: member key contradicts another member" },
		{ "map_extra", "type", "map bloom: member type does not fit 32 bits" },
		{ "values", "value", "member value is no type with a size" },
		{ "values", "key", "member key is no type with a size" },
		{ "value", "type", "member type is no number" },
		{ "max_entries", "values",
		  "member values is in a map that holds no programs or maps" },
		{ "type", "extr", "member extr is unknown" },
		{ "numa_node", "type", "" },
		{ "ring", "", "(variable) has no name that its kind can have" },
	};

	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		struct loaded loaded;
		size_t size = 0;
		uint8_t *bytes = test_object_read("load_maps.o", &size);

		test_case("%s instead of %s", CASES[i].to, CASES[i].from);
		CHECK(bytes != NULL);
		replace(bytes, size, CASES[i].from, CASES[i].to);
		CHECK_EQ(load_bytes(&loaded, bytes, size, "x.o"), CASES[i].wanted[0] == '\0');
		CHECK_EQ(loaded.errors.errors, CASES[i].wanted[0] != '\0');
		if (strstr(loaded.errors.last, CASES[i].wanted) == NULL)
			test_note("%s", loaded.errors.last);
		CHECK(strstr(loaded.errors.last, CASES[i].wanted) != NULL);
		unload(&loaded);
		free(bytes);
	}
}

/* gcc and binutils 2.40 write addends, offsets of variables and relocation numbers in their own
 * way. */
TEST(objects_of_gcc)
{
	struct loaded loaded;
	const struct skep_image_map *map;

	CHECK(load_object(&loaded, "test/fuzz/seeds/elf/gcc.o"));
	REFERS(&loaded.image, "add", "value first");
	REFERS(&loaded.image, "subtract", "value second");
	REFERS(&loaded.image, "multiply", "value third");
	REFERS(&loaded.image, "pass", "call add, map counts, call subtract");
	REFERS(&loaded.image, "drop", "call multiply, func subtract, map jumps");
	CHECK_EQ(loaded.image.prog_count, 2);
	CHECK_EQ(first_word(&loaded.image, var_named(&loaded.image, "first")), 1);
	CHECK_EQ(first_word(&loaded.image, var_named(&loaded.image, "second")), 2);
	CHECK_EQ(first_word(&loaded.image, var_named(&loaded.image, "third")), 3);
	CHECK(var_named(&loaded.image, "second")->type != 0);
	map = map_named(&loaded.image, "counts");
	CHECK_EQ(map->def.type, 1);
	CHECK_EQ(map->def.value_size, 8);
	map = map_named(&loaded.image, "jumps");
	CHECK_EQ(map->slot_count, 1);
	CHECK_EQ(map->slots[0].index, 1);
	CHECK_TEXT(loaded.image.funcs[map->slots[0].target].name, "pass");
	unload(&loaded);
}

TESTS_BEGIN
T(references_lead_where_the_source_says)
T(programs_have_the_type_of_their_section)
T(log_is_left_as_it_was)
T(own_program_types_come_first)
T(only_visible_functions_are_global)
T(instructions_have_source_lines)
T(functions_have_their_prototypes)
T(variables_static_ones_too)
T(text_in_rodata_is_as_written)
T(data_sections_become_maps_as_libbpf_makes_them)
T(data_maps_take_the_file_name_up_to_the_first_dot)
T(definitions_in_btf)
T(definitions_keep_key_and_value_types)
T(definitions_fill_slots)
T(definitions_as_structures)
T(without_btf_there_are_still_variables_and_old_maps)
T(maps_in_btf_need_btf)
T(definitions_that_cannot_be)
T(objects_of_gcc)
TESTS_END
