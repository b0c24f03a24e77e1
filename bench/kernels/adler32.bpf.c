/* SPDX-License-Identifier: Apache-2.0 */
/* Adler-32 (RFC 1950) of 1,024 bytes: a remainder at every sixteenth byte. */
#include "kernel.h"

enum { PRIME = 65521 };

MEMORY u8 input[1024];

KERNEL(adler32, input)
{
	u32 a = 1, b = 0;

	(void)ctx;
	for (u32 i = 0; i < sizeof(input); i++) {
		a += input[i];
		b += a;
		if ((i & 15) == 15) {
			a %= PRIME;
			b %= PRIME;
		}
	}
	return b << 16 | a;
}
