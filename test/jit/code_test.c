/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver promises of the code it makes: branches of every length, time that grows with the
 * program, the same bytes every time, a map that fits, memory that is never writable and
 * executable, and a clear refusal of what cannot be compiled. */
#include <time.h>

#include "base/bytes.h"
#include "engines.h"

static struct program program;

/* ------------------------------------------------------------------------------- branches */

/* r0 = 1; if r1 == 0 goto over `fillers`; r0 = 2; over: exit; and the same backwards. Fillers are
 * `r0 += 1` and `w0 += 1000`, whose lengths have no common divisor. */
static uint32_t make_distance(struct skep_insn *out, uint32_t fillers, uint32_t long_fillers,
			      bool backwards)
{
	struct skep_insn *at = out;
	const uint32_t span = fillers + long_fillers;

	*at++ = insn_of(BPF_ALU64 | BPF_K | BPF_MOV, 0, 0, 0, 0);
	if (backwards)
		*at++ = insn_of(BPF_JMP32 | BPF_JA, 0, 0, 0, (int32_t)span + 1);
	else
		*at++ = insn_of(BPF_JMP | BPF_K | BPF_JEQ, 1, 0, (int)span, 0);
	for (uint32_t i = 0; i < fillers; i++)
		*at++ = insn_of(BPF_ALU64 | BPF_K | BPF_ADD, 0, 0, 0, 1);
	for (uint32_t i = 0; i < long_fillers; i++)
		*at++ = insn_of(BPF_ALU | BPF_K | BPF_ADD, 0, 0, 0, 1000);
	if (backwards) {
		*at++ = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		*at++ = insn_of(BPF_JMP | BPF_K | BPF_JNE, 1, 0, -(int)span - 2, 0);
	}
	*at++ = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return (uint32_t)(at - out);
}

static bool check_distance(struct skep_insn *insns, uint32_t fillers, uint32_t long_fillers,
			   bool backwards)
{
	const uint32_t count = make_distance(insns, fillers, long_fillers, backwards);
	const uint64_t sum = fillers + 1000 * (uint64_t)long_fillers;
	bool ok = open_insns(&program, insns, count);

	ok = ok && run_interp(&program, NULL, 0) == 0 && run_jit(&program, NULL, 0) == 0 &&
	     run_interp(&program, (void *)1, 0) == sum && run_jit(&program, (void *)1, 0) == sum;
	close_program(&program);
	return ok;
}

/* Every length around the limit of one-byte displacements, in steps smaller than an instruction. */
TEST(branches_around_127_bytes)
{
	struct skep_insn insns[128];

	for (uint32_t fillers = 0; fillers < 60; fillers++)
		for (uint32_t long_fillers = 0; long_fillers < 30; long_fillers++) {
			test_case("%u and %u fillers", (unsigned)fillers, (unsigned)long_fillers);
			CHECK(check_distance(insns, fillers, long_fillers, false));
			CHECK(check_distance(insns, fillers, long_fillers, true));
		}
}

/* The farthest that 16 bits of offset go, around 32 KiB of code, and gotol beyond. */
TEST(branches_across_32_kib)
{
	static const uint32_t SPANS[] = {
		8189, 8190, 8191, 8192, 8193, 10920, 10923, 32764, 32765
	};
	struct skep_insn *insns = calloc(70000, sizeof(*insns));
	bool ok = insns != NULL;

	for (size_t i = 0; i < COUNT(SPANS) && ok; i++)
		ok = check_distance(insns, SPANS[i], 0, false) &&
		     check_distance(insns, SPANS[i], 0, true) &&
		     check_distance(insns, 0, SPANS[i], false) &&
		     check_distance(insns, SPANS[i] / 2, SPANS[i] / 2, true);
	free(insns);
	CHECK(ok);
}

TEST(gotol_across_65536_instructions)
{
	enum { SPAN = 70000 };
	struct skep_insn *insns = calloc(SPAN + 8, sizeof(*insns));
	uint64_t interp = 0, jit = 0;
	bool ok = insns != NULL;

	if (ok) {
		insns[0] = insn_of(BPF_ALU64 | BPF_K | BPF_MOV, 0, 0, 0, 7);
		insns[1] = insn_of(BPF_JMP32 | BPF_JA, 0, 0, 0, SPAN);
		for (uint32_t i = 0; i < SPAN; i++)
			insns[2 + i] = insn_of(BPF_ALU64 | BPF_K | BPF_ADD, 0, 0, 0, 1);
		insns[1 + SPAN] = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		insns[2 + SPAN] = insn_of(BPF_JMP | BPF_K | BPF_JEQ, 0, 0, 1, 7);
		insns[3 + SPAN] = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		insns[4 + SPAN] = insn_of(BPF_JMP32 | BPF_JA, 0, 0, 0, -SPAN - 3);
		ok = open_insns(&program, insns, SPAN + 5);
		interp = run_interp(&program, NULL, 0);
		jit = run_jit(&program, NULL, 0);
		close_program(&program);
	}
	free(insns);
	CHECK(ok);
	CHECK_EQ(interp, 7 + SPAN - 1);
	CHECK_EQ(jit, 7 + SPAN - 1);
}

