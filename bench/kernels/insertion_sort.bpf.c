/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts 64 numbers by insertion and folds them, so that their order counts. */
#include "kernel.h"

enum { COUNT = 64 };

MEMORY u32 input[COUNT];
MEMORY u32 sorted[COUNT];

KERNEL(insertion_sort, input)
{
	u32 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < COUNT; i++) {
		const u32 value = input[i];
		u32 at = i;

		while (at > 0 && sorted[(at - 1) & (COUNT - 1)] > value) {
			sorted[at & (COUNT - 1)] = sorted[(at - 1) & (COUNT - 1)];
			at--;
		}
		sorted[at & (COUNT - 1)] = value;
	}
	for (u32 i = 0; i < COUNT; i++)
		sum = sum * 31 + sorted[i];
	return sum;
}
