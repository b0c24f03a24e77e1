/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the text with the type beside it. A number that does not fit its type is an error,
 * never cut; each sentence names the piece that is wrong, as in "value.point.x". Types come from
 * strangers' files: nothing is stored outside the bytes given, nesting is bounded by DEPTH_MAX and
 * the search for members by a budget.
 */
#define _GNU_SOURCE 1
#include "literal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "nearest.h"
#include "value.h"

enum {
	DEPTH_MAX = 32,
	PATH_BYTES = 256,
	REASON_BYTES = 1024,
	NAME_BYTES = 128,
	MEMBERS_BYTES = 300, /* of a list of names in a sentence */
	BUDGET = 1 << 20,    /* members looked at */
};

static const char BLANKS[] = " \t\r\n", HEX[] = "hex:";

/* A number as it was written: up to 64 bits and a sign of its own. */
struct number {
	bool negative;
	uint64_t magnitude;
};

/* A part of the value. */
struct piece {
	uint32_t type; /* 0: not known */
	uint64_t bit;  /* where it begins, from the value's beginning */
	uint32_t bits; /* of a bit-field, else 0 */
};

struct reader {
	const struct literal *literal;
	uint8_t *bytes;
	size_t size;       /* of all of them */
	size_t value_size; /* of one value */
	const char *at;    /* what comes next */
	unsigned depth;    /* of the brackets around it */
	uint64_t budget;
	char path[PATH_BYTES]; /* of the piece, such as ".point.x" */
	size_t path_size;
	struct bytes word; /* the last one, with a zero after it */
	bool quoted;       /* it was in double quotes */
};

static enum status read_piece(struct reader *reader, const struct piece *piece);

static enum status fail(const struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static enum status fail(const struct reader *reader, const char *format, ...)
{
	char reason[REASON_BYTES];
	va_list list;

	va_start(list, format);
	vsnprintf(reason, sizeof(reason), format, list);
	va_end(list);
	return complain("%s%s%.*s: %s", reader->literal->where, reader->literal->name,
			(int)reader->path_size, reader->path, reason);
}

/* Makes the path longer; the caller gives `path_size` its old value back. */
static void enter(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void enter(struct reader *reader, const char *format, ...)
{
	const size_t room = sizeof(reader->path) - reader->path_size;
	va_list list;
	int size;

	va_start(list, format);
	size = vsnprintf(reader->path + reader->path_size, room, format, list);
	va_end(list);
	reader->path_size += (size_t)size < room ? (size_t)size : room - 1;
}

static void skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, BLANKS);
}

/* Takes `c` if it comes next, after blanks. */
static bool take(struct reader *reader, char c)
{
	const char *at = reader->at + strspn(reader->at, BLANKS);

	if (*at != c)
		return false;
	reader->at = at + 1;
	return true;
}

/* Whether a character in single quotes comes next, whichever it is. */
static bool is_character(const char *text)
{
	return text[0] == '\'' && text[1] != '\0' && text[2] == '\'';
}

static const char *word(const struct reader *reader)
{
	return (const char *)reader->word.data;
}

/* -------------------------------------------------------------------------------------- words */

/* `count` hexadecimal digits at the reader's place as a number; false if they are not there. */
static bool take_digits(struct reader *reader, int count, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < count; i++, reader->at++) {
		const char digit[2] = { *reader->at, '\0' };

		if (!isxdigit((unsigned char)digit[0]))
			return false;
		*out = *out << 4 | (uint32_t)strtoul(digit, NULL, 16);
	}
	return true;
}

