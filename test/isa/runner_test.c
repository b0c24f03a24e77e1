/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of the text tests finds every kind of wrong result, and says what is wrong with a test
 * that it cannot read. */
#include "runner.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"

enum { INSNS_MAX = 400, TEXT_MAX = 256, ROW_WORDS = 128 };

/* What an engine does to the memory it was given, once its program has run. */
struct fault {
	int32_t byte; /* of memory, negative: none */
	uint8_t bits; /* that are inverted there */
	uint64_t r0;  /* bits that are inverted in the result */
	bool stops, refuses;
};

static struct fault fault;
static struct skep_insn insns[INSNS_MAX];
static char text_room[TEXT_MAX];
static uint64_t rows[ROW_WORDS];
static struct isa_room room = {
	.text = text_room,
	.text_bytes = sizeof(text_room),
	.insns = insns,
	.insn_max = INSNS_MAX,
	.rows = rows,
	.row_words = ROW_WORDS,
};
static struct isa_runner runner;

static bool prepare(void *ctx, const struct skep_insn *program, uint32_t count)
{
	(void)ctx;
	return !fault.refuses && isa_engine_interp.prepare(NULL, program, count);
}

static void run(void *ctx, void *memory, size_t size, struct isa_run *out)
{
	(void)ctx;
	isa_engine_interp.run(NULL, memory, size, out);
	if (fault.byte >= 0)
		((uint8_t *)memory)[fault.byte] ^= fault.bits;
	out->r0 ^= fault.r0;
	out->stopped = fault.stops;
	out->index = 1;
	out->why = "a fault of the test's own";
}

static const struct isa_engine ENGINE = { .name = "faulty", .prepare = prepare, .run = run };

static size_t read_text(void *ctx, size_t offset, char *out, size_t size)
{
	const char *text = ctx;
	const size_t all = strlen(text), left = offset < all ? all - offset : 0;

	size = size < left ? size : left;
	memcpy(out, text + (all - left), size);
	return size;
}

static enum isa_outcome run_on(const struct isa_engine *engine, const char *content)
{
	static struct isa_text text = { "file", read_text, NULL };

	text.ctx = (void *)(uintptr_t)content;
	isa_runner_init(&runner, &text, engine, &room);
	return isa_runner_next(&runner, NULL);
}

/* The first test in the text, with the fault. */
static enum isa_outcome run_with(struct fault wanted, const char *content)
{
	fault = wanted;
	return run_on(&ENGINE, content);
}

static const struct fault NO_FAULT = { .byte = -1 };

static const char ADD[] = "# add\nop: r{d} += r{s}\n  d s -> d\n  1 1 -> 2\n  1 2 -> 3\n";
static const char JUMP[] = "# jump\njump: if r{d} == r{s} goto\n  d s -> taken\n  1 1 -> 1\n"
			   "  1 2 -> 0\n";
static const char STORE[] = "op: *(u16 *)(r{d} {o}) = r{s}\n  o d s -> m16\n  0 @ 7 -> 7\n"
			    "  0 @ @ -> @\n";

TEST(right_results_pass)
{
	CHECK_EQ(run_with(NO_FAULT, ADD), ISA_PASSED);
	CHECK_TEXT(runner.name, "add");
	/* 90 pairs of different registers with two rows, 10 with the one that fits. */
	CHECK_EQ(runner.runs, 190);
	CHECK_EQ(run_with(NO_FAULT, JUMP), ISA_PASSED);
	CHECK_EQ(runner.runs, 380);
	CHECK_EQ(run_with(NO_FAULT, STORE), ISA_PASSED);
	CHECK_EQ(isa_runner_next(&runner, NULL), ISA_END);
}

