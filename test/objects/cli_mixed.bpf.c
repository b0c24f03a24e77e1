/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of all fates: safe, unsafe, of a type that is not run, in a section that tells nothing.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

#define SEC(name) __attribute__((section(name), used))

SEC("xdp")
int safe(struct xdp_md *ctx)
{
	(void)ctx;
	return 2;
}

/* Reads the packet without comparing with its end. */
SEC("xdp")
int unsafe(struct xdp_md *ctx)
{
	return *(volatile unsigned char *)(u64)ctx->data;
}

SEC("kprobe/do_nothing")
int probe(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("mystery")
int untold(struct xdp_md *ctx)
{
	(void)ctx;
	return 1;
}

__attribute__((noinline)) static int add(int a, int b)
{
	return a + b;
}

SEC("xdp")
int calls(struct xdp_md *ctx)
{
	return add(ctx->rx_queue_index, 1) > 0 ? 2 : 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
