/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output of a process. What cannot be written is dropped: there is nobody to tell. */
#include "board.h"
#include "linux.h"

void skep_console_write(const char *text, size_t size)
{
	while (size > 0) {
		const intptr_t written = skep_linux_write(1, text, size);

		if (written <= 0)
			return;
		text += written;
		size -= (size_t)written;
	}
}
