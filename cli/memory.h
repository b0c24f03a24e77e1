/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for a command that cannot go on without: each ends the process with a sentence and
 * STATUS_BAD when there is none. */
#ifndef SKEP_CLI_MEMORY_H
#define SKEP_CLI_MEMORY_H

#include <stddef.h>
#include <stdio.h>

/* `count` zeroed elements of `size` bytes, for free(). Never NULL. */
void *allocate(size_t count, size_t size);

/* A copy of a string, for free(). */
char *duplicate(const char *text);

/* A stream into memory; when it is closed `*text` is terminated text, for free(). */
FILE *text_stream(char **text, size_t *size);

/* A growing run of bytes; all zeroes is an empty one. */
struct bytes {
	unsigned char *data;
	size_t size, room;
};

/* Appends `size` bytes (zeroes when `data` is NULL) and returns where they are, until the next
 * append. */
void *bytes_append(struct bytes *bytes, const void *data, size_t size);

void bytes_free(struct bytes *bytes);

#endif
