/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs, made of the pieces real ones are made of and close to the bounds of what may be
 * accepted: about every third is. They run in the world of world.h.
 */
#ifndef SKEP_TEST_VERIFY_DRAFTS_H
#define SKEP_TEST_VERIFY_DRAFTS_H

#include "harness.h"
#include "world.h"

enum { DRAFT_INSNS_MAX = 256 };

static uint64_t dice_state = 88172645463325252u;

static uint32_t dice(uint32_t sides)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (uint32_t)((dice_state * 0x2545f4914f6cdd1du) >> 33) % sides;
}

/* A program in the making, with a guess of what each register holds. */
enum guess { NOTHING, NUMBER, CTX, PACKET, END, STACK, VALUE, MAYBE };

struct draft {
	struct skep_insn insns[DRAFT_INSNS_MAX];
	uint32_t count;
	uint8_t guess[10];
	int16_t leave[64]; /* jumps to the end, to be patched */
	unsigned leave_count;
};

static void emit(struct draft *draft, unsigned code, unsigned dst, unsigned src, int off,
		 int32_t imm)
{
	if (draft->count < DRAFT_INSNS_MAX - 16)
		draft->insns[draft->count++] = (struct skep_insn){ .code = (uint8_t)code,
								   .dst_reg = (uint8_t)(dst & 15),
								   .src_reg = (uint8_t)(src & 15),
								   .off = (int16_t)off,
								   .imm = imm };
}

static unsigned any_reg(const struct draft *draft, enum guess wanted)
{
	const unsigned start = dice(10);

	for (unsigned i = 0; i < 10; i++)
		if (draft->guess[(start + i) % 10] == wanted)
			return (start + i) % 10;
	return 10;
}

static int32_t some_imm(void)
{
	static const int32_t EDGES[] = { 0,  1,   -1,  7,  8,     15,    16,        31,
					 32, 33,  63,  64, 255,   4095,  -8,        -16,
					 4,  127, 128, 14, 65527, 65528, INT32_MAX, INT32_MIN };

	const uint32_t edge = (uint32_t)EDGES[dice(SKEP_COUNT(EDGES))];

	/* Often exactly there, at times one before or after. */
	return (int32_t)(dice(4) == 0 ? edge + dice(3) - 1 : edge);
}

static void leave_if(struct draft *draft, unsigned code, unsigned dst, unsigned src, int32_t imm)
{
	if (draft->leave_count == 64)
		return;
	draft->leave[draft->leave_count++] = (int16_t)draft->count;
	emit(draft, code, dst, src, 0, imm);
}

static void add_number(struct draft *draft)
{
	static const uint8_t OPS[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,   BPF_AND,
				       BPF_LSH, BPF_RSH, BPF_MOD, BPF_XOR, BPF_ARSH, BPF_AND };
	const unsigned a = any_reg(draft, NUMBER), b = any_reg(draft, NUMBER);
	const unsigned class = dice(2) ? BPF_ALU64 : BPF_ALU;
	const uint8_t op = OPS[dice(SKEP_COUNT(OPS))];
	int32_t imm = some_imm();

	if (a > 9)
		return;
	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		imm = (int32_t)dice(class == BPF_ALU ? 32 : 64);
	if ((op == BPF_DIV || op == BPF_MOD) && imm == 0)
		imm = 3;
	if (dice(3) == 0)
		emit(draft, class | op | BPF_X, a, b, (op == BPF_DIV || op == BPF_MOD) && dice(2),
		     0);
	else
		emit(draft, class | op | BPF_K, a, 0, (op == BPF_DIV || op == BPF_MOD) && dice(2),
		     imm);
}

static void add_move(struct draft *draft)
{
	static const int16_t WIDTHS[] = { 0, 0, 0, 8, 16, 32 };
	const unsigned from = any_reg(draft, NUMBER), to = dice(10);
	const int16_t width = WIDTHS[dice(SKEP_COUNT(WIDTHS))];

	if (from > 9 || to == 6)
		return;
	draft->guess[to] = NUMBER;
	emit(draft, (dice(2) || width == 32 ? BPF_ALU64 : BPF_ALU) | BPF_MOV | BPF_X, to, from,
	     width, 0);
}

