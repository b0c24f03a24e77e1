/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter: executable instructions in, r0 out. It is the reference: what each operation
 * means stands in isa/alu.def, jump.def and atomic.def, from which the cases are generated, and a
 * JIT is right when it does the same.
 *
 * One call of run() is one call level: its C frame holds the level's registers and its 512 bytes of
 * stack, so that r6 to r9 are kept by not being shared. A tail call goes on in the same level: made
 * in a subprogram, the target's r0 is what that subprogram returns, as in Linux. The target counts
 * its own levels, so there are never more than 8 + 33 * 7.
 *
 * It checks no access: that is the verifier's work. Of what the verifier refuses, packet loads end
 * the level with 0; kernel functions and moves between address spaces give 0.
 */
#include "interp/interp.h"

#include "base/atomic.h"

#define T uint64_t
#define S int64_t
#define W 64
#define ALU(name, code, text, result)                                                              \
	static inline uint64_t alu_##name##_64(uint64_t a, uint64_t b)                             \
	{                                                                                          \
		(void)a;                                                                           \
		return result;                                                                     \
	}
#define ALU_SIGNED ALU
#include "isa/alu.def"
#define JUMP(name, code, text, taken)                                                              \
	static inline bool jump_##name##_64(uint64_t a, uint64_t b)                                \
	{                                                                                          \
		return taken;                                                                      \
	}
#include "isa/jump.def"
#define ATOMIC(name, imm, text, result)                                                            \
	static inline uint64_t atomic_##name##_64(uint64_t a, uint64_t b)                          \
	{                                                                                          \
		return result;                                                                     \
	}
#include "isa/atomic.def"
#undef T
#undef S
#undef W

#define T uint32_t
#define S int32_t
#define W 32
#define ALU(name, code, text, result)                                                              \
	static inline uint32_t alu_##name##_32(uint32_t a, uint32_t b)                             \
	{                                                                                          \
		(void)a;                                                                           \
		return result;                                                                     \
	}
#define ALU_SIGNED ALU
#include "isa/alu.def"
#define JUMP(name, code, text, taken)                                                              \
	static inline bool jump_##name##_32(uint32_t a, uint32_t b)                                \
	{                                                                                          \
		return taken;                                                                      \
	}
#include "isa/jump.def"
#define ATOMIC(name, imm, text, result)                                                            \
	static inline uint32_t atomic_##name##_32(uint32_t a, uint32_t b)                          \
	{                                                                                          \
		return result;                                                                     \
	}
#include "isa/atomic.def"
#undef T
#undef S
#undef W

/* Operations whose offset field says which: signed division and sign-extending moves. */
#define HAS_OFFSET_FORMS(code) ((code) == BPF_DIV || (code) == BPF_MOD || (code) == BPF_MOV)

static uint64_t alu_with_offset(const struct skep_insn *insn, uint64_t a, uint64_t b)
{
	const bool wide = (insn->code & 7) == BPF_ALU64;

	switch (insn->code & 0xf0) {
#define ALU(name, code, text, result)
#define ALU_SIGNED(name, code, text, result)                                                       \
	case code:                                                                                 \
		return wide ? alu_##name##_64(a, b) : alu_##name##_32((uint32_t)a, (uint32_t)b);
#include "isa/alu.def"
	default: break;
	}
	if (insn->off != 8 && insn->off != 16 && insn->off != 32)
		return 0; /* moves between address spaces, which the verifier refuses */
	b = (uint64_t)skep_sign_extend(b, (unsigned)insn->off);
	return wide ? b : (uint32_t)b;
}

/* The low `bits` of x, their bytes reversed if `swap`. */
static uint64_t convert(uint64_t x, int32_t bits, bool swap)
{
	switch (bits) {
	case 16: return swap ? skep_swap16((uint16_t)x) : (uint16_t)x;
	case 32: return swap ? skep_swap32((uint32_t)x) : (uint32_t)x;
	default: return swap ? skep_swap64(x) : x;
	}
}

static inline void *address(uint64_t base, int16_t off)
{
	return (void *)(uintptr_t)(base + (uint64_t)(int64_t)off);
}

static struct skep_atomic_lock lock_of(const struct skep_env *env)
{
	return (struct skep_atomic_lock){ env->port, env->atomic_word };
}

/* What memory will hold, from what it holds (a), the source register (b) and, for compare and
 * exchange, r0. */
static uint64_t atomic_result(int32_t what, bool wide, uint64_t a, uint64_t b, uint64_t r0)
{
	switch (what) {
#define ATOMIC(name, imm, text, result)                                                            \
	case imm:                                                                                  \
		return wide ? atomic_##name##_64(a, b)                                             \
			    : atomic_##name##_32((uint32_t)a, (uint32_t)b);
#include "isa/atomic.def"
	case BPF_XCHG: return b;
	default: return (wide ? a == r0 : (uint32_t)a == (uint32_t)r0) ? b : a;
	}
}

/* Read-modify-write of 32 or 64 bits: tries until memory still holds what the result was computed
 * from. The source register, or r0 for compare and exchange, gets what memory held. */
