/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literals: values as people write them on the command line, turned into bytes as their BTF type
 * says. What value.h writes is read back, as JSON or as plain text.
 *
 * Integers, pointers: decimal or 0x, with a sign where the type has one, or a character in quotes.
 * __be16, __be32, in_addr: a number as it stands on the wire, and for the latter two an address
 * such as 10.0.0.1; in6_addr: an address. bool: true, false, 1, 0. Enumerations: a name or a
 * number. Floating point as in C. Arrays of char: text, in double quotes (with C's and JSON's
 * escapes) inside of something else. Arrays of bytes: hexadecimal digits, in pairs with colons if
 * one likes. Any array: [1, 2], the rest is zero. Structures and unions: {a = 1, b = 2}, with = or
 * :, members not named are zero. Anything: hex: and all bytes in memory order. Where no type is
 * known, numbers of 1, 2, 4 or 8 bytes of either sign.
 */
#ifndef SKEP_CLI_LITERAL_H
#define SKEP_CLI_LITERAL_H

#include "message.h"
#include "skep.h"

struct literal {
	const char *where; /* sentences begin with it: "--set " or "--entry rules: " */
	const char *name;  /* then what the literal is for: "tiny" or "key" */
	const char *text;
	const struct skep_btf *btf; /* NULL: no types */
	uint32_t type;              /* 0: not known */
	uint64_t bit_offset;        /* of the value in the bytes, of which there may be more */
	uint32_t bit_size;          /* of a bit-field, else 0 */
};

/* Writes the value in the host's byte order over `bytes`, which are zeroes before but for a
 * bit-field's neighbours. STATUS_BAD,
 * reported: not a value of that type. */
enum status literal_read(const struct literal *literal, void *bytes, size_t size);

/* The same for a list, [VALUE, VALUE], of at most `count` values, each of which has `size` bytes
 * and begins `step` bytes after the one before. */
enum status literal_read_list(const struct literal *literal, void *bytes, size_t size, size_t step,
			      size_t count);

/* Where the literal at the start of `text` ends that is followed by `mark` if it is followed by
 * anything: inside brackets and quotes the mark does not count. NULL: there is no mark. */
const char *literal_end(const char *text, char mark);

#endif
