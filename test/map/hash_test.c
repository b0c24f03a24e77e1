/* SPDX-License-Identifier: Apache-2.0 */
/* The hash map, by one thread. Errors are those of Linux 6.18, from bpf(2) and from a program. */
#include <stdio.h>
#include <time.h>

#include "fixture.h"

static int update32(struct fixture *f, uint32_t key, uint64_t value, uint64_t flags)
{
	return f->kind.ops->update(&f->map, &key, &value, flags);
}

static uint64_t *lookup32(struct fixture *f, uint32_t key)
{
	return f->kind.ops->lookup(&f->map, &key);
}

static int erase32(struct fixture *f, uint32_t key)
{
	return f->kind.ops->erase(&f->map, &key);
}

TEST(update_flags)
{
	static const struct {
		uint64_t flags;
		int absent, present;
	} cases[] = {
		{ 0, 0, 0 },
		{ 1, 0, SKEP_EEXIST },
		{ 2, SKEP_ENOENT, 0 },
		{ 3, SKEP_EINVAL, SKEP_EINVAL },
		{ 4, SKEP_EINVAL, SKEP_EINVAL },
		{ 5, SKEP_EINVAL, SKEP_EINVAL },
		{ 6, SKEP_EINVAL, SKEP_EINVAL },
		{ 8, SKEP_EINVAL, SKEP_EINVAL },
		{ (uint64_t)1 << 32, SKEP_EINVAL, SKEP_EINVAL },
		{ (uint64_t)1 << 63, SKEP_EINVAL, SKEP_EINVAL },
	};
	struct fixture f;

	fixture_init(&f, &skep_map_hash_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 8, 4, 0), 0);
	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		test_case("flags %#llx", (unsigned long long)cases[i].flags);
		CHECK_EQ(update32(&f, 1, 10, cases[i].flags), cases[i].absent);
		CHECK_EQ(lookup32(&f, 1) != NULL, cases[i].absent == 0);
		CHECK_EQ(erase32(&f, 1), cases[i].absent == 0 ? 0 : SKEP_ENOENT);
		CHECK_EQ(update32(&f, 1, 10, 0), 0);
		CHECK_EQ(update32(&f, 1, 11, cases[i].flags), cases[i].present);
		CHECK_EQ(*lookup32(&f, 1), cases[i].present == 0 ? 11 : 10);
		CHECK_EQ(erase32(&f, 1), 0);
		CHECK(lookup32(&f, 1) == NULL);
		CHECK_EQ(erase32(&f, 1), SKEP_ENOENT);
	}
	fixture_close(&f);
	CHECK_EQ(f.allocs, 0);
}

/* max_entries is exact, whatever stripes the keys fall into; a full map can still be updated, and
 * gives room again. */
TEST(full)
{
	static const uint32_t sizes[] = { 1, 2, 3, 4, 5, 31, 64, 100, 1000 };
	struct fixture f;

	for (size_t i = 0; i < SKEP_COUNT(sizes); i++) {
		const uint32_t count = sizes[i];

		test_case("max_entries %u", (unsigned)count);
		fixture_init(&f, &skep_map_hash_ops, 8);
		CHECK_EQ(fixture_make(&f, 4, 8, count, 0), 0);
		for (uint32_t key = 0; key < count; key++)
			CHECK_EQ(update32(&f, key, key, 1), 0);
		CHECK_EQ(update32(&f, count, 0, 0), SKEP_E2BIG);
		CHECK_EQ(update32(&f, count, 0, 1), SKEP_E2BIG);
		CHECK_EQ(update32(&f, count, 0, 2), SKEP_ENOENT);
		for (unsigned round = 0; round < 3; round++)
			for (uint32_t key = 0; key < count; key++)
				CHECK_EQ(update32(&f, key, key + round, round == 1 ? 2 : 0), 0);
		CHECK_EQ(update32(&f, 0, 0, 1), SKEP_EEXIST);
		for (uint32_t key = 0; key < count; key++) {
			CHECK_EQ(*lookup32(&f, key), key + 2);
			CHECK_EQ(erase32(&f, key), 0);
			CHECK_EQ(update32(&f, key + count, 1, 0), 0);
			CHECK_EQ(update32(&f, key, 1, 0), SKEP_E2BIG);
		}
		CHECK_EQ(f.locks, 0);
		CHECK_EQ(f.locks_max, 1);
		fixture_close(&f);
	}
}

