/* SPDX-License-Identifier: Apache-2.0 */
/* Every legal instruction: every opcode with every register and with offsets and immediates at
 * every boundary, one after the other, for tests of what must hold for all of them. */
#ifndef SKEP_TEST_ISA_SAMPLE_H
#define SKEP_TEST_ISA_SAMPLE_H

#include "base/bytes.h"
#include "isa/isa.h"

/* Around 0, what moves and divisions take, and around the ends of 8, 12, 13 and 16 bits. */
static const int16_t SAMPLE_OFFS[] = { 0,     1,    2,     8,     16,    32,   -1,
				       -8,    127,  128,   -128,  -129,  2047, 2048,
				       -2048, 4095, -4096, 32767, -32768 };

/* Around 0, widths, atomic operations, and around the ends of 8, 12, 16, 20 and 32 bits. */
static const int32_t SAMPLE_IMMS[] = {
	0,       1,      2,       16,      32,      64,        0x40,      0x41,
	0x50,    0x51,   0xa0,    0xa1,    0xe1,    0xf1,      0x100,     0x110,
	0x10000, -1,     127,     128,     -128,    -129,      2047,      2048,
	-2048,   -2049,  4095,    4096,    32767,   32768,     65535,     -32768,
	-32769,  524287, 0x80000, -524288, 1 << 30, INT32_MAX, INT32_MIN, INT32_MIN + 1,
};

/* Upper halves of lddw. */
static const int32_t SAMPLE_UPPERS[] = { 0, 1, -1, 255, 65536, 0x12345678, INT32_MAX, INT32_MIN };

struct sample {
	uint32_t code, dst, src, off, imm, upper; /* what comes next: numbers and indices */
	struct skep_insn insns[2];                /* the second is used by lddw */
	uint32_t slots;
};

/* Counts up; false if the number starts again. */
static inline bool sample_step(uint32_t *number, size_t count)
{
	*number = *number + 1 == count ? 0 : *number + 1;
	return *number != 0;
}

/* Steps to the next legal instruction; false after the last. Begin with a zeroed sample. */
static inline bool sample_next(struct sample *sample)
{
	while (sample->code < 256) {
		struct skep_op op;
		const char *why;

		sample->insns[0] = (struct skep_insn){
			.code = (uint8_t)sample->code,
			.dst_reg = sample->dst & 15,
			.src_reg = sample->src & 15,
			.off = SAMPLE_OFFS[sample->off],
			.imm = SAMPLE_IMMS[sample->imm],
		};
		sample->insns[1] = (struct skep_insn){ .imm = SAMPLE_UPPERS[sample->upper] };
		if (!(sample->code == 0x18 &&
		      sample_step(&sample->upper, SKEP_COUNT(SAMPLE_UPPERS))) &&
		    !sample_step(&sample->imm, SKEP_COUNT(SAMPLE_IMMS)) &&
		    !sample_step(&sample->off, SKEP_COUNT(SAMPLE_OFFS)) &&
		    !sample_step(&sample->src, SKEP_REG_COUNT) &&
		    !sample_step(&sample->dst, SKEP_REG_COUNT))
			sample->code++;
		if (skep_isa_decode(sample->insns, 2, 0, &op, &why) < 0)
			continue;
		sample->slots = op.slots;
		return true;
	}
	return false;
}

#endif
