/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 of 512 bytes: 64-bit additions, rotations and exclusive ors. */
#include "kernel.h"

MEMORY u64 input[64];

static inline u64 rotate(u64 x, u32 bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void mix(u64 *v)
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

KERNEL(siphash, input)
{
	const u64 k0 = 0x0706050403020100, k1 = 0x0f0e0d0c0b0a0908;
	const u64 last = (u64)(sizeof(input) & 255) << 56;
	u64 v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
		     k1 ^ 0x7465646279746573 };

	(void)ctx;
	for (u32 i = 0; i < sizeof(input) / sizeof(input[0]); i++) {
		v[3] ^= input[i];
		mix(v);
		mix(v);
		v[0] ^= input[i];
	}
	v[3] ^= last;
	mix(v);
	mix(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (u32 i = 0; i < 4; i++)
		mix(v);
	v[0] ^= v[1] ^ v[2] ^ v[3];
	return (u32)(v[0] ^ v[0] >> 32);
}
