/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a set of numbers becomes. One idea carries most of it: numbers of a width lie on a circle,
 * and both pairs of bounds are arcs of it; sums and differences of arcs are arcs, and an arc gives
 * unsigned bounds where it does not pass zero and signed ones where it does not pass the sign
 * change. Nothing is refused here: what cannot be bounded becomes every number.
 */
#include "verify/range.h"

#include "base/bytes.h"

/* Bits and bounds of one width: the whole, or the lower half. */
struct view {
	struct skep_tnum bits;
	struct skep_range range;
};

static uint64_t mask_of(unsigned bits)
{
	return ~(uint64_t)0 >> (64 - bits);
}

static int64_t smax_of(unsigned bits)
{
	return (int64_t)(mask_of(bits) >> 1);
}

static int64_t smin_of(unsigned bits)
{
	return -smax_of(bits) - 1;
}

static struct skep_range range_all(unsigned bits)
{
	return (struct skep_range){ 0, mask_of(bits), smin_of(bits), smax_of(bits) };
}

static void meet_unsigned(struct skep_range *range, uint64_t min, uint64_t max)
{
	if (range->umin < min)
		range->umin = min;
	if (range->umax > max)
		range->umax = max;
}

static void meet_signed(struct skep_range *range, int64_t min, int64_t max)
{
	if (range->smin < min)
		range->smin = min;
	if (range->smax > max)
		range->smax = max;
}

static bool is_empty(const struct skep_range *range)
{
	return range->umin > range->umax || range->smin > range->smax;
}

/* The numbers start, start + 1, ..., start + length on the circle of `bits`; length < 2^bits. */
static void meet_arc(struct skep_range *range, uint64_t start, uint64_t length, unsigned bits)
{
	const uint64_t first = start & mask_of(bits), last = (start + length) & mask_of(bits);
	const int64_t sfirst = skep_sign_extend(first, bits), slast = skep_sign_extend(last, bits);

	if (first <= last)
		meet_unsigned(range, first, last);
	if (sfirst <= slast)
		meet_signed(range, sfirst, slast);
}

static uint64_t unsigned_length(const struct skep_range *range)
{
	return range->umax - range->umin;
}

static uint64_t signed_length(const struct skep_range *range)
{
	return (uint64_t)range->smax - (uint64_t)range->smin;
}

/* ---------------------------------------------------------------------------------- reduction */

/* Signed against unsigned bounds. Where one pair covers two pieces of the other's line, and the
 * other pair excludes one piece, the other piece is left. */
static void reduce_signs(struct skep_range *range, unsigned bits)
{
	const uint64_t low = (uint64_t)range->smin & mask_of(bits);
	int64_t high;

	if (range->smin < 0 && range->smax >= 0) {
		if (range->umin > (uint64_t)range->smax)
			meet_unsigned(range, low, mask_of(bits));
		if (range->umax < low)
			meet_unsigned(range, 0, (uint64_t)range->smax);
	} else {
		meet_arc(range, (uint64_t)range->smin, signed_length(range), bits);
	}
	high = skep_sign_extend(range->umax, bits);
	if (range->umin <= (uint64_t)smax_of(bits) && range->umax > (uint64_t)smax_of(bits)) {
		if (range->smin > high)
			meet_signed(range, (int64_t)range->umin, smax_of(bits));
		if (range->smax < (int64_t)range->umin)
			meet_signed(range, smin_of(bits), high);
	} else if (range->umin <= range->umax) {
		meet_arc(range, range->umin, unsigned_length(range), bits);
	}
}

/* Bounds against bits, both ways: bounds are numbers that the bits allow, and all between share
 * their leading bits. */
