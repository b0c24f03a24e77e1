/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that pass the structure check out of any instructions, for tests with random ones. */
#ifndef SKEP_TEST_REPAIR_H
#define SKEP_TEST_REPAIR_H

#include "isa/isa.h"

/* From any instructions to ones that pass the structure check: what it finds at fault becomes
 * `r0 = r0`, or exit where a function would go on past its end. */
static inline bool repair(struct skep_insn *insns, uint32_t count, uint8_t *marks)
{
	for (uint32_t i = 0; i < 4 * count; i++) {
		uint32_t where = 0;
		const enum skep_isa_fault fault = skep_isa_check_flat(insns, count, marks, &where);

		if (fault == SKEP_FAULT_NONE)
			return true;
		insns[where] = (struct skep_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X };
		if (fault == SKEP_FAULT_FALLS)
			insns[where].code = BPF_JMP | BPF_EXIT;
	}
	return false;
}

#endif
