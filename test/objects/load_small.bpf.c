/* SPDX-License-Identifier: Apache-2.0 */
/* A little of everything in few bytes: tests damage this object in every way. gcc builds it too,
 * and writes down the types of whole headers: so there is none. */
#define SEC(name)            __attribute__((section(name), used))
#define NOINLINE             __attribute__((noinline))
#define __uint(name, number) int(*name)[number]
#define __type(name, type)   typeof(type) *name
#define __array(name, type)  typeof(type) *name[]

typedef unsigned int u32;
typedef unsigned long long u64;

enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_PROG_ARRAY = 3 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

int pass(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [1] = &pass } };

static volatile int first = 1, second = 2;
int third = 3;

static NOINLINE int add(int x)
{
	return x + first;
}

static NOINLINE int subtract(int x)
{
	return x - second;
}

NOINLINE int multiply(int x)
{
	return x * third;
}

SEC("xdp")
int pass(void *ctx)
{
	return add((int)(long)ctx) + subtract((int)(long)&counts);
}

SEC("tc")
int drop(void *ctx)
{
	return multiply((int)(long)ctx) + (int)(long)&subtract + (int)(long)&jumps;
}

char LICENSE[] SEC("license") = "GPL";