/* Branches that each jump over the next ones, so that one can only get short after another has:
 * more steps than there are passes. Long forms then stay, and the answer is the same. */
TEST(branches_that_shorten_one_after_another)
{
	enum { CHAIN = 300, OVER = 24 };
	static struct skep_insn insns[CHAIN * 2 + OVER * 2 + 8];
	uint32_t count = 0;
	uint64_t wanted;

	insns[count++] = insn_of(BPF_ALU64 | BPF_K | BPF_MOV, 0, 0, 0, 0);
	for (uint32_t i = 0; i < CHAIN; i++) {
		insns[count++] = insn_of(BPF_JMP32 | BPF_X | BPF_JGT, 1, 2, OVER - (int)(i % 5), 0);
		if (i % 3 == 0)
			insns[count++] = insn_of(BPF_ALU64 | BPF_K | BPF_ADD, 0, 0, 0, (int)i);
	}
	for (uint32_t i = 0; i < OVER; i++)
		insns[count++] = insn_of(BPF_ALU64 | BPF_K | BPF_ADD, 0, 0, 0, 1);
	insns[count++] = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	CHECK(open_insns(&program, insns, count));
	for (uintptr_t r1 = 0; r1 < 2; r1++) {
		wanted = run_interp(&program, (void *)r1, 0);
		CHECK_EQ(run_jit(&program, (void *)r1, 0), wanted);
	}
	close_program(&program);
}

static char last_report[512];

static void keep_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	snprintf(last_report, sizeof(last_report), "%d: %s", (int)report->insn, report->text);
}

/* Compiles for the first backend, on any host. */
static int compile_exec(const struct skep_exec *exec)
{
	struct skep_log log = { .sink = keep_report };
	struct skep_arena arena, scratch;
	struct skep_code code;
	int err;

	last_report[0] = '\0';
	skep_arena_init(&arena, skep_port_posix(), 0);
	skep_arena_init(&scratch, skep_port_posix(), 0);
	err = skep_jit_compile(skep_backend_at(0), exec, &arena, &scratch, &log, &code);
	skep_arena_free(&arena);
	skep_arena_free(&scratch);
	return err;
}

/* ----------------------------------------------------------------------------------- time */

/* Blocks of four instructions: a comparison whose branch leads some blocks ahead, and arithmetic.
 */
