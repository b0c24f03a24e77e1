/* SPDX-License-Identifier: Apache-2.0 */
/* Heap sort: no memory, no recursion, and no input that makes it slow. */
#include "load/order.h"

static void sift(uint32_t *items, uint32_t root, uint32_t count, skep_order_fn before,
		 const void *ctx)
{
	const uint32_t item = items[root];

	/* count / 2 is the first node without a child, so that 2 * root + 1 cannot overflow. */
	while (root < count / 2) {
		uint32_t child = 2 * root + 1;

		if (child + 1 < count && before(ctx, items[child], items[child + 1]))
			child++;
		if (!before(ctx, item, items[child]))
			break;
		items[root] = items[child];
		root = child;
	}
	items[root] = item;
}

static bool is_ordered(const uint32_t *items, uint32_t count, skep_order_fn before, const void *ctx)
{
	for (uint32_t i = 1; i < count; i++)
		if (before(ctx, items[i], items[i - 1]))
			return false;
	return true;
}

void skep_load_order(uint32_t *items, uint32_t count, skep_order_fn before, const void *ctx)
{
	/* What compilers write is nearly always in order already. */
	if (is_ordered(items, count, before, ctx))
		return;
	for (uint32_t root = count / 2; root > 0; root--)
		sift(items, root - 1, count, before, ctx);
	for (uint32_t end = count - 1; end > 0; end--) {
		const uint32_t largest = items[0];

		items[0] = items[end];
		items[end] = largest;
		sift(items, 0, end, before, ctx);
	}
}

int skep_load_compare(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}
