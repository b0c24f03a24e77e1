/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepted programs keep to what they were given. Random programs, made of the pieces real ones are
 * made of and close to the bounds of what may be accepted, are verified; those accepted are run by
 * the interpreter and by machine code, on several inputs, over objects that lie between bytes that
 * must not change and pages that cannot be touched.
 */
#include "drafts.h"

enum { PROGRAMS = 16000, RUNS = 6 };

/* -------------------------------------------------------------------------------- checking */

static bool run_program(const struct skep_exec *exec)
{
	size_t size = 0;
	void *code = world_compile(exec, &size);
	skep_code_entry entry;
	bool whole = true;

	memcpy(&entry, &code, sizeof(entry));
	for (uint64_t seed = 0; whole && seed < RUNS; seed++) {
		const struct world_result wanted = world_interpret(exec, seed);

		whole = wanted.whole;
		if (whole && code != NULL)
			whole = world_run_code(entry, seed).whole;
	}
	if (code != NULL)
		skep_port_posix()->code_free(skep_port_posix()->ctx, code, size);
	return whole;
}

TEST(accepted_programs_keep_to_their_objects)
{
	static const struct skep_verify_limits limits = { .insns_max = 100000,
							  .bytes_max = 64u << 20 };
	static struct skep_insn executable[DRAFT_INSNS_MAX];
	static struct draft draft;
	unsigned accepted = 0;

	for (unsigned i = 0; i < PROGRAMS; i++) {
		struct verdict verdict = { 0 };
		struct skep_arena arena;
		struct skep_exec exec;
		bool whole = true;

		draft_program(&draft);
		skep_arena_init(&arena, skep_port_posix(), 0);
		world_verify(draft.insns, draft.count, false, &limits, skep_port_posix(), &arena,
			     &verdict);
		if (verdict.err == 0) {
			accepted++;
			world_reset(0);
			if (world_prepare(draft.insns, &verdict.facts, executable, &exec))
				whole = run_program(&exec);
		}
		skep_arena_free(&arena);
		if (!whole)
			draft_print(&draft);
		test_case("program %u", i);
		CHECK(whole);
	}
	test_note("%u of %u accepted", accepted, (unsigned)PROGRAMS);
	CHECK(accepted > PROGRAMS / 10);
}

TESTS_BEGIN
T(accepted_programs_keep_to_their_objects)
TESTS_END
