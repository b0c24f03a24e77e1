/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter by itself: what has no compiled counterpart. That it computes what RFC 9669 says
 * is tested with compiled code beside it, in test/jit. */
#include "../jit/engines.h"
#include "spec/map.h"

enum { INSNS_MAX = 40000, INDEX_END = 65536 };

static struct skep_insn insns[INSNS_MAX];

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
		insns[0] = insn_of(0xb7, 0, 0, 0, -5);
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

/* That of its first instruction, however far away, in both directions. */
TEST(function_addresses)
{
	static const int32_t AT[] = { 1000, 0, 1102, 1103, 1104, 1200, 1300, INSNS_MAX - 1 };

	insns[0] = insn_of(0x05, 0, 0, 1099, 0); /* goto 1100 */
	insns[1102] = insn_of(0x95, 0, 0, 0, 0);
	for (size_t i = 0; i < COUNT(AT); i++) {
		insns[1100] = insn_of(0x18, 0, BPF_PSEUDO_FUNC, 0, AT[i] - 1101);
		insns[1101] = insn_of(0, 0, 0, 0, 0);
		CHECK_EQ(run(INSNS_MAX, NULL), (uintptr_t)&insns[AT[i]]);
	}
}

#define HELPER(number)                                                                             \
	static uint64_t helper_##number(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,        \
					uint64_t r5, struct skep_env *env)                         \
	{                                                                                          \
		(void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;                       \
		return number;                                                                     \
	}
HELPER(1)
HELPER(2)

/* The whole immediate is the index of a helper. On both sides of each there are others. */
TEST(helpers_by_index)
{
	static const int32_t AT[] = { 0, 1, 127, 128, 200, 255, 256, 32768, INDEX_END - 1 };
	static skep_helper_fn table[2 * INDEX_END];
	struct program program = { .exec = { .insns = insns,
					     .count = 2,
					     .helpers = table + INDEX_END,
					     .helper_count = INDEX_END } };

	for (size_t i = 0; i < COUNT(table); i++)
		table[i] = helper_1;
	insns[1] = insn_of(0x95, 0, 0, 0, 0);
	for (size_t i = 0; i < COUNT(AT); i++) {
		insns[0] = insn_of(0x85, 0, 0, 0, AT[i]);
		table[INDEX_END + AT[i]] = helper_2;
		CHECK_EQ(run_interp(&program, NULL, 0), 2);
		table[INDEX_END + AT[i]] = helper_1;
	}
}

/* What is looked for in contracts, or by whoever linked the program, is all 32 bits of an immediate
 * and all 64 of a register. */
static const struct skep_helper *find_helper(const struct skep_exec *exec, uint64_t number)
{
	return number <= UINT32_MAX ? skep_contracts_helper(exec->contracts, (uint32_t)number)
				    : NULL;
}

TEST(helpers_by_number)
{
	static const struct skep_linked LINKED = { .find_helper = find_helper };
	const struct skep_helper rows[] = { { .id = 1, .name = "one", .fn = helper_1 },
					    { .id = 0x80000001, .name = "two", .fn = helper_2 },
					    { .id = UINT32_MAX, .name = "last", .fn = helper_2 } };
	const struct skep_contracts contracts = { .helpers = { rows },
						  .helper_count = { COUNT(rows) } };
	struct program program = { .exec = { .insns = insns, .contracts = &contracts } };

	for (unsigned linked = 0; linked < 2; linked++) {
		program.exec.linked = linked ? &LINKED : NULL;
		for (size_t i = 0; i < COUNT(rows); i++) {
			insns[0] = insn_of(0xb4, 1, 0, 0, (int32_t)rows[i].id);
			insns[1] = insn_of(0x8d, 1, 0, 0, 0); /* callx r1 */
			insns[2] = insn_of(0x95, 0, 0, 0, 0);
			CHECK_EQ(run_interp(&program, NULL, 0), i == 0 ? 1 : 2);
			insns[0].code = 0xb7;
			CHECK_EQ(run_interp(&program, NULL, 0), i == 0 ? 1 : 0);
			if (!linked)
				continue;
			insns[0] = insn_of(0x85, 0, 0, 0, (int32_t)rows[i].id);
			insns[1] = insns[2];
			CHECK_EQ(run_interp(&program, NULL, 0), i == 0 ? 1 : 2);
		}
	}
}

/* r1 is the context and r2 the value given, all of it; the other registers are 0. */
TEST(registers_at_the_start)
{
	struct program program = { .exec = { .insns = insns, .count = 2 } };
	uint64_t context = 0;

	insns[1] = insn_of(0x95, 0, 0, 0, 0);
	for (int i = 0; i < 10; i++) {
		insns[0] = insn_of(0xbf, 0, i, 0, 0);
		CHECK_EQ(run_interp(&program, &context, 0x8765432187654321),
			 i == 1   ? (uintptr_t)&context
			 : i == 2 ? 0x8765432187654321
				  : 0);
	}
}

/* -------------------------------------------------------------------------------- tail calls */

static _Atomic(const struct skep_target *) slot;

static void *find_slot(struct skep_map *map, const void *key)
{
	(void)map, (void)key;
	return &slot;
}

/* The other program runs from its first instruction on, with its own helpers. */
TEST(a_tail_call_leads_to_another_program)
{
	static const struct skep_map_ops OPS = { .lookup = find_slot };
	static const struct skep_map_kind KIND = { .ops = &OPS };
	struct skep_map map = { .kind = &KIND };
	const struct skep_insn other_insns[] = {
		insn_of(0xb7, 6, 0, 0, 40), /* r6 = 40 */
		insn_of(0x85, 0, 0, 0, 1),  /* call 1 */
		insn_of(0x0f, 0, 6, 0, 0),  /* r0 += r6 */
		insn_of(0x95, 0, 0, 0, 0),  /* exit */
	};
	const struct skep_insn first_insns[] = {
		insn_of(0xbf, 2, 1, 0, 0),              /* r2 = r1 */
		insn_of(0xb7, 3, 0, 0, 0),              /* r3 = 0 */
		insn_of(0x85, 0, 0, 0, SKEP_CALL_TAIL), /* tail call */
		insn_of(0x95, 0, 0, 0, 0),              /* exit */
	};
	const skep_helper_fn first_helpers[] = { NULL, helper_1 },
			     other_helpers[] = { NULL, helper_2 };
	struct program program = { .exec = { .insns = first_insns,
					     .count = 4,
					     .helpers = first_helpers,
					     .helper_count = 2 } };
	const struct skep_exec other = {
		.insns = other_insns, .count = 4, .helpers = other_helpers, .helper_count = 2
	};
	const struct skep_target target = { .exec = &other };

	slot = &target;
	CHECK_EQ(run_interp(&program, &map, 0), 42);
}

TESTS_BEGIN
T(call_levels_end_at_eight)
T(function_addresses)
T(helpers_by_index)
T(helpers_by_number)
T(registers_at_the_start)
T(a_tail_call_leads_to_another_program)
T(instructions_without_meaning_give_0)
T(accesses_need_no_alignment)
TESTS_END
