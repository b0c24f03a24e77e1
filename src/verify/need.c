/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be remembered where: instructions in, for each the registers and stack slots whose
 * values are still read, and those whose numbers decide something. A backward data-flow over the
 * whole program, repeated until nothing changes, after a forward one that tells which registers
 * point into the own stack. Both are guesses that may be wrong in either direction: forgetting too
 * much makes a proof fail, forgetting too little makes it long; neither makes it unsound.
 */
#include "base/bytes.h"
#include "verify/verifier.h"

enum {
	SLOTS = SKEP_STACK_BYTES / 8,
	PASSES_MAX = 64, /* per nesting of loops one or two; past this all is needed everywhere */
	/* Where a register points to: an offset from r10, or one of these. */
	NOT_SEEN = INT16_MIN,
	NOT_STACK = INT16_MAX,
	SOMEWHERE = INT16_MAX - 1,
};

static const uint64_t ALL_SLOTS = UINT64_MAX;

/* What a function's callers need of it and it of them. */
struct summary {
	struct skep_need entry; /* r1 to r5 */
	struct skep_need exit;  /* r0 */
};

struct flow {
	struct skep_verifier *v;
	int16_t (*points)[SKEP_REG_COUNT]; /* before each instruction */
	struct summary *functions;
	bool spills; /* some pointer to the stack is stored */
	bool changed;
};

static uint32_t target_of(uint32_t pc, int32_t jump)
{
	return (uint32_t)((int64_t)pc + 1 + jump);
}

/* ------------------------------------------------------------------- pointers to the stack */

static int16_t moved(int16_t point, int64_t by)
{
	if (point == NOT_STACK || point == SOMEWHERE)
		return point;
	if (by < -SKEP_STACK_BYTES || by > SKEP_STACK_BYTES || point + by < -2 * SKEP_STACK_BYTES ||
	    point + by > SKEP_STACK_BYTES)
		return SOMEWHERE;
	return (int16_t)(point + by);
}

static void move_points(struct flow *flow, int16_t points[SKEP_REG_COUNT], const struct skep_op *op)
{
	const bool add = op->what == SKEP_ALU_ADD, sub = op->what == SKEP_ALU_SUB;
	int16_t *dst = &points[op->dst];

	switch (op->kind) {
	case SKEP_KIND_ALU_IMM:
		if (op->bits == 64 && (add || sub))
			*dst = moved(*dst, add ? op->imm : -op->imm);
		else
			*dst = NOT_STACK;
		break;
	case SKEP_KIND_ALU_REG:
		if (op->bits == 64 && op->what == SKEP_ALU_MOV)
			*dst = points[op->src];
		else if (op->bits == 64 && (add || sub) &&
			 (*dst != NOT_STACK || points[op->src] != NOT_STACK))
			*dst = SOMEWHERE;
		else
			*dst = NOT_STACK;
		break;
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND:
	case SKEP_KIND_CALL_HELPER:
	case SKEP_KIND_CALL_LOCAL:
		for (unsigned reg = 0; reg <= SKEP_HELPER_ARGS_MAX; reg++)
			points[reg] = NOT_STACK;
		break;
	case SKEP_KIND_STORE_REG:
		flow->changed |= !flow->spills && points[op->src] != NOT_STACK;
		flow->spills |= points[op->src] != NOT_STACK;
		break;
	case SKEP_KIND_LOAD:
		*dst = flow->spills && points[op->src] != NOT_STACK ? SOMEWHERE : NOT_STACK;
		break;
	case SKEP_KIND_NEG:
	case SKEP_KIND_MOV_SIGNED:
	case SKEP_KIND_LDDW:
	case SKEP_KIND_LOAD_SIGNED:
	case SKEP_KIND_LOAD_ACQUIRE: *dst = NOT_STACK; break;
	default: break;
	}
}

static void join_points(struct flow *flow, uint32_t pc, const int16_t points[SKEP_REG_COUNT])
{
	for (unsigned reg = 0; reg < SKEP_REG_COUNT; reg++) {
		int16_t *to = &flow->points[pc][reg];

		if (*to == points[reg] || points[reg] == NOT_SEEN)
			continue;
		*to = *to == NOT_SEEN ? points[reg] : SOMEWHERE;
		flow->changed = true;
	}
}

