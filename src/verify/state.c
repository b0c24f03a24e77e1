/* SPDX-License-Identifier: Apache-2.0 */
/* Makes values and frames, and goes through them. Nothing is refused here. */
#include "verify/state.h"

#include "base/bytes.h"

struct skep_value skep_value_const(uint64_t x)
{
	return (struct skep_value){ .kind = SKEP_VALUE_NUMBER,
				    .var = skep_scalar_const(x, SKEP_WIDTH) };
}

struct skep_value skep_value_unknown(unsigned bits)
{
	return (struct skep_value){ .kind = SKEP_VALUE_NUMBER,
				    .var = skep_scalar_unknown(bits, SKEP_WIDTH) };
}

struct skep_value skep_value_pointer(enum skep_value_kind kind, uint32_t origin)
{
	return (struct skep_value){ .kind = (uint8_t)kind,
				    .origin = origin,
				    .var = skep_scalar_const(0, SKEP_WIDTH) };
}

static struct skep_value *next_spill(const struct skep_frame *frame, uint32_t *index)
{
	uint32_t cell = *index - SKEP_REG_COUNT;

	while (cell < SKEP_CELLS) {
		const uint64_t left = frame->spilled[cell / 64] >> cell % 64;

		if (left == 0) {
			cell = (cell / 64 + 1) * 64;
			continue;
		}
		if (left & 1) {
			*index = SKEP_REG_COUNT + cell + 1;
			return frame->cells[cell];
		}
		cell++;
	}
	return NULL;
}

struct skep_value *skep_state_next(const struct skep_state *state, struct skep_cursor *cursor)
{
	for (; cursor->frame < state->frame_count; cursor->frame++, cursor->index = 0) {
		struct skep_frame *frame = state->frames[cursor->frame];
		struct skep_value *spill;

		if (cursor->index < SKEP_REG_COUNT)
			return &frame->regs[cursor->index++];
		spill = next_spill(frame, &cursor->index);
		if (spill != NULL)
			return spill;
	}
	return NULL;
}

struct skep_frame *skep_state_push_frame(struct skep_state *state, struct skep_arena *arena)
{
	const uint32_t number = state->frame_count;
	struct skep_frame *frame = state->frames[number];

	if (frame == NULL) {
		frame = skep_arena_alloc(arena, sizeof(*frame));
		if (frame == NULL)
			return NULL;
		state->frames[number] = frame;
	} else {
		memset(frame->regs, 0, sizeof(frame->regs));
		memset(frame->bytes, SKEP_BYTE_NONE, sizeof(frame->bytes));
		memset(frame->spilled, 0, sizeof(frame->spilled));
	}
	frame->low = SKEP_STACK_BYTES;
	frame->regs[BPF_REG_FP] = skep_value_pointer(SKEP_VALUE_STACK, 0);
	frame->regs[BPF_REG_FP].frame = (uint8_t)number;
	state->frame_count++;
	return frame;
}
