/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls and returns. A helper is known by its row alone: what its arguments must be, what it gives
 * back and what it changes. Functions of the program are walked into, each call with a frame of its
 * own. Refuses helpers that the program type may not call, arguments other than the row asks for,
 * nesting too deep, and the end of a program that still holds a record.
 */
#include "verify/verifier.h"

/* What the arguments of a helper said, for those after them and for the result. */
struct call {
	const struct skep_helper *row;
	uint32_t map; /* index, or NO_MAP */
	uint32_t alloc_bytes;
	uint32_t released; /* id of the record or socket given back, or 0 */
	uint32_t size_max; /* of the memory whose size an argument is */
	uint32_t owner;    /* SOCK argument: the reference it goes with, or 0 */
};

enum { SIZE_MAX_BYTES = SKEP_OFF_MAX };
static const uint32_t NO_MAP = UINT32_MAX;

static int32_t at(const struct skep_verifier *v)
{
	return (int32_t)v->state.pc;
}

static int refuse_arg(struct skep_verifier *v, const struct call *call, unsigned reg,
		      const char *needed)
{
	return skep_argument_refuse(v, call->row, reg, needed);
}

/* ------------------------------------------------------------------------------ references */

bool skep_call_drop_ref(struct skep_state *state, uint32_t id)
{
	for (uint32_t i = 0; i < state->ref_count; i++) {
		if (state->refs[i].id != id)
			continue;
		state->ref_count--;
		for (; i < state->ref_count; i++)
			state->refs[i] = state->refs[i + 1];
		return true;
	}
	return false;
}

static int refuse_leak(struct skep_verifier *v, const char *where)
{
	const uint32_t insn = v->state.refs[0].insn;

	if (v->state.refs[0].kind == SKEP_VALUE_SOCK)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"the socket found at instruction %u is still held %s\nevery socket "
			"given back on every path\nrelease it before",
			(unsigned)insn, where);
	return skep_fail(v->log, SKEP_EACCES, at(v),
			 "the record reserved at instruction %u is still held %s\nevery record "
			 "given back on every path\nsubmit or discard it before",
			 (unsigned)insn, where);
}

/* -------------------------------------------------------------------------------- arguments */

/* Whether a helper may change the map it is given. A row does not say so; of those that take a key
 * or a value only a lookup surely does not. */
static bool changes_map(const struct skep_helper *row)
{
	bool takes = false;

	for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX; i++)
		takes |= row->args[i] == SKEP_ARG_PTR_TO_MAP_KEY ||
			 row->args[i] == SKEP_ARG_PTR_TO_MAP_VALUE ||
			 row->args[i] == SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE;
	return takes && row->ret != SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL;
}

static int check_map(struct skep_verifier *v, struct call *call, unsigned reg)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);
	const struct skep_map_view *map;

	if (value->kind != SKEP_VALUE_MAP || value->maybe_null)
		return refuse_arg(v, call, reg, "a map");
	map = &v->code->maps[value->map];
	if ((map->caps & call->row->caps) != call->row->caps)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"%s cannot be used on map %s, which is of type %u\na map of a kind "
			"that has this operation\n",
			call->row->name, map->name, (unsigned)map->def.type);
	if (map->read_only && changes_map(call->row))
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"%s can change map %s, which is read-only\na map that programs may "
			"write\nwrite to another map, or make this one writable",
			call->row->name, map->name);
	if (call->map == NO_MAP)
		call->map = value->map;
	return 0;
}

static int check_map_memory(struct skep_verifier *v, const struct call *call, unsigned reg,
			    enum skep_arg arg)
{
	const bool is_key = arg == SKEP_ARG_PTR_TO_MAP_KEY;
	struct skep_buffer buffer = {
		.reg = reg,
		.write = arg == SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE,
		.what = is_key ? "the key" : "the value",
	};
	const struct skep_map_view *map;

	if (call->map == NO_MAP)
		return refuse_arg(v, call, reg, "a map in an argument before it");
	map = &v->code->maps[call->map];
	buffer.size_max = is_key ? map->def.key_size : map->def.value_size;
	buffer.size_min = buffer.size_max;
	if (buffer.size_max == 0 || buffer.size_max > SIZE_MAX_BYTES)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "map %s has %s of %u bytes, which %s cannot use\na map with %s\n",
				 map->name, is_key ? "keys" : "values", (unsigned)buffer.size_max,
				 call->row->name, is_key ? "keys" : "values");
	return skep_access_buffer(v, &buffer);
}

