/* SPDX-License-Identifier: Apache-2.0 */
/* A tail call to another program of the object, which therefore has to be loaded, beside a program
 * of a type that cannot be, and must not be tried. */
typedef unsigned int u32;

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

#define SEC(name)           __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]

static long (*const tail_call)(void *ctx, void *map, u32 index) = (void *)12;

int target(struct xdp_md *ctx);

struct {
	__uint(type, 3);
	__uint(max_entries, 3);
	__uint(key_size, 4);
	int (*values[])(struct xdp_md *ctx);
} jumps SEC(".maps") = { .values = { [1] = target } };

u32 entered, reached;

SEC("xdp")
int entry(struct xdp_md *ctx)
{
	entered++;
	tail_call(ctx, &jumps, 1);
	return 0;
}

SEC("xdp")
int target(struct xdp_md *ctx)
{
	reached++;
	return ctx->rx_queue_index == 0 ? 3 : 1;
}

SEC("kprobe/do_nothing")
int probe(void *ctx)
{
	(void)ctx;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
