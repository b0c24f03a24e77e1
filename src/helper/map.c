/* SPDX-License-Identifier: Apache-2.0 */
/* Maps by key: lookup, update, delete. The verifier has compared the kind's abilities with the
 * row's; a kind may still lack a function, and says so as the host's view of the map does. */
#include "spec/map.h"
#include "helper/helpers.h"

uint64_t skep_helper_map_lookup_elem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	struct skep_map *map = skep_helper_pointer(r1);

	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	if (map->kind->ops->lookup == NULL)
		return 0;
	return (uintptr_t)map->kind->ops->lookup(map, skep_helper_pointer(r2));
}

uint64_t skep_helper_map_update_elem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	struct skep_map *map = skep_helper_pointer(r1);

	(void)r5;
	(void)env;
	if (map->kind->ops->update == NULL)
		return skep_helper_result(SKEP_EOPNOTSUPP);
	return skep_helper_result(
		map->kind->ops->update(map, skep_helper_pointer(r2), skep_helper_pointer(r3), r4));
}

uint64_t skep_helper_map_delete_elem(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	struct skep_map *map = skep_helper_pointer(r1);

	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	if (map->kind->ops->erase == NULL)
		return skep_helper_result(SKEP_EOPNOTSUPP);
	return skep_helper_result(map->kind->ops->erase(map, skep_helper_pointer(r2)));
}
