/* SPDX-License-Identifier: Apache-2.0 */
/* The verified execution: the readable reference that every JIT must equal, in two forms. */
#ifndef SKEP_INTERP_H
#define SKEP_INTERP_H

#include "base/arena.h"
#include "spec/program.h"

/* Runs a verified program (or one of which the caller knows as much): accesses are not checked. r1
 * is `ctx`, r2 the value given (0 for programs; the conformance plugin passes a length). Returns
 * r0. Reads the instructions where they are: flash, for example. Its tail calls lead to programs
 * that it can run too. */
uint64_t skep_interp_run(const struct skep_exec *exec, void *ctx, uint64_t r2,
			 struct skep_env *env);

/* Prepares a program to be run faster: `steps` becomes an array in `arena`, one element of 12 bytes
 * (where addresses have 64 bits: 16) for each instruction. `insns` and `count` of the program are
 * not needed any more. SKEP_ENOMEM, not reported. */
int skep_threaded_prepare(struct skep_exec *exec, struct skep_arena *arena);

/* The same as skep_interp_run() for programs that were prepared, as all must be that its tail calls
 * lead to. */
uint64_t skep_threaded_run(const struct skep_exec *exec, void *ctx, uint64_t r2,
			   struct skep_env *env);

#endif
