/* SPDX-License-Identifier: Apache-2.0 */
/* The verified execution of prepared programs as an engine of the runner. */
#include "base/arena.h"
#include "interp/interp.h"
#include "runner.h"

static bool prepare(void *ctx, const struct skep_insn *insns, uint32_t count)
{
	struct isa_threaded *threaded = ctx;
	struct skep_arena arena;

	threaded->program = (struct skep_exec){
		.insns = insns,
		.count = count,
		.helpers = isa_helpers,
		.helper_count = ISA_HELPER_COUNT,
		.contracts = &isa_contracts,
	};
	skep_arena_init_block(&arena, threaded->block, threaded->block_bytes);
	return skep_threaded_prepare(&threaded->program, &arena) == 0;
}

static void run(void *ctx, void *memory, size_t size, struct isa_run *out)
{
	const struct isa_threaded *threaded = ctx;
	uint32_t word = 0;
	struct skep_env env = { .ctx = memory,
				.packet_load = isa_packet_load,
				.port = &isa_port,
				.atomic_word = &word };

	*out = (struct isa_run){ .r0 = skep_threaded_run(&threaded->program, memory, size, &env) };
}

struct isa_engine isa_engine_threaded(struct isa_threaded *threaded)
{
	return (struct isa_engine){
		.name = "threaded", .prepare = prepare, .run = run, .ctx = threaded
	};
}
