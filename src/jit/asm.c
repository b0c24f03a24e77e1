/* SPDX-License-Identifier: Apache-2.0 */
/* The byte buffer of the emitters. Without room it counts: the same calls size the code and make
 * it. */
#include "jit/asm.h"

void skep_asm_put8(struct skep_asm *code, uint8_t byte)
{
	if (code->size < code->capacity)
		code->bytes[code->size] = byte;
	if (code->size == UINT32_MAX)
		code->err = SKEP_E2BIG;
	else
		code->size++;
}

void skep_asm_put16(struct skep_asm *code, uint16_t x)
{
	skep_asm_put8(code, (uint8_t)x);
	skep_asm_put8(code, (uint8_t)(x >> 8));
}

void skep_asm_put32(struct skep_asm *code, uint32_t x)
{
	skep_asm_put16(code, (uint16_t)x);
	skep_asm_put16(code, (uint16_t)(x >> 16));
}

void skep_asm_put64(struct skep_asm *code, uint64_t x)
{
	skep_asm_put32(code, (uint32_t)x);
	skep_asm_put32(code, (uint32_t)(x >> 32));
}

void skep_asm_patch8(struct skep_asm *code, uint32_t at, uint8_t byte)
{
	if (at < code->capacity)
		code->bytes[at] = byte;
}

uint8_t skep_asm_mark(struct skep_asm *code)
{
	code->site->at = code->size;
	return code->site->level;
}

void skep_asm_write32(uint8_t *at, uint32_t x)
{
	for (int i = 0; i < 4; i++, x >>= 8)
		at[i] = (uint8_t)x;
}
