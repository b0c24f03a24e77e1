/* SPDX-License-Identifier: Apache-2.0 */
/* Images that go wrong in the way PLANTED names. test/board/planted_test.py sees that it is
 * noticed. */
#include "board.h"
#include "harness.h"

enum planted { ACCESS, FAILURE, TRAP, STACK };

static volatile uint32_t words[2], two = 2, sink;

extern const uint8_t planted_flash[];

/* Goes down until a frame is at the end of the stack. */
static uint32_t __attribute__((noinline)) descend(void)
{
	volatile uint8_t frame[32];

	for (unsigned i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)i;
	return frame[two] + ((uintptr_t)frame > (uintptr_t)skep_board_stack ? descend() : 0);
}

TEST(planted)
{
	switch ((enum planted)PLANTED) {
	case ACCESS:
		sink = *(const volatile uint8_t *)planted_flash;
		sink = *(volatile uint32_t *)((uintptr_t)words + two);
		break;
	case FAILURE: CHECK_EQ(words[0], 1); break;
	case TRAP: __builtin_trap();
	case STACK: sink = descend(); break;
	}
}

TESTS_BEGIN
T(planted)
TESTS_END
