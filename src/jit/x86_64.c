/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64, System V convention. Operations in, machine code out; every value has its fixed register,
 * laid out so that calls need no moves. r9, r10 and r11 hold nothing between operations.
 *
 * Encodings: Intel SDM volume 2. Writing a 32-bit register clears its upper half, which is what
 * operations of 32 bits want.
 */
#include "base/bytes.h"
#include "jit/backend.h"

#if defined(__x86_64__)
#define NATIVE true
#else
#define NATIVE false
#endif

enum {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	ENV = R12,
	ALU_ADD = 0, /* the /digit of group 1; times 8 the opcode of the register form */
	ALU_OR = 1,
	ALU_AND = 4,
	ALU_SUB = 5,
	ALU_XOR = 6,
	ALU_CMP = 7,
	LOCK = 0xf0,
};

static const uint32_t ENDBR64 = 0xfa1e0ff3; /* f3 0f 1e fa */

/* Condition codes, low nibble of jcc. */
enum {
	CC_B = 2,
	CC_AE = 3,
	CC_E = 4,
	CC_NE = 5,
	CC_BE = 6,
	CC_A = 7,
	CC_L = 12,
	CC_GE = 13,
	CC_LE = 14,
	CC_G = 15,
};

static bool fits8(int64_t x)
{
	return x >= INT8_MIN && x <= INT8_MAX;
}

/* Operand-size prefix, REX and opcode (two bytes with 0x0f before it). spl, bpl, sil and dil, which
 * byte operations reach only with a REX, are asked for with `byte`, the register in question. */
static void put_opcode(struct skep_asm *code, unsigned bits, unsigned opcode, unsigned reg,
		       unsigned rm, unsigned byte)
{
	const unsigned rex = 0x40u | (bits == 64 ? 8u : 0) | (reg >> 3) << 2 | rm >> 3;

	if (bits == 16)
		skep_asm_put8(code, 0x66);
	if (rex != 0x40 || (byte >= RSP && byte <= RDI))
		skep_asm_put8(code, (uint8_t)rex);
	if (opcode > 0xff)
		skep_asm_put8(code, (uint8_t)(opcode >> 8));
	skep_asm_put8(code, (uint8_t)opcode);
}

/* opcode with two registers; `reg` may be a /digit. */
static void put_rr(struct skep_asm *code, unsigned bits, unsigned opcode, unsigned reg, unsigned rm)
{
	put_opcode(code, bits, opcode, reg, rm, 0);
	skep_asm_put8(code, (uint8_t)(0xc0 | (reg & 7) << 3 | (rm & 7)));
}

/* The same with an 8-bit register as rm. */
static void put_rr8(struct skep_asm *code, unsigned bits, unsigned opcode, unsigned reg,
		    unsigned rm)
{
	put_opcode(code, bits, opcode, reg, rm, rm);
	skep_asm_put8(code, (uint8_t)(0xc0 | (reg & 7) << 3 | (rm & 7)));
}

static void put_address(struct skep_asm *code, unsigned reg, unsigned base, int32_t off)
{
	/* rbp and r13 without displacement mean something else; rsp and r12 need a SIB byte. */
	const unsigned mod = off == 0 && (base & 7) != RBP ? 0 : fits8(off) ? 1 : 2;

	skep_asm_put8(code, (uint8_t)(mod << 6 | (reg & 7) << 3 | (base & 7)));
	if ((base & 7) == RSP)
		skep_asm_put8(code, 0x24);
	if (mod == 1)
		skep_asm_put8(code, (uint8_t)off);
	else if (mod == 2)
		skep_asm_put32(code, (uint32_t)off);
}

/* opcode with a register and memory; `byte` as in put_opcode(). */
static void put_rm(struct skep_asm *code, unsigned bits, unsigned opcode, unsigned reg,
		   unsigned base, int32_t off, unsigned byte)
{
	put_opcode(code, bits, opcode, reg, base, byte);
	put_address(code, reg, base, off);
}

/* Always does something at 32 bits: it clears the upper half. */
static void put_mov(struct skep_asm *code, unsigned bits, unsigned dst, unsigned src)
{
	if (bits != 64 || dst != src)
		put_rr(code, bits, 0x89, src, dst);
}

