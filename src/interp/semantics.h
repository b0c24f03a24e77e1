/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operations mean: the rows of isa/alu.def, jump.def and atomic.def as functions of two
 * operands, `alu_ADD_64(a, b)` and the like, for both executions. Included by their files alone.
 */
#ifndef SKEP_INTERP_SEMANTICS_H
#define SKEP_INTERP_SEMANTICS_H

#include "base/bytes.h"
#include "isa/isa.h"

#define T uint64_t
#define S int64_t
#define W 64
#define ALU(name, code, text, result)                                                              \
	static inline uint64_t alu_##name##_64(uint64_t a, uint64_t b)                             \
	{                                                                                          \
		(void)a;                                                                           \
		return result;                                                                     \
	}
#define ALU_SIGNED ALU
#include "isa/alu.def"
#define JUMP(name, code, text, taken)                                                              \
	static inline bool jump_##name##_64(uint64_t a, uint64_t b)                                \
	{                                                                                          \
		return taken;                                                                      \
	}
#include "isa/jump.def"
#define ATOMIC(name, imm, text, result)                                                            \
	static inline uint64_t atomic_##name##_64(uint64_t a, uint64_t b)                          \
	{                                                                                          \
		return result;                                                                     \
	}
#include "isa/atomic.def"
#undef T
#undef S
#undef W

#define T uint32_t
#define S int32_t
#define W 32
#define ALU(name, code, text, result)                                                              \
	static inline uint32_t alu_##name##_32(uint32_t a, uint32_t b)                             \
	{                                                                                          \
		(void)a;                                                                           \
		return result;                                                                     \
	}
#define ALU_SIGNED ALU
#include "isa/alu.def"
#define JUMP(name, code, text, taken)                                                              \
	static inline bool jump_##name##_32(uint32_t a, uint32_t b)                                \
	{                                                                                          \
		return taken;                                                                      \
	}
#include "isa/jump.def"
#define ATOMIC(name, imm, text, result)                                                            \
	static inline uint32_t atomic_##name##_32(uint32_t a, uint32_t b)                          \
	{                                                                                          \
		return result;                                                                     \
	}
#include "isa/atomic.def"
#undef T
#undef S
#undef W

/* The low `bits` (16, 32 or 64) of x, their bytes reversed if `swap`. */
static inline uint64_t convert(uint64_t x, int32_t bits, bool swap)
{
	switch (bits) {
	case 16: return swap ? skep_swap16((uint16_t)x) : (uint16_t)x;
	case 32: return swap ? skep_swap32((uint32_t)x) : (uint32_t)x;
	default: return swap ? skep_swap64(x) : x;
	}
}

#endif
