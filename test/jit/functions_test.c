/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of all kinds: helpers with their arguments and what they keep, functions of the program and
 * their frames, tail calls, calls by number, may_goto, and what the C caller gets back. */
#include <stdatomic.h>

#include "engines.h"
#include "spec/map.h"

static struct program program, other;

/* Both engines give this. */
#define CHECK_BOTH(ctx, r2, wanted)                                                                \
	do {                                                                                       \
		CHECK_EQ(run_interp(&program, ctx, r2), wanted);                                   \
		CHECK_EQ(run_jit(&program, ctx, r2), wanted);                                      \
	} while (0)

/* ------------------------------------------------------------------------------- helpers */

static struct {
	uint64_t args[5];
	struct skep_env *env;
	uintptr_t frame;
	unsigned count;
} seen;

static uint64_t record(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		       struct skep_env *env)
{
	seen.args[0] = a1;
	seen.args[1] = a2;
	seen.args[2] = a3;
	seen.args[3] = a4;
	seen.args[4] = a5;
	seen.env = env;
	seen.frame = (uintptr_t)__builtin_frame_address(0);
	seen.count++;
	return 0xfedcba9876543210;
}

/* A C function that uses all registers it may. */
static uint64_t clobber(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			struct skep_env *env)
{
	(void)env;
#if defined(__x86_64__)
	__asm__ volatile("" ::: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
	__asm__ volatile("mov $-1, %%rcx; mov $-1, %%rdx; mov $-1, %%rsi; mov $-1, %%rdi\n"
			 "mov $-1, %%r8; mov $-1, %%r9; mov $-1, %%r10; mov $-1, %%r11" ::
				 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
#endif
	return a1 + a2 + a3 + a4 + a5;
}

static const skep_helper_fn HELPERS[] = { record, clobber };

#define CALLS(text) CHECK(open_text(&program, text, HELPERS, 2))

TEST(helper_gets_five_arguments_and_the_environment)
{
	CALLS("r1 = 0x1111111122222222 ll\n"
	      "r2 = 0x3333333344444444 ll\n"
	      "r3 = -5\n"
	      "r4 = 0x8000000000000000 ll\n"
	      "w5 = -1\n"
	      "call 0\n"
	      "exit\n");
	for (int engine = 0; engine < 2; engine++) {
		struct skep_env env = make_env();
		uint64_t r0;

		memset(&seen, 0, sizeof(seen));
		r0 = engine == 0 || program.target.entry == NULL
			     ? skep_interp_run(&program.exec, NULL, 0, &env)
			     : program.target.entry(NULL, &env, 0);
		CHECK_EQ(r0, 0xfedcba9876543210);
		CHECK_EQ(seen.args[0], 0x1111111122222222);
		CHECK_EQ(seen.args[1], 0x3333333344444444);
		CHECK_EQ(seen.args[2], -5);
		CHECK_EQ(seen.args[3], 0x8000000000000000);
		CHECK_EQ(seen.args[4], 0xffffffff);
		CHECK(seen.env == &env);
	}
	close_program(&program);
}

TEST(helper_keeps_r6_to_r9_and_the_stack)
{
	CALLS("r6 = 0x100\n"
	      "r7 = 0x200\n"
	      "r8 = 0x400\n"
	      "r9 = 0x800\n"
	      "*(u64 *)(r10 -8) = 0x1000\n"
	      "*(u64 *)(r10 -512) = 0x2000\n"
	      "r1 = 1\n"
	      "r2 = 2\n"
	      "r3 = 4\n"
	      "r4 = 8\n"
	      "r5 = 16\n"
	      "call 1\n"
	      "r0 += r6\n"
	      "r0 += r7\n"
	      "r0 += r8\n"
	      "r0 += r9\n"
	      "r1 = *(u64 *)(r10 -8)\n"
	      "r0 += r1\n"
	      "r1 = *(u64 *)(r10 -512)\n"
	      "r0 += r1\n"
	      "exit\n");
	CHECK_BOTH(NULL, 0, 0x3f1f);
	close_program(&program);
}

/* For every number of saved registers and every size of frame, calls see a stack aligned to 16. */
TEST(stack_is_aligned_at_calls)
{
#if defined(__x86_64__)
	for (int saved = 0; saved <= 4; saved++) {
		for (uint32_t stack = 0; stack <= 64; stack += 8) {
			struct skep_function function = { 0, 0, stack };
			char text[256] = "";
			uint32_t count;

			for (int r = 6; r < 6 + saved; r++)
				snprintf(text + strlen(text), 32, "r%d = %d\n", r, r);
			if (stack > 0)
				strcat(text, "*(u64 *)(r10 -8) = 1\n");
			strcat(text, "call 0\nexit\n");
			CALLS(text);
			count = program.exec.count;
			close_program(&program);
			function.end = count;
			program.exec.functions = &function;
			program.exec.function_count = 1;
			CHECK(compile_program(&program));
			run_jit(&program, NULL, 0);
			CHECK_EQ(seen.frame % 16, 0);
			close_program(&program);
		}
	}
#else
	test_skip("asks the frame address of x86-64");
#endif
}

#if defined(__x86_64__)
/* Calls entry(ctx, env, 0) with a known value in every register that C functions keep, and stores
 * what they hold after. */
uint64_t call_with_kept(skep_code_entry entry, void *ctx, struct skep_env *env, uint64_t *kept);

__asm__(".text\n"
	"call_with_kept:\n"
	"push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n push %rcx\n"
	"mov %rdi, %rax\n mov %rsi, %rdi\n mov %rdx, %rsi\n xor %edx, %edx\n"
	"mov $0x1b, %rbx\n mov $0x2b, %rbp\n mov $0x3b, %r12\n"
	"mov $0x4b, %r13\n mov $0x5b, %r14\n mov $0x6b, %r15\n"
	"call *%rax\n"
	"pop %rcx\n"
	"mov %rbx, (%rcx)\n mov %rbp, 8(%rcx)\n mov %r12, 16(%rcx)\n"
	"mov %r13, 24(%rcx)\n mov %r14, 32(%rcx)\n mov %r15, 40(%rcx)\n"
	"pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n");

static bool keeps_registers(struct skep_env *env)
{
	uint64_t kept[6] = { 0 };

	call_with_kept(program.target.entry, NULL, env, kept);
	return kept[0] == 0x1b && kept[1] == 0x2b && kept[2] == 0x3b && kept[3] == 0x4b &&
	       kept[4] == 0x5b && kept[5] == 0x6b;
}
#endif

TEST(registers_of_the_c_caller_are_kept)
{
#if defined(__x86_64__)
	static const char *const TEXTS[] = {
		"r0 = 0\nexit\n",
		"r6 = 1\nr0 = 0\nexit\n",
		"r9 = 1\nr7 = 2\nr8 = 3\nr6 = 4\ncall 0\nexit\n",
		"*(u64 *)(r10 -8) = 1\nr6 = 0\nr0 = 0\nexit\n",
		"r0 = 0\nif r0 == 0 goto out\nr9 = 1\nexit\nout:\nr8 = 1\nexit\n",
		("call function\nr6 = 1\nexit\nfunction:\nr7 = 5\nr9 = 7\n"
		 "*(u64 *)(r10 -8) = r9\nr0 = 0\nexit\n"),
	};

	for (size_t i = 0; i < COUNT(TEXTS); i++) {
		struct skep_env env = make_env();

		CALLS(TEXTS[i]);
		CHECK(keeps_registers(&env));
		close_program(&program);
	}
#else
	test_skip("a trampoline for x86-64");
#endif
}

/* r0 is 64 bits for whoever calls, C or the program, and 32-bit results are zero-extended. */
TEST(return_values)
{
	CALLS("w0 = -3\nexit\n");
	CHECK_BOTH(NULL, 0, 0xfffffffd);
	CHECK_EQ((int)run_jit(&program, NULL, 0), -3);
	close_program(&program);
	CALLS("r0 = -3\nexit\n");
	CHECK_BOTH(NULL, 0, -3);
	close_program(&program);
	CALLS("call function\n"
	      "r1 = -0x7fffffff\n"
	      "r0 += r1\n"
	      "exit\n"
	      "function:\n"
	      "r0 = 0x7fff8000deadbeef ll\n"
	      "exit\n");
	CHECK_BOTH(NULL, 0, 0x7fff8000deadbeefull - 0x7fffffff);
	close_program(&program);
}

TEST(arguments_of_the_program)
{
	CALLS("r0 = r1\nr0 += r2\nexit\n");
	CHECK_BOTH((void *)0x1000, 0x123456789, 0x123457789);
	close_program(&program);
}

/* ----------------------------------------------------------------- functions of the program */

/* Eight levels; each writes its whole frame, calls, and checks that its frame and its r6 to r9 are
 * as they were. r0 counts the levels that found all in order. */
TEST(eight_levels_have_frames_of_their_own)
{
	char text[8192] = "";
	size_t size = 0;

	for (int level = 1; level <= 8; level++) {
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 "level%d:\n"
					 "r6 = %d\nr7 = %d\nr8 = %d\nr9 = %d\n"
					 "*(u64 *)(r10 -8) = %d\n*(u64 *)(r10 -256) = %d\n"
					 "*(u64 *)(r10 -512) = %d\n"
					 "r0 = 0\n",
					 level, level, level * 2, level * 3, level * 4, level * 5,
					 level * 6, level * 7);
		if (level < 8)
			size += (size_t)snprintf(text + size, sizeof(text) - size, "call level%d\n",
						 level + 1);
		size += (size_t)snprintf(
			text + size, sizeof(text) - size,
			"if r6 != %d goto bad%d\nif r7 != %d goto bad%d\nif r8 != %d goto bad%d\n"
			"if r9 != %d goto bad%d\nr1 = *(u64 *)(r10 -8)\nif r1 != %d goto bad%d\n"
			"r1 = *(u64 *)(r10 -256)\nif r1 != %d goto bad%d\n"
			"r1 = *(u64 *)(r10 -512)\nif r1 != %d goto bad%d\n"
			"r0 += 1\nbad%d:\nexit\n",
			level, level, level * 2, level, level * 3, level, level * 4, level,
			level * 5, level, level * 6, level, level * 7, level, level);
	}
	CALLS(text);
	CHECK_BOTH(NULL, 0, 8);
	close_program(&program);
}

TEST(functions_get_five_arguments)
{
	CALLS("r1 = 1\nr2 = 20\nr3 = 300\nr4 = 4000\nr5 = 50000\n"
	      "call sum\n"
	      "r6 = r0\n"
	      "r1 = r0\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\n"
	      "call sum\n"
	      "r0 += r6\n"
	      "exit\n"
	      "sum:\n"
	      "r0 = r1\nr0 += r2\nr0 += r3\nr0 += r4\nr0 += r5\nexit\n");
	CHECK_BOTH(NULL, 0, 2 * 54321);
	close_program(&program);
}

/* A pointer into the caller's frame works in the callee. */
TEST(frames_are_shared_by_pointer)
{
	CALLS("*(u64 *)(r10 -8) = 5\n"
	      "r1 = r10\n"
	      "r1 += -8\n"
	      "call twice\n"
	      "r0 = *(u64 *)(r10 -8)\n"
	      "exit\n"
	      "twice:\n"
	      "*(u64 *)(r10 -8) = 77\n"
	      "r2 = *(u64 *)(r1 +0)\n"
	      "r2 <<= 1\n"
	      "*(u64 *)(r1 +0) = r2\n"
	      "r0 = 0\n"
	      "exit\n");
	CHECK_BOTH(NULL, 0, 10);
	close_program(&program);
}

/* A helper called two functions down gets the environment, though only the first was given it. */
TEST(environment_reaches_inner_functions)
{
	CALLS("call one\nexit\none:\ncall two\nexit\ntwo:\n*(u64 *)(r10 -8) = 1\ncall 0\nexit\n");
	for (int engine = 0; engine < 2; engine++) {
		struct skep_env env = make_env();

		seen.env = NULL;
		if (engine == 0 || program.target.entry == NULL)
			skep_interp_run(&program.exec, NULL, 0, &env);
		else
			program.target.entry(NULL, &env, 0);
		CHECK(seen.env == &env);
	}
	close_program(&program);
}

/* The first instruction is a jump target, which must not run the prologue again. */
TEST(loop_back_to_the_first_instruction)
{
	CALLS("r2 += -1\nr6 = r2\nif r2 s> 0 goto -3\nr0 = r6\nexit\n");
	CHECK_BOTH(NULL, 100, 0);
	close_program(&program);
}

/* ------------------------------------------------------------------------------- tail calls */

enum { SLOTS = 4 };
static _Atomic(const struct skep_target *) slots[SLOTS];

static void *find_slot(struct skep_map *map, const void *key)
{
	uint32_t index;

	(void)map;
	memcpy(&index, key, sizeof(index));
	return index < SLOTS ? &slots[index] : NULL;
}

static const struct skep_map_ops SLOT_OPS = { .lookup = find_slot };
static const struct skep_map_kind SLOT_KIND = { .ops = &SLOT_OPS };
static struct skep_map slot_map = { .kind = &SLOT_KIND };

/* Replaces the text's "MAP" by the map's address, in a program on both engines. */
static bool open_tail(struct program *out, const char *text)
{
	char made[4096], *at = made;

	for (; *text != '\0'; text++) {
		if (strncmp(text, "MAP", 3) == 0) {
			at += sprintf(at, "%#llx ll", (unsigned long long)(uintptr_t)&slot_map);
			text += 2;
		} else {
			*at++ = *text;
		}
	}
	*at = '\0';
	return open_text(out, made, HELPERS, 2);
}

/* Runs with slot 0 the program itself and slot 1 the other one, and gives the calls made. */
static uint64_t run_tail(int engine, void *ctx, uint32_t *calls)
{
	struct skep_env env = make_env();
	uint64_t r0;

	env.ctx = ctx;
	atomic_store(&slots[0], &program.target);
	atomic_store(&slots[1], &other.target);
	atomic_store(&slots[2], NULL);
	if (engine == 0 || program.target.entry == NULL)
		r0 = skep_interp_run(&program.exec, ctx, 0, &env);
	else
		r0 = program.target.entry(ctx, &env, 0);
	*calls = env.tail_calls;
	return r0;
}

#define CHECK_TAIL(ctx, wanted_r0, wanted_calls)                                                   \
	for (int engine = 0; engine < 2; engine++) {                                               \
		uint32_t calls;                                                                    \
		memset(ctx, 0, sizeof(ctx));                                                       \
		test_case("%s", engine == 0 ? "interp" : "jit");                                   \
		CHECK_EQ(run_tail(engine, ctx, &calls), wanted_r0);                                \
		CHECK_EQ(calls, wanted_calls);                                                     \
	}

TEST(exactly_33_tail_calls)
{
	uint64_t ctx[2];

	CHECK(open_tail(&program, "r6 = r1\n"
				  "r2 = *(u64 *)(r1 +0)\n"
				  "r2 += 1\n"
				  "*(u64 *)(r1 +0) = r2\n"
				  "r2 = MAP\n"
				  "r3 = 0\n"
				  "call 12\n"
				  "r0 = *(u64 *)(r6 +0)\n"
				  "exit\n"));
	CHECK_TAIL(ctx, 34, 33);
	close_program(&program);
}

/* An empty slot, one past the end, and a first try that fails: r0 is the error, nothing counted. */
TEST(failed_tail_calls_go_on)
{
	uint64_t ctx[2];

	CHECK(open_tail(&program, "r6 = r1\n"
				  "r2 = MAP\n"
				  "r3 = 2\n"
				  "call 12\n"
				  "r7 = r0\n"
				  "r1 = r6\n"
				  "r2 = MAP\n"
				  "r3 = 4\n"
				  "call 12\n"
				  "r0 += r7\n"
				  "exit\n"));
	CHECK_TAIL(ctx, -4, 0);
	close_program(&program);
}

/* Only the lower half of r3 is the index (LoongArch "Zero-extend bpf_tail_call() index"); the
 * context goes along; the stack of the first is given up. */
TEST(tail_call_carries_the_context)
{
	uint64_t ctx[2];

	CHECK(open_tail(&program, "*(u64 *)(r10 -8) = 1\n"
				  "*(u64 *)(r1 +8) = 41\n"
				  "r2 = MAP\n"
				  "r3 = 0xdeadbeef00000001 ll\n"
				  "r6 = 1\n"
				  "r9 = 1\n"
				  "call 12\n"
				  "r0 = 0\n"
				  "exit\n"));
	CHECK(open_tail(&other, "r0 = *(u64 *)(r1 +8)\nr0 += 1\nr0 += r2\nexit\n"));
	CHECK_TAIL(ctx, 42, 1);
	close_program(&program);
	close_program(&other);
}

/* The target's r0 goes to the caller of the function that made the call, whose r6 to r9 and frame
 * are as they were. */
TEST(tail_call_in_a_function_returns_to_its_caller)
{
	uint64_t ctx[2];

	CHECK(open_tail(&program, "*(u64 *)(r10 -16) = 1000\n"
				  "r6 = 100\n"
				  "r7 = 1\n"
				  "r8 = 2\n"
				  "r9 = 3\n"
				  "call inner\n"
				  "r0 += r6\n"
				  "r0 += r7\n"
				  "r0 += r8\n"
				  "r0 += r9\n"
				  "r1 = *(u64 *)(r10 -16)\n"
				  "r0 += r1\n"
				  "exit\n"
				  "inner:\n"
				  "*(u64 *)(r10 -8) = 7\n"
				  "r6 = 0\n"
				  "r7 = 0\n"
				  "r2 = MAP\n"
				  "r3 = 1\n"
				  "call 12\n"
				  "r0 = 9\n"
				  "exit\n"));
	CHECK(open_tail(&other, "r6 = 55\nr8 = 0\nr9 = 0\n*(u64 *)(r10 -8) = 9\nr0 = 20000\n"
				"exit\n"));
	CHECK_TAIL(ctx, 21106, 1);
	close_program(&program);
	close_program(&other);
}

/* A function that tail-calls the program itself, twice from each level: the count is one for all
 * levels, so it ends (Linux 116e04ba1459, 605c8d8f9966). */
TEST(tail_call_count_is_shared_by_all_levels)
{
	uint64_t ctx[2];

	CHECK(open_tail(&program, "r6 = r1\n"
				  "r2 = *(u64 *)(r1 +0)\n"
				  "r2 += 1\n"
				  "*(u64 *)(r1 +0) = r2\n"
				  "call again\n"
				  "r1 = r6\n"
				  "call again\n"
				  "r0 = *(u64 *)(r6 +0)\n"
				  "exit\n"
				  "again:\n"
				  "r2 = MAP\n"
				  "r3 = 0\n"
				  "call 12\n"
				  "r0 = 0\n"
				  "exit\n"));
	CHECK_TAIL(ctx, 34, 33);
	close_program(&program);
}

/* Writes a chain of eight functions, each of which calls the next and adds 1; the last does `last`
 * first. */
static void write_chain(char *text, size_t size, const char *last)
{
	size_t at = 0;

	for (int level = 1; level <= 8; level++) {
		at += (size_t)snprintf(text + at, size - at, "level%d:\nr6 = r1\nr0 = 0\n", level);
		if (level < 8)
			at += (size_t)snprintf(text + at, size - at, "call level%d\n", level + 1);
		else
			at += (size_t)snprintf(text + at, size - at, "%s", last);
		at += (size_t)snprintf(text + at, size - at, "r0 += 1\nexit\n");
	}
}

/* Eight levels down a tail call is made, and its target goes eight levels down again. */
TEST(target_of_a_tail_call_counts_its_own_levels)
{
	uint64_t ctx[2];
	char text[4096];

	write_chain(text, sizeof(text), "r2 = MAP\nr3 = 1\ncall 12\nr0 = 1000\n");
	CHECK(open_tail(&program, text));
	write_chain(text, sizeof(text), "");
	CHECK(open_tail(&other, text));
	CHECK_TAIL(ctx, 15, 1);
	close_program(&program);
	close_program(&other);
}

/* Compiled code cannot go on in a program that is only interpreted, and says so. */
TEST(tail_call_to_a_program_without_code_fails)
{
	uint64_t ctx[2] = { 0 };
	uint32_t calls;

	CHECK(open_tail(&program, "r2 = MAP\nr3 = 1\ncall 12\nexit\n"));
	CHECK(open_tail(&other, "r0 = 4\nexit\n"));
	if (program.target.entry != NULL) {
		other.target.entry = NULL;
		CHECK_EQ(run_tail(1, ctx, &calls), -2);
	}
	close_program(&program);
	close_program(&other);
}

/* Two in one program, one of them first (LoongArch 5be61bc13763), at every depth of stack (x86
 * beacb3295907). */
TEST(two_tail_calls_at_every_stack_depth)
{
	for (int depth = 8; depth <= 512; depth += 8) {
		uint64_t ctx[2];
		char text[512];

		snprintf(text, sizeof(text),
			 "r2 = MAP\nr3 = 9\nr6 = r1\n*(u64 *)(r10 -%d) = 5\ncall 12\n"
			 "call keep\n"
			 "r1 = r6\nr2 = MAP\nr3 = 1\ncall 12\nr0 = 3\nexit\n"
			 "keep:\n*(u64 *)(r10 -8) = 6\nr0 = 0\nexit\n",
			 depth);
		CHECK(open_tail(&program, text));
		CHECK(open_tail(&other, "r0 = 4\nexit\n"));
		CHECK_TAIL(ctx, 4, 1);
		close_program(&program);
		close_program(&other);
	}
}

#if defined(__x86_64__)
TEST(tail_calls_keep_the_registers_of_the_c_caller)
{
	struct skep_env env = make_env();

	CHECK(open_tail(&program, "r6 = 1\nr8 = 1\n*(u64 *)(r10 -24) = 1\nr2 = MAP\nr3 = 1\n"
				  "call 12\nr0 = 1\nexit\n"));
	CHECK(open_tail(&other, "r7 = 1\nr9 = 2\ncall 0\nexit\n"));
	atomic_store(&slots[1], &other.target);
	CHECK(keeps_registers(&env));
	CHECK(seen.env == &env);
	CHECK_EQ(env.tail_calls, 1);
	CHECK_EQ(seen.frame % 16, 0);
	close_program(&program);
	close_program(&other);
}
#else
TEST(tail_calls_keep_the_registers_of_the_c_caller)
{
	test_skip("a trampoline for x86-64");
}
#endif

/* -------------------------------------------------------------------- by number, may_goto */

TEST(calls_by_number)
{
	static const struct skep_helper ROWS[] = {
		{ .id = 77, .name = "clobber", .fn = clobber },
		{ .id = 78, .name = "none" },
	};
	static const struct skep_contracts contracts = { .helpers = { ROWS },
							 .helper_count = { 2 } };

	for (int reg = 0; reg < 10; reg++) {
		char text[512];
		const bool argument = reg >= 1 && reg <= 5;

		snprintf(text, sizeof(text),
			 "r0 = 0\nr6 = 100000\n"
			 "r1 = 10\nr2 = 200\nr3 = 3000\nr4 = 40000\nr5 = 0\n"
			 "r%d = 77\ncallx r%d\nexit\n",
			 reg, reg);
		CHECK(open_text(&program, text, HELPERS, 2));
		close_program(&program);
		program.exec.contracts = &contracts;
		CHECK(compile_program(&program));
		CHECK_BOTH(NULL, 0,
			   43210u + (argument ? 77u : 0) -
				   (reg == 1   ? 10u
				    : reg == 2 ? 200u
				    : reg == 3 ? 3000u
				    : reg == 4 ? 40000u
					       : 0));
		close_program(&program);
	}
}

TEST(calls_by_unknown_numbers_give_0)
{
	static const struct skep_helper ROWS[] = { { .id = 78, .name = "none" } };
	static const struct skep_contracts contracts = { .helpers = { ROWS },
							 .helper_count = { 1 } };
	static const char *const NUMBERS[] = { "77", "78", "-1", "0x10000004e ll" };

	for (size_t i = 0; i < COUNT(NUMBERS); i++) {
		char text[128];

		snprintf(text, sizeof(text), "r6 = %s\nr0 = 5\ncallx r6\nexit\n", NUMBERS[i]);
		CHECK(open_text(&program, text, HELPERS, 2));
		CHECK_BOTH(NULL, 0, 0);
		close_program(&program);
		program.exec.contracts = &contracts;
		CHECK(compile_program(&program));
		CHECK_BOTH(NULL, 0, 0);
		close_program(&program);
	}
}

/* An endless loop goes on as often as Linux lets it, and once the budget is spent it stays spent;
 * a function has a budget of its own at every call. */
TEST(may_goto_ends_loops)
{
	CALLS("r0 = 0\n"
	      "loop:\n"
	      "may_goto out\n"
	      "r0 += 1\n"
	      "goto loop\n"
	      "out:\n"
	      "may_goto end\n"
	      "r0 += 1\n"
	      "end:\n"
	      "exit\n");
	CHECK_BOTH(NULL, 0, 8388608);
	close_program(&program);
	CALLS("call spin\nr6 = r0\ncall spin\nr0 += r6\nexit\n"
	      "spin:\n*(u64 *)(r10 -8) = 3\nr0 = 0\n"
	      "loop:\nmay_goto out\nr0 += 1\ngoto loop\n"
	      "out:\nr1 = *(u64 *)(r10 -8)\nr0 += r1\nexit\n");
	CHECK_BOTH(NULL, 0, 2 * 8388608 + 6);
	close_program(&program);
}

/* The target of a tail call starts with a whole budget. */
TEST(may_goto_after_a_tail_call)
{
	static const char SPIN[] = "r0 = 0\nloop:\nmay_goto out\nr0 += 1\ngoto loop\nout:\n";
	uint64_t ctx[2];
	char text[512];

	snprintf(text, sizeof(text), "%sr2 = MAP\nr3 = 1\ncall 12\nr0 = 0\nexit\n", SPIN);
	CHECK(open_tail(&program, text));
	snprintf(text, sizeof(text), "%sexit\n", SPIN);
	CHECK(open_tail(&other, text));
	CHECK_TAIL(ctx, 8388608, 1);
	close_program(&program);
	close_program(&other);
}

/* The address of a function is one, at every place the same, and no other function's. */
TEST(addresses_of_functions)
{
	const struct skep_insn insns[] = {
		insn_of(0x18, 1, 4, 0, 8), insn_of(0, 0, 0, 0, 0),    insn_of(0x18, 9, 4, 0, 6),
		insn_of(0, 0, 0, 0, 0),    insn_of(0x18, 0, 4, 0, 6), insn_of(0, 0, 0, 0, 0),
		insn_of(0x1f, 1, 9, 0, 0), /* r1 -= r9 */
		insn_of(0xbf, 0, 1, 0, 0), insn_of(0x95, 0, 0, 0, 0), insn_of(0xb7, 0, 0, 0, 5),
		insn_of(0x95, 0, 0, 0, 0), insn_of(0xb7, 0, 0, 0, 6), insn_of(0x95, 0, 0, 0, 0),
	};

	CHECK(open_insns(&program, insns, COUNT(insns)));
	CHECK_BOTH(NULL, 0, 0);
	close_program(&program);
}

TESTS_BEGIN
T(helper_gets_five_arguments_and_the_environment)
T(helper_keeps_r6_to_r9_and_the_stack)
T(stack_is_aligned_at_calls)
T(registers_of_the_c_caller_are_kept)
T(return_values)
T(arguments_of_the_program)
T(eight_levels_have_frames_of_their_own)
T(functions_get_five_arguments)
T(frames_are_shared_by_pointer)
T(environment_reaches_inner_functions)
T(loop_back_to_the_first_instruction)
T(exactly_33_tail_calls)
T(failed_tail_calls_go_on)
T(tail_call_carries_the_context)
T(tail_call_in_a_function_returns_to_its_caller)
T(tail_call_count_is_shared_by_all_levels)
T(target_of_a_tail_call_counts_its_own_levels)
T(tail_call_to_a_program_without_code_fails)
T(two_tail_calls_at_every_stack_depth)
T(tail_calls_keep_the_registers_of_the_c_caller)
T(calls_by_number)
T(calls_by_unknown_numbers_give_0)
T(may_goto_ends_loops)
T(may_goto_after_a_tail_call)
T(addresses_of_functions)
TESTS_END
