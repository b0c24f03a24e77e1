/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables as numbers and as text. BTF says how many bits a number has and whether one of them is
 * a sign, the object says in which order its bytes stand; nothing here depends on the host. A
 * number that does not fit is refused, never cut.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "vm/var.h"

enum {
	BITS_MAX = 64,
	BYTES_MAX = 9, /* that a bit-field of 64 bits can lie in */
	NAME_BYTES = 96,
	ENUMERATORS_MAX = 65536,
	PIECE_BYTES = 64, /* text is written by such pieces */
};

/* What numbers a variable takes. */
struct shape {
	uint32_t bits;
	bool is_signed;
	bool is_loose; /* no type: numbers of either sign */
	bool is_bool;
	uint32_t enumeration; /* BTF id, else 0 */
};

/* A number with a sign of its own. */
struct number {
	bool negative;
	uint64_t magnitude;
};

static const struct skep_btf *btf_of(const struct skep_var *var)
{
	return var->object->image.btf;
}

static bool is_big_endian(const struct skep_var *var)
{
	return var->object->image.big_endian;
}

uint64_t skep_vm_bits(const uint8_t *bytes, bool big_endian, uint64_t offset, uint32_t count)
{
	const uint32_t size = count / 8;
	uint64_t value = 0;

	/* Whole bytes, as most are. */
	if (offset % 8 == 0 && count % 8 == 0) {
		bytes += offset / 8;
		for (uint32_t i = 0; i < size; i++)
			value = value << 8 | bytes[big_endian ? i : size - 1 - i];
		return value;
	}
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t at = offset + i;

		if (big_endian)
			value = value << 1 | (bytes[at / 8] >> (7 - at % 8) & 1);
		else
			value |= (uint64_t)(bytes[at / 8] >> at % 8 & 1) << i;
	}
	return value;
}

static void set_bits(uint8_t *bytes, bool big_endian, uint32_t offset, uint32_t count,
		     uint64_t value)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t at = offset + i;
		const uint8_t mask = (uint8_t)(big_endian ? 0x80u >> at % 8 : 1u << at % 8);
		const bool set = (value >> (big_endian ? count - 1 - i : i) & 1) != 0;

		bytes[at / 8] = (uint8_t)(set ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
	}
}

/* The name of a type, or what it is. */
static void name_type(const struct skep_var *var, char text[NAME_BYTES])
{
	struct skep_btf_type type = { .name = "" };
	uint32_t id = var->type;

	if (id == 0 || btf_of(var) == NULL) {
		skep_format(text, NAME_BYTES, "no type, %u bytes", (unsigned)var->size);
		return;
	}
	/* Chains of checked BTF end. */
	while (skep_btf_type(btf_of(var), id, &type) == 0 && type.name[0] == '\0' &&
	       (type.kind == SKEP_BTF_CONST || type.kind == SKEP_BTF_VOLATILE ||
		type.kind == SKEP_BTF_RESTRICT))
		id = type.type;
	switch (type.kind) {
	case SKEP_BTF_PTR: skep_format(text, NAME_BYTES, "pointer"); break;
	case SKEP_BTF_ARRAY: skep_format(text, NAME_BYTES, "array"); break;
	case SKEP_BTF_STRUCT: skep_format(text, NAME_BYTES, "struct %.64s", type.name); break;
	case SKEP_BTF_UNION: skep_format(text, NAME_BYTES, "union %.64s", type.name); break;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: skep_format(text, NAME_BYTES, "enum %.64s", type.name); break;
	default: skep_format(text, NAME_BYTES, "%.64s", type.name);
	}
}

static struct skep_log *log_of(const struct skep_var *var)
{
	return var->map->log;
}

/* Reports what is wrong with a variable: "variable "pts" (.data+12, unsigned char): ...". */
static int fail(const struct skep_var *var, int err, const char *found, const char *needed,
		const char *advice)
{
	char type[NAME_BYTES];

	name_type(var, type);
	return skep_fail(log_of(var), err, SKEP_NO_INSN,
			 "variable \"%.96s\" (%.32s+%u, %s) %s\n%s\n%s", var->name, var->section,
			 (unsigned)var->offset, type, found, needed, advice);
}

