/* SPDX-License-Identifier: Apache-2.0 */
/* Tristate numbers: what is known of each bit of a number. */
#ifndef SKEP_VERIFY_TNUM_H
#define SKEP_VERIFY_TNUM_H

#include <stdbool.h>
#include <stdint.h>

/* A set of numbers: bits set in `mask` can be either, all others are as in `value`, which has none
 * of the bits of `mask`. Every function gives a set that contains each possible result. Numbers of
 * fewer than 64 bits stand in the low bits, with zeros above; the caller cuts results to width. */
struct skep_tnum {
	uint64_t value, mask;
};

static inline struct skep_tnum skep_tnum_const(uint64_t value)
{
	return (struct skep_tnum){ value, 0 };
}

/* All numbers of `bits` bits. */
static inline struct skep_tnum skep_tnum_unknown(unsigned bits)
{
	return (struct skep_tnum){ 0, ~(uint64_t)0 >> (64 - bits) };
}

/* The low `bits` (1 to 64) of a number. */
static inline struct skep_tnum skep_tnum_cast(struct skep_tnum a, unsigned bits)
{
	const uint64_t low = ~(uint64_t)0 >> (64 - bits);

	return (struct skep_tnum){ a.value & low, a.mask & low };
}

static inline bool skep_tnum_has(struct skep_tnum a, uint64_t x)
{
	return ((x ^ a.value) & ~a.mask) == 0;
}

/* True when every number of `inner` is in `outer`. */
static inline bool skep_tnum_contains(struct skep_tnum outer, struct skep_tnum inner)
{
	return (inner.mask & ~outer.mask) == 0 && skep_tnum_has(outer, inner.value);
}

struct skep_tnum skep_tnum_add(struct skep_tnum a, struct skep_tnum b);
struct skep_tnum skep_tnum_sub(struct skep_tnum a, struct skep_tnum b);
struct skep_tnum skep_tnum_mul(struct skep_tnum a, struct skep_tnum b);
struct skep_tnum skep_tnum_and(struct skep_tnum a, struct skep_tnum b);
struct skep_tnum skep_tnum_or(struct skep_tnum a, struct skep_tnum b);
struct skep_tnum skep_tnum_xor(struct skep_tnum a, struct skep_tnum b);
struct skep_tnum skep_tnum_lsh(struct skep_tnum a, unsigned shift);
struct skep_tnum skep_tnum_rsh(struct skep_tnum a, unsigned shift);
/* Shifts a number of `bits` bits, copying its sign. */
struct skep_tnum skep_tnum_arsh(struct skep_tnum a, unsigned shift, unsigned bits);
/* Copies bit `from` - 1 to all bits above it. */
struct skep_tnum skep_tnum_sign_extend(struct skep_tnum a, unsigned from);
/* The bytes of the low `bits` (16, 32 or 64) in the opposite order. */
struct skep_tnum skep_tnum_swap(struct skep_tnum a, unsigned bits);

/* The smallest set with all of min to max: the leading bits they share. */
struct skep_tnum skep_tnum_range(uint64_t min, uint64_t max);

/* The lowest number of the set that is not below *x, or the highest that is not above it, into *x.
 * Numbers have `bits` bits. False: there is none. */
bool skep_tnum_next(struct skep_tnum a, uint64_t *x);
bool skep_tnum_previous(struct skep_tnum a, uint64_t *x, unsigned bits);

/* What is in both; false, and *a as it was, if nothing is. */
bool skep_tnum_meet(struct skep_tnum *a, struct skep_tnum b);

#endif
