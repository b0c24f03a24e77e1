/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types with names and layouts in, text out. The one idea: a declaration is written from the type
 * that it ends in: that one first, then what leads to it backwards as far as it stands before the
 * name, the name, and forwards what stands after it. The functions call each other no deeper than
 * the reader of BTF lets types nest (SKEP_BTF_DEPTH_MAX).
 */
#include "btf/dump.h"

#include "base/bytes.h"
#include "base/format.h"

/* ------------------------------------------------------------------------------------ text */

void skep_dump_flush(struct skep_btf_dump *dump)
{
	if (dump->used != 0)
		dump->write(dump->write_ctx, dump->buffer, dump->used);
	dump->used = 0;
}

static void put(struct skep_btf_dump *dump, const char *text)
{
	for (; *text != '\0'; text++) {
		if (dump->used == sizeof(dump->buffer))
			skep_dump_flush(dump);
		dump->buffer[dump->used++] = *text;
	}
}

static void put_number(struct skep_btf_dump *dump, uint64_t number)
{
	char text[24];

	skep_format(text, sizeof(text), "%llu", (unsigned long long)number);
	put(dump, text);
}

static void put_indent(struct skep_btf_dump *dump, uint32_t depth)
{
	while (depth-- > 0)
		put(dump, "\t");
}

/* A name with its suffix. */
static void put_name(struct skep_btf_dump *dump, const char *raw, uint32_t suffix)
{
	char text[SKEP_BTF_NAME_MAX + 4];

	skep_dump_spell(dump, raw, text);
	put(dump, text);
	if (suffix != 0) {
		put(dump, "___");
		put_number(dump, suffix);
	}
}

/* ----------------------------------------------------------------------------- base types */

static const char *tag_word(const struct skep_btf *btf, uint32_t id)
{
	switch (skep_btf_kind_of(btf, id)) {
	case SKEP_BTF_STRUCT: return "struct ";
	case SKEP_BTF_UNION: return "union ";
	case SKEP_BTF_FWD:
		return skep_btf_words(btf, id)[SKEP_BTF_INFO] >> 31 != 0 ? "union " : "struct ";
	default: return "enum ";
	}
}

static void put_tag(struct skep_btf_dump *dump, uint32_t id)
{
	const char *name = skep_btf_name_of(dump->btf, id);

	put(dump, tag_word(dump->btf, id));
	put_name(dump, name[0] != '\0' ? name : SKEP_DUMP_ANONYMOUS, dump->suffixes[id]);
}

/* C's integers as BTF names them; `size` 0: that of a pointer. */
static const struct integer {
	const char *name, *text;
	uint8_t size;
	bool is_signed;
} INTEGERS[] = {
	{ "char", "char", 1, true },
	{ "char", "char", 1, false },
	{ "signed char", "signed char", 1, true },
	{ "unsigned char", "unsigned char", 1, false },
	{ "short", "short", 2, true },
	{ "short int", "short", 2, true },
	{ "unsigned short", "unsigned short", 2, false },
	{ "short unsigned int", "unsigned short", 2, false },
	{ "int", "int", 4, true },
	{ "unsigned int", "unsigned int", 4, false },
	{ "unsigned", "unsigned int", 4, false },
	{ "long", "long", 0, true },
	{ "long int", "long", 0, true },
	{ "unsigned long", "unsigned long", 0, false },
	{ "long unsigned int", "unsigned long", 0, false },
	{ "long long", "long long", 8, true },
	{ "long long int", "long long", 8, true },
	{ "unsigned long long", "unsigned long long", 8, false },
	{ "long long unsigned int", "unsigned long long", 8, false },
};

/* By the logarithm of the size. */
static const char *const BY_SIZE[2][5] = {
	{ "unsigned char", "unsigned short", "unsigned int", "unsigned long long",
	  "unsigned __int128" },
	{ "signed char", "short", "int", "long long", "__int128" },
};
static const char *const BY_SIZE_PORTABLE[2][5] = {
	{ "uint8_t", "uint16_t", "uint32_t", "uint64_t", "struct { uint64_t ___half[2]; }" },
	{ "int8_t", "int16_t", "int32_t", "int64_t", "struct { uint64_t ___half[2]; }" },
};

