/* SPDX-License-Identifier: Apache-2.0 */
/* The UART of SiFive's FE310 (FE310-G002 manual, chapter 18). */
#include "board.h"

static volatile uint32_t *const UART = (volatile uint32_t *)SKEP_CONSOLE_1;

enum { TXDATA = 0, TXCTRL = 2, TXCTRL_ENABLE = 1 };

static const uint32_t TXDATA_FULL = 1u << 31;

void skep_console_write(const char *text, size_t size)
{
	UART[TXCTRL] |= TXCTRL_ENABLE;
	for (; size > 0; size--, text++) {
		while ((UART[TXDATA] & TXDATA_FULL) != 0)
			;
		UART[TXDATA] = (uint8_t)*text;
	}
}
