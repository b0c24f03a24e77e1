/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over a type, with the bytes beside it. Types come from strangers' files: every piece must
 * lie inside the bytes given, nesting is bounded by DEPTH_MAX and all the work by a budget that
 * grows with the size of the value, beyond which "..." is written. So structures that contain
 * themselves and arrays of billions of nothing end soon.
 */
#include "value.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum {
	DEPTH_MAX = 32,
	BUDGET_PER_BYTE = 16,
	BUDGET_LEAST = 4096,
};

struct walk {
	struct writer *writer;
	const struct skep_btf *btf;
	const uint8_t *bytes;
	size_t size;
	uint64_t budget; /* pieces that may still be written */
};

static void write_type(struct walk *walk, uint32_t id, uint64_t offset, unsigned depth);

/* BTF counts bits as the machine lays out bit-fields: from the least significant bit on
 * little-endian machines, from the most significant on the others. */
static bool is_little_endian(void)
{
	static const uint16_t probe = 1;

	return *(const uint8_t *)&probe == 1;
}

uint64_t value_bits(const uint8_t *bytes, uint32_t offset, uint32_t count)
{
	const bool little = is_little_endian();
	uint64_t value = 0;

	for (uint32_t i = 0; i < count; i++) {
		const uint32_t at = offset + i;

		if (little)
			value |= (uint64_t)(bytes[at / 8] >> at % 8 & 1) << i;
		else
			value = value << 1 | (bytes[at / 8] >> (7 - at % 8) & 1);
	}
	return value;
}

