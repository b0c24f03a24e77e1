/* SPDX-License-Identifier: Apache-2.0 */
/* The product of two matrices of 16 by 16 32-bit numbers. */
#include "kernel.h"

enum { SIZE = 16 };

MEMORY u32 input[2 * SIZE * SIZE];
MEMORY u32 product[SIZE * SIZE];

KERNEL(matrix, input)
{
	const u32 *a = input, *b = input + SIZE * SIZE;
	u32 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < SIZE; i++)
		for (u32 j = 0; j < SIZE; j++) {
			u32 dot = 0;

			for (u32 k = 0; k < SIZE; k++)
				dot += a[i * SIZE + k] * b[k * SIZE + j];
			product[i * SIZE + j] = dot;
		}
	for (u32 i = 0; i < SIZE * SIZE; i++)
		sum = sum * 31 + product[i];
	return sum;
}