static void pass_points(struct flow *flow)
{
	const struct skep_verifier *v = flow->v;

	for (uint32_t pc = 0; pc < v->code->count; pc += v->ops[pc].slots) {
		const struct skep_op *op = &v->ops[pc];
		int16_t points[SKEP_REG_COUNT];

		memcpy(points, flow->points[pc], sizeof(points));
		if (points[BPF_REG_FP] == NOT_SEEN)
			continue;
		move_points(flow, points, op);
		if (op->kind == SKEP_KIND_JA || op->kind == SKEP_KIND_JUMP_IMM ||
		    op->kind == SKEP_KIND_JUMP_REG)
			join_points(flow, target_of(pc, op->jump), points);
		if (op->kind != SKEP_KIND_JA && op->kind != SKEP_KIND_EXIT)
			join_points(flow, pc + op->slots, points);
	}
}

static bool find_points(struct flow *flow)
{
	const struct skep_verifier *v = flow->v;

	for (uint32_t pc = 0; pc < v->code->count; pc++)
		for (unsigned reg = 0; reg < SKEP_REG_COUNT; reg++)
			flow->points[pc][reg] = NOT_SEEN;
	for (uint32_t i = 0; i < v->facts.function_count; i++) {
		int16_t *points = flow->points[v->facts.functions[i].start];

		for (unsigned reg = 0; reg < SKEP_REG_COUNT; reg++)
			points[reg] = NOT_STACK;
		points[BPF_REG_FP] = 0;
	}
	for (int pass = 0; pass < PASSES_MAX; pass++) {
		flow->changed = false;
		pass_points(flow);
		if (!flow->changed)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------------------------- needs */

static void read_reg(struct skep_need *need, unsigned reg)
{
	need->read |= (uint16_t)(1u << reg);
}

static void need_exact(struct skep_need *need, unsigned reg)
{
	read_reg(need, reg);
	need->exact |= (uint16_t)(1u << reg);
}

static void drop_regs(struct skep_need *need, unsigned regs)
{
	need->read &= (uint16_t)~regs;
	need->exact &= (uint16_t)~regs;
	need->equal &= (uint16_t)~regs;
}

/* A register gets what another was needed for. */
static void pass_on(struct skep_need *need, unsigned from, unsigned to)
{
	const unsigned exact = (unsigned)need->exact >> from & 1;
	const unsigned equal = (unsigned)need->equal >> from & 1;

	need->exact |= (uint16_t)(exact << to);
	need->equal |= (uint16_t)(equal << to);
}

static void move_reg(struct skep_need *need, unsigned dst, unsigned src)
{
	const struct skep_need after = *need;

	drop_regs(need, 1u << dst);
	read_reg(need, src);
	need->exact |= (uint16_t)((after.exact >> dst & 1) << src);
	need->equal |= (uint16_t)((after.equal >> dst & 1) << src);
}

/* The slots of `size` bytes at a known place. */
static uint64_t slots_at(int32_t at, unsigned size)
{
	const int32_t first = (at + SKEP_STACK_BYTES) / 8;
	const int32_t last = (at + SKEP_STACK_BYTES + (int32_t)size - 1) / 8;

	if (at < -SKEP_STACK_BYTES || last >= SLOTS)
		return 0;
	return UINT64_MAX << first & UINT64_MAX >> (SLOTS - 1 - last);
}

static uint64_t slots_of(int16_t point, const struct skep_op *op)
{
	if (point == NOT_STACK || point == NOT_SEEN)
		return 0;
	return point == SOMEWHERE ? ALL_SLOTS : slots_at(point + op->off, op->bits / 8);
}

static void read_slots(struct skep_need *need, uint64_t slots, bool exact, bool equal)
{
	need->slots_read |= slots;
	need->slots_exact |= exact ? slots : 0;
	need->slots_equal |= equal ? slots : 0;
}

static void need_load(struct skep_need *need, const struct skep_op *op, const int16_t *points)
{
	const bool exact = (need->exact >> op->dst & 1) != 0;
	const bool equal = (need->equal >> op->dst & 1) != 0;

	drop_regs(need, 1u << op->dst);
	read_slots(need, slots_of(points[op->src], op), exact, equal);
	need_exact(need, op->src);
}

static void need_store(struct skep_need *need, const struct skep_op *op, const int16_t *points)
{
	const int16_t point = points[op->dst];
	const uint64_t slots = slots_of(point, op);

	if (op->kind != SKEP_KIND_STORE_IMM) {
		read_reg(need, op->src);
		if ((need->slots_exact & slots) != 0)
			need->exact |= (uint16_t)(1u << op->src);
		if ((need->slots_equal & slots) != 0)
			need->equal |= (uint16_t)(1u << op->src);
	}
	if (point != SOMEWHERE && op->bits == 64 && (point + op->off) % 8 == 0) {
		need->slots_read &= ~slots;
		need->slots_exact &= ~slots;
		need->slots_equal &= ~slots;
	}
	need_exact(need, op->dst);
}

static void need_helper(const struct flow *flow, struct skep_need *need, const struct skep_op *op,
			const int16_t *points)
{
	const struct skep_helper *row =
		skep_contracts_helper(flow->v->code->contracts, (uint32_t)op->imm);

	drop_regs(need, 0x3f);
	for (unsigned i = 0; i < SKEP_HELPER_ARGS_MAX; i++) {
		const enum skep_arg arg = row != NULL ? row->args[i] : SKEP_ARG_ANYTHING;
		const int16_t point = points[i + 1];

		if (arg == SKEP_ARG_NONE)
			break;
		read_reg(need, i + 1);
		if (arg != SKEP_ARG_ANYTHING && arg != SKEP_ARG_SCALAR)
			need_exact(need, i + 1);
		if (point == SOMEWHERE || point == NOT_SEEN)
			read_slots(need, ALL_SLOTS, false, false);
		else if (point < 0 && point >= -SKEP_STACK_BYTES)
			read_slots(need, slots_at(point, (unsigned)-point), false, false);
	}
}

static void need_call(struct flow *flow, struct skep_need *need, const struct skep_op *op,
		      uint32_t pc, const int16_t *points)
{
	const uint32_t index = skep_cfg_function(&flow->v->facts, target_of(pc, op->jump));
	struct summary *callee = &flow->functions[index];
	const struct skep_need *entry = &callee->entry;
	struct skep_need exit = { .read = need->read & 1,
				  .exact = need->exact & 1,
				  .equal = need->equal & 1 };

	if ((exit.read & ~callee->exit.read) | (exit.exact & ~callee->exit.exact) |
	    (exit.equal & ~callee->exit.equal)) {
		callee->exit.read |= exit.read;
		callee->exit.exact |= exit.exact;
		callee->exit.equal |= exit.equal;
		flow->changed = true;
	}
	drop_regs(need, 0x3f);
	need->read |= entry->read & 0x3e;
	need->exact |= entry->exact & 0x3e;
	need->equal |= entry->equal & 0x3e;
	for (unsigned reg = 1; reg <= SKEP_HELPER_ARGS_MAX; reg++)
		if (points[reg] != NOT_STACK && points[reg] != NOT_SEEN)
			read_slots(need, ALL_SLOTS, true, false);
}

static void need_packet(struct skep_need *need, const struct skep_op *op)
{
	drop_regs(need, 0x3f);
	need_exact(need, 6);
	if (op->kind == SKEP_KIND_LD_IND)
		read_reg(need, op->src);
}

static void need_atomic(struct skep_need *need, const struct skep_op *op, const int16_t *points)
{
	need_exact(need, op->dst);
	read_reg(need, op->src);
	if (op->what == SKEP_ATOMIC_CMPXCHG)
		read_reg(need, 0);
	read_slots(need, slots_of(points[op->dst], op), false, false);
}

static void need_exit(const struct flow *flow, struct skep_need *need, uint32_t pc)
{
	const uint32_t index = skep_cfg_function(&flow->v->facts, pc);

	*need = flow->functions[index].exit;
	if (index == 0) {
		read_reg(need, 0);
		if (flow->v->code->type->ret_checked)
			need_exact(need, 0);
	}
}

static void need_condition(struct skep_need *need, const struct skep_op *op, bool loops)
{
	const unsigned regs = 1u << op->dst | (op->kind == SKEP_KIND_JUMP_REG ? 1u << op->src : 0);

	need->read |= (uint16_t)regs;
	if (loops)
		need->exact |= (uint16_t)regs;
	else
		need->equal |= (uint16_t)regs;
}

/* From what is needed after an instruction to what is needed before it. */
static void need_before(struct flow *flow, uint32_t pc, struct skep_need *need)
{
	const struct skep_op *op = &flow->v->ops[pc];
	const int16_t *points = flow->points[pc];

	switch (op->kind) {
	case SKEP_KIND_ALU_IMM:
		if (op->what == SKEP_ALU_MOV)
			drop_regs(need, 1u << op->dst);
		else
			read_reg(need, op->dst);
		break;
	case SKEP_KIND_ALU_REG:
		if (op->what == SKEP_ALU_MOV) {
			move_reg(need, op->dst, op->src);
			break;
		}
		read_reg(need, op->dst);
		read_reg(need, op->src);
		pass_on(need, op->dst, op->src);
		break;
	case SKEP_KIND_MOV_SIGNED: move_reg(need, op->dst, op->src); break;
	case SKEP_KIND_NEG:
	case SKEP_KIND_TO_LE:
	case SKEP_KIND_TO_BE:
	case SKEP_KIND_SWAP: read_reg(need, op->dst); break;
	case SKEP_KIND_LDDW: drop_regs(need, 1u << op->dst); break;
	case SKEP_KIND_LOAD:
	case SKEP_KIND_LOAD_SIGNED:
	case SKEP_KIND_LOAD_ACQUIRE: need_load(need, op, points); break;
	case SKEP_KIND_STORE_IMM:
	case SKEP_KIND_STORE_REG:
	case SKEP_KIND_STORE_RELEASE: need_store(need, op, points); break;
	case SKEP_KIND_ATOMIC: need_atomic(need, op, points); break;
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND: need_packet(need, op); break;
	case SKEP_KIND_JA: break;
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
		need_condition(need, op, (flow->v->marks[pc] & SKEP_MARK_LOOP) != 0);
		break;
	case SKEP_KIND_CALL_HELPER: need_helper(flow, need, op, points); break;
	case SKEP_KIND_CALL_LOCAL: need_call(flow, need, op, pc, points); break;
	case SKEP_KIND_EXIT: need_exit(flow, need, pc); break;
	default: /* refused when it is reached */ need->read = UINT16_MAX; break;
	}
}

static void add_need(struct skep_need *to, const struct skep_need *from)
{
	to->slots_read |= from->slots_read;
	to->slots_exact |= from->slots_exact;
	to->slots_equal |= from->slots_equal;
	to->read |= from->read;
	to->exact |= from->exact;
	to->equal |= from->equal;
}

static void pass_needs(struct flow *flow)
{
	struct skep_verifier *v = flow->v;

	for (uint32_t pc = v->code->count; pc-- > 0;) {
		const struct skep_op *op = &v->ops[pc];
		struct skep_need need = { 0 };

		if (!(v->marks[pc] & SKEP_MARK_INSN))
			continue;
		if (op->kind != SKEP_KIND_JA && op->kind != SKEP_KIND_EXIT)
			need = v->needs[pc + op->slots];
		if (op->kind == SKEP_KIND_JA || op->kind == SKEP_KIND_JUMP_IMM ||
		    op->kind == SKEP_KIND_JUMP_REG)
			add_need(&need, &v->needs[target_of(pc, op->jump)]);
		need_before(flow, pc, &need);
		if (memcmp(&need, &v->needs[pc], sizeof(need)) != 0) {
			v->needs[pc] = need;
			flow->changed = true;
		}
	}
	for (uint32_t i = 0; i < v->facts.function_count; i++) {
		const struct skep_need *entry = &v->needs[v->facts.functions[i].start];

		if (memcmp(entry, &flow->functions[i].entry, sizeof(*entry)) != 0)
			flow->functions[i].entry = *entry;
	}
}

static bool find_needs(struct flow *flow)
{
	for (int pass = 0; pass < PASSES_MAX; pass++) {
		flow->changed = false;
		pass_needs(flow);
		if (!flow->changed)
			return true;
	}
	return false;
}

/* What an instruction reads is what is needed before it if nothing is after it. */
static bool find_reads(struct flow *flow)
{
	struct skep_verifier *v = flow->v;

	v->reads = skep_arena_array(&v->arena, v->code->count, sizeof(*v->reads));
	if (v->reads == NULL)
		return false;
	for (uint32_t pc = 0; pc < v->code->count; pc += v->ops[pc].slots) {
		struct skep_need need = { 0 };

		need_before(flow, pc, &need);
		v->reads[pc] = need.read;
	}
	return true;
}

int skep_need_find(struct skep_verifier *v)
{
	const uint32_t count = v->code->count;
	struct flow flow = { .v = v };
	bool found;

	v->needs = skep_arena_array(&v->arena, count, sizeof(*v->needs));
	flow.points = skep_arena_array(&v->pending, count, sizeof(*flow.points));
	flow.functions =
		skep_arena_array(&v->pending, v->facts.function_count, sizeof(*flow.functions));
	if (v->needs == NULL || flow.points == NULL || flow.functions == NULL) {
		skep_arena_free(&v->pending);
		return skep_explain_memory(v);
	}
	found = find_points(&flow) && find_needs(&flow);
	if (v->limits->keep_facts && !find_reads(&flow)) {
		skep_arena_free(&v->pending);
		return skep_explain_memory(v);
	}
	if (!found)
		memset(v->needs, 0xff, count * sizeof(*v->needs));
	skep_arena_free(&v->pending);
	return 0;
}

/* ------------------------------------------------------------------------------- forgetting */

static bool is_any(const struct skep_value *value)
{
	return value->kind == SKEP_VALUE_NUMBER && value->id == 0 &&
	       skep_scalar_is_unknown(&value->var, SKEP_WIDTH);
}

/* A number that decides nothing becomes any number; one that only a condition looks at does so
 * unless it is constant. */
static void forget_number(struct skep_value *value, bool exact, bool equal)
{
	if (value->kind != SKEP_VALUE_NUMBER || exact ||
	    (equal && skep_scalar_is_const(&value->var)) || is_any(value))
		return;
	value->var = skep_scalar_unknown(SKEP_WIDTH, SKEP_WIDTH);
	value->id = 0;
	value->off = 0;
}

static void forget_slots(struct skep_frame *frame, const struct skep_need *need)
{
	for (uint32_t at = frame->low; at < SKEP_STACK_BYTES; at += 8) {
		const uint64_t slot = (uint64_t)1 << at / 8;

		if (!(need->slots_read & slot)) {
			skep_frame_forget(frame, at, at + 8);
			continue;
		}
		for (uint32_t cell = at / SKEP_CELL_BYTES; cell < (at + 8) / SKEP_CELL_BYTES;
		     cell++) {
			const uint32_t first = cell * SKEP_CELL_BYTES;

			if (!skep_frame_has_spill(frame, cell) ||
			    skep_value_is_pointer(frame->cells[cell]) ||
			    (need->slots_exact & slot) != 0 ||
			    ((need->slots_equal & slot) != 0 &&
			     skep_value_is_const(frame->cells[cell])))
				continue;
			skep_frame_blur(frame, first, first + 1, false);
		}
	}
	while (frame->low < SKEP_STACK_BYTES && !(need->slots_read >> frame->low / 8 & 1))
		frame->low += 8;
}

/* How many numbers have an id; where two ids share a place, as if there were many. */
struct tally {
	uint32_t id, count;
};

enum { TALLIES = 64 };

/* False: there are none. */
static bool count_ids(const struct skep_state *state, struct tally tallies[TALLIES])
{
	struct skep_cursor cursor = { 0, 0 };
	struct skep_value *value;
	bool some = false;

	while ((value = skep_state_next(state, &cursor)) != NULL) {
		struct tally *tally = &tallies[value->id % TALLIES];

		if (value->kind != SKEP_VALUE_NUMBER || value->id == 0)
			continue;
		tally->count += tally->count == 0 || tally->id == value->id ? 1 : 2;
		tally->id = value->id;
		some = true;
	}
	return some;
}

/* Ids that only one number has, or that constants have, say nothing. */
static void forget_lone_ids(struct skep_state *state)
{
	struct tally tallies[TALLIES] = { { 0, 0 } };
	struct skep_cursor cursor = { 0, 0 };
	struct skep_value *value;

	if (!count_ids(state, tallies))
		return;
	while ((value = skep_state_next(state, &cursor)) != NULL) {
		if (value->kind != SKEP_VALUE_NUMBER || value->id == 0)
			continue;
		if (tallies[value->id % TALLIES].count == 1 || skep_scalar_is_const(&value->var)) {
			value->id = 0;
			value->off = 0;
		}
	}
}

void skep_need_forget(struct skep_verifier *v)
{
	struct skep_state *state = &v->state;

	for (uint32_t i = 0; i < state->frame_count; i++) {
		struct skep_frame *frame = state->frames[i];
		const bool is_last = i + 1 == state->frame_count;
		const struct skep_need *need =
			&v->needs[is_last ? state->pc : state->frames[i + 1]->call];

		for (unsigned reg = 0; reg < BPF_REG_FP; reg++) {
			const unsigned bit = 1u << reg;

			if (!(need->read & bit) || (!is_last && reg < 6))
				frame->regs[reg].kind = SKEP_VALUE_NONE;
			else if (v->forgets)
				forget_number(&frame->regs[reg], (need->exact & bit) != 0,
					      (need->equal & bit) != 0);
		}
		if (v->forgets)
			forget_slots(frame, need);
	}
	forget_lone_ids(state);
}