static void append_code_point(struct bytes *bytes, uint32_t point)
{
	const uint8_t one[] = { (uint8_t)point };
	const uint8_t two[] = { (uint8_t)(0xc0 | point >> 6), (uint8_t)(0x80 | (point & 0x3f)) };
	const uint8_t three[] = { (uint8_t)(0xe0 | point >> 12),
				  (uint8_t)(0x80 | (point >> 6 & 0x3f)),
				  (uint8_t)(0x80 | (point & 0x3f)) };

	if (point < 0x80)
		bytes_append(bytes, one, sizeof(one));
	else if (point < 0x800)
		bytes_append(bytes, two, sizeof(two));
	else
		bytes_append(bytes, three, sizeof(three));
}

/* What follows a backslash, as C and JSON have it. */
static enum status take_escape(struct reader *reader)
{
	static const char LETTERS[] = "\"\\/'0abfnrtv", MEANT[] = "\"\\/'\0\a\b\f\n\r\t\v";
	const char *letter = *reader->at != '\0' ? strchr(LETTERS, *reader->at) : NULL;
	uint32_t value;

	if (letter != NULL) {
		bytes_append(&reader->word, &MEANT[letter - LETTERS], 1);
		reader->at++;
		return STATUS_DONE;
	}
	if (*reader->at == 'x' && (reader->at++, take_digits(reader, 2, &value))) {
		const uint8_t byte = (uint8_t)value;

		bytes_append(&reader->word, &byte, 1);
		return STATUS_DONE;
	}
	if (*reader->at == 'u' && (reader->at++, take_digits(reader, 4, &value)) &&
	    (value < 0xd800 || value > 0xdfff)) {
		append_code_point(&reader->word, value);
		return STATUS_DONE;
	}
	return fail(reader, "what follows \\ is no escape; write \\\", \\\\, \\n, \\x41 and the "
			    "like, and letters of other scripts as they are");
}

static enum status take_quoted(struct reader *reader)
{
	enum status status = STATUS_DONE;

	reader->at++;
	while (status == STATUS_DONE && *reader->at != '"') {
		if (*reader->at == '\0')
			return fail(reader, "the text has no \" at its end");
		if (*reader->at == '\\') {
			reader->at++;
			status = take_escape(reader);
		} else {
			bytes_append(&reader->word, reader->at++, 1);
		}
	}
	reader->at++;
	return status;
}

/* Takes text in double quotes, or else what comes before one of `ends`. */
static enum status take_word(struct reader *reader, const char *ends)
{
	enum status status = STATUS_DONE;

	reader->word.size = 0;
	reader->quoted = *reader->at == '"';
	if (reader->quoted) {
		status = take_quoted(reader);
	} else {
		const size_t size = strcspn(reader->at, ends);

		bytes_append(&reader->word, reader->at, size);
		reader->at += size;
	}
	bytes_append(&reader->word, "", 1);
	reader->word.size--;
	return status;
}

/* The word that is a text: inside brackets it ends where the next piece begins. */
static enum status take_text(struct reader *reader)
{
	if (reader->depth > 0)
		skip_blanks(reader);
	return take_word(reader, reader->depth > 0 ? ",]} \t\r\n" : "");
}

/* The word that is another value. */
static enum status take_value(struct reader *reader)
{
	if (reader->depth > 0)
		skip_blanks(reader);
	if (!is_character(reader->at))
		return take_text(reader);
	reader->word.size = 0;
	reader->quoted = false;
	bytes_append(&reader->word, reader->at, 3);
	bytes_append(&reader->word, "", 1);
	reader->at += 3;
	return STATUS_DONE;
}

/* ------------------------------------------------------------------------------------ numbers */

enum parsed { NO_NUMBER, NUMBER, LONG_NUMBER };

static enum parsed parse_number(const char *text, struct number *out)
{
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	const bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	char *end;

	if (is_character(text) && text[3] == '\0') {
		*out = (struct number){ false, (unsigned char)text[1] };
		return NUMBER;
	}
	if (hex ? !isxdigit((unsigned char)digits[2]) : !isdigit((unsigned char)digits[0]))
		return NO_NUMBER;
	errno = 0;
	out->magnitude = strtoull(digits, &end, hex ? 16 : 10);
	out->negative = text[0] == '-' && out->magnitude != 0;
	if (*end != '\0')
		return NO_NUMBER;
	return errno == 0 ? NUMBER : LONG_NUMBER;
}