static void modify(const struct skep_insn *insn, uint64_t *r, const struct skep_env *env)
{
	const struct skep_atomic_lock lock = lock_of(env);
	const bool wide = (insn->code & BPF_DW) == BPF_DW;
	void *at = address(r[insn->dst_reg], insn->off);
	const uint64_t b = r[insn->src_reg];
	uint64_t old, found = wide ? skep_load64(at) : skep_load32(at);

	do {
		uint64_t next;

		old = found;
		next = atomic_result(insn->imm, wide, old, b, r[0]);
		found = wide ? skep_atomic_swap64(&lock, at, old, next)
			     : skep_atomic_swap32(&lock, at, (uint32_t)old, (uint32_t)next);
	} while (found != old);
	if (insn->imm == BPF_CMPXCHG)
		r[0] = old;
	else if ((insn->imm & BPF_FETCH) != 0)
		r[insn->src_reg] = old;
}

static uint64_t load_acquire(const struct skep_insn *insn, const uint64_t *r,
			     const struct skep_env *env)
{
	const struct skep_atomic_lock lock = lock_of(env);
	const void *at = address(r[insn->src_reg], insn->off);

	switch (insn->code & BPF_DW) {
	case BPF_B: return skep_atomic_load8(at);
	case BPF_H: return skep_atomic_load16(at);
	case BPF_W: return skep_atomic_load32(at);
	default: return skep_atomic_load64(&lock, at);
	}
}

static void store_release(const struct skep_insn *insn, const uint64_t *r,
			  const struct skep_env *env)
{
	const struct skep_atomic_lock lock = lock_of(env);
	void *at = address(r[insn->dst_reg], insn->off);
	const uint64_t value = r[insn->src_reg];

	switch (insn->code & BPF_DW) {
	case BPF_B: skep_atomic_store8(at, (uint8_t)value); break;
	case BPF_H: skep_atomic_store16(at, (uint16_t)value); break;
	case BPF_W: skep_atomic_store32(at, (uint32_t)value); break;
	default: skep_atomic_store64(&lock, at, value); break;
	}
}

static void atomic(const struct skep_insn *insn, uint64_t *r, const struct skep_env *env)
{
	if (insn->imm == BPF_LOAD_ACQ)
		r[insn->dst_reg] = load_acquire(insn, r, env);
	else if (insn->imm == BPF_STORE_REL)
		store_release(insn, r, env);
	else
		modify(insn, r, env);
}

/* A helper by the number in a register; one that does not exist does nothing and gives 0. */
static uint64_t call_number(const struct skep_exec *exec, uint64_t number, const uint64_t *r,
			    struct skep_env *env)
{
	const struct skep_helper *helper = NULL;

	if (exec->contracts != NULL && number <= UINT32_MAX)
		helper = skep_contracts_helper(exec->contracts, (uint32_t)number);
	if (helper == NULL || helper->fn == NULL)
		return 0;
	return helper->fn(r[1], r[2], r[3], r[4], r[5], env);
}

