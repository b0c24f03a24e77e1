/* SPDX-License-Identifier: Apache-2.0 */
/* What the BPF programs of the tests need of Linux's and libbpf's headers, so that they need
 * neither. */
#ifndef SKEP_TEST_BPF_H
#define SKEP_TEST_BPF_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#define NULL ((void *)0)

#define SEC(name)  __attribute__((section(name), used))
#define NOINLINE   __attribute__((noinline))
#define LICENSE(s) char LICENSE[] SEC("license") = s

/* Members of map definitions in .maps. */
#define __uint(name, number)  int(*name)[number]
#define __ulong(name, number) enum { VALUE_OF_##name = number } name
#define __type(name, type)    typeof(type) *name
#define __array(name, type)   typeof(type) *name[]

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_BLOOM_FILTER = 30,
};

enum { BPF_F_NO_PREALLOC = 1, BPF_F_NUMA_NODE = 4 };
enum { BPF_ANY, BPF_NOEXIST, BPF_EXIST };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

/* Helpers by their numbers; const, so that the compiler calls the number. */
#define HELPER static __attribute__((unused))
HELPER void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
HELPER long (*const bpf_map_update_elem)(void *map, const void *key, const void *value,
					 u64 flags) = (void *)2;
HELPER long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
HELPER u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
HELPER long (*const bpf_tail_call)(void *ctx, void *map, u32 index) = (void *)12;
HELPER long (*const bpf_loop)(u32 count, void *function, void *ctx, u64 flags) = (void *)181;

#endif
