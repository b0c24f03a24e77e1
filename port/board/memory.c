/* SPDX-License-Identifier: Apache-2.0 */
/* The four memory functions that the core asks for. Compiled without turning loops into calls of
 * themselves. Whole words where both addresses allow it: some machines trap on others. */
#include <stddef.h>
#include <stdint.h>

typedef uintptr_t __attribute__((may_alias)) word;

enum { WORD = sizeof(word) };

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if ((((uintptr_t)out | (uintptr_t)in) & (WORD - 1)) == 0)
		for (; size >= WORD; size -= WORD, out += WORD, in += WORD)
			*(word *)(void *)out = *(const word *)(const void *)in;
	for (; size > 0; size--)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if (out <= in || out >= in + size)
		return memcpy(to, from, size);
	while (size-- > 0)
		out[size] = in[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	const word pattern = (word)-1 / 255 * (uint8_t)byte;
	uint8_t *out = to;

	if (((uintptr_t)out & (WORD - 1)) == 0)
		for (; size >= WORD; size -= WORD, out += WORD)
			*(word *)(void *)out = pattern;
	for (; size > 0; size--)
		*out++ = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (; size > 0; size--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}