static void put_const(struct skep_asm *code, unsigned dst, uint64_t value)
{
	if (value == 0) {
		put_rr(code, 32, 0x31, dst, dst);
	} else if (value <= UINT32_MAX) {
		put_opcode(code, 32, 0xb8 | (dst & 7), 0, dst, 0);
		skep_asm_put32(code, (uint32_t)value);
	} else if ((int64_t)value >= INT32_MIN && (int64_t)value < 0) {
		put_rr(code, 64, 0xc7, 0, dst);
		skep_asm_put32(code, (uint32_t)value);
	} else {
		put_opcode(code, 64, 0xb8 | (dst & 7), 0, dst, 0);
		skep_asm_put64(code, value);
	}
}

static void put_push(struct skep_asm *code, unsigned reg)
{
	put_opcode(code, 32, 0x50 | (reg & 7), 0, reg, 0);
}

static void put_pop(struct skep_asm *code, unsigned reg)
{
	put_opcode(code, 32, 0x58 | (reg & 7), 0, reg, 0);
}

/* Group 1 (add, or, and, sub, xor, cmp) with an immediate. */
static void put_group1(struct skep_asm *code, unsigned bits, unsigned digit, unsigned dst,
		       int32_t imm)
{
	if (fits8(imm)) {
		put_rr(code, bits, 0x83, digit, dst);
		skep_asm_put8(code, (uint8_t)imm);
	} else if (dst == RAX) {
		put_opcode(code, bits, digit << 3 | 5, 0, 0, 0);
		skep_asm_put32(code, (uint32_t)imm);
	} else {
		put_rr(code, bits, 0x81, digit, dst);
		skep_asm_put32(code, (uint32_t)imm);
	}
}

/* Short jumps within one operation: a hole, and the place it leads to. */
static uint32_t put_hole(struct skep_asm *code, unsigned opcode)
{
	skep_asm_put8(code, (uint8_t)opcode);
	skep_asm_put8(code, 0);
	return code->size;
}

static void land(struct skep_asm *code, uint32_t hole)
{
	skep_asm_patch8(code, hole - 1, (uint8_t)(code->size - hole));
}

enum { JMP_SHORT = 0xeb, JCC_SHORT = 0x70, JCC_NEAR = 0x0f80 };

/* ----------------------------------------------------------------------------- arithmetic */

/* add and sub of 128 are shorter as sub and add of -128. */
static void put_add(struct skep_asm *code, const struct skep_ir_op *op, bool subtract)
{
	if (op->imm == 128)
		put_group1(code, op->bits, subtract ? ALU_ADD : ALU_SUB, op->dst, -128);
	else
		put_group1(code, op->bits, subtract ? ALU_SUB : ALU_ADD, op->dst, op->imm);
}

static void put_and(struct skep_asm *code, const struct skep_ir_op *op)
{
	/* A mask without sign clears the upper half, which the 32-bit form does unasked. */
	const unsigned bits = op->imm >= 0 ? 32 : op->bits;

	if (op->imm == 0xff)
		put_rr8(code, 32, 0x0fb6, op->dst, op->dst);
	else if (op->imm == 0xffff)
		put_rr(code, 32, 0x0fb7, op->dst, op->dst);
	else
		put_group1(code, bits, ALU_AND, op->dst, op->imm);
}

static void put_mul_imm(struct skep_asm *code, const struct skep_ir_op *op)
{
	const bool is_short = fits8(op->imm);

	put_rr(code, op->bits, is_short ? 0x6b : 0x69, op->dst, op->dst);
	if (is_short)
		skep_asm_put8(code, (uint8_t)op->imm);
	else
		skep_asm_put32(code, (uint32_t)op->imm);
}

static void put_shift_imm(struct skep_asm *code, unsigned bits, unsigned digit, unsigned dst,
			  unsigned count)
{
	if (count == 0) {
		put_mov(code, bits, dst, dst);
	} else if (count == 1) {
		put_rr(code, bits, 0xd1, digit, dst);
	} else {
		put_rr(code, bits, 0xc1, digit, dst);
		skep_asm_put8(code, (uint8_t)count);
	}
}

static void put_mul_power(struct skep_asm *code, const struct skep_ir_op *op)
{
	unsigned count = 0;

	while (op->imm >> count != 1)
		count++;
	put_shift_imm(code, op->bits, 4, op->dst, count);
}

