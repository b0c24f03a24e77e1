/* SPDX-License-Identifier: Apache-2.0 */
/* Variables that hold what has no address to give. */
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} table SEC(".maps");

static NOINLINE int callee(int x)
{
	return x + 1;
}

extern int elsewhere;

struct {
	u32 before;
	int (*call)(int);
} holder SEC(".data.func") = { 1, callee };
void *map_address SEC(".data.map") = &table;
int *outside SEC(".data.outside") = &elsewhere;

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	(void)ctx;
	return callee(2);
}

LICENSE("GPL");