static bool reduce_bits(struct view *view, unsigned bits)
{
	/* With its top bit turned, a signed number is ordered as an unsigned one. */
	const uint64_t sign = (uint64_t)1 << (bits - 1);
	const struct skep_tnum turned = { view->bits.value ^ (sign & ~view->bits.mask),
					  view->bits.mask };
	struct skep_range *range = &view->range;
	uint64_t min = ((uint64_t)range->smin & mask_of(bits)) ^ sign;
	uint64_t max = ((uint64_t)range->smax & mask_of(bits)) ^ sign;

	if (is_empty(range) || !skep_tnum_next(view->bits, &range->umin) ||
	    !skep_tnum_previous(view->bits, &range->umax, bits) || !skep_tnum_next(turned, &min) ||
	    !skep_tnum_previous(turned, &max, bits))
		return false;
	range->smin = skep_sign_extend(min ^ sign, bits);
	range->smax = skep_sign_extend(max ^ sign, bits);
	return !is_empty(range) &&
	       skep_tnum_meet(&view->bits, skep_tnum_range(range->umin, range->umax));
}

/* Moves the ends of [*min, *max] inwards to numbers whose lower half lies in [low, high]. False:
 * there is none. */
static bool tighten(uint64_t *min, uint64_t *max, uint64_t low, uint64_t high, unsigned width)
{
	const unsigned half = width / 2;
	const uint64_t mask = mask_of(half), step = (uint64_t)1 << half;

	if ((*min & mask) > high) {
		if ((*min | mask) == mask_of(width))
			return false;
		*min = ((*min & ~mask) + step) | low;
	} else if ((*min & mask) < low) {
		*min = (*min & ~mask) | low;
	}
	if ((*max & mask) < low) {
		if (*max <= mask)
			return false;
		*max = ((*max & ~mask) - step) | high;
	} else if ((*max & mask) > high) {
		*max = (*max & ~mask) | high;
	}
	return *min <= *max;
}

/* The same where the half is known by its signed bounds: on a line moved so that they are unsigned.
 */
static bool tighten_signed(uint64_t *min, uint64_t *max, const struct skep_range *half,
			   unsigned width)
{
	const uint64_t shift = (uint64_t)1 << (width / 2 - 1);
	uint64_t low = *min + shift, high = *max + shift;

	if (*max > mask_of(width) - shift)
		return true;
	if (!tighten(&low, &high, (uint64_t)half->smin + shift, (uint64_t)half->smax + shift,
		     width))
		return false;
	*min = low - shift;
	*max = high - shift;
	return true;
}

static bool reduce_full_by_half(struct skep_scalar *a, unsigned width)
{
	const uint64_t sign = (uint64_t)1 << (width - 1), mask = mask_of(width);
	uint64_t min = ((uint64_t)a->full.smin & mask) ^ sign;
	uint64_t max = ((uint64_t)a->full.smax & mask) ^ sign;

	if (!tighten(&a->full.umin, &a->full.umax, a->half.umin, a->half.umax, width) ||
	    !tighten_signed(&a->full.umin, &a->full.umax, &a->half, width) ||
	    !tighten(&min, &max, a->half.umin, a->half.umax, width) ||
	    !tighten_signed(&min, &max, &a->half, width))
		return false;
	a->full.smin = skep_sign_extend(min ^ sign, width);
	a->full.smax = skep_sign_extend(max ^ sign, width);
	return true;
}

static bool reduce_once(struct skep_scalar *a, unsigned width)
{
	const unsigned half = width / 2;
	const struct skep_tnum upper = { a->bits.value & ~mask_of(half),
					 a->bits.mask & ~mask_of(half) };
	struct view view = { skep_tnum_cast(a->bits, half), a->half };

	reduce_signs(&a->full, width);
	if (is_empty(&a->full))
		return false;
	if (unsigned_length(&a->full) <= mask_of(half))
		meet_arc(&view.range, a->full.umin, unsigned_length(&a->full), half);
	if (signed_length(&a->full) <= mask_of(half))
		meet_arc(&view.range, (uint64_t)a->full.smin, signed_length(&a->full), half);
	if (is_empty(&view.range))
		return false;
	reduce_signs(&view.range, half);
	if (is_empty(&view.range) || !reduce_bits(&view, half))
		return false;
	a->half = view.range;
	a->bits = (struct skep_tnum){ upper.value | view.bits.value, upper.mask | view.bits.mask };
	if (!reduce_full_by_half(a, width))
		return false;
	view = (struct view){ a->bits, a->full };
	if (!reduce_bits(&view, width))
		return false;
	a->bits = view.bits;
	a->full = view.range;
	return true;
}

