/* SPDX-License-Identifier: Apache-2.0 */
/* Names and paths of variables: what they find, and what is said of those that find nothing. */
#include "fixture.h"

TEST(every_symbol_is_a_variable)
{
	static const struct {
		const char *name, *section;
		uint32_t size;
		bool is_static, is_weak, is_hidden, read_only;
	} CASES[] = {
		{ "small", ".data", 1, false, false, false, false },
		{ "pts", ".data", 36, false, false, false, false },
		{ "hidden_in_file", ".data", 4, true, false, false, false },
		{ "weakling", ".data", 4, false, true, false, false },
		{ "hush", ".data", 4, false, false, true, false },
		{ "in_data", ".data.custom", 4, false, false, false, false },
		{ "in_rodata", ".rodata.custom", 4, false, false, false, true },
		{ "in_bss", ".bss.custom", 4, false, false, false, false },
		{ "counter", ".bss", 8, false, false, false, false },
		{ "limit", ".rodata", 4, false, false, false, true },
		{ "second.only_here", ".data", 4, true, false, false, false },
	};

	for (int variant = 0; variant < 2; variant++) {
		struct fixture fixture;

		CHECK_EQ(set_up(&fixture, variant == 0 ? "vars.o" : "vars.eb.o"), 0);
		for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
			struct skep_var var;

			test_case("%s", CASES[i].name);
			CHECK_EQ(skep_object_var_by_name(fixture.object, CASES[i].name, &var), 0);
			CHECK_TEXT(var.name, CASES[i].name);
			CHECK_TEXT(var.section, CASES[i].section);
			CHECK_EQ(var.size, CASES[i].size);
			CHECK_EQ(var.is_static, CASES[i].is_static);
			CHECK_EQ(var.is_weak, CASES[i].is_weak);
			CHECK_EQ(var.is_hidden, CASES[i].is_hidden);
			CHECK_EQ(var.read_only, CASES[i].read_only);
			CHECK(var.type != 0);
			CHECK(var.object == fixture.object);
			if (CASES[i].is_static)
				CHECK_TEXT(var.file, "vars.bpf.c");
			else
				CHECK(var.file == NULL);
		}
		tear_down(&fixture);
	}
}

TEST(other_names_of_static_variables)
{
	static const struct {
		const char *name, *found; /* NULL: several */
	} CASES[] = {
		{ "only_here", "second.only_here" },
		{ "vars.bpf.c:only_here", "second.only_here" },
		{ "vars.bpf.c:hidden_in_file", "hidden_in_file" },
		{ "vars.bpf.c:first.calls", "first.calls" },
		{ ".data:first.calls", "first.calls" },
		{ ".bss+8", "narrow" },
		{ ".rodata+4", "enabled" },
		{ "calls", NULL },
		{ "vars.bpf.c:calls", NULL },
		{ ".data:calls", NULL },
	};
	static const char *const NONE[] = { "other.c:hidden_in_file",
					    "vars.bpf.c:small",
					    ".bss:first.calls",
					    "s.bpf.c:hidden_in_file",
					    ".bss+9",
					    "",
					    ":",
					    "data",
					    "alls",
					    "second." };
	struct fixture fixture;
	struct skep_var var;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const int err = skep_object_var_by_name(fixture.object, CASES[i].name, &var);

		test_case("%s", CASES[i].name);
		if (CASES[i].found == NULL) {
			CHECK_EQ(err, SKEP_EEXIST);
			continue;
		}
		CHECK_EQ(err, 0);
		CHECK_TEXT(var.name, CASES[i].found);
	}
	for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++) {
		test_case("%s", NONE[i]);
		CHECK_EQ(skep_object_var_by_name(fixture.object, NONE[i], &var), SKEP_ENOENT);
	}
	CHECK_EQ(fixture.log.errors, 0);
	tear_down(&fixture);
}

TEST(every_variable_is_found_by_its_full_name)
{
	struct fixture fixture;
	struct skep_var var, found;
	uint32_t i;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	for (i = 0; skep_object_var(fixture.object, i, &var) == 0; i++) {
		char name[256];

		skep_var_full_name(&var, name, sizeof(name));
		test_case("%s", name);
		CHECK_EQ(skep_object_var_by_path(fixture.object, name, &found), 0);
		CHECK_EQ(found.offset, var.offset);
		CHECK_TEXT(found.section, var.section);
		CHECK_TEXT(found.name, var.name);
	}
	CHECK(i > 30);
	tear_down(&fixture);
}

