/* SPDX-License-Identifier: Apache-2.0 */
/* Assembler and disassembler: texts with their bytes written by hand, the way there and back for
 * everything legal, and text that no one meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "harness.h"
#include "sample.h"

static char message[512];

static void keep_message(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	snprintf(message, sizeof(message), "%s", report->text);
}

/* Assembles a copy of exactly `size` bytes, so that a read past the end is seen. */
static int assemble(const char *text, size_t size, struct skep_insn *out, uint32_t capacity,
		    uint32_t *count)
{
	struct skep_log log = { .sink = keep_message };
	char *copy = malloc(size + (size == 0));
	int err;

	message[0] = '\0';
	memcpy(copy, text, size);
	err = skep_isa_assemble(copy, size, out, capacity, count, &log);
	free(copy);
	return err;
}

static void write_hex(const struct skep_insn *insns, uint32_t count, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < count && used < size; i++)
		used += skep_format(
			out + used, size - used, "%s%02x%x%x%02x%02x%02x%02x%02x%02x",
			i > 0 ? " " : "", insns[i].code, insns[i].src_reg, insns[i].dst_reg,
			insns[i].off & 0xff, insns[i].off >> 8 & 0xff,
			(unsigned)insns[i].imm & 0xff, (unsigned)insns[i].imm >> 8 & 0xff,
			(unsigned)insns[i].imm >> 16 & 0xff, (unsigned)insns[i].imm >> 24);
}

/* Text as the disassembler writes it, and the bytes of a little-endian file. */
static const struct {
	const char *text, *hex;
} BOTH_WAYS[] = {
	{ "w0 += 7", "0400000007000000" },
	{ "r1 -= -2147483648", "1701000000000080" },
	{ "r1 *= r2", "2f21000000000000" },
	{ "w3 /= w4", "3c43000000000000" },
	{ "r3 s/= 2", "3703010002000000" },
	{ "w1 |= 255", "44010000ff000000" },
	{ "r1 &= r10", "5fa1000000000000" },
	{ "w1 <<= w2", "6c21000000000000" },
	{ "r1 >>= 63", "770100003f000000" },
	{ "r3 %= r3", "9f33000000000000" },
	{ "w3 s%= w2", "9c23010000000000" },
	{ "r5 ^= -1", "a7050000ffffffff" },
	{ "w5 = -1", "b4050000ffffffff" },
	{ "r1 s>>= r2", "cf21000000000000" },
	{ "r9 = r0", "bf09000000000000" },
	{ "w0 = -w0", "8400000000000000" },
	{ "r0 = -r0", "8700000000000000" },
	{ "r1 = (s8)r2", "bf21080000000000" },
	{ "w1 = (s16)w2", "bc21100000000000" },
	{ "r1 = (s32)r2", "bf21200000000000" },
	{ "r1 = addr_space_cast(r2, 0, 1)", "bf21010001000000" },
	{ "r1 = addr_space_cast(r2, 1, 0)", "bf21010000000100" },
	{ "r0 = le16 r0", "d400000010000000" },
	{ "r3 = be32 r3", "dc03000020000000" },
	{ "r3 = bswap64 r3", "d703000040000000" },
	{ "r0 = 0x1122334455667788 ll", "1800000088776655 0000000044332211" },
	{ "r1 = map[3] ll", "1811000003000000 0000000000000000" },
	{ "r1 = map_value[3]+16 ll", "1821000003000000 0000000010000000" },
	{ "r1 = btf_id[7]+2 ll", "1831000007000000 0000000002000000" },
	{ "r1 = function[-3] ll", "18410000fdffffff 0000000000000000" },
	{ "r1 = map_idx[1] ll", "1851000001000000 0000000000000000" },
	{ "r1 = map_idx_value[1]+8 ll", "1861000001000000 0000000008000000" },
	{ "r0 = *(u32 *)(r1 +4)", "6110040000000000" },
	{ "r0 = *(u64 *)(r10 -8)", "79a0f8ff00000000" },
	{ "r0 = *(s16 *)(r1 -2)", "8910feff00000000" },
	{ "r0 = load_acquire((u32 *)(r1 +0))", "c310000000010000" },
	{ "r0 = load_acquire((u8 *)(r1 +1))", "d310010000010000" },
	{ "store_release((u16 *)(r1 +0), r2)", "cb21000010010000" },
	{ "*(u8 *)(r1 +2) = 5", "7201020005000000" },
	{ "*(u64 *)(r10 -8) = -1", "7a0af8ffffffffff" },
	{ "*(u16 *)(r1 +2) = r3", "6b31020000000000" },
	{ "lock *(u64 *)(r1 +0) += r2", "db21000000000000" },
	{ "lock *(u32 *)(r1 +8) ^= r2", "c3210800a0000000" },
	{ "r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)", "db21000001000000" },
	{ "r2 = atomic_fetch_and((u32 *)(r1 -4), r2)", "c321fcff51000000" },
	{ "r2 = atomic64_xchg((u64 *)(r1 +0), r2)", "db210000e1000000" },
	{ "r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)", "c3210000f1000000" },
	{ "r0 = *(u16 *)skb[12]", "280000000c000000" },
	{ "r0 = *(u8 *)skb[r3 +12]", "503000000c000000" },
	{ "goto +2", "0500020000000000" },
	{ "gotol -70000", "0600000090eefeff" },
	{ "if w1 s> 5 goto +3", "6601030005000000" },
	{ "if r1 == r2 goto -4", "1d21fcff00000000" },
	{ "if r1 & -2147483648 goto +0", "4501000000000080" },
	{ "if w1 s<= w2 goto +32767", "de21ff7f00000000" },
	{ "may_goto +3", "e500030000000000" },
	{ "call 5", "8500000005000000" },
	{ "call 4294967295", "85000000ffffffff" },
	{ "call +3", "8510000003000000" },
	{ "call kfunc[7]", "8520000007000000" },
	{ "call kfunc[7]+1", "8520010007000000" },
	{ "callx r2", "8d02000000000000" },
	{ "exit", "9500000000000000" },
};

