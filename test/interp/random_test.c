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

TESTS_BEGIN
T(random_programs_stay_inside_and_end)
TESTS_END
