/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the text tests of the instruction set on any engine and any machine: no libc, no memory but
 * the caller's, text in pieces through a callback.
 *
 * A file is a group (`base32`); its tests are blocks of lines between empty lines. The first
 * comment of a block is the test's name, `key: value` lines say what to do. There are three forms.
 *
 * A program, with what it must give:
 *
 *	# Division by zero gives 0 (RFC 9669, 4.1)
 *	asm:     r0 = 7 ; r1 = 0 ; r0 /= r1 ; exit
 *	run:     0
 *
 *	asm:     instructions; further such lines are further instructions
 *	hex:     the same as bytes, in the little-endian order of the RFC
 *	mem:     bytes: r1 is their address, r2 their number (none: both 0)
 *	after:   bytes: what memory must hold then (none: what it held)
 *	fill:    AT COUNT: COUNT exits are put before instruction AT
 *	run:     r0
 *	refuse:  INDEX words: instead of `run`, the structure check refuses the program
 *	         there, and its reason contains the words
 *	stop:    INDEX words: instead of `run`, the execution stops there, and its reason
 *	         contains the words; for engines that check what they execute
 *
 * Programs that get no memory, call nothing and are short also run with r1 to r9 exchanged in
 * all nine rotations, which changes no result.
 *
 * An operation, for every register it may have and every row of operands:
 *
 *	# add, 64 bits
 *	op:      r{d} += r{s}
 *	  d                   s   -> d
 *	  0x7fffffffffffffff  1   -> 0x8000000000000000
 *
 * {d} and {s} become each of r0 to r9 (or those listed after `d:` and `s:`, such as `0 3-5`), {k}
 * the row's immediate, {o} its offset. The line of names says what the columns left of the arrow
 * are set to and those right of it must be afterwards:
 *
 *	d s r0 ... r9    registers
 *	k o              immediate and offset (left)
 *	m8 m16 m32 m64   a cell in memory of that width, in the machine's byte order
 *	b16 b32 b64      the same, the most significant byte first
 *	a                bytes by which the cell is off its alignment (left)
 *	taken            1 if the jump is taken, 0 if not (right)
 *	ends             1 if the operation ends the program with r0 = 0, 0 if not (right)
 *
 * All other registers hold dirt before, and what no column names must be as before, memory
 * included, except the registers listed after `loses:`. Values are numbers, `@`, the address of the
 * cell minus the row's offset, `@32`, its lower half, or `ctx`, what r1 was at the start. Where
 *registers coincide (s = d), rows that would set one register to two numbers are left out;
 *registers that no row is left for are an error.
 *
 * A jump, likewise, but the runner adds the target, 2 instructions ahead and 3 behind, or at each
 * distance listed after `distance:`.
 *
 *	jump:    if r{d} == r{s} goto
 *	  d  s  -> taken
 *	  1  1  -> 1
 *
 * For all forms:
 *
 *	packet:  bytes that packet loads find when r6 is what r1 was at the start (none: there is
 *	         no function that loads)
 *	helpers: none: there are no contracts, so that calls through registers find nothing
 *	only:    names of the engines that it is for; others pass over it
 *	steps:   about how many instructions it executes, if so many that small machines leave
 *	         it out
 *
 * Helpers: number 1 gives r1 + 3 * r2 + 5 * r3 + 7 * r4 + 11 * r5, number 2 gives
 * 0xfedcba9876543210, 3 to 7 give r1 to r5, 8 gives a map for tail calls (executable, so `call
 *-1`): slot 0 of its two is the program itself, slot 1 empty.
 */
#ifndef SKEP_TEST_ISA_RUNNER_H
#define SKEP_TEST_ISA_RUNNER_H

#include "spec/program.h"

enum {
	ISA_LINE_MAX = 127,  /* characters of a line */
	ISA_MEMORY_MAX = 64, /* bytes of `mem` and `packet` */
	ISA_BODY_MAX = 8,    /* instructions of an `op` */
	ISA_COLUMN_MAX = 14, /* columns of a table */
	ISA_DISTANCE_MAX = 16,
	ISA_NAME_MAX = 95, /* characters of a test's name */
	ISA_MESSAGE_MAX = 255,
	ISA_HELPER_COUNT = 9, /* numbers of helpers, 0 is none */
	ISA_FUNCTION_MAX = 8, /* functions of a program whose use of the stack is looked for */
	ISA_AREA_BYTES = 56,  /* of the memory around a cell */
};

/* The text of one file. `read` copies up to `size` bytes from `offset` on and returns how many, 0
 * at the end. */
struct isa_text {
	const char *group;
	size_t (*read)(void *ctx, size_t offset, char *out, size_t size);
	void *ctx;
};

