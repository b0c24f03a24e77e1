/* SPDX-License-Identifier: Apache-2.0 */
/* The MINI profile, as firmware uses it: structure check, both executions, maps, helpers, limits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "harness.h"
#include "isa/isa.h"
#include "skep.h"

enum { INSNS_MAX = 128 };

struct context {
	uint32_t a, b;
	uint64_t c;
};

static struct skep_insn insns[INSNS_MAX];
static uint64_t stack[SKEP_MINI_STACK_BYTES(8) / 8];
static uint8_t marks[SKEP_MINI_MARKS_BYTES(INSNS_MAX)];
static uint64_t *counts; /* 3 values of 12 bytes */
static const uint64_t constants[2] = { 11, 22 };
static struct skep_mini_map maps[] = {
	{ NULL, 12, 3, false },
	{ (void *)constants, 12, 1, true },
};

static uint64_t sum(uint64_t memory, uint64_t size, uint64_t a3, uint64_t a4, uint64_t a5,
		    struct skep_env *env)
{
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)memory;
	uint64_t total = *(const uint64_t *)skep_env_user(env);

	(void)a3, (void)a4, (void)a5;
	for (uint64_t i = 0; i < size; i++)
		total += bytes[i];
	return total;
}

static uint64_t touch(uint64_t ctx, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		      struct skep_env *env)
{
	(void)a2, (void)a3, (void)a4, (void)a5;
	if ((void *)(uintptr_t)ctx != skep_env_ctx(env))
		return 0;
	((struct context *)(uintptr_t)ctx)->b = 99;
	return 1;
}

static uint64_t user = 1000;
static const struct skep_helper HELPERS[] = {
	{ 50, "sum", SKEP_RET_INTEGER, { SKEP_ARG_PTR_TO_MEM, SKEP_ARG_CONST_SIZE }, .fn = sum },
	{ 51, "touch", SKEP_RET_INTEGER, { SKEP_ARG_PTR_TO_CTX }, .fn = touch },
	{ 52,
	  "reserve",
	  SKEP_RET_PTR_TO_RINGBUF_MEM_OR_NULL,
	  { SKEP_ARG_CONST_ALLOC_SIZE },
	  .fn = touch },
	{ 53, "submit", SKEP_RET_VOID, { SKEP_ARG_PTR_TO_RINGBUF_MEM }, .fn = touch },
};

static struct skep_mini mini = {
	.insns = insns,
	.insns_max = 10000,
	.maps = maps,
	.map_count = 2,
	.helpers = HELPERS,
	.helper_count = 4,
	.ctx_size = sizeof(struct context),
	.user = &user,
};
static struct context context;
static struct skep_mini_stop stop;

static void print_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

static bool take(const char *text)
{
	struct skep_log log = { .sink = print_report };

	context = (struct context){ 1, 2, 3 };
	stop = (struct skep_mini_stop){ 0 };
	return skep_isa_assemble(text, strlen(text), insns, INSNS_MAX, &mini.insn_count, &log) == 0;
}

/* Every program runs in both executions, and gives the same. */
static void right(const char *text, uint64_t wanted)
{
	uint64_t r0 = 0;

	test_case("%s", text);
	CHECK(take(text));
	CHECK_EQ(skep_mini_check(&mini, marks, &stop), 0);
	CHECK_EQ(skep_mini_run(&mini, &context, stack, sizeof(stack), &r0, &stop), 0);
	CHECK_EQ(r0, wanted);
	context = (struct context){ 1, 2, 3 };
	memset(counts, 0, SKEP_MINI_MAP_BYTES(12, 3));
	CHECK_EQ(skep_mini_run_trusted(&mini, &context), wanted);
	memset(counts, 0, SKEP_MINI_MAP_BYTES(12, 3));
	test_case("%s", "");
}

static void wrong(const char *text, uint32_t insn, const char *words)
{
	uint64_t r0 = 4711;

	test_case("%s", text);
	CHECK(take(text));
	CHECK_EQ(skep_mini_check(&mini, marks, &stop), 0);
	CHECK_EQ(skep_mini_run(&mini, &context, stack, sizeof(stack), &r0, &stop), SKEP_EFAULT);
	CHECK_EQ(stop.insn, insn);
	CHECK(strstr(skep_mini_run_text(stop.cause), words) != NULL);
	CHECK_EQ(r0, 4711);
	test_case("%s", "");
}

