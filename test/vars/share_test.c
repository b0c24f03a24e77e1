/* SPDX-License-Identifier: Apache-2.0 */
/* Variables while programs run: atomic operations, snapshots and what they differ in; and variables
 * that are somewhere else, at the end of a wire. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "fixture.h"

/* ---------------------------------------------------------------------------------- atomics */

TEST(atomic_operations_of_32_and_64_bits)
{
	struct fixture fixture;
	struct skep_var wide, narrow, half, flag;
	uint64_t before = 0;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	wide = at(&fixture, "wide");
	narrow = at(&fixture, "number");
	half = at(&fixture, "half");
	flag = at(&fixture, "flags.a");
	CHECK_EQ(skep_var_load(&wide, &before), SKEP_EPERM);
	CHECK_EQ(skep_var_store(&wide, 1), SKEP_EPERM);
	CHECK_EQ(load_only(&fixture, "count"), 0);
	CHECK_EQ(skep_var_load(&wide, &before), 0);
	CHECK_EQ(before, 0x0123456789abcdef);
	CHECK_EQ(skep_var_load(&narrow, &before), 0);
	CHECK_EQ(before, (uint32_t)-123456);
	CHECK_EQ(skep_var_store(&wide, UINT64_MAX), 0);
	CHECK_EQ(skep_var_add(&wide, 2, &before), 0);
	CHECK_EQ(before, UINT64_MAX);
	CHECK_EQ(skep_var_load(&wide, &before), 0);
	CHECK_EQ(before, 1);
	CHECK_EQ(skep_var_store(&narrow, UINT32_MAX), 0);
	CHECK_EQ(skep_var_add(&narrow, 2, &before), 0);
	CHECK_EQ(before, UINT32_MAX);
	CHECK_EQ(skep_var_exchange(&narrow, 77, &before), 0);
	CHECK_EQ(before, 1);
	CHECK_EQ(skep_var_compare_exchange(&narrow, 76, 78, &before), 0);
	CHECK_EQ(before, 77);
	CHECK_EQ(skep_var_compare_exchange(&narrow, 77, 79, &before), 0);
	CHECK_EQ(before, 77);
	CHECK_EQ(skep_var_load(&narrow, &before), 0);
	CHECK_EQ(before, 79);
	CHECK_EQ(skep_var_exchange(&wide, 5, &before), 0);
	CHECK_EQ(skep_var_compare_exchange(&wide, 5, 1ull << 40, &before), 0);
	CHECK_EQ(skep_var_load(&wide, &before), 0);
	CHECK_EQ(before, 1ull << 40);
	/* Neither the right size, nor of whole bytes, nor aligned. */
	CHECK_EQ(skep_var_load(&half, &before), SKEP_EINVAL);
	CHECK_EQ(skep_var_load(&flag, &before), SKEP_EINVAL);
	narrow.offset += 2;
	CHECK_EQ(skep_var_store(&narrow, 1), SKEP_EINVAL);
	tear_down(&fixture);
}

enum { ROUNDS = 20000, THREADS = 3 };

struct worker {
	struct fixture *fixture;
	struct skep_var counter;
	bool runs_program;
};

static void *work(void *ctx)
{
	const struct worker *worker = ctx;
	uint64_t before;

	for (int i = 0; i < ROUNDS; i++) {
		if (worker->runs_program)
			run(worker->fixture, "count");
		else
			skep_var_add(&worker->counter, 1, &before);
	}
	return NULL;
}

TEST(host_and_programs_lose_no_count)
{
	struct fixture fixture;
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	uint64_t value = 0;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	CHECK_EQ(load_only(&fixture, "count"), 0);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ &fixture, at(&fixture, "counter"), i > 0 };
		pthread_create(&threads[i], NULL, work, &workers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(skep_var_load(&workers[0].counter, &value), 0);
	CHECK_EQ(value, THREADS * ROUNDS);
	tear_down(&fixture);
}

/* -------------------------------------------------------------------------------- snapshots */

struct differences {
	char text[512];
	uint32_t offset, calls, stop_at;
};

static int take(void *ctx, const char *path, const struct skep_var *piece)
{
	struct differences *out = ctx;

	strncat(out->text, path, sizeof(out->text) - strlen(out->text) - 1);
	strncat(out->text, " ", sizeof(out->text) - strlen(out->text) - 1);
	out->offset = piece->offset;
	return ++out->calls == out->stop_at ? 42 : 0;
}

