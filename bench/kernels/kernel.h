/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel of the benchmark is written with. Each source is compiled twice: for eBPF, where it
 * is an XDP program, and for the machine that measures, where it is a function. It reads the packet
 * or its `input`, which the benchmark fills, and returns a checksum of all it computed. A run
 * leaves nothing behind that changes the next one.
 *
 *	MEMORY u8 input[1024];
 *
 *	KERNEL(fnv1a, input)
 *	{
 *		...
 *		return hash;
 *	}
 *
 * A kernel without an input says `nothing` in its place.
 */
#ifndef SKEP_BENCH_KERNEL_H
#define SKEP_BENCH_KERNEL_H

#ifdef __bpf__

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

#define MEMORY      /* a variable of the object */
#ifdef KERNEL_PLAIN /* the context is the packet itself, of that many bytes */
#define PACKET(ctx)     ((void *)(ctx))
#define PACKET_END(ctx) ((void *)(ctx) + KERNEL_PLAIN)
#else
#define PACKET(ctx)     ((void *)(long)(ctx)->data)
#define PACKET_END(ctx) ((void *)(long)(ctx)->data_end)
#endif
#define KERNEL(name, input)                                                                        \
	char LICENSE[] __attribute__((section("license"), used)) = "Apache-2.0";                   \
	__attribute__((section("xdp"), used)) int name(struct xdp_md *ctx)

#define MAP(name) (&name)
#define HASH_MAP(name, key_type, value_type, entries)                                              \
	struct {                                                                                   \
		int (*type)[1];                                                                    \
		key_type *key;                                                                     \
		value_type *value;                                                                 \
		int (*max_entries)[entries];                                                       \
	} name __attribute__((section(".maps"), used))

/* Helpers by their numbers; const, so that the compiler calls the number. */
#define HELPER static __attribute__((unused))
HELPER void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
HELPER long (*const bpf_map_update_elem)(void *map, const void *key, const void *value,
					 u64 flags) = (void *)2;
HELPER long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;

#else

#include "native.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define MEMORY          static
#define PACKET(ctx)     ((void *)(ctx)->data)
#define PACKET_END(ctx) ((void *)(ctx)->data_end)
#define KERNEL(name, input)                                                                        \
	static __attribute__((unused)) u8 nothing[1];                                              \
	static u32 run(const struct skep_xdp *ctx);                                                \
	const struct bench_native bench_native_##name = { run, input, sizeof(input) };             \
	static u32 run(const struct skep_xdp *ctx)

/* The maps of libskep, without a program between: what is compared is the program. */
#define MAP(name)                                     bench_map_##name
#define HASH_MAP(name, key_type, value_type, entries) struct skep_map *bench_map_##name
#define bpf_map_lookup_elem                           bench_map_lookup
#define bpf_map_update_elem                           bench_map_update
#define bpf_map_delete_elem                           bench_map_delete

#endif

#define NOINLINE __attribute__((noinline))

/* Makes the compiler forget what it knows of a variable. */
#define KEEP(variable) __asm__ volatile("" : "+r"(variable))

#endif