/* Memory in register `reg` whose size is in the next. */
static int check_sized_memory(struct skep_verifier *v, struct call *call, unsigned reg,
			      enum skep_arg arg, enum skep_arg size_arg)
{
	const struct skep_value *size = skep_verifier_reg(v, reg + 1);
	const bool zero = size_arg == SKEP_ARG_CONST_SIZE_OR_ZERO;
	struct skep_buffer buffer = { .reg = reg,
				      .write = arg == SKEP_ARG_PTR_TO_UNINIT_MEM,
				      .what = "the buffer" };

	if (size->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, reg + 1);
	if (size->kind != SKEP_VALUE_NUMBER || size->var.full.smin < (zero ? 0 : 1) ||
	    size->var.full.umax > SIZE_MAX_BYTES)
		return refuse_arg(v, call, reg + 1,
				  zero ? "a size that is not negative and has an upper bound"
				       : "a size of at least 1 that has an upper bound");
	buffer.size_min = (uint32_t)size->var.full.umin;
	buffer.size_max = (uint32_t)size->var.full.umax;
	call->size_max = buffer.size_max;
	if ((arg == SKEP_ARG_PTR_TO_MEM_OR_NULL || arg == SKEP_ARG_PTR_TO_CHANGED_MEM_OR_NULL) &&
	    buffer.size_max == 0 && skep_value_is_number(skep_verifier_reg(v, reg), 0))
		return 0;
	if (arg == SKEP_ARG_PTR_TO_CHANGED_MEM || arg == SKEP_ARG_PTR_TO_CHANGED_MEM_OR_NULL) {
		SKEP_TRY(skep_access_buffer(v, &buffer));
		buffer.write = true;
	}
	return skep_access_buffer(v, &buffer);
}

static int check_record(struct skep_verifier *v, struct call *call, unsigned reg)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);

	if (value->kind != SKEP_VALUE_RECORD || value->maybe_null || !skep_value_is_start(value))
		return refuse_arg(v, call, reg,
				  "the start of a ring buffer record that is not null and was not "
				  "given back yet");
	if (call->released != 0)
		return skep_fail(v->log, SKEP_EINVAL, at(v),
				 "the contract of %s takes two records back\none at a time\n",
				 call->row->name);
	call->released = value->id;
	return 0;
}

static int check_alloc_size(struct skep_verifier *v, struct call *call, unsigned reg)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);

	if (!skep_value_is_const(value) || value->var.full.umax > SIZE_MAX_BYTES)
		return refuse_arg(v, call, reg, "a size known when the program is loaded");
	call->alloc_bytes = (uint32_t)value->var.full.umax;
	return 0;
}

static int check_ctx(struct skep_verifier *v, const struct call *call, unsigned reg)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);

	if (value->kind != SKEP_VALUE_CTX || !skep_value_is_start(value))
		return refuse_arg(v, call, reg, "the context, unmodified");
	return 0;
}

static int check_other(struct skep_verifier *v, struct call *call, unsigned reg, enum skep_arg arg)
{
	const struct skep_value *value = skep_verifier_reg(v, reg);

	SKEP_TRY(skep_argument_check(v, call->row, reg, arg));
	if (value->kind != SKEP_VALUE_SOCK)
		return 0;
	call->owner = value->size;
	if (arg == SKEP_ARG_PTR_TO_RELEASED_SOCK)
		call->released = value->size;
	return 0;
}

