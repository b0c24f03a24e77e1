/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAME=VALUE against the variable's BTF type: sign and width decide what is in range, and a number
 * that does not fit is an error, never cut. Without BTF the width alone decides and both signs are
 * taken.
 */
#define _GNU_SOURCE 1
#include "variable.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "nearest.h"

/* A number as it was written: up to 64 bits and a sign of its own. */
struct number {
	bool negative;
	uint64_t magnitude;
};

struct target {
	const char *name;
	const char *value; /* as written */
	struct skep_var var;
	const struct skep_btf *btf;
	uint32_t type_id; /* without typedefs and modifiers */
	struct skep_btf_type type;
	uint8_t *bytes; /* of the variable's size */
};

static bool parse_number(const char *text, struct number *out)
{
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	const bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	char *end;

	if (text[0] == '\'' && text[1] != '\0' && text[2] == '\'' && text[3] == '\0') {
		*out = (struct number){ false, (unsigned char)text[1] };
		return true;
	}
	if (hex ? !isxdigit((unsigned char)digits[2]) : !isdigit((unsigned char)digits[0]))
		return false;
	errno = 0;
	out->magnitude = strtoull(digits, &end, hex ? 16 : 10);
	out->negative = text[0] == '-' && out->magnitude != 0;
	return *end == '\0' && errno == 0;
}

static bool fits(const struct number *number, uint32_t bits, bool allow_negative,
		 bool allow_unsigned)
{
	const uint64_t half = UINT64_C(1) << (bits - 1);

	if (number->negative)
		return allow_negative && number->magnitude <= half;
	return number->magnitude < half ||
	       (allow_unsigned && (bits == 64 || number->magnitude >> bits == 0));
}

static void store(const struct target *target, const struct number *number)
{
	const uint64_t value = number->negative ? -number->magnitude : number->magnitude;
	const uint8_t byte = (uint8_t)value;
	const uint16_t half = (uint16_t)value;
	const uint32_t word = (uint32_t)value;

	switch (target->var.size) {
	case 1: memcpy(target->bytes, &byte, sizeof(byte)); break;
	case 2: memcpy(target->bytes, &half, sizeof(half)); break;
	case 4: memcpy(target->bytes, &word, sizeof(word)); break;
	default: memcpy(target->bytes, &value, sizeof(value)); break;
	}
}

static enum status set_number(const struct target *target, bool allow_negative, bool allow_unsigned)
{
	const uint32_t bits = target->var.size * 8;
	struct number number;

	if (!parse_number(target->value, &number))
		return complain("--set %s=%s: the variable is a number of %u bits; write digits, "
				"0x and hexadecimal digits, or a character such as 'a'",
				target->name, target->value, bits);
	if (!fits(&number, bits, allow_negative, allow_unsigned)) {
		const uint64_t half = UINT64_C(1) << (bits - 1);

		return complain("--set %s=%s: does not fit %u bits; the variable holds %s%llu "
				"to %llu",
				target->name, target->value, bits, allow_negative ? "-" : "",
				allow_negative ? (unsigned long long)half : 0ULL,
				allow_unsigned ? (unsigned long long)(half - 1 + half)
					       : (unsigned long long)(half - 1));
	}
	store(target, &number);
	return STATUS_DONE;
}

static enum status set_bool(const struct target *target)
{
	const bool yes = strcmp(target->value, "true") == 0 || strcmp(target->value, "1") == 0;
	const bool no = strcmp(target->value, "false") == 0 || strcmp(target->value, "0") == 0;
	const struct number number = { false, yes };

	if (!yes && !no)
		return complain("--set %s=%s: the variable is true or false", target->name,
				target->value);
	store(target, &number);
	return STATUS_DONE;
}

static enum status set_enum(const struct target *target)
{
	struct nearest nearest = { .wanted = target->value };
	struct skep_btf_member member;
	struct number number;
	char list[256];

