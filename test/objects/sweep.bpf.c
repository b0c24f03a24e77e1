/* SPDX-License-Identifier: Apache-2.0 */
/* One of everything that load allocates for, in few instructions: for test/vm/alloc_sweep_test.c.
 */
#include "bpf.h"

HELPER void *(*const bpf_ringbuf_reserve)(void *map, u64 size, u64 flags) = (void *)131;
HELPER void (*const bpf_ringbuf_submit)(void *record, u64 flags) = (void *)132;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 4);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 2);
} next SEC(".maps");

const volatile u32 step = 3;
u32 base = 10;
u64 runs;

static NOINLINE u64 count(u32 key)
{
	u64 first = step, *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		return *value += step;
	bpf_map_update_elem(&counts, &key, &first, BPF_ANY);
	return first;
}

SEC("xdp") int swept(struct xdp_md *ctx)
{
	u32 slot = 1;
	u64 *value = bpf_map_lookup_elem(&per_cpu, &slot), *record;

	runs++;
	if (value)
		*value += count(base + runs % 4);
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (record) {
		*record = runs;
		bpf_ringbuf_submit(record, 0);
	}
	bpf_tail_call(ctx, &next, 1);
	return XDP_PASS;
}

LICENSE("Apache-2.0");
