/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "system.h"

intptr_t system_read(void *to, size_t size)
{
	ssize_t got;

	do
		got = read(STDIN_FILENO, to, size);
	while (got < 0 && errno == EINTR);
	return got;
}

void system_write(int stream, const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(stream, text, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			_exit(2); /* there is nobody left to tell */
		text += written;
		size -= (size_t)written;
	}
}

const struct skep_port *system_port(void)
{
	return skep_port_posix();
}
