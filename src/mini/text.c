/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of what skep_mini_check() and skep_mini_run() find: apart, so that firmware without a
 * console does not carry them. */
#include "interp/trap.h"
#include "mini/mini.h"

const char *skep_mini_check_text(uint32_t cause)
{
	return cause < SKEP_FAULT_COUNT ? skep_isa_fault_text((enum skep_isa_fault)cause) : "";
}

const char *skep_mini_run_text(uint32_t cause)
{
	return skep_trap_found(cause);
}
