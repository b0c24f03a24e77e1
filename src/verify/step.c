/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One instruction: the current state before in, the state after out. Arithmetic is done here, the
 * rest is handed to the file of its kind. Refuses reading what was never written, arithmetic that
 * would make a pointer of unknown reach, and whatever is not known here.
 */
#include "base/bytes.h"
#include "verify/verifier.h"

static int32_t at(const struct skep_verifier *v)
{
	return (int32_t)v->state.pc;
}

void skep_step_share(struct skep_verifier *v, struct skep_value *value)
{
	if (value->kind != SKEP_VALUE_NUMBER || value->id != 0 || skep_scalar_is_const(&value->var))
		return;
	value->id = ++v->last_id;
	value->off = 0;
}

static int need_written(struct skep_verifier *v, unsigned reg)
{
	if (skep_verifier_reg(v, reg)->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, reg);
	return 0;
}

/* ------------------------------------------------------------------------------- pointers */

static int refuse_math(struct skep_verifier *v, unsigned reg, const char *why, const char *advice)
{
	char text[SKEP_EXPLAIN_BYTES];

	v->blamed = reg;
	return skep_fail(v->log, SKEP_EACCES, at(v), "r%u is %s, and %s\nanother operation\n%s",
			 reg, skep_explain(v, skep_verifier_reg(v, reg), text), why, advice);
}

/* Whether something may be added to a pointer of this kind. */
static bool can_move(const struct skep_value *pointer, const struct skep_value *by)
{
	switch (pointer->kind) {
	case SKEP_VALUE_PKT:
	case SKEP_VALUE_PKT_META:
	case SKEP_VALUE_STACK:
	case SKEP_VALUE_MAP_VALUE:
	case SKEP_VALUE_RECORD: return true;
	case SKEP_VALUE_CTX:
	case SKEP_VALUE_KERNEL: return skep_value_is_const(by);
	default: return skep_value_is_number(by, 0);
	}
}

static int move_by_const(struct skep_verifier *v, unsigned reg, struct skep_value *pointer,
			 int64_t by)
{
	char text[SKEP_EXPLAIN_BYTES];

	if (by < -SKEP_OFF_MAX || by > SKEP_OFF_MAX || pointer->off + by < -SKEP_OFF_MAX ||
	    pointer->off + by > SKEP_OFF_MAX)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "adding %lld to %s (r%u) leaves every object behind\nan offset "
				 "within 2^29 bytes\nlimit the number before it is added",
				 (long long)by, skep_explain(v, pointer, text), reg);
	pointer->off += (int32_t)by;
	return 0;
}

static int move_by_any(struct skep_verifier *v, unsigned reg, struct skep_value *pointer,
		       const struct skep_scalar *by, bool back)
{
	char text[SKEP_EXPLAIN_BYTES];

	skep_scalar_alu(&pointer->var, by, back ? SKEP_ALU_SUB : SKEP_ALU_ADD, false, SKEP_WIDTH);
	if (pointer->var.full.smin < -SKEP_OFF_MAX || pointer->var.full.smin > SKEP_OFF_MAX)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "the number %s a pointer (r%u) is %s\none that is known not to "
				 "reach 2^29 bytes back\ncompare it with a lower bound, or make it "
				 "unsigned and mask it, before this",
				 back ? "subtracted from" : "added to", reg,
				 skep_explain_bounds(by, text));
	if (pointer->kind == SKEP_VALUE_PKT || pointer->kind == SKEP_VALUE_PKT_META) {
		pointer->id = ++v->last_id;
		pointer->reach = 0;
	}
	return 0;
}

/* pointer + number, or pointer - number, into op->dst; `reg` holds the pointer. */
static int move_pointer(struct skep_verifier *v, const struct skep_op *op, unsigned reg,
			const struct skep_value *by, bool back)
{
	const bool is_reg = op->kind == SKEP_KIND_ALU_REG;
	struct skep_value pointer = *skep_verifier_reg(v, reg);
	int64_t distance;

	if (pointer.maybe_null)
		return refuse_math(v, reg, "null does not point anywhere",
				   "compare it with 0 before this");
	if (!can_move(&pointer, by))
		return refuse_math(v, reg, "nothing may be added to it or taken from it",
				   "use it as it is");
	v->blamed = !is_reg ? reg : reg == op->dst ? op->src : op->dst;
	if (skep_value_is_const(by)) {
		distance = by->var.full.smin;
		if (back && distance == INT64_MIN)
			distance = INT64_MAX;
		else if (back)
			distance = -distance;
		SKEP_TRY(move_by_const(v, reg, &pointer, distance));
	} else {
		SKEP_TRY(move_by_any(v, reg, &pointer, &by->var, back));
	}
	SKEP_TRY(skep_unprivileged_move(v, reg, &pointer, by, is_reg));
	*skep_verifier_reg(v, op->dst) = pointer;
	return 0;
}