TEST(text_and_bytes_both_ways)
{
	for (size_t i = 0; i < SKEP_COUNT(BOTH_WAYS); i++) {
		const char *wanted = BOTH_WAYS[i].text;
		struct skep_insn insns[2];
		uint32_t count = 0;
		char text[96];

		test_case("%s", wanted);
		CHECK_EQ(assemble(wanted, strlen(wanted), insns, 2, &count), 0);
		write_hex(insns, count, text, sizeof(text));
		CHECK_TEXT(text, BOTH_WAYS[i].hex);
		CHECK_EQ(skep_isa_disasm(insns, count, 0, NULL, text, sizeof(text)), count);
		CHECK_TEXT(text, wanted);
	}
}

/* What people and LLVM write for the same instructions. */
static const struct {
	const char *text, *hex;
} ONE_WAY[] = {
	{ "", "" },
	{ " ;; \n # nothing ; exit\n\t// nothing", "" },
	{ "r0=0x10;exit", "b700000010000000 9500000000000000" },
	{ "w0 = 0xffffffff", "b4000000ffffffff" },
	{ "w0 = + 5", "b400000005000000" },
	{ "r0 = -0x8 ll", "18000000f8ffffff 00000000ffffffff" },
	{ "r0 = -9223372036854775808 ll", "1800000000000000 0000000000000080" },
	{ "r0 = *(u32*)(r1 + 0x10)", "6110100000000000" },
	{ "r0 = *( u32 * ) ( r1 )", "6110000000000000" },
	{ "w0 = *(u8 *)(r1 - 1)", "7110ffff00000000" },
	{ "*(u32 *)(r1 + 0) = w2", "6321000000000000" },
	{ "*(u32 *)(r1 + 0) = 0xffffffff", "62010000ffffffff" },
	{ "lock *(u32 *)(r1 + 0) |= w2", "c321000040000000" },
	{ "r2 = atomic_fetch_or((u64 *)(r1 + 0), r2)", "db21000041000000" },
	{ "w2 = atomic_fetch_xor((u32 *)(r1 + 0), w2)", "c3210000a1000000" },
	{ "r2 = xchg_64(r1 + 8, r2)", "db210800e1000000" },
	{ "w2 = xchg32_32(r1 + 8, w2)", "c3210800e1000000" },
	{ "r0 = cmpxchg_64(r1 + 8, r0, r2)", "db210800f1000000" },
	{ "w0 = cmpxchg32_32(r1 + 8, w0, w2)", "c3210800f1000000" },
	{ "w0 = load_acquire((u32 *)(r1 + 4))", "c310040000010000" },
	{ "store_release((u32 *)(r1 + 4), w2)", "c321040010010000" },
	{ "goto pc+2", "0500020000000000" },
	{ "call pc-2", "85100000feffffff" },
	{ "call map_lookup_elem#1", "8500000001000000" },
	{ "exit # done", "9500000000000000" },
	{ "exit// done", "9500000000000000" },
	{ "exit\r\nexit", "9500000000000000 9500000000000000" },
	/* Labels: forward, backward, several in one place, named like registers and keywords. */
	{ "goto end\nend: exit", "0500000000000000 9500000000000000" },
	{ "a: b:c : goto b", "0500ffff00000000" },
	{ "r1: if: goto r1; goto if", "0500ffff00000000 0500feff00000000" },
	{ "x: r0 = 0 ll; if w1 != 1 goto x; call x; gotol x",
	  "1800000000000000 0000000000000000 5601fdff01000000 85100000fcffffff 06000000fbffffff" },
	{ "r1 = function[f] ll; exit; f: exit",
	  "1841000002000000 0000000000000000 9500000000000000 9500000000000000" },
};

