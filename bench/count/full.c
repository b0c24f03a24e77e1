/* SPDX-License-Identifier: Apache-2.0 */
/* What the whole runtime runs programs with: the structure check, and the interpreter that prepares
 * what it runs; beside it the one that reads instructions where they are. */
#include "image.h"

#include "base/bytes.h"
#include "interp/interp.h"

static uint8_t marks[SKEP_ISA_MARKS_BYTES(1024)];
static struct skep_exec exec; /* the program that was prepared last */

/* The functions of a program as the verifier would find them. */
static const struct skep_function WHOLE[1] = { { 0, 1024, SKEP_STACK_BYTES } };
#define FUNCTION(level)                                                                            \
	{                                                                                          \
		(level) * LEVEL_INSNS, ((level) + 1) * LEVEL_INSNS, LEVEL_BYTES                    \
	}
static const struct skep_function EIGHT[8] = { FUNCTION(0), FUNCTION(1), FUNCTION(2), FUNCTION(3),
					       FUNCTION(4), FUNCTION(5), FUNCTION(6), FUNCTION(7) };

static uint32_t prepare(const struct subject *subject)
{
	const bool is_eight = subject->insns == eight_levels_insns;
	static uint64_t block[512];
	struct skep_arena arena;

	/* Without references and with a context that has its fields where programs look for them,
	 * clang's instructions are executable as they are. */
	exec = (struct skep_exec){ .insns = subject->insns,
				   .count = (uint32_t)(subject->end - subject->insns),
				   .functions = is_eight ? EIGHT : WHOLE,
				   .function_count = is_eight ? SKEP_COUNT(EIGHT) : 1,
				   .stack_known = true };
	skep_arena_init_block(&arena, block, sizeof(block));
	return (uint32_t)skep_threaded_prepare(&exec, &arena);
}

static void prepare_before(const struct subject *subject)
{
	prepare(subject);
}

static uint32_t interpret(const struct subject *subject)
{
	struct skep_env env = { .ctx = &packet_context };

	(void)subject;
	return (uint32_t)skep_interp_run(&exec, &packet_context, 0, &env);
}

static uint32_t run_threaded(const struct subject *subject)
{
	struct skep_env env = { .ctx = &packet_context };

	(void)subject;
	return (uint32_t)skep_threaded_run(&exec, &packet_context, 0, &env);
}

static uint32_t check(const struct subject *subject)
{
	uint32_t where;

	return skep_isa_check_flat(subject->insns, (uint32_t)(subject->end - subject->insns), marks,
				   &where);
}

const struct subject SUBJECTS[] = {
	{ "nothing", do_nothing, 0, FLETCHER32, NULL },
	{ "native-fletcher32", run_native, CHECKSUM, FLETCHER32, NULL },
	{ "check-fletcher32", check, 0, FLETCHER32, NULL },
	{ "prepare-fletcher32", prepare, 0, FLETCHER32, NULL },
	{ "threaded-fletcher32", run_threaded, CHECKSUM, FLETCHER32, prepare_before },
	{ "threaded-1-level", run_threaded, LEVELS_RESULT, ONE_LEVEL, prepare_before },
	{ "threaded-8-levels", run_threaded, LEVELS_RESULT, EIGHT_LEVELS, prepare_before },
	{ "interp-fletcher32", interpret, CHECKSUM, FLETCHER32, prepare_before },
};
const uint32_t SUBJECT_COUNT = sizeof(SUBJECTS) / sizeof(SUBJECTS[0]);
