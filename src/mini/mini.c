/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program of the MINI profile is made of: its maps, which are arrays in the caller's memory,
 * and its helpers, the two for maps and those of the caller's table. What the caller says about
 * them is trusted; what the program asks for is not.
 */
#include "mini/mini.h"

#include "base/bytes.h"

static void *find_value(const struct skep_mini_map *map, const void *key)
{
	const uint32_t index = skep_load32(key);

	if (index >= map->max_entries)
		return NULL;
	return (uint8_t *)map->values + skep_mini_stride(map) * index;
}

static uint64_t lookup(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
		       struct skep_env *env)
{
	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	return (uintptr_t)find_value((const struct skep_mini_map *)(uintptr_t)r1,
				     (const void *)(uintptr_t)r2);
}

/* Errors are those of Linux's arrays. */
static uint64_t update(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
		       struct skep_env *env)
{
	const struct skep_mini_map *map = (const struct skep_mini_map *)(uintptr_t)r1;
	void *value = find_value(map, (const void *)(uintptr_t)r2);
	enum { BPF_NOEXIST = 1, BPF_EXIST = 2 };

	(void)r5;
	(void)env;
	if (r4 > BPF_EXIST)
		return (uint64_t)(int64_t)SKEP_EINVAL;
	if (value == NULL)
		return (uint64_t)(int64_t)SKEP_E2BIG;
	if (r4 == BPF_NOEXIST)
		return (uint64_t)(int64_t)SKEP_EEXIST;
	memmove(value, (const void *)(uintptr_t)r3, map->value_size);
	return 0;
}

/* map_lookup_elem and map_update_elem, whose names nobody asks for here. */
static const struct skep_helper OWN[] = {
	{ 1,
	  NULL,
	  SKEP_RET_PTR_TO_MAP_VALUE_OR_NULL,
	  { SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_PTR_TO_MAP_KEY },
	  SKEP_GROUP_BASE,
	  SKEP_CAP_KEYED,
	  0,
	  lookup },
	{ 2,
	  NULL,
	  SKEP_RET_INTEGER,
	  { SKEP_ARG_CONST_MAP_PTR, SKEP_ARG_PTR_TO_MAP_KEY, SKEP_ARG_PTR_TO_MAP_VALUE,
	    SKEP_ARG_ANYTHING },
	  SKEP_GROUP_BASE,
	  SKEP_CAP_KEYED,
	  0,
	  update },
};

static const struct skep_helper *find(const struct skep_helper *rows, uint32_t count,
				      uint64_t number)
{
	for (; count > 0; count--, rows++)
		if (rows->id == number)
			return rows;
	return NULL;
}

const struct skep_helper *skep_mini_helper(const struct skep_mini *mini, uint64_t number)
{
	const struct skep_helper *own = find(OWN, SKEP_COUNT(OWN), number);

	return own != NULL ? own : find(mini->helpers, mini->helper_count, number);
}

const struct skep_mini_map *skep_mini_map(const struct skep_mini *mini, uint64_t index)
{
	return index < mini->map_count ? &mini->maps[index] : NULL;
}

static uintptr_t no_lock(void *ctx, uint32_t *word)
{
	(void)ctx;
	(void)word;
	return 0;
}

static void no_unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)ctx;
	(void)word;
	(void)state;
}

static const struct skep_port ALONE = { .lock = no_lock, .unlock = no_unlock };

struct skep_env skep_mini_env(const struct skep_mini *mini, void *ctx, uint32_t *word)
{
	return (struct skep_env){
		.ctx = ctx,
		.port = mini->port != NULL ? mini->port : &ALONE,
		.user = mini->user,
		.atomic_word = word,
	};
}
