/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a path came to the instruction it was refused at: the outcomes of its conditions go in, as
 * the walk meets them; a list of clues comes out, the turns taken and the instructions that made
 * the value in question. The walk is depth first, so one array of outcomes serves all paths: a
 * path put aside shares its beginning with those walked before it. Kept only where it is asked for;
 * nothing is refused here.
 *
 * Of a path of a hundred thousand instructions a person wants the way, not each turn of each loop:
 * when it comes to a condition again, what it did since is dropped and counted. The value is
 * followed from the refused instruction backwards, through registers and the stack.
 */
#include "base/bytes.h"
#include "verify/verifier.h"

enum {
	OUTCOMES_MAX = 1 << 23, /* on one path; past it there are no clues */
	MAKERS_MAX = 16,        /* instructions on the way of a value */
	SLOTS = SKEP_STACK_BYTES / 8,
};

int skep_path_make(struct skep_verifier *v)
{
	v->outcome_count =
		v->limits->insns_max < OUTCOMES_MAX ? v->limits->insns_max : OUTCOMES_MAX;
	v->outcomes = skep_arena_alloc(&v->arena, v->outcome_count / 8 + 1);
	return v->outcomes != NULL ? 0 : skep_explain_memory(v);
}

void skep_path_note(struct skep_verifier *v, bool taken)
{
	const uint32_t at = v->state.fork_count++;
	const uint8_t bit = (uint8_t)(1u << at % 8);

	if (v->outcomes == NULL || at >= v->outcome_count)
		return;
	v->outcomes[at / 8] &= (uint8_t)~bit;
	if (taken)
		v->outcomes[at / 8] |= bit;
}

/* ------------------------------------------------------------------------------- the path again */

/* One instruction of the path. */
struct stop {
	uint32_t pc;
	uint32_t call; /* number of the call that its function runs in, 0: the program */
	uint8_t level; /* calls it is in */
	bool taken;
};

struct path {
	const struct skep_verifier *v;
	struct stop *stops;
	uint32_t count; /* the last one is the refused instruction */
	uint32_t forks; /* outcomes used so far */
	/* The calls that are open: where to go on, and their numbers. */
	uint32_t back[SKEP_FRAMES_MAX], call[SKEP_FRAMES_MAX];
	uint32_t level, calls;
};

static bool next_outcome(struct path *path)
{
	const uint32_t at = path->forks++;

	return (path->v->outcomes[at / 8] >> at % 8 & 1) != 0;
}

static uint32_t target_of(uint32_t pc, int32_t jump)
{
	return (uint32_t)((int64_t)pc + 1 + jump);
}

/* Whether this may end the function it is in, as one of two outcomes. */
static bool may_end(const struct skep_verifier *v, const struct skep_op *op)
{
	const struct skep_helper *row;

	if (op->kind == SKEP_KIND_LD_ABS || op->kind == SKEP_KIND_LD_IND)
		return true;
	if (op->kind != SKEP_KIND_CALL_HELPER)
		return false;
	row = skep_contracts_helper(v->code->contracts, (uint32_t)op->imm);
	return row != NULL && (row->flags & SKEP_HELPER_TAIL_CALL) != 0;
}

static uint32_t leave(struct path *path)
{
	return path->back[--path->level];
}

static uint32_t enter(struct path *path, uint32_t pc, const struct skep_op *op)
{
	path->back[path->level] = pc + 1;
	path->call[++path->level] = ++path->calls;
	return target_of(pc, op->jump);
}