static void type_text(const struct reader *reader, uint32_t type, uint32_t bits, char *text)
{
	if (type != 0)
		value_type_text(reader->literal->btf, type, text, NAME_BYTES);
	else
		snprintf(text, NAME_BYTES, "a number of %u bits", (unsigned)bits);
}

/* Which numbers a piece takes. */
struct range {
	uint32_t bits;
	bool negative, large; /* below 0; with the highest bit */
};

static enum status check_range(const struct reader *reader, const struct piece *piece,
			       const struct range *range, struct number *out)
{
	const uint64_t half = UINT64_C(1) << (range->bits - 1);
	const enum parsed parsed = parse_number(word(reader), out);
	char type[NAME_BYTES];

	type_text(reader, piece->type, range->bits, type);
	if (parsed == NO_NUMBER)
		return fail(reader,
			    "\"%s\" is no number; %s takes digits, 0x and hexadecimal digits, or a "
			    "character such as 'a'",
			    word(reader), type);
	if (parsed == NUMBER && (out->negative  ? range->negative && out->magnitude <= half
				 : range->large ? out->magnitude <= half - 1 + half
						: out->magnitude < half))
		return STATUS_DONE;
	return fail(reader, "%s does not fit %s (%u bits, %s%llu to %llu)", word(reader), type,
		    (unsigned)range->bits, range->negative ? "-" : "",
		    range->negative ? (unsigned long long)half : 0ULL,
		    range->large ? (unsigned long long)(half - 1 + half)
				 : (unsigned long long)(half - 1));
}

static uint64_t bits_of(const struct number *number)
{
	return number->negative ? -number->magnitude : number->magnitude;
}

/* The word as a number into a piece of that range. */
static enum status store_number(struct reader *reader, const struct piece *piece,
				const struct range *range)
{
	struct number number;
	const enum status status = check_range(reader, piece, range, &number);

	if (status == STATUS_DONE)
		value_set_bits(reader->bytes, piece->bit, range->bits, bits_of(&number));
	return status;
}

static enum status store_bool(struct reader *reader, const struct piece *piece, uint32_t bits)
{
	const bool yes = strcmp(word(reader), "true") == 0 || strcmp(word(reader), "1") == 0;
	const bool no = strcmp(word(reader), "false") == 0 || strcmp(word(reader), "0") == 0;

	if (!yes && !no)
		return fail(reader, "\"%s\" is neither true nor false", word(reader));
	value_set_bits(reader->bytes, piece->bit, bits, yes);
	return STATUS_DONE;
}

static enum status store_enum(struct reader *reader, const struct piece *piece, uint32_t id,
			      const struct range *range)
{
	const struct skep_btf *btf = reader->literal->btf;
	struct nearest nearest = { .wanted = word(reader) };
	char list[256], type[NAME_BYTES];
	struct skep_btf_member member;
	struct number number;

	for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
		if (strcmp(member.name, word(reader)) == 0) {
			value_set_bits(reader->bytes, piece->bit, range->bits,
				       (uint64_t)member.value);
			return STATUS_DONE;
		}
		nearest_offer(&nearest, member.name);
	}
	if (parse_number(word(reader), &number) != NO_NUMBER)
		return store_number(reader, piece, range);
	nearest_list(&nearest, list, sizeof(list));
	value_type_text(btf, id, type, sizeof(type));
	return fail(reader, "%s has no name \"%s\"; did you mean %s?", type, word(reader), list);
}

static enum status store_float(struct reader *reader, const struct piece *piece, uint32_t bits)
{
	const char *text = word(reader);
	char *end;
	const double real = strtod(text, &end);
	const float single = (float)real;
	uint32_t half;
	uint64_t whole;