static void make_branchy(struct skep_insn *insns, uint32_t count)
{
	uint32_t i = 0;

	for (; i + 44 < count; i += 4) {
		insns[i] = insn_of(BPF_ALU64 | BPF_K | BPF_ADD, 2, 0, 0, (int)i);
		insns[i + 1] = insn_of(BPF_JMP | BPF_K | BPF_JGT, 2, 0, 3 + (int)(i % 37), 5);
		insns[i + 2] = insn_of(BPF_ALU | BPF_X | BPF_XOR, 3, 2, 0, 0);
		insns[i + 3] = insn_of(BPF_JMP | BPF_X | BPF_JSET, 3, 2, (int)(i % 31), 0);
	}
	for (; i < count; i++)
		insns[i] = insn_of(BPF_ALU64 | BPF_K | BPF_MOV, 0, 0, 0, (int)i);
	insns[count - 1] = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Of the cpu, the best of three. */
static double compile_seconds(const struct skep_insn *insns, uint32_t count)
{
	const struct skep_exec exec = { .insns = insns, .count = count };
	double best = 1e9;

	for (int round = 0; round < 3; round++) {
		const clock_t start = clock();
		const int err = compile_exec(&exec);
		const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;

		if (err == 0 && seconds < best)
			best = seconds;
	}
	return best;
}

/* Ten times the program takes ten times the time, not a hundred. */
TEST(compile_time_is_linear)
{
	enum { SMALL = 20000, LARGE = 200000 };
	struct skep_insn *insns = calloc(LARGE, sizeof(*insns));
	double small = 0, large = 0;

	if (insns != NULL) {
		make_branchy(insns, SMALL);
		small = compile_seconds(insns, SMALL);
		make_branchy(insns, LARGE);
		large = compile_seconds(insns, LARGE);
	}
	free(insns);
	test_note("%d instructions in %d us, %d in %d us", SMALL, (int)(small * 1e6), LARGE,
		  (int)(large * 1e6));
	CHECK(insns != NULL);
	CHECK(small < 0.1);
	CHECK(large < 40 * small);
}

/* ----------------------------------------------------------------------------------- code */

TEST(same_bytes_every_time_and_a_map_that_fits)
{
	enum { INSNS = 2000 };
	static struct skep_insn insns[INSNS];
	struct skep_arena arena, scratch;
	struct skep_code again;

	make_branchy(insns, INSNS);
	for (uint32_t b = 0; skep_backend_at(b) != NULL; b++) {
		const struct skep_backend *backend = skep_backend_at(b);
		struct skep_exec exec = { .insns = insns, .count = INSNS };
		struct skep_code code;

		test_case("%s", skep_backend_name(backend));
		skep_arena_init(&arena, skep_port_posix(), 0);
		skep_arena_init(&scratch, skep_port_posix(), 0);
		CHECK_EQ(skep_jit_compile(backend, &exec, &arena, &scratch, NULL, &code), 0);
		CHECK_EQ(skep_jit_compile(backend, &exec, &arena, &scratch, NULL, &again), 0);
		CHECK_EQ(code.size, again.size);
		CHECK(memcmp(code.bytes, again.bytes, code.size) == 0);
		for (uint32_t i = 0; i < INSNS; i++)
			CHECK(code.pc_map[i] <= code.pc_map[i + 1]);
		CHECK_EQ(code.pc_map[INSNS], code.size);
		skep_arena_free(&arena);
		skep_arena_free(&scratch);
	}
}

/* The bytes run wherever they are put. */
TEST(code_is_position_independent)
{
	const struct skep_port *port = skep_port_posix();

	CHECK(open_text(
		&program,
		"r6 = 3\nr1 = 4\ncall function\nr0 *= r6\nif r0 == 12 goto +1\nr0 = 0\nexit\n"
		"function:\nr0 = r1\nexit\n",
		NULL, 0));
	for (size_t shift = 0; shift < 64 && program.memory != NULL; shift += 7) {
		struct skep_env env = make_env();
		uint8_t *copy = port->code_alloc(port->ctx, program.code.size + 64), *start;
		skep_code_entry entry;

		CHECK(copy != NULL);
		start = copy + shift;
		memcpy(start, program.code.bytes, program.code.size);
		CHECK_EQ(port->code_seal(port->ctx, copy, program.code.size + 64), 0);
		memcpy(&entry, &start, sizeof(entry));
		CHECK_EQ(entry(NULL, &env, 0), 12);
		port->code_free(port->ctx, copy, program.code.size + 64);
	}
	close_program(&program);
}

/* No mapping of this process is writable and executable, and the code's is executable. */
TEST(code_memory_is_never_writable_and_executable)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool found = false, both = false;

	if (maps != NULL)
		fclose(maps);
	if (maps == NULL || skep_backend_native() == NULL) {
		test_skip("needs /proc/self/maps and a backend");
		return;
	}
	CHECK(open_text(&program, "r0 = 0\nexit\n", NULL, 0));
	maps = fopen("/proc/self/maps", "r");
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long start, end;
		char rights[8];

		if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) != 3)
			continue;
		both |= rights[1] == 'w' && rights[2] == 'x';
		if ((uintptr_t)program.memory >= start && (uintptr_t)program.memory < end)
			found = rights[1] == '-' && rights[2] == 'x';
	}
	if (maps != NULL)
		fclose(maps);
	close_program(&program);
	CHECK(found);
	CHECK(!both);
}

/* ------------------------------------------------------------------------------- refusals */

struct refusal {
	const char *report;
	int err;
	struct skep_insn insns[4];
	uint32_t count;
};

#define EXIT                                                                                       \
	{                                                                                          \
		.code = 0x95                                                                       \
	}

