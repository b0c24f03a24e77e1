/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of every kind and section, and programs that read and write them. */
#include "bpf.h"

enum colour { RED = 1, GREEN = 2, BLUE = -3 };
enum large { SMALL = 1, HUGE_VALUE = 0xfedcba9876543210ull };
enum place { SECOND = 1, LAST = 2 };

struct point {
	u8 n;
	s16 x;
	union {
		u32 word;
		u8 bytes[4];
	};
	struct {
		s32 deep;
	};
};

struct flags {
	u32 a : 3;
	s32 b : 5;
	u64 c : 40;
	u32 tail;
};

/* Integers of every size and sign. */
u8 small = 7;
s8 small_signed = -7;
u16 half = 0xbeef;
s32 number = -123456;
u64 wide = 0x0123456789abcdefull;
_Bool yes = 1;
enum colour colour = GREEN;
enum large large = HUGE_VALUE;
enum place place = LAST;
char text[8] = "hello";
u8 bytes[4] = { 1, 2, 3, 4 };

/* Pieces. */
struct point pts[3] = { { 1, -1, { 10 }, { -100 } }, { 2, -2, { 0x01020304 }, { -200 } } };
struct flags flags = { 5, -9, 0xabcdef0123ull, 99 };
u32 grid[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };

/* Symbols of every kind. */
static volatile int hidden_in_file = 3;
__attribute__((weak)) int weakling = 4;
__attribute__((visibility("hidden"))) int hush = 5;
u32 in_data SEC(".data.custom") = 6;
const volatile u32 in_rodata SEC(".rodata.custom") = 7;
u32 in_bss SEC(".bss.custom");

/* Zeroes, for programs to count in. */
u64 counter;
u32 narrow;
u32 __attribute__((aligned(64))) own_line;

/* Constants. */
const volatile u32 enabled;
const volatile u32 limit = 10;

/* Addresses. */
u32 *to_number = (u32 *)&number;
u32 *to_element = &grid[1][1];
const volatile u32 *const volatile to_constant SEC(".rodata.pointers") = &limit;
u64 same, other;

/* The last variable of a section of its own, to be made larger. */
u32 slots_used SEC(".data.slots") = 1;
u32 slots[1] SEC(".data.slots") = { 11 };

/* Of two functions, by one name. */
static NOINLINE int first(int by)
{
	static volatile int calls = 100;

	calls += by;
	return calls;
}

static NOINLINE int second(int by)
{
	static volatile int calls = 200;
	static volatile int only_here = 300;

	calls += by;
	return calls + only_here;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	(void)ctx;
	__sync_fetch_and_add(&counter, 1);
	narrow += limit;
	own_line = narrow;
	pts[2].n++;
	weakling += hush + hidden_in_file + in_data + in_rodata;
	in_bss++;
	return first(1) + second(2);
}

/* What `enabled` stands before is not to be verified while it is 0: no packet is there to read. */
SEC("xdp")
int guarded(struct xdp_md *ctx)
{
	if (enabled)
		return *(volatile u8 *)(unsigned long)ctx->data;
	return 1;
}

/* Compares addresses, and follows none. */
SEC("xdp")
int compare(struct xdp_md *ctx)
{
	(void)ctx;
	same = *(u32 *volatile *)&to_number == (u32 *)&number;
	other = *(u32 *volatile *)&to_element == (u32 *)&number;
	return to_constant == &limit;
}

/* Reads what the host has made larger. */
SEC("xdp")
int sum(struct xdp_md *ctx)
{
	u32 total = 0;

	(void)ctx;
	for (u32 i = 0; i < 4; i++)
		if (i < slots_used)
			total += slots[i & 3];
	return total;
}

LICENSE("GPL");