/* dst op= imm */
static void put_binary_imm(struct skep_asm *code, const struct skep_ir_op *op)
{
	const bool nothing = op->imm == 0 && op->op != SKEP_IR_MUL && op->op != SKEP_IR_AND;

	if (nothing) {
		put_mov(code, op->bits, op->dst, op->dst);
		return;
	}
	if (op->imm == 0) {
		put_const(code, op->dst, 0);
		return;
	}
	switch (op->op) {
	case SKEP_IR_ADD: put_add(code, op, false); break;
	case SKEP_IR_SUB: put_add(code, op, true); break;
	case SKEP_IR_AND: put_and(code, op); break;
	case SKEP_IR_OR: put_group1(code, op->bits, ALU_OR, op->dst, op->imm); break;
	case SKEP_IR_XOR: put_group1(code, op->bits, ALU_XOR, op->dst, op->imm); break;
	default:
		if (op->imm > 0 && (op->imm & (op->imm - 1)) == 0)
			put_mul_power(code, op);
		else
			put_mul_imm(code, op);
		break;
	}
}

/* dst op= b */
static void put_binary_reg(struct skep_asm *code, const struct skep_ir_op *op)
{
	switch (op->op) {
	case SKEP_IR_ADD: put_rr(code, op->bits, ALU_ADD << 3 | 1, op->b, op->dst); break;
	case SKEP_IR_SUB: put_rr(code, op->bits, ALU_SUB << 3 | 1, op->b, op->dst); break;
	case SKEP_IR_AND: put_rr(code, op->bits, ALU_AND << 3 | 1, op->b, op->dst); break;
	case SKEP_IR_OR: put_rr(code, op->bits, ALU_OR << 3 | 1, op->b, op->dst); break;
	case SKEP_IR_XOR: put_rr(code, op->bits, ALU_XOR << 3 | 1, op->b, op->dst); break;
	default: put_rr(code, op->bits, 0x0faf, op->dst, op->b); break;
	}
}

static void put_binary(struct skep_asm *code, const struct skep_ir_op *op)
{
	if (op->b == SKEP_IR_IMM)
		put_binary_imm(code, op);
	else
		put_binary_reg(code, op);
}

/* The count of a shift by a register is in cl, so rcx makes room for it. */
static void put_shift(struct skep_asm *code, const struct skep_ir_op *op)
{
	const unsigned digit = op->op == SKEP_IR_SHL ? 4 : op->op == SKEP_IR_SHR ? 5 : 7;
	const unsigned shifted = op->dst == RCX ? R11 : op->dst;

	if (op->b == SKEP_IR_IMM) {
		put_shift_imm(code, op->bits, digit, op->dst, (unsigned)op->imm);
		return;
	}
	if (op->b == RCX) {
		put_rr(code, op->bits, 0xd3, digit, op->dst);
		return;
	}
	put_mov(code, 64, R11, RCX);
	put_mov(code, 32, RCX, op->b);
	put_rr(code, op->bits, 0xd3, digit, shifted);
	put_mov(code, 64, RCX, R11);
}

/* dst / divisor, or the remainder, where the machine can divide. It takes rdx:rax and gives the
 * quotient in rax and the remainder in rdx; those of the two that are not dst are kept in r10 and
 * r9. */
static void put_divide(struct skep_asm *code, const struct skep_ir_op *op, unsigned divisor)
{
	const bool is_signed = op->op == SKEP_IR_SDIV || op->op == SKEP_IR_SMOD;
	const bool is_modulo = op->op == SKEP_IR_UMOD || op->op == SKEP_IR_SMOD;

	if (op->dst != RAX) {
		put_mov(code, 64, R10, RAX);
		put_mov(code, 64, RAX, op->dst);
	}
	if (op->dst != RDX)
		put_mov(code, 64, R9, RDX);
	if (is_signed)
		put_opcode(code, op->bits, 0x99, 0, 0, 0);
	else
		put_const(code, RDX, 0);
	put_rr(code, op->bits, 0xf7, is_signed ? 7 : 6, divisor);
	put_mov(code, 64, op->dst, is_modulo ? RDX : RAX);
	if (op->dst != RAX)
		put_mov(code, 64, RAX, R10);
	if (op->dst != RDX)
		put_mov(code, 64, RDX, R9);
}

