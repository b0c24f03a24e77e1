/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs between the steps: what `link` gives to `verify`, and what `vm` gives to the engines.
 *
 * In linked instructions (struct skep_bytecode)
 *   - functions follow each other, the program's own first; local calls and function addresses
 * (lddw with source BPF_PSEUDO_FUNC) are relative to the instruction, as Linux has them;
 *   - lddw with source BPF_PSEUDO_MAP_FD has the index into `maps` as its lower 32 bits, upper 0;
 *   - lddw with source BPF_PSEUDO_MAP_VALUE has the index as its lower 32 bits and the byte offset
 * into the value as its upper;
 *   - helpers are called by their number.
 *
 * In executable instructions (struct skep_exec), which are made from the same array, index by
 * index, after verification:
 *   - each lddw carries its final 64-bit value and source 0, except BPF_PSEUDO_FUNC, which stays;
 *   - loads and stores of context fields have real offsets and sizes;
 *   - the immediate of a helper call is an index into `helpers`, or SKEP_CALL_TAIL;
 *   - everything else is as it was.
 */
#ifndef SKEP_SPEC_PROGRAM_H
#define SKEP_SPEC_PROGRAM_H

#include "isa/isa.h"
#include "spec/contracts.h"

/* A part of a map's value that means something to the kernel, such as a lock. */
struct skep_special {
	uint64_t offset, size;
};

/* A map as the verifier needs to know it. */
struct skep_map_view {
	const char *name;
	struct skep_map_def def;
	uint32_t caps;
	bool read_only; /* programs must not write values */
	const uint8_t
		*content; /* read-only and constant (frozen .rodata): value_size bytes, else NULL */
	/* Where in `content`, ascending, 8 bytes each are an address that does not exist yet. */
	const uint32_t *unknown;
	uint32_t unknown_count;
	bool write_only; /* programs must not read values */
	uint32_t inner;  /* of maps of maps: index of what they hold is like, plus 1; 0: unknown */
	const struct skep_special *specials; /* what programs must not touch of values */
	uint32_t special_count;
};

/* An instruction that no run may come to: a call that means nothing, which stands for what the
 * system does not have. */
struct skep_absent {
	uint32_t insn;
	const char *found, *advice; /* for the report when one may */
};

struct skep_bytecode {
	const char *name;
	const struct skep_insn *insns;
	uint32_t count;
	const struct skep_prog_type *type;
	const struct skep_map_view *maps;
	uint32_t map_count;
	const struct skep_contracts *contracts;
	const struct skep_absent *absents; /* ascending by instruction */
	uint32_t absent_count;
	bool sleepable; /* runs where it may wait */
	/* What describes the kernel's structures, NULL: nothing; and of which of them the fields of
	 * the type's context point to one, by index: the structure's id. */
	const struct skep_btf *btf;
	const uint32_t *field_types;
};

/* A function of a program. */
struct skep_function {
	uint32_t start, end;  /* instructions [start, end) */
	uint32_t stack_bytes; /* of its own frame, rounded up to 8 */
};

enum skep_fact_flag {
	SKEP_FACT_REACHED = 1u << 0, /* some path comes here; without it the instruction is dead */
	SKEP_FACT_CTX = 1u << 1,     /* a load or store through the context, on every path */
};

/* What the verifier proved. Arrays live in the arena given to it. */
struct skep_facts {
	uint8_t *insns; /* one set of SKEP_FACT_* per instruction */
	uint32_t count;
	struct skep_function *functions; /* ascending, the first begins at 0 */
	uint32_t function_count;
	uint32_t stack_bytes;  /* deepest call chain */
	uint32_t walked_insns; /* work done */
	uint32_t states;       /* states kept for pruning */
	/* Of registers before each instruction, if they were asked for, else NULL: those of
	 * instruction i stand at regs[regs_first[i]] on, ascending, one for each bit of
	 * regs_live[i], which are the registers that are read there or later. */
	const struct skep_fact *regs;
	const uint32_t *regs_first;
	const uint16_t *regs_live;
	/* After a refusal, if they were asked for: what led there. */
	const struct skep_clue *clues;
	uint32_t clue_count;
};

struct skep_step;
struct skep_exec;

/* How linked instructions are executed as they are, where there is no memory for others. */
struct skep_linked {
	/* What lddw with a source other than 0 and BPF_PSEUDO_FUNC loads. */
	uint64_t (*load_wide)(const struct skep_exec *exec, const struct skep_insn *insn);
	/* The row of a helper's number, or NULL. */
	const struct skep_helper *(*find_helper)(const struct skep_exec *exec, uint64_t number);
};

/* What engines execute. */
struct skep_exec {
	const struct skep_linked *linked; /* skep_interp_run() only; NULL: `insns` are executable */
	const struct skep_step *steps;    /* skep_threaded_prepare() has made, or NULL */
	const struct skep_insn *insns;
	uint32_t count;
	const skep_helper_fn *helpers; /* called by index */
	uint32_t helper_count;
	const struct skep_function *functions;
	uint32_t function_count;
	/* The functions' stack_bytes are what they use, and no chain of calls uses more than
	 * SKEP_STACK_BYTES. Else each may use as much. */
	bool stack_known;
	const struct skep_contracts *contracts; /* helpers by number, for calls through registers */
};

enum {
	SKEP_CALL_TAIL = -1,
	/* Times that one activation of a function may go on at may_goto (BPF_MAX_LOOPS in Linux).
	 */
	SKEP_MAY_GOTO_MAX = 8 * 1024 * 1024,
};

struct skep_env;

/* The entry point of compiled code: r1 = ctx, r2 as given (0 for programs of the runtime); returns
 * r0. */
typedef uint64_t (*skep_code_entry)(void *ctx, struct skep_env *env, uint64_t r2);

/* A program as a tail call finds it: prog_array slots hold pointers to these. */
struct skep_target {
	const struct skep_exec *exec;
	skep_code_entry entry; /* NULL: interpreted */
	/* Nobody verified it: for the checked execution alone. NULL: it was verified. */
	const struct skep_bytecode *linked;
};

/* One run. Lives on the stack of skep_prog_run(); engines and helpers share it. */
struct skep_env {
	void *ctx; /* the structure given to skep_prog_run() */
	/* The program type's: NULL or a negative result ends the program with r0 = 0, as in Linux.
	 * Called with r6, the offset (for LD_IND the low 32 bits of src + imm) and the size. */
	int64_t (*packet_load)(const void *ctx, int32_t offset, uint32_t size);
	struct skep_runtime *runtime;
	const struct skep_port *port;
	void *user;
	uint32_t tail_calls; /* made so far in this run */
	/* A word of the runtime that port->lock() takes for atomic operations the machine has no
	 * instruction for. Never NULL on machines without 64-bit or 32-bit compare-and-swap. */
	uint32_t *atomic_word;
	uint64_t scratch[2]; /* the engines' own, between two instructions */
	uint32_t randoms;    /* random numbers given so far, where the port has no generator */
};

/* bpf_tail_call(): the program to go on with, or NULL if the index is past the end, the slot empty,
 * or SKEP_TAIL_CALLS_MAX calls were made; only a call that will be made is counted. Engines call
 * this. */
const struct skep_target *skep_tail_call(struct skep_env *env, struct skep_map *map,
					 uint64_t index);

#endif
