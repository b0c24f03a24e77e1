/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame's stack: what stores put there and loads find. Values keep all that is known of them
 * when they are stored where a cell begins (pointers only whole and aligned) and read back in the
 * same size; whatever else touches one of their bytes makes plain data of the others.
 */
#include "base/bytes.h"
#include "verify/state.h"

/* Turns the value in a cell into plain data. */
static void break_spill(struct skep_frame *frame, uint32_t cell)
{
	memset(frame->bytes + cell * SKEP_CELL_BYTES, SKEP_BYTE_DATA, frame->sizes[cell]);
	frame->spilled[cell / 64] &= ~((uint64_t)1 << cell % 64);
}

/* The cell whose value covers a byte, which is one of a value's. */
static uint32_t cell_of(const struct skep_frame *frame, uint32_t at)
{
	const uint32_t cell = at / SKEP_CELL_BYTES;

	return skep_frame_has_spill(frame, cell) ? cell : cell - 1;
}

static void break_spills(struct skep_frame *frame, uint32_t from, uint32_t to)
{
	for (uint32_t at = from; at < to; at++)
		if (frame->bytes[at] == SKEP_BYTE_SPILL)
			break_spill(frame, cell_of(frame, at));
}

static void touch(struct skep_frame *frame, uint32_t at)
{
	if (at < frame->low)
		frame->low = at & ~7u;
}

struct skep_value *skep_frame_spill(struct skep_frame *frame, uint32_t cell, unsigned size,
				    struct skep_arena *arena)
{
	const uint32_t at = cell * SKEP_CELL_BYTES;

	if (frame->cells[cell] == NULL) {
		frame->cells[cell] = skep_arena_alloc(arena, sizeof(*frame->cells[cell]));
		if (frame->cells[cell] == NULL)
			return NULL;
	}
	break_spills(frame, at, at + size);
	touch(frame, at);
	memset(frame->bytes + at, SKEP_BYTE_SPILL, size);
	frame->sizes[cell] = (uint8_t)size;
	frame->spilled[cell / 64] |= (uint64_t)1 << cell % 64;
	return frame->cells[cell];
}

bool skep_frame_store(struct skep_frame *frame, uint32_t at, unsigned size,
		      const struct skep_value *value, struct skep_arena *arena)
{
	const bool whole = size == 8 && at % 8 == 0;
	struct skep_value *spill;

	if (skep_value_is_number(value, 0) ||
	    (skep_value_is_pointer(value) ? !whole : at % SKEP_CELL_BYTES != 0)) {
		break_spills(frame, at, at + size);
		touch(frame, at);
		memset(frame->bytes + at,
		       skep_value_is_number(value, 0) ? SKEP_BYTE_ZERO : SKEP_BYTE_DATA, size);
		return true;
	}
	spill = skep_frame_spill(frame, at / SKEP_CELL_BYTES, size, arena);
	if (spill == NULL)
		return false;
	*spill = *value;
	if (size < 8 && value->var.full.umax >> (size * 8) != 0) {
		spill->id = 0;
		skep_scalar_cast(&spill->var, size * 8, SKEP_WIDTH);
	}
	return true;
}

/* Whether all bytes are known to be zero. */
static bool is_zero(const struct skep_frame *frame, uint32_t at, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		if (frame->bytes[at + i] != SKEP_BYTE_ZERO)
			return false;
	return true;
}

uint32_t skep_frame_find_pointer(const struct skep_frame *frame, uint32_t from, uint32_t to)
{
	while (from < to && !(frame->bytes[from] == SKEP_BYTE_SPILL &&
			      skep_value_is_pointer(frame->cells[cell_of(frame, from)])))
		from++;
	return from;
}

bool skep_frame_load(const struct skep_frame *frame, uint32_t at, unsigned size,
		     struct skep_value *out)
{
	const uint32_t cell = at / SKEP_CELL_BYTES;
	const bool is_spill = at % SKEP_CELL_BYTES == 0 && skep_frame_has_spill(frame, cell);

	if (is_spill && frame->sizes[cell] == size) {
		*out = *frame->cells[cell];
		return true;
	}
	if (skep_frame_find_pointer(frame, at, at + size) != at + size)
		return false;
	*out = is_zero(frame, at, size) ? skep_value_const(0) : skep_value_unknown(size * 8);
	/* The first bytes are the low ones only where numbers are stored so. */
	if (is_spill && frame->sizes[cell] > size && !skep_host_is_big_endian()) {
		*out = *frame->cells[cell];
		if (out->var.full.umax >> (size * 8) != 0) {
			out->id = 0;
			skep_scalar_cast(&out->var, size * 8, SKEP_WIDTH);
		}
	}
	return true;
}

uint32_t skep_frame_find_unwritten(const struct skep_frame *frame, uint32_t from, uint32_t to)
{
	while (from < to && frame->bytes[from] != SKEP_BYTE_NONE)
		from++;
	return from;
}

void skep_frame_blur(struct skep_frame *frame, uint32_t from, uint32_t to, bool all)
{
	break_spills(frame, from, to);
	if (all && from < to)
		touch(frame, from);
	for (uint32_t at = from; at < to; at++)
		if (all || frame->bytes[at] != SKEP_BYTE_NONE)
			frame->bytes[at] = SKEP_BYTE_DATA;
}

void skep_frame_forget(struct skep_frame *frame, uint32_t from, uint32_t to)
{
	break_spills(frame, from, to);
	memset(frame->bytes + from, SKEP_BYTE_NONE, to - from);
}
