/* SPDX-License-Identifier: Apache-2.0 */
/* Machine code as it grows: bytes, and branches whose ends are not known yet. */
#ifndef SKEP_JIT_ASM_H
#define SKEP_JIT_ASM_H

#include "skep.h"

enum { SKEP_LEVELS_MAX = 3 };

/* What a place in the code that names another is for. */
enum skep_link {
	SKEP_LINK_JUMP,   /* SKEP_IR_JUMP */
	SKEP_LINK_BRANCH, /* conditional */
	SKEP_LINK_CALL,   /* SKEP_IR_CALL_LOCAL */
	SKEP_LINK_ADDRESS /* SKEP_IR_FUNCTION */,
	SKEP_LINK_COUNT
};

/* One place in the code that names another. */
struct skep_site {
	uint32_t at;     /* offset of the instruction that the backend marked */
	uint32_t target; /* index of an instruction, or of a function (CALL, ADDRESS) */
	uint8_t link;    /* enum skep_link */
	uint8_t level;   /* which of the backend's forms: 0 is the shortest */
};

struct skep_asm {
	uint8_t *bytes; /* room for `capacity`; what is beyond is only counted */
	uint32_t size, capacity;
	struct skep_site *site; /* of the operation in hand, if it has one */
	int err;                /* the first error, or 0 */
};

/* Append, least significant byte first. */
void skep_asm_put8(struct skep_asm *code, uint8_t byte);
void skep_asm_put16(struct skep_asm *code, uint16_t x);
void skep_asm_put32(struct skep_asm *code, uint32_t x);
void skep_asm_put64(struct skep_asm *code, uint64_t x);

/* Replaces a byte already put. */
void skep_asm_patch8(struct skep_asm *code, uint32_t at, uint8_t byte);

/* Marks the place where the instruction begins that fix() will complete, and says in which of the
 * backend's forms it is to be. */
uint8_t skep_asm_mark(struct skep_asm *code);

/* Stores and loads at any alignment, least significant byte first. */
void skep_asm_write32(uint8_t *at, uint32_t x);

#endif