	if (end == text || *end != '\0' || isspace((unsigned char)text[0]))
		return fail(reader, "\"%s\" is no number; write one such as 1.5 or -2e9", text);
	memcpy(&half, &single, sizeof(half));
	memcpy(&whole, &real, sizeof(whole));
	value_set_bits(reader->bytes, piece->bit, bits, bits == 32 ? half : whole);
	return STATUS_DONE;
}

/* ------------------------------------------------------------------------------- bytes and text */

/* Digits in pairs, with or without colons between the pairs, as all of `size` bytes. */
static bool parse_pairs(const char *digits, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const char pair[3] = { digits[0], digits[0] != '\0' ? digits[1] : '\0', '\0' };

		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
			return false;
		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
		digits += 2;
		digits += digits[0] == ':' && i + 1 < size;
	}
	return *digits == '\0';
}

static enum status store_hex(struct reader *reader, const struct piece *piece, size_t size,
			     const char *digits)
{
	const size_t bad = strspn(digits, "0123456789abcdefABCDEF:");

	if (digits[bad] != '\0')
		return fail(reader, "\"%c\" is no hexadecimal digit", digits[bad]);
	if (!parse_pairs(digits, reader->bytes + piece->bit / 8, size))
		return fail(reader, "it has %zu bytes, so write %zu digits after hex:", size,
			    size * 2);
	return STATUS_DONE;
}

static enum status store_text(struct reader *reader, const struct piece *piece, size_t size)
{
	/* Without a zero at the end only if that is meant. */
	if (reader->word.size > size || (reader->word.size == size && !reader->quoted))
		return fail(reader,
			    "the text has %zu characters and the array room for %zu characters "
			    "and a zero; text in double quotes may fill it",
			    reader->word.size, size > 0 ? size - 1 : 0);
	memcpy(reader->bytes + piece->bit / 8, reader->word.data, reader->word.size);
	return STATUS_DONE;
}

/* Types that are written as they stand on the wire. */
enum wire { WIRE_NONE, WIRE_NUMBER, WIRE_IPV4, WIRE_IPV6 };

static enum wire wire_of(const struct skep_btf *btf, uint32_t type, uint64_t size)
{
	struct skep_btf_type row;

	for (int depth = 0; depth < DEPTH_MAX && skep_btf_type(btf, type, &row) == 0; depth++) {
		if (size == 2 && strcmp(row.name, "__be16") == 0)
			return WIRE_NUMBER;
		if (size == 4 &&
		    (strcmp(row.name, "__be32") == 0 || strcmp(row.name, "in_addr") == 0))
			return WIRE_IPV4;
		if (size == 16 && strcmp(row.name, "in6_addr") == 0)
			return WIRE_IPV6;
		if (row.kind != SKEP_BTF_TYPEDEF && row.kind != SKEP_BTF_CONST &&
		    row.kind != SKEP_BTF_VOLATILE && row.kind != SKEP_BTF_TYPE_TAG)
			break;
		type = row.type;
	}
	return WIRE_NONE;
}

static enum status store_wire(struct reader *reader, const struct piece *piece, enum wire wire,
			      uint32_t size)
{
	const struct range range = { size * 8, false, true };
	uint8_t *bytes = reader->bytes + piece->bit / 8;
	struct number number;
	enum status status;

	if (wire == WIRE_IPV4 && inet_pton(AF_INET, word(reader), bytes) == 1)
		return STATUS_DONE;
	if (wire == WIRE_IPV6)
		return inet_pton(AF_INET6, word(reader), bytes) == 1
			       ? STATUS_DONE
			       : fail(reader, "\"%s\" is no IPv6 address such as 2001:db8::1",
				      word(reader));
	if (wire == WIRE_IPV4 && parse_number(word(reader), &number) == NO_NUMBER)
		return fail(reader, "\"%s\" is no IPv4 address such as 10.0.0.1, and no number",
			    word(reader));
	status = check_range(reader, piece, &range, &number);
	for (uint32_t i = 0; status == STATUS_DONE && i < size; i++)
		bytes[i] = (uint8_t)(number.magnitude >> 8 * (size - 1 - i));
	return status;
}

