/* SPDX-License-Identifier: Apache-2.0 */
/* Variables as numbers and text, in objects of both byte orders: before load neither the host's
 * order nor its types matter. */
#include <stdio.h>

#include "fixture.h"

static const char *const OBJECTS[] = { "vars.o", "vars.eb.o" };

TEST(initial_values)
{
	static const struct {
		const char *path;
		int64_t value;
		const char *text; /* NULL: the number */
	} CASES[] = {
		{ "small", 7, NULL },
		{ "small_signed", -7, NULL },
		{ "half", 0xbeef, NULL },
		{ "number", -123456, NULL },
		{ "wide", 0x0123456789abcdef, NULL },
		{ "yes", 1, "true" },
		{ "colour", 2, "GREEN" },
		{ "pts[0].n", 1, NULL },
		{ "pts[1].x", -2, NULL },
		{ "pts[1].word", 0x01020304, NULL },
		{ "pts[1].deep", -200, NULL },
		{ "flags.a", 5, NULL },
		{ "flags.b", -9, NULL },
		{ "flags.c", 0xabcdef0123, NULL },
		{ "flags.tail", 99, NULL },
		{ "grid[1][0]", 4, NULL },
		{ "limit", 10, NULL },
		{ "counter", 0, NULL },
		{ "calls", 0, NULL },
		{ "first.calls", 100, NULL },
		{ "in_data", 6, NULL },
		{ "in_rodata", 7, NULL },
	};

	for (size_t o = 0; o < 2; o++) {
		struct fixture fixture;

		CHECK_EQ(set_up(&fixture, OBJECTS[o]), 0);
		for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
			struct skep_var var;
			char text[64], wanted[64];
			int64_t value = 0;
			uint64_t positive = 0;

			test_case("%s %s", OBJECTS[o], CASES[i].path);
			if (strcmp(CASES[i].path, "calls") == 0) {
				CHECK_EQ(skep_object_var_by_path(fixture.object, "calls", &var),
					 SKEP_EEXIST);
				continue;
			}
			var = at(&fixture, CASES[i].path);
			CHECK(var.map != NULL);
			CHECK_EQ(skep_var_get_s64(&var, &value), 0);
			CHECK_EQ(value, CASES[i].value);
			CHECK_EQ(skep_var_get_u64(&var, &positive),
				 CASES[i].value < 0 ? SKEP_ERANGE : 0);
			CHECK_EQ(positive, CASES[i].value < 0 ? 0 : CASES[i].value);
			CHECK_EQ(skep_var_get_text(&var, text, sizeof(text)), 0);
			snprintf(wanted, sizeof(wanted), "%lld", (long long)CASES[i].value);
			CHECK_TEXT(text, CASES[i].text != NULL ? CASES[i].text : wanted);
		}
		tear_down(&fixture);
	}
}

TEST(text_and_large_enumerators)
{
	for (size_t o = 0; o < 2; o++) {
		struct fixture fixture;
		struct skep_var var;
		char text[64] = "";
		int64_t value = 0;
		uint64_t large = 0;

		CHECK_EQ(set_up(&fixture, OBJECTS[o]), 0);
		var = at(&fixture, "large");
		CHECK_EQ(skep_var_get_u64(&var, &large), 0);
		CHECK_EQ(large, 0xfedcba9876543210u);
		CHECK_EQ(skep_var_get_s64(&var, &value), SKEP_ERANGE);
		CHECK_EQ(skep_var_get_text(&var, text, sizeof(text)), 0);
		CHECK_TEXT(text, "HUGE_VALUE");
		CHECK_EQ(skep_var_get_text(&var, text, 10), SKEP_ENOSPC);
		CHECK_EQ(skep_var_set_text(&var, "SMALL"), 0);
		CHECK_EQ(skep_var_get_u64(&var, &large), 0);
		CHECK_EQ(large, 1);
		CHECK_EQ(skep_var_set_text(&var, "HUGE_VALUE"), 0);
		CHECK_EQ(skep_var_get_u64(&var, &large), 0);
		CHECK_EQ(large, 0xfedcba9876543210u);

		var = at(&fixture, "text");
		CHECK_EQ(skep_var_get_text(&var, text, sizeof(text)), 0);
		CHECK_TEXT(text, "hello");
		CHECK_EQ(skep_var_get_text(&var, text, 5), SKEP_ENOSPC);
		CHECK_EQ(skep_var_get_text(&var, text, 6), 0);
		CHECK_EQ(skep_var_set_text(&var, "1234567"), 0);
		CHECK_EQ(skep_var_get_text(&var, text, sizeof(text)), 0);
		CHECK_TEXT(text, "1234567");
		CHECK_EQ(skep_var_set_text(&var, "12345678"), SKEP_ERANGE);
		CHECK_EQ(skep_var_set_text(&var, ""), 0);
		CHECK_EQ(skep_var_read(&var, text, 8), 0);
		CHECK(memcmp(text, "\0\0\0\0\0\0\0\0", 8) == 0);
		tear_down(&fixture);
	}
}

