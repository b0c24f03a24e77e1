/* SPDX-License-Identifier: Apache-2.0 */
/* BPF_PROG_TYPE_SOCKET_FILTER: programs see the fields of `struct __sk_buff` that Linux lets socket
 * filters see, behind which stands a struct skep_skb of the caller; they write cb alone. The packet
 * itself is read by packet loads and helpers. r0 is how many bytes to keep, any number. */
#include "base/bytes.h"
#include "prog/types.h"

enum {
	CTX_BYTES = 192,
	CB_AT = 48,
	/* Bounds of the negative offsets that mean headers (Linux's linux/filter.h). */
	NET_OFF = -0x100000,
	LL_OFF = -0x200000,
};

/* cb can be accessed 8 bytes at a time, so it must lie here as aligned as there. */
_Static_assert(offsetof(struct skep_skb, cb) % 8 == CB_AT % 8, "cb is aligned as programs see it");

static const struct skep_ctx_field FIELDS[] = {
#define SK_BUFF(field, at)                                                                         \
	{ .name = #field,                                                                          \
	  .offset = (at),                                                                          \
	  .size = 4,                                                                               \
	  .kind = SKEP_FIELD_PARTS,                                                                \
	  .real_offset = offsetof(struct skep_skb, field),                                         \
	  .real_size = 4 },
#include "isa/sk_buff.def"
	{ .name = "cb",
	  .offset = CB_AT,
	  .size = sizeof(((struct skep_skb *)NULL)->cb),
	  .writable = true,
	  .kind = SKEP_FIELD_BYTES,
	  .real_offset = offsetof(struct skep_skb, cb),
	  .real_size = sizeof(((struct skep_skb *)NULL)->cb) },
};

static int check_ctx(const void *ctx)
{
	const struct skep_skb *skb = ctx;
	const uint8_t *const starts[] = { skb == NULL ? NULL : skb->data,
					  skb == NULL ? NULL : skb->mac_header,
					  skb == NULL ? NULL : skb->network_header };

	if (starts[0] == NULL)
		return SKEP_EINVAL;
	for (size_t i = 0; i < SKEP_COUNT(starts); i++)
		if ((uintptr_t)starts[i] > (uintptr_t)skb->data_end)
			return SKEP_EINVAL;
	return 0;
}

static int64_t packet_load(const void *ctx, int32_t offset, uint32_t size)
{
	const struct skep_skb *skb = ctx;
	const uint8_t *from = skb->data;
	int32_t at = offset;
	uint32_t value = 0;

	if (offset < 0) {
		from = offset >= NET_OFF  ? skb->network_header
		       : offset >= LL_OFF ? skb->mac_header
					  : NULL;
		at -= offset >= NET_OFF ? NET_OFF : LL_OFF;
	}
	if (from == NULL || !skep_in_bounds((uint32_t)at, size, (size_t)(skb->data_end - from)))
		return -1;
	for (from += at; size > 0; size--)
		value = value << 8 | *from++;
	return value;
}

const struct skep_prog_type skep_prog_type_socket_filter = {
	.type = 1,
	.name = "socket_filter",
	.ctx_size = CTX_BYTES,
	.fields = FIELDS,
	.field_count = SKEP_COUNT(FIELDS),
	.groups = SKEP_GROUP_BASE | SKEP_GROUP_SKB | SKEP_GROUP_SKB_HEADERS | SKEP_GROUP_FILTER |
		  SKEP_GROUP_OF_TYPE(1),
	.unprivileged = true,
	.check_ctx = check_ctx,
	.packet_load = packet_load,
};
