/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATH=VALUE goes in; the variable, or the piece of it, has the value from then on, which is read
 * as its BTF type says. Paths are libskep's; values of objects of the other byte order, too, since
 * literals are written in the host's.
 */
#define _GNU_SOURCE 1
#include "variable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "literal.h"
#include "memory.h"
#include "nearest.h"
#include "object.h"
#include "value.h"

enum {
	REASON_BYTES = 512,
	FILE_BYTES_MAX = 16 << 20,
	TEXT_BYTES = 4096, /* of a value of the other byte order */
};

static const char BLANKS[] = " \t\r\n";

static enum status fail_name(struct skep_object *object, const char *where, const char *path)
{
	const size_t size = strcspn(path, ".[");
	struct nearest nearest = { .wanted = path };
	struct skep_var var;
	char list[256];
	char *name;

	for (uint32_t i = 0; skep_object_var(object, i, &var) == 0; i++)
		nearest_offer(&nearest, var.name);
	if (nearest.offered == 0)
		return complain("%s%s: %s has no global variables", where, path,
				skep_object_name(object));
	/* Against the name alone, if the path has more. */
	name = duplicate(path);
	name[size > 0 ? size : strlen(path)] = '\0';
	nearest = (struct nearest){ .wanted = name };
	for (uint32_t i = 0; skep_object_var(object, i, &var) == 0; i++)
		nearest_offer(&nearest, var.name);
	nearest_list(&nearest, list, sizeof(list));
	free(name);
	return complain("%s%s: %s has no variable of that name; did you mean %s?", where, path,
			skep_object_name(object), list);
}

static enum status fail_several(struct skep_object *object, const char *where, const char *path,
				const char *name)
{
	struct bytes list = { 0 };
	struct skep_var var;
	enum status status;
	char full[256];

	/* A name is in the name that is clear, whatever else stands there. */
	for (uint32_t i = 0; skep_object_var(object, i, &var) == 0 && list.size < 400; i++) {
		const char *colon = strrchr(name, ':');

		if (strstr(var.name, colon != NULL ? colon + 1 : name) == NULL)
			continue;
		skep_var_full_name(&var, full, sizeof(full));
		if (list.size > 0)
			bytes_append(&list, ", ", 2);
		bytes_append(&list, full, strlen(full));
	}
	bytes_append(&list, "", 1);
	status = complain("%s%s: several variables are named so; write one of %s", where, path,
			  (const char *)list.data);
	bytes_free(&list);
	return status;
}

/* The longest name of a variable that the path begins with; its end is put into `*end`. */
static enum status find_whole(struct skep_object *object, const char *where, const char *path,
			      struct skep_var *out, const char **end)
{
	char *name = duplicate(path);
	size_t size = strlen(name);
	enum status status = STATUS_DONE;
	int err = SKEP_ENOENT;

	while (size > 0) {
		name[size] = '\0';
		err = skep_object_var_by_name(object, name, out);
		if (err != SKEP_ENOENT)
			break;
		while (size > 0 && path[--size] != '.' && path[size] != '[')
			;
	}
	*end = path + size;
	if (err == SKEP_EEXIST)
		status = fail_several(object, where, path, name);
	else if (err != 0)
		status = fail_name(object, where, path);
	free(name);
	return status;
}

enum status variable_find(struct skep_object *object, const char *where, const char *path,
			  struct variable *out)
{
	const struct skep_btf *btf = skep_object_btf(object);
	struct skep_btf_piece piece;
	char reason[REASON_BYTES] = "it has no type; compile with -g";
	struct variable found;
	const char *rest;
	enum status status = find_whole(object, where, path, &found.whole, &rest);

	if (status != STATUS_DONE)
		return status;
	if (*rest != '\0' &&
	    (btf == NULL ||
	     skep_btf_find_piece(btf, found.whole.type, rest, &piece, reason, sizeof(reason)) != 0))
		return complain("%s%s: %s", where, path, reason);
	if (skep_var_piece(&found.whole, *rest != '\0' ? rest : "", &found.piece) != 0)
		found.piece = found.whole;
	*out = found;
	return STATUS_DONE;
}