TEST(numbers_at_the_edges_of_their_types)
{
	static const struct {
		const char *path;
		int64_t least;
		uint64_t most;
		const char *type;
	} CASES[] = {
		{ "small", 0, 255, "u8" },
		{ "small_signed", -128, 127, "s8" },
		{ "half", 0, 65535, "u16" },
		{ "pts[1].x", -32768, 32767, "s16" },
		{ "number", INT32_MIN, INT32_MAX, "s32" },
		{ "pts[0].word", 0, UINT32_MAX, "u32" },
		{ "wide", 0, UINT64_MAX, "u64" },
		{ "yes", 0, 1, "_Bool" },
		{ "colour", INT32_MIN, INT32_MAX, "enum colour" },
		{ "flags.a", 0, 7, "u32" },
		{ "flags.b", -16, 15, "s32" },
		{ "flags.c", 0, 0xffffffffff, "u64" },
		{ "to_number", 0, UINT64_MAX, "pointer" },
	};

	for (size_t o = 0; o < 2; o++) {
		struct fixture fixture;

		CHECK_EQ(set_up(&fixture, OBJECTS[o]), 0);
		for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
			const struct skep_var var = at(&fixture, CASES[i].path);
			int64_t low = 0;
			uint64_t high = 0;

			test_case("%s %s", OBJECTS[o], CASES[i].path);
			CHECK_EQ(skep_var_set_s64(&var, CASES[i].least), 0);
			CHECK_EQ(skep_var_get_s64(&var, &low), 0);
			CHECK_EQ(low, CASES[i].least);
			CHECK_EQ(skep_var_set_u64(&var, CASES[i].most), 0);
			CHECK_EQ(skep_var_get_u64(&var, &high), 0);
			CHECK_EQ(high, CASES[i].most);
			if (CASES[i].least > INT64_MIN) {
				CHECK_EQ(skep_var_set_s64(&var, CASES[i].least - 1), SKEP_ERANGE);
				CHECK(strstr(fixture.log.last, CASES[i].type) != NULL);
			}
			if (CASES[i].most < UINT64_MAX)
				CHECK_EQ(skep_var_set_u64(&var, CASES[i].most + 1), SKEP_ERANGE);
			CHECK_EQ(skep_var_get_u64(&var, &high), 0);
			CHECK_EQ(high, CASES[i].most);
		}
		tear_down(&fixture);
	}
}

TEST(what_does_not_fit_is_refused_with_its_range)
{
	static const struct {
		const char *path, *text;
		int err;
		const char *says;
	} CASES[] = {
		{ "small", "300", SKEP_ERANGE,
		  "300 does not fit variable \"small\" (.data+0, u8); needed: 0 to 255" },
		{ "small", "-1", SKEP_ERANGE, "-1 does not fit" },
		{ "small", "x", SKEP_EINVAL, "needed: decimal digits" },
		{ "small", "", SKEP_EINVAL, "needed: decimal digits" },
		{ "small", "0x", SKEP_EINVAL, "needed: decimal digits" },
		{ "small", "1 ", SKEP_EINVAL, "needed: decimal digits" },
		{ "small", "18446744073709551616", SKEP_EINVAL, "needed: decimal digits" },
		{ "small_signed", "-129", SKEP_ERANGE, "needed: -128 to 127" },
		{ "colour", "PINK", SKEP_EINVAL, "needed: an enumerator of its type" },
		{ "yes", "maybe", SKEP_EINVAL, "needed: true, false" },
		{ "yes", "2", SKEP_ERANGE, "needed: 0 to 1" },
		{ "pts", "1", SKEP_EINVAL, "is no number" },
		{ "grid[0]", "1", SKEP_EINVAL, "(.data+" },
		{ "text", "too long a text", SKEP_ERANGE, "too small" },
	};
	struct fixture fixture;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const struct skep_var var = at(&fixture, CASES[i].path);

		test_case("%s = %s", CASES[i].path, CASES[i].text);
		CHECK_EQ(skep_var_set_text(&var, CASES[i].text), CASES[i].err);
		if (strstr(fixture.log.last, CASES[i].says) == NULL)
			CHECK_TEXT(fixture.log.last, CASES[i].says);
	}
	tear_down(&fixture);
}

