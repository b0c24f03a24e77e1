/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts are true. Accepted programs, those of the text cases and random ones, are run by the
 * checked execution on several inputs; before each instruction every register is held against what
 * the verifier says of it there: numbers against bounds and bits, pointers against where their
 * memory really is.
 */
#include "cases.h"
#include "drafts.h"
#include "interp/checked.h"
#include "map/kinds.h"

enum { PROGRAMS = 3000, RUNS = 5, INSNS_PER_RUN = 20000, MAPS = SKEP_COUNT(WORLD_MAPS) };

static const struct skep_verify_limits LIMITS = { .insns_max = 1000000,
						  .bytes_max = 256u << 20,
						  .keep_facts = true };

/* ---------------------------------------------------------------------------- the world, live */

static struct skep_map_kind kinds[MAPS];
static struct skep_map maps[MAPS];
static struct skep_helper helpers[SKEP_COUNT(WORLD_HELPERS)];
static const struct skep_contracts CONTRACTS = {
	.helpers = { helpers },
	.helper_count = { SKEP_COUNT(helpers) },
};

static void *fixed_value(struct skep_map *map, size_t *size)
{
	*size = map->def.value_size;
	return world_values[map - maps];
}

static void take_back(struct skep_map *map, void *record, uint64_t flags, bool discard)
{
	(void)map, (void)record, (void)flags, (void)discard;
	world.broken = true; /* a record was not given back */
}

static const struct skep_map_ops OPS = { .commit = take_back };
static const struct skep_map_ops FIXED_OPS = { .direct = fixed_value };

/* The helpers of the world know their maps by the rows; the checked execution gives live maps. */
static uint64_t to_row(uint64_t map)
{
	return (uintptr_t)&WORLD_MAPS[(struct skep_map *)pointer(map) - maps];
}

#define WITH_MAP(name)                                                                             \
	static uint64_t live_##name(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,    \
				    struct skep_env *env)                                          \
	{                                                                                          \
		return do_##name(to_row(a), b, c, d, e, env);                                      \
	}
WITH_MAP(lookup)
WITH_MAP(update)
WITH_MAP(take)
WITH_MAP(reserve)

static void set_helper(uint32_t id, skep_helper_fn fn)
{
	for (size_t i = 0; i < SKEP_COUNT(helpers); i++)
		if (helpers[i].id == id)
			helpers[i].fn = fn;
}

static void make_live(void)
{
	if (maps[0].loaded)
		return;
	for (unsigned i = 0; i < MAPS; i++) {
		const struct skep_map_view *row = &WORLD_MAPS[i];
		const struct skep_map_ops *ops = row->caps & SKEP_CAP_DIRECT ? &FIXED_OPS
						 : row->caps & SKEP_CAP_PROGS
							 ? &skep_map_prog_array_ops
							 : &OPS;

		kinds[i] = (struct skep_map_kind){ row->def.type, row->name, row->caps, ops };
		maps[i] = (struct skep_map){ .name = row->name,
					     .kind = &kinds[i],
					     .def = row->def,
					     .port = skep_port_posix() };
		if (row->caps & SKEP_CAP_DIRECT)
			maps[i].def.max_entries = 1;
		if (ops->create != NULL && ops->create(&maps[i]) != 0)
			abort();
		maps[i].loaded = true;
	}
	memcpy(helpers, WORLD_HELPERS, sizeof(helpers));
	set_helper(1, live_lookup);
	set_helper(2, live_update);
	set_helper(3, live_take);
	set_helper(131, live_reserve);
	set_helper(12, do_number); /* never called: no slot has a program */
}

/* -------------------------------------------------------------------------------- one register */

struct watch {
	const struct skep_facts *facts;
	uint64_t fp[SKEP_FRAMES_MAX]; /* r10 of the levels that run */
	uint64_t checked;             /* registers so far */
	char wrong[256];              /* the first fact that was not true, "" */
};

/* Whether `size` bytes lie where a pointer would have to be that is so far from their start. */
static bool is_within(const struct skep_fact *fact, uint64_t distance)
{
	return distance >= fact->umin && distance <= fact->umax &&
	       (int64_t)distance >= fact->smin && (int64_t)distance <= fact->smax &&
	       ((distance ^ fact->bits) & ~fact->unknown) == 0;
}

