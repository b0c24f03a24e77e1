/* SPDX-License-Identifier: Apache-2.0 */
/* The prepared form of the verified execution: what is not the same in it as in the form that reads
 * instructions, which is how functions are called and where their stacks lie. What operations
 * compute is tested by the vectors of test/isa, which run on both. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "interp/interp.h"
#include "map/kinds.h"
#include "spec/map.h"

enum { INSNS_MAX = 256, FUNCTIONS_MAX = 8 };

struct program {
	struct skep_insn insns[INSNS_MAX];
	struct skep_function functions[FUNCTIONS_MAX];
	struct skep_exec exec;
	struct skep_arena arena;
};

static void print_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

/* `stack_bytes` of each function, which begin where `starts` says; NULL: nothing is known. */
static bool open_program(struct program *program, const char *text, const uint32_t *starts,
			 const uint32_t *stack_bytes, uint32_t function_count)
{
	struct skep_log log = { .sink = print_report };
	struct skep_exec *exec = &program->exec;

	*exec = (struct skep_exec){ .insns = program->insns };
	if (skep_isa_assemble(text, strlen(text), program->insns, INSNS_MAX, &exec->count, &log) <
	    0)
		return false;
	for (uint32_t i = 0; i < function_count; i++) {
		program->functions[i].start = starts[i];
		program->functions[i].end = i + 1 < function_count ? starts[i + 1] : exec->count;
		program->functions[i].stack_bytes = stack_bytes[i];
	}
	/* What lies behind the last function is none. */
	for (uint32_t i = function_count; i < FUNCTIONS_MAX; i++)
		program->functions[i] = (struct skep_function){ .stack_bytes = 20000 };
	exec->functions = program->functions;
	exec->function_count = function_count;
	exec->stack_known = function_count > 0;
	skep_arena_init(&program->arena, skep_port_posix(), 0);
	return skep_threaded_prepare(exec, &program->arena) == 0;
}

static uint64_t run(struct program *program, void *ctx)
{
	struct skep_env env = { .ctx = ctx, .port = skep_port_posix() };
	const uint64_t r0 = skep_threaded_run(&program->exec, ctx, 0, &env);

	skep_arena_free(&program->arena);
	return r0;
}

/* Each function fills its stack; what its callers put on theirs is as it was. */
static const char FRAMES[] =
	"*(u64 *)(r10 -8) = 1 ; *(u64 *)(r10 -16) = 2 ; r6 = 10 ; r9 = 40 ; r1 = r10 ; call f ; "
	"r1 = *(u64 *)(r10 -8) ; r0 += r1 ; r1 = *(u64 *)(r10 -16) ; r0 += r1 ; r0 += r6 ; "
	"r0 += r9 ; exit ; "
	"f: r6 = r1 ; r9 = 7 ; *(u64 *)(r10 -8) = 100 ; *(u64 *)(r10 -24) = 200 ; call g ; "
	"r1 = *(u64 *)(r10 -8) ; r0 += r1 ; r1 = *(u64 *)(r10 -24) ; r0 += r1 ; "
	"r1 = *(u64 *)(r6 -8) ; r0 += r1 ; r0 += r9 ; exit ; "
	"g: *(u64 *)(r10 -8) = -1 ; *(u64 *)(r10 -32) = -1 ; r6 = -1 ; r9 = -1 ; r0 = 5 ; exit";
enum { FRAMES_RESULT = 5 + 100 + 200 + 1 + 7 + 1 + 2 + 10 + 40 };

TEST(frames_with_known_stacks)
{
	const uint32_t starts[] = { 0, 13, 26 }, stacks[] = { 16, 24, 32 };
	struct program program;

	CHECK(open_program(&program, FRAMES, starts, stacks, 3));
	CHECK_EQ(program.insns[12].code, 0x95);
	CHECK_EQ(program.insns[25].code, 0x95);
	CHECK_EQ(run(&program, NULL), FRAMES_RESULT);
}

TEST(frames_of_which_nothing_is_known)
{
	struct program program;

	CHECK(open_program(&program, FRAMES, NULL, NULL, 0));
	CHECK_EQ(run(&program, NULL), FRAMES_RESULT);
}

