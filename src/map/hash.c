/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF_MAP_TYPE_HASH: keys of any size to values, at most max_entries of them. All memory is taken
 * when the map is made, in one block; pages of elements that were never used stay untouched.
 *
 * Elements are numbered from 1 and linked by number; 0 ends a chain, so that zeroed memory is an
 * empty map. Buckets are shared out among a few stripes. A stripe has a lock and, under it, its
 * buckets' chains, a list of free elements and one spare: an update of a key that exists fills the
 * spare and puts it in the old element's place by one store. So updates succeed in a full map, a
 * lookup finds either the old value or the new one, and a program that holds the old value goes on
 * seeing it, all as in Linux. A stripe that has no free element left takes one from another; on
 * its way that element counts as used, so that a second insertion at that moment may find the map
 * full. No two locks are ever held at once.
 *
 * Lookups take no lock. A bucket's version grows whenever an element leaves its chain, before that
 * element can be used again. A reader that finds the version it began with has seen a chain of
 * elements that were all its own bucket's when it looked at them, whatever it found or did not
 * find; else it begins again, and after a few times takes the lock.
 *
 * As in Linux with preallocated elements, a value's address stays valid memory of a value for the
 * life of the map, but is another key's once the element was deleted or updated and used again.
 */
#include <stdatomic.h>

#include "map/create.h"
#include "map/kinds.h"
#include "map/word.h"

enum {
	/* Linux's limit on key and value together on x86-64: what kmalloc() gives, less the header
	 * of its elements. */
	ELEMENT_BYTES_MAX = (4 << 20) - 48 - 1,
	BUCKET_COUNT_MAX = 1 << 30,
	STRIPE_COUNT_MAX = 64,
	STRIPES_PER_CPU = 4,
	RETRIES_MAX = 4, /* of a lookup without the lock */
	NONE = 0,        /* the number of no element */
};

/* Followed by key and value, each padded to 8 bytes. */
struct element {
	_Atomic uint32_t next; /* in the chain of its bucket */
	_Atomic uint32_t hash; /* of the key; while free, the next free element */
};

struct bucket {
	_Atomic uint32_t first;
	_Atomic uint32_t version;
};

/* On a cache line of its own. Everything in it belongs to who holds the lock. */
struct stripe {
	uint32_t lock;
	uint32_t spare;
	uint32_t free;              /* elements that were used and are not any more */
	uint32_t fresh, fresh_last; /* elements never used, first to last */
	uint8_t pad[SKEP_MAP_ALIGN - 5 * sizeof(uint32_t)];
};

_Static_assert(sizeof(struct stripe) == SKEP_MAP_ALIGN, "one stripe, one cache line");

struct table {
	const struct skep_port *port;
	uint32_t key_size, value_size;
	uint32_t value_offset; /* from the start of an element */
	uint32_t element_size;
	uint32_t count; /* of elements, spares included */
	uint32_t stripe_mask;
	uint32_t bucket_shift;    /* hash to bucket */
	uint64_t multiplier;      /* odd */
	const uint32_t *material; /* random words, as many as a key has, rounded up to even */
	struct stripe *stripes;
	struct bucket *buckets;
	uint8_t *elements;
};

/* ------------------------------------------------------------------------------------- layout */

struct layout {
	uint32_t bucket_bits;
	uint32_t stripe_count;
	uint64_t material, stripes, buckets, elements, end; /* offsets in the block */
	uint64_t element_size;
};

static uint64_t align(uint64_t offset)
{
	return (offset + SKEP_MAP_ALIGN - 1) & ~(uint64_t)(SKEP_MAP_ALIGN - 1);
}

/* No product here passes 2^60: the definition was checked. */
static struct layout plan(const struct skep_map *map)
{
	const struct skep_map_def *def = &map->def;
	const uint32_t cpus = skep_map_cpu_count(map);
	struct layout layout = { .bucket_bits = 1, .stripe_count = 1 };

