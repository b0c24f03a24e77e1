/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts. Each test/verify/NAME.txt holds cases, separated by empty lines:
 *
 *	# Why this is so.
 *	case:    a name
 *	asm:     instructions, in as many lines as it takes
 *	verify:  accept
 *	verify:  reject some words of the refusal
 *
 * The programs see the maps, helpers and contexts of world.h.
 */
#include "harness.h"
#include "world.h"

enum { INSNS_MAX = 4096, TEXT_MAX = 65536 };

static const struct skep_verify_limits LIMITS = { 1000000, 256u << 20 };

struct test_text {
	char name[160], text[TEXT_MAX], wanted[256];
	bool strict;
};

static bool run_case(const struct test_text *test)
{
	static struct skep_insn insns[INSNS_MAX];
	struct skep_arena arena;
	struct verdict verdict = { 0 };
	struct skep_log log = { .sink = note_report, .sink_ctx = &verdict };
	uint32_t count = 0;
	bool accepted, ok;

	if (skep_isa_assemble(test->text, strlen(test->text), insns, INSNS_MAX, &count, &log) < 0) {
		test_note("%s: %s", test->name, verdict.text);
		return false;
	}
	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, count, test->strict, &LIMITS, skep_port_posix(), &arena, &verdict);
	skep_arena_free(&arena);
	accepted = verdict.err == 0;
	if (strcmp(test->wanted, "accept") == 0)
		ok = accepted;
	else
		ok = !accepted && strncmp(test->wanted, "reject ", 7) == 0 &&
		     strstr(verdict.text, test->wanted + 7) != NULL;
	if (!ok)
		test_note("%s: wanted \"%s\", found %s", test->name, test->wanted,
			  accepted ? "accept" : verdict.text);
	return ok;
}

/* If the line begins with `key:`, gives what follows. */
static const char *value_of(const char *line, const char *key)
{
	const size_t size = strlen(key);

	if (strncmp(line, key, size) != 0 || line[size] != ':')
		return NULL;
	line += size + 1;
	return line + strspn(line, " \t");
}

static void read_line(struct test_text *test, const char *line)
{
	const char *value;

	if ((value = value_of(line, "case")) != NULL)
		snprintf(test->name, sizeof(test->name), "%s", value);
	else if ((value = value_of(line, "verify")) != NULL)
		snprintf(test->wanted, sizeof(test->wanted), "%s", value);
	else if ((value = value_of(line, "type")) != NULL)
		test->strict = strcmp(value, "strict") == 0;
	else if (line[0] != '#') {
		value = value_of(line, "asm");
		strncat(test->text, value != NULL ? value : line,
			sizeof(test->text) - strlen(test->text) - 2);
		strcat(test->text, "\n");
	}
}

/* How many cases of the file failed; its name is relative to the source tree. */
static unsigned run_file(const char *name, unsigned *total)
{
	static struct test_text test;
	const char *source = getenv("SKEP_SOURCE");
	char path[1024], line[1024];
	unsigned failed = 0;
	bool more = true;
	FILE *file;

	snprintf(path, sizeof(path), "%s/test/verify/%s", source != NULL ? source : ".", name);
	file = fopen(path, "r");
	if (file == NULL) {
		test_note("cannot open %s", path);
		return 1;
	}
	memset(&test, 0, sizeof(test));
	while (more) {
		more = fgets(line, sizeof(line), file) != NULL;
		line[more ? strcspn(line, "\n") : 0] = '\0';
		if (line[0] != '\0') {
			read_line(&test, line);
			continue;
		}
		if (test.wanted[0] != '\0') {
			failed += !run_case(&test);
			(*total)++;
		}
		memset(&test, 0, sizeof(test));
	}
	fclose(file);
	return failed;
}

static void run_texts(const char *name, unsigned at_least)
{
	unsigned total = 0;

	CHECK_EQ(run_file(name, &total), 0);
	test_note("%u cases", total);
	CHECK(total >= at_least);
}

TEST(flow)
{
	run_texts("flow.txt", 25);
}
TEST(numbers)
{
	run_texts("numbers.txt", 25);
}
TEST(stack)
{
	run_texts("stack.txt", 25);
}
TEST(packet)
{
	run_texts("packet.txt", 25);
}
TEST(maps)
{
	run_texts("maps.txt", 25);
}
TEST(calls)
{
	run_texts("calls.txt", 25);
}
TEST(loops)
{
	run_texts("loops.txt", 10);
}
TEST(history)
{
	run_texts("history.txt", 20);
}
TEST(attacks)
{
	run_texts("attacks.txt", 50);
}

TESTS_BEGIN
T(flow)
T(numbers)
T(stack)
T(packet)
T(maps)
T(calls)
T(loops)
T(history)
T(attacks)
TESTS_END
