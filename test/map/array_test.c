/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays, one value per index, one per index and cpu, or one program. Errors are those of Linux
 * 6.18: the table from a program that calls bpf_map_update_elem(), the rest from bpf(2). */
#include "fixture.h"
#include "spec/program.h"

#include <stdatomic.h>

static const struct {
	uint32_t index;
	uint64_t flags;
	int err;
} UPDATES[] = {
	{ 1, 0, 0 },
	{ 1, 1, SKEP_EEXIST },
	{ 1, 2, 0 },
	{ 1, 3, SKEP_EINVAL },
	{ 1, 4, SKEP_EINVAL },
	{ 1, 5, SKEP_EEXIST },
	{ 1, 6, SKEP_EINVAL },
	{ 1, 7, SKEP_EINVAL },
	{ 1, 8, SKEP_EINVAL },
	{ 1, (uint64_t)1 << 32, SKEP_EINVAL },
	{ 1, (uint64_t)1 << 63, SKEP_EINVAL },
	{ 4, 0, SKEP_E2BIG },
	{ 4, 1, SKEP_E2BIG },
	{ 4, 2, SKEP_E2BIG },
	{ 4, 3, SKEP_EINVAL },
	{ 4, 4, SKEP_E2BIG },
	{ 4, 5, SKEP_E2BIG },
	{ 4, 7, SKEP_EINVAL },
	{ 0xffffffff, 0, SKEP_E2BIG },
};

static void check_updates(struct fixture *f)
{
	for (size_t i = 0; i < SKEP_COUNT(UPDATES); i++) {
		const uint64_t value = i + 100;
		uint64_t *held = f->kind.ops->lookup(&f->map, &UPDATES[i].index);
		const uint64_t before = held != NULL ? *held : 0;

		test_case("index %u, flags %#llx", (unsigned)UPDATES[i].index,
			  (unsigned long long)UPDATES[i].flags);
		CHECK_EQ(f->kind.ops->update(&f->map, &UPDATES[i].index, &value, UPDATES[i].flags),
			 UPDATES[i].err);
		if (held != NULL)
			CHECK_EQ(*held, UPDATES[i].err == 0 ? value : before);
	}
	test_case("%s", "");
}

static void check_iteration(struct fixture *f)
{
	uint32_t key, next;

	CHECK_EQ(f->kind.ops->next_key(&f->map, NULL, &next), 0);
	CHECK_EQ(next, 0);
	for (key = 0; key < 3; key++) {
		CHECK_EQ(f->kind.ops->next_key(&f->map, &key, &next), 0);
		CHECK_EQ(next, key + 1);
	}
	next = 77;
	CHECK_EQ(f->kind.ops->next_key(&f->map, &key, &next), SKEP_ENOENT);
	CHECK_EQ(next, 77);
	for (key = 4; key != 0; key = key == 4 ? 0xffffffff : 0) {
		CHECK_EQ(f->kind.ops->next_key(&f->map, &key, &next), 0);
		CHECK_EQ(next, 0);
	}
}

static void check_no_delete(struct fixture *f)
{
	const uint32_t in = 1, out = 4;

	CHECK_EQ(f->kind.ops->erase(&f->map, &in), SKEP_EINVAL);
	CHECK_EQ(f->kind.ops->erase(&f->map, &out), SKEP_EINVAL);
}

TEST(array_updates)
{
	struct fixture f;

	fixture_init(&f, &skep_map_array_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 8, 4, 0), 0);
	check_updates(&f);
	check_iteration(&f);
	check_no_delete(&f);
	fixture_close(&f);
	CHECK_EQ(f.allocs, 0);
}

/* Values start as zero, 8 bytes apart or more, and an update writes its own and no other. */
TEST(array_values)
{
	struct fixture f;
	uint32_t index;

	fixture_init(&f, &skep_map_array_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 13, 5, 0), 0);
	for (index = 0; index < 5; index++) {
		static const uint8_t zero[13];
		const uint8_t *value = f.kind.ops->lookup(&f.map, &index);
		uint8_t bytes[13];

		CHECK(value != NULL && (uintptr_t)value % 8 == 0);
		CHECK(memcmp(value, zero, sizeof(zero)) == 0);
		memset(bytes, (int)index + 1, sizeof(bytes));
		CHECK_EQ(f.kind.ops->update(&f.map, &index, bytes, 0), 0);
	}
	CHECK(f.kind.ops->lookup(&f.map, &index) == NULL);
	for (index = 0; index < 5; index++) {
		const uint8_t *value = f.kind.ops->lookup(&f.map, &index);

		for (int i = 0; i < 13; i++)
			CHECK_EQ(value[i], index + 1);
	}
	fixture_close(&f);
}

/* Global data: the block that lddw points into is the value that lookup finds. */
TEST(array_direct)
{
	struct fixture f;
	uint32_t index = 0;
	size_t size = 0;
	void *block;

	fixture_init(&f, &skep_map_array_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 100, 1, 0x400), 0);
	block = f.kind.ops->direct(&f.map, &size);
	CHECK(block == f.kind.ops->lookup(&f.map, &index));
	CHECK(size >= 100 && size <= f.bytes);
	fixture_close(&f);
}

