/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in, a yes or a reason out: what must hold before anything may follow its jumps. Three
 * passes over the instructions, two bits each: decode and mark second halves of lddw; mark where
 * functions begin; hold every jump to the function it is in. Refuses illegal instructions, targets
 * outside or inside an instruction, functions without an end, writes to r10.
 */
#include "base/bytes.h"
#include "isa/isa.h"

enum {
	SECOND_HALF = 1u << 0, /* of an lddw */
	FUNCTION = 1u << 1,    /* begins here */
};

struct checker {
	const struct skep_insn *insns;
	uint32_t count;
	uint8_t *marks; /* four instructions to a byte */
	struct skep_log *log;
};

static void set_mark(struct checker *c, uint32_t index, unsigned mark)
{
	c->marks[index / 4] = (uint8_t)(c->marks[index / 4] | mark << index % 4 * 2);
}

static bool has_mark(const struct checker *c, uint32_t index, unsigned mark)
{
	return ((unsigned)c->marks[index / 4] >> index % 4 * 2 & mark) != 0;
}

/* The register an instruction writes, or -1. */
static int written_register(const struct skep_op *op)
{
	switch (op->kind) {
	case SKEP_KIND_ALU_IMM:
	case SKEP_KIND_ALU_REG:
	case SKEP_KIND_NEG:
	case SKEP_KIND_MOV_SIGNED:
	case SKEP_KIND_MOV_SPACE:
	case SKEP_KIND_TO_LE:
	case SKEP_KIND_TO_BE:
	case SKEP_KIND_SWAP:
	case SKEP_KIND_LDDW:
	case SKEP_KIND_LOAD:
	case SKEP_KIND_LOAD_SIGNED:
	case SKEP_KIND_LOAD_ACQUIRE: return op->dst;
	case SKEP_KIND_ATOMIC:
		switch (op->what) {
		case SKEP_ATOMIC_FETCH_ADD:
		case SKEP_ATOMIC_FETCH_OR:
		case SKEP_ATOMIC_FETCH_AND:
		case SKEP_ATOMIC_FETCH_XOR:
		case SKEP_ATOMIC_XCHG: return op->src;
		default: return -1;
		}
	default: return -1;
	}
}

static int check_insns(struct checker *c)
{
	struct skep_op op;
	const char *why;

	for (uint32_t i = 0; i < c->count; i += op.slots) {
		if (skep_isa_decode(c->insns, c->count, i, &op, &why) < 0)
			return skep_fail(c->log, SKEP_EINVAL, (int32_t)i,
					 "%s\nan instruction of RFC 9669 or Linux", why);
		if (written_register(&op) == BPF_REG_FP)
			return skep_fail(c->log, SKEP_EINVAL, (int32_t)i,
					 "r10 is written\nr0 to r9 as the destination\nr10 is the "
					 "frame pointer: copy it to another register first");
		if (op.slots == 2)
			set_mark(c, i + 1, SECOND_HALF);
	}
	return 0;
}

/* What is at fault with the target of an instruction at `index`, or NULL. */
static const char *target_problem(const struct checker *c, int64_t target)
{
	if (target < 0)
		return "before the first instruction";
	if (target >= c->count)
		return "past the last instruction";
	if (has_mark(c, (uint32_t)target, SECOND_HALF))
		return "in the middle of a 64-bit load";
	return NULL;
}

static int check_target(const struct checker *c, uint32_t index, int64_t target, const char *what)
{
	const char *problem = target_problem(c, target);

	if (problem == NULL)
		return 0;
	return skep_fail(c->log, SKEP_EINVAL, (int32_t)index,
			 "this %s goes to %lld, %s\na target from 0 to %u that begins an "
			 "instruction",
			 what, (long long)target, problem, (unsigned)c->count - 1);
}

static int mark_functions(struct checker *c)
{
	struct skep_op op;
	const char *why;

	set_mark(c, 0, FUNCTION);
	for (uint32_t i = 0; i < c->count; i += op.slots) {
		int64_t target = (int64_t)i + 1;

		skep_isa_decode(c->insns, c->count, i, &op, &why);
		if (op.kind == SKEP_KIND_CALL_LOCAL)
			target += op.jump;
		else if (op.kind == SKEP_KIND_LDDW && op.src == BPF_PSEUDO_FUNC)
			target += (int32_t)(uint32_t)op.imm;
		else
			continue;
		SKEP_TRY(check_target(c, i, target,
				      op.kind == SKEP_KIND_LDDW ? "function address" : "call"));
		set_mark(c, (uint32_t)target, FUNCTION);
	}
	return 0;
}

static bool is_jump(uint8_t kind)
{
	return kind == SKEP_KIND_JA || kind == SKEP_KIND_JUMP_IMM || kind == SKEP_KIND_JUMP_REG ||
	       kind == SKEP_KIND_MAY_GOTO;
}

/* Checks the function that begins at `start` and gives where the next one does. */
static int check_function(const struct checker *c, uint32_t start, uint32_t *next)
{
	uint32_t end = start + 1, last = start;
	struct skep_op op;
	const char *why;

	while (end < c->count && !has_mark(c, end, FUNCTION))
		end++;
	for (uint32_t i = start; i < end; i += op.slots) {
		const int64_t after = (int64_t)i + 1;

		skep_isa_decode(c->insns, c->count, i, &op, &why);
		last = i;
		if (!is_jump(op.kind))
			continue;
		SKEP_TRY(check_target(c, i, after + op.jump, "jump"));
		if (after + op.jump < start || after + op.jump >= end)
			return skep_fail(c->log, SKEP_EINVAL, (int32_t)i,
					 "this jump leaves its function, which is instructions %u "
					 "to %u\na target inside\ncall other functions with `call`",
					 (unsigned)start, (unsigned)end - 1);
	}
	if (op.kind != SKEP_KIND_EXIT && op.kind != SKEP_KIND_JA)
		return skep_fail(c->log, SKEP_EINVAL, (int32_t)last,
				 "the function that begins at instruction %u goes on past its last "
				 "one\nexit or an unconditional jump at its end",
				 (unsigned)start);
	*next = end;
	return 0;
}

static int check_program(struct checker *c)
{
	uint32_t start = 0;

	SKEP_TRY(check_insns(c));
	SKEP_TRY(mark_functions(c));
	while (start < c->count)
		SKEP_TRY(check_function(c, start, &start));
	return 0;
}

int skep_isa_check(const struct skep_insn *insns, uint32_t count, struct skep_arena *scratch,
		   struct skep_log *log)
{
	const struct skep_arena_mark mark = skep_arena_mark(scratch);
	struct checker checker = { insns, count, NULL, log };
	int result;

	if (count == 0 || count > INT32_MAX)
		return skep_fail(log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the program has %u instructions\nfrom 1 to 2147483647 of them",
				 (unsigned)count);
	checker.marks = skep_arena_alloc(scratch, (size_t)count / 4 + 1);
	if (checker.marks == NULL)
		return skep_fail_memory(log, "checking the structure of a program");
	result = check_program(&checker);
	skep_arena_release(scratch, mark);
	return result;
}
