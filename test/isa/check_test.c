/* SPDX-License-Identifier: Apache-2.0 */
/* The structure check: programs written as text, the verdict by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "isa/isa.h"

enum { CAPACITY = 64 };

static char message[512];

static void keep_message(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	snprintf(message, sizeof(message), "%s", report->text);
}

/* Checks a copy of exactly `count` instructions, with scratch of exactly the documented size. */
static int check(const struct skep_insn *insns, uint32_t count)
{
	struct skep_log log = { .sink = keep_message };
	struct skep_insn *copy = malloc(count * sizeof(*copy) + (count == 0));
	struct skep_arena scratch;
	int err;

	message[0] = '\0';
	memcpy(copy, insns, count * sizeof(*copy));
	skep_arena_init(&scratch, skep_port_posix(), 0);
	err = skep_isa_check(copy, count, &scratch, &log);
	skep_arena_free(&scratch);
	free(copy);
	return err;
}

static int check_text(const char *text)
{
	struct skep_log log = { .sink = keep_message };
	struct skep_insn insns[CAPACITY];
	uint32_t count;

	if (skep_isa_assemble(text, strlen(text), insns, CAPACITY, &count, &log) < 0)
		return 1;
	return check(insns, count);
}

TEST(sound_programs_pass)
{
	static const char *const cases[] = {
		"exit",
		"r0 = 0; exit",
		"goto -1",
		"goto +1; exit; goto -2",
		"gotol +0; exit",
		"a: if r1 == 0 goto a; exit",
		"r0 = 1 ll; exit; goto -2",
		"if r1 > 5 goto +2; r0 = 1 ll; exit",
		"call f; exit; f: r0 = 1; exit",
		"call f; exit; f: call f; exit",
		"r1 = function[f] ll; exit; f: r0 = 1; goto g; g: exit",
		"exit; r0 = 1; exit",
		"may_goto +0; exit",
		"call 99999; exit",
		"call kfunc[1]; exit",
		"callx r3; exit",
		"*(u64 *)(r10 -8) = r10; lock *(u64 *)(r10 -8) += r10; exit",
		"r1 = r10; r0 = *(u8 *)(r10 -600); exit",
		"if r10 != 0 goto +0; exit",
		"store_release((u64 *)(r10 -8), r10); exit",
		"r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r10); exit",
		"w0 <<= 40; r0 /= 0; exit",
	};

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		test_case("%s", cases[i]);
		CHECK_EQ(check_text(cases[i]), 0);
	}
}

#define R10                                                                                        \
	"r10 is written; needed: r0 to r9 as the destination; r10 is the frame pointer: copy it "  \
	"to another register first"

TEST(broken_programs_are_refused_with_the_reason)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "the program has 0 instructions; needed: from 1 to 2147483647 of them" },
		{ "r0 = 1", "instruction 0: the function that begins at instruction 0 goes on past "
			    "its last one; needed: exit or an unconditional jump at its end" },
		{ "exit; r0 = 1 ll",
		  "instruction 1: the function that begins at instruction 0 goes on past its last "
		  "one; needed: exit or an unconditional jump at its end" },
		{ "a: if r1 == 0 goto a",
		  "instruction 0: the function that begins at instruction 0 goes on past its last "
		  "one; needed: exit or an unconditional jump at its end" },
		{ "exit; may_goto -1",
		  "instruction 1: the function that begins at instruction 0 goes on past its last "
		  "one; needed: exit or an unconditional jump at its end" },
		{ "call f; r0 = 1; f: exit",
		  "instruction 1: the function that begins at instruction 0 goes on past its last "
		  "one; needed: exit or an unconditional jump at its end" },
		{ "goto +1; exit", "instruction 0: this jump goes to 2, past the last instruction; "
				   "needed: a target from 0 to 1 that begins an instruction" },
		{ "if r1 == 0 goto -2; exit",
		  "instruction 0: this jump goes to -1, before the first instruction; needed: a "
		  "target from 0 to 1 that begins an instruction" },
		{ "gotol +2147483647; exit",
		  "instruction 0: this jump goes to 2147483648, past the last instruction; needed: "
		  "a target from 0 to 1 that begins an instruction" },
		{ "gotol -2147483648; exit",
		  "instruction 0: this jump goes to -2147483647, before the first instruction; "
		  "needed: a target from 0 to 1 that begins an instruction" },
		{ "goto +1; r0 = 5 ll; exit",
		  "instruction 0: this jump goes to 2, in the middle of a 64-bit load; needed: a "
		  "target from 0 to 3 that begins an instruction" },
		{ "may_goto +9; exit", "instruction 0: this jump goes to 10, past the last "
				       "instruction; needed: a target "
				       "from 0 to 1 that begins an instruction" },
		{ "call +7; exit", "instruction 0: this call goes to 8, past the last instruction; "
				   "needed: a target from 0 to 1 that begins an instruction" },
		{ "call -2; exit",
		  "instruction 0: this call goes to -1, before the first instruction; "
		  "needed: a target from 0 to 1 that begins an instruction" },
		{ "call +1; r0 = 5 ll; exit",
		  "instruction 0: this call goes to 2, in the middle of a 64-bit load; needed: a "
		  "target from 0 to 3 that begins an instruction" },
		{ "r0 = 5 ll; call -2; exit",
		  "instruction 2: this call goes to 1, in the middle of a 64-bit load; needed: a "
		  "target from 0 to 3 that begins an instruction" },
		{ "r1 = function[+8] ll; exit",
		  "instruction 0: this function address goes to 9, past the last instruction; "
		  "needed: a target from 0 to 2 that begins an instruction" },
		{ "r1 = function[+0] ll; exit",
		  "instruction 0: this function address goes to 1, in the middle of a 64-bit load; "
		  "needed: a target from 0 to 2 that begins an instruction" },
		{ "call f; goto g; exit; f: r0 = 1; g: exit",
		  "instruction 1: this jump leaves its function, which is instructions 0 to 2; "
		  "needed: a target inside; call other functions with `call`" },
		{ "call f; if r1 == 0 goto f; exit; f: exit",
		  "instruction 1: this jump leaves its function, which is instructions 0 to 2; "
		  "needed: a target inside; call other functions with `call`" },
		{ "call f; a: exit; f: goto a",
		  "instruction 2: this jump leaves its function, which is instructions 2 to 2; "
		  "needed: a target inside; call other functions with `call`" },
		{ "r10 = 0; exit", "instruction 0: " R10 },
		{ "exit; r10 += r1; exit", "instruction 1: " R10 },
		{ "w10 = -w10; exit", "instruction 0: " R10 },
		{ "r10 = be16 r10; exit", "instruction 0: " R10 },
		{ "r10 = (s8)r1; exit", "instruction 0: " R10 },
		{ "r10 = 1 ll; exit", "instruction 0: " R10 },
		{ "r10 = *(u32 *)(r1 +0); exit", "instruction 0: " R10 },
		{ "r10 = *(s8 *)(r1 +0); exit", "instruction 0: " R10 },
		{ "r10 = load_acquire((u8 *)(r1 +0)); exit", "instruction 0: " R10 },
		{ "r10 = atomic_fetch_add((u64 *)(r1 +0), r10); exit", "instruction 0: " R10 },
		{ "r10 = atomic_xchg((u64 *)(r1 +0), r10); exit", "instruction 0: " R10 },
		{ "r10 = addr_space_cast(r1, 0, 1); exit", "instruction 0: " R10 },
	};

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		test_case("%s", cases[i].text);
		CHECK_EQ(check_text(cases[i].text), SKEP_EINVAL);
		CHECK_TEXT(message, cases[i].message);
	}
}