/* ---------------------------------------------------------------------- structures and arrays */

static bool is_unnamed_struct(const struct skep_btf *btf, const struct skep_btf_member *member)
{
	struct skep_btf_type type;

	return member->name[0] == '\0' &&
	       skep_btf_type(btf, skep_btf_resolve(btf, member->type), &type) == 0 &&
	       (type.kind == SKEP_BTF_STRUCT || type.kind == SKEP_BTF_UNION);
}

/* The member of that name, where it lies from `bit` on; members of unnamed structures and unions
 * belong to the one around them. */
static bool find_member(struct reader *reader, uint32_t id, uint64_t bit, int depth,
			struct piece *out)
{
	const struct skep_btf *btf = reader->literal->btf;
	struct skep_btf_member member;

	for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
		if (reader->budget == 0 || depth == DEPTH_MAX)
			return false;
		reader->budget--;
		if (is_unnamed_struct(btf, &member)) {
			if (find_member(reader, skep_btf_resolve(btf, member.type),
					bit + member.bit_offset, depth + 1, out))
				return true;
		} else if (strcmp(member.name, word(reader)) == 0) {
			*out = (struct piece){ member.type, bit + member.bit_offset,
					       member.bit_size };
			return true;
		}
	}
	return false;
}

/* "a, b, c": names of members, cut at MEMBERS_BYTES. */
static void list_members(struct reader *reader, uint32_t id, int depth, struct bytes *list)
{
	const struct skep_btf *btf = reader->literal->btf;
	struct skep_btf_member member;

	for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
		if (reader->budget == 0 || depth == DEPTH_MAX || list->size > MEMBERS_BYTES)
			return;
		reader->budget--;
		if (is_unnamed_struct(btf, &member)) {
			list_members(reader, skep_btf_resolve(btf, member.type), depth + 1, list);
			continue;
		}
		if (list->size > 0)
			bytes_append(list, ", ", 2);
		bytes_append(list, member.name, strlen(member.name));
	}
}

static enum status fail_members(struct reader *reader, const char *found, uint32_t id)
{
	struct bytes list = { 0 };
	char type[NAME_BYTES];
	enum status status;

	value_type_text(reader->literal->btf, id, type, sizeof(type));
	list_members(reader, id, 0, &list);
	bytes_append(&list, "", 1);
	status = fail(reader, "%s; the members of %s are %.*s%s", found, type, MEMBERS_BYTES,
		      list.size > 1 ? (const char *)list.data : "none",
		      list.size > MEMBERS_BYTES + 1 ? "..." : "");
	bytes_free(&list);
	return status;
}

/* Whether the word is among the names seen; if not, it is from now on. */
static bool seen_before(const struct reader *reader, struct bytes *names)
{
	const char *name;

	for (size_t at = 0; at < names->size; at += strlen(name) + 1) {
		name = (const char *)names->data + at;
		if (strcmp(name, word(reader)) == 0)
			return true;
	}
	bytes_append(names, word(reader), strlen(word(reader)) + 1);
	return false;
}

/* One NAME = VALUE. */
static enum status read_member(struct reader *reader, const struct piece *around, uint32_t id,
			       struct bytes *names)
{
	const size_t path_size = reader->path_size;
	char found[NAME_BYTES + 32];
	struct piece piece;
	enum status status;

