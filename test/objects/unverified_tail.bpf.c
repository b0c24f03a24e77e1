/* SPDX-License-Identifier: Apache-2.0 */
/* For runs without the verifier: a program that is stopped after a tail call led to it. */
#include "bpf.h"

int null(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	int (*values[])(struct xdp_md *ctx);
} jumps SEC(".maps") = { .values = { [1] = null } };

SEC("xdp")
int null(struct xdp_md *ctx)
{
	return *(u32 *)(long)ctx->ingress_ifindex;
}

SEC("xdp")
int jumps_to_null(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &jumps, 1);
	return 5;
}

LICENSE("Dual BSD/GPL");
