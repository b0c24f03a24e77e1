/* SPDX-License-Identifier: Apache-2.0 */
/* From verified instructions to machine code, for any backend on any host. */
#ifndef SKEP_JIT_H
#define SKEP_JIT_H

#include "base/arena.h"
#include "spec/program.h"

struct skep_backend;

/* The index-th backend, NULL past the end; the one for the machine that runs, or NULL. */
const struct skep_backend *skep_backend_at(uint32_t index);
const struct skep_backend *skep_backend_native(void);
const char *skep_backend_name(const struct skep_backend *backend);

struct skep_code {
	uint8_t *bytes; /* position-independent, the entry (a skep_code_entry) at 0; in the arena */
	uint32_t size;
	uint32_t *pc_map; /* code offset of each instruction, count + 1 entries */
};

/* Compiles. The entry takes ctx, env and r2 in the machine's C convention.
 * SKEP_EOPNOTSUPP: an instruction the backend cannot do, reported with its index; SKEP_E2BIG: code
 * too large for the machine's branches; SKEP_ENOMEM. */
int skep_jit_compile(const struct skep_backend *backend, const struct skep_exec *exec,
		     struct skep_arena *arena, struct skep_arena *scratch, struct skep_log *log,
		     struct skep_code *out);

#endif
