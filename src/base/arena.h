/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed all at once: chunks from the port, or one block of the caller's
 * (microcontrollers). */
#ifndef SKEP_BASE_ARENA_H
#define SKEP_BASE_ARENA_H

#include "skep.h"

struct skep_arena_chunk;

struct skep_arena {
	const struct skep_port *port; /* NULL: never grows */
	struct skep_arena_chunk *chunks;
	uint8_t *cursor, *end;
	size_t used_bytes; /* taken from the port or the block so far */
	size_t bytes_max;  /* cap on used_bytes */
	bool failed;       /* some allocation has failed */
};

/* An arena that takes chunks from `port`, at most `bytes_max` in all (0: no cap). Nothing is
 * allocated yet. */
void skep_arena_init(struct skep_arena *arena, const struct skep_port *port, size_t bytes_max);

/* An arena over one block, which stays the caller's. */
void skep_arena_init_block(struct skep_arena *arena, void *block, size_t size);

/* `size` zeroed bytes aligned for any type, or NULL (the cap, or the port). A size of 0 gives a
 * valid address. */
void *skep_arena_alloc(struct skep_arena *arena, size_t size);

/* The same with any content, for what is written before it is read. */
void *skep_arena_alloc_unset(struct skep_arena *arena, size_t size);

/* Gives back all but the first `kept` of the `size` bytes that the arena gave last, neither of
 * them 0. What has a chunk of its own stays as large as it is. */
void skep_arena_trim(struct skep_arena *arena, void *memory, size_t size, size_t kept);

/* As skep_arena_alloc() for `count` elements of `size` bytes; NULL if the product overflows. */
void *skep_arena_array(struct skep_arena *arena, size_t count, size_t size);

/* A terminated copy of `size` bytes of text, or NULL. */
char *skep_arena_text(struct skep_arena *arena, const char *text, size_t size);

/* A place in an arena that it can be cut back to. */
struct skep_arena_mark {
	struct skep_arena_chunk *chunks;
	uint8_t *cursor, *end;
	size_t used_bytes;
};

struct skep_arena_mark skep_arena_mark(const struct skep_arena *arena);

/* Frees all that was allocated since the mark. */
void skep_arena_release(struct skep_arena *arena, struct skep_arena_mark mark);

/* Frees all. The arena can be used again. */
void skep_arena_free(struct skep_arena *arena);

#endif