/* Part after part tells the others something; three rounds are as good as a fixed point on all that
 * programs do, and any number of them is sound. */
bool skep_scalar_reduce(struct skep_scalar *a, unsigned width)
{
	for (int round = 0; round < 3; round++) {
		const struct skep_scalar before = *a;

		if (!reduce_once(a, width))
			return false;
		if (skep_scalar_equal(a, &before))
			break;
	}
	if (a->bits.mask == 0) {
		if (!skep_scalar_has(a, a->bits.value, width))
			return false;
		*a = skep_scalar_const(a->bits.value, width);
	}
	return true;
}

/* ----------------------------------------------------------------------------------- sets */

static struct skep_range range_const(uint64_t value, unsigned bits)
{
	const uint64_t x = value & mask_of(bits);
	const int64_t s = skep_sign_extend(x, bits);

	return (struct skep_range){ x, x, s, s };
}

struct skep_scalar skep_scalar_const(uint64_t value, unsigned width)
{
	return (struct skep_scalar){ skep_tnum_const(value & mask_of(width)),
				     range_const(value, width), range_const(value, width / 2) };
}

struct skep_scalar skep_scalar_unknown(unsigned bits, unsigned width)
{
	struct skep_scalar all = { skep_tnum_unknown(bits), range_all(width),
				   range_all(width / 2) };

	if (bits < width) {
		meet_arc(&all.full, 0, mask_of(bits), width);
		if (bits < width / 2)
			meet_arc(&all.half, 0, mask_of(bits), width / 2);
	}
	return all;
}

bool skep_scalar_is_unknown(const struct skep_scalar *a, unsigned width)
{
	return a->bits.mask == mask_of(width) && a->full.umax - a->full.umin == mask_of(width) &&
	       a->full.smin == smin_of(width) && a->full.smax == smax_of(width) &&
	       a->half.umax - a->half.umin == mask_of(width / 2) &&
	       a->half.smin == smin_of(width / 2) && a->half.smax == smax_of(width / 2);
}

static bool range_has(const struct skep_range *range, uint64_t x, unsigned bits)
{
	const uint64_t u = x & mask_of(bits);
	const int64_t s = skep_sign_extend(x, bits);

	return range->umin <= u && u <= range->umax && range->smin <= s && s <= range->smax;
}

bool skep_scalar_has(const struct skep_scalar *a, uint64_t x, unsigned width)
{
	return skep_tnum_has(a->bits, x) && range_has(&a->full, x, width) &&
	       range_has(&a->half, x, width / 2);
}

static bool range_contains(const struct skep_range *outer, const struct skep_range *inner)
{
	return outer->umin <= inner->umin && inner->umax <= outer->umax &&
	       outer->smin <= inner->smin && inner->smax <= outer->smax;
}

bool skep_scalar_contains(const struct skep_scalar *outer, const struct skep_scalar *inner)
{
	return skep_tnum_contains(outer->bits, inner->bits) &&
	       range_contains(&outer->full, &inner->full) &&
	       range_contains(&outer->half, &inner->half);
}

static bool range_equal(const struct skep_range *a, const struct skep_range *b)
{
	return a->umin == b->umin && a->umax == b->umax && a->smin == b->smin && a->smax == b->smax;
}

bool skep_scalar_equal(const struct skep_scalar *a, const struct skep_scalar *b)
{
	return a->bits.value == b->bits.value && a->bits.mask == b->bits.mask &&
	       range_equal(&a->full, &b->full) && range_equal(&a->half, &b->half);
}

bool skep_scalar_meet(struct skep_scalar *a, const struct skep_scalar *b, unsigned width)
{
	meet_unsigned(&a->full, b->full.umin, b->full.umax);
	meet_signed(&a->full, b->full.smin, b->full.smax);
	meet_unsigned(&a->half, b->half.umin, b->half.umax);
	meet_signed(&a->half, b->half.smin, b->half.smax);
	return !is_empty(&a->full) && !is_empty(&a->half) && skep_tnum_meet(&a->bits, b->bits) &&
	       skep_scalar_reduce(a, width);
}

