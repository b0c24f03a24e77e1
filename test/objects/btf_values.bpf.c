/* SPDX-License-Identifier: Apache-2.0 */
/* One variable with a member of each kind that a value can be of. */
#include "bpf.h"

/* skep-build: no v1 (only its data are looked at) */
/* skep-build: no v2 (only its data are looked at) */
/* skep-build: no v4 (only its data are looked at) */

enum wide_signed { WIDE_MORE = 1ll << 40, WIDE_LESS = -1 };
enum wide_unsigned { WIDE_TOP = 0xffffffffffffffffull, WIDE_ONE = 1 };
enum narrow { NARROW_ONE = 1, NARROW_MANY = 200 } __attribute__((packed));

struct each {
	float f;
	double d;
	enum wide_signed more, less;
	enum wide_unsigned top;
	enum narrow many;
	unsigned int a : 3;
	int n : 5;
	unsigned long long w : 40;
	_Bool t : 1;
	_Bool yes;
	signed char minus;
	char text[8];
	const volatile short odd;
	unsigned __int128 number;
	float floats[2];
	enum narrow list[2];
	union {
		unsigned int bits;
		float real;
	};
	long long negative : 33;
	unsigned char last : 4;
	int __attribute__((btf_type_tag("user"))) * pointer;
} __attribute__((btf_decl_tag("all")));

struct each value = {
	.f = 1.5f,
	.d = -2.25,
	.more = WIDE_MORE,
	.less = WIDE_LESS,
	.top = WIDE_TOP,
	.many = NARROW_MANY,
	.a = 5,
	.n = -3,
	.w = 0x123456789a,
	.t = 1,
	.yes = 1,
	.minus = -1,
	.text = "hey",
	.odd = -7,
	.number = 2,
	.floats = { 0.5f, 3 },
	.list = { NARROW_ONE, 7 },
	.bits = 0x40400000,
	.negative = -5,
	.last = 9,
};

SEC("socket")
int read_value(void *ctx)
{
	return (int)value.bits;
}
