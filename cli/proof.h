/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier proved of a program, or on which path it could not, for people and as JSON. */
#ifndef SKEP_CLI_PROOF_H
#define SKEP_CLI_PROOF_H

#include "skep.h"
#include "writer.h"

/* The listing of a loaded program, with what is known of the registers that each instruction reads.
 */
void proof_print_facts(const struct skep_prog *prog);
/* The same as a list: the members of `skep dis --json`, `reached`, and `regs`, an object with a
 * member for each register that is read there or later. */
void proof_write_facts(const struct skep_prog *prog, struct writer *writer);

/* How the path to the refused instruction went, one sentence a line. The last one ends with
 * `reason`. Prints nothing where there are no clues. */
void proof_print_path(const struct skep_prog *prog, const char *reason);
/* The same as a list of objects. */
void proof_write_path(const struct skep_prog *prog, struct writer *writer);

#endif