/* An object that is not freed, of at least the size, that the pointer is so far from. */
static bool has_zone(const struct skep_fact *fact, uint64_t value)
{
	for (unsigned i = 0; i < world.zone_count; i++) {
		const struct zone *zone = &world.zones[i];

		if (!zone->gone && zone->size >= fact->size &&
		    is_within(fact, value - (uintptr_t)zone_object(zone)))
			return true;
	}
	return false;
}

static bool points_to_packet(const struct skep_fact *fact, uint64_t value, const uint8_t *start,
			     const uint8_t *end)
{
	const uint64_t distance = value - (uintptr_t)start;

	return is_within(fact, distance) &&
	       (fact->size == 0 || skep_in_bounds(distance, fact->size, (uint64_t)(end - start)));
}

static bool points_to_stack(const struct watch *watch, const struct skep_fact *fact, uint64_t value,
			    uint32_t level)
{
	for (uint32_t up = 0; up < level; up++)
		if ((fact->frames_up == up || fact->frames_up == SKEP_FACT_VARIES) &&
		    is_within(fact, value - watch->fp[level - 1 - up]))
			return true;
	return false;
}

static bool points_to_map(const struct skep_fact *fact, uint64_t value)
{
	for (uint32_t i = 0; i < MAPS; i++)
		if ((fact->map == i || fact->map == SKEP_FACT_VARIES) &&
		    is_within(fact, value - (SKEP_HANDLE_MAP + i)))
			return true;
	return false;
}

static bool is_true(const struct watch *watch, const struct skep_fact *fact, uint64_t value,
		    uint32_t level)
{
	const struct world_ctx *ctx = world.ctx;

	if (fact->kind != SKEP_VALUE_NUMBER && fact->maybe_null && value == 0)
		return true;
	switch (fact->kind) {
	case SKEP_VALUE_NONE:
	case SKEP_VALUE_ANY: return true;
	case SKEP_VALUE_NUMBER: return is_within(fact, value);
	case SKEP_VALUE_CTX: return is_within(fact, value - SKEP_HANDLE_CTX);
	case SKEP_VALUE_PKT: return points_to_packet(fact, value, ctx->data, ctx->data_end);
	case SKEP_VALUE_PKT_META: return points_to_packet(fact, value, ctx->data_meta, ctx->data);
	case SKEP_VALUE_PKT_END: return is_within(fact, value - (uintptr_t)ctx->data_end);
	case SKEP_VALUE_STACK: return points_to_stack(watch, fact, value, level);
	case SKEP_VALUE_MAP: return points_to_map(fact, value);
	case SKEP_VALUE_MAP_VALUE:
	case SKEP_VALUE_RECORD: return has_zone(fact, value);
	case SKEP_VALUE_FUNC: return value >= SKEP_HANDLE_FUNCTION && value < SKEP_HANDLE_MAP;
	case SKEP_VALUE_SOCK:
	case SKEP_VALUE_KERNEL: break; /* nothing that runs here gives any */
	}
	return false;
}

static void observe(void *ctx, uint32_t pc, const uint64_t regs[SKEP_REG_COUNT], uint32_t level)
{
	struct watch *watch = ctx;
	const struct skep_facts *facts = watch->facts;
	const struct skep_fact *fact;
	char text[160];

	watch->fp[level - 1] = regs[BPF_REG_FP];
	if (watch->wrong[0] != '\0')
		return;
	if (!(facts->insns[pc] & SKEP_FACT_REACHED)) {
		snprintf(watch->wrong, sizeof(watch->wrong), "instruction %u is not dead", pc);
		return;
	}
	fact = &facts->regs[facts->regs_first[pc]];
	for (unsigned reg = 0; reg < BPF_REG_FP; reg++) {
		if (!(facts->regs_live[pc] >> reg & 1))
			continue;
		watch->checked++;
		if (!is_true(watch, fact, regs[reg], level)) {
			skep_facts_text(fact, "a map", text, sizeof(text));
			snprintf(watch->wrong, sizeof(watch->wrong),
				 "before %u, r%u is %#llx and not %s", pc, reg,
				 (unsigned long long)regs[reg], text);
			return;
		}
		fact++;
	}
}

/* -------------------------------------------------------------------------------------- a run */

static uint64_t checked_total;
static unsigned programs_run;

