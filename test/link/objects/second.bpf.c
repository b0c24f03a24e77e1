/* SPDX-License-Identifier: Apache-2.0 */
/* The other one: what first.bpf.c declares, and a program that needs what that one has. */
#include "shared.h"

struct node {
	struct record *first;
	u64 weight;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, struct record);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct node);
} unseen SEC(".maps");

extern volatile u32 total;
extern int hidden(u32 value);

u32 limit = 40;
const u64 weights[3] = { 10, 20, 30 };
u32 both = 222;
static volatile u64 hits;
static char zeroes[24];

static NOINLINE int within(u32 value)
{
	asm volatile("" : "+r"(value));
	return value + 2;
}

NOINLINE int scale(u32 value, u32 by)
{
	asm volatile("" : "+r"(value));
	hits += 2;
	return within(value) * by;
}

NOINLINE int chosen(u32 value)
{
	asm volatile("" : "+r"(value));
	return value * 3;
}

SEC("xdp") int other(struct xdp_md *ctx)
{
	u32 key = 1, size = ctx->data_end - ctx->data;
	struct node *node = bpf_map_lookup_elem(&unseen, &key);

	if (node) {
		node->weight += hidden(size);
		zeroes[size & 15]++;
	}
	total += within(size);
	return total + zeroes[0];
}

LICENSE("GPL");
