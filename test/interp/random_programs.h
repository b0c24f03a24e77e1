/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs in the checked execution, on any machine: no libc, about 1.5 KiB of memory and
 * 6 KiB of stack. A seed gives the same programs everywhere. They find a context, a packet, maps
 * and records that all lie between guard words in one structure; whatever they do, the guards stay
 * as they were and the run ends.
 */
#ifndef SKEP_TEST_RANDOM_PROGRAMS_H
#define SKEP_TEST_RANDOM_PROGRAMS_H

#include "base/bytes.h"
#include "interp/checked.h"
#include "map/kinds.h"
#include "repair.h"

enum {
	RANDOM_INSNS = 40, /* of one program, at most */
	RANDOM_STEPS = 1000,
	RANDOM_GUARD = 4, /* words */
	RANDOM_RECORDS = 2,
	RANDOM_RECORD_BYTES = 16,
};

struct random_ctx {
	uint8_t *data, *data_end;
	uint32_t mark, number;
};

#define GUARD(name) uint64_t guard_##name[RANDOM_GUARD];

/* All that programs can come near. */
struct random_memory {
	GUARD(0)
	struct random_ctx ctx;
	GUARD(1)
	uint8_t packet[30];
	GUARD(2)
	uint8_t array[4 * 16]; /* 4 values of 12 bytes, 4 apart */
	GUARD(3)
	uint8_t values[2 * 8];
	GUARD(4)
	uint8_t records[RANDOM_RECORDS * RANDOM_RECORD_BYTES];
	GUARD(5)
	uint8_t constants[20];
	GUARD(6)
};

#undef GUARD

struct random_programs {
	uint64_t state; /* of the generator */
	struct random_memory memory;
	bool reserved[RANDOM_RECORDS];
	_Atomic(const struct skep_target *) slots[2]; /* of the map of programs */
	struct skep_bytecode code;
	struct skep_target target;
	struct skep_insn insns[RANDOM_INSNS];
	uint8_t marks[SKEP_ISA_MARKS_BYTES(RANDOM_INSNS)];
	uint32_t atomic_word;
	/* The tally. */
	uint32_t programs, refused, ended, stopped;
	uint32_t causes;    /* a bit for each cause of a trap seen */
	const char *broken; /* what must not have happened, or NULL */
};

/* The one that runs: map kinds and helpers get no context of their own. */
static struct random_programs *random_now;

/* --------------------------------------------------------------------------------- its world */

#define RANDOM_FIELD(title, at, bytes, can_write, what)                                            \
	{                                                                                          \
		.name = #title, .offset = (at), .size = (bytes), .writable = (can_write),          \
		.kind = SKEP_FIELD_##what, .real_offset = offsetof(struct random_ctx, title),      \
		.real_size = sizeof(((struct random_ctx *)0)->title)                               \
	}

static const struct skep_ctx_field RANDOM_FIELDS[] = {
	RANDOM_FIELD(data, 0, 4, false, PKT),
	RANDOM_FIELD(data_end, 4, 4, false, PKT_END),
	RANDOM_FIELD(mark, 8, 4, true, SCALAR),
	RANDOM_FIELD(number, 12, 4, false, PARTS),
};

static int64_t random_packet_load(const void *ctx, int32_t offset, uint32_t size)
{
	const struct random_ctx *random_ctx = ctx;
	int64_t value = 0;

	if (offset < 0 ||
	    !skep_in_bounds((uint32_t)offset, size, sizeof(random_now->memory.packet)))
		return -1;
	for (uint32_t i = 0; i < size; i++)
		value = value << 8 | random_ctx->data[(uint32_t)offset + i];
	return value;
}

static const struct skep_prog_type RANDOM_TYPE = {
	.type = 6,
	.name = "random",
	.ctx_size = 16,
	.fields = RANDOM_FIELDS,
	.field_count = SKEP_COUNT(RANDOM_FIELDS),
	.groups = SKEP_GROUP_BASE,
	.packet_writable = true,
	.packet_load = random_packet_load,
};