static void add_field(struct draft *draft)
{
	static const uint8_t OFFSETS[] = { 12, 16, 24, 0, 4, 0, 4 };
	static const uint8_t GUESSES[] = { NUMBER, NUMBER, NUMBER, PACKET, END, PACKET, END };
	const unsigned to = dice(10), which = dice(SKEP_COUNT(OFFSETS));

	if (to == 6)
		return;
	draft->guess[to] = GUESSES[which];
	emit(draft, BPF_LDX | BPF_MEM | (OFFSETS[which] == 24 ? BPF_DW : BPF_W), to, 6,
	     OFFSETS[which], 0);
}

static void add_bound(struct draft *draft)
{
	static const uint8_t OPS[] = { BPF_JGT,  BPF_JGE,  BPF_JLT, BPF_JLE, BPF_JSGT, BPF_JSGE,
				       BPF_JSLT, BPF_JSLE, BPF_JEQ, BPF_JNE, BPF_JSET };
	const unsigned a = any_reg(draft, NUMBER), b = any_reg(draft, NUMBER);
	const unsigned class = dice(3) ? BPF_JMP : BPF_JMP32;

	if (a > 9)
		return;
	if (dice(4) == 0 && a != b)
		leave_if(draft, class | OPS[dice(SKEP_COUNT(OPS))] | BPF_X, a, b, 0);
	else if (dice(2))
		leave_if(draft, class | OPS[dice(8)] | BPF_K, a, 0, some_imm());
	else
		leave_if(draft, BPF_JMP | BPF_JGT | BPF_K, a, 0, (int32_t)dice(64));
}

static void add_packet_check(struct draft *draft)
{
	static const uint8_t OPS[] = { BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE };
	const unsigned p = any_reg(draft, PACKET), e = any_reg(draft, END), t = dice(6);
	const unsigned op = dice(3) ? BPF_JGT : OPS[dice(4)];

	if (p > 9 || e > 9 || t == p || t == e)
		return;
	emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, t, p, 0, 0);
	emit(draft, BPF_ALU64 | BPF_ADD | BPF_K, t, 0, 0, (int32_t)dice(24));
	draft->guess[t] = PACKET;
	if (dice(4))
		leave_if(draft, BPF_JMP | op | BPF_X, t, e, 0);
	else
		leave_if(draft, BPF_JMP | (op == BPF_JGT ? BPF_JLT : op) | BPF_X, e, t, 0);
}

static void after_call(struct draft *draft, enum guess result)
{
	memset(draft->guess, NOTHING, 6);
	draft->guess[0] = (uint8_t)result;
}

/* A packet pointer, moved and checked in any of the ways there are, and an access near its limit.
 * r7 is the pointer, r8 another with the same start, r4 what is compared. */
static void add_packet_case(struct draft *draft)
{
	static const uint8_t OPS[] = { BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE, BPF_JEQ, BPF_JNE };
	const int32_t length = (int32_t)(1 + dice(16));
	const int size = 1 << dice(4);
	const unsigned number = any_reg(draft, NUMBER), op = OPS[dice(6)];
	const bool turned = dice(2) != 0, meta = dice(4) == 0;

	emit(draft, BPF_LDX | BPF_MEM | BPF_W, 7, 6, meta ? 8 : 0, 0);
	emit(draft, BPF_LDX | BPF_MEM | BPF_W, 5, 6, meta ? 0 : 4, 0);
	emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 8, 7, 0, 0);
	if (number < 7 && number != 5 && dice(2)) {
		emit(draft, BPF_ALU64 | BPF_AND | BPF_K, number, 0, 0, 15);
		emit(draft, BPF_ALU64 | BPF_ADD | BPF_X, 7, number, 0, 0);
		if (dice(2))
			emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 8, 7, 0, 0);
	}
	emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 4, 7, 0, 0);
	emit(draft, BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, length);
	if (dice(4))
		leave_if(draft, BPF_JMP | op | BPF_X, turned ? 5 : 4, turned ? 4 : 5, 0);
	else
		emit(draft, BPF_JMP | op | BPF_X, turned ? 5 : 4, turned ? 4 : 5, 1, 0);
	if (dice(16) == 0) {
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 4);
		emit(draft, BPF_JMP | BPF_CALL, 0, 0, 0, 44);
	}
	emit(draft,
	     BPF_LDX | BPF_MEM |
		     (size == 1   ? BPF_B
		      : size == 2 ? BPF_H
		      : size == 4 ? BPF_W
				  : BPF_DW),
	     0, dice(2) ? 7 : 8, length - size + (int)dice(3) - 1 + (dice(8) == 0), 0);
	after_call(draft, NUMBER);
	draft->guess[7] = draft->guess[8] = PACKET;
}