/* As in Linux: who looked a value up goes on seeing it; a new lookup sees the new one. */
TEST(update_replaces)
{
	struct fixture f;
	uint64_t *before, *after;

	fixture_init(&f, &skep_map_hash_ops, 1);
	CHECK_EQ(fixture_make(&f, 4, 8, 2, 0), 0);
	CHECK_EQ(update32(&f, 1, 10, 0), 0);
	before = lookup32(&f, 1);
	CHECK_EQ(update32(&f, 1, 11, 0), 0);
	after = lookup32(&f, 1);
	CHECK(before != after);
	CHECK_EQ(*before, 10);
	CHECK_EQ(*after, 11);
	/* Written in place it is the same element. */
	*after = 12;
	CHECK_EQ(*lookup32(&f, 1), 12);
	fixture_close(&f);
}

/* Iteration goes over each key once; from a key that is gone it begins again, so that deleting on
 * the way ends with an empty map. */
TEST(iteration)
{
	enum { COUNT = 50 };
	bool seen[COUNT] = { false };
	struct fixture f;
	uint32_t key = 0, left = COUNT;

	fixture_init(&f, &skep_map_hash_ops, 2);
	CHECK_EQ(fixture_make(&f, 4, 8, COUNT, 0), 0);
	CHECK_EQ(f.kind.ops->next_key(&f.map, NULL, &key), SKEP_ENOENT);
	CHECK_EQ(f.kind.ops->next_key(&f.map, &key, &key), SKEP_ENOENT);
	for (key = 0; key < COUNT; key++)
		CHECK_EQ(update32(&f, key, key, 0), 0);
	for (int err = f.kind.ops->next_key(&f.map, NULL, &key); err == 0;
	     err = f.kind.ops->next_key(&f.map, &key, &key)) {
		CHECK(key < COUNT && !seen[key]);
		seen[key] = true;
		left--;
	}
	CHECK_EQ(left, 0);
	CHECK_EQ(f.kind.ops->next_key(&f.map, NULL, &key), 0);
	for (left = COUNT; left > 0; left--) {
		CHECK_EQ(erase32(&f, key), 0);
		CHECK_EQ(f.kind.ops->next_key(&f.map, &key, &key), left > 1 ? 0 : SKEP_ENOENT);
	}
	CHECK(lookup32(&f, 0) == NULL);
	fixture_close(&f);
}

/* ------------------------------------------------------------------------------------- model */

enum { MODEL_KEYS = 64, BYTES_MAX = 80 };

/* The map as an array over all keys there are. */
struct model {
	bool present[MODEL_KEYS];
	uint8_t value[MODEL_KEYS][BYTES_MAX];
	uint32_t count, max;
};

static int model_update(struct model *model, unsigned key, const uint8_t *value, size_t size,
			uint64_t flags)
{
	if (flags > 2)
		return SKEP_EINVAL;
	if (model->present[key] && flags == 1)
		return SKEP_EEXIST;
	if (!model->present[key] && flags == 2)
		return SKEP_ENOENT;
	if (!model->present[key] && model->count == model->max)
		return SKEP_E2BIG;
	model->count += !model->present[key];
	model->present[key] = true;
	memcpy(model->value[key], value, size);
	return 0;
}

static int model_erase(struct model *model, unsigned key)
{
	if (!model->present[key])
		return SKEP_ENOENT;
	model->present[key] = false;
	model->count--;
	return 0;
}

/* Keys that differ only at the end, which is where padding could hide a difference. */
static void make_key(uint8_t *bytes, size_t size, unsigned key)
{
	memset(bytes, 0xa5, size);
	bytes[size - 1] = (uint8_t)key;
}

static void compare(struct fixture *f, const struct model *model, uint32_t key_size,
		    uint32_t value_size)
{
	uint8_t key[BYTES_MAX], value[BYTES_MAX];
	uint32_t count = 0;

	for (unsigned i = 0; i < MODEL_KEYS; i++) {
		const uint8_t *held;

		make_key(key, key_size, i);
		held = f->kind.ops->lookup(&f->map, key);
		CHECK_EQ(held != NULL, model->present[i]);
		CHECK_EQ(f->kind.ops->read(&f->map, key, value),
			 model->present[i] ? 0 : SKEP_ENOENT);
		if (held == NULL)
			continue;
		CHECK_EQ((uintptr_t)held % 8, 0);
		CHECK(memcmp(held, model->value[i], value_size) == 0);
		CHECK(memcmp(value, model->value[i], value_size) == 0);
	}
	for (int err = f->kind.ops->next_key(&f->map, NULL, key); err == 0;
	     err = f->kind.ops->next_key(&f->map, key, key))
		CHECK(++count <= model->count);
	CHECK_EQ(count, model->count);
}

