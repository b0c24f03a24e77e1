/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/bytes.h"

/* Small enough for a first object on a board, and doubling is not needed: a large request gets its
 * own chunk. */
enum { CHUNK_BYTES = 16384, ARENA_ALIGN = 16 };

struct skep_arena_chunk {
	struct skep_arena_chunk *next;
	size_t size;
};

static const size_t CHUNK_HEADER =
	(sizeof(struct skep_arena_chunk) + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);

void skep_arena_init(struct skep_arena *arena, const struct skep_port *port, size_t bytes_max)
{
	*arena = (struct skep_arena){ .port = port,
				      .bytes_max = bytes_max != 0 ? bytes_max : SIZE_MAX };
}

void skep_arena_init_block(struct skep_arena *arena, void *block, size_t size)
{
	uintptr_t start = (uintptr_t)block;
	size_t skip = (size_t)(-start & (ARENA_ALIGN - 1));

	*arena = (struct skep_arena){ .bytes_max = size, .used_bytes = size };
	if (size >= skip) {
		arena->cursor = (uint8_t *)block + skip;
		arena->end = (uint8_t *)block + size;
	}
}

static bool grow(struct skep_arena *arena, size_t need)
{
	struct skep_arena_chunk *chunk;
	size_t size;

	if (arena->port == NULL || need > SIZE_MAX - CHUNK_HEADER)
		return false;
	size = need + CHUNK_HEADER;
	if (size < CHUNK_BYTES)
		size = CHUNK_BYTES;
	if (size > arena->bytes_max - arena->used_bytes)
		return false;
	chunk = arena->port->alloc(arena->port->ctx, size, ARENA_ALIGN);
	if (chunk == NULL)
		return false;
	chunk->next = arena->chunks;
	chunk->size = size;
	arena->chunks = chunk;
	arena->used_bytes += size;
	arena->cursor = (uint8_t *)chunk + CHUNK_HEADER;
	arena->end = (uint8_t *)chunk + size;
	return true;
}

void *skep_arena_alloc(struct skep_arena *arena, size_t size)
{
	size_t need = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	void *memory;

	if (need < size) {
		arena->failed = true;
		return NULL;
	}
	if (need == 0)
		need = ARENA_ALIGN;
	if ((size_t)(arena->end - arena->cursor) < need && !grow(arena, need)) {
		arena->failed = true;
		return NULL;
	}
	memory = arena->cursor;
	arena->cursor += need;
	memset(memory, 0, need); /* after a release, memory comes around again */
	return memory;
}

void *skep_arena_array(struct skep_arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size) {
		arena->failed = true;
		return NULL;
	}
	return skep_arena_alloc(arena, count * size);
}

char *skep_arena_text(struct skep_arena *arena, const char *text, size_t size)
{
	char *copy = size < SIZE_MAX ? skep_arena_alloc(arena, size + 1) : NULL;

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

struct skep_arena_mark skep_arena_mark(const struct skep_arena *arena)
{
	return (struct skep_arena_mark){ arena->chunks, arena->cursor, arena->end,
					 arena->used_bytes };
}

void skep_arena_release(struct skep_arena *arena, struct skep_arena_mark mark)
{
	while (arena->chunks != mark.chunks) {
		struct skep_arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		arena->port->free(arena->port->ctx, chunk, chunk->size, ARENA_ALIGN);
	}
	arena->cursor = mark.cursor;
	arena->end = mark.end;
	arena->used_bytes = mark.used_bytes;
}

void skep_arena_free(struct skep_arena *arena)
{
	if (arena->port != NULL)
		skep_arena_release(arena, (struct skep_arena_mark){ 0 });
}