static int check_arg(struct skep_verifier *v, struct call *call, unsigned index)
{
	const enum skep_arg arg = call->row->args[index];
	const unsigned reg = index + 1;
	const struct skep_value *value = skep_verifier_reg(v, reg);

	if (value->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, reg);
	switch (arg) {
	case SKEP_ARG_ANYTHING: return skep_unprivileged_keep(v, reg, "goes to a helper");
	case SKEP_ARG_SCALAR:
		if (value->kind != SKEP_VALUE_NUMBER)
			return refuse_arg(v, call, reg, "a number");
		return 0;
	case SKEP_ARG_CONST_MAP_PTR: return check_map(v, call, reg);
	case SKEP_ARG_PTR_TO_MAP_KEY:
	case SKEP_ARG_PTR_TO_MAP_VALUE:
	case SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE: return check_map_memory(v, call, reg, arg);
	case SKEP_ARG_PTR_TO_MEM:
	case SKEP_ARG_PTR_TO_MEM_OR_NULL:
	case SKEP_ARG_PTR_TO_CHANGED_MEM:
	case SKEP_ARG_PTR_TO_CHANGED_MEM_OR_NULL:
	case SKEP_ARG_PTR_TO_UNINIT_MEM: {
		const enum skep_arg next = index + 1 < SKEP_HELPER_ARGS_MAX
						   ? call->row->args[index + 1]
						   : SKEP_ARG_NONE;

		if (next != SKEP_ARG_CONST_SIZE && next != SKEP_ARG_CONST_SIZE_OR_ZERO)
			return skep_fail(v->log, SKEP_EINVAL, at(v),
					 "the contract of %s names memory in r%u without a size "
					 "after it\na size as the next argument\n",
					 call->row->name, reg);
		return check_sized_memory(v, call, reg, arg, next);
	}
	case SKEP_ARG_CONST_SIZE:
	case SKEP_ARG_CONST_SIZE_OR_ZERO: /* checked with the memory before it */
		if (index == 0 || value->kind != SKEP_VALUE_NUMBER)
			return refuse_arg(v, call, reg, "a size");
		return 0;
	case SKEP_ARG_CONST_ALLOC_SIZE: return check_alloc_size(v, call, reg);
	case SKEP_ARG_PTR_TO_RINGBUF_MEM: return check_record(v, call, reg);
	case SKEP_ARG_PTR_TO_CTX: return check_ctx(v, call, reg);
	case SKEP_ARG_PTR_TO_CTX_OR_NULL:
		return skep_value_is_number(value, 0) ? 0 : check_ctx(v, call, reg);
	case SKEP_ARG_PTR_TO_MAP_VALUE_OR_NULL:
		return skep_value_is_number(value, 0)
			       ? 0
			       : check_map_memory(v, call, reg, SKEP_ARG_PTR_TO_MAP_VALUE);
	default: return check_other(v, call, reg, arg);
	}
}

/* ---------------------------------------------------------------------------------- effects */

/* What pointed to something that is gone becomes a number; the cursor has just been there.
 * Unprivileged programs must not read it any more. */
static void invalidate(struct skep_verifier *v, const struct skep_cursor *cursor,
		       struct skep_value *value, enum skep_lost why)
{
	if (v->limits->unprivileged && cursor->index > SKEP_REG_COUNT) {
		const uint32_t from = (cursor->index - SKEP_REG_COUNT - 1) * SKEP_CELL_BYTES;

		skep_frame_forget(v->state.frames[cursor->frame], from, from + 8);
		return;
	}
	*value = skep_value_unknown(64);
	value->lost = (uint8_t)why;
	value->origin = v->state.pc;
	if (v->limits->unprivileged)
		value->kind = SKEP_VALUE_NONE;
}

static void release(struct skep_verifier *v, uint32_t id)
{
	struct skep_cursor cursor = { 0, 0 };
	struct skep_value *value;

	skep_call_drop_ref(&v->state, id);
	while ((value = skep_state_next(&v->state, &cursor)) != NULL)
		if (value->kind == SKEP_VALUE_RECORD && value->id == id)
			invalidate(v, &cursor, value, SKEP_LOST_RELEASED);
		else if (value->kind == SKEP_VALUE_SOCK && value->size == id)
			invalidate(v, &cursor, value, SKEP_LOST_SOCK);
}

static void move_packet(struct skep_verifier *v)
{
	struct skep_cursor cursor = { 0, 0 };
	struct skep_value *value;

	while ((value = skep_state_next(&v->state, &cursor)) != NULL)
		if (value->kind == SKEP_VALUE_PKT || value->kind == SKEP_VALUE_PKT_META ||
		    value->kind == SKEP_VALUE_PKT_END)
			invalidate(v, &cursor, value, SKEP_LOST_MOVED);
}

/* What must be given back later. */
static int hold(struct skep_verifier *v, uint32_t id, enum skep_value_kind kind)
{
	struct skep_state *state = &v->state;

	if (state->ref_count == SKEP_REFS_MAX)
		return skep_fail(v->log, SKEP_E2BIG, at(v),
				 "%d records are held already\nfewer records at the same "
				 "time\nsubmit some before reserving more",
				 SKEP_REFS_MAX);
	state->refs[state->ref_count++] =
		(struct skep_ref){ .id = id, .insn = state->pc, .kind = (uint8_t)kind };
	return 0;
}