#define LOOKUP(map, key)                                                                           \
	"*(u32 *)(r10 -4) = " #key " ; r1 = map[" #map "] ll ; r2 = r10 ; r2 += -4 ; call 1 ; "

TEST(memory_is_made)
{
	counts = calloc(1, SKEP_MINI_MAP_BYTES(12, 3));
	CHECK(counts != NULL);
	maps[0].values = counts;
	CHECK_EQ(SKEP_MINI_MAP_BYTES(12, 3), 48);
}

TEST(context)
{
	right("r0 = *(u32 *)(r1 +4) ; exit", 2);
	right("*(u64 *)(r1 +8) = 7 ; r0 = *(u64 *)(r1 +8) ; exit", 7);
	wrong("r0 = *(u8 *)(r1 +16) ; exit", 0, "a load from memory");
	wrong("*(u64 *)(r1 +12) = 1 ; exit", 0, "a store to memory");
	wrong("r0 = *(u8 *)(r1 -1) ; exit", 0, "a load from memory");
	mini.ctx_read_only = true;
	right("r0 = *(u32 *)(r1 +4) ; exit", 2);
	wrong("*(u64 *)(r1 +8) = 7 ; exit", 0, "must only read");
	mini.ctx_read_only = false;
}

TEST(maps_are_arrays)
{
	right(LOOKUP(0, 2) "*(u32 *)(r0 +8) = 5 ; r0 = *(u32 *)(r0 +8) ; exit", 5);
	right(LOOKUP(0, 3) "exit", 0);
	right(LOOKUP(1, 0) "r0 = *(u64 *)(r0 +0) ; exit", 11);
	right("r1 = map_value[1]+8 ll ; r0 = *(u32 *)(r1 +0) ; exit", 22);
	right("r1 = map_value[0]+4 ll ; *(u32 *)(r1 +0) = 6 ; r0 = *(u32 *)(r1 +0) ; exit", 6);
	right("*(u32 *)(r10 -4) = 1 ; *(u64 *)(r10 -16) = 8 ; r1 = map[0] ll ; r2 = r10 ; r2 += -4 "
	      "; "
	      "r3 = r10 ; r3 += -16 ; r4 = 0 ; call 2 ; r6 = r0 ; r1 = map_value[0]+16 ll ; "
	      "r0 = *(u64 *)(r1 +0) ; r0 += r6 ; exit",
	      8);
	right("r2 = r10 ; r2 += -4 ; *(u32 *)(r10 -4) = 3 ; r1 = map[0] ll ; r3 = r10 ; r3 += -64 "
	      "; "
	      "r4 = 0 ; call 2 ; exit",
	      (uint64_t)SKEP_E2BIG);
	right("*(u32 *)(r10 -4) = 0 ; r2 = r10 ; r2 += -4 ; r1 = map[0] ll ; r3 = r10 ; r3 += -64 "
	      "; r4 = 1 ; call 2 ; "
	      "exit",
	      (uint64_t)SKEP_EEXIST);
	right("*(u32 *)(r10 -4) = 0 ; r2 = r10 ; r2 += -4 ; r1 = map[0] ll ; r3 = r10 ; r3 += -64 "
	      "; r4 = 3 ; call 2 ; "
	      "exit",
	      (uint64_t)SKEP_EINVAL);
	wrong(LOOKUP(0, 2) "*(u32 *)(r0 +12) = 5 ; exit", 6, "a store to memory");
	wrong(LOOKUP(0, 0) "r0 = *(u8 *)(r0 -1) ; exit", 6, "a load from memory");
	wrong(LOOKUP(0, 1) "r0 = *(u64 *)(r0 +8) ; exit", 6, "a load from memory");
	wrong(LOOKUP(1, 0) "*(u8 *)(r0 +0) = 1 ; exit", 6, "must only read");
	wrong(LOOKUP(1, 0) "lock *(u32 *)(r0 +0) += r1 ; exit", 6, "must only read");
	wrong("r1 = map[2] ll ; exit", 0, "no map of this index");
	wrong("r1 = btf_id[2] ll ; exit", 0, "no map of this index");
	wrong("r1 = btf_id[0] ll ; exit", 0, "only a kernel knows");
	wrong("r1 = map[1] ll ; r2 = r10 ; r2 += -4 ; r3 = r10 ; r3 += -64 ; r4 = 0 ; call 2 ; "
	      "exit",
	      7, "read-only");
	wrong("r1 = map[0] ll ; r2 = r10 ; r2 += -3 ; call 1 ; exit", 4, "memory that the program");
	wrong("r1 = r10 ; r2 = r10 ; r2 += -4 ; call 1 ; exit", 3, "is no map");
}

