/* SPDX-License-Identifier: Apache-2.0 */
/* The harness on a board: KTAP on the console, then a line with the status, because not every
 * machine can end with one. The stack is painted before the tests, so that what they used of it can
 * be said; using all is a failure. */
#include "board.h"
#include "harness.h"

int test_main(const char *only);

/* Frames have holes that nothing is written to, hence the reserve. */
enum { PAINT = 0xa5, MARGIN_BYTES = 128, RESERVE_BYTES = 64 };

void test_write(const char *text, size_t size)
{
	skep_console_write(text, size);
}

/* All below this function's own frame. */
static void paint_stack(void)
{
	uint8_t here;
	volatile uint8_t *byte = skep_board_stack;

	for (; (uintptr_t)byte + MARGIN_BYTES < (uintptr_t)&here; byte++)
		*byte = PAINT;
}

static bool stack_suffices(void)
{
	const size_t size = skep_board_stack_size();
	size_t left = 0;

	while (left < size && skep_board_stack[left] == PAINT)
		left++;
	test_note("stack: %u of %u bytes used", (unsigned)(size - left), (unsigned)size);
	return left >= RESERVE_BYTES;
}

int main(int argc, char **argv)
{
	const bool own_stack = skep_board_stack_size() > 0;
	int status;

	if (own_stack)
		paint_stack();
	status = test_main(argc > 1 ? argv[1] : NULL) != 0;
	if (own_stack && !stack_suffices()) {
		test_note("the stack was too small");
		status = 1;
	}
	test_note("ended with status %d", status);
	return status;
}
