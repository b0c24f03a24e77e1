/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An instruction in, a line of text in the kernel's syntax out. The text is what the assembler
 * reads back to the same instruction, as long as no names are given. What the decoder refuses is
 * written as its bytes with the reason.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "isa/isa.h"

static const char *const ALU_TEXTS[] = {
#define ALU(name, code, text, result)        text,
#define ALU_SIGNED(name, code, text, result) text,
#include "isa/alu.def"
};

static const char *const JUMP_TEXTS[] = {
#define JUMP(name, code, text, taken) text,
#include "isa/jump.def"
};

static const char *const ATOMIC_TEXTS[] = {
#define ATOMIC(name, imm, text, result) text,
#define ATOMIC_SWAP(name, imm, text)    text,
#include "isa/atomic.def"
};

struct printer {
	const struct skep_op *op;
	uint32_t index;
	const struct skep_isa_names *names;
	char *text;
	size_t size;
};

#define PRINT(...) skep_format(p->text, p->size, __VA_ARGS__)

static const char *helper_name(const struct printer *p)
{
	if (p->names == NULL || p->names->helper == NULL)
		return NULL;
	return p->names->helper(p->names->ctx, (int32_t)p->op->imm);
}

static const char *map_name(const struct printer *p, int32_t imm)
{
	if (p->names == NULL || p->names->map == NULL)
		return NULL;
	return p->names->map(p->names->ctx, imm);
}

/* The function `distance` instructions after the next one. */
static const char *function_name(const struct printer *p, int32_t distance)
{
	const int64_t target = (int64_t)p->index + 1 + distance;

	if (p->names == NULL || p->names->function == NULL || target < 0 || target > UINT32_MAX)
		return NULL;
	return p->names->function(p->names->ctx, (uint32_t)target);
}

/* The letter of registers that an operation of this width works on. */
static char letter(uint8_t bits)
{
	return bits == 64 ? 'r' : 'w';
}

static void print_alu(const struct printer *p)
{
	const struct skep_op *op = p->op;
	const char r = letter(op->bits);

	switch (op->kind) {
	case SKEP_KIND_ALU_IMM:
		PRINT("%c%u %s %lld", r, op->dst, ALU_TEXTS[op->what], (long long)op->imm);
		return;
	case SKEP_KIND_ALU_REG:
		PRINT("%c%u %s %c%u", r, op->dst, ALU_TEXTS[op->what], r, op->src);
		return;
	case SKEP_KIND_NEG: PRINT("%c%u = -%c%u", r, op->dst, r, op->dst); return;
	case SKEP_KIND_MOV_SIGNED:
		PRINT("%c%u = (s%d)%c%u", r, op->dst, op->off, r, op->src);
		return;
	default:
		PRINT("r%u = addr_space_cast(r%u, %u, %u)", op->dst, op->src,
		      (unsigned)op->imm >> 16, (unsigned)op->imm & 0xffff);
		return;
	}
}

static void print_swap(const struct printer *p)
{
	const struct skep_op *op = p->op;
	const char *name = op->kind == SKEP_KIND_TO_LE   ? "le"
			   : op->kind == SKEP_KIND_TO_BE ? "be"
							 : "bswap";

	PRINT("r%u = %s%u r%u", op->dst, name, op->bits, op->dst);
}

static void print_lddw(const struct printer *p)
{
	const struct skep_op *op = p->op;
	const int32_t lower = (int32_t)(uint32_t)op->imm;
	const uint32_t upper = (uint32_t)((uint64_t)op->imm >> 32);
	const char *text = "", *name;
	char inside[64], plus[16] = "";

	switch (op->src) {
#define LDDW(name, src, word, upper)                                                               \
	case src:                                                                                  \
		text = word;                                                                       \
		break;
#include "isa/lddw.def"
	default: PRINT("r%u = %#llx ll", op->dst, (unsigned long long)op->imm); return;
	}
	if (op->src == BPF_PSEUDO_FUNC)
		name = function_name(p, lower);
	else
		name = op->src == BPF_PSEUDO_BTF_ID ? NULL : map_name(p, lower);
	if (name != NULL)
		skep_format(inside, sizeof(inside), "%s", name);
	else if (op->src == BPF_PSEUDO_FUNC)
		skep_format(inside, sizeof(inside), "%+d", (int)lower);
	else
		skep_format(inside, sizeof(inside), "%u", (unsigned)lower);
	if (upper != 0)
		skep_format(plus, sizeof(plus), "+%u", (unsigned)upper);
	PRINT("r%u = %s[%s]%s ll", op->dst, text, inside, plus);
}

static void print_memory(const struct printer *p)
{
	const struct skep_op *op = p->op;

	switch (op->kind) {
	case SKEP_KIND_LOAD:
	case SKEP_KIND_LOAD_SIGNED:
		PRINT("r%u = *(%c%u *)(r%u %+d)", op->dst, op->kind == SKEP_KIND_LOAD ? 'u' : 's',
		      op->bits, op->src, op->off);
		return;
	case SKEP_KIND_LOAD_ACQUIRE:
		PRINT("r%u = load_acquire((u%u *)(r%u %+d))", op->dst, op->bits, op->src, op->off);
		return;
	case SKEP_KIND_STORE_IMM:
		PRINT("*(u%u *)(r%u %+d) = %lld", op->bits, op->dst, op->off, (long long)op->imm);
		return;
	case SKEP_KIND_STORE_REG:
		PRINT("*(u%u *)(r%u %+d) = r%u", op->bits, op->dst, op->off, op->src);
		return;
	case SKEP_KIND_STORE_RELEASE:
		PRINT("store_release((u%u *)(r%u %+d), r%u)", op->bits, op->dst, op->off, op->src);
		return;
	case SKEP_KIND_LD_ABS:
		PRINT("r0 = *(u%u *)skb[%lld]", op->bits, (long long)op->imm);
		return;
	default:
		PRINT("r0 = *(u%u *)skb[r%u %+lld]", op->bits, op->src, (long long)op->imm);
		return;
	}
}

