/* SPDX-License-Identifier: Apache-2.0 */
/* The structure check of the MINI profile: apart, because programs that were verified elsewhere do
 * not need it. */
#include "mini/mini.h"

int skep_mini_check(const struct skep_mini *mini, uint8_t *marks, struct skep_mini_stop *stop)
{
	uint32_t where = 0;
	const enum skep_isa_fault fault =
		skep_isa_check_flat(mini->insns, mini->insn_count, marks, &where);

	if (fault == SKEP_FAULT_NONE)
		return 0;
	*stop = (struct skep_mini_stop){ .insn = where, .cause = fault };
	return SKEP_EINVAL;
}
