/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in the kernel's syntax in, instructions out. The text is read twice by the same code: first
 * to learn where the labels are, then to encode. Operators come from the .def files, and every
 * instruction made is given to the decoder, so that only legal ones leave. Refuses everything else
 * with line and column; keeps no memory but the table of labels it is given.
 */
#include "base/bytes.h"
#include "isa/isa.h"
#include "isa/scan.h"

enum { LABEL_SLOTS = 2048 };

struct parser {
	struct skep_scan scan;
	struct skep_insn *out;
	uint32_t capacity, count;
	/* Slots outnumber labels two to one, so that a search always meets an empty slot. */
	struct skep_isa_label *labels;
	uint32_t label_slots, label_count;
	const struct skep_isa_symbols *symbols; /* NULL: none */
	bool encoding;                          /* the second reading: all labels are known */
};

/* The `(u32 *)` and the `(r1 +4)` of a memory access. */
struct access {
	uint8_t bits, size_code;
	bool is_signed;
	uint8_t base;
	int16_t off;
};

static const struct skep_symbol ALU_OPERATORS[] = {
#define ALU(name, code, text, result)        { text, code, 0, 0 },
#define ALU_SIGNED(name, code, text, result) { text, code, 1, 0 },
#include "isa/alu.def"
};

static const struct skep_symbol JUMP_OPERATORS[] = {
#define JUMP(name, code, text, taken) { text, code, 0, 0 },
#include "isa/jump.def"
};

static const struct skep_symbol ATOMIC_OPERATORS[] = {
#define ATOMIC(name, imm, text, result) { text, 0, 0, imm },
#include "isa/atomic.def"
};

static const struct skep_symbol SWAP_OPERATORS[] = {
#define ATOMIC(name, imm, text, result)
#define ATOMIC_SWAP(name, imm, text) { text, 0, 0, imm },
#include "isa/atomic.def"
};

static const struct skep_symbol LDDW_SOURCES[] = {
#define LDDW(name, src, text, upper) { text, src, 0, 0 },
#include "isa/lddw.def"
};

static const struct skep_symbol BYTE_ORDERS[] = {
	{ "le", BPF_ALU | BPF_END | BPF_K, 0, 0 },
	{ "be", BPF_ALU | BPF_END | BPF_X, 0, 0 },
	{ "bswap", BPF_ALU64 | BPF_END, 0, 0 },
};

static const struct {
	const char *text;
	uint8_t bits, code;
} SIZES[] = { { "8", 8, BPF_B }, { "16", 16, BPF_H }, { "32", 32, BPF_W }, { "64", 64, BPF_DW } };

/* An immediate of an operation of `bits`: 64-bit operations extend it by its sign, so that unsigned
 * numbers above the largest signed one are only meant where the width is 32 or less. */
static int fit_imm(const struct parser *p, const struct skep_number *number, uint8_t bits,
		   int32_t *out)
{
	uint64_t value;

	if (!skep_scan_in_range(number, (uint64_t)1 << 31, bits == 64 ? INT32_MAX : UINT32_MAX,
				&value))
		return skep_scan_refuse_with(&p->scan, number->at,
					     bits == 64 ? "a number from -2147483648 to 2147483647"
							: "a number of 32 bits",
					     bits == 64 ? "load larger ones with `rN = NUMBER ll`"
							: "");
	*out = (int32_t)(uint32_t)value;
	return 0;
}

static int need_imm(struct parser *p, uint8_t bits, int32_t *out)
{
	struct skep_number number;

	SKEP_TRY(skep_scan_need_number(&p->scan, &number));
	return fit_imm(p, &number, bits, out);
}

static int need_off(struct parser *p, int16_t *out)
{
	struct skep_number number;
	uint64_t value;

	SKEP_TRY(skep_scan_need_number(&p->scan, &number));
	if (!skep_scan_in_range(&number, (uint64_t)1 << 15, INT16_MAX, &value))
		return skep_scan_refuse(&p->scan, number.at, "an offset from -32768 to 32767");
	*out = (int16_t)(uint16_t)value;
	return 0;
}

/* --------------------------------------------------------------------------------------- labels */

/* The slot of the label named by the word: its own, or the empty one where it belongs. */
static struct skep_isa_label *find_label(struct parser *p, struct skep_word word)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < word.size; i++)
		hash = (hash ^ (uint8_t)word.text[i]) * 16777619u;
	for (;; hash++) {
		struct skep_isa_label *label = &p->labels[hash % p->label_slots];
		size_t end;

		if (label->at == 0)
			return label;
		end = label->at - 1 + word.size;
		if (end <= p->scan.size && !skep_scan_is_name(skep_scan_at(&p->scan, end)) &&
		    memcmp(p->scan.text + label->at - 1, word.text, word.size) == 0)
			return label;
	}
}

static int define_label(struct parser *p, struct skep_word word)
{
	struct skep_isa_label *label = find_label(p, word);

	if (p->encoding) {
		if (p->symbols != NULL && p->symbols->label != NULL)
			p->symbols->label(p->symbols->ctx, word.text, word.size, p->count);
		return 0;
	}
	if (label->at != 0)
		return skep_scan_refuse(&p->scan, word.at, "another name: this label stands twice");
	if (p->label_count >= p->label_slots / 2)
		return skep_scan_refuse_with(&p->scan, word.at, "fewer labels",
					     "write further targets as +N or -N");
	p->label_count++;
	*label = (struct skep_isa_label){ (uint32_t)word.at + 1, p->count };
	return 0;
}

