/* SPDX-License-Identifier: Apache-2.0 */
/* What every kind does when a map is made. In goes the definition, as an object or an embedder
 * wrote it; nothing in it is trusted. What Linux's map_create() refuses for all kinds is refused
 * here; what is said in the messages about flags are Linux's names for them. */
#include "map/create.h"

#include "base/bytes.h"

/* Default of skep_limits.map_bytes_max. */
static const uint64_t BYTES_MAX_DEFAULT = (uint64_t)4 << 30;

int skep_map_check_def(struct skep_map *map, uint32_t flags)
{
	const struct skep_map_def *def = &map->def;
	const uint32_t host = BPF_F_RDONLY | BPF_F_WRONLY;
	const uint32_t progs = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

	if (def->max_entries == 0)
		return skep_map_refuse(map, SKEP_EINVAL, "max_entries is 0", "1 or more");
	if ((def->flags & ~flags) != 0)
		return skep_fail(map->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "map \"%s\": map_flags %#x has bits that its kind does not take\n"
				 "none but %#x",
				 map->name, (unsigned)def->flags, (unsigned)flags);
	if ((def->flags & host) == host || (def->flags & progs) == progs)
		return skep_fail(map->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "map \"%s\": map_flags %#x make it read-only and write-only\n"
				 "one of the two",
				 map->name, (unsigned)def->flags);
	if (def->extra != 0)
		return skep_fail(map->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "map \"%s\": map_extra is %#llx\n0 for this kind", map->name,
				 (unsigned long long)def->extra);
	return 0;
}

int skep_map_check_array(struct skep_map *map)
{
	if (map->def.key_size != sizeof(uint32_t))
		return skep_fail(map->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "map \"%s\": key_size is %u\n4: the keys of an array are indices",
				 map->name, (unsigned)map->def.key_size);
	if (map->def.value_size == 0)
		return skep_map_refuse(map, SKEP_EINVAL, "value_size is 0", "1 or more");
	return 0;
}

int skep_map_check_update(const struct skep_map *map, const void *key, uint64_t flags)
{
	if ((flags & ~(uint64_t)BPF_F_LOCK) > BPF_EXIST)
		return SKEP_EINVAL;
	if (skep_load32(key) >= map->def.max_entries)
		return SKEP_E2BIG;
	if ((flags & BPF_NOEXIST) != 0)
		return SKEP_EEXIST;
	return (flags & BPF_F_LOCK) != 0 ? SKEP_EINVAL : 0;
}

bool skep_map_has_pages(const struct skep_map *map)
{
	return map->port->protect != NULL && map->port->page_bytes >= SKEP_MAP_ALIGN &&
	       (map->def.flags & BPF_F_RDONLY_PROG) != 0 && map->kind != NULL &&
	       map->kind->ops->direct != NULL;
}

static size_t align_of(const struct skep_map *map)
{
	return skep_map_has_pages(map) ? map->port->page_bytes : SKEP_MAP_ALIGN;
}

/* Whole pages, where others must not be on the last of them. */
static uint64_t whole(const struct skep_map *map, uint64_t bytes)
{
	const uint64_t rest = map->port->page_bytes - 1;

	return skep_map_has_pages(map) ? (bytes + rest) & ~rest : bytes;
}

void skep_map_protect(struct skep_map *map, void *memory, uint64_t bytes, bool writable)
{
	if (skep_map_has_pages(map))
		map->port->protect(map->port->ctx, memory, (size_t)whole(map, bytes), writable);
}

int skep_map_alloc(struct skep_map *map, uint64_t bytes, void **out)
{
	uint64_t bytes_max = BYTES_MAX_DEFAULT;
	void *memory;

	if (map->limits != NULL && map->limits->map_bytes_max != 0)
		bytes_max = map->limits->map_bytes_max;
	if (bytes_max > SIZE_MAX)
		bytes_max = SIZE_MAX;
	bytes = whole(map, bytes);
	if (bytes > bytes_max)
		return skep_fail(map->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "map \"%s\" takes %llu bytes\nat most %llu\n"
				 "lower max_entries, or raise map_bytes_max of the limits",
				 map->name, (unsigned long long)bytes,
				 (unsigned long long)bytes_max);
	memory = map->port->alloc(map->port->ctx, (size_t)bytes, align_of(map));
	if (memory == NULL)
		return skep_fail(map->log, SKEP_ENOMEM, SKEP_NO_INSN,
				 "no memory for the %llu bytes of map \"%s\"",
				 (unsigned long long)bytes, map->name);
	*out = memory;
	return 0;
}

void skep_map_free(struct skep_map *map, void *memory, uint64_t bytes)
{
	if (memory != NULL)
		map->port->free(map->port->ctx, memory, (size_t)whole(map, bytes), align_of(map));
}

int skep_map_next_index(struct skep_map *map, const void *key, void *next)
{
	const uint32_t index = key != NULL ? skep_load32(key) : UINT32_MAX;

	if (index == map->def.max_entries - 1)
		return SKEP_ENOENT;
	skep_store32(next, index < map->def.max_entries ? index + 1 : 0);
	return 0;
}
