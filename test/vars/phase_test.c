/* SPDX-License-Identifier: Apache-2.0 */
/* The three phases of variables: set before load, shared while loaded, frozen; and pointers among
 * them. */
#include "fixture.h"

static const enum skep_engine ENGINES[] = { SKEP_ENGINE_INTERP, SKEP_ENGINE_AUTO };

TEST(host_and_programs_share_one_memory)
{
	for (size_t e = 0; e < 2; e++) {
		const struct skep_config config = { .engine = ENGINES[e] };
		struct fixture fixture;
		struct skep_var counter, narrow, limit;
		volatile uint64_t *shared;
		void *memory, *again;
		uint64_t value;
		size_t size;

		CHECK_EQ(set_up_with(&fixture, "vars.o", config, true), 0);
		limit = at(&fixture, "limit");
		CHECK_EQ(skep_var_set_u64(&limit, 33), 0);
		CHECK_EQ(load_only(&fixture, "count"), 0);
		counter = at(&fixture, "counter");
		narrow = at(&fixture, "narrow");
		CHECK_EQ(skep_map_memory(counter.map, &memory, &size), 0);
		CHECK_EQ((uintptr_t)memory % 64, 0);
		CHECK_EQ(size, skep_map_def(counter.map)->value_size);
		shared = (volatile uint64_t *)((uint8_t *)memory + counter.offset);
		CHECK_EQ(*shared, 0);
		/* One load sees what programs write, one store is what they read. */
		for (uint64_t i = 1; i <= 1000; i++) {
			CHECK_EQ(run(&fixture, "count"), 100 + i + 200 + 2 * i + 300);
			CHECK_EQ(*shared, i);
		}
		*shared = 1u << 31;
		run(&fixture, "count");
		CHECK_EQ(skep_var_get_u64(&counter, &value), 0);
		CHECK_EQ(value, (1u << 31) + 1);
		CHECK_EQ(skep_var_get_u64(&narrow, &value), 0);
		CHECK_EQ(value, 33 * 1001);
		CHECK_EQ(skep_map_memory(counter.map, &again, &size), 0);
		CHECK(memory == again);
		tear_down(&fixture);
	}
}

TEST(a_variable_aligned_to_a_cache_line_has_one)
{
	struct fixture fixture;
	struct skep_var line;
	void *memory;
	size_t size;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	CHECK_EQ(load_only(&fixture, "count"), 0);
	line = at(&fixture, "own_line");
	CHECK_EQ(skep_map_memory(line.map, &memory, &size), 0);
	CHECK_EQ(((uintptr_t)memory + line.offset) % 64, 0);
	tear_down(&fixture);
}

TEST(initial_values_are_a_copy)
{
	struct fixture fixture;
	struct skep_var var;
	void *before, *after;
	const void *view;
	size_t size;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	var = at(&fixture, "in_data");
	CHECK_EQ(skep_map_memory(var.map, &before, &size), 0);
	*(uint32_t *)before = 1234;
	CHECK_EQ(load_only(&fixture, "count"), 0);
	CHECK_EQ(skep_map_memory(var.map, &after, &size), 0);
	CHECK(before != after);
	CHECK_EQ(*(uint32_t *)after, 1234);
	*(uint32_t *)before = 4321;
	CHECK_EQ(*(uint32_t *)after, 1234);
	CHECK_EQ(skep_map_memory_view(var.map, &view, &size), 0);
	CHECK(view == after);
	tear_down(&fixture);
}

TEST(constants_are_frozen_by_load)
{
	struct fixture fixture;
	struct skep_var var;
	const void *view;
	void *memory;
	uint64_t value;
	uint32_t bytes = 5;
	size_t size;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	var = at(&fixture, "limit");
	CHECK(var.read_only);
	CHECK_EQ(skep_map_memory(var.map, &memory, &size), 0);
	CHECK_EQ(skep_var_set_u64(&var, 11), 0);
	CHECK_EQ(load_only(&fixture, "count"), 0);
	CHECK_EQ(skep_var_set_u64(&var, 12), SKEP_EPERM);
	CHECK_TEXT(fixture.log.last,
		   "vars.o: variable \"limit\" is in .rodata, which is frozen once "
		   "loaded; set it before skep_object_load()");
	CHECK_EQ(skep_var_set_text(&var, "12"), SKEP_EPERM);
	CHECK_EQ(skep_var_write(&var, &bytes, 4), SKEP_EPERM);
	CHECK_EQ(skep_var_store(&var, 12), SKEP_EPERM);
	CHECK_EQ(skep_var_add(&var, 12, &value), SKEP_EPERM);
	CHECK_EQ(skep_map_memory(var.map, &memory, &size), SKEP_EPERM);
	CHECK_EQ(skep_map_memory_view(var.map, &view, &size), 0);
	CHECK_EQ(skep_var_get_u64(&var, &value), 0);
	CHECK_EQ(value, 11);
	CHECK_EQ(skep_var_load(&var, &value), 0);
	CHECK_EQ(value, 11);
	var = at(&fixture, "in_rodata");
	CHECK_EQ(skep_var_set_u64(&var, 12), SKEP_EPERM);
	CHECK(strstr(fixture.log.last, ".rodata.custom") != NULL);
	tear_down(&fixture);
}

