/* SPDX-License-Identifier: Apache-2.0 */
/* Order: of small numbers (indices, mostly), in n log n whatever the input, and of names. */
#ifndef SKEP_LOAD_ORDER_H
#define SKEP_LOAD_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* Says whether item `a` comes before item `b`. */
typedef bool (*skep_order_fn)(const void *ctx, uint32_t a, uint32_t b);

/* Sorts `count` items ascending. Not stable: `before` is to tell all items apart. */
void skep_load_order(uint32_t *items, uint32_t count, skep_order_fn before, const void *ctx);

/* Which of two texts comes first, byte by byte: below 0, 0 (equal), above 0. */
int skep_load_compare(const char *a, const char *b);

#endif