/* ----------------------------------------------------------------------------- arithmetic */

static bool sum_fits(uint64_t a, uint64_t b, unsigned bits)
{
	return a <= mask_of(bits) - b;
}

static struct skep_range add(const struct skep_range *a, const struct skep_range *b, unsigned bits)
{
	struct skep_range out = range_all(bits);

	if (sum_fits(unsigned_length(a), unsigned_length(b), bits))
		meet_arc(&out, a->umin + b->umin, unsigned_length(a) + unsigned_length(b), bits);
	if (sum_fits(signed_length(a), signed_length(b), bits))
		meet_arc(&out, (uint64_t)a->smin + (uint64_t)b->smin,
			 signed_length(a) + signed_length(b), bits);
	return out;
}

static struct skep_range sub(const struct skep_range *a, const struct skep_range *b, unsigned bits)
{
	struct skep_range out = range_all(bits);

	if (sum_fits(unsigned_length(a), unsigned_length(b), bits))
		meet_arc(&out, a->umin - b->umax, unsigned_length(a) + unsigned_length(b), bits);
	if (sum_fits(signed_length(a), signed_length(b), bits))
		meet_arc(&out, (uint64_t)a->smin - (uint64_t)b->smax,
			 signed_length(a) + signed_length(b), bits);
	return out;
}

static struct skep_range mul(const struct skep_range *a, const struct skep_range *b, unsigned bits)
{
	/* Products of these stay far from 2^63, so that they can be looked at before they are cut.
	 */
	const int64_t limit = (int64_t)1 << 31;
	struct skep_range out = range_all(bits);
	int64_t products[4], min, max;

	if (b->umax == 0 || a->umax <= mask_of(bits) / b->umax)
		meet_unsigned(&out, a->umin * b->umin, a->umax * b->umax);
	if (a->smin < -limit || a->smax > limit || b->smin < -limit || b->smax > limit)
		return out;
	products[0] = a->smin * b->smin;
	products[1] = a->smin * b->smax;
	products[2] = a->smax * b->smin;
	products[3] = a->smax * b->smax;
	min = max = products[0];
	for (int i = 1; i < 4; i++) {
		min = products[i] < min ? products[i] : min;
		max = products[i] > max ? products[i] : max;
	}
	if (min >= smin_of(bits) && max <= smax_of(bits))
		meet_signed(&out, min, max);
	return out;
}

/* How far from zero a number goes, all bits below its highest set too: ~fill <= x <= fill. */
static uint64_t fill(int64_t x)
{
	uint64_t bits = x < 0 ? ~(uint64_t)x : (uint64_t)x;

	for (unsigned shift = 1; shift < 64; shift *= 2)
		bits |= bits >> shift;
	return bits;
}

/* Bitwise operations cannot need more bits, sign included, than the wider operand has. */
static struct skep_range bitwise(const struct skep_range *a, const struct skep_range *b,
				 enum skep_alu what, unsigned bits)
{
	const uint64_t most = fill(a->smin) | fill(a->smax) | fill(b->smin) | fill(b->smax);
	struct skep_range out = range_all(bits);

	meet_signed(&out, (int64_t)~most, (int64_t)most);
	if (what == SKEP_ALU_AND) {
		meet_unsigned(&out, 0, a->umax < b->umax ? a->umax : b->umax);
		meet_signed(&out, out.smin, a->smax > b->smax ? a->smax : b->smax);
	} else if (what == SKEP_ALU_OR) {
		meet_unsigned(&out, a->umin > b->umin ? a->umin : b->umin, out.umax);
		meet_signed(&out, a->smin < b->smin ? a->smin : b->smin, out.smax);
	}
	return out;
}

/* By how many bits a shift can shift: the amount is cut to the width (RFC 9669, section 4.1). */
static void shift_amounts(const struct view *by, unsigned bits, unsigned *min, unsigned *max)
{
	if (by->range.umax < bits) {
		*min = (unsigned)by->range.umin;
		*max = (unsigned)by->range.umax;
	} else if (by->bits.mask == 0) {
		*min = *max = (unsigned)(by->bits.value & (bits - 1));
	} else {
		*min = 0;
		*max = bits - 1;
	}
}