/* What a constant rules out is not verified: the body is not, while `enabled` is 0. */
TEST(a_branch_on_a_constant_is_dead)
{
	for (uint32_t enabled = 0; enabled < 2; enabled++) {
		struct fixture fixture;
		struct skep_prog *prog;
		struct skep_var var;
		struct skep_insn insn;
		uint32_t dead = 0;
		int err;

		CHECK_EQ(set_up(&fixture, "vars.o"), 0);
		var = at(&fixture, "enabled");
		CHECK_EQ(skep_var_set_u64(&var, enabled), 0);
		err = load_only(&fixture, "guarded");
		prog = skep_object_prog_by_name(fixture.object, "guarded");
		if (enabled != 0) {
			CHECK_EQ(err, SKEP_EACCES);
			tear_down(&fixture);
			continue;
		}
		CHECK_EQ(err, 0);
		for (uint32_t i = 0; skep_prog_insn(prog, i, &insn) == 0; i++)
			dead += insn.code != 0 && !skep_prog_reached(prog, i);
		CHECK(dead >= 2);
		CHECK_EQ(run(&fixture, "guarded"), 1);
		tear_down(&fixture);
	}
}

TEST(pointers_are_addresses_of_live_variables)
{
	static const char *const NAMES[] = { "vars.o", "vars.v1.o" };

	for (size_t i = 0; i < 2; i++) {
		struct fixture fixture;
		struct skep_var var, target;
		const void *view;
		uint64_t address, value;
		size_t size;

		CHECK_EQ(set_up(&fixture, NAMES[i]), 0);
		CHECK_EQ(load_only(&fixture, "compare"), 0);
		CHECK_EQ(fixture.log.errors, 0);
		var = at(&fixture, "to_element");
		target = at(&fixture, "grid[1][1]");
		CHECK_EQ(skep_var_get_u64(&var, &address), 0);
		CHECK_EQ(skep_map_memory_view(target.map, &view, &size), 0);
		CHECK_EQ(address, (uintptr_t)view + target.offset);
		CHECK_EQ(*(const uint32_t *)(uintptr_t)address, 5);
		/* Programs compare them as numbers, those in frozen memory too. */
		CHECK_EQ(run(&fixture, "compare"), 1);
		var = at(&fixture, "same");
		CHECK_EQ(skep_var_get_u64(&var, &value), 0);
		CHECK_EQ(value, 1);
		var = at(&fixture, "other");
		CHECK_EQ(skep_var_get_u64(&var, &value), 0);
		CHECK_EQ(value, 0);
		tear_down(&fixture);
	}
}

TEST(the_host_may_replace_a_pointer)
{
	struct fixture fixture;
	struct skep_var var;
	uint64_t value = 1;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	var = at(&fixture, "to_number");
	CHECK_EQ(skep_var_set_u64(&var, 0), 0);
	CHECK_EQ(load_only(&fixture, "compare"), 0);
	CHECK_EQ(skep_var_get_u64(&var, &value), 0);
	CHECK_EQ(value, 0);
	var = at(&fixture, "to_element");
	CHECK_EQ(skep_var_get_u64(&var, &value), 0);
	CHECK(value != 0);
	tear_down(&fixture);
}

TEST(unprivileged_programs_get_no_addresses)
{
	const struct skep_config config = { .unprivileged = true };
	struct fixture fixture;

	CHECK_EQ(set_up_with(&fixture, "vars.o", config, true), 0);
	CHECK_EQ(load_only(&fixture, "compare"), SKEP_EPERM);
	CHECK(strstr(fixture.log.last, "holds the address of") != NULL);
	tear_down(&fixture);
}

TEST(other_addresses_are_refused_by_name)
{
	static const struct {
		const char *variable, *says;
	} CASES[] = {
		{ "holder.call",
		  "variable \"holder\" (.data.func+8) holds the address of function" },
		{ "map_address", "variable \"map_address\" (.data.map+0) holds the address of map "
				 "\"table\"" },
		{ "outside",
		  "variable \"outside\" (.data.outside+0) holds the address of something "
		  "outside of the object \"elsewhere\"" },
	};

	/* Each in turn is the one that is left. */
	for (size_t i = 0; i < 4; i++) {
		struct fixture fixture;

		CHECK_EQ(set_up(&fixture, "vars_refused.o"), 0);
		for (size_t k = 0; k < 3; k++) {
			const struct skep_var var = at(&fixture, CASES[k].variable);

			if (k != i)
				CHECK_EQ(skep_var_set_u64(&var, 0), 0);
		}
		CHECK_EQ(skep_object_load(fixture.object), i < 3 ? SKEP_EOPNOTSUPP : 0);
		if (i < 3 && strstr(fixture.log.last, CASES[i].says) == NULL)
			CHECK_TEXT(fixture.log.last, CASES[i].says);
		tear_down(&fixture);
	}
}

