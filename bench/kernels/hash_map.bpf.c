/* SPDX-License-Identifier: Apache-2.0 */
/* Counts 128 packets by source in a hash map, then reads and removes every count. */
#include "kernel.h"

enum { PACKETS = 128, SOURCES = 32 };

HASH_MAP(counts, u32, u64, 2 * SOURCES);
MEMORY u32 input[PACKETS];

KERNEL(hash_map, input)
{
	u64 sum = 0;

	(void)ctx;
	for (u32 i = 0; i < PACKETS; i++) {
		u32 source = input[i] & (SOURCES - 1);
		u64 *count = bpf_map_lookup_elem(MAP(counts), &source), one = 1;

		if (count != (void *)0)
			*count += source + 1;
		else
			bpf_map_update_elem(MAP(counts), &source, &one, 0);
	}
	for (u32 source = 0; source < SOURCES; source++) {
		u32 key = source;
		u64 *count = bpf_map_lookup_elem(MAP(counts), &key);

		if (count == (void *)0)
			continue;
		sum = sum * 31 + *count;
		bpf_map_delete_elem(MAP(counts), &key);
	}
	return (u32)(sum ^ sum >> 32);
}
