/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores of every size for every pair of registers and offsets at the edges of every
 * encoding, and that they touch nothing beside what they name: both engines against a model. */
#include "engines.h"

static const int OFFSETS[] = { 0,     1,         -1,     7,    127,  128,  129,   -127,  -128,
			       -129,  2047,      2048,   4088, 4095, 4096, -2048, -2049, -4096,
			       32760, 32767 - 7, -32768, 255,  256,  -255, -256,  -257 };

enum {
	HALF = 32768,
	AREA = 2 * HALF + 16,
};

static const struct {
	int size, bytes;
} SIZES[] = { { BPF_B, 1 }, { BPF_H, 2 }, { BPF_W, 4 }, { BPF_DW, 8 } };

static uint8_t area[AREA], expected[AREA];

static void fill(struct registers *r)
{
	for (unsigned i = 0; i < 10; i++)
		r->before[i] = 0x8182838485868780 + i;
	for (size_t i = 0; i < AREA; i++)
		area[i] = (uint8_t)(0x80 + i * 7);
	memcpy(expected, area, AREA);
}

static bool run(const struct program *program, struct registers *r, int engine)
{
	memset(r->after, 0, sizeof(r->after));
	if (engine == 0)
		run_interp(program, r, 0);
	else
		run_jit(program, r, 0);
	return true;
}

static bool open_one(struct program *program, struct skep_insn *insns, struct skep_insn body)
{
	return open_insns(program, insns, wrap(insns, &body, 1));
}

/* The number in the host's byte order at `at`. */
static uint64_t number_at(const uint8_t *at, int bytes)
{
	uint64_t x = 0;

	for (int i = 0; i < bytes; i++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		x |= (uint64_t)at[i] << 8 * i;
#else
		x = x << 8 | at[i];
#endif
	}
	return x;
}

static void put_number(uint8_t *at, int bytes, uint64_t x)
{
	for (int i = 0; i < bytes; i++)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		at[i] = (uint8_t)(x >> 8 * i);
#else
		at[i] = (uint8_t)(x >> 8 * (bytes - 1 - i));
#endif
}

static bool check_load(int size, int bytes, bool is_signed, int dst, int src, int off)
{
	struct skep_insn insns[WRAP_COUNT + 1];
	static struct program program;
	struct registers r;
	bool ok = open_one(
		&program, insns,
		insn_of(BPF_LDX | (is_signed ? BPF_MEMSX : BPF_MEM) | size, dst, src, off, 0));

	for (int engine = 0; engine < 2 && ok; engine++) {
		uint64_t wanted;

		fill(&r);
		r.before[src] = (uint64_t)(uintptr_t)(area + HALF);
		wanted = number_at(area + HALF + off, bytes);
		if (is_signed && (wanted >> (8 * bytes - 1) & 1) != 0)
			wanted |= ~(uint64_t)0 << 4 * bytes << 4 * bytes;
		run(&program, &r, engine);
		for (int i = 0; i < 10; i++)
			ok &= r.after[i] == (i == dst ? wanted : r.before[i]);
		ok &= memcmp(area, expected, AREA) == 0;
		if (!ok)
			test_note("%s: r%d = *(%c%d *)(r%d %+d): %#llx, wanted %#llx",
				  engine == 0 ? "interp" : "jit", dst, is_signed ? 's' : 'u',
				  8 * bytes, src, off, (unsigned long long)r.after[dst],
				  (unsigned long long)wanted);
	}
	close_program(&program);
	return ok;
}

TEST(loads)
{
	for (size_t s = 0; s < COUNT(SIZES); s++)
		for (int is_signed = 0; is_signed <= (SIZES[s].bytes < 8); is_signed++)
			for (int dst = 0; dst < 10; dst++)
				for (int src = 0; src < 10; src++)
					CHECK(check_load(SIZES[s].size, SIZES[s].bytes, is_signed,
							 dst, src, OFFSETS[(dst * 3 + src) % 26]));
}

TEST(loads_at_every_offset)
{
	for (size_t s = 0; s < COUNT(SIZES); s++)
		for (int is_signed = 0; is_signed <= (SIZES[s].bytes < 8); is_signed++)
			for (size_t i = 0; i < COUNT(OFFSETS); i++)
				for (int src = 0; src < 10; src++)
					CHECK(check_load(SIZES[s].size, SIZES[s].bytes, is_signed,
							 (src + 1) % 10, src, OFFSETS[i]));
}

