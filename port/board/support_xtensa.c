/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the compiler's runtime that Debian's libgcc for lx106 lacks (GCC
 * internals, 4.1): multiplication of 64 bits and all division. The machine multiplies 32 bits and
 * counts leading zeros. Division is by shifting and subtracting; by zero it gives all ones and a
 * remainder of a. */
#include <stdint.h>

uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
int32_t __modsi3(int32_t a, int32_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);
int64_t __moddi3(int64_t a, int64_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);

static uint32_t divide32(uint32_t a, uint32_t b, uint32_t *rest)
{
	uint32_t quotient = 0;

	if (b == 0) {
		*rest = a;
		return UINT32_MAX;
	}
	if (a >= b) {
		int shift = __builtin_clz(b) - __builtin_clz(a);

		for (b <<= shift; shift >= 0; shift--, b >>= 1) {
			quotient <<= 1;
			if (a >= b) {
				a -= b;
				quotient |= 1;
			}
		}
	}
	*rest = a;
	return quotient;
}

static int leading_zeros64(uint64_t a)
{
	const uint32_t high = (uint32_t)(a >> 32);

	return high != 0 ? __builtin_clz(high) : 32 + __builtin_clz((uint32_t)a);
}

static uint64_t divide64(uint64_t a, uint64_t b, uint64_t *rest)
{
	uint64_t quotient = 0;

	if (((a | b) >> 32) == 0 && b != 0) {
		uint32_t rest32;

		quotient = divide32((uint32_t)a, (uint32_t)b, &rest32);
		*rest = rest32;
		return quotient;
	}
	if (b == 0) {
		*rest = a;
		return UINT64_MAX;
	}
	if (a >= b) {
		int shift = leading_zeros64(b) - leading_zeros64(a);

		for (b <<= shift; shift >= 0; shift--, b >>= 1) {
			quotient <<= 1;
			if (a >= b) {
				a -= b;
				quotient |= 1;
			}
		}
	}
	*rest = a;
	return quotient;
}

static uint32_t absolute32(int32_t a)
{
	return a < 0 ? 0 - (uint32_t)a : (uint32_t)a;
}

static uint64_t absolute64(int64_t a)
{
	return a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
}

uint32_t __udivsi3(uint32_t a, uint32_t b)
{
	uint32_t rest;

	return divide32(a, b, &rest);
}

uint32_t __umodsi3(uint32_t a, uint32_t b)
{
	uint32_t rest;

	divide32(a, b, &rest);
	return rest;
}

int32_t __divsi3(int32_t a, int32_t b)
{
	uint32_t rest;
	const uint32_t quotient = divide32(absolute32(a), absolute32(b), &rest);

	return (int32_t)((a ^ b) < 0 ? 0 - quotient : quotient);
}

int32_t __modsi3(int32_t a, int32_t b)
{
	uint32_t rest;

	divide32(absolute32(a), absolute32(b), &rest);
	return (int32_t)(a < 0 ? 0 - rest : rest);
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	return divide64(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	divide64(a, b, &rest);
	return rest;
}

int64_t __divdi3(int64_t a, int64_t b)
{
	uint64_t rest;
	const uint64_t quotient = divide64(absolute64(a), absolute64(b), &rest);

	return (int64_t)((a ^ b) < 0 ? 0 - quotient : quotient);
}

int64_t __moddi3(int64_t a, int64_t b)
{
	uint64_t rest;

	divide64(absolute64(a), absolute64(b), &rest);
	return (int64_t)(a < 0 ? 0 - rest : rest);
}

/* By halves of 16 bits, whose products have 32. */
static uint64_t multiply32(uint32_t a, uint32_t b)
{
	const uint32_t al = a & 0xffff, ah = a >> 16, bl = b & 0xffff, bh = b >> 16;
	const uint32_t low = al * bl, middle = ah * bl + (low >> 16);
	const uint32_t other = al * bh + (middle & 0xffff);

	return (uint64_t)(ah * bh + (middle >> 16) + (other >> 16)) << 32 |
	       (other << 16 | (low & 0xffff));
}

uint64_t __muldi3(uint64_t a, uint64_t b)
{
	const uint32_t al = (uint32_t)a, ah = (uint32_t)(a >> 32);
	const uint32_t bl = (uint32_t)b, bh = (uint32_t)(b >> 32);

	return multiply32(al, bl) + ((uint64_t)(ah * bl + al * bh) << 32);
}
