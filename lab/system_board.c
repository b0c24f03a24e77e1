/* SPDX-License-Identifier: Apache-2.0 */
/* A process of Linux without a C library (port/board): its memory is the board's heap. */
#include "../port/bare/bare.h"
#include "board.h"
#include "linux.h"
#include "system.h"

intptr_t system_read(void *to, size_t size)
{
	return skep_linux_read(0, to, size);
}

void system_write(int stream, const char *text, size_t size)
{
	while (size > 0) {
		const intptr_t written = skep_linux_write(stream, text, size);

		if (written <= 0)
			skep_board_exit(2); /* there is nobody left to tell */
		text += written;
		size -= (size_t)written;
	}
}

const struct skep_port *system_port(void)
{
	static struct skep_board board;
	static struct skep_bare bare;

	if (board.memory == NULL) {
		board.memory = skep_board_heap;
		board.memory_size = (size_t)(skep_board_heap_end - skep_board_heap);
		skep_bare_init(&bare, &board);
	}
	return &bare.port;
}