/* Distance from the instruction after the present one to a label. */
static int label_distance(struct parser *p, struct skep_word word, int64_t *out)
{
	const struct skep_isa_label *label = find_label(p, word);

	*out = 0;
	if (!p->encoding)
		return 0;
	if (label->at == 0)
		return skep_scan_refuse(&p->scan, word.at,
					"a label that is defined somewhere as `name:`");
	*out = (int64_t)label->index - p->count - 1;
	return 0;
}

/* `+3`, `-2`, `pc+3` or a label. */
static int need_target(struct parser *p, int64_t *out)
{
	const size_t start = skep_scan_blanks(&p->scan);
	const struct skep_word word = skep_scan_word(&p->scan);
	const bool from_pc = skep_scan_word_is(word, "pc") &&
			     (skep_scan_peek(&p->scan) == '+' || skep_scan_peek(&p->scan) == '-');
	struct skep_number number;
	uint64_t value;

	if (word.size > 0 && !from_pc)
		return label_distance(p, word, out);
	if (skep_scan_peek(&p->scan) != '+' && skep_scan_peek(&p->scan) != '-')
		return skep_scan_refuse(&p->scan, start, "a jump target: +N, -N or a label");
	SKEP_TRY(skep_scan_need_number(&p->scan, &number));
	if (!skep_scan_in_range(&number, (uint64_t)1 << 31, INT32_MAX, &value))
		return skep_scan_refuse(&p->scan, number.at, "a distance of 32 bits");
	*out = (int64_t)value;
	return 0;
}

static int need_near_target(struct parser *p, int16_t *out)
{
	const size_t at = skep_scan_blanks(&p->scan);
	int64_t distance;

	SKEP_TRY(need_target(p, &distance));
	if (distance < INT16_MIN || distance > INT16_MAX)
		return skep_scan_refuse_with(&p->scan, at,
					     "a target at most 32768 instructions away",
					     "jump there with `gotol TARGET`");
	*out = (int16_t)distance;
	return 0;
}

static int need_far_target(struct parser *p, int32_t *out)
{
	int64_t distance;

	SKEP_TRY(need_target(p, &distance));
	*out = (int32_t)distance;
	return 0;
}

/* The number for a name that is no label. False: nobody knows it, or labels are not known yet. */
static bool find_symbol(struct parser *p, enum skep_isa_symbol what, struct skep_word word,
			int32_t *out)
{
	return p->encoding && p->symbols != NULL && word.size > 0 && find_label(p, word)->at == 0 &&
	       p->symbols->find(p->symbols->ctx, what, word.text, word.size, p->count, out);
}

/* A target that may be a function elsewhere. */
static int need_function(struct parser *p, int32_t *out)
{
	const size_t start = skep_scan_blanks(&p->scan);

	if (find_symbol(p, SKEP_ISA_FUNCTION, skep_scan_word(&p->scan), out))
		return 0;
	p->scan.at = start;
	return need_far_target(p, out);
}

/* A map: its number, or a name up to the bracket. */
static int need_map(struct parser *p, int32_t *out)
{
	struct skep_word word = { NULL, 0, skep_scan_blanks(&p->scan) };
	const char next = skep_scan_peek(&p->scan);

	if (next == '-' || next == '+' || skep_scan_is_digit(next))
		return need_imm(p, 32, out);
	while (p->scan.at < p->scan.size && skep_scan_at(&p->scan, p->scan.at) != ']' &&
	       skep_scan_at(&p->scan, p->scan.at) != '\n')
		p->scan.at++;
	word.text = p->scan.text + word.at;
	word.size = p->scan.at - word.at;
	*out = 0;
	if (word.size > 0 && p->symbols != NULL &&
	    (!p->encoding ||
	     p->symbols->find(p->symbols->ctx, SKEP_ISA_MAP, word.text, word.size, p->count, out)))
		return 0;
	return skep_scan_refuse(&p->scan, word.at,
				p->symbols != NULL ? "a map that is defined, or a map's number"
						   : "a map's number");
}

/* ---------------------------------------------------------------------------- parts of accesses */

/* `u32` or `s32`, and its like. */
static bool read_type(struct skep_word word, struct access *out)
{
	if (skep_scan_cut(&word, "s"))
		out->is_signed = true;
	else if (!skep_scan_cut(&word, "u"))
		return false;
	for (size_t i = 0; i < SKEP_COUNT(SIZES); i++) {
		if (!skep_scan_word_is(word, SIZES[i].text))
			continue;
		out->bits = SIZES[i].bits;
		out->size_code = SIZES[i].code;
		return true;
	}
	return false;
}

/* `(u32 *)` */
static int need_type(struct parser *p, struct access *out)
{
	size_t at;

	*out = (struct access){ 0 };
	SKEP_TRY(skep_scan_need(&p->scan, "(", "a size, such as `(u32 *)`"));
	at = skep_scan_blanks(&p->scan);
	if (!read_type(skep_scan_word(&p->scan), out))
		return skep_scan_refuse(&p->scan, at, "a size: u8, u16, u32, u64, s8, s16 or s32");
	SKEP_TRY(skep_scan_need(&p->scan, "*", "`*)` after the size"));
	return skep_scan_need(&p->scan, ")", "`)` after the size");
}