TEST(paths_lead_to_pieces)
{
	static const struct {
		const char *path;
		uint32_t offset, size, bit_offset, bit_size;
	} CASES[] = {
		{ "pts", 0, 36, 0, 0 },
		{ "pts[1]", 12, 12, 0, 0 },
		{ "pts[1].n", 12, 1, 0, 0 },
		{ "pts[2].x", 26, 2, 0, 0 },
		{ "pts[0x1].word", 16, 4, 0, 0 },
		{ "pts[SECOND].bytes[3]", 19, 1, 0, 0 },
		{ "pts[LAST].deep", 32, 4, 0, 0 },
		{ "grid[1][2]", 20, 4, 0, 0 },
		{ "flags.a", 0, 1, 0, 3 },
		{ "flags.b", 0, 1, 3, 5 },
		{ "flags.c", 1, 5, 0, 40 },
		{ "flags.tail", 8, 4, 0, 0 },
		{ "second.only_here", 0, 4, 0, 0 },
		{ "vars.bpf.c:only_here", 0, 4, 0, 0 },
	};

	for (int variant = 0; variant < 2; variant++) {
		struct fixture fixture;

		CHECK_EQ(set_up(&fixture, variant == 0 ? "vars.o" : "vars.eb.o"), 0);
		for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
			struct skep_var piece, whole;
			char root[64];

			test_case("%s", CASES[i].path);
			CHECK_EQ(skep_object_var_by_path(fixture.object, CASES[i].path, &piece), 0);
			strcpy(root, piece.name);
			CHECK_EQ(skep_object_var_by_name(fixture.object, root, &whole), 0);
			CHECK_EQ(piece.offset - whole.offset, CASES[i].offset);
			CHECK_EQ(piece.size, CASES[i].size);
			CHECK_EQ(piece.bit_offset, CASES[i].bit_offset);
			CHECK_EQ(piece.bit_size, CASES[i].bit_size);
		}
		tear_down(&fixture);
	}
}

TEST(from_one_piece_to_the_next)
{
	struct fixture fixture;
	struct skep_var var, piece;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	var = at(&fixture, "pts[1]");
	CHECK_EQ(skep_var_piece(&var, ".bytes[2]", &piece), 0);
	CHECK_EQ(piece.offset, var.offset + 6);
	CHECK_EQ(skep_var_piece(&var, "", &piece), 0);
	CHECK_EQ(piece.offset, var.offset);
	CHECK_EQ(piece.size, 12);
	var = at(&fixture, "flags.b");
	CHECK_EQ(skep_var_piece(&var, "", &piece), 0);
	CHECK_EQ(piece.bit_size, 5);
	CHECK_EQ(skep_var_piece(&var, ".n", &piece), SKEP_EINVAL);
	tear_down(&fixture);
}

TEST(paths_that_lead_nowhere_are_explained)
{
	static const struct {
		const char *path;
		int err;
		const char *says;
	} CASES[] = {
		{ "nothing", SKEP_ENOENT, "there is no variable \"nothing\"" },
		{ "nothing.n", SKEP_ENOENT, "there is no variable \"nothing.n\"" },
		{ "", SKEP_ENOENT, "there is no variable" },
		{ "calls", SKEP_EEXIST, "one of first.calls, second.calls" },
		{ "pts[3]", SKEP_ERANGE, "\"pts\" has 3 elements" },
		{ "pts[99999999999999999999999]", SKEP_ERANGE, "\"pts\" has 3 elements" },
		{ "pts[-1]", SKEP_ENOENT, "\"-1\" is no number and no enumerator" },
		{ "pts[1x]", SKEP_EINVAL, "\"1x\" is no number" },
		{ "pts[0x]", SKEP_EINVAL, "is no number" },
		{ "pts[1", SKEP_EINVAL, "\"]\" is missing" },
		{ "pts[]", SKEP_EINVAL, "no index" },
		{ "pts[TENTH]", SKEP_ENOENT, "\"TENTH\" is no number" },
		{ "pts.n", SKEP_EINVAL, "\"pts\" is no structure" },
		{ "pts[0].", SKEP_EINVAL, "no name stands after" },
		{ "pts[0].y", SKEP_ENOENT, "has no member \"y\"; it has n, x" },
		{ "pts[0]n", SKEP_EINVAL, "\"n\" stands where . or [ must" },
		{ "small[0]", SKEP_EINVAL, "\"small\" is no array" },
		{ "small.n", SKEP_EINVAL, "\"small\" is no structure" },
		{ "flags.a.b", SKEP_EINVAL, "\"flags.a\" is no structure" },
		{ "to_number.n", SKEP_EINVAL, "\"to_number\" is a pointer" },
		{ "grid[1][3]", SKEP_ERANGE, "\"grid[1]\" has 3 elements" },
	};
	struct fixture fixture;
	struct skep_var var = { 0 };

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const unsigned before = fixture.log.errors;

		test_case("%s", CASES[i].path);
		CHECK_EQ(skep_object_var_by_path(fixture.object, CASES[i].path, &var),
			 CASES[i].err);
		CHECK_EQ(fixture.log.errors, before + 1);
		if (strstr(fixture.log.last, CASES[i].says) == NULL)
			CHECK_TEXT(fixture.log.last, CASES[i].says);
		CHECK(var.name == NULL);
	}
	tear_down(&fixture);
}