	while (((uint64_t)1 << layout.bucket_bits) < def->max_entries)
		layout.bucket_bits++;
	/* One cpu has nobody to share with: interrupts are held off by any lock. */
	while (cpus > 1 && layout.stripe_count < STRIPE_COUNT_MAX &&
	       layout.stripe_count / STRIPES_PER_CPU < cpus &&
	       layout.stripe_count * 2 <= def->max_entries)
		layout.stripe_count *= 2;
	layout.material = align(sizeof(struct table));
	layout.stripes = align(layout.material + skep_map_round8(def->key_size));
	layout.buckets = layout.stripes + layout.stripe_count * sizeof(struct stripe);
	layout.elements =
		align(layout.buckets + ((uint64_t)sizeof(struct bucket) << layout.bucket_bits));
	layout.element_size = sizeof(struct element) + skep_map_round8(def->key_size) +
			      skep_map_round8(def->value_size);
	layout.end = layout.elements +
		     layout.element_size * ((uint64_t)def->max_entries + layout.stripe_count);
	return layout;
}

/* Where the port has no generator, or the map is to have none (BPF_F_ZERO_SEED), the same words
 * every time: the generator of Steele, Lea and Flood (SplitMix), from 0. */
static uint32_t random_word(const struct skep_map *map, uint64_t *state)
{
	uint64_t x;

	if (map->port->random != NULL && (map->def.flags & BPF_F_ZERO_SEED) == 0)
		return map->port->random(map->port->ctx);
	*state += 0x9e3779b97f4a7c15u;
	x = *state;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)(x >> 32);
}

static void seed(const struct skep_map *map, struct table *table, uint32_t *material)
{
	uint64_t state = 0;

	for (uint64_t i = 0; i < skep_map_round8(table->key_size) / 4; i++)
		material[i] = random_word(map, &state);
	table->multiplier = (uint64_t)random_word(map, &state) << 32;
	table->multiplier |= random_word(map, &state) | 1;
}

/* Shares the elements out: to each stripe a spare and as many of the others as are its due. */
static void share(struct table *table, uint32_t entries, uint32_t stripe_count)
{
	uint32_t number = 1;

	for (uint32_t i = 0; i < stripe_count; i++) {
		struct stripe *stripe = &table->stripes[i];

		stripe->spare = number++;
		stripe->fresh = number;
		number += entries / stripe_count + (i < entries % stripe_count);
		stripe->fresh_last = number - 1;
	}
}

static int check(struct skep_map *map)
{
	const struct skep_map_def *def = &map->def;

	SKEP_TRY(skep_map_check_def(map, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | BPF_F_RDONLY |
						 BPF_F_WRONLY | BPF_F_ZERO_SEED |
						 BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG));
	if (def->key_size == 0 || def->value_size == 0)
		return skep_map_refuse(map, SKEP_EINVAL, "key_size or value_size is 0",
				       "1 or more for both");
	if ((uint64_t)def->key_size + def->value_size > ELEMENT_BYTES_MAX)
		return skep_fail(map->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "map \"%s\": key and value take %llu bytes\nat most %u", map->name,
				 (unsigned long long)def->key_size + def->value_size,
				 (unsigned)ELEMENT_BYTES_MAX);
	if (def->max_entries > BUCKET_COUNT_MAX)
		return skep_fail(map->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "map \"%s\": max_entries is %u\nat most %u", map->name,
				 (unsigned)def->max_entries, (unsigned)BUCKET_COUNT_MAX);
	return 0;
}

static int create(struct skep_map *map)
{
	struct layout layout;
	struct table *table;
	uint8_t *block;
	void *memory;

	SKEP_TRY(check(map));
	layout = plan(map);
	SKEP_TRY(skep_map_alloc(map, layout.end, &memory));
	block = memory;
	table = memory;
	*table = (struct table){
		.port = map->port,
		.key_size = map->def.key_size,
		.value_size = map->def.value_size,
		.value_offset =
			(uint32_t)(sizeof(struct element) + skep_map_round8(map->def.key_size)),
		.element_size = (uint32_t)layout.element_size,
		.count = map->def.max_entries + layout.stripe_count,
		.stripe_mask = layout.stripe_count - 1,
		.bucket_shift = 32 - layout.bucket_bits,
		.material = (const uint32_t *)(void *)(block + layout.material),
		.stripes = (struct stripe *)(void *)(block + layout.stripes),
		.buckets = (struct bucket *)(void *)(block + layout.buckets),
		.elements = block + layout.elements,
	};
	seed(map, table, (uint32_t *)(void *)(block + layout.material));
	share(table, map->def.max_entries, layout.stripe_count);
	map->state = table;
	return 0;
}

static void destroy(struct skep_map *map)
{
	skep_map_free(map, map->state, plan(map).end);
}

/* --------------------------------------------------------------------------------------- parts */

