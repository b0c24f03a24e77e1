/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atomic operations of the host on variables of loaded objects, by the same instructions, or under
 * the same lock, as those of programs. Only where host and program share the memory.
 */
#include "base/atomic.h"
#include "base/bytes.h"
#include "vm/var.h"

/* A variable that can be operated on at once. */
struct target {
	void *at;
	bool is_wide; /* 8 bytes, else 4 */
	struct skep_atomic_lock lock;
};

static int find_target(const struct skep_var *var, bool for_writing, struct target *out)
{
	struct skep_map *map = var->map;
	uint8_t *block;
	size_t size;

	if (map->memory != NULL)
		return SKEP_EOPNOTSUPP;
	if (!map->loaded || (for_writing && map->frozen))
		return SKEP_EPERM;
	block = map->kind->ops->direct(map, &size);
	if ((var->size != 4 && var->size != 8) || var->bit_size != 0 ||
	    (uintptr_t)(block + var->offset) % var->size != 0)
		return SKEP_EINVAL;
	*out = (struct target){
		.at = block + var->offset,
		.is_wide = var->size == 8,
		.lock = { map->port, &map->runtime->atomic_word },
	};
	return 0;
}

static uint64_t load(const struct target *target)
{
	return target->is_wide ? skep_atomic_load64(&target->lock, target->at)
			       : skep_atomic_load32(target->at);
}

/* Returns what memory held; `next` was stored if that is `wanted`. */
static uint64_t swap(const struct target *target, uint64_t wanted, uint64_t next)
{
	return target->is_wide ? skep_atomic_swap64(&target->lock, target->at, wanted, next)
			       : skep_atomic_swap32(&target->lock, target->at, (uint32_t)wanted,
						    (uint32_t)next);
}

int skep_var_load(const struct skep_var *var, uint64_t *value)
{
	struct target target;

	SKEP_TRY(find_target(var, false, &target));
	*value = load(&target);
	return 0;
}

int skep_var_store(const struct skep_var *var, uint64_t value)
{
	struct target target;

	SKEP_TRY(find_target(var, true, &target));
	if (target.is_wide)
		skep_atomic_store64(&target.lock, target.at, value);
	else
		skep_atomic_store32(target.at, (uint32_t)value);
	return 0;
}

/* Puts `value` (`adds`: the sum with it) in the place of what is there. */
static int replace(const struct skep_var *var, uint64_t value, bool adds, uint64_t *before)
{
	struct target target;
	uint64_t found, held;

	SKEP_TRY(find_target(var, true, &target));
	held = load(&target);
	/* Somebody else was faster, and got on, each time this turns. */
	do {
		found = held;
		held = swap(&target, found, adds ? found + value : value);
	} while (held != found);
	*before = found;
	return 0;
}

int skep_var_add(const struct skep_var *var, uint64_t value, uint64_t *before)
{
	return replace(var, value, true, before);
}

int skep_var_exchange(const struct skep_var *var, uint64_t value, uint64_t *before)
{
	return replace(var, value, false, before);
}

int skep_var_compare_exchange(const struct skep_var *var, uint64_t wanted, uint64_t value,
			      uint64_t *before)
{
	struct target target;

	SKEP_TRY(find_target(var, true, &target));
	*before = swap(&target, wanted, value);
	return 0;
}