TEST(illegal_encodings_are_refused_where_they_stand)
{
	const struct skep_insn insns[] = {
		{ .code = 0xb7 },
		{ .code = 0x07, .off = 1 },
		{ .code = 0x95 },
	};
	const struct skep_insn cut[] = { { .code = 0x95 }, { .code = 0x18 } };

	CHECK_EQ(check(insns, 3), SKEP_EINVAL);
	CHECK_TEXT(message, "instruction 1: the offset field has a reserved value; needed: an "
			    "instruction of RFC 9669 or Linux");
	CHECK_EQ(check(cut, 2), SKEP_EINVAL);
	CHECK_TEXT(message,
		   "instruction 1: the second half of this 64-bit load is missing; needed: an "
		   "instruction of RFC 9669 or Linux");
}

TEST(two_bits_of_scratch_per_instruction_are_enough_and_given_back)
{
	struct skep_insn insns[CAPACITY];
	uint64_t block[(CAPACITY / 4 + 128) / 8];
	struct skep_arena scratch;
	struct skep_arena_mark before;

	for (unsigned i = 0; i < CAPACITY; i++)
		insns[i] = (struct skep_insn){ .code = 0x95 };
	skep_arena_init_block(&scratch, block, sizeof(block));
	before = skep_arena_mark(&scratch);
	CHECK_EQ(skep_isa_check(insns, CAPACITY, &scratch, NULL), 0);
	insns[CAPACITY - 1].code = 0xff;
	CHECK_EQ(skep_isa_check(insns, CAPACITY, &scratch, NULL), SKEP_EINVAL);
	CHECK(scratch.cursor == before.cursor);
	skep_arena_init_block(&scratch, block, 1);
	CHECK_EQ(skep_isa_check(insns, CAPACITY, &scratch, NULL), SKEP_ENOMEM);
}

TEST(random_programs_are_judged)
{
	static const uint8_t codes[] = {
		0xb7, 0x05, 0x15, 0x18, 0x00, 0x85, 0x95, 0x06, 0xe5, 0xbf
	};
	uint32_t random = 1, passed = 0;

	for (unsigned i = 0; i < 200000; i++) {
		struct skep_insn insns[6];
		uint32_t count;

		for (unsigned j = 0; j < SKEP_COUNT(insns); j++) {
			uint8_t code;

			random = random * 1664525 + 1013904223;
			code = codes[(random >> 16) % SKEP_COUNT(codes)];
			insns[j] = (struct skep_insn){ .code = code };
			if (code == 0x05 || code == 0x15 || code == 0xe5)
				insns[j].off = (int16_t)((int)(random >> 8 & 7) - 3);
			if (code == 0x06 || code == 0x85)
				insns[j].imm = (int)(random >> 8 & 7) - 3;
			if (code == 0x85)
				insns[j].src_reg = random >> 11 & 1;
		}
		count = 1 + (random >> 24) % SKEP_COUNT(insns);
		if (check(insns, count) == 0)
			passed++;
		else
			CHECK(message[0] != '\0');
	}
	CHECK(passed > 1000);
}

TESTS_BEGIN
T(sound_programs_pass)
T(broken_programs_are_refused_with_the_reason)
T(illegal_encodings_are_refused_where_they_stand)
T(two_bits_of_scratch_per_instruction_are_enough_and_given_back)
T(random_programs_are_judged)
TESTS_END
