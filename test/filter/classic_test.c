/* SPDX-License-Identifier: Apache-2.0 */
/* Classic BPF, instruction by instruction: what is refused and why, what each does on both engines,
 * and what stands behind the loads that are not of the packet. */
#include "filter.h"
#include "harness.h"

#define STMT(code, k)                                                                              \
	{                                                                                          \
		(code), 0, 0, (uint32_t)(k)                                                        \
	}
#define JUMP(code, k, jt, jf)                                                                      \
	{                                                                                          \
		(code), (jt), (jf), (uint32_t)(k)                                                  \
	}
#define LD_IMM(k)      STMT(0x00, k)
#define LDX_IMM(k)     STMT(0x01, k)
#define LD_W(k)        STMT(0x20, k)
#define LD_H(k)        STMT(0x28, k)
#define LD_B(k)        STMT(0x30, k)
#define AD(k)          STMT(0x20, 0xfffff000u + (k))
#define RET_K(k)       STMT(0x06, k)
#define RET_A          STMT(0x16, 0)
#define TAX            STMT(0x07, 0)
#define TXA            STMT(0x87, 0)
#define ST(k)          STMT(0x02, k)
#define LD_MEM(k)      STMT(0x60, k)
#define JEQ(k, jt, jf) JUMP(0x15, k, jt, jf)
#define JA(k)          STMT(0x05, k)

enum { PROG_MAX = 12 };

struct program {
	struct skep_classic_insn insns[PROG_MAX];
};

static uint32_t count_of(const struct program *program)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < PROG_MAX; i++)
		if (program->insns[i].code != 0 || program->insns[i].k != 0)
			count = i + 1;
	return count;
}

/* -------------------------------------------------------------------------------- rejections */

static const struct {
	const char *what, *report;
	struct program program;
} REFUSED[] = {
	{ "no return at the end",
	  "instruction 1: the last instruction is no return",
	  { { RET_K(1), LD_IMM(1) } } },
	{ "ld #imm of two bytes", "instruction 0: opcode 0x08", { { STMT(0x08, 1), RET_A } } },
	{ "ld of a double word",
	  "opcode 0x38 is none of classic BPF",
	  { { STMT(0x38, 1), RET_A } } },
	{ "ldx of the packet", "opcode 0x21", { { STMT(0x21, 1), RET_A } } },
	{ "ldx msh of a word", "opcode 0xa1", { { STMT(0xa1, 1), RET_A } } },
	{ "ld msh", "opcode 0xb0", { { STMT(0xb0, 1), RET_A } } },
	{ "ld len of a byte", "opcode 0x90", { { STMT(0x90, 0), RET_A } } },
	{ "st with a size", "opcode 0x0a", { { STMT(0x0a, 1), RET_A } } },
	{ "st with a mode", "opcode 0x62", { { STMT(0x62, 1), RET_A } } },
	{ "eBPF's mov", "opcode 0xb4", { { STMT(0xb4, 1), RET_A } } },
	{ "eBPF's arithmetic shift", "opcode 0xcc", { { STMT(0xcc, 1), RET_A } } },
	{ "eBPF's jne", "opcode 0x55", { { JUMP(0x55, 1, 0, 0), RET_A } } },
	{ "eBPF's jlt", "opcode 0xa5", { { JUMP(0xa5, 1, 0, 0), RET_A } } },
	{ "neg x", "opcode 0x8c", { { STMT(0x8c, 0), RET_A } } },
	{ "ja x", "opcode 0x0d", { { STMT(0x0d, 0), RET_A } } },
	{ "ret x", "opcode 0x0e", { { STMT(0x0e, 1) } } },
	{ "misc of another kind", "opcode 0x0f", { { STMT(0x0f, 1), RET_A } } },
	{ "an opcode of 16 bits", "opcode 0x116", { { STMT(0x116, 1), RET_A } } },
	{ "division by 0",
	  "instruction 0: this divides by zero; needed: another divisor",
	  { { STMT(0x34, 0), RET_A } } },
	{ "modulo 0", "instruction 0: this divides by zero", { { STMT(0x94, 0), RET_A } } },
	{ "shift by 32",
	  "this shifts 32 bits by 32; needed: a distance from 0 to 31",
	  { { STMT(0x64, 32), RET_A } } },
	{ "shift right by 2^32 - 1", "by 4294967295", { { STMT(0x74, -1), RET_A } } },
	{ "st M[16]", "this names word 16 of scratch memory", { { ST(16), RET_A } } },
	{ "stx M[16]", "this names word 16", { { STMT(0x03, 16), RET_A } } },
	{ "ld M[16]", "this names word 16", { { LD_MEM(16), RET_A } } },
	{ "ldx M[2^31]", "this names word 2147483648", { { STMT(0x61, 0x80000000), RET_A } } },
	{ "ld M[3], never written",
	  "instruction 0: word 3 of scratch memory may not have been written",
	  { { LD_MEM(3), RET_A } } },
	{ "ld M[3], written on one side",
	  "instruction 3: word 3",
	  { { LD_B(0), JEQ(1, 0, 1), ST(3), LD_MEM(3), RET_A } } },
	{ "ld M[3], written on the other side",
	  "instruction 4: word 3",
	  { { LD_B(0), JEQ(1, 1, 0), ST(3), JA(0), LD_MEM(3), RET_A } } },
	{ "ldx M[3], written behind",
	  "instruction 0: word 3",
	  { { STMT(0x61, 3), ST(3), RET_A } } },
	/* The jump to 4 has written word 1, but Linux takes 4 as reached from the return too. */
	{ "what stands behind a return",
	  "instruction 5: word 1",
	  { { LD_B(0), JEQ(1, 0, 1), JA(2), RET_K(0), RET_K(0), LD_MEM(1), RET_A } } },
	{ "jt past the end",
	  "instruction 0: this jumps over 1 instructions and 1 follow",
	  { { JEQ(1, 1, 0), RET_A } } },
	{ "jf past the end",
	  "instruction 0: this jumps over 255 instructions",
	  { { JEQ(1, 0, 255), RET_A } } },
	{ "ja past the end",
	  "instruction 0: this jumps over 1 instructions",
	  { { JA(1), RET_A } } },
	{ "ja back",
	  "this jumps over 4294967295 instructions and 1 follow",
	  { { JA(-1), RET_A } } },
	{ "an offset between two of SKF_AD",
	  "offset -4095 stands for nothing",
	  { { AD(1), RET_A } } },
	{ "an offset behind all SKF_AD", "offset -4032 stands for nothing", { { AD(64), RET_A } } },
	{ "offset -1", "offset -1 stands for nothing", { { LD_B(-1), RET_A } } },
};

