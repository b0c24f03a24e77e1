/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sets of numbers the verifier computes with, against numbers. At 4 bits (halves of 2) and 8
 * bits every number of every set is gone through; at 64 bits, millions of random ones, drawn near
 * the places where bounds break. The meaning of each operation is written here anew, bit by bit or
 * from RFC 9669, and shares nothing with the tables of the project.
 */
#include "base/bytes.h"
#include "harness.h"
#include "verify/range.h"

static const enum skep_alu ALUS[] = {
	SKEP_ALU_ADD, SKEP_ALU_SUB,  SKEP_ALU_MUL,  SKEP_ALU_DIV,  SKEP_ALU_OR,
	SKEP_ALU_AND, SKEP_ALU_LSH,  SKEP_ALU_RSH,  SKEP_ALU_MOD,  SKEP_ALU_XOR,
	SKEP_ALU_MOV, SKEP_ALU_ARSH, SKEP_ALU_SDIV, SKEP_ALU_SMOD,
};

static const enum skep_jump JUMPS[] = {
	SKEP_JUMP_JEQ, SKEP_JUMP_JGT,  SKEP_JUMP_JGE,  SKEP_JUMP_JSET,
	SKEP_JUMP_JNE, SKEP_JUMP_JSGT, SKEP_JUMP_JSGE, SKEP_JUMP_JLT,
	SKEP_JUMP_JLE, SKEP_JUMP_JSLT, SKEP_JUMP_JSLE,
};

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint64_t random64(void)
{
	uint64_t x = random_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	random_state = x;
	return x * 0x2545f4914f6cdd1du;
}

