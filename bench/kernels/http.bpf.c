/* SPDX-License-Identifier: Apache-2.0 */
/* Splits 1,024 bytes of HTTP requests into tokens: a state for each byte, and a hash of each
 * header's name without regard to case. */
#include "kernel.h"

enum state { LINE_START, METHOD, TARGET, VERSION, NAME, BEFORE_VALUE, VALUE };

MEMORY u8 input[1024];

static inline u32 lower(u32 c)
{
	return c - 'A' < 26 ? c + 32 : c;
}

KERNEL(http, input)
{
	u32 state = METHOD, hash = 0, sum = 0, lines = 0;

	(void)ctx;
	for (u32 i = 0; i < sizeof(input); i++) {
		const u32 c = input[i];

		switch (state) {
		case LINE_START:
			if (c == '\r')
				break;
			if (c == '\n') { /* the end of the headers */
				state = METHOD;
				sum = sum * 31 + lines;
				lines = 0;
				break;
			}
			state = NAME;
			hash = lower(c);
			break;
		case METHOD:
			if (c == ' ')
				state = TARGET;
			else
				hash = hash * 33 + c;
			break;
		case TARGET:
			if (c == ' ')
				state = VERSION;
			else
				hash = hash * 33 + c;
			break;
		case NAME:
			if (c == ':')
				state = BEFORE_VALUE;
			else
				hash = hash * 33 + lower(c);
			break;
		case BEFORE_VALUE:
			if (c != ' ' && c != '\t')
				state = VALUE;
			break;
		default:
			if (c == '\n') {
				state = LINE_START;
				sum += hash;
				lines++;
			}
			break;
		}
	}
	return sum + state;
}
