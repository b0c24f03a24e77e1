/* SPDX-License-Identifier: Apache-2.0 */
/* bpf_trace_printk(). What is returned and which formats are refused is what Linux 6.18 did with
 * the same calls, save for the conversions that read memory. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "helper/helpers.h"

static struct {
	unsigned lines;
	char text[1024];
	size_t size;
} traced;

static void trace(void *ctx, const char *text, size_t size)
{
	(void)ctx;
	traced.lines++;
	traced.size = size;
	memset(traced.text, 0, sizeof(traced.text));
	memcpy(traced.text, text, size);
}

static const uint64_t FIRST = 0x1122334455667788, SECOND = UINT64_MAX, THIRD = 3;

/* The format lies at the end of an allocation, so that reading on would be seen. */
static int64_t print_sized(const char *format, size_t size)
{
	const struct skep_port port = { .trace = trace };
	struct skep_env env = { .port = &port };
	char *memory = malloc(size);
	int64_t result;

	memcpy(memory, format, size);
	memset(&traced, 0, sizeof(traced));
	result = (int64_t)skep_helper_trace_printk((uintptr_t)memory, size, FIRST, SECOND, THIRD,
						   &env);
	free(memory);
	return result;
}

static int64_t print(const char *format)
{
	return print_sized(format, strlen(format) + 1);
}

TEST(allowed)
{
	static const struct {
		const char *format, *text;
		int64_t result;
	} cases[] = {
		{ "", "", 0 },
		{ "hello", "hello", 5 },
		{ "hello\n", "hello", 6 },
		{ "two\nlines\n", "two\nlines", 10 },
		{ "%%", "%", 1 },
		{ "%d", "1432778632", 10 },
		{ "%i", "1432778632", 10 },
		{ "%u", "1432778632", 10 },
		{ "%d %d %d", "1432778632 -1 3", 15 },
		{ "%x", "55667788", 8 },
		{ "%X", "55667788", 8 },
		{ "%lx", "1122334455667788", 16 },
		{ "%llx", "1122334455667788", 16 },
		{ "%ld", "1234605616436508552", 19 },
		{ "%lld", "1234605616436508552", 19 },
		{ "%llu", "1234605616436508552", 19 },
		{ "%x %X %lX", "55667788 FFFFFFFF 3", 19 },
		{ "%lu %ld %lu", "1234605616436508552 -1 3", 24 },
		{ "%lu %lu", "1234605616436508552 18446744073709551615", 40 },
		{ "%5d", "1432778632", 10 },
		{ "%12d|", "  1432778632|", 13 },
		{ "%-12d|", "1432778632  |", 13 },
		{ "%012d|", "001432778632|", 13 },
		{ "%-012d|", "1432778632  |", 13 },
		{ "%+d", "+1432778632", 11 },
		{ "% d", " 1432778632", 11 },
		{ "%d%5d", "1432778632   -1", 15 },
		{ "%d%05d", "1432778632-0001", 15 },
		{ "%-05x|", "55667788|", 9 },
		{ "%c", "\x88", 1 },
		{ "%3c|", "  \x88|", 4 },
		{ "%p", "1122334455667788", 16 },
		{ "%p%p", "1122334455667788ffffffffffffffff", 32 },
		{ "%p ", "1122334455667788 ", 17 },
		{ "%p,", "1122334455667788,", 17 },
		{ "%px", "1122334455667788", 16 },
		{ "%pK", "1122334455667788", 16 },
		{ "%px%d", "1122334455667788-1", 18 },
		{ "%ps", "0x1122334455667788", 18 },
		{ "%pS", "0x1122334455667788", 18 },
		{ "%pB", "0x1122334455667788", 18 },
		{ "tab\t", "tab\t", 4 },
		{ "\xc3\xa4", "\xc3\xa4", 2 },
		{ "%d %d %d 100%%", "1432778632 -1 3 100%", 20 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		test_case("\"%s\"", cases[i].format);
		CHECK_EQ(print(cases[i].format), cases[i].result);
		CHECK_EQ(traced.lines, 1);
		CHECK_TEXT(traced.text, cases[i].text);
	}
}

TEST(refused)
{
	static const char *const formats[] = {
		"%",
		"a%",
		"%d%",
		"%l",
		"%5",
		"%2%",
		"%#x",
		"%o",
		"%hd",
		"%zd",
		"%n",
		"%e",
		"%.5d",
		"%*d",
		"%lll",
		"%b",
		"%lllx",
		"%p4",
		"%pd",
		"%pX",
		"%pM",
		"%pE",
		"\x01",
		"x\x7f",
		"%lc",
		"%lp",
		"%d %d %d %d",
		/* Linux reads memory for these. */
		"%s",
		"%pI4",
		"%pi4",
		"%pI6",
		"%pi6",
		"%pks",
		"%pus",
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		test_case("\"%s\"", formats[i]);
		CHECK_EQ(print(formats[i]), SKEP_EINVAL);
		CHECK_EQ(traced.lines, 0);
	}
}

/* The format must end inside the memory it is given with. */
TEST(terminated)
{
	struct skep_env env = { 0 };

	/* A terminator just past the end is none. */
	CHECK_EQ(skep_helper_trace_printk((uintptr_t) "xy", 2, 0, 0, 0, &env),
		 (uint64_t)SKEP_EINVAL);
	CHECK_EQ(print_sized("xy", 2), SKEP_EINVAL);
	CHECK_EQ(print_sized("%", 1), SKEP_EINVAL);
	CHECK_EQ(print_sized("%p", 2), SKEP_EINVAL);
	CHECK_EQ(traced.lines, 0);
	CHECK_EQ(print_sized("x\0%s", 5), 1);
	CHECK_TEXT(traced.text, "x");
	CHECK_EQ(print_sized("", 1), 0);
}

/* A line is cut where the buffer ends; the length is the whole one, and widths cost no time. */
TEST(long_lines)
{
	char format[1001];

	CHECK_EQ(print("%1000d"), 1000);
	CHECK_EQ(traced.size, 512);
	CHECK_EQ(print("%99999999d"), 8388607);
	CHECK_EQ(traced.size, 512);
	CHECK_EQ(print("%-8388607d%08388607x%99999999999999999999u"), 3 * 8388607);
	memset(format, 'x', sizeof(format));
	format[1000] = '\0';
	CHECK_EQ(print(format), 1000);
	CHECK_EQ(traced.size, 512);
	memset(format + 510, 0, 4);
	memcpy(format + 510, "%d", 2);
	CHECK_EQ(print(format), 520);
	CHECK_EQ(traced.size, 512);
	CHECK(memcmp(traced.text + 508, "xx14", 4) == 0);
}

TEST(without_a_port)
{
	const struct skep_port port = { 0 };
	struct skep_env env = { .port = &port };

	CHECK_EQ(skep_helper_trace_printk((uintptr_t) "abc", 4, 0, 0, 0, &env), 3);
}

TESTS_BEGIN
T(allowed)
T(refused)
T(terminated)
T(long_lines)
T(without_a_port)
TESTS_END
