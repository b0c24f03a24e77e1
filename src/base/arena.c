/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/bytes.h"

/* A chunk is a quarter of what the arena has, within these: few chunks for a large arena, and a
 * small one takes little more from a board's memory than is asked of it. */
enum { CHUNK_BYTES_MIN = 512, CHUNK_BYTES_MAX = 16384, ARENA_ALIGN = 16 };

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

static struct skep_arena_chunk *add_chunk(struct skep_arena *arena, size_t size)
{
	struct skep_arena_chunk *chunk;

	if (size > arena->bytes_max - arena->used_bytes)
		return NULL;
	chunk = arena->port->alloc(arena->port->ctx, size, ARENA_ALIGN);
	if (chunk == NULL)
		return NULL;
	chunk->next = arena->chunks;
	chunk->size = size;
	arena->chunks = chunk;
	arena->used_bytes += size;
	return chunk;
}

static size_t chunk_bytes(const struct skep_arena *arena)
{
	const size_t size = arena->used_bytes / 4 & ~(size_t)(ARENA_ALIGN - 1);

	return size < CHUNK_BYTES_MIN   ? CHUNK_BYTES_MIN
	       : size > CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX
					: size;
}

/* Memory for what the current chunk has no room for. More than half a chunk gets one of its own, so
 * that the room that is left stays in use. */
static void *grow(struct skep_arena *arena, size_t need)
{
	const size_t size = chunk_bytes(arena);
	struct skep_arena_chunk *chunk;
	uint8_t *memory;

	if (arena->port == NULL || need > SIZE_MAX - CHUNK_HEADER)
		return NULL;
	chunk = add_chunk(arena, need > size / 2 ? need + CHUNK_HEADER : size);
	if (chunk == NULL)
		return NULL;
	memory = (uint8_t *)chunk + CHUNK_HEADER;
	if (need <= size / 2) {
		arena->cursor = memory + need;
		arena->end = (uint8_t *)chunk + size;
	}
	return memory;
}

/* Memory from the current chunk or a new one; what a new one gives is zeroed by the port. */
static void *take(struct skep_arena *arena, size_t size, bool zeroed)
{
	const size_t need =
		size != 0 ? (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1) : ARENA_ALIGN;
	void *memory = NULL;

	if (need >= size && (size_t)(arena->end - arena->cursor) >= need) {
		memory = arena->cursor;
		arena->cursor += need;
		if (zeroed)
			memset(memory, 0, need); /* after a release, memory comes around again */
	} else if (need >= size) {
		memory = grow(arena, need);
	}
	if (memory == NULL)
		arena->failed = true;
	return memory;
}

void *skep_arena_alloc(struct skep_arena *arena, size_t size)
{
	return take(arena, size, true);
}

void *skep_arena_alloc_unset(struct skep_arena *arena, size_t size)
{
	return take(arena, size, false);
}

void skep_arena_trim(struct skep_arena *arena, void *memory, size_t size, size_t kept)
{
	const size_t mask = ARENA_ALIGN - 1;

	if (size <= SIZE_MAX - mask && size != 0 && kept <= size && kept != 0 &&
	    (uint8_t *)memory + ((size + mask) & ~mask) == arena->cursor)
		arena->cursor = (uint8_t *)memory + ((kept + mask) & ~mask);
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
