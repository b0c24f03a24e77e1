/* SPDX-License-Identifier: Apache-2.0 */
/* A set found by hash, for keys that strangers choose: no key makes a lookup longer than the hash
 * has digits, unless it has the same 64-bit SipHash as another. Order of insertion is all that the
 * caller can see, so that nothing depends on the hash. */
#ifndef SKEP_BASE_TRIE_H
#define SKEP_BASE_TRIE_H

#include "base/arena.h"

/* All zeroes is an empty set. */
struct skep_trie {
	struct skep_trie_node *root;
};

/* Whether the entry that was given `value` is the one looked for. */
typedef bool (*skep_trie_equal_fn)(const void *ctx, uint32_t value, const void *key);

/* The value of the entry with that hash and key; NULL: there is none. */
uint32_t *skep_trie_find(const struct skep_trie *trie, uint64_t hash, skep_trie_equal_fn equal,
			 const void *ctx, const void *key);

/* The same, and an entry with `value` is made if there is none. NULL: no memory. `*made` (may be
 * NULL) says whether it was. */
uint32_t *skep_trie_add(struct skep_trie *trie, struct skep_arena *arena, uint64_t hash,
			skep_trie_equal_fn equal, const void *ctx, const void *key, uint32_t value,
			bool *made);

/* A hash in the making: SipHash-1-3 under a fixed key. */
struct skep_hash {
	uint64_t v[4];
};

void skep_hash_begin(struct skep_hash *hash);
void skep_hash_number(struct skep_hash *hash, uint64_t number);
uint64_t skep_hash_end(struct skep_hash *hash);

/* Of bytes. */
uint64_t skep_hash_bytes(const void *bytes, size_t size);

#endif
