/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conditional jump: one state in, one or two out, each knowing what its side of the condition
 * says. Of numbers it tells bounds, to all that share them; of pointers that may be null, which
 * side they are on; of packet pointers against the packet's end, how many bytes are there. A side
 * that nothing can take is not walked; if neither can be taken, the verifier has erred and refuses.
 */
#include "verify/verifier.h"

/* How two values compare, for packet bounds. */
enum relation {
	UNRELATED,
	LESS,
	LESS_OR_EQUAL,
	GREATER,
	GREATER_OR_EQUAL,
};

struct operands {
	struct skep_value *dst, *src; /* src: NULL for an immediate */
	struct skep_value immediate;
};

static struct operands operands_of(struct skep_verifier *v, const struct skep_op *op)
{
	struct operands operands = { .dst = skep_verifier_reg(v, op->dst) };

	if (op->kind == SKEP_KIND_JUMP_REG)
		operands.src = skep_verifier_reg(v, op->src);
	else
		operands.immediate = skep_value_const((uint64_t)op->imm);
	return operands;
}

static const struct skep_value *right_of(const struct operands *operands)
{
	return operands->src != NULL ? operands->src : &operands->immediate;
}

/* --------------------------------------------------------------------------- numbers */

/* Gives what was learned of one number to all that differ from it by a constant. */
static void tell_others(struct skep_verifier *v, const struct skep_value *known)
{
	struct skep_cursor cursor = { 0, 0 };
	struct skep_value *other;

	if (known->id == 0)
		return;
	while ((other = skep_state_next(&v->state, &cursor)) != NULL) {
		const struct skep_scalar distance =
			skep_scalar_const((uint64_t)other->off - (uint64_t)known->off, SKEP_WIDTH);
		struct skep_scalar learned = known->var, both = other->var;

		if (other == known || other->kind != SKEP_VALUE_NUMBER || other->id != known->id)
			continue;
		skep_scalar_alu(&learned, &distance, SKEP_ALU_ADD, false, SKEP_WIDTH);
		if (skep_scalar_meet(&both, &learned, SKEP_WIDTH))
			other->var = both;
		else
			other->var = learned;
	}
}

/* A number compared with itself. */
static bool holds_of_same(const struct skep_scalar *a, enum skep_jump what, bool narrow, bool holds)
{
	switch (what) {
	case SKEP_JUMP_JEQ:
	case SKEP_JUMP_JGE:
	case SKEP_JUMP_JLE:
	case SKEP_JUMP_JSGE:
	case SKEP_JUMP_JSLE: return holds;
	case SKEP_JUMP_JSET: {
		struct skep_scalar left = *a, right = *a;

		return skep_scalar_assume(&left, &right, what, holds, narrow, SKEP_WIDTH);
	}
	default: return !holds;
	}
}

/* --------------------------------------------------------------------------- pointers */

static bool is_null_check(const struct skep_op *op, const struct skep_value *left,
			  const struct skep_value *right)
{
	return op->bits == 64 && (op->what == SKEP_JUMP_JEQ || op->what == SKEP_JUMP_JNE) &&
	       skep_value_is_pointer(left) && skep_value_is_number(right, 0);
}

/* What skep itself places has an address other than 0. Context and packet are the host's, who may
 * give an empty packet none. */
static bool is_never_null(const struct skep_value *pointer)
{
	switch (pointer->kind) {
	case SKEP_VALUE_STACK:
	case SKEP_VALUE_MAP:
	case SKEP_VALUE_MAP_VALUE:
	case SKEP_VALUE_SOCK:
	case SKEP_VALUE_RECORD: return !pointer->maybe_null && skep_value_is_start(pointer);
	default: return false;
	}
}

/* Every pointer of that id is null, or none is. */
static void settle_null(struct skep_verifier *v, const struct skep_value *pointer, bool null)
{
	const uint32_t id = pointer->id;
	const uint8_t kind = pointer->kind;
	struct skep_cursor cursor = { 0, 0 };
	struct skep_value *value;

	if ((kind == SKEP_VALUE_RECORD || kind == SKEP_VALUE_SOCK) && null)
		skep_call_drop_ref(&v->state, id);
	while ((value = skep_state_next(&v->state, &cursor)) != NULL) {
		const uint32_t origin = value->origin;

		if (value->kind != kind || !value->maybe_null || value->id != id)
			continue;
		value->maybe_null = false;
		if (null) {
			*value = skep_value_const(0);
			value->lost = SKEP_LOST_NULL;
			value->origin = origin;
		} else if (kind != SKEP_VALUE_RECORD) {
			value->id = 0;
		}
	}
}

static enum relation swapped(enum relation relation)
{
	switch (relation) {
	case LESS: return GREATER;
	case LESS_OR_EQUAL: return GREATER_OR_EQUAL;
	case GREATER: return LESS;
	case GREATER_OR_EQUAL: return LESS_OR_EQUAL;
	default: return UNRELATED;
	}
}

static enum relation relation_of(enum skep_jump what, bool holds)
{
	switch (what) {
	case SKEP_JUMP_JLT: return holds ? LESS : GREATER_OR_EQUAL;
	case SKEP_JUMP_JLE: return holds ? LESS_OR_EQUAL : GREATER;
	case SKEP_JUMP_JGT: return holds ? GREATER : LESS_OR_EQUAL;
	case SKEP_JUMP_JGE: return holds ? GREATER_OR_EQUAL : LESS;
	case SKEP_JUMP_JEQ: return holds ? LESS_OR_EQUAL : UNRELATED;
	case SKEP_JUMP_JNE: return holds ? UNRELATED : LESS_OR_EQUAL;
	default: return UNRELATED;
	}
}

