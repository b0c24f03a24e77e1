/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers on maps, as a program calls them: by keys, ring buffers, tail calls. */
#include "helper/helpers.h"

#include "../map/fixture.h"

static uint64_t reg(const void *pointer)
{
	return (uintptr_t)pointer;
}

TEST(keyed)
{
	struct skep_env env = { 0 };
	uint64_t value = 5, *held;
	struct fixture f;
	uint32_t key = 1;
	uint64_t map;

	fixture_init(&f, &skep_map_hash_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 8, 1, 0), 0);
	map = reg(&f.map);
	CHECK_EQ(skep_helper_map_lookup_elem(map, reg(&key), 0, 0, 0, &env), 0);
	CHECK_EQ(skep_helper_map_delete_elem(map, reg(&key), 0, 0, 0, &env), (uint64_t)-2);
	CHECK_EQ(skep_helper_map_update_elem(map, reg(&key), reg(&value), 2, 0, &env),
		 (uint64_t)-2);
	CHECK_EQ(skep_helper_map_update_elem(map, reg(&key), reg(&value), 1, 0, &env), 0);
	CHECK_EQ(skep_helper_map_update_elem(map, reg(&key), reg(&value), 1, 0, &env),
		 (uint64_t)-17);
	CHECK_EQ(skep_helper_map_update_elem(map, reg(&key), reg(&value), (uint64_t)1 << 32, 0,
					     &env),
		 (uint64_t)-22);
	held = (void *)(uintptr_t)skep_helper_map_lookup_elem(map, reg(&key), 0, 0, 0, &env);
	CHECK(held != NULL && *held == 5);
	key = 2;
	CHECK_EQ(skep_helper_map_update_elem(map, reg(&key), reg(&value), 0, 0, &env),
		 (uint64_t)-7);
	key = 1;
	CHECK_EQ(skep_helper_map_delete_elem(map, reg(&key), 0, 0, 0, &env), 0);
	fixture_close(&f);
}

/* An embedder's kind may lack any of them. */
TEST(absent_operations)
{
	static const struct skep_map_ops none;
	struct skep_env env = { 0 };
	struct fixture f;

	fixture_init(&f, &none, 1);
	CHECK_EQ(skep_helper_map_lookup_elem(reg(&f.map), 0, 0, 0, 0, &env), 0);
	CHECK_EQ(skep_helper_map_update_elem(reg(&f.map), 0, 0, 0, 0, &env), (uint64_t)-95);
	CHECK_EQ(skep_helper_map_delete_elem(reg(&f.map), 0, 0, 0, 0, &env), (uint64_t)-95);
}

static int sum_sizes(void *ctx, const void *record, size_t size)
{
	(void)record;
	*(size_t *)ctx += size;
	return 0;
}

/* Results seen in Linux 6.18. */
TEST(ring)
{
	struct skep_env env = { 0 };
	struct fixture f;
	uint64_t map, record;
	uint32_t data = 0x01020304;
	size_t sum = 0;

	fixture_init(&f, &skep_map_ringbuf_ops, 1);
	CHECK_EQ(fixture_make(&f, 0, 0, 4096, 0), 0);
	map = reg(&f.map);
	CHECK_EQ(skep_helper_ringbuf_query(map, 1, 0, 0, 0, &env), 4096);
	CHECK_EQ(skep_helper_ringbuf_reserve(map, 4088, 0, 0, 0, &env), 0);
	CHECK_EQ(skep_helper_ringbuf_reserve(map, 8, 1, 0, 0, &env), 0);
	CHECK_EQ(skep_helper_ringbuf_output(map, reg(&data), 4, 4, 0, &env), (uint64_t)-22);
	CHECK_EQ(skep_helper_ringbuf_query(map, 3, 0, 0, 0, &env), 0);
	CHECK_EQ(skep_helper_ringbuf_output(map, reg(&data), 4, 1, 0, &env), 0);
	CHECK_EQ(skep_helper_ringbuf_output(map, reg(&data), 4, 2, 0, &env), 0);
	CHECK_EQ(skep_helper_ringbuf_output(map, reg(&data), 0, 0, 0, &env), 0);
	record = skep_helper_ringbuf_reserve(map, 100, 0, 0, 0, &env);
	CHECK(record != 0);
	CHECK_EQ(skep_helper_ringbuf_submit(record, 0, 0, 0, 0, &env), 0);
	record = skep_helper_ringbuf_reserve(map, 1000, 0, 0, 0, &env);
	CHECK(record != 0);
	CHECK_EQ(skep_helper_ringbuf_discard(record, 0, 0, 0, 0, &env), 0);
	CHECK_EQ(skep_helper_ringbuf_query(map, 0, 0, 0, 0, &env), 16 + 16 + 8 + 112 + 1008);
	CHECK_EQ(f.kind.ops->consume(&f.map, sum_sizes, &sum), 4);
	CHECK_EQ(sum, 4 + 4 + 0 + 100);
	record = skep_helper_ringbuf_reserve(map, 4080, 0, 0, 0, &env);
	CHECK(record != 0);
	CHECK_EQ(skep_helper_ringbuf_output(map, reg(&data), 4, 0, 0, &env), (uint64_t)-11);
	fixture_close(&f);
}

TEST(tail_calls)
{
	static const struct skep_target program;
	const struct skep_target *target = &program;
	struct skep_env env = { 0 };
	struct fixture f;
	uint32_t index = 2;

	fixture_init(&f, &skep_map_prog_array_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 4, 4, 0), 0);
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &target, 0), 0);
	/* Calls that lead nowhere do not count. */
	CHECK(skep_tail_call(&env, &f.map, 1) == NULL);
	CHECK(skep_tail_call(&env, &f.map, 4) == NULL);
	CHECK(skep_tail_call(&env, &f.map, UINT64_MAX) == NULL);
	CHECK_EQ(env.tail_calls, 0);
	/* The index is 32 bits wide. */
	CHECK(skep_tail_call(&env, &f.map, 0x700000002) == &program);
	for (int i = 2; i <= 33; i++)
		CHECK(skep_tail_call(&env, &f.map, 2) == &program);
	CHECK(skep_tail_call(&env, &f.map, 2) == NULL);
	CHECK_EQ(env.tail_calls, 33);
	CHECK_EQ(skep_helper_tail_call(0, reg(&f.map), 2, 0, 0, &env), (uint64_t)-95);
	fixture_close(&f);
}

TESTS_BEGIN
T(keyed)
T(absent_operations)
T(ring)
T(tail_calls)
TESTS_END