static uint32_t logarithm(uint32_t size)
{
	uint32_t log = 0;

	while (size > 1 && log < 4) {
		size /= 2;
		log++;
	}
	return log;
}

static const char *integer_text(const struct skep_btf_dump *dump, const struct skep_btf_type *type)
{
	const uint32_t log = logarithm(type->size);

	if (type->is_bool && type->size == 1)
		return dump->options.portable ? "bool" : "_Bool";
	if (dump->options.portable)
		return skep_text_equal(type->name, "char") && type->size == 1
			       ? "char"
			       : BY_SIZE_PORTABLE[type->is_signed][log];
	for (size_t i = 0; i < SKEP_COUNT(INTEGERS); i++) {
		const struct integer *row = &INTEGERS[i];
		const uint32_t size = row->size != 0 ? row->size : dump->btf->pointer_size;

		if (type->size == size && type->is_signed == row->is_signed &&
		    skep_text_equal(type->name, row->name))
			return row->text;
	}
	return BY_SIZE[type->is_signed][log];
}

static void put_float(struct skep_btf_dump *dump, uint32_t size)
{
	if (size == 4 || size == 8) {
		put(dump, size == 4 ? "float" : "double");
	} else if (!dump->options.portable) {
		put(dump, size == 2 ? "_Float16" : "long double");
	} else {
		put(dump, "struct { uint8_t ___bytes[");
		put_number(dump, size);
		put(dump, "]; }");
	}
}

/* --------------------------------------------------------------------------- declarations */

/* A step from the name declared to the type it ends in. */
struct step {
	uint32_t id;
	uint8_t kind;       /* PTR, ARRAY or FUNC_PROTO */
	uint8_t qualifiers; /* of a PTR */
};

enum { CONST = 1, VOLATILE = 2, RESTRICT = 4 };

struct declaration {
	struct step steps[SKEP_BTF_DEPTH_MAX];
	uint32_t count;
	uint32_t base; /* where they end */
	uint8_t qualifiers;
};

static void put_qualifiers(struct skep_btf_dump *dump, uint8_t qualifiers, bool before)
{
	static const char *const WORDS[] = { "const", "volatile", "__restrict" };

	for (uint32_t i = 0; i < SKEP_COUNT(WORDS); i++) {
		if ((qualifiers >> i & 1) == 0)
			continue;
		put(dump, before ? "" : " ");
		put(dump, WORDS[i]);
		put(dump, before ? " " : "");
	}
}

/* Whether `restrict` means something: on pointers, but not on those to functions. */
static bool may_be_restrict(const struct skep_btf *btf, uint32_t id)
{
	id = skep_btf_resolve(btf, id);
	return skep_btf_kind_of(btf, id) == SKEP_BTF_PTR &&
	       skep_btf_kind_of(btf,
				skep_btf_resolve(btf, skep_btf_words(btf, id)[SKEP_BTF_SIZE])) !=
		       SKEP_BTF_FUNC_PROTO;
}

static uint8_t qualifier_bit(const struct skep_btf *btf, uint32_t id, uint32_t kind)
{
	switch (kind) {
	case SKEP_BTF_CONST: return CONST;
	case SKEP_BTF_VOLATILE: return VOLATILE;
	case SKEP_BTF_RESTRICT: return may_be_restrict(btf, id) ? RESTRICT : 0;
	default: return 0;
	}
}

/* Follows a type to a base. Qualifiers of an array are those of its elements, functions have none.
 */