/* What one run gave. */
struct isa_run {
	uint64_t r0;
	bool stopped; /* by a check, at `index` because of `why`; r0 means nothing then */
	uint32_t index;
	const char *why; /* lives until the next run */
};

/* What executes. Instructions are as linked (spec/program.h): helpers are called by the numbers
 * above, which index isa_helpers; there are no maps. They stay where they are, and unchanged, until
 * the release. */
struct isa_engine {
	const char *name; /* interpreter, linked, threaded, checked, jit */
	bool checks;      /* stops programs that go wrong: `stop` tests are for it */
	/* Gets ready to run a program; false: it cannot, and has said why with test_note(). */
	bool (*prepare)(void *ctx, const struct skep_insn *insns, uint32_t count);
	/* Runs it with r1 = memory, r2 = size; may be called many times, each with what
	 * isa_packet_load() gives for packet loads. */
	void (*run)(void *ctx, void *memory, size_t size, struct isa_run *out);
	void (*release)(void *ctx); /* NULL: nothing to do */
	/* The program that is prepared, for tail calls. NULL: it makes none; such tests are not
	 * `only` for it. */
	const struct skep_target *(*target)(void *ctx);
	void *ctx;
};

/* What this machine has room for; tests that need more are left out. */
struct isa_room {
	char *text; /* of one program; done with when `rows` and the engine's own room are used */
	size_t text_bytes;
	struct skep_insn *insns;
	uint32_t insn_max; /* at least 64; 66,000 for all tests */
	uint64_t *rows;    /* of a table, in parts that fit: at least 2 * ISA_COLUMN_MAX */
	uint32_t row_words;
	uint32_t steps_max; /* instructions one program may execute, 0: any number */
	/* Not every row with all registers: each row with some, all registers with some row. */
	bool thin;
};

enum isa_outcome { ISA_PASSED, ISA_FAILED, ISA_SKIPPED, ISA_END };

/* What the runner knows between two tests. Members are its own, except those after the line. */
struct isa_runner {
	const struct isa_text *text;
	const struct isa_engine *engine;
	const struct isa_room *room;
	size_t offset;                 /* of the next line */
	uint32_t line;                 /* number of the one in hand */
	char buffer[ISA_LINE_MAX + 2]; /* which it is, terminated */
	uint32_t insn_end;             /* of what was ever in room->insns */
	/* ---- the result of the last test */
	char name[ISA_NAME_MAX + 1];
	char message[ISA_MESSAGE_MAX + 1]; /* why it failed or was skipped */
	uint32_t runs;                     /* programs run */
};

void isa_runner_init(struct isa_runner *runner, const struct isa_text *text,
		     const struct isa_engine *engine, const struct isa_room *room);

/* Runs the next test for this engine whose name contains `only` (NULL: any). */
enum isa_outcome isa_runner_next(struct isa_runner *runner, const char *only);

/* Runs all of a file and prints a KTAP line `GROUP/NAME` for each test, `GROUP/NAME (ENGINE)` if
 * `with_engine`; between test_begin() and test_end(). Returns how many tests ran. For one that
 * there is no room for a note `left out: GROUP/NAME (ENGINE): why` stands instead of the result. */
unsigned isa_run_text(const struct isa_text *text, const struct isa_engine *engine,
		      const struct isa_room *room, bool with_engine, const char *only);

/* For engines: the helpers by number (0: none that may be called); their contracts, for calls
 * through registers in the program that is prepared next; and what env->packet_load is in the next
 * run. */
extern const skep_helper_fn isa_helpers[ISA_HELPER_COUNT];
const struct skep_contracts *isa_contracts(void);
typedef int64_t (*isa_packet_fn)(const void *ctx, int32_t offset, uint32_t size);
isa_packet_fn isa_packet_load(void);

/* A port that has nothing but a lock, which waits for nobody: nothing else runs. */
extern const struct skep_port isa_port;

/* The verified execution, of executable and (`linked`) of linked instructions, and the checked one
 * as engines. In linked instructions a 64-bit load with source S, lower half L and upper half U
 * gives S << 60 | U << 32 | L. */
extern const struct isa_engine isa_engine_interp, isa_engine_linked, isa_engine_checked;

enum { ISA_STEP_BYTES = 8 + sizeof(void *), ISA_STEPS_EXTRA_BYTES = 64 };

/* The verified execution of prepared programs: the caller sets the block, ISA_STEP_BYTES for each
 * instruction of the longest program and ISA_STEPS_EXTRA_BYTES more, which stays. Where the runner
 * can tell how much stack functions use, they share 512 bytes, as they do when the verifier has
 * told it. */
struct isa_threaded {
	void *block;
	size_t block_bytes;
	struct skep_exec program;
	struct skep_target target;
	struct skep_function functions[ISA_FUNCTION_MAX];
};

struct isa_engine isa_engine_threaded(struct isa_threaded *threaded);

#endif
