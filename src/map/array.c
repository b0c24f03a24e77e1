/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF_MAP_TYPE_ARRAY: max_entries values one after the other, all there from the start and zero.
 * The state is the block of values itself, so that a program may hold addresses into it (global
 * data). Nothing can be deleted; an update overwrites in place, each word at once.
 */
#include "map/create.h"
#include "map/kinds.h"
#include "map/word.h"

/* Linux takes larger values than this only by accident of its rounding. */
enum { VALUE_BYTES_MAX = INT32_MAX };

static uint64_t block_bytes(const struct skep_map *map)
{
	return skep_map_round8(map->def.value_size) * map->def.max_entries;
}

static int create(struct skep_map *map)
{
	void *values;

	SKEP_TRY(skep_map_check_array(map));
	SKEP_TRY(skep_map_check_def(map, BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY |
						 BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG |
						 BPF_F_MMAPABLE | BPF_F_INNER_MAP));
	if (map->def.value_size > VALUE_BYTES_MAX)
		return skep_map_refuse(map, SKEP_E2BIG, "value_size is over 2147483647",
				       "a smaller value");
	SKEP_TRY(skep_map_alloc(map, block_bytes(map), &values));
	map->state = values;
	return 0;
}

static void destroy(struct skep_map *map)
{
	if (map->state != NULL)
		skep_map_protect(map, map->state, block_bytes(map), true);
	skep_map_free(map, map->state, block_bytes(map));
}

static void *lookup(struct skep_map *map, const void *key)
{
	const uint32_t index = skep_load32(key);

	if (index >= map->def.max_entries)
		return NULL;
	return (uint8_t *)map->state + (size_t)skep_map_round8(map->def.value_size) * index;
}

static int update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	SKEP_TRY(skep_map_check_update(map, key, flags));
	skep_map_words_write(lookup(map, key), value, map->def.value_size);
	return 0;
}

static int erase(struct skep_map *map, const void *key)
{
	(void)map;
	(void)key;
	return SKEP_EINVAL;
}

static void *direct(struct skep_map *map, size_t *size)
{
	*size = (size_t)block_bytes(map);
	return map->state;
}

const struct skep_map_ops skep_map_array_ops = {
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.update = update,
	.erase = erase,
	.next_key = skep_map_next_index,
	.direct = direct,
};
