/* SPDX-License-Identifier: Apache-2.0 */
/* skep_assemble(): names of helpers, maps and functions, labels as they come, messages to the
 * runtime's log, memory given back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "skep.h"

enum { CAPACITY = 8 };

static char message[256];
static size_t allocated;

static void keep_message(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	snprintf(message, sizeof(message), "%s", report->text);
}

static void *count_alloc(void *ctx, size_t size, size_t align)
{
	(void)ctx;
	allocated += size;
	return skep_port_posix()->alloc(skep_port_posix()->ctx, size, align);
}

static void count_free(void *ctx, void *memory, size_t size, size_t align)
{
	(void)ctx;
	allocated -= size;
	skep_port_posix()->free(skep_port_posix()->ctx, memory, size, align);
}

static uint64_t third(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		      struct skep_env *env)
{
	(void)a1, (void)a2, (void)a4, (void)a5, (void)env;
	return a3;
}

static const struct skep_helper OWN[] = {
	{ .id = 777, .name = "third", .ret = SKEP_RET_INTEGER, .fn = third },
};

static struct skep_runtime *open_runtime(struct skep_port *port)
{
	struct skep_config config = { .port = port,
				      .log = keep_message,
				      .engine = SKEP_ENGINE_INTERP,
				      .helpers = OWN,
				      .helper_count = SKEP_COUNT(OWN) };
	struct skep_runtime *runtime = NULL;

	*port = *skep_port_posix();
	port->alloc = count_alloc;
	port->free = count_free;
	message[0] = '\0';
	skep_runtime_open(&config, &runtime);
	return runtime;
}

static struct {
	char asked[128], labels[128];
} heard;

/* Knows map `counts` and function `far`; writes down what it is asked for, and where. */
static bool find(void *ctx, enum skep_asm_name what, const char *name, size_t size, uint32_t insn,
		 int32_t *out)
{
	const size_t used = strlen(heard.asked);
	const bool is_map = what == SKEP_ASM_MAP;

	(void)ctx;
	snprintf(heard.asked + used, sizeof(heard.asked) - used, "%s%s %.*s at %u",
		 used > 0 ? ", " : "", is_map ? "map" : "function", (int)size, name,
		 (unsigned)insn);
	*out = is_map ? 5 : -3;
	return strncmp(name, is_map ? "counts" : "far", size) == 0;
}

static void label(void *ctx, const char *name, size_t size, uint32_t insn)
{
	const size_t used = strlen(heard.labels);

	(void)ctx;
	snprintf(heard.labels + used, sizeof(heard.labels) - used, "%s%.*s %u",
		 used > 0 ? ", " : "", (int)size, name, (unsigned)insn);
}

static const struct skep_asm_names NAMES = { NULL, find, label };

static int assemble(const char *text, const struct skep_asm_names *names, struct skep_insn *out,
		    uint32_t *count)
{
	struct skep_port port;
	struct skep_runtime *runtime = open_runtime(&port);
	int err;

	memset(&heard, 0, sizeof(heard));
	if (runtime == NULL)
		return 1;
	err = skep_assemble(runtime, text, strlen(text), names, out, CAPACITY, count);
	skep_runtime_close(runtime);
	return err;
}

static bool is_insn(const struct skep_insn *insn, uint8_t code, uint8_t src, int32_t imm)
{
	return insn->code == code && insn->src_reg == src && insn->imm == imm;
}

TEST(names_become_numbers)
{
	struct skep_insn insns[CAPACITY];
	uint32_t count = 0;

	CHECK_EQ(assemble("a: r1 = map[counts] ll\nb: call far\ncall b\nr2 = function[far] ll\n"
			  "c: exit",
			  &NAMES, insns, &count),
		 0);
	CHECK_EQ(count, 7);
	CHECK(is_insn(insns, 0x18, 1, 5));
	CHECK(is_insn(insns + 2, 0x85, 1, -3));
	CHECK(is_insn(insns + 3, 0x85, 1, -2));
	CHECK(is_insn(insns + 4, 0x18, 4, -3));
	CHECK_TEXT(heard.asked, "map counts at 0, function far at 2, function far at 4");
	CHECK_TEXT(heard.labels, "a 0, b 2, c 6");
	CHECK_EQ(allocated, 0);
}

TEST(helpers_have_names_unless_a_function_has_it)
{
	struct skep_insn insns[CAPACITY];
	uint32_t count = 0;

	CHECK_EQ(assemble("call ktime_get_ns; call bpf_map_lookup_elem; call third; call 12; exit",
			  NULL, insns, &count),
		 0);
	CHECK(is_insn(insns, 0x85, 0, 5));
	CHECK(is_insn(insns + 1, 0x85, 0, 1));
	CHECK(is_insn(insns + 2, 0x85, 0, 777));
	CHECK(is_insn(insns + 3, 0x85, 0, 12));
	CHECK_EQ(assemble("call third; exit; third: exit", NULL, insns, &count), 0);
	CHECK(is_insn(insns, 0x85, 1, 1));
	CHECK_EQ(assemble("call far; call fourth; exit", &NAMES, insns, &count), SKEP_EINVAL);
	CHECK_TEXT(message, "line 1, column 16: found `fourth; exit`; needed: a label that is "
			    "defined somewhere as `name:`");
}

TEST(what_nobody_knows_is_refused)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "r1 = map[other] ll", "line 1, column 10: found `other] ll`; needed: a map that "
					"is defined, or a map's number" },
		{ "r1 = map_value[] ll", "line 1, column 16: found `] ll`; needed: a map that is "
					 "defined, or a map's number" },
		{ "goto far", "line 1, column 6: found `far`; needed: a label that is defined "
			      "somewhere as `name:`" },
	};

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		struct skep_insn insns[CAPACITY];
		uint32_t count = 99;

		test_case("%s", cases[i].text);
		CHECK_EQ(assemble(cases[i].text, &NAMES, insns, &count), SKEP_EINVAL);
		CHECK_TEXT(message, cases[i].message);
		CHECK_EQ(count, 99);
		CHECK_EQ(allocated, 0);
	}
}

TEST(as_many_labels_as_the_text_has)
{
	enum { LABELS = 5000, BYTES = 16 };
	char *text = malloc(LABELS * BYTES);
	struct skep_insn insns[CAPACITY];
	uint32_t count = 0;
	size_t size = 0;

	for (unsigned i = 0; i < LABELS; i++)
		size += (size_t)snprintf(text + size, BYTES, "label%u:\n", i);
	snprintf(text + size, BYTES, "goto label77");
	CHECK_EQ(assemble(text, NULL, insns, &count), 0);
	CHECK_EQ(insns[0].off, -1);
	free(text);
}

TESTS_BEGIN
T(names_become_numbers)
T(helpers_have_names_unless_a_function_has_it)
T(what_nobody_knows_is_refused)
T(as_many_labels_as_the_text_has)
TESTS_END