	skip_blanks(reader);
	status = take_word(reader, "=:,{}[] \t\r\n");
	if (status != STATUS_DONE)
		return status;
	if (!find_member(reader, id, around->bit, 0, &piece)) {
		snprintf(found, sizeof(found), "\"%.*s\" is none of them", NAME_BYTES,
			 word(reader));
		return fail_members(reader, found, id);
	}
	if (seen_before(reader, names))
		return fail(reader, "member %s is given twice", word(reader));
	enter(reader, ".%s", word(reader));
	if (!take(reader, '=') && !take(reader, ':'))
		return fail(reader, "write = and a value after the member's name");
	status = read_piece(reader, &piece);
	reader->path_size = path_size;
	return status;
}

/* What comes after a piece inside of brackets: `*more` tells whether another piece does. */
static enum status read_separator(struct reader *reader, char bracket, bool *more)
{
	*more = take(reader, ',');
	if (*more || take(reader, bracket))
		return STATUS_DONE;
	skip_blanks(reader);
	return *reader->at != '\0'
		       ? fail(reader, "\"%s\" stands where , or %c must", reader->at, bracket)
		       : fail(reader, "%c is missing at the end", bracket);
}

/* It is no structure that was written. */
static enum status fail_struct(struct reader *reader, uint32_t id, size_t size)
{
	char advice[NAME_BYTES];

	snprintf(advice, sizeof(advice),
		 "write {NAME=VALUE, ...}, or hex: and the %zu digits of its %zu bytes in memory "
		 "order",
		 size * 2, size);
	return fail_members(reader, advice, id);
}

static enum status read_members(struct reader *reader, const struct piece *piece, uint32_t id,
				size_t size)
{
	struct bytes names = { 0 };
	enum status status = STATUS_DONE;
	bool more = true;

	if (!take(reader, '{'))
		return fail_struct(reader, id, size);
	reader->depth++;
	if (take(reader, '}'))
		more = false;
	while (status == STATUS_DONE && more) {
		status = read_member(reader, piece, id, &names);
		if (status == STATUS_DONE)
			status = read_separator(reader, '}', &more);
	}
	reader->depth--;
	bytes_free(&names);
	return status;
}

/* The elements of a list: those of `element`'s type, each `step` bytes after the one before. */
static enum status read_elements(struct reader *reader, const struct piece *element, uint64_t step,
				 uint64_t count)
{
	const size_t path_size = reader->path_size;
	enum status status = STATUS_DONE;
	bool more = !take(reader, ']');

	reader->depth++;
	for (uint64_t i = 0; status == STATUS_DONE && more; i++) {
		const struct piece piece = { element->type, element->bit + i * step * 8, 0 };

		if (i == count) {
			status = fail(reader, "the list is longer than %llu",
				      (unsigned long long)count);
			break;
		}
		enter(reader, "[%llu]", (unsigned long long)i);
		status = read_piece(reader, &piece);
		reader->path_size = path_size;
		if (status == STATUS_DONE)
			status = read_separator(reader, ']', &more);
	}
	reader->depth--;
	return status;
}

/* What an array's elements are, as far as it matters here. By the name, as value.h has it. */
enum element { ELEMENT_OTHER, ELEMENT_CHAR, ELEMENT_BYTE };

static enum element element_of(const struct skep_btf *btf, uint32_t type)
{
	struct skep_btf_type row;

	if (skep_btf_type(btf, skep_btf_resolve(btf, type), &row) != 0 ||
	    row.kind != SKEP_BTF_INT || row.size != 1 || row.is_bool)
		return ELEMENT_OTHER;
	return strcmp(row.name, "char") == 0 ? ELEMENT_CHAR : ELEMENT_BYTE;
}

