/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of numbers, as the verifier knows them: by their bits, and by signed and unsigned bounds of
 * the whole and of its lower half.
 *
 * `width` is 64 everywhere in the verifier. It is a parameter so that the tests can prove every
 * function at widths where all sets and all numbers can be gone through. It must be a power of two
 * from 4 to 64; the half is then width / 2.
 */
#ifndef SKEP_VERIFY_RANGE_H
#define SKEP_VERIFY_RANGE_H

#include "isa/isa.h"
#include "verify/tnum.h"

enum { SKEP_WIDTH = 64 };

/* Bounds of a number of some width, all inclusive; a number lies within both pairs. Signed bounds
 * are sign-extended from the width. */
struct skep_range {
	uint64_t umin, umax;
	int64_t smin, smax;
};

/* A number lies in the set when its bits fit, it lies within `full`, and its lower half within
 * `half`. */
struct skep_scalar {
	struct skep_tnum bits;
	struct skep_range full, half;
};

struct skep_scalar skep_scalar_const(uint64_t value, unsigned width);
/* Every number of `bits` bits, zeros above. */
struct skep_scalar skep_scalar_unknown(unsigned bits, unsigned width);

static inline bool skep_scalar_is_const(const struct skep_scalar *a)
{
	return a->bits.mask == 0;
}

bool skep_scalar_is_unknown(const struct skep_scalar *a, unsigned width);

/* Whether one number, or all of another set, is in the set. */
bool skep_scalar_has(const struct skep_scalar *a, uint64_t x, unsigned width);
bool skep_scalar_contains(const struct skep_scalar *outer, const struct skep_scalar *inner);
bool skep_scalar_equal(const struct skep_scalar *a, const struct skep_scalar *b);

/* Makes each part as tight as the others show it to be. False: nothing is in the set, which is then
 * of no use. */
bool skep_scalar_reduce(struct skep_scalar *a, unsigned width);

/* What is in both; false, and *a of no use, if nothing is. */
bool skep_scalar_meet(struct skep_scalar *a, const struct skep_scalar *b, unsigned width);

/* dst = dst what src, over the whole width, or over the lower half with zeros above (`narrow`). */
void skep_scalar_alu(struct skep_scalar *dst, const struct skep_scalar *src, enum skep_alu what,
		     bool narrow, unsigned width);

/* Keeps the low `bits`, zeros above. */
void skep_scalar_cast(struct skep_scalar *a, unsigned bits, unsigned width);
/* Copies the sign of the low `bits` to all bits above. */
void skep_scalar_sign_extend(struct skep_scalar *a, unsigned bits, unsigned width);
/* The bytes of the low `bits` in the opposite order; 64 bits wide only. */
void skep_scalar_swap(struct skep_scalar *a, unsigned bits);

/* Narrows *a and *b to the pairs of which `a what b` is true (`holds`) or false. `narrow` compares
 * lower halves. False: there is no such pair, and both are of no use. */
bool skep_scalar_assume(struct skep_scalar *a, struct skep_scalar *b, enum skep_jump what,
			bool holds, bool narrow, unsigned width);

#endif
