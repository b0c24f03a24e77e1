/* SPDX-License-Identifier: Apache-2.0 */
/* A program as assembly, instruction by instruction, with functions and source lines. */
#ifndef SKEP_CLI_LISTING_H
#define SKEP_CLI_LISTING_H

#include "skep.h"
#include "writer.h"

enum { LISTING_TEXT_BYTES = 256 };

/* A walk over a program: set `prog`, leave the rest zero, and go on by adding `slots` to `index`.
 */
struct listing {
	const struct skep_prog *prog;
	uint32_t index;
	struct skep_insn insn, second; /* second: of lddw */
	uint32_t slots;
	char text[LISTING_TEXT_BYTES];
	const char *function;  /* begins here, else NULL */
	struct skep_line line; /* begins here, else file is NULL */
	struct skep_line last;
};

/* Fills in the instruction at `index`; false past the end. */
bool listing_look(struct listing *listing);

/* Prints the function and the source line that begin here, and the instruction, without the end of
 * its line; returns how many characters the instruction has. */
int listing_print(const struct listing *listing);

/* Members of the JSON object that is open: index, code, text, and file, line and source where a
 * line begins. */
void listing_write(const struct listing *listing, struct writer *writer);

/* Prints text from an object: what goes to a terminal must not command it. */
void listing_print_safe(const char *text);

#endif