TEST(differences_are_told_by_path)
{
	struct fixture fixture;
	struct differences found = { .stop_at = 0 };
	struct skep_map *map;
	struct skep_var var;
	uint8_t before[4096], after[4096];
	size_t size;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	map = skep_object_map_by_name(fixture.object, ".data");
	size = skep_map_def(map)->value_size;
	CHECK_EQ(skep_map_snapshot(map, before, size - 1), SKEP_EINVAL);
	CHECK_EQ(skep_map_snapshot(map, before, size), 0);
	CHECK_EQ(skep_map_differences(map, before, before, size, take, &found), 0);
	CHECK_EQ(found.calls, 0);
	for (size_t i = 0; i < 2; i++) {
		static const char *const PATHS[] = { "pts[1].deep", "flags.b" };

		var = at(&fixture, PATHS[i]);
		CHECK_EQ(skep_var_set_s64(&var, 3), 0);
	}
	var = at(&fixture, "text");
	CHECK_EQ(skep_var_set_text(&var, "new"), 0);
	var = at(&fixture, "grid[1][2]");
	CHECK_EQ(skep_var_set_s64(&var, 30), 0);
	/* Each member of a union shows it. */
	var = at(&fixture, "pts[2].word");
	CHECK_EQ(skep_var_set_u64(&var, 1), 0);
	CHECK_EQ(skep_map_snapshot(map, after, size), 0);
	CHECK_EQ(skep_map_differences(map, before, after, size, take, &found), 0);
	CHECK_EQ(found.calls, 6);
	for (size_t i = 0; i < 6; i++) {
		static const char *const TOLD[] = {
			"text ",         "pts[1].deep ", "pts[2].word ",
			"pts[2].bytes[", "flags.b ",     "grid[1][2] "
		};

		test_case("%s", TOLD[i]);
		CHECK(strstr(found.text, TOLD[i]) != NULL);
	}
	found = (struct differences){ .stop_at = 2 };
	CHECK_EQ(skep_map_differences(map, before, after, size, take, &found), 42);
	CHECK_EQ(found.calls, 2);
	CHECK_EQ(skep_map_differences(map, before, after, size + 1, take, &found), SKEP_EINVAL);
	tear_down(&fixture);
}

TEST(without_types_whole_variables_differ)
{
	struct fixture fixture;
	struct differences found = { .stop_at = 0 };
	struct skep_map *map;
	uint8_t before[4096], after[4096];
	struct skep_var var;
	size_t size;

	CHECK_EQ(set_up_with(&fixture, "vars.o", (struct skep_config){ 0 }, false), 0);
	map = skep_object_map_by_name(fixture.object, ".data");
	size = skep_map_def(map)->value_size;
	CHECK_EQ(skep_map_snapshot(map, before, size), 0);
	memcpy(after, before, size);
	var = at(&fixture, "grid");
	after[var.offset + 5] ^= 1;
	CHECK_EQ(skep_map_differences(map, before, after, size, take, &found), 0);
	CHECK_TEXT(found.text, "grid ");
	CHECK_EQ(found.offset, var.offset);
	tear_down(&fixture);
}

static atomic_bool stop;

static void *keep_running(void *ctx)
{
	while (!atomic_load(&stop))
		run(ctx, "count");
	return NULL;
}

/* The program first adds to `counter`, later to `narrow` (ten each): a snapshot of one moment has
 * at most one run between the two. */