/* Division by a register first asks for the divisors that the machine traps on. */
static void put_division(struct skep_asm *code, const struct skep_ir_op *op)
{
	const bool is_signed = op->op == SKEP_IR_SDIV || op->op == SKEP_IR_SMOD;
	const bool is_modulo = op->op == SKEP_IR_UMOD || op->op == SKEP_IR_SMOD;
	uint32_t to_divide, zero_done, minus_done = 0;

	if (op->b == SKEP_IR_IMM) {
		put_const(code, R11, op->bits == 64 ? (uint64_t)op->imm : (uint32_t)op->imm);
		put_divide(code, op, R11);
		return;
	}
	put_rr(code, op->bits, 0x85, op->b, op->b);
	if (is_modulo && op->bits == 64) { /* dst stays */
		zero_done = put_hole(code, JCC_SHORT | CC_E);
	} else {
		to_divide = put_hole(code, JCC_SHORT | CC_NE);
		if (is_modulo)
			put_mov(code, 32, op->dst, op->dst);
		else
			put_const(code, op->dst, 0);
		zero_done = put_hole(code, JMP_SHORT);
		land(code, to_divide);
	}
	if (is_signed) {
		put_group1(code, op->bits, ALU_CMP, op->b, -1);
		to_divide = put_hole(code, JCC_SHORT | CC_NE);
		if (is_modulo)
			put_const(code, op->dst, 0);
		else
			put_rr(code, op->bits, 0xf7, 3, op->dst);
		minus_done = put_hole(code, JMP_SHORT);
		land(code, to_divide);
	}
	if (op->b == RAX || op->b == RDX) {
		put_mov(code, 64, R11, op->b);
		put_divide(code, op, R11);
	} else {
		put_divide(code, op, op->b);
	}
	land(code, zero_done);
	if (is_signed)
		land(code, minus_done);
}

static void put_swap(struct skep_asm *code, const struct skep_ir_op *op)
{
	if (op->bits == 16) {
		put_rr(code, 16, 0xc1, 0, op->dst);
		skep_asm_put8(code, 8);
		put_rr(code, 32, 0x0fb7, op->dst, op->dst);
		return;
	}
	put_opcode(code, op->bits, 0x0fc8 | (op->dst & 7u), 0, op->dst, 0);
}

static void put_sign_extend(struct skep_asm *code, const struct skep_ir_op *op)
{
	switch (op->from) {
	case 8: put_rr8(code, op->bits, 0x0fbe, op->dst, op->a); break;
	case 16: put_rr(code, op->bits, 0x0fbf, op->dst, op->a); break;
	default: put_rr(code, op->bits, 0x63, op->dst, op->a); break;
	}
}

/* --------------------------------------------------------------------------------- memory */

static void put_load(struct skep_asm *code, const struct skep_ir_op *op)
{
	switch (op->bits) {
	case 8: put_rm(code, 32, 0x0fb6, op->dst, op->a, op->off, 0); break;
	case 16: put_rm(code, 32, 0x0fb7, op->dst, op->a, op->off, 0); break;
	default: put_rm(code, op->bits, 0x8b, op->dst, op->a, op->off, 0); break;
	}
}

static void put_load_signed(struct skep_asm *code, const struct skep_ir_op *op)
{
	switch (op->bits) {
	case 8: put_rm(code, 64, 0x0fbe, op->dst, op->a, op->off, 0); break;
	case 16: put_rm(code, 64, 0x0fbf, op->dst, op->a, op->off, 0); break;
	default: put_rm(code, 64, 0x63, op->dst, op->a, op->off, 0); break;
	}
}

static void put_store(struct skep_asm *code, const struct skep_ir_op *op)
{
	const unsigned wide = op->bits == 8 ? 0 : 1;

	if (op->b != SKEP_IR_IMM) {
		put_rm(code, op->bits, 0x88 | wide, op->b, op->a, op->off,
		       op->bits == 8 ? op->b : 0);
		return;
	}
	put_rm(code, op->bits, 0xc6 | wide, 0, op->a, op->off, 0);
	switch (op->bits) {
	case 8: skep_asm_put8(code, (uint8_t)op->imm); break;
	case 16: skep_asm_put16(code, (uint16_t)op->imm); break;
	default: skep_asm_put32(code, (uint32_t)op->imm); break;
	}
}

