/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A linked program in; out, that it is safe and what was proven of it, or the reason why not. Walks
 * every path, the newest branch first, within the limits given; nothing is proven that was not
 * walked, or contained in what was.
 */
#include "verify/verify.h"

#include "base/bytes.h"
#include "base/format.h"
#include "verify/verifier.h"

/* Linux's bound on the stack under a function that makes tail calls: 33 of them may nest. */
enum { TAIL_STACK_BYTES = 256 };

/* How long a second walk may be, for the sake of better facts: so many times as long as the first,
 * and so many instructions more. */
enum { REFINING_TIMES = 4, REFINING_INSNS = 4096 };

/* ----------------------------------------------------------------------------------- memory */

/* The verifier's port: the caller's, with the bytes counted against the limit. */
static void *count_alloc(void *ctx, size_t size, size_t align)
{
	struct skep_verifier *v = ctx;
	void *memory;

	if (size > v->limits->bytes_max - v->used_bytes) {
		v->capped = true;
		return NULL;
	}
	memory = v->outer->alloc(v->outer->ctx, size, align);
	if (memory != NULL)
		v->used_bytes += size;
	return memory;
}

static void count_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct skep_verifier *v = ctx;

	v->used_bytes -= size;
	v->outer->free(v->outer->ctx, memory, size, align);
}

/* -------------------------------------------------------------------------------------- walk */

static int refuse_length(const struct skep_verifier *v)
{
	return skep_fail(v->log, SKEP_E2BIG, (int32_t)v->state.pc,
			 "%u instructions were walked through and the program did not end\na "
			 "program with fewer paths, or loops with fewer turns\nbound the loops "
			 "lower, or raise verify_insns_max",
			 (unsigned)v->limits->insns_max);
}

/* One path, until it ends or meets a state that contains it. */
static int walk_path(struct skep_verifier *v)
{
	bool ends = false;

	while (!ends) {
		const uint32_t pc = v->state.pc;

		v->blamed = SKEP_CLUE_NO_REG;
		if (v->limits->keep_facts)
			skep_facts_note(v);
		if (v->marks[pc] & SKEP_MARK_JOIN) {
			SKEP_TRY(skep_table_visit(v, &ends));
			if (ends)
				break;
		}
		if (v->facts.walked_insns == v->insns_max)
			return refuse_length(v);
		v->facts.walked_insns++;
		v->state.since++;
		v->state.length++;
		v->facts.insns[pc] |= SKEP_FACT_REACHED;
		SKEP_TRY(skep_step(v, &ends));
	}
	skep_table_end_path(v);
	return 0;
}

static int begin(struct skep_verifier *v)
{
	struct skep_frame *frame;

	v->state = (struct skep_state){ 0 };
	v->top = NULL;
	v->facts.walked_insns = 0;
	v->facts.states = 0;
	v->facts.clues = NULL;
	v->facts.clue_count = 0;
	v->last_id = 0;
	for (uint32_t i = 0; i < v->facts.function_count; i++)
		v->facts.functions[i].stack_bytes = 0;
	for (uint32_t pc = 0; pc < v->code->count; pc++)
		v->marks[pc] &= (uint8_t)~SKEP_MARK_OTHER;
	memset(v->facts.insns, 0, v->code->count);
	frame = skep_state_push_frame(&v->state, &v->arena);
	if (frame == NULL)
		return skep_explain_memory(v);
	frame->regs[1] = skep_value_pointer(SKEP_VALUE_CTX, 0);
	return skep_table_make(v);
}

/* The other outcome of the instruction whose state was put aside. */
static void take_other(struct skep_verifier *v)
{
	switch (v->ops[v->state.pc].kind) {
	case SKEP_KIND_CALL_HELPER: skep_call_return_tail(v); break;
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND: skep_packet_end(v); break;
	default: skep_branch_take(v); break;
	}
}

static int walk(struct skep_verifier *v)
{
	bool found = true;

	SKEP_TRY(begin(v));
	while (found) {
		SKEP_TRY(walk_path(v));
		SKEP_TRY(skep_pending_pop(v, &found));
		if (found)
			take_other(v);
	}
	return 0;
}

/* ---------------------------------------------------------------------------------- results */

/* Stack of the chains of calls that a function is in, by function. */
struct depth {
	uint32_t above; /* of its callers together, at most */
	uint32_t below; /* of itself and those it calls, at most */
};

/* Lets what is known of one call's two ends grow; true if it did. */
static bool grow(struct depth *caller, struct depth *callee, uint32_t caller_bytes)
{
	const uint32_t above = caller->above + caller_bytes, below = caller_bytes + callee->below;
	const bool grows = callee->above < above || caller->below < below;

	if (callee->above < above)
		callee->above = above;
	if (caller->below < below)
		caller->below = below;
	return grows;
}

