/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the headers of 32 frames: Ethernet, up to two VLAN tags, IPv4 with options or IPv6, TCP or
 * UDP; folds what identifies the flow. */
#include "kernel.h"

enum {
	FRAMES = 32,
	FRAME_BYTES = 128, /* of each frame, padded */
	VLAN = 0x8100,
	SERVICE_VLAN = 0x88a8,
	IPV4 = 0x0800,
	IPV6 = 0x86dd,
	TCP = 6,
	UDP = 17,
};

MEMORY u8 input[FRAMES * FRAME_BYTES];

static inline u32 get16(const u8 *at)
{
	return (u32)at[0] << 8 | at[1];
}

static inline u32 get32(const u8 *at)
{
	return get16(at) << 16 | get16(at + 2);
}

/* A number that stands for the frame's flow; 0: of no flow. */
static NOINLINE u32 flow(u32 index)
{
	const u8 *frame = input + (index & (FRAMES - 1)) * FRAME_BYTES;
	u32 at = 14, type = get16(frame + 12), protocol, key;

	for (u32 tags = 0; tags < 2 && (type == VLAN || type == SERVICE_VLAN); tags++) {
		type = get16(frame + at + 2);
		at += 4;
	}
	if (type == IPV4) {
		const u32 words = frame[at] & 15;

		if (frame[at] >> 4 != 4 || words < 5)
			return 0;
		protocol = frame[at + 9];
		key = get32(frame + at + 12) ^ get32(frame + at + 16) * 0x9e3779b1;
		at += words * 4;
	} else if (type == IPV6) {
		protocol = frame[at + 6];
		key = 0;
		for (u32 i = 0; i < 32; i += 4)
			key = key * 31 + get32(frame + at + 8 + i);
		at += 40;
	} else {
		return 0;
	}
	if (protocol == TCP || protocol == UDP)
		key ^= get32(frame + at) * 0x85ebca6b;
	return key + protocol;
}

KERNEL(headers, input)
{
	u32 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < FRAMES; i++)
		sum = sum * 31 + flow(i);
	return sum;
}