static void run_model(uint32_t key_size, uint32_t value_size, uint32_t max, uint32_t cpus)
{
	uint8_t key[BYTES_MAX], value[BYTES_MAX];
	static struct model model;
	uint64_t random = max;
	struct fixture f;

	test_case("key %u, value %u, max_entries %u, %u cpus", (unsigned)key_size,
		  (unsigned)value_size, (unsigned)max, (unsigned)cpus);
	memset(&model, 0, sizeof(model));
	model.max = max;
	fixture_init(&f, &skep_map_hash_ops, cpus);
	CHECK_EQ(fixture_make(&f, key_size, value_size, max, 0), 0);
	for (unsigned step = 0; step < 4000; step++) {
		unsigned which, what;

		random = random * 6364136223846793005u + 1442695040888963407u;
		which = (unsigned)(random >> 33) % MODEL_KEYS;
		what = (unsigned)(random >> 60);
		make_key(key, key_size, which);
		/* Phases of mostly inserting and mostly deleting reach both ends. */
		if (what < (step / 500 % 2 == 0 ? 4u : 11u)) {
			CHECK_EQ(f.kind.ops->erase(&f.map, key), model_erase(&model, which));
		} else {
			memset(value, (int)step, value_size);
			CHECK_EQ(f.kind.ops->update(&f.map, key, value, random >> 50 & 3),
				 model_update(&model, which, value, value_size, random >> 50 & 3));
		}
		if (step % 97 == 0)
			compare(&f, &model, key_size, value_size);
	}
	compare(&f, &model, key_size, value_size);
	CHECK_EQ(f.locks_max, 1);
	fixture_close(&f);
	CHECK_EQ(f.allocs, 0);
}

TEST(model)
{
	static const struct {
		uint32_t key, value, max, cpus;
	} shapes[] = {
		{ 1, 1, 1, 1 },   { 2, 8, 2, 2 },     { 3, 5, 7, 1 },    { 4, 8, 16, 4 },
		{ 7, 3, 40, 64 }, { 8, 16, 64, 2 },   { 13, 80, 63, 3 }, { 16, 4, 100, 1 },
		{ 40, 9, 33, 8 }, { 80, 24, 64, 16 },
	};

	for (size_t i = 0; i < SKEP_COUNT(shapes); i++)
		run_model(shapes[i].key, shapes[i].value, shapes[i].max, shapes[i].cpus);
}

/* ---------------------------------------------------------------------------------- interrupts */

/* An operation on one key. */
struct op {
	enum { ERASE, ANY, NOEXIST, EXIST } what;
	unsigned key;
	uint8_t value;
};

static struct op interrupting;
static int interrupting_err;

static int apply(struct fixture *f, const struct op *op)
{
	const uint32_t key = op->key;
	const uint64_t value = op->value * (uint64_t)0x0101010101010101;

	return op->what == ERASE ? erase32(f, key) : update32(f, key, value, op->what - ANY);
}

static int model_apply(struct model *model, const struct op *op)
{
	uint8_t value[8];

	memset(value, op->value, sizeof(value));
	return op->what == ERASE ? model_erase(model, op->key)
				 : model_update(model, op->key, value, 8, op->what - ANY);
}

static void interrupt(struct fixture *f)
{
	interrupting_err = apply(f, &interrupting);
}

static bool same(struct fixture *f, const struct model *model)
{
	for (unsigned i = 0; i < 4; i++) {
		const uint64_t *held = lookup32(f, i);

		if ((held != NULL) != model->present[i] ||
		    (held != NULL && memcmp(held, model->value[i], 8) != 0))
			return false;
	}
	return true;
}

/* `first` is interrupted before its lock_number-th lock by `second`, in a map that holds the keys
 * of `mask`. What both say and what the map then holds must be as if one had come after the other;
 * or as if `second` had found the map full that `first` was about to fill. No element may be lost.
 * Returns false if `first` takes fewer locks. */
static bool run_interrupted(struct op first, struct op second, unsigned mask, uint32_t max,
			    unsigned lock_number)
{
	struct model models[3] = { { .max = max } };
	int err, errs[3][2];
	struct fixture f;
	bool came, matched = false;
	uint32_t room = 0;

	fixture_init(&f, &skep_map_hash_ops, 8);
	if (!test_check_eq((uint64_t)fixture_make(&f, 4, 8, max, 0), 0, __FILE__, __LINE__, "make"))
		return false;
	for (unsigned key = 0; key < 4; key++) {
		const struct op op = { ANY, key, 0x11 };

		if ((mask >> key & 1) != 0 && apply(&f, &op) == 0)
			model_apply(&models[0], &op);
	}
	models[1] = models[2] = models[0];
	errs[2][0] = model_apply(&models[2], &first);
	errs[2][1] = models[2].count == max ? SKEP_E2BIG : 1;
	errs[0][0] = model_apply(&models[0], &first);
	errs[0][1] = model_apply(&models[0], &second);
	errs[1][1] = model_apply(&models[1], &second);
	errs[1][0] = model_apply(&models[1], &first);
	interrupting = second;
	f.interrupt = interrupt;
	f.interrupt_at = f.taken + lock_number;
	err = apply(&f, &first);
	came = f.taken >= f.interrupt_at;
	f.interrupt_at = 0;
	for (int order = 0; came && order < 3; order++)
		matched |= err == errs[order][0] && interrupting_err == errs[order][1] &&
			   same(&f, &models[order]);
	for (unsigned key = 0; key < 4; key++)
		erase32(&f, key);
	for (uint32_t key = 0; key < max + 1; key++)
		room += update32(&f, key, 0, 0) == 0;
	fixture_close(&f);
	test_check(!came || matched, __FILE__, __LINE__, "as if one after the other");
	test_check_eq(room, max, __FILE__, __LINE__, "room afterwards");
	return came;
}