/* op->dst becomes a number that still has something of the address in `reg`. */
static int become_number(struct skep_verifier *v, const struct skep_op *op, unsigned reg)
{
	struct skep_value value = skep_value_unknown(op->bits);

	SKEP_TRY(skep_unprivileged_keep(v, reg, "would become a number here"));
	value.lost = SKEP_LOST_MATH;
	value.origin = v->state.pc;
	*skep_verifier_reg(v, op->dst) = value;
	return 0;
}

/* At least one operand is a pointer. What gives a number that still has something of an address is
 * allowed where Linux allows it to privileged programs. */
static int pointer_math(struct skep_verifier *v, const struct skep_op *op,
			const struct skep_value *src)
{
	const struct skep_value *dst = skep_verifier_reg(v, op->dst);
	const bool both = skep_value_is_pointer(dst) && skep_value_is_pointer(src);
	const unsigned reg = skep_value_is_pointer(dst) ? op->dst : op->src;

	if (op->what == SKEP_ALU_SUB && (both || op->bits == 32))
		return become_number(v, op, reg);
	if (op->bits == 32)
		return refuse_math(v, reg, "32-bit arithmetic would cut it",
				   "use the 64-bit operation");
	if (both)
		return refuse_math(v, op->dst, "the other operand is a pointer too",
				   "pointers can only be subtracted from each other");
	if (op->what == SKEP_ALU_ADD)
		return move_pointer(v, op, reg, reg == op->dst ? src : dst, false);
	if (op->what == SKEP_ALU_SUB && reg == op->dst)
		return move_pointer(v, op, reg, src, true);
	return refuse_math(v, reg, "this arithmetic has no meaning for addresses",
			   "add numbers to pointers or subtract them, nothing else");
}

/* --------------------------------------------------------------------------------- numbers */

static int check_immediate(struct skep_verifier *v, const struct skep_op *op)
{
	switch (op->what) {
	case SKEP_ALU_DIV:
	case SKEP_ALU_MOD:
	case SKEP_ALU_SDIV:
	case SKEP_ALU_SMOD:
		if (op->imm == 0)
			return skep_fail(v->log, SKEP_EINVAL, at(v),
					 "this divides by zero\nanother divisor\nremove the "
					 "instruction, or divide by a register that can be zero");
		return 0;
	case SKEP_ALU_LSH:
	case SKEP_ALU_RSH:
	case SKEP_ALU_ARSH:
		if (op->imm < 0 || op->imm >= op->bits)
			return skep_fail(v->log, SKEP_EINVAL, at(v),
					 "this shifts %u bits by %lld\na distance from 0 to %u\n",
					 op->bits, (long long)op->imm, op->bits - 1u);
		return 0;
	default: return 0;
	}
}

/* Sum of a number that has an id and a constant: it still belongs to the others. */
static bool keeps_id(const struct skep_value *dst, const struct skep_value *src,
		     const struct skep_op *op, int32_t *off)
{
	int64_t sum;

	if (dst->id == 0 || op->bits != 64 || !skep_value_is_const(src) ||
	    (op->what != SKEP_ALU_ADD && op->what != SKEP_ALU_SUB) ||
	    src->var.full.smin < INT32_MIN || src->var.full.smin > INT32_MAX)
		return false;
	sum = op->what == SKEP_ALU_ADD ? dst->off + src->var.full.smin
				       : dst->off - src->var.full.smin;
	*off = (int32_t)sum;
	return sum >= INT32_MIN && sum <= INT32_MAX;
}

