/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "harness.h"

/* Formats into 32 bytes and compares. */
#define FORMATS(wanted, ...)                                                                       \
	do {                                                                                       \
		char text[32];                                                                     \
		skep_format(text, sizeof(text), __VA_ARGS__);                                      \
		CHECK_TEXT(text, wanted);                                                          \
	} while (0)

TEST(numbers)
{
	FORMATS("-2147483648", "%d", -2147483647 - 1);
	FORMATS("-9223372036854775808", "%lld", -9223372036854775807LL - 1);
	FORMATS("18446744073709551615", "%llu", 18446744073709551615ULL);
	FORMATS("0xff ff 0XFF", "%#x %x %#X", 255u, 255u, 255u);
	FORMATS("00007|7    |+7| 7", "%05d|%-5d|%+d|% d", 7, 7, 7, 7);
	FORMATS("0012", "%.4d", 12);
	FORMATS("-1 255", "%hhd %hhu", 255, 255);
	FORMATS("100%", "%d%%", 100);
}

TEST(text)
{
	FORMATS("ab|   ab|ab   |a", "%s|%5s|%-5s|%.1s", "ab", "ab", "ab", "ab");
	FORMATS("x", "%c", 'x');
}

/* Names come from strangers: what %s prints can neither break a line nor move a terminal's cursor.
 */
TEST(control_characters_of_names_become_question_marks)
{
	FORMATS("a?b?[2J", "%s", "a\nb\x1b[2J");
}

TEST(cut_at_size_and_true_length_returned)
{
	char text[4] = "zzz";

	CHECK_EQ(skep_format(text, sizeof(text), "%s", "abcdef"), 6);
	CHECK_TEXT(text, "abc");
	CHECK_EQ(skep_format(text, 0, "%s", "abcdef"), 6);
	CHECK_TEXT(text, "abc");
}

TESTS_BEGIN
T(numbers)
T(text)
T(control_characters_of_names_become_question_marks)
T(cut_at_size_and_true_length_returned)
TESTS_END
