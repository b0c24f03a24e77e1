/* SPDX-License-Identifier: Apache-2.0 */
/* Types by name: a hash table whose chains have their types in the order of their ids. */
#include "btf/btf.h"

#include "base/bytes.h"

/* Of the name at `text`, 8 bytes at a time as far as these are inside the strings. */
static uint32_t hash_name(const char *text, const char *end)
{
	const uint64_t prime = 0x9e3779b97f4a7c15u, ones = UINT64_MAX / 255, tops = ones * 128;
	const bool big_endian = skep_host_is_big_endian();
	uint64_t hash = 0;

	while (end - text >= 8) {
		const uint64_t word =
			big_endian ? skep_swap64(skep_load64(text)) : skep_load64(text);
		/* The lowest top bit is that of the first byte that is zero. */
		const uint64_t zeroes = (word - ones) & ~word & tops;

		if (zeroes != 0) {
			hash = (hash ^ (word & ((zeroes & (~zeroes + 1)) / 128 - 1))) * prime;
			return (uint32_t)(hash >> 32);
		}
		hash = (hash ^ word) * prime;
		hash ^= hash >> 29;
		text += 8;
	}
	for (uint64_t word = 0, shift = 0;; shift += 8) {
		if (*text == '\0')
			return (uint32_t)((hash ^ word) * prime >> 32);
		word |= (uint64_t)(uint8_t)*text++ << shift;
	}
}

int skep_btf_index(struct skep_btf *btf, struct skep_arena *arena, struct skep_log *log)
{
	const char *end = btf->strings + btf->strings_size;
	uint32_t size = 16;

	while (size < btf->count)
		size *= 2;
	btf->chained = skep_arena_array(arena, (size_t)btf->count + 1, sizeof(uint32_t));
	btf->chains = skep_arena_array(arena, size, sizeof(uint32_t));
	if (btf->chains == NULL || btf->chained == NULL)
		return skep_fail_memory(log, "names of BTF");
	btf->chain_mask = size - 1;
	for (uint32_t id = btf->count; id > 0; id--) {
		const char *name = skep_btf_name_of(btf, id);
		uint32_t *chain;

		if (name[0] == '\0')
			continue;
		chain = &btf->chains[hash_name(name, end) & btf->chain_mask];
		btf->chained[id] = *chain;
		*chain = id;
	}
	return 0;
}

static bool is_wanted(const struct skep_btf *btf, uint32_t id, enum skep_btf_kind kind,
		      const char *name)
{
	return (kind == SKEP_BTF_VOID || skep_btf_kind_of(btf, id) == kind) &&
	       skep_text_equal(skep_btf_name_of(btf, id), name);
}

uint32_t skep_btf_find(const struct skep_btf *btf, enum skep_btf_kind kind, const char *name)
{
	uint32_t id;

	if (name[0] == '\0')
		return 0;
	if (btf->chains == NULL) {
		for (id = 1; id <= btf->count; id++)
			if (is_wanted(btf, id, kind, name))
				return id;
		return 0;
	}
	id = btf->chains[hash_name(name, name + skep_text_size(name) + 1) & btf->chain_mask];
	while (id != 0 && !is_wanted(btf, id, kind, name))
		id = btf->chained[id];
	return id;
}
