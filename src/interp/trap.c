/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of trap.def as errors and texts. Apart from what runs programs, so that an image that
 * prints no texts has none. */
#include "interp/trap.h"

#define CASE(name, result)                                                                         \
	case SKEP_TRAP_##name: return result;

int skep_trap_err(uint32_t cause)
{
	switch (cause) {
#define TRAP(name, err, value, found, needed) CASE(name, SKEP_##err)
#include "interp/trap.def"
	default: return SKEP_OK;
	}
}

enum skep_trap_value skep_trap_value(uint32_t cause)
{
	switch (cause) {
#define TRAP(name, err, value, found, needed) CASE(name, SKEP_TRAP_VALUE_##value)
#include "interp/trap.def"
	default: return SKEP_TRAP_VALUE_NONE;
	}
}

const char *skep_trap_found(uint32_t cause)
{
	switch (cause) {
#define TRAP(name, err, value, found, needed) CASE(name, found)
#include "interp/trap.def"
	default: return "nothing";
	}
}

const char *skep_trap_needed(uint32_t cause)
{
	switch (cause) {
#define TRAP(name, err, value, found, needed) CASE(name, needed)
#include "interp/trap.def"
	default: return "nothing";
	}
}
