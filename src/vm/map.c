/* SPDX-License-Identifier: Apache-2.0 */
/* Maps as the host sees them: Linux's bpf(2) commands as functions over a kind's table. */
#include "base/bytes.h"
#include "vm/vm.h"

const char *skep_map_name(const struct skep_map *map)
{
	return map->name;
}

const struct skep_map_kind *skep_map_kind(const struct skep_map *map)
{
	return map->kind;
}

bool skep_map_loaded(const struct skep_map *map)
{
	return map->loaded;
}

bool skep_map_frozen(const struct skep_map *map)
{
	return map->frozen;
}

uint32_t skep_map_key_type(const struct skep_map *map)
{
	return map->key_type;
}

uint32_t skep_map_value_type(const struct skep_map *map)
{
	return map->value_type;
}

void *skep_map_state(const struct skep_map *map)
{
	return map->state;
}

void skep_map_set_state(struct skep_map *map, void *state)
{
	map->state = state;
}

const struct skep_map_def *skep_map_def(const struct skep_map *map)
{
	return &map->def;
}

const struct skep_port *skep_map_port(const struct skep_map *map)
{
	return map->port;
}

int skep_map_refuse(struct skep_map *map, int err, const char *found, const char *needed)
{
	return skep_fail(map->log, err, SKEP_NO_INSN, "map \"%s\": %s\n%s", map->name, found,
			 needed);
}

int skep_map_set_max_entries(struct skep_map *map, uint32_t max_entries)
{
	if (map->loaded)
		return SKEP_EPERM;
	map->def.max_entries = max_entries;
	return 0;
}

size_t skep_map_read_size(const struct skep_map *map)
{
	const uint32_t cpus = map->port->cpu_count != 0 ? map->port->cpu_count : 1;

	if (map->kind == NULL || (map->kind->caps & SKEP_CAP_PERCPU) == 0)
		return map->def.value_size;
	return (((size_t)map->def.value_size + 7) & ~(size_t)7) * cpus;
}

int skep_map_lookup(struct skep_map *map, const void *key, void *value)
{
	const void *found;

	if (!map->loaded || (map->def.flags & BPF_F_WRONLY) != 0)
		return SKEP_EPERM;
	if (map->kind->ops->read != NULL)
		return map->kind->ops->read(map, key, value);
	if (map->kind->ops->lookup == NULL || (map->kind->caps & SKEP_CAP_KEYED) == 0)
		return SKEP_EOPNOTSUPP;
	found = map->kind->ops->lookup(map, key);
	if (found == NULL)
		return SKEP_ENOENT;
	memcpy(value, found, map->def.value_size);
	return 0;
}

/* Whether the host may change the map. */
static bool is_writable(const struct skep_map *map)
{
	return map->loaded && !map->frozen && (map->def.flags & BPF_F_RDONLY) == 0;
}

int skep_map_update(struct skep_map *map, const void *key, const void *value, uint64_t flags)
{
	if (!is_writable(map))
		return SKEP_EPERM;
	if (map->kind->ops->write != NULL)
		return map->kind->ops->write(map, key, value, flags);
	if (map->kind->ops->update == NULL || (map->kind->caps & SKEP_CAP_KEYED) == 0)
		return SKEP_EOPNOTSUPP;
	return map->kind->ops->update(map, key, value, flags);
}

int skep_map_delete(struct skep_map *map, const void *key)
{
	if (!is_writable(map))
		return SKEP_EPERM;
	return map->kind->ops->erase != NULL ? map->kind->ops->erase(map, key) : SKEP_EOPNOTSUPP;
}

int skep_map_next_key(struct skep_map *map, const void *key, void *next)
{
	if (!map->loaded || (map->def.flags & BPF_F_WRONLY) != 0)
		return SKEP_EPERM;
	return map->kind->ops->next_key != NULL ? map->kind->ops->next_key(map, key, next)
						: SKEP_EOPNOTSUPP;
}

int64_t skep_ringbuf_consume(struct skep_map *map, skep_ringbuf_fn fn, void *ctx)
{
	if (!map->loaded)
		return SKEP_EPERM;
	return map->kind->ops->consume != NULL ? map->kind->ops->consume(map, fn, ctx)
					       : SKEP_EOPNOTSUPP;
}

/* Whether the map is one of the object that the program is of. Slots hold no reference: a program
 * of another object would be gone when that object is closed, and its slot would not. */
static bool is_of_same_object(const struct skep_map *map, const struct skep_prog *prog)
{
	const struct skep_object *object = prog->object;

	for (uint32_t i = 0; i < object->image.map_count; i++)
		if (&object->maps[i] == map)
			return true;
	return false;
}

int skep_map_set_prog(struct skep_map *map, uint32_t index, const struct skep_prog *prog)
{
	const struct skep_target *target;

	if (!map->loaded)
		return SKEP_EPERM;
	if ((map->kind->caps & SKEP_CAP_PROGS) == 0)
		return SKEP_EINVAL;
	if (prog == NULL)
		return map->kind->ops->erase(map, &index);
	if (!prog->loaded || !is_of_same_object(map, prog))
		return SKEP_EINVAL;
	if (map->prog_type != 0 && map->prog_type != prog->type)
		return SKEP_EINVAL;
	target = &prog->target;
	SKEP_TRY(map->kind->ops->update(map, &index, &target, 0));
	map->prog_type = prog->type;
	return 0;
}
