/* SPDX-License-Identifier: Apache-2.0 */
/* Moves the ends of a frame as variables say, and returns what a variable says. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

#define SEC(name) __attribute__((section(name), used))

static long (*const adjust_head)(struct xdp_md *ctx, int delta) = (void *)44;
static long (*const adjust_meta)(struct xdp_md *ctx, int delta) = (void *)54;
static long (*const adjust_tail)(struct xdp_md *ctx, int delta) = (void *)65;

volatile const int head, tail, meta;
volatile const int head_step; /* added to head with each run */
volatile const u32 verdict = 2;
long head_result, tail_result, meta_result;
u64 size_before, size_after, meta_before;
u32 ifindex, queue, runs;

SEC("xdp")
int edit(struct xdp_md *ctx)
{
	u8 *data, *end;
	int delta;

	ifindex = ctx->ingress_ifindex;
	queue = ctx->rx_queue_index;
	size_before = (u64)ctx->data_end - ctx->data;
	meta_before = (u64)ctx->data - ctx->data_meta;
	delta = head + head_step * (int)runs++;
	if (delta != 0)
		head_result = adjust_head(ctx, delta);
	if (tail != 0)
		tail_result = adjust_tail(ctx, tail);
	if (meta != 0)
		meta_result = adjust_meta(ctx, meta);
	data = (u8 *)(u64)ctx->data;
	end = (u8 *)(u64)ctx->data_end;
	size_after = end - data;
	if (data + 1 <= end)
		data[0] = 0xee;
	return verdict;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