static bool is_number_size(uint64_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static int find_shape(const struct skep_var *var, struct shape *out)
{
	const struct skep_btf *btf = btf_of(var);
	struct skep_btf_type type;
	struct shape shape = { 0 };
	uint64_t size = 0;
	uint32_t id;

	shape.bits = var->bit_size != 0 ? var->bit_size : var->size * 8;
	if (btf == NULL || var->type == 0) {
		shape.is_loose = true;
		if (!is_number_size(var->size))
			return SKEP_EINVAL;
		*out = shape;
		return 0;
	}
	id = skep_btf_resolve(btf, var->type);
	if (skep_btf_type(btf, id, &type) < 0 || skep_btf_size(btf, id, &size) < 0)
		return SKEP_EINVAL;
	switch (type.kind) {
	case SKEP_BTF_INT: shape.is_bool = type.is_bool; break;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: shape.enumeration = id; break;
	case SKEP_BTF_PTR: break;
	default: return SKEP_EINVAL;
	}
	shape.is_signed = type.is_signed;
	if (shape.bits > BITS_MAX ||
	    (var->bit_size == 0 && (size != var->size || !is_number_size(size))))
		return SKEP_EINVAL;
	*out = shape;
	return 0;
}

/* ------------------------------------------------------------------------------------ numbers */

static int read_raw(const struct skep_var *var, const struct shape *shape, uint64_t *out)
{
	uint8_t bytes[BYTES_MAX];

	SKEP_TRY(skep_vm_data_read(var->map, var->offset, bytes, var->size));
	*out = skep_vm_bits(bytes, is_big_endian(var), var->bit_offset, shape->bits);
	return 0;
}

static int write_raw(const struct skep_var *var, const struct shape *shape, uint64_t value)
{
	uint8_t bytes[BYTES_MAX];

	SKEP_TRY(skep_vm_var_check_writable(var));
	if (var->bit_size != 0)
		SKEP_TRY(skep_vm_data_read(var->map, var->offset, bytes, var->size));
	set_bits(bytes, is_big_endian(var), var->bit_offset, shape->bits, value);
	return skep_vm_var_store(var, bytes);
}

static int read_number(const struct skep_var *var, struct number *out)
{
	struct shape shape;
	uint64_t raw;
	int64_t number;

	SKEP_TRY(find_shape(var, &shape));
	SKEP_TRY(read_raw(var, &shape, &raw));
	number = shape.is_signed ? skep_sign_extend(raw, shape.bits) : 0;
	*out = (struct number){ number < 0, number < 0 ? -(uint64_t)number : raw };
	return 0;
}

int skep_var_get_u64(const struct skep_var *var, uint64_t *out)
{
	struct number number;

	SKEP_TRY(read_number(var, &number));
	if (number.negative)
		return SKEP_ERANGE;
	*out = number.magnitude;
	return 0;
}

int skep_var_get_s64(const struct skep_var *var, int64_t *out)
{
	struct number number;

	SKEP_TRY(read_number(var, &number));
	if (!number.negative && number.magnitude > INT64_MAX)
		return SKEP_ERANGE;
	*out = (int64_t)(number.negative ? -number.magnitude : number.magnitude);
	return 0;
}

static int fail_range(const struct skep_var *var, const struct shape *shape,
		      const struct number *number)
{
	const uint64_t half = (uint64_t)1 << (shape->bits - 1);
	const bool below = shape->is_signed || shape->is_loose;
	const uint64_t most = shape->is_bool ? 1 : shape->is_signed ? half - 1 : half - 1 + half;
	char type[NAME_BYTES];

	name_type(var, type);
	return skep_fail(log_of(var), SKEP_ERANGE, SKEP_NO_INSN,
			 "%s%llu does not fit variable \"%.96s\" (%.32s+%u, %s)\n%s%llu to %llu",
			 number->negative ? "-" : "", (unsigned long long)number->magnitude,
			 var->name, var->section, (unsigned)var->offset, type, below ? "-" : "",
			 below ? (unsigned long long)half : 0ULL, (unsigned long long)most);
}

static int write_number(const struct skep_var *var, const struct number *number)
{
	struct shape shape;
	uint64_t half;
	bool fits;

	if (find_shape(var, &shape) < 0)
		return fail(var, SKEP_EINVAL, "is no number",
			    "an integer, enumeration, bool, pointer or bit-field",
			    "name a member or element, or write its bytes (skep_var_write())");
	half = (uint64_t)1 << (shape.bits - 1);
	if (number->negative)
		fits = (shape.is_signed || shape.is_loose) && number->magnitude <= half;
	else if (shape.is_signed)
		fits = number->magnitude < half;
	else
		fits = number->magnitude <= half - 1 + half;
	if (!fits || (shape.is_bool && number->magnitude > 1))
		return fail_range(var, &shape, number);
	return write_raw(var, &shape, number->negative ? -number->magnitude : number->magnitude);
}

int skep_var_set_u64(const struct skep_var *var, uint64_t value)
{
	const struct number number = { false, value };

	return write_number(var, &number);
}

int skep_var_set_s64(const struct skep_var *var, int64_t value)
{
	const struct number number = { value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value };

	return write_number(var, &number);
}

/* --------------------------------------------------------------------------------------- text */

bool skep_vm_is_char(const struct skep_btf *btf, uint32_t type)
{
	struct skep_btf_type row;

	return skep_btf_type(btf, skep_btf_resolve(btf, type), &row) == 0 &&
	       row.kind == SKEP_BTF_INT && row.size == 1 && skep_text_equal(row.name, "char");
}

/* Whether the variable is an array of char. */
static bool is_text(const struct skep_var *var)
{
	const struct skep_btf *btf = btf_of(var);
	struct skep_btf_type type;

	return btf != NULL && var->type != 0 &&
	       skep_btf_type(btf, skep_btf_resolve(btf, var->type), &type) == 0 &&
	       type.kind == SKEP_BTF_ARRAY && skep_vm_is_char(btf, type.type);
}

/* The enumerator of that value, NULL: none. */
static const char *enumerator_of(const struct skep_btf *btf, uint32_t id,
				 const struct number *number)
{
	const uint64_t value = number->negative ? -number->magnitude : number->magnitude;
	struct skep_btf_member member;

	for (uint32_t i = 0; i < ENUMERATORS_MAX && skep_btf_member(btf, id, i, &member) == 0; i++)
		if ((uint64_t)member.value == value)
			return member.name;
	return NULL;
}

static int get_characters(const struct skep_var *var, char *text, size_t size)
{
	uint32_t used = var->size, at;
	uint8_t piece[PIECE_BYTES];

	/* Up to the first zero. */
	for (at = 0; at < used; at += PIECE_BYTES) {
		const size_t count = used - at < PIECE_BYTES ? used - at : PIECE_BYTES;

		SKEP_TRY(skep_vm_data_read(var->map, var->offset + at, piece, count));
		for (size_t i = 0; i < count; i++) {
			if (piece[i] == 0) {
				used = at + (uint32_t)i;
				break;
			}
			if (at + i + 1 >= size)
				return SKEP_ENOSPC;
			text[at + i] = (char)piece[i];
		}
	}
	if (used >= size)
		return SKEP_ENOSPC;
	text[used] = '\0';
	return 0;
}

int skep_var_get_text(const struct skep_var *var, char *text, size_t size)
{
	const char *name = NULL;
	struct number number;
	struct shape shape;
	size_t needed;

	if (is_text(var))
		return get_characters(var, text, size);
	SKEP_TRY(find_shape(var, &shape));
	SKEP_TRY(read_number(var, &number));
	if (shape.enumeration != 0)
		name = enumerator_of(btf_of(var), shape.enumeration, &number);
	if (shape.is_bool && number.magnitude <= 1)
		name = number.magnitude == 1 ? "true" : "false";
	needed = name != NULL ? skep_format(text, size, "%s", name)
			      : skep_format(text, size, "%s%llu", number.negative ? "-" : "",
					    (unsigned long long)number.magnitude);
	return needed < size ? 0 : SKEP_ENOSPC;
}

static int set_characters(const struct skep_var *var, const char *text)
{
	const size_t size = skep_text_size(text);
	struct skep_var rest = *var;
	uint8_t piece[PIECE_BYTES];

	if (size >= var->size)
		return fail(var, SKEP_ERANGE, "is too small for the text",
			    "room for it and a zero after it", "");
	SKEP_TRY(skep_vm_var_check_writable(var));
	for (uint32_t at = 0; at < var->size; at += PIECE_BYTES) {
		rest.offset = var->offset + at;
		rest.size = var->size - at < PIECE_BYTES ? var->size - at : PIECE_BYTES;
		for (uint32_t i = 0; i < rest.size; i++)
			piece[i] = at + i < size ? (uint8_t)text[at + i] : 0;
		SKEP_TRY(skep_vm_var_store(&rest, piece));
	}
	return 0;
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (unsigned)((c | 0x20) - 'a' + 10);
	return 16;
}

/* False: it is no number, or one of more than 64 bits. */
static bool parse_number(const char *text, struct number *out)
{
	const bool negative = *text == '-';
	unsigned base = 10;
	uint64_t value = 0;

	if (*text == '-' || *text == '+')
		text++;
	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	}
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		const unsigned digit = digit_of(*text);

		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*out = (struct number){ negative && value != 0, value };
	return true;
}

