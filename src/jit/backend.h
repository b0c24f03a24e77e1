/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a machine must say about itself to be compiled for: facts first, then four functions that
 * append code. Backends see operations on machine registers, never opcodes; they call nothing but
 * the assembler, keep no state and compile on every host.
 *
 * C functions are called with the environment as sixth argument; the registers of r1 to r5 are the
 * first five of the machine's C convention, that of r0 is where C returns.
 */
#ifndef SKEP_JIT_BACKEND_H
#define SKEP_JIT_BACKEND_H

#include "ir/ir.h"
#include "jit/asm.h"
#include "jit/jit.h"

/* One form of an instruction that names another place: its size in bytes, and how far it reaches:
 * target minus the marked place, inclusive. */
struct skep_reach {
	uint8_t size;
	int32_t back, ahead;
};

/* All forms, from short to long. */
struct skep_forms {
	uint8_t count;
	struct skep_reach reach[SKEP_LEVELS_MAX];
};

/* A function, as its prologue and epilogue need to know it. Sets are of machine registers. */
struct skep_frame {
	uint32_t used;        /* by its operations */
	uint32_t saved;       /* of these, what it must leave as it was */
	uint32_t stack_bytes; /* below the register of r10, if it is used, a multiple of 8 */
	bool entry;           /* called from C as a skep_code_entry, with the environment in the
				 second argument and the value of r2 in the third */
	bool indirect;        /* reached by indirect jumps or calls */
	bool calls;           /* calls others */
};

struct skep_backend {
	const char *name;
	bool native; /* the machine this was compiled for */
	bool big_endian;
	uint8_t regs[SKEP_IR_REG_COUNT]; /* where r0 to r10 and the environment live */
	uint32_t kept; /* set of the registers that C functions leave as they were */
	struct skep_forms forms[SKEP_LINK_COUNT]; /* by enum skep_link */
	uint32_t code_max; /* bytes of code that the longest forms reach across */

	/* The prologue: saves, makes the stack, and at an entry moves the arguments in place. */
	void (*enter)(struct skep_asm *code, const struct skep_frame *frame);
	/* The epilogue: undoes the prologue and returns; or, for TAIL, jumps to the entry whose
	 * address is in r0's register with the context in r1's, the environment and 0. */
	void (*leave)(struct skep_asm *code, const struct skep_frame *frame, bool tail);
	/* Any other operation. Those with a target mark the instruction that holds it, once. */
	void (*op)(struct skep_asm *code, const struct skep_ir_op *op);
	/* Completes the instruction that begins at `at`: the target is `distance` bytes away. */
	void (*fix)(uint8_t *at, enum skep_link link, uint8_t level, int32_t distance);
};

#define BACKEND(name) extern const struct skep_backend skep_backend_##name;
#include "jit/backends.def"

#endif
