/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, values, variables and records of every sort of type, filled from the frame's bytes alone,
 * so that every engine and machine must come to the same. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef long long s64;
typedef u16 __be16;
typedef u32 __be32;

struct xdp_md {
	u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

#define SEC(name)           __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) value *name

static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static long (*const map_update)(void *map, const void *key, const void *value,
				u64 flags) = (void *)2;
static long (*const ringbuf_output)(void *map, const void *data, u64 size, u64 flags) = (void *)130;

enum color { RED, GREEN = 5, BLUE };
enum level { LOW = -1, MIDDLE, HIGH };

struct key {
	__be32 address;
	__be16 port;
	u8 kind;
	u8 mac[5];
};

struct value {
	u64 packets;
	s64 balance;
	enum color color;
	u32 low : 3, middle : 10, high : 19;
	char name[8];
	union {
		u32 word;
		u8 bytes[4];
	};
	struct {
		s16 x, y;
	} point;
	_Bool seen;
};

struct {
	__uint(type, 1);
	__uint(max_entries, 64);
	__type(key, struct key);
	__type(value, struct value);
} table SEC(".maps");

struct {
	__uint(type, 2);
	__uint(max_entries, 300);
	__type(key, u32);
	__type(value, u64);
} sizes SEC(".maps");

struct {
	__uint(type, 6);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} per_cpu SEC(".maps");

/* No types: hexadecimal. */
struct {
	__uint(type, 1);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__uint(value_size, 8);
} plain SEC(".maps");

struct event {
	u32 number;
	u16 size;
	char tag[6];
};

struct {
	__uint(type, 27);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, 27);
	__uint(max_entries, 4096);
} raw SEC(".maps");

/* Keeps the structure in BTF. */
struct event *unused_event SEC(".data.types");

u8 tiny = 7;
s8 tiny_signed = -7;
u16 small = 0x1234;
u32 word = 100000;
u64 large = 0xfedcba9876543210ULL;
s64 negative = -5;
_Bool flag = 1;
enum color color = GREEN;
enum level level = LOW;
char label[8] = "first";
u16 triple[3] = { 1, 2, 3 };
char letter = 'x';
struct {
	u8 a;
	u32 b;
} pair = { 1, 2 };
volatile const u32 limit = 2;
u64 total;

SEC("xdp")
int types(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(u64)ctx->data, *end = (u8 *)(u64)ctx->data_end;
	const u64 size = end - data;
	struct key key = {};
	struct value value = {};
	struct event event = {};
	u32 index = size, zero = 0;
	u64 *slot, count = size;

	if (data + 14 > end)
		return 0;
	total += size;
	key.address = __builtin_bswap32(0x0a000000 + data[13]);
	key.port = __builtin_bswap16(53);
	key.kind = data[12];
	key.mac[0] = data[0];
	key.mac[4] = data[5];
	value.packets = large;
	value.balance = negative - data[13];
	value.color = data[13] & 1 ? BLUE : 77;
	value.low = data[13];
	value.middle = 1000;
	value.high = 0x7ffff;
	value.name[0] = 'a' + (data[13] & 15);
	value.word = 0x01020304;
	value.point.x = -3;
	value.point.y = data[13];
	value.seen = flag;
	map_update(&table, &key, &value, 0);
	map_update(&plain, &index, &count, 0);
	slot = map_lookup(&sizes, &index);
	if (slot)
		*slot += 1;
	slot = map_lookup(&per_cpu, &zero);
	if (slot)
		*slot += size;
	event.number = total;
	event.size = size;
	event.tag[0] = 't';
	ringbuf_output(&events, &event, sizeof(event), 0);
	ringbuf_output(&raw, &event.number, 4, 0);
	return data[13] > limit ? 1 : 2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
