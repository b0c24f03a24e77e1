/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is there or the process ends: a command line tool has nothing better to do. */
#define _GNU_SOURCE 1
#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static void *present(void *memory, size_t count, size_t size)
{
	if (memory == NULL) {
		complain("out of memory for %zu times %zu bytes; try a smaller input", count, size);
		exit(STATUS_BAD);
	}
	return memory;
}

void *allocate(size_t count, size_t size)
{
	return present(calloc(count != 0 ? count : 1, size != 0 ? size : 1), count, size);
}

char *duplicate(const char *text)
{
	return present(strdup(text), strlen(text), 1);
}

FILE *text_stream(char **text, size_t *size)
{
	return present(open_memstream(text, size), 1, BUFSIZ);
}

void *bytes_append(struct bytes *bytes, const void *data, size_t size)
{
	unsigned char *place;

	if (size > bytes->room - bytes->size) {
		size_t room = bytes->room != 0 ? bytes->room : 256;

		while (room - bytes->size < size && room <= SIZE_MAX / 2)
			room *= 2;
		if (room - bytes->size < size)
			present(NULL, size, 1);
		bytes->data = present(realloc(bytes->data, room), room, 1);
		bytes->room = room;
	}
	if (size == 0)
		return bytes->data;
	place = bytes->data + bytes->size;
	if (data != NULL)
		memcpy(place, data, size);
	else
		memset(place, 0, size);
	bytes->size += size;
	return place;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}
