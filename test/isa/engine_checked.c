/* SPDX-License-Identifier: Apache-2.0 */
/* The checked execution as an engine of the runner: the memory of the test is all that programs may
 * touch beside their stack. */
#include "interp/checked.h"
#include "runner.h"

static struct skep_bytecode program;

static bool prepare(void *ctx, const struct skep_insn *insns, uint32_t count)
{
	(void)ctx;
	program = (struct skep_bytecode){
		.name = "test", .insns = insns, .count = count, .contracts = isa_contracts()
	};
	return true;
}

static void run(void *ctx, void *memory, size_t size, struct isa_run *out)
{
	uint32_t word = 0;
	struct skep_env env = { .ctx = memory,
				.packet_load = isa_packet_load(),
				.port = &isa_port,
				.atomic_word = &word };
	const struct skep_checked checked = {
		.code = &program, .memory = memory, .memory_size = size, .insns_max = UINT32_MAX
	};
	struct skep_trap trap = { 0 };

	(void)ctx;
	*out = (struct isa_run){ 0 };
	if (skep_checked_run(&checked, &env, &out->r0, &trap) == 0)
		return;
	out->stopped = true;
	out->index = trap.pc;
	out->why = skep_trap_found(trap.cause);
}

const struct isa_engine isa_engine_checked = {
	.name = "checked", .checks = true, .prepare = prepare, .run = run
};