void value_set_bits(uint8_t *bytes, uint64_t offset, uint32_t count, uint64_t value)
{
	const bool little = is_little_endian();

	for (uint32_t i = 0; i < count; i++) {
		const uint64_t at = offset + i;
		const uint8_t mask = (uint8_t)(little ? 1u << at % 8 : 0x80u >> at % 8);
		const bool set = (value >> (little ? i : count - 1 - i) & 1) != 0;

		bytes[at / 8] = (uint8_t)(set ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
	}
}

static int64_t sign_extend(uint64_t value, uint32_t bits)
{
	if (bits < 64 && (value >> (bits - 1) & 1) != 0)
		value |= ~UINT64_C(0) << bits;
	return (int64_t)value;
}

static bool inside(const struct walk *walk, uint64_t offset, uint64_t size)
{
	return offset <= walk->size && size <= walk->size - offset;
}

static uint64_t read_number(const struct walk *walk, uint64_t offset, uint32_t size)
{
	const uint8_t *bytes = walk->bytes + offset;
	uint16_t half;
	uint32_t word;
	uint64_t dword;

	switch (size) {
	case 1: return bytes[0];
	case 2: return memcpy(&half, bytes, sizeof(half)), half;
	case 4: return memcpy(&word, bytes, sizeof(word)), word;
	default: return memcpy(&dword, bytes, sizeof(dword)), dword;
	}
}

static void write_enum(struct walk *walk, uint32_t id, const struct skep_btf_type *type,
		       uint64_t value, uint32_t bits)
{
	const int64_t number = type->is_signed ? sign_extend(value, bits) : (int64_t)value;
	struct skep_btf_member member;

	for (uint32_t i = 0; skep_btf_member(walk->btf, id, i, &member) == 0; i++) {
		if (member.value == number) {
			writer_word(walk->writer, "%s", member.name);
			return;
		}
	}
	if (type->is_signed)
		writer_signed(walk->writer, number);
	else
		writer_unsigned(walk->writer, value);
}

/* An integer, enumeration or bit-field whose bits have been read. */
static void write_scalar(struct walk *walk, uint32_t id, uint64_t value, uint32_t bits)
{
	const uint32_t resolved = skep_btf_resolve(walk->btf, id);
	struct skep_btf_type type;

	if (skep_btf_type(walk->btf, resolved, &type) != 0)
		writer_unsigned(walk->writer, value);
	else if (type.kind == SKEP_BTF_ENUM || type.kind == SKEP_BTF_ENUM64)
		write_enum(walk, resolved, &type, value, bits);
	else if (type.is_bool && value <= 1)
		writer_bool(walk->writer, value == 1);
	else if (type.is_signed)
		writer_signed(walk->writer, sign_extend(value, bits));
	else
		writer_unsigned(walk->writer, value);
}

static bool is_char(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	/* By the name: clang does not set the encoding bit for char, gcc sets it for bytes too. */
	return skep_btf_type(btf, skep_btf_resolve(btf, id), &type) == 0 &&
	       type.kind == SKEP_BTF_INT && type.size == 1 && strcmp(type.name, "char") == 0;
}

static bool is_byte(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	return skep_btf_type(btf, skep_btf_resolve(btf, id), &type) == 0 &&
	       type.kind == SKEP_BTF_INT && type.size == 1 && !type.is_bool;
}

/* True if it was text and has been written. */
static bool write_text(struct walk *walk, uint64_t offset, uint64_t count)
{
	const unsigned char *text = walk->bytes + offset;
	uint64_t at = 0;

	while (count > 0 && text[count - 1] == 0)
		count--;
	while (at < count) {
		const size_t length = utf8_length(text + at, (size_t)(count - at));

		if (length == 0 || text[at] == 0)
			return false;
		at += length;
	}
	writer_string_sized(walk->writer, (const char *)text, (size_t)count);
	return true;
}

static void write_array(struct walk *walk, const struct skep_btf_type *type, uint64_t offset,
			unsigned depth)
{
	uint64_t element;

	if (skep_btf_size(walk->btf, type->type, &element) != 0 ||
	    (element != 0 && type->count > (walk->size - offset) / element)) {
		writer_word(walk->writer, "?");
		return;
	}
	if (is_char(walk->btf, type->type) && write_text(walk, offset, type->count))
		return;
	if (walk->writer->plain && is_byte(walk->btf, type->type)) {
		writer_hex(walk->writer, walk->bytes + offset, type->count);
		return;
	}
	writer_open_list(walk->writer);
	/* The last piece that the budget allows writes "...". */
	for (uint32_t i = 0; i < type->count; i++) {
		const bool last = walk->budget == 0;

		write_type(walk, type->type, offset + i * element, depth + 1);
		if (last)
			break;
	}
	writer_close_list(walk->writer);
}

static bool is_unnamed_struct(const struct skep_btf *btf, const struct skep_btf_member *member)
{
	struct skep_btf_type type;

	return member->name[0] == '\0' &&
	       skep_btf_type(btf, skep_btf_resolve(btf, member->type), &type) == 0 &&
	       (type.kind == SKEP_BTF_STRUCT || type.kind == SKEP_BTF_UNION);
}

static void write_member(struct walk *walk, uint32_t id, uint64_t bit_offset, uint32_t bit_size,
			 unsigned depth)
{
	if (bit_size == 0) {
		write_type(walk, id, bit_offset / 8, depth);
		return;
	}
	if (bit_size > 64 || !inside(walk, 0, (bit_offset + bit_size + 7) / 8)) {
		writer_word(walk->writer, "?");
		return;
	}
	write_scalar(walk, id, value_bits(walk->bytes + bit_offset / 8, bit_offset % 8, bit_size),
		     bit_size);
}

/* The members of a structure, union or data section, inside an object that is open. */
static void write_members(struct walk *walk, uint32_t id, uint64_t offset, unsigned depth)
{
	struct skep_btf_member member;
	struct skep_btf_type type;

	if (depth > DEPTH_MAX || skep_btf_type(walk->btf, id, &type) != 0)
		return;
	for (uint32_t i = 0; skep_btf_member(walk->btf, id, i, &member) == 0; i++) {
		struct skep_btf_type variable;
		uint32_t bit_size = member.bit_size;

		if (walk->budget == 0)
			return;
		walk->budget--;
		if (is_unnamed_struct(walk->btf, &member)) {
			write_members(walk, skep_btf_resolve(walk->btf, member.type),
				      offset + member.bit_offset / 8, depth + 1);
			continue;
		}
		/* A data section's members are variables, whose names stand one step further. */
		if (type.kind == SKEP_BTF_DATASEC) {
			if (skep_btf_type(walk->btf, member.type, &variable) != 0)
				continue;
			member.type = variable.type;
			member.name = variable.name;
			bit_size = 0;
		}
		writer_key(walk->writer, member.name);
		write_member(walk, member.type, offset * 8 + member.bit_offset, bit_size,
			     depth + 1);
	}
}

/* Types whose names tell people more than their bits; false if this is none. */
static bool write_named(struct walk *walk, const struct skep_btf_type *type, uint64_t offset)
{
	const uint8_t *bytes = walk->bytes + offset;
	char text[INET6_ADDRSTRLEN];

	if (strcmp(type->name, "__be16") == 0 && inside(walk, offset, 2))
		writer_unsigned(walk->writer, (uint64_t)bytes[0] << 8 | bytes[1]);
	else if ((strcmp(type->name, "__be32") == 0 || strcmp(type->name, "in_addr") == 0) &&
		 inside(walk, offset, 4))
		writer_word(walk->writer, "%s", inet_ntop(AF_INET, bytes, text, sizeof(text)));
	else if (strcmp(type->name, "in6_addr") == 0 && inside(walk, offset, 16))
		writer_word(walk->writer, "%s", inet_ntop(AF_INET6, bytes, text, sizeof(text)));
	else
		return false;
	return true;
}

static void write_float(struct walk *walk, uint32_t size, uint64_t offset)
{
	float single;
	double real;

	if (size == sizeof(single)) {
		memcpy(&single, walk->bytes + offset, sizeof(single));
		writer_real(walk->writer, (double)single, -1);
	} else if (size == sizeof(real)) {
		memcpy(&real, walk->bytes + offset, sizeof(real));
		writer_real(walk->writer, real, -1);
	} else {
		writer_hex(walk->writer, walk->bytes + offset, size);
	}
}

/* What is not made of other pieces. */
static void write_leaf(struct walk *walk, uint32_t id, const struct skep_btf_type *type,
		       uint64_t offset)
{
	uint64_t size;

	if (skep_btf_size(walk->btf, id, &size) != 0 || !inside(walk, offset, size)) {
		writer_word(walk->writer, "?");
		return;
	}
	if (type->kind == SKEP_BTF_FLOAT)
		write_float(walk, type->size, offset);
	else if (size != 1 && size != 2 && size != 4 && size != 8)
		writer_hex(walk->writer, walk->bytes + offset, (size_t)size);
	else if (type->kind == SKEP_BTF_PTR)
		writer_word(walk->writer, "0x%llx",
			    (unsigned long long)read_number(walk, offset, (uint32_t)size));
	else
		write_scalar(walk, id, read_number(walk, offset, (uint32_t)size),
			     (uint32_t)size * 8);
}

static void write_type(struct walk *walk, uint32_t id, uint64_t offset, unsigned depth)
{
	struct skep_btf_type type;

	if (depth > DEPTH_MAX || walk->budget == 0 || skep_btf_type(walk->btf, id, &type) != 0 ||
	    !inside(walk, offset, 0)) {
		writer_word(walk->writer, "...");
		return;
	}
	walk->budget--;
	if (walk->writer->plain && write_named(walk, &type, offset))
		return;
	switch (type.kind) {
	case SKEP_BTF_TYPEDEF:
	case SKEP_BTF_VOLATILE:
	case SKEP_BTF_CONST:
	case SKEP_BTF_RESTRICT:
	case SKEP_BTF_TYPE_TAG:
	case SKEP_BTF_VAR: write_type(walk, type.type, offset, depth + 1); break;
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
	case SKEP_BTF_DATASEC:
		writer_open_object(walk->writer);
		write_members(walk, id, offset, depth);
		writer_close_object(walk->writer);
		break;
	case SKEP_BTF_ARRAY: write_array(walk, &type, offset, depth); break;
	default: write_leaf(walk, id, &type, offset); break;
	}
}

static struct walk begin(struct writer *writer, const struct skep_btf *btf, const void *bytes,
			 size_t size)
{
	return (struct walk){ writer, btf, bytes, size,
			      BUDGET_LEAST + (uint64_t)size * BUDGET_PER_BYTE };
}

void value_write(struct writer *writer, const struct skep_btf *btf, uint32_t type,
		 const void *bytes, size_t size)
{
	struct walk walk = begin(writer, btf, bytes, size);

	if (btf == NULL || type == 0)
		writer_hex(writer, bytes, size);
	else
		write_type(&walk, type, 0, 0);
}

static bool is_number(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	return skep_btf_type(btf, skep_btf_resolve(btf, id), &type) == 0 &&
	       type.kind == SKEP_BTF_INT && !type.is_bool;
}

/* Adds the columns of a structure's members to `*count`, of unnamed structures and unions in their
 * place. False: there are too many, or none. */
static bool add_columns(const struct skep_btf *btf, uint32_t id, uint32_t bit_offset,
			struct value_column *columns, size_t *count, int depth)
{
	struct skep_btf_member member;
	uint32_t i;

	for (i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
		const uint32_t at = bit_offset + member.bit_offset;

		if (depth == DEPTH_MAX || *count == VALUE_COLUMNS_MAX)
			return false;
		if (is_unnamed_struct(btf, &member)) {
			if (!add_columns(btf, skep_btf_resolve(btf, member.type), at, columns,
					 count, depth + 1))
				return false;
			continue;
		}
		columns[(*count)++] =
			(struct value_column){ member.name, member.type, at, member.bit_size,
					       is_number(btf, member.type) };
	}
	return i > 0;
}

size_t value_columns(const struct skep_btf *btf, uint32_t type, const char *name,
		     struct value_column columns[VALUE_COLUMNS_MAX])
{
	const uint32_t id = btf != NULL && type != 0 ? skep_btf_resolve(btf, type) : 0;
	struct skep_btf_type resolved;
	size_t count = 0;

	if (id != 0 && skep_btf_type(btf, id, &resolved) == 0 && resolved.kind == SKEP_BTF_STRUCT &&
	    strcmp(resolved.name, "in6_addr") != 0 && strcmp(resolved.name, "in_addr") != 0 &&
	    add_columns(btf, id, 0, columns, &count, 0))
		return count;
	columns[0] = (struct value_column){ .name = name, .type = id != 0 ? type : 0 };
	columns[0].number = id != 0 && is_number(btf, type);
	return 1;
}

void value_write_column(struct writer *writer, const struct skep_btf *btf,
			const struct value_column *column, const void *bytes, size_t size)
{
	struct walk walk = begin(writer, btf, bytes, size);

	if (column->type == 0)
		writer_hex(writer, bytes, size);
	else
		write_member(&walk, column->type, column->bit_offset, column->bit_size, 0);
}

void value_type_text(const struct skep_btf *btf, uint32_t type, char *text, size_t size)
{
	const char *before = "", *after = "";
	char counts[64] = "";
	size_t used = 0;
	struct skep_btf_type row;

	/* Arrays and modifiers stand around the name that is looked for. */
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (btf == NULL || type == 0 || skep_btf_type(btf, type, &row) != 0) {
			snprintf(text, size, "%s%s", *after != '\0' ? "void" : "", after);
			return;
		}
		if (row.kind == SKEP_BTF_ARRAY && used < sizeof(counts))
			used += (size_t)snprintf(counts + used, sizeof(counts) - used, "[%u]",
						 (unsigned)row.count);
		else if (row.kind == SKEP_BTF_PTR && *after == '\0')
			after = " *";
		else if (row.kind != SKEP_BTF_CONST && row.kind != SKEP_BTF_VOLATILE &&
			 row.kind != SKEP_BTF_RESTRICT && row.kind != SKEP_BTF_TYPE_TAG)
			break;
		type = row.type;
	}
	if (row.kind == SKEP_BTF_STRUCT || row.kind == SKEP_BTF_FWD)
		before = "struct ";
	else if (row.kind == SKEP_BTF_UNION)
		before = "union ";
	else if (row.kind == SKEP_BTF_ENUM || row.kind == SKEP_BTF_ENUM64)
		before = "enum ";
	snprintf(text, size, "%s%s%s%s", before, row.name[0] != '\0' ? row.name : "(unnamed)",
		 after, counts);
}

uint32_t value_struct_by_name(const struct skep_btf *btf, const char *name)
{
	return btf != NULL ? skep_btf_find(btf, SKEP_BTF_STRUCT, name) : 0;
}

uint32_t value_event_type(const struct skep_btf *btf, const char *map_name)
{
	const size_t size = strlen(map_name);
	uint32_t id = value_struct_by_name(btf, map_name);
	char *name;

	if (id != 0 || size < 2 || map_name[size - 1] != 's')
		return id;
	name = duplicate(map_name);
	name[size - 1] = '\0';
	id = value_struct_by_name(btf, name);
	free(name);
	return id;
}
