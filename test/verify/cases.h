/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs with verdicts, as text. Each test/verify/NAME.txt holds cases, separated by empty lines:
 *
 *	# Why this is so.
 *	case:    a name
 *	asm:     instructions, in as many lines as it takes
 *	verify:  accept
 *
 * or "verify:  reject" and some words of the refusal. There may also be
 *
 *	mode:    unprivileged, or sleepable
 *	type:    strict, or in linux.txt a program type of Linux
 *	facts N: r2 = [0, 255]
 *	facts N: dead
 *	path:    1 goes on, 2 makes r3, 4 refused r3
 *
 * Facts are what is known before instruction N, in the words of skep_prog_fact_text(); the path is
 * that to the refusal, in the words of verify_test.c. Instructions are counted from 0, lddw as two.
 * The programs see the maps, helpers and contexts of world.h; those of linux.txt Linux's.
 */
#ifndef SKEP_TEST_VERIFY_CASES_H
#define SKEP_TEST_VERIFY_CASES_H

#include "harness.h"
#include "world.h"

enum { CASE_INSNS_MAX = 8192, CASE_TEXT_MAX = 65536, CASE_FACTS_MAX = 16, NO_REG = 10 };

/* What is wanted before an instruction: `text` of a register, or (NO_REG) that it is dead. */
struct wanted_fact {
	unsigned insn, reg;
	char text[128];
};

struct verify_case {
	char name[160], text[CASE_TEXT_MAX], wanted[256], path[512];
	char type[32]; /* of the program, for linux_test.c */
	bool strict, unprivileged, sleepable;
	struct wanted_fact facts[CASE_FACTS_MAX];
	unsigned fact_count;
};

/* If the line begins with `key:`, gives what follows. */
static const char *value_of(const char *line, const char *key)
{
	const size_t size = strlen(key);

	if (strncmp(line, key, size) != 0 || line[size] != ':')
		return NULL;
	line += size + 1;
	return line + strspn(line, " \t");
}

/* "facts N: rX = text" or "facts N: dead". */
static bool read_fact(struct verify_case *test, const char *line)
{
	struct wanted_fact fact = { .reg = NO_REG };
	int at = 0;

	if (sscanf(line, "facts %u: r%u = %n", &fact.insn, &fact.reg, &at) != 2 || at == 0) {
		fact.reg = NO_REG;
		if (sscanf(line, "facts %u: %n", &fact.insn, &at) != 1 || at == 0)
			return false;
	}
	if (test->fact_count == CASE_FACTS_MAX || fact.reg > NO_REG)
		abort();
	snprintf(fact.text, sizeof(fact.text), "%s", line + at);
	test->facts[test->fact_count++] = fact;
	return true;
}

static void read_line(struct verify_case *test, const char *line)
{
	const char *value;

	if (read_fact(test, line))
		return;
	if ((value = value_of(line, "case")) != NULL)
		snprintf(test->name, sizeof(test->name), "%s", value);
	else if ((value = value_of(line, "verify")) != NULL)
		snprintf(test->wanted, sizeof(test->wanted), "%s", value);
	else if ((value = value_of(line, "type")) != NULL) {
		test->strict = strcmp(value, "strict") == 0;
		snprintf(test->type, sizeof(test->type), "%s", value);
	} else if ((value = value_of(line, "mode")) != NULL) {
		test->unprivileged = strcmp(value, "unprivileged") == 0;
		test->sleepable = strcmp(value, "sleepable") == 0;
	} else if ((value = value_of(line, "path")) != NULL)
		snprintf(test->path, sizeof(test->path), "%s", value);
	else if (line[0] != '#') {
		value = value_of(line, "asm");
		strncat(test->text, value != NULL ? value : line,
			sizeof(test->text) - strlen(test->text) - 2);
		strcat(test->text, "\n");
	}
}

/* Gives each case of the file to `run` and returns of how many it said no; the name is relative to
 * this folder. */
static unsigned run_cases(const char *name, bool (*run)(const struct verify_case *),
			  unsigned *total)
{
	static struct verify_case test;
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
			failed += !run(&test);
			(*total)++;
		}
		memset(&test, 0, sizeof(test));
	}
	fclose(file);
	return failed;
}

#endif
