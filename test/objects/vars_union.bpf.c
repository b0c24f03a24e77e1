/* SPDX-License-Identifier: Apache-2.0 */
/* Four bytes that have two to the power of 24 names. */
#include "bpf.h"

#define UNION(n, m)                                                                                \
	union u##n {                                                                               \
		union u##m a, b;                                                                   \
	}

union u0 {
	u32 a, b;
};
UNION(1, 0);
UNION(2, 1);
UNION(3, 2);
UNION(4, 3);
UNION(5, 4);
UNION(6, 5);
UNION(7, 6);
UNION(8, 7);
UNION(9, 8);
UNION(10, 9);
UNION(11, 10);
UNION(12, 11);
UNION(13, 12);
UNION(14, 13);
UNION(15, 14);
UNION(16, 15);
UNION(17, 16);
UNION(18, 17);
UNION(19, 18);
UNION(20, 19);
UNION(21, 20);
UNION(22, 21);
UNION(23, 22);

union u23 names = { 0 };

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	(void)ctx;
	return 2;
}

LICENSE("GPL");