/* `r1 +4` or `r1` */
static int need_base(struct parser *p, struct access *out)
{
	struct skep_scan_reg base;

	SKEP_TRY(skep_scan_need_register(&p->scan, 64, &base));
	out->base = base.number;
	if (skep_scan_peek(&p->scan) == '+' || skep_scan_peek(&p->scan) == '-')
		SKEP_TRY(need_off(p, &out->off));
	return 0;
}

/* `(r1 +4)` */
static int need_address(struct parser *p, struct access *out)
{
	SKEP_TRY(skep_scan_need(&p->scan, "(", "an address, such as `(r1 +4)`"));
	SKEP_TRY(need_base(p, out));
	return skep_scan_need(&p->scan, ")", "`)` after the address");
}

/* `(u32 *)(r1 +4)`, of a size without sign. */
static int need_unsigned_access(struct parser *p, struct access *out)
{
	const size_t at = skep_scan_blanks(&p->scan);

	SKEP_TRY(need_type(p, out));
	if (out->is_signed)
		return skep_scan_refuse(&p->scan, at, "a size without sign: u8, u16, u32 or u64");
	return need_address(p, out);
}

/* --------------------------------------------------------------------------------------- output */

/* Appends an instruction of `slots` (lddw: 2, `upper` goes into the second), if it is legal. */
static int emit_slots(struct parser *p, size_t at, struct skep_insn insn, uint32_t slots,
		      int32_t upper)
{
	struct skep_op op;
	const char *why;

	if (slots > p->capacity - p->count)
		return skep_scan_refuse_with(&p->scan, at, "fewer instructions",
					     "the caller's buffer is full: give it a larger one");
	p->out[p->count] = insn;
	if (slots == 2)
		p->out[p->count + 1] = (struct skep_insn){ .imm = upper };
	if (skep_isa_decode(p->out, p->count + slots, p->count, &op, &why) < 0)
		return skep_scan_refuse(&p->scan, at,
					"an instruction that eBPF has in this size and form");
	p->count += slots;
	return 0;
}

static int emit(struct parser *p, size_t at, struct skep_insn insn)
{
	return emit_slots(p, at, insn, 1, 0);
}

/* ----------------------------------------------------------------------------------- assignment */

static uint8_t alu_class(uint8_t bits)
{
	return bits == 64 ? BPF_ALU64 : BPF_ALU;
}

/* What follows an ALU operator: a register of the same width, or a number. */
static int parse_operand(struct parser *p, struct skep_scan_reg dst,
			 const struct skep_symbol *operation)
{
	struct skep_insn insn = {
		.code = operation->code | alu_class(dst.bits),
		.dst_reg = dst.number & 0xfu,
		.off = operation->off,
	};
	const size_t at = skep_scan_blanks(&p->scan);
	struct skep_scan_reg src;

	if (skep_scan_register(&p->scan, &src)) {
		if (src.bits != dst.bits)
			return skep_scan_refuse(&p->scan, at,
						"a register of the same width as the destination");
		insn.code |= BPF_X;
		insn.src_reg = src.number & 0xfu;
	} else {
		SKEP_TRY(need_imm(p, dst.bits, &insn.imm));
	}
	return emit(p, dst.at, insn);
}

/* `r1 = (s8)r2` */
static int parse_sign_extension(struct parser *p, struct skep_scan_reg dst)
{
	struct access type = { 0 };
	struct skep_scan_reg src;
	size_t at;

	SKEP_TRY(skep_scan_need(&p->scan, "(", "`(`"));
	at = skep_scan_blanks(&p->scan);
	if (!read_type(skep_scan_word(&p->scan), &type) || !type.is_signed)
		return skep_scan_refuse(&p->scan, at, "a size with sign: s8, s16 or s32");
	SKEP_TRY(skep_scan_need(&p->scan, ")", "`)` after the size"));
	at = skep_scan_blanks(&p->scan);
	SKEP_TRY(skep_scan_need_register(&p->scan, dst.bits, &src));
	if (src.bits != dst.bits)
		return skep_scan_refuse(&p->scan, at,
					"a register of the same width as the destination");
	return emit(p, dst.at,
		    (struct skep_insn){ .code = BPF_MOV | BPF_X | alu_class(dst.bits),
					.dst_reg = dst.number & 0xfu,
					.src_reg = src.number & 0xfu,
					.off = type.bits });
}

/* `r0 = -r0`. False if no register follows the minus sign; nothing is taken then. */
static bool is_negation(struct parser *p)
{
	const size_t start = skep_scan_blanks(&p->scan);
	struct skep_scan_reg src;
	const bool result = skep_scan_take(&p->scan, "-") && skep_scan_register(&p->scan, &src);

	p->scan.at = start;
	return result;
}

static int parse_negation(struct parser *p, struct skep_scan_reg dst)
{
	struct skep_scan_reg src;
	size_t at;

	SKEP_TRY(skep_scan_need(&p->scan, "-", "`-`"));
	at = skep_scan_blanks(&p->scan);
	SKEP_TRY(skep_scan_need_register(&p->scan, dst.bits, &src));
	if (src.number != dst.number || src.bits != dst.bits)
		return skep_scan_refuse(&p->scan, at,
					"the destination register: only `rN = -rN` exists");
	return emit(p, dst.at,
		    (struct skep_insn){ .code = BPF_NEG | alu_class(dst.bits),
					.dst_reg = dst.number & 0xfu });
}

