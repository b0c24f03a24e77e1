/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include "harness.h"

TEST(sums_and_products_that_overflow)
{
	size_t out = 7;

	CHECK(!skep_add_size(SIZE_MAX, 1, &out));
	CHECK(!skep_mul_size(SIZE_MAX / 2 + 1, 2, &out));
	CHECK_EQ(out, 7);
	CHECK(skep_add_size(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
	CHECK(skep_mul_size(SIZE_MAX, 1, &out) && out == SIZE_MAX);
	CHECK(skep_mul_size(5, 0, &out) && out == 0);
}

TEST(ranges_within_a_limit)
{
	CHECK(skep_in_bounds(0, 0, 0));
	CHECK(skep_in_bounds(3, 5, 8));
	CHECK(!skep_in_bounds(4, 5, 8));
	CHECK(skep_in_bounds(8, 0, 8));
	CHECK(!skep_in_bounds(9, 0, 8));
	CHECK(!skep_in_bounds(UINT64_MAX, 2, UINT64_MAX));
	CHECK(!skep_in_bounds(2, UINT64_MAX, UINT64_MAX));
}

TEST(sign_extension)
{
	CHECK_EQ(skep_sign_extend(0x80, 8), (uint64_t)-128);
	CHECK_EQ(skep_sign_extend(0x17f, 8), 127);
	CHECK_EQ(skep_sign_extend(0xffffffff80000000, 32), (uint64_t)INT32_MIN);
	CHECK_EQ(skep_sign_extend(0x7fffffff, 32), INT32_MAX);
	CHECK_EQ(skep_sign_extend(UINT64_MAX, 64), UINT64_MAX);
	CHECK_EQ(skep_sign_extend(1, 1), UINT64_MAX);
}

TEST(unaligned_access_keeps_the_byte_order)
{
	const uint8_t bytes[9] = { 0xee, 1, 2, 3, 4, 5, 6, 7, 8 };
	const bool big = skep_host_is_big_endian();
	uint8_t copy[9] = { 0 };

	CHECK_EQ(skep_load16(bytes + 1), big ? 0x0102 : 0x0201);
	CHECK_EQ(skep_load32(bytes + 1), big ? 0x01020304 : 0x04030201);
	CHECK_EQ(skep_load64(bytes + 1), big ? 0x0102030405060708 : 0x0807060504030201);
	skep_store64(copy + 1, skep_load64(bytes + 1));
	CHECK(copy[0] == 0 && copy[1] == 1 && copy[8] == 8);
	CHECK_EQ(skep_swap16(0x0102), 0x0201);
	CHECK_EQ(skep_swap32(0x01020304), 0x04030201);
	CHECK_EQ(skep_swap64(0x0102030405060708), 0x0807060504030201);
}

TEST(text)
{
	CHECK(skep_text_equal("", "") && skep_text_equal("ab", "ab"));
	CHECK(!skep_text_equal("ab", "abc") && !skep_text_equal("abc", "ab"));
	CHECK(skep_text_begins("xdp/devmap", "xdp") && !skep_text_begins("xd", "xdp"));
	CHECK(skep_text_contains("abc", "") && skep_text_contains("abc", "bc"));
	CHECK(!skep_text_contains("abc", "bd") && !skep_text_contains("b", "bc"));
}

TESTS_BEGIN
T(sums_and_products_that_overflow)
T(ranges_within_a_limit)
T(sign_extension)
T(unaligned_access_keeps_the_byte_order)
T(text)
TESTS_END