static void *random_array_lookup(struct skep_map *map, const void *key)
{
	const uint32_t index = skep_load32(key);

	return index < map->def.max_entries ? (uint8_t *)map->state + (size_t)16 * index : NULL;
}

static void *random_array_direct(struct skep_map *map, size_t *size)
{
	*size = (size_t)16 * map->def.max_entries;
	return map->state;
}

static void *random_constants_direct(struct skep_map *map, size_t *size)
{
	*size = sizeof(random_now->memory.constants);
	return map->state;
}

static void *random_value_lookup(struct skep_map *map, const void *key)
{
	const uint32_t number = skep_load32(key);

	return number % 4 < 2 ? (uint8_t *)map->state + (size_t)8 * (number % 4) : NULL;
}

static void *random_reserve(struct skep_map *map, uint64_t size)
{
	for (size_t i = 0; i < RANDOM_RECORDS && size <= RANDOM_RECORD_BYTES; i++) {
		if (random_now->reserved[i])
			continue;
		random_now->reserved[i] = true;
		return (uint8_t *)map->state + i * RANDOM_RECORD_BYTES;
	}
	return NULL;
}

static void random_commit(struct skep_map *map, void *record, uint64_t flags, bool discard)
{
	const size_t at = (size_t)((uint8_t *)record - (uint8_t *)map->state);

	(void)flags, (void)discard;
	if (at % RANDOM_RECORD_BYTES != 0 || at / RANDOM_RECORD_BYTES >= RANDOM_RECORDS ||
	    !random_now->reserved[at / RANDOM_RECORD_BYTES])
		random_now->broken = "a record was given back that was not taken";
	else
		random_now->reserved[at / RANDOM_RECORD_BYTES] = false;
}

enum { RANDOM_ARRAY, RANDOM_VALUES, RANDOM_RING, RANDOM_PROGS, RANDOM_CONSTANTS, RANDOM_MAPS };

static const struct skep_map_ops RANDOM_OPS[RANDOM_MAPS] = {
	[RANDOM_ARRAY] = { .lookup = random_array_lookup, .direct = random_array_direct },
	[RANDOM_VALUES] = { .lookup = random_value_lookup },
	[RANDOM_RING] = { .reserve = random_reserve, .commit = random_commit },
	[RANDOM_CONSTANTS] = { .direct = random_constants_direct },
};

static const struct skep_map_kind RANDOM_KINDS[RANDOM_MAPS] = {
	{ 2, "array", SKEP_CAP_KEYED | SKEP_CAP_DIRECT, &RANDOM_OPS[RANDOM_ARRAY] },
	{ 1, "values", SKEP_CAP_KEYED, &RANDOM_OPS[RANDOM_VALUES] },
	{ 27, "ring", SKEP_CAP_RINGBUF, &RANDOM_OPS[RANDOM_RING] },
	{ 3, "programs", SKEP_CAP_PROGS, &skep_map_prog_array_ops },
	{ 2, "constants", SKEP_CAP_KEYED | SKEP_CAP_DIRECT, &RANDOM_OPS[RANDOM_CONSTANTS] },
};

static const struct skep_map_def RANDOM_DEFS[RANDOM_MAPS] = {
	{ .key_size = 4, .value_size = 12, .max_entries = 4 },
	{ .key_size = 4, .value_size = 8, .max_entries = 2 },
	{ .max_entries = 4096 },
	{ .key_size = 4, .value_size = 4, .max_entries = 2 },
	{ .key_size = 4, .value_size = 20, .max_entries = 1 },
};

static uint64_t random_lookup(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			      struct skep_env *env)
{
	struct skep_map *map = (struct skep_map *)(uintptr_t)a1;

	(void)a3, (void)a4, (void)a5, (void)env;
	if (map->kind->ops->lookup == NULL)
		return 0;
	return (uintptr_t)map->kind->ops->lookup(map, (const void *)(uintptr_t)a2);
}

static uint64_t random_fill(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			    struct skep_env *env)
{
	(void)a4, (void)a5, (void)env;
	for (uint64_t i = 0; i < a2; i++)
		((volatile uint8_t *)(uintptr_t)a1)[i] = (uint8_t)a3;
	return 0;
}