static void print_atomic(const struct printer *p)
{
	const struct skep_op *op = p->op;
	const char *text = ATOMIC_TEXTS[op->what], *wide = op->bits == 64 ? "64" : "";

	switch (op->what) {
	case SKEP_ATOMIC_ADD:
	case SKEP_ATOMIC_OR:
	case SKEP_ATOMIC_AND:
	case SKEP_ATOMIC_XOR:
		PRINT("lock *(u%u *)(r%u %+d) %s r%u", op->bits, op->dst, op->off, text, op->src);
		return;
	case SKEP_ATOMIC_XCHG:
		PRINT("r%u = atomic%s_%s((u%u *)(r%u %+d), r%u)", op->src, wide, text, op->bits,
		      op->dst, op->off, op->src);
		return;
	case SKEP_ATOMIC_CMPXCHG:
		PRINT("r0 = atomic%s_%s((u%u *)(r%u %+d), r0, r%u)", wide, text, op->bits, op->dst,
		      op->off, op->src);
		return;
	default:
		PRINT("r%u = atomic%s_fetch_%s((u%u *)(r%u %+d), r%u)", op->src, wide, text,
		      op->bits, op->dst, op->off, op->src);
		return;
	}
}

static void print_jump(const struct printer *p)
{
	const struct skep_op *op = p->op;
	const char r = letter(op->bits);

	switch (op->kind) {
	case SKEP_KIND_JA: PRINT("goto%s %+d", op->bits == 32 ? "l" : "", (int)op->jump); return;
	case SKEP_KIND_JUMP_IMM:
		PRINT("if %c%u %s %lld goto %+d", r, op->dst, JUMP_TEXTS[op->what],
		      (long long)op->imm, (int)op->jump);
		return;
	case SKEP_KIND_JUMP_REG:
		PRINT("if %c%u %s %c%u goto %+d", r, op->dst, JUMP_TEXTS[op->what], r, op->src,
		      (int)op->jump);
		return;
	case SKEP_KIND_MAY_GOTO: PRINT("may_goto %+d", (int)op->jump); return;
	default: PRINT("exit"); return;
	}
}

static void print_call(const struct printer *p)
{
	const struct skep_op *op = p->op;
	const char *name = NULL;

	if (op->kind == SKEP_KIND_CALL_HELPER)
		name = helper_name(p);
	else if (op->kind == SKEP_KIND_CALL_LOCAL)
		name = function_name(p, op->jump);
	switch (op->kind) {
	case SKEP_KIND_CALL_HELPER:
		if (name != NULL)
			PRINT("call %s#%u", name, (unsigned)op->imm);
		else
			PRINT("call %u", (unsigned)op->imm);
		return;
	case SKEP_KIND_CALL_LOCAL:
		if (name != NULL)
			PRINT("call %s", name);
		else
			PRINT("call %+d", (int)op->jump);
		return;
	case SKEP_KIND_CALL_KFUNC:
		if (op->off != 0)
			PRINT("call kfunc[%u]%+d", (unsigned)op->imm, op->off);
		else
			PRINT("call kfunc[%u]", (unsigned)op->imm);
		return;
	default: PRINT("callx r%u", op->dst); return;
	}
}

static void print_illegal(const struct skep_insn *insn, const char *why, char *text, size_t size)
{
	const uint16_t off = (uint16_t)insn->off;
	const unsigned imm = (unsigned)insn->imm;

	/* In the order of a little-endian file. */
	skep_format(text, size, "%02x %02x %02x %02x %02x %02x %02x %02x # %s", insn->code,
		    (unsigned)insn->src_reg << 4 | insn->dst_reg, off & 0xffu, (unsigned)off >> 8,
		    imm & 0xff, imm >> 8 & 0xff, imm >> 16 & 0xff, imm >> 24, why);
}

uint32_t skep_isa_disasm(const struct skep_insn *insns, uint32_t count, uint32_t index,
			 const struct skep_isa_names *names, char *text, size_t size)
{
	struct skep_op op;
	const char *why;
	const struct printer printer = { &op, index, names, text, size };

	if (skep_isa_decode(insns, count, index, &op, &why) < 0) {
		print_illegal(&insns[index], why, text, size);
		return 1;
	}
	switch (op.kind) {
	case SKEP_KIND_ALU_IMM:
	case SKEP_KIND_ALU_REG:
	case SKEP_KIND_NEG:
	case SKEP_KIND_MOV_SIGNED:
	case SKEP_KIND_MOV_SPACE: print_alu(&printer); break;
	case SKEP_KIND_TO_LE:
	case SKEP_KIND_TO_BE:
	case SKEP_KIND_SWAP: print_swap(&printer); break;
	case SKEP_KIND_LDDW: print_lddw(&printer); break;
	case SKEP_KIND_ATOMIC: print_atomic(&printer); break;
	case SKEP_KIND_JA:
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
	case SKEP_KIND_MAY_GOTO:
	case SKEP_KIND_EXIT: print_jump(&printer); break;
	case SKEP_KIND_CALL_HELPER:
	case SKEP_KIND_CALL_LOCAL:
	case SKEP_KIND_CALL_KFUNC:
	case SKEP_KIND_CALL_REG: print_call(&printer); break;
	default: print_memory(&printer); break;
	}
	return op.slots;
}
