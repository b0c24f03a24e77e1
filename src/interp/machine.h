/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine of the checked execution: registers, stack, budget and the meaning of instructions.
 * What memory there is beside the stack, and what a call of a helper does, is the business of a
 * guard: the runtime has one (checked.c), the MINI profile another.
 */
#ifndef SKEP_INTERP_MACHINE_H
#define SKEP_INTERP_MACHINE_H

#include "interp/checked.h"

/* How memory is to be used: bits that can be asked for together. */
enum skep_use {
	SKEP_USE_READ = 1u << 0,
	SKEP_USE_WRITE = 1u << 1,
	SKEP_USE_ATOMIC = 1u << 2,
	SKEP_USE_SIGNED = 1u << 3, /* a load that extends the sign: not of what is widened */
	SKEP_USE_HELPER = 1u << 4, /* an argument of a helper: plain memory, not the context */
};

/* Where an access goes. */
struct skep_place {
	void *at;
	uint32_t size; /* other than the access has it: a field of the context, wider in memory */
};

/* Memory that was accessed lately and may be again without asking the guard. */
struct skep_window {
	uintptr_t start;
	size_t size; /* 0: none */
	unsigned uses;
};

/* One call level: its stack, and of the caller what comes back at its exit. */
struct skep_level {
	uint64_t stack[SKEP_STACK_BYTES / 8];
	uint64_t kept[4]; /* r6 to r9 */
	const struct skep_insn *back;
	uint32_t may_goto_left;
};

struct skep_machine;

/* Each function returns an enum skep_trap_cause, SKEP_TRAP_NONE if it did its work. What is wrong
 * with the value that it was given goes into the machine's `wrong`, if it is another one. */
struct skep_guard {
	/* Finds `size` bytes at `address`, which are not on the stack; may set the window. */
	uint32_t (*find)(struct skep_machine *machine, uint64_t address, uint32_t size,
			 unsigned uses, struct skep_place *out);
	/* What a 64-bit load with a source field other than 0 and BPF_PSEUDO_FUNC loads. */
	uint32_t (*load_wide)(struct skep_machine *machine, const struct skep_insn *insn,
			      uint64_t *out);
	/* Calls helper `number` with r1 to r5; sets r0. */
	uint32_t (*call)(struct skep_machine *machine, uint64_t number);
	/* The structure that `value` (r6 at packet loads) stands for, if it is the context. */
	uint32_t (*find_ctx)(struct skep_machine *machine, uint64_t value, void **out);
};

struct skep_machine {
	uint64_t r[SKEP_REG_COUNT];
	const struct skep_insn *insns; /* of the program that runs */
	const struct skep_insn *insn;  /* that is executed now */
	const struct skep_insn *next;  /* that is executed next */
	struct skep_level *levels;     /* the caller's memory */
	uint32_t level_max;
	uint32_t level; /* 1 for the program itself */
	uint32_t insns_left;
	uint32_t may_goto_left; /* of this level */
	const struct skep_guard *guard;
	struct skep_env *env;
	struct skep_window window;
	uint64_t wrong; /* see struct skep_trap */
	uint32_t wrong_size;
	skep_observe_fn observe;
	void *observe_ctx;
};

/* Runs `machine->insns` from the start; r1 to r5 are as the caller has set them, the rest of the
 * registers and the first level are cleared. Returns the cause of a trap, at machine->insn, or
 * SKEP_TRAP_NONE with the result in r0. */
uint32_t skep_machine_run(struct skep_machine *machine);

/* Begins another program in the level that runs, as a tail call does; r1 stays. */
void skep_machine_enter(struct skep_machine *machine, const struct skep_insn *insns);

/* `size` bytes at `address` wherever they are. */
uint32_t skep_machine_find(struct skep_machine *machine, uint64_t address, uint32_t size,
			   unsigned uses, struct skep_place *out);

/* An address as programs see it. */
static inline uint64_t skep_machine_address(const void *at)
{
	return (uint64_t)(uintptr_t)at;
}

/* Whether `bytes` at `address` are within the `size` from `start`. */
static inline bool skep_machine_holds(uintptr_t start, size_t size, uintptr_t address,
				      uint32_t bytes)
{
	return bytes <= size && address - start <= size - bytes;
}

#endif
