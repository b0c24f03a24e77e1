/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes in, entries out. The one idea: each node has a place for every value of the next two bits
 * of the hash, so the depth is bounded by the hash's length and nothing ever has to be moved to
 * grow. SipHash (Aumasson and Bernstein, 2012), because with a multiplicative hash anyone can write
 * down as many keys of one hash as they like.
 */
#include "base/trie.h"

#include "base/bytes.h"

struct skep_trie_node {
	struct skep_trie_node *children[4];
	uint64_t hash;
	uint32_t value;
};

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void turn(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

void skep_hash_begin(struct skep_hash *hash)
{
	/* The constants of SipHash, with the key 0x736b6570, 0. */
	hash->v[0] = 0x736f6d6570736575 ^ 0x736b6570;
	hash->v[1] = 0x646f72616e646f6d;
	hash->v[2] = 0x6c7967656e657261 ^ 0x736b6570;
	hash->v[3] = 0x7465646279746573;
}

void skep_hash_number(struct skep_hash *hash, uint64_t number)
{
	hash->v[3] ^= number;
	turn(hash->v);
	hash->v[0] ^= number;
}

uint64_t skep_hash_end(struct skep_hash *hash)
{
	hash->v[2] ^= 0xff;
	turn(hash->v);
	turn(hash->v);
	turn(hash->v);
	return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}

uint64_t skep_hash_bytes(const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	struct skep_hash hash;
	uint64_t last = (uint64_t)size << 56;
	size_t at;

	skep_hash_begin(&hash);
	for (at = 0; size - at >= 8; at += 8)
		skep_hash_number(&hash, skep_load64(from + at));
	for (unsigned i = 0; at + i < size; i++)
		last |= (uint64_t)from[at + i] << 8 * i;
	skep_hash_number(&hash, last);
	return skep_hash_end(&hash);
}

/* Where the entry is, or where it would hang. */
static struct skep_trie_node **place(struct skep_trie_node **at, uint64_t hash,
				     skep_trie_equal_fn equal, const void *ctx, const void *key)
{
	for (uint64_t bits = hash; *at != NULL; bits >>= 2) {
		if ((*at)->hash == hash && equal(ctx, (*at)->value, key))
			break;
		at = &(*at)->children[bits & 3];
	}
	return at;
}

uint32_t *skep_trie_find(const struct skep_trie *trie, uint64_t hash, skep_trie_equal_fn equal,
			 const void *ctx, const void *key)
{
	struct skep_trie_node *root = trie->root, *node = *place(&root, hash, equal, ctx, key);

	return node != NULL ? &node->value : NULL;
}

uint32_t *skep_trie_add(struct skep_trie *trie, struct skep_arena *arena, uint64_t hash,
			skep_trie_equal_fn equal, const void *ctx, const void *key, uint32_t value,
			bool *made)
{
	struct skep_trie_node **at = place(&trie->root, hash, equal, ctx, key);
	const bool missing = *at == NULL;

	if (missing) {
		*at = skep_arena_alloc(arena, sizeof(**at));
		if (*at == NULL)
			return NULL;
		(*at)->hash = hash;
		(*at)->value = value;
	}
	if (made != NULL)
		*made = missing;
	return &(*at)->value;
}