/* A number out of 1 to 3 bytes. */
static uint32_t load_few(const uint8_t *bytes, uint32_t size)
{
	return bytes[0] | (uint32_t)bytes[size / 2] << 8 | (uint32_t)bytes[size - 1] << 16;
}

/*
 * A hash whose collisions nobody can choose without knowing the random words: NH (Black, Halevi,
 * Krawczyk, Krovetz and Rogaway, UMAC, 1999), by which two keys of one size collide with a chance
 * of 2^-32, then multiplication and shift (Dietzfelbinger, 1997), of which the upper bits are good.
 */
static uint32_t hash_key(const struct table *table, const void *key)
{
	const uint32_t *material = table->material;
	const uint8_t *bytes = key;
	uint32_t left = table->key_size, low, high;
	uint64_t sum = 0;

	for (; left >= 8; left -= 8, bytes += 8, material += 2) {
		low = skep_load32(bytes) + material[0];
		high = skep_load32(bytes + 4) + material[1];
		sum += (uint64_t)low * high;
	}
	if (left > 0) {
		low = left >= 4 ? skep_load32(bytes) : load_few(bytes, left);
		high = left > 4 ? load_few(bytes + 4, left - 4) : 0;
		sum += (uint64_t)(low + material[0]) * (high + material[1]);
	}
	return (uint32_t)(sum * table->multiplier >> 32);
}

static struct element *element_at(const struct table *table, uint32_t number)
{
	return (struct element *)(void *)(table->elements +
					  (size_t)table->element_size * (number - 1));
}

static void *key_of(struct element *element)
{
	return element + 1;
}

static void *value_of(const struct table *table, struct element *element)
{
	return (uint8_t *)element + table->value_offset;
}

static struct bucket *bucket_of(const struct table *table, uint32_t hash)
{
	return &table->buckets[hash >> table->bucket_shift];
}

static struct stripe *stripe_of(const struct table *table, uint32_t hash)
{
	return &table->stripes[(hash >> table->bucket_shift) & table->stripe_mask];
}

static uintptr_t lock(const struct table *table, struct stripe *stripe)
{
	return table->port->lock(table->port->ctx, &stripe->lock);
}

static void unlock(const struct table *table, struct stripe *stripe, uintptr_t state)
{
	table->port->unlock(table->port->ctx, &stripe->lock, state);
}

static bool holds(const struct table *table, struct element *element, uint32_t hash,
		  const void *key)
{
	return atomic_load_explicit(&element->hash, memory_order_relaxed) == hash &&
	       skep_map_words_equal(key_of(element), key, table->key_size);
}

/* Under the lock: the link (of a bucket or an element) that leads to the key's element, or else to
 * the chain's end. */
static _Atomic uint32_t *find_link(const struct table *table, uint32_t hash, const void *key)
{
	_Atomic uint32_t *link = &bucket_of(table, hash)->first;
	uint32_t number;

	while ((number = atomic_load_explicit(link, memory_order_relaxed)) != NONE) {
		struct element *element = element_at(table, number);

		if (holds(table, element, hash, key))
			break;
		link = &element->next;
	}
	return link;
}

/* Under the lock, after an element has left its chain: from here on it may be written again. Pairs
 * with the fence in find(). */
static void count_version(struct bucket *bucket)
{
	const uint32_t version = atomic_load_explicit(&bucket->version, memory_order_relaxed);

	atomic_store_explicit(&bucket->version, version + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

/* Under the lock: an element that is in no chain, or NONE. */
static uint32_t take(const struct table *table, struct stripe *stripe)
{
	const uint32_t number = stripe->free;

	if (number != NONE) {
		stripe->free = atomic_load_explicit(&element_at(table, number)->hash,
						    memory_order_relaxed);
		return number;
	}
	return stripe->fresh <= stripe->fresh_last ? stripe->fresh++ : NONE;
}

static void give(const struct table *table, struct stripe *stripe, uint32_t number)
{
	atomic_store_explicit(&element_at(table, number)->hash, stripe->free, memory_order_relaxed);
	stripe->free = number;
}

/* ------------------------------------------------------------------------------------- lookup */

/* One attempt without the lock. True: *out is the element or NULL, and is right as of now. When
 * `value` is not NULL, the value found was copied there whole. */
static bool find(const struct table *table, uint32_t hash, const void *key, void *value,
		 struct element **out)
{
	struct bucket *bucket = bucket_of(table, hash);
	const uint32_t version = atomic_load_explicit(&bucket->version, memory_order_acquire);
	uint32_t number = atomic_load_explicit(&bucket->first, memory_order_acquire);
	struct element *element = NULL;

	for (uint32_t steps = 0; number != NONE; steps++) {
		/* Elements that move while they are looked at could lead round in a circle. */
		if (steps > table->count)
			return false;
		element = element_at(table, number);
		if (holds(table, element, hash, key))
			break;
		number = atomic_load_explicit(&element->next, memory_order_acquire);
	}
	if (number == NONE)
		element = NULL;
	else if (value != NULL)
		skep_map_words_read(value, value_of(table, element), table->value_size);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&bucket->version, memory_order_relaxed) != version)
		return false;
	*out = element;
	return true;
}

