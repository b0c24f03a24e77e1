/* SPDX-License-Identifier: Apache-2.0 */
/* References of every kind, one in each function, so that a test knows them without knowing what a
 * compiler does. */
#include "bpf.h"

int visible = 11;
static volatile int hidden = 22;
static volatile int numbers[6] = { 1, 2, 3, 4, 5, 6 };
int shown[6] = { 1, 2, 3, 4, 5, 6 };
static volatile long long zeroed[3];
const volatile int constant = 33;
static volatile const char text[] = "a text that is long enough";
int special SEC(".data.special") = 44;

extern int outside(int x) __attribute__((weak)) __attribute__((section(".ksyms")));

NOINLINE int follow(const volatile int *p)
{
	return *p;
}

static NOINLINE int static_in_text(int x)
{
	return x * hidden;
}

NOINLINE int global_in_text(int x)
{
	return x * visible;
}

static NOINLINE int second_static_in_text(int x)
{
	return x * constant;
}

__attribute__((visibility("hidden"))) NOINLINE int hidden_in_text(int x)
{
	return x * special;
}

static long each(u32 index, void *ctx)
{
	*(u32 *)ctx += index;
	return 0;
}

SEC("xdp")
int calls_static(struct xdp_md *ctx)
{
	return static_in_text((int)ctx->rx_queue_index);
}

SEC("xdp")
int calls_second_static(struct xdp_md *ctx)
{
	return second_static_in_text((int)ctx->rx_queue_index);
}

static SEC("xdp") NOINLINE int static_in_xdp(int x)
{
	return x + (int)zeroed[2];
}

SEC("xdp")
int calls_global(struct xdp_md *ctx)
{
	return global_in_text((int)ctx->rx_queue_index);
}

SEC("xdp")
int calls_own_section(struct xdp_md *ctx)
{
	return static_in_xdp((int)ctx->rx_queue_index);
}

SEC("xdp")
int calls_hidden(struct xdp_md *ctx)
{
	return hidden_in_text((int)ctx->rx_queue_index);
}

SEC("tc")
int passes_function(void *ctx)
{
	u32 sum = 0;

	(void)ctx;
	bpf_loop(4, each, &sum, 0);
	return (int)sum;
}

SEC("tc")
int reads_text(struct xdp_md *ctx)
{
	return text[ctx->rx_queue_index & 7];
}

SEC("?fentry.s/do_thing")
int follows_static(void *ctx)
{
	(void)ctx;
	return follow(&numbers[3]);
}

SEC("lsm.s")
int follows_global(void *ctx)
{
	(void)ctx;
	return follow(&shown[5]);
}

SEC("no such name")
int unknown_section(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("kprobe/only_static")
static int only_static(void *ctx)
{
	(void)ctx;
	return 5;
}

SEC("raw_tp/thing")
int calls_outside(void *ctx)
{
	(void)ctx;
	return outside(1);
}

LICENSE("GPL");