/* Does one instruction of the path; returns the next. */
static uint32_t follow(struct path *path, struct stop *stop)
{
	const struct skep_op *op = &path->v->ops[stop->pc];
	const uint32_t next = stop->pc + op->slots;

	switch (op->kind) {
	case SKEP_KIND_JA: return target_of(stop->pc, op->jump);
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
		stop->taken = next_outcome(path);
		return stop->taken ? target_of(stop->pc, op->jump) : next;
	case SKEP_KIND_CALL_LOCAL: return enter(path, stop->pc, op);
	case SKEP_KIND_EXIT: stop->taken = path->level > 0; return stop->taken ? leave(path) : next;
	default:
		if (path->level == 0 || !may_end(path->v, op))
			return next;
		stop->taken = next_outcome(path);
		return stop->taken ? leave(path) : next;
	}
}

/* Walks the path once more; false: that cannot be done. */
static bool walk_again(struct path *path, uint32_t length, uint32_t insn)
{
	uint32_t pc = 0;

	for (uint32_t i = 0; i < length; i++) {
		struct stop *stop = &path->stops[path->count++];

		*stop = (struct stop){ .pc = pc,
				       .call = path->call[path->level],
				       .level = (uint8_t)path->level };
		if (i + 1 == length && pc == insn)
			return true;
		pc = follow(path, stop);
	}
	/* Refused where paths join, before it was done. */
	path->stops[path->count++] = (struct stop){ .pc = pc,
						    .call = path->call[path->level],
						    .level = (uint8_t)path->level };
	return pc == insn;
}

/* --------------------------------------------------------------------------------------- turns */

struct found {
	struct skep_clue clue;
	uint32_t at;   /* on the path */
	uint32_t call; /* the call it lies in */
};

static bool turn_of(const struct path *path, const struct stop *stop, struct skep_clue *out)
{
	const struct skep_op *op = &path->v->ops[stop->pc];

	*out = (struct skep_clue){ .insn = stop->pc, .reg = SKEP_CLUE_NO_REG, .times = 1 };
	switch (op->kind) {
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
		out->kind = stop->taken ? SKEP_CLUE_JUMPS : SKEP_CLUE_GOES_ON;
		return true;
	case SKEP_KIND_CALL_LOCAL: out->kind = SKEP_CLUE_CALLS; return true;
	default: out->kind = SKEP_CLUE_RETURNS; return stop->taken;
	}
}

/* Of an instruction: turns found there, and one more than the place in `turns` of the last. */
struct seen {
	uint32_t times, place;
};

/* `turns` has room for all; returns how many are left. */
static uint32_t find_turns(const struct path *path, struct found *turns, struct seen *seen)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i + 1 < path->count; i++) {
		const struct stop *stop = &path->stops[i];
		struct found turn = { .at = i, .call = stop->call };
		struct seen *here = &seen[stop->pc];
		const uint32_t before = here->place;

		if (!turn_of(path, stop, &turn.clue))
			continue;
		if (before != 0 && before <= count && turns[before - 1].clue.insn == stop->pc &&
		    turns[before - 1].call == stop->call)
			count = before - 1;
		turns[count++] = turn;
		here->place = count;
		here->times++;
	}
	for (uint32_t i = 0; i < count; i++)
		turns[i].clue.times = seen[turns[i].clue.insn].times;
	return count;
}

/* ----------------------------------------------------------------------- where the value is from
 */

/* What is looked for: registers and 8-byte slots of the stack, by level. */
struct search {
	const struct path *path;
	uint16_t regs[SKEP_FRAMES_MAX];
	uint64_t slots[SKEP_FRAMES_MAX];
	struct found makers[MAKERS_MAX]; /* the last on the path first */
	uint32_t count;
};

static void add_maker(struct search *search, uint32_t at, enum skep_clue_kind kind, uint32_t reg)
{
	const struct stop *stop = &search->path->stops[at];

	for (uint32_t i = 0; i < search->count; i++) {
		struct skep_clue *clue = &search->makers[i].clue;

		if (clue->insn != stop->pc || clue->kind != kind)
			continue;
		clue->times++;
		return;
	}
	if (search->count == MAKERS_MAX)
		return;
	search->makers[search->count++] = (struct found){
		.clue = { .kind = kind, .insn = stop->pc, .reg = reg, .times = 1 },
		.at = at,
		.call = stop->call,
	};
}