static uint64_t random_sum(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			   struct skep_env *env)
{
	uint64_t sum = 0;

	(void)a3, (void)a4, (void)a5, (void)env;
	for (uint64_t i = 0; i < a2; i++)
		sum += ((const volatile uint8_t *)(uintptr_t)a1)[i];
	return sum;
}

static uint64_t random_take(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			    struct skep_env *env)
{
	struct skep_map *map = (struct skep_map *)(uintptr_t)a1;

	(void)a3, (void)a4, (void)a5, (void)env;
	return (uintptr_t)map->kind->ops->reserve(map, a2);
}

static uint64_t random_give(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			    struct skep_env *env)
{
	struct skep_map map = { .state = random_now->memory.records };

	(void)a2, (void)a3, (void)a4, (void)a5, (void)env;
	random_commit(&map, (void *)(uintptr_t)a1, 0, false);
	return 0;
}

static uint64_t random_cut(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			   struct skep_env *env)
{
	struct random_ctx *ctx = (struct random_ctx *)(uintptr_t)a1;

	(void)a3, (void)a4, (void)a5, (void)env;
	ctx->data_end = random_now->memory.packet + a2 % sizeof(random_now->memory.packet);
	return 0;
}

#define ARGS2(a, b)                                                                                \
	{                                                                                          \
		SKEP_ARG_##a, SKEP_ARG_##b                                                         \
	}
static const struct skep_helper RANDOM_HELPERS[] = {
	{ 1, "lookup", SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL, ARGS2(CONST_MAP_PTR, PTR_TO_MAP_KEY), 0,
	  SKEP_CAP_KEYED, 0, random_lookup },
	{ 2, "fill", SKEP_RET_VOID, ARGS2(PTR_TO_UNINIT_MEM, CONST_SIZE), 0, 0, 0, random_fill },
	{ 3, "sum", SKEP_RET_INTEGER, ARGS2(PTR_TO_MEM_OR_NULL, CONST_SIZE_OR_ZERO), 0, 0, 0,
	  random_sum },
	{ 4, "take", SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL, ARGS2(CONST_MAP_PTR, CONST_ALLOC_SIZE), 0,
	  SKEP_CAP_RINGBUF, 0, random_take },
	{ 5, "give", SKEP_RET_VOID, ARGS2(PTR_TO_RINGBUF_MEM, NONE), 0, 0, 0, random_give },
	{ 6, "cut", SKEP_RET_INTEGER, ARGS2(PTR_TO_CTX, SCALAR), 0, 0, SKEP_HELPER_MOVES_PACKET,
	  random_cut },
	{ 7, "tail_call", SKEP_RET_INTEGER, ARGS2(PTR_TO_CTX, CONST_MAP_PTR), 0, SKEP_CAP_PROGS,
	  SKEP_HELPER_TAIL_CALL, random_sum },
};
#undef ARGS2

static const struct skep_contracts RANDOM_CONTRACTS = {
	.helpers = { RANDOM_HELPERS },
	.helper_count = { SKEP_COUNT(RANDOM_HELPERS) },
};

static uintptr_t random_lock(void *ctx, uint32_t *word)
{
	(void)ctx, (void)word;
	return 0;
}

static void random_unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)ctx, (void)word, (void)state;
}

static const struct skep_port RANDOM_PORT = { .lock = random_lock, .unlock = random_unlock };

/* ---------------------------------------------------------------------------- the generator */

static uint32_t random_next(struct random_programs *p)
{
	p->state = p->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(p->state >> 33);
}

static uint32_t random_below(struct random_programs *p, uint32_t limit)
{
	return (random_next(p) >> 3) % limit;
}

/* Small, or at the edge of something, or any. */
static int32_t random_number(struct random_programs *p)
{
	static const int32_t edges[] = { 0,  1,  2,  4,   8,    12,   15,  16,        29,       30,
					 -1, -4, -8, -16, -512, -513, 512, INT32_MAX, INT32_MIN };

	switch (random_below(p, 4)) {
	case 0: return (int32_t)(random_next(p) << 1 | random_below(p, 2));
	case 1: return (int32_t)random_below(p, 8);
	default: return edges[random_below(p, SKEP_COUNT(edges))];
	}
}