static int64_t shift_left(int64_t x, unsigned by)
{
	return (int64_t)((uint64_t)x << by);
}

static void shift(struct view *a, const struct view *b, enum skep_alu what, unsigned bits)
{
	const struct skep_range from = a->range;
	struct skep_range out = range_all(bits);
	unsigned min, max;

	shift_amounts(b, bits, &min, &max);
	if (min != max)
		a->bits = skep_tnum_unknown(bits);
	switch (what) {
	case SKEP_ALU_LSH:
		a->bits = skep_tnum_cast(skep_tnum_lsh(a->bits, min), bits);
		if (from.umax <= mask_of(bits) >> max)
			meet_unsigned(&out, from.umin << min, from.umax << max);
		if (from.smin >= smin_of(bits) >> max && from.smax <= smax_of(bits) >> max)
			meet_signed(&out, shift_left(from.smin, from.smin < 0 ? max : min),
				    shift_left(from.smax, from.smax < 0 ? min : max));
		break;
	case SKEP_ALU_RSH:
		if (min == max)
			a->bits = skep_tnum_rsh(a->bits, min);
		meet_unsigned(&out, from.umin >> max, from.umax >> min);
		break;
	default:
		if (min == max)
			a->bits = skep_tnum_arsh(a->bits, min, bits);
		meet_signed(&out, from.smin >> (from.smin < 0 ? min : max),
			    from.smax >> (from.smax < 0 ? max : min));
		break;
	}
	a->range = out;
}

static struct skep_range divide(const struct skep_range *a, const struct skep_range *b,
				enum skep_alu what, unsigned bits)
{
	struct skep_range out = range_all(bits);

	if (what == SKEP_ALU_DIV) {
		/* Division by zero gives zero. */
		if (b->umin == 0)
			meet_unsigned(&out, 0, b->umax == 0 ? 0 : a->umax);
		else
			meet_unsigned(&out, a->umin / b->umax, a->umax / b->umin);
		return out;
	}
	/* Modulo by zero leaves the dividend. */
	meet_unsigned(&out, 0, a->umax);
	if (b->umin != 0)
		meet_unsigned(&out, 0, b->umax - 1);
	return a->umax < b->umin || b->umax == 0 ? *a : out;
}

/* The smallest number has no opposite; sets with it are left unbounded where it matters. */
static struct skep_range divide_signed(const struct skep_range *a, const struct skep_range *b,
				       unsigned bits)
{
	struct skep_range out = range_all(bits);
	const int64_t by = b->smin;
	int64_t most;

	if (b->smin == b->smax && by > 0) {
		meet_signed(&out, a->smin / by, a->smax / by);
	} else if (a->smin > smin_of(bits) && b->smin == b->smax && by < 0) {
		meet_signed(&out, a->smax / by, a->smin / by);
	} else if (a->smin > smin_of(bits)) {
		most = a->smax > -a->smin ? a->smax : -a->smin;
		meet_signed(&out, a->smin >= 0 && b->smin >= 0 ? 0 : -most, most);
	}
	return out;
}

/* The remainder has the dividend's sign, is no farther from zero than it, and nearer than the
 * divisor. */
static struct skep_range modulo_signed(const struct skep_range *a, const struct skep_range *b,
				       unsigned bits)
{
	struct skep_range out = range_all(bits);

	meet_signed(&out, a->smin < 0 ? a->smin : 0, a->smax > 0 ? a->smax : 0);
	if (b->smin > 0)
		meet_signed(&out, 1 - b->smax, b->smax - 1);
	else if (b->smax < 0)
		meet_signed(&out, b->smin + 1, -(b->smin + 1));
	return out;
}

