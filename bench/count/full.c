/* SPDX-License-Identifier: Apache-2.0 */
/* What the whole runtime runs programs with: the structure check, and the interpreter that prepares
 * what it runs; beside it the one that reads instructions where they are. */
#include "image.h"
#include "interp/interp.h"

/* Without references and with a context that has its fields where programs look for them, clang's
 * instructions are executable as they are. */
static struct skep_exec exec_of(const struct skep_insn *insns, const struct skep_insn *end)
{
	return (struct skep_exec){ .insns = insns, .count = (uint32_t)(end - insns) };
}

static uint32_t interpret(const struct skep_insn *insns, const struct skep_insn *end)
{
	const struct skep_exec exec = exec_of(insns, end);
	struct skep_env env = { .ctx = &packet_context };

	return (uint32_t)skep_interp_run(&exec, &packet_context, 0, &env);
}

static uint32_t interp_fletcher32(void)
{
	return interpret(fletcher32_insns, fletcher32_end);
}

/* The program that a subject has prepared last. */
static struct skep_exec prepared;

static uint32_t prepare(const struct skep_insn *insns, const struct skep_insn *end)
{
	static uint64_t block[512];
	struct skep_arena arena;

	prepared = exec_of(insns, end);
	skep_arena_init_block(&arena, block, sizeof(block));
	return (uint32_t)skep_threaded_prepare(&prepared, &arena);
}

static uint32_t prepare_fletcher32(void)
{
	return prepare(fletcher32_insns, fletcher32_end);
}

static uint32_t prepare_one_level(void)
{
	return prepare(one_level_insns, one_level_insns + LEVEL_INSNS);
}

static uint32_t prepare_eight_levels(void)
{
	return prepare(eight_levels_insns, eight_levels_insns + 8 * LEVEL_INSNS);
}

static uint32_t run_prepared(void)
{
	struct skep_env env = { .ctx = &packet_context };

	return (uint32_t)skep_threaded_run(&prepared, &packet_context, 0, &env);
}

static uint32_t check(const struct skep_insn *insns, const struct skep_insn *end)
{
	static uint8_t marks[SKEP_ISA_MARKS_BYTES(1024)];
	uint32_t where;

	return skep_isa_check_flat(insns, (uint32_t)(end - insns), marks, &where);
}

static uint32_t check_fletcher32(void)
{
	return check(fletcher32_insns, fletcher32_end);
}

static uint32_t check_states(void)
{
	return check(states_insns, states_end);
}

static uint32_t check_siphash(void)
{
	return check(siphash_insns, siphash_end);
}

const struct subject SUBJECTS[] = {
	{ "nothing", do_nothing, 0, NULL, NULL },
	{ "native-fletcher32", run_native, CHECKSUM, NULL, NULL },
	{ "interp-fletcher32", interp_fletcher32, CHECKSUM, NULL, NULL },
	{ "prepare-fletcher32", prepare_fletcher32, 0, fletcher32_insns, fletcher32_end },
	{ "threaded-fletcher32", run_prepared, CHECKSUM, NULL, NULL },
	{ "prepare-1-level", prepare_one_level, 0, NULL, NULL },
	{ "threaded-1-level", run_prepared, LEVELS_RESULT, NULL, NULL },
	{ "prepare-8-levels", prepare_eight_levels, 0, NULL, NULL },
	{ "threaded-8-levels", run_prepared, LEVELS_RESULT, NULL, NULL },
	{ "check-fletcher32", check_fletcher32, 0, fletcher32_insns, fletcher32_end },
	{ "check-states", check_states, 0, states_insns, states_end },
	{ "check-siphash", check_siphash, 0, siphash_insns, siphash_end },
};
const uint32_t SUBJECT_COUNT = sizeof(SUBJECTS) / sizeof(SUBJECTS[0]);
