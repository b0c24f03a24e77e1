/* SPDX-License-Identifier: Apache-2.0 */
/* Counts IPv4 packets by protocol, for test/board: no atomics, which v1 has not. */
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

const volatile u8 blocked = 0;
u32 short_frames;
u32 weight = 1;

static NOINLINE void count(u32 protocol)
{
	u64 one = weight, *packets = bpf_map_lookup_elem(&counts, &protocol);

	if (packets)
		*packets += one;
	else
		bpf_map_update_elem(&counts, &protocol, &one, BPF_NOEXIST);
}

SEC("xdp") int count_protocols(struct xdp_md *ctx)
{
	const u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 34 > end) {
		short_frames++;
		return XDP_PASS;
	}
	if (data[12] != 8 || data[13] != 0)
		return XDP_PASS;
	count(data[23]);
	return data[23] == blocked ? XDP_DROP : XDP_PASS;
}