static void add_pointer(struct draft *draft)
{
	static const uint8_t KINDS[] = { PACKET, STACK, VALUE };
	const enum guess kind = KINDS[dice(3)];
	const unsigned p = any_reg(draft, kind), n = any_reg(draft, NUMBER);

	if (p > 9)
		return;
	if (n <= 9 && dice(2))
		emit(draft, BPF_ALU64 | (dice(5) ? BPF_ADD : BPF_SUB) | BPF_X, p, n, 0, 0);
	else
		emit(draft, BPF_ALU64 | BPF_ADD | BPF_K, p, 0, 0, (int32_t)dice(40) - 20);
}

static void add_value(struct draft *draft)
{
	const unsigned to = dice(10);

	if (to == 6)
		return;
	draft->guess[to] = dice(3) ? VALUE : STACK;
	if (draft->guess[to] == STACK) {
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, to, BPF_REG_FP, 0, 0);
		emit(draft, BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, -8 * (int32_t)(1 + dice(4)));
		return;
	}
	emit(draft, BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_VALUE, 0,
	     dice(4) ? MAP_GLOBALS : MAP_CONSTANTS);
	emit(draft, 0, 0, 0, 0, (int32_t)dice(16));
}

static void add_access(struct draft *draft)
{
	static const uint8_t KINDS[] = { PACKET, STACK, VALUE, STACK, VALUE };
	static const uint8_t SIZES[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	const unsigned p = dice(6) == 0 ? 10u : any_reg(draft, (enum guess)KINDS[dice(5)]);
	const unsigned n = any_reg(draft, NUMBER), size = SIZES[dice(4)];
	const int off = p == 10 ? -(int)(1 + dice(40)) : (int)dice(36) - 4;
	unsigned to = dice(10);

	if (p > 10 || n > 9)
		return;
	switch (dice(5)) {
	case 0: emit(draft, BPF_STX | BPF_MEM | size, p, dice(8) ? n : 6, off, 0); break;
	case 1: emit(draft, BPF_ST | BPF_MEM | size, p, 0, off, some_imm()); break;
	case 2:
		if (dice(2)) {
			emit(draft, BPF_STX | BPF_ATOMIC | (dice(2) ? BPF_W : BPF_DW), p, n,
			     off & ~7, dice(2) ? BPF_ADD : BPF_OR | BPF_FETCH);
			break;
		}
		/* fall through */
	default:
		to = to == 6 || to == p ? n : to;
		draft->guess[to] = NUMBER;
		emit(draft, BPF_LDX | (size != BPF_DW && dice(4) == 0 ? BPF_MEMSX : BPF_MEM) | size,
		     to, p, off, 0);
		break;
	}
}

/* Fills the stack, so that it can be read. */
static void add_fill(struct draft *draft)
{
	for (int at = -8; at >= -40; at -= 8)
		emit(draft, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_FP, 0, at, at);
}

static void add_call(struct draft *draft)
{
	const unsigned value = any_reg(draft, VALUE);

	switch (dice(6)) {
	case 0:
		emit(draft, BPF_JMP | BPF_CALL, 0, 0, 0, 5);
		after_call(draft, NUMBER);
		break;
	case 1: /* lookup, then null check */
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 2, BPF_REG_FP, 0, 0);
		emit(draft, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -8);
		emit(draft, BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, MAP_TABLE);
		emit(draft, 0, 0, 0, 0, 0);
		emit(draft, BPF_JMP | BPF_CALL, 0, 0, 0, 1);
		after_call(draft, VALUE);
		if (dice(8))
			leave_if(draft, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0);
		break;
	case 2: /* a buffer of a size from a register */
		if (value > 9 || any_reg(draft, NUMBER) > 9)
			return;
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 2, any_reg(draft, NUMBER), 0, 0);
		if (value == 2)
			return;
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 1, value, 0, 0);
		if (dice(2)) {
			emit(draft, BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, (int32_t)dice(16));
			emit(draft, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, 1);
		}
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0);
		emit(draft, BPF_JMP | BPF_CALL, 0, 0, 0, dice(2) ? 7 : 6);
		after_call(draft, NUMBER);
		break;
	case 3: /* the packet moves */
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 4);
		emit(draft, BPF_JMP | BPF_CALL, 0, 0, 0, 44);
		after_call(draft, NUMBER);
		for (unsigned reg = 7; reg < 10; reg++)
			if ((draft->guess[reg] == PACKET || draft->guess[reg] == END) && dice(2))
				draft->guess[reg] = NOTHING;
		break;
	case 4: /* a record, written and given back */
		emit(draft, BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, MAP_RING);
		emit(draft, 0, 0, 0, 0, 0);
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 16);
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0);
		emit(draft, BPF_JMP | BPF_CALL, 0, 0, 0, 131);
		leave_if(draft, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0);
		emit(draft, BPF_ST | BPF_MEM | BPF_DW, 0, 0, (int)dice(10), 3);
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, 0, 0);
		emit(draft, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0);
		emit(draft, BPF_JMP | BPF_CALL, 0, 0, 0, 132);
		after_call(draft, NOTHING);
		break;
	default: /* spilled and filled */
		if (value > 9)
			return;
		emit(draft, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_FP, value, -40, 0);
		emit(draft, BPF_LDX | BPF_MEM | BPF_DW, dice(2) ? value : 7, BPF_REG_FP, -40, 0);
		break;
	}
}

