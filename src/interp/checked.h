/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checked execution: linked instructions (spec/program.h) that nobody verified. What it is
 * given must have passed skep_isa_check(); beyond that no bytes whatever can make it crash, hang,
 * or touch memory that is not the program's.
 */
#ifndef SKEP_INTERP_CHECKED_H
#define SKEP_INTERP_CHECKED_H

#include "interp/trap.h"
#include "spec/map.h"
#include "spec/program.h"

/*
 * What a program finds in its registers. Memory has its real addresses, which are only numbers
 *until an access: then a whole number of 64 bits is compared, on every machine. What has no memory
 *of the program's behind it has a handle in the last addresses of 64 bits, where no machine keeps
 *data:
 *
 *	the context (r1)           SKEP_HANDLE_CTX; fields at the offsets that programs see
 *	the map at index i         SKEP_HANDLE_MAP + i
 *	the function at index i    SKEP_HANDLE_FUNCTION + i
 *
 * Registers that nothing was put into are 0, and so is the stack.
 */
#define SKEP_HANDLE_CTX      UINT64_C(0xffffffffffff0000)
#define SKEP_HANDLE_MAP      UINT64_C(0xfffffffe00000000)
#define SKEP_HANDLE_FUNCTION UINT64_C(0xfffffffd00000000)

/* Called before each instruction: its index in the program that runs, r0 to r10 as they are, and
 * the call level, 1 for the program itself. */
typedef void (*skep_observe_fn)(void *ctx, uint32_t pc, const uint64_t regs[SKEP_REG_COUNT],
				uint32_t level);

struct skep_checked {
	/* What runs. The map views tell which maps are read-only. Without a type (NULL) there is no
	 * context; without contracts there are no helpers. */
	const struct skep_bytecode *code;
	/* The live maps, at the same indices as the views. Those not loaded are not there. */
	struct skep_map *maps;
	/* Memory of the caller that the program may read and write: r1 is its address, r2 its size.
	 * For programs without a type, whose context it is; NULL and 0: r1 and r2 are 0. */
	void *memory;
	size_t memory_size;
	uint32_t
		insns_max; /* instructions executed, in tail calls too; 0: SKEP_RUN_INSNS_DEFAULT */
	skep_observe_fn observe; /* optional */
	void *observe_ctx;
};

enum { SKEP_RUN_INSNS_DEFAULT = 1000000 };

/*
 * Runs the program. At most 8 call levels are alive at a time, those before a tail call included.
 * `env->ctx` is the context, `env->packet_load`, `port` and `atomic_word` as for skep_interp_run().
 * Tail calls go on here, in programs that have `linked` in their target (the maps are the same for
 * all of them). Records that are still reserved at the end, however it came, are discarded. 0 with
 * r0 in *r0, or the trap's error with *trap filled in and nothing reported. Needs no allocation,
 * and less than 6 KiB of stack.
 */
int skep_checked_run(const struct skep_checked *run, struct skep_env *env, uint64_t *r0,
		     struct skep_trap *trap);

#endif
