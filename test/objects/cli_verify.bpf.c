/* SPDX-License-Identifier: Apache-2.0 */
/* Programs for what `skep verify` can say beside its verdict. The tests know their lines by the
 * comments behind them. */
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 16);
} counts SEC(".maps");

const volatile u32 verbose = 0;

struct skb {
	u32 len;
};

/* For everyone. */
SEC("socket")
int count(struct skb *skb)
{
	u32 key = skb->len & 15;
	u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		__atomic_fetch_add(value, 1, __ATOMIC_RELAXED);
	return 0;
}

/* For privileged users: the map is told where the context lies. */
SEC("socket")
int leak(struct skb *skb)
{
	u32 key = 0;
	u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		*(volatile u64 *)value = (u64)skb; /* leaked */
	return 0;
}

/* For nobody: one of two paths does not look at null. */
SEC("xdp")
int forgets(struct xdp_md *ctx)
{
	u32 key = 3;
	u64 *value = bpf_map_lookup_elem(&counts, &key); /* made */

	if (ctx->rx_queue_index > 7) /* asked */
		return XDP_DROP;
	*(volatile u64 *)value = 1; /* refused */
	return XDP_PASS;
}

/* What is never reached. */
SEC("xdp")
int quiet(struct xdp_md *ctx)
{
	u32 queue = ctx->rx_queue_index;
	u32 kept = queue & 255;

	if (verbose)
		kept = bpf_ktime_get_ns(); /* dead */
	return kept > 100 ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