static int follow(struct skep_btf_dump *dump, uint32_t id, struct declaration *out)
{
	const struct skep_btf *btf = dump->btf;

	out->count = 0;
	out->qualifiers = 0;
	for (uint32_t i = 0;; i++) {
		const uint32_t kind = skep_btf_kind_of(btf, id);
		const uint32_t *words = id != 0 ? skep_btf_words(btf, id) : NULL;
		struct step *step = &out->steps[out->count];

		if (i >= SKEP_BTF_DEPTH_MAX || dump->steps == 0)
			return skep_dump_refuse(dump, id, "unfolds to too long a text");
		dump->steps--;
		if (skep_dump_is_qualifier(kind)) {
			out->qualifiers |= qualifier_bit(btf, id, kind);
			id = words[SKEP_BTF_SIZE];
			continue;
		}
		if ((kind != SKEP_BTF_PTR || dump->options.portable) && kind != SKEP_BTF_ARRAY &&
		    kind != SKEP_BTF_FUNC_PROTO)
			break;
		step->id = id;
		step->kind = (uint8_t)kind;
		step->qualifiers = 0;
		if (kind == SKEP_BTF_PTR)
			step->qualifiers = out->qualifiers;
		if (kind != SKEP_BTF_ARRAY)
			out->qualifiers = 0;
		out->count++;
		id = kind == SKEP_BTF_ARRAY ? words[SKEP_BTF_MORE] : words[SKEP_BTF_SIZE];
	}
	if (dump->options.portable)
		out->qualifiers &= (uint8_t) ~(uint32_t)RESTRICT;
	out->base = id;
	return 0;
}

static int put_body(struct skep_btf_dump *dump, uint32_t id, uint32_t depth);
static int put_constants(struct skep_btf_dump *dump, uint32_t id, uint32_t depth);
static int put_declaration(struct skep_btf_dump *dump, uint32_t type, const char *name,
			   uint32_t suffix, uint32_t depth, bool is_last);

static int put_base(struct skep_btf_dump *dump, uint32_t id, uint32_t depth)
{
	struct skep_btf_type type;

	skep_btf_type(dump->btf, id, &type);
	switch (type.kind) {
	case SKEP_BTF_VOID: put(dump, "void"); return 0;
	case SKEP_BTF_INT: put(dump, integer_text(dump, &type)); return 0;
	case SKEP_BTF_FLOAT: put_float(dump, type.size); return 0;
	case SKEP_BTF_PTR:
		put(dump, dump->btf->pointer_size == 4 ? "uint32_t" : "uint64_t");
		return 0;
	case SKEP_BTF_TYPEDEF:
		if (skep_dump_is_bool(dump->btf, id))
			put(dump, "bool");
		else
			put_name(dump, type.name, dump->suffixes[id]);
		return 0;
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
		if (skep_dump_is_tagged(dump, id)) {
			put_tag(dump, id);
			return 0;
		}
		SKEP_TRY(skep_dump_check_scope(dump, id));
		put(dump, tag_word(dump->btf, id));
		return put_body(dump, id, depth);
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
		if (skep_dump_is_tagged(dump, id)) {
			put_tag(dump, id);
			return 0;
		}
		put(dump, "enum ");
		return put_constants(dump, id, depth);
	case SKEP_BTF_FWD: put_tag(dump, id); return 0;
	default: return skep_dump_refuse(dump, id, "is no type of a value");
	}
}

static int put_parameters(struct skep_btf_dump *dump, uint32_t id)
{
	struct skep_btf_member parameter;
	uint32_t count = skep_btf_item_count(dump->btf, id);

	put(dump, "(");
	if (count == 0)
		put(dump, "void");
	for (uint32_t i = 0; i < count; i++) {
		skep_btf_member(dump->btf, id, i, &parameter);
		put(dump, i == 0 ? "" : ", ");
		/* `...` alone is none of C's. */
		if (parameter.type == 0 && i == 0)
			return skep_dump_refuse(dump, id, "has only a variable list of arguments");
		if (parameter.type == 0)
			put(dump, "...");
		else
			SKEP_TRY(put_declaration(dump, parameter.type, "", 0, 0, false));
	}
	put(dump, ")");
	return 0;
}

/* What stands before the name: stars, with a parenthesis where an array or function follows. */
static void put_stars(struct skep_btf_dump *dump, const struct declaration *declaration,
		      bool has_name)
{
	for (uint32_t i = declaration->count; i-- > 0;) {
		const struct step *step = &declaration->steps[i];

		if (step->kind != SKEP_BTF_PTR)
			continue;
		put(dump, i + 1 < declaration->count && step[1].kind != SKEP_BTF_PTR ? "(*" : "*");
		put_qualifiers(dump, step->qualifiers, false);
		if (step->qualifiers != 0 && (has_name || i > 0))
			put(dump, " ");
	}
}