static unsigned alu_digit(uint8_t kind)
{
	switch (kind) {
	case SKEP_IR_ATOMIC_ADD: return ALU_ADD;
	case SKEP_IR_ATOMIC_OR:
	case SKEP_IR_ATOMIC_FETCH_OR: return ALU_OR;
	case SKEP_IR_ATOMIC_AND:
	case SKEP_IR_ATOMIC_FETCH_AND: return ALU_AND;
	default: return ALU_XOR;
	}
}

static void put_locked(struct skep_asm *code, const struct skep_ir_op *op, unsigned opcode)
{
	skep_asm_put8(code, LOCK);
	put_rm(code, op->bits, opcode, op->b, op->a, op->off, 0);
}

/* and, or and xor that give the old value: tried until memory still holds what was loaded. The loop
 * works in rax and r11; rax as base or operand is read from copies, and kept in r10 if it is not
 * the result. */
static void put_fetch_loop(struct skep_asm *code, const struct skep_ir_op *op)
{
	const unsigned base = op->a == RAX ? R9 : op->a;
	const unsigned operand = op->b == RAX ? R10 : op->b;
	uint32_t again;

	if (op->a == RAX)
		put_mov(code, 64, R9, RAX);
	put_mov(code, 64, R10, RAX);
	put_rm(code, op->bits, 0x8b, RAX, base, op->off, 0);
	again = code->size;
	put_mov(code, 64, R11, RAX);
	put_rr(code, op->bits, alu_digit(op->op) << 3 | 1, operand, R11);
	skep_asm_put8(code, LOCK);
	put_rm(code, op->bits, 0x0fb1, R11, base, op->off, 0);
	skep_asm_put8(code, JCC_SHORT | CC_NE);
	skep_asm_put8(code, (uint8_t)(again - code->size - 1));
	put_mov(code, op->bits, op->dst, RAX);
	if (op->dst != RAX)
		put_mov(code, 64, RAX, R10);
}

static void put_atomic(struct skep_asm *code, const struct skep_ir_op *op)
{
	switch (op->op) {
	case SKEP_IR_ATOMIC_FETCH_ADD: put_locked(code, op, 0x0fc1); break;
	case SKEP_IR_ATOMIC_XCHG: /* always locked */
		put_rm(code, op->bits, 0x87, op->b, op->a, op->off, 0);
		break;
	case SKEP_IR_ATOMIC_CMPXCHG:
		put_locked(code, op, 0x0fb1);
		/* When it succeeds it leaves eax alone, and the upper half with it. */
		put_mov(code, op->bits, RAX, RAX);
		break;
	case SKEP_IR_ATOMIC_FETCH_OR:
	case SKEP_IR_ATOMIC_FETCH_AND:
	case SKEP_IR_ATOMIC_FETCH_XOR: put_fetch_loop(code, op); break;
	default: put_locked(code, op, alu_digit(op->op) << 3 | 1); break;
	}
}

/* ---------------------------------------------------------------------- jumps and functions */

static void put_jcc(struct skep_asm *code, unsigned condition)
{
	if (skep_asm_mark(code) == 0) {
		skep_asm_put8(code, (uint8_t)(JCC_SHORT | condition));
		skep_asm_put8(code, 0);
	} else {
		skep_asm_put8(code, JCC_NEAR >> 8);
		skep_asm_put8(code, (uint8_t)(JCC_NEAR | condition));
		skep_asm_put32(code, 0);
	}
}

static void put_jump(struct skep_asm *code)
{
	if (skep_asm_mark(code) == 0) {
		skep_asm_put8(code, JMP_SHORT);
		skep_asm_put8(code, 0);
	} else {
		skep_asm_put8(code, 0xe9);
		skep_asm_put32(code, 0);
	}
}

static unsigned condition_of(uint8_t kind)
{
	switch (kind) {
	case SKEP_IR_EQ: return CC_E;
	case SKEP_IR_ULT: return CC_B;
	case SKEP_IR_ULE: return CC_BE;
	case SKEP_IR_UGT: return CC_A;
	case SKEP_IR_UGE: return CC_AE;
	case SKEP_IR_SLT: return CC_L;
	case SKEP_IR_SLE: return CC_LE;
	case SKEP_IR_SGT: return CC_G;
	case SKEP_IR_SGE: return CC_GE;
	default: return CC_NE;
	}
}