TEST(interrupted)
{
	unsigned runs = 0;

	for (unsigned shape = 0; shape < 4 * 4 * 2 * 16 * 4; shape++) {
		const struct op first = { shape % 4, 0, 0x22 };
		const struct op second = { shape / 4 % 4, shape / 16 % 2, 0x33 };
		const unsigned mask = shape / 32 % 16;
		const uint32_t max = 1 + shape / 512;
		unsigned lock_number = 1;

		test_case("%u %u of key %u, keys %#x, max_entries %u", first.what, second.what,
			  second.key, mask, (unsigned)max);
		while (run_interrupted(first, second, mask, max, lock_number)) {
			lock_number++;
			runs++;
		}
	}
	test_case("%s", "");
	CHECK(runs > 2048);
}

/* ------------------------------------------------------------------------------------- hashing */

/* Inserting and finding `count` keys made by `make` takes CPU time in proportion: chains that grew
 * with the map would take minutes. */
static void check_linear(const char *name, uint64_t (*make)(uint64_t i))
{
	enum { COUNT = 1 << 16 };
	const clock_t start = clock();
	struct fixture f;

	test_case("%s", name);
	fixture_init(&f, &skep_map_hash_ops, 1);
	CHECK_EQ(fixture_make(&f, 8, 8, COUNT, 0), 0);
	for (uint64_t i = 0; i < COUNT; i++) {
		const uint64_t key = make(i);

		CHECK_EQ(f.kind.ops->update(&f.map, &key, &i, 1), 0);
	}
	for (uint64_t i = 0; i < COUNT; i++) {
		const uint64_t key = make(i), *value = f.kind.ops->lookup(&f.map, &key);

		CHECK(value != NULL && *value == i);
	}
	fixture_close(&f);
	CHECK((clock() - start) / CLOCKS_PER_SEC < 3);
}

static uint64_t in_order(uint64_t i)
{
	return i;
}

static uint64_t high_half(uint64_t i)
{
	return i << 32;
}

static uint64_t top_bits(uint64_t i)
{
	return i << 48;
}

static uint64_t spread(uint64_t i)
{
	return (i & 0xff) << 24 | (i & 0xff00) << 48;
}

static uint64_t both_halves(uint64_t i)
{
	return i << 32 | (0xffffffff - i);
}

static uint64_t product_constant(uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15u;
}

TEST(patterns_do_not_collide)
{
	check_linear("in order", in_order);
	check_linear("high half", high_half);
	check_linear("top bits", top_bits);
	check_linear("spread", spread);
	check_linear("both halves", both_halves);
	check_linear("multiples", product_constant);
}

/* The order of iteration shows the hash: another in another map, unless the map asked for none. */
TEST(seeds)
{
	enum { COUNT = 32 };
	uint32_t orders[4][COUNT], key;

	for (unsigned i = 0; i < 4; i++) {
		struct fixture f;
		int err;

		fixture_init(&f, &skep_map_hash_ops, 1);
		f.random = i;
		CHECK_EQ(fixture_make(&f, 4, 8, COUNT, i < 2 ? 0 : 0x40), 0);
		CHECK_EQ(f.randoms > 0, i < 2);
		for (key = 0; key < COUNT; key++)
			CHECK_EQ(update32(&f, key, 0, 0), 0);
		err = f.kind.ops->next_key(&f.map, NULL, &key);
		for (unsigned n = 0; n < COUNT; n++) {
			CHECK_EQ(err, 0);
			orders[i][n] = key;
			err = f.kind.ops->next_key(&f.map, &key, &key);
		}
		CHECK_EQ(err, SKEP_ENOENT);
		fixture_close(&f);
	}
	CHECK(memcmp(orders[0], orders[1], sizeof(orders[0])) != 0);
	CHECK(memcmp(orders[2], orders[3], sizeof(orders[2])) == 0);
}

TESTS_BEGIN
T(update_flags)
T(full)
T(update_replaces)
T(iteration)
T(model)
T(interrupted)
T(patterns_do_not_collide)
T(seeds)
TESTS_END