/* Bytes like any; mostly the fields are likely ones. */
static struct skep_insn random_insn(struct random_programs *p)
{
	static const uint8_t likely[] = { 0x61, 0x69, 0x71, 0x79, 0x62, 0x6a, 0x72, 0x7a, 0x63,
					  0x73, 0x7b, 0xdb, 0xc3, 0x07, 0x0f, 0xbf, 0xb7, 0x85,
					  0x85, 0x85, 0x8d, 0x18, 0x15, 0x55, 0x05, 0xe5, 0x95 };
	struct skep_insn insn = { 0 };
	const bool any = random_below(p, 4) == 0;

	insn.code = (uint8_t)random_next(p);
	if (!any)
		insn.code = likely[random_below(p, SKEP_COUNT(likely))];
	insn.dst_reg = random_below(p, any ? 16 : 11) & 15u;
	insn.src_reg = random_below(p, any || random_below(p, 4) != 0 ? 16 : 2) & 15u;
	insn.off = (int16_t)random_number(p);
	insn.imm = random_number(p);
	return insn;
}

/* Makes fields legal that need not be 0 for the program to be of interest. */
static void random_soften(struct random_programs *p, struct skep_insn *insn)
{
	const uint8_t kind = insn->code & 7;

	if (kind == BPF_LDX || kind == BPF_ALU || kind == BPF_ALU64)
		insn->src_reg = insn->src_reg % 11u;
	if (kind == BPF_LDX)
		insn->imm = 0;
	if (insn->code == 0xdb || insn->code == 0xc3)
		insn->imm = random_below(p, 2) != 0 ? BPF_FETCH : 0;
	if (insn->code == 0x85)
		insn->dst_reg = 0, insn->off = 0;
	if (insn->code == 0x85 && insn->src_reg > 1)
		insn->src_reg = 0;
	if (insn->code == 0x18)
		insn->off = 0, insn->src_reg = insn->src_reg % 5u;
}

/* Registers that lead somewhere: r6 the context, r7 the packet, r8 a value, r9 a map. */
static uint32_t random_begin(struct random_programs *p)
{
	const int32_t map = (int32_t)random_below(p, RANDOM_MAPS + 1);
	const struct skep_insn start[] = {
		{ .code = 0xbf, .dst_reg = 6, .src_reg = 1 },
		{ .code = 0x61, .dst_reg = 7, .src_reg = 1 },
		{ .code = 0x18,
		  .dst_reg = 8,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = random_below(p, 2) != 0 ? RANDOM_ARRAY : RANDOM_CONSTANTS },
		{ .imm = (int32_t)random_below(p, 70) },
		{ .code = 0x18, .dst_reg = 9, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ 0 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -(int32_t)random_below(p, 20) },
		{ .code = 0xbf, .dst_reg = 1, .src_reg = random_below(p, 2) != 0 ? 9 : 6 },
		{ .code = 0xb7, .dst_reg = 3, .imm = random_number(p) },
	};

	for (uint32_t i = 0; i < SKEP_COUNT(start); i++)
		p->insns[i] = start[i];
	return SKEP_COUNT(start);
}

static uint32_t random_make(struct random_programs *p)
{
	const uint32_t count = 14 + random_below(p, RANDOM_INSNS - 14);
	const bool raw = random_below(p, 8) == 0;

	for (uint32_t i = raw ? 0 : random_begin(p); i < count; i++) {
		p->insns[i] = random_insn(p);
		if (!raw)
			random_soften(p, &p->insns[i]);
		if (!raw && p->insns[i].code == 0x18 && i + 1 < count)
			p->insns[++i] = (struct skep_insn){ .imm = 0 };
	}
	return count;
}

/* -------------------------------------------------------------------------------------- runs */

static const uint64_t RANDOM_GUARD_WORD = 0xa5c396e1d2b4870f;