TEST(paths_of_any_length_and_bytes_end)
{
	struct fixture fixture;
	struct skep_var var;
	char path[4096];

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	memset(path, '.', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CHECK_EQ(skep_object_var_by_path(fixture.object, path, &var), SKEP_EINVAL);
	var = at(&fixture, "pts");
	CHECK_EQ(skep_var_piece(&var, path, &var), SKEP_EINVAL);
	memset(path, '[', sizeof(path) - 1);
	CHECK_EQ(skep_var_piece(&var, path, &var), SKEP_EINVAL);
	for (uint32_t i = 0; i < 20000; i++) {
		static const char LETTERS[] = "pts[1].nx]0bytes:+grid\n\x80";
		uint32_t seed = i * 2654435761u;
		size_t size = 0;

		for (; size < 12; size++, seed = seed * 1664525u + 1013904223u)
			path[size] = LETTERS[(seed >> 16) % (sizeof(LETTERS) - 1)];
		path[size] = '\0';
		(void)skep_object_var_by_path(fixture.object, path, &var);
		var = at(&fixture, "pts");
		(void)skep_var_piece(&var, path, &var);
	}
	tear_down(&fixture);
}

TEST(pieces_of_types_alone)
{
	struct skep_btf_piece piece;
	struct skep_var var, other;
	struct fixture fixture;
	const struct skep_btf *btf;
	struct skep_map *map;
	char reason[256];

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	var = at(&fixture, "pts");
	other = at(&fixture, "second.only_here");
	btf = skep_object_btf(fixture.object);
	map = skep_object_map_by_name(fixture.object, ".data");
	CHECK_EQ(skep_btf_find_piece(btf, skep_map_value_type(map), "pts[1].x", &piece, reason,
				     sizeof(reason)),
		 0);
	CHECK_EQ(piece.bit_offset, (var.offset + 14) * 8);
	CHECK_EQ(piece.bits, 16);
	CHECK_EQ(skep_btf_find_piece(btf, skep_map_value_type(map), "second.only_here", &piece,
				     reason, sizeof(reason)),
		 0);
	CHECK_EQ(piece.bit_offset, other.offset * 8);
	CHECK_EQ(skep_btf_find_piece(btf, skep_map_value_type(map), "pt", &piece, reason,
				     sizeof(reason)),
		 SKEP_ENOENT);
	CHECK_TEXT(reason, "\"pt\" is no variable of the section");
	CHECK_EQ(skep_btf_find_piece(btf, 0, ".x", &piece, reason, 1), SKEP_EINVAL);
	CHECK_TEXT(reason, "");
	CHECK_EQ(skep_btf_find_piece(btf, 1000000, ".x", &piece, reason, sizeof(reason)),
		 SKEP_EINVAL);
	tear_down(&fixture);
}

TESTS_BEGIN
T(every_symbol_is_a_variable)
T(other_names_of_static_variables)
T(every_variable_is_found_by_its_full_name)
T(paths_lead_to_pieces)
T(from_one_piece_to_the_next)
T(paths_that_lead_nowhere_are_explained)
T(paths_of_any_length_and_bytes_end)
T(pieces_of_types_alone)
TESTS_END
