/* SPDX-License-Identifier: Apache-2.0 */
/* Maps under several threads. Meant to be run under ThreadSanitizer, too: then any access that is
 * not ordered is found, not only those that went wrong. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "fixture.h"

enum { READERS = 2, WRITERS = 3, ROUNDS = 20000, WORDS = 64 };

/* A map over the real port. */
static int make(struct fixture *f, const struct skep_map_ops *ops, uint32_t cpus,
		const struct skep_map_def *def)
{
	fixture_init(f, ops, cpus);
	f->port = *skep_port_posix();
	f->port.cpu_count = cpus;
	f->port.cpu_number = NULL;
	return fixture_make(f, def->key_size, def->value_size, def->max_entries, def->flags);
}

/* ---------------------------------------------------------------------------------------- hash */

/* A value tells whose it is and is the same all over. */
struct value {
	uint64_t words[WORDS];
};

static struct value value_of(uint32_t key, uint32_t count)
{
	struct value value;

	for (int i = 0; i < WORDS; i++)
		value.words[i] = (uint64_t)key << 32 | count;
	return value;
}

struct shared {
	struct fixture f;
	uint32_t kept;     /* keys 0 to kept - 1 are always there */
	uint32_t changing; /* so many more come and go */
	atomic_bool done;
	atomic_uint writers, missed, torn, refused, reads;
};

/* What must hold at any moment: a kept key is found; what is read whole is its key's and of one
 * update. */
static void *read_loop(void *ctx)
{
	struct shared *shared = ctx;
	struct skep_map *map = &shared->f.map;

	for (uint32_t round = 0; !atomic_load(&shared->done) || round < 1000; round++) {
		const uint32_t key = round % (shared->kept + shared->changing);
		struct value value;
		int err;

		if (shared->f.kind.ops->lookup(map, &key) == NULL && key < shared->kept)
			shared->missed++;
		err = shared->f.kind.ops->read(map, &key, &value);
		if (err != 0 && key < shared->kept)
			shared->missed++;
		for (int i = 0; err == 0 && i < WORDS; i++)
			if (value.words[i] != value.words[0] || value.words[i] >> 32 != key)
				shared->torn++;
		shared->reads++;
	}
	return NULL;
}

static void *write_loop(void *ctx)
{
	struct shared *shared = ctx;
	struct skep_map *map = &shared->f.map;
	uint64_t random = atomic_fetch_add(&shared->writers, 1);

	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct value value;
		uint32_t key;

		random = random * 6364136223846793005u + 1442695040888963407u;
		key = (uint32_t)(random >> 40) % (shared->kept + shared->changing);
		value = value_of(key, round);
		if (key < shared->kept || (random >> 35 & 1) != 0) {
			if (shared->f.kind.ops->update(map, &key, &value, 0) != 0)
				shared->refused++;
		} else {
			shared->f.kind.ops->erase(map, &key);
		}
	}
	return NULL;
}

/* `entries` for all keys: no update may be refused. Fewer: only kept keys must succeed, so it is
 * not asked. */