TEST(percpu_updates)
{
	struct fixture f;

	fixture_init(&f, &skep_map_percpu_array_ops, 3);
	CHECK_EQ(fixture_make(&f, 4, 8, 4, 0), 0);
	f.cpu = 2;
	check_updates(&f);
	check_iteration(&f);
	check_no_delete(&f);
	fixture_close(&f);
	CHECK_EQ(f.allocs, 0);
}

/* A program writes its cpu's slot, the host sees and writes them all; 5 bytes take 8 there. */
TEST(percpu_slots)
{
	struct fixture f;
	uint32_t index;
	uint8_t all[3 * 8], value[5];

	fixture_init(&f, &skep_map_percpu_array_ops, 3);
	CHECK_EQ(fixture_make(&f, 4, 5, 2, 0), 0);
	for (index = 0; index < 2; index++) {
		for (f.cpu = 0; f.cpu < 3; f.cpu++) {
			memset(value, (int)(16 * index + f.cpu + 1), sizeof(value));
			CHECK_EQ(f.kind.ops->update(&f.map, &index, value, 0), 0);
		}
	}
	for (index = 0; index < 2; index++) {
		CHECK_EQ(f.kind.ops->read(&f.map, &index, all), 0);
		for (f.cpu = 0; f.cpu < 3; f.cpu++) {
			const uint8_t *own = f.kind.ops->lookup(&f.map, &index);

			CHECK((uintptr_t)own % 8 == 0);
			for (int i = 0; i < 8; i++)
				CHECK_EQ(all[8 * f.cpu + (unsigned)i],
					 i < 5 ? 16 * index + f.cpu + 1 : 0);
			CHECK_EQ(own[4], 16 * index + f.cpu + 1);
		}
	}
	memset(all, 0x55, sizeof(all));
	index = 0;
	CHECK_EQ(f.kind.ops->write(&f.map, &index, all, 1), SKEP_EEXIST);
	CHECK_EQ(f.kind.ops->write(&f.map, &index, all, 3), SKEP_EINVAL);
	CHECK_EQ(f.kind.ops->write(&f.map, &index, all, 2), 0);
	f.cpu = 1;
	CHECK_EQ(((uint8_t *)f.kind.ops->lookup(&f.map, &index))[4], 0x55);
	index = 1;
	CHECK_EQ(((uint8_t *)f.kind.ops->lookup(&f.map, &index))[4], 18);
	index = 2;
	CHECK_EQ(f.kind.ops->read(&f.map, &index, all), SKEP_ENOENT);
	CHECK_EQ(f.kind.ops->write(&f.map, &index, all, 0), SKEP_E2BIG);
	fixture_close(&f);
}

/* A port whose cpu number breaks its promise reaches no memory. */
TEST(percpu_wrong_cpu)
{
	struct fixture f;
	const uint32_t index = 0;
	const uint64_t value = 1;

	fixture_init(&f, &skep_map_percpu_array_ops, 2);
	CHECK_EQ(fixture_make(&f, 4, 8, 1, 0), 0);
	f.cpu = 2;
	CHECK(f.kind.ops->lookup(&f.map, &index) == NULL);
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &value, 0), SKEP_EINVAL);
	f.port.cpu_number = NULL;
	CHECK(f.kind.ops->lookup(&f.map, &index) != NULL);
	fixture_close(&f);
}

TEST(programs)
{
	static const struct skep_target first, second;
	const struct skep_target *target = &first;
	_Atomic(const struct skep_target *) *slot;
	struct fixture f;
	uint32_t index = 1;

	fixture_init(&f, &skep_map_prog_array_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 4, 4, 0), 0);
	slot = f.kind.ops->lookup(&f.map, &index);
	CHECK(slot != NULL && *slot == NULL);
	CHECK_EQ(f.kind.ops->erase(&f.map, &index), SKEP_ENOENT);
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &target, 1), SKEP_EINVAL);
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &target, 2), SKEP_EINVAL);
	CHECK(*slot == NULL);
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &target, 0), 0);
	CHECK(*slot == &first);
	target = &second;
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &target, 0), 0);
	CHECK(*slot == &second);
	CHECK_EQ(f.kind.ops->erase(&f.map, &index), 0);
	CHECK(*slot == NULL);
	index = 4;
	CHECK(f.kind.ops->lookup(&f.map, &index) == NULL);
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &target, 0), SKEP_E2BIG);
	CHECK_EQ(f.kind.ops->update(&f.map, &index, &target, 1), SKEP_EINVAL);
	CHECK_EQ(f.kind.ops->erase(&f.map, &index), SKEP_E2BIG);
	check_iteration(&f);
	fixture_close(&f);
	CHECK_EQ(f.allocs, 0);
}

TESTS_BEGIN
T(array_updates)
T(array_values)
T(array_direct)
T(percpu_updates)
T(percpu_slots)
T(percpu_wrong_cpu)
T(programs)
TESTS_END
