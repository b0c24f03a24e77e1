/* SPDX-License-Identifier: Apache-2.0 */
/* Random programs in the checked execution, the same on a host and on boards. Where they begin and
 * how many there are can be given when this is compiled. */
#include "harness.h"
#include "random_programs.h"

#ifndef RANDOM_PROGRAMS
#define RANDOM_PROGRAMS 20000
#endif
#ifndef RANDOM_SEED
#define RANDOM_SEED 0x5eed
#endif

static struct random_programs programs;

TEST(random_programs_stay_inside_and_end)
{
	programs.state = RANDOM_SEED;
	for (uint32_t i = 0; i < RANDOM_PROGRAMS; i += 100) {
		test_case("program %u", (unsigned)programs.programs);
		CHECK_TEXT(random_programs_run(&programs, 100) ? "" : programs.broken, "");
	}
	test_case("%s", "");
	test_note("%u programs: %u ended, %u stopped, %u refused; causes %#x",
		  (unsigned)programs.programs, (unsigned)programs.ended, (unsigned)programs.stopped,
		  (unsigned)programs.refused, (unsigned)programs.causes);
	CHECK(programs.ended > programs.programs / 20);
	CHECK(programs.stopped > programs.programs / 4);
}

/* The right address but for a bit that a machine of 32 bits does not have, on the stack and in a
 * map's value that was just accessed: nowhere the program's memory. */
TEST(upper_halves_of_addresses_count)
{
	static const struct skep_insn stack[] = {
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x71, .src_reg = 2, .off = -1 },
		{ .code = 0x18, .dst_reg = 4 },
		{ .imm = 1 },
		{ .code = 0x0f, .dst_reg = 2, .src_reg = 4 },
		{ .code = 0x71, .src_reg = 2, .off = -1 },
		{ .code = 0x95 },
	};
	static const struct skep_insn value[] = {
		{ .code = 0x18,
		  .dst_reg = 2,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = RANDOM_ARRAY },
		{ 0 },
		{ .code = 0x71, .src_reg = 2 },
		{ .code = 0x18, .dst_reg = 4 },
		{ .imm = 1 },
		{ .code = 0x0f, .dst_reg = 2, .src_reg = 4 },
		{ .code = 0x71, .src_reg = 2 },
		{ .code = 0x95 },
	};

	random_now = &programs;
	programs.causes = 0;
	programs.stopped = 0;
	memcpy(programs.insns, stack, sizeof(stack));
	random_run(&programs, SKEP_COUNT(stack));
	CHECK_EQ(programs.stopped, 1);
	memcpy(programs.insns, value, sizeof(value));
	random_run(&programs, SKEP_COUNT(value));
	CHECK_EQ(programs.stopped, 2);
	CHECK_EQ(programs.causes, 1u << SKEP_TRAP_LOAD);
}

TESTS_BEGIN
T(upper_halves_of_addresses_count)
T(random_programs_stay_inside_and_end)
TESTS_END
