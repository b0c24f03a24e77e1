/* SPDX-License-Identifier: Apache-2.0 */
/* Maps as they were defined before BTF, in four sizes of structure. */
#include "bpf.h"

/* iproute2's. */
struct bpf_elf_map {
	u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

/* libbpf's before 1.0. */
struct bpf_map_def {
	u32 type, key_size, value_size, max_entries, map_flags;
};

/* Linux's samples. */
struct sample_map_def {
	u32 type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;
};

/* The oldest. */
struct short_map_def {
	u32 type, key_size, value_size, max_entries;
};

struct bpf_elf_map SEC("maps") inner = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 1,
	.id = 42,
	.inner_idx = 2,
};

/* Another of that kind, which nobody puts into a slot. */
struct bpf_elf_map SEC("maps") loose = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 1,
	.id = 42,
	.inner_idx = -1,
};

struct bpf_elf_map SEC("maps") outer = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.size_key = 4,
	.size_value = 4,
	.max_elem = 4,
	.pinning = 2,
	.inner_id = 42,
};

struct bpf_map_def SEC("maps") plain = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 16,
	.value_size = 24,
	.max_entries = 100,
	.map_flags = BPF_F_NO_PREALLOC,
};

struct sample_map_def SEC("maps") sample_outer = {
	.type = BPF_MAP_TYPE_HASH_OF_MAPS,
	.key_size = 8,
	.value_size = 4,
	.max_entries = 10,
	.map_flags = BPF_F_NUMA_NODE,
	.inner_map_idx = 0,
	.numa_node = 1,
};

struct short_map_def SEC("maps") shortest = { BPF_MAP_TYPE_ARRAY, 4, 4, 2 };

SEC("xdp")
int looks_up_plain(struct xdp_md *ctx)
{
	u64 key[2] = { ctx->data, 0 };

	return bpf_map_lookup_elem(&plain, key) != NULL;
}

SEC("xdp")
int looks_up_shortest(struct xdp_md *ctx)
{
	u32 key = ctx->rx_queue_index;

	return bpf_map_lookup_elem(&shortest, &key) != NULL;
}

LICENSE("GPL");
