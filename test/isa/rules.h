/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of RFC 9669 and of Linux's verifier for what an instruction may be, written down a
 * second time as conditions instead of as a table. */
#ifndef SKEP_TEST_ISA_RULES_H
#define SKEP_TEST_ISA_RULES_H

#include "isa/isa.h"

static inline bool legal_alu(const struct skep_insn *insn, bool wide)
{
	const unsigned operation = insn->code >> 4;
	const bool by_register = (insn->code & 8) != 0;
	const int16_t off = insn->off;

	if (operation == 8)
		return !by_register && insn->src_reg == 0 && off == 0 && insn->imm == 0;
	if (operation == 13) {
		if (insn->src_reg != 0 || off != 0)
			return false;
		if (wide && by_register)
			return false;
		return insn->imm == 16 || insn->imm == 32 || insn->imm == 64;
	}
	if (operation > 13)
		return false;
	if (by_register && insn->src_reg > 10)
		return false;
	if (by_register && operation == 11 && wide && off == 1)
		return insn->imm == 1 || insn->imm == 65536;
	if (by_register ? insn->imm != 0 : insn->src_reg != 0)
		return false;
	if (operation == 3 || operation == 9)
		return off == 0 || off == 1;
	if (operation == 11 && by_register)
		return off == 0 || off == 8 || off == 16 || (wide && off == 32);
	return off == 0;
}

static inline bool legal_jump(const struct skep_insn *insn, bool wide)
{
	const bool by_register = (insn->code & 8) != 0;

	switch (insn->code >> 4) {
	case 0:
		return !by_register && insn->dst_reg == 0 && insn->src_reg == 0 &&
		       (wide ? insn->imm == 0 : insn->off == 0);
	case 8:
		if (!wide)
			return false;
		if (by_register)
			return insn->src_reg == 0 && insn->off == 0 && insn->imm == 0;
		return insn->dst_reg == 0 && insn->src_reg <= 2 &&
		       (insn->off == 0 || insn->src_reg == 2);
	case 9:
		return wide && !by_register && insn->dst_reg == 0 && insn->src_reg == 0 &&
		       insn->off == 0 && insn->imm == 0;
	case 14:
		return wide && !by_register && insn->dst_reg == 0 && insn->src_reg == 0 &&
		       insn->imm == 0;
	case 15: return false;
	default: return by_register ? insn->src_reg <= 10 && insn->imm == 0 : insn->src_reg == 0;
	}
}

static inline bool legal_atomic(const struct skep_insn *insn, unsigned size)
{
	if (insn->imm == 0x100 || insn->imm == 0x110)
		return true;
	if (size != 0x00 && size != 0x18)
		return false;
	switch (insn->imm) {
	case 0x00:
	case 0x01:
	case 0x40:
	case 0x41:
	case 0x50:
	case 0x51:
	case 0xa0:
	case 0xa1:
	case 0xe1:
	case 0xf1: return true;
	default: return false;
	}
}

/* insn[1] is the second slot of an lddw. */
static inline bool legal_load_store(const struct skep_insn *insn)
{
	const unsigned class = insn->code & 7, size = insn->code & 0x18, mode = insn->code & 0xe0;

	switch (class) {
	case 0:
		if (insn->code == 0x18)
			return insn->src_reg <= 6 && insn->off == 0 && insn[1].code == 0 &&
			       insn[1].dst_reg == 0 && insn[1].src_reg == 0 && insn[1].off == 0 &&
			       (insn[1].imm == 0 || insn->src_reg == 0 || insn->src_reg == 2 ||
				insn->src_reg == 3 || insn->src_reg == 6);
		if (size == 0x18 || insn->dst_reg != 0 || insn->off != 0)
			return false;
		return mode == 0x20 ? insn->src_reg == 0 : mode == 0x40 && insn->src_reg <= 10;
	case 1:
		return (mode == 0x60 || (mode == 0x80 && size != 0x18)) && insn->src_reg <= 10 &&
		       insn->imm == 0;
	case 2: return mode == 0x60 && insn->src_reg == 0;
	default:
		if (insn->src_reg > 10)
			return false;
		return mode == 0x60 ? insn->imm == 0 : mode == 0xc0 && legal_atomic(insn, size);
	}
}

static inline bool legal(const struct skep_insn *insn)
{
	if (insn->dst_reg > 10)
		return false;
	switch (insn->code & 7) {
	case 4: return legal_alu(insn, false);
	case 7: return legal_alu(insn, true);
	case 5: return legal_jump(insn, true);
	case 6: return legal_jump(insn, false);
	default: return legal_load_store(insn);
	}
}

static const int16_t RULE_OFFS[] = { 0, 1, 2, 8, 16, 24, 32, 64, -1, -8, 32767, -32768 };
static const int32_t RULE_IMMS[] = { 0,     1,    2,         16,       32,    64,    0x40,
				     0x41,  0x50, 0x51,      0xa0,     0xa1,  0xe0,  0xe1,
				     0xf0,  0xf1, 128,       0x100,    0x101, 0x110, 65536,
				     65537, -1,   INT32_MAX, INT32_MIN };

/* Whether a legal instruction writes r10. */
static inline bool writes_r10(const struct skep_insn *insn)
{
	const bool fetches = (insn->imm & 1) != 0 && insn->imm != 0xf1;

	switch (insn->code & 7) {
	case 4:
	case 7:
	case 1: return insn->dst_reg == 10;
	case 0: return insn->code == 0x18 && insn->dst_reg == 10;
	case 3:
		if ((insn->code & 0xe0) != 0xc0)
			return false;
		if (insn->imm == 0x100)
			return insn->dst_reg == 10;
		return fetches && insn->src_reg == 10;
	default: return false;
	}
}

#endif