TEST(helpers)
{
	right("*(u64 *)(r10 -8) = 0x0101 ; r1 = r10 ; r1 += -8 ; r2 = 8 ; call 50 ; exit", 1002);
	right("r6 = r1 ; call 51 ; r1 = *(u32 *)(r6 +4) ; r0 += r1 ; exit", 100);
	right("r3 = 51 ; callx r3 ; exit", 1);
	wrong("r1 = r10 ; r1 += -8 ; r2 = 9 ; call 50 ; exit", 3, "memory that the program");
	wrong("r1 = r10 ; call 51 ; exit", 1, "not the context");
	wrong("r1 = 8 ; call 52 ; exit", 1, "contradicts itself");
	wrong("r1 = r10 ; call 53 ; exit", 1, "no ring buffer record");
	wrong("call 54 ; exit", 0, "no helper of this number");
	wrong("call 12 ; exit", 0, "no helper of this number");
}

/* The program has no packet: what would be loaded from it ends it with 0. */
TEST(packet_loads_end_the_program)
{
	right("r6 = r1 ; r0 = 5 ; r0 = *(u16 *)skb[0] ; r0 = 6 ; exit", 0);
}

TEST(atomics)
{
	right("r2 = 5 ; lock *(u64 *)(r1 +8) += r2 ; r0 = *(u64 *)(r1 +8) ; exit", 8);
	right("r2 = 5 ; r2 = atomic_fetch_add((u32 *)(r1 +0), r2) ; r0 = *(u32 *)(r1 +0) ; exit",
	      6);
	wrong("r2 = 5 ; lock *(u64 *)(r1 +4) += r2 ; exit", 1, "not a multiple");
}

TEST(budget_and_depth)
{
	uint64_t r0 = 0;

	wrong("again: goto again", 0, "as many instructions");
	wrong("f: call f ; exit", 0, "deeper than there is stack");
	right("call f ; r0 += 1 ; exit ; f: r0 = 2 ; exit", 3);
	/* The levels are those that the stack has room for. */
	CHECK_EQ(skep_mini_run(&mini, &context, stack, SKEP_MINI_STACK_BYTES(1), &r0, &stop),
		 SKEP_EFAULT);
	CHECK(strstr(skep_mini_run_text(stop.cause), "deeper") != NULL);
	CHECK_EQ(skep_mini_run(&mini, &context, stack, SKEP_MINI_STACK_BYTES(2), &r0, &stop), 0);
	CHECK_EQ(skep_mini_run(&mini, &context, stack, 500, &r0, &stop), SKEP_ENOSPC);
}

TEST(structure)
{
	CHECK(take("r0 = 0 ; exit"));
	mini.insn_count = 1;
	CHECK_EQ(skep_mini_check(&mini, marks, &stop), SKEP_EINVAL);
	CHECK_EQ(stop.insn, 0);
	CHECK_TEXT(skep_mini_check_text(stop.cause),
		   "the function goes on past its last instruction");
	insns[0].code = 0xff;
	mini.insn_count = 2;
	CHECK_EQ(skep_mini_check(&mini, marks, &stop), SKEP_EINVAL);
	CHECK_TEXT(skep_mini_check_text(stop.cause), "the opcode does not exist");
	CHECK_TEXT(skep_mini_check_text(UINT32_MAX), "");
}

/* The memory of a map is that of the caller, exactly. */
TEST(memory_is_given_back)
{
	free(counts);
}

TESTS_BEGIN
T(memory_is_made)
T(context)
T(maps_are_arrays)
T(helpers)
T(packet_loads_end_the_program)
T(atomics)
T(budget_and_depth)
T(structure)
T(memory_is_given_back)
TESTS_END
