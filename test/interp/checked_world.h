/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs of the checked execution find in the tests: a context with every kind of field, a
 * frame, one map of each kind and a few helpers of the tests' own. The frame and the context are
 * pieces of memory of their own, so that a sanitizer sees any step beside them.
 */
#ifndef SKEP_TEST_CHECKED_WORLD_H
#define SKEP_TEST_CHECKED_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "interp/checked.h"
#include "map/kinds.h"
#include "vm/tables.h"

enum {
	HEAD_BYTES = 128, /* of the frame: headroom, metadata, packet, tailroom */
	META_BYTES = 8,
	PACKET_BYTES = 60,
	TAIL_BYTES = 64,
	FRAME_BYTES = HEAD_BYTES + META_BYTES + PACKET_BYTES + TAIL_BYTES,
	ROOM = 0xa5, /* what head- and tailroom hold */
};

struct world_ctx {
	struct skep_xdp xdp;
	uint32_t mark;
	uint64_t wide;
	uint8_t bytes[20];
};

#define WORLD_FIELD(title, at, bytes, can_write, what, member)                                     \
	{                                                                                          \
		.name = title, .offset = (at), .size = (bytes), .writable = (can_write),           \
		.kind = SKEP_FIELD_##what, .real_offset = offsetof(struct world_ctx, member),      \
		.real_size = sizeof(((struct world_ctx *)NULL)->member)                            \
	}

static const struct skep_ctx_field WORLD_FIELDS[] = {
	WORLD_FIELD("data", 0, 4, false, PKT, xdp.data),
	WORLD_FIELD("data_end", 4, 4, false, PKT_END, xdp.data_end),
	WORLD_FIELD("data_meta", 8, 4, false, PKT_META, xdp.data_meta),
	WORLD_FIELD("ifindex", 12, 4, false, SCALAR, xdp.ingress_ifindex),
	WORLD_FIELD("mark", 16, 4, true, SCALAR, mark),
	WORLD_FIELD("wide", 24, 8, false, PARTS, wide),
	WORLD_FIELD("bytes", 32, 20, true, BYTES, bytes),
	/* A field that has more bytes in memory. */
	{ "grown", 56, 4, true, SKEP_FIELD_SCALAR, offsetof(struct world_ctx, wide), 8 },
};

static int64_t world_packet_load(const void *ctx, int32_t offset, uint32_t size)
{
	const struct world_ctx *world_ctx = ctx;
	const uint8_t *data = world_ctx->xdp.data;
	int64_t value = 0;

	if (offset < 0 ||
	    !skep_in_bounds((uint32_t)offset, size, (uint64_t)(world_ctx->xdp.data_end - data)))
		return -1;
	while (size-- > 0)
		value = value << 8 | data[offset++];
	return value;
}

/* [1] reads its packets only and must return 0 to 3. */
static const struct skep_prog_type WORLD_TYPES[] = {
	{ .type = 6,
	  .name = "packets",
	  .ctx_size = 64,
	  .fields = WORLD_FIELDS,
	  .field_count = SKEP_COUNT(WORLD_FIELDS),
	  .groups = SKEP_GROUP_BASE | SKEP_GROUP_XDP,
	  .packet_writable = true,
	  .packet_load = world_packet_load },
	{ .type = 7,
	  .name = "strict",
	  .ctx_size = 64,
	  .fields = WORLD_FIELDS,
	  .field_count = SKEP_COUNT(WORLD_FIELDS),
	  .groups = SKEP_GROUP_BASE,
	  .ret_checked = true,
	  .ret_max = 3 },
};

/* ------------------------------------------------------------------------------------ helpers */

static uint64_t world_sum(uint64_t memory, uint64_t size, uint64_t r3, uint64_t r4, uint64_t r5,
			  struct skep_env *env)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)memory;
	uint64_t sum = 0;

	(void)r3, (void)r4, (void)r5, (void)env;
	for (uint64_t i = 0; i < size; i++)
		sum += bytes[i];
	return sum;
}

static uint64_t world_fill(uint64_t memory, uint64_t size, uint64_t byte, uint64_t r4, uint64_t r5,
			   struct skep_env *env)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)memory;

	(void)r4, (void)r5, (void)env;
	for (uint64_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)byte;
	return 0;
}