	for (uint32_t i = 0; skep_btf_member(target->btf, target->type_id, i, &member) == 0; i++) {
		if (strcmp(member.name, target->value) != 0) {
			nearest_offer(&nearest, member.name);
			continue;
		}
		number.negative = target->type.is_signed && member.value < 0;
		number.magnitude =
			number.negative ? -(uint64_t)member.value : (uint64_t)member.value;
		store(target, &number);
		return STATUS_DONE;
	}
	if (parse_number(target->value, &number))
		return set_number(target, target->type.is_signed, !target->type.is_signed);
	nearest_list(&nearest, list, sizeof(list));
	return complain("--set %s=%s: enum %s has no such name; did you mean %s?", target->name,
			target->value, target->type.name, list);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum status set_hex(const struct target *target, const char *digits)
{
	const size_t count = strlen(digits);

	if (count != (size_t)target->var.size * 2)
		return complain("--set %s=%s: the variable has %u bytes, so write %u digits after "
				"hex:",
				target->name, target->value, (unsigned)target->var.size,
				(unsigned)target->var.size * 2);
	for (size_t i = 0; i < count; i++) {
		if (digit(digits[i]) < 0)
			return complain("--set %s=%s: \"%c\" is no hexadecimal digit", target->name,
					target->value, digits[i]);
		target->bytes[i / 2] = (uint8_t)(target->bytes[i / 2] << 4 | digit(digits[i]));
	}
	return STATUS_DONE;
}

static enum status set_text(const struct target *target)
{
	const size_t size = strlen(target->value);

	if (size >= target->var.size)
		return complain("--set %s=%s: the array has room for %u characters and a zero",
				target->name, target->value, (unsigned)target->var.size - 1);
	memcpy(target->bytes, target->value, size);
	return STATUS_DONE;
}

/* char by its name, as value.h has it. */
static bool is_char_array(const struct target *target)
{
	struct skep_btf_type element;

	return target->type.kind == SKEP_BTF_ARRAY && target->var.size > 0 &&
	       skep_btf_type(target->btf, skep_btf_resolve(target->btf, target->type.type),
			     &element) == 0 &&
	       element.kind == SKEP_BTF_INT && strcmp(element.name, "char") == 0;
}

static bool number_sized(const struct target *target)
{
	const uint32_t size = target->var.size;

	return size == 1 || size == 2 || size == 4 || size == 8;
}

static enum status convert(const struct target *target)
{
	if (strncmp(target->value, "hex:", 4) == 0)
		return set_hex(target, target->value + 4);
	if (target->type_id == 0 && number_sized(target))
		return set_number(target, true, true);
	if (target->type.kind == SKEP_BTF_INT && number_sized(target))
		return target->type.is_bool ? set_bool(target)
					    : set_number(target, target->type.is_signed,
							 !target->type.is_signed);
	if ((target->type.kind == SKEP_BTF_ENUM || target->type.kind == SKEP_BTF_ENUM64) &&
	    number_sized(target))
		return set_enum(target);
	if (is_char_array(target))
		return set_text(target);
	return complain("--set %s=%s: the variable is no single number; write hex: and the %u "
			"digits of its %u bytes in memory order",
			target->name, target->value, (unsigned)target->var.size * 2,
			(unsigned)target->var.size);
}

static enum status find(struct skep_object *object, struct target *target)
{
	struct nearest nearest = { .wanted = target->name };
	char list[256];

	if (skep_object_var_by_name(object, target->name, &target->var) == 0)
		return STATUS_DONE;
	for (uint32_t i = 0; skep_object_var(object, i, &target->var) == 0; i++)
		nearest_offer(&nearest, target->var.name);
	if (nearest.offered == 0)
		return complain("--set %s: %s has no global variables", target->name,
				skep_object_name(object));
	nearest_list(&nearest, list, sizeof(list));
	return complain("--set %s: %s has no variable of that name; did you mean %s?", target->name,
			skep_object_name(object), list);
}

enum status variable_set(struct skep_object *object, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	struct target target = { .btf = skep_object_btf(object) };
	enum status status;
	char *name;

	if (equals == NULL || equals == assignment)
		return complain("--set %s: write a variable's name, = and its value", assignment);
	name = duplicate(assignment);
	name[equals - assignment] = '\0';
	target.name = name;
	target.value = equals + 1;
	status = find(object, &target);
	if (status == STATUS_DONE) {
		target.bytes = allocate(1, target.var.size);
		if (target.btf != NULL && target.var.type != 0)
			target.type_id = skep_btf_resolve(target.btf, target.var.type);
		if (target.type_id != 0 &&
		    skep_btf_type(target.btf, target.type_id, &target.type) != 0)
			target.type_id = 0;
		status = convert(&target);
		if (status == STATUS_DONE &&
		    skep_var_write(&target.var, target.bytes, target.var.size) != 0)
			status = STATUS_BAD;
		free(target.bytes);
	}
	free(name);
	return status;
}
