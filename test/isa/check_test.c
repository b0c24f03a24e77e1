/* SPDX-License-Identifier: Apache-2.0 */
/* The structure check: programs written as text, the verdict by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "isa/isa.h"
#include "rules.h"

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

TEST(a_bit_of_scratch_per_instruction_is_enough_and_given_back)
{
	struct skep_insn insns[CAPACITY];
	uint64_t block[(CAPACITY / 8 + 128) / 8];
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

/* With nothing but exit behind it, an instruction may still lead out of the program or make a
 * function of a part of it. */
static bool is_about_flow(enum skep_isa_fault fault)
{
	return fault == SKEP_FAULT_BEFORE || fault == SKEP_FAULT_PAST ||
	       fault == SKEP_FAULT_MIDDLE || fault == SKEP_FAULT_LEAVES ||
	       fault == SKEP_FAULT_FALLS;
}

static void check_alone(const struct skep_insn *insn)
{
	struct skep_insn insns[3] = { *insn };
	uint8_t marks[SKEP_ISA_MARKS_BYTES(3)];
	enum skep_isa_fault fault;
	uint32_t where = 99;

	insns[1].code = insn->code == 0x18 ? 0 : 0x95;
	insns[2].code = 0x95;
	fault = skep_isa_check_flat(insns, 3, marks, &where);
	if (!legal(insns) ? fault != SKEP_FAULT_NONE && fault != SKEP_FAULT_R10 &&
				    !is_about_flow(fault) && where == 0
	    : writes_r10(insns) ? fault == SKEP_FAULT_R10 && where == 0
				: fault == SKEP_FAULT_NONE || is_about_flow(fault))
		return;
	test_case("code %#x dst %u src %u off %d imm %d: fault %d at %u", insn->code, insn->dst_reg,
		  insn->src_reg, insn->off, insn->imm, fault, (unsigned)where);
	CHECK(false);
}

TEST(every_instruction_is_held_to_the_rules)
{
	for (unsigned code = 0; code < 256; code++)
		for (unsigned registers = 0; registers < 256; registers++)
			for (size_t i = 0; i < SKEP_COUNT(RULE_OFFS); i++)
				for (size_t j = 0; j < SKEP_COUNT(RULE_IMMS); j++)
					check_alone(
						&(struct skep_insn){ .code = (uint8_t)code,
								     .dst_reg = registers & 15,
								     .src_reg = registers >> 4 & 15,
								     .off = RULE_OFFS[i],
								     .imm = RULE_IMMS[j] });
}

enum { RANDOM_INSNS = 12 };

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

/* Instructions whose fields are legal, most of them about where to go. */
static void make_program(struct skep_insn *insns, uint32_t count)
{
	static const uint8_t codes[] = { 0xb7, 0x05, 0x15, 0x18, 0x85, 0x95,
					 0x06, 0xe5, 0xbf, 0x1d, 0x95, 0x05 };

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t code = codes[random_below(SKEP_COUNT(codes))];
		const int distance =
			(int)random_below(count) - (int)i - 1 + (random_below(40) == 0);

		insns[i] = (struct skep_insn){ .code = code };
		if (code == 0x05 || code == 0x15 || code == 0xe5 || code == 0x1d)
			insns[i].off = (int16_t)distance;
		if (code == 0x06 || code == 0x85 || code == 0x18)
			insns[i].imm = distance;
		if (code == 0x85)
			insns[i].src_reg = random_below(3) == 0;
		if (code == 0x18 && random_below(3) == 0)
			insns[i].src_reg = 4;
		if (code == 0x18 && random_below(20) != 0 && i + 1 < count)
			insns[++i] = (struct skep_insn){ 0 };
	}
}

static bool jumps(uint8_t code)
{
	return code == 0x05 || code == 0x06 || code == 0x15 || code == 0xe5 || code == 0x1d;
}

/* The rules for where instructions may go, without any cleverness. */
static bool is_sound(const struct skep_insn *insns, int count)
{
	bool second[RANDOM_INSNS] = { false }, function[RANDOM_INSNS + 1] = { true };
	int of[RANDOM_INSNS] = { 0 };

	for (int i = 0; i < count; i++) {
		if (insns[i].code != 0x18)
			continue;
		if (i + 1 == count || insns[i + 1].code != 0)
			return false;
		second[++i] = true;
	}
	for (int i = 0; i < count; i++) {
		const int target = i + 1 + insns[i].imm;

		if (!(insns[i].code == 0x85 && insns[i].src_reg == 1) &&
		    !(insns[i].code == 0x18 && insns[i].src_reg == 4))
			continue;
		if (target < 0 || target >= count || second[target])
			return false;
		function[target] = true;
	}
	for (int i = 1; i < count; i++)
		of[i] = function[i] ? i : of[i - 1];
	function[count] = true;
	for (int i = 0; i < count; i++) {
		const int target = i + 1 + (insns[i].code == 0x06 ? insns[i].imm : insns[i].off);
		const uint8_t code = insns[i].code;

		if (jumps(code) &&
		    (target < 0 || target >= count || second[target] || of[target] != of[i]))
			return false;
		if (function[i + 1] && code != 0x95 && code != 0x05 && code != 0x06)
			return false;
	}
	return true;
}

TEST(random_programs_are_judged_as_by_the_plain_rules)
{
	uint32_t passed = 0, functions = 0;

	for (unsigned i = 0; i < 2000000; i++) {
		const uint32_t count = 1 + random_below(RANDOM_INSNS);
		struct skep_insn insns[RANDOM_INSNS];
		uint8_t marks[SKEP_ISA_MARKS_BYTES(RANDOM_INSNS)];
		enum skep_isa_fault fault;
		uint32_t where;

		make_program(insns, count);
		fault = skep_isa_check_flat(insns, count, marks, &where);
		test_case("program %u, fault %d at %u", i, fault, (unsigned)where);
		CHECK_EQ(fault == SKEP_FAULT_NONE, is_sound(insns, (int)count));
		CHECK(where < count);
		passed += fault == SKEP_FAULT_NONE;
		functions += fault == SKEP_FAULT_NONE && (marks[0] & 0xfe) != 0;
	}
	test_case("%s", "");
	CHECK(passed > 20000);
	CHECK(functions > 5000);
}

TESTS_BEGIN
T(sound_programs_pass)
T(broken_programs_are_refused_with_the_reason)
T(illegal_encodings_are_refused_where_they_stand)
T(a_bit_of_scratch_per_instruction_is_enough_and_given_back)
T(every_instruction_is_held_to_the_rules)
T(random_programs_are_judged_as_by_the_plain_rules)
TESTS_END
