/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF_MAP_TYPE_PERCPU_ARRAY: an array whose every value exists once per cpu. Programs see the one
 * of the cpu they run on; the host reads and writes all of them, one after the other, each rounded
 * up to 8 bytes.
 *
 * The values of a cpu lie together and begin on a cache line of their own, so that cpus which count
 * do not wait for each other.
 */
#include "map/create.h"
#include "map/kinds.h"
#include "map/word.h"

/* Linux's limit, the least piece of its per-cpu memory. */
enum { VALUE_BYTES_MAX = 32768 };

static uint64_t cpu_bytes(const struct skep_map *map)
{
	const uint64_t bytes = skep_map_round8(map->def.value_size) * map->def.max_entries;

	return (bytes + SKEP_MAP_ALIGN - 1) & ~(uint64_t)(SKEP_MAP_ALIGN - 1);
}

static uint64_t block_bytes(const struct skep_map *map)
{
	const uint32_t cpus = skep_map_cpu_count(map);

	/* Past any limit stays past it. */
	return cpu_bytes(map) <= UINT64_MAX / cpus ? cpu_bytes(map) * cpus : UINT64_MAX;
}

static int create(struct skep_map *map)
{
	void *values;

	SKEP_TRY(skep_map_check_array(map));
	SKEP_TRY(skep_map_check_def(map, BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG |
						 BPF_F_WRONLY_PROG));
	if (map->def.value_size > VALUE_BYTES_MAX)
		return skep_map_refuse(map, SKEP_E2BIG, "value_size is over 32768",
				       "a smaller value, as for every map with a value per cpu");
	SKEP_TRY(skep_map_alloc(map, block_bytes(map), &values));
	map->state = values;
	return 0;
}

static void destroy(struct skep_map *map)
{
	skep_map_free(map, map->state, block_bytes(map));
}

/* The value at an index that is in range. */
static void *slot(struct skep_map *map, uint32_t index, uint32_t cpu)
{
	return (uint8_t *)map->state + (size_t)cpu_bytes(map) * cpu +
	       (size_t)skep_map_round8(map->def.value_size) * index;
}

static uint32_t cpu_number(const struct skep_map *map)
{
	return map->port->cpu_number != NULL ? map->port->cpu_number(map->port->ctx) : 0;
}

static void *lookup(struct skep_map *map, const void *key)
{
	const uint32_t index = skep_load32(key), cpu = cpu_number(map);

	if (index >= map->def.max_entries || cpu >= skep_map_cpu_count(map))
		return NULL;
	return slot(map, index, cpu);
}

static int update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	void *held;

	SKEP_TRY(skep_map_check_update(map, key, flags));
	held = lookup(map, key);
	if (held == NULL)
		return SKEP_EINVAL;
	skep_map_words_write(held, value, map->def.value_size);
	return 0;
}

static int erase(struct skep_map *map, const void *key)
{
	(void)map;
	(void)key;
	return SKEP_EINVAL;
}

static int read(struct skep_map *map, const void *key, void *values)
{
	const size_t size = (size_t)skep_map_round8(map->def.value_size);
	const uint32_t index = skep_load32(key);
	uint8_t *to = values;

	if (index >= map->def.max_entries)
		return SKEP_ENOENT;
	for (uint32_t cpu = 0; cpu < skep_map_cpu_count(map); cpu++, to += size)
		skep_map_words_read(to, slot(map, index, cpu), size);
	return 0;
}

static int write(struct skep_map *map, const void *key, const void *values, uint64_t flags)
{
	const size_t size = (size_t)skep_map_round8(map->def.value_size);
	const uint8_t *from = values;

	SKEP_TRY(skep_map_check_update(map, key, flags));
	for (uint32_t cpu = 0; cpu < skep_map_cpu_count(map); cpu++, from += size)
		skep_map_words_write(slot(map, skep_load32(key), cpu), from, map->def.value_size);
	return 0;
}

const struct skep_map_ops skep_map_percpu_array_ops = {
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.update = update,
	.erase = erase,
	.next_key = skep_map_next_index,
	.read = read,
	.write = write,
};
