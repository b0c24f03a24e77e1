/* SPDX-License-Identifier: Apache-2.0 */
/* Machine code as it grows: bytes, and branches whose ends are not known yet. */
#ifndef SKEP_JIT_ASM_H
#define SKEP_JIT_ASM_H

#include "skep.h"

enum { SKEP_LEVELS_MAX = 3 };

/* What a place in the code that names another is for. */
enum skep_link {
	SKEP_LINK_JUMP,    /* SKEP_IR_JUMP */
	SKEP_LINK_BRANCH,  /* conditional */
	SKEP_LINK_CALL,    /* SKEP_IR_CALL_LOCAL */
	SKEP_LINK_ADDRESS, /* SKEP_IR_FUNCTION */
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
	struct skep_site *site; /* of the next operation that has one */
	int err;                /* the first error, or 0 */
};

/* Append, least significant byte first. Without room they count: the same calls size the code and
 * make it. The driver stops long before `size` could wrap. */
static inline void skep_asm_put8(struct skep_asm *code, uint8_t byte)
{
	if (code->size < code->capacity)
		code->bytes[code->size] = byte;
	code->size++;
}

static inline void skep_asm_put16(struct skep_asm *code, uint16_t x)
{
	skep_asm_put8(code, (uint8_t)x);
	skep_asm_put8(code, (uint8_t)(x >> 8));
}

/* Stores at any alignment, least significant byte first. */
static inline void skep_asm_write32(uint8_t *at, uint32_t x)
{
	for (int i = 0; i < 4; i++, x >>= 8)
		at[i] = (uint8_t)x;
}

static inline void skep_asm_put32(struct skep_asm *code, uint32_t x)
{
	if (code->size < code->capacity && code->capacity - code->size >= 4)
		skep_asm_write32(code->bytes + code->size, x);
	code->size += 4;
}

static inline void skep_asm_put64(struct skep_asm *code, uint64_t x)
{
	skep_asm_put32(code, (uint32_t)x);
	skep_asm_put32(code, (uint32_t)(x >> 32));
}

/* Replaces a byte already put. */
static inline void skep_asm_patch8(struct skep_asm *code, uint32_t at, uint8_t byte)
{
	if (at < code->capacity)
		code->bytes[at] = byte;
}

/* Marks the place where the instruction begins that fix() will complete, and says in which of the
 * backend's forms it is to be. Once for each operation that has a target. */
static inline uint8_t skep_asm_mark(struct skep_asm *code)
{
	code->site->at = code->size;
	return (code->site++)->level;
}

#endif
