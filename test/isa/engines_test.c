/* SPDX-License-Identifier: Apache-2.0 */
/* Programs too long or too many to write down: jumps over every distance at which machines change
 * the form of a branch, and random arithmetic, on the interpreter and on the JIT of this machine.
 */
#include <string.h>

#include "../../lab/unverified.h"
#include "harness.h"

enum { INSNS_MAX = 150000, ENGINES = 2 };

static struct skep_insn insns[INSNS_MAX];
static uint32_t insn_count;

static void print_problem(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

static const char *const ENGINE_NAMES[ENGINES] = { "interpreter", "jit" };

/* False, with a failed check, if the program is refused. */
static bool run_on(unsigned engine, uint64_t *r0)
{
	struct skep_log log = { .sink = print_problem };
	struct unverified program;

	if (!test_check(unverified_open(&program, skep_port_posix(), insns, insn_count, engine == 1,
					&log) == 0,
			__FILE__, __LINE__, "the program is accepted"))
		return false;
	*r0 = unverified_run(&program, NULL, 0);
	unverified_close(&program);
	return true;
}

static unsigned engine_count(void)
{
	return skep_backend_native() != NULL ? ENGINES : 1;
}

static void add(uint8_t code, unsigned dst, unsigned src, int off, int32_t imm)
{
	insns[insn_count++] = (struct skep_insn){ .code = code,
						  .dst_reg = dst & 15,
						  .src_reg = src & 15,
						  .off = (int16_t)off,
						  .imm = imm };
}

/* ------------------------------------------------------------------------------------- distances
 */

/* What lies between a jump and its target, which becomes code of different lengths: `count` slots,
 * of which those that add 1 to r0 are returned. */
static uint32_t add_filler(uint32_t count, unsigned form)
{
	uint32_t sum = 0;

	while (count > 0) {
		if (form == 2 && count >= 2) {
			add(0x2f, 4, 4, 0, 0);
			count--;
		} else if (form == 3 && count >= 2) {
			add(0x18, 3, 0, 0, 0x11111111);
			add(0, 0, 0, 0, 0x22222222);
			count -= 2;
			continue;
		}
		if (form == 1)
			add(0x0f, 0, 9, 0, 0);
		else
			add(0x07, 0, 0, 0, 1);
		count--;
		sum++;
	}
	return sum;
}

static void begin(void)
{
	insn_count = 0;
	add(0xb7, 0, 0, 0, 0);
	add(0xb7, 1, 0, 0, 5);
	add(0xb7, 4, 0, 0, 3);
	add(0xb7, 9, 0, 0, 1);
}

static void expect(uint64_t wanted)
{
	for (unsigned engine = 0; engine < engine_count(); engine++) {
		uint64_t r0;

		if (run_on(engine, &r0))
			test_check_eq(r0, wanted, __FILE__, __LINE__, ENGINE_NAMES[engine]);
	}
}

/* Over `distance` instructions: taken, not taken, and as the end of a loop. */
static void try_distance(uint32_t distance, unsigned form)
{
	uint32_t sum;

	test_case("distance %u, filler %u", (unsigned)distance, form);
	begin();
	add(0x15, 1, 0, (int)distance, 5);
	add_filler(distance, form);
	add(0x95, 0, 0, 0, 0);
	expect(0);

	begin();
	add(0x55, 1, 0, (int)distance, 5);
	sum = add_filler(distance, form);
	add(0x95, 0, 0, 0, 0);
	expect(sum);

	begin();
	sum = add_filler(distance - 1, form);
	add(0x07, 1, 0, 0, -1);
	add(0x56, 1, 0, -(int)distance - 1, 0);
	add(0x95, 0, 0, 0, 0);
	expect((uint64_t)5 * sum);
}

TEST(jumps_over_every_distance_to_80)
{
	for (unsigned form = 0; form < 4; form++)
		for (uint32_t distance = 1; distance <= 80; distance++)
			try_distance(distance, form);
}

TEST(jumps_over_long_distances)
{
	static const uint32_t distances[] = { 126,  127,  128,  255,   256,   511,   512,
					      1022, 1023, 1024, 2047,  2048,  4094,  4095,
					      4096, 8191, 8192, 16384, 26000, 32766, 32767 };

	for (size_t i = 0; i < SKEP_COUNT(distances); i++)
		for (unsigned form = 0; form < 4; form += 3)
			try_distance(distances[i], form);
}

TEST(long_jumps_and_calls_beyond_16_bits)
{
	const int32_t distance = 70000;
	uint32_t sum;

	test_case("%s", "forwards, then backwards");
	begin();
	add(0x06, 0, 0, 0, distance + 1);
	add(0x95, 0, 0, 0, 0);
	sum = add_filler((uint32_t)distance, 0);
	CHECK_EQ(sum, distance);
	add(0x07, 0, 0, 0, 7);
	add(0x06, 0, 0, 0, -distance - 3);
	expect(7);

	test_case("%s", "a call");
	begin();
	add(0x85, 0, 1, 0, distance + 1);
	add(0x95, 0, 0, 0, 0);
	add_filler((uint32_t)distance - 1, 0);
	add(0x95, 0, 0, 0, 0);
	add(0xb7, 0, 0, 0, 9);
	add(0x95, 0, 0, 0, 0);
	expect(9);
}

/* ---------------------------------------------------------------------------- random arithmetic */

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 11) % limit;
}