static int check_depth(struct skep_verifier *v, uint32_t pc, const struct depth *depth)
{
	const struct skep_op *op = &v->ops[pc];
	const struct skep_helper *helper;

	if (op->kind == SKEP_KIND_CALL_LOCAL && depth->below > SKEP_STACK_BYTES)
		return skep_fail(v->log, SKEP_EACCES, (int32_t)pc,
				 "the functions in this chain of calls use %u bytes of stack "
				 "together\nat most %d\nmove large variables into a map, or inline "
				 "functions",
				 (unsigned)depth->below, SKEP_STACK_BYTES);
	if (op->kind != SKEP_KIND_CALL_HELPER || depth->above < TAIL_STACK_BYTES)
		return 0;
	helper = skep_contracts_helper(v->code->contracts, (uint32_t)op->imm);
	if (helper == NULL || !(helper->flags & SKEP_HELPER_TAIL_CALL))
		return 0;
	return skep_fail(v->log, SKEP_EACCES, (int32_t)pc,
			 "the callers of the function that makes this tail call use %u bytes of "
			 "stack\nless than %d, since they stay while the other program runs\nmake "
			 "the tail call in the program itself, or inline the function",
			 (unsigned)depth->above, TAIL_STACK_BYTES);
}

/* Each round lets chains grow by one call. The walk has refused chains longer than the frames there
 * may be, recursions among them. */
static int find_depth(struct skep_verifier *v)
{
	struct skep_facts *facts = &v->facts;
	struct depth *depths = skep_arena_array(&v->arena, facts->function_count, sizeof(*depths));
	bool grows = true;

	if (depths == NULL)
		return skep_explain_memory(v);
	for (uint32_t i = 0; i < facts->function_count; i++)
		depths[i].below = facts->functions[i].stack_bytes;
	for (int round = 0; grows && round <= SKEP_FRAMES_MAX; round++) {
		grows = false;
		for (uint32_t pc = 0; pc < v->code->count; pc++) {
			const struct skep_op *op = &v->ops[pc];
			uint32_t caller, callee;

			if (!(facts->insns[pc] & SKEP_FACT_REACHED) ||
			    op->kind != SKEP_KIND_CALL_LOCAL)
				continue;
			caller = skep_cfg_function(facts, pc);
			callee = skep_cfg_function(facts, (uint32_t)((int64_t)pc + 1 + op->jump));
			grows |= grow(&depths[caller], &depths[callee],
				      facts->functions[caller].stack_bytes);
		}
	}
	for (uint32_t pc = 0; pc < v->code->count; pc++)
		if (facts->insns[pc] & SKEP_FACT_REACHED)
			SKEP_TRY(check_depth(v, pc, &depths[skep_cfg_function(facts, pc)]));
	facts->stack_bytes = depths[0].below;
	return 0;
}

static int give_facts(struct skep_verifier *v, struct skep_arena *arena, struct skep_facts *out)
{
	const struct skep_facts *facts = &v->facts;
	uint8_t *insns = skep_arena_array(arena, v->code->count, sizeof(*insns));
	struct skep_function *functions =
		skep_arena_array(arena, facts->function_count, sizeof(*functions));

	if (insns == NULL || functions == NULL)
		return skep_fail_memory(v->log, "what was proven");
	memcpy(insns, facts->insns, v->code->count);
	memcpy(functions, facts->functions, facts->function_count * sizeof(*functions));
	*out = *facts;
	out->insns = insns;
	out->functions = functions;
	return v->limits->keep_facts ? skep_facts_give(v, arena, out) : 0;
}

/* A refusal kept until it is known which one to give. */
struct refusal {
	int32_t insn;
	char found[512], needed[512], advice[512];
};

static void keep_part(char to[512], const char *part)
{
	skep_format(to, 512, "%s", part != NULL ? part : "");
}

static void keep_refusal(void *ctx, const struct skep_report *report)
{
	struct refusal *refusal = ctx;

	refusal->insn = report->insn;
	keep_part(refusal->found, report->found);
	keep_part(refusal->needed, report->needed);
	keep_part(refusal->advice, report->advice);
}

/* `out` gets the clues to a refusal. */
static int try_walk(struct skep_verifier *v, bool forgets, struct refusal *refusal,
		    struct skep_arena *out)
{
	struct skep_log keeper = { .sink = keep_refusal, .sink_ctx = refusal };
	struct skep_log *log = v->log;
	int err;

	v->capped = false;
	v->forgets = forgets;
	v->log = &keeper;
	err = walk(v);
	if (err == 0)
		err = find_depth(v);
	else if (v->limits->keep_clues)
		skep_path_explain(v, (uint32_t)refusal->insn, out);
	v->log = log;
	return err;
}

