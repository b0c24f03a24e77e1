/* SPDX-License-Identifier: Apache-2.0 */
#include "load/order.h"

#include "harness.h"

static bool before(const void *ctx, uint32_t a, uint32_t b)
{
	const uint32_t *keys = ctx;

	return keys[a] != keys[b] ? keys[a] < keys[b] : a < b;
}

/* Sorts `count` indices by key and checks order and completeness. */
static bool sorts(const uint32_t *keys, uint32_t count)
{
	uint32_t items[256];
	bool seen[256] = { false };

	for (uint32_t i = 0; i < count; i++)
		items[i] = i;
	skep_load_order(items, count, before, keys);
	for (uint32_t i = 0; i < count; i++) {
		if (seen[items[i]] || (i > 0 && !before(keys, items[i - 1], items[i])))
			return false;
		seen[items[i]] = true;
	}
	return true;
}

TEST(every_arrangement_of_few)
{
	/* 7 items with keys 0 to 3 each: 4^7 arrangements, and all shorter ones. */
	for (uint32_t count = 0; count <= 7; count++) {
		for (uint32_t code = 0; code < 1u << (2 * count); code++) {
			uint32_t keys[7];

			for (uint32_t i = 0; i < count; i++)
				keys[i] = code >> (2 * i) & 3;
			test_case("%u items, code %u", (unsigned)count, (unsigned)code);
			CHECK(sorts(keys, count));
		}
	}
}

TEST(many_falling_rising_equal_and_scattered)
{
	uint32_t keys[4][256], state = 1;

	for (uint32_t i = 0; i < 256; i++) {
		state = state * 1664525 + 1013904223;
		keys[0][i] = 256 - i;
		keys[1][i] = i;
		keys[2][i] = 7;
		keys[3][i] = state >> 20;
	}
	for (uint32_t i = 0; i < 4; i++)
		for (uint32_t count = 0; count <= 256; count++)
			CHECK(sorts(keys[i], count));
}

TEST(texts)
{
	CHECK(skep_load_compare("", "") == 0);
	CHECK(skep_load_compare("abc", "abc") == 0);
	CHECK(skep_load_compare("ab", "abc") < 0);
	CHECK(skep_load_compare("abd", "abc") > 0);
	CHECK(skep_load_compare("\xff", "a") > 0);
}

TESTS_BEGIN
T(every_arrangement_of_few)
T(many_falling_rising_equal_and_scattered)
T(texts)
TESTS_END