static int put_after_name(struct skep_btf_dump *dump, const struct declaration *declaration,
			  bool is_last)
{
	for (uint32_t i = 0; i < declaration->count; i++) {
		const struct step *step = &declaration->steps[i];
		uint32_t count;

		if (step->kind == SKEP_BTF_FUNC_PROTO) {
			if (i + 1 < declaration->count && step[1].kind != SKEP_BTF_PTR)
				return skep_dump_refuse(dump, step->id,
							"returns an array or a function");
			SKEP_TRY(put_parameters(dump, step->id));
		} else if (step->kind == SKEP_BTF_ARRAY) {
			if (i + 1 < declaration->count && step[1].kind == SKEP_BTF_FUNC_PROTO)
				return skep_dump_refuse(dump, step->id, "is an array of functions");
			count = skep_btf_words(dump->btf, step->id)[SKEP_BTF_MORE + 2];
			put(dump, "[");
			if (count != 0 || !is_last || i != 0)
				put_number(dump, count);
			put(dump, "]");
		} else if (i + 1 < declaration->count && step[1].kind != SKEP_BTF_PTR) {
			put(dump, ")");
		}
	}
	return 0;
}

/* `name` of the type, "" for none. `is_last`: as the last member of a structure, an array of no
 * elements is a flexible one. */
static int put_declaration(struct skep_btf_dump *dump, uint32_t type, const char *name,
			   uint32_t suffix, uint32_t depth, bool is_last)
{
	struct declaration declaration = { .count = 0 };

	SKEP_TRY(follow(dump, type, &declaration));
	put_qualifiers(dump, declaration.qualifiers, true);
	SKEP_TRY(put_base(dump, declaration.base, depth));
	if (name[0] != '\0' || declaration.count != 0)
		put(dump, " ");
	put_stars(dump, &declaration, name[0] != '\0');
	if (name[0] != '\0')
		put_name(dump, name, suffix);
	return put_after_name(dump, &declaration, is_last);
}

/* ------------------------------------------------------------------------------ structures */

/* Unused bits of a structure, from `from` to `to`. */
static void put_padding(struct skep_btf_dump *dump, uint64_t from, uint64_t to, uint32_t depth)
{
	const char *const byte = dump->options.portable ? "uint8_t" : "unsigned char";

	while (from < to) {
		uint64_t bits = 8 - from % 8 < to - from ? 8 - from % 8 : to - from;

		put_indent(dump, depth);
		put(dump, byte);
		if (bits == 8) {
			bits = (to - from) / 8 * 8;
			put(dump, " ___pad");
			put_number(dump, ++dump->pads);
			put(dump, "[");
			put_number(dump, bits / 8);
			put(dump, "];\n");
		} else {
			put(dump, " : ");
			put_number(dump, bits);
			put(dump, ";\n");
		}
		from += bits;
	}
}

static void put_attributes(struct skep_btf_dump *dump, uint32_t flags, uint32_t align)
{
	if ((flags & SKEP_DUMP_PACKED) != 0) {
		put(dump, " __attribute__((packed))");
	} else if (dump->options.portable && align > 1) {
		put(dump, " __attribute__((aligned(");
		put_number(dump, align);
		put(dump, ")))");
	}
}

/* Bits that a member takes. */
static uint64_t member_bits(const struct skep_btf_dump *dump, const struct skep_btf_member *member)
{
	uint64_t size = 0;

	if (member->bit_size != 0)
		return member->bit_size;
	skep_btf_size(dump->btf, member->type, &size);
	return size * 8;
}

static int put_member(struct skep_btf_dump *dump, const struct skep_btf_member *member,
		      uint32_t depth, bool is_last)
{
	const uint32_t base = skep_btf_resolve(dump->btf, member->type);

	put_indent(dump, depth);
	if (member->name[0] == '\0') { /* a structure: its members are those of the one around it */
		put(dump, tag_word(dump->btf, base));
		SKEP_TRY(put_body(dump, base, depth));
	} else {
		SKEP_TRY(put_declaration(dump, member->type, member->name, 0, depth, is_last));
	}
	if (member->bit_size != 0) {
		put(dump, " : ");
		put_number(dump, member->bit_size);
	}
	put(dump, ";\n");
	return 0;
}

