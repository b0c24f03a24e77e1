/* SPDX-License-Identifier: Apache-2.0 */
/* Every atomic operation at both widths for every pair of registers, r0 and equal ones included,
 * where compare-and-swap loops and implicit operands go wrong: all registers and the memory around
 * against a model; and several threads on one word. */
#include <pthread.h>

#include "engines.h"

static const struct atomic {
	const char *name;
	int imm;
} ATOMICS[] = {
	{ "add", 0x00 },       { "or", 0x40 },       { "and", 0x50 },       { "xor", 0xa0 },
	{ "fetch_add", 0x01 }, { "fetch_or", 0x41 }, { "fetch_and", 0x51 }, { "fetch_xor", 0xa1 },
	{ "xchg", 0xe1 },      { "cmpxchg", 0xf1 },
};

static const int OFFSETS[] = { 0, 8, 120, 128, -128, -136, 2048, -4096, 32760, -32768 };

static const uint64_t VALUES[] = {
	0, 1, 0xffffffff, 0x80000000, 0x100000000, 0xdeadbeef80000001, 0x7fffffffffffffff, ~0ull
};

enum { HALF = 32768 / 8, WORDS = 2 * HALF + 1 };

static uint64_t area[WORDS], expected[WORDS];

/* What memory and registers must be after. */
static void apply(const struct atomic *op, int bits, void *at, int dst, int src, uint64_t *r)
{
	const uint64_t b = r[src], r0 = r[0];
	uint64_t old, next, mask = bits == 64 ? ~0ull : 0xffffffff;
	uint32_t half;

	(void)dst;
	if (bits == 64) {
		memcpy(&old, at, 8);
	} else {
		memcpy(&half, at, 4);
		old = half;
	}
	switch (op->imm & ~1) {
	case 0x00: next = old + b; break;
	case 0x40: next = old | b; break;
	case 0x50: next = old & b; break;
	case 0xa0: next = old ^ b; break;
	case 0xe0: next = b; break;
	default: next = (old & mask) == (r0 & mask) ? b : old; break;
	}
	half = (uint32_t)next;
	memcpy(at, bits == 64 ? (void *)&next : (void *)&half, (size_t)bits / 8);
	if (op->imm == 0xf1)
		r[0] = old;
	else if ((op->imm & 1) != 0)
		r[src] = old;
}

static bool check_case(const struct program *program, const struct atomic *op, int bits, int dst,
		       int src, int off, size_t i)
{
	bool ok = true;

	for (int engine = 0; engine < 2 && ok; engine++) {
		struct registers r;
		uint64_t wanted[10];

		for (unsigned k = 0; k < 10; k++)
			r.before[k] = 0x9192939495969700 + k;
		for (size_t k = 0; k < WORDS; k++)
			area[k] = expected[k] = 0xa1a2a3a4a5a6a700 + k;
		r.before[0] = VALUES[(i / 8) % 8];
		r.before[src] = VALUES[i / 64];
		r.before[dst] = (uint64_t)(uintptr_t)(area + HALF);
		expected[HALF + off / 8] = area[HALF + off / 8] = VALUES[i % 8];
		memcpy(wanted, r.before, sizeof(wanted));
		apply(op, bits, (uint8_t *)(expected + HALF) + off, dst, src, wanted);
		memset(r.after, 0, sizeof(r.after));
		if (engine == 0)
			run_interp(program, &r, 0);
		else
			run_jit(program, &r, 0);
		for (int k = 0; k < 10; k++) {
			ok &= r.after[k] == wanted[k];
			if (r.after[k] != wanted[k])
				test_note("r%d is %#llx, wanted %#llx", k,
					  (unsigned long long)r.after[k],
					  (unsigned long long)wanted[k]);
		}
		ok &= memcmp(area, expected, sizeof(area)) == 0;
		if (!ok)
			test_note("%s: %s%d of (r%d %+d) with r%d, case %d, memory %#llx",
				  engine == 0 ? "interp" : "jit", op->name, bits, dst, off, src,
				  (int)i, (unsigned long long)area[HALF + off / 8]);
	}
	return ok;
}

static bool check_pair(const struct atomic *op, int bits, int dst, int src, int off, size_t step)
{
	const struct skep_insn body = insn_of(BPF_STX | BPF_ATOMIC | (bits == 64 ? BPF_DW : BPF_W),
					      dst, src, off, op->imm);
	struct skep_insn insns[WRAP_COUNT + 1];
	static struct program program;
	bool ok = open_insns(&program, insns, wrap(insns, &body, 1));

	for (size_t i = 0; i < 512 && ok; i += step)
		ok = check_case(&program, op, bits, dst, src, off, i);
	close_program(&program);
	return ok;
}

TEST(every_operation_width_and_pair_of_registers)
{
	for (size_t i = 0; i < COUNT(ATOMICS); i++)
		for (int bits = 32; bits <= 64; bits += 32)
			for (int dst = 0; dst < 10; dst++)
				for (int src = 0; src < 10; src++)
					CHECK(check_pair(&ATOMICS[i], bits, dst, src,
							 OFFSETS[(dst + src) % 10], 23));
}

