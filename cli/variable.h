/* SPDX-License-Identifier: Apache-2.0 */
/* Global variables from the command line. */
#ifndef SKEP_CLI_VARIABLE_H
#define SKEP_CLI_VARIABLE_H

#include "message.h"
#include "skep.h"
#include "writer.h"

/* A variable, or the piece of one that a path leads to. */
struct variable {
	struct skep_var whole, piece;
};

/* Finds a variable or piece by path, as skep_object_var_by_path() does. `where` begins sentences,
 * as "--set ". STATUS_BAD, reported: there is none. */
enum status variable_find(struct skep_object *object, const char *where, const char *path,
			  struct variable *out);

/* Sets a variable of an object that is not loaded yet from "PATH=VALUE", or from every line of
 * "@FILE"; literal.h tells how values are written. Blanks around the = are left out, and then those
 * after the value. STATUS_BAD, reported: no such variable, not such a value. */
enum status variable_set(struct skep_object *object, const char *assignment);

/* "@" and the name, for variable_set(); never freed. */
const char *variable_set_file(const char *path);

/* What a literal is put into: `bytes` are those of all of a variable with `btf`. */
struct skep_btf_piece;
enum status variable_read_piece(const char *where, const char *path, const struct skep_btf *btf,
				const struct skep_btf_piece *piece, const char *text,
				uint8_t *bytes, size_t size);

/* Writes the value of a variable as it now is. */
void variable_write(struct writer *writer, const struct variable *variable);

/* Cuts "PATH=VALUE" in two, in memory to be freed; NULL, reported: it is not that. `*value` points
 * into it. */
char *variable_split(const char *where, const char *assignment, const char **value);

#endif
