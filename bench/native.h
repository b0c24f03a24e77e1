/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels as functions of the machine that measures. */
#ifndef SKEP_BENCH_NATIVE_H
#define SKEP_BENCH_NATIVE_H

#include "skep.h"

struct bench_native {
	uint32_t (*run)(const struct skep_xdp *ctx);
	void *input; /* filled before a run */
	size_t input_bytes;
};

#define KERNEL_ROW(name, content, packet_bytes)                                                    \
	extern const struct bench_native bench_native_##name;
#include "kernels.def"

/* The map of the kernel hash_map, set before a run. */
extern struct skep_map *bench_map_counts;

/* The helpers, as native code calls them. */
void *bench_map_lookup(struct skep_map *map, const void *key);
long bench_map_update(struct skep_map *map, const void *key, const void *value, uint64_t flags);
long bench_map_delete(struct skep_map *map, const void *key);

#endif
