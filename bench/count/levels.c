/* SPDX-License-Identifier: Apache-2.0 */
/* Two programs that use all the stack there is, so that the stack an engine takes can be seen: one
 * function with all 512 bytes, and a chain of eight with 64 bytes each. */
#include "image.h"

enum { STORE = 0x7a, CALL = 0x85, SET = 0xb7, EXIT = 0x95, FP = 10, LOCAL = 1 };

#define TOUCH(bytes)                                                                               \
	{                                                                                          \
		STORE, FP, 0, -(bytes), 0                                                          \
	}
#define LEVEL       TOUCH(LEVEL_BYTES), { CALL, 0, LOCAL, 0, 1 }, { EXIT, 0, 0, 0, 0 },
#define LAST(bytes) TOUCH(bytes), { SET, 0, 0, 0, LEVELS_RESULT }, { EXIT, 0, 0, 0, 0 },

const struct skep_insn one_level_insns[LEVEL_INSNS] = { LAST(512) };
const struct skep_insn eight_levels_insns[8 * LEVEL_INSNS] = {
	LEVEL LEVEL LEVEL LEVEL LEVEL LEVEL LEVEL LAST(LEVEL_BYTES)
};
