/* SPDX-License-Identifier: Apache-2.0 */
/* The Internet checksum (RFC 1071) of a packet of 1,480 bytes, 32 bits at a time. */
#include "kernel.h"

enum { WORDS = 370 };

KERNEL(inet_checksum, nothing)
{
	const u32 *data = PACKET(ctx);
	u64 sum = 0;

	if ((void *)(data + WORDS) > PACKET_END(ctx))
		return 0;
	for (u32 i = 0; i < WORDS; i++)
		sum += data[i];
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}
