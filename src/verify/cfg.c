/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions in, their shape out: what each does, where functions begin and end, where paths
 * join, and what lies inside loops. Two passes, both linear. Refuses nothing: structure was checked
 * before.
 */
#include "base/bytes.h"
#include "verify/verifier.h"

static bool is_function_address(const struct skep_verifier *v, uint32_t pc)
{
	return v->ops[pc].kind == SKEP_KIND_LDDW && v->ops[pc].src == BPF_PSEUDO_FUNC;
}

/* Where the control flow goes within the function, besides to the next instruction. */
static bool has_jump(const struct skep_op *op)
{
	switch (op->kind) {
	case SKEP_KIND_JA:
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
	case SKEP_KIND_MAY_GOTO: return true;
	default: return false;
	}
}

static uint32_t target_of(uint32_t pc, int64_t jump)
{
	return (uint32_t)((int64_t)pc + 1 + jump);
}

static int decode(struct skep_verifier *v)
{
	const char *why;

	for (uint32_t pc = 0; pc < v->code->count; pc += v->ops[pc].slots) {
		if (skep_isa_decode(v->code->insns, v->code->count, pc, &v->ops[pc], &why) < 0)
			return skep_fail(v->log, SKEP_EINVAL, (int32_t)pc, "%s", why);
		v->marks[pc] = SKEP_MARK_INSN;
	}
	return 0;
}

/* `starts` has a byte per instruction: 1 where a function begins. */
static int find_functions(struct skep_verifier *v, uint8_t *starts)
{
	uint32_t count = 0, next = v->code->count;

	starts[0] = 1;
	for (uint32_t pc = 0; pc < v->code->count; pc += v->ops[pc].slots) {
		if (v->ops[pc].kind == SKEP_KIND_CALL_LOCAL)
			starts[target_of(pc, v->ops[pc].jump)] = 1;
		else if (is_function_address(v, pc))
			starts[target_of(pc, (int32_t)v->ops[pc].imm)] = 1;
	}
	for (uint32_t pc = 0; pc < v->code->count; pc++)
		count += starts[pc];
	v->facts.functions = skep_arena_array(&v->arena, count, sizeof(*v->facts.functions));
	if (v->facts.functions == NULL)
		return skep_explain_memory(v);
	v->facts.function_count = count;
	for (uint32_t pc = v->code->count; pc-- > 0;) {
		if (starts[pc] == 0)
			continue;
		v->facts.functions[--count] = (struct skep_function){ .start = pc, .end = next };
		next = pc;
	}
	return 0;
}

/* Paths join at every instruction that two others go to, where functions begin (from several calls)
 * and where they return to. `ways` counts the ways to an instruction, up to two. */
static void find_joins(struct skep_verifier *v, uint8_t *ways)
{
	for (uint32_t i = 0; i < v->facts.function_count; i++)
		ways[v->facts.functions[i].start] = 1;
	for (uint32_t pc = 0; pc < v->code->count; pc += v->ops[pc].slots) {
		const struct skep_op *op = &v->ops[pc];
		const uint32_t next = pc + op->slots;

		if (has_jump(op) && ways[target_of(pc, op->jump)] < 2)
			ways[target_of(pc, op->jump)]++;
		if (next >= v->code->count || op->kind == SKEP_KIND_JA ||
		    op->kind == SKEP_KIND_EXIT)
			continue;
		if (op->kind == SKEP_KIND_CALL_LOCAL) {
			ways[next] = 2;
			ways[target_of(pc, op->jump)] = 2;
		} else if (ways[next] < 2) {
			ways[next]++;
		}
	}
	for (uint32_t pc = 0; pc < v->code->count; pc++)
		if (ways[pc] == 2)
			v->marks[pc] |= SKEP_MARK_JOIN;
}

/* `depth` gets +1 where a loop begins and -1 after its end, in the order of the instructions: good
 * enough for what it decides, which is only how much to remember. */
static void find_loops(struct skep_verifier *v, int32_t *depth)
{
	int32_t inside = 0;

	for (uint32_t pc = 0; pc < v->code->count; pc += v->ops[pc].slots) {
		const uint32_t target = target_of(pc, v->ops[pc].jump);

		if (!has_jump(&v->ops[pc]) || target > pc)
			continue;
		depth[target]++;
		depth[pc + 1]--;
	}
	for (uint32_t pc = 0; pc < v->code->count; pc++) {
		inside += depth[pc];
		if (inside > 0)
			v->marks[pc] |= SKEP_MARK_LOOP;
	}
}

int skep_cfg_build(struct skep_verifier *v)
{
	const uint32_t count = v->code->count;
	uint8_t *starts, *ways;
	int32_t *depth;
	int err;

	v->ops = skep_arena_array(&v->arena, count, sizeof(*v->ops));
	v->marks = skep_arena_array(&v->arena, count, sizeof(*v->marks));
	starts = skep_arena_array(&v->pending, count, sizeof(*starts));
	ways = skep_arena_array(&v->pending, count, sizeof(*ways));
	depth = skep_arena_array(&v->pending, (size_t)count + 1, sizeof(*depth));
	if (v->ops == NULL || v->marks == NULL || starts == NULL || ways == NULL || depth == NULL)
		return skep_explain_memory(v);
	err = decode(v);
	if (err == 0)
		err = find_functions(v, starts);
	if (err == 0) {
		find_joins(v, ways);
		find_loops(v, depth);
	}
	skep_arena_free(&v->pending);
	return err;
}

uint32_t skep_cfg_function(const struct skep_facts *facts, uint32_t pc)
{
	uint32_t low = 0, high = facts->function_count;

	while (high - low > 1) {
		const uint32_t middle = low + (high - low) / 2;

		if (facts->functions[middle].start <= pc)
			low = middle;
		else
			high = middle;
	}
	return low;
}