/* All of the 512 bytes: by the program alone, and shared by a chain. */
TEST(whole_stack)
{
	const uint32_t starts[] = { 0, 4 }, alone[] = { 512 }, shared[] = { 256, 256 };
	struct program program;

	CHECK(open_program(&program,
			   "*(u64 *)(r10 -512) = 3 ; *(u64 *)(r10 -8) = 4 ; "
			   "r0 = *(u64 *)(r10 -512) ; r1 = *(u64 *)(r10 -8) ; r0 += r1 ; exit",
			   starts, alone, 1));
	CHECK_EQ(run(&program, NULL), 7);
	CHECK(open_program(&program,
			   "*(u64 *)(r10 -256) = 3 ; call f ; r0 = *(u64 *)(r10 -256) ; exit ; "
			   "f: *(u64 *)(r10 -8) = 9 ; *(u64 *)(r10 -256) = 9 ; exit",
			   starts, shared, 2));
	CHECK_EQ(run(&program, NULL), 3);
}

/* Uses a lot of the C stack. */
static uint64_t helper_deep(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			    struct skep_env *env)
{
	volatile uint8_t bytes[16384];

	(void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0x77;
	return 0;
}

/* All 512 bytes are the program's alone, whether their number is known or not. */
TEST(stack_is_nobody_elses)
{
	static const char TEXT[] =
		"r1 = r10 ; r1 += -512 ; r2 = 64 ; again: *(u64 *)(r1 +0) = r2 ; r1 += 8 ; r2 -= 1 "
		"; "
		"if r2 != 0 goto again ; call 1 ; r1 = r10 ; r1 += -512 ; r2 = 64 ; r0 = 0 ; "
		"more: r3 = *(u64 *)(r1 +0) ; r0 += r3 ; r1 += 8 ; r2 -= 1 ; if r2 != 0 goto more "
		"; exit";
	static const skep_helper_fn HELPERS[] = { NULL, helper_deep };
	const uint32_t starts[] = { 0 }, stacks[] = { 512 };
	struct program program;

	for (uint32_t known = 0; known < 2; known++) {
		CHECK(open_program(&program, TEXT, starts, stacks, known));
		program.exec.helpers = HELPERS;
		program.exec.helper_count = SKEP_COUNT(HELPERS);
		CHECK_EQ(run(&program, NULL), 64 * 65 / 2);
	}
}

/* How far r10 of a function lies below its caller's is what the caller uses, be the call its first
 * instruction or in the last function. */
TEST(frames_lie_below_each_other)
{
	/* Stacks of the program, f, g and h: 16, 24, 40, 72. */
	const uint32_t starts[] = { 0, 5, 7, 9 }, stacks[] = { 16, 24, 40, 72 };
	struct program program;

	CHECK(open_program(&program,
			   "r6 = r10 ; call f ; r6 -= r0 ; r0 = r6 ; exit ; f: call g ; exit ; "
			   "g: r0 = r10 ; exit ; h: call g ; exit",
			   starts, stacks, 4));
	CHECK_EQ(run(&program, NULL), 16 + 24);
	CHECK(open_program(&program,
			   "r6 = r10 ; call h ; r6 -= r0 ; r0 = r6 ; exit ; f: call g ; exit ; "
			   "g: r0 = r10 ; exit ; h: call f ; exit",
			   starts, stacks, 4));
	CHECK_EQ(run(&program, NULL), 16 + 72 + 24);
}

/* A function that calls itself: levels end at eight, each of which added one, and then all return.
 */
TEST(call_levels_end_at_eight)
{
	struct program program;
	uint64_t counts[2] = { 0, 0 };

	CHECK(open_program(
		&program,
		"r6 = r1 ; r2 = *(u64 *)(r1 +0) ; r2 += 1 ; *(u64 *)(r1 +0) = r2 ; call -5 ; "
		"r2 = *(u64 *)(r6 +8) ; r2 += 1 ; *(u64 *)(r6 +8) = r2 ; exit",
		NULL, NULL, 0));
	run(&program, counts);
	CHECK_EQ(counts[0], 8);
	CHECK_EQ(counts[1], 8);
}

/* Each activation of a function has a budget of its own, and gets it back after a call. */
TEST(may_goto_counts_by_activation)
{
	struct program program;

	CHECK(open_program(&program,
			   "r6 = 0 ; call f ; r6 += r0 ; call f ; r6 += r0 ; r0 = 0 ; "
			   "again: may_goto end ; r0 += 1 ; goto again ; end: r0 += r6 ; exit ; "
			   "f: r0 = 0 ; more: may_goto done ; r0 += 1 ; goto more ; done: exit",
			   NULL, NULL, 0));
	CHECK_EQ(run(&program, NULL), 3 * (uint64_t)SKEP_MAY_GOTO_MAX);
}

/* ---------------------------------------------------------------------------------- tail calls */

static struct program other;
static const struct skep_target other_target = { .exec = &other.exec };

static void tail_call(const char *text, uint64_t wanted)
{
	const struct skep_map_kind kind = { .ops = &skep_map_prog_array_ops };
	struct skep_map map = { .kind = &kind,
				.port = skep_port_posix(),
				.def = { .key_size = 4, .value_size = 4, .max_entries = 1 } };
	const struct skep_target *slot = &other_target;
	uint64_t address = (uintptr_t)&map;
	struct program program;
	const uint32_t key = 0;

	CHECK_EQ(map.kind->ops->create(&map), 0);
	CHECK_EQ(map.kind->ops->update(&map, &key, &slot, 0), 0);
	CHECK(open_program(&program, text, NULL, NULL, 0));
	/* The first instruction is the lddw of the map. */
	for (uint32_t i = 0; i < program.exec.count; i++) {
		if (program.insns[i].code == 0x18) {
			program.insns[i].imm = (int32_t)(uint32_t)address;
			program.insns[i + 1].imm = (int32_t)(uint32_t)(address >> 32);
		}
		if (program.insns[i].code == 0x85 && program.insns[i].imm == 12)
			program.insns[i].imm = SKEP_CALL_TAIL;
	}
	CHECK_EQ(skep_threaded_prepare(&program.exec, &program.arena), 0);
	CHECK_EQ(run(&program, &address), wanted);
	map.kind->ops->destroy(&map);
}

TEST(tail_calls)
{
	/* It returns 1000 more for each run; its functions use stack of their own. */
	CHECK(open_program(
		&other,
		"*(u64 *)(r10 -8) = 1000 ; call f ; r1 = *(u64 *)(r10 -8) ; r0 += r1 ; exit ; "
		"f: *(u64 *)(r10 -8) = 3 ; r0 = 5 ; r6 = 0 ; exit",
		NULL, NULL, 0));
	tail_call("r2 = 0 ll ; r3 = 0 ; call 12 ; r0 = 1 ; exit", 1005);
	/* Out of a function its caller goes on, with its stack and r6. */
	tail_call("*(u64 *)(r10 -8) = 7 ; r6 = 20 ; call f ; r1 = *(u64 *)(r10 -8) ; r0 += r1 ; "
		  "r0 += r6 ; exit ; f: r2 = 0 ll ; r3 = 0 ; call 12 ; r0 = 1 ; exit",
		  1032);
	/* Past the end: the call fails. */
	tail_call("r2 = 0 ll ; r3 = 1 ; call 12 ; r0 += 3 ; exit", 1);
	skep_arena_free(&other.arena);
}

/* Where the C stack is, at each call. */
static struct {
	uintptr_t low, high;
	unsigned calls;
} c_stack;

static uint64_t helper_place(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			     struct skep_env *env)
{
	const uintptr_t place = (uintptr_t)__builtin_frame_address(0);

	(void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
	c_stack.low = c_stack.calls == 0 || place < c_stack.low ? place : c_stack.low;
	c_stack.high = place > c_stack.high ? place : c_stack.high;
	c_stack.calls++;
	return 0;
}

/* A program that calls itself instead of returning does not use more and more of the C stack. */
TEST(tail_calls_use_no_more_stack)
{
	static const skep_helper_fn HELPERS[] = { NULL, helper_place };

	CHECK(open_program(&other,
			   "r6 = r1 ; call 1 ; r1 = r6 ; r2 = *(u64 *)(r1 +0) ; r3 = 0 ; call 12 ; "
			   "r0 = 3 ; exit",
			   NULL, NULL, 0));
	other.insns[5].imm = SKEP_CALL_TAIL;
	other.exec.helpers = HELPERS;
	other.exec.helper_count = SKEP_COUNT(HELPERS);
	CHECK_EQ(skep_threaded_prepare(&other.exec, &other.arena), 0);
	tail_call("r2 = 0 ll ; r3 = 0 ; call 12 ; r0 = 1 ; exit", 3);
	CHECK_EQ(c_stack.calls, 33);
	CHECK_EQ(c_stack.low, c_stack.high);
	skep_arena_free(&other.arena);
}

/* ------------------------------------------------------------------------------------- prepare */

TEST(function_addresses_differ)
{
	struct program program;

	CHECK(open_program(
		&program,
		"r1 = function[f] ll ; r2 = function[g] ll ; r0 = 0 ; if r1 == r2 goto end ; "
		"if r1 == 0 goto end ; r0 = 1 ; end: exit ; f: exit ; g: exit",
		NULL, NULL, 0));
	CHECK_EQ(run(&program, NULL), 1);
}

/* That of its first step, however far away, in both directions: steps have one size. */
TEST(function_addresses)
{
	enum { COUNT_OF_INSNS = 40000, HERE = 1100 };
	static const int32_t AT[] = { 1000, 0, 1102, 1103, 1104, 1200, 1300, COUNT_OF_INSNS - 1 };
	static struct skep_insn insns[COUNT_OF_INSNS];
	static uint64_t block[2 * COUNT_OF_INSNS + 8];
	const size_t step_bytes = sizeof(void *) + 8;
	struct program program = { .exec = { .insns = insns, .count = COUNT_OF_INSNS } };

	for (size_t i = 0; i < COUNT_OF_INSNS; i++)
		insns[i].code = 0x95;
	insns[0] = (struct skep_insn){ .code = 0x05, .off = HERE - 1 };
	for (size_t i = 0; i < SKEP_COUNT(AT); i++) {
		struct skep_env env = { 0 };

		insns[HERE] = (struct skep_insn){ .code = 0x18,
						  .src_reg = BPF_PSEUDO_FUNC,
						  .imm = AT[i] - HERE - 1 };
		insns[HERE + 1] = (struct skep_insn){ 0 };
		skep_arena_init_block(&program.arena, block, sizeof(block));
		CHECK_EQ(skep_threaded_prepare(&program.exec, &program.arena), 0);
		CHECK_EQ(skep_threaded_run(&program.exec, NULL, 0, &env),
			 (uintptr_t)program.exec.steps + (size_t)AT[i] * step_bytes);
	}
}

static uint64_t helper_1(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			 struct skep_env *env)
{
	(void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
	return 1;
}

static uint64_t helper_2(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			 struct skep_env *env)
{
	(void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
	return 2;
}

/* The whole immediate is the index of a helper. On both sides of each there are others. */
TEST(helpers_by_index)
{
	enum { INDEX_END = 65536 };
	static const int32_t AT[] = { 0, 1, 127, 128, 200, 255, 256, 32768, INDEX_END - 1 };
	static skep_helper_fn table[2 * INDEX_END];
	static const uint32_t STARTS[] = { 0 }, STACKS[] = { 0 };
	struct program program;

	for (size_t i = 0; i < SKEP_COUNT(table); i++)
		table[i] = helper_1;
	for (size_t i = 0; i < SKEP_COUNT(AT); i++) {
		CHECK(open_program(&program, "call 1 ; exit", STARTS, STACKS, 1));
		skep_arena_free(&program.arena);
		skep_arena_init(&program.arena, skep_port_posix(), 0);
		program.insns[0].imm = AT[i];
		program.exec.helpers = table + INDEX_END;
		program.exec.helper_count = INDEX_END;
		table[INDEX_END + AT[i]] = helper_2;
		CHECK_EQ(skep_threaded_prepare(&program.exec, &program.arena), 0);
		CHECK_EQ(run(&program, NULL), 2);
		table[INDEX_END + AT[i]] = helper_1;
	}
}

/* Not known to be this function, lest it becomes part of its caller. */
static const volatile skep_helper_fn dirty = helper_deep;

/* r1 is the context and r2 the value given, all of it; the other registers are 0. */
TEST(registers_at_the_start)
{
	uint64_t block[16], context = 0;
	const uint64_t r2 = 0x8765432187654321;

	for (unsigned i = 0; i < 10; i++) {
		const struct skep_insn insns[] = { { .code = 0xbf, .src_reg = i & 15 },
						   { .code = 0x95 } };
		struct skep_exec exec = { .insns = insns, .count = 2 };
		struct skep_env env = { 0 };
		struct skep_arena arena;

		skep_arena_init_block(&arena, block, sizeof(block));
		CHECK_EQ(skep_threaded_prepare(&exec, &arena), 0);
		/* What the C stack holds is not 0. */
		dirty(0, 0, 0, 0, 0, NULL);
		CHECK_EQ(skep_threaded_run(&exec, &context, r2, &env), i == 1 ? (uintptr_t)&context
								       : i == 2 ? r2
										: 0);
	}
}

TEST(no_memory)
{
	uint64_t block[4];
	struct skep_arena arena;
	const struct skep_insn insns[100] = { { .code = 0x95 } };
	struct skep_exec exec = { .insns = insns, .count = 100 };

	skep_arena_init_block(&arena, block, sizeof(block));
	CHECK_EQ(skep_threaded_prepare(&exec, &arena), SKEP_ENOMEM);
	CHECK(exec.steps == NULL);
}

TESTS_BEGIN
T(frames_with_known_stacks)
T(frames_of_which_nothing_is_known)
T(whole_stack)
T(stack_is_nobody_elses)
T(frames_lie_below_each_other)
T(call_levels_end_at_eight)
T(may_goto_counts_by_activation)
T(tail_calls)
T(tail_calls_use_no_more_stack)
T(function_addresses_differ)
T(function_addresses)
T(helpers_by_index)
T(registers_at_the_start)
T(no_memory)
TESTS_END
