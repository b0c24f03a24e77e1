/* SPDX-License-Identifier: Apache-2.0 */
/* Variables for a kernel to hold. */
#include "bpf.h"

struct point {
	u8 n;
	s16 x;
};

struct flags {
	u32 a : 3;
	s32 b : 5;
	u32 tail;
};

u8 small = 7;
s32 number = -123456;
u64 wide = 0x0123456789abcdefull;
struct point pts[2] = { { 1, -1 }, { 2, -2 } };
struct flags flags = { 5, -9, 99 };
u64 counter;
const volatile u32 limit = 10;

SEC("xdp")
int count(struct xdp_md *ctx)
{
	(void)ctx;
	counter += limit;
	pts[1].n += small + flags.a;
	return number + wide;
}

LICENSE("GPL");
