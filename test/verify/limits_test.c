/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier gives beside a verdict, and what it does when it may not go on: memory that is
 * not there, limits reached. Whatever happens, all memory comes back. */
#include "harness.h"
#include "world.h"

enum { INSNS_MAX = 256 };

static const struct skep_verify_limits LIMITS = { .insns_max = 1000000, .bytes_max = 256u << 20 };

/* A port that counts, and gives nothing at the n-th time. */
static struct {
	unsigned calls, fails_at;
	size_t held, most;
} meter;

static void *metered_alloc(void *ctx, size_t size, size_t align)
{
	void *memory;

	(void)ctx;
	if (++meter.calls == meter.fails_at)
		return NULL;
	memory = skep_port_posix()->alloc(skep_port_posix()->ctx, size, align);
	meter.held += memory != NULL ? size : 0;
	meter.most = meter.held > meter.most ? meter.held : meter.most;
	return memory;
}

static void metered_free(void *ctx, void *memory, size_t size, size_t align)
{
	(void)ctx;
	meter.held -= size;
	skep_port_posix()->free(skep_port_posix()->ctx, memory, size, align);
}

static const struct skep_port METERED = { .alloc = metered_alloc, .free = metered_free };

static uint32_t assemble(const char *text, struct skep_insn insns[INSNS_MAX])
{
	struct skep_log log = { 0 };
	uint32_t count = 0;

	skep_isa_assemble(text, strlen(text), insns, INSNS_MAX, &count, &log);
	return count;
}

/* Forks, spills, a function, records and a loop: everything that allocates. */
static const char BUSY[] = "r6 = r1; r7 = 0; *(u64 *)(r10 -8) = r1\n"
			   "loop: r2 = *(u32 *)(r6 +12); *(u64 *)(r10 -16) = r2\n"
			   "if r2 & 1 goto a; *(u64 *)(r10 -24) = 7\n"
			   "a: r1 = r7; call f\n"
			   "r1 = map[1] ll; r2 = 8; r3 = 0; call 131\n"
			   "if r0 == 0 goto b\n"
			   "r1 = r0; r2 = 0; call 132\n"
			   "b: r7 += 1\n"
			   "if r7 < 60 goto loop\n"
			   "r0 = 0; exit\n"
			   "f: *(u64 *)(r10 -40) = r1; r0 = *(u64 *)(r10 -40)\n"
			   "if r0 & 2 goto g; r0 = 0; g: exit\n";

static int verify_metered(const char *text, const struct skep_verify_limits *limits,
			  struct verdict *verdict)
{
	struct skep_insn insns[INSNS_MAX];
	const uint32_t count = assemble(text, insns);
	struct skep_arena arena;

	memset(verdict, 0, sizeof(*verdict));
	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, count, false, limits, &METERED, &arena, verdict);
	skep_arena_free(&arena);
	return verdict->err;
}

TEST(every_allocation_may_fail)
{
	struct verdict verdict;
	unsigned calls;

	memset(&meter, 0, sizeof(meter));
	CHECK_EQ(verify_metered(BUSY, &LIMITS, &verdict), 0);
	CHECK_EQ(meter.held, 0);
	calls = meter.calls;
	CHECK(calls > 4);
	for (unsigned n = 1; n <= calls; n++) {
		memset(&meter, 0, sizeof(meter));
		meter.fails_at = n;
		CHECK_EQ(verify_metered(BUSY, &LIMITS, &verdict), SKEP_ENOMEM);
		CHECK(strstr(verdict.text, "no memory left") != NULL);
		CHECK_EQ(meter.held, 0);
	}
}

TEST(memory_stays_within_its_limit)
{
	static const size_t SIZES[] = { 1, 16384, 40000, 65536, 100000, 131072 };
	struct verdict verdict;
	bool refused = false;

	for (unsigned i = 0; i < SKEP_COUNT(SIZES); i++) {
		const struct skep_verify_limits limits = { .insns_max = 1000000,
							   .bytes_max = SIZES[i] };
		int err;

		memset(&meter, 0, sizeof(meter));
		err = verify_metered(BUSY, &limits, &verdict);
		CHECK(err == 0 || err == SKEP_E2BIG);
		CHECK(err == 0 || strstr(verdict.text, "verify_bytes_max") != NULL);
		/* Checking the structure takes memory of its own, before. */
		CHECK(meter.most <= SIZES[i] || meter.most <= 16384);
		CHECK_EQ(meter.held, 0);
		refused |= err != 0;
	}
	CHECK(refused);
}

