/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on tristate numbers, each proven against every pair of small sets by the tests. The
 * idea behind sum and difference: two concrete results, one with every unknown bit 0 and one with
 * every unknown bit 1, differ exactly where a carry can be unknown (H. Vishwanathan et al., "Sound,
 * Precise, and Fast Abstract Interpretation with Tristate Numbers", 2022).
 */
#include "verify/tnum.h"

#include "base/bytes.h"

struct skep_tnum skep_tnum_add(struct skep_tnum a, struct skep_tnum b)
{
	const uint64_t low = a.value + b.value;
	const uint64_t high = low + a.mask + b.mask;
	const uint64_t mask = (low ^ high) | a.mask | b.mask;

	return (struct skep_tnum){ low & ~mask, mask };
}

struct skep_tnum skep_tnum_sub(struct skep_tnum a, struct skep_tnum b)
{
	const uint64_t middle = a.value - b.value;
	const uint64_t mask = ((middle + a.mask) ^ (middle - b.mask)) | a.mask | b.mask;

	return (struct skep_tnum){ middle & ~mask, mask };
}

/* Schoolbook: the product of the known parts, plus for each bit of `a` what its unknown parts can
 * add. */
struct skep_tnum skep_tnum_mul(struct skep_tnum a, struct skep_tnum b)
{
	struct skep_tnum sum = skep_tnum_const(a.value * b.value);

	if (a.mask == 0 && b.mask == 0)
		return sum;
	for (; (a.value | a.mask) != 0; a = skep_tnum_rsh(a, 1), b = skep_tnum_lsh(b, 1)) {
		uint64_t unknown = 0;

		if (a.mask & 1)
			unknown = b.value | b.mask;
		else if (a.value & 1)
			unknown = b.mask;
		if (unknown != 0)
			sum = skep_tnum_add(sum, (struct skep_tnum){ 0, unknown });
	}
	return sum;
}

struct skep_tnum skep_tnum_and(struct skep_tnum a, struct skep_tnum b)
{
	const uint64_t ones = a.value & b.value;

	return (struct skep_tnum){ ones, (a.value | a.mask) & (b.value | b.mask) & ~ones };
}

struct skep_tnum skep_tnum_or(struct skep_tnum a, struct skep_tnum b)
{
	const uint64_t ones = a.value | b.value;

	return (struct skep_tnum){ ones, (a.mask | b.mask) & ~ones };
}

struct skep_tnum skep_tnum_xor(struct skep_tnum a, struct skep_tnum b)
{
	const uint64_t mask = a.mask | b.mask;

	return (struct skep_tnum){ (a.value ^ b.value) & ~mask, mask };
}

struct skep_tnum skep_tnum_lsh(struct skep_tnum a, unsigned shift)
{
	return (struct skep_tnum){ a.value << shift, a.mask << shift };
}

struct skep_tnum skep_tnum_rsh(struct skep_tnum a, unsigned shift)
{
	return (struct skep_tnum){ a.value >> shift, a.mask >> shift };
}

struct skep_tnum skep_tnum_sign_extend(struct skep_tnum a, unsigned from)
{
	return (struct skep_tnum){ (uint64_t)skep_sign_extend(a.value, from),
				   (uint64_t)skep_sign_extend(a.mask, from) };
}

struct skep_tnum skep_tnum_arsh(struct skep_tnum a, unsigned shift, unsigned bits)
{
	const uint64_t value = (uint64_t)(skep_sign_extend(a.value, bits) >> shift);
	const uint64_t mask = (uint64_t)(skep_sign_extend(a.mask, bits) >> shift);

	return skep_tnum_cast((struct skep_tnum){ value, mask }, bits);
}

struct skep_tnum skep_tnum_swap(struct skep_tnum a, unsigned bits)
{
	return (struct skep_tnum){ skep_swap64(a.value) >> (64 - bits),
				   skep_swap64(a.mask) >> (64 - bits) };
}

/* All bits up to the highest one that is set. */
static uint64_t fill_down(uint64_t x)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		x |= x >> shift;
	return x;
}

struct skep_tnum skep_tnum_range(uint64_t min, uint64_t max)
{
	const uint64_t mask = fill_down(min ^ max);

	return (struct skep_tnum){ min & ~mask, mask };
}

/* Above the highest bit at which x is not of the set, all can stay. If that bit must be 1, making
 * it so is enough; if it must be 0, the number grows at the next higher place where it may. Below,
 * the unknown bits are 0. */
bool skep_tnum_next(struct skep_tnum a, uint64_t *x)
{
	const uint64_t wrong = fill_down((*x ^ a.value) & ~a.mask);
	const uint64_t top = wrong ^ wrong >> 1;
	uint64_t grows;

	if (wrong == 0)
		return true;
	if ((a.value & top) != 0) {
		*x = (*x & ~wrong) | (a.value & wrong);
		return true;
	}
	grows = a.mask & ~*x & ~wrong;
	grows &= ~grows + 1;
	if (grows == 0)
		return false;
	*x = ((*x | grows) & ~(grows - 1)) | (a.value & (grows - 1));
	return true;
}

/* The same on numbers with all bits turned, which are in the opposite order. */
bool skep_tnum_previous(struct skep_tnum a, uint64_t *x, unsigned bits)
{
	const uint64_t low = ~(uint64_t)0 >> (64 - bits);
	const struct skep_tnum turned = { ~(a.value | a.mask) & low, a.mask };
	uint64_t y = ~*x & low;

	if (!skep_tnum_next(turned, &y))
		return false;
	*x = ~y & low;
	return true;
}

bool skep_tnum_meet(struct skep_tnum *a, struct skep_tnum b)
{
	const uint64_t mask = a->mask & b.mask;

	if (((a->value ^ b.value) & ~a->mask & ~b.mask) != 0)
		return false;
	a->value = (a->value | b.value) & ~mask;
	a->mask = mask;
	return true;
}