/* What is known is known better when nothing is forgotten, if that does not take much longer. The
 * verdict stays. */
static void refine(struct skep_verifier *v, struct skep_arena_mark mark, struct refusal *refusal,
		   struct skep_arena *out)
{
	const uint64_t worth = (uint64_t)v->facts.walked_insns * REFINING_TIMES + REFINING_INSNS;

	if (worth < v->insns_max)
		v->insns_max = (uint32_t)worth;
	skep_facts_save(v);
	skep_arena_free(&v->pending);
	skep_arena_release(&v->arena, mark);
	if (try_walk(v, false, refusal, out) != 0)
		skep_facts_restore(v);
}

/* The walk that forgets goes first, because it is short; what it misses the other may prove. When
 * both fail, the reason of the second counts, unless it is only that the walk was too long. */
static int prove(struct skep_verifier *v, struct skep_arena *out)
{
	struct refusal *refusals = skep_arena_array(&v->arena, 2, sizeof(*refusals));
	const struct skep_arena_mark mark = skep_arena_mark(&v->arena);
	const struct skep_clue *clues;
	const struct refusal *reason;
	uint32_t clue_count;
	int err, second;

	if (refusals == NULL)
		return skep_explain_memory(v);
	err = try_walk(v, true, &refusals[0], out);
	if (err == 0 && v->limits->keep_facts)
		refine(v, mark, &refusals[1], out);
	if (err == 0)
		return 0;
	reason = &refusals[0];
	clues = v->facts.clues;
	clue_count = v->facts.clue_count;
	if (err == SKEP_EACCES || err == SKEP_E2BIG) {
		skep_arena_free(&v->pending);
		skep_arena_release(&v->arena, mark);
		second = try_walk(v, false, &refusals[1], out);
		if (second == 0)
			return 0;
		if (second != SKEP_E2BIG && second != SKEP_ENOMEM) {
			reason = &refusals[1];
			err = second;
		} else {
			v->facts.clues = clues;
			v->facts.clue_count = clue_count;
		}
	}
	return skep_fail(v->log, err, reason->insn, "%s\n%s\n%s", reason->found, reason->needed,
			 reason->advice);
}

static int check(const struct skep_bytecode *code, struct skep_log *log)
{
	if (code->count == 0)
		return skep_fail(log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the program has no instructions\nat least one\n");
	if (code->type == NULL)
		return skep_fail(log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the program has no type\na type that says what its context is\n");
	return 0;
}

static int check_structure(const struct skep_verifier *v)
{
	struct skep_arena scratch;
	int err;

	skep_arena_init(&scratch, v->outer, 0);
	err = skep_isa_check(v->code->insns, v->code->count, &scratch, v->log);
	skep_arena_free(&scratch);
	return err;
}

static int run(struct skep_verifier *v, struct skep_arena *arena, struct skep_facts *out)
{
	SKEP_TRY(check_structure(v));
	SKEP_TRY(skep_cfg_build(v));
	if (v->limits->unprivileged)
		SKEP_TRY(skep_unprivileged_check(v));
	v->facts.count = v->code->count;
	v->facts.insns = skep_arena_array(&v->arena, v->code->count, sizeof(*v->facts.insns));
	if (v->facts.insns == NULL)
		return skep_explain_memory(v);
	SKEP_TRY(skep_need_find(v));
	if (v->limits->keep_facts)
		SKEP_TRY(skep_facts_make(v));
	if (v->limits->keep_clues)
		SKEP_TRY(skep_path_make(v));
	SKEP_TRY(prove(v, arena));
	return give_facts(v, arena, out);
}

int skep_verify(const struct skep_bytecode *code, const struct skep_verify_limits *limits,
		const struct skep_port *port, struct skep_arena *arena, struct skep_log *log,
		struct skep_facts *out)
{
	struct skep_verifier v = { .code = code,
				   .limits = limits,
				   .log = log,
				   .outer = port,
				   .insns_max = limits->insns_max };
	const struct skep_port counted = { .ctx = &v, .alloc = count_alloc, .free = count_free };
	int err = check(code, log);

	if (err < 0)
		return err;
	skep_arena_init(&v.arena, &counted, 0);
	skep_arena_init(&v.pending, &counted, 0);
	err = run(&v, arena, out);
	skep_arena_free(&v.pending);
	skep_arena_free(&v.arena);
	out->walked_insns = v.facts.walked_insns;
	out->states = v.facts.states;
	out->clues = err < 0 ? v.facts.clues : NULL;
	out->clue_count = err < 0 ? v.facts.clue_count : 0;
	return err;
}