static int put_union_members(struct skep_btf_dump *dump, uint32_t id, uint64_t bits, uint32_t depth)
{
	struct skep_btf_member member;
	uint64_t widest = 0;

	for (uint32_t i = 0; skep_btf_member(dump->btf, id, i, &member) == 0; i++) {
		const uint64_t end = member_bits(dump, &member);

		if (!skep_dump_is_shown(dump, &member))
			continue;
		/* All begin where the union does: the reader saw to that. */
		SKEP_TRY(put_member(dump, &member, depth, false));
		if (end > widest)
			widest = end;
	}
	if ((widest + 7) / 8 * 8 < bits)
		put_padding(dump, 0, bits, depth);
	return 0;
}

static int put_struct_members(struct skep_btf_dump *dump, uint32_t id, uint64_t bits,
			      uint32_t depth)
{
	const uint32_t count = skep_btf_item_count(dump->btf, id);
	const uint64_t align = (uint64_t)dump->aligns[id] * 8;
	struct skep_btf_member member;
	uint64_t at = 0;
	bool named = false;

	for (uint32_t i = 0; i < count; i++) {
		bool is_last;

		skep_btf_member(dump->btf, id, i, &member);
		if (!skep_dump_is_shown(dump, &member))
			continue;
		if (member.bit_offset < at)
			return skep_dump_refuse(dump, id, "has members that overlap");
		put_padding(dump, at, member.bit_offset, depth);
		at = member.bit_offset + member_bits(dump, &member);
		/* Flexible arrays may have behind them what alignment alone makes. */
		is_last = named && !dump->options.portable && i + 1 == count &&
			  (at + align - 1) / align * align == bits;
		SKEP_TRY(put_member(dump, &member, depth, is_last));
		named = true;
		if (is_last && member_bits(dump, &member) == 0)
			at = bits;
	}
	put_padding(dump, at, bits, depth);
	return 0;
}

/* From the brace to the attributes. */
static int put_body(struct skep_btf_dump *dump, uint32_t id, uint32_t depth)
{
	const uint64_t bits = (uint64_t)skep_btf_words(dump->btf, id)[SKEP_BTF_SIZE] * 8;
	const bool is_union = skep_btf_kind_of(dump->btf, id) == SKEP_BTF_UNION;

	if (depth > SKEP_BTF_DEPTH_MAX)
		return skep_dump_refuse(dump, id, "is nested too deep");
	put(dump, "{\n");
	if (bits == 0 && dump->options.portable) { /* C++ gives a size to what has no members */
		put_indent(dump, depth + 1);
		put(dump, "uint8_t ___empty");
		put_number(dump, ++dump->pads);
		put(dump, "[0];\n");
	}
	if (is_union)
		SKEP_TRY(put_union_members(dump, id, bits, depth + 1));
	else
		SKEP_TRY(put_struct_members(dump, id, bits, depth + 1));
	put_indent(dump, depth);
	put(dump, "}");
	put_attributes(dump, dump->flags[id], dump->aligns[id]);
	return 0;
}

/* ---------------------------------------------------------------------------- enumerations */

/* Whether a compiler can give an enumeration with these constants that size. */
static bool constants_fit(int64_t least, uint64_t most, uint32_t size)
{
	const uint32_t bits = size * 8;

	if (bits >= 64)
		return true;
	return least >= -((int64_t)1 << (bits - 1)) && most < (uint64_t)1 << bits &&
	       (least >= 0 || most < (uint64_t)1 << (bits - 1));
}

/* The number that an enumerator stands for. Before Linux 6.0 BTF said of none that it is signed. */
static int64_t constant_value(const struct skep_btf_type *type,
			      const struct skep_btf_member *constant)
{
	const int32_t narrow = (int32_t)(uint32_t)constant->value;

	if (type->kind == SKEP_BTF_ENUM && !type->is_signed && type->size < 4 &&
	    constant->value >= (int64_t)1 << type->size * 8)
		return narrow;
	return constant->value;
}

static void put_negative(struct skep_btf_dump *dump, int64_t number)
{
	put(dump, "-");
	put_number(dump, (uint64_t)-number);
}