/* Flags of a & imm. Masks of the low byte and those without sign have shorter forms. */
static void put_test_imm(struct skep_asm *code, const struct skep_ir_op *op)
{
	const unsigned bits = op->imm >= 0 ? 32 : op->bits;

	if (op->imm >= 0 && op->imm <= 0xff) {
		if (op->a == RAX)
			skep_asm_put8(code, 0xa8);
		else
			put_rr8(code, 32, 0xf6, 0, op->a);
		skep_asm_put8(code, (uint8_t)op->imm);
		return;
	}
	if (op->a == RAX)
		put_opcode(code, bits, 0xa9, 0, 0, 0);
	else
		put_rr(code, bits, 0xf7, 0, op->a);
	skep_asm_put32(code, (uint32_t)op->imm);
}

static void put_branch(struct skep_asm *code, const struct skep_ir_op *op)
{
	if (op->b != SKEP_IR_IMM)
		put_rr(code, op->bits, op->op == SKEP_IR_SET ? 0x85 : ALU_CMP << 3 | 1, op->b,
		       op->a);
	else if (op->op == SKEP_IR_SET)
		put_test_imm(code, op);
	else if (op->imm == 0)
		put_rr(code, op->bits, 0x85, op->a, op->a);
	else
		put_group1(code, op->bits, ALU_CMP, op->a, op->imm);
	put_jcc(code, condition_of(op->op));
}

static void put_budget(struct skep_asm *code, const struct skep_ir_op *op)
{
	put_rm(code, 64, 0x83, ALU_CMP, op->a, op->off, 0);
	skep_asm_put8(code, 0);
	put_jcc(code, CC_E);
	put_rm(code, 64, 0xff, 1, op->a, op->off, 0); /* dec */
}

static void put_function(struct skep_asm *code, const struct skep_ir_op *op)
{
	skep_asm_mark(code);
	put_opcode(code, 64, 0x8d, op->dst, 0, 0); /* lea dst, [rip + 0] */
	skep_asm_put8(code, (uint8_t)((op->dst & 7) << 3 | 5));
	skep_asm_put32(code, 0);
}

static void put_call(struct skep_asm *code, const struct skep_ir_op *op)
{
	put_mov(code, 64, R9, ENV);
	put_const(code, RAX, op->value);
	put_rr(code, 32, 0xff, 2, RAX);
}

static void op(struct skep_asm *code, const struct skep_ir_op *op)
{
	switch (op->op) {
	case SKEP_IR_CONST: put_const(code, op->dst, op->value); break;
	case SKEP_IR_MOV: put_mov(code, op->bits, op->dst, op->a); break;
	case SKEP_IR_NEG: put_rr(code, op->bits, 0xf7, 3, op->dst); break;
	case SKEP_IR_SWAP: put_swap(code, op); break;
	case SKEP_IR_ZEXT: put_rr(code, 32, op->bits == 16 ? 0x0fb7 : 0x8b, op->dst, op->a); break;
	case SKEP_IR_SEXT: put_sign_extend(code, op); break;
	case SKEP_IR_ADD:
	case SKEP_IR_SUB:
	case SKEP_IR_MUL:
	case SKEP_IR_AND:
	case SKEP_IR_OR:
	case SKEP_IR_XOR: put_binary(code, op); break;
	case SKEP_IR_UDIV:
	case SKEP_IR_SDIV:
	case SKEP_IR_UMOD:
	case SKEP_IR_SMOD: put_division(code, op); break;
	case SKEP_IR_SHL:
	case SKEP_IR_SHR:
	case SKEP_IR_SAR: put_shift(code, op); break;
	/* Loads acquire and stores release on this machine. */
	case SKEP_IR_LOAD:
	case SKEP_IR_LOAD_ACQUIRE: put_load(code, op); break;
	case SKEP_IR_LOAD_SIGNED: put_load_signed(code, op); break;
	case SKEP_IR_STORE:
	case SKEP_IR_STORE_RELEASE: put_store(code, op); break;
	case SKEP_IR_BUDGET: put_budget(code, op); break;
	case SKEP_IR_JUMP: put_jump(code); break;
	case SKEP_IR_FUNCTION: put_function(code, op); break;
	case SKEP_IR_CALL: put_call(code, op); break;
	case SKEP_IR_CALL_LOCAL:
		skep_asm_mark(code);
		skep_asm_put8(code, 0xe8);
		skep_asm_put32(code, 0);
		break;
	default:
		if (op->op >= SKEP_IR_ATOMIC_ADD && op->op <= SKEP_IR_ATOMIC_CMPXCHG)
			put_atomic(code, op);
		else
			put_branch(code, op);
		break;
	}
}