static int give_record(struct skep_verifier *v, const struct call *call, struct skep_value *out)
{
	*out = skep_value_pointer(SKEP_VALUE_RECORD, v->state.pc);
	out->maybe_null = true;
	out->id = ++v->last_id;
	out->size = call->alloc_bytes;
	return hold(v, out->id, SKEP_VALUE_RECORD);
}

/* A socket made from another goes with it; one that was found is held. */
static int give_sock(struct skep_verifier *v, const struct call *call, enum skep_sock what,
		     struct skep_value *out)
{
	*out = skep_value_pointer(SKEP_VALUE_SOCK, v->state.pc);
	out->maybe_null = true;
	out->id = ++v->last_id;
	out->map = what;
	out->size = call->owner;
	if (!(call->row->flags & SKEP_HELPER_ACQUIRES))
		return 0;
	out->size = out->id;
	return hold(v, out->id, SKEP_VALUE_SOCK);
}

/* What a lookup finds in the map: a value, or where the map holds other things, one of them. */
static int give_element(struct skep_verifier *v, const struct call *call, struct skep_value *out)
{
	const struct skep_map_view *map;

	if (call->map == NO_MAP)
		return skep_fail(v->log, SKEP_EINVAL, at(v),
				 "the contract of %s gives a map value but takes no map\na map "
				 "argument\n",
				 call->row->name);
	map = &v->code->maps[call->map];
	if ((map->caps & SKEP_CAP_SOCKS) != 0 ||
	    ((map->caps & SKEP_CAP_MAPS) != 0 && map->inner == 0))
		return skep_fail(
			v->log, SKEP_EOPNOTSUPP, at(v),
			"map %s holds %s, whose use cannot be verified yet\na map of plain "
			"values\n",
			map->name, (map->caps & SKEP_CAP_MAPS) != 0 ? "maps" : "sockets");
	*out = skep_value_pointer(SKEP_VALUE_MAP_VALUE, v->state.pc);
	out->maybe_null = call->row->ret == SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL;
	out->map = call->map;
	out->id = out->maybe_null ? ++v->last_id : 0;
	if ((map->caps & SKEP_CAP_XSKS) != 0) {
		out->kind = SKEP_VALUE_SOCK;
		out->map = SKEP_SOCK_XSK;
	}
	if ((map->caps & SKEP_CAP_MAPS) != 0) {
		out->kind = SKEP_VALUE_MAP;
		out->map = map->inner - 1;
	}
	return 0;
}

/* A number from -MAX_ERRNO to the size of the memory, which is below 2^31. */
static struct skep_value size_or_error(const struct call *call)
{
	struct skep_value value = skep_value_unknown(64);
	struct skep_scalar least = skep_scalar_const((uint64_t)-4095, SKEP_WIDTH);
	struct skep_scalar most = skep_scalar_const(call->size_max, SKEP_WIDTH);

	skep_scalar_assume(&value.var, &least, SKEP_JUMP_JSGE, true, false, SKEP_WIDTH);
	skep_scalar_assume(&value.var, &most, SKEP_JUMP_JSLE, true, false, SKEP_WIDTH);
	return value;
}

static int give_structure(struct skep_verifier *v, const struct call *call)
{
	const enum skep_ret ret = call->row->ret;
	const char *name = skep_contracts_ret_structure(ret);
	const bool always = ret == SKEP_RET_PTR_TO_TASK || ret == SKEP_RET_PTR_TO_PT_REGS;
	const uint32_t type = v->code->btf != NULL && name != NULL
				      ? skep_btf_find(v->code->btf, SKEP_BTF_STRUCT, name)
				      : 0;

	if (type == 0)
		return skep_fail(
			v->log, SKEP_EOPNOTSUPP, at(v),
			"%s gives a struct %s, of which nothing is known\nBTF of the kernel "
			"that describes it\ngive it (skep_config.target_btf, --btf)",
			call->row->name, name);
	*skep_verifier_reg(v, 0) = skep_kernel_pointer(v, type, true, !always);
	return 0;
}