static int emit_lddw(struct parser *p, struct skep_scan_reg dst, uint8_t source, uint64_t value)
{
	if (dst.bits != 64)
		return skep_scan_refuse(&p->scan, dst.at,
					"a 64-bit register: only those are loaded with `ll`");
	return emit_slots(p, dst.at,
			  (struct skep_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					      .dst_reg = dst.number & 0xfu,
					      .src_reg = source & 0xfu,
					      .imm = (int32_t)(uint32_t)value },
			  2, (int32_t)(uint32_t)(value >> 32));
}

/* `r0 = 5`, `r0 = 5 ll` */
static int parse_constant(struct parser *p, struct skep_scan_reg dst)
{
	struct skep_number number;
	uint64_t value;
	int32_t imm = 0;

	SKEP_TRY(skep_scan_need_number(&p->scan, &number));
	if (skep_scan_keyword(&p->scan, "ll")) {
		if (!skep_scan_in_range(&number, (uint64_t)1 << 63, UINT64_MAX, &value))
			return skep_scan_refuse(&p->scan, number.at, "a number of 64 bits");
		return emit_lddw(p, dst, 0, value);
	}
	SKEP_TRY(fit_imm(p, &number, dst.bits, &imm));
	return emit(p, dst.at,
		    (struct skep_insn){ .code = BPF_MOV | BPF_K | alu_class(dst.bits),
					.dst_reg = dst.number & 0xfu,
					.imm = imm });
}

/* `r1 = map_value[3]+16 ll` from the bracket on. */
static int parse_lddw_source(struct parser *p, struct skep_scan_reg dst, uint8_t source)
{
	int32_t lower = 0, upper = 0;

	SKEP_TRY(skep_scan_need(&p->scan, "[", "`[` after what is loaded"));
	if (source == BPF_PSEUDO_FUNC)
		SKEP_TRY(need_function(p, &lower));
	else if (source == BPF_PSEUDO_BTF_ID)
		SKEP_TRY(need_imm(p, 32, &lower));
	else
		SKEP_TRY(need_map(p, &lower));
	SKEP_TRY(skep_scan_need(&p->scan, "]", "`]`"));
	if (skep_scan_take(&p->scan, "+"))
		SKEP_TRY(need_imm(p, 32, &upper));
	if (!skep_scan_keyword(&p->scan, "ll"))
		return skep_scan_refuse(&p->scan, skep_scan_blanks(&p->scan),
					"`ll` at the end of a 64-bit load");
	return emit_lddw(p, dst, source, (uint64_t)(uint32_t)upper << 32 | (uint32_t)lower);
}

/* `skb[12]`, `skb[r3 + 12]` */
static int parse_packet_load(struct parser *p, struct skep_scan_reg dst,
			     const struct access *access)
{
	struct skep_insn insn = { .code = BPF_LD | BPF_ABS | access->size_code };
	struct skep_scan_reg src;

	if (dst.number != 0 || dst.bits != 64 || access->is_signed)
		return skep_scan_refuse(&p->scan, dst.at,
					"`r0 = *(uN *)skb[...]`: packet loads always give r0");
	SKEP_TRY(skep_scan_need(&p->scan, "[", "`[` after skb"));
	if (skep_scan_register(&p->scan, &src)) {
		if (src.bits != 64)
			return skep_scan_refuse(&p->scan, src.at, "a 64-bit register, r0 to r10");
		insn.code = BPF_LD | BPF_IND | access->size_code;
		insn.src_reg = src.number & 0xfu;
		if (skep_scan_peek(&p->scan) == '+' || skep_scan_peek(&p->scan) == '-')
			SKEP_TRY(need_imm(p, 32, &insn.imm));
	} else {
		SKEP_TRY(need_imm(p, 32, &insn.imm));
	}
	SKEP_TRY(skep_scan_need(&p->scan, "]", "`]` after the place in the packet"));
	return emit(p, dst.at, insn);
}

/* `r0 = *(u32 *)(r1 +4)`. Loads clear the upper bits, so `w0 = *(u32 *)(r1 +4)` is the same. */
static int parse_load(struct parser *p, struct skep_scan_reg dst)
{
	struct access access;

	SKEP_TRY(skep_scan_need(&p->scan, "*", "`*`"));
	SKEP_TRY(need_type(p, &access));
	if (skep_scan_keyword(&p->scan, "skb"))
		return parse_packet_load(p, dst, &access);
	if (dst.bits == 32 && (access.bits == 64 || access.is_signed))
		return skep_scan_refuse(&p->scan, dst.at,
					"a 64-bit register, r0 to r10, for this load");
	SKEP_TRY(need_address(p, &access));
	return emit(p, dst.at,
		    (struct skep_insn){ .code = BPF_LDX | access.size_code |
						(access.is_signed ? BPF_MEMSX : BPF_MEM),
					.dst_reg = dst.number & 0xfu,
					.src_reg = access.base & 0xfu,
					.off = access.off });
}

/* `r0 = be16 r0` */
static int parse_byte_order(struct parser *p, struct skep_scan_reg dst, uint8_t code, uint8_t bits)
{
	const size_t at = skep_scan_blanks(&p->scan);
	struct skep_scan_reg src;

	SKEP_TRY(skep_scan_need_register(&p->scan, 64, &src));
	if (src.number != dst.number || dst.bits != 64)
		return skep_scan_refuse(&p->scan, at,
					"the destination register: only `rN = be16 rN` exists");
	return emit(p, dst.at,
		    (struct skep_insn){ .code = code, .dst_reg = dst.number & 0xfu, .imm = bits });
}

