/* SPDX-License-Identifier: Apache-2.0 */
/* A target in which names stand for several types: flavours that agree, and flavours that do not.
 */

struct inner {
	unsigned int a;
	unsigned short b;
};

struct inner___twin {
	unsigned int a;
	unsigned short b;
	unsigned short c;
};

/* `port` is at one place in both, `id` is not, `total` is in one only. */
struct host {
	unsigned int id;
	unsigned short port;
	struct inner in;
};

struct host___other {
	unsigned short id[2];
	unsigned short port;
	unsigned int more;
	unsigned long long total;
};

struct host___third {
	unsigned long long total;
	unsigned int id;
};

enum color { RED = 1 };
enum color___new { RED___new = 2, BLUE = 5 };

struct torn {
	unsigned int a, b;
};

struct torn___new {
	unsigned int b, a;
};

struct torn_too {
	unsigned int a, b;
};

struct torn_too___new {
	unsigned int b, a;
};

struct torn_too value_j;
struct torn_too___new value_k;
struct torn value_h;
struct torn___new value_i;
struct inner value_a;
struct inner___twin value_b;
struct host value_c;
struct host___other value_d;
struct host___third value_e;
enum color value_f;
enum color___new value_g;
