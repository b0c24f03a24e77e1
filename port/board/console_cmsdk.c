/* SPDX-License-Identifier: Apache-2.0 */
/* The UART of Arm's Cortex-M System Design Kit (CMSDK technical reference manual, 4.3). */
#include "board.h"

static volatile uint32_t *const UART = (volatile uint32_t *)SKEP_CONSOLE_1;

enum {
	DATA = 0,
	STATE = 1,
	STATE_FULL = 1,
	CONTROL = 2,
	CONTROL_TRANSMIT = 1,
	DIVIDER = 4,
	DIVIDER_MIN = 16
};

void skep_console_write(const char *text, size_t size)
{
	UART[DIVIDER] = DIVIDER_MIN;
	UART[CONTROL] = CONTROL_TRANSMIT;
	for (; size > 0; size--, text++) {
		while ((UART[STATE] & STATE_FULL) != 0)
			;
		UART[DATA] = (uint8_t)*text;
	}
}