static void add_piece(struct draft *draft);

/* A piece that is skipped on a condition, so that paths join again. */
static void add_fork(struct draft *draft)
{
	const unsigned a = any_reg(draft, NUMBER);
	const uint32_t from = draft->count;
	uint8_t guess[10];

	if (a > 9)
		return;
	emit(draft, BPF_JMP | BPF_JSET | BPF_K, a, 0, 0, 1 << dice(8));
	memcpy(guess, draft->guess, sizeof(guess));
	for (uint32_t pieces = 1 + dice(3); pieces > 0; pieces--)
		add_piece(draft);
	for (unsigned reg = 0; reg < 10; reg++)
		if (guess[reg] != draft->guess[reg] && dice(8))
			draft->guess[reg] = NOTHING;
	if (draft->count > from)
		draft->insns[from].off = (int16_t)(draft->count - from - 1);
}

/* A piece done a few times, counted in r9. */
static void add_loop(struct draft *draft)
{
	uint32_t from;

	emit(draft, BPF_ALU64 | BPF_MOV | BPF_K, 9, 0, 0, 0);
	from = draft->count;
	draft->guess[9] = NUMBER;
	for (uint32_t pieces = 1 + dice(4); pieces > 0; pieces--)
		add_piece(draft);
	emit(draft, BPF_ALU64 | BPF_ADD | BPF_K, 9, 0, 0, 1);
	emit(draft, BPF_JMP | BPF_JLT | BPF_K, 9, 0, (int)from - (int)draft->count - 1,
	     (int32_t)(1 + dice(20)));
	draft->guess[9] = NUMBER;
}

static void add_piece(struct draft *draft)
{
	switch (dice(24)) {
	case 0:
	case 1:
	case 2:
	case 3: add_number(draft); break;
	case 4:
	case 5: add_move(draft); break;
	case 6:
	case 7: add_field(draft); break;
	case 8:
	case 9:
	case 10: add_bound(draft); break;
	case 11:
	case 12: add_packet_check(draft); break;
	case 13:
	case 14: add_pointer(draft); break;
	case 15: add_value(draft); break;
	case 18:
	case 19: add_packet_case(draft); break;
	case 16: add_call(draft); break;
	case 17: add_fork(draft); break;
	default: add_access(draft); break;
	}
}

static void draft_program(struct draft *draft)
{
	memset(draft, 0, sizeof(*draft));
	emit(draft, BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0);
	draft->guess[6] = CTX;
	add_fill(draft);
	add_field(draft);
	add_value(draft);
	for (uint32_t pieces = 4 + dice(12); pieces > 0; pieces--)
		add_piece(draft);
	if (dice(4) == 0)
		add_loop(draft);
	for (unsigned i = 0; i < draft->leave_count; i++) {
		const int16_t at = draft->leave[i];

		if ((uint32_t)at < draft->count)
			draft->insns[at].off = (int16_t)((int)draft->count - at - 1);
	}
	draft->insns[draft->count++] = (struct skep_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	draft->insns[draft->count++] = (struct skep_insn){ .code = BPF_JMP | BPF_EXIT };
}

/* For the one that something is wrong with. */
static void draft_print(const struct draft *draft)
{
	char text[128];

	for (uint32_t at = 0; at < draft->count;) {
		const uint32_t slots =
			skep_isa_disasm(draft->insns, draft->count, at, NULL, text, sizeof(text));

		test_note("%3u: %s", (unsigned)at, text);
		at += slots;
	}
}

#endif