TEST(other_ways_to_write_the_same)
{
	for (size_t i = 0; i < SKEP_COUNT(ONE_WAY); i++) {
		struct skep_insn insns[8];
		uint32_t count = 99;
		char hex[160];

		test_case("%s", ONE_WAY[i].text);
		CHECK_EQ(assemble(ONE_WAY[i].text, strlen(ONE_WAY[i].text), insns, 8, &count), 0);
		write_hex(insns, count, hex, sizeof(hex));
		CHECK_TEXT(hex, ONE_WAY[i].hex);
	}
}

static const struct {
	const char *text, *message;
} WRONG[] = {
	{ "r0 = 1\n  foo r1",
	  "line 2, column 3: found `foo r1`; needed: an instruction, such as `r0 = 1`, or a label, "
	  "such as `again:`" },
	{ "r11 = 1", "line 1, column 1: found `r11 = 1`; needed: an instruction, such as `r0 = 1`, "
		     "or a label, "
		     "such as `again:`" },
	{ "r0 = 5 5",
	  "line 1, column 8: found `5`; needed: the end of the line or `;` after an instruction" },
	{ "r0 =",
	  "line 1, column 5: the text ends here; needed: a register, a number, a load or an "
	  "operation" },
	{ "exit\nr0\nexit",
	  "line 2, column 3: the line ends here; needed: an operator, such as = or +=" },
	{ "r0 += w1",
	  "line 1, column 7: found `w1`; needed: a register of the same width as the destination" },
	{ "if r1 == w2 goto +1", "line 1, column 10: found `w2 goto +1`; needed: a register of the "
				 "same width as the first" },
	{ "if r1 = 2 goto +1",
	  "line 1, column 7: found `= 2 goto +1`; needed: a comparison, such as == "
	  "or s>" },
	{ "if r1 == 2 exit", "line 1, column 12: found `exit`; needed: `goto` and a target" },
	{ "goto 3", "line 1, column 6: found `3`; needed: a jump target: +N, -N or a label" },
	{ "goto away",
	  "line 1, column 6: found `away`; needed: a label that is defined somewhere as `name:`" },
	{ "a: exit; a: exit",
	  "line 1, column 10: found `a: exit`; needed: another name: this label stands twice" },
	{ "goto +32768",
	  "line 1, column 6: found `+32768`; needed: a target at most 32768 instructions "
	  "away; jump there with `gotol TARGET`" },
	{ "r0 = 0xffffffff",
	  "line 1, column 6: found `0xffffffff`; needed: a number from -2147483648 "
	  "to 2147483647; load larger ones with `rN = NUMBER ll`" },
	{ "w0 = 4294967296", "line 1, column 6: found `4294967296`; needed: a number of 32 bits" },
	{ "r0 = 18446744073709551616 ll", "line 1, column 6: found `18446744073709551616 ll`; "
					  "needed: a number of at most 64 bits" },
	{ "r0 = -9223372036854775809 ll",
	  "line 1, column 6: found `-9223372036854775809 ll`; needed: a number of 64 bits" },
	{ "r0 = 5x", "line 1, column 6: found `5x`; needed: a number, such as 5, -5 or 0x5" },
	{ "r0 = 0x", "line 1, column 6: found `0x`; needed: a number, such as 5, -5 or 0x5" },
	{ "w0 = 5 ll",
	  "line 1, column 1: found `w0 = 5 ll`; needed: a 64-bit register: only those are "
	  "loaded with `ll`" },
	{ "r0 = *(u32 *)(r1 +32768)",
	  "line 1, column 18: found `+32768)`; needed: an offset from -32768 to 32767" },
	{ "r0 = *(u24 *)(r1 +0)",
	  "line 1, column 8: found `u24 *)(r1 +0)`; needed: a size: u8, u16, "
	  "u32, u64, s8, s16 or s32" },
	{ "r0 = *(s64 *)(r1 +0)", "line 1, column 1: found `r0 = *(s64 *)(r1 +0)`; needed: an "
				  "instruction that eBPF has in this size and form" },
	{ "r0 = *(u32 *)(w1 +0)",
	  "line 1, column 15: found `w1 +0)`; needed: a 64-bit register, r0 to r10" },
	{ "w0 = *(u64 *)(r1 +0)",
	  "line 1, column 1: found `w0 = *(u64 *)(r1 +0)`; needed: a 64-bit "
	  "register, r0 to r10, for this load" },
	{ "*(s8 *)(r1 +0) = 5",
	  "line 1, column 2: found `(s8 *)(r1 +0) = 5`; needed: a size without "
	  "sign: u8, u16, u32 or u64" },
	{ "lock *(u8 *)(r1 +0) += r2",
	  "line 1, column 1: found `lock *(u8 *)(r1 +0) += r`; needed: an "
	  "instruction that eBPF has in this size and form" },
	{ "lock *(u32 *)(r1 +0) = r2",
	  "line 1, column 22: found `= r2`; needed: one of += |= &= ^=" },
	{ "r2 = atomic_fetch_add((u64 *)(r1 +0), r3)",
	  "line 1, column 39: found `r3)`; needed: the destination register: the old value goes "
	  "where "
	  "the operand was" },
	{ "r0 = atomic_cmpxchg((u64 *)(r1 +0), r1, r3)",
	  "line 1, column 37: found `r1, r3)`; needed: r0: a compare-exchange compares with r0 and "
	  "gives r0" },
	{ "r2 = atomic64_xchg((u32 *)(r1 +0), r2)",
	  "line 1, column 20: found `(u32 *)(r1 +0), r2)`; needed: `(u64 *)`, as the name of the "
	  "operation says" },
	{ "r2 = -r3", "line 1, column 7: found `r3`; needed: the destination register: only `rN = "
		      "-rN` exists" },
	{ "r2 = be16 r3",
	  "line 1, column 11: found `r3`; needed: the destination register: only `rN = "
	  "be16 rN` exists" },
	{ "w1 = (s32)w2",
	  "line 1, column 1: found `w1 = (s32)w2`; needed: an instruction that eBPF has "
	  "in this size and form" },
	{ "r1 = map[3]+5 ll",
	  "line 1, column 1: found `r1 = map[3]+5 ll`; needed: an instruction that "
	  "eBPF has in this size and form" },
	{ "r1 = map[3]",
	  "line 1, column 12: the text ends here; needed: `ll` at the end of a 64-bit "
	  "load" },
	{ "r1 = *(u32 *)skb[3]", "line 1, column 1: found `r1 = *(u32 *)skb[3]`; needed: `r0 = "
				 "*(uN *)skb[...]`: packet loads "
				 "always give r0" },
};

