/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of maps alone, for the tests that need a small object with them. */
#include "bpf.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 8);
	__uint(max_entries, 3);
};

struct inner inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &inner } };

SEC("xdp")
int lookup(struct xdp_md *ctx)
{
	u32 key = ctx->rx_queue_index;

	return bpf_map_lookup_elem(&outer, &key) != NULL;
}

LICENSE("GPL");