static uint64_t ones(unsigned bits)
{
	return bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

static bool is_negative(uint64_t x, unsigned bits)
{
	return (x >> (bits - 1) & 1) != 0;
}

static uint64_t magnitude(uint64_t x, unsigned bits)
{
	return is_negative(x, bits) ? (~x + 1) & ones(bits) : x;
}

/* Signed order is unsigned order once the sign bit is turned. */
static uint64_t ordered(uint64_t x, unsigned bits)
{
	return x ^ (uint64_t)1 << (bits - 1);
}

static uint64_t model_divide(uint64_t a, uint64_t b, enum skep_alu what, unsigned bits)
{
	const uint64_t quotient = b != 0 ? magnitude(a, bits) / magnitude(b, bits) : 0;
	const uint64_t rest = b != 0 ? magnitude(a, bits) % magnitude(b, bits) : 0;

	switch (what) {
	case SKEP_ALU_DIV: return b == 0 ? 0 : a / b;
	case SKEP_ALU_MOD: return b == 0 ? a : a % b;
	case SKEP_ALU_SDIV:
		return is_negative(a, bits) != is_negative(b, bits) ? 0 - quotient : quotient;
	default:
		if (b == 0)
			return a;
		return is_negative(a, bits) ? 0 - rest : rest;
	}
}

static uint64_t model(uint64_t a, uint64_t b, enum skep_alu what, unsigned bits)
{
	const unsigned by = (unsigned)(b & (bits - 1));
	uint64_t out;

	switch (what) {
	case SKEP_ALU_ADD: out = a + b; break;
	case SKEP_ALU_SUB: out = a + ~b + 1; break;
	case SKEP_ALU_MUL: out = a * b; break;
	case SKEP_ALU_OR: out = ~(~a & ~b); break;
	case SKEP_ALU_AND: out = a & b; break;
	case SKEP_ALU_XOR: out = (a & ~b) | (~a & b); break;
	case SKEP_ALU_LSH: out = a << by; break;
	case SKEP_ALU_RSH: out = a >> by; break;
	case SKEP_ALU_MOV: out = b; break;
	case SKEP_ALU_ARSH:
		out = a >> by;
		if (is_negative(a, bits))
			out |= ~(ones(bits) >> by);
		break;
	default: out = model_divide(a, b, what, bits); break;
	}
	return out & ones(bits);
}

static bool model_jump(uint64_t a, uint64_t b, enum skep_jump what, unsigned bits)
{
	const uint64_t sa = ordered(a, bits), sb = ordered(b, bits);

	switch (what) {
	case SKEP_JUMP_JEQ: return a == b;
	case SKEP_JUMP_JNE: return a != b;
	case SKEP_JUMP_JGT: return a > b;
	case SKEP_JUMP_JGE: return a >= b;
	case SKEP_JUMP_JLT: return a < b;
	case SKEP_JUMP_JLE: return a <= b;
	case SKEP_JUMP_JSET: return (a & b) != 0;
	case SKEP_JUMP_JSGT: return sa > sb;
	case SKEP_JUMP_JSGE: return sa >= sb;
	case SKEP_JUMP_JSLT: return sa < sb;
	default: return sa <= sb;
	}
}

/* ------------------------------------------------------------------------------ sets to try */

static struct skep_scalar with_bits(uint64_t value, uint64_t mask, unsigned width)
{
	struct skep_scalar set = skep_scalar_unknown(width, width);

	set.bits = (struct skep_tnum){ value, mask };
	return set;
}

static struct skep_scalar with_bounds(uint64_t low, uint64_t high, bool is_signed, bool narrow,
				      unsigned width)
{
	const unsigned bits = narrow ? width / 2 : width;
	struct skep_scalar set = skep_scalar_unknown(width, width);
	struct skep_range *range = narrow ? &set.half : &set.full;

	if (is_signed) {
		range->smin = skep_sign_extend(ordered(low, bits), bits);
		range->smax = skep_sign_extend(ordered(high, bits), bits);
	} else {
		range->umin = low;
		range->umax = high;
	}
	return set;
}

enum { SETS_MAX = 512 };
static struct skep_scalar sets[SETS_MAX];
static uint16_t members[SETS_MAX]; /* one bit per 4-bit number */
static unsigned set_count;

/* Keeps a set as it is after reduction, unless it was there before. */
static void add_set(struct skep_scalar set)
{
	uint16_t in = 0;

	for (unsigned x = 0; x < 16; x++)
		in |= (uint16_t)(skep_scalar_has(&set, x, 4) << x);
	if (!skep_scalar_reduce(&set, 4))
		return;
	for (unsigned i = 0; i < set_count; i++)
		if (skep_scalar_equal(&sets[i], &set))
			return;
	members[set_count] = in;
	sets[set_count++] = set;
}

/* Every set of 4-bit numbers known by its bits alone, or by one pair of bounds alone. */
static void make_sets(void)
{
	set_count = 0;
	for (unsigned mask = 0; mask < 16; mask++)
		for (unsigned value = 0; value < 16; value++)
			if ((value & mask) == 0)
				add_set(with_bits(value, mask, 4));
	for (unsigned kind = 0; kind < 4; kind++)
		for (unsigned low = 0; low < (kind < 2 ? 16 : 4); low++)
			for (unsigned high = low; high < (kind < 2 ? 16 : 4); high++)
				add_set(with_bounds(low, high, kind & 1, kind & 2, 4));
}

/* Reduction loses no number, whatever bits and bounds meet, and what it calls empty is. */
TEST(reduction_keeps_every_number)
{
	uint64_t kept = 0, tight = 0;

	make_sets();
	for (unsigned i = 0; i < set_count; i++)
		for (unsigned j = 0; j < set_count; j++) {
			struct skep_scalar both = sets[i];
			const bool some = skep_scalar_meet(&both, &sets[j], 4);
			const uint16_t wanted = members[i] & members[j];
			uint16_t found = 0;

			if (!some)
				CHECK_EQ(wanted, 0);
			for (unsigned x = 0; some && x < 16; x++)
				found |= (uint16_t)(skep_scalar_has(&both, x, 4) << x);
			CHECK_EQ(wanted & ~found, 0);
			kept++;
			tight += found == wanted;
		}
	test_note("%llu of %llu meets are exact", (unsigned long long)tight,
		  (unsigned long long)kept);
}

TEST(reduction_of_all_signed_and_unsigned_bounds)
{
	for (unsigned i = 0; i < 136 * 136; i++) {
		unsigned low = 0, high = i % 136, slow = 0, shigh = i / 136;
		struct skep_scalar set, before;

		for (; high >= 16 - low; low++)
			high -= 16 - low;
		for (; shigh >= 16 - slow; slow++)
			shigh -= 16 - slow;
		set = with_bounds(low, low + high, false, false, 4);
		before = with_bounds(slow, slow + shigh, true, false, 4);
		set.full.smin = before.full.smin;
		set.full.smax = before.full.smax;
		before = set;
		if (!skep_scalar_reduce(&set, 4))
			for (unsigned x = 0; x < 16; x++)
				CHECK(!skep_scalar_has(&before, x, 4));
		else
			for (unsigned x = 0; x < 16; x++)
				CHECK(skep_scalar_has(&set, x, 4) ==
				      skep_scalar_has(&before, x, 4));
	}
}

/* For each operation and pair of 4-bit numbers, the result once. */
static uint8_t results[SKEP_ALU_COUNT][2][16][16];

static void make_results(void)
{
	for (unsigned i = 0; i < SKEP_COUNT(ALUS); i++)
		for (unsigned a = 0; a < 16; a++)
			for (unsigned b = 0; b < 16; b++) {
				results[ALUS[i]][0][a][b] = (uint8_t)model(a, b, ALUS[i], 4);
				results[ALUS[i]][1][a][b] =
					(uint8_t)model(a & 3, b & 3, ALUS[i], 2);
			}
}

/* True when the set that the operation gives has the result of every pair of members. */
static bool holds_all(const struct skep_scalar *out, unsigned i, unsigned j, enum skep_alu what,
		      bool narrow)
{
	uint16_t in = 0;

	for (unsigned x = 0; x < 16; x++)
		in |= (uint16_t)(skep_scalar_has(out, x, 4) << x);
	for (unsigned a = 0; a < 16; a++)
		for (unsigned b = 0; members[i] >> a & 1 && b < 16; b++)
			if (members[j] >> b & 1 && !(in >> results[what][narrow][a][b] & 1))
				return false;
	return true;
}

TEST(arithmetic_on_all_4_bit_sets)
{
	make_sets();
	make_results();
	for (unsigned i = 0; i < set_count; i++)
		for (unsigned j = 0; j < set_count; j++)
			for (unsigned k = 0; k < SKEP_COUNT(ALUS) * 2; k++) {
				const enum skep_alu what = ALUS[k / 2];
				struct skep_scalar out = sets[i];

				skep_scalar_alu(&out, &sets[j], what, k & 1, 4);
				test_case("operation %u%s, sets %u and %u", what,
					  k & 1 ? " narrow" : "", i, j);
				CHECK(holds_all(&out, i, j, what, k & 1));
			}
}

/* A branch keeps every pair for which it goes that way, and is impossible only when there is none.
 */
static bool keeps_pairs(unsigned i, unsigned j, enum skep_jump what, bool holds, bool narrow)
{
	struct skep_scalar a = sets[i], b = sets[j];
	const unsigned bits = narrow ? 2 : 4;
	bool possible;

	possible = skep_scalar_assume(&a, &b, what, holds, narrow, 4);
	for (unsigned x = 0; x < 16; x++)
		for (unsigned y = 0; members[i] >> x & 1 && y < 16; y++) {
			if (!(members[j] >> y & 1) ||
			    model_jump(x & ones(bits), y & ones(bits), what, bits) != holds)
				continue;
			if (!possible || !skep_scalar_has(&a, x, 4) || !skep_scalar_has(&b, y, 4))
				return false;
		}
	return true;
}

TEST(comparisons_of_all_4_bit_sets)
{
	make_sets();
	for (unsigned i = 0; i < set_count; i++)
		for (unsigned j = 0; j < set_count; j++)
			for (unsigned k = 0; k < SKEP_COUNT(JUMPS) * 4; k++) {
				test_case("jump %u, sets %u and %u, case %u", JUMPS[k / 4], i, j,
					  k & 3);
				CHECK(keeps_pairs(i, j, JUMPS[k / 4], k & 1, k & 2));
			}
}

/* --------------------------------------------------------------------------- random sets */

/* A number near a place where something changes. */
static uint64_t random_number(unsigned width)
{
	const uint64_t edges[] = { 0,
				   1,
				   ones(width),
				   ones(width) >> 1,
				   (ones(width) >> 1) + 1,
				   ones(width / 2),
				   ones(width / 2) + 1,
				   ones(width / 2) >> 1,
				   (ones(width / 2) >> 1) + 1 };
	const uint64_t pick = random64();
	uint64_t x = edges[pick % SKEP_COUNT(edges)];

	if (pick >> 8 & 1)
		x += random64() % 9 - 4;
	else if (pick >> 9 & 1)
		x = random64() >> (pick >> 16 & 63);
	if (pick >> 10 & 1)
		x = ~x;
	return x & ones(width);
}

static void spread(uint64_t x, unsigned bits, uint64_t *low, uint64_t *high)
{
	const uint64_t down = random64() >> (random64() & 63), up = random64() >> (random64() & 63);

	*low = down > x ? 0 : x - down;
	*high = up > ones(bits) - x ? ones(bits) : x + up;
}

/* A set around a number: any mixture of known bits and bounds that the number is in. */
static struct skep_scalar random_set(uint64_t x, unsigned width)
{
	struct skep_scalar set = skep_scalar_unknown(width, width), part;
	const uint64_t pick = random64();
	uint64_t low, high;

	if (pick % 8 == 0)
		return skep_scalar_const(x, width);
	if (pick >> 4 & 1) {
		const uint64_t mask = random64() & random64() & ones(width);

		set.bits = (struct skep_tnum){ x & ~mask, mask };
	}
	for (unsigned kind = 0; kind < 4; kind++) {
		const unsigned bits = kind & 2 ? width / 2 : width;
		const uint64_t low_x = x & ones(bits);

		if (!(pick >> (8 + kind) & 1))
			continue;
		spread(kind & 1 ? ordered(low_x, bits) : low_x, bits, &low, &high);
		part = with_bounds(low, high, kind & 1, kind & 2, width);
		if (!skep_scalar_meet(&set, &part, width))
			return with_bits(1, 0, 4); /* wrongly empty: the check that follows fails */
	}
	return set;
}

static bool random_arithmetic(unsigned width, unsigned count)
{
	for (unsigned round = 0; round < count; round++) {
		const uint64_t x = random_number(width), y = random_number(width);
		const struct skep_scalar a = random_set(x, width), b = random_set(y, width);

		if (!skep_scalar_has(&a, x, width) || !skep_scalar_has(&b, y, width))
			return false;
		for (unsigned k = 0; k < SKEP_COUNT(ALUS) * 2; k++) {
			const unsigned bits = k & 1 ? width / 2 : width;
			const uint64_t wanted =
				model(x & ones(bits), y & ones(bits), ALUS[k / 2], bits);
			struct skep_scalar out = a;

			skep_scalar_alu(&out, &b, ALUS[k / 2], k & 1, width);
			test_case("%#llx op %u (%u bits) %#llx", (unsigned long long)x, ALUS[k / 2],
				  bits, (unsigned long long)y);
			if (!skep_scalar_has(&out, wanted, width))
				return false;
		}
	}
	return true;
}

static bool random_comparisons(unsigned width, unsigned count)
{
	for (unsigned round = 0; round < count; round++) {
		const uint64_t x = random_number(width);
		const uint64_t y = random64() & 1 ? random_number(width) : x;
		const struct skep_scalar a = random_set(x, width), b = random_set(y, width);

		for (unsigned k = 0; k < SKEP_COUNT(JUMPS) * 2; k++) {
			const unsigned bits = k & 1 ? width / 2 : width;
			const bool holds =
				model_jump(x & ones(bits), y & ones(bits), JUMPS[k / 2], bits);
			struct skep_scalar left = a, right = b;

			test_case("%#llx jump %u (%u bits) %#llx", (unsigned long long)x,
				  JUMPS[k / 2], bits, (unsigned long long)y);
			if (!skep_scalar_assume(&left, &right, JUMPS[k / 2], holds, k & 1, width) ||
			    !skep_scalar_has(&left, x, width) || !skep_scalar_has(&right, y, width))
				return false;
		}
	}
	return true;
}

TEST(random_arithmetic_at_8_16_and_64_bits)
{
	CHECK(random_arithmetic(8, 15000));
	CHECK(random_arithmetic(16, 5000));
	CHECK(random_arithmetic(64, 40000));
}

TEST(random_comparisons_at_8_16_and_64_bits)
{
	CHECK(random_comparisons(8, 15000));
	CHECK(random_comparisons(16, 5000));
	CHECK(random_comparisons(64, 40000));
}

static uint64_t reversed(uint64_t x, unsigned bits)
{
	uint64_t out = 0;

	for (unsigned at = 0; at < bits; at += 8)
		out |= (x >> at & 0xff) << (bits - 8 - at);
	return out;
}

TEST(cuts_sign_extensions_and_swaps)
{
	static const unsigned CUTS[] = { 1, 8, 16, 32, 64 };

	for (unsigned round = 0; round < 60000; round++) {
		const uint64_t x = random_number(64);
		const struct skep_scalar set = random_set(x, 64);

		for (unsigned k = 0; k < SKEP_COUNT(CUTS); k++) {
			const uint64_t low = x & ones(CUTS[k]);
			struct skep_scalar cut = set, extended = set, swapped = set;

			skep_scalar_cast(&cut, CUTS[k], 64);
			CHECK(skep_scalar_has(&cut, low, 64));
			skep_scalar_sign_extend(&extended, CUTS[k], 64);
			CHECK(skep_scalar_has(
				&extended, is_negative(low, CUTS[k]) ? low | ~ones(CUTS[k]) : low,
				64));
			if (CUTS[k] < 16)
				continue;
			skep_scalar_swap(&swapped, CUTS[k]);
			CHECK(skep_scalar_has(&swapped, reversed(x, CUTS[k]), 64));
		}
	}
}

/* What programs rely on must not only be sound but tight. */
TEST(what_programs_rely_on_is_exact)
{
	struct skep_scalar a = skep_scalar_unknown(8, 64), b = skep_scalar_const(15, 64);

	skep_scalar_alu(&a, &b, SKEP_ALU_AND, false, 64);
	CHECK_EQ(a.full.umax, 15);
	CHECK_EQ(a.half.smax, 15);
	b = skep_scalar_const(2, 64);
	skep_scalar_alu(&a, &b, SKEP_ALU_LSH, true, 64);
	CHECK_EQ(a.full.umax, 60);
	CHECK_EQ(a.bits.mask, 60);
	b = skep_scalar_const(60, 64);
	CHECK(!skep_scalar_assume(&a, &b, SKEP_JUMP_JGT, true, false, 64));

	/* A 64-bit number, signed-compared as 32 bits, then zero-extended (CVE-2020-8835's shape).
	 */
	a = skep_scalar_unknown(64, 64);
	b = skep_scalar_const(8, 64);
	CHECK(skep_scalar_assume(&a, &b, SKEP_JUMP_JLT, true, true, 64));
	CHECK_EQ(a.full.umax, UINT64_MAX - UINT32_MAX + 7);
	skep_scalar_cast(&a, 32, 64);
	CHECK_EQ(a.full.umax, 7);

	/* -100 <= x <= 100, as unsigned unbounded. */
	a = skep_scalar_unknown(64, 64);
	b = skep_scalar_const((uint64_t)-100, 64);
	CHECK(skep_scalar_assume(&a, &b, SKEP_JUMP_JSGE, true, false, 64));
	b = skep_scalar_const(100, 64);
	CHECK(skep_scalar_assume(&a, &b, SKEP_JUMP_JSLE, true, false, 64));
	skep_scalar_alu(&a, &b, SKEP_ALU_ADD, false, 64);
	CHECK_EQ(a.full.umin, 0);
	CHECK_EQ(a.full.umax, 200);
	CHECK_EQ(a.half.umax, 200);
}

TESTS_BEGIN
T(reduction_keeps_every_number)
T(reduction_of_all_signed_and_unsigned_bounds)
T(arithmetic_on_all_4_bit_sets)
T(comparisons_of_all_4_bit_sets)
T(random_arithmetic_at_8_16_and_64_bits)
T(random_comparisons_at_8_16_and_64_bits)
T(cuts_sign_extensions_and_swaps)
T(what_programs_rely_on_is_exact)
TESTS_END
