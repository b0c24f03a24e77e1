/* SPDX-License-Identifier: Apache-2.0 */
/* Every conditional jump at both widths, with register and immediate, for every pair of registers,
 * over boundary values: both engines against a model written here, and no register changed. */
#include "engines.h"

struct jump {
	const char *name;
	int code;
};

static const struct jump JUMPS[] = {
	{ "==", 0x10 }, { ">", 0x20 },  { ">=", 0x30 },  { "&", 0x40 },
	{ "!=", 0x50 }, { "s>", 0x60 }, { "s>=", 0x70 }, { "<", 0xa0 },
	{ "<=", 0xb0 }, { "s<", 0xc0 }, { "s<=", 0xd0 },
};

static bool taken(int code, int bits, uint64_t a, uint64_t b)
{
	int64_t sa = (int64_t)a, sb = (int64_t)b;

	if (bits == 32) {
		a &= 0xffffffff;
		b &= 0xffffffff;
		sa = (int32_t)a;
		sb = (int32_t)b;
	}
	switch (code) {
	case 0x10: return a == b;
	case 0x20: return a > b;
	case 0x30: return a >= b;
	case 0x40: return (a & b) != 0;
	case 0x50: return a != b;
	case 0x60: return sa > sb;
	case 0x70: return sa >= sb;
	case 0xa0: return a < b;
	case 0xb0: return a <= b;
	case 0xc0: return sa < sb;
	default: return sa <= sb;
	}
}

/* The jump leaves its mark in memory next to the registers, so that all of them can be compared. */
struct trace {
	struct registers r;
	uint64_t mark;
};

enum { MARK = sizeof(struct registers) };

/* if a op b goto taken; mark = 1; goto out; taken: mark = 2; out: */
static uint32_t make_body(struct skep_insn *body, struct skep_insn jump)
{
	/* r10 - 8 holds the context; a register borrows its address and is put back. */
	const int borrowed = 9;
	uint32_t count = 0;

	body[count++] = insn_of(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -120, 2);
	jump.off = 1;
	body[count++] = jump;
	body[count++] = insn_of(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -120, 1);
	body[count++] = insn_of(BPF_STX | BPF_MEM | BPF_DW, 10, borrowed, -128, 0);
	body[count++] = insn_of(BPF_STX | BPF_MEM | BPF_DW, 10, 8, -136, 0);
	body[count++] = insn_of(BPF_LDX | BPF_MEM | BPF_DW, borrowed, 10, -8, 0);
	body[count++] = insn_of(BPF_LDX | BPF_MEM | BPF_DW, 8, 10, -120, 0);
	body[count++] = insn_of(BPF_STX | BPF_MEM | BPF_DW, borrowed, 8, MARK, 0);
	body[count++] = insn_of(BPF_LDX | BPF_MEM | BPF_DW, 8, 10, -136, 0);
	body[count++] = insn_of(BPF_LDX | BPF_MEM | BPF_DW, borrowed, 10, -128, 0);
	return count;
}

enum { BODY_COUNT = 10 };

static bool agrees(const struct program *program, struct trace *t, bool wanted)
{
	for (int engine = 0; engine < 2; engine++) {
		memset(t->r.after, 0, sizeof(t->r.after));
		t->mark = 0;
		if (engine == 0)
			run_interp(program, t, 0);
		else
			run_jit(program, t, 0);
		if (t->mark != (wanted ? 2u : 1u) ||
		    memcmp(t->r.before, t->r.after, sizeof(t->r.before)) != 0) {
			test_note("%s: mark %d, wanted %d", engine == 0 ? "interp" : "jit",
				  (int)t->mark, wanted ? 2 : 1);
			return false;
		}
	}
	return true;
}

static bool open_jump(struct program *program, struct skep_insn *insns, struct skep_insn jump)
{
	struct skep_insn body[BODY_COUNT];
	const uint32_t count = make_body(body, jump);

	return open_insns(program, insns, wrap(insns, body, count));
}

