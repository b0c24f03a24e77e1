/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verified execution of prepared programs as an engine of the runner. It does of the verifier's
 * work what prepared programs take from it: the list of functions, and how much of the stack each
 * uses, where that is plain to see: r10 is only the base of loads and stores, and no call leads
 * backwards.
 */
#include "base/arena.h"
#include "base/bytes.h"
#include "interp/interp.h"
#include "runner.h"

/* The instruction that a call or the address of a function leads to, or 0. */
static uint32_t function_at(const struct skep_insn *insn, uint32_t index)
{
	const bool calls = insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
	const bool refers =
		insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_FUNC;

	return calls || refers ? index + 1 + (uint32_t)insn->imm : 0;
}

/* Puts a start among the functions, in order. False: there are too many. */
static bool add_function(struct isa_threaded *threaded, uint32_t start)
{
	struct skep_function *functions = threaded->functions;
	uint32_t at = threaded->program.function_count;

	for (uint32_t i = 0; i < at; i++)
		if (functions[i].start == start)
			return true;
	if (at == ISA_FUNCTION_MAX)
		return false;
	for (; at > 0 && functions[at - 1].start > start; at--)
		functions[at] = functions[at - 1];
	functions[at] = (struct skep_function){ .start = start };
	threaded->program.function_count++;
	return true;
}

static bool list_functions(struct isa_threaded *threaded)
{
	struct skep_exec *program = &threaded->program;

	program->functions = threaded->functions;
	program->function_count = 0;
	if (!add_function(threaded, 0))
		return false;
	for (uint32_t i = 0; i < program->count; i++) {
		const uint32_t start = function_at(&program->insns[i], i);

		if (start != 0 && (start <= i || !add_function(threaded, start)))
			return false;
	}
	for (uint32_t i = 0; i < program->function_count; i++)
		threaded->functions[i].end = i + 1 < program->function_count
						     ? threaded->functions[i + 1].start
						     : program->count;
	return true;
}

/* The bytes below r10 that an instruction reaches; negative: it does something else with r10. */
static int32_t reach(const struct skep_insn *insn)
{
	const uint8_t class = insn->code & 7;
	const bool loads = class == BPF_LDX, stores = class == BPF_ST || class == BPF_STX;

	if ((loads && insn->src_reg == BPF_REG_FP) ||
	    (stores && insn->dst_reg == BPF_REG_FP && insn->src_reg != BPF_REG_FP))
		return -insn->off;
	return insn->src_reg == BPF_REG_FP || insn->dst_reg == BPF_REG_FP ? -1 : 0;
}

/* Fills in stack_bytes; false if they are not known, or too many. */
static bool measure_stack(struct isa_threaded *threaded)
{
	const struct skep_exec *program = &threaded->program;
	uint32_t all = 0;

	for (uint32_t f = 0; f < program->function_count; f++) {
		struct skep_function *function = &threaded->functions[f];

		for (uint32_t i = function->start; i < function->end; i++) {
			const int32_t bytes = reach(&program->insns[i]);

			if (bytes < 0)
				return false;
			if ((uint32_t)bytes > function->stack_bytes)
				function->stack_bytes = (uint32_t)bytes;
		}
		function->stack_bytes = (function->stack_bytes + 7) & ~7u;
		all += function->stack_bytes;
	}
	return all <= SKEP_STACK_BYTES;
}

/* A jump that goes too far must not find its way back through what is left of the program before.
 */
static void clear_steps(struct isa_threaded *threaded)
{
	const size_t used =
		threaded->program.count * (size_t)ISA_STEP_BYTES + ISA_STEPS_EXTRA_BYTES;

	memset(threaded->block, 0, used < threaded->block_bytes ? used : threaded->block_bytes);
}

static bool prepare(void *ctx, const struct skep_insn *insns, uint32_t count)
{
	struct isa_threaded *threaded = ctx;
	struct skep_arena arena;

	clear_steps(threaded);
	threaded->program = (struct skep_exec){
		.insns = insns,
		.count = count,
		.helpers = isa_helpers,
		.helper_count = ISA_HELPER_COUNT,
		.contracts = isa_contracts(),
	};
	threaded->target = (struct skep_target){ .exec = &threaded->program };
	threaded->program.stack_known = list_functions(threaded) && measure_stack(threaded);
	skep_arena_init_block(&arena, threaded->block, threaded->block_bytes);
	return skep_threaded_prepare(&threaded->program, &arena) == 0;
}

static void run(void *ctx, void *memory, size_t size, struct isa_run *out)
{
	const struct isa_threaded *threaded = ctx;
	uint32_t word = 0;
	struct skep_env env = { .ctx = memory,
				.packet_load = isa_packet_load(),
				.port = &isa_port,
				.atomic_word = &word };

	*out = (struct isa_run){ .r0 = skep_threaded_run(&threaded->program, memory, size, &env) };
}

static const struct skep_target *target(void *ctx)
{
	const struct isa_threaded *threaded = ctx;

	return &threaded->target;
}

struct isa_engine isa_engine_threaded(struct isa_threaded *threaded)
{
	return (struct isa_engine){
		.name = "threaded",
		.prepare = prepare,
		.run = run,
		.target = target,
		.ctx = threaded,
	};
}
