/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structured output in one of two styles: JSON (RFC 8259, compact), or plain text for people, which
 * looks like C: {src: 10.0.0.1, state: OPEN, name: "eth0"}. Everything that is opened is closed
 * before the writer is done; then all of it is on the stream.
 */
#ifndef SKEP_CLI_WRITER_H
#define SKEP_CLI_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

/* JSON that is not on the stream yet. */
struct writer_tree {
	struct json_object *outermost, *innermost; /* of the containers that are open */
	struct json_object *key;                   /* of the value that comes next */
	size_t depth, size;                        /* size: about as many bytes in memory */
};

/* `file` and `plain` are set by whoever wants to write, the rest begins as zeroes. */
struct writer {
	FILE *file;
	bool plain;
	bool follows; /* a value stands before: the next one needs a comma */
	struct writer_tree tree;
};

void writer_open_object(struct writer *writer);
void writer_close_object(struct writer *writer);
void writer_open_list(struct writer *writer);
void writer_close_list(struct writer *writer);

/* The name of the member whose value comes next. */
void writer_key(struct writer *writer, const char *name);

/* Integers are written with all their digits, also above 2^53. */
void writer_unsigned(struct writer *writer, uint64_t value);
void writer_signed(struct writer *writer, int64_t value);
/* With that many decimals, or (-1) as many as it takes to read the same number back. */
void writer_real(struct writer *writer, double value, int decimals);
void writer_bool(struct writer *writer, bool value);
void writer_null(struct writer *writer);

/* A string; bytes that are not UTF-8 are written as the code points of the same number. NULL: null.
 */
void writer_string(struct writer *writer, const char *text);
void writer_string_sized(struct writer *writer, const char *text, size_t size);

/* A word such as an enumerator: a string in JSON, without quotes in plain text. */
void writer_word(struct writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Bytes as a string of hexadecimal digits. */
void writer_hex(struct writer *writer, const void *bytes, size_t size);

/* Name and value in one. */
void writer_member_unsigned(struct writer *writer, const char *name, uint64_t value);
void writer_member_string(struct writer *writer, const char *name, const char *text);

/* Length of the UTF-8 sequence at the start of `text` (1 to 4), or 0 if it is none. */
size_t utf8_length(const unsigned char *text, size_t size);

#endif