static enum status read_array(struct reader *reader, const struct piece *piece,
			      const struct skep_btf_type *type, size_t size)
{
	const struct piece first = { type->type, piece->bit, 0 };
	const enum element element = element_of(reader->literal->btf, type->type);
	char text[NAME_BYTES];
	enum status status;

	if (take(reader, '['))
		return read_elements(reader, &first, type->count > 0 ? size / type->count : 0,
				     type->count);
	status = element == ELEMENT_CHAR ? take_text(reader) : take_value(reader);
	if (status != STATUS_DONE)
		return status;
	if (element == ELEMENT_CHAR)
		return store_text(reader, piece, size);
	if (element == ELEMENT_BYTE &&
	    parse_pairs(word(reader), reader->bytes + piece->bit / 8, size))
		return STATUS_DONE;
	value_type_text(reader->literal->btf, piece->type, text, sizeof(text));
	return fail(reader,
		    "\"%s\" is no %s; write [VALUE, ...], or hex: and the %zu digits of its %zu "
		    "bytes in memory order",
		    word(reader), text, size * 2, size);
}

/* -------------------------------------------------------------------------------- any piece */

static bool is_number_size(uint64_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

/* Memory of no known type. */
static enum status read_untyped(struct reader *reader, const struct piece *piece, size_t size)
{
	const struct range range = { (uint32_t)size * 8, true, true };
	const enum status status = take_value(reader);

	if (status != STATUS_DONE)
		return status;
	/* In JSON that skep writes, bytes of no type are a string of digits. */
	if (reader->quoted)
		return store_hex(reader, piece, size, word(reader));
	if (is_number_size(size))
		return store_number(reader, piece, &range);
	return fail(reader,
		    "its type is not known; write hex: and the %zu digits of its %zu bytes in "
		    "memory order",
		    size * 2, size);
}

static enum status read_scalar(struct reader *reader, const struct piece *piece, uint32_t id,
			       const struct skep_btf_type *type, uint64_t size)
{
	const struct range range = { piece->bits != 0 ? piece->bits : (uint32_t)size * 8,
				     type->is_signed, !type->is_signed };
	const enum status status = take_value(reader);

	if (status != STATUS_DONE)
		return status;
	switch (type->kind) {
	case SKEP_BTF_INT:
		if (type->is_bool)
			return store_bool(reader, piece, range.bits);
		return store_number(reader, piece, &range);
	case SKEP_BTF_PTR: return store_number(reader, piece, &range);
	case SKEP_BTF_FLOAT:
		if (size == 4 || size == 8)
			return store_float(reader, piece, range.bits);
		break;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: return store_enum(reader, piece, id, &range);
	default: break;
	}
	return fail(reader, "values of this type cannot be written; write hex: and all bytes");
}

/* A piece of a type that is known and lies inside the value. */
static enum status read_typed(struct reader *reader, const struct piece *piece, uint64_t size)
{
	const struct skep_btf *btf = reader->literal->btf;
	const uint32_t id = skep_btf_resolve(btf, piece->type);
	const char *next = reader->at + strspn(reader->at, BLANKS);
	const enum wire wire = piece->bits == 0 ? wire_of(btf, piece->type, size) : WIRE_NONE;
	struct skep_btf_type type;
	enum status status;

	if (skep_btf_type(btf, id, &type) != 0)
		return read_untyped(reader, piece, size);
	if (wire != WIRE_NONE && *next != '{') {
		status = take_value(reader);
		return status == STATUS_DONE ? store_wire(reader, piece, wire, (uint32_t)size)
					     : status;
	}
	switch (type.kind) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION: return read_members(reader, piece, id, (size_t)size);
	case SKEP_BTF_ARRAY: return read_array(reader, piece, &type, (size_t)size);
	case SKEP_BTF_DATASEC:
		return fail(reader,
			    "it is a data section; its variables are set with --set, or write "
			    "hex: and all bytes");
	default: break;
	}
	/* Wider integers are digits, as in JSON that skep writes. */
	if (!is_number_size(size)) {
		status = take_value(reader);
		return status == STATUS_DONE ? store_hex(reader, piece, size, word(reader))
					     : status;
	}
	return read_scalar(reader, piece, id, &type, size);
}

static enum status read_hex(struct reader *reader, const struct piece *piece, size_t size)
{
	enum status status;

