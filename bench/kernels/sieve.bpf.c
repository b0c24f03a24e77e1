/* SPDX-License-Identifier: Apache-2.0 */
/* The primes below 2,048 by Eratosthenes, a bit each. */
#include "kernel.h"

enum { LIMIT = 2048, ROOT = 46 };

MEMORY u64 composite[LIMIT / 64];

KERNEL(sieve, nothing)
{
	u32 count = 0, sum = 0;

	(void)ctx;
	for (u32 i = 0; i < LIMIT / 64; i++)
		composite[i] = 0;
	for (u32 i = 2; i < ROOT; i++) {
		if (composite[i / 64] >> (i & 63) & 1)
			continue;
		for (u32 j = i * i; j < LIMIT; j += i)
			composite[j / 64] |= 1ull << (j & 63);
	}
	for (u32 i = 2; i < LIMIT; i++)
		if ((composite[i / 64] >> (i & 63) & 1) == 0) {
			count++;
			sum += i;
		}
	return sum ^ count << 20;
}
