/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the known names that look most like an unknown one. */
#ifndef SKEP_CLI_NEAREST_H
#define SKEP_CLI_NEAREST_H

#include <stddef.h>

enum { NEAREST_MAX = 3 };

/* All zeroes but `wanted` to begin with; keeps pointers to the names offered. */
struct nearest {
	const char *wanted;
	const char *names[NEAREST_MAX];
	size_t distances[NEAREST_MAX];
	size_t count;   /* in names */
	size_t offered; /* of all */
};

void nearest_offer(struct nearest *nearest, const char *name);

/* Writes them as a list: "a", "a or b", "a, b or c"; an empty string if nothing was offered. */
void nearest_list(const struct nearest *nearest, char *text, size_t size);

#endif