	reader->at += strlen(HEX);
	status = take_value(reader);
	return status == STATUS_DONE ? store_hex(reader, piece, size, word(reader)) : status;
}

/* Whether all bytes are written out in digits. */
static bool is_hex(const struct reader *reader)
{
	return strncmp(reader->at, HEX, strlen(HEX)) == 0;
}

static enum status read_piece(struct reader *reader, const struct piece *piece)
{
	uint64_t size = reader->value_size, bits;

	if (reader->depth > DEPTH_MAX)
		return fail(reader, "it is nested too deeply; write hex: and all bytes");
	if (piece->type != 0 && skep_btf_size(reader->literal->btf, piece->type, &size) != 0)
		return fail(reader, "its type has no size; write hex: and all bytes");
	bits = piece->bits != 0 ? piece->bits : size * 8;
	if (size > reader->value_size || piece->bits > 64 ||
	    (piece->bit + bits + 7) / 8 > reader->size)
		return fail(reader,
			    "its type does not lie within %zu bytes, as it must; write "
			    "hex: and all bytes",
			    reader->value_size);
	if (reader->depth > 0)
		skip_blanks(reader);
	/* Another member of the same union may have been written. */
	if (piece->bits == 0)
		memset(reader->bytes + piece->bit / 8, 0, size);
	if (piece->bits == 0 && is_hex(reader))
		return read_hex(reader, piece, (size_t)size);
	return piece->type != 0 ? read_typed(reader, piece, size)
				: read_untyped(reader, piece, (size_t)size);
}

static enum status finish(struct reader *reader, enum status status)
{
	if (status == STATUS_DONE) {
		skip_blanks(reader);
		if (*reader->at != '\0')
			status = fail(reader, "\"%s\" stands after the end of the value",
				      reader->at);
	}
	bytes_free(&reader->word);
	return status;
}

enum status literal_read(const struct literal *literal, void *bytes, size_t size)
{
	const struct piece piece = { literal->btf != NULL ? literal->type : 0, literal->bit_offset,
				     literal->bit_size };
	struct reader reader = { .literal = literal,
				 .bytes = bytes,
				 .size = size,
				 .value_size = size,
				 .at = literal->text,
				 .budget = BUDGET };

	/* All bytes there are, whatever the type says. */
	return finish(&reader, is_hex(&reader) && piece.bit == 0 && piece.bits == 0
				       ? read_hex(&reader, &piece, size)
				       : read_piece(&reader, &piece));
}

enum status literal_read_list(const struct literal *literal, void *bytes, size_t size, size_t step,
			      size_t count)
{
	const struct piece first = { literal->btf != NULL ? literal->type : 0, 0, 0 };
	struct reader reader = { .literal = literal,
				 .bytes = bytes,
				 .size = step * count,
				 .value_size = size,
				 .at = literal->text,
				 .budget = BUDGET };

	return finish(&reader, take(&reader, '[')
				       ? read_elements(&reader, &first, step, count)
				       : fail(&reader,
					      "write a list of a value for each cpu: [VALUE, ...], "
					      "at most %zu",
					      count));
}

const char *literal_end(const char *text, char mark)
{
	const char *at = text + strspn(text, BLANKS);
	size_t depth = 0;
	bool quoted = false;

	if (*at != '{' && *at != '[' && *at != '"' && *at != '\'')
		return strchr(text, mark);
	for (; *at != '\0'; at++) {
		if (quoted) {
			if (*at == '\\' && at[1] != '\0')
				at++;
			else if (*at == '"')
				quoted = false;
		} else if (*at == '"') {
			quoted = true;
		} else if (at[0] == '\'' && at[1] != '\0' && at[2] == '\'') {
			at += 2;
		} else if (*at == '{' || *at == '[') {
			depth++;
		} else if ((*at == '}' || *at == ']') && depth > 0) {
			depth--;
		} else if (*at == mark && depth == 0) {
			return at;
		}
	}
	return NULL;
}