static int32_t random_imm(void)
{
	static const int32_t special[] = {
		0,  1,   -1,  2,   7,    8,         31,        32,   63,
		64, 127, 128, 255, 4095, INT32_MAX, INT32_MIN, -128, -129
	};

	return random_below(3) == 0 ? (int32_t)(random_state >> 16)
				    : special[random_below(SKEP_COUNT(special))];
}

/* Any arithmetic instruction on r0 to r9, legal by the decoder. */
static void add_random_operation(void)
{
	static const int16_t offs[] = { 0, 0, 0, 1, 8, 16, 32 };
	static const int32_t widths[] = { 16, 32, 64 };
	struct skep_op op;
	const char *why;

	for (;;) {
		const uint8_t code = (uint8_t)(random_below(16) << 4 | random_below(2) << 3 |
					       (random_below(2) != 0 ? BPF_ALU : BPF_ALU64));
		int32_t imm = random_imm();

		if ((code & 0xf0) == BPF_END)
			imm = widths[random_below(3)];
		else if ((code & 8) != 0 || (code & 0xf0) == BPF_NEG)
			imm = 0;
		add(code, random_below(10), (code & 8) != 0 ? random_below(10) : 0,
		    offs[random_below(SKEP_COUNT(offs))], imm);
		if (skep_isa_decode(insns, insn_count, insn_count - 1, &op, &why) == 0)
			return;
		insn_count--;
	}
}

static void add_random_jump(uint32_t distance)
{
	static const uint8_t codes[] = { 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
					 0x70, 0xa0, 0xb0, 0xc0, 0xd0 };
	const unsigned by_register = random_below(2);

	add((uint8_t)(codes[random_below(SKEP_COUNT(codes))] | by_register << 3 |
		      (random_below(2) != 0 ? BPF_JMP : BPF_JMP32)),
	    random_below(10), by_register != 0 ? random_below(10) : 0, (int)distance,
	    by_register != 0 ? 0 : random_imm());
}

/* All registers set, operations with forward jumps between them, all registers folded into r0. */
static void make_random_program(void)
{
	insn_count = 0;
	for (unsigned i = 0; i < 10; i++) {
		add(0x18, i, 0, 0, random_imm());
		add(0, 0, 0, 0, random_imm());
	}
	for (unsigned i = random_below(20); i > 0; i--) {
		const uint32_t length = 1 + random_below(4);

		add_random_jump(length);
		for (uint32_t j = 0; j < length; j++)
			add_random_operation();
	}
	for (unsigned i = 1; i < 10; i++) {
		add(0x27, 0, 0, 0, 31);
		add(0xaf, 0, i, 0, 0);
	}
	add(0x95, 0, 0, 0, 0);
}

TEST(random_arithmetic_is_the_same_on_both_engines)
{
	if (engine_count() < 2) {
		test_skip("no JIT for this machine");
		return;
	}
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t wanted = 0, found = 0;

		make_random_program();
		test_case("program %u", i);
		if (!run_on(0, &wanted) || !run_on(1, &found))
			return;
		if (test_check_eq(found, wanted, __FILE__, __LINE__, "r0"))
			continue;
		for (uint32_t at = 0; at < insn_count;) {
			char text[96];

			at += skep_isa_disasm(insns, insn_count, at, NULL, text, sizeof(text));
			test_note("  %s", text);
		}
		return;
	}
}

TESTS_BEGIN
T(jumps_over_every_distance_to_80)
T(jumps_over_long_distances)
T(long_jumps_and_calls_beyond_16_bits)
T(random_arithmetic_is_the_same_on_both_engines)
TESTS_END