static void check_hash(uint32_t cpus, uint32_t kept, uint32_t changing, uint32_t entries)
{
	const struct skep_map_def def = { .key_size = 4,
					  .value_size = sizeof(struct value),
					  .max_entries = entries };
	pthread_t readers[READERS], writers[WRITERS];
	static struct shared shared;
	uint32_t key, count;

	test_case("%u cpus, %u entries for %u keys", (unsigned)cpus, (unsigned)entries,
		  (unsigned)(kept + changing));
	memset(&shared, 0, sizeof(shared));
	shared.kept = kept;
	shared.changing = changing;
	CHECK_EQ(make(&shared.f, &skep_map_hash_ops, cpus, &def), 0);
	for (key = 0; key < kept; key++) {
		const struct value value = value_of(key, 0);

		CHECK_EQ(shared.f.kind.ops->update(&shared.f.map, &key, &value, 1), 0);
	}
	for (int i = 0; i < READERS; i++)
		CHECK_EQ(pthread_create(&readers[i], NULL, read_loop, &shared), 0);
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQ(pthread_create(&writers[i], NULL, write_loop, &shared), 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	atomic_store(&shared.done, true);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	CHECK_EQ(shared.missed, 0);
	CHECK_EQ(shared.torn, 0);
	CHECK(shared.reads > 1000);
	if (entries >= kept + changing)
		CHECK_EQ(shared.refused, 0);
	/* No element was lost or doubled: emptied, the map takes max_entries again. */
	for (key = 0; key < kept + changing; key++)
		shared.f.kind.ops->erase(&shared.f.map, &key);
	for (count = 0, key = 0; key < entries + 5; key++) {
		const struct value value = value_of(key, 0);

		count += shared.f.kind.ops->update(&shared.f.map, &key, &value, 1) == 0;
	}
	CHECK_EQ(count, entries);
	fixture_close(&shared.f);
}

/* One stripe and chains that change all the time; several; and a map that is full most of the time.
 */
TEST(hash_readers_and_writers)
{
	check_hash(1, 4, 4, 8);
	check_hash(2, 4, 12, 16);
	check_hash(16, 100, 100, 400);
	check_hash(4, 8, 24, 16);
}

/* Threads that insert keys of their own into a full map at once: as many succeed as there is room.
 */
struct insert {
	struct fixture *f;
	uint32_t first, count, done;
};

static void *insert_loop(void *ctx)
{
	struct insert *insert = ctx;

	for (uint32_t key = insert->first; key < insert->first + insert->count; key++) {
		const uint64_t value = key;

		insert->done += insert->f->kind.ops->update(&insert->f->map, &key, &value, 1) == 0;
	}
	return NULL;
}

TEST(hash_never_holds_more_than_max_entries)
{
	const struct skep_map_def def = { .key_size = 4, .value_size = 8, .max_entries = 1000 };
	struct insert inserts[WRITERS];
	pthread_t threads[WRITERS];
	uint32_t key, sum = 0, count = 0;
	struct fixture f;

	CHECK_EQ(make(&f, &skep_map_hash_ops, 8, &def), 0);
	for (uint32_t i = 0; i < WRITERS; i++) {
		inserts[i] = (struct insert){ .f = &f, .first = i * 1000, .count = 1000 };
		CHECK_EQ(pthread_create(&threads[i], NULL, insert_loop, &inserts[i]), 0);
	}
	for (uint32_t i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		sum += inserts[i].done;
	}
	for (int err = f.kind.ops->next_key(&f.map, NULL, &key); err == 0;
	     err = f.kind.ops->next_key(&f.map, &key, &key))
		count++;
	CHECK_EQ(sum, 1000);
	CHECK_EQ(count, 1000);
	fixture_close(&f);
}

/* ---------------------------------------------------------------------------------------- ring */

enum { PRODUCERS = 3, RECORDS = 100000 };

struct producer {
	struct fixture *f;
	uint32_t number, discarded;
};

/* A record is its producer's number, a count, and a filling as long as the count says. */
static void *produce_loop(void *ctx)
{
	struct producer *producer = ctx;

	for (uint32_t count = 0; count < RECORDS;) {
		const size_t size = 8 + count % 30;
		uint8_t *record = producer->f->kind.ops->reserve(&producer->f->map, size);

		if (record == NULL) {
			sched_yield();
			continue;
		}
		memcpy(record, &producer->number, 4);
		memcpy(record + 4, &count, 4);
		memset(record + 8, (int)(count + producer->number), size - 8);
		producer->discarded += count % 7 == 3;
		producer->f->kind.ops->commit(&producer->f->map, record, 0, count % 7 == 3);
		count++;
	}
	return NULL;
}

struct consumer {
	uint32_t next[PRODUCERS]; /* count that must come */
	unsigned taken, wrong;
};

static int check_record(void *ctx, const void *record, size_t size)
{
	struct consumer *consumer = ctx;
	const uint8_t *bytes = record;
	uint32_t number, count;

	memcpy(&number, bytes, 4);
	memcpy(&count, bytes + 4, 4);
	consumer->taken++;
	if (number >= PRODUCERS) {
		consumer->wrong++;
		return 1;
	}
	if (consumer->next[number] % 7 == 3)
		consumer->next[number]++;
	consumer->wrong += count != consumer->next[number] || size != 8 + count % 30;
	for (size_t i = 8; i < size; i++)
		consumer->wrong += bytes[i] != (uint8_t)(count + number);
	consumer->next[number] = count + 1;
	return 0;
}

TEST(ring_of_many_producers)
{
	const struct skep_map_def def = { .max_entries = 4096 };
	struct producer producers[PRODUCERS];
	struct consumer consumer = { 0 };
	pthread_t threads[PRODUCERS];
	unsigned discarded = 0;
	struct fixture f;

	CHECK_EQ(make(&f, &skep_map_ringbuf_ops, PRODUCERS, &def), 0);
	for (uint32_t i = 0; i < PRODUCERS; i++) {
		producers[i] = (struct producer){ .f = &f, .number = i };
		CHECK_EQ(pthread_create(&threads[i], NULL, produce_loop, &producers[i]), 0);
	}
	/* The last record of each is not one of those that are discarded. */
	while (consumer.wrong == 0 && (consumer.next[0] < RECORDS || consumer.next[1] < RECORDS ||
				       consumer.next[2] < RECORDS))
		if (f.kind.ops->consume(&f.map, check_record, &consumer) == 0)
			sched_yield();
	CHECK_EQ(consumer.wrong, 0);
	for (uint32_t i = 0; i < PRODUCERS; i++) {
		pthread_join(threads[i], NULL);
		discarded += producers[i].discarded;
	}
	CHECK_EQ(consumer.taken + discarded, PRODUCERS * RECORDS);
	CHECK_EQ(f.kind.ops->query(&f.map, 0), 0);
	fixture_close(&f);
}

TESTS_BEGIN
T(hash_readers_and_writers)
T(hash_never_holds_more_than_max_entries)
T(ring_of_many_producers)
TESTS_END