TEST(a_snapshot_that_held_still_is_of_one_moment)
{
	struct fixture fixture;
	struct skep_map *map;
	struct skep_var counter, narrow;
	pthread_t thread;
	uint8_t bytes[4096];
	int still = 0;
	size_t size;

	CHECK_EQ(set_up(&fixture, "vars.o"), 0);
	CHECK_EQ(load_only(&fixture, "count"), 0);
	counter = at(&fixture, "counter");
	narrow = at(&fixture, "narrow");
	map = counter.map;
	size = skep_map_def(map)->value_size;
	atomic_store(&stop, false);
	pthread_create(&thread, NULL, keep_running, &fixture);
	for (int i = 0; i < 20000; i++) {
		const int err = skep_map_snapshot(map, bytes, size);
		uint64_t runs;
		uint32_t sum;

		if (err == SKEP_EAGAIN)
			continue;
		memcpy(&runs, bytes + counter.offset, sizeof(runs));
		memcpy(&sum, bytes + narrow.offset, sizeof(sum));
		if (err != 0 || (sum != (uint32_t)runs * 10 && sum != (uint32_t)(runs - 1) * 10)) {
			test_fail("%d, %u runs, sum %u", err, (unsigned)runs, (unsigned)sum);
			break;
		}
		still++;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	test_note("%d of 20000 held still", still);
	tear_down(&fixture);
}

/* ------------------------------------------------------------------------------------- a wire */

/* A board that has .data and .bss, and answers by copies of at most 16 bytes. */
struct board {
	uint8_t data[4096], bss[4096];
	uint32_t reads, writes;
	int err;
};

static uint8_t *place(struct board *board, const struct skep_map *map, uint32_t offset)
{
	return (strstr(skep_map_name(map), "bss") != NULL ? board->bss : board->data) + offset;
}

static int read_wire(void *ctx, const struct skep_map *map, uint32_t offset, void *bytes,
		     size_t size)
{
	struct board *board = ctx;

	board->reads++;
	if (board->err == 0)
		memcpy(bytes, place(board, map, offset), size);
	return board->err;
}

static int write_wire(void *ctx, const struct skep_map *map, uint32_t offset, const void *bytes,
		      size_t size)
{
	struct board *board = ctx;

	board->writes++;
	if (board->err == 0)
		memcpy(place(board, map, offset), bytes, size);
	return board->err;
}

TEST(the_same_at_the_end_of_a_wire)
{
	static const char *const NAMES[] = { "vars.o", "vars.eb.o" };

	for (size_t o = 0; o < 2; o++) {
		struct board board = { .reads = 0 };
		const struct skep_memory memory = { &board, read_wire, write_wire };
		const struct skep_memory deaf = { &board, read_wire, NULL };
		struct differences found = { .stop_at = 0 };
		uint8_t before[4096], after[4096];
		struct fixture fixture;
		struct skep_var var;
		uint64_t value = 0;
		int64_t number = 0;
		char text[16];
		size_t size;
		void *block;

		test_case("%s", NAMES[o]);
		CHECK_EQ(set_up(&fixture, NAMES[o]), 0);
		CHECK_EQ(skep_object_attach(fixture.object, &memory), 0);
		CHECK_EQ(skep_object_attach(fixture.object, &deaf), SKEP_EPERM);
		CHECK_EQ(skep_object_load(fixture.object), SKEP_EPERM);
		/* As the board has it, in its own order. */
		var = at(&fixture, "counter");
		board.bss[var.offset + (o == 0 ? 1 : 6)] = 2;
		CHECK_EQ(skep_var_get_u64(&var, &value), 0);
		CHECK_EQ(value, 0x200);
		size = skep_map_def(var.map)->value_size;
		CHECK_EQ(skep_map_snapshot(var.map, before, size), 0);
		CHECK_EQ(skep_var_set_u64(&var, 0x0102030405060708), 0);
		CHECK_EQ(board.bss[var.offset], o == 0 ? 8 : 1);
		CHECK_EQ(skep_map_snapshot(var.map, after, size), 0);
		CHECK_EQ(skep_map_differences(var.map, before, after, size, take, &found), 0);
		CHECK_TEXT(found.text, "counter ");
		var = at(&fixture, "flags.b");
		CHECK_EQ(skep_var_set_s64(&var, -3), 0);
		CHECK_EQ(skep_var_get_s64(&var, &number), 0);
		CHECK_EQ(number, -3);
		CHECK_EQ(skep_var_set_s64(&var, 16), SKEP_ERANGE);
		var = at(&fixture, "text");
		CHECK_EQ(skep_var_set_text(&var, "wire"), 0);
		CHECK_EQ(skep_var_get_text(&var, text, sizeof(text)), 0);
		CHECK_TEXT(text, "wire");
		CHECK_TEXT((const char *)board.data + var.offset, "wire");
		CHECK_EQ(skep_map_memory(var.map, &block, &size), SKEP_EOPNOTSUPP);
		var = at(&fixture, "narrow");
		CHECK_EQ(skep_var_add(&var, 1, &value), SKEP_EOPNOTSUPP);
		var = at(&fixture, "limit");
		CHECK_EQ(skep_var_set_u64(&var, 1), SKEP_EPERM);
		/* What the wire says is passed on. */
		board.err = SKEP_EAGAIN;
		var = at(&fixture, "counter");
		CHECK_EQ(skep_var_get_u64(&var, &value), SKEP_EAGAIN);
		CHECK_EQ(skep_var_set_u64(&var, 1), SKEP_EAGAIN);
		CHECK_EQ(skep_map_snapshot(var.map, after, skep_map_def(var.map)->value_size),
			 SKEP_EAGAIN);
		tear_down(&fixture);

		CHECK_EQ(set_up(&fixture, NAMES[o]), 0);
		CHECK_EQ(skep_object_attach(fixture.object, &deaf), 0);
		var = at(&fixture, "counter");
		CHECK_EQ(skep_var_set_u64(&var, 1), SKEP_EPERM);
		CHECK(strstr(fixture.log.last, "can only be read") != NULL);
		tear_down(&fixture);
	}
}

TESTS_BEGIN
T(atomic_operations_of_32_and_64_bits)
T(host_and_programs_lose_no_count)
T(differences_are_told_by_path)
T(without_types_whole_variables_differ)
T(a_snapshot_that_held_still_is_of_one_moment)
T(the_same_at_the_end_of_a_wire)
TESTS_END
