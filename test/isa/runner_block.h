/* SPDX-License-Identifier: Apache-2.0 */
/* A test as it was read. Private to runner*.c. */
#ifndef SKEP_TEST_ISA_RUNNER_BLOCK_H
#define SKEP_TEST_ISA_RUNNER_BLOCK_H

#include "runner.h"

enum isa_form { ISA_FORM_NONE, ISA_FORM_PROGRAM, ISA_FORM_OP, ISA_FORM_JUMP };

enum isa_ending { ISA_ENDING_NONE, ISA_ENDING_RUN, ISA_ENDING_REFUSE, ISA_ENDING_STOP };

enum isa_column {
	ISA_COLUMN_R0,
	ISA_COLUMN_R9 = 9,
	ISA_COLUMN_D,
	ISA_COLUMN_S,
	ISA_COLUMN_K,
	ISA_COLUMN_O,
	ISA_COLUMN_A,
	ISA_COLUMN_M8,
	ISA_COLUMN_M16,
	ISA_COLUMN_M32,
	ISA_COLUMN_M64,
	ISA_COLUMN_B16,
	ISA_COLUMN_B32,
	ISA_COLUMN_B64,
	ISA_COLUMN_TAKEN,
	ISA_COLUMN_ENDS,
	ISA_COLUMN_COUNT
};

struct isa_bytes {
	uint8_t at[ISA_MEMORY_MAX];
	size_t size;
	bool given;
};

struct isa_block {
	uint8_t form, ending;
	uint32_t line;     /* of its first line */
	size_t text_size;  /* of the assembly text in room->text */
	uint32_t hex_size; /* bytes in room->insns, if the program was given as such */
	struct isa_bytes memory, after, packet;
	uint64_t r0;
	uint32_t index; /* of `refuse` and `stop` */
	uint32_t fill_at, fill_count;
	char words[48];
	uint16_t d_set, s_set, loses; /* bit i: ri */
	uint32_t steps;
	bool no_helpers;
	bool other_engine; /* `only` names others */
	int32_t distances[ISA_DISTANCE_MAX];
	uint8_t distance_count;
	/* The table. */
	uint8_t columns[ISA_COLUMN_MAX];
	uint8_t column_count, input_count;
	size_t rows_at, rows_end;
	uint32_t rows_line; /* number of the first row's line */
};

/* Sets the runner's message, after "GROUP.txt:LINE: "; false. */
bool isa_fail(struct isa_runner *runner, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The line at runner->offset into runner->buffer; false at the end of the text or, with a message,
 * if it is too long. */
bool isa_read_line(struct isa_runner *runner);

/* The next word of `*at`, which is moved behind it; its length, 0 at the end. */
size_t isa_read_word(const char **at, const char **word);

/* Assembles; false: with a message about `line`. */
bool isa_assemble(struct isa_runner *runner, uint32_t line, const char *text, size_t size,
		  struct skep_insn *out, uint32_t capacity, uint32_t *count);

/* Clears what is left of longer programs behind the `count` instructions in room->insns: a jump
 * that goes too far must not find its way back through it. */
void isa_clear_behind(struct isa_runner *runner, uint32_t count);

/* The structure check of what is in room->insns: SKEP_FAULT_NONE, or what is wrong `where`. Takes
 * room->rows for its marks; false, with a message: they are too few. */
bool isa_check(struct isa_runner *runner, uint32_t line, uint32_t count, enum skep_isa_fault *fault,
	       uint32_t *where);

/* The same for a program that must pass it: false, with a message, if it does not. */
bool isa_must_pass(struct isa_runner *runner, uint32_t line, uint32_t count);

/* A number of 64 bits: decimal or 0x, with or without sign, that is the whole word. */
bool isa_read_number(const char *word, size_t size, uint64_t *out);

enum isa_read { ISA_READ_BLOCK, ISA_READ_BAD, ISA_READ_END };

/* Reads the next test up to the empty line behind it. BAD: it has a message. */
enum isa_read isa_read_block(struct isa_runner *runner, struct isa_block *block);

/* Runs an `op` or a `jump`. */
enum isa_outcome isa_run_table(struct isa_runner *runner, const struct isa_block *block);

/* What is in slot 0 of the map for tail calls from now on. */
void isa_set_target(const struct skep_target *target);

/* Whether isa_contracts() gives any from now on. */
void isa_set_helpers(bool there);

/* What packet loads find from now on, where r6 is `ctx`. */
void isa_set_packet(const struct isa_bytes *packet, const void *ctx);

#endif
