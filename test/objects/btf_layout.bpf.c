/* SPDX-License-Identifier: Apache-2.0 */
/* Types that are hard to write down again: what compilers pad, pack, nest and name. */
#include "bpf.h"

/* skep-build: no v1 (only its types are looked at) */
/* skep-build: no v2 (only its types are looked at) */
/* skep-build: no v4 (only its types are looked at) */

enum byte_enum { BYTE_ONE = 1, BYTE_TOP = 255 } __attribute__((packed));
enum short_enum { SHORT_LOW = -300, SHORT_HIGH = 300 } __attribute__((packed));
enum long_enum { LONG_LOW = -1, LONG_HIGH = 1ll << 40 };
enum high_enum { HIGH_ALL = 0xffffffffffffffffull };
enum plain_enum { PLAIN_TOP = 0xffffffffu };
typedef enum { MODE_OFF, MODE_ON } mode_t_of_ours;

struct later;
union either_later;
struct node;
typedef struct node *node_pointer;
typedef int (*visit)(struct node *node, int (*each)(const char *restrict name, ...), void *);
typedef int function_type(struct later *, const int row[4]);
typedef int row[3];
typedef const row const_row;
typedef unsigned long long u64_chain;
typedef u64_chain u64_chain_2;

struct node {
	struct node *next, *const *volatile others;
	node_pointer previous;
	visit visit;
	function_type *function;
	int (*(*table[2])(int))(struct later *);
	int (*rows)[3];
	const volatile char *const name;
	union either_later *both;
};

struct bits {
	unsigned int a : 3;
	int : 5;
	unsigned int b : 9;
	_Bool c : 1;
	enum byte_enum d : 2;
	unsigned long long e : 40;
	unsigned char f : 4;
	unsigned int : 0;
	unsigned short g : 15;
};

struct packed_bits {
	unsigned char first;
	unsigned int a : 30;
	unsigned int b : 30;
	unsigned long long c : 33;
} __attribute__((packed));

struct unaligned {
	char tag;
	u64_chain_2 number;
	short last;
} __attribute__((packed));

struct half_aligned {
	char tag;
	u64_chain number;
	int last;
} __attribute__((packed, aligned(4)));

struct wide {
	char first;
	char line[3] __attribute__((aligned(64)));
	struct unaligned unaligned;
	struct half_aligned half[2];
} __attribute__((aligned(128)));

struct anonymous_inside {
	int kind;
	union {
		struct {
			short x, y;
			union {
				int deep;
				char bytes[5];
			};
		};
		long long number;
		struct {
			int only;
		} named;
	};
	struct {
		int a;
	} list[2], *pointer;
	enum { INSIDE_A, INSIDE_B } state;
	mode_t_of_ours mode;
};

struct flexible {
	int count;
	char name[];
};

struct zero {
	int values[0];
	struct {
	} nothing;
	char after;
};

struct flexible_in_padding {
	long long count;
	char flag;
	char rest[];
};

struct floats {
	float f;
	double d;
	char c;
	float g[2][3];
};

struct wide_number {
	char c;
	unsigned __int128 number;
};

/* Words of C++ and of compilers. */
struct class
{
	int new, private, linux, unix, this;
	struct class *template;
};

struct enums {
	enum byte_enum byte;
	enum short_enum small;
	enum long_enum large;
	enum high_enum high;
	enum plain_enum plain;
	const_row rows[2];
	_Bool yes;
	__attribute__((btf_type_tag("user"))) char *text;
} __attribute__((btf_decl_tag("tagged \"text\"")));

union sizes {
	char c[7];
	int i;
	struct unaligned u;
} __attribute__((aligned(16)));

struct node node;
struct bits bits;
struct packed_bits packed_bits;
struct wide wide;
struct anonymous_inside inside;
struct flexible flexible;
struct zero zero;
struct flexible_in_padding flexible_in_padding;
struct floats floats;
struct wide_number wide_number;
struct class class;
struct enums enums;
union sizes sizes;
static char counter_in_file;

SEC("socket")
int first(void *ctx)
{
	static int counter;

	node.next = 0;
	bits.a = 1;
	packed_bits.a = 1;
	wide.first = 1;
	inside.kind = 1;
	flexible.count = 1;
	zero.after = 1;
	flexible_in_padding.flag = 1;
	floats.c = 1;
	wide_number.c = 1;
	class.new = 1;
	enums.yes = 1;
	sizes.i = 1;
	counter_in_file++;
	return ++counter;
}

SEC("socket")
int second(void *ctx)
{
	static long long counter;

	return (int)++counter;
}