static void put_value(struct skep_btf_dump *dump, const struct skep_btf_type *type, int64_t value)
{
	if (type->is_signed && value == INT64_MIN)
		put(dump, "(-9223372036854775807LL - 1)");
	else if (value < 0 && (type->is_signed || type->kind == SKEP_BTF_ENUM))
		put_negative(dump, value);
	else
		put_number(dump, (uint64_t)value);
	if (value < 0 && !type->is_signed && type->kind == SKEP_BTF_ENUM64)
		put(dump, "ULL");
}

static const char *mode_text(const struct skep_btf_dump *dump, uint32_t size)
{
	switch (size) {
	case 1: return " __attribute__((mode(QI)))";
	case 2: return " __attribute__((mode(HI)))";
	case 8: return " __attribute__((mode(DI)))";
	default: return dump->options.portable ? " __attribute__((mode(SI)))" : "";
	}
}

static int put_constants(struct skep_btf_dump *dump, uint32_t id, uint32_t depth)
{
	struct skep_btf_type type;
	struct skep_btf_member constant;
	int64_t least = 0;
	uint64_t most = 0;

	skep_btf_type(dump->btf, id, &type);
	dump->flags[id] |= SKEP_DUMP_WRITTEN;
	put(dump, "{\n");
	for (uint32_t i = 0; skep_btf_member(dump->btf, id, i, &constant) == 0; i++) {
		const int64_t value = constant_value(&type, &constant);

		put_indent(dump, depth + 1);
		if (id == dump->truth)
			put(dump, constant.name);
		else
			put_name(dump, constant.name,
				 skep_dump_suffix(dump, skep_btf_item(dump->btf, id, i)));
		put(dump, " = ");
		put_value(dump, &type, value);
		put(dump, ",\n");
		if (value < 0 && (type.is_signed || type.kind == SKEP_BTF_ENUM))
			least = value < least ? value : least;
		else
			most = (uint64_t)value > most ? (uint64_t)value : most;
	}
	if (!constants_fit(least, most, type.size))
		return skep_dump_refuse(dump, id, "has constants that its size cannot hold");
	if (type.count == 0) { /* C wants one */
		put_indent(dump, depth + 1);
		put(dump, SKEP_DUMP_ANONYMOUS "___empty");
		put_number(dump, id);
		put(dump, ",\n");
	}
	put_indent(dump, depth);
	put(dump, "}");
	put(dump, mode_text(dump, type.size));
	return 0;
}

/* C23 and C++ have them. */
static const char TRUTH_BEGIN[] =
	"#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 202311L)\n";
static const char TRUTH_END[] = "#endif\n\n";

int skep_dump_enum(struct skep_btf_dump *dump, uint32_t id)
{
	if (id == dump->truth)
		put(dump, TRUTH_BEGIN);
	if (skep_dump_is_tagged(dump, id)) {
		put_tag(dump, id);
		put(dump, " ");
	} else {
		put(dump, "enum ");
	}
	SKEP_TRY(put_constants(dump, id, 0));
	put(dump, ";\n");
	put(dump, id == dump->truth ? TRUTH_END : "\n");
	return 0;
}

/* ----------------------------------------------------------------------------- definitions */

static void put_section_tag(struct skep_btf_dump *dump, uint32_t id)
{
	const char *name = skep_btf_name_of(dump->btf, id);
	char text[SKEP_BTF_NAME_MAX + 4];

	put(dump, "struct ");
	put(dump, dump->options.section_prefix);
	skep_dump_spell(dump, name[0] == '.' ? name + 1 : name, text);
	put(dump, text);
}

/* What a size is asserted of: a structure with a tag, a typedef of one without, a section. */
static void put_owner(struct skep_btf_dump *dump, uint32_t owner)
{
	const uint32_t kind = skep_btf_kind_of(dump->btf, owner);

	if (kind == SKEP_BTF_DATASEC)
		put_section_tag(dump, owner);
	else if (kind == SKEP_BTF_TYPEDEF)
		put_name(dump, skep_btf_name_of(dump->btf, owner), dump->suffixes[owner]);
	else
		put_tag(dump, owner);
}

