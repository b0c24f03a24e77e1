/* SPDX-License-Identifier: Apache-2.0 */
/* The port for machines without a system, on the host: its allocator over a small block, its lock
 * over a pretended interrupt mask. */
#include <string.h>

#include "harness.h"

#include "../../port/bare/bare.c"

enum { BLOCK_BYTES = 8192, PIECES = 40 };

static struct {
	_Alignas(16) uint8_t memory[BLOCK_BYTES + 64];
	bool masked;
	unsigned masks;
	char text[64];
	size_t size;
} machine;

static uintptr_t irq_save(void)
{
	const bool before = machine.masked;

	machine.masked = true;
	machine.masks++;
	return before;
}

static void irq_restore(uintptr_t state)
{
	machine.masked = state != 0;
}

static uint64_t clock_ns(void)
{
	return 42;
}

static uint32_t random_number(void)
{
	return 43;
}

static void write(const char *text, size_t size)
{
	memcpy(machine.text + machine.size, text, size);
	machine.size += size;
}

static void start(struct skep_bare *bare, struct skep_board *board, size_t offset, size_t size)
{
	memset(&machine, 0, sizeof(machine));
	memset(machine.memory, 0xee, sizeof(machine.memory));
	*board = (struct skep_board){
		.memory = machine.memory + offset,
		.memory_size = size,
		.irq_save = irq_save,
		.irq_restore = irq_restore,
		.clock_ns = clock_ns,
		.random = random_number,
		.write = write,
	};
	skep_bare_init(bare, board);
}

/* Random allocations and releases: inside the block, aligned, zeroed, apart from each other; and in
 * the end the block is one piece again. */
TEST(memory)
{
	struct {
		uint8_t *at;
		size_t size, align;
	} pieces[PIECES] = { { NULL, 0, 0 } };
	const struct skep_port *port;
	struct skep_board board;
	struct skep_bare bare;
	uint64_t random = 1;
	unsigned refused = 0, made = 0;
	size_t whole;

	start(&bare, &board, 3, BLOCK_BYTES);
	port = &bare.port;
	whole = skep_bare_free_bytes(&bare);
	CHECK(whole > BLOCK_BYTES - 64 && whole <= BLOCK_BYTES);
	for (unsigned step = 0; step < 20000; step++) {
		const unsigned i = (unsigned)(random >> 33) % PIECES;

		random = random * 6364136223846793005u + 1442695040888963407u;
		if (pieces[i].at != NULL) {
			for (size_t b = 0; b < pieces[i].size; b++)
				CHECK_EQ(pieces[i].at[b], i + 1);
			port->free(port->ctx, pieces[i].at, pieces[i].size, pieces[i].align);
			pieces[i].at = NULL;
			continue;
		}
		pieces[i].size = 1 + (size_t)(random >> 40) % 700;
		pieces[i].align = (size_t)1 << (random >> 60) % 8;
		pieces[i].at = port->alloc(port->ctx, pieces[i].size, pieces[i].align);
		if (pieces[i].at == NULL) {
			refused++;
			continue;
		}
		made++;
		CHECK((uintptr_t)pieces[i].at % pieces[i].align == 0);
		CHECK(pieces[i].at >= machine.memory + 3);
		CHECK(pieces[i].at + pieces[i].size <= machine.memory + 3 + BLOCK_BYTES);
		for (size_t b = 0; b < pieces[i].size; b++)
			CHECK_EQ(pieces[i].at[b], 0);
		memset(pieces[i].at, (int)i + 1, pieces[i].size);
	}
	CHECK(refused > 100 && made > 1000);
	for (unsigned i = 0; i < PIECES; i++)
		if (pieces[i].at != NULL)
			port->free(port->ctx, pieces[i].at, pieces[i].size, pieces[i].align);
	CHECK_EQ(skep_bare_free_bytes(&bare), whole);
	/* One piece: all of it can be had at once, and no more. */
	CHECK(port->alloc(port->ctx, whole + 1, 1) == NULL);
	CHECK(port->alloc(port->ctx, SIZE_MAX, 1) == NULL);
	pieces[0].at = port->alloc(port->ctx, whole, 1);
	CHECK(pieces[0].at != NULL);
	CHECK_EQ(skep_bare_free_bytes(&bare), 0);
	CHECK(port->alloc(port->ctx, 1, 1) == NULL);
	port->free(port->ctx, pieces[0].at, whole, 1);
	port->free(port->ctx, NULL, 1, 1);
	CHECK_EQ(skep_bare_free_bytes(&bare), whole);
	CHECK(machine.masks > 0 && !machine.masked);
	/* Nothing outside the block was written. */
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(machine.memory[i], 0xee);
	for (size_t i = 3 + BLOCK_BYTES; i < sizeof(machine.memory); i++)
		CHECK_EQ(machine.memory[i], 0xee);
}

TEST(no_memory_at_all)
{
	struct skep_board board;
	struct skep_bare bare;

	for (size_t size = 0; size < 40; size++) {
		start(&bare, &board, 1, size);
		CHECK(skep_bare_free_bytes(&bare) <= size);
		CHECK(bare.port.alloc(bare.port.ctx, 64, 1) == NULL);
		CHECK_EQ(machine.memory[1 + size], 0xee);
	}
}

/* Locks nest with whatever the board had masked before. */
TEST(lock_masks_interrupts)
{
	struct skep_board board;
	struct skep_bare bare;
	uint32_t first = 0, second = 0;
	uintptr_t outer, inner;

	start(&bare, &board, 0, BLOCK_BYTES);
	outer = bare.port.lock(bare.port.ctx, &first);
	CHECK(machine.masked);
	inner = bare.port.lock(bare.port.ctx, &second);
	bare.port.unlock(bare.port.ctx, &second, inner);
	CHECK(machine.masked);
	bare.port.unlock(bare.port.ctx, &first, outer);
	CHECK(!machine.masked);
}

TEST(board_functions)
{
	struct skep_board board;
	struct skep_bare bare;

	start(&bare, &board, 0, BLOCK_BYTES);
	CHECK_EQ(bare.port.clock_ns(bare.port.ctx), 42);
	CHECK_EQ(bare.port.random(bare.port.ctx), 43);
	bare.port.trace(bare.port.ctx, "line", 4);
	CHECK_TEXT(machine.text, "line\n");
	CHECK_EQ(bare.port.cpu_count, 1);
	CHECK(bare.port.code_alloc == NULL && bare.port.cpu_number == NULL);
	board.clock_ns = NULL;
	board.random = NULL;
	board.write = NULL;
	board.irq_save = NULL;
	board.irq_restore = NULL;
	skep_bare_init(&bare, &board);
	CHECK(bare.port.clock_ns == NULL && bare.port.random == NULL && bare.port.trace == NULL);
	bare.port.unlock(bare.port.ctx, NULL, bare.port.lock(bare.port.ctx, NULL));
	CHECK(bare.port.alloc(bare.port.ctx, 100, 8) != NULL);
}

TESTS_BEGIN
T(memory)
T(no_memory_at_all)
T(lock_masks_interrupts)
T(board_functions)
TESTS_END