/* The register is wanted no more, or (`from` has bits) what it was made from is instead. */
static void found_reg(struct search *search, uint32_t at, unsigned reg, unsigned from)
{
	uint16_t *regs = &search->regs[search->path->stops[at].level];

	if (!(*regs >> reg & 1))
		return;
	add_maker(search, at, SKEP_CLUE_MAKES, reg);
	*regs = (uint16_t)((*regs & ~(1u << reg)) | (from & ~(1u << BPF_REG_FP)));
}

/* A call leaves nothing in r1 to r5. */
static void found_lost(struct search *search, uint32_t at)
{
	uint16_t *regs = &search->regs[search->path->stops[at].level];

	for (unsigned reg = 1; reg <= SKEP_HELPER_ARGS_MAX; reg++)
		if (*regs >> reg & 1)
			add_maker(search, at, SKEP_CLUE_LOSES, reg);
	*regs &= (uint16_t)~0x3e;
}

static uint64_t slot_of(const struct skep_op *op)
{
	if (op->off < -SKEP_STACK_BYTES || op->off >= 0)
		return 0;
	return (uint64_t)1 << (op->off + SKEP_STACK_BYTES) / 8;
}

static void found_load(struct search *search, uint32_t at, const struct skep_op *op)
{
	const uint8_t level = search->path->stops[at].level;

	if ((search->regs[level] >> op->dst & 1) != 0 && op->src == BPF_REG_FP)
		search->slots[level] |= slot_of(op);
	found_reg(search, at, op->dst, 0);
}

static void found_store(struct search *search, uint32_t at, const struct skep_op *op)
{
	const uint8_t level = search->path->stops[at].level;
	const bool is_imm = op->kind == SKEP_KIND_STORE_IMM;

	if (op->dst != BPF_REG_FP || !(search->slots[level] & slot_of(op)))
		return;
	add_maker(search, at, SKEP_CLUE_STORES, is_imm ? SKEP_CLUE_NO_REG : op->src);
	search->slots[level] &= ~slot_of(op);
	if (!is_imm && op->src != BPF_REG_FP)
		search->regs[level] |= (uint16_t)(1u << op->src);
}

/* Backwards over the end of a function: what is wanted of r0 is wanted there. */
static void found_end(struct search *search, uint32_t at)
{
	const uint8_t level = search->path->stops[at].level;

	search->regs[level] = 0;
	search->slots[level] = 0;
	if (level == 0)
		return;
	search->regs[level] = search->regs[level - 1] & 1;
	search->regs[level - 1] &= (uint16_t)~1u;
}

/* Backwards into the caller: its r1 to r5 are what the function was given. */
static void found_call(struct search *search, uint32_t at)
{
	const uint8_t level = search->path->stops[at].level;

	found_lost(search, at);
	search->regs[level] |= search->regs[level + 1] & 0x3e;
	search->regs[level + 1] = 0;
}

static void search_alu(struct search *search, uint32_t at, const struct skep_op *op)
{
	const unsigned dst = 1u << op->dst;
	const unsigned src = op->kind == SKEP_KIND_ALU_REG ? 1u << op->src : 0;

	found_reg(search, at, op->dst, op->what == SKEP_ALU_MOV ? src : dst | src);
}

