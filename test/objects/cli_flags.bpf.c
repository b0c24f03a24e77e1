/* SPDX-License-Identifier: Apache-2.0 */
/* Maps that programs may only read, or only write: who does which. */
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(map_flags, 1 << 7); /* BPF_F_RDONLY_PROG */
	__type(key, u32);
	__type(value, u64);
} book SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(map_flags, 1 << 8); /* BPF_F_WRONLY_PROG */
	__type(key, u32);
	__type(value, u64);
} mailbox SEC(".maps");

static __attribute__((always_inline)) u64 *value_of(void *map)
{
	u32 key = 1;

	return bpf_map_lookup_elem(map, &key);
}

SEC("xdp") int read_book(struct xdp_md *ctx)
{
	u64 *value = value_of(&book);

	(void)ctx;
	return value != 0 ? *value : 0;
}

SEC("xdp") int write_book(struct xdp_md *ctx)
{
	u64 *value = value_of(&book);

	(void)ctx;
	if (value != 0)
		*value = 1;
	return 2;
}

SEC("xdp") int update_book(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 value = 1;

	(void)ctx;
	bpf_map_update_elem(&book, &key, &value, 0);
	return 2;
}

SEC("xdp") int read_mailbox(struct xdp_md *ctx)
{
	u64 *value = value_of(&mailbox);

	(void)ctx;
	return value != 0 ? *value : 0;
}

SEC("xdp") int add_mailbox(struct xdp_md *ctx)
{
	u64 *value = value_of(&mailbox);

	(void)ctx;
	if (value != 0)
		__sync_fetch_and_add(value, 1);
	return 2;
}

/* The value is what a helper reads. */
SEC("xdp") int copy_mailbox(struct xdp_md *ctx)
{
	u64 *value = value_of(&mailbox);
	u32 key = 0;

	(void)ctx;
	if (value != 0)
		bpf_map_update_elem(&mailbox, &key, value, 0);
	return 2;
}

SEC("xdp") int write_mailbox(struct xdp_md *ctx)
{
	u64 *value = value_of(&mailbox);

	(void)ctx;
	if (value != 0)
		*value = 77;
	return 2;
}

SEC("xdp") int update_mailbox(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 value = 77;

	(void)ctx;
	bpf_map_update_elem(&mailbox, &key, &value, 0);
	return 2;
}

LICENSE("Dual BSD/GPL");
