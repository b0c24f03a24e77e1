/* SPDX-License-Identifier: Apache-2.0 */
/* Ring buffers, by one thread. The arithmetic was seen in Linux 6.18 with a ring of 4096 bytes: a
 * record of 4080 bytes fits, one of 4088 does not. */
#include "fixture.h"

enum { SIZE = 4096 };

struct taken {
	unsigned count;
	size_t sizes[64];
	uint8_t first[64]; /* first byte of each, 0 if it is empty */
	unsigned stop_at;  /* the callback asks to stop at this record; 0: never */
	bool whole;        /* all bytes of every record were equal */
};

static int take(void *ctx, const void *record, size_t size)
{
	struct taken *taken = ctx;
	const uint8_t *bytes = record;

	for (size_t i = 1; i < size; i++)
		taken->whole &= bytes[i] == bytes[0];
	if (taken->count < 64) {
		taken->sizes[taken->count] = size;
		taken->first[taken->count] = size > 0 ? bytes[0] : 0;
	}
	return ++taken->count == taken->stop_at;
}

static int64_t consume(struct fixture *f, struct taken *taken)
{
	memset(taken, 0, sizeof(*taken));
	taken->whole = true;
	return f->kind.ops->consume(&f->map, take, taken);
}

static void *reserve(struct fixture *f, uint64_t size)
{
	return f->kind.ops->reserve(&f->map, size);
}

static void submit(struct fixture *f, void *record)
{
	f->kind.ops->commit(&f->map, record, 0, false);
}

static bool put(struct fixture *f, size_t size, uint8_t byte)
{
	void *record = reserve(f, size);

	if (record == NULL)
		return false;
	memset(record, byte, size);
	submit(f, record);
	return true;
}

static uint64_t query(struct fixture *f, uint64_t what)
{
	return f->kind.ops->query(&f->map, what);
}

static void make(struct fixture *f)
{
	fixture_init(f, &skep_map_ringbuf_ops, 1);
	CHECK_EQ(fixture_make(f, 0, 0, SIZE, 0), 0);
}

TEST(sizes_as_in_linux)
{
	struct taken taken;
	struct fixture f;
	void *record;

	make(&f);
	CHECK_EQ(query(&f, 0), 0);
	CHECK_EQ(query(&f, 1), 4096);
	CHECK_EQ(query(&f, 2), 0);
	CHECK_EQ(query(&f, 3), 0);
	CHECK_EQ(query(&f, 4), 0);
	CHECK(reserve(&f, 4096) == NULL);
	CHECK(reserve(&f, 4088) == NULL);
	CHECK(reserve(&f, 4081) == NULL);
	CHECK(reserve(&f, 0x3fffffff) == NULL);
	CHECK(reserve(&f, 0x40000000) == NULL);
	CHECK(reserve(&f, 0xfffffffffffffff8u) == NULL);
	CHECK_EQ(query(&f, 3), 0);
	record = reserve(&f, 4080);
	CHECK(record != NULL);
	f.kind.ops->commit(&f.map, record, 0, true);
	CHECK_EQ(query(&f, 0), 4088);
	CHECK_EQ(query(&f, 3), 4088);
	CHECK(reserve(&f, 1) == NULL);
	CHECK(reserve(&f, 0) == NULL);
	CHECK_EQ(consume(&f, &taken), 0);
	CHECK_EQ(query(&f, 0), 0);
	CHECK_EQ(query(&f, 2), 4088);
	CHECK_EQ(query(&f, 3), 4088);
	fixture_close(&f);
	CHECK_EQ(f.allocs, 0);
}

/* Header and rounding: what each record takes of the ring. */
TEST(record_bytes)
{
	static const struct {
		uint32_t size, bytes;
	} cases[] = { { 0, 8 }, { 1, 16 }, { 8, 16 }, { 9, 24 }, { 100, 112 }, { 4080, 4088 } };
	struct fixture f;

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		uint8_t *record;

		test_case("size %u", (unsigned)cases[i].size);
		make(&f);
		record = reserve(&f, cases[i].size);
		CHECK(record != NULL && (uintptr_t)record % 8 == 0);
		CHECK_EQ(query(&f, 0), cases[i].bytes);
		CHECK(skep_ring_map(record) == &f.map);
		submit(&f, record);
		fixture_close(&f);
	}
}

