/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in, the first fault of its structure out. One walk over the instructions, function by
 * function, holds the fields of each to ops.def and its jumps to the function. A call that finds a
 * function behind it, or in front of it where a jump has passed, makes a second walk necessary, in
 * which all functions are known. An opcode that has one row is checked by the shape of that row, of
 * which there are a dozen; one that has several looks among them. No instruction has opcode 0, so
 * that it means the second half of an lddw and needs no mark. Refuses what fault.def lists.
 */
#include "base/bytes.h"
#include "isa/isa.h"

/* Columns of ops.def. ANY is that of an immediate which no row asks for. */
enum { REG = -1, LDDW = -2, ANY = 0x1ffff };

/* Column of kind.def. */
enum { NONE = 1, READ, WRITTEN };

enum {
#define KIND(name, dst, text) DST_##name = (dst),
#include "isa/kind.def"
};

/* The largest number that the destination field may have. */
#define DST_MAX(dst) ((dst) == NONE ? 0u : (dst) == READ ? BPF_REG_FP + 0u : BPF_REG_FP - 1u)

/* Sources of lddw are numbers without a gap. */
enum {
	LDDW_SOURCE_MAX = 0
#define LDDW(name, src, text, upper) +1
#include "isa/lddw.def"
};

#define IS_JUMP(kind)                                                                              \
	(SKEP_KIND_##kind == SKEP_KIND_JA || SKEP_KIND_##kind == SKEP_KIND_JUMP_IMM ||             \
	 SKEP_KIND_##kind == SKEP_KIND_JUMP_REG || SKEP_KIND_##kind == SKEP_KIND_MAY_GOTO)

/* The largest number that the source field may have. */
#define SRC_MAX(src) ((src) == REG ? BPF_REG_FP + 0u : (src) == LDDW ? LDDW_SOURCE_MAX : 0u)

/* What a row asks for, where source, offset and immediate are 0 or free, in 7 bits. */
#define BITS(dst, src, off, imm, jumps)                                                            \
	((dst) | ((src) == REG ? 1u << 2 : 0) | ((off) == ANY ? 1u << 3 : 0) |                     \
	 ((imm) == ANY ? 1u << 4 : 0) | ((jumps) ? 1u << 5 : 0) | ((src) == LDDW ? 1u << 6 : 0))

/* The shapes of such rows: SHAPE(x, name, dst, src, off, imm, jumps) for any x. */
#define SHAPES(SHAPE, x)                                                                           \
	SHAPES_COMMON(SHAPE, x)                                                                    \
	SHAPES_RARE(SHAPE, x)

/* Those worth a few instructions of their own, to be faster. */
#define SHAPES_COMMON(SHAPE, x)                                                                    \
	SHAPE(x, ALU_IMM, WRITTEN, 0, 0, ANY, false)                                               \
	SHAPE(x, ALU_REG, WRITTEN, REG, 0, 0, false)                                               \
	SHAPE(x, LOAD, WRITTEN, REG, ANY, 0, false)                                                \
	SHAPE(x, STORE_IMM, READ, 0, ANY, ANY, false)                                              \
	SHAPE(x, STORE_REG, READ, REG, ANY, 0, false)                                              \
	SHAPE(x, JUMP_IMM, READ, 0, ANY, ANY, true)                                                \
	SHAPE(x, JUMP_REG, READ, REG, ANY, 0, true)                                                \
	SHAPE(x, JA, NONE, 0, ANY, 0, true)                                                        \
	SHAPE(x, JA_LONG, NONE, 0, 0, ANY, true)                                                   \
	SHAPE(x, CALL, NONE, 0, 0, ANY, false)                                                     \
	SHAPE(x, LDDW, WRITTEN, LDDW, 0, ANY, false)                                               \
	SHAPE(x, NEG, WRITTEN, 0, 0, 0, false)                                                     \
	SHAPE(x, EXIT, NONE, 0, 0, 0, false)

#define SHAPES_RARE(SHAPE, x)                                                                      \
	SHAPE(x, LD_IND, NONE, REG, 0, ANY, false)                                                 \
	SHAPE(x, CALL_REG, READ, 0, 0, 0, false)

enum {
	SHAPE_NONE,
#define NUMBER(x, name, dst, src, off, imm, jumps) SHAPE_##name,
	SHAPES(NUMBER, 0)
#undef NUMBER
		SHAPE_COUNT
};

#define IF_SAME(bits, name, dst, src, off, imm, jumps)                                             \
	+((bits) == BITS(dst, src, off, imm, jumps) ? SHAPE_##name : 0)
#define SHAPE_OF(src, off, imm, kind)                                                              \
	(0 SHAPES(IF_SAME, BITS(DST_##kind, src, off, imm, IS_JUMP(kind))))
#define HAS_SHAPE(off, imm) (((off) == 0 || (off) == ANY) && ((imm) == 0 || (imm) == ANY))

enum {
#define OP(code, src, off, imm, kind, what, bits, group)
#define FIRST(code, src, off, imm, kind, what, bits, group) CHOICE_##code,
#define ALSO(code, src, off, imm, kind, what, bits, group)
#include "isa/ops.def"
	CHOICE_COUNT /* opcodes that have several rows */
};

/* Numbers of the rows: by shape, then those of opcodes that have several. */
enum {
	ROW_LAST_SHAPE = SHAPE_COUNT - 1,
#define OP(code, src, off, imm, kind, what, bits, group)
#define FIRST(code, src, off, imm, kind, what, bits, group) ROW_##code,
#define ALSO(code, src, off, imm, kind, what, bits, group)  ROW_##code##_##src##_##off##_##imm,
#include "isa/ops.def"
	ROW_COUNT
};

/* Beyond what the fields of a row can be otherwise. */
enum { SRC_LDDW = 13, SRC_WRITTEN = 14, SRC_READ = 15, OFF_ANY = 63 };

/* What a row asks for, in four bytes. */
struct row {
	unsigned dst : 2;
	unsigned src : 4;
	unsigned off : 6;
	unsigned imm : 17;
};

#define ROW(dst, src, off, imm)                                                                    \
	{ dst,                                                                                     \
	  (src) == REG    ? SRC_READ                                                               \
	  : (src) == LDDW ? SRC_LDDW                                                               \
			  : (src)&15,                                                              \
	  (off) == ANY ? OFF_ANY : (off)&63, imm },
#define SRC(src, kind, imm)                                                                        \
	(SKEP_KIND_##kind == SKEP_KIND_ATOMIC && ((imm)&BPF_FETCH) != 0 &&                         \
			 (imm) != (int)BPF_CMPXCHG                                                 \
		 ? SRC_WRITTEN                                                                     \
		 : (src))

/* One object, so that all are reached from one address. */
static const struct {
	/* By opcode: the shape of its row, or of the first of several. None, if there is no row or
	 * it has no such shape. */
	uint8_t shapes[256];
	/* The opcodes that have several rows, and where those begin. */
	struct {
		uint8_t code, row;
	} choices[CHOICE_COUNT + 1];
	/* By shape, then those of opcodes that have several. */
	struct row rows[ROW_COUNT];
} TABLE = {
	.shapes = {
#define OP(code, src, off, imm, kind, what, bits, group) [code] = SHAPE_OF(src, off, imm, kind),
#define FIRST(code, src, off, imm, kind, what, bits, group)                                        \
	[code] = HAS_SHAPE(off, imm) ? SHAPE_OF(src, off, imm, kind) : SHAPE_NONE,
#define ALSO(code, src, off, imm, kind, what, bits, group)
#include "isa/ops.def"
	},
	.choices = {
#define OP(code, src, off, imm, kind, what, bits, group)
#define FIRST(code, src, off, imm, kind, what, bits, group) { code, ROW_##code },
#define ALSO(code, src, off, imm, kind, what, bits, group)
#include "isa/ops.def"
		{ 0xff, ROW_COUNT },
	},
	.rows = {
		{ 0 },
#define SHAPE_ROW(x, name, dst, src, off, imm, jumps) ROW(dst, src, off, imm)
		SHAPES(SHAPE_ROW, 0)
#define OP(code, src, off, imm, kind, what, bits, group)
#define FIRST(code, src, off, imm, kind, what, bits, group)                                        \
	ROW(DST_##kind, SRC(src, kind, imm), off, imm)
#define ALSO(code, src, off, imm, kind, what, bits, group)                                         \
	ROW(DST_##kind, SRC(src, kind, imm), off, imm)
#include "isa/ops.def"
	},
};

/* Bit n: the second immediate of an lddw with source n means something. */
static const unsigned LDDW_UPPER = 1u
#define LDDW(name, src, text, upper) | (unsigned)(upper) << (src)
#include "isa/lddw.def"
	;

/* Bit n: source n names no function; bit 16 + n: the same, and bit n of LDDW_UPPER. */
static const unsigned LDDW_PLAIN = 0x10001u
#define LDDW(name, src, text, upper)                                                               \
	| ((src) == BPF_PSEUDO_FUNC ? 0 : (unsigned)((upper) << 16 | 1) << (src))
#include "isa/lddw.def"
	;

/* What word_of() gives for each call of a function of the program, whatever its immediate. */
enum { LOCAL_CALL = BPF_JMP | BPF_CALL | BPF_PSEUDO_CALL << 12 };

/* -------------------------------------------------------------------------- one instruction */

/* The code in bits 0 to 7, the destination in 8 to 11, the source in 12 to 15, the offset in 16 to
 * 31: as they are in a little-endian file, and one load on a little-endian machine. */
static uint32_t word_of(const struct skep_insn *insn)
{
	if (!skep_host_is_big_endian())
		return skep_load32(insn);
	return (uint32_t)(uint16_t)insn->off << 16 | (uint32_t)insn->src_reg << 12 |
	       (uint32_t)insn->dst_reg << 8 | insn->code;
}

/* Whether an instruction has the shape of its opcode, and what else is to be looked at. */
enum fit { UNFIT, FIT, FIT_JUMP, FIT_LONG_JUMP, FIT_LDDW };

static inline enum fit fit(const struct skep_insn *insn)
{
	const uint32_t word = word_of(insn);

	switch (TABLE.shapes[insn->code]) {
#define FITS(x, name, dst, src_, off, imm_, jumps)                                                 \
	case SHAPE_##name:                                                                         \
		if (((off) == ANY ? word & 0xffff : word) >=                                       \
		    (SRC_MAX(src_) << 12 | (DST_MAX(dst) + 1) << 8))                               \
			return UNFIT;                                                              \
		if ((src_) != 0 && (word & 0xf00) > DST_MAX(dst) << 8)                             \
			return UNFIT;                                                              \
		if ((src_) == LDDW)                                                                \
			return FIT_LDDW;                                                           \
		if ((imm_) != ANY && insn->imm != 0)                                               \
			return UNFIT;                                                              \
		return !(jumps) ? FIT : (off) == ANY ? FIT_JUMP : FIT_LONG_JUMP;
		SHAPES_COMMON(FITS, 0)
#define FITS_NOT(x, name, dst, src_, off, imm_, jumps) case SHAPE_##name:
		SHAPES_RARE(FITS_NOT, 0)
	case SHAPE_NONE: return UNFIT;
	default: __builtin_unreachable(); /* spares a comparison before the table of cases */
	}
}

/* How many of source, offset and immediate, in this order, are what the row asks for. */
static unsigned match(const struct row *row, const struct skep_insn *insn)
{
	if (row->src >= SRC_WRITTEN ? insn->src_reg > BPF_REG_FP
	    : row->src == SRC_LDDW  ? insn->src_reg > LDDW_SOURCE_MAX
				    : insn->src_reg != row->src)
		return 0;
	if (row->off != OFF_ANY && insn->off != row->off)
		return 1;
	if (row->imm != ANY && insn->imm != (int32_t)row->imm)
		return 2;
	return 3;
}

/* Of the opcode's rows, the one that asks for what the instruction is, or the one that it matches
 * furthest. NULL: there are none. */
static const struct row *find_row(const struct skep_insn *insn, unsigned *matched)
{
	unsigned choice = 0, row = TABLE.shapes[insn->code], end = row + 1, best;

	while (TABLE.choices[choice].code < insn->code)
		choice++;
	if (choice < CHOICE_COUNT && TABLE.choices[choice].code == insn->code) {
		row = TABLE.choices[choice].row;
		end = TABLE.choices[choice + 1].row;
	} else if (row == SHAPE_NONE) {
		return NULL;
	}
	best = row;
	*matched = 0;
	for (; row < end && *matched < 3; row++) {
		const unsigned now = match(&TABLE.rows[row], insn);

		if (now <= *matched)
			continue;
		*matched = now;
		best = row;
	}
	return &TABLE.rows[best];
}

static enum skep_isa_fault check_second(const struct skep_insn *insns, uint32_t count,
					uint32_t index)
{
	const struct skep_insn *second = &insns[index + 1];

	if (index + 1 == count)
		return SKEP_FAULT_SECOND_MISSING;
	if (second->code != 0)
		return SKEP_FAULT_SECOND_CODE;
	if (second->dst_reg != 0)
		return SKEP_FAULT_SECOND_DST;
	if (second->src_reg != 0)
		return SKEP_FAULT_SECOND_SRC;
	if (second->off != 0)
		return SKEP_FAULT_SECOND_OFF;
	if (second->imm != 0 && (LDDW_UPPER >> insns[index].src_reg & 1) == 0)
		return SKEP_FAULT_SECOND_IMM;
	return SKEP_FAULT_NONE;
}

/* Writes to r10 come last: an instruction with this fault has no other. */
static enum skep_isa_fault check_fields(const struct skep_insn *insns, uint32_t count,
					uint32_t index)
{
	const struct skep_insn *insn = &insns[index];
	enum skep_isa_fault fault;
	unsigned matched;
	const struct row *row = find_row(insn, &matched);

	if (row == NULL)
		return SKEP_FAULT_CODE;
	if (matched == 0)
		return row->src >= SRC_WRITTEN ? SKEP_FAULT_SRC : SKEP_FAULT_SRC_RESERVED;
	if (matched < 3)
		return matched == 1 ? SKEP_FAULT_OFF_RESERVED : SKEP_FAULT_IMM_RESERVED;
	if (row->dst == NONE ? insn->dst_reg != 0 : insn->dst_reg > BPF_REG_FP)
		return row->dst == NONE ? SKEP_FAULT_DST_RESERVED : SKEP_FAULT_DST;
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW)) {
		fault = check_second(insns, count, index);
		if (fault != SKEP_FAULT_NONE)
			return fault;
	}
	if ((row->dst == WRITTEN && insn->dst_reg == BPF_REG_FP) ||
	    (row->src == SRC_WRITTEN && insn->src_reg == BPF_REG_FP))
		return SKEP_FAULT_R10;
	return SKEP_FAULT_NONE;
}

enum skep_isa_fault skep_isa_check_insn(const struct skep_insn *insns, uint32_t count,
					uint32_t index)
{
	const enum skep_isa_fault fault = check_fields(insns, count, index);

	return fault == SKEP_FAULT_R10 ? SKEP_FAULT_NONE : fault;
}

/* ------------------------------------------------------------------------------- the program */

/* A walk over the instructions of one function after the other. */
struct walk {
	const struct skep_insn *insns;
	uint8_t *marks;
	uint32_t count, index;
	uint32_t start, end; /* of the function, as far as is known */
	uint32_t reach;      /* the largest target of a jump in it so far */
	bool several;        /* functions are known beside the first */
	bool again;          /* what went before must be held to a function found since */
};

/* Says what is wrong with where the instruction at walk->index goes to, if it is not that it leaves
 * its function. A sum that leaves [0, count) is a number above `count`, which is at most INT32_MAX.
 * The instruction at the target need not have been checked: one with opcode 0 that is no second
 * half will be refused in its turn. */
static enum skep_isa_fault check_target(const struct walk *walk, int32_t distance)
{
	const uint32_t target = walk->index + 1 + (uint32_t)distance;

	if (target >= walk->count)
		return distance < 0 ? SKEP_FAULT_BEFORE : SKEP_FAULT_PAST;
	if (target > 0 && walk->insns[target].code == 0 &&
	    walk->insns[target - 1].code == (BPF_LD | BPF_IMM | BPF_DW))
		return SKEP_FAULT_MIDDLE;
	return SKEP_FAULT_NONE;
}

/* A function begins where a call or an address says, at `distance` from walk->index. */
static enum skep_isa_fault mark_function(struct walk *walk, int32_t distance)
{
	const uint32_t target = walk->index + 1 + (uint32_t)distance;
	const enum skep_isa_fault fault = check_target(walk, distance);
	const unsigned bit = 1u << target % 8;

	if (fault != SKEP_FAULT_NONE || (walk->marks[target / 8] & bit) != 0)
		return fault;
	walk->marks[target / 8] = (uint8_t)(walk->marks[target / 8] | bit);
	walk->several = true;
	if (target <= walk->index || target <= walk->reach)
		walk->again = true;
	else if (target < walk->end)
		walk->end = target;
	return SKEP_FAULT_NONE;
}

/* Where the function after that at walk->start begins, or `count`. */
static uint32_t next_function(const struct walk *walk)
{
	uint32_t i = walk->start + 1;

	while (i < walk->count && walk->several) {
		const unsigned bits = (unsigned)walk->marks[i / 8] >> i % 8;

		if ((bits & 1) != 0)
			return i;
		i += bits == 0 ? 8 - i % 8 : 1;
	}
	return walk->count;
}

/* The instruction at walk->index, which is an lddw or fits no shape. */
static enum skep_isa_fault check_unfit(struct walk *walk, enum fit shape)
{
	const struct skep_insn *insn = &walk->insns[walk->index];
	bool is_function = word_of(insn) == LOCAL_CALL;
	enum skep_isa_fault fault = SKEP_FAULT_NONE;

	if (shape == FIT_LDDW) {
		fault = check_second(walk->insns, walk->count, walk->index);
		is_function = insn->src_reg == BPF_PSEUDO_FUNC;
	} else if (!is_function) {
		fault = check_fields(walk->insns, walk->count, walk->index);
	}
	return is_function && fault == SKEP_FAULT_NONE ? mark_function(walk, insn->imm) : fault;
}

/* Whether an lddw that has its shape is whole and names no function: what most are. */
static inline bool is_plain_lddw(const struct skep_insn *insn, const struct skep_insn *end)
{
	return insn + 1 < end && word_of(insn + 1) == 0 &&
	       (LDDW_PLAIN >> insn->src_reg & (insn[1].imm == 0 ? 1u : 1u << 16)) != 0;
}

static bool ends_function(const struct skep_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT) || insn->code == (BPF_JMP | BPF_JA) ||
	       insn->code == (BPF_JMP32 | BPF_JA);
}

/* Checks the function that begins at walk->start. Targets of its jumps count from there. */
static enum skep_isa_fault check_function(struct walk *walk)
{
	const struct skep_insn *const first = walk->insns + walk->start, *insn = first, *end;
	uint32_t size = next_function(walk) - walk->start, reach = 0;
	enum skep_isa_fault fault;

	end = first + size;
	do {
		const enum fit shape = fit(insn);
		int32_t distance = insn->off;
		uint32_t target;

		if (shape == FIT)
			continue;
		if (shape == FIT_LDDW && is_plain_lddw(insn, end)) {
			insn++;
			continue;
		}
		if (shape == UNFIT || shape == FIT_LDDW) {
			walk->index = (uint32_t)(insn - walk->insns);
			walk->end = walk->start + size;
			walk->reach = walk->start + reach;
			fault = check_unfit(walk, shape);
			if (fault != SKEP_FAULT_NONE)
				return fault;
			size = walk->end - walk->start;
			end = first + size;
			insn += shape == FIT_LDDW;
			continue;
		}
		if (shape == FIT_LONG_JUMP)
			distance = insn->imm;
		target = (uint32_t)(insn - first) + 1 + (uint32_t)distance;
		if (target >= size || first[target].code == 0) {
			walk->index = (uint32_t)(insn - walk->insns);
			fault = check_target(walk, distance);
			return fault != SKEP_FAULT_NONE ? fault : SKEP_FAULT_LEAVES;
		}
		if (target > reach)
			reach = target;
	} while (++insn < end);
	walk->end = walk->start + size;
	walk->index = walk->end - 1 - (end[-1].code == 0);
	return ends_function(end - 1) ? SKEP_FAULT_NONE : SKEP_FAULT_FALLS;
}

enum skep_isa_fault skep_isa_check_flat(const struct skep_insn *insns, uint32_t count,
					uint8_t *marks, uint32_t *where)
{
	struct walk walk; /* set member by member: smaller than clearing it */
	enum skep_isa_fault fault;

	walk.insns = insns;
	walk.marks = marks;
	walk.count = count;
	walk.index = 0;
	walk.several = false;
	*where = 0;
	if (count == 0 || count > INT32_MAX)
		return count == 0 ? SKEP_FAULT_EMPTY : SKEP_FAULT_LONG;
	memset(marks, 0, SKEP_ISA_MARKS_BYTES(count));
	marks[0] = 1;
	do {
		walk.again = false;
		walk.start = 0;
		do {
			fault = check_function(&walk);
			walk.start = walk.end;
		} while (fault == SKEP_FAULT_NONE && walk.start < count);
	} while (fault == SKEP_FAULT_NONE && walk.again);
	*where = walk.index;
	return fault;
}