static void assert_size(struct skep_btf_dump *dump, uint32_t owner, uint64_t size)
{
	put(dump, dump->options.assert_word);
	put(dump, "(sizeof(");
	put_owner(dump, owner);
	put(dump, ") == ");
	put_number(dump, size);
	put(dump, ", \"size of ");
	put_owner(dump, owner);
	put(dump, "\");\n");
}

static void assert_offset(struct skep_btf_dump *dump, uint32_t owner, const char *name,
			  uint32_t suffix, uint64_t offset)
{
	put(dump, dump->options.assert_word);
	put(dump, "(__builtin_offsetof(");
	put_owner(dump, owner);
	put(dump, ", ");
	put_name(dump, name, suffix);
	put(dump, ") == ");
	put_number(dump, offset);
	put(dump, ", \"offset of ");
	put_name(dump, name, suffix);
	put(dump, "\");\n");
}

/* Of the members of a structure that `owner` has at byte `base`, as its own. */
static int assert_offsets(struct skep_btf_dump *dump, uint32_t owner, uint32_t id, uint64_t base,
			  uint32_t depth)
{
	struct skep_btf_member member;

	if (depth > SKEP_BTF_DEPTH_MAX)
		return skep_dump_refuse(dump, id, "is nested too deep");
	for (uint32_t i = 0; skep_btf_member(dump->btf, id, i, &member) == 0; i++) {
		const uint64_t offset = base + member.bit_offset / 8;

		if (dump->steps == 0)
			return skep_dump_refuse(dump, id, "unfolds to too long a text");
		dump->steps--;
		if (!skep_dump_is_shown(dump, &member) || member.bit_size != 0)
			continue;
		if (member.name[0] != '\0')
			assert_offset(dump, owner, member.name, 0, offset);
		else
			SKEP_TRY(assert_offsets(dump, owner,
						skep_btf_resolve(dump->btf, member.type), offset,
						depth + 1));
	}
	return 0;
}

/* The structure `id` has been written as what `owner` says. */
static int assert_layout(struct skep_btf_dump *dump, uint32_t owner, uint32_t id)
{
	if (dump->options.assert_word == NULL)
		return 0;
	assert_size(dump, owner, skep_btf_words(dump->btf, id)[SKEP_BTF_SIZE]);
	return assert_offsets(dump, owner, id, 0, 0);
}

void skep_dump_forward(struct skep_btf_dump *dump, uint32_t id)
{
	put_tag(dump, id);
	put(dump, ";\n");
}

int skep_dump_composite(struct skep_btf_dump *dump, uint32_t id)
{
	dump->pads = 0;
	SKEP_TRY(skep_dump_check_scope(dump, id));
	put_tag(dump, id);
	put(dump, " ");
	SKEP_TRY(put_body(dump, id, 0));
	put(dump, ";\n");
	SKEP_TRY(assert_layout(dump, id, id));
	put(dump, "\n");
	return 0;
}

int skep_dump_typedef(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	const uint32_t type = skep_btf_words(btf, id)[SKEP_BTF_SIZE],
		       kind = skep_btf_kind_of(btf, type);
	const bool is_bool = skep_dump_is_bool(btf, id);

	dump->pads = 0;
	/* There, functions are only pointed to, and bool is built in. */
	if (dump->options.portable &&
	    (is_bool || skep_btf_kind_of(btf, skep_btf_resolve(btf, id)) == SKEP_BTF_FUNC_PROTO))
		return 0;
	put(dump, is_bool ? TRUTH_BEGIN : "");
	put(dump, "typedef ");
	if (is_bool)
		put(dump, "_Bool bool");
	else
		SKEP_TRY(put_declaration(dump, type, skep_btf_name_of(btf, id), dump->suffixes[id],
					 0, false));
	put(dump, ";\n");
	if (skep_dump_is_composite(kind) && !skep_dump_is_tagged(dump, type))
		SKEP_TRY(assert_layout(dump, id, type));
	put(dump, is_bool ? TRUTH_END : "\n");
	return 0;
}

/* -------------------------------------------------------------------------------- sections */

