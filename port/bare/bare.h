/* SPDX-License-Identifier: Apache-2.0 */
/* The port for machines without a system: memory from one block, mutual exclusion by holding off
 * interrupts, one cpu. */
#ifndef SKEP_PORT_BARE_H
#define SKEP_PORT_BARE_H

#include "skep.h"

/* What a board brings. Functions marked optional may be NULL. */
struct skep_board {
	/* RAM for everything that skep allocates. */
	void *memory;
	size_t memory_size;
	/* Optional, if no interrupt ever runs a program: holds interrupts off and returns what
	 * `irq_restore` wants back. Pairs nest. */
	uintptr_t (*irq_save)(void);
	void (*irq_restore)(uintptr_t state);
	uint64_t (*clock_ns)(void);                   /* optional */
	uint32_t (*random)(void);                     /* optional */
	void (*write)(const char *text, size_t size); /* optional: where trace lines go */
};

struct skep_bare_gap;

/* A port and its state. Belongs to the caller and outlives every runtime made with it. */
struct skep_bare {
	struct skep_port port;
	const struct skep_board *board;
	struct skep_bare_gap *gaps; /* free memory, by rising address, no two touching */
};

/* Makes `bare->port`. The board's description must stay. */
void skep_bare_init(struct skep_bare *bare, const struct skep_board *board);

/* Bytes free in all, in pieces. */
size_t skep_bare_free_bytes(const struct skep_bare *bare);

#endif
