/* SPDX-License-Identifier: Apache-2.0 */
/* Programs for runs without the verifier: one that does nothing wrong, and some that are stopped in
 * what they do. skep-build: no v1 (atomics are a v3 instruction) */
/* skep-build: no v2 (atomics are a v3 instruction) */
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

HELPER void *(*const bpf_ringbuf_reserve)(void *map, u64 size, u64 flags) = (void *)131;

const volatile u32 scale = 2;
u64 total;

static NOINLINE u64 add(u64 *to, u64 what)
{
	__sync_fetch_and_add(to, what);
	return *to;
}

/* The verifier would accept it as well. */
SEC("xdp")
int good(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
	u32 key = 1;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count == NULL || data + 14 > end)
		return XDP_DROP;
	add(count, data[13] * scale);
	total = add(&total, 1);
	return (int)*count;
}

/* What is at fault stands on the line after each of these comments. */
SEC("xdp")
int null(struct xdp_md *ctx)
{
	u32 key = 9;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	(void)ctx;
	/* null */
	return (int)*count;
}

SEC("xdp")
int outside(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(long)ctx->data;

	/* outside */
	return data[ctx->ingress_ifindex * 1000];
}

SEC("xdp")
int endless(struct xdp_md *ctx)
{
	volatile u32 turns = 0;

	(void)ctx;
	for (;;)
		turns++;
	return 0;
}

/* Keeps the record it has reserved. */
SEC("xdp")
int leaks(struct xdp_md *ctx)
{
	u64 *event = bpf_ringbuf_reserve(&events, 3000, 0);

	(void)ctx;
	return event != NULL;
}

LICENSE("Dual BSD/GPL");