static const struct refusal REFUSALS[] = {
	{ "0: a call of a kernel function cannot be compiled",
	  SKEP_EOPNOTSUPP,
	  { { .code = 0x85, .src_reg = 2 }, EXIT },
	  2 },
	{ "0: a move between address spaces",
	  SKEP_EOPNOTSUPP,
	  { { .code = 0xbf, .off = 1, .imm = 1 }, EXIT },
	  2 },
	{ "0: the call names no function", SKEP_EINVAL, { { .code = 0x85 }, EXIT }, 2 },
	{ "0: the call names no function", SKEP_EINVAL, { { .code = 0x85, .imm = -2 }, EXIT }, 2 },
	{ "0: the jump leaves its function", SKEP_EINVAL, { { .code = 0x05, .off = 1 }, EXIT }, 2 },
	{ "0: the jump leaves its function",
	  SKEP_EINVAL,
	  { { .code = 0x06, .imm = -2 }, EXIT },
	  2 },
	{ "1: the jump leaves its function",
	  SKEP_EINVAL,
	  { { .code = 0xb7 }, { .code = 0x15, .off = -3 }, EXIT },
	  3 },
	{ "0: the function does not end", SKEP_EINVAL, { { .code = 0xb7 } }, 1 },
	{ "1: the function does not end", SKEP_EINVAL, { EXIT, { .code = 0x18 } }, 1 },
	{ "1: the function does not end", SKEP_EINVAL, { EXIT, { .code = 0xb7 } }, 2 },
	{ "0: the opcode does not exist", SKEP_EINVAL, { { .code = 0xff }, EXIT }, 2 },
	{ "0: the program calls itself",
	  SKEP_EINVAL,
	  { { .code = 0x85, .src_reg = 1, .imm = -1 }, EXIT },
	  2 },
	{ "0: the call does not lead",
	  SKEP_EINVAL,
	  { { .code = 0x85, .src_reg = 1, .imm = 1000 }, EXIT },
	  2 },
	{ "0: the program is empty", SKEP_EINVAL, { EXIT }, 0 },
};

TEST(what_cannot_be_compiled_is_refused_with_its_place)
{
	for (size_t i = 0; i < COUNT(REFUSALS); i++) {
		const struct refusal *row = &REFUSALS[i];
		const struct skep_exec exec = { .insns = row->insns, .count = row->count };
		const int err = compile_exec(&exec);

		test_case("%s", row->report);
		if (row->count == 1 && row->insns[0].code == 0x95) {
			CHECK_EQ(err, 0);
			continue;
		}
		CHECK_EQ(err, row->err);
		test_case("found \"%s\", wanted \"%s\"", last_report, row->report);
		CHECK(strncmp(last_report, row->report, 2) == 0);
		CHECK(strstr(last_report, row->report + 3) != NULL);
	}
}

TEST(lists_of_functions_out_of_order)
{
	static const struct skep_function LISTS[][2] = {
		{ { 0, 1, 0 }, { 0, 2, 0 } },   { { 0, 2, 0 }, { 1, 2, 0 } },
		{ { 0, 1, 0 }, { 1, 3, 0 } },   { { 0, 0, 0 }, { 0, 2, 0 } },
		{ { 0, 1, 520 }, { 1, 2, 0 } },
	};
	const struct skep_insn insns[] = { EXIT, EXIT };
	struct skep_exec exec = { .insns = insns, .count = 2, .function_count = 2 };
	static const struct skep_function good[] = { { 0, 1, 8 }, { 1, 2, 512 } };

	for (size_t i = 0; i < COUNT(LISTS); i++) {
		exec.functions = LISTS[i];
		CHECK_EQ(compile_exec(&exec), SKEP_EINVAL);
	}
	exec.functions = good;
	CHECK_EQ(compile_exec(&exec), 0);
}

/* Memory runs out at the n-th request, for every n: an error, a report, nothing leaked. */
static int allocations_left;

static void *failing_alloc(void *ctx, size_t size, size_t align)
{
	(void)ctx;
	if (allocations_left-- <= 0)
		return NULL;
	return skep_port_posix()->alloc(NULL, size, align);
}

TEST(every_allocation_can_fail)
{
	enum { INSNS = 5000 };
	static struct skep_insn insns[INSNS];
	const struct skep_exec exec = { .insns = insns, .count = INSNS };
	struct skep_port port = *skep_port_posix();
	int err = SKEP_ENOMEM, rounds = 0;

	port.alloc = failing_alloc;
	make_branchy(insns, INSNS);
	while (err == SKEP_ENOMEM && rounds < 50) {
		struct skep_log log = { .sink = keep_report };
		struct skep_arena arena, scratch;
		struct skep_code code;

		allocations_left = rounds++;
		last_report[0] = '\0';
		skep_arena_init(&arena, &port, 0);
		skep_arena_init(&scratch, &port, 0);
		err = skep_jit_compile(skep_backend_at(0), &exec, &arena, &scratch, &log, &code);
		skep_arena_free(&arena);
		skep_arena_free(&scratch);
		CHECK(err == 0 || last_report[0] != '\0');
	}
	CHECK_EQ(err, 0);
	CHECK(rounds > 4);
}

TESTS_BEGIN
T(branches_around_127_bytes)
T(branches_across_32_kib)
T(gotol_across_65536_instructions)
T(branches_that_shorten_one_after_another)
T(compile_time_is_linear)
T(same_bytes_every_time_and_a_map_that_fits)
T(code_is_position_independent)
T(code_memory_is_never_writable_and_executable)
T(what_cannot_be_compiled_is_refused_with_its_place)
T(lists_of_functions_out_of_order)
T(every_allocation_can_fail)
TESTS_END
