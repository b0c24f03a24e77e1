/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypts 16 blocks of 64 bits with XTEA, 32 rounds, chained. */
#include "kernel.h"

enum { BLOCKS = 16, ROUNDS = 32 };

static const u32 KEY[4] = { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c };

MEMORY u32 input[2 * BLOCKS];

KERNEL(xtea, input)
{
	u32 left = 0, right = 0;

	(void)ctx;
	for (u32 i = 0; i < BLOCKS; i++) {
		u32 sum = 0;

		left ^= input[2 * i];
		right ^= input[2 * i + 1];
		for (u32 round = 0; round < ROUNDS; round++) {
			left += ((right << 4 ^ right >> 5) + right) ^ (sum + KEY[sum & 3]);
			sum += 0x9e3779b9;
			right += ((left << 4 ^ left >> 5) + left) ^ (sum + KEY[sum >> 11 & 3]);
		}
	}
	return left ^ right;
}
