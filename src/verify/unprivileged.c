/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Linux refuses to programs of users without CAP_BPF and CAP_PERFMON, beyond what it refuses
 * to all (kernel/bpf/syscall.c and verifier.c of 6.18): long programs, loops, functions, program
 * types and helpers that are not open to everyone, whatever would let a program learn an address,
 * and pointer arithmetic whose result cannot be shown to stay inside its object. Every function but
 * the first does nothing for privileged programs.
 */
#include "base/bytes.h"
#include "verify/verifier.h"

enum { INSNS_MAX = 4096 }; /* BPF_MAXINSNS */

static int32_t at(const struct skep_verifier *v)
{
	return (int32_t)v->state.pc;
}

/* --------------------------------------------------------------------------- before the walk */

static uint32_t target_of(uint32_t pc, int64_t jump)
{
	return (uint32_t)((int64_t)pc + 1 + jump);
}

/* Where the control flow can go from an instruction: up to two places. */
static unsigned ways_of(const struct skep_verifier *v, uint32_t pc, uint32_t ways[2])
{
	const struct skep_op *op = &v->ops[pc];
	unsigned count = 0;

	switch (op->kind) {
	case SKEP_KIND_EXIT: return 0;
	case SKEP_KIND_JA: ways[0] = target_of(pc, op->jump); return 1;
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
	case SKEP_KIND_MAY_GOTO: ways[count++] = target_of(pc, op->jump); break;
	default: break;
	}
	ways[count++] = pc + op->slots;
	return count;
}

static int refuse_loop(struct skep_verifier *v, uint32_t pc, uint32_t target)
{
	return skep_fail(
		v->log, SKEP_EACCES, (int32_t)pc,
		"this goes back to instruction %u and closes a loop, which unprivileged "
		"programs may not have\nan end in sight\nunroll the loop (#pragma unroll), "
		"or load the program as a privileged one",
		(unsigned)target);
}

/* A search through the control flow, depth first: a way to an instruction on the way to this one
 * closes a loop. `seen` has a byte per instruction: ways tried, plus one. */
static int find_loop(struct skep_verifier *v, uint8_t *seen, uint32_t *stack)
{
	uint32_t depth = 1;

	stack[0] = 0;
	seen[0] = 1;
	while (depth > 0) {
		const uint32_t pc = stack[depth - 1];
		uint32_t ways[2];
		const unsigned count = ways_of(v, pc, ways);
		uint32_t next;

		if (seen[pc] > count) {
			seen[pc] = UINT8_MAX; /* done */
			depth--;
			continue;
		}
		next = ways[seen[pc]++ - 1];
		if (seen[next] == UINT8_MAX)
			continue;
		if (seen[next] != 0)
			return refuse_loop(v, pc, next);
		seen[next] = 1;
		stack[depth++] = next;
	}
	return 0;
}

static int check_loops(struct skep_verifier *v)
{
	uint8_t *seen = skep_arena_array(&v->pending, v->code->count, sizeof(*seen));
	uint32_t *stack = skep_arena_array(&v->pending, v->code->count, sizeof(*stack));
	const int err =
		seen == NULL || stack == NULL ? skep_explain_memory(v) : find_loop(v, seen, stack);

	skep_arena_free(&v->pending);
	return err;
}

static int check_functions(struct skep_verifier *v)
{
	for (uint32_t pc = 0; pc < v->code->count; pc += v->ops[pc].slots) {
		const struct skep_op *op = &v->ops[pc];

		if (op->kind == SKEP_KIND_CALL_LOCAL || op->kind == SKEP_KIND_CALL_KFUNC ||
		    (op->kind == SKEP_KIND_LDDW && op->src == BPF_PSEUDO_FUNC))
			return skep_fail(
				v->log, SKEP_EACCES, (int32_t)pc,
				"unprivileged programs may not have functions of their "
				"own\na program in one piece\ndeclare the function "
				"__always_inline, or load the program as a privileged one");
	}
	return 0;
}

int skep_unprivileged_check(struct skep_verifier *v)
{
	if (!v->code->type->unprivileged)
		return skep_fail(v->log, SKEP_EACCES, SKEP_NO_INSN,
				 "programs of type %s are not for unprivileged users, in Linux "
				 "neither\na type that is, such as socket_filter\nload the "
				 "program as a privileged one",
				 v->code->type->name);
	if (v->code->count > INSNS_MAX)
		return skep_fail(v->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "the program has %u instructions\nat most %d in an unprivileged "
				 "one\nmake it shorter, or load it as a privileged one",
				 (unsigned)v->code->count, INSNS_MAX);
	SKEP_TRY(check_functions(v));
	return check_loops(v);
}

/* ----------------------------------------------------------------------------------- addresses */

int skep_unprivileged_keep(struct skep_verifier *v, unsigned reg, const char *where)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);
	char text[SKEP_EXPLAIN_BYTES];

	if (!v->limits->unprivileged || !skep_value_is_pointer(value))
		return 0;
	v->blamed = reg;
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "r%u is %s, and its address %s\na number: unprivileged programs must not "
			 "learn addresses\nuse what it points to, or load the program as a "
			 "privileged one",
			 reg, skep_explain(v, value, text), where);
}

