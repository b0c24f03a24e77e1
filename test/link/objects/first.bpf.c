/* SPDX-License-Identifier: Apache-2.0 */
/* One of two objects that are linked: a program that needs what second.bpf.c has. */
#include "shared.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} own SEC(".maps");

/* Defined in second.bpf.c. */
extern struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, struct record);
} records __attribute__((section(".maps")));

extern u32 limit;
extern const u64 weights[];
extern int scale(u32 value, u32 by);
extern int chosen(u32 value);

static volatile u64 hits;             /* second.bpf.c has one of its own */
volatile u32 total = 7;               /* declared there */
const volatile u32 rate = 3;          /* in .rodata */
u32 both __attribute__((weak)) = 111; /* there it is strong */
static const char NAME[] = "first.bpf.c";

__attribute__((weak, noinline)) int chosen(u32 value)
{
	asm volatile("" : "+r"(value));
	return value * 1000;
}

/* Only this one is there, weak or not. */
__attribute__((weak, noinline)) int lonely(u32 value)
{
	asm volatile("" : "+r"(value));
	return value + 5;
}

static NOINLINE int within(u32 value)
{
	asm volatile("" : "+r"(value));
	return value ^ 0x55;
}

__attribute__((noinline, visibility("hidden"))) int hidden(u32 value)
{
	asm volatile("" : "+r"(value));
	return within(value) + 1;
}

SEC("xdp") int entry(struct xdp_md *ctx)
{
	u32 key = 1, size = ctx->data_end - ctx->data;
	u64 *value = bpf_map_lookup_elem(&own, &key);
	struct record *record = bpf_map_lookup_elem(&records, &key), fresh = {};

	hits++;
	if (value)
		*value += weights[1] + hits;
	if (record) {
		record->packets++;
		record->bytes += size;
	} else {
		fresh.packets = 1;
		fresh.bytes = size + NAME[size & 7];
		bpf_map_update_elem(&records, &key, &fresh, BPF_ANY);
	}
	total += scale(size, rate) + hidden(size);
	return (chosen(size) + lonely(both) + limit) & 0xffff;
}

LICENSE("GPL");