TEST(instructions_stay_within_their_limit)
{
	static const char LOOP[] = "r1 = 0; loop: r1 += 1; if r1 < 1000 goto loop; r0 = 0; exit";
	struct skep_verify_limits limits = { .insns_max = 2003, .bytes_max = 64u << 20 };
	struct verdict verdict;

	memset(&meter, 0, sizeof(meter));
	CHECK_EQ(verify_metered(LOOP, &limits, &verdict), 0);
	CHECK_EQ(verdict.facts.walked_insns, 2003);
	limits.insns_max = 2002;
	CHECK_EQ(verify_metered(LOOP, &limits, &verdict), SKEP_E2BIG);
	CHECK(strstr(verdict.text, "2002 instructions were walked through") != NULL);
	CHECK_EQ(verdict.facts.walked_insns, 2002);
}

TEST(facts)
{
	struct skep_insn insns[INSNS_MAX];
	const uint32_t count = assemble("r2 = *(u32 *)(r1 +12)\n"  /* 0: context */
					"*(u32 *)(r10 -20) = r2\n" /* 1: 24 bytes of stack */
					"call f\n"                 /* 2 */
					"r0 = 0\n"                 /* 3 */
					"if r0 == 0 goto out\n"    /* 4 */
					"r0 = *(u64 *)(r9 +0)\n"   /* 5: dead */
					"out: exit\n"              /* 6 */
					"f: *(u8 *)(r10 -1) = 1\n" /* 7: 8 bytes */
					"r0 = 0; exit\n"           /* 8, 9 */
					"g: r0 = 1; exit\n" /* 10, 11: part of f */,
					insns);
	struct verdict verdict = { 0 };
	struct skep_arena arena;

	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, count, false, &LIMITS, skep_port_posix(), &arena, &verdict);
	CHECK_EQ(verdict.err, 0);
	CHECK_EQ(verdict.facts.count, 12);
	CHECK_EQ(verdict.facts.insns[0], SKEP_FACT_REACHED | SKEP_FACT_CTX);
	CHECK_EQ(verdict.facts.insns[1], SKEP_FACT_REACHED);
	CHECK_EQ(verdict.facts.insns[4], SKEP_FACT_REACHED);
	CHECK_EQ(verdict.facts.insns[5], 0);
	CHECK_EQ(verdict.facts.insns[7], SKEP_FACT_REACHED);
	CHECK_EQ(verdict.facts.insns[10], 0);
	CHECK_EQ(verdict.facts.function_count, 2);
	CHECK_EQ(verdict.facts.functions[0].start, 0);
	CHECK_EQ(verdict.facts.functions[0].end, 7);
	CHECK_EQ(verdict.facts.functions[0].stack_bytes, 24);
	CHECK_EQ(verdict.facts.functions[1].start, 7);
	CHECK_EQ(verdict.facts.functions[1].end, 12);
	CHECK_EQ(verdict.facts.functions[1].stack_bytes, 8);
	CHECK_EQ(verdict.facts.stack_bytes, 32);
	CHECK_EQ(verdict.facts.walked_insns, 9);
	skep_arena_free(&arena);
}

/* 1,000 instructions that fork at every other one, and join again. */
TEST(effort_grows_with_the_program_not_with_its_paths)
{
	static struct skep_insn insns[4096];
	struct verdict verdict = { 0 };
	struct skep_arena arena;
	uint32_t count = 0;

	insns[count++] = (struct skep_insn){
		.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 6, .src_reg = 1, .off = 24
	};
	insns[count++] = (struct skep_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	for (; count < 1002; count += 2) {
		insns[count] = (struct skep_insn){ .code = BPF_JMP | BPF_JSET | BPF_K,
						   .dst_reg = 6,
						   .off = 1,
						   .imm = 1 << count / 2 % 31 };
		insns[count + 1] =
			(struct skep_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K, .imm = 1 };
	}
	insns[count++] = (struct skep_insn){ .code = BPF_JMP | BPF_EXIT };
	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, count, false, &LIMITS, skep_port_posix(), &arena, &verdict);
	skep_arena_free(&arena);
	CHECK_EQ(verdict.err, 0);
	test_note("%u instructions walked, %u states kept", (unsigned)verdict.facts.walked_insns,
		  (unsigned)verdict.facts.states);
	CHECK(verdict.facts.walked_insns < 20000);
}

static const struct skep_verify_limits KEEPING = {
	.insns_max = 1000000, .bytes_max = 256u << 20, .keep_facts = true, .keep_clues = true
};

/* The same as BUSY up to its end, which is refused. */
static const char BUSY_REFUSED[] = "r6 = r1; r7 = 0; *(u64 *)(r10 -8) = r1\n"
				   "loop: r2 = *(u32 *)(r6 +12); *(u64 *)(r10 -16) = r2\n"
				   "if r2 & 1 goto a; *(u64 *)(r10 -24) = 7\n"
				   "a: r7 += 1\n"
				   "if r7 < 60 goto loop\n"
				   "r0 = *(u8 *)(r2 +0); exit\n";

