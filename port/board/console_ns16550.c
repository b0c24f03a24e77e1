/* SPDX-License-Identifier: Apache-2.0 */
/* An NS16550 in the state that reset or firmware left it in. Registers are bytes. */
#include "board.h"

static volatile uint8_t *const UART = (volatile uint8_t *)SKEP_CONSOLE_1;

enum { DATA = 0, LINE_STATUS = 5, LINE_STATUS_EMPTY = 0x20 };

void skep_console_write(const char *text, size_t size)
{
	for (; size > 0; size--, text++) {
		while ((UART[LINE_STATUS] & LINE_STATUS_EMPTY) == 0)
			;
		UART[DATA] = (uint8_t)*text;
	}
}
