/* SPDX-License-Identifier: Apache-2.0 */
/* A map of an embedder's own kind, and maps whose flags bind the host, for test/vm/map_test.c. */
#include "bpf.h"

struct {
	__uint(type, 0x10001);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} counter SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, u32);
} plain SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, 1 << 3); /* BPF_F_RDONLY */
	__type(key, u32);
	__type(value, u32);
} host_reads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, 1 << 4); /* BPF_F_WRONLY */
	__type(key, u32);
	__type(value, u32);
} host_writes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4097);
} ring SEC(".maps");

static long (*const bpf_trace_printk)(const char *format, u32 size, ...) = (void *)6;

SEC("xdp") int count_by_two(struct xdp_md *ctx)
{
	static const char format[] = "counted\n"; /* no conversion: r3 to r5 are not set */
	u32 key = 0;
	u64 *value = bpf_map_lookup_elem(&counter, &key);

	if (!value)
		return 0;
	bpf_trace_printk(format, sizeof(format));
	*value += 2;
	return (int)*value;
}
