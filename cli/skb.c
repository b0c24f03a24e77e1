/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet frames as socket filters see them: what Linux finds out about a frame before a filter
 * runs, and the fields of struct __sk_buff that its test run lets the caller choose. */
#define _GNU_SOURCE 1
#include "skb.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

/* Fields that may be set: where they stand in struct __sk_buff, and here. */
static const struct field {
	uint8_t offset, size;
	size_t at; /* in struct frame_input */
} FIELDS[] = {
	{ 8, 4, offsetof(struct frame_input, skb.mark) },
	{ 32, 4, offsetof(struct frame_input, skb.priority) },
	{ 36, 4, offsetof(struct frame_input, skb.ingress_ifindex) },
	{ 40, 4, offsetof(struct frame_input, ifindex) },
	{ 48, 20, offsetof(struct frame_input, skb.cb) },
	{ 164, 4, offsetof(struct frame_input, skb.gso_segs) },
	{ 176, 4, offsetof(struct frame_input, skb.gso_size) },
};

enum { FIELD_COUNT = sizeof(FIELDS) / sizeof(FIELDS[0]) };

/* Linux's packet type. The address of the loopback interface is all zeroes, and so is its broadcast
 * address: nothing is broadcast there. */
static uint32_t packet_type(const uint8_t *frame)
{
	static const uint8_t NONE[6];
	enum { HOST = 0, MULTICAST = 2, OTHER_HOST = 3 };

	if ((frame[0] & 1) != 0)
		return MULTICAST;
	return memcmp(frame, NONE, sizeof(NONE)) == 0 ? HOST : OTHER_HOST;
}

/* The EtherType; or what Linux has in its place where there is a length. In network byte order. */
static uint16_t protocol(const uint8_t *frame, size_t size)
{
	enum { LEAST_TYPE = 0x600, RAW_802_3 = 1, LLC_802_2 = 4 };
	uint16_t type;

	memcpy(&type, frame + 12, sizeof(type));
	if (ntohs(type) >= LEAST_TYPE)
		return type;
	return htons(size >= 16 && frame[14] == 0xff && frame[15] == 0xff ? RAW_802_3 : LLC_802_2);
}

void skb_make(const struct frame_input *input, uint8_t *frame, struct skep_skb *out)
{
	const size_t before = input->skb.from_link ? 0 : FRAME_LEAST;

	*out = (struct skep_skb){
		.data = frame + before,
		.data_end = frame + input->size,
		.mac_header = frame,
		.network_header = frame + FRAME_LEAST,
		.len = (uint32_t)(input->size - before),
		.pkt_type = packet_type(frame),
		.mark = input->skb.mark,
		.protocol = protocol(frame, input->size),
		.priority = input->skb.priority,
		.ingress_ifindex = input->skb.ingress_ifindex,
		.ifindex = input->ifindex,
		.gso_segs = input->skb.gso_segs,
		.gso_size = input->skb.gso_size,
	};
	memcpy(out->cb, input->skb.cb, sizeof(out->cb));
}

size_t skb_frame_least(const uint8_t *frame, size_t size, bool from_link)
{
	enum { IPV4 = 0x0800, IPV6 = 0x86dd };
	size_t least = 1;

	if (size < FRAME_LEAST)
		return FRAME_LEAST;
	if (ntohs(protocol(frame, size)) == IPV4)
		least = 20;
	else if (ntohs(protocol(frame, size)) == IPV6)
		least = 40;
	if (!from_link)
		return FRAME_LEAST + least;
	return least > FRAME_LEAST ? least : FRAME_LEAST;
}

enum status skb_read_context(const char *path, const uint8_t bytes[SKB_CONTEXT_BYTES],
			     struct frame_input *input)
{
	uint8_t known[SKB_CONTEXT_BYTES] = { 0 };

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		memcpy((uint8_t *)input + FIELDS[i].at, bytes + FIELDS[i].offset, FIELDS[i].size);
		memset(known + FIELDS[i].offset, 1, FIELDS[i].size);
	}
	for (size_t i = 0; i < SKB_CONTEXT_BYTES; i++)
		if (known[i] == 0 && bytes[i] != 0)
			return complain(
				"%s: byte %zu is not 0; of struct __sk_buff mark, priority, "
				"ingress_ifindex, ifindex, cb, gso_segs and gso_size can be "
				"given",
				path, i);
	return STATUS_DONE;
}

void skb_write_context(const struct frame_input *input, uint8_t bytes[SKB_CONTEXT_BYTES])
{
	memset(bytes, 0, SKB_CONTEXT_BYTES);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		memcpy(bytes + FIELDS[i].offset, (const uint8_t *)input + FIELDS[i].at,
		       FIELDS[i].size);
}
