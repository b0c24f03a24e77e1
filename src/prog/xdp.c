/* SPDX-License-Identifier: Apache-2.0 */
/* BPF_PROG_TYPE_XDP: programs see `struct xdp_md` of Linux (include/uapi/linux/bpf.h), behind which
 * stands a struct skep_xdp of the caller. As in Linux any 32-bit number may be returned: what the
 * caller does with one that is no XDP action is up to it. */
#include "base/bytes.h"
#include "prog/types.h"

/* `offset` is the field's place in xdp_md, where all have 4 bytes. */
#define FIELD(field, at, what)                                                                     \
	{                                                                                          \
		.name = #field, .offset = (at), .size = 4, .kind = SKEP_FIELD_##what,              \
		.real_offset = offsetof(struct skep_xdp, field),                                   \
		.real_size = sizeof(((struct skep_xdp *)NULL)->field)                              \
	}

static const struct skep_ctx_field FIELDS[] = {
	FIELD(data, 0, PKT),
	FIELD(data_end, 4, PKT_END),
	FIELD(data_meta, 8, PKT_META),
	FIELD(ingress_ifindex, 12, SCALAR),
	FIELD(rx_queue_index, 16, SCALAR),
	FIELD(egress_ifindex, 20, SCALAR),
};

static int check_ctx(const void *ctx)
{
	const struct skep_xdp *xdp = ctx;
	uintptr_t edges[5];

	if (xdp == NULL || xdp->data_hard_start == NULL)
		return SKEP_EINVAL;
	edges[0] = (uintptr_t)xdp->data_hard_start;
	edges[1] = (uintptr_t)xdp->data_meta;
	edges[2] = (uintptr_t)xdp->data;
	edges[3] = (uintptr_t)xdp->data_end;
	edges[4] = (uintptr_t)xdp->frame_end;
	for (size_t i = 1; i < SKEP_COUNT(edges); i++)
		if (edges[i] < edges[i - 1])
			return SKEP_EINVAL;
	return 0;
}

const struct skep_prog_type skep_prog_type_xdp = {
	.type = 6,
	.name = "xdp",
	.ctx_size = 24,
	.fields = FIELDS,
	.field_count = SKEP_COUNT(FIELDS),
	.groups = SKEP_GROUP_BASE | SKEP_GROUP_XDP | SKEP_GROUP_OF_TYPE(6),
	.packet_writable = true,
	.check_ctx = check_ctx,
};