static void random_reset(struct random_programs *p)
{
	uint64_t *const guards[] = { p->memory.guard_0, p->memory.guard_1, p->memory.guard_2,
				     p->memory.guard_3, p->memory.guard_4, p->memory.guard_5,
				     p->memory.guard_6 };

	for (unsigned i = 0; i < SKEP_COUNT(guards); i++)
		for (unsigned j = 0; j < RANDOM_GUARD; j++)
			guards[i][j] = RANDOM_GUARD_WORD;
	p->memory.ctx = (struct random_ctx){ p->memory.packet,
					     p->memory.packet + sizeof(p->memory.packet), 1, 77 };
	for (unsigned i = 0; i < sizeof(p->memory.constants); i++)
		p->memory.constants[i] = (uint8_t)i;
}

/* What the last run has changed that it must not have, or NULL. */
static const char *random_fault(const struct random_programs *p)
{
	const uint64_t *const guards[] = { p->memory.guard_0, p->memory.guard_1, p->memory.guard_2,
					   p->memory.guard_3, p->memory.guard_4, p->memory.guard_5,
					   p->memory.guard_6 };

	for (unsigned i = 0; i < SKEP_COUNT(guards); i++)
		for (unsigned j = 0; j < RANDOM_GUARD; j++)
			if (guards[i][j] != RANDOM_GUARD_WORD)
				return "memory beside the program's was written";
	for (unsigned i = 0; i < sizeof(p->memory.constants); i++)
		if (p->memory.constants[i] != i)
			return "read-only memory was written";
	if (p->memory.ctx.number != 77 || p->memory.ctx.data != p->memory.packet)
		return "a field of the context was written";
	for (unsigned i = 0; i < RANDOM_RECORDS; i++)
		if (p->reserved[i])
			return "a record was not given back";
	return p->broken;
}

/* Runs the `count` instructions in hand, which passed the structure check. */
static void random_run(struct random_programs *p, uint32_t count)
{
	struct skep_map maps[RANDOM_MAPS];
	struct skep_map_view views[RANDOM_MAPS];
	struct skep_env env = { .ctx = &p->memory.ctx,
				.packet_load = random_packet_load,
				.port = &RANDOM_PORT,
				.atomic_word = &p->atomic_word };
	const struct skep_checked run = { .code = &p->code,
					  .maps = maps,
					  .insns_max = RANDOM_STEPS };
	void *const states[RANDOM_MAPS] = { p->memory.array, p->memory.values, p->memory.records,
					    p->slots, p->memory.constants };
	struct skep_trap trap;
	uint64_t r0;

	for (unsigned i = 0; i < RANDOM_MAPS; i++) {
		maps[i] = (struct skep_map){ .kind = &RANDOM_KINDS[i],
					     .def = RANDOM_DEFS[i],
					     .state = states[i],
					     .loaded = true };
		views[i] = (struct skep_map_view){ .def = RANDOM_DEFS[i],
						   .caps = RANDOM_KINDS[i].caps,
						   .read_only = i == RANDOM_CONSTANTS };
	}
	p->code = (struct skep_bytecode){ .insns = p->insns,
					  .count = count,
					  .type = &RANDOM_TYPE,
					  .maps = views,
					  .map_count = RANDOM_MAPS,
					  .contracts = &RANDOM_CONTRACTS };
	p->target = (struct skep_target){ .linked = &p->code };
	p->slots[0] = &p->target;
	random_reset(p);
	if (skep_checked_run(&run, &env, &r0, &trap) == 0) {
		p->ended++;
	} else {
		p->stopped++;
		p->causes |= (uint32_t)1 << trap.cause;
		if (trap.pc >= count)
			p->broken = "a program was stopped outside itself";
	}
	p->broken = random_fault(p);
}

/* Makes and runs `count` programs; false as soon as something is broken, which is the last. Begin
 * with a structure of zeros and a seed in `state`. */
static bool random_programs_run(struct random_programs *p, uint32_t count)
{
	random_now = p;
	for (uint32_t i = 0; i < count && p->broken == NULL; i++) {
		const uint32_t size = random_make(p);

		p->programs++;
		if (repair(p->insns, size, p->marks))
			random_run(p, size);
		else
			p->refused++;
	}
	return p->broken == NULL;
}

#endif