TEST(what_linux_refuses_is_refused_with_its_place)
{
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);

	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
		const struct program *program = &REFUSED[i].program;
		struct skep_object *object = NULL;

		test_case("%s", REFUSED[i].what);
		last_report[0] = '\0';
		CHECK_EQ(skep_object_open_classic(runtime, program->insns, count_of(program),
						  SKEP_CLASSIC_LINUX, "filter", &object),
			 SKEP_EINVAL);
		CHECK(object == NULL);
		if (strstr(last_report, REFUSED[i].report) == NULL)
			CHECK_TEXT(last_report, REFUSED[i].report);
	}
	skep_runtime_close(runtime);
}

static void fill(struct skep_classic_insn *insns, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		insns[i] = (struct skep_classic_insn)STMT(0x04, 1); /* A += 1 */
	insns[count - 1] = (struct skep_classic_insn)RET_A;
}

TEST(from_1_to_4096_instructions)
{
	static struct skep_classic_insn insns[4097];
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	uint8_t bytes[1] = { 0 };
	struct skep_skb skb = skb_over(bytes, 1);
	struct skep_object *object;
	int err = 0;

	CHECK(load_filter(runtime, insns, 0, SKEP_CLASSIC_LINUX, &err) == NULL);
	CHECK_EQ(err, SKEP_EINVAL);
	CHECK_TEXT(last_report, "filter: the filter has 0 instructions; needed: 1 to 4096");
	fill(insns, 4097);
	CHECK(load_filter(runtime, insns, 4097, SKEP_CLASSIC_LINUX, &err) == NULL);
	CHECK_EQ(err, SKEP_EINVAL);
	CHECK_TEXT(last_report, "filter: the filter has 4097 instructions; needed: 1 to 4096");
	fill(insns, 4096);
	object = load_filter(runtime, insns, 4096, SKEP_CLASSIC_LINUX, &err);
	CHECK_EQ(err, 0);
	CHECK_EQ(run_filter(object, &skb), 4095);
	skep_object_close(object);
	skep_runtime_close(runtime);
}

TEST(the_longest_jump)
{
	static struct skep_classic_insn insns[4096];
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_AUTO);
	uint8_t bytes[1] = { 0 };
	struct skep_skb skb = skb_over(bytes, 1);
	struct skep_object *object;
	int err = 0;

	/* Over 4094 of the instructions that become most. */
	for (uint32_t i = 0; i < 4096; i++)
		insns[i] = (struct skep_classic_insn)STMT(0xb1, 0);
	insns[0] = (struct skep_classic_insn)JA(4094);
	insns[4095] = (struct skep_classic_insn)RET_K(7);
	object = load_filter(runtime, insns, 4096, SKEP_CLASSIC_LINUX, &err);
	CHECK_EQ(err, 0);
	CHECK_EQ(run_filter(object, &skb), 7);
	skep_object_close(object);
	skep_runtime_close(runtime);
}

