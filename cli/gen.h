/* SPDX-License-Identifier: Apache-2.0 */
/* What `skep gen` makes: each kind is a command of its own, named "gen KIND", in a file of its own,
 * and has one row in gen.c. Most write source code that goes with an object; they are rows for
 * gen_run() with a function that writes. */
#ifndef SKEP_CLI_GEN_H
#define SKEP_CLI_GEN_H

#include <stdio.h>

#include "command.h"
#include "gen_model.h"
#include "object.h"

extern const struct command gen_skeleton, gen_header, gen_go, gen_btf;

/* What is written of an object: the same bytes whenever it is asked. */
struct gen_request {
	const struct gen_model *model;
	const char *name; /* the user's, that names begin with, or of the package */
	const struct file *object;
};

struct gen_writer {
	const struct command *command;
	enum gen_language language;
	const char *const *reserved; /* names of its own, ended by NULL */
	bool (*is_name)(const char *name);
	void (*write)(const struct gen_request *request, FILE *out);
};

extern const struct gen_writer gen_skeleton_writer, gen_header_writer, gen_go_writer;

/* The options that all of these have, for their help. */
#define GEN_HELP_OPTIONS                                                                           \
	"  -o, --output OUT  the file to write (standard output)\n"                                \
	"  --type NAME       writes the structure NAME of the object too, and what is in it;\n"    \
	"                    repeatable\n"                                                         \
	"  --btf FILE        the types that CO-RE fits the object to (the running kernel's)\n"     \
	"  --kconfig FILE    where its .kconfig variables are from (the running kernel's)\n"       \
	"  --json            with -o: one object: output, bytes, name\n"

/* Reads options and the object and writes what is asked for. */
enum status gen_run(const struct gen_writer *writer, int argc, char **argv);

/* C: writes the types of a model with assertions about their sizes and places, between its own
 * guards, so that a second header of the same object does no harm. Needs stddef.h and stdint.h. */
void gen_write_c_types(const struct gen_request *request, FILE *out);

/* C: the name of a type without what stands after a variable's: "struct x__flow", "uint32_t". Not
 * for records without names. */
void gen_write_c_type(const struct gen_request *request, const struct gen_type *type, FILE *out);

/* Text from an object for a comment, with what could end the comment replaced. */
void gen_write_comment_text(const char *text, FILE *out);

/* Kind of a map and its types in a few words, for a comment, with names of C types. */
void gen_write_c_map(const struct gen_request *request, const struct gen_map *map, FILE *out);

#endif