/* The packet's end, or the packet's start for what lies before it. */
bool skep_branch_is_end_of(const struct skep_value *end, const struct skep_value *pointer)
{
	if (pointer->kind == SKEP_VALUE_PKT)
		return end->kind == SKEP_VALUE_PKT_END;
	return pointer->kind == SKEP_VALUE_PKT_META && end->kind == SKEP_VALUE_PKT &&
	       end->id == 0 && skep_value_is_start(end);
}

/* pointer <= end, or pointer < end: so many bytes are there, for all pointers with this variable
 * part. Only small offsets count, from which no sum of addresses can wrap around. */
static void extend_reach(struct skep_verifier *v, const struct skep_value *pointer, bool strictly)
{
	const struct skep_value from = *pointer;
	const int32_t reach = from.off + (strictly ? 1 : 0);
	struct skep_cursor cursor = { 0, 0 };
	struct skep_value *value;

	if (from.off < 0 || from.var.full.smin < 0 || from.var.full.smax > SKEP_PKT_MAX ||
	    from.off + from.var.full.smax > SKEP_PKT_MAX)
		return;
	while ((value = skep_state_next(&v->state, &cursor)) != NULL)
		if (value->kind == from.kind && value->id == from.id && value->reach < reach)
			value->reach = reach;
}

static void compare_packet(struct skep_verifier *v, const struct operands *operands,
			   const struct skep_op *op, bool holds)
{
	const struct skep_value *left = operands->dst, *right = operands->src;
	enum relation relation = relation_of(op->what, holds);

	if (right == NULL || op->bits != 64)
		return;
	if (skep_branch_is_end_of(left, right)) {
		const bool is_equality = op->what == SKEP_JUMP_JEQ || op->what == SKEP_JUMP_JNE;

		left = operands->src;
		right = operands->dst;
		relation = is_equality ? relation : swapped(relation);
	}
	if (skep_branch_is_end_of(right, left) && (relation == LESS || relation == LESS_OR_EQUAL))
		extend_reach(v, left, relation == LESS);
}

/* --------------------------------------------------------------------------- both */

/* Whether the condition can have this outcome. */
static bool is_possible(const struct skep_op *op, const struct operands *operands, bool holds)
{
	const struct skep_value *left = operands->dst, *right = right_of(operands);

	if (left->kind == SKEP_VALUE_NUMBER && right->kind == SKEP_VALUE_NUMBER) {
		struct skep_scalar a = left->var, b = right->var;

		if (left == right)
			return holds_of_same(&a, op->what, op->bits == 32, holds);
		return skep_scalar_assume(&a, &b, op->what, holds, op->bits == 32, SKEP_WIDTH);
	}
	if (is_null_check(op, left, right) && is_never_null(left))
		return holds == (op->what == SKEP_JUMP_JNE);
	return true;
}

/* Learns from the outcome, which is possible. */
static void learn(struct skep_verifier *v, const struct skep_op *op, bool holds)
{
	struct operands operands = operands_of(v, op);
	struct skep_value *left = operands.dst;
	const struct skep_value *right = right_of(&operands);

	if (left->kind == SKEP_VALUE_NUMBER && right->kind == SKEP_VALUE_NUMBER) {
		struct skep_scalar a = left->var, b = right->var;

		if (left == right ||
		    !skep_scalar_assume(&a, &b, op->what, holds, op->bits == 32, SKEP_WIDTH))
			return;
		left->var = a;
		if (operands.src != NULL)
			operands.src->var = b;
		tell_others(v, left);
		if (operands.src != NULL)
			tell_others(v, operands.src);
		return;
	}
	if (is_null_check(op, left, right) && left->maybe_null)
		settle_null(v, left, holds == (op->what == SKEP_JUMP_JEQ));
	else
		compare_packet(v, &operands, op, holds);
}

static void go(struct skep_verifier *v, const struct skep_op *op, bool holds)
{
	skep_path_note(v, holds);
	learn(v, op, holds);
	v->state.pc = holds ? (uint32_t)((int64_t)v->state.pc + 1 + op->jump) : v->state.pc + 1;
}

int skep_branch(struct skep_verifier *v, const struct skep_op *op)
{
	const struct operands operands = operands_of(v, op);
	bool yes, no;

	if (operands.dst->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, op->dst);
	if (operands.src != NULL && operands.src->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, op->src);
	SKEP_TRY(skep_unprivileged_compare(v, op, operands.dst, right_of(&operands)));
	yes = is_possible(op, &operands, true);
	no = is_possible(op, &operands, false);
	if (!yes && !no)
		return skep_fail(v->log, SKEP_EACCES, (int32_t)v->state.pc,
				 "the verifier finds both sides of this condition impossible\nat "
				 "least one\nplease report this program as a bug of skep");
	if (yes && no)
		SKEP_TRY(skep_pending_push(v));
	go(v, op, !no);
	return 0;
}

void skep_branch_take(struct skep_verifier *v)
{
	go(v, &v->ops[v->state.pc], true);
}
