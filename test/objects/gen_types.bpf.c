/* SPDX-License-Identifier: Apache-2.0 */
/* Types and names that are awkward on a host, for test/gen. What the program leaves in its
 * variables is a function of the frame's bytes, and is read by a host through what skep gen wrote.
 */
#include "bpf.h"

typedef u32 __be32;

enum color { RED = -1, GREEN = 5 };
enum wide { WIDE_ONE = 1, WIDE_TOP = 0xffffffffffffffffULL };
enum wide_signed { DEEP = -0x7fffffffffffffffLL - 1 };

/* 64-bit members behind smaller ones: 32-bit hosts may align them to 4. */
struct gaps {
	u8 a;
	u64 b;
	u16 c;
	u64 d;
	u8 e;
};

struct tight {
	u8 a;
	u64 b;
	u16 c[3];
	struct gaps gaps;
} __attribute__((packed));

struct bits {
	u32 a : 3, b : 10;
	u32 : 5;
	s32 c : 7;
	u8 plain;
	u64 d : 40, e : 24;
	u8 f : 1;
	_Bool g : 1;
	u16 h : 9;
};

/* The second one lies in two units. */
struct crossing {
	u32 a : 30, b : 4;
	u8 c;
	u32 d : 17;
} __attribute__((packed));

typedef struct {
	s16 x, y;
} point;

struct node {
	struct node *next;
	int (*compare)(const struct node *, const struct node *);
	point at[2][3];
	union {
		u64 word;
		struct {
			u32 low, high;
		};
		u8 bytes[8];
	};
	struct {
		union {
			double real;
			float half;
		};
		char text[6];
	} inner;
	enum color color;
	enum wide wide;
	enum wide_signed deep;
	__be32 address;
	_Bool set;
};

/* Names that C++ and preprocessors keep for themselves. */
struct class
{
	u32 new, delete, template, this, linux, unix, NULL_, __line;
	u8 bool;
};

struct tail {
	u32 count;
	u16 items[];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, struct gaps);
	__type(value, struct node);
} virtual SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(
		value, union {
			u64 word;
			u8 bytes[12];
		});
} unions SEC(".maps");

struct record {
	u64 number;
	u8 tag;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

HELPER long (*const bpf_ringbuf_output)(void *map, void *data, u64 size, u64 flags) = (void *)130;

const volatile u32 rate = 3;
const volatile struct gaps constants = { 1, 2, 3, 4, 5 };
u64 counter;
struct tight tight = { 1, 0x0102030405060708, { 9, 10, 11 }, { 1, 2, 3, 4, 5 } };
struct bits bits;
struct crossing crossing;
struct node node;
struct class class = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
struct tail tail = { 3, { 100, 200, 300 } };
unsigned __int128 huge;
point corners[2];
static volatile u32 hidden = 77;
volatile struct record unused_record SEC(".data.a-b");
u32 other SEC(".data.a_b") = 6;
s8 small SEC(".bss.small");

SEC("xdp")
int export(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(u64)ctx->data, *end = (u8 *)(u64)ctx->data_end;
	struct record record = { 0x1122334455667788, 7 };
	struct gaps key = {};

	if (data + 2 > end)
		return XDP_ABORTED;
	counter += rate;
	key.a = data[0];
	key.d = 1ULL << 40;
	bits.a = 5;
	bits.b = 1000;
	bits.c = -3;
	bits.plain = data[1];
	bits.d = 0x123456789a;
	bits.e = 0xabcdef;
	bits.f = 1;
	bits.g = 1;
	bits.h = 300;
	crossing.a = 0x2aaaaaaa;
	crossing.b = 9;
	crossing.c = 200;
	crossing.d = 0x1ffff;
	tight.b++;
	tight.gaps.d = constants.d + counter;
	node.at[1][2].y = -9;
	node.word = 0x0000000500000006;
	node.inner.text[0] = 'a' + (data[0] & 15);
	node.color = RED;
	node.wide = WIDE_TOP;
	node.deep = DEEP;
	node.address = __builtin_bswap32(0x7f000001);
	node.set = 1;
	class.this += 1;
	hidden += 1;
	other = class.bool;
	small = -4;
	huge = 1;
	corners[1].x = 12;
	tail.items[2] += 1;
	bpf_map_update_elem(&virtual, &key, &node, BPF_ANY);
	bpf_ringbuf_output(&records, &record, sizeof(record), 0);
	return XDP_PASS;
}

/* A second program, of another type. */
SEC("socket")
int switch_(void *skb)
{
	return counter;
}

LICENSE("Apache-2.0");