static int give_result(struct skep_verifier *v, const struct call *call)
{
	struct skep_value result = { .kind = SKEP_VALUE_NONE };
	const enum skep_ret ret = call->row->ret;

	switch (ret) {
	case SKEP_RET_VOID: break;
	case SKEP_RET_INTEGER: result = skep_value_unknown(64); break;
	case SKEP_RET_SIZE_OR_ERROR: result = size_or_error(call); break;
	case SKEP_RET_PTR_TO_MAP_VALUE:
	case SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL: SKEP_TRY(give_element(v, call, &result)); break;
	case SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL: SKEP_TRY(give_record(v, call, &result)); break;
	case SKEP_RET_PTR_TO_SOCK_COMMON_OR_NULL:
		SKEP_TRY(give_sock(v, call, SKEP_SOCK_COMMON, &result));
		break;
	case SKEP_RET_PTR_TO_SOCKET_OR_NULL:
		SKEP_TRY(give_sock(v, call, SKEP_SOCK_FULL, &result));
		break;
	case SKEP_RET_PTR_TO_TCP_SOCK_OR_NULL:
		SKEP_TRY(give_sock(v, call, SKEP_SOCK_TCP, &result));
		break;
	default:
		if (skep_contracts_ret_structure(ret) != NULL)
			return give_structure(v, call);
		if (ret >= SKEP_RET_UNMODELLED && ret < SKEP_RET_COUNT)
			return skep_fail(
				v->log, SKEP_EOPNOTSUPP, at(v),
				"%s gives a pointer to what cannot be verified yet\nanother "
				"helper\n",
				call->row->name);
		return skep_fail(v->log, SKEP_EINVAL, at(v),
				 "the contract of %s has a result of unknown kind %u\na kind of "
				 "enum skep_ret\n",
				 call->row->name, (unsigned)ret);
	}
	*skep_verifier_reg(v, 0) = result;
	return 0;
}

/* In a function of the program, a tail call that succeeds returns to the function's caller what the
 * other program returns, which may have moved the packet. That side is put aside like a branch. */
static int check_tail_call(struct skep_verifier *v)
{
	if (v->state.ref_count > 0)
		return refuse_leak(v, "at this tail call");
	if (v->state.frame_count == 1)
		return 0;
	SKEP_TRY(skep_pending_push(v));
	skep_path_note(v, false);
	return 0;
}

void skep_call_return_tail(struct skep_verifier *v)
{
	struct skep_state *state = &v->state;

	skep_path_note(v, true);
	state->pc = skep_state_frame(state)->call + 1;
	state->frame_count--;
	*skep_verifier_reg(v, 0) = skep_value_unknown(64);
	move_packet(v);
}

/* What stands at this instruction for something that the system does not have, or NULL. */
static const struct skep_absent *find_absent(const struct skep_verifier *v)
{
	uint32_t low = 0, high = v->code->absent_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (v->code->absents[middle].insn < v->state.pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low < v->code->absent_count && v->code->absents[low].insn == v->state.pc
		       ? &v->code->absents[low]
		       : NULL;
}

static int find_helper(struct skep_verifier *v, const struct skep_op *op,
		       const struct skep_helper **out)
{
	const struct skep_helper *row =
		skep_contracts_helper(v->code->contracts, (uint32_t)op->imm);
	const struct skep_absent *absent = find_absent(v);
	uint64_t groups;

	if (absent != NULL)
		return skep_fail(v->log, SKEP_EACCES, at(v), "%s\n\n%s", absent->found,
				 absent->advice);

	if (row == NULL)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "there is no helper %lld\na helper of this runtime\nsee `skep "
				 "features` for those it has",
				 (long long)op->imm);
	groups = row->groups != 0 ? row->groups : SKEP_GROUP_BASE;
	if ((groups & v->code->type->groups) == 0)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "programs of type %s may not call %s\na helper that they may "
				 "call\n",
				 v->code->type->name, row->name);
	if (v->limits->unprivileged && !(row->flags & SKEP_HELPER_UNPRIVILEGED))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "unprivileged programs may not call %s\na helper that is open to "
				 "them\nload the program as a privileged one",
				 row->name);
	if ((row->flags & SKEP_HELPER_SLEEPS) && !v->code->sleepable)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"%s may wait, and the program runs where nothing may\na program "
			"that may sleep\nput it into a section whose name ends with \".s\"",
			row->name);
	*out = row;
	return 0;
}

/* Whether the helper writes this memory, that is, after it has read what it reads. */
static bool writes(enum skep_arg arg)
{
	switch (arg) {
	case SKEP_ARG_PTR_TO_UNINIT_MEM:
	case SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE:
	case SKEP_ARG_PTR_TO_UNINIT_LONG:
	case SKEP_ARG_PTR_TO_CHANGED_MEM:
	case SKEP_ARG_PTR_TO_CHANGED_MEM_OR_NULL:
	case SKEP_ARG_PTR_TO_CHANGED_INT: return true;
	default: return false;
	}
}