TEST(setting_a_bit_field_leaves_its_neighbours)
{
	/* What clang makes of { 2, 15, 0x0123456789, 99 }. */
	static const uint8_t WANTED[2][16] = {
		{ 0x7a, 0x89, 0x67, 0x45, 0x23, 0x01, 0, 0, 99, 0, 0, 0 },
		{ 0x4f, 0x01, 0x23, 0x45, 0x67, 0x89, 0, 0, 0, 0, 0, 99 },
	};

	for (size_t o = 0; o < 2; o++) {
		struct fixture fixture;
		struct skep_var var;
		uint8_t bytes[16];

		CHECK_EQ(set_up(&fixture, OBJECTS[o]), 0);
		var = at(&fixture, "flags.a");
		CHECK_EQ(skep_var_set_u64(&var, 2), 0);
		var = at(&fixture, "flags.b");
		CHECK_EQ(skep_var_set_text(&var, "+0xf"), 0);
		CHECK_EQ(skep_var_read(&var, bytes, 1), SKEP_EINVAL);
		CHECK_EQ(skep_var_write(&var, bytes, 1), SKEP_EINVAL);
		var = at(&fixture, "flags.c");
		CHECK_EQ(skep_var_set_u64(&var, 0x0123456789), 0);
		var = at(&fixture, "flags");
		CHECK_EQ(skep_var_read(&var, bytes, sizeof(bytes)), 0);
		CHECK(memcmp(bytes, WANTED[o], 12) == 0);
		tear_down(&fixture);
	}
}

TEST(bytes_of_structures_and_elements)
{
	struct fixture fixture;
	struct skep_var var;
	uint8_t bytes[12] = { 9, 0, 8, 0, 7, 0, 0, 0, 6, 0, 0, 0 }, back[12];
	int64_t value;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	var = at(&fixture, "pts[2]");
	CHECK_EQ(skep_var_write(&var, bytes, 11), SKEP_EINVAL);
	CHECK_EQ(skep_var_write(&var, bytes, 12), 0);
	CHECK_EQ(skep_var_read(&var, back, 12), 0);
	CHECK(memcmp(bytes, back, 12) == 0);
	var = at(&fixture, "pts[2].deep");
	CHECK_EQ(skep_var_get_s64(&var, &value), 0);
	CHECK_EQ(value, 6);
	var = at(&fixture, "pts[1].deep");
	CHECK_EQ(skep_var_get_s64(&var, &value), 0);
	CHECK_EQ(value, -200);
	tear_down(&fixture);
}

/* An object without BTF: sizes come from symbols, signs are the host's choice. */
TEST(variables_without_types)
{
	struct fixture fixture;
	struct skep_var var;
	int64_t value;

	CHECK_EQ(set_up_with(&fixture, "vars.o", (struct skep_config){ 0 }, false), 0);
	var = at(&fixture, "small");
	CHECK_EQ(var.type, 0);
	CHECK_EQ(skep_var_set_s64(&var, -128), 0);
	CHECK_EQ(skep_var_set_s64(&var, 255), 0);
	CHECK_EQ(skep_var_get_s64(&var, &value), 0);
	CHECK_EQ(value, 255);
	CHECK_EQ(skep_var_set_s64(&var, 256), SKEP_ERANGE);
	CHECK(strstr(fixture.log.last, "-128 to 255") != NULL);
	CHECK_EQ(skep_object_var_by_path(fixture.object, "pts[1]", &var), SKEP_EINVAL);
	CHECK(strstr(fixture.log.last, "compile with -g") != NULL);
	var = at(&fixture, "pts");
	CHECK_EQ(skep_var_get_s64(&var, &value), SKEP_EINVAL);
	tear_down(&fixture);
}

TESTS_BEGIN
T(initial_values)
T(text_and_large_enumerators)
T(numbers_at_the_edges_of_their_types)
T(what_does_not_fit_is_refused_with_its_range)
T(setting_a_bit_field_leaves_its_neighbours)
T(bytes_of_structures_and_elements)
T(variables_without_types)
TESTS_END