TEST(a_wrong_expectation_fails)
{
	CHECK_EQ(run_with(NO_FAULT, "op: r{d} += r{s}\n  d s -> d\n  1 1 -> 2\n  1 2 -> 4\n"),
		 ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:4: d = r0, s = r1, jump of 0: the result is 0x3, "
				   "wanted 0x4");
	CHECK_EQ(run_with(NO_FAULT, "op: w{d} = w{s}\n  s -> d\n  -1 -> -1\n"), ISA_FAILED);
	CHECK_EQ(run_with(NO_FAULT, "op: r{d} = r{s}\n  s -> s\n  5 -> 5\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:3: d = r0, s = r1, jump of 0: the result is 0x5, "
				   "wanted 0x9e3779b97f4a7c15");
	CHECK_EQ(run_with(NO_FAULT, "op: *(u8 *)(r{d} {o}) = 7\n  o d -> m16\n  0 @ -> 7\n"),
		 ISA_FAILED);
	CHECK_EQ(run_with(NO_FAULT, "op: r{d} = *(u8 *)(r{s} {o})\n  o s m8 -> d\n  1 @ 9 -> 8\n"),
		 ISA_FAILED);
	CHECK_EQ(run_with(NO_FAULT, "jump: goto\n  -> taken\n  -> 0\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:3: d = r0, s = r0, jump of 2: taken is 0x1, wanted "
				   "0");
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 5 ; exit\nrun: 6\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: r0 is 0x5, wanted 0x6");
	CHECK_EQ(run_with(NO_FAULT, "asm: *(u8 *)(r1 +1) = 5 ; r0 = 0 ; exit\nmem: 0000 00\n"
				    "run: 0\n"),
		 ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: byte 1 of memory is 0x05, wanted 0x00");
}

/* Registers are words 10 to 19 of the world, r0 to r9. */
TEST(every_bit_of_every_register_is_looked_at)
{
	for (int32_t byte = 80; byte < 160; byte++)
		for (unsigned bit = 0; bit < 8; bit++) {
			const struct fault one = { .byte = byte, .bits = (uint8_t)(1 << bit) };

			test_case("byte %d, bit %u", (int)byte, bit);
			CHECK_EQ(run_with(one, ADD), ISA_FAILED);
		}
	for (unsigned bit = 0; bit < 64; bit++) {
		const struct fault one = { .byte = -1, .r0 = (uint64_t)1 << bit };

		test_case("bit %u of the result", bit);
		CHECK_EQ(run_with(one, ADD), ISA_FAILED);
		CHECK_EQ(run_with(one, "asm: r0 = 5 ; exit\nrun: 5\n"), ISA_FAILED);
	}
	test_case("%s", "");
}

TEST(every_byte_of_memory_is_looked_at)
{
	for (int32_t byte = 0; byte < 240; byte++) {
		const struct fault one = { .byte = byte, .bits = 0x10 };

		test_case("byte %d", (int)byte);
		CHECK_EQ(run_with(one, STORE), ISA_FAILED);
		CHECK_EQ(run_with(one, JUMP), ISA_FAILED);
	}
	for (int32_t byte = 0; byte < 48; byte++) {
		const struct fault one = { .byte = byte, .bits = 0x80 };

		test_case("byte %d of a program's memory", (int)byte);
		CHECK_EQ(run_with(one, "asm: r0 = 5 ; exit\nmem: 00 01\nrun: 5\n"), ISA_FAILED);
	}
	test_case("%s", "");
}

TEST(lost_registers_are_not_looked_at)
{
	static const char LOSES[] = "op: r{d} += r{s}\nloses: 1-5\n  d s -> d\n  1 1 -> 2\n"
				    "  1 2 -> 3\n";

	CHECK_EQ(run_with((struct fault){ .byte = 88, .bits = 1 }, LOSES), ISA_PASSED);
	CHECK_EQ(run_with((struct fault){ .byte = 120, .bits = 1 }, LOSES), ISA_PASSED);
	CHECK_EQ(run_with((struct fault){ .byte = 80, .bits = 1 }, LOSES), ISA_FAILED);
	CHECK_EQ(run_with((struct fault){ .byte = 128, .bits = 1 }, LOSES), ISA_FAILED);
}

TEST(a_stop_or_a_refusal_of_the_engine_fails)
{
	const struct fault stops = { .byte = -1, .stops = true };
	const struct fault refuses = { .byte = -1, .refuses = true };

	CHECK_EQ(run_with(stops, ADD), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:4: d = r0, s = r0: stopped at 1: a fault of the "
				   "test's own");
	CHECK_EQ(run_with(stops, "asm: r0 = 5 ; exit\nrun: 5\n"), ISA_FAILED);
	CHECK_EQ(run_with(refuses, ADD), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:4: the faulty does not take the program");
	CHECK_EQ(run_with(refuses, "asm: r0 = 5 ; exit\nrun: 5\n"), ISA_FAILED);
}

/* An operation that must end the program, and one that must not. */
TEST(an_end_is_told_from_going_on)
{
	static const char *const tests[] = {
		"op: r0 = *(u8 *)skb[{k}]\nloses: 1-5\npacket: 41 42\n  r6 k -> r0 ends\n"
		"  ctx 1 -> 0x42 0\n  ctx 2 -> 0 1\n",
		"op: r0 = *(u8 *)skb[{k}]\nloses: 1-5\npacket: 41 42\n  r6 k -> ends\n  ctx 1 -> "
		"1\n",
		"op: r0 = *(u8 *)skb[{k}]\nloses: 1-5\npacket: 41 42\n  r6 k -> ends\n  ctx 2 -> "
		"0\n",
		"op: r0 = *(u8 *)skb[{k}]\nloses: 1-5\npacket: 41 42\n  r6 k -> r0 ends\n  @ 1 -> "
		"0x42 0\n",
	};

	CHECK_EQ(run_with(NO_FAULT, tests[0]), ISA_PASSED);
	for (size_t i = 1; i < SKEP_COUNT(tests); i++) {
		test_case("test %u", (unsigned)i);
		CHECK_EQ(run_with(NO_FAULT, tests[i]), ISA_FAILED);
	}
	test_case("%s", "");
}

TEST(refusals_of_the_structure_check)
{
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0\nrefuse: 0 past its last\n"), ISA_PASSED);
	CHECK_EQ(run_with(NO_FAULT, "hex: ff00000000000000 95000000 00000000\nrefuse: 0 opcode\n"),
		 ISA_PASSED);
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0\nrefuse: 1 past its last\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: refused at instruction 0, not 1: the function goes "
				   "on past its last instruction");
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0\nrefuse: 0 opcode\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: refused for another reason: the function goes on "
				   "past its last instruction");
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0 ; exit\nrefuse: 0 opcode\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: not refused");
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0\nrun: 0\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: the structure check refuses instruction 0: the "
				   "function goes on past its last instruction");
	CHECK_EQ(run_with(NO_FAULT, "op: r10 = r{s}\n  s -> s\n  1 -> 1\n"), ISA_FAILED);
}

TEST(stops_of_checked_execution)
{
	static const char WILD[] = "asm: r1 = 0 ; r0 = *(u8 *)(r1 +0) ; exit\n"
				   "stop: 1 a load from memory\n";

	CHECK_EQ(run_on(&isa_engine_checked, WILD), ISA_PASSED);
	CHECK_EQ(run_on(&isa_engine_interp, WILD), ISA_END);
	CHECK_EQ(run_on(&isa_engine_checked, "asm: r1 = 0 ; r0 = *(u8 *)(r1 +0) ; exit\n"
					     "stop: 0 a load from memory\n"),
		 ISA_FAILED);
	CHECK_EQ(run_on(&isa_engine_checked, "asm: r1 = 0 ; r0 = *(u8 *)(r1 +0) ; exit\n"
					     "stop: 1 a store\n"),
		 ISA_FAILED);
	CHECK_EQ(run_on(&isa_engine_checked, "asm: r0 = 0 ; exit\nstop: 1 a store\n"), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: not stopped");
}

TEST(programs_run_in_every_rotation)
{
	CHECK_EQ(run_with(NO_FAULT, "asm: r1 = 5 ; r2 = 6 ; r0 = r1 ; r0 += r2 ; exit\nrun: 11\n"),
		 ISA_PASSED);
	CHECK_EQ(runner.runs, 9);
	CHECK_EQ(run_with(NO_FAULT, "asm: r1 = 5 ; call 3 ; exit\nrun: 5\n"), ISA_PASSED);
	CHECK_EQ(runner.runs, 1);
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = r2 ; exit\nmem: 00 00\nrun: 2\n"), ISA_PASSED);
	CHECK_EQ(runner.runs, 1);
}

TEST(fills)
{
	static const char FILLED[] =
		"asm: r0 = 5 ; goto +302 ; r0 = 6 ; r0 = 7 ; exit\nfill: 2 300\n"
		"run: 5\n";
	const uint32_t whole = room.insn_max;

	CHECK_EQ(run_with(NO_FAULT, FILLED), ISA_PASSED);
	room.insn_max = 300;
	CHECK_EQ(run_with(NO_FAULT, FILLED), ISA_SKIPPED);
	CHECK_TEXT(runner.message, "needs room for more instructions");
	room.insn_max = whole;
}

TEST(tests_that_are_left_out)
{
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0 ; exit\nonly: jit other\nrun: 1\n"), ISA_END);
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0 ; exit\nonly: jit faulty\nrun: 0\n"), ISA_PASSED);
	CHECK_EQ(run_with(NO_FAULT, "jump: goto\ndistance: 1000\n  -> taken\n  -> 1\n"),
		 ISA_SKIPPED);
	CHECK_TEXT(runner.message, "needs room for 1040 instructions");
	room.steps_max = 1000;
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0 ; exit\nsteps: 1001\nrun: 1\n"), ISA_SKIPPED);
	CHECK_TEXT(runner.message, "takes too long on this machine");
	CHECK_EQ(run_with(NO_FAULT, "asm: r0 = 0 ; exit\nsteps: 1000\nrun: 0\n"), ISA_PASSED);
	room.steps_max = 0;
}

TEST(rows_are_read_in_parts)
{
	static const char MANY[] =
		"op: r{d} ^= r{s}\nd: 1 2\ns: 1 2\n  d s -> d\n"
		"  1 1 -> 0\n  2 2 -> 0\n  3 3 -> 0\n  4 4 -> 0\n  5 5 -> 0\n"
		"# a remark\n  1 2 -> 3\n  6 1 -> 7\n  7 1 -> 7\n\nasm: r0 = 1 ; exit\n"
		"run: 1";
	uint32_t runs;

	CHECK_EQ(run_with(NO_FAULT, MANY), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:13: d = r1, s = r2, jump of 0: r1 is 0x6, wanted 0x7");
	runs = runner.runs;
	CHECK_EQ(isa_runner_next(&runner, NULL), ISA_PASSED);
	CHECK_EQ(isa_runner_next(&runner, NULL), ISA_END);
	room.row_words = 8; /* two rows at a time */
	CHECK_EQ(run_with(NO_FAULT, MANY), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:13: d = r1, s = r2, jump of 0: r1 is 0x6, wanted 0x7");
	/* All pairs have seen the parts before, which is not so when there is one part. */
	CHECK(runner.runs > runs);
	CHECK_EQ(isa_runner_next(&runner, NULL), ISA_PASSED);
	room.row_words = ROW_WORDS;
}

/* Rows shared out among registers: each is still run, and every register with some row. */
TEST(thin_tables)
{
	static const char *const wrong[] = {
		"op: r{d} += r{s}\n  d s -> d\n  1 1 -> 3\n  1 2 -> 3\n  5 2 -> 7\n  2 2 -> 4\n",
		"op: r{d} += r{s}\n  d s -> d\n  1 1 -> 2\n  1 2 -> 4\n  5 2 -> 7\n  2 2 -> 4\n",
		"op: r{d} += r{s}\n  d s -> d\n  1 1 -> 2\n  1 2 -> 3\n  5 2 -> 8\n  2 2 -> 4\n",
		"op: r{d} += r{s}\n  d s -> d\n  1 1 -> 2\n  1 2 -> 3\n  5 2 -> 7\n  2 2 -> 5\n",
	};

	room.thin = true;
	CHECK_EQ(run_with(NO_FAULT, ADD), ISA_PASSED);
	CHECK_EQ(runner.runs, 100);
	for (size_t i = 0; i < SKEP_COUNT(wrong); i++) {
		test_case("row %u", (unsigned)i);
		CHECK_EQ(run_with(NO_FAULT, wrong[i]), ISA_FAILED);
	}
	test_case("%s", "");
	CHECK_EQ(run_with(NO_FAULT, "op: r{d} += r{s}\n  d s -> d\n  1 2 -> 3\n"), ISA_FAILED);
	CHECK(skep_text_begins(runner.message, "file.txt:1: no row for d = r0"));
	room.thin = false;
}

static const struct {
	const char *text, *message;
} MALFORMED[] = {
	{ "# no program\nrun: 0\n", "file.txt:2: no `asm`, `hex`, `op` or `jump`" },
	{ "asm: exit\n", "file.txt:1: no `run`, `refuse` or `stop`" },
	{ "asm: exit\nruns: 0\n", "file.txt:2: an unknown key `runs`" },
	{ "asm: exit\nrun\n", "file.txt:2: no `key: value` line, comment or row" },
	{ "asm: exit\nrun: zero\n",
	  "file.txt:2: a value that `run` cannot have here, or that there is no room for" },
	{ "asm: exit\nrun: 0x10000000000000000\n",
	  "file.txt:2: a value that `run` cannot have here, or that there is no room for" },
	{ "asm: exit\nrun: 1\nstop: 0 words\n",
	  "file.txt:3: a value that `stop` cannot have here, or that there is no room for" },
	{ "asm: exit\nmem: 0\nrun: 1\n",
	  "file.txt:2: a value that `mem` cannot have here, or that there is no room for" },
	{ "asm: exit\nmem: gg\nrun: 1\n",
	  "file.txt:2: a value that `mem` cannot have here, or that there is no room for" },
	{ "asm: r0 = 0 ; exit\nmem: 00\nafter: 0000\nrun: 0\n",
	  "file.txt:1: `after` is not as long as `mem`" },
	{ "hex: 95\nrun: 1\n", "file.txt:1: no whole number of instructions in `hex`" },
	{ "asm: exit\nop: exit\nrun: 1\n",
	  "file.txt:2: a value that `op` cannot have here, or that there is no room for" },
	{ "op: r{d} = 1\nd: 5-3\n  -> d\n  -> 1\n",
	  "file.txt:2: a value that `d` cannot have here, or that there is no room for" },
	{ "op: r{d} = 1\nd: 10\n  -> d\n  -> 1\n",
	  "file.txt:2: a value that `d` cannot have here, or that there is no room for" },
	{ "op: r{d} = 1\n", "file.txt:1: a table without rows" },
	{ "op: r{d} = 1\n  -> d\n", "file.txt:1: a table without rows" },
	{ "op: r{d} = 1\n  d\n  1\n", "file.txt:2: names of columns without `->`" },
	{ "op: r{d} = 1\n  e -> d\n  1 -> 1\n", "file.txt:2: an unknown column, or too many" },
	{ "  d -> d\n", "file.txt:1: a row, but no `op` or `jump` before it" },
	{ "op: r{d} = 1\n  d -> d\n  5 -> 1 2\n", "file.txt:3: more values than columns" },
	{ "op: r{d} = 1\n  d -> d\n  5\n", "file.txt:3: fewer values than columns" },
	{ "op: r{d} = 1\n  d -> d\n  5 -> x\n", "file.txt:3: value 2 is no number" },
	{ "op: r{d} = 1\nrun: 1\n  d -> d\n  5 -> 1\n",
	  "file.txt:1: a table has no `mem`, `after`, `run` or refusal" },
	{ "op: r{d} += r{s}\n  d s -> d\n  1 2 -> 3\n",
	  "file.txt:1: no row for d = r0 and every s: only 0x3fe" },
	{ "jump: goto\ndistance: 1\n  -> taken\n  -> 1\n",
	  "file.txt:1: a distance that is too near: at least 2" },
	{ "jump: goto\ndistance: -2\n  -> taken\n  -> 1\n",
	  "file.txt:1: a distance that is too near: at most -3" },
	{ "asm: r0 = 1 ; exit\nfill: 3 1\nrun: 1\n",
	  "file.txt:1: `fill` behind the last instruction" },
};

TEST(malformed_tests_are_told_with_their_line)
{
	for (size_t i = 0; i < SKEP_COUNT(MALFORMED); i++) {
		char text[200];

		test_case("%s", MALFORMED[i].text);
		snprintf(text, sizeof(text), "%s\nasm: r0 = 1 ; exit\nrun: 1\n", MALFORMED[i].text);
		CHECK_EQ(run_with(NO_FAULT, text), ISA_FAILED);
		CHECK_TEXT(runner.message, MALFORMED[i].message);
		CHECK_EQ(isa_runner_next(&runner, NULL), ISA_PASSED); /* the next one is unharmed */
		CHECK_EQ(isa_runner_next(&runner, NULL), ISA_END);
	}
	test_case("%s", "");
}

TEST(assembly_that_is_none)
{
	CHECK_EQ(run_with(NO_FAULT, "# x\nasm: r0 = 1 ; exi\nrun: 1\n"), ISA_FAILED);
	CHECK(skep_text_begins(runner.message, "file.txt:2: line 1, column 11"));
	CHECK_EQ(run_with(NO_FAULT, "op: r{d} +++ 1\n  -> d\n  -> 1\n"), ISA_FAILED);
	CHECK(skep_text_begins(runner.message, "file.txt:1: line 1, column "));
}

TEST(lines_and_texts_that_are_too_long)
{
	static char text[600];

	memset(text, ' ', 200);
	memcpy(text, "asm: r0 = 1 ;", 13);
	strcpy(text + 200, "exit\nrun: 1\n\nasm: r0 = 1 ; exit\nrun: 1\n");
	CHECK_EQ(run_with(NO_FAULT, text), ISA_FAILED);
	CHECK_TEXT(runner.message, "file.txt:1: a line of more than 127 characters");
	CHECK_EQ(isa_runner_next(&runner, NULL), ISA_END);
	text[0] = '\0';
	for (unsigned i = 0; i < 12; i++)
		strcat(text, "asm: r0 = 1 ; r0 = 2 ; r0 = 3\n");
	CHECK_EQ(run_with(NO_FAULT, text), ISA_FAILED);
	CHECK_TEXT(runner.message,
		   "file.txt:10: a value that `asm` cannot have here, or that there "
		   "is no room for");
}

TEST(only_tests_of_a_name)
{
	static struct isa_text text = { "file", read_text, NULL };

	text.ctx = (void *)(uintptr_t) "# one\nasm: r0 = 1 ; exit\nrun: 1\n\n# two\nasm: r0 = 2 ; "
				       "exit\nrun: 2\n";
	isa_runner_init(&runner, &text, &isa_engine_interp, &room);
	CHECK_EQ(isa_runner_next(&runner, "two"), ISA_PASSED);
	CHECK_TEXT(runner.name, "two");
	CHECK_EQ(isa_runner_next(&runner, "two"), ISA_END);
}

TESTS_BEGIN
T(right_results_pass)
T(a_wrong_expectation_fails)
T(every_bit_of_every_register_is_looked_at)
T(every_byte_of_memory_is_looked_at)
T(lost_registers_are_not_looked_at)
T(a_stop_or_a_refusal_of_the_engine_fails)
T(an_end_is_told_from_going_on)
T(refusals_of_the_structure_check)
T(stops_of_checked_execution)
T(programs_run_in_every_rotation)
T(fills)
T(tests_that_are_left_out)
T(rows_are_read_in_parts)
T(thin_tables)
T(malformed_tests_are_told_with_their_line)
T(assembly_that_is_none)
T(lines_and_texts_that_are_too_long)
T(only_tests_of_a_name)
TESTS_END
