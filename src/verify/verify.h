/* SPDX-License-Identifier: Apache-2.0 */
/* Proves a linked program safe, or says why not. */
#ifndef SKEP_VERIFY_H
#define SKEP_VERIFY_H

#include "spec/program.h"

struct skep_verify_limits {
	uint32_t insns_max; /* instructions walked through */
	size_t bytes_max;   /* memory for states, taken from `port` and given back before the return
			     */
	bool unprivileged;  /* what Linux refuses to users without CAP_BPF is refused */
	bool keep_facts;    /* `out->regs` is wanted */
	bool keep_clues;    /* `out->clues` is wanted */
};

/* Verifies `code`. 0: safe, and `out` holds what was proven, in `arena`. SKEP_EACCES: not proven
 * safe; SKEP_E2BIG: a limit; SKEP_EINVAL: not even well-formed; SKEP_EOPNOTSUPP: uses what skep
 * does not verify yet; SKEP_ENOMEM. All are reported to `log` with instruction, finding, need and
 * advice. On failure `out->walked_insns`, `states` and, if wanted, `clues` are still set.
 * `log->locate` is asked for instructions of `code`. */
int skep_verify(const struct skep_bytecode *code, const struct skep_verify_limits *limits,
		const struct skep_port *port, struct skep_arena *arena, struct skep_log *log,
		struct skep_facts *out);

/* The structure of the kernel that a pointer to something of type `id` points to; 0: it points to
 * none, or not to the kernel's own memory. */
uint32_t skep_kernel_pointee(const struct skep_btf *btf, uint32_t id);

/* A fact in words, as skep_prog_fact_text() gives it; `map` is the name of fact->map, or NULL. */
void skep_facts_text(const struct skep_fact *fact, const char *map, char *text, size_t size);

#endif
