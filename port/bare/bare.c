/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port for machines without a system. In goes a board's description, out comes a port.
 *
 * Memory is first fit over a list of gaps in the order of their addresses; what is given back joins
 * its neighbours, so that closing everything leaves the one gap there was at the start. Sizes are
 * not recorded: the core says them again when it gives memory back. There is no code memory, hence
 * no JIT.
 */
#include "bare.h"

struct skep_bare_gap {
	size_t size;
	struct skep_bare_gap *next;
};

/* Every piece can hold a gap, and every gap begins where a uint64_t may stand. */
enum { UNIT = sizeof(struct skep_bare_gap) > 8 ? sizeof(struct skep_bare_gap) : 8 };

static size_t round_up(size_t size)
{
	return (size + UNIT - 1) & ~(size_t)(UNIT - 1);
}

static uintptr_t hold(const struct skep_bare *bare)
{
	return bare->board->irq_save != NULL ? bare->board->irq_save() : 0;
}

static void release(const struct skep_bare *bare, uintptr_t state)
{
	if (bare->board->irq_restore != NULL)
		bare->board->irq_restore(state);
}

/* Cuts `size` bytes, `skip` after the start, out of the gap that `link` leads to. */
static void *cut(struct skep_bare_gap **link, size_t skip, size_t size)
{
	struct skep_bare_gap *gap = *link;
	uint8_t *memory = (uint8_t *)gap + skip;
	const size_t rest = gap->size - skip - size;
	struct skep_bare_gap *after = gap->next;

	if (rest > 0) {
		after = (struct skep_bare_gap *)(void *)(memory + size);
		*after = (struct skep_bare_gap){ rest, gap->next };
	}
	if (skip > 0) {
		gap->size = skip;
		gap->next = after;
	} else {
		*link = after;
	}
	return memory;
}

static void *bare_alloc(void *ctx, size_t size, size_t align)
{
	struct skep_bare *bare = ctx;
	struct skep_bare_gap **link;
	uint8_t *memory = NULL;
	uintptr_t state;

	if (size > SIZE_MAX - UNIT)
		return NULL;
	size = round_up(size);
	if (align < UNIT)
		align = UNIT;
	state = hold(bare);
	for (link = &bare->gaps; *link != NULL; link = &(*link)->next) {
		const size_t skip = (size_t)(-(uintptr_t)*link & (align - 1));

		if ((*link)->size >= skip && (*link)->size - skip >= size) {
			memory = cut(link, skip, size);
			break;
		}
	}
	release(bare, state);
	for (size_t i = 0; memory != NULL && i < size; i++)
		memory[i] = 0;
	return memory;
}

/* Joins two gaps that touch. */
static void join(struct skep_bare_gap *gap)
{
	struct skep_bare_gap *next = gap->next;

	if (next != NULL && (uint8_t *)gap + gap->size == (uint8_t *)next) {
		gap->size += next->size;
		gap->next = next->next;
	}
}

static void bare_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct skep_bare *bare = ctx;
	struct skep_bare_gap *gap = memory, *before = NULL, *after;
	uintptr_t state;

	(void)align;
	if (memory == NULL)
		return;
	state = hold(bare);
	after = bare->gaps;
	while (after != NULL && (uintptr_t)after < (uintptr_t)gap) {
		before = after;
		after = after->next;
	}
	*gap = (struct skep_bare_gap){ round_up(size), after };
	join(gap);
	if (before == NULL) {
		bare->gaps = gap;
	} else {
		before->next = gap;
		join(before);
	}
	release(bare, state);
}

static uint64_t bare_clock_ns(void *ctx)
{
	const struct skep_bare *bare = ctx;

	return bare->board->clock_ns();
}

static uint32_t bare_random(void *ctx)
{
	const struct skep_bare *bare = ctx;

	return bare->board->random();
}

/* With interrupts off on the only cpu nobody else can hold the word. */
static uintptr_t bare_lock(void *ctx, uint32_t *word)
{
	(void)word;
	return hold(ctx);
}

static void bare_unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)word;
	release(ctx, state);
}

static void bare_trace(void *ctx, const char *text, size_t size)
{
	const struct skep_bare *bare = ctx;

	bare->board->write(text, size);
	bare->board->write("\n", 1);
}

void skep_bare_init(struct skep_bare *bare, const struct skep_board *board)
{
	const size_t skip = (size_t)(-(uintptr_t)board->memory & (UNIT - 1));
	uint8_t *start = (uint8_t *)board->memory + skip;

	*bare = (struct skep_bare){
		.port = {
			.ctx = bare,
			.alloc = bare_alloc,
			.free = bare_free,
			.clock_ns = board->clock_ns != NULL ? bare_clock_ns : NULL,
			.cpu_count = 1,
			.lock = bare_lock,
			.unlock = bare_unlock,
			.random = board->random != NULL ? bare_random : NULL,
			.trace = board->write != NULL ? bare_trace : NULL,
		},
		.board = board,
	};
	if (board->memory_size < skip + UNIT)
		return;
	bare->gaps = (struct skep_bare_gap *)(void *)start;
	*bare->gaps =
		(struct skep_bare_gap){ (board->memory_size - skip) & ~(size_t)(UNIT - 1), NULL };
}

size_t skep_bare_free_bytes(const struct skep_bare *bare)
{
	size_t bytes = 0;

	for (const struct skep_bare_gap *gap = bare->gaps; gap != NULL; gap = gap->next)
		bytes += gap->size;
	return bytes;
}
