/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies between a map and the outside while others read or write the same memory: word by word,
 * each at once, so that no aligned word is ever seen half written. The map's side is aligned and
 * padded to whole words; the other side may lie anywhere and belongs to the caller alone.
 */
#ifndef SKEP_MAP_WORD_H
#define SKEP_MAP_WORD_H

#include <stdatomic.h>

#include "base/bytes.h"

typedef _Atomic(uintptr_t) skep_map_word;

_Static_assert(sizeof(skep_map_word) == sizeof(uintptr_t), "a word is what an address is");
_Static_assert(ATOMIC_POINTER_LOCK_FREE != 0, "loads and stores of words are instructions");

/* The last word of something that ends within it: `size` bytes, then zeros. By pieces, since a copy
 * of variable size is a call. */
static inline uintptr_t skep_map_last_word(const uint8_t *bytes, size_t size)
{
	const bool big = skep_host_is_big_endian();
	uint64_t word = 0;
	unsigned at = 0;

	if ((size & 4) != 0) {
		word = (uint64_t)skep_load32(bytes) << (big ? 32 : 0);
		at = 4;
	}
	if ((size & 2) != 0) {
		word |= (uint64_t)skep_load16(bytes + at) << 8 * (big ? 6 - at : at);
		at += 2;
	}
	if ((size & 1) != 0)
		word |= (uint64_t)bytes[at] << 8 * (big ? 7 - at : at);
	return (uintptr_t)(big ? word >> (64 - 8 * sizeof(uintptr_t)) : word);
}

static inline void skep_map_words_write(void *to, const void *from, size_t size)
{
	skep_map_word *words = to;
	const uint8_t *bytes = from;
	uintptr_t word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		atomic_store_explicit(words++, word, memory_order_relaxed);
	}
	if (size > 0)
		atomic_store_explicit(words, skep_map_last_word(bytes, size), memory_order_relaxed);
}

static inline void skep_map_words_read(void *to, const void *from, size_t size)
{
	const skep_map_word *words = from;
	uint8_t *bytes = to;
	uintptr_t word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		word = atomic_load_explicit(words++, memory_order_relaxed);
		memcpy(bytes, &word, sizeof(word));
	}
	if (size > 0) {
		word = atomic_load_explicit(words, memory_order_relaxed);
		memcpy(bytes, &word, size);
	}
}

/* True when the words hold just these bytes. */
static inline bool skep_map_words_equal(const void *held, const void *wanted, size_t size)
{
	const skep_map_word *words = held;
	const uint8_t *bytes = wanted;
	uintptr_t word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		if (atomic_load_explicit(words++, memory_order_relaxed) != word)
			return false;
	}
	return size == 0 ||
	       atomic_load_explicit(words, memory_order_relaxed) == skep_map_last_word(bytes, size);
}

#endif