TEST(an_object_like_any_other)
{
	static const struct skep_classic_insn insns[] = { LD_H(12), JEQ(0x800, 0, 1), RET_K(60),
							  RET_K(0) };
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	struct skep_object *object = NULL;
	struct skep_prog_info info;
	struct skep_line line;
	char text[64];
	uint32_t slots;

	CHECK_EQ(
		skep_object_open_classic(runtime, insns, 4, SKEP_CLASSIC_LINUX, "ip only", &object),
		0);
	CHECK_TEXT(skep_object_name(object), "ip only");
	CHECK(skep_object_prog(object, 1) == NULL);
	CHECK(skep_object_prog_by_name(object, "ip only") == skep_object_prog(object, 0));
	CHECK(skep_object_map(object, 0) == NULL);
	CHECK(skep_object_license(object) == NULL);
	skep_prog_info(skep_object_prog(object, 0), &info);
	CHECK_EQ(info.type, 1);
	CHECK_TEXT(info.section, "socket");
	CHECK_EQ(info.insn_count, 9);
	CHECK_EQ(skep_prog_disasm(skep_object_prog(object, 0), 3, text, sizeof(text), &slots), 0);
	CHECK_TEXT(text, "r0 = *(u16 *)skb[12]");
	CHECK_EQ(skep_prog_disasm(skep_object_prog(object, 0), 4, text, sizeof(text), &slots), 0);
	CHECK_TEXT(text, "if w0 != 2048 goto +2");
	CHECK_EQ(skep_prog_line(skep_object_prog(object, 0), 3, &line), SKEP_ENOENT);
	CHECK_EQ(skep_object_load(object), 0);
	CHECK_EQ(skep_object_load(object), SKEP_EPERM);
	skep_object_close(object);
	skep_runtime_close(runtime);
}

/* ---------------------------------------------------------------------------------- meaning */

/* 0x45 at 14, so that the length of its header is 20. */
static const uint8_t PACKET[40] = {
	0x02, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x08, 0x00,
	0x45, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 0xf7, 0xf6, 0xf5, 0xf4, 0xf3,
	0xf2, 0xf1, 0xf0, 0xef, 0xee, 0xed, 0xec, 0xeb, 0xea, 0xe9, 0xe8, 0xe7,
};

#define BINARY(code, a, b)                                                                         \
	{                                                                                          \
		{                                                                                  \
			LDX_IMM(b), LD_IMM(a), STMT((code) | 8, 0), RET_A                          \
		}                                                                                  \
	}
#define SELECT(code, a, b)                                                                         \
	{                                                                                          \
		{                                                                                  \
			LDX_IMM(b), LD_IMM(a), JUMP((code) | 8, 0, 1, 0), RET_K(1), RET_K(2)       \
		}                                                                                  \
	}

