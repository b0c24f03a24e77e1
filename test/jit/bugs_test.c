/* SPDX-License-Identifier: Apache-2.0 */
/* Bugs that JITs of other engines have had, each as the smallest program that shows it, with r0 by
 * hand from RFC 9669. Those that need more than one program are in the tests beside this. */
#include "engines.h"

struct bug {
	const char *name; /* where it was: a commit of Linux, or what an engine did */
	const char *text;
	uint64_t wanted;
};

#define DIRTY0 "r0 = 0xffffffff80000000 ll\n"
#define TOP    "r0 >>= 32\n"
#define END    "exit\n"

static const struct bug BUGS[] = {
	/* The upper half after 32-bit operations. */
	{ "rv64 1e692f09e091: w0 += w1 with w1 = 0", DIRTY0 "w1 = 0\nw0 += w1\n" TOP END, 0 },
	{ "w0 -= w1", DIRTY0 "w1 = 0\nw0 -= w1\n" TOP END, 0 },
	{ "w0 *= w1", DIRTY0 "w1 = 1\nw0 *= w1\n" TOP END, 0 },
	{ "w0 /= w1", DIRTY0 "w1 = 1\nw0 /= w1\n" TOP END, 0 },
	{ "w0 |= w1", DIRTY0 "w1 = 0\nw0 |= w1\n" TOP END, 0 },
	{ "w0 &= w0", DIRTY0 "w0 &= w0\n" TOP END, 0 },
	{ "w0 <<= w1 by 0", DIRTY0 "w1 = 0\nw0 <<= w1\n" TOP END, 0 },
	{ "w0 >>= w1 by 32", DIRTY0 "w1 = 32\nw0 >>= w1\n" TOP END, 0 },
	{ "w0 s>>= w1 by 0", DIRTY0 "w1 = 0\nw0 s>>= w1\n" TOP END, 0 },
	{ "w0 %= w1 by 0", DIRTY0 "w1 = 0\nw0 %= w1\n" TOP END, 0 },
	{ "w0 s%= w1 by 0", DIRTY0 "w1 = 0\nw0 s%= w1\n" TOP END, 0 },
	{ "w0 ^= w1", DIRTY0 "w1 = 0\nw0 ^= w1\n" TOP END, 0 },
	{ "w0 = w0", DIRTY0 "w0 = w0\n" TOP END, 0 },
	{ "w0 = -w0", DIRTY0 "w0 = -w0\n" TOP END, 0 },
	{ "s390 db7bee653859: w0 += 0", DIRTY0 "w0 += 0\n" TOP END, 0 },
	{ "w0 -= 0", DIRTY0 "w0 -= 0\n" TOP END, 0 },
	{ "w0 |= 0", DIRTY0 "w0 |= 0\n" TOP END, 0 },
	{ "w0 ^= 0", DIRTY0 "w0 ^= 0\n" TOP END, 0 },
	{ "w0 <<= 0", DIRTY0 "w0 <<= 0\n" TOP END, 0 },
	{ "w0 s>>= 0", DIRTY0 "w0 s>>= 0\n" TOP END, 0 },
	{ "w0 *= 1", DIRTY0 "w0 *= 1\n" TOP END, 0 },
	{ "w0 /= 1", DIRTY0 "w0 /= 1\n" TOP END, 0 },
	{ "w0 s/= 1", DIRTY0 "w0 s/= 1\n" TOP END, 0 },
	{ "w0 s/= -1", DIRTY0 "w0 s/= -1\n" TOP END, 0 },
	{ "w0 &= -1", DIRTY0 "w0 &= -1\n" TOP END, 0 },
	{ "loongarch dacd348b8a99: w0 s/= w1", "w0 = -7\nw1 = 2\nw0 s/= w1\n" END, 0xfffffffd },
	{ "loongarch dacd348b8a99: w0 s%= w1", "w0 = -7\nw1 = 2\nw0 s%= w1\n" END, 0xffffffff },
	{ "loongarch 772cbe948fb0: w0 = (s8)w2", "r2 = 0x80\n" DIRTY0 "w0 = (s8)w2\n" TOP END, 0 },
	{ "arm64 7dba5131b784: bswap32", "r0 = 0xffffffff000000ff ll\nr0 = bswap32 r0\n" END,
	  0xff000000 },
	{ "bswap16", "r0 = 0xffffffffffff0180 ll\nr0 = bswap16 r0\n" END, 0x8001 },
	{ "division by a register destroys the upper half of r0",
	  "r0 = 0x1234567800000000 ll\nw6 = 100\nw7 = 7\nw6 /= w7\nr0 += r6\n" END,
	  0x123456780000000e },
	{ "32-bit load leaves the upper half",
	  "*(u64 *)(r10 -8) = -1\n" DIRTY0 "r0 = *(u32 *)(r10 -8)\n" TOP END, 0 },
	{ "16-bit load leaves the upper half",
	  "*(u64 *)(r10 -8) = -1\n" DIRTY0 "r0 = *(u16 *)(r10 -8)\nr0 >>= 16\n" END, 0 },
	/* Immediates. */
	{ "s390 6e61dc9da0b7: r0 -= -0x80000000", "r0 = 0\nr0 -= -2147483648\n" END, 0x80000000 },
	{ "r0 += -0x80000000", "r0 = 0\nr0 += -2147483648\n" END, 0xffffffff80000000 },
	{ "r0 &= -0x80000000", "r0 = -1\nr0 &= -2147483648\n" END, 0xffffffff80000000 },
	{ "if r1 == -0x80000000",
	  "r0 = 0\nr1 = -2147483648\nif r1 != -2147483648 goto +1\nr0 = 1\n" END, 1 },
	{ "if r1 > 0x7ffff800",
	  "r0 = 0\nr1 = 0x7ffff801\nif r1 > 0x7ffff800 goto +1\nexit\nr0 = 1\n" END, 1 },
	{ "ppc: r0 %= 1", "r0 = 12345\nr0 %= 1\n" END, 0 },
	{ "r0 s%= 1", "r0 = -12345\nr0 s%= 1\n" END, 0 },
	{ "r0 s%= -1", "r0 = -12345\nr0 s%= -1\n" END, 0 },
	{ "r0 /= -1 is unsigned", "r0 = -1\nr0 /= -1\n" END, 1 },
	{ "r0 /= 0x40000000", "r0 = 0xc000000000000000 ll\nr0 /= 0x40000000\n" END, 0x300000000 },
	{ "w0 /= 0x80000000", "w0 = -1\nw0 /= -2147483648\n" END, 1 },
	{ "w0 %= 0x80000000", "w0 = -1\nw0 %= -2147483648\n" END, 0x7fffffff },
	{ "r0 /= 0", "r0 = 5\nr0 /= 0\n" END, 0 },
	{ "r0 %= 0", "r0 = 5\nr0 %= 0\n" END, 5 },
	{ "shift by an immediate over 127", "r0 = 1\nr0 <<= 63\nr0 >>= 62\n" END, 2 },
	/* Shifts. */
	{ "arm32 bb9562cf5c67: r0 <<= 0", "r0 = 0x123456789 ll\nr0 <<= 0\n" END, 0x123456789 },
	{ "r0 <<= 32", "r0 = 0x123456789 ll\nr0 <<= 32\n" END, 0x2345678900000000 },
	{ "r0 s>>= 63", "r0 = 0x8000000000000000 ll\nr0 s>>= 63\n" END, ~0ull },
	{ "rX <<= rX corrupts r4", "r4 = 44\nr2 = 3\nr2 <<= r2\nr0 = r4\nr0 += r2\n" END, 68 },
	{ "r4 <<= r4", "r4 = 3\nr4 <<= r4\nr0 = r4\n" END, 24 },
	{ "r4 <<= r1 keeps r1", "r4 = 3\nr1 = 2\nr4 <<= r1\nr0 = r4\nr0 += r1\n" END, 14 },
	/* Division. */
	{ "r0 /= r0 with 0", "r0 = 0\nr0 /= r0\n" END, 0 },
	{ "r0 /= r0", "r0 = 9\nr0 /= r0\n" END, 1 },
	{ "r3 %= r3", "r3 = 9\nr3 %= r3\nr0 = r3\n" END, 0 },
	{ "stable 4902a6a0dc59: smallest s/ -1",
	  "r0 = 0x8000000000000000 ll\nr1 = -1\nr0 s/= r1\n" END, 0x8000000000000000 },
	{ "smallest s% -1", "r0 = 0x8000000000000000 ll\nr1 = -1\nr0 s%= r1\n" END, 0 },
	{ "smallest s/ -1, 32 bits", "w0 = -2147483648\nw1 = -1\nw0 s/= w1\n" END, 0x80000000 },
	{ "smallest s% -1, 32 bits", "w0 = -2147483648\nw1 = -1\nw0 s%= w1\n" END, 0 },
	{ "32-bit division looks at 32 bits of the divisor",
	  "w0 = 7\nr1 = 0x100000000 ll\nw0 /= w1\n" END, 0 },
	{ "arm32: r1 to r5 live across a division",
	  "r1 = 1\nr2 = 2\nr3 = 4\nr4 = 8\nr5 = 16\nr6 = 320\nr6 /= r5\nr0 = r1\nr0 += r2\n"
	  "r0 += r3\nr0 += r4\nr0 += r5\nr0 += r6\n" END,
	  51 },
	/* Comparisons. */
	{ "x86-32 80f1f8503635: 32-bit jset with upper bits",
	  "r0 = 0\nr1 = 0xffffffff00000000 ll\nr2 = -1\nif w1 & w2 goto +1\nr0 = 1\n" END, 1 },
	{ "jset does not write", "r1 = 6\nif r1 & 3 goto +1\nexit\nr0 = r1\n" END, 6 },
	{ "jset with 0x80 is not sign-extended",
	  "r0 = 0\nr1 = 0x100\nif r1 & 0x80 goto +1\nr0 = 1\n" END, 1 },
	{ "jset with 0x80000000 is",
	  "r0 = 0\nr1 = 0x100000000 ll\nif r1 & -2147483648 goto +1\nexit\nr0 = 1\n" END, 1 },
	/* Atomics. */
	{ "x86 b29dd96b905f: fetch_or with r0 as source",
	  "*(u64 *)(r10 -8) = 5\nr0 = 2\nr0 = atomic64_fetch_or((u64 *)(r10 -8), r0)\n"
	  "r1 = *(u64 *)(r10 -8)\nr1 <<= 8\nr0 += r1\n" END,
	  0x705 },
	{ "x86 ced185824c89: fetch_and keeps r0",
	  "*(u64 *)(r10 -8) = 7\nr0 = 100\nr1 = 3\nr1 = atomic64_fetch_and((u64 *)(r10 -8), r1)\n"
	  "r0 += r1\n" END,
	  107 },
	{ "fetch_xor with r0 as address",
	  "*(u64 *)(r10 -8) = 7\nr0 = r10\nr1 = 3\nr1 = atomic64_fetch_xor((u64 *)(r0 -8), r1)\n"
	  "r0 = *(u64 *)(r0 -8)\nr0 <<= 8\nr0 += r1\n" END,
	  0x407 },
	{ "32-bit fetch_add clears the source's upper half",
	  "*(u64 *)(r10 -8) = 0\nr0 = -1\nw0 = atomic_fetch_add((u32 *)(r10 -8), w0)\n" END, 0 },
	{ "32-bit cmpxchg that succeeds clears r0's upper half",
	  "*(u64 *)(r10 -8) = 5\nr0 = 0xdeadbeef00000005 ll\nr1 = 9\n"
	  "w0 = cmpxchg32_32(r10 -8, w0, w1)\n" END,
	  5 },
	{ "32-bit cmpxchg that fails clears r0's upper half",
	  "*(u64 *)(r10 -8) = 5\nr0 = 0xffffffff00000006 ll\nr1 = 9\n"
	  "w0 = cmpxchg32_32(r10 -8, w0, w1)\n" END,
	  5 },
	{ "atomics do not write their address",
	  "*(u64 *)(r10 -8) = 5\nr1 = r10\nr1 += -8\nr2 = 1\n"
	  "lock *(u64 *)(r1 +0) += r2\nr0 = *(u64 *)(r1 +0)\n" END,
	  6 },
	/* Stores. */
	{ "x86 aee194b14dd2: byte store of r1",
	  "*(u64 *)(r10 -8) = 0\nr1 = 0x1234\n"
	  "*(u8 *)(r10 -8) = r1\nr0 = *(u64 *)(r10 -8)\n" END,
	  0x34 },
	{ "store of an immediate is sign-extended to 64 bits",
	  "*(u64 *)(r10 -8) = -2\nr0 = *(u64 *)(r10 -8)\n" END, ~1ull },
};

TEST(known_bugs)
{
	static struct program program;

	for (size_t i = 0; i < COUNT(BUGS); i++) {
		test_case("%s", BUGS[i].name);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
		if (strstr(BUGS[i].text, "(r10 -8)") != NULL)
			continue; /* narrow views of wide stores */
#endif
		CHECK(open_text(&program, BUGS[i].text, NULL, 0));
		CHECK_EQ(run_interp(&program, NULL, 0), BUGS[i].wanted);
		CHECK_EQ(run_jit(&program, NULL, 0), BUGS[i].wanted);
		close_program(&program);
	}
}

TESTS_BEGIN
T(known_bugs)
TESTS_END
