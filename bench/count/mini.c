/* SPDX-License-Identifier: Apache-2.0 */
/* The MINI profile: the structure check, and runs with and without checks. */
#include "image.h"

enum { INSNS_MAX = 1024, BUDGET = 1000000 };

static uint8_t marks[SKEP_MINI_MARKS_BYTES(INSNS_MAX)];
static struct skep_mini mini; /* the program that was prepared last */

static void prepare(const struct subject *subject)
{
	mini = (struct skep_mini){ .insns = subject->insns,
				   .insn_count = (uint32_t)(subject->end - subject->insns),
				   .insns_max = BUDGET,
				   .ctx_size = PACKET_BYTES };
}

/* The result, or what stopped it. */
static uint32_t run(uint64_t *stack, size_t stack_bytes)
{
	struct skep_mini_stop stop = { 0 };
	uint64_t r0 = 0;

	if (skep_mini_run(&mini, packet, stack, stack_bytes, &r0, &stop) < 0)
		return stop.cause;
	return (uint32_t)r0;
}

static uint32_t run_one_level(const struct subject *subject)
{
	uint64_t stack[SKEP_MINI_STACK_BYTES(1) / 8];

	(void)subject;
	return run(stack, sizeof(stack));
}

static uint32_t run_eight_levels(const struct subject *subject)
{
	uint64_t stack[SKEP_MINI_STACK_BYTES(8) / 8];

	(void)subject;
	return run(stack, sizeof(stack));
}

static uint32_t run_trusted(const struct subject *subject)
{
	(void)subject;
	return (uint32_t)skep_mini_run_trusted(&mini, packet);
}

static uint32_t check(const struct subject *subject)
{
	struct skep_mini_stop stop;

	(void)subject;
	return (uint32_t)skep_mini_check(&mini, marks, &stop);
}

const struct subject SUBJECTS[] = {
	{ "nothing", do_nothing, 0, PLAIN, NULL },
	{ "check-fletcher32", check, 0, PLAIN, prepare },
	{ "mini-fletcher32", run_one_level, CHECKSUM, PLAIN, prepare },
	{ "mini-1-level", run_one_level, LEVELS_RESULT, ONE_LEVEL, prepare },
	{ "mini-8-levels", run_eight_levels, LEVELS_RESULT, EIGHT_LEVELS, prepare },
	{ "trusted-fletcher32", run_trusted, CHECKSUM, PLAIN, prepare },
	{ "trusted-1-level", run_trusted, LEVELS_RESULT, ONE_LEVEL, prepare },
	{ "trusted-8-levels", run_trusted, LEVELS_RESULT, EIGHT_LEVELS, prepare },
};
const uint32_t SUBJECT_COUNT = sizeof(SUBJECTS) / sizeof(SUBJECTS[0]);