/* r0 is what compare-and-swap compares with, as address and as source too. */
TEST(all_values_where_r0_takes_part)
{
	for (size_t i = 0; i < COUNT(ATOMICS); i++)
		for (int bits = 32; bits <= 64; bits += 32) {
			CHECK(check_pair(&ATOMICS[i], bits, 0, 0, 8, 5));
			CHECK(check_pair(&ATOMICS[i], bits, 0, 3, -128, 5));
			CHECK(check_pair(&ATOMICS[i], bits, 3, 0, 128, 5));
			CHECK(check_pair(&ATOMICS[i], bits, 1, 6, 0, 5));
		}
}

static bool check_order(int size, int bytes, int reg, int other, int off)
{
	static const uint64_t word = 0xf1f2f3f4f5f6f7f8;
	const struct skep_insn load = insn_of(BPF_STX | BPF_ATOMIC | size, reg, other, off, 0x100);
	const struct skep_insn store = insn_of(BPF_STX | BPF_ATOMIC | size, other, reg, off, 0x110);
	struct skep_insn insns[WRAP_COUNT + 1];
	static struct program program;
	struct registers r;
	bool ok = true;

	for (int run = 0; run < 4 && ok; run++) {
		uint64_t wanted = 0, filled = 0x1112131415161718;

		ok = open_insns(&program, insns, wrap(insns, run < 2 ? &load : &store, 1));
		for (unsigned k = 0; k < 10; k++)
			r.before[k] = 0x8182838485868700 + k;
		r.before[other] = (uint64_t)(uintptr_t)(area + HALF);
		memcpy(&area[HALF + off / 8], run < 2 ? &word : &filled, 8);
		if (ok && run % 2 == 0)
			run_interp(&program, &r, 0);
		else if (ok)
			run_jit(&program, &r, 0);
		close_program(&program);
		if (run < 2) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			memcpy(&wanted, &word, (size_t)bytes);
#else
			memcpy((uint8_t *)&wanted + 8 - bytes, &word, (size_t)bytes);
#endif
			for (int k = 0; k < 10; k++)
				ok &= r.after[k] == (k == reg ? wanted : r.before[k]);
		} else {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			memcpy(&filled, &r.before[reg], (size_t)bytes);
#else
			memcpy(&filled, (uint8_t *)&r.before[reg] + 8 - bytes, (size_t)bytes);
#endif
			ok &= memcmp(r.before, r.after, sizeof(r.before)) == 0 &&
			      area[HALF + off / 8] == filled;
		}
		if (!ok)
			test_note("%s of %d bytes, r%d and (r%d %+d), %s",
				  run < 2 ? "load_acquire" : "store_release", bytes, reg, other,
				  off, run % 2 == 0 ? "interp" : "jit");
	}
	return ok;
}

TEST(load_acquire_and_store_release)
{
	static const int SIZES[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

	for (int s = 0; s < 4; s++)
		for (int reg = 0; reg < 10; reg++)
			for (int other = 0; other < 10; other++)
				for (size_t k = 0; k < COUNT(OFFSETS) && reg != other; k += 3)
					CHECK(check_order(SIZES[s], 1 << s, reg, other,
							  OFFSETS[(k + (size_t)reg) % 10]));
}

enum { THREADS = 4, ROUNDS = 20000 };

struct shared {
	uint64_t plain, fetched, swapped, bits;
	uint32_t narrow, narrow_fetched;
};

static struct program counting;

static void *count_up(void *ctx)
{
	/* Both engines at once: they must be atomic against each other too. */
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 4 == 0)
			run_interp(&counting, ctx, 0);
		else
			run_jit(&counting, ctx, 0);
	}
	return NULL;
}

/* One more in six ways; the last by compare-and-swap until it holds, the bits by exclusive or
 * twice. */
static const char COUNTING[] = "r6 = r1\n"
			       "r2 = 1\n"
			       "lock *(u64 *)(r6 +0) += r2\n"
			       "r2 = 1\n"
			       "r2 = atomic64_fetch_add((u64 *)(r6 +8), r2)\n"
			       "r2 = 1\n"
			       "lock *(u32 *)(r6 +32) += r2\n"
			       "r2 = 1\n"
			       "w2 = atomic_fetch_add((u32 *)(r6 +36), w2)\n"
			       "r2 = 0xff\n"
			       "r2 = atomic64_fetch_xor((u64 *)(r6 +24), r2)\n"
			       "r2 = 0xff\n"
			       "lock *(u64 *)(r6 +24) ^= r2\n"
			       "again:\n"
			       "r0 = *(u64 *)(r6 +16)\n"
			       "r3 = r0\n"
			       "r2 = r0\n"
			       "r2 += 1\n"
			       "r0 = cmpxchg_64(r6 +16, r0, r2)\n"
			       "if r0 != r3 goto again\n"
			       "r0 = 0\n"
			       "exit\n";

TEST(threads_lose_no_update)
{
	static struct shared shared;
	pthread_t threads[THREADS];

	CHECK(open_text(&counting, COUNTING, NULL, 0));
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, count_up, &shared) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(shared.plain, THREADS * ROUNDS);
	CHECK_EQ(shared.fetched, THREADS * ROUNDS);
	CHECK_EQ(shared.swapped, THREADS * ROUNDS);
	CHECK_EQ(shared.bits, 0);
	CHECK_EQ(shared.narrow, THREADS * ROUNDS);
	CHECK_EQ(shared.narrow_fetched, THREADS * ROUNDS);
	close_program(&counting);
}

TESTS_BEGIN
T(every_operation_width_and_pair_of_registers)
T(all_values_where_r0_takes_part)
T(load_acquire_and_store_release)
T(threads_lose_no_update)
TESTS_END