static void number_math(struct skep_verifier *v, const struct skep_op *op,
			const struct skep_value *src)
{
	struct skep_value *dst = skep_verifier_reg(v, op->dst);
	int32_t off = 0;
	const bool keeps = keeps_id(dst, src, op, &off);

	dst->lost = SKEP_LOST_NONE;
	if (op->kind == SKEP_KIND_ALU_REG && op->dst == op->src &&
	    (op->what == SKEP_ALU_SUB || op->what == SKEP_ALU_XOR))
		dst->var = skep_scalar_const(0, SKEP_WIDTH);
	else
		skep_scalar_alu(&dst->var, &src->var, op->what, op->bits == 32, SKEP_WIDTH);
	dst->off = keeps ? off : 0;
	if (!keeps)
		dst->id = 0;
}

static int move(struct skep_verifier *v, const struct skep_op *op, struct skep_value *src)
{
	struct skep_value *dst = skep_verifier_reg(v, op->dst);

	if (op->bits == 32 && skep_value_is_pointer(src))
		return become_number(v, op, op->src);
	if (op->bits == 64 || src->var.full.umax <= UINT32_MAX) {
		skep_step_share(v, src);
		*dst = *src;
		return 0;
	}
	*dst = *src;
	dst->id = 0;
	dst->off = 0;
	dst->lost = SKEP_LOST_NONE;
	skep_scalar_cast(&dst->var, 32, SKEP_WIDTH);
	return 0;
}

static int step_alu(struct skep_verifier *v, const struct skep_op *op)
{
	struct skep_value src = skep_value_const((uint64_t)op->imm);

	if (op->kind == SKEP_KIND_ALU_IMM) {
		SKEP_TRY(check_immediate(v, op));
	} else {
		SKEP_TRY(need_written(v, op->src));
		src = *skep_verifier_reg(v, op->src);
	}
	if (op->what == SKEP_ALU_MOV)
		return move(v, op,
			    op->kind == SKEP_KIND_ALU_REG ? skep_verifier_reg(v, op->src) : &src);
	SKEP_TRY(need_written(v, op->dst));
	if (skep_value_is_pointer(&src) || skep_value_is_pointer(skep_verifier_reg(v, op->dst)))
		return pointer_math(v, op, &src);
	number_math(v, op, &src);
	return 0;
}

static int step_move_signed(struct skep_verifier *v, const struct skep_op *op)
{
	struct skep_value value;

	SKEP_TRY(need_written(v, op->src));
	value = *skep_verifier_reg(v, op->src);
	if (skep_value_is_pointer(&value))
		return become_number(v, op, op->src);
	value.id = 0;
	value.off = 0;
	value.lost = SKEP_LOST_NONE;
	skep_scalar_sign_extend(&value.var, (unsigned)op->off, SKEP_WIDTH);
	if (op->bits == 32)
		skep_scalar_cast(&value.var, 32, SKEP_WIDTH);
	*skep_verifier_reg(v, op->dst) = value;
	return 0;
}

/* Negation and changes of byte order. */
static int step_unary(struct skep_verifier *v, const struct skep_op *op)
{
	struct skep_value *dst = skep_verifier_reg(v, op->dst);
	struct skep_scalar zero = skep_scalar_const(0, SKEP_WIDTH);
	bool swaps = op->kind == SKEP_KIND_SWAP;

	SKEP_TRY(need_written(v, op->dst));
	if (skep_value_is_pointer(dst))
		return become_number(v, op, op->dst);
	dst->id = 0;
	dst->off = 0;
	dst->lost = SKEP_LOST_NONE;
	if (op->kind == SKEP_KIND_NEG) {
		skep_scalar_alu(&zero, &dst->var, SKEP_ALU_SUB, op->bits == 32, SKEP_WIDTH);
		dst->var = zero;
		return 0;
	}
	if (op->kind == SKEP_KIND_TO_LE)
		swaps = skep_host_is_big_endian();
	else if (op->kind == SKEP_KIND_TO_BE)
		swaps = !skep_host_is_big_endian();
	if (swaps)
		skep_scalar_swap(&dst->var, op->bits);
	else
		skep_scalar_cast(&dst->var, op->bits, SKEP_WIDTH);
	return 0;
}

/* --------------------------------------------------------------------------------- the rest */

