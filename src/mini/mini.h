/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the MINI profile share. The profile is the library target skep-mini: the
 * interpreter in both executions and the structure check, without vm, load, verify, jit or heap. */
#ifndef SKEP_MINI_MINI_H
#define SKEP_MINI_MINI_H

#include "spec/program.h"

/* The row of a helper: one of the two for maps, or of the program's table; or NULL. */
const struct skep_helper *skep_mini_helper(const struct skep_mini *mini, uint64_t number);

/* The program's map at an index, or NULL. */
const struct skep_mini_map *skep_mini_map(const struct skep_mini *mini, uint64_t index);

/* Bytes from one value to the next. */
static inline size_t skep_mini_stride(const struct skep_mini_map *map)
{
	return ((size_t)map->value_size + 7) & ~(size_t)7;
}

/* What a helper may ask of a run, and a lock for atomic operations the machine has no instruction
 * for; `word` is what it locks. */
struct skep_env skep_mini_env(const struct skep_mini *mini, void *ctx, uint32_t *word);

#endif
