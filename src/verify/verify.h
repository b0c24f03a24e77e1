/* SPDX-License-Identifier: Apache-2.0 */
/* Proves a linked program safe, or says why not. */
#ifndef SKEP_VERIFY_H
#define SKEP_VERIFY_H

#include "spec/program.h"

struct skep_verify_limits {
	uint32_t insns_max; /* instructions walked through */
	size_t bytes_max;   /* memory for states, taken from `port` and given back before the return
			     */
};

/* Verifies `code`. 0: safe, and `out` holds what was proven, in `arena`. SKEP_EACCES: not proven
 * safe; SKEP_E2BIG: a limit; SKEP_EINVAL: not even well-formed; SKEP_EOPNOTSUPP: uses what skep
 * does not verify yet; SKEP_ENOMEM. All are reported to `log` with instruction, finding, need and
 * advice. On failure `out->walked_insns` and `out->states` are still set. `log->locate` is asked
 * for instructions of `code`. */
int skep_verify(const struct skep_bytecode *code, const struct skep_verify_limits *limits,
		const struct skep_port *port, struct skep_arena *arena, struct skep_log *log,
		struct skep_facts *out);

#endif
