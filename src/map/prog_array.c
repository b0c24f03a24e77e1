/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF_MAP_TYPE_PROG_ARRAY: programs for tail calls, by index. A slot is one address that is read
 * and written at once, so that a program can be replaced while others call it. lookup() gives the
 * slot's address for bpf_tail_call(); update() takes the address of the new content. What a slot
 * points to belongs to whoever put it there and must outlive the map's last run.
 */
#include "map/create.h"
#include "map/kinds.h"
#include "spec/program.h"

#include <stdatomic.h>

typedef _Atomic(const struct skep_target *) slot_type;

static uint64_t block_bytes(const struct skep_map *map)
{
	return (uint64_t)sizeof(slot_type) * map->def.max_entries;
}

static int create(struct skep_map *map)
{
	void *slots;

	SKEP_TRY(skep_map_check_array(map));
	if (map->def.value_size != sizeof(uint32_t))
		return skep_map_refuse(map, SKEP_EINVAL, "value_size is not 4",
				       "4, the size of a program's number");
	SKEP_TRY(skep_map_check_def(map, BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY));
	SKEP_TRY(skep_map_alloc(map, block_bytes(map), &slots));
	map->state = slots;
	return 0;
}

static void destroy(struct skep_map *map)
{
	skep_map_free(map, map->state, block_bytes(map));
}

static void *lookup(struct skep_map *map, const void *key)
{
	const uint32_t index = skep_load32(key);

	return index < map->def.max_entries ? (slot_type *)map->state + index : NULL;
}

static int update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	const struct skep_target *const *target = value;
	slot_type *slot = lookup(map, key);

	if (flags != BPF_ANY)
		return SKEP_EINVAL;
	if (slot == NULL)
		return SKEP_E2BIG;
	atomic_store_explicit(slot, *target, memory_order_release);
	return 0;
}

static int erase(struct skep_map *map, const void *key)
{
	slot_type *slot = lookup(map, key);

	if (slot == NULL)
		return SKEP_E2BIG;
	if (atomic_load_explicit(slot, memory_order_relaxed) == NULL)
		return SKEP_ENOENT;
	atomic_store_explicit(slot, NULL, memory_order_release);
	return 0;
}

const struct skep_map_ops skep_map_prog_array_ops = {
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.update = update,
	.erase = erase,
	.next_key = skep_map_next_index,
};
