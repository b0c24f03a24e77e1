/* SPDX-License-Identifier: Apache-2.0 */
/* Counts, reverses and finds bits in 64 numbers of 64 bits. */
#include "kernel.h"

MEMORY u64 input[64];

static inline u64 reversed(u64 x)
{
	x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
	x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
	x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
	return __builtin_bswap64(x);
}

static inline u32 ones(u64 x)
{
	x -= x >> 1 & 0x5555555555555555;
	x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (u32)(x * 0x0101010101010101 >> 56);
}

/* The index of the highest bit. */
static inline u32 highest(u64 x)
{
	u32 index = 0;

	for (u32 step = 32; step > 0; step >>= 1)
		if (x >> step != 0) {
			x >>= step;
			index += step;
		}
	return index;
}

KERNEL(bits, input)
{
	u64 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < sizeof(input) / sizeof(input[0]); i++) {
		const u64 x = input[i];

		sum = sum * 31 + reversed(x);
		sum += ones(x) + highest(x >> (i & 31));
	}
	return (u32)(sum ^ sum >> 32);
}