static bool find_enumerator(const struct skep_btf *btf, const struct shape *shape, const char *text,
			    struct number *out)
{
	struct skep_btf_member member;

	for (uint32_t i = 0;
	     i < ENUMERATORS_MAX && skep_btf_member(btf, shape->enumeration, i, &member) == 0;
	     i++) {
		if (!skep_text_equal(member.name, text))
			continue;
		/* An unsigned enumeration of 64 bits has large values, not negative ones. */
		out->negative = shape->is_signed && member.value < 0;
		out->magnitude = out->negative ? -(uint64_t)member.value : (uint64_t)member.value;
		return true;
	}
	return false;
}

int skep_var_set_text(const struct skep_var *var, const char *text)
{
	struct shape shape = { 0 };
	struct number number;

	if (is_text(var))
		return set_characters(var, text);
	if (find_shape(var, &shape) == 0) {
		if (shape.enumeration != 0 && find_enumerator(btf_of(var), &shape, text, &number))
			return write_number(var, &number);
		if (shape.is_bool &&
		    (skep_text_equal(text, "true") || skep_text_equal(text, "false")))
			return skep_var_set_u64(var, text[0] == 't');
	}
	if (!parse_number(text, &number))
		return fail(var, SKEP_EINVAL, "was given a text that does not fit it",
			    shape.enumeration != 0 ? "an enumerator of its type, or a number"
			    : shape.is_bool        ? "true, false, 1 or 0"
						   : "decimal digits, or 0x and hexadecimal ones",
			    "");
	return write_number(var, &number);
}
