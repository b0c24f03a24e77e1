/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier knows at one instruction: of every register and stack byte of every frame. */
#ifndef SKEP_VERIFY_STATE_H
#define SKEP_VERIFY_STATE_H

#include "verify/range.h"

/* Why a number is no pointer, for messages alone. */
enum skep_lost {
	SKEP_LOST_NONE,
	SKEP_LOST_MOVED,    /* a packet pointer until a call moved the packet */
	SKEP_LOST_RELEASED, /* a record until it was given back */
	SKEP_LOST_SOCK,     /* a socket until it, or the one it came from, was given back */
	SKEP_LOST_NULL,     /* a pointer that was found to be null */
	SKEP_LOST_MATH,     /* a pointer until arithmetic made a number of it */
};

/*
 * What a register holds, or a spilled register. A pointer is the start of its memory, plus `off`,
 * plus a number of the set `var`.
 *
 * `id`, where it is not 0, says that values belong together:
 *   numbers     value - off is the same in all of an id
 *   packet      `var` is the same number in all of an id; 0: it is the number 0
 *   maybe_null  all of an id are null, or none is
 *   records     the record, also in the list of references; sockets have `size` for that
 */
struct skep_value {
	uint8_t kind; /* enum skep_value_kind, never SKEP_VALUE_ANY */
	bool maybe_null;
	uint8_t frame; /* STACK: whose; KERNEL: 1 if it may be given to helpers */
	uint8_t lost;  /* NUMBER: enum skep_lost */
	uint32_t id;
	int32_t off;
	int32_t reach; /* PKT, PKT_META: bytes from start + var proven to be there */
	uint32_t map;  /* MAP, MAP_VALUE: index; SOCK: enum skep_sock; KERNEL: BTF id */
	/* RECORD: bytes; SOCK: the reference it goes with, or 0: when that is given back, this is
	 * gone. */
	uint32_t size;
	uint32_t origin; /* the instruction it comes from, for messages alone */
	struct skep_scalar var;
};

/* What a byte of the stack holds. */
enum skep_byte {
	SKEP_BYTE_NONE, /* never written */
	SKEP_BYTE_DATA, /* some number's */
	SKEP_BYTE_ZERO,
	SKEP_BYTE_SPILL, /* part of the spilled value of its cell, or of the cell before */
};

enum {
	SKEP_CELL_BYTES = 4,
	SKEP_CELLS = SKEP_STACK_BYTES / SKEP_CELL_BYTES,
	SKEP_REFS_MAX = 16,
	SKEP_OFF_MAX = 1 << 29, /* offsets farther from zero are refused, as in Linux */
	SKEP_PKT_MAX = 0xffff,  /* packets are no longer than this */
};

/* Stack offsets go from -512 to -1 in the program and from 0 to 511 here. A value can be spilled
 * where a cell begins. */
struct skep_frame {
	struct skep_value regs[SKEP_REG_COUNT];
	uint32_t call;     /* the instruction that called this function */
	uint32_t function; /* index */
	uint32_t low;      /* bytes below this one were never written; a multiple of 8 */
	uint64_t spilled[SKEP_CELLS / 64];
	uint8_t bytes[SKEP_STACK_BYTES];
	uint8_t sizes[SKEP_CELLS];
	struct skep_value *cells[SKEP_CELLS]; /* NULL until a value is spilled there */
};

/* A record or socket that must be given back. */
struct skep_ref {
	uint32_t id, insn;
	uint8_t kind, zero[3]; /* SKEP_VALUE_RECORD or _SOCK */
};

struct skep_saved;

struct skep_state {
	uint32_t pc;
	uint32_t frame_count;
	uint32_t ref_count;
	uint32_t since;            /* instructions since a state was saved on this path */
	uint32_t length;           /* instructions of this path so far */
	uint32_t fork_count;       /* and outcomes of conditions on it, see path.c */
	struct skep_saved *parent; /* the state last saved on this path */
	struct skep_ref refs[SKEP_REFS_MAX];
	struct skep_frame *frames[SKEP_FRAMES_MAX]; /* those past frame_count: spare, or NULL */
};

static inline struct skep_frame *skep_state_frame(const struct skep_state *state)
{
	return state->frames[state->frame_count - 1];
}

struct skep_value skep_value_const(uint64_t x);
/* Any number of `bits` bits. */
struct skep_value skep_value_unknown(unsigned bits);
/* A pointer without a variable part. */
struct skep_value skep_value_pointer(enum skep_value_kind kind, uint32_t origin);

static inline bool skep_value_is_pointer(const struct skep_value *value)
{
	return value->kind > SKEP_VALUE_NUMBER;
}

static inline bool skep_value_is_const(const struct skep_value *value)
{
	return value->kind == SKEP_VALUE_NUMBER && skep_scalar_is_const(&value->var);
}

static inline bool skep_value_is_number(const struct skep_value *value, uint64_t x)
{
	return skep_value_is_const(value) && value->var.bits.value == x;
}

/* Whether off and var are zero. */
static inline bool skep_value_is_start(const struct skep_value *value)
{
	return value->off == 0 && skep_scalar_is_const(&value->var) && value->var.bits.value == 0;
}

/* Goes through all registers and spilled values of all frames; begins with a cursor of zeros. NULL:
 * no more. */
struct skep_cursor {
	uint32_t frame, index;
};
struct skep_value *skep_state_next(const struct skep_state *state, struct skep_cursor *cursor);

/* A spare frame becomes the last one, empty; NULL: no memory. */
struct skep_frame *skep_state_push_frame(struct skep_state *state, struct skep_arena *arena);

/* ----------------------------------------------------------------------------------- stack.c */

static inline bool skep_frame_has_spill(const struct skep_frame *frame, uint32_t cell)
{
	return (frame->spilled[cell / 64] >> cell % 64 & 1) != 0;
}

/* The cell for a value to be spilled in, which the caller then fills. NULL: no memory. */
struct skep_value *skep_frame_spill(struct skep_frame *frame, uint32_t cell, unsigned size,
				    struct skep_arena *arena);

/* Writes `size` bytes at `at`. False: no memory. */
bool skep_frame_store(struct skep_frame *frame, uint32_t at, unsigned size,
		      const struct skep_value *value, struct skep_arena *arena);

/* Reads `size` bytes at `at`, which must be initialised. False: part of a spilled pointer. */
bool skep_frame_load(const struct skep_frame *frame, uint32_t at, unsigned size,
		     struct skep_value *out);

/* The first byte in [from, to) that belongs to a stored pointer, or `to`. */
uint32_t skep_frame_find_pointer(const struct skep_frame *frame, uint32_t from, uint32_t to);

/* The first byte in [from, to) that was never written, or `to`. */
uint32_t skep_frame_find_unwritten(const struct skep_frame *frame, uint32_t from, uint32_t to);

/* Some bytes in [from, to) may have been written with any number; `all`: each was. */
void skep_frame_blur(struct skep_frame *frame, uint32_t from, uint32_t to, bool all);

/* Forgets the bytes [from, to). */
void skep_frame_forget(struct skep_frame *frame, uint32_t from, uint32_t to);

#endif
