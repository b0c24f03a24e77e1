/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts 128 numbers with a heap and folds them, so that their order counts. */
#include "kernel.h"

enum { COUNT = 128, LEVELS = 7 };

MEMORY u32 input[COUNT];
MEMORY u32 heap[COUNT];

/* Lets the number at `at` sink among the first `count`. */
static NOINLINE u32 sink(u32 at, u32 count)
{
	at &= COUNT - 1;
	for (u32 level = 0; level < LEVELS; level++) {
		const u32 value = heap[at];
		u32 child = 2 * at + 1;

		if (child >= count || child >= COUNT - 1)
			break;
		if (child + 1 < count && heap[child + 1] > heap[child])
			child++;
		if (heap[child] <= value)
			break;
		heap[at] = heap[child];
		heap[child] = value;
		at = child;
	}
	return at;
}

KERNEL(heap_sort, input)
{
	u32 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < COUNT; i++)
		heap[i] = input[i];
	for (u32 i = COUNT / 2; i-- > 0;)
		sink(i, COUNT);
	for (u32 left = COUNT; left-- > 1;) {
		const u32 largest = heap[0];

		heap[0] = heap[left];
		heap[left] = largest;
		sink(0, left);
	}
	for (u32 i = 0; i < COUNT; i++)
		sum = sum * 31 + heap[i];
	return sum;
}
