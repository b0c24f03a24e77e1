/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter by itself: what has no compiled counterpart. That it computes what RFC 9669 says
 * is tested with compiled code beside it, in test/jit. */
#include "../jit/engines.h"

static struct skep_insn insns[64];

static uint64_t run(uint32_t count, void *ctx)
{
	struct program program = { .exec = { .insns = insns, .count = count } };

	return run_interp(&program, ctx, 0);
}

/* A function that calls itself: levels end at eight, each of which added one. */
TEST(call_levels_end_at_eight)
{
	/* r6 = r1; r2 = *r1; r2 += 1; *r1 = r2; call 0; exit */
	uint64_t levels = 0;
	uint32_t count = 0;

	insns[count++] = insn_of(0xbf, 6, 1, 0, 0);
	insns[count++] = insn_of(0x79, 2, 1, 0, 0);
	insns[count++] = insn_of(0x07, 2, 0, 0, 1);
	insns[count++] = insn_of(0x7b, 1, 2, 0, 0);
	insns[count++] = insn_of(0x85, 0, 1, 0, -5);
	insns[count++] = insn_of(0x95, 0, 0, 0, 0);
	run(count, &levels);
	CHECK_EQ(levels, 8);
}

/* A kernel function gives 0; a packet load without a packet ends the program with 0. */
TEST(instructions_without_meaning_give_0)
{
	const struct skep_insn refused[] = {
		insn_of(0x20, 0, 0, 0, 0), /* LD_ABS */
		insn_of(0x48, 0, 1, 0, 0), /* LD_IND */
		insn_of(0x85, 0, 2, 0, 1), /* kernel function */
	};

	for (size_t i = 0; i < COUNT(refused); i++) {
		insns[0] = insn_of(0xb7, 0, 0, 0, 5);
		insns[1] = refused[i];
		insns[2] = insn_of(0x95, 0, 0, 0, 0);
		CHECK_EQ(run(3, NULL), 0);
	}
}

/* An odd address is read and written as any other. */
TEST(accesses_need_no_alignment)
{
	uint8_t bytes[32] = { 0 };

	insns[0] = insn_of(0xb7, 2, 0, 0, 0x01020304);
	insns[1] = insn_of(0x7b, 1, 2, 3, 0);
	insns[2] = insn_of(0x63, 1, 2, 13, 0);
	insns[3] = insn_of(0x6b, 1, 2, 19, 0);
	insns[4] = insn_of(0x79, 0, 1, 3, 0);
	insns[5] = insn_of(0x61, 3, 1, 13, 0);
	insns[6] = insn_of(0x69, 4, 1, 19, 0);
	insns[7] = insn_of(0x0f, 0, 3, 0, 0);
	insns[8] = insn_of(0x0f, 0, 4, 0, 0);
	insns[9] = insn_of(0x95, 0, 0, 0, 0);
	CHECK_EQ(run(10, bytes), 2 * 0x01020304 + 0x0304);
}

TESTS_BEGIN
T(call_levels_end_at_eight)
T(instructions_without_meaning_give_0)
T(accesses_need_no_alignment)
TESTS_END
