/* SPDX-License-Identifier: Apache-2.0 */
/* Tail calls: which program comes next. The jump itself is the engine's. */
#include <stdatomic.h>

#include "helper/helpers.h"
#include "spec/map.h"

/* Only the low half of the index counts, as in Linux. */
const struct skep_target *skep_tail_call(struct skep_env *env, struct skep_map *map, uint64_t index)
{
	const uint32_t key = (uint32_t)index;
	_Atomic(const struct skep_target *) *slot;
	const struct skep_target *target;

	if (env->tail_calls >= SKEP_TAIL_CALLS_MAX)
		return NULL;
	slot = map->kind->ops->lookup(map, &key);
	if (slot == NULL)
		return NULL;
	target = atomic_load_explicit(slot, memory_order_acquire);
	if (target != NULL)
		env->tail_calls++;
	return target;
}

/* Engines make tail calls themselves. Code that calls this function as one helper among others
 * learns that no call was made. */
uint64_t skep_helper_tail_call(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			       struct skep_env *env)
{
	(void)r1;
	(void)r2;
	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	return skep_helper_result(SKEP_EOPNOTSUPP);
}