/* `r1 = addr_space_cast(r2, to, from)` */
static int parse_space_cast(struct parser *p, struct skep_scan_reg dst)
{
	int32_t to = 0, from = 0;
	struct skep_scan_reg src;
	size_t at;

	SKEP_TRY(skep_scan_need(&p->scan, "(", "`(`"));
	SKEP_TRY(skep_scan_need_register(&p->scan, 64, &src));
	SKEP_TRY(skep_scan_need(&p->scan, ",", "`,` and the address space to convert to"));
	at = skep_scan_blanks(&p->scan);
	SKEP_TRY(need_imm(p, 64, &to));
	SKEP_TRY(skep_scan_need(&p->scan, ",", "`,` and the address space to convert from"));
	SKEP_TRY(need_imm(p, 64, &from));
	SKEP_TRY(skep_scan_need(&p->scan, ")", "`)`"));
	if (dst.bits != 64 || to < 0 || to > 1 || from < 0 || from > 1)
		return skep_scan_refuse(&p->scan, at,
					"address spaces 0 and 1, and 64-bit registers");
	return emit(p, dst.at,
		    (struct skep_insn){ .code = BPF_MOV | BPF_X | BPF_ALU64,
					.dst_reg = dst.number & 0xfu,
					.src_reg = src.number & 0xfu,
					.off = 1,
					.imm = to << 16 | from });
}

/* What atomic operations that give a value share: the registers after the address, and the
 * instruction. `dst` is where the old value goes. */
static int finish_atomic(struct parser *p, struct skep_scan_reg dst, const struct access *access,
			 uint8_t imm)
{
	const bool compares = imm == BPF_CMPXCHG;
	struct skep_scan_reg src, compared;
	size_t at;

	SKEP_TRY(skep_scan_need(&p->scan, ",", "`,` and a register"));
	if (compares) {
		at = skep_scan_blanks(&p->scan);
		SKEP_TRY(skep_scan_need_register(&p->scan, access->bits, &compared));
		if (compared.number != 0 || dst.number != 0)
			return skep_scan_refuse(
				&p->scan, at,
				"r0: a compare-exchange compares with r0 and gives r0");
		SKEP_TRY(skep_scan_need(&p->scan, ",", "`,` and the register with the new value"));
	}
	at = skep_scan_blanks(&p->scan);
	SKEP_TRY(skep_scan_need_register(&p->scan, access->bits, &src));
	if (!compares && src.number != dst.number)
		return skep_scan_refuse(&p->scan, at,
					"the destination register: the old value goes where the "
					"operand was");
	if (dst.bits == 32 && access->bits == 64)
		return skep_scan_refuse(&p->scan, dst.at, "a 64-bit register, r0 to r10");
	SKEP_TRY(skep_scan_need(&p->scan, ")", "`)`"));
	return emit(p, dst.at,
		    (struct skep_insn){ .code = BPF_STX | BPF_ATOMIC | access->size_code,
					.dst_reg = access->base & 0xfu,
					.src_reg = src.number & 0xfu,
					.off = access->off,
					.imm = imm });
}

/* `r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)`, the kernel's form. `name` is what follows
 * `atomic_`; `bits` is 64 after `atomic64_`, else 0. */
static int parse_atomic_call(struct parser *p, struct skep_scan_reg dst, struct skep_word name,
			     uint8_t bits)
{
	const struct skep_symbol *row;
	struct access access;
	size_t at;

	if (skep_scan_cut(&name, "fetch_"))
		row = skep_scan_find(name, ATOMIC_OPERATORS, SKEP_COUNT(ATOMIC_OPERATORS));
	else
		row = skep_scan_find(name, SWAP_OPERATORS, SKEP_COUNT(SWAP_OPERATORS));
	if (row == NULL)
		return skep_scan_refuse(&p->scan, name.at,
					"atomic_fetch_add, _or, _and, _xor, atomic_xchg or "
					"atomic_cmpxchg");
	SKEP_TRY(skep_scan_need(&p->scan, "(", "`(`"));
	at = skep_scan_blanks(&p->scan);
	SKEP_TRY(need_unsigned_access(p, &access));
	if (bits != 0 && access.bits != bits)
		return skep_scan_refuse(&p->scan, at,
					"`(u64 *)`, as the name of the operation says");
	return finish_atomic(p, dst, &access, row->imm);
}

/* `w2 = xchg32_32(r1 + 0, w2)`, LLVM's form. False, and nothing taken, for any other word. */
static const struct skep_symbol *read_swap(struct skep_word word, struct access *access)
{
	for (size_t i = 0; i < SKEP_COUNT(SWAP_OPERATORS); i++) {
		struct skep_word rest = word;

		if (!skep_scan_cut(&rest, SWAP_OPERATORS[i].text))
			continue;
		if (!skep_scan_word_is(rest, "_64") && !skep_scan_word_is(rest, "32_32"))
			continue;
		access->bits = skep_scan_word_is(rest, "_64") ? 64 : 32;
		access->size_code = access->bits == 64 ? BPF_DW : BPF_W;
		return &SWAP_OPERATORS[i];
	}
	return NULL;
}

