/* SPDX-License-Identifier: Apache-2.0 */
/* Asks everything that CO-RE can ask, of structures that core_target_*.bpf.c have otherwise.
 * Programs read a struct host that begins the packet. */
#include "bpf.h"
#include "core.h"

enum color { RED = 1, GREEN = 2, BLUE = 3 };
enum wide { WIDE_SMALL = 1, WIDE_LARGE = 0x123456789aULL };
enum deep { DEEP_MINUS = -7, DEEP_LOW = -(1ll << 40) };

struct inner {
	u32 a;
	u16 b;
} PORTABLE;

typedef struct {
	u32 x, y;
} point_t;

struct host {
	u32 id;
	u16 port;
	s8 level;
	u32 bits_a : 3;
	u32 bits_b : 7;
	s32 bits_c : 5;
	s32 delta : 6;
	struct inner in;
	u32 table[4];
	struct {
		u32 hidden;
		union {
			u32 either;
			u16 other;
		};
	};
	u64 total;
	void *next;
	enum color color;
	struct inner list[3];
	u8 tail[];
} PORTABLE;

/* The same structure as an older version of it was. */
struct host___old {
	u32 was_here;
	u16 port;
} PORTABLE;

struct gone {
	u32 a;
} PORTABLE;

union either {
	u32 a;
	u64 b;
} PORTABLE;

struct opaque;
typedef int (*callback_t)(struct host *, int);

struct sparse {
	struct inner *in;
	struct opaque *what;
	callback_t call;
	int numbers[2];
} PORTABLE;

struct big {
	u32 first, last;
} PORTABLE;

struct wrap {
	struct {
		u32 a;
	} inside;
} PORTABLE;

#define ROOM 512

static struct host *packet(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return data + ROOM <= end ? data : NULL;
}

SEC("xdp") int offsets(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	if (host == NULL)
		return 0;
	return host->id + host->port + host->in.b + host->table[2] + host->hidden + host->either +
	       (int)host->total + host->list[1].a;
}

SEC("xdp") int stores(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	if (host == NULL)
		return 0;
	host->id = 0x11223344;
	host->port = 0x5566;
	host->table[3] = ctx->ingress_ifindex;
	host->in.a++;
	return 1;
}

SEC("xdp") int elements(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	if (host == NULL)
		return 0;
	return host->tail[3] + host->list[2].b;
}

SEC("xdp") int second(struct xdp_md *ctx)
{
	struct inner *in = (struct inner *)packet(ctx);

	return in == NULL ? 0 : (int)in[2].a;
}

#define BITS(host, field)                                                                          \
	({                                                                                         \
		const u8 *at = (const u8 *)(host) + field_offset((host)->field);                   \
		u64 value = 0;                                                                     \
                                                                                                   \
		switch (field_size((host)->field)) {                                               \
		case 1: value = *at; break;                                                        \
		case 2: value = *(const u16 *)at; break;                                           \
		case 4: value = *(const u32 *)at; break;                                           \
		case 8: value = *(const u64 *)at; break;                                           \
		}                                                                                  \
		value <<= field_lshift((host)->field);                                             \
		field_signed((host)->field) ? (u64)((s64)value >> field_rshift((host)->field))     \
					    : value >> field_rshift((host)->field);                \
	})

SEC("xdp") int bit_fields(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	if (host == NULL)
		return 0;
	return (int)(BITS(host, bits_a) << 20 | (BITS(host, bits_b) & 0xff) << 8 |
		     (BITS(host, bits_c) & 0xff));
}

SEC("xdp") int whole_bits(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	return host == NULL ? 0 : (int)BITS(host, delta);
}

SEC("xdp") int shifts(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	if (host == NULL)
		return 0;
	return field_lshift(host->port) + 100 * field_rshift(host->level) +
	       10000 * field_signed(host->level) + 20000 * field_signed(host->color) +
	       100000 * field_size(host->table) + 10000000 * field_size(host->in);
}

SEC("xdp") int types(struct xdp_md *ctx)
{
	return type_size(struct host) + type_exists(struct gone) * 1000 +
	       type_exists(point_t) * 2000 + type_exists(union either) * 4000 +
	       type_exists(enum color) * 8000 + type_exists(callback_t) * 16000 +
	       type_size(struct gone) * 100000;
}

SEC("xdp") int ids(struct xdp_md *ctx)
{
	return (int)(type_local(struct host) + type_target(struct host) * 1000 +
		     type_target(struct gone) * 1000000);
}

SEC("xdp") int matches(struct xdp_md *ctx)
{
	return type_matches(struct inner) + type_matches(struct sparse) * 2 +
	       type_matches(struct host) * 4 + type_matches(union either) * 8 +
	       type_matches(enum color) * 16 + type_matches(point_t) * 32 +
	       type_matches(struct gone) * 64 + type_matches(callback_t) * 128 +
	       type_matches(struct wrap) * 256;
}

SEC("xdp") int enumerators(struct xdp_md *ctx)
{
	return enum_exists(enum color, RED) + enum_exists(enum color, BLUE) * 2 +
	       (int)enum_value(enum color, GREEN) * 10 +
	       (int)(enum_value(enum wide, WIDE_LARGE) >> 32) * 1000 +
	       (enum_value(enum deep, DEEP_MINUS) == -9) * 100000;
}

SEC("xdp") int guarded(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);
	struct gone *gone = (struct gone *)host;
	struct host___old *old = (struct host___old *)host;

	if (host == NULL)
		return 0;
	if (field_exists(gone->a))
		return gone->a;
	if (field_exists(old->was_here))
		return old->was_here;
	if (enum_exists(enum color, BLUE))
		return (int)enum_value(enum color, BLUE);
	return old->port;
}

SEC("xdp") int unguarded(struct xdp_md *ctx)
{
	struct gone *gone = (struct gone *)packet(ctx);

	return gone == NULL ? 0 : gone->a;
}

SEC("xdp") int missing_enumerator(struct xdp_md *ctx)
{
	return (int)enum_value(enum color, BLUE);
}

/* Signed numbers do not grow by themselves. */
SEC("xdp") int resized(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	return host == NULL ? 0 : host->level;
}

SEC("xdp") int pointers(struct xdp_md *ctx)
{
	struct host *host = packet(ctx);

	return host == NULL ? 0 : (int)(u64)host->next;
}

SEC("xdp") int far(struct xdp_md *ctx)
{
	struct big *big = (struct big *)packet(ctx);

	return big == NULL ? 0 : field_offset(big->last);
}

SEC("xdp") int far_load(struct xdp_md *ctx)
{
	struct big *big = (struct big *)packet(ctx);

	return big == NULL ? 0 : big->last;
}

struct torn {
	u32 a, b;
} PORTABLE;

SEC("xdp") int ambiguous(struct xdp_md *ctx)
{
	struct torn *torn = (struct torn *)packet(ctx);

	return torn == NULL ? 0 : torn->b;
}

struct torn_too {
	u32 a, b;
} PORTABLE;

/* It is there in all of them, and not at one place. */
SEC("xdp") int ambiguous_question(struct xdp_md *ctx)
{
	struct torn_too *torn = (struct torn_too *)packet(ctx);

	return torn != NULL && field_exists(torn->b);
}

LICENSE("GPL");
