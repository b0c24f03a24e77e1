/* SPDX-License-Identifier: Apache-2.0 */
/* Every legal opcode with registers, offsets and immediates at their limits, one instruction after
 * the other, for tests of what must hold for all of them. */
#ifndef SKEP_TEST_ISA_SAMPLE_H
#define SKEP_TEST_ISA_SAMPLE_H

#include "base/bytes.h"
#include "isa/isa.h"

struct sample {
	uint32_t index;
	struct skep_insn insns[2]; /* the second is used by lddw */
	uint32_t slots;
};

/* Steps to the next legal instruction; false after the last. Begin with a zeroed sample. */
static inline bool sample_next(struct sample *sample)
{
	static const uint8_t registers[] = { 0, 1, 2, 9, 10, 5 };
	static const int16_t offs[] = { 0, 1, 8, 16, 32, -1, 4, -8, INT16_MAX, INT16_MIN };
	static const int32_t imms[] = { 0,     1,     16,   32,   64,        0x40,     0x41,
					0x50,  0x51,  0xa0, 0xa1, 0xe1,      0xf1,     0x100,
					0x110, 65536, -1,   127,  128,       -128,     -129,
					2047,  -2048, 2048, 4095, INT32_MAX, INT32_MIN };
	const uint32_t register_count = SKEP_COUNT(registers), off_count = SKEP_COUNT(offs);
	const uint32_t imm_count = SKEP_COUNT(imms);

	while (sample->index < 256 * register_count * register_count * off_count * imm_count) {
		uint32_t index = sample->index++;
		struct skep_op op;
		const char *why;

		sample->insns[0].imm = imms[index % imm_count];
		index /= imm_count;
		sample->insns[0].off = offs[index % off_count];
		index /= off_count;
		sample->insns[0].src_reg = registers[index % register_count] & 15;
		index /= register_count;
		sample->insns[0].dst_reg = registers[index % register_count] & 15;
		sample->insns[0].code = (uint8_t)(index / register_count);
		sample->insns[1] = (struct skep_insn){ .imm = ~sample->insns[0].imm };
		if (sample->insns[0].code != 0x18 ||
		    skep_isa_decode(sample->insns, 2, 0, &op, &why) < 0)
			sample->insns[1].imm = 0;
		if (skep_isa_decode(sample->insns, 2, 0, &op, &why) < 0)
			continue;
		sample->slots = op.slots;
		return true;
	}
	return false;
}

#endif
