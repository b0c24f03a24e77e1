/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of structural faults: in a file of their own, so that firmware without a console does
 * not carry them. */
#include "isa/isa.h"

static const char *const TEXTS[] = {
#define FAULT(name, text) text,
#include "isa/fault.def"
};

const char *skep_isa_fault_text(enum skep_isa_fault fault)
{
	return TEXTS[fault];
}
