/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions in, operations out: what ops.def says about each. The row of an instruction is the
 * one whose opcode, source, offset and immediate it has. Refuses what flat.c does.
 */
#include "base/bytes.h"
#include "isa/isa.h"

/* Outside the values that the fields can have; ANY is that of an immediate which no row asks for.
 */
enum { REG = -1, LDDW = -2, ANY = INT32_MIN, SKEP_NONE = 0 };

struct row {
	uint8_t code, kind, what, bits, group;
	int8_t src;
	int32_t off, imm;
};

static const struct row ROWS[] = {
#define OP(code, src, off, imm, kind, what, bits, group)                                           \
	{ code, SKEP_KIND_##kind, SKEP_##what, bits, SKEP_ISA_##group, src, off, imm },
#include "isa/ops.def"
};

/* The first row of an opcode that exists. */
static const struct row *find_rows(uint8_t code)
{
	size_t low = 0, high = SKEP_COUNT(ROWS);

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (ROWS[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return &ROWS[low];
}

static int32_t jump_of(const struct row *row, const struct skep_insn *insn)
{
	switch (row->kind) {
	case SKEP_KIND_JA: return row->bits == 32 ? insn->imm : insn->off;
	case SKEP_KIND_JUMP_IMM:
	case SKEP_KIND_JUMP_REG:
	case SKEP_KIND_MAY_GOTO: return insn->off;
	case SKEP_KIND_CALL_LOCAL: return insn->imm;
	default: return 0;
	}
}

/* The row of a legal instruction. */
static const struct row *find_row(const struct skep_insn *insn)
{
	const struct row *row = find_rows(insn->code);

	while ((row->src >= 0 && insn->src_reg != row->src) ||
	       (row->off != ANY && insn->off != row->off) ||
	       (row->imm != ANY && insn->imm != row->imm))
		row++;
	return row;
}

int skep_isa_decode(const struct skep_insn *insns, uint32_t count, uint32_t index,
		    struct skep_op *out, const char **why)
{
	const struct skep_insn *insn = &insns[index];
	const enum skep_isa_fault fault = skep_isa_check_insn(insns, count, index);
	const struct row *row;
	int64_t imm = insn->imm;

	if (fault != SKEP_FAULT_NONE) {
		*why = skep_isa_fault_text(fault);
		return SKEP_EINVAL;
	}
	row = find_row(insn);
	if (row->kind == SKEP_KIND_LDDW)
		imm = (int64_t)((uint64_t)(uint32_t)insns[index + 1].imm << 32 |
				(uint32_t)insn->imm);
	*out = (struct skep_op){
		.kind = row->kind,
		.what = row->what,
		.bits = row->bits,
		.dst = insn->dst_reg,
		.src = insn->src_reg,
		.slots = row->kind == SKEP_KIND_LDDW ? 2 : 1,
		.group = row->group,
		.off = insn->off,
		.jump = jump_of(row, insn),
		.imm = imm,
	};
	return 0;
}

void skep_isa_read(const void *bytes, bool big_endian, uint32_t count, struct skep_insn *out)
{
	const uint8_t *from = bytes;
	const bool swap = big_endian != skep_host_is_big_endian();

	for (; count > 0; count--, from += 8, out++) {
		const uint8_t registers = from[1];
		const uint16_t off = skep_load16(from + 2);
		const uint32_t imm = skep_load32(from + 4);

		/* RFC 9669 section 3.1: the two register fields change places with the byte order.
		 */
		out->code = from[0];
		out->dst_reg = (registers >> (big_endian ? 4 : 0)) & 0xfu;
		out->src_reg = (registers >> (big_endian ? 0 : 4)) & 0xfu;
		out->off = (int16_t)(swap ? skep_swap16(off) : off);
		out->imm = (int32_t)(swap ? skep_swap32(imm) : imm);
	}
}