/* Checks the arguments that are memory which the helper writes, or the others. */
static int check_args(struct skep_verifier *v, struct call *call, bool written)
{
	for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX; i++) {
		const enum skep_arg arg = call->row->args[i];

		if (arg == SKEP_ARG_NONE)
			break;
		if (written == writes(arg))
			SKEP_TRY(check_arg(v, call, i));
	}
	return 0;
}

int skep_call_helper(struct skep_verifier *v, const struct skep_op *op)
{
	struct call call = { .map = NO_MAP };

	SKEP_TRY(find_helper(v, op, &call.row));
	/* What a helper writes, it may write before it reads the rest: that must have been there.
	 */
	SKEP_TRY(check_args(v, &call, false));
	SKEP_TRY(check_args(v, &call, true));
	if (call.row->flags & SKEP_HELPER_TAIL_CALL)
		SKEP_TRY(check_tail_call(v));
	if (call.released != 0)
		release(v, call.released);
	for (unsigned reg = 0; reg <= SKEP_HELPER_ARGS_MAX; reg++)
		skep_verifier_reg(v, reg)->kind = SKEP_VALUE_NONE;
	if (call.row->flags & SKEP_HELPER_MOVES_PACKET)
		move_packet(v);
	return give_result(v, &call);
}

/* -------------------------------------------------------------------------------- functions */

int skep_call_local(struct skep_verifier *v, const struct skep_op *op)
{
	struct skep_state *state = &v->state;
	const uint32_t target = (uint32_t)((int64_t)state->pc + 1 + op->jump);
	struct skep_frame *caller = skep_state_frame(state), *callee;

	/* Its end is the end of the run; no engine calls it like others, nor does Linux. */
	if (target == 0)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"the program calls itself\na call of another function\nput what is "
			"to be called again into a function of its own");
	if (state->frame_count == SKEP_FRAMES_MAX)
		return skep_fail(v->log, SKEP_E2BIG, at(v),
				 "this call is the %dth inside another\nat most %d functions at a "
				 "time\ninline some of them",
				 SKEP_FRAMES_MAX, SKEP_FRAMES_MAX);
	callee = skep_state_push_frame(state, &v->arena);
	if (callee == NULL)
		return skep_explain_memory(v);
	callee->call = state->pc;
	callee->function = skep_cfg_function(&v->facts, target);
	for (unsigned reg = 1; reg <= SKEP_HELPER_ARGS_MAX; reg++)
		callee->regs[reg] = caller->regs[reg];
	for (unsigned reg = 0; reg <= SKEP_HELPER_ARGS_MAX; reg++)
		caller->regs[reg].kind = SKEP_VALUE_NONE;
	state->pc = target;
	return 0;
}

static int check_result(struct skep_verifier *v)
{
	const struct skep_prog_type *type = v->code->type;
	const struct skep_value *r0 = skep_verifier_reg(v, 0);
	char text[SKEP_EXPLAIN_BYTES];

	if (r0->kind == SKEP_VALUE_NONE)
		return skep_explain_unwritten(v, 0);
	SKEP_TRY(skep_unprivileged_keep(v, 0, "would be what the program returns"));
	v->blamed = 0;
	if (!type->ret_checked)
		return 0;
	if (r0->kind != SKEP_VALUE_NUMBER || r0->var.full.smin < type->ret_min ||
	    r0->var.full.smax > type->ret_max)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "the program returns %s\na number from %lld to %lld, as programs "
				 "of type %s must\nreturn a constant of that range",
				 skep_explain(v, r0, text), (long long)type->ret_min,
				 (long long)type->ret_max, type->name);
	return 0;
}

int skep_call_exit(struct skep_verifier *v, bool *ends)
{
	struct skep_state *state = &v->state;
	const struct skep_frame *callee = skep_state_frame(state);
	const struct skep_value r0 = callee->regs[0];

	*ends = state->frame_count == 1;
	if (*ends) {
		SKEP_TRY(check_result(v));
		return state->ref_count > 0 ? refuse_leak(v, "when the program ends") : 0;
	}
	v->blamed = 0;
	if (r0.kind == SKEP_VALUE_STACK && r0.frame + 1u == state->frame_count)
		return skep_fail(
			v->log, SKEP_EACCES, at(v),
			"this function returns a pointer to its own stack, which ends with "
			"it\nanother value\nlet the caller pass a buffer");
	state->pc = callee->call + 1;
	state->frame_count--;
	*skep_verifier_reg(v, 0) = r0;
	return 0;
}
