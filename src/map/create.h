/* SPDX-License-Identifier: Apache-2.0 */
/* What every kind does when a map is made: checks of the definition, and memory. */
#ifndef SKEP_MAP_CREATE_H
#define SKEP_MAP_CREATE_H

#include "spec/map.h"

/* Flags of an update, Linux's. */
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
	BPF_F_LOCK = 4, /* for values with a spin lock, which no kind has yet */
};

/* Refuses a definition without entries, with other flags than `flags`, with map_extra (no kind here
 * has a use for it), or one that is read-only and write-only at once. */
int skep_map_check_def(struct skep_map *map, uint32_t flags);

/* Refuses any key size but that of an index, 4, and an empty value. */
int skep_map_check_array(struct skep_map *map);

/* Whether a program may update an array so: Linux's errors in Linux's order. */
int skep_map_check_update(const struct skep_map *map, const void *key, uint64_t flags);

/* `bytes` of zeroed memory, aligned to SKEP_MAP_ALIGN (constants: to pages, where the port can
 * protect them, and of whole ones), if the runtime's limit allows it and the
 * port has it. SKEP_E2BIG, SKEP_ENOMEM. */
int skep_map_alloc(struct skep_map *map, uint64_t bytes, void **out);
void skep_map_free(struct skep_map *map, void *memory, uint64_t bytes);

/* Whether the map's memory is constants on pages of their own. */
bool skep_map_has_pages(const struct skep_map *map);

/* Its memory can be written, or not any more. Does nothing where it has no pages of its own. */
void skep_map_protect(struct skep_map *map, void *memory, uint64_t bytes, bool writable);

/* Where cpus have cache lines, theirs; and enough for any value. */
enum { SKEP_MAP_ALIGN = 64 };

static inline uint32_t skep_map_cpu_count(const struct skep_map *map)
{
	return map->port->cpu_count != 0 ? map->port->cpu_count : 1;
}

/* Sizes of values are rounded up so that the next one is aligned for any member. */
static inline uint64_t skep_map_round8(uint32_t size)
{
	return ((uint64_t)size + 7) & ~(uint64_t)7;
}

/* Iteration over the indices of an array: an index past the end begins again, as in Linux. */
int skep_map_next_index(struct skep_map *map, const void *key, void *next);

#endif
