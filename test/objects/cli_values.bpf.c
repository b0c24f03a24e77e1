/* SPDX-License-Identifier: Apache-2.0 */
/* Variables and maps of the types that literals on the command line are read as. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef u16 __be16;
typedef u32 __be32;

#define SEC(name)           __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) __typeof__(value) *name

struct in_addr {
	__be32 s_addr;
};

struct in6_addr {
	u8 bytes[16];
};

enum wide { SMALL = 1, HUGE = 0x1234567890ULL };

struct inner {
	s8 low : 3;
	u8 high : 5;
	_Bool set : 1;
};

struct outer {
	u32 number;
	struct {
		u16 left;
		union {
			u16 right;
			u8 bytes[2];
		};
	};
	struct inner inner;
	char text[6];
	struct inner list[2];
};

struct wire {
	struct in6_addr from, to;
	struct in_addr gate;
	__be32 mask;
	__be16 port;
	u8 mac[6];
};

float single = 1;
double real = 1;
enum wide wide = SMALL;
unsigned __int128 giant = 1;
void *pointer;
_Bool flags[3];
u16 grid[2][3];
struct outer outer;
struct wire wire;
__be16 port;
struct in_addr gate;
char letters[4];
volatile const u8 limit = 9;

struct {
	__uint(type, 1);
	__uint(max_entries, 2);
	__type(key, struct wire);
	__type(value, struct outer);
} table SEC(".maps");

struct {
	__uint(type, 1);
	__uint(max_entries, 4);
	__type(key, char[8]);
	__type(value, long long);
} names SEC(".maps");

struct {
	__uint(type, 6);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u8[3]);
} per_cpu SEC(".maps");

struct {
	__uint(type, 3);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} jumps SEC(".maps");

SEC("xdp")
int values(void *ctx)
{
	(void)ctx;
	return limit + flags[0] + outer.number + wire.port + port + gate.s_addr + letters[0] +
	       grid[1][2] + wide + (int)(long)pointer + (int)giant;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