/* Puts a section's variables into the order of their offsets: a heap sort of indices. */
static void order_variables(const struct skep_btf *btf, uint32_t id, uint32_t *order,
			    uint32_t count)
{
	for (uint32_t built = 0; built < count; built++) {
		uint32_t at = built;

		order[at] = built;
		while (at > 0 && skep_btf_item(btf, id, order[(at - 1) / 2])[1] <
					 skep_btf_item(btf, id, order[at])[1]) {
			const uint32_t above = order[(at - 1) / 2];

			order[(at - 1) / 2] = order[at];
			order[at] = above;
			at = (at - 1) / 2;
		}
	}
	while (count > 1) {
		const uint32_t last = order[--count];
		uint32_t at = 0;

		order[count] = order[0];
		for (uint32_t below = 1; below < count; below = at * 2 + 1) {
			if (below + 1 < count &&
			    skep_btf_item(btf, id, order[below])[1] <
				    skep_btf_item(btf, id, order[below + 1])[1])
				below++;
			if (skep_btf_item(btf, id, order[below])[1] <=
			    skep_btf_item(btf, id, last)[1])
				break;
			order[at] = order[below];
			at = below;
		}
		order[at] = last;
	}
}

/* Functions and variables of other objects have no place in a section. */
static bool has_place(const struct skep_btf *btf, uint32_t variable)
{
	enum { EXTERN = 2 };

	return skep_btf_kind_of(btf, variable) == SKEP_BTF_VAR &&
	       skep_btf_words(btf, variable)[SKEP_BTF_MORE] != EXTERN;
}

static int put_variables(struct skep_btf_dump *dump, uint32_t id, const uint32_t *order,
			 uint32_t *flags, uint32_t *widest)
{
	const struct skep_btf *btf = dump->btf;
	const uint32_t size = skep_btf_words(btf, id)[SKEP_BTF_SIZE];
	uint64_t at = 0;

	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		const uint32_t *item = skep_btf_item(btf, id, order[i]);
		uint32_t type, align;
		uint64_t bytes;

		if (!has_place(btf, item[0]))
			continue;
		type = skep_btf_words(btf, item[0])[SKEP_BTF_SIZE];
		align = skep_dump_align(dump, type);
		if (skep_btf_size(btf, type, &bytes) < 0 || item[1] < at ||
		    !skep_in_bounds(item[1], bytes, size))
			return skep_dump_refuse(dump, id,
						"has variables that overlap or are outside of it");
		if (item[1] % align != 0)
			*flags |= SKEP_DUMP_PACKED;
		if (align > *widest)
			*widest = align;
		put_padding(dump, at * 8, (uint64_t)item[1] * 8, 1);
		put(dump, "\t");
		SKEP_TRY(put_declaration(dump, type, skep_btf_name_of(btf, item[0]),
					 skep_dump_suffix(dump, item), 1, false));
		put(dump, ";\n");
		at = item[1] + bytes;
	}
	put_padding(dump, at * 8, (uint64_t)size * 8, 1);
	if (size % *widest != 0)
		*flags |= SKEP_DUMP_PACKED;
	return 0;
}

int skep_dump_section(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	const uint32_t count = skep_btf_item_count(btf, id);
	uint32_t *order = skep_arena_array(dump->arena, count, sizeof(*order)), flags = 0,
		 widest = 1;

	if (order == NULL)
		return skep_fail_memory(dump->log, "C of types");
	order_variables(btf, id, order, count);
	dump->pads = 0;
	put_section_tag(dump, id);
	put(dump, " {\n");
	SKEP_TRY(put_variables(dump, id, order, &flags, &widest));
	put(dump, "}");
	put_attributes(dump, flags, widest);
	put(dump, ";\n");
	if (dump->options.assert_word != NULL) {
		assert_size(dump, id, skep_btf_words(btf, id)[SKEP_BTF_SIZE]);
		for (uint32_t i = 0; i < count; i++) {
			const uint32_t *item = skep_btf_item(btf, id, order[i]);

			if (has_place(btf, item[0]))
				assert_offset(dump, id, skep_btf_name_of(btf, item[0]),
					      skep_dump_suffix(dump, item), item[1]);
		}
	}
	put(dump, "\n");
	return 0;
}
