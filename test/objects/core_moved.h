/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the structures of core_app.bpf.c: fields moved, were renamed and removed, grew,
 * went into anonymous structures and came out of them. Included by the target and by the test that
 * fills packets with it. */
#ifndef SKEP_TEST_CORE_MOVED_H
#define SKEP_TEST_CORE_MOVED_H

enum color { RED = 4, GREEN = 77 };
enum wide { WIDE_SMALL = 1, WIDE_LARGE = 0x2200000001ULL };
enum deep { DEEP_MINUS = -9, DEEP_LOW = -(1ll << 41) };

struct inner {
	unsigned char before[6];
	unsigned short b;
	unsigned int a;
};

typedef struct {
	unsigned int y, x, z;
} point_t;

struct host {
	unsigned long long total;
	unsigned long long id; /* was 32 bits */
	unsigned int either;   /* was anonymous */
	struct inner list[3];
	struct {
		unsigned short other_port;
		union {
			unsigned short port; /* was not */
			unsigned char port_bytes[2];
		};
		struct inner in;
	};
	unsigned int pad : 30;
	unsigned int bits_a : 3;
	unsigned int bits_b : 9;
	signed int bits_c : 9;
	signed char delta; /* was a bit-field */
	short level;       /* was 8 bits */
	unsigned int table[8];
	unsigned int hidden;
	void *next;
	enum color color;
	unsigned char tail[];
};

union either {
	unsigned long long b;
	unsigned int a;
};

struct opaque {
	int x;
};
typedef int (*callback_t)(struct host *, int);

struct sparse {
	callback_t call;
	struct inner *in;
	struct opaque *what;
	int numbers[2];
	int more;
};

struct wrap {
	union { /* was a structure */
		unsigned int a;
	} inside;
};

struct big {
	unsigned int first;
	unsigned char between[40000];
	unsigned int last;
};

#endif