static void fill(struct trace *t)
{
	for (unsigned i = 0; i < 10; i++)
		t->r.before[i] = 0xc3c3c3c3a5a5a500 + i;
}

static bool check_pair(const struct jump *jump, int bits, int dst, int src)
{
	struct skep_insn insns[WRAP_COUNT + BODY_COUNT];
	static struct program program;
	struct trace t;
	bool ok = open_jump(
		&program, insns,
		insn_of((bits == 64 ? BPF_JMP : BPF_JMP32) | BPF_X | jump->code, dst, src, 0, 0));

	for (size_t i = 0; i < COUNT(BOUNDARY) && ok; i++) {
		for (size_t j = 0; j < COUNT(BOUNDARY) && ok; j++) {
			fill(&t);
			t.r.before[dst] = BOUNDARY[i];
			t.r.before[src] = BOUNDARY[j];
			ok = agrees(&program, &t,
				    taken(jump->code, bits, t.r.before[dst], t.r.before[src]));
			if (!ok)
				test_note("if%d r%d=%#llx %s r%d=%#llx", bits, dst,
					  (unsigned long long)t.r.before[dst], jump->name, src,
					  (unsigned long long)t.r.before[src]);
		}
	}
	close_program(&program);
	return ok;
}

TEST(every_jump_width_and_pair_of_registers)
{
	for (size_t i = 0; i < COUNT(JUMPS); i++)
		for (int bits = 32; bits <= 64; bits += 32)
			for (int dst = 0; dst < 10; dst++)
				for (int src = 0; src < 10; src++)
					CHECK(check_pair(&JUMPS[i], bits, dst, src));
}

static bool check_immediate(const struct jump *jump, int bits, int dst, int32_t imm)
{
	struct skep_insn insns[WRAP_COUNT + BODY_COUNT];
	static struct program program;
	struct trace t;
	bool ok = open_jump(
		&program, insns,
		insn_of((bits == 64 ? BPF_JMP : BPF_JMP32) | BPF_K | jump->code, dst, 0, 0, imm));

	for (size_t i = 0; i < COUNT(BOUNDARY) && ok; i++) {
		/* The immediate itself and its neighbours, where comparisons turn. */
		for (int near = -1; near <= 2 && ok; near++) {
			fill(&t);
			t.r.before[dst] =
				near == 2 ? BOUNDARY[i] : (uint64_t)(int64_t)imm + (uint64_t)near;
			ok = agrees(
				&program, &t,
				taken(jump->code, bits, t.r.before[dst], (uint64_t)(int64_t)imm));
			if (!ok)
				test_note("if%d r%d=%#llx %s %d", bits, dst,
					  (unsigned long long)t.r.before[dst], jump->name,
					  (int)imm);
		}
	}
	close_program(&program);
	return ok;
}

TEST(every_jump_width_register_and_immediate)
{
	for (size_t i = 0; i < COUNT(JUMPS); i++)
		for (int bits = 32; bits <= 64; bits += 32)
			for (int dst = 0; dst < 10; dst++)
				for (size_t k = 0; k < COUNT(IMMEDIATES); k++)
					CHECK(check_immediate(&JUMPS[i], bits, dst, IMMEDIATES[k]));
}

/* JSET with an 8-bit immediate (a byte test on some machines) looks at that byte's bits only, and
 * with a negative one at the sign extension's too. */
TEST(jset_with_byte_immediates)
{
	for (int32_t imm = 0x70; imm <= 0x90; imm++)
		for (int dst = 0; dst < 10; dst++) {
			CHECK(check_immediate(&JUMPS[3], 32, dst, imm));
			CHECK(check_immediate(&JUMPS[3], 64, dst, imm));
			CHECK(check_immediate(&JUMPS[3], 64, dst, -imm));
		}
}

TESTS_BEGIN
T(every_jump_width_and_pair_of_registers)
T(every_jump_width_register_and_immediate)
T(jset_with_byte_immediates)
TESTS_END
