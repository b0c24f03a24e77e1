/* SPDX-License-Identifier: Apache-2.0 */
/* Tail calls: the count, empty slots, calls from a subprogram, slots filled by the map's
 * definition. */
#include "bpf.h"

int count_calls(struct xdp_md *ctx);
int give_seven(struct xdp_md *ctx);

struct {
	__uint(type, 3);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} jumps SEC(".maps") = { .values = { [0] = (void *)&count_calls, [1] = (void *)&give_seven } };

u32 entered;

SEC("xdp") int count_calls(struct xdp_md *ctx)
{
	entered++;
	bpf_tail_call(ctx, &jumps, 3);  /* empty: goes on, and is not counted */
	bpf_tail_call(ctx, &jumps, 99); /* past the end: the same */
	bpf_tail_call(ctx, &jumps, 0);
	return 5;
}

SEC("xdp") int give_seven(struct xdp_md *ctx)
{
	return 7;
}

static __attribute__((noinline)) int jump_from_below(struct xdp_md *ctx)
{
	volatile int here = 3;

	bpf_tail_call(ctx, &jumps, 1);
	return here;
}

/* The target's r0 is what the subprogram returns. */
SEC("xdp") int from_subprogram(struct xdp_md *ctx)
{
	volatile int before = 100;
	int below = jump_from_below(ctx);

	return before + below;
}
