/* SPDX-License-Identifier: Apache-2.0 */
/* MurmurHash3's 32-bit form of 1,024 bytes: 32-bit multiplications and rotations. */
#include "kernel.h"

MEMORY u32 input[256];

static inline u32 rotate(u32 x, u32 bits)
{
	return x << bits | x >> (32 - bits);
}

KERNEL(murmur3, input)
{
	u32 hash = 0;

	(void)ctx;
	for (u32 i = 0; i < sizeof(input) / sizeof(input[0]); i++) {
		u32 word = input[i] * 0xcc9e2d51;

		hash ^= rotate(word, 15) * 0x1b873593;
		hash = rotate(hash, 13) * 5 + 0xe6546b64;
	}
	hash ^= sizeof(input);
	hash = (hash ^ hash >> 16) * 0x85ebca6b;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35;
	return hash ^ hash >> 16;
}