TEST(a_trailing_array_is_made_larger)
{
	static const int64_t VALUES[] = { 11, 20, 30, 40 };
	struct fixture fixture;
	struct skep_var var, old;
	struct skep_map *map;
	struct skep_btf_type type;
	const struct skep_btf *btf;
	uint64_t size;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	btf = skep_object_btf(fixture.object);
	map = skep_object_map_by_name(fixture.object, ".data.slots");
	old = at(&fixture, "slots");
	CHECK_EQ(skep_map_set_value_size(map, 18), SKEP_EINVAL);
	CHECK(strstr(fixture.log.last, "do not come out even") != NULL);
	CHECK_EQ(skep_map_set_value_size(map, 4), SKEP_EINVAL);
	CHECK_EQ(skep_map_set_value_size(map, 0), SKEP_EINVAL);
	CHECK_EQ(skep_map_set_value_size(map, UINT32_MAX), SKEP_E2BIG);
	CHECK_EQ(skep_map_set_value_size(map, 4 + 16), 0);
	var = at(&fixture, "slots");
	CHECK_EQ(var.size, 16);
	CHECK(var.type != old.type);
	CHECK_EQ(skep_btf_size(btf, var.type, &size), 0);
	CHECK_EQ(size, 16);
	CHECK_EQ(skep_btf_type(btf, skep_map_value_type(map), &type), 0);
	CHECK_EQ(type.size, 20);
	for (int i = 0; i < 4; i++) {
		char path[16] = "slots[0]";

		path[6] = (char)('0' + i);
		var = at(&fixture, path);
		if (i > 0)
			CHECK_EQ(skep_var_set_s64(&var, VALUES[i]), 0);
	}
	CHECK_EQ(skep_object_var_by_path(fixture.object, "slots[4]", &var), SKEP_ERANGE);
	var = at(&fixture, "slots_used");
	CHECK_EQ(skep_var_set_u64(&var, 4), 0);
	CHECK_EQ(load_only(&fixture, "sum"), 0);
	CHECK_EQ(run(&fixture, "sum"), 11 + 20 + 30 + 40);
	CHECK_EQ(skep_map_set_value_size(map, 24), SKEP_EPERM);
	tear_down(&fixture);
}

TEST(what_cannot_be_made_larger)
{
	struct fixture fixture;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	CHECK_EQ(
		skep_map_set_value_size(skep_object_map_by_name(fixture.object, ".data.custom"), 8),
		SKEP_EINVAL);
	CHECK(strstr(fixture.log.last, "\"in_data\": it is no array") != NULL);
	/* Statics stand behind the last array of .data. */
	CHECK_EQ(skep_map_set_value_size(skep_object_map_by_name(fixture.object, ".data"), 1024),
		 SKEP_EINVAL);
	tear_down(&fixture);
	CHECK_EQ(set_up(&fixture, "vars_refused.o"), 0);
	CHECK_EQ(skep_map_set_value_size(skep_object_map_by_name(fixture.object, "table"), 8),
		 SKEP_EINVAL);
	CHECK(strstr(fixture.log.last, "is no data section") != NULL);
	tear_down(&fixture);
	CHECK_EQ(set_up_with(&fixture, "vars.o", (struct skep_config){ 0 }, false), 0);
	CHECK_EQ(skep_map_set_value_size(skep_object_map_by_name(fixture.object, ".data.slots"), 8),
		 SKEP_EINVAL);
	tear_down(&fixture);
}

TEST(a_trailing_array_made_smaller_and_often)
{
	struct fixture fixture;
	struct skep_map *map;
	struct skep_var var;
	uint64_t value;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	map = skep_object_map_by_name(fixture.object, ".data.slots");
	for (uint32_t i = 1; i < 200; i++)
		CHECK_EQ(skep_map_set_value_size(map, 4 + 4 * (i % 7 + 1)), 0);
	CHECK_EQ(skep_map_set_value_size(map, 8), 0);
	var = at(&fixture, "slots");
	CHECK_EQ(var.size, 4);
	var = at(&fixture, "slots[0]");
	CHECK_EQ(skep_var_get_u64(&var, &value), 0);
	CHECK_EQ(value, 11);
	/* The program reads past it. */
	CHECK_EQ(load_only(&fixture, "sum"), SKEP_EACCES);
	tear_down(&fixture);
}

TESTS_BEGIN
T(host_and_programs_share_one_memory)
T(a_variable_aligned_to_a_cache_line_has_one)
T(initial_values_are_a_copy)
T(constants_are_frozen_by_load)
T(a_branch_on_a_constant_is_dead)
T(pointers_are_addresses_of_live_variables)
T(the_host_may_replace_a_pointer)
T(unprivileged_programs_get_no_addresses)
T(other_addresses_are_refused_by_name)
T(a_trailing_array_is_made_larger)
T(what_cannot_be_made_larger)
T(a_trailing_array_made_smaller_and_often)
TESTS_END