TEST(mistakes_are_named_with_line_and_column)
{
	for (size_t i = 0; i < SKEP_COUNT(WRONG); i++) {
		struct skep_insn insns[8];
		uint32_t count = 99;

		test_case("%s", WRONG[i].text);
		CHECK_EQ(assemble(WRONG[i].text, strlen(WRONG[i].text), insns, 8, &count),
			 SKEP_EINVAL);
		CHECK_TEXT(message, WRONG[i].message);
		CHECK_EQ(count, 99);
	}
}

TEST(never_more_than_the_buffer_holds)
{
	struct skep_insn insns[3] = { [2] = { .code = 0x77 } };
	uint32_t count;

	CHECK_EQ(assemble("exit;exit", 9, insns, 2, &count), 0);
	CHECK_EQ(assemble("exit;exit;exit", 14, insns, 2, &count), SKEP_EINVAL);
	CHECK_TEXT(message,
		   "line 1, column 11: found `exit`; needed: fewer instructions; the caller's "
		   "buffer is full: give it a larger one");
	CHECK_EQ(assemble("exit;r1 = 5 ll", 14, insns, 2, &count), SKEP_EINVAL);
	CHECK_EQ(insns[2].code, 0x77);
}

TEST(a_thousand_labels_and_no_more)
{
	enum { LABELS = 1024, BYTES = 32 };
	static char text[(LABELS + 1) * BYTES];
	static struct skep_insn insns[2 * LABELS];
	size_t size = 0;
	uint32_t count;

	for (unsigned i = 0; i < LABELS; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "l%u: goto l%u\n", i,
					 LABELS - 1 - i);
	CHECK_EQ(assemble(text, size, insns, LABELS, &count), 0);
	for (unsigned i = 0; i < LABELS; i++)
		CHECK_EQ(insns[i].off, LABELS - 2 - 2 * (int)i);
	size += (size_t)snprintf(text + size, sizeof(text) - size, "more: exit\n");
	CHECK_EQ(assemble(text, size, insns, LABELS + 1, &count), SKEP_EINVAL);
	CHECK_TEXT(message, "line 1025, column 1: found `more: exit`; needed: fewer labels; "
			    "write further targets as +N or -N");
}

