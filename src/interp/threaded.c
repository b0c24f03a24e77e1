/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter that prepares what it runs: executable instructions in, for each a step that says
 * where its handler is and where in the array of registers its operands are; then r0. Nothing is
 * decoded while a program runs, which is what makes it fast on machines that have no instruction
 * for picking bits or for adding a scaled index.
 *
 * Checks nothing and refuses nothing, as interp.c.
 */
#include "interp/interp.h"

#include "interp/atomic.h"
#include "interp/semantics.h"

struct skep_step {
	const void *handler;
	uint8_t dst, src; /* bytes from r0 */
	int16_t off;
	int32_t imm;
};

#define REGISTER(offset) (*(uint64_t *)(void *)((uint8_t *)r + (offset)))

#define STEP    struct skep_step
#define HANDLER step->handler
#define DST     REGISTER(step->dst)
#define SRC     REGISTER(step->src)
#define OFF     step->off
#define IMM     step->imm
#define WIDE    ((uint64_t)(uint32_t)step[1].imm << 32 | (uint32_t)step->imm)
#define IF_VARIANT(code)
#define IF_NO_HELPER
#define FIRST(exec) (exec)->steps

/* What a function leaves as it was. */
struct frame {
	uint64_t kept[4]; /* r6 to r9 */
	const struct skep_step *back;
	uint32_t may_goto_left;
};

/* The registers, which are what the loop has the address of, and behind them the calls under way.
 */
struct state {
	uint64_t r[SKEP_REG_COUNT];
	struct frame frames[SKEP_FRAMES_MAX - 1];
};

/* The step of a call has the bytes of its caller's stack as its offset. */
static inline const struct skep_step *call_function(const struct skep_step *step, uint64_t *r,
						    unsigned level, uint32_t may_goto_left)
{
	struct frame *frame = &((struct state *)(void *)r)->frames[level - 1];

	for (unsigned i = 0; i < SKEP_COUNT(frame->kept); i++)
		frame->kept[i] = r[6 + i];
	frame->back = step + 1;
	frame->may_goto_left = may_goto_left;
	r[BPF_REG_FP] -= (uint64_t)OFF;
	return step + 1 + IMM;
}

/* Back to the level numbered `level`. */
static inline const struct frame *leave_function(uint64_t *r, unsigned level)
{
	const struct frame *frame = &((struct state *)(void *)r)->frames[level - 1];

	for (unsigned i = 0; i < SKEP_COUNT(frame->kept); i++)
		r[6 + i] = frame->kept[i];
	r[BPF_REG_FP] += (uint64_t)frame->back[-1].off;
	return frame;
}

static uint64_t enter(const struct skep_exec *exec, void *ctx, uint64_t r2, struct skep_env *env);

/* Below the last level, where the verifier lets no program come, a function gives 0. A tail call
 * out of a function runs the other program with a stack of its own, and returns from the function
 * with its r0, as in Linux: so there are never more than 1 + 33 C frames. */
#define ON_CALL_FUNCTION                                                                           \
	call_function:                                                                             \
	if (level == SKEP_FRAMES_MAX)                                                              \
		goto call_nothing;                                                                 \
	step = call_function(step, r, level++, may_goto_left);                                     \
	may_goto_left = SKEP_MAY_GOTO_MAX;                                                         \
	GO;
#define ON_NEXT_PROGRAM                                                                            \
	if (level > 1) {                                                                           \
		r[0] = enter(target->exec, (void *)(uintptr_t)r[1], 0, env);                       \
		goto leave;                                                                        \
	}
#define ON_LEAVE                                                                                   \
	if (level > 1) {                                                                           \
		const struct frame *frame = leave_function(r, --level);                            \
                                                                                                   \
		step = frame->back;                                                                \
		may_goto_left = frame->may_goto_left;                                              \
		GO;                                                                                \
	}

#include "interp/loop.h"