static int parse_load_acquire(struct parser *p, struct skep_scan_reg dst)
{
	struct access access;

	SKEP_TRY(skep_scan_need(&p->scan, "(", "`(`"));
	SKEP_TRY(need_unsigned_access(p, &access));
	SKEP_TRY(skep_scan_need(&p->scan, ")", "`)`"));
	if (dst.bits == 32 && access.bits == 64)
		return skep_scan_refuse(&p->scan, dst.at, "a 64-bit register, r0 to r10");
	return emit(p, dst.at,
		    (struct skep_insn){ .code = BPF_STX | BPF_ATOMIC | access.size_code,
					.dst_reg = dst.number & 0xfu,
					.src_reg = access.base & 0xfu,
					.off = access.off,
					.imm = BPF_LOAD_ACQ });
}

/* `be16`, `bswap64` and their like. */
static const struct skep_symbol *read_byte_order(struct skep_word word, uint8_t *bits)
{
	for (size_t i = 0; i < SKEP_COUNT(BYTE_ORDERS); i++) {
		struct skep_word rest = word;

		if (!skep_scan_cut(&rest, BYTE_ORDERS[i].text))
			continue;
		for (size_t j = 1; j < SKEP_COUNT(SIZES); j++) {
			if (!skep_scan_word_is(rest, SIZES[j].text))
				continue;
			*bits = SIZES[j].bits;
			return &BYTE_ORDERS[i];
		}
	}
	return NULL;
}

/* An assignment whose right side begins with a word. */
static int parse_word_value(struct parser *p, struct skep_scan_reg dst)
{
	struct skep_word word = skep_scan_word(&p->scan);
	const struct skep_symbol *row;
	struct access access = { 0 };
	uint8_t bits;

	row = read_byte_order(word, &bits);
	if (row != NULL)
		return parse_byte_order(p, dst, row->code, bits);
	row = skep_scan_find(word, LDDW_SOURCES, SKEP_COUNT(LDDW_SOURCES));
	if (row != NULL)
		return parse_lddw_source(p, dst, row->code);
	if (skep_scan_word_is(word, "load_acquire"))
		return parse_load_acquire(p, dst);
	if (skep_scan_word_is(word, "addr_space_cast"))
		return parse_space_cast(p, dst);
	row = read_swap(word, &access);
	if (row != NULL) {
		SKEP_TRY(skep_scan_need(&p->scan, "(", "`(`"));
		SKEP_TRY(need_base(p, &access));
		return finish_atomic(p, dst, &access, row->imm);
	}
	if (skep_scan_cut(&word, "atomic_"))
		return parse_atomic_call(p, dst, word, 0);
	if (skep_scan_cut(&word, "atomic64_"))
		return parse_atomic_call(p, dst, word, 64);
	return skep_scan_refuse(&p->scan, word.at, "a register, a number, a load or an operation");
}

static int parse_assignment(struct parser *p, struct skep_scan_reg dst)
{
	const size_t at = skep_scan_blanks(&p->scan);
	const struct skep_symbol *operation =
		skep_scan_symbol(&p->scan, ALU_OPERATORS, SKEP_COUNT(ALU_OPERATORS));
	struct skep_scan_reg src;
	char next;

	if (operation == NULL)
		return skep_scan_refuse(&p->scan, at, "an operator, such as = or +=");
	if (operation->code != BPF_MOV)
		return parse_operand(p, dst, operation);
	next = skep_scan_peek(&p->scan);
	if (next == '(')
		return parse_sign_extension(p, dst);
	if (next == '*')
		return parse_load(p, dst);
	if (is_negation(p))
		return parse_negation(p, dst);
	if (next == '-' || next == '+' || skep_scan_is_digit(next))
		return parse_constant(p, dst);
	if (skep_scan_register(&p->scan, &src)) {
		p->scan.at = src.at;
		return parse_operand(p, dst, operation);
	}
	return parse_word_value(p, dst);
}

/* ------------------------------------------------------------------------------ other statements
 */

/* `*(u32 *)(r1 +4) = 5`, `*(u32 *)(r1 +4) = r2`, from after the asterisk on. */
static int parse_store(struct parser *p, size_t at)
{
	struct skep_insn insn = { 0 };
	struct access access;
	struct skep_scan_reg src;

	SKEP_TRY(need_unsigned_access(p, &access));
	SKEP_TRY(skep_scan_need(&p->scan, "=", "`=` and what is to be stored"));
	insn.dst_reg = access.base & 0xfu;
	insn.off = access.off;
	if (skep_scan_register(&p->scan, &src)) {
		if (src.bits == 32 && access.bits == 64)
			return skep_scan_refuse(&p->scan, src.at, "a 64-bit register, r0 to r10");
		insn.code = BPF_STX | BPF_MEM | access.size_code;
		insn.src_reg = src.number & 0xfu;
	} else {
		insn.code = BPF_ST | BPF_MEM | access.size_code;
		SKEP_TRY(need_imm(p, access.bits, &insn.imm));
	}
	return emit(p, at, insn);
}