static uint64_t lddw(const struct skep_insn *insn)
{
	if (insn->src_reg == BPF_PSEUDO_FUNC)
		return (uint64_t)(uintptr_t)(insn + 1 + insn->imm);
	return (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm;
}

#define IMM ((uint64_t)(int64_t)insn->imm)
#define DST r[insn->dst_reg]
#define SRC r[insn->src_reg]

#define ALU_CASE(name, code, op_class, source, bits, operand)                                      \
	case (op_class) | (source) | (code):                                                       \
		DST = HAS_OFFSET_FORMS(code) && insn->off != 0                                     \
			      ? alu_with_offset(insn, DST, operand)                                \
			      : alu_##name##_##bits((uint##bits##_t)DST, (uint##bits##_t)operand); \
		break;

#define JUMP_CASE(name, code, op_class, source, bits, operand)                                     \
	case (op_class) | (source) | (code):                                                       \
		if (jump_##name##_##bits((uint##bits##_t)DST, (uint##bits##_t)operand))            \
			insn += insn->off;                                                         \
		break;

#define LOAD_CASES(size, bits, load)                                                               \
	case BPF_LDX | BPF_MEM | (size): DST = load(address(SRC, insn->off)); break;               \
	case BPF_LDX | BPF_MEMSX | (size):                                                         \
		DST = (uint64_t)(int##bits##_t)load(address(SRC, insn->off));                      \
		break;

#define STORE_CASES(size, bits, store)                                                             \
	case BPF_ST | BPF_MEM |                                                                    \
		(size): store(address(DST, insn->off), (uint##bits##_t)IMM); break;                \
	case BPF_STX | BPF_MEM | (size): store(address(DST, insn->off), (uint##bits##_t)SRC); break;

static inline uint8_t load8(const void *from)
{
	return *(const uint8_t *)from;
}
static inline void store8(void *to, uint8_t value)
{
	*(uint8_t *)to = value;
}

static uint64_t run(const struct skep_exec *exec, const struct skep_insn *insn,
		    const uint64_t *args, struct skep_env *env, unsigned level);

/* A helper or a function of the program. Kernel functions, and functions below the last level,
 * which the verifier refuses, give 0. */
static uint64_t call(const struct skep_exec *exec, const struct skep_insn *insn, const uint64_t *r,
		     struct skep_env *env, unsigned level)
{
	if (insn->src_reg == 0)
		return exec->helpers[insn->imm](r[1], r[2], r[3], r[4], r[5], env);
	if (insn->src_reg != BPF_PSEUDO_CALL || level == SKEP_FRAMES_MAX)
		return 0;
	return run(exec, insn + 1 + insn->imm, r, env, level + 1);
}

/* Runs one call level from `insn` on. `args` are the caller's registers, of which r1 to r5 are
 * passed on. */
static uint64_t run(const struct skep_exec *exec, const struct skep_insn *insn,
		    const uint64_t *args, struct skep_env *env, unsigned level)
{
	uint64_t stack[SKEP_STACK_BYTES / 8];
	uint64_t r[SKEP_REG_COUNT] = { 0, args[1], args[2], args[3], args[4], args[5] };
	uint32_t may_goto_left = SKEP_MAY_GOTO_MAX;
	const struct skep_target *target;

	r[BPF_REG_FP] = (uint64_t)(uintptr_t)(stack + SKEP_COUNT(stack));
	for (;;) {
		switch (insn->code) {
#define ALU(name, code, text, result)                                                              \
	ALU_CASE(name, code, BPF_ALU, BPF_K, 32, IMM)                                              \
	ALU_CASE(name, code, BPF_ALU, BPF_X, 32, SRC)                                              \
	ALU_CASE(name, code, BPF_ALU64, BPF_K, 64, IMM)                                            \
	ALU_CASE(name, code, BPF_ALU64, BPF_X, 64, SRC)
#include "isa/alu.def"
#define JUMP(name, code, text, taken)                                                              \
	JUMP_CASE(name, code, BPF_JMP32, BPF_K, 32, IMM)                                           \
	JUMP_CASE(name, code, BPF_JMP32, BPF_X, 32, SRC)                                           \
	JUMP_CASE(name, code, BPF_JMP, BPF_K, 64, IMM)                                             \
	JUMP_CASE(name, code, BPF_JMP, BPF_X, 64, SRC)
#include "isa/jump.def"
			LOAD_CASES(BPF_B, 8, load8)
			LOAD_CASES(BPF_H, 16, skep_load16)
			LOAD_CASES(BPF_W, 32, skep_load32)
			STORE_CASES(BPF_B, 8, store8)
			STORE_CASES(BPF_H, 16, skep_store16)
			STORE_CASES(BPF_W, 32, skep_store32)
			STORE_CASES(BPF_DW, 64, skep_store64)
		case BPF_LDX | BPF_MEM | BPF_DW: DST = skep_load64(address(SRC, insn->off)); break;
		case BPF_ALU | BPF_NEG: DST = (uint32_t)(0 - DST); break;
		case BPF_ALU64 | BPF_NEG: DST = 0 - DST; break;
		case BPF_ALU | BPF_END | BPF_K:
			DST = convert(DST, insn->imm, skep_host_is_big_endian());
			break;
		case BPF_ALU | BPF_END | BPF_X:
			DST = convert(DST, insn->imm, !skep_host_is_big_endian());
			break;
		case BPF_ALU64 | BPF_END: DST = convert(DST, insn->imm, true); break;
		case BPF_LD | BPF_IMM | BPF_DW:
			DST = lddw(insn);
			insn++;
			break;
		case BPF_STX | BPF_ATOMIC | BPF_B:
		case BPF_STX | BPF_ATOMIC | BPF_H:
		case BPF_STX | BPF_ATOMIC | BPF_W:
		case BPF_STX | BPF_ATOMIC | BPF_DW: atomic(insn, r, env); break;
		case BPF_JMP | BPF_JA: insn += insn->off; break;
		case BPF_JMP32 | BPF_JA: insn += insn->imm; break;
		case BPF_JMP | BPF_JCOND:
			if (may_goto_left == 0)
				insn += insn->off;
			else
				may_goto_left--;
			break;
		case BPF_JMP | BPF_CALL | BPF_X: r[0] = call_number(exec, DST, r, env); break;
		case BPF_JMP | BPF_CALL:
			if (insn->src_reg != 0 || insn->imm != SKEP_CALL_TAIL) {
				r[0] = call(exec, insn, r, env, level);
				break;
			}
			target = skep_tail_call(env, (struct skep_map *)(uintptr_t)r[2], r[3]);
			if (target == NULL) {
				r[0] = (uint64_t)(int64_t)SKEP_ENOENT;
				break;
			}
			exec = target->exec;
			insn = exec->insns;
			level = 1;
			r[2] = 0;
			may_goto_left = SKEP_MAY_GOTO_MAX;
			continue;
		case BPF_JMP | BPF_EXIT: return r[0];
		default: return 0;
		}
		insn++;
	}
}

uint64_t skep_interp_run(const struct skep_exec *exec, void *ctx, uint64_t r2, struct skep_env *env)
{
	const uint64_t args[6] = { 0, (uint64_t)(uintptr_t)ctx, r2 };

	return run(exec, exec->insns, args, env, 1);
}