static void search_stop(struct search *search, uint32_t at)
{
	const struct stop *stop = &search->path->stops[at];
	const struct skep_op *op = &search->path->v->ops[stop->pc];

	if (stop->taken && op->kind != SKEP_KIND_JUMP_IMM && op->kind != SKEP_KIND_JUMP_REG)
		found_end(search, at);
	switch (op->kind) {
	case SKEP_KIND_ALU_IMM:
	case SKEP_KIND_ALU_REG: search_alu(search, at, op); break;
	case SKEP_KIND_MOV_SIGNED: found_reg(search, at, op->dst, 1u << op->src); break;
	case SKEP_KIND_NEG:
	case SKEP_KIND_TO_LE:
	case SKEP_KIND_TO_BE:
	case SKEP_KIND_SWAP: found_reg(search, at, op->dst, 1u << op->dst); break;
	case SKEP_KIND_LDDW: found_reg(search, at, op->dst, 0); break;
	case SKEP_KIND_LOAD:
	case SKEP_KIND_LOAD_SIGNED:
	case SKEP_KIND_LOAD_ACQUIRE: found_load(search, at, op); break;
	case SKEP_KIND_STORE_IMM:
	case SKEP_KIND_STORE_REG:
	case SKEP_KIND_STORE_RELEASE: found_store(search, at, op); break;
	case SKEP_KIND_ATOMIC:
		if (skep_access_fetches(op))
			found_reg(search, at, op->what == SKEP_ATOMIC_CMPXCHG ? 0 : op->src, 0);
		break;
	case SKEP_KIND_CALL_LOCAL: found_call(search, at); break;
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND:
	case SKEP_KIND_CALL_HELPER:
		found_reg(search, at, 0, 0);
		found_lost(search, at);
		break;
	default: break;
	}
}

static void find_makers(struct search *search)
{
	const struct path *path = search->path;
	const uint32_t blamed = path->v->blamed;

	if (blamed >= BPF_REG_FP)
		return;
	search->regs[path->stops[path->count - 1].level] = (uint16_t)(1u << blamed);
	for (uint32_t at = path->count - 1; at-- > 0;)
		search_stop(search, at);
}

/* ----------------------------------------------------------------------------------------- both */

/* In the order of the path. */
static void merge(struct skep_clue *out, const struct found *turns, uint32_t turn_count,
		  const struct search *search)
{
	uint32_t turn = 0, maker = search->count;

	while (turn < turn_count || maker > 0)
		if (maker == 0 ||
		    (turn < turn_count && turns[turn].at < search->makers[maker - 1].at))
			*out++ = turns[turn++].clue;
		else
			*out++ = search->makers[--maker].clue;
}

static void explain(struct skep_verifier *v, struct path *path, uint32_t insn,
		    struct skep_arena *scratch, struct skep_arena *arena)
{
	const uint32_t length = v->state.length;
	struct search search = { .path = path };
	struct skep_clue *clues;
	struct found *turns;
	uint32_t turn_count;
	struct seen *seen;

	path->stops = skep_arena_array(scratch, (size_t)length + 1, sizeof(*path->stops));
	if (path->stops == NULL || !walk_again(path, length, insn))
		return;
	turns = skep_arena_array(scratch, path->count, sizeof(*turns));
	seen = skep_arena_array(scratch, v->code->count, sizeof(*seen));
	if (turns == NULL || seen == NULL)
		return;
	turn_count = find_turns(path, turns, seen);
	find_makers(&search);
	clues = skep_arena_array(arena, (size_t)turn_count + search.count + 1, sizeof(*clues));
	if (clues == NULL)
		return;
	merge(clues, turns, turn_count, &search);
	clues[turn_count + search.count] = (struct skep_clue){
		.kind = SKEP_CLUE_REFUSED, .insn = insn, .reg = v->blamed, .times = 1
	};
	v->facts.clues = clues;
	v->facts.clue_count = turn_count + search.count + 1;
}

void skep_path_explain(struct skep_verifier *v, uint32_t insn, struct skep_arena *arena)
{
	struct path path = { .v = v };
	struct skep_arena scratch;

	if (v->outcomes == NULL || v->state.fork_count > v->outcome_count || insn >= v->code->count)
		return;
	skep_arena_init(&scratch, v->arena.port, 0);
	explain(v, &path, insn, &scratch, arena);
	skep_arena_free(&scratch);
}