/* Runs an accepted program; says what was not true, or "". */
static bool watch_program(const struct skep_insn *insns, const struct skep_facts *facts,
			  bool strict, char *wrong, size_t size)
{
	const struct skep_bytecode code = {
		.name = "case",
		.insns = insns,
		.count = facts->count,
		.type = &WORLD_TYPES[strict],
		.maps = WORLD_MAPS,
		.map_count = MAPS,
		.contracts = &CONTRACTS,
	};
	bool good = true;

	make_live();
	programs_run++;
	for (uint64_t seed = 0; good && seed < RUNS; seed++) {
		struct watch watch = { .facts = facts };
		const struct skep_checked given = { .code = &code,
						    .maps = maps,
						    .insns_max = INSNS_PER_RUN,
						    .observe = observe,
						    .observe_ctx = &watch };
		struct skep_trap trap = { 0 };
		struct skep_env env;
		uint64_t r0;
		int err;

		world_reset(seed);
		env = world_env();
		err = skep_checked_run(&given, &env, &r0, &trap);
		checked_total += watch.checked;
		if (err != 0 && err != SKEP_E2BIG && watch.wrong[0] == '\0')
			snprintf(watch.wrong, sizeof(watch.wrong), "stopped at %u: %s",
				 (unsigned)trap.pc, skep_trap_found(trap.cause));
		snprintf(wrong, size, "%s", watch.wrong);
		good = watch.wrong[0] == '\0' && !world.broken;
	}
	return good;
}

/* A case of the texts: refused ones are right as they are. */
static bool run_case(const struct verify_case *test)
{
	static struct skep_insn insns[CASE_INSNS_MAX];
	struct verdict verdict = { 0 };
	struct skep_arena arena;
	char wrong[256] = "";
	uint32_t count = 0;
	bool good = true;

	if (skep_isa_assemble(test->text, strlen(test->text), insns, CASE_INSNS_MAX, &count, NULL) <
	    0)
		return true;
	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, count, test->strict, &LIMITS, skep_port_posix(), &arena, &verdict);
	if (verdict.err == 0)
		good = watch_program(insns, &verdict.facts, test->strict, wrong, sizeof(wrong));
	skep_arena_free(&arena);
	if (!good)
		test_note("%s: %s", test->name, wrong);
	return good;
}

TEST(facts_of_cases_are_true)
{
	static const char *const FILES[] = { "flow.txt",    "numbers.txt",     "stack.txt",
					     "packet.txt",  "packet_load.txt", "maps.txt",
					     "calls.txt",   "loops.txt",       "history.txt",
					     "attacks.txt", "facts.txt",       "unprivileged.txt" };
	unsigned total = 0;

	programs_run = 0;
	checked_total = 0;
	for (size_t i = 0; i < SKEP_COUNT(FILES); i++)
		CHECK_EQ(run_cases(FILES[i], run_case, &total), 0);
	test_note("%u of %u cases run, %llu registers checked", programs_run, total,
		  (unsigned long long)checked_total);
	CHECK(programs_run > 150);
	CHECK(checked_total > 5000);
}

TEST(facts_of_random_programs_are_true)
{
	const struct skep_verify_limits limits = { .insns_max = INSNS_PER_RUN,
						   .bytes_max = LIMITS.bytes_max,
						   .keep_facts = true };
	static struct draft draft;
	char wrong[256] = "";

	programs_run = 0;
	checked_total = 0;
	dice_state = 0x9e3779b97f4a7c15u;
	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct verdict verdict = { 0 };
		struct skep_arena arena;
		bool good = true;

		draft_program(&draft);
		skep_arena_init(&arena, skep_port_posix(), 0);
		world_verify(draft.insns, draft.count, false, &limits, skep_port_posix(), &arena,
			     &verdict);
		if (verdict.err == 0)
			good = watch_program(draft.insns, &verdict.facts, false, wrong,
					     sizeof(wrong));
		skep_arena_free(&arena);
		if (!good) {
			draft_print(&draft);
			test_note("program %u: %s", i, wrong);
		}
		CHECK(good);
	}
	test_note("%u of %u programs run, %llu registers checked", programs_run, (unsigned)PROGRAMS,
		  (unsigned long long)checked_total);
	CHECK(programs_run > PROGRAMS / 10);
}

TESTS_BEGIN
T(facts_of_cases_are_true)
T(facts_of_random_programs_are_true)
TESTS_END
