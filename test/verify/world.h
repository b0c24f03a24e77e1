/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What test programs of the verifier see: maps, helpers, contexts. All of it is made up here; what
 * the verifier knows it must have from the rows. The helpers do what their rows say, so that
 * accepted programs can be run: every object then lies right before a page that cannot be touched,
 * with bytes before it that must stay as they were (and that AddressSanitizer does not let anyone
 * read).
 */
#ifndef SKEP_TEST_VERIFY_WORLD_H
#define SKEP_TEST_VERIFY_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/format.h"
#include "interp/interp.h"
#include "jit/jit.h"
#include "verify/verify.h"

#if defined(__SANITIZE_ADDRESS__)
#define WORLD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WORLD_ASAN 1
#endif
#endif
#ifdef WORLD_ASAN
void __asan_poison_memory_region(void const volatile *at, size_t size);
void __asan_unpoison_memory_region(void const volatile *at, size_t size);
#else
#define __asan_poison_memory_region(at, size)   ((void)(at), (void)(size))
#define __asan_unpoison_memory_region(at, size) ((void)(at), (void)(size))
#endif

/* ---------------------------------------------------------------------------------- objects */

enum { ZONE_BYTES = 8192, PAGE_BYTES = 4096, CANARY = 0xa5, ZONES = 40 };

/* An object of `size` bytes at the end of its pages. */
struct zone {
	uint8_t *pages;
	size_t size;
	bool gone; /* freed: nothing of it may be touched */
};

struct world_ctx {
	uint8_t *data, *data_end, *data_meta;
	uint32_t index, queue;
	uint64_t wide;
};

static struct {
	struct world_ctx *ctx;
	struct zone zones[ZONES];
	unsigned zone_count;
	uint64_t random;
	unsigned records; /* not given back */
	bool broken;      /* a helper was called against its contract */
} world;

static uint64_t world_random(void)
{
	uint64_t x = world.random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	world.random = x;
	return x * 0x2545f4914f6cdd1du;
}

static uint8_t *zone_object(const struct zone *zone)
{
	return zone->pages + ZONE_BYTES - zone->size;
}