/* `lock *(u64 *)(r1 +0) += r2` */
static int parse_lock(struct parser *p, size_t at)
{
	const struct skep_symbol *row;
	struct access access;
	struct skep_scan_reg src;
	size_t operator_at;

	SKEP_TRY(skep_scan_need(&p->scan, "*", "`*(u64 *)(rN +0)` after lock"));
	SKEP_TRY(need_unsigned_access(p, &access));
	operator_at = skep_scan_blanks(&p->scan);
	row = skep_scan_symbol(&p->scan, ATOMIC_OPERATORS, SKEP_COUNT(ATOMIC_OPERATORS));
	if (row == NULL || (row->imm & BPF_FETCH) != 0)
		return skep_scan_refuse(&p->scan, operator_at, "one of += |= &= ^=");
	SKEP_TRY(skep_scan_need_register(&p->scan, access.bits, &src));
	return emit(p, at,
		    (struct skep_insn){ .code = BPF_STX | BPF_ATOMIC | access.size_code,
					.dst_reg = access.base & 0xfu,
					.src_reg = src.number & 0xfu,
					.off = access.off,
					.imm = row->imm });
}

static int parse_store_release(struct parser *p, size_t at)
{
	struct access access;
	struct skep_scan_reg src;

	SKEP_TRY(skep_scan_need(&p->scan, "(", "`(`"));
	SKEP_TRY(need_unsigned_access(p, &access));
	SKEP_TRY(skep_scan_need(&p->scan, ",", "`,` and a register"));
	SKEP_TRY(skep_scan_need_register(&p->scan, access.bits, &src));
	SKEP_TRY(skep_scan_need(&p->scan, ")", "`)`"));
	return emit(p, at,
		    (struct skep_insn){ .code = BPF_STX | BPF_ATOMIC | access.size_code,
					.dst_reg = access.base & 0xfu,
					.src_reg = src.number & 0xfu,
					.off = access.off,
					.imm = BPF_STORE_REL });
}

/* `if w1 s> 5 goto +3` */
static int parse_if(struct parser *p, size_t at)
{
	struct skep_insn insn = { 0 };
	const struct skep_symbol *row;
	struct skep_scan_reg left, right;
	size_t operator_at, right_at;

	SKEP_TRY(skep_scan_need_register(&p->scan, 32, &left));
	operator_at = skep_scan_blanks(&p->scan);
	row = skep_scan_symbol(&p->scan, JUMP_OPERATORS, SKEP_COUNT(JUMP_OPERATORS));
	if (row == NULL)
		return skep_scan_refuse(&p->scan, operator_at, "a comparison, such as == or s>");
	insn.code = row->code | (left.bits == 64 ? BPF_JMP : BPF_JMP32);
	insn.dst_reg = left.number & 0xfu;
	right_at = skep_scan_blanks(&p->scan);
	if (skep_scan_register(&p->scan, &right)) {
		if (right.bits != left.bits)
			return skep_scan_refuse(&p->scan, right_at,
						"a register of the same width as the first");
		insn.code |= BPF_X;
		insn.src_reg = right.number & 0xfu;
	} else {
		SKEP_TRY(need_imm(p, left.bits, &insn.imm));
	}
	if (!skep_scan_keyword(&p->scan, "goto"))
		return skep_scan_refuse(&p->scan, skep_scan_blanks(&p->scan),
					"`goto` and a target");
	SKEP_TRY(need_near_target(p, &insn.off));
	return emit(p, at, insn);
}

static int parse_goto(struct parser *p, size_t at)
{
	struct skep_insn insn = { .code = BPF_JMP | BPF_JA };

	SKEP_TRY(need_near_target(p, &insn.off));
	return emit(p, at, insn);
}

static int parse_gotol(struct parser *p, size_t at)
{
	struct skep_insn insn = { .code = BPF_JMP32 | BPF_JA };

	SKEP_TRY(need_far_target(p, &insn.imm));
	return emit(p, at, insn);
}

static int parse_may_goto(struct parser *p, size_t at)
{
	struct skep_insn insn = { .code = BPF_JMP | BPF_JCOND };

	SKEP_TRY(need_near_target(p, &insn.off));
	return emit(p, at, insn);
}

/* `call kfunc[7]+1`: BTF id of the function, index of the descriptor of its BTF. */
static int parse_call_kfunc(struct parser *p, struct skep_insn *insn)
{
	insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
	SKEP_TRY(skep_scan_need(&p->scan, "[", "`[`"));
	SKEP_TRY(need_imm(p, 32, &insn->imm));
	SKEP_TRY(skep_scan_need(&p->scan, "]", "`]`"));
	return skep_scan_peek(&p->scan) == '+' || skep_scan_peek(&p->scan) == '-'
		       ? need_off(p, &insn->off)
		       : 0;
}

/* `call 5`, `call name#5`, `call name`, `call +3`, `call label`, `call kfunc[7]` */
static int parse_call(struct parser *p, size_t at)
{
	struct skep_insn insn = { .code = BPF_JMP | BPF_CALL };
	const size_t start = skep_scan_blanks(&p->scan);
	struct skep_word word;

	if (skep_scan_is_digit(skep_scan_peek(&p->scan))) {
		SKEP_TRY(need_imm(p, 32, &insn.imm));
		return emit(p, at, insn);
	}
	word = skep_scan_word(&p->scan);
	if (word.size > 0 && skep_scan_at(&p->scan, p->scan.at) == '#' &&
	    skep_scan_is_digit(skep_scan_at(&p->scan, p->scan.at + 1))) {
		p->scan.at++;
		SKEP_TRY(need_imm(p, 32, &insn.imm));
		return emit(p, at, insn);
	}
	if (skep_scan_word_is(word, "kfunc") && skep_scan_peek(&p->scan) == '[') {
		SKEP_TRY(parse_call_kfunc(p, &insn));
		return emit(p, at, insn);
	}
	if (find_symbol(p, SKEP_ISA_FUNCTION, word, &insn.imm)) {
		insn.src_reg = BPF_PSEUDO_CALL;
		return emit(p, at, insn);
	}
	if (find_symbol(p, SKEP_ISA_HELPER, word, &insn.imm))
		return emit(p, at, insn);
	p->scan.at = start;
	insn.src_reg = BPF_PSEUDO_CALL;
	SKEP_TRY(need_far_target(p, &insn.imm));
	return emit(p, at, insn);
}