/* src below 0: the immediate. */
static bool check_store(int size, int bytes, int dst, int src, int off, int32_t imm)
{
	struct skep_insn insns[WRAP_COUNT + 1];
	static struct program program;
	struct registers r;
	bool ok = open_one(&program, insns,
			   src < 0 ? insn_of(BPF_ST | BPF_MEM | size, dst, 0, off, imm)
				   : insn_of(BPF_STX | BPF_MEM | size, dst, src, off, 0));

	for (int engine = 0; engine < 2 && ok; engine++) {
		fill(&r);
		r.before[dst] = (uint64_t)(uintptr_t)(area + HALF);
		put_number(expected + HALF + off, bytes,
			   src < 0 ? (uint64_t)(int64_t)imm : r.before[src]);
		run(&program, &r, engine);
		ok = memcmp(r.before, r.after, sizeof(r.before)) == 0 &&
		     memcmp(area, expected, AREA) == 0;
		if (!ok)
			test_note("%s: *(u%d *)(r%d %+d) = r%d or %d: %#llx",
				  engine == 0 ? "interp" : "jit", 8 * bytes, dst, off, src,
				  (int)imm,
				  (unsigned long long)number_at(area + HALF + off, bytes));
	}
	close_program(&program);
	return ok;
}

/* Every pair at one byte is Linux aee194b14dd2: sil and dil need a prefix of their own. */
TEST(stores_of_registers)
{
	for (size_t s = 0; s < COUNT(SIZES); s++)
		for (int dst = 0; dst < 10; dst++)
			for (int src = 0; src < 10; src++)
				for (int k = 0; k < 3; k++)
					CHECK(check_store(SIZES[s].size, SIZES[s].bytes, dst, src,
							  OFFSETS[(dst * 3 + src + 9 * k) % 26],
							  0));
}

TEST(stores_of_immediates)
{
	static const int32_t VALUES[] = { 0, 1, -1, 0x7f, 0x80, 0x8000, 0x12345678, INT32_MIN };

	for (size_t s = 0; s < COUNT(SIZES); s++)
		for (int dst = 0; dst < 10; dst++)
			for (size_t i = 0; i < COUNT(OFFSETS); i++)
				CHECK(check_store(SIZES[s].size, SIZES[s].bytes, dst, -1,
						  OFFSETS[i], VALUES[(i + (size_t)dst) % 8]));
}

/* Through r10, whose low byte register (bpl) is one of those that need a prefix. */
TEST(frame_pointer_stored_by_bytes)
{
	static struct program program;
	uint8_t found[10] = { 0 };
	uint64_t r10;

	CHECK(open_text(&program,
			"*(u64 *)(r1 +0) = r10\n"
			"*(u8 *)(r1 +8) = r10\n"
			"*(u8 *)(r1 +9) = r10\n"
			"r0 = 0\n"
			"exit\n",
			NULL, 0));
	run_jit(&program, found, 0);
	memcpy(&r10, found, sizeof(r10));
	CHECK_EQ(found[8], r10 & 0xff);
	CHECK_EQ(found[9], r10 & 0xff);
	close_program(&program);
}

/* The stack is below r10, as large as the frame, and does not reach into what the caller has. */
TEST(stack_from_end_to_end)
{
	static struct program program;
	char text[16384];
	size_t size = 0;

	for (int off = 8; off <= 512; off += 8)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 "*(u64 *)(r10 -%d) = %d\n", off, off);
	size += (size_t)snprintf(text + size, sizeof(text) - size, "r0 = 0\n");
	for (int off = 8; off <= 512; off += 8)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 "r2 = *(u64 *)(r10 -%d)\nr0 += r2\n", off);
	snprintf(text + size, sizeof(text) - size, "exit\n");
	CHECK(open_text(&program, text, NULL, 0));
	CHECK_EQ(run_interp(&program, NULL, 0), 8 * 64 * 65 / 2);
	CHECK_EQ(run_jit(&program, NULL, 0), 8 * 64 * 65 / 2);
	close_program(&program);
}

TESTS_BEGIN
T(loads)
T(loads_at_every_offset)
T(stores_of_registers)
T(stores_of_immediates)
T(frame_pointer_stored_by_bytes)
T(stack_from_end_to_end)
TESTS_END