static struct element *find_surely(const struct table *table, const void *key, void *value)
{
	const uint32_t hash = hash_key(table, key);
	struct element *element = NULL;
	struct stripe *stripe;
	uint32_t number;
	uintptr_t state;

	for (unsigned i = 0; i < RETRIES_MAX; i++)
		if (find(table, hash, key, value, &element))
			return element;
	stripe = stripe_of(table, hash);
	state = lock(table, stripe);
	number = atomic_load_explicit(find_link(table, hash, key), memory_order_relaxed);
	if (number != NONE) {
		element = element_at(table, number);
		if (value != NULL)
			skep_map_words_read(value, value_of(table, element), table->value_size);
	}
	unlock(table, stripe, state);
	return element;
}

static void *lookup(struct skep_map *map, const void *key)
{
	struct element *element = find_surely(map->state, key, NULL);

	return element != NULL ? value_of(map->state, element) : NULL;
}

/* The host's lookup: never a mixture of two updates. */
static int read(struct skep_map *map, const void *key, void *value)
{
	return find_surely(map->state, key, value) != NULL ? 0 : SKEP_ENOENT;
}

/* ------------------------------------------------------------------------------------- update */

static void fill(const struct table *table, uint32_t number, uint32_t hash, const void *key,
		 const void *value)
{
	struct element *element = element_at(table, number);

	atomic_store_explicit(&element->hash, hash, memory_order_relaxed);
	skep_map_words_write(key_of(element), key, table->key_size);
	skep_map_words_write(value_of(table, element), value, table->value_size);
}

/* Under the lock: puts the spare, filled, in the place of the element that `link` leads to, which
 * becomes the spare. */
static void replace(const struct table *table, struct stripe *stripe, _Atomic uint32_t *link,
		    uint32_t hash, const void *key, const void *value)
{
	const uint32_t old = atomic_load_explicit(link, memory_order_relaxed);
	const uint32_t after =
		atomic_load_explicit(&element_at(table, old)->next, memory_order_relaxed);

	fill(table, stripe->spare, hash, key, value);
	atomic_store_explicit(&element_at(table, stripe->spare)->next, after, memory_order_relaxed);
	atomic_store_explicit(link, stripe->spare, memory_order_release);
	count_version(bucket_of(table, hash));
	stripe->spare = old;
}

/* Under the lock: puts an element before all others of its bucket. */
static void insert(const struct table *table, uint32_t number, uint32_t hash, const void *key,
		   const void *value)
{
	struct bucket *bucket = bucket_of(table, hash);

	fill(table, number, hash, key, value);
	atomic_store_explicit(&element_at(table, number)->next,
			      atomic_load_explicit(&bucket->first, memory_order_relaxed),
			      memory_order_relaxed);
	atomic_store_explicit(&bucket->first, number, memory_order_release);
}

/* One attempt. SKEP_EAGAIN: the key is new, may be inserted, and its stripe has no free element.
 * `taken` is an element to use instead; it is NONE after it was used. */
static int try_update(const struct table *table, const void *key, const void *value, uint64_t flags,
		      uint32_t *taken)
{
	const uint32_t hash = hash_key(table, key);
	struct stripe *stripe = stripe_of(table, hash);
	const uintptr_t state = lock(table, stripe);
	_Atomic uint32_t *link = find_link(table, hash, key);
	int err = 0;

	if (atomic_load_explicit(link, memory_order_relaxed) != NONE) {
		if (flags == BPF_NOEXIST)
			err = SKEP_EEXIST;
		else
			replace(table, stripe, link, hash, key, value);
	} else if (flags == BPF_EXIST) {
		err = SKEP_ENOENT;
	} else {
		if (*taken == NONE)
			*taken = take(table, stripe);
		if (*taken == NONE)
			err = SKEP_EAGAIN;
		else
			insert(table, *taken, hash, key, value);
		*taken = NONE;
	}
	if (*taken != NONE)
		give(table, stripe, *taken);
	unlock(table, stripe, state);
	return err;
}

