/* SPDX-License-Identifier: Apache-2.0 */
/* Why and where the checked execution stopped. */
#ifndef SKEP_INTERP_TRAP_H
#define SKEP_INTERP_TRAP_H

#include "spec/program.h"

enum skep_trap_cause {
	SKEP_TRAP_NONE,
#define TRAP(name, err, value, found, needed) SKEP_TRAP_##name,
#include "interp/trap.def"
	SKEP_TRAP_COUNT
};

struct skep_trap {
	uint32_t cause; /* enum skep_trap_cause */
	uint32_t pc;    /* index of the instruction */
	/* The program it is in, if a tail call led there; NULL: the one that was started. */
	const struct skep_target *target;
	uint64_t value; /* the address, argument, number or index that was wrong; 0 if none was */
	uint32_t size;  /* of an access, bytes; 0: it was none */
};

/* The error of a run that stopped so: a negative enum skep_err. */
int skep_trap_err(uint32_t cause);

/* What struct skep_trap's value is for a cause: an address, with a size; another number; nothing.
 */
enum skep_trap_value { SKEP_TRAP_VALUE_NONE, SKEP_TRAP_VALUE_ADDRESS, SKEP_TRAP_VALUE_NUMBER };
enum skep_trap_value skep_trap_value(uint32_t cause);

/* What was found, what was needed; static. */
const char *skep_trap_found(uint32_t cause);
const char *skep_trap_needed(uint32_t cause);

#endif