static void operate(struct view *a, const struct view *b, enum skep_alu what, unsigned bits)
{
	switch (what) {
	case SKEP_ALU_ADD:
		a->bits = skep_tnum_add(a->bits, b->bits);
		a->range = add(&a->range, &b->range, bits);
		break;
	case SKEP_ALU_SUB:
		a->bits = skep_tnum_sub(a->bits, b->bits);
		a->range = sub(&a->range, &b->range, bits);
		break;
	case SKEP_ALU_MUL:
		a->bits = skep_tnum_mul(a->bits, b->bits);
		a->range = mul(&a->range, &b->range, bits);
		break;
	case SKEP_ALU_AND:
		a->bits = skep_tnum_and(a->bits, b->bits);
		a->range = bitwise(&a->range, &b->range, what, bits);
		break;
	case SKEP_ALU_OR:
		a->bits = skep_tnum_or(a->bits, b->bits);
		a->range = bitwise(&a->range, &b->range, what, bits);
		break;
	case SKEP_ALU_XOR:
		a->bits = skep_tnum_xor(a->bits, b->bits);
		a->range = bitwise(&a->range, &b->range, what, bits);
		break;
	case SKEP_ALU_LSH:
	case SKEP_ALU_RSH:
	case SKEP_ALU_ARSH: shift(a, b, what, bits); break;
	case SKEP_ALU_MOV: *a = *b; break;
	case SKEP_ALU_DIV:
	case SKEP_ALU_MOD:
		a->bits = skep_tnum_unknown(bits);
		a->range = divide(&a->range, &b->range, what, bits);
		break;
	case SKEP_ALU_SDIV:
		a->bits = skep_tnum_unknown(bits);
		a->range = divide_signed(&a->range, &b->range, bits);
		break;
	case SKEP_ALU_SMOD:
		a->bits = skep_tnum_unknown(bits);
		a->range = modulo_signed(&a->range, &b->range, bits);
		break;
	default:
		a->bits = skep_tnum_unknown(bits);
		a->range = range_all(bits);
		break;
	}
	a->bits = skep_tnum_cast(a->bits, bits);
}

/* Whether the lower half of the result follows from the lower halves of the operands alone. */
static bool is_low_closed(enum skep_alu what)
{
	switch (what) {
	case SKEP_ALU_ADD:
	case SKEP_ALU_SUB:
	case SKEP_ALU_MUL:
	case SKEP_ALU_AND:
	case SKEP_ALU_OR:
	case SKEP_ALU_XOR:
	case SKEP_ALU_MOV: return true;
	default: return false;
	}
}

static struct view half_view(const struct skep_scalar *a, unsigned width)
{
	return (struct view){ skep_tnum_cast(a->bits, width / 2), a->half };
}

/* The number whose lower half is as given, with zeros above. */
static struct skep_scalar extend(const struct view *half, unsigned width)
{
	struct skep_scalar out = { half->bits, range_all(width), half->range };

	meet_arc(&out.full, half->range.umin, unsigned_length(&half->range), width);
	return out;
}

void skep_scalar_alu(struct skep_scalar *dst, const struct skep_scalar *src, enum skep_alu what,
		     bool narrow, unsigned width)
{
	struct view a = half_view(dst, width), full = { dst->bits, dst->full };
	const struct view b = half_view(src, width), full_src = { src->bits, src->full };

	if (narrow) {
		operate(&a, &b, what, width / 2);
		*dst = extend(&a, width);
	} else {
		operate(&full, &full_src, what, width);
		a.range = range_all(width / 2);
		if (is_low_closed(what)) {
			a = half_view(dst, width);
			operate(&a, &b, what, width / 2);
		}
		*dst = (struct skep_scalar){ full.bits, full.range, a.range };
	}
	if (!skep_scalar_reduce(dst, width))
		*dst = skep_scalar_unknown(width, width);
}

/* Bounds of the number that the low `bits` are. */
static struct skep_range low_range(const struct skep_scalar *a, unsigned bits, unsigned width)
{
	struct skep_range out = range_all(bits);

