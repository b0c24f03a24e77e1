/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "base/bytes.h"
#include "base/format.h"

static struct {
	bool failed, skipped;
	char label[128];
	const char *reason;
} state;

static unsigned results, failures;

static void write_list(const char *prefix, const char *format, va_list list)
{
	char text[1024];
	const size_t size = skep_format_list(text, sizeof(text), format, list);

	test_write(prefix, skep_text_size(prefix));
	test_write(text, size < sizeof(text) ? size : sizeof(text) - 1);
	test_write("\n", 1);
}

static void write_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void write_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_list("", format, list);
	va_end(list);
}

void test_note(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_list("# ", format, list);
	va_end(list);
}

void test_case(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	skep_format_list(state.label, sizeof(state.label), format, list);
	va_end(list);
}

void test_skip(const char *reason)
{
	state.skipped = true;
	state.reason = reason;
}

bool test_check(bool ok, const char *file, int line, const char *what)
{
	if (ok)
		return true;
	state.failed = true;
	test_note("%s:%d: %s%s%s", file, line, state.label, state.label[0] != '\0' ? ": " : "",
		  what);
	return false;
}

bool test_check_eq(uint64_t found, uint64_t wanted, const char *file, int line, const char *what)
{
	if (test_check(found == wanted, file, line, what))
		return true;
	test_note("  found %#llx, wanted %#llx", (unsigned long long)found,
		  (unsigned long long)wanted);
	return false;
}

bool test_check_text(const char *found, const char *wanted, const char *file, int line,
		     const char *what)
{
	if (test_check(found != NULL && skep_text_equal(found, wanted), file, line, what))
		return true;
	test_note("  found  \"%s\"", found != NULL ? found : "(null)");
	test_note("  wanted \"%s\"", wanted);
	return false;
}

void test_fail(const char *format, ...)
{
	va_list list;

	state.failed = true;
	va_start(list, format);
	write_list("# ", format, list);
	va_end(list);
}

void test_begin(void)
{
	memset(&state, 0, sizeof(state));
	results = failures = 0;
	write_line("KTAP version 1");
}

void test_result(const char *format, ...)
{
	char name[160];
	va_list list;

	va_start(list, format);
	skep_format_list(name, sizeof(name), format, list);
	va_end(list);
	results++;
	failures += state.failed;
	write_line("%s %u %s%s%s", state.failed ? "not ok" : "ok", results, name,
		   state.skipped ? " # SKIP " : "", state.skipped ? state.reason : "");
	memset(&state, 0, sizeof(state));
}

int test_end(void)
{
	write_line("1..%u", results);
	return (int)failures;
}

int test_run(const struct test *tests, size_t count, const char *only)
{
	size_t chosen = 0;

	for (size_t i = 0; i < count; i++)
		chosen += only == NULL || skep_text_contains(tests[i].name, only);
	test_begin();
	write_line("1..%u", (unsigned)chosen);
	for (size_t i = 0; i < count; i++) {
		if (only != NULL && !skep_text_contains(tests[i].name, only))
			continue;
		tests[i].run();
		test_result("%s", tests[i].name);
	}
	return (int)failures;
}
