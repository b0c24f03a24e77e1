/* SPDX-License-Identifier: Apache-2.0 */
/* Reads decimal numbers with signs out of 1,024 bytes of text. */
#include "kernel.h"

MEMORY u8 input[1024];

KERNEL(decimal, input)
{
	u32 sum = 0, value = 0, in_number = 0, negative = 0;

	(void)ctx;
	for (u32 i = 0; i < sizeof(input); i++) {
		const u32 digit = (u32)input[i] - '0';

		if (digit < 10) {
			value = value * 10 + digit;
			in_number = 1;
			continue;
		}
		if (in_number)
			sum = sum * 31 + (negative ? 0 - value : value);
		value = in_number = 0;
		negative = input[i] == '-';
	}
	return sum;
}
