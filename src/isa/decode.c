/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions in, operations out: the only place that knows opcode bytes bit by bit. A row of
 * ops.def matches when code, source, offset and immediate are what it asks for; when none does, the
 * row that came furthest names the field at fault. Refuses every reserved field that is not zero.
 */
#include "base/bytes.h"
#include "isa/isa.h"

/* Outside the values that the fields can have; ANY is that of an immediate which no row asks for.
 */
enum { REG = -1, ANY = INT32_MIN, SKEP_NONE = 0 };

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

/* The first row of an opcode, or NULL. */
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
	return low < SKEP_COUNT(ROWS) && ROWS[low].code == code ? &ROWS[low] : NULL;
}

/* How many of source, offset and immediate, in this order, are what the row asks for. */
static int match(const struct row *row, const struct skep_insn *insn)
{
	if (row->src == REG ? insn->src_reg >= SKEP_REG_COUNT : insn->src_reg != row->src)
		return 0;
	if (row->off != ANY && insn->off != row->off)
		return 1;
	if (row->imm != ANY && insn->imm != row->imm)
		return 2;
	return 3;
}

static const char *mismatch(const struct row *row, int matched)
{
	switch (matched) {
	case 0:
		return row->src == REG ? "the source register does not exist"
				       : "the source field has a reserved value";
	case 1: return "the offset field has a reserved value";
	default: return "the immediate has a reserved value";
	}
}

static bool has_destination(uint8_t kind)
{
	switch (kind) {
	case SKEP_KIND_LD_ABS:
	case SKEP_KIND_LD_IND:
	case SKEP_KIND_JA:
	case SKEP_KIND_MAY_GOTO:
	case SKEP_KIND_CALL_HELPER:
	case SKEP_KIND_CALL_LOCAL:
	case SKEP_KIND_CALL_KFUNC:
	case SKEP_KIND_EXIT: return false;
	default: return true;
	}
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

/* By source field: whether the second slot's immediate means something. */
static const bool HAS_UPPER_HALF[] = {
	[0] = true,
#define LDDW(name, src, text, upper) [src] = (upper) != 0,
#include "isa/lddw.def"
};

/* The second slot of lddw at insns[index + 1]. */
static const char *check_second_slot(const struct skep_insn *insns, uint32_t count, uint32_t index)
{
	const struct skep_insn *second = &insns[index + 1];

	if (index + 1 >= count)
		return "the second half of this 64-bit load is missing";
	if (second->code != 0 || second->dst_reg != 0 || second->src_reg != 0 || second->off != 0)
		return "the second half of this 64-bit load has fields other than the immediate";
	if (second->imm != 0 && !HAS_UPPER_HALF[insns[index].src_reg])
		return "the second half of this 64-bit load has an immediate, which is reserved "
		       "here";
	return NULL;
}

static const struct row *find_row(const struct skep_insn *insn, const char **why)
{
	const struct row *row = find_rows(insn->code), *best = row;
	int best_matched = -1;

	if (row == NULL) {
		*why = "the opcode does not exist";
		return NULL;
	}
	for (; row < ROWS + SKEP_COUNT(ROWS) && row->code == insn->code; row++) {
		const int matched = match(row, insn);

		if (matched == 3)
			return row;
		if (matched > best_matched) {
			best = row;
			best_matched = matched;
		}
	}
	*why = mismatch(best, best_matched);
	return NULL;
}

int skep_isa_decode(const struct skep_insn *insns, uint32_t count, uint32_t index,
		    struct skep_op *out, const char **why)
{
	const struct skep_insn *insn = &insns[index];
	const struct row *row = find_row(insn, why);
	int64_t imm = insn->imm;

	if (row == NULL)
		return SKEP_EINVAL;
	if (has_destination(row->kind) ? insn->dst_reg >= SKEP_REG_COUNT : insn->dst_reg != 0) {
		*why = has_destination(row->kind) ? "the destination register does not exist"
						  : "the destination field has a reserved value";
		return SKEP_EINVAL;
	}
	if (row->kind == SKEP_KIND_LDDW) {
		const char *problem = check_second_slot(insns, count, index);

		if (problem != NULL) {
			*why = problem;
			return SKEP_EINVAL;
		}
		imm = (int64_t)((uint64_t)(uint32_t)insns[index + 1].imm << 32 |
				(uint32_t)insn->imm);
	}
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
		const uint16_t off = skep_load16(from + 2);
		const uint32_t imm = skep_load32(from + 4);

		/* RFC 9669 section 3.1: the two register fields change places with the byte order.
		 */
		out->code = from[0];
		out->dst_reg = (from[1] >> (big_endian ? 4 : 0)) & 0xfu;
		out->src_reg = (from[1] >> (big_endian ? 0 : 4)) & 0xfu;
		out->off = (int16_t)(swap ? skep_swap16(off) : off);
		out->imm = (int32_t)(swap ? skep_swap32(imm) : imm);
	}
}