static uint64_t start(const struct skep_exec *exec, uint64_t *stack_end, void *ctx, uint64_t r2,
		      struct skep_env *env)
{
	struct state state;
	uint64_t *r = state.r;

	/* Each by itself: clearing all of them first is two hundred instructions on a small
	 * machine. */
	r[0] = r[3] = r[4] = r[5] = r[6] = r[7] = r[8] = r[9] = 0;
	r[1] = (uint64_t)(uintptr_t)ctx;
	r[2] = r2;
	r[BPF_REG_FP] = (uint64_t)(uintptr_t)stack_end;
	return run(exec, exec->steps, r, env, 1);
}

/* All functions of a verified program share 512 bytes. */
static NOINLINE uint64_t enter_verified(const struct skep_exec *exec, void *ctx, uint64_t r2,
					struct skep_env *env)
{
	uint64_t stack[SKEP_STACK_BYTES / 8];

	return start(exec, stack + SKEP_COUNT(stack), ctx, r2, env);
}

static NOINLINE uint64_t enter_unknown(const struct skep_exec *exec, void *ctx, uint64_t r2,
				       struct skep_env *env)
{
	uint64_t stack[SKEP_FRAMES_MAX * SKEP_STACK_BYTES / 8];

	return start(exec, stack + SKEP_COUNT(stack), ctx, r2, env);
}

static uint64_t enter(const struct skep_exec *exec, void *ctx, uint64_t r2, struct skep_env *env)
{
	return exec->stack_known ? enter_verified(exec, ctx, r2, env)
				 : enter_unknown(exec, ctx, r2, env);
}

static int slot_of(const struct skep_insn *insn)
{
	const uint8_t class = insn->code & 7;

	if ((class == BPF_ALU || class == BPF_ALU64) && insn->off != 0)
		return VARIANT(insn->code);
	if (insn->code != (BPF_JMP | BPF_CALL))
		return insn->code;
	if (insn->src_reg == BPF_PSEUDO_CALL)
		return SLOT_CALL_FUNCTION;
	if (insn->src_reg != 0)
		return SLOT_CALL_NOTHING;
	return insn->imm == SKEP_CALL_TAIL ? SLOT_CALL_TAIL : insn->code;
}

int skep_threaded_prepare(struct skep_exec *exec, struct skep_arena *arena)
{
	const void *const *handlers =
		(const void *const *)(uintptr_t)run(NULL, NULL, NULL, NULL, 0);
	uint32_t function = 0;
	struct skep_step *steps = skep_arena_array(arena, exec->count, sizeof(*steps));

	if (steps == NULL)
		return SKEP_ENOMEM;
	for (uint32_t i = 0; i < exec->count; i++) {
		const struct skep_insn *insn = &exec->insns[i];

		while (function + 1 < exec->function_count &&
		       exec->functions[function + 1].start <= i)
			function++;

		steps[i] = (struct skep_step){
			.handler = handlers[slot_of(insn)],
			.dst = (uint8_t)(insn->dst_reg * sizeof(uint64_t)),
			.src = (uint8_t)(insn->src_reg * sizeof(uint64_t)),
			.off = insn->off,
			.imm = insn->imm,
		};
		if (steps[i].handler == handlers[SLOT_CALL_FUNCTION])
			steps[i].off = exec->stack_known
					       ? (int16_t)exec->functions[function].stack_bytes
					       : SKEP_STACK_BYTES;
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_FUNC) {
			const uint64_t address = (uint64_t)(uintptr_t)(steps + i + 1 + insn->imm);

			steps[i].imm = (int32_t)(uint32_t)address;
			steps[++i] =
				(struct skep_step){ .imm = (int32_t)(uint32_t)(address >> 32) };
		}
	}
	exec->steps = steps;
	return 0;
}

uint64_t skep_threaded_run(const struct skep_exec *exec, void *ctx, uint64_t r2,
			   struct skep_env *env)
{
	return enter(exec, ctx, r2, env);
}
