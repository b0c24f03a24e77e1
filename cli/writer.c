/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values go in, in the order in which they are to stand; JSON or plain text comes out on a stream.
 *
 * JSON is built and written by json-c: open containers grow as one tree, which is written when the
 * outermost of them is closed. A tree that has grown to TREE_BYTES is written as far as it has come
 * and given back, and what is still open goes on behind it: a value or a container at a time. So
 * most documents are one tree, and a map of a million entries needs no more memory than a small
 * one.
 */
#include "writer.h"

#include <errno.h>
#include <json-c/json_object.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "message.h"

enum {
	TREE_BYTES = 16384,
	VALUE_BYTES = 64,         /* what any value adds to a tree, besides its text */
	TEXT_BYTES = INT_MAX / 8, /* json-c counts in int, and an escaped byte takes six */
	REAL_BYTES = 384,         /* of the largest double with its decimals */
};

size_t utf8_length(const unsigned char *text, size_t size)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (size_t length = 1; length <= 4 && length <= size; length++) {
		uint32_t point = text[0] & (uint32_t)~forms[length - 1].mask;

		if ((text[0] & forms[length - 1].mask) != forms[length - 1].lead)
			continue;
		for (size_t i = 1; i < length; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (text[i] & 0x3f);
		}
		/* Overlong forms, surrogates and what lies past the last plane are not UTF-8. */
		return point < forms[length - 1].least || point > 0x10ffff ||
				       (point >= 0xd800 && point <= 0xdfff)
			       ? 0
			       : length;
	}
	return 0;
}

/* What goes before every value and every key on the stream. */
static void separate(struct writer *writer)
{
	if (writer->follows)
		fputs(writer->plain ? ", " : ",", writer->file);
	writer->follows = true;
}

static void open_bracket(struct writer *writer, char bracket)
{
	separate(writer);
	fputc(bracket, writer->file);
	writer->follows = false;
}

static void close_bracket(struct writer *writer, char bracket)
{
	fputc(bracket, writer->file);
	writer->follows = true;
}

static _Noreturn void end_out_of_memory(void)
{
	complain("out of memory for JSON; try without --json");
	exit(STATUS_BAD);
}

static struct json_object *made(struct json_object *object)
{
	if (object == NULL)
		end_out_of_memory();
	return object;
}

/* The text of a tree, which owns it. */
static const char *serialise(struct json_object *tree, size_t *size)
{
	const char *text = NULL;

	/* When json-c's buffer cannot grow, text is missing and only errno tells. Some allocations
	 * that succeed leave ENOMEM as well; a second attempt then needs none. */
	for (int attempt = 0; attempt < 2; attempt++) {
		errno = 0;
		text = json_object_to_json_string_length(
			tree, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, size);
		if (text != NULL && errno != ENOMEM)
			return text;
	}
	end_out_of_memory();
}

/* Writes a tree without the last `open` brackets, those of containers that go on, and frees it. */
static void write_tree(struct writer *writer, struct json_object *tree, size_t open)
{
	size_t size;
	const char *text = serialise(tree, &size);

	separate(writer);
	fwrite(text, 1, size - open, writer->file);
	json_object_put(tree);
}

/* Puts a value into the innermost container, which owns it from then on. */
static void add(struct writer *writer, struct json_object *value, size_t size)
{
	struct writer_tree *tree = &writer->tree;
	int err;

	if (tree->key == NULL) {
		err = json_object_array_add(tree->innermost, value);
	} else {
		/* "New": members of the same name all stay, as those of two files' static
		 * variables. */
		err = json_object_object_add_ex(tree->innermost, json_object_get_string(tree->key),
						value, JSON_C_OBJECT_ADD_KEY_IS_NEW);
		json_object_put(tree->key);
		tree->key = NULL;
	}
	if (err != 0)
		end_out_of_memory();
	tree->size += VALUE_BYTES + size;
}

/* To be called when the innermost container has got a whole value. */
static void spill_if_large(struct writer *writer)
{
	if (writer->tree.size < TREE_BYTES)
		return;
	write_tree(writer, writer->tree.outermost, writer->tree.depth);
	writer->tree = (struct writer_tree){ .outermost = NULL };
}

/* A value that is no container; `size` of its text. NULL is JSON's null. */
static void put_value(struct writer *writer, struct json_object *value, size_t size)
{
	if (writer->tree.depth == 0) {
		write_tree(writer, value, 0);
		return;
	}
	add(writer, value, size);
	spill_if_large(writer);
}

static void open_container(struct writer *writer, struct json_object *container)
{
	struct writer_tree *tree = &writer->tree;

	if (tree->depth == 0)
		tree->outermost = container;
	else
		add(writer, container, 0);
	/* While a container is open, its user data is the container around it. */
	json_object_set_userdata(container, tree->innermost, NULL);
	tree->innermost = container;
	tree->depth++;
}

static void close_container(struct writer *writer, char bracket)
{
	struct writer_tree *tree = &writer->tree;

	if (tree->depth == 0) {
		/* Its beginning is on the stream already. */
		close_bracket(writer, bracket);
		return;
	}
	tree->innermost = json_object_get_userdata(tree->innermost);
	tree->depth--;
	if (tree->depth > 0) {
		spill_if_large(writer);
		return;
	}
	write_tree(writer, tree->outermost, 0);
	*tree = (struct writer_tree){ .outermost = NULL };
}

/* A string of UTF-8, as JSON wants it. */
static struct json_object *new_text(const char *text, size_t size)
{
	const unsigned char *from = (const unsigned char *)text;
	struct bytes clean = { 0 };
	struct json_object *string;