TEST(everything_legal_comes_back_from_its_text)
{
	struct sample sample = { 0 };
	uint32_t tried = 0;

	while (sample_next(&sample)) {
		struct skep_insn back[2];
		uint32_t count = 0;
		char text[96];

		CHECK_EQ(skep_isa_disasm(sample.insns, 2, 0, NULL, text, sizeof(text)),
			 sample.slots);
		test_case("%s", text);
		CHECK_EQ(assemble(text, strlen(text), back, 2, &count), 0);
		CHECK_EQ(count, sample.slots);
		CHECK(memcmp(back, sample.insns, count * sizeof(*back)) == 0);
		tried++;
	}
	test_case("%s", "");
	CHECK(tried > 50000);
}

static const char *name_of(void *ctx, int32_t id)
{
	(void)ctx;
	return id == 7 ? "seven" : NULL;
}

static const char *function_of(void *ctx, uint32_t index)
{
	(void)ctx;
	return index == 3 ? "third" : NULL;
}

TEST(names_stand_where_they_are_known)
{
	const struct skep_isa_names names = { NULL, name_of, name_of, function_of };
	static const struct {
		const char *text, *named;
	} cases[] = {
		{ "call 7", "call seven#7" },
		{ "call 8", "call 8" },
		{ "call +2", "call third" },
		{ "call +3", "call +3" },
		{ "r1 = map[7] ll", "r1 = map[seven] ll" },
		{ "r1 = map_value[7]+4 ll", "r1 = map_value[seven]+4 ll" },
		{ "r1 = btf_id[7] ll", "r1 = btf_id[7] ll" },
		{ "r1 = function[+2] ll", "r1 = function[third] ll" },
		{ "call kfunc[7]", "call kfunc[7]" },
		{ "r1 = 0x7 ll", "r1 = 0x7 ll" },
	};

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		struct skep_insn insns[2];
		uint32_t count;
		char text[96];

		test_case("%s", cases[i].text);
		CHECK_EQ(assemble(cases[i].text, strlen(cases[i].text), insns, 2, &count), 0);
		skep_isa_disasm(insns, count, 0, &names, text, sizeof(text));
		CHECK_TEXT(text, cases[i].named);
	}
}

TEST(illegal_instructions_are_bytes_with_the_reason)
{
	const struct skep_insn insns[] = {
		{ .code = 0xff, .dst_reg = 1, .src_reg = 2, .off = -2, .imm = 0x11223344 },
		{ .code = 0x18, .dst_reg = 1 },
	};
	char text[96];

	CHECK_EQ(skep_isa_disasm(insns, 2, 0, NULL, text, sizeof(text)), 1);
	CHECK_TEXT(text, "ff 21 fe ff 44 33 22 11 # the opcode does not exist");
	CHECK_EQ(skep_isa_disasm(insns, 2, 1, NULL, text, sizeof(text)), 1);
	CHECK_TEXT(text,
		   "18 01 00 00 00 00 00 00 # the second half of this 64-bit load is missing");
}

TEST(a_disassembly_is_cut_at_the_size_given)
{
	const struct skep_insn insn = { .code = 0x61, .dst_reg = 1, .src_reg = 2 };
	char text[8] = "zzzzzzz";

	skep_isa_disasm(&insn, 1, 0, NULL, text, 5);
	CHECK_TEXT(text, "r1 =");
	CHECK_EQ(text[5], 'z');
	skep_isa_disasm(&insn, 1, 0, NULL, text, 0);
	CHECK_TEXT(text, "r1 =");
}