static int load_map(struct skep_verifier *v, const struct skep_op *op)
{
	const uint32_t index = (uint32_t)op->imm, offset = (uint32_t)((uint64_t)op->imm >> 32);
	const bool is_value = op->src == BPF_PSEUDO_MAP_VALUE;
	const struct skep_map_view *map;
	struct skep_value *dst = skep_verifier_reg(v, op->dst);

	if (index >= v->code->map_count)
		return skep_fail(v->log, SKEP_EINVAL, at(v),
				 "there is no map %u\na map of this program\n", (unsigned)index);
	map = &v->code->maps[index];
	*dst = skep_value_pointer(is_value ? SKEP_VALUE_MAP_VALUE : SKEP_VALUE_MAP, v->state.pc);
	dst->map = index;
	if (!is_value)
		return 0;
	if (!(map->caps & SKEP_CAP_DIRECT))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "map %s has no value with a fixed address\na map whose values lie "
				 "in one block\nlook the value up by its key",
				 map->name);
	if (offset >= map->def.value_size || offset > SKEP_OFF_MAX)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "offset %u is past the value of map %s, which has %u bytes\nan "
				 "offset inside the value\n",
				 (unsigned)offset, map->name, (unsigned)map->def.value_size);
	dst->off = (int32_t)offset;
	return 0;
}

static int step_load_wide(struct skep_verifier *v, const struct skep_op *op)
{
	switch (op->src) {
	case 0: *skep_verifier_reg(v, op->dst) = skep_value_const((uint64_t)op->imm); return 0;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_VALUE: return load_map(v, op);
	case BPF_PSEUDO_FUNC:
		*skep_verifier_reg(v, op->dst) = skep_value_pointer(SKEP_VALUE_FUNC, v->state.pc);
		skep_verifier_reg(v, op->dst)->map =
			(uint32_t)((int64_t)v->state.pc + 1 + (int32_t)(uint32_t)op->imm);
		return 0;
	default:
		return skep_fail(v->log, SKEP_EOPNOTSUPP, at(v),
				 "this loads the address of a kernel variable or an unlinked "
				 "map\na number, a map or a function of the object\n");
	}
}

static int refuse_kind(struct skep_verifier *v, const struct skep_op *op)
{
	const char *what = "an instruction of an unknown kind";

	switch (op->kind) {
	case SKEP_KIND_MOV_SPACE: what = "a conversion between arena and kernel addresses"; break;
	case SKEP_KIND_MAY_GOTO: what = "may_goto"; break;
	case SKEP_KIND_CALL_KFUNC: what = "a call of a kernel function"; break;
	case SKEP_KIND_CALL_REG: what = "a call through a register"; break;
	default: break;
	}
	return skep_fail(
		v->log, SKEP_EOPNOTSUPP, at(v),
		"%s cannot be verified yet\nordinary loads, jumps and calls of helpers and "
		"functions\n",
		what);
}

int skep_step(struct skep_verifier *v, bool *ends)
{
	const struct skep_op *op = &v->ops[v->state.pc];

	switch (op->kind) {
	case SKEP_KIND_ALU_IMM:
	case SKEP_KIND_ALU_REG: SKEP_TRY(step_alu(v, op)); break;
	case SKEP_KIND_MOV_SIGNED: SKEP_TRY(step_move_signed(v, op)); break;
	case SKEP_KIND_NEG:
	case SKEP_KIND_TO_LE:
	case SKEP_KIND_TO_BE:
	case SKEP_KIND_SWAP: SKEP_TRY(step_unary(v, op)); break;
	case SKEP_KIND_LDDW: SKEP_TRY(step_load_wide(v, op)); break;
	case SKEP_KIND_LOAD:
	case SKEP_KIND_LOAD_SIGNED:
	case SKEP_KIND_LOAD_ACQUIRE: SKEP_TRY(skep_access_load(v, op)); break;
	case SKEP_KIND_STORE_IMM:
	case SKEP_KIND_STORE_REG:
	case SKEP_KIND_STORE_RELEASE: SKEP_TRY(skep_access_store(v, op)); break;
	case SKEP_KIND_ATOMIC: SKEP_TRY(skep_access_atomic(v, op)); break;
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND: SKEP_TRY(skep_packet_load(v, op)); break;
	case SKEP_KIND_JA: v->state.pc = (uint32_t)((int64_t)v->state.pc + 1 + op->jump); return 0;
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG: return skep_branch(v, op);
	case SKEP_KIND_CALL_HELPER: SKEP_TRY(skep_call_helper(v, op)); break;
	case SKEP_KIND_CALL_LOCAL: return skep_call_local(v, op);
	case SKEP_KIND_EXIT: return skep_call_exit(v, ends);
	default: return refuse_kind(v, op);
	}
	v->state.pc += op->slots;
	return 0;
}
