/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter: the readable reference that every JIT must equal. */
#ifndef SKEP_INTERP_H
#define SKEP_INTERP_H

#include "spec/program.h"

/* Runs a verified program (or one of which the caller knows as much): accesses are not checked. r1
 * is `ctx`, r2 the value given (0 for programs; the conformance plugin passes a length). Returns
 * r0. */
uint64_t skep_interp_run(const struct skep_exec *exec, void *ctx, uint64_t r2,
			 struct skep_env *env);

#endif
