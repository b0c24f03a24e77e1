/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A large object in the manner of tracing tools: one program that reads several hundred fields of
 * about a hundred of the kernel's structures by bpf_probe_read_kernel(), with two relocations each.
 * Only what is read is declared, with types of the same kind; a kernel that lacks a field makes
 * that read one that must not run.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

static long (*const bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;

#define STRUCT(name, fields)                                                                       \
	struct name {                                                                              \
		fields                                                                             \
	} __attribute__((preserve_access_index));
#define FIELD(type, name) type name;
#include "large_types.h"

#define FIELD_EXISTS 2

/* Each field that the kernel has. */
#define STRUCT(name, fields)                                                                       \
	static __attribute__((always_inline)) u64 read_##name(const struct name *at, u64 sum)      \
	{                                                                                          \
		fields return sum;                                                                 \
	}
#define FIELD(type, name)                                                                          \
	if (__builtin_preserve_field_info(at->name, FIELD_EXISTS)) {                               \
		u64 value = 0;                                                                     \
                                                                                                   \
		bpf_probe_read_kernel(&value, sizeof(at->name), &at->name);                        \
		sum = sum * 31 + value;                                                            \
	}
#include "large_types.h"

__attribute__((section("raw_tp/sched_switch"), used)) int sched_switch(u64 *ctx)
{
	u64 sum = 1;

#define STRUCT(name, fields) sum = read_##name((const struct name *)ctx[__COUNTER__ % 8], sum);
#define FIELD(type, name)
#include "large_types.h"
	return sum != 0;
}

char LICENSE[] __attribute__((section("license"), used)) = "GPL";
