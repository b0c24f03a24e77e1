/* SPDX-License-Identifier: Apache-2.0 */
/* Fletcher's checksum of a packet of 360 bytes, in the form that firmware uses: two running sums of
 * 16-bit words, folded before they can overflow. */
#include "kernel.h"

enum { WORDS = 180, BLOCK = 359 };

static u32 fold(u32 sum)
{
	return (sum & 0xffff) + (sum >> 16);
}

static inline u32 checksum(const u16 *data, u32 words)
{
	u32 sum1 = 0xffff, sum2 = 0xffff;

	while (words > 0) {
		u32 block = words < BLOCK ? words : BLOCK;

		words -= block;
		do {
			sum1 += *data++;
			sum2 += sum1;
		} while (--block > 0);
		sum1 = fold(sum1);
		sum2 = fold(sum2);
	}
	return fold(sum2) << 16 | fold(sum1);
}

KERNEL(fletcher32, nothing)
{
	const u16 *data = PACKET(ctx);
	u32 words = WORDS;

	if ((void *)(data + WORDS) > PACKET_END(ctx))
		return 0;
	KEEP(words); /* as in a function that is called with any number */
	return checksum(data, words);
}
