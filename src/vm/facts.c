/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier proved of a program, or why it did not, for those who ask afterwards. */
#include "base/bytes.h"
#include "verify/verify.h"
#include "vm/vm.h"

/* How many registers below `reg` have a fact there. */
static uint32_t place_of(uint16_t live, uint32_t reg)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < reg; i++)
		place += (uint32_t)live >> i & 1;
	return place;
}

bool skep_prog_reached(const struct skep_prog *prog, uint32_t index)
{
	return (prog->loaded || prog->verified) && index < prog->facts.count &&
	       (prog->facts.insns[index] & SKEP_FACT_REACHED) != 0;
}

int skep_prog_fact(const struct skep_prog *prog, uint32_t index, uint32_t reg,
		   struct skep_fact *out)
{
	const struct skep_facts *facts = &prog->facts;

	if (!(prog->loaded || prog->verified) || facts->regs == NULL)
		return SKEP_EPERM;
	if (reg >= BPF_REG_FP || !skep_prog_reached(prog, index))
		return SKEP_ENOENT;
	if (facts->regs_live[index] >> reg & 1)
		*out = facts->regs[facts->regs_first[index] +
				   place_of(facts->regs_live[index], reg)];
	else
		*out = (struct skep_fact){ .kind = SKEP_VALUE_NONE };
	return 0;
}

void skep_prog_fact_text(const struct skep_prog *prog, const struct skep_fact *fact, char *text,
			 size_t size)
{
	const struct skep_object *object = prog->object;

	skep_facts_text(fact,
			fact->map < object->image.map_count ? object->maps[fact->map].name : NULL,
			text, size);
}

int skep_prog_clue(const struct skep_prog *prog, uint32_t index, struct skep_clue *out)
{
	if (index >= prog->facts.clue_count)
		return SKEP_ENOENT;
	*out = prog->facts.clues[index];
	return 0;
}
