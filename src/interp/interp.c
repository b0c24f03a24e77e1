/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter that reads instructions as they are: executable instructions in, r0 out. It is
 * the reference: what each operation means stands in isa/alu.def, jump.def and atomic.def, from
 * which the handlers are generated, and a JIT is right when it does the same.
 *
 * It checks no access: that is the verifier's work. Packet loads that fail end the level with 0, as
 * in Linux. Of what the verifier refuses, kernel functions give 0, and the rest has no meaning.
 */
#include "interp/interp.h"

#include "interp/atomic.h"
#include "interp/semantics.h"

#define STEP    struct skep_insn
#define HANDLER HANDLERS[step->code]
#define DST     r[step->dst_reg]
#define SRC     r[step->src_reg]
#define OFF     step->off
#define IMM     step->imm
#define WIDE    wide(exec, step)
#define IF_VARIANT(code)                                                                           \
	if (HAS_VARIANT(code) && step->off != 0)                                                   \
		__extension__({ goto *HANDLERS[VARIANT(code)]; });
#define IF_NO_HELPER                                                                               \
	if (step->src_reg != 0) {                                                                  \
		if (step->src_reg == BPF_PSEUDO_CALL)                                              \
			goto call_function;                                                        \
		goto call_nothing;                                                                 \
	}                                                                                          \
	if (exec->linked != NULL)                                                                  \
		r[0] = call_number(exec, (uint32_t)IMM, r, env);                                   \
	else if (IMM == SKEP_CALL_TAIL)                                                            \
		goto call_tail;                                                                    \
	else
#define FIRST(exec) (exec)->insns

static inline uint64_t wide(const struct skep_exec *exec, const struct skep_insn *insn)
{
	if (insn->src_reg == BPF_PSEUDO_FUNC)
		return (uint64_t)(uintptr_t)(insn + 1 + insn->imm);
	if (insn->src_reg != 0 && exec->linked != NULL)
		return exec->linked->load_wide(exec, insn);
	return (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm;
}

/* A function is a C call of its own, so that r6 to r9 are kept by not being shared. Below the last
 * level, where the verifier lets no program come, it gives 0. A tail call goes on in the level that
 * makes it: made in a function, the other program's r0 is what that function returns, as in Linux.
 * The other program counts its own levels, so there are never more than 8 + 33 * 7. */
#define ON_CALL_FUNCTION                                                                           \
	ON(call_function,                                                                          \
	   r[0] = level == SKEP_FRAMES_MAX ? 0 : enter(exec, step + 1 + IMM, r, env, level + 1));
#define ON_NEXT_PROGRAM
#define ON_LEAVE

static uint64_t enter(const struct skep_exec *exec, const struct skep_insn *insn,
		      const uint64_t *args, struct skep_env *env, unsigned level);

#include "interp/loop.h"

/* Runs one call level. `args` are the caller's registers, of which r1 to r5 are passed on. */
static uint64_t enter(const struct skep_exec *exec, const struct skep_insn *insn,
		      const uint64_t *args, struct skep_env *env, unsigned level)
{
	uint64_t stack[SKEP_STACK_BYTES / 8];
	uint64_t r[SKEP_REG_COUNT] = { 0, args[1], args[2], args[3], args[4], args[5] };

	r[BPF_REG_FP] = (uint64_t)(uintptr_t)(stack + SKEP_COUNT(stack));
	return run(exec, insn, r, env, level);
}

uint64_t skep_interp_run(const struct skep_exec *exec, void *ctx, uint64_t r2, struct skep_env *env)
{
	const uint64_t args[6] = { 0, (uint64_t)(uintptr_t)ctx, r2 };

	return enter(exec, exec->insns, args, env, 1);
}
