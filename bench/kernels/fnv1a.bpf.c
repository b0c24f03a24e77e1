/* SPDX-License-Identifier: Apache-2.0 */
/* The 64-bit hash FNV-1a of 1,024 bytes: an exclusive or and a multiplication for each. */
#include "kernel.h"

MEMORY u8 input[1024];

KERNEL(fnv1a, input)
{
	u64 hash = 0xcbf29ce484222325;

	(void)ctx;
	for (u32 i = 0; i < sizeof(input); i++) {
		hash ^= input[i];
		hash *= 0x100000001b3;
	}
	return (u32)(hash ^ hash >> 32);
}