/* Saved before the frame pointer, in this order. */
static const uint8_t SAVED[] = { RBX, R12, R13, R14, R15 };

static bool has(uint32_t set, unsigned reg)
{
	return (set & 1u << reg) != 0;
}

/* Bytes between the saved registers and the stack pointer: the program's stack, and what aligns
 * calls to 16 bytes. */
static uint32_t local_bytes(const struct skep_frame *frame)
{
	uint32_t pushed = has(frame->saved, RBP) ? 2 : 1; /* and the return address */
	uint32_t bytes = has(frame->saved, RBP) ? frame->stack_bytes : 0;

	for (size_t i = 0; i < SKEP_COUNT(SAVED); i++)
		pushed += has(frame->saved, SAVED[i]);
	if (frame->calls && (pushed * 8 + bytes) % 16 != 0)
		bytes += 8;
	return bytes;
}

static void enter(struct skep_asm *code, const struct skep_frame *frame)
{
	const uint32_t bytes = local_bytes(frame);

	if (frame->indirect)
		skep_asm_put32(code, ENDBR64);
	for (size_t i = 0; i < SKEP_COUNT(SAVED); i++)
		if (has(frame->saved, SAVED[i]))
			put_push(code, SAVED[i]);
	if (has(frame->saved, RBP)) {
		put_push(code, RBP);
		put_mov(code, 64, RBP, RSP);
	}
	if (bytes == 8)
		put_push(code, RAX);
	else if (bytes != 0)
		put_group1(code, 64, ALU_SUB, RSP, (int32_t)bytes);
	if (!frame->entry)
		return;
	if (has(frame->saved, ENV))
		put_mov(code, 64, ENV, RSI);
	if (has(frame->used, RSI))
		put_mov(code, 64, RSI, RDX);
}

static void leave(struct skep_asm *code, const struct skep_frame *frame, bool tail)
{
	if (tail) {
		put_mov(code, 64, RSI, ENV);
		put_const(code, RDX, 0);
	}
	if (has(frame->saved, RBP))
		skep_asm_put8(code, 0xc9); /* leave */
	else if (local_bytes(frame) != 0)
		put_pop(code, RCX);
	for (size_t i = SKEP_COUNT(SAVED); i-- > 0;)
		if (has(frame->saved, SAVED[i]))
			put_pop(code, SAVED[i]);
	if (tail)
		put_rr(code, 32, 0xff, 4, RAX);
	else
		skep_asm_put8(code, 0xc3);
}

static void fix(uint8_t *at, enum skep_link link, uint8_t level, int32_t distance)
{
	/* Where the displacement is; it counts from its own end. */
	unsigned place = 1;

	if (link == SKEP_LINK_ADDRESS)
		place = 3;
	else if (link == SKEP_LINK_BRANCH && level != 0)
		place = 2;
	if (level == 0 && (link == SKEP_LINK_JUMP || link == SKEP_LINK_BRANCH))
		at[place] = (uint8_t)(distance - 2);
	else
		skep_asm_write32(at + place, (uint32_t)distance - place - 4);
}

const struct skep_backend skep_backend_x86_64 = {
	.name = "x86_64",
	.native = NATIVE,
	/* As Linux has them; the environment takes the last register that calls keep. */
	.regs = { RAX, RDI, RSI, RDX, RCX, R8, RBX, R13, R14, R15, RBP, ENV },
	.kept = 1u << RBX | 1u << RBP | 1u << R12 | 1u << R13 | 1u << R14 | 1u << R15,
	.forms = {
		[SKEP_LINK_JUMP] = { 2, { { 2, -126, 129 }, { 5, INT32_MIN, INT32_MAX } } },
		[SKEP_LINK_BRANCH] = { 2, { { 2, -126, 129 }, { 6, INT32_MIN, INT32_MAX } } },
		[SKEP_LINK_CALL] = { 1, { { 5, INT32_MIN, INT32_MAX } } },
		[SKEP_LINK_ADDRESS] = { 1, { { 7, INT32_MIN, INT32_MAX } } },
	},
	.code_max = 1u << 30,
	.enter = enter,
	.leave = leave,
	.op = op,
	.fix = fix,
};