	if (unsigned_length(&a->full) <= mask_of(bits))
		meet_arc(&out, a->full.umin, unsigned_length(&a->full), bits);
	if (signed_length(&a->full) <= mask_of(bits))
		meet_arc(&out, (uint64_t)a->full.smin, signed_length(&a->full), bits);
	if (bits > width / 2)
		return out;
	if (unsigned_length(&a->half) <= mask_of(bits))
		meet_arc(&out, a->half.umin, unsigned_length(&a->half), bits);
	if (signed_length(&a->half) <= mask_of(bits))
		meet_arc(&out, (uint64_t)a->half.smin, signed_length(&a->half), bits);
	return out;
}

void skep_scalar_cast(struct skep_scalar *a, unsigned bits, unsigned width)
{
	const struct skep_range low = low_range(a, bits, width);
	const struct skep_tnum known = skep_tnum_cast(a->bits, bits);

	if (bits >= width)
		return;
	*a = skep_scalar_unknown(bits, width);
	a->bits = known;
	meet_unsigned(&a->full, low.umin, low.umax);
	if (bits == width / 2)
		a->half = low;
	if (!skep_scalar_reduce(a, width))
		*a = skep_scalar_unknown(bits, width);
}

void skep_scalar_sign_extend(struct skep_scalar *a, unsigned bits, unsigned width)
{
	const struct skep_range low = low_range(a, bits, width);
	const struct skep_tnum known = skep_tnum_cast(a->bits, bits);

	if (bits >= width)
		return;
	*a = skep_scalar_unknown(width, width);
	a->bits = skep_tnum_cast(skep_tnum_sign_extend(known, bits), width);
	meet_signed(&a->full, low.smin, low.smax);
	if (!skep_scalar_reduce(a, width))
		*a = skep_scalar_unknown(width, width);
}

void skep_scalar_swap(struct skep_scalar *a, unsigned bits)
{
	const struct skep_tnum known = skep_tnum_swap(skep_tnum_cast(a->bits, bits), bits);

	*a = skep_scalar_unknown(bits, SKEP_WIDTH);
	a->bits = known;
	if (!skep_scalar_reduce(a, SKEP_WIDTH))
		*a = skep_scalar_unknown(bits, SKEP_WIDTH);
}

/* -------------------------------------------------------------------------------- comparisons */

static enum skep_jump opposite(enum skep_jump what)
{
	switch (what) {
	case SKEP_JUMP_JEQ: return SKEP_JUMP_JNE;
	case SKEP_JUMP_JNE: return SKEP_JUMP_JEQ;
	case SKEP_JUMP_JGT: return SKEP_JUMP_JLE;
	case SKEP_JUMP_JLE: return SKEP_JUMP_JGT;
	case SKEP_JUMP_JGE: return SKEP_JUMP_JLT;
	case SKEP_JUMP_JLT: return SKEP_JUMP_JGE;
	case SKEP_JUMP_JSGT: return SKEP_JUMP_JSLE;
	case SKEP_JUMP_JSLE: return SKEP_JUMP_JSGT;
	case SKEP_JUMP_JSGE: return SKEP_JUMP_JSLT;
	case SKEP_JUMP_JSLT: return SKEP_JUMP_JSGE;
	default: return what;
	}
}

static bool assume_equal(struct view *a, struct view *b)
{
	struct view both = *a;

	meet_unsigned(&both.range, b->range.umin, b->range.umax);
	meet_signed(&both.range, b->range.smin, b->range.smax);
	if (is_empty(&both.range) || !skep_tnum_meet(&both.bits, b->bits))
		return false;
	*a = *b = both;
	return true;
}

/* Cuts the number x off whichever ends of the range it stands at. */
static bool assume_not(struct view *a, uint64_t x, unsigned bits)
{
	const int64_t s = skep_sign_extend(x, bits);
	struct skep_range *range = &a->range;

	if (range->umin == range->umax && range->umin == x)
		return false;
	if (range->smin == range->smax && range->smin == s)
		return false;
	if (range->umin == x)
		range->umin++;
	if (range->umax == x)
		range->umax--;
	if (range->smin == s)
		range->smin++;
	if (range->smax == s)
		range->smax--;
	return true;
}

static bool assume_unequal(struct view *a, struct view *b, unsigned bits)
{
	if (b->bits.mask == 0 && !assume_not(a, b->bits.value, bits))
		return false;
	return a->bits.mask != 0 || assume_not(b, a->bits.value, bits);
}

