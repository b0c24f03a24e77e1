/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to define a map in .maps, and data sections of all names. */
#include "bpf.h"

struct key {
	u32 address;
	u16 port, pad;
};

typedef struct {
	u64 packets, bytes;
} counter;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key);
	__type(value, const counter);
} by_type SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 24);
	__uint(max_entries, 7);
	__uint(numa_node, 3);
	__uint(pinning, 1);
} by_size SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(key_size, sizeof(u32));
	__type(key, u32);
	__uint(value_size, sizeof(counter));
	__type(value, counter);
	__uint(max_entries, 1);
} by_both SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__type(value, u64);
	__uint(max_entries, 50);
	__ulong(map_extra, 0x300000005);
} bloom SEC(".maps");

/* max_entries is to be set by whoever loads this. */
static struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, u32);
	__type(value, u64);
} hidden SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 3);
};

struct inner inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &inner_b, [3] = &inner_a } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 9);
	__type(key, u64);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_HASH);
			__type(key, u32);
			__type(value, u8);
			__uint(max_entries, 5);
		});
} outer_hash SEC(".maps");

int second(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} jumps SEC(".maps") = { .values = { [2] = &second } };

SEC("xdp")
int first(struct xdp_md *ctx)
{
	u32 key = 0;
	u64 *count = bpf_map_lookup_elem(&hidden, &key);

	if (count != NULL)
		*count += 1;
	bpf_tail_call(ctx, &jumps, 2);
	return XDP_PASS;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	u32 key = 1;

	(void)ctx;
	return bpf_map_lookup_elem(&by_size, &key) != NULL ? XDP_DROP : XDP_PASS;
}

LICENSE("Dual BSD/GPL");
u32 kernel_version SEC("version") = 0x060c05;
