/* SPDX-License-Identifier: Apache-2.0 */
/* Programs made at random, with arithmetic, jumps, stack accesses and atomics: all registers at the
 * end, into which the stack was folded, are the same in the interpreter and in compiled code. The
 * sequence is fixed; a difference prints the seed of its program, which makes it again. */
#include "engines.h"

enum { PROGRAMS = 3000, BODY = 60, SLOTS = 40, BODY_MAX = BODY + 4 * SLOTS };

static uint64_t state;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static uint32_t below(uint32_t limit)
{
	return random32() % limit;
}

static int32_t random_imm(void)
{
	switch (below(4)) {
	case 0: return (int32_t)random32();
	case 1: return (int32_t)below(256) - 128;
	default: return IMMEDIATES[below(COUNT(IMMEDIATES))];
	}
}

static int any_reg(void)
{
	return (int)below(10);
}

static struct skep_insn random_alu(void)
{
	static const uint8_t CODES[] = { 0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
					 0x70, 0x90, 0xa0, 0xb0, 0xc0, 0x80, 0xd0 };
	static const uint8_t WIDTHS[] = { 16, 32, 64 };
	const uint8_t code = CODES[below(COUNT(CODES))];
	const int op_class = below(2) != 0 ? BPF_ALU64 : BPF_ALU;
	const bool divides = code == 0x30 || code == 0x90;

	if (code == 0x80)
		return insn_of(op_class | code, any_reg(), 0, 0, 0);
	if (code == 0xd0)
		return insn_of(op_class == BPF_ALU64 ? 0xd7
			       : below(2) != 0       ? 0xd4
						     : 0xdc,
			       any_reg(), 0, 0, WIDTHS[below(3)]);
	if (code == 0xb0 && below(2) != 0)
		return insn_of(op_class | BPF_X | code, any_reg(), any_reg(), 8 << below(2), 0);
	if (below(2) != 0)
		return insn_of(op_class | BPF_X | code, any_reg(), any_reg(),
			       divides && below(2) != 0, 0);
	return insn_of(op_class | code, any_reg(), 0, divides && below(2) != 0, random_imm());
}

/* Ahead only, so that every program ends. */
static struct skep_insn random_jump(uint32_t ahead)
{
	static const uint8_t CODES[] = { 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
					 0x70, 0xa0, 0xb0, 0xc0, 0xd0 };
	const int code = CODES[below(COUNT(CODES))] | (below(2) != 0 ? BPF_JMP : BPF_JMP32);
	const int off = (int)below(ahead + 1);

	if (below(2) != 0)
		return insn_of(code | BPF_X, any_reg(), any_reg(), off, 0);
	return insn_of(code, any_reg(), 0, off, random_imm());
}

/* Stack below what wrap() uses. */
static struct skep_insn random_access(void)
{
	static const uint8_t SIZES[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	static const int32_t ATOMICS[] = { 0, 1, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1 };
	const uint8_t size = SIZES[below(4)];
	const int off = -128 - 8 * (int)(1 + below(SLOTS));

	switch (below(5)) {
	case 0: return insn_of(BPF_LDX | BPF_MEM | size, any_reg(), 10, off, 0);
	case 1:
		if (size != BPF_DW)
			return insn_of(BPF_LDX | BPF_MEMSX | size, any_reg(), 10, off, 0);
		return insn_of(BPF_ST | BPF_MEM | size, 10, 0, off, random_imm());
	case 2: return insn_of(BPF_STX | BPF_MEM | size, 10, any_reg(), off, 0);
	case 3: return insn_of(BPF_ST | BPF_MEM | size, 10, 0, off, random_imm());
	default:
		return insn_of(BPF_STX | BPF_ATOMIC | (below(2) != 0 ? BPF_W : BPF_DW), 10,
			       any_reg(), off, ATOMICS[below(COUNT(ATOMICS))]);
	}
}

static uint32_t make_body(struct skep_insn *body)
{
	uint32_t count = 0;

	/* The accesses read what this writes. */
	for (int i = 1; i <= SLOTS; i++)
		body[count++] =
			insn_of(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -128 - 8 * i, random_imm());
	for (uint32_t i = 0; i < BODY; i++) {
		const uint32_t kind = below(10);

		if (kind < 5)
			body[count++] = random_alu();
		else if (kind < 8)
			body[count++] = random_access();
		else
			body[count++] = random_jump(BODY - 1 - i);
	}
	/* Folds the stack into r9, through r8. */
	for (int i = 1; i <= SLOTS; i++) {
		body[count++] = insn_of(BPF_LDX | BPF_MEM | BPF_DW, 8, 10, -128 - 8 * i, 0);
		body[count++] = insn_of(BPF_ALU64 | BPF_K | BPF_MUL, 9, 0, 0, 31);
		body[count++] = insn_of(BPF_ALU64 | BPF_X | BPF_ADD, 9, 8, 0, 0);
	}
	return count;
}

static bool same_on_both(const struct program *program, uint64_t seed)
{
	struct registers interp, jit;

	for (unsigned i = 0; i < 10; i++)
		interp.before[i] = below(2) != 0 ? BOUNDARY[below(COUNT(BOUNDARY))]
						 : (uint64_t)random32() << 32 | random32();
	memset(interp.after, 0, sizeof(interp.after));
	jit = interp;
	run_interp(program, &interp, 0);
	run_jit(program, &jit, 0);
	for (int i = 0; i < 10; i++) {
		if (interp.after[i] == jit.after[i])
			continue;
		test_note("seed %llu: r%d is %#llx in the interpreter, %#llx compiled",
			  (unsigned long long)seed, i, (unsigned long long)interp.after[i],
			  (unsigned long long)jit.after[i]);
		return false;
	}
	return true;
}

TEST(both_engines_agree)
{
	static struct program program;

	for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
		struct skep_insn body[BODY_MAX], insns[WRAP_COUNT + BODY_MAX];
		uint32_t count;
		bool ok = true;

		state = seed * 0x9e3779b97f4a7c15;
		count = make_body(body);
		CHECK(open_insns(&program, insns, wrap(insns, body, count)));
		for (int round = 0; round < 8 && ok; round++)
			ok = same_on_both(&program, seed);
		close_program(&program);
		CHECK(ok);
	}
}

TESTS_BEGIN
T(both_engines_agree)
TESTS_END
