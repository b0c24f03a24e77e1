/* SPDX-License-Identifier: Apache-2.0 */
/* Names are compared by the number of letters to insert, delete or replace; names are cut at 63
 * letters for it. */
#define _GNU_SOURCE 1
#include "nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LETTERS_MAX = 63 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, without regard to case, by the usual table of which one row is kept. */
static size_t distance(const char *a, const char *b)
{
	const size_t a_size = strnlen(a, LETTERS_MAX), b_size = strnlen(b, LETTERS_MAX);
	size_t row[LETTERS_MAX + 1];

	for (size_t j = 0; j <= b_size; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_size; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_size; j++) {
			const int left = tolower((unsigned char)a[i - 1]);
			const int right = tolower((unsigned char)b[j - 1]);
			const size_t replaced = diagonal + (left != right);

			diagonal = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_size];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	const size_t far = distance(nearest->wanted, name);
	size_t place;

	nearest->offered++;
	place = nearest->count;
	while (place > 0 && nearest->distances[place - 1] > far)
		place--;
	if (place == NEAREST_MAX)
		return;
	if (nearest->count < NEAREST_MAX)
		nearest->count++;
	for (size_t i = nearest->count - 1; i > place; i--) {
		nearest->names[i] = nearest->names[i - 1];
		nearest->distances[i] = nearest->distances[i - 1];
	}
	nearest->names[place] = name;
	nearest->distances[place] = far;
}

void nearest_list(const struct nearest *nearest, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < nearest->count && used < size; i++) {
		const char *before = i == 0 ? "" : i + 1 == nearest->count ? " or " : ", ";

		used += (size_t)snprintf(text + used, size - used, "%s%s", before,
					 nearest->names[i]);
	}
}