static int check_distance(struct skep_verifier *v, unsigned reg, const struct skep_value *by)
{
	const struct skep_range *full = &by->var.full;
	const uint8_t kind = skep_verifier_reg(v, reg)->kind;
	char text[SKEP_EXPLAIN_BYTES];

	if (kind != SKEP_VALUE_STACK && kind != SKEP_VALUE_MAP_VALUE)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "a register is added to r%u, which is %s\nin an unprivileged "
				 "program only pointers to the stack and to map values may be "
				 "moved by a register\nadd a constant",
				 reg, skep_explain(v, skep_verifier_reg(v, reg), text));
	if (full->smin < 0 && full->smax >= 0)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "the number added to the pointer in r%u can be negative or not: "
				 "it is %s\nin an unprivileged program one whose sign is known\n"
				 "make it unsigned and compare it with an upper bound",
				 reg, skep_explain_bounds(&by->var, text));
	return 0;
}

int skep_unprivileged_move(struct skep_verifier *v, unsigned reg, const struct skep_value *pointer,
			   const struct skep_value *by, bool is_reg)
{
	const struct skep_range *full = &pointer->var.full;
	const int64_t off = pointer->off;
	uint32_t size;
	char text[SKEP_EXPLAIN_BYTES];

	if (!v->limits->unprivileged)
		return 0;
	if (is_reg)
		SKEP_TRY(check_distance(v, reg, by));
	if (pointer->kind == SKEP_VALUE_STACK) {
		if (skep_scalar_is_const(&pointer->var) && off + full->smin < 0 &&
		    off + full->smin >= -SKEP_STACK_BYTES)
			return 0;
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"this moves a stack pointer (r%u) to %s\nin an unprivileged program "
			"a constant offset from -%d to -1\nadd the whole offset at once, and "
			"index arrays with constants or put them into a map",
			reg, skep_explain(v, pointer, text), SKEP_STACK_BYTES);
	}
	if (pointer->kind != SKEP_VALUE_MAP_VALUE)
		return 0;
	size = v->code->maps[pointer->map].def.value_size;
	if (off + full->smin >= 0 && full->umax < size && off + (int64_t)full->umax < size)
		return 0;
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "this moves r%u to %s, which has %u bytes\nin an unprivileged program an "
			 "offset that stays inside\ncompare the index with its bound before it is "
			 "added",
			 reg, skep_explain(v, pointer, text), (unsigned)size);
}

int skep_unprivileged_stack(struct skep_verifier *v, const struct skep_frame *frame, uint32_t from,
			    uint32_t to, const char *what)
{
	const uint32_t hole =
		v->limits->unprivileged ? skep_frame_find_pointer(frame, from, to) : to;

	if (hole == to)
		return 0;
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "%s touches the stack at r10 %d, where a pointer is stored\nnumbers: an "
			 "unprivileged program may only load and store pointers whole\nstore a "
			 "number there before, or use other stack",
			 what, (int)hole - SKEP_STACK_BYTES);
}

/* A packet pointer against the end of its memory, in an order that says how much is there. */
static bool compares_packet(const struct skep_op *op, const struct skep_value *left,
			    const struct skep_value *right)
{
	const bool ordered = op->what == SKEP_JUMP_JGT || op->what == SKEP_JUMP_JGE ||
			     op->what == SKEP_JUMP_JLT || op->what == SKEP_JUMP_JLE;

	return op->bits == 64 && ordered &&
	       (skep_branch_is_end_of(left, right) || skep_branch_is_end_of(right, left));
}

/* A map, a value or a record against 0. */
static bool compares_null(const struct skep_op *op, const struct skep_value *left)
{
	return op->kind == SKEP_KIND_JUMP_IMM && op->imm == 0 && op->bits == 64 &&
	       (op->what == SKEP_JUMP_JEQ || op->what == SKEP_JUMP_JNE) &&
	       (left->kind == SKEP_VALUE_MAP || left->kind == SKEP_VALUE_MAP_VALUE ||
		left->kind == SKEP_VALUE_RECORD);
}

int skep_unprivileged_compare(struct skep_verifier *v, const struct skep_op *op,
			      const struct skep_value *left, const struct skep_value *right)
{
	const bool left_points = skep_value_is_pointer(left);
	const unsigned reg = left_points ? op->dst : op->src;
	char text[SKEP_EXPLAIN_BYTES];

	if (!v->limits->unprivileged || (!left_points && !skep_value_is_pointer(right)) ||
	    compares_null(op, left) || compares_packet(op, left, right))
		return 0;
	v->blamed = reg;
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "this compares r%u, which is %s\na number, a pointer that may be null "
			 "with the constant 0, or a packet pointer with its end by an order: "
			 "unprivileged programs must not learn addresses\ncompare what it points "
			 "to",
			 reg, skep_explain(v, left_points ? left : right, text));
}
