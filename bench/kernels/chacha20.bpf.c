/* SPDX-License-Identifier: Apache-2.0 */
/* Four blocks of the ChaCha20 stream (RFC 8439, 2.3) over 256 bytes. */
#include "kernel.h"

enum { BLOCKS = 4, WORDS = 16 };

MEMORY u32 input[BLOCKS * WORDS];

static inline u32 rotate(u32 x, u32 bits)
{
	return x << bits | x >> (32 - bits);
}

static inline void quarter(u32 *s, u32 a, u32 b, u32 c, u32 d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

/* The words of block `counter` of the stream, added into `sum` with the text's. */
static NOINLINE u32 block(u32 counter)
{
	const u32 key[WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
				 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
				 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c,
				 counter,    0x09000000, 0x4a000000, 0x00000000 };
	const u32 *text = input + (counter & (BLOCKS - 1)) * WORDS;
	u32 s[WORDS], sum = 0;

	for (u32 i = 0; i < WORDS; i++)
		s[i] = key[i];
	for (u32 i = 0; i < 10; i++) {
		quarter(s, 0, 4, 8, 12);
		quarter(s, 1, 5, 9, 13);
		quarter(s, 2, 6, 10, 14);
		quarter(s, 3, 7, 11, 15);
		quarter(s, 0, 5, 10, 15);
		quarter(s, 1, 6, 11, 12);
		quarter(s, 2, 7, 8, 13);
		quarter(s, 3, 4, 9, 14);
	}
	for (u32 i = 0; i < WORDS; i++)
		sum = sum * 31 + ((s[i] + key[i]) ^ text[i]);
	return sum;
}

KERNEL(chacha20, input)
{
	u32 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < BLOCKS; i++)
		sum = sum * 31 + block(i);
	return sum;
}
