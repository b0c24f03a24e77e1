/* SPDX-License-Identifier: Apache-2.0 */
/* Finds every place of a word in 1,024 bytes of text. */
#include "kernel.h"

static const u8 WORD[] = { 'A', 'c', 'c', 'e', 'p', 't', '-' };

MEMORY u8 input[1024];

KERNEL(search, input)
{
	u32 sum = 0;

	(void)ctx;
	for (u32 i = 0; i <= sizeof(input) - sizeof(WORD); i++) {
		u32 same = 0;

		while (same < sizeof(WORD) && input[i + same] == WORD[same])
			same++;
		if (same == sizeof(WORD))
			sum = sum * 31 + i;
		else
			sum += same;
	}
	return sum;
}
