/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes: the four memory functions the core may use, loads and stores of either byte order at any
 * alignment, and arithmetic that says when it overflows. */
#ifndef SKEP_BASE_BYTES_H
#define SKEP_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Declared here because <string.h> is not among the headers a freestanding compiler has. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#define SKEP_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline uint16_t skep_swap16(uint16_t x)
{
	return __builtin_bswap16(x);
}
static inline uint32_t skep_swap32(uint32_t x)
{
	return __builtin_bswap32(x);
}
static inline uint64_t skep_swap64(uint64_t x)
{
	return __builtin_bswap64(x);
}

/* True where the most significant byte comes first. */
static inline bool skep_host_is_big_endian(void)
{
	const uint16_t one = 1;

	return *(const uint8_t *)&one == 0;
}

/* Loads at any alignment in the host's byte order. The built-in function, because -ffreestanding
 * makes of memcpy() a call, and these are to be one instruction. */
static inline uint16_t skep_load16(const void *from)
{
	uint16_t x;

	__builtin_memcpy(&x, from, sizeof(x));
	return x;
}

static inline uint32_t skep_load32(const void *from)
{
	uint32_t x;

	__builtin_memcpy(&x, from, sizeof(x));
	return x;
}

static inline uint64_t skep_load64(const void *from)
{
	uint64_t x;

	__builtin_memcpy(&x, from, sizeof(x));
	return x;
}

static inline void skep_store16(void *to, uint16_t x)
{
	__builtin_memcpy(to, &x, sizeof(x));
}
static inline void skep_store32(void *to, uint32_t x)
{
	__builtin_memcpy(to, &x, sizeof(x));
}
static inline void skep_store64(void *to, uint64_t x)
{
	__builtin_memcpy(to, &x, sizeof(x));
}

/* Each gives false, and leaves *out alone, when the true result does not fit. */
static inline bool skep_add_size(size_t a, size_t b, size_t *out)
{
	if (b > SIZE_MAX - a)
		return false;
	*out = a + b;
	return true;
}

static inline bool skep_mul_size(size_t a, size_t b, size_t *out)
{
	if (b != 0 && a > SIZE_MAX / b)
		return false;
	*out = a * b;
	return true;
}

/* True when [offset, offset + size) lies within [0, limit). */
static inline bool skep_in_bounds(uint64_t offset, uint64_t size, uint64_t limit)
{
	return offset <= limit && size <= limit - offset;
}

/* A signed number from the low `bits` (1 to 64) of x. */
static inline int64_t skep_sign_extend(uint64_t x, unsigned bits)
{
	const uint64_t sign = (uint64_t)1 << (bits - 1);

	x &= sign | (sign - 1);
	return (int64_t)((x ^ sign) - sign);
}

/* Length and equality of terminated text. */
static inline size_t skep_text_size(const char *text)
{
	size_t size = 0;

	while (text[size] != '\0')
		size++;
	return size;
}

static inline bool skep_text_equal(const char *a, const char *b)
{
	size_t size = skep_text_size(a);

	return size == skep_text_size(b) && memcmp(a, b, size) == 0;
}

static inline bool skep_text_contains(const char *text, const char *part)
{
	const size_t size = skep_text_size(text), part_size = skep_text_size(part);

	for (size_t at = 0; at + part_size <= size; at++)
		if (memcmp(text + at, part, part_size) == 0)
			return true;
	return false;
}

static inline bool skep_text_begins(const char *text, const char *prefix)
{
	while (*prefix != '\0')
		if (*text++ != *prefix++)
			return false;
	return true;
}

#endif