/* Whether values in the object are laid out as in this machine. */
static bool is_native(const struct skep_object *object)
{
	return skep_object_is_big_endian(object) == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

enum status variable_read_piece(const char *where, const char *path, const struct skep_btf *btf,
				const struct skep_btf_piece *piece, const char *text,
				uint8_t *bytes, size_t size)
{
	const struct literal literal = {
		.where = where,
		.name = path,
		.text = text,
		.btf = btf,
		.type = piece->type,
		.bit_offset = piece->bit_offset,
		.bit_size = piece->is_bit_field ? (uint32_t)piece->bits : 0,
	};

	return literal_read(&literal, bytes, size);
}

static enum status set_piece(struct skep_object *object, const char *path,
			     const struct variable *variable, const char *value)
{
	const bool is_field = variable->piece.bit_size != 0;
	/* A bit-field is set inside of the variable that it is of. */
	const struct skep_var *target = is_field ? &variable->whole : &variable->piece;
	const struct skep_btf_piece piece = {
		.type = variable->piece.type,
		.bit_offset = is_field ? (uint64_t)(variable->piece.offset - target->offset) * 8 +
						 variable->piece.bit_offset
				       : 0,
		.bits = is_field ? variable->piece.bit_size : (uint64_t)target->size * 8,
		.is_bit_field = is_field,
	};
	uint8_t *bytes = allocate(1, target->size);
	enum status status;
	int err = 0;

	if (is_field)
		skep_var_read(target, bytes, target->size);
	status = variable_read_piece("--set ", path, skep_object_btf(object), &piece, value, bytes,
				     target->size);
	if (status == STATUS_DONE)
		err = skep_var_write(target, bytes, target->size);
	free(bytes);
	return err != 0 ? complain("--set %s: %s", path, skep_err_text(err)) : status;
}

static enum status set(struct skep_object *object, const char *path, const char *value)
{
	struct variable variable;
	enum status status = variable_find(object, "--set ", path, &variable);
	int err;

	if (status != STATUS_DONE)
		return status;
	if (is_native(object))
		return set_piece(object, path, &variable, value);
	err = skep_var_set_text(&variable.piece, value);
	return err == 0 ? STATUS_DONE
			: complain("--set %s: %s; of objects of the other byte order only numbers, "
				   "enumerators and text are set",
				   path, skep_err_text(err));
}

/* Ends the text before its last blanks. */
static void trim(char *text)
{
	size_t size = strlen(text);

	while (size > 0 && strchr(BLANKS, text[size - 1]) != NULL)
		size--;
	text[size] = '\0';
}

char *variable_split(const char *where, const char *assignment, const char **value)
{
	const char *start = assignment + strspn(assignment, BLANKS);
	const char *equals = strchr(start, '=');
	char *path, *after;

	if (equals == NULL || equals == start) {
		complain("%s%s: write a variable's name, = and its value", where, assignment);
		return NULL;
	}
	path = duplicate(start);
	after = path + (equals - start);
	*after++ = '\0';
	/* veristat's "NAME = VALUE" */
	if (after - path >= 2 && strchr(BLANKS, after[-2]) != NULL && after[-2] != '\0') {
		trim(path);
		after += strspn(after, BLANKS);
		trim(after);
	}
	*value = after;
	return path;
}

static enum status set_line(struct skep_object *object, const char *assignment)
{
	const char *value;
	char *path = variable_split("--set ", assignment, &value);
	enum status status;

	if (path == NULL)
		return STATUS_BAD;
	status = set(object, path, value);
	free(path);
	return status;
}

/* Every line of a file but empty ones and those that begin with #. */
static enum status set_lines(struct skep_object *object, const char *path)
{
	struct file file;
	enum status status = file_read(path, FILE_BYTES_MAX, &file);
	char *text, *rest, *line;
	unsigned number = 0;

	if (status != STATUS_DONE)
		return status;
	text = allocate(1, file.size + 1);
	memcpy(text, file.bytes, file.size);
	rest = text;
	while (status == STATUS_DONE && (line = strsep(&rest, "\n")) != NULL) {
		number++;
		line += strspn(line, BLANKS);
		trim(line);
		if (*line == '\0' || *line == '#')
			continue;
		status = set_line(object, line);
		if (status != STATUS_DONE)
			complain("%s: line %u is not carried out", path, number);
	}
	free(text);
	file_free(&file);
	return status;
}

enum status variable_set(struct skep_object *object, const char *assignment)
{
	return assignment[0] == '@' ? set_lines(object, assignment + 1)
				    : set_line(object, assignment);
}

/* Assignments that were made of file names; they stay, as arguments do. */
struct made {
	struct made *next;
	char text[];
};

static struct made *all_made;

const char *variable_set_file(const char *path)
{
	struct made *made = allocate(1, sizeof(*made) + strlen(path) + 2);

	made->text[0] = '@';
	strcpy(made->text + 1, path);
	made->next = all_made;
	all_made = made;
	return made->text;
}

/* A value of the other byte order: a number, a name or text, else its bytes. */
static void write_foreign(struct writer *writer, const struct skep_var *var, const uint8_t *bytes)
{
	char text[TEXT_BYTES];
	uint64_t large;
	int64_t number;

	if (skep_var_get_s64(var, &number) == 0 &&
	    skep_var_get_text(var, text, sizeof(text)) == 0 &&
	    (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')))
		writer_signed(writer, number);
	else if (skep_var_get_u64(var, &large) == 0 &&
		 skep_var_get_text(var, text, sizeof(text)) == 0 && text[0] >= '0' &&
		 text[0] <= '9')
		writer_unsigned(writer, large);
	else if (skep_var_get_text(var, text, sizeof(text)) == 0)
		writer_word(writer, "%s", text);
	else
		writer_hex(writer, bytes, var->size);
}

void variable_write(struct writer *writer, const struct variable *variable)
{
	const struct skep_object *object = variable->whole.object;
	const struct skep_btf *btf = skep_object_btf(object);
	const struct skep_var *whole = &variable->whole, *piece = &variable->piece;
	uint8_t *bytes = allocate(1, whole->size);
	const uint32_t start = piece->offset - whole->offset;

	if (skep_var_read(whole, bytes, whole->size) != 0) {
		writer_null(writer);
	} else if (!is_native(object)) {
		write_foreign(writer, piece, bytes + start);
	} else if (piece->bit_size != 0) {
		const struct value_column column = { .type = piece->type,
						     .bit_offset = start * 8 + piece->bit_offset,
						     .bit_size = piece->bit_size };

		value_write_column(writer, btf, &column, bytes, whole->size);
	} else {
		value_write(writer, btf, piece->type, bytes + start, piece->size);
	}
	free(bytes);
}
