/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in, as a program and its context: the checked execution must neither crash nor hang nor
 * touch what is not the program's, over the library's own maps and helpers. The first byte chooses
 * the program's type and whether the bytes run as they are, if they pass the structure check at
 * all, or are made to pass it first. Every instruction of the run is also looked at from outside.
 */
#include "../interp/checked_world.h"
#include "../interp/repair.h"

enum { INSNS_MAX = 256, STEPS_MAX = 20000 };

struct seen {
	uint32_t count; /* of instructions in the program */
	uint32_t steps;
};

static void expect(bool so)
{
	if (!so)
		abort();
}

static void observe(void *ctx, uint32_t pc, const uint64_t regs[SKEP_REG_COUNT], uint32_t level)
{
	struct seen *seen = ctx;

	(void)regs;
	expect(pc < seen->count && level >= 1 && level <= SKEP_FRAMES_MAX);
	expect(++seen->steps <= STEPS_MAX);
}

static int count_record(void *ctx, const void *record, size_t size)
{
	(void)record, (void)size;
	++*(unsigned *)ctx;
	return 0;
}

/* Head- and tailroom beside what the helpers made packet; constants; the ring. */
static void check(struct world *world)
{
	const struct skep_xdp *xdp = &world->ctx->xdp;
	struct skep_map *ring = &world->maps[RING];
	static const uint8_t zeros[20];
	unsigned records = 0;
	size_t size;

	expect(xdp->data_hard_start == world->frame && xdp->data_meta >= world->frame);
	expect(xdp->data >= xdp->data_meta && xdp->data_end >= xdp->data);
	expect(xdp->frame_end == world->frame + FRAME_BYTES && xdp->data_end <= xdp->frame_end);
	expect(xdp->ingress_ifindex == 5 && world->ctx->wide == 0x0102030405060708);
	expect(memcmp(world->maps[CONSTANTS].kind->ops->direct(&world->maps[CONSTANTS], &size),
		      zeros, sizeof(zeros)) == 0);
	ring->kind->ops->consume(ring, count_record, &records);
	expect(ring->kind->ops->query(ring, 0) == 0);
}

static void run(struct world *world, const struct skep_prog_type *type,
		const struct skep_insn *insns, uint32_t count)
{
	struct seen seen = { .count = count };
	struct skep_bytecode code = world_code(world, type, insns, count);
	const struct skep_target target = { .linked = &code }, *slot = &target;
	struct skep_env env = world_env(world, type);
	uint64_t *memory = malloc(13);
	const struct skep_checked given = {
		.code = &code,
		.maps = world->maps,
		.memory = type == NULL ? memory : NULL,
		.memory_size = type == NULL ? 13 : 0,
		.insns_max = STEPS_MAX,
		.observe = observe,
		.observe_ctx = &seen,
	};
	const uint32_t key = 0;
	struct skep_trap trap;
	uint64_t r0;

	memset(memory, 1, 13);
	world->maps[PROGRAMS].kind->ops->update(&world->maps[PROGRAMS], &key, &slot, 0);
	world_reset(world);
	if (skep_checked_run(&given, &env, &r0, &trap) < 0)
		expect(trap.cause != SKEP_TRAP_NONE && trap.cause < SKEP_TRAP_COUNT &&
		       trap.pc < count && (trap.target == NULL || trap.target == &target));
	check(world);
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct skep_prog_type *const types[] = { &WORLD_TYPES[0], &WORLD_TYPES[1],
							      NULL, &WORLD_TYPES[0] };
	static struct skep_insn insns[INSNS_MAX];
	uint8_t marks[SKEP_ISA_MARKS_BYTES(INSNS_MAX)];
	struct world world;
	uint32_t count, where;

	if (size < 9)
		return 0;
	count = (uint32_t)((size - 1) / 8 < INSNS_MAX ? (size - 1) / 8 : INSNS_MAX);
	skep_isa_read(bytes + 1, false, count, insns);
	if ((bytes[0] & 4) != 0 ? skep_isa_check_flat(insns, count, marks, &where) != 0
				: !repair(insns, count, marks))
		return 0;
	expect(world_open(&world));
	run(&world, types[bytes[0] % 4], insns, count);
	world_close(&world);
	return 0;
}