/* In the order of reservation, only up to the first that is not submitted, discarded ones left out;
 * what was not given back cannot be reserved again. */
TEST(order)
{
	struct taken taken;
	void *records[3];
	struct fixture f;

	make(&f);
	for (int i = 0; i < 3; i++) {
		records[i] = reserve(&f, 8);
		CHECK(records[i] != NULL);
		memset(records[i], i + 1, 8);
	}
	submit(&f, records[2]);
	CHECK_EQ(consume(&f, &taken), 0);
	submit(&f, records[0]);
	CHECK_EQ(consume(&f, &taken), 1);
	CHECK_EQ(taken.first[0], 1);
	CHECK_EQ(query(&f, 0), 32);
	f.kind.ops->commit(&f.map, records[1], 0, true);
	CHECK_EQ(consume(&f, &taken), 1);
	CHECK_EQ(taken.first[0], 3);
	CHECK_EQ(query(&f, 0), 0);
	fixture_close(&f);
}

TEST(consumer_stops_when_asked)
{
	struct taken taken = { .stop_at = 2, .whole = true };
	struct fixture f;

	make(&f);
	for (uint8_t i = 1; i <= 3; i++)
		CHECK(put(&f, 8, i));
	CHECK_EQ(f.kind.ops->consume(&f.map, take, &taken), 2);
	CHECK_EQ(query(&f, 0), 16);
	CHECK_EQ(consume(&f, &taken), 1);
	CHECK_EQ(taken.first[0], 3);
	fixture_close(&f);
}

/* A reservation that nobody submits holds up all behind it, and the ring fills. */
TEST(busy_record_holds_the_ring)
{
	struct taken taken;
	struct fixture f;
	unsigned count = 0;
	void *busy;

	make(&f);
	busy = reserve(&f, 8);
	while (put(&f, 8, 1))
		count++;
	/* 256 times 16 bytes would fill the ring, which is never done; one of the 255 is busy.
	 * There is room for a header alone. */
	CHECK_EQ(count, 254);
	CHECK_EQ(consume(&f, &taken), 0);
	CHECK(put(&f, 0, 0));
	CHECK(!put(&f, 0, 0));
	submit(&f, busy);
	CHECK_EQ(consume(&f, &taken), 256);
	fixture_close(&f);
}

/* Records of every size over many turns: always contiguous, never over another one's bytes, and
 * exactly as many as the arithmetic of 4095 bytes allows. */
TEST(wrap)
{
	uint64_t random = 1;
	struct fixture f;
	unsigned turns = 0;

	make(&f);
	while (turns < 3000) {
		struct taken taken;
		size_t sizes[64], used = 0;
		unsigned count = 0;

		for (;; count++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			sizes[count] = (size_t)(random >> 40) % (count % 8 == 7 ? 4081 : 400);
			used += (sizes[count] + 15) / 8 * 8;
			if (count == 60 || used > 4095)
				break;
			CHECK(put(&f, sizes[count], (uint8_t)(count + 1)));
		}
		if (used > 4095)
			CHECK(!put(&f, sizes[count], 0xff));
		CHECK_EQ(consume(&f, &taken), count);
		CHECK(taken.whole);
		for (unsigned i = 0; i < count; i++) {
			CHECK_EQ(taken.sizes[i], sizes[i]);
			CHECK_EQ(taken.first[i], sizes[i] > 0 ? i + 1 : 0);
		}
		CHECK_EQ(query(&f, 0), 0);
		turns++;
	}
	CHECK(query(&f, 3) > 1000 * SIZE);
	fixture_close(&f);
}

TESTS_BEGIN
T(sizes_as_in_linux)
T(record_bytes)
T(order)
T(consumer_stops_when_asked)
T(busy_record_holds_the_ring)
T(wrap)
TESTS_END