static const struct {
	const char *what;
	uint32_t result;
	struct program program;
} MEANINGS[] = {
	{ "A is 0 at first", 0, { { RET_A } } },
	{ "X is 0 at first", 0, { { LD_IMM(9), TXA, RET_A } } },
	{ "ret #k", 0xffffffff, { { RET_K(-1) } } },
	{ "ld #k", 0x80000001, { { LD_IMM(0x80000001), RET_A } } },
	{ "ldx #k", 0xfffffffe, { { LDX_IMM(-2), TXA, RET_A } } },
	{ "ld [k]", 0x45fffefd, { { LD_W(14), RET_A } } },
	{ "ldh [k]", 0x0800, { { LD_H(12), RET_A } } },
	{ "ldb [k]", 0x45, { { LD_B(14), RET_A } } },
	{ "the last word", 0xeae9e8e7, { { LD_W(36), RET_A } } },
	{ "a word with one byte missing", 0, { { LD_W(37), RET_K(1) } } },
	{ "the last half-word", 0xe8e7, { { LD_H(38), RET_A } } },
	{ "a half-word with one byte missing", 0, { { LD_H(39), RET_K(1) } } },
	{ "the last byte", 0xe7, { { LD_B(39), RET_A } } },
	{ "the byte behind it", 0, { { LD_B(40), RET_K(1) } } },
	{ "an offset of 2^31 - 1", 0, { { LD_B(0x7fffffff), RET_K(1) } } },
	{ "an offset of 2^31", 0, { { LD_B(0x80000000), RET_K(1) } } },
	{ "the third byte of the network header", 0xfe, { { LD_B(-0x100000 + 2), RET_A } } },
	{ "the last byte, from the network header", 0xe7, { { LD_B(-0x100000 + 25), RET_A } } },
	{ "one behind it", 0, { { LD_B(-0x100000 + 26), RET_K(1) } } },
	{ "the link's header", 0x01020304, { { LD_W(-0x200000 + 1), RET_A } } },
	{ "behind the packet, from the link's header", 0, { { LD_W(-0x200000 + 37), RET_K(1) } } },
	{ "below all headers", 0, { { LD_B(-0x200000 - 1), RET_K(1) } } },
	{ "ld [x + k]", 0xfffefdfc, { { LDX_IMM(11), STMT(0x40, 4), RET_A } } },
	{ "ldh [x + k]", 0xfffe, { { LDX_IMM(11), STMT(0x48, 4), RET_A } } },
	{ "ldb [x + k]", 0xff, { { LDX_IMM(11), STMT(0x50, 4), RET_A } } },
	{ "ldb [x + k], k negative", 0x0b, { { LDX_IMM(13), STMT(0x50, -2), RET_A } } },
	{ "ldb [x + k], a sum that wraps", 0x05, { { LDX_IMM(-2), STMT(0x50, 7), RET_A } } },
	{ "ldb [x + k], a sum below 0", 0, { { LDX_IMM(1), STMT(0x50, -2), RET_K(1) } } },
	{ "ldb [x + k] of the network header",
	  0xff,
	  { { LDX_IMM(1), STMT(0x50, -0x100000), RET_A } } },
	{ "ldb [x + k] past the end", 0, { { LDX_IMM(40), STMT(0x50, 0), RET_K(1) } } },
	{ "ld len", 40, { { STMT(0x80, 0), RET_A } } },
	{ "ldx len", 40, { { STMT(0x81, 0), TXA, RET_A } } },
	{ "ldx 4 * ([k] & 15)", 20, { { STMT(0xb1, 14), TXA, RET_A } } },
	{ "ldx 4 * ([k] & 15), the largest", 60, { { STMT(0xb1, 15), TXA, RET_A } } },
	{ "ldx 4 * ([k] & 15) leaves A", 77, { { LD_IMM(77), STMT(0xb1, 14), RET_A } } },
	{ "ldx 4 * ([k] & 15) past the end", 0, { { STMT(0xb1, 40), RET_K(1) } } },
	{ "tax", 5, { { LD_IMM(5), TAX, LD_IMM(6), TXA, RET_A } } },
	{ "st and ld M[0]", 5, { { LD_IMM(5), ST(0), LD_IMM(6), LD_MEM(0), RET_A } } },
	{ "stx and ldx M[15]",
	  5,
	  { { LDX_IMM(5), STMT(0x03, 15), LDX_IMM(6), STMT(0x61, 15), TXA, RET_A } } },
	{ "words do not overlap",
	  0xffffffff,
	  { { LD_IMM(-1), ST(7), LD_IMM(0), ST(6), ST(8), LD_MEM(7), RET_A } } },
	{ "add", 1, BINARY(0x04, 0xffffffff, 2) },
	{ "sub", 0xffffffff, BINARY(0x14, 1, 2) },
	{ "mul", 0xfffe0001, BINARY(0x24, 0xffff, 0xffff) },
	{ "mul, the upper half is lost", 1, BINARY(0x24, 0xffffffff, 0xffffffff) },
	{ "div is unsigned", 0x7fffffff, BINARY(0x34, 0xffffffff, 2) },
	{ "div by itself", 1, BINARY(0x34, 0x80000000, 0x80000000) },
	{ "div by -1", 0, BINARY(0x34, 0x80000000, 0xffffffff) },
	{ "or", 0xf0f0ffff, BINARY(0x44, 0xf0f00ff0, 0x0000ffff) },
	{ "and", 0x0ff0, BINARY(0x54, 0xf0f00ff0, 0xffff) },
	{ "lsh", 0x80000000, BINARY(0x64, 3, 31) },
	{ "lsh by X above 31", 6, BINARY(0x64, 3, 33) },
	{ "rsh", 1, BINARY(0x74, 0x80000000, 31) },
	{ "rsh by X above 31", 0x80000000, BINARY(0x74, 0x80000000, 32) },
	{ "mod is unsigned", 1, BINARY(0x94, 0xffffffff, 2) },
	{ "mod by -1", 0x80000000, BINARY(0x94, 0x80000000, 0xffffffff) },
	{ "xor", 0x0ff0f00f, BINARY(0xa4, 0xffff0000, 0xf00ff00f) },
	{ "add #k", 4, { { LD_IMM(5), STMT(0x04, -1), RET_A } } },
	{ "sub #k", 6, { { LD_IMM(5), STMT(0x14, -1), RET_A } } },
	{ "mul #k", 0xfffffffb, { { LD_IMM(5), STMT(0x24, -1), RET_A } } },
	{ "div #k", 1, { { LD_IMM(-1), STMT(0x34, 0x80000000), RET_A } } },
	{ "mod #k", 0x7fffffff, { { LD_IMM(-1), STMT(0x94, 0x80000000), RET_A } } },
	{ "and #k", 0x80000000, { { LD_IMM(-1), STMT(0x54, 0x80000000), RET_A } } },
	{ "or #k", 0x80000001, { { LD_IMM(1), STMT(0x44, 0x80000000), RET_A } } },
	{ "xor #k", 0x7fffffff, { { LD_IMM(-1), STMT(0xa4, 0x80000000), RET_A } } },
	{ "lsh #31", 0x80000000, { { LD_IMM(1), STMT(0x64, 31), RET_A } } },
	{ "rsh #31", 1, { { LD_IMM(-1), STMT(0x74, 31), RET_A } } },
	{ "neg", 0xfffffffb, { { LD_IMM(5), STMT(0x84, 0), RET_A } } },
	{ "neg does not look at k", 0xfffffffb, { { LD_IMM(5), STMT(0x84, 9), RET_A } } },
	{ "div by X = 0 ends", 0, { { LD_IMM(5), STMT(0x3c, 0), RET_K(1) } } },
	{ "mod by X = 0 ends", 0, { { LD_IMM(5), STMT(0x9c, 0), RET_K(1) } } },
	{ "jeq, true", 2, SELECT(0x15, 5, 5) },
	{ "jeq, false", 1, SELECT(0x15, 5, 6) },
	{ "jgt, true", 2, SELECT(0x25, 0x80000000, 5) },
	{ "jgt, false: equal", 1, SELECT(0x25, 5, 5) },
	{ "jge, true: equal", 2, SELECT(0x35, 5, 5) },
	{ "jge, false", 1, SELECT(0x35, 5, 0xffffffff) },
	{ "jset, true", 2, SELECT(0x45, 0x80000000, 0xffffffff) },
	{ "jset, false", 1, SELECT(0x45, 0x0f, 0xf0) },
	{ "jeq #k, jt = 0", 1, { { LD_IMM(-1), JEQ(-1, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jeq #k, jf", 2, { { LD_IMM(-1), JEQ(1, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jgt #k, jt = 0", 1, { { LD_IMM(-1), JUMP(0x25, 1, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jgt #k, jf", 2, { { LD_IMM(1), JUMP(0x25, -1, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jge #k, jt = 0", 1, { { LD_IMM(-1), JUMP(0x35, -1, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jge #k, jf", 2, { { LD_IMM(1), JUMP(0x35, -1, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jset #k, jt = 0", 1, { { LD_IMM(-1), JUMP(0x45, 8, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jset #k, jf", 2, { { LD_IMM(7), JUMP(0x45, 8, 0, 1), RET_K(1), RET_K(2) } } },
	{ "jeq #k, jt and jf", 2, { { LD_IMM(1), JEQ(1, 2, 1), RET_K(1), RET_K(3), RET_K(2) } } },
	{ "jeq #k, jf and jt", 3, { { LD_IMM(0), JEQ(1, 2, 1), RET_K(1), RET_K(3), RET_K(2) } } },
	{ "jeq #k, jt = jf", 2, { { JEQ(1, 1, 1), RET_K(1), RET_K(2) } } },
	{ "jeq #k, jt = jf = 0", 1, { { JEQ(1, 0, 0), RET_K(1), RET_K(2) } } },
	{ "ja", 2, { { JA(1), RET_K(1), RET_K(2) } } },
	{ "ja 0", 1, { { JA(0), RET_K(1) } } },
	{ "behind ja anything may be read", 4, { { JA(1), LD_MEM(9), RET_K(4) } } },
	{ "alu xor x", 6, { { LDX_IMM(3), LD_IMM(5), AD(40), RET_A } } },
};

/* All fields set, each to a number of its own. */
static struct skep_skb full_skb(uint8_t *bytes, size_t size)
{
	struct skep_skb skb = skb_over(bytes, size);
	const uint8_t protocol[2] = { 0x88, 0x47 }, vlan[2] = { 0x81, 0x00 };
	uint16_t value;

	skb.pkt_type = 3;
	skb.mark = 0x80000001;
	skb.queue_mapping = 0xfffe;
	memcpy(&value, protocol, 2);
	skb.protocol = value;
	memcpy(&value, vlan, 2);
	skb.vlan_proto = value;
	skb.vlan_present = 1;
	skb.vlan_tci = 0xe123;
	skb.ifindex = 17;
	skb.hash = 0xdeadbeef;
	skb.dev_type = 801;
	return skb;
}

static const struct {
	const char *what;
	uint32_t result, result_without_device;
	struct program program;
} ANCILLARY[] = {
	{ "protocol", 0x8847, 0x8847, { { AD(0), RET_A } } },
	{ "protocol, as a byte load", 0x8847, 0x8847, { { STMT(0x30, 0xfffff000), RET_A } } },
	{ "packet type", 3, 3, { { AD(4), RET_A } } },
	{ "interface index", 17, 9, { { LD_IMM(9), AD(8), RET_A } } },
	{ "mark", 0x80000001, 0x80000001, { { AD(20), RET_A } } },
	{ "queue", 0xfffe, 0xfffe, { { AD(24), RET_A } } },
	{ "type of the device", 801, 9, { { LD_IMM(9), AD(28), RET_A } } },
	{ "hash", 0xdeadbeef, 0xdeadbeef, { { AD(32), RET_A } } },
	{ "vlan tag", 0xe123, 0xe123, { { AD(44), RET_A } } },
	{ "vlan tag present", 1, 1, { { AD(48), RET_A } } },
	{ "vlan protocol", 0x8100, 0x8100, { { AD(60), RET_A } } },
	{ "X stays", 5, 5, { { LDX_IMM(5), LD_IMM(0), AD(52), AD(56), AD(36), TXA, RET_A } } },
	{ "a random number, shifted away",
	  0,
	  0,
	  { { AD(56), STMT(0x74, 31), STMT(0x74, 1), RET_A } } },
};

static const enum skep_engine ENGINES[] = { SKEP_ENGINE_INTERP, SKEP_ENGINE_AUTO };

static void check_program(struct skep_runtime *runtime, const struct program *program,
			  struct skep_skb *skb, uint32_t wanted)
{
	int err = 0;
	struct skep_object *object =
		load_filter(runtime, program->insns, count_of(program), SKEP_CLASSIC_LINUX, &err);

	if (err != 0)
		CHECK_TEXT(last_report, "");
	CHECK_EQ(run_filter(object, skb), wanted);
	skep_object_close(object);
}

TEST(what_each_instruction_does)
{
	uint8_t bytes[sizeof(PACKET)];
	struct skep_skb skb = skb_over(bytes, sizeof(bytes));

	memcpy(bytes, PACKET, sizeof(bytes));
	for (size_t engine = 0; engine < 2; engine++) {
		struct skep_runtime *runtime = runtime_on(ENGINES[engine]);

		for (size_t i = 0; i < sizeof(MEANINGS) / sizeof(MEANINGS[0]); i++) {
			const struct reference wanted = reference_run(
				MEANINGS[i].program.insns, count_of(&MEANINGS[i].program), &skb);

			test_case("%s, engine %zu", MEANINGS[i].what, engine);
			CHECK_EQ(wanted.result, MEANINGS[i].result);
			check_program(runtime, &MEANINGS[i].program, &skb, MEANINGS[i].result);
		}
		skep_runtime_close(runtime);
	}
}

TEST(what_is_loaded_from_the_context)
{
	uint8_t bytes[sizeof(PACKET)];
	struct skep_skb skb = full_skb(bytes, sizeof(bytes)), no_device = skb;

	no_device.ifindex = 0;
	memcpy(bytes, PACKET, sizeof(bytes));
	for (size_t engine = 0; engine < 2; engine++) {
		struct skep_runtime *runtime = runtime_on(ENGINES[engine]);

		for (size_t i = 0; i < sizeof(ANCILLARY) / sizeof(ANCILLARY[0]); i++) {
			test_case("%s, engine %zu", ANCILLARY[i].what, engine);
			check_program(runtime, &ANCILLARY[i].program, &skb, ANCILLARY[i].result);
			check_program(runtime, &ANCILLARY[i].program, &no_device,
				      ANCILLARY[i].result_without_device);
		}
		skep_runtime_close(runtime);
	}
}

static uint32_t cpu_five(void *ctx)
{
	(void)ctx;
	return 5;
}

static uint32_t random_seven(void *ctx)
{
	(void)ctx;
	return 0xffff0007;
}

TEST(cpu_and_random_are_the_port_s)
{
	static const struct program CPU = { { LD_IMM(9), AD(36), RET_A } };
	static const struct program RANDOM = { { LD_IMM(9), AD(56), RET_A } };
	struct skep_port port = *skep_port_posix();
	struct skep_config config = { .port = &port, .log = keep_report };
	uint8_t bytes[1] = { 0 };
	struct skep_skb skb = skb_over(bytes, 1);

	port.cpu_number = cpu_five;
	port.cpu_count = 8;
	port.random = random_seven;
	for (size_t engine = 0; engine < 2; engine++) {
		struct skep_runtime *runtime = NULL;

		config.engine = ENGINES[engine];
		CHECK_EQ(skep_runtime_open(&config, &runtime), 0);
		check_program(runtime, &CPU, &skb, 5);
		check_program(runtime, &RANDOM, &skb, 0xffff0007);
		skep_runtime_close(runtime);
	}
}

/* -------------------------------------------------------------------------- libpcap's dialect */

static const struct {
	const char *what;
	uint32_t result;
	int linux_err;
	struct program program;
} LIBPCAP[] = {
	{ "an offset below 0 is outside", 0, 0, { { LD_B(-0x100000 + 2), RET_K(1) } } },
	{ "and stands for nothing", 0, 0, { { AD(40), RET_K(1) } } },
	{ "whatever it is", 0, SKEP_EINVAL, { { AD(1), RET_K(1) } } },
	{ "for X too", 0, 0, { { STMT(0xb1, -0x100000), RET_K(1) } } },
	{ "a sum that wraps is outside", 0, 0, { { LDX_IMM(-2), STMT(0x50, 7), RET_K(1) } } },
	{ "a sum of 2^31 is outside", 0, 0, { { LDX_IMM(1), STMT(0x50, 0x7fffffff), RET_K(1) } } },
	{ "a constant of 2^31 is outside",
	  0,
	  0,
	  { { LDX_IMM(0), STMT(0x50, 0x80000000), RET_K(1) } } },
	{ "sums inside", 0xff, 0, { { LDX_IMM(11), STMT(0x50, 4), RET_A } } },
	{ "a shift by 31", 0x80000000, 0, BINARY(0x64, 1, 31) },
	{ "a shift by 32", 0, 0, BINARY(0x64, 1, 32) },
	{ "a shift back by 33", 0, 0, BINARY(0x74, 0xffffffff, 33) },
	{ "unwritten words are 0", 0, SKEP_EINVAL, { { LD_IMM(7), LD_MEM(3), RET_A } } },
	{ "written ones are not", 7, 0, { { LD_IMM(7), ST(3), LD_IMM(0), LD_MEM(3), RET_A } } },
	{ "a loop", 5, SKEP_EINVAL, { { STMT(0x04, 1), JEQ(5, 1, 0), JA(-3), RET_A } } },
	{ "a loop that jumps back 256 times",
	  257,
	  SKEP_EINVAL,
	  { { STMT(0x04, 1), JEQ(257, 1, 0), JA(-3), RET_A } } },
	{ "and one that does 257 times",
	  0,
	  SKEP_EINVAL,
	  { { STMT(0x04, 1), JEQ(258, 1, 0), JA(-3), RET_A } } },
	{ "a loop without end", 0, SKEP_EINVAL, { { JA(-1), RET_K(1) } } },
};

TEST(libpcap_s_dialect)
{
	uint8_t bytes[sizeof(PACKET)];
	struct skep_skb skb = skb_over(bytes, sizeof(bytes));

	memcpy(bytes, PACKET, sizeof(bytes));
	for (size_t engine = 0; engine < 2; engine++) {
		struct skep_runtime *runtime = runtime_on(ENGINES[engine]);

		for (size_t i = 0; i < sizeof(LIBPCAP) / sizeof(LIBPCAP[0]); i++) {
			const struct program *program = &LIBPCAP[i].program;
			struct skep_object *object;
			int err = 0;

			test_case("%s, engine %zu", LIBPCAP[i].what, engine);
			object = load_filter(runtime, program->insns, count_of(program),
					     SKEP_CLASSIC_LIBPCAP, &err);
			if (err != 0)
				CHECK_TEXT(last_report, "");
			CHECK_EQ(run_filter(object, &skb), LIBPCAP[i].result);
			skep_object_close(object);
			object = load_filter(runtime, program->insns, count_of(program),
					     SKEP_CLASSIC_LINUX, &err);
			CHECK_EQ(err, LIBPCAP[i].linux_err);
			skep_object_close(object);
		}
		skep_runtime_close(runtime);
	}
}

TEST(jumps_back_past_the_beginning)
{
	static const struct program BACK = { { RET_K(1), JA(-3), RET_K(1) } };
	struct skep_runtime *runtime = runtime_on(SKEP_ENGINE_INTERP);
	int err = 0;

	CHECK(load_filter(runtime, BACK.insns, 3, SKEP_CLASSIC_LIBPCAP, &err) == NULL);
	CHECK_EQ(err, SKEP_EINVAL);
	CHECK(strstr(last_report, "instruction 1: this jumps over 4294967293") != NULL);
	skep_runtime_close(runtime);
}

/* ------------------------------------------------------------------------ netlink attributes */

/* At 4: type 1 of 5 bytes, padded to 8; at 12: type 2, nested, of 20 bytes, with type 3 of 4 and
 * type 0x8004 (a nested one's flag) of 8 inside; at 32: type 5, whose length is past the end. */
static size_t make_attributes(uint8_t *out)
{
	static const uint16_t WORDS[] = { 0xffff, 0xffff, 5, 1, 0, 0, 20, 2, 4, 3,
					  8,      0x8004, 0, 0, 0, 0, 40, 5, 0, 0 };

	memcpy(out, WORDS, sizeof(WORDS));
	return sizeof(WORDS);
}

static const struct {
	const char *what;
	uint32_t offset, type, result, nested_result;
} ATTRIBUTES[] = {
	{ "the first", 4, 1, 4, 0 },
	{ "behind padding", 4, 2, 12, 0 },
	{ "nested ones are not looked into", 4, 3, 0, 0 },
	{ "from the second on", 12, 2, 12, 0 },
	{ "inside the second", 12, 3, 0, 16 },
	{ "inside the second, with flags", 12, 4, 0, 20 },
	{ "one that is too long", 4, 5, 0, 0 },
	{ "one that is not there", 4, 9, 0, 0 },
	{ "from an attribute of no sense", 0, 0xffff, 0, 0 },
	{ "the last place an attribute could be", 36, 0, 0, 0 },
	{ "past it", 37, 0, 0, 0 },
	{ "far away", 0xffffffff, 1, 0, 0 },
	{ "a type of 32 bits", 4, 0x10001, 0, 0 },
};

TEST(netlink_attributes)
{
	uint8_t bytes[64];
	const size_t size = make_attributes(bytes);
	struct skep_skb skb = skb_over(bytes, size), small = skb_over(bytes, 3);

	for (size_t engine = 0; engine < 2; engine++) {
		struct skep_runtime *runtime = runtime_on(ENGINES[engine]);

		for (size_t i = 0; i < sizeof(ATTRIBUTES) / sizeof(ATTRIBUTES[0]); i++) {
			const uint32_t offset = ATTRIBUTES[i].offset, type = ATTRIBUTES[i].type;
			const struct program flat = { { LDX_IMM(type), LD_IMM(offset), AD(12),
							RET_A } };
			const struct program nested = { { LDX_IMM(type), LD_IMM(offset), AD(16),
							  RET_A } };

			test_case("%s, engine %zu", ATTRIBUTES[i].what, engine);
			check_program(runtime, &flat, &skb, ATTRIBUTES[i].result);
			check_program(runtime, &nested, &skb, ATTRIBUTES[i].nested_result);
			check_program(runtime, &flat, &small, 0);
			check_program(runtime, &nested, &small, 0);
		}
		skep_runtime_close(runtime);
	}
}

/* ------------------------------------------------------------------------------ out of memory */

struct miser {
	const struct skep_port *port;
	unsigned left; /* allocations */
};

static void *give(void *ctx, size_t size, size_t align)
{
	struct miser *miser = ctx;

	if (miser->left == 0)
		return NULL;
	miser->left--;
	return miser->port->alloc(miser->port->ctx, size, align);
}

static void take(void *ctx, void *memory, size_t size, size_t align)
{
	struct miser *miser = ctx;

	miser->port->free(miser->port->ctx, memory, size, align);
}

TEST(without_memory_there_is_an_error_and_nothing_is_lost)
{
	static const struct skep_classic_insn insns[] = { LD_H(12), JEQ(0x800, 0, 1), RET_K(60),
							  RET_K(0) };
	struct miser miser = { .port = skep_port_posix() };
	struct skep_port port = *miser.port;
	const struct skep_config config = { .port = &port,
					    .log = keep_report,
					    .engine = SKEP_ENGINE_INTERP };
	unsigned allowed = 0;
	int err = SKEP_ENOMEM;

	port.ctx = &miser;
	port.alloc = give;
	port.free = take;
	for (; err == SKEP_ENOMEM && allowed < 1000; allowed++) {
		struct skep_runtime *runtime = NULL;
		struct skep_object *object = NULL;

		miser.left = allowed;
		last_report[0] = '\0';
		err = skep_runtime_open(&config, &runtime);
		if (err == 0)
			err = skep_object_open_classic(runtime, insns, 4, SKEP_CLASSIC_LIBPCAP,
						       "filter", &object);
		if (err == 0)
			err = skep_object_load(object);
		CHECK((err == 0) == (last_report[0] == '\0'));
		skep_object_close(object);
		skep_runtime_close(runtime);
	}
	CHECK_EQ(err, 0);
	CHECK(allowed > 3);
}

TESTS_BEGIN
T(what_linux_refuses_is_refused_with_its_place)
T(from_1_to_4096_instructions)
T(the_longest_jump)
T(an_object_like_any_other)
T(what_each_instruction_does)
T(what_is_loaded_from_the_context)
T(cpu_and_random_are_the_port_s)
T(libpcap_s_dialect)
T(jumps_back_past_the_beginning)
T(netlink_attributes)
T(without_memory_there_is_an_error_and_nothing_is_lost)
TESTS_END
