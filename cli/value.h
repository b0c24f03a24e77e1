/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of maps, variables and ring-buffer records, written as their BTF type says.
 *
 * JSON: integers are numbers; bool is true or false; an enumeration is its enumerator's name, or a
 * number if none has that value; an array of char is a string up to its trailing zeroes if it is
 * UTF-8, else a list of numbers; structures, unions and data sections are objects, with the members
 * of unnamed ones among those of the outer one; pointers, integers above 64 bits and what has no
 * type are strings of hexadecimal digits.
 * Plain text is the same but for types whose names say what they hold: __be16, __be32 and in_addr
 * (as an IPv4 address) and in6_addr; arrays of bytes are hexadecimal digits.
 */
#ifndef SKEP_CLI_VALUE_H
#define SKEP_CLI_VALUE_H

#include "skep.h"
#include "writer.h"

/* Writes `size` bytes in the host's byte order as type `type`; `btf` NULL or `type` 0: not known.
 */
void value_write(struct writer *writer, const struct skep_btf *btf, uint32_t type,
		 const void *bytes, size_t size);

/* A piece of a value that has a column of its own in a table. */
struct value_column {
	const char *name;
	uint32_t type; /* 0: bytes */
	uint32_t bit_offset;
	uint32_t bit_size; /* other than 0: a bit-field */
	bool number;       /* stands right */
};

enum { VALUE_COLUMNS_MAX = 12 };

/* The columns of a type: one for each member of a structure if these are few, else one named
 * `name`. Returns how many. */
size_t value_columns(const struct skep_btf *btf, uint32_t type, const char *name,
		     struct value_column columns[VALUE_COLUMNS_MAX]);

/* Writes the part of a value that is in `column`. */
void value_write_column(struct writer *writer, const struct skep_btf *btf,
			const struct value_column *column, const void *bytes, size_t size);

/* Bits [offset, offset + count) of memory as a number in the host's order; count is 1 to 64. */
uint64_t value_bits(const uint8_t *bytes, uint32_t offset, uint32_t count);

/* The other way: puts the lowest `count` bits of a number there. */
void value_set_bits(uint8_t *bytes, uint64_t offset, uint32_t count, uint64_t value);

/* A type's name as in C, such as "struct flow" or "unsigned char[6]", cut to `size`. */
void value_type_text(const struct skep_btf *btf, uint32_t type, char *text, size_t size);

/* The id of the structure of that name, or 0. */
uint32_t value_struct_by_name(const struct skep_btf *btf, const char *name);

/* What records of the ring buffer `map_name` seem to be: the id of the structure named like it, or
 * like it without a last "s"; 0: there is none. `btf` may be NULL. */
uint32_t value_event_type(const struct skep_btf *btf, const char *map_name);

#endif
