/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic instructions, for both executions. */
#ifndef SKEP_INTERP_ATOMIC_H
#define SKEP_INTERP_ATOMIC_H

#include "spec/program.h"

/* Executes an instruction of BPF_ATOMIC whose immediate is `what` on the `bytes` (1 to 8) at `at`,
 * aligned to them. `reg` is its register that is no address: the destination of load-acquire, the
 * source of all others; `r0` is compared and set by compare-and-exchange. */
void skep_interp_atomic(int32_t what, uint32_t bytes, void *at, uint64_t *reg, uint64_t *r0,
			const struct skep_env *env);

#endif