static uint64_t world_first(uint64_t map, uint64_t value, uint64_t r3, uint64_t r4, uint64_t r5,
			    struct skep_env *env)
{
	const uint32_t first = 0;
	struct skep_map *live = (struct skep_map *)(uintptr_t)map;
	void *found = live->kind->ops->lookup(live, &first);

	(void)r3, (void)r4, (void)r5, (void)env;
	if (found == NULL)
		return 1;
	memcpy((void *)(uintptr_t)value, found, live->def.value_size);
	return 0;
}

static uint64_t world_nothing(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			      struct skep_env *env)
{
	(void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
	return 77;
}

enum { SUM = 1000, SUM_OR_NULL, FILL, FIRST, NO_SIZE, NO_MAP, TWO_RECORDS, SECRET, NOTHING };

static const struct skep_helper WORLD_HELPERS[] = {
	{ SUM,
	  "sum",
	  SKEP_RET_INTEGER,
	  { SKEP_ARG_PTR_TO_MEM, SKEP_ARG_CONST_SIZE },
	  0,
	  0,
	  0,
	  world_sum },
	{ SUM_OR_NULL,
	  "sum_or_null",
	  SKEP_RET_INTEGER,
	  { SKEP_ARG_PTR_TO_MEM_OR_NULL, SKEP_ARG_CONST_SIZE_OR_ZERO },
	  0,
	  0,
	  0,
	  world_sum },
	{ FILL,
	  "fill",
	  SKEP_RET_VOID,
	  { SKEP_ARG_PTR_TO_UNINIT_MEM, SKEP_ARG_CONST_SIZE, SKEP_ARG_SCALAR },
	  0,
	  0,
	  0,
	  world_fill },
	{ FIRST,
	  "first",
	  SKEP_RET_INTEGER,
	  { SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_PTR_TO_UNINIT_MAP_VALUE },
	  0,
	  SKEP_CAP_KEYED | SKEP_CAP_ARRAY,
	  0,
	  world_first },
	/* Rows that contradict themselves. */
	{ NO_SIZE, "no_size", SKEP_RET_INTEGER, { SKEP_ARG_PTR_TO_MEM }, 0, 0, 0, world_nothing },
	{ NO_MAP,
	  "no_map",
	  SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL,
	  { SKEP_ARG_ANYTHING },
	  0,
	  0,
	  0,
	  world_nothing },
	{ TWO_RECORDS,
	  "two_records",
	  SKEP_RET_VOID,
	  { SKEP_ARG_PTR_TO_RINGBUF_MEM, SKEP_ARG_PTR_TO_RINGBUF_MEM },
	  0,
	  0,
	  0,
	  world_nothing },
	{ SECRET,
	  "secret",
	  SKEP_RET_INTEGER,
	  { SKEP_ARG_NONE },
	  SKEP_GROUP_USER,
	  0,
	  0,
	  world_nothing },
	{ NOTHING, "nothing", SKEP_RET_VOID, { SKEP_ARG_NONE }, 0, 0, 0, world_nothing },
};

/* --------------------------------------------------------------------------------------- maps */

/* `array`: 4 values of 12 bytes, 4 apart. `hash`: values of 8. `data`: one value of 20, padded.
 * `constants`: the same, read-only. `secrets`: a value that programs can write only. */
enum { ARRAY, HASH, RING, PROGRAMS, DATA, CONSTANTS, PER_CPU, NOT_LOADED, SECRETS, MAPS };

static const struct {
	const struct skep_map_ops *ops;
	uint32_t type, key_size, value_size, max_entries, caps;
} WORLD_MAPS[MAPS] = {
#define KEYED SKEP_CAP_KEYED
	[ARRAY] = { &skep_map_array_ops, 2, 4, 12, 4, KEYED | SKEP_CAP_ARRAY | SKEP_CAP_DIRECT },
	[HASH] = { &skep_map_hash_ops, 1, 4, 8, 64, KEYED },
	[RING] = { &skep_map_ringbuf_ops, 27, 0, 0, 4096, SKEP_CAP_RINGBUF },
	[PROGRAMS] = { &skep_map_prog_array_ops, 3, 4, 4, 4, SKEP_CAP_PROGS },
	[DATA] = { &skep_map_array_ops, 2, 4, 20, 1, KEYED | SKEP_CAP_ARRAY | SKEP_CAP_DIRECT },
	[CONSTANTS] = { &skep_map_array_ops, 2, 4, 20, 1,
			KEYED | SKEP_CAP_ARRAY | SKEP_CAP_DIRECT },
	[PER_CPU] = { &skep_map_percpu_array_ops, 6, 4, 8, 2, KEYED | SKEP_CAP_ARRAY },
	[SECRETS] = { &skep_map_array_ops, 2, 4, 8, 1, KEYED | SKEP_CAP_DIRECT },
	[NOT_LOADED] = { &skep_map_array_ops, 2, 4, 8, 1, KEYED | SKEP_CAP_DIRECT },
#undef KEYED
};

struct world {
	struct skep_contracts contracts;
	struct skep_prog_type own_types[SKEP_OWN_PROG_COUNT];
	struct skep_map_kind kinds[MAPS];
	struct skep_map maps[MAPS];
	struct skep_map_view views[MAPS];
	struct world_ctx *ctx;
	uint8_t *frame;
	struct skep_bytecode code;
	uint32_t atomic_word;
};

/* The context and the frame as they are before every run. */
static inline void world_reset(struct world *world)
{
	struct skep_xdp *xdp = &world->ctx->xdp;

	memset(world->frame, ROOM, FRAME_BYTES);
	xdp->data_hard_start = world->frame;
	xdp->data_meta = world->frame + HEAD_BYTES;
	xdp->data = xdp->data_meta + META_BYTES;
	xdp->data_end = xdp->data + PACKET_BYTES;
	xdp->frame_end = world->frame + FRAME_BYTES;
	for (unsigned i = 0; i < PACKET_BYTES; i++)
		xdp->data[i] = (uint8_t)i;
	xdp->ingress_ifindex = 5;
	world->ctx->mark = 0x11223344;
	world->ctx->wide = 0x0102030405060708;
	memset(world->ctx->bytes, 9, sizeof(world->ctx->bytes));
}

static inline bool world_open(struct world *world)
{
	bool good = true;

	memset(world, 0, sizeof(*world));
	skep_vm_own_tables(&world->contracts, world->own_types);
	world->contracts.helpers[1] = WORLD_HELPERS;
	world->contracts.helper_count[1] = SKEP_COUNT(WORLD_HELPERS);
	for (unsigned i = 0; i < MAPS; i++) {
		struct skep_map *map = &world->maps[i];

		world->kinds[i] = (struct skep_map_kind){ WORLD_MAPS[i].type, "kind",
							  WORLD_MAPS[i].caps, WORLD_MAPS[i].ops };
		map->name = "map";
		map->kind = &world->kinds[i];
		map->port = skep_port_posix();
		map->def.type = WORLD_MAPS[i].type;
		map->def.key_size = WORLD_MAPS[i].key_size;
		map->def.value_size = WORLD_MAPS[i].value_size;
		map->def.max_entries = WORLD_MAPS[i].max_entries;
		good = good && map->kind->ops->create(map) == 0;
		map->loaded = i != NOT_LOADED;
		world->views[i] = (struct skep_map_view){
			.name = "map",
			.def = map->def,
			.caps = WORLD_MAPS[i].caps,
			.read_only = i == CONSTANTS,
			.write_only = i == SECRETS,
		};
	}
	world->frame = malloc(FRAME_BYTES);
	world->ctx = malloc(sizeof(*world->ctx));
	world_reset(world);
	return good;
}

static inline void world_close(struct world *world)
{
	for (unsigned i = 0; i < MAPS; i++)
		world->maps[i].kind->ops->destroy(&world->maps[i]);
	free(world->frame);
	free(world->ctx);
}

/* Describes a program of `type` (NULL: none, over the caller's memory). */
static inline struct skep_bytecode world_code(const struct world *world,
					      const struct skep_prog_type *type,
					      const struct skep_insn *insns, uint32_t count)
{
	return (struct skep_bytecode){
		.name = "program",
		.insns = insns,
		.count = count,
		.type = type,
		.maps = world->views,
		.map_count = MAPS,
		.contracts = &world->contracts,
	};
}

static inline struct skep_env world_env(struct world *world, const struct skep_prog_type *type)
{
	return (struct skep_env){
		.ctx = world->ctx,
		.packet_load = type != NULL ? type->packet_load : NULL,
		.port = skep_port_posix(),
		.atomic_word = &world->atomic_word,
	};
}

#endif