/* A free element of any stripe, or NONE: the map is full. */
static uint32_t take_anywhere(const struct table *table)
{
	uint32_t number = NONE;

	for (uint32_t i = 0; i <= table->stripe_mask && number == NONE; i++) {
		struct stripe *stripe = &table->stripes[i];
		const uintptr_t state = lock(table, stripe);

		number = take(table, stripe);
		unlock(table, stripe, state);
	}
	return number;
}

static int update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	const struct table *table = map->state;
	uint32_t taken = NONE;
	int err;

	if (flags > BPF_EXIST)
		return SKEP_EINVAL;
	err = try_update(table, key, value, flags, &taken);
	if (err != SKEP_EAGAIN)
		return err;
	taken = take_anywhere(table);
	/* Without an element once more, since meanwhile another may have inserted the key. */
	err = try_update(table, key, value, flags, &taken);
	return err != SKEP_EAGAIN ? err : SKEP_E2BIG;
}

static int erase(struct skep_map *map, const void *key)
{
	const struct table *table = map->state;
	const uint32_t hash = hash_key(table, key);
	struct stripe *stripe = stripe_of(table, hash);
	const uintptr_t state = lock(table, stripe);
	_Atomic uint32_t *link = find_link(table, hash, key);
	const uint32_t number = atomic_load_explicit(link, memory_order_relaxed);

	if (number != NONE) {
		atomic_store_explicit(link,
				      atomic_load_explicit(&element_at(table, number)->next,
							   memory_order_relaxed),
				      memory_order_release);
		count_version(bucket_of(table, hash));
		give(table, stripe, number);
	}
	unlock(table, stripe, state);
	return number != NONE ? 0 : SKEP_ENOENT;
}

/* ---------------------------------------------------------------------------------- iteration */

/* Copies out the first key of the bucket, or the one after `key`. SKEP_ENOENT: there is none;
 * SKEP_EAGAIN: `key` is gone. */
static int next_in_bucket(const struct table *table, uint32_t index, const void *key, uint32_t hash,
			  void *next)
{
	struct bucket *bucket = &table->buckets[index];
	struct stripe *stripe = &table->stripes[index & table->stripe_mask];
	uint32_t number;
	uintptr_t state;
	int err = 0;

	if (key == NULL && atomic_load_explicit(&bucket->first, memory_order_acquire) == NONE)
		return SKEP_ENOENT;
	state = lock(table, stripe);
	number = atomic_load_explicit(&bucket->first, memory_order_relaxed);
	if (key != NULL) {
		number = atomic_load_explicit(find_link(table, hash, key), memory_order_relaxed);
		if (number == NONE)
			err = SKEP_EAGAIN;
		else
			number = atomic_load_explicit(&element_at(table, number)->next,
						      memory_order_relaxed);
	}
	if (err == 0 && number == NONE)
		err = SKEP_ENOENT;
	if (err == 0)
		skep_map_words_read(next, key_of(element_at(table, number)), table->key_size);
	unlock(table, stripe, state);
	return err;
}

/* Linux's order: along the chain of the key's bucket, then the buckets after; from the first bucket
 * if the key is gone. `next` may be `key`. */
static int next_key(struct skep_map *map, const void *key, void *next)
{
	const struct table *table = map->state;
	const uint64_t bucket_count = (uint64_t)1 << (32 - table->bucket_shift);
	uint64_t index = 0;

	if (key != NULL) {
		const uint32_t hash = hash_key(table, key);
		const uint32_t own = hash >> table->bucket_shift;
		const int err = next_in_bucket(table, own, key, hash, next);

		if (err == 0)
			return 0;
		if (err == SKEP_ENOENT)
			index = (uint64_t)own + 1;
	}
	for (; index < bucket_count; index++)
		if (next_in_bucket(table, (uint32_t)index, NULL, 0, next) == 0)
			return 0;
	return SKEP_ENOENT;
}

const struct skep_map_ops skep_map_hash_ops = {
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.update = update,
	.erase = erase,
	.next_key = next_key,
	.read = read,
};