static int parse_callx(struct parser *p, size_t at)
{
	struct skep_scan_reg dst;

	SKEP_TRY(skep_scan_need_register(&p->scan, 64, &dst));
	return emit(p, at,
		    (struct skep_insn){ .code = BPF_JMP | BPF_CALL | BPF_X,
					.dst_reg = dst.number & 0xfu });
}

static int parse_exit(struct parser *p, size_t at)
{
	return emit(p, at, (struct skep_insn){ .code = BPF_JMP | BPF_EXIT });
}

static const struct {
	const char *word;
	int (*parse)(struct parser *p, size_t at);
} STATEMENTS[] = {
	{ "if", parse_if },
	{ "goto", parse_goto },
	{ "gotol", parse_gotol },
	{ "may_goto", parse_may_goto },
	{ "call", parse_call },
	{ "callx", parse_callx },
	{ "exit", parse_exit },
	{ "lock", parse_lock },
	{ "store_release", parse_store_release },
};

static int parse_statement(struct parser *p)
{
	const size_t at = skep_scan_blanks(&p->scan);
	struct skep_word word;
	struct skep_scan_reg dst;

	if (skep_scan_take(&p->scan, "*"))
		return parse_store(p, at);
	if (skep_scan_register(&p->scan, &dst))
		return parse_assignment(p, dst);
	word = skep_scan_word(&p->scan);
	for (size_t i = 0; i < SKEP_COUNT(STATEMENTS); i++)
		if (skep_scan_word_is(word, STATEMENTS[i].word))
			return STATEMENTS[i].parse(p, at);
	return skep_scan_refuse(&p->scan, at,
				"an instruction, such as `r0 = 1`, or a label, such as `again:`");
}

/* ------------------------------------------------------------------------------------- the text */

/* Passes over any number of `name:`. */
static int parse_labels(struct parser *p)
{
	for (;;) {
		const size_t start = skep_scan_blanks(&p->scan);
		const struct skep_word word = skep_scan_word(&p->scan);

		if (word.size == 0 || skep_scan_peek(&p->scan) != ':') {
			p->scan.at = start;
			return 0;
		}
		p->scan.at++;
		SKEP_TRY(define_label(p, word));
	}
}

/* Passes over a comment, if one begins here. */
static void skip_comment(struct parser *p)
{
	if (!skep_scan_begins(&p->scan, skep_scan_blanks(&p->scan), "#") &&
	    !skep_scan_begins(&p->scan, p->scan.at, "//"))
		return;
	while (p->scan.at < p->scan.size && p->scan.text[p->scan.at] != '\n')
		p->scan.at++;
}

static bool at_end_of_statement(struct parser *p)
{
	const char next = skep_scan_peek(&p->scan);

	return p->scan.at == p->scan.size || next == '\n' || next == ';';
}

static int parse_text(struct parser *p)
{
	p->scan.at = 0;
	p->count = 0;
	while (p->scan.at < p->scan.size) {
		SKEP_TRY(parse_labels(p));
		skip_comment(p);
		if (!at_end_of_statement(p)) {
			SKEP_TRY(parse_statement(p));
			skip_comment(p);
		}
		if (!at_end_of_statement(p))
			return skep_scan_refuse(&p->scan, p->scan.at,
						"the end of the line or `;` after an instruction");
		p->scan.at++;
	}
	return 0;
}

int skep_isa_assemble_source(const struct skep_isa_source *source, struct skep_insn *out,
			     uint32_t capacity, uint32_t *count, struct skep_log *log)
{
	struct parser p = {
		.scan = { .text = source->text, .size = source->size, .log = log },
		.out = out,
		.capacity = capacity,
		.labels = source->labels,
		.label_slots = source->label_slots,
		.symbols = source->symbols,
	};

	if (source->size >= UINT32_MAX)
		return skep_fail(
			log, SKEP_EINVAL, SKEP_NO_INSN,
			"the text has 4 GiB or more\na smaller text\nassemble it in parts");
	memset(p.labels, 0, p.label_slots * sizeof(*p.labels));
	SKEP_TRY(parse_text(&p));
	p.encoding = true;
	SKEP_TRY(parse_text(&p));
	*count = p.count;
	return 0;
}

int skep_isa_assemble_with(const char *text, size_t size, struct skep_insn *out, uint32_t capacity,
			   uint32_t *count, struct skep_isa_label *labels, uint32_t label_slots,
			   struct skep_log *log)
{
	const struct skep_isa_source source = { text, size, labels, label_slots, NULL };

	return skep_isa_assemble_source(&source, out, capacity, count, log);
}

int skep_isa_assemble(const char *text, size_t size, struct skep_insn *out, uint32_t capacity,
		      uint32_t *count, struct skep_log *log)
{
	struct skep_isa_label labels[LABEL_SLOTS];

	return skep_isa_assemble_with(text, size, out, capacity, count, labels, LABEL_SLOTS, log);
}
