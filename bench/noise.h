/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that look random and are the same on every machine (xorshift, Marsaglia 2003). */
#ifndef SKEP_BENCH_NOISE_H
#define SKEP_BENCH_NOISE_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t next_noise(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline void fill_noise(uint8_t *to, size_t size)
{
	uint32_t state = 2463534242;

	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(next_noise(&state) >> 24);
}

#endif
