/* SPDX-License-Identifier: Apache-2.0 */
/* 512 calls of functions of the program, three deep. */
#include "kernel.h"

MEMORY u32 input[128];

static NOINLINE u32 mix(u32 a, u32 b)
{
	return (a ^ a >> 15) * 0x2c1b3c6d + b;
}

static NOINLINE u32 pair(u32 a, u32 b)
{
	return mix(a, b) ^ mix(b, a);
}

static NOINLINE u32 step(u32 sum, u32 value)
{
	return pair(sum, value) + (value & 0xff);
}

KERNEL(calls, input)
{
	u32 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < sizeof(input) / sizeof(input[0]); i++)
		sum = step(sum, input[i]);
	return sum;
}