/* --------------------------------------------------------------------------- what no one meant */

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

TEST(random_bytes_are_disassembled_or_refused)
{
	for (unsigned i = 0; i < 300000; i++) {
		struct skep_insn insns[2], back[2];
		uint8_t bytes[16];
		uint32_t count = 0, slots;
		char text[96];

		for (unsigned j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)(random_below(3) == 0 ? 0 : random_below(256));
		skep_isa_read(bytes, random_below(2) == 0, 2, insns);
		slots = skep_isa_disasm(insns, 1 + random_below(2), 0, NULL, text, sizeof(text));
		CHECK(strlen(text) > 0);
		if (strchr(text, '#') != NULL)
			continue;
		test_case("%s", text);
		CHECK_EQ(assemble(text, strlen(text), back, 2, &count), 0);
		CHECK_EQ(count, slots);
		CHECK(memcmp(back, insns, slots * sizeof(*back)) == 0);
	}
}

TEST(random_text_is_assembled_or_refused)
{
	for (unsigned i = 0; i < 100000; i++) {
		char text[64];
		const size_t size = random_below(sizeof(text));
		struct skep_insn insns[8];
		uint32_t count = 0;
		int err;

		for (size_t j = 0; j < size; j++)
			text[j] = (char)random_below(256);
		err = assemble(text, size, insns, 8, &count);
		CHECK(err == 0 || (err == SKEP_EINVAL && message[0] != '\0'));
	}
}

/* Pieces of true programs, shuffled: gets further into the grammar than bytes do. */
TEST(shuffled_text_is_assembled_or_refused)
{
	static const char *const pieces[] = {
		"r0",
		"r10",
		"w1",
		" ",
		"=",
		"+=",
		"s>>=",
		"s",
		"(",
		")",
		"*",
		"u8",
		"u32",
		"u64",
		"s16",
		"-",
		"+",
		"5",
		"0x7",
		"ll",
		"goto",
		"if",
		"==",
		"s>",
		"label",
		"label:",
		":",
		";",
		"\n",
		"lock",
		"call",
		"#1",
		"[",
		"]",
		",",
		"map",
		"skb",
		"pc",
		"exit",
		"be16",
		"callx",
		"atomic_fetch_add",
		"cmpxchg_64",
		"load_acquire",
		"store_release",
		"kfunc",
		"99999999999999999999",
		"//",
		"\t",
		"function",
		"may_goto",
		"addr_space_cast",
	};

	for (unsigned i = 0; i < 200000; i++) {
		char text[256] = "";
		size_t size = 0;
		struct skep_insn insns[8];
		uint32_t count = 0;
		int err;

		for (unsigned j = random_below(14); j > 0; j--)
			size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%s",
						 pieces[random_below(SKEP_COUNT(pieces))],
						 random_below(3) == 0 ? "" : " ");
		err = assemble(text, size, insns, 8, &count);
		test_case("%s", text);
		CHECK(err == 0 || (err == SKEP_EINVAL && message[0] != '\0'));
	}
}

/* Every text above, cut at every length. */
TEST(cut_text_is_assembled_or_refused)
{
	for (size_t i = 0; i < SKEP_COUNT(BOTH_WAYS); i++) {
		for (size_t size = 0; size < strlen(BOTH_WAYS[i].text); size++) {
			struct skep_insn insns[2];
			uint32_t count;
			const int err = assemble(BOTH_WAYS[i].text, size, insns, 2, &count);

			CHECK(err == 0 || (err == SKEP_EINVAL && message[0] != '\0'));
		}
	}
}

TESTS_BEGIN
T(text_and_bytes_both_ways)
T(other_ways_to_write_the_same)
T(mistakes_are_named_with_line_and_column)
T(never_more_than_the_buffer_holds)
T(a_thousand_labels_and_no_more)
T(everything_legal_comes_back_from_its_text)
T(names_stand_where_they_are_known)
T(illegal_instructions_are_bytes_with_the_reason)
T(a_disassembly_is_cut_at_the_size_given)
T(random_bytes_are_disassembled_or_refused)
T(random_text_is_assembled_or_refused)
T(shuffled_text_is_assembled_or_refused)
T(cut_text_is_assembled_or_refused)
TESTS_END