	for (size_t i = 0; i < size;) {
		const size_t length = utf8_length(from + i, size - i);
		const unsigned char pair[] = { 0xc0 | from[i] >> 6, 0x80 | (from[i] & 0x3f) };

		bytes_append(&clean, length != 0 ? from + i : pair, length != 0 ? length : 2);
		i += length != 0 ? length : 1;
	}
	if (clean.size > TEXT_BYTES) {
		complain("a text of %zu bytes is too long for JSON; try without --json", size);
		exit(STATUS_BAD);
	}
	string = made(json_object_new_string_len(clean.size > 0 ? (const char *)clean.data : "",
						 (int)clean.size));
	bytes_free(&clean);
	return string;
}

static void put_text(struct writer *writer, const char *text, size_t size)
{
	put_value(writer, new_text(text, size), size);
}

void writer_open_object(struct writer *writer)
{
	if (writer->plain)
		open_bracket(writer, '{');
	else
		open_container(writer, made(json_object_new_object()));
}

void writer_close_object(struct writer *writer)
{
	if (writer->plain)
		close_bracket(writer, '}');
	else
		close_container(writer, '}');
}

void writer_open_list(struct writer *writer)
{
	if (writer->plain)
		open_bracket(writer, '[');
	else
		open_container(writer, made(json_object_new_array()));
}

void writer_close_list(struct writer *writer)
{
	if (writer->plain)
		close_bracket(writer, ']');
	else
		close_container(writer, ']');
}

void writer_key(struct writer *writer, const char *name)
{
	if (writer->plain) {
		separate(writer);
		fprintf(writer->file, "%s: ", name);
		writer->follows = false;
	} else if (writer->tree.depth > 0) {
		writer->tree.key = new_text(name, strlen(name));
	} else {
		write_tree(writer, new_text(name, strlen(name)), 0);
		fputc(':', writer->file);
		writer->follows = false;
	}
}

void writer_unsigned(struct writer *writer, uint64_t value)
{
	if (writer->plain) {
		separate(writer);
		fprintf(writer->file, "%llu", (unsigned long long)value);
	} else {
		put_value(writer, made(json_object_new_uint64(value)), 0);
	}
}

void writer_signed(struct writer *writer, int64_t value)
{
	if (writer->plain) {
		separate(writer);
		fprintf(writer->file, "%lld", (long long)value);
	} else {
		put_value(writer, made(json_object_new_int64(value)), 0);
	}
}

void writer_real(struct writer *writer, double value, int decimals)
{
	char text[REAL_BYTES];

	/* JSON has no infinities and no NaN. */
	if (value - value != 0) {
		writer_word(writer, "%f", value);
		return;
	}
	if (decimals < 0)
		snprintf(text, sizeof(text), "%.17g", value);
	else
		snprintf(text, sizeof(text), "%.*f", decimals, value);
	if (writer->plain) {
		separate(writer);
		fputs(text, writer->file);
	} else {
		put_value(writer, made(json_object_new_double_s(value, text)), 0);
	}
}

void writer_bool(struct writer *writer, bool value)
{
	if (writer->plain) {
		separate(writer);
		fputs(value ? "true" : "false", writer->file);
	} else {
		put_value(writer, made(json_object_new_boolean(value)), 0);
	}
}

void writer_null(struct writer *writer)
{
	if (writer->plain) {
		separate(writer);
		fputc('-', writer->file);
	} else {
		put_value(writer, NULL, 0);
	}
}

/* As in C, which is what plain text looks like. */
static void print_quoted(struct writer *writer, const char *text, size_t size)
{
	FILE *file = writer->file;

	separate(writer);
	fputc('"', file);
	for (size_t i = 0; i < size;) {
		const unsigned char c = (unsigned char)text[i];
		const size_t length = utf8_length((const unsigned char *)text + i, size - i);

		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", file);
		else if (c < 0x20 || c == 0x7f || length == 0)
			fprintf(file, "\\x%02x", c);
		else
			fwrite(text + i, 1, length, file);
		i += length != 0 ? length : 1;
	}
	fputc('"', file);
}

void writer_string_sized(struct writer *writer, const char *text, size_t size)
{
	if (writer->plain)
		print_quoted(writer, text, size);
	else
		put_text(writer, text, size);
}

void writer_string(struct writer *writer, const char *text)
{
	if (text == NULL)
		writer_null(writer);
	else
		writer_string_sized(writer, text, strlen(text));
}

void writer_word(struct writer *writer, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (!writer->plain) {
		put_text(writer, text, strlen(text));
		return;
	}
	separate(writer);
	fputs(text, writer->file);
}

void writer_hex(struct writer *writer, const void *bytes, size_t size)
{
	static const char DIGITS[] = "0123456789abcdef";
	const unsigned char *byte = bytes;
	char *text = allocate(size, 2);

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = DIGITS[byte[i] >> 4];
		text[2 * i + 1] = DIGITS[byte[i] & 15];
	}
	if (writer->plain) {
		separate(writer);
		fwrite(text, 1, 2 * size, writer->file);
	} else {
		put_text(writer, text, 2 * size);
	}
	free(text);
}

void writer_member_unsigned(struct writer *writer, const char *name, uint64_t value)
{
	writer_key(writer, name);
	writer_unsigned(writer, value);
}

void writer_member_string(struct writer *writer, const char *name, const char *text)
{
	writer_key(writer, name);
	writer_string(writer, text);
}