/* An object of its own pages; zones are made once and used again. */
static uint8_t *zone_take(size_t size)
{
	struct zone *zone = &world.zones[world.zone_count];

	if (world.zone_count == ZONES)
		return NULL;
	if (zone->pages == NULL) {
		zone->pages = mmap(NULL, ZONE_BYTES + PAGE_BYTES, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (zone->pages == MAP_FAILED ||
		    mprotect(zone->pages + ZONE_BYTES, PAGE_BYTES, PROT_NONE) != 0)
			abort();
	}
	world.zone_count++;
	zone->size = size;
	zone->gone = false;
	mprotect(zone->pages, ZONE_BYTES, PROT_READ | PROT_WRITE);
	__asan_unpoison_memory_region(zone->pages, ZONE_BYTES);
	memset(zone->pages, CANARY, ZONE_BYTES - size);
	for (size_t i = 0; i < size; i++)
		zone_object(zone)[i] = (uint8_t)world_random();
	__asan_poison_memory_region(zone->pages, ZONE_BYTES - size);
	return zone_object(zone);
}

static struct zone *zone_of(const void *object)
{
	for (unsigned i = 0; i < world.zone_count; i++)
		if (!world.zones[i].gone && zone_object(&world.zones[i]) == object)
			return &world.zones[i];
	return NULL;
}

static bool zone_is_whole(const struct zone *zone)
{
	bool whole = true;

	__asan_unpoison_memory_region(zone->pages, ZONE_BYTES);
	for (size_t i = 0; !zone->gone && i < ZONE_BYTES - zone->size; i++)
		whole &= zone->pages[i] == CANARY;
	return whole;
}

static void zone_drop(struct zone *zone)
{
	if (!zone_is_whole(zone))
		world.broken = true;
	zone->gone = true;
	__asan_poison_memory_region(zone->pages, ZONE_BYTES);
	mprotect(zone->pages, ZONE_BYTES, PROT_NONE);
}

/* ------------------------------------------------------------------------------------ tables */

#define WORLD_FIELD(field, at, bytes, can_write, what)                                             \
	{                                                                                          \
		.name = #field, .offset = (at), .size = (bytes), .writable = (can_write),          \
		.kind = SKEP_FIELD_##what, .real_offset = offsetof(struct world_ctx, field),       \
		.real_size = sizeof(((struct world_ctx *)NULL)->field)                             \
	}

static const struct skep_ctx_field WORLD_FIELDS[] = {
	WORLD_FIELD(data, 0, 4, false, PKT),
	WORLD_FIELD(data_end, 4, 4, false, PKT_END),
	WORLD_FIELD(data_meta, 8, 4, false, PKT_META),
	WORLD_FIELD(index, 12, 4, false, SCALAR),
	WORLD_FIELD(queue, 16, 4, true, SCALAR),
	WORLD_FIELD(wide, 24, 8, false, SCALAR),
	/* A field that has more bytes in memory. */
	{ "grown", 32, 4, true, SKEP_FIELD_SCALAR, offsetof(struct world_ctx, wide), 8 },
};

static int64_t world_packet_load(const void *ctx, int32_t offset, uint32_t size)
{
	const struct world_ctx *world_ctx = ctx;
	int64_t value = 0;

	world.broken |= ctx != world.ctx;
	if (offset < 0 || !skep_in_bounds((uint32_t)offset, size,
					  (size_t)(world_ctx->data_end - world_ctx->data)))
		return -1;
	for (uint32_t i = 0; i < size; i++)
		value = value << 8 | world_ctx->data[(uint32_t)offset + i];
	return value;
}

/* [1] is stricter, for cases that say `type: strict`. */
static const struct skep_prog_type WORLD_TYPES[] = {
	{ .type = 6,
	  .name = "packets",
	  .ctx_size = 40,
	  .fields = WORLD_FIELDS,
	  .field_count = SKEP_COUNT(WORLD_FIELDS),
	  .groups = SKEP_GROUP_BASE | SKEP_GROUP_XDP,
	  .packet_writable = true,
	  .packet_load = world_packet_load,
	  .unprivileged = true },
	{ .type = 7,
	  .name = "strict",
	  .ctx_size = 40,
	  .fields = WORLD_FIELDS,
	  .field_count = SKEP_COUNT(WORLD_FIELDS),
	  .groups = SKEP_GROUP_BASE,
	  .ret_checked = true,
	  .ret_min = -1,
	  .ret_max = 2 },
};

static const uint8_t WORLD_CONSTANTS[16] = { 1, 2, 3, 4, 5, 6, 7, 8 };

enum { MAP_TABLE, MAP_RING, MAP_PROGRAMS, MAP_CONSTANTS, MAP_GLOBALS, MAP_SEALED, MAP_WIDE };

#define WORLD_MAP(title, kind, key, value, can, sealed, bytes)                                     \
	{                                                                                          \
		.name = title,                                                                     \
		.def = { .type = (kind),                                                           \
			 .key_size = (key),                                                        \
			 .value_size = (value),                                                    \
			 .max_entries = 8 },                                                       \
		.caps = (can), .read_only = (sealed), .content = (bytes)                           \
	}

static const struct skep_map_view WORLD_MAPS[] = {
	WORLD_MAP("table", 1, 4, 16, SKEP_CAP_KEYED, false, NULL),
	WORLD_MAP("ring", 27, 0, 0, SKEP_CAP_RINGBUF, false, NULL),
	WORLD_MAP("programs", 3, 4, 4, SKEP_CAP_PROGS, false, NULL),
	WORLD_MAP("constants", 2, 4, 16, SKEP_CAP_KEYED | SKEP_CAP_DIRECT, true, WORLD_CONSTANTS),
	WORLD_MAP("globals", 2, 4, 32, SKEP_CAP_KEYED | SKEP_CAP_DIRECT, false, NULL),
	WORLD_MAP("sealed", 1, 4, 16, SKEP_CAP_KEYED, true, NULL),
	WORLD_MAP("wide", 1, 4, 1 << 20, SKEP_CAP_KEYED, false, NULL),
	WORLD_MAP("maps", 13, 4, 4, SKEP_CAP_KEYED | SKEP_CAP_MAPS, false, NULL),
	{ .name = "mailbox",
	  .def = { .type = 2, .key_size = 4, .value_size = 16, .max_entries = 8 },
	  .caps = SKEP_CAP_KEYED,
	  .write_only = true },
};

/* Values of maps with a fixed address. */
static uint8_t *world_values[SKEP_COUNT(WORLD_MAPS)];

/* ----------------------------------------------------------------------------------- helpers */

static void *pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

static uint64_t read_all(uint64_t at, uint64_t size)
{
	const volatile uint8_t *bytes = pointer(at);
	uint64_t sum = 0;

	for (uint64_t i = 0; i < size; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

static void write_all(uint64_t at, uint64_t size)
{
	volatile uint8_t *bytes = pointer(at);

	for (uint64_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)world_random();
}

static const struct skep_map_view *map_at(uint64_t address)
{
	const struct skep_map_view *map = pointer(address);

	if (map < WORLD_MAPS || map >= WORLD_MAPS + SKEP_COUNT(WORLD_MAPS))
		world.broken = true;
	return map;
}

static uint64_t do_lookup(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			  struct skep_env *env)
{
	const struct skep_map_view *map = map_at(a);

	(void)c, (void)d, (void)e, (void)env;
	read_all(b, map->def.key_size);
	if (world_random() % 4 == 0 || map->def.value_size > PAGE_BYTES)
		return 0;
	return (uintptr_t)zone_take(map->def.value_size);
}

static uint64_t do_update(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			  struct skep_env *env)
{
	(void)d, (void)e, (void)env;
	return read_all(b, map_at(a)->def.key_size) + read_all(c, map_at(a)->def.value_size);
}

static uint64_t do_take(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			struct skep_env *env)
{
	(void)c, (void)d, (void)e, (void)env;
	write_all(b, map_at(a)->def.value_size);
	return world_random();
}

static uint64_t do_number(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			  struct skep_env *env)
{
	(void)a, (void)b, (void)c, (void)d, (void)e, (void)env;
	return world_random() >> (world_random() & 63);
}

static uint64_t do_print(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			 struct skep_env *env)
{
	(void)c, (void)d, (void)e, (void)env;
	return read_all(a, b);
}

static uint64_t do_fill(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			struct skep_env *env)
{
	(void)c, (void)d, (void)e, (void)env;
	write_all(a, b);
	return 0;
}

static uint64_t do_sum(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		       struct skep_env *env)
{
	(void)c, (void)d, (void)e, (void)env;
	return a == 0 ? 0 : read_all(a, b);
}

static void set_packet(size_t size)
{
	const size_t meta = size > 8 ? size / 4 : 0;

	world.ctx->data_meta = zone_take(size);
	if (world.ctx->data_meta == NULL)
		abort();
	world.ctx->data = world.ctx->data_meta + meta;
	world.ctx->data_end = world.ctx->data_meta + size;
}

static uint64_t do_adjust(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			  struct skep_env *env)
{
	struct zone *zone = zone_of(world.ctx->data_meta);

	(void)b, (void)c, (void)d, (void)e, (void)env;
	if (pointer(a) != world.ctx)
		world.broken = true;
	if (zone == NULL || world.zone_count == ZONES)
		return (uint64_t)SKEP_EINVAL;
	zone_drop(zone);
	set_packet(world_random() % 48);
	return 0;
}

static uint64_t do_reserve(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			   struct skep_env *env)
{
	(void)c, (void)d, (void)e, (void)env;
	if (map_at(a) != &WORLD_MAPS[MAP_RING])
		world.broken = true;
	if (world_random() % 4 == 0 || b > PAGE_BYTES || world.zone_count == ZONES)
		return 0;
	world.records++;
	return (uintptr_t)zone_take(b);
}

static uint64_t do_submit(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			  struct skep_env *env)
{
	struct zone *zone = zone_of(pointer(a));

	(void)b, (void)c, (void)d, (void)e, (void)env;
	if (zone == NULL) {
		world.broken = true;
		return 0;
	}
	world.records--;
	zone_drop(zone);
	return 0;
}

#define ARGS(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
static const struct skep_helper WORLD_HELPERS[] = {
	{ .id = 1,
	  .name = "lookup",
	  .ret = SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL,
	  .args = ARGS(SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_PTR_TO_MAP_KEY),
	  .caps = SKEP_CAP_KEYED,
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_lookup },
	{ .id = 2,
	  .name = "update",
	  .ret = SKEP_RET_INTEGER,
	  .args = ARGS(SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_PTR_TO_MAP_KEY, SKEP_ARG_PTR_TO_MAP_VALUE,
		       SKEP_ARG_ANYTHING),
	  .caps = SKEP_CAP_KEYED,
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_update },
	{ .id = 3,
	  .name = "take",
	  .ret = SKEP_RET_INTEGER,
	  .args = ARGS(SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE),
	  .caps = SKEP_CAP_KEYED,
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_take },
	{ .id = 5,
	  .name = "number",
	  .ret = SKEP_RET_INTEGER,
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_number },
	{ .id = 6,
	  .name = "print",
	  .ret = SKEP_RET_INTEGER,
	  .args = ARGS(SKEP_ARG_PTR_TO_MEM, SKEP_ARG_CONST_SIZE, SKEP_ARG_ANYTHING),
	  .fn = do_print },
	{ .id = 7,
	  .name = "fill",
	  .ret = SKEP_RET_INTEGER,
	  .args = ARGS(SKEP_ARG_PTR_TO_UNINIT_MEM, SKEP_ARG_CONST_SIZE),
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_fill },
	{ .id = 8,
	  .name = "sum",
	  .ret = SKEP_RET_INTEGER,
	  .args = ARGS(SKEP_ARG_PTR_TO_MEM_OR_NULL, SKEP_ARG_CONST_SIZE_OR_ZERO),
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_sum },
	{ .id = 12,
	  .name = "tail_call",
	  .ret = SKEP_RET_INTEGER,
	  .args = ARGS(SKEP_ARG_PTR_TO_CTX, SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_ANYTHING),
	  .caps = SKEP_CAP_PROGS,
	  .flags = SKEP_HELPER_TAIL_CALL | SKEP_HELPER_UNPRIVILEGED },
	{ .id = 44,
	  .name = "adjust",
	  .ret = SKEP_RET_INTEGER,
	  .args = ARGS(SKEP_ARG_PTR_TO_CTX, SKEP_ARG_SCALAR),
	  .groups = SKEP_GROUP_XDP,
	  .flags = SKEP_HELPER_MOVES_PACKET,
	  .fn = do_adjust },
	{ .id = 131,
	  .name = "reserve",
	  .ret = SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL,
	  .args = ARGS(SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_CONST_ALLOC_SIZE, SKEP_ARG_ANYTHING),
	  .caps = SKEP_CAP_RINGBUF,
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_reserve },
	{ .id = 132,
	  .name = "submit",
	  .ret = SKEP_RET_VOID,
	  .args = ARGS(SKEP_ARG_PTR_TO_RINGBUF_MEM, SKEP_ARG_ANYTHING),
	  .flags = SKEP_HELPER_UNPRIVILEGED,
	  .fn = do_submit },
};
#undef ARGS

static const struct skep_contracts WORLD_CONTRACTS = {
	.helpers = { WORLD_HELPERS },
	.helper_count = { SKEP_COUNT(WORLD_HELPERS) },
};

/* --------------------------------------------------------------------------------- verifying */

struct verdict {
	int err;
	char text[1536];
	struct skep_facts facts;
};

static void note_report(void *ctx, const struct skep_report *report)
{
	struct verdict *verdict = ctx;

	skep_format(verdict->text, sizeof(verdict->text), "%s", report->text);
}

static inline void world_verify(const struct skep_insn *insns, uint32_t count, bool strict,
				const struct skep_verify_limits *limits,
				const struct skep_port *port, struct skep_arena *arena,
				struct verdict *verdict)
{
	const struct skep_bytecode code = {
		.name = "case",
		.insns = insns,
		.count = count,
		.type = &WORLD_TYPES[strict],
		.maps = WORLD_MAPS,
		.map_count = SKEP_COUNT(WORLD_MAPS),
		.contracts = &WORLD_CONTRACTS,
	};
	struct skep_log log = { .sink = note_report, .sink_ctx = verdict };

	verdict->err = skep_verify(&code, limits, port, arena, &log, &verdict->facts);
}

/* ------------------------------------------------------------------------------------ running */

static skep_helper_fn world_fns[SKEP_COUNT(WORLD_HELPERS)];

/* Makes one instruction executable, as the runtime does. False: it is not run here (tail calls). */
static inline bool world_resolve(struct skep_insn *insn, uint8_t facts)
{
	const bool is_lddw = insn->code == (BPF_LD | BPF_IMM | BPF_DW);
	uint64_t value = (uintptr_t)&WORLD_MAPS[0];

	if (is_lddw &&
	    (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE)) {
		value = insn->src_reg == BPF_PSEUDO_MAP_FD
				? (uintptr_t)&WORLD_MAPS[insn[0].imm]
				: (uintptr_t)world_values[insn[0].imm] + (uint32_t)insn[1].imm;
		insn[0].src_reg = 0;
		insn[0].imm = (int32_t)(uint32_t)value;
		insn[1].imm = (int32_t)(uint32_t)(value >> 32);
	}
	for (uint32_t i = 0; (facts & SKEP_FACT_CTX) && i < SKEP_COUNT(WORLD_FIELDS); i++) {
		const struct skep_ctx_field *field = &WORLD_FIELDS[i];

		if (field->offset != insn->off)
			continue;
		insn->off = (int16_t)field->real_offset;
		insn->code = (uint8_t)((insn->code & ~BPF_DW) |
				       (field->real_size == 8 ? BPF_DW : BPF_W));
		break;
	}
	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg != 0)
		return true;
	for (uint32_t i = 0; i < SKEP_COUNT(WORLD_HELPERS); i++)
		if (WORLD_HELPERS[i].id == (uint32_t)insn->imm) {
			insn->imm = (int32_t)i;
			return WORLD_HELPERS[i].fn != NULL;
		}
	return false;
}

/* An executable copy of a verified program in `to`. What is dead jumps to itself. */
static inline bool world_prepare(const struct skep_insn *insns, const struct skep_facts *facts,
				 struct skep_insn *to, struct skep_exec *exec)
{
	memcpy(to, insns, facts->count * sizeof(*to));
	for (uint32_t i = 0; i < facts->count; i++) {
		if (!(facts->insns[i] & SKEP_FACT_REACHED)) {
			to[i] = (struct skep_insn){ .code = BPF_JMP | BPF_JA, .off = -1 };
			continue;
		}
		if (!world_resolve(&to[i], facts->insns[i]))
			return false;
		if (to[i].code == (BPF_LD | BPF_IMM | BPF_DW))
			i++;
	}
	for (uint32_t i = 0; i < SKEP_COUNT(WORLD_HELPERS); i++)
		world_fns[i] = WORLD_HELPERS[i].fn;
	*exec = (struct skep_exec){ .insns = to,
				    .count = facts->count,
				    .helpers = world_fns,
				    .helper_count = SKEP_COUNT(WORLD_HELPERS),
				    .functions = facts->functions,
				    .function_count = facts->function_count,
				    .contracts = &WORLD_CONTRACTS };
	return true;
}

/* Makes everything anew, the same for the same seed. The maps with fixed addresses keep them. */
static inline void world_reset(uint64_t seed)
{
	world.random = seed * 0x9e3779b97f4a7c15u + 1;
	world.zone_count = 0;
	world.records = 0;
	world.broken = false;
	world_values[MAP_CONSTANTS] = zone_take(WORLD_MAPS[MAP_CONSTANTS].def.value_size);
	world_values[MAP_GLOBALS] = zone_take(WORLD_MAPS[MAP_GLOBALS].def.value_size);
	memcpy(world_values[MAP_CONSTANTS], WORLD_CONSTANTS, sizeof(WORLD_CONSTANTS));
	world.ctx = (struct world_ctx *)zone_take(sizeof(*world.ctx));
	set_packet(seed % 8 == 0 ? 0 : world_random() % 48);
	if (seed % 4 == 1) {
		world.ctx->index = (uint32_t)(world_random() % 64);
		world.ctx->wide = world_random() % 64;
	} else if (seed % 4 == 2) {
		world.ctx->index = 0x80000000u - (uint32_t)(world_random() % 3);
		world.ctx->wide = UINT64_MAX - world_random() % 64;
	}
}

/* Whether the run kept to what the verifier promised. */
static inline bool world_is_whole(void)
{
	bool whole = !world.broken && world.records == 0;

	for (unsigned i = 0; i < world.zone_count; i++)
		whole &= zone_is_whole(&world.zones[i]);
	return whole;
}

struct world_result {
	uint64_t r0, memory; /* memory: all objects, in a number */
	bool whole;
};

static inline struct world_result world_finish(uint64_t r0)
{
	struct world_result result = { .r0 = r0, .whole = world_is_whole() };

	for (unsigned i = 0; i < world.zone_count; i++) {
		const struct zone *zone = &world.zones[i];

		/* The context holds addresses. */
		if (!zone->gone && zone_object(zone) != (uint8_t *)world.ctx)
			result.memory = result.memory * 31 +
					read_all((uintptr_t)zone_object(zone), zone->size);
	}
	return result;
}

static inline struct skep_env world_env(void)
{
	static uint32_t word;

	return (struct skep_env){ .ctx = world.ctx,
				  .packet_load = world_packet_load,
				  .port = skep_port_posix(),
				  .atomic_word = &word };
}

static inline struct world_result world_interpret(const struct skep_exec *exec, uint64_t seed)
{
	struct skep_env env;

	world_reset(seed);
	env = world_env();
	return world_finish(skep_interp_run(exec, world.ctx, 0, &env));
}

/* The same, with the stack somewhere else: what then differs depends on addresses. */
static inline struct world_result world_interpret_elsewhere(const struct skep_exec *exec,
							    uint64_t seed)
{
	volatile uint8_t space[3 * PAGE_BYTES + 176];

	space[0] = 1;
	space[sizeof(space) - 1] = space[0];
	return world_interpret(exec, seed);
}

static inline struct world_result world_run_code(skep_code_entry entry, uint64_t seed)
{
	struct skep_env env;

	world_reset(seed);
	env = world_env();
	return world_finish(entry(world.ctx, &env, 0));
}

/* Machine code of the program, or NULL where there is no backend for this machine. To be freed with
 * the port's code_free(). */
static inline void *world_compile(const struct skep_exec *exec, size_t *size)
{
	const struct skep_port *port = skep_port_posix();
	const struct skep_backend *backend = skep_backend_native();
	struct skep_arena out, scratch;
	struct skep_log log = { 0 };
	struct skep_code code;
	void *memory = NULL;

	skep_arena_init(&out, port, 0);
	skep_arena_init(&scratch, port, 0);
	if (backend != NULL && skep_jit_compile(backend, exec, &out, &scratch, &log, &code) == 0) {
		*size = code.size;
		memory = port->code_alloc(port->ctx, code.size);
		memcpy(memory, code.bytes, code.size);
		if (port->code_seal(port->ctx, memory, code.size) < 0)
			abort();
	}
	skep_arena_free(&scratch);
	skep_arena_free(&out);
	return memory;
}

#endif