/* What is kept for others is kept in the arena given, which may be full. */
TEST(what_is_kept_may_not_fit)
{
	static uint8_t block[32768];
	struct skep_insn insns[INSNS_MAX];
	struct verdict verdict;
	struct skep_arena arena;
	bool fitted = false;
	uint32_t count;

	count = assemble(BUSY, insns);
	for (size_t size = 0; !fitted && size < sizeof(block); size += 64) {
		memset(&verdict, 0, sizeof(verdict));
		skep_arena_init_block(&arena, block, size);
		world_verify(insns, count, false, &KEEPING, skep_port_posix(), &arena, &verdict);
		fitted = verdict.err == 0;
		CHECK(fitted || verdict.err == SKEP_ENOMEM);
		CHECK(fitted || verdict.facts.regs == NULL);
	}
	CHECK(fitted);
	CHECK(verdict.facts.regs != NULL);
	CHECK_EQ(verdict.facts.clue_count, 0);
	count = assemble(BUSY_REFUSED, insns);
	fitted = false;
	for (size_t size = 0; !fitted && size < sizeof(block); size += 64) {
		memset(&verdict, 0, sizeof(verdict));
		skep_arena_init_block(&arena, block, size);
		world_verify(insns, count, false, &KEEPING, skep_port_posix(), &arena, &verdict);
		CHECK_EQ(verdict.err, SKEP_EACCES);
		fitted = verdict.facts.clue_count > 0;
	}
	CHECK(fitted);
}

TEST(every_allocation_may_fail_with_facts_and_clues)
{
	static const char *const TEXTS[] = { BUSY, BUSY_REFUSED };

	for (unsigned i = 0; i < SKEP_COUNT(TEXTS); i++) {
		const int wanted = i == 0 ? 0 : SKEP_EACCES;
		struct verdict verdict;
		unsigned calls;

		memset(&meter, 0, sizeof(meter));
		CHECK_EQ(verify_metered(TEXTS[i], &KEEPING, &verdict), wanted);
		calls = meter.calls;
		for (unsigned n = 1; n <= calls; n++) {
			memset(&meter, 0, sizeof(meter));
			meter.fails_at = n;
			verify_metered(TEXTS[i], &KEEPING, &verdict);
			/* What happens after the verdict does not change it. */
			CHECK(verdict.err == SKEP_ENOMEM || verdict.err == wanted);
			CHECK(verdict.err != 0 || verdict.facts.regs != NULL);
			CHECK_EQ(meter.held, 0);
		}
	}
}

TEST(nothing_is_kept_that_was_not_asked_for)
{
	struct skep_insn insns[INSNS_MAX];
	const uint32_t count = assemble(BUSY, insns), refused = assemble(BUSY_REFUSED, insns);
	struct verdict verdict = { 0 };
	struct skep_arena arena;

	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, refused, false, &LIMITS, skep_port_posix(), &arena, &verdict);
	CHECK_EQ(verdict.err, SKEP_EACCES);
	CHECK_EQ(verdict.facts.clue_count, 0);
	CHECK_EQ(arena.used_bytes, 0);
	CHECK_EQ(assemble(BUSY, insns), count);
	world_verify(insns, count, false, &LIMITS, skep_port_posix(), &arena, &verdict);
	CHECK_EQ(verdict.err, 0);
	CHECK(verdict.facts.regs == NULL);
	skep_arena_free(&arena);
}

TEST(unprivileged_programs_have_4096_instructions)
{
	static const struct skep_verify_limits limits = { .insns_max = 1000000,
							  .bytes_max = 64u << 20,
							  .unprivileged = true };
	static struct skep_insn insns[4097];

	for (uint32_t count = 4096; count <= 4097; count++) {
		struct verdict verdict = { 0 };
		struct skep_arena arena;

		for (uint32_t i = 0; i < count; i++)
			insns[i] = (struct skep_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
		insns[count - 1].code = BPF_JMP | BPF_EXIT;
		skep_arena_init(&arena, skep_port_posix(), 0);
		world_verify(insns, count, false, &limits, skep_port_posix(), &arena, &verdict);
		skep_arena_free(&arena);
		CHECK_EQ(verdict.err, count == 4096 ? 0 : SKEP_E2BIG);
		CHECK(verdict.err == 0 || strstr(verdict.text, "at most 4096") != NULL);
	}
}

TESTS_BEGIN
T(every_allocation_may_fail)
T(memory_stays_within_its_limit)
T(instructions_stay_within_their_limit)
T(facts)
T(effort_grows_with_the_program_not_with_its_paths)
T(what_is_kept_may_not_fit)
T(every_allocation_may_fail_with_facts_and_clues)
T(nothing_is_kept_that_was_not_asked_for)
T(unprivileged_programs_have_4096_instructions)
TESTS_END