/* a < b, or a <= b. */
static bool assume_below(struct skep_range *a, struct skep_range *b, bool or_equal)
{
	if (!or_equal && (b->umax == 0 || a->umin == UINT64_MAX))
		return false;
	meet_unsigned(a, 0, or_equal ? b->umax : b->umax - 1);
	meet_unsigned(b, or_equal ? a->umin : a->umin + 1, UINT64_MAX);
	return true;
}

static bool assume_less(struct skep_range *a, struct skep_range *b, bool or_equal)
{
	if (!or_equal && (b->smax == INT64_MIN || a->smin == INT64_MAX))
		return false;
	meet_signed(a, INT64_MIN, or_equal ? b->smax : b->smax - 1);
	meet_signed(b, or_equal ? a->smin : a->smin + 1, INT64_MAX);
	return true;
}

/* Some bit is 1 in both: then neither is zero, and if only one bit can be, that one is. */
static bool assume_common(struct view *a, struct view *b, unsigned bits)
{
	const uint64_t both = (a->bits.value | a->bits.mask) & (b->bits.value | b->bits.mask);

	if (both == 0)
		return false;
	if ((both & (both - 1)) == 0) {
		a->bits = (struct skep_tnum){ a->bits.value | both, a->bits.mask & ~both };
		b->bits = (struct skep_tnum){ b->bits.value | both, b->bits.mask & ~both };
	}
	return assume_not(a, 0, bits) && assume_not(b, 0, bits);
}

/* No bit is 1 in both: what is 1 in one is 0 in the other. */
static bool assume_disjoint(struct view *a, struct view *b)
{
	if ((a->bits.value & b->bits.value) != 0)
		return false;
	a->bits.mask &= ~b->bits.value;
	b->bits.mask &= ~a->bits.value;
	return true;
}

static bool assume(struct view *a, struct view *b, enum skep_jump what, unsigned bits)
{
	switch (what) {
	case SKEP_JUMP_JEQ: return assume_equal(a, b);
	case SKEP_JUMP_JNE: return assume_unequal(a, b, bits);
	case SKEP_JUMP_JLT: return assume_below(&a->range, &b->range, false);
	case SKEP_JUMP_JLE: return assume_below(&a->range, &b->range, true);
	case SKEP_JUMP_JGT: return assume_below(&b->range, &a->range, false);
	case SKEP_JUMP_JGE: return assume_below(&b->range, &a->range, true);
	case SKEP_JUMP_JSLT: return assume_less(&a->range, &b->range, false);
	case SKEP_JUMP_JSLE: return assume_less(&a->range, &b->range, true);
	case SKEP_JUMP_JSGT: return assume_less(&b->range, &a->range, false);
	case SKEP_JUMP_JSGE: return assume_less(&b->range, &a->range, true);
	case SKEP_JUMP_JSET: return assume_common(a, b, bits);
	default: return true;
	}
}

static bool put_back(struct skep_scalar *to, const struct view *view, bool narrow, unsigned width)
{
	const uint64_t low = mask_of(width / 2);

	if (narrow) {
		to->bits.value = (to->bits.value & ~low) | view->bits.value;
		to->bits.mask = (to->bits.mask & ~low) | view->bits.mask;
		to->half = view->range;
	} else {
		to->bits = view->bits;
		to->full = view->range;
	}
	return !is_empty(&view->range) && skep_scalar_reduce(to, width);
}

bool skep_scalar_assume(struct skep_scalar *a, struct skep_scalar *b, enum skep_jump what,
			bool holds, bool narrow, unsigned width)
{
	struct view left = { a->bits, a->full }, right = { b->bits, b->full };
	bool possible;

	if (narrow) {
		left = half_view(a, width);
		right = half_view(b, width);
	}
	if (!holds && what == SKEP_JUMP_JSET)
		possible = assume_disjoint(&left, &right);
	else
		possible = assume(&left, &right, holds ? what : opposite(what),
				  narrow ? width / 2 : width);
	return possible && put_back(a, &left, narrow, width) && put_back(b, &right, narrow, width);
}
