/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/bytes.h"
#include "harness.h"

/* The last report, with its texts copied: they live only during the call. */
static struct {
	unsigned count;
	struct skep_report report;
	char text[1024], found[256], needed[256], advice[256], source[64];
} seen;

static const char *keep(char *to, size_t size, const char *text)
{
	size_t length = text != NULL ? skep_text_size(text) : 0;

	if (text == NULL)
		return NULL;
	if (length >= size)
		length = size - 1;
	memcpy(to, text, length);
	to[length] = '\0';
	return to;
}

static void listen(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	seen.count++;
	seen.report = *report;
	seen.report.text = keep(seen.text, sizeof(seen.text), report->text);
	seen.report.found = keep(seen.found, sizeof(seen.found), report->found);
	seen.report.needed = keep(seen.needed, sizeof(seen.needed), report->needed);
	seen.report.advice = keep(seen.advice, sizeof(seen.advice), report->advice);
	seen.report.source = keep(seen.source, sizeof(seen.source), report->source);
}

static void locate(void *ctx, int32_t insn, struct skep_log_position *out)
{
	(void)ctx;
	out->line = (struct skep_line){ "flows.c", "\t  x = *p;", 40, 3 };
	keep(out->disasm, sizeof(out->disasm), insn == 12 ? "r0 = r1" : "");
}

TEST(sentence_is_made_of_its_parts)
{
	struct skep_log log = {
		.sink = listen, .object = "flows.o", .prog = "count", .locate = locate
	};

	seen.count = 0;
	CHECK_EQ(skep_fail(&log, SKEP_EACCES, 12, "r%u may be null\nan address\ncompare r%u with 0",
			   1u, 1u),
		 SKEP_EACCES);
	CHECK_EQ(seen.count, 1);
	CHECK_EQ(log.error_count, 1);
	CHECK_EQ(seen.report.severity, SKEP_SEVERITY_ERROR);
	CHECK_EQ(seen.report.err, SKEP_EACCES);
	CHECK_EQ(seen.report.line, 40);
	CHECK_TEXT(seen.report.found, "r1 may be null");
	CHECK_TEXT(seen.report.needed, "an address");
	CHECK_TEXT(seen.report.advice, "compare r1 with 0");
	CHECK_TEXT(seen.report.source, "x = *p;");
	CHECK_TEXT(seen.report.text,
		   "flows.o: program count: instruction 12 `r0 = r1` (flows.c:40: `x = *p;`): "
		   "r1 may be null; needed: an address; compare r1 with 0");
}

TEST(parts_that_are_missing_are_left_out)
{
	struct skep_log log = { .sink = listen };

	skep_fail(&log, SKEP_EINVAL, SKEP_NO_INSN, "it is so\n\ndo this");
	CHECK_TEXT(seen.report.text, "it is so; do this");
	CHECK(seen.report.needed == NULL);
	CHECK_EQ(seen.report.insn, -1);
	skep_fail(&log, SKEP_EINVAL, SKEP_NO_INSN, "it is so\nsomething else");
	CHECK_TEXT(seen.report.text, "it is so; needed: something else");
	CHECK(seen.report.advice == NULL);
	skep_fail(&log, SKEP_ENOENT, 3, "gone");
	CHECK_TEXT(seen.report.text, "instruction 3: gone");
}

TEST(warnings_do_not_count_as_errors)
{
	struct skep_log log = { .sink = listen };

	skep_warn(&log, SKEP_NO_INSN, "odd");
	CHECK_EQ(seen.report.severity, SKEP_SEVERITY_WARNING);
	CHECK_EQ(seen.report.err, 0);
	CHECK_EQ(log.error_count, 0);
}

/* A name cannot end the line it stands in, nor a part of the sentence. */
TEST(names_cannot_forge_parts)
{
	struct skep_log log = { .sink = listen };

	skep_fail(&log, SKEP_EINVAL, SKEP_NO_INSN, "map \"%s\" is odd\nanother", "a\nfine\x1b[2J");
	CHECK_TEXT(seen.report.found, "map \"a?fine?[2J\" is odd");
	CHECK_TEXT(seen.report.needed, "another");
}

TEST(nobody_has_to_listen)
{
	struct skep_log log = { 0 };

	CHECK_EQ(skep_fail(&log, SKEP_E2BIG, SKEP_NO_INSN, "x"), SKEP_E2BIG);
	CHECK_EQ(log.error_count, 1);
	CHECK_EQ(skep_fail(NULL, SKEP_E2BIG, SKEP_NO_INSN, "x"), SKEP_E2BIG);
	skep_warn(NULL, SKEP_NO_INSN, "x");
}

/* Longer than any buffer: cut, ended, and nothing written past it. */
TEST(long_texts_are_cut)
{
	static char name[4000];
	struct skep_log log = { .sink = listen, .object = name, .prog = name };

	memset(name, 'n', sizeof(name) - 1);
	CHECK_EQ(skep_fail(&log, SKEP_EINVAL, SKEP_NO_INSN, "%s\n%s\n%s", name, name, name),
		 SKEP_EINVAL);
	CHECK(skep_text_size(seen.text) > 500);
}

TEST(errors_have_names_and_texts)
{
	CHECK_TEXT(skep_err_name(SKEP_EACCES), "EACCES");
	CHECK_TEXT(skep_err_text(SKEP_EACCES), "refused by the verifier");
	CHECK_TEXT(skep_err_name(0), "OK");
	CHECK_TEXT(skep_err_name(-12345), "E?");
	CHECK_TEXT(skep_err_text(1), "unknown error");
}

TESTS_BEGIN
T(sentence_is_made_of_its_parts)
T(parts_that_are_missing_are_left_out)
T(warnings_do_not_count_as_errors)
T(names_cannot_forge_parts)
T(nobody_has_to_listen)
T(long_texts_are_cut)
T(errors_have_names_and_texts)
TESTS_END
