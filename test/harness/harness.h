/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test harness: KTAP on any byte sink, no libc. A test file is
 *
 *	TEST(adds) { CHECK_EQ(1 + 1, 2); }
 *	TESTS(adds, ...)
 *
 * A failed check prints file, line and values, marks the test as failed and returns from it.
 */
#ifndef SKEP_TEST_HARNESS_H
#define SKEP_TEST_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
	const char *name;
	void (*run)(void);
};

/* Runs the tests in order and prints KTAP version 1. Returns how many failed. `only` runs the tests
 * whose names contain it (NULL: all). */
int test_run(const struct test *tests, size_t count, const char *only);

/* A line of diagnosis ("# ..."), with base/format.h's conversions. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Marks the running test as skipped, with the reason; the test function should then return. */
void test_skip(const char *reason);

/* Marks the running test as failed, with a line of diagnosis. */
void test_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Instead of test_run(), where the tests are not known beforehand: the first line; the result of
 * each test, with its name, from what was failed and skipped since the last one; the plan, which
 * returns how many failed. */
void test_begin(void);
void test_result(const char *format, ...) __attribute__((format(printf, 1, 2)));
int test_end(void);

/* Prefixes the diagnosis of the checks that follow in this test, for tables of cases ("" ends it).
 */
void test_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What prints: provided by harness_posix.c or by a board. */
void test_write(const char *text, size_t size);

bool test_check(bool ok, const char *file, int line, const char *what);
bool test_check_eq(uint64_t found, uint64_t wanted, const char *file, int line, const char *what);
bool test_check_text(const char *found, const char *wanted, const char *file, int line,
		     const char *what);

#define TEST(name) static void test_##name(void)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!test_check((condition), __FILE__, __LINE__, #condition))                      \
			return;                                                                    \
	} while (0)

#define CHECK_EQ(found, wanted)                                                                    \
	do {                                                                                       \
		if (!test_check_eq((uint64_t)(found), (uint64_t)(wanted), __FILE__, __LINE__,      \
				   #found " == " #wanted))                                         \
			return;                                                                    \
	} while (0)

#define CHECK_TEXT(found, wanted)                                                                  \
	do {                                                                                       \
		if (!test_check_text((found), (wanted), __FILE__, __LINE__, #found))               \
			return;                                                                    \
	} while (0)

/* The table `TEST_LIST` and the main function follow from a list of rows: TESTS_BEGIN T(adds)
 * T(adds) TESTS_END */
#define TESTS_BEGIN static const struct test TEST_LIST[] = {
#define T(name)     { #name, test_##name },
#define TESTS_END                                                                                  \
	}                                                                                          \
	;                                                                                          \
	int test_main(const char *only);                                                           \
	int test_main(const char *only)                                                            \
	{                                                                                          \
		return test_run(TEST_LIST, sizeof(TEST_LIST) / sizeof(TEST_LIST[0]), only);        \
	}

#endif
