/* SPDX-License-Identifier: Apache-2.0 */
/* The verified execution as an engine of the runner. Linked instructions are executable ones here,
 * because isa_helpers is indexed by the number. */
#include "interp/interp.h"
#include "runner.h"

static struct skep_exec program;

static bool prepare(void *ctx, const struct skep_insn *insns, uint32_t count)
{
	(void)ctx;
	program = (struct skep_exec){
		.insns = insns,
		.count = count,
		.helpers = isa_helpers,
		.helper_count = ISA_HELPER_COUNT,
		.contracts = &isa_contracts,
	};
	return true;
}

static void run(void *ctx, void *memory, size_t size, struct isa_run *out)
{
	uint32_t word = 0;
	struct skep_env env = { .ctx = memory,
				.packet_load = isa_packet_load,
				.port = &isa_port,
				.atomic_word = &word };

	(void)ctx;
	*out = (struct isa_run){ .r0 = skep_interp_run(&program, memory, size, &env) };
}

static const struct skep_target *target(void *ctx)
{
	static const struct skep_target self = { .exec = &program };

	(void)ctx;
	return &self;
}

const struct isa_engine isa_engine_interp = {
	.name = "interpreter", .prepare = prepare, .run = run, .target = target
};
