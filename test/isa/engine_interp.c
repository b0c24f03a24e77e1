/* SPDX-License-Identifier: Apache-2.0 */
/* The verified execution as engines of the runner: of executable instructions, which linked ones
 * are here already, because isa_helpers is indexed by the number, and of linked ones, as the MINI
 * profile has them. */
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
		.contracts = isa_contracts(),
	};
	return true;
}

/* Not to be asked for what says itself what it loads, source 0. */
static uint64_t load_wide(const struct skep_exec *exec, const struct skep_insn *insn)
{
	(void)exec;
	if (insn->src_reg == 0)
		return UINT64_C(0xbad0bad0bad0bad0);
	return (uint64_t)insn->src_reg << 60 | (uint64_t)(uint32_t)insn[1].imm << 32 |
	       (uint32_t)insn->imm;
}

static const struct skep_helper *find_helper(const struct skep_exec *exec, uint64_t number)
{
	(void)exec;
	return number <= UINT32_MAX ? skep_contracts_helper(isa_contracts(), (uint32_t)number)
				    : NULL;
}

static bool prepare_linked(void *ctx, const struct skep_insn *insns, uint32_t count)
{
	static const struct skep_linked linked = { load_wide, find_helper };

	(void)ctx;
	program = (struct skep_exec){ .linked = &linked, .insns = insns, .count = count };
	return true;
}

static void run(void *ctx, void *memory, size_t size, struct isa_run *out)
{
	uint32_t word = 0;
	struct skep_env env = { .ctx = memory,
				.packet_load = isa_packet_load(),
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

const struct isa_engine isa_engine_linked = { .name = "linked",
					      .prepare = prepare_linked,
					      .run = run };
