/* SPDX-License-Identifier: Apache-2.0 */
/* The MINI profile's other execution: programs that were verified elsewhere, from the same linked
 * instructions, without a check. */
#include "interp/interp.h"
#include "mini/mini.h"

struct run {
	struct skep_exec exec; /* first: its functions get its address */
	const struct skep_mini *mini;
};

static const struct skep_mini *mini_of(const struct skep_exec *exec)
{
	return ((const struct run *)(const void *)exec)->mini;
}

/* What is no map is 0: the verifier has seen to it that all are. */
static uint64_t load_wide(const struct skep_exec *exec, const struct skep_insn *insn)
{
	const struct skep_mini_map *map = skep_mini_map(mini_of(exec), (uint32_t)insn->imm);

	if (map == NULL)
		return 0;
	return insn->src_reg == BPF_PSEUDO_MAP_FD
		       ? (uint64_t)(uintptr_t)map
		       : (uint64_t)(uintptr_t)map->values + (uint32_t)insn[1].imm;
}

static const struct skep_helper *find_helper(const struct skep_exec *exec, uint64_t number)
{
	return skep_mini_helper(mini_of(exec), number);
}

static const struct skep_linked LINKED = { load_wide, find_helper };

uint64_t skep_mini_run_trusted(const struct skep_mini *mini, void *ctx)
{
	const struct run run = {
		.exec = { .insns = mini->insns, .count = mini->insn_count, .linked = &LINKED },
		.mini = mini
	};
	uint32_t word = 0;
	struct skep_env env = skep_mini_env(mini, ctx, &word);

	return skep_interp_run(&run.exec, ctx, 0, &env);
}
