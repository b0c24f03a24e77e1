/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in, as instructions: the verifier must neither crash nor read outside whatever they are.
 * What it accepts is run by the interpreter and by machine code, over objects that nobody can leave
 * unnoticed; both must keep to them, and give the same result unless it depends on where the stack
 * lies.
 */
#include "../verify/world.h"

enum { INSNS_MAX = 512 };

static void run(const struct skep_exec *exec, const void *code)
{
	skep_code_entry entry;

	memcpy(&entry, &code, sizeof(entry));
	for (uint64_t seed = 0; seed < 4; seed++) {
		const struct world_result first = world_interpret(exec, seed);
		const struct world_result second = world_interpret_elsewhere(exec, seed);
		struct world_result third = first;

		if (code != NULL)
			third = world_run_code(entry, seed);
		if (!first.whole || !second.whole || !third.whole)
			abort();
		if (first.r0 == second.r0 && first.memory == second.memory &&
		    (third.r0 != first.r0 || third.memory != first.memory))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct skep_verify_limits limits = {
		.insns_max = 20000, .bytes_max = 16u << 20, .keep_facts = true, .keep_clues = true
	};
	static const struct skep_verify_limits stricter = { .insns_max = 20000,
							    .bytes_max = 16u << 20,
							    .unprivileged = true };
	static struct skep_insn insns[INSNS_MAX], executable[INSNS_MAX];
	const uint32_t count = (uint32_t)(size / 8 < INSNS_MAX ? size / 8 : INSNS_MAX);
	struct verdict verdict = { 0 };
	struct skep_arena arena;
	struct skep_exec exec;
	bool stricter_accepts;

	skep_isa_read(bytes, false, count, insns);
	skep_arena_init(&arena, skep_port_posix(), 0);
	world_verify(insns, count, false, &stricter, skep_port_posix(), &arena, &verdict);
	stricter_accepts = verdict.err == 0;
	world_verify(insns, count, false, &limits, skep_port_posix(), &arena, &verdict);
	/* What is open to everyone is open to the privileged. */
	if (stricter_accepts && verdict.err == SKEP_EACCES)
		abort();
	if (verdict.err == 0 && world_prepare(insns, &verdict.facts, executable, &exec)) {
		size_t code_size = 0;
		void *code;

		world_reset(0);
		code = world_compile(&exec, &code_size);
		run(&exec, code);
		if (code != NULL)
			skep_port_posix()->code_free(skep_port_posix()->ctx, code, code_size);
	}
	skep_arena_free(&arena);
	return 0;
}
