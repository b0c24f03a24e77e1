/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States kept. Where paths join, the current state is looked for among those kept from earlier
 * visits: one that contains it, and all of whose paths have been walked to their ends, has shown
 * already that all is well from here on. Only those may be used: a state whose paths are still
 * walked is one that the current path came from, and being contained in it would prove a loop safe
 * but not that it ends. A state that equals one it came from can only repeat, and is refused.
 *
 * Kept states are found in two ways: by a hash of their constants and pointers, for equals among
 * thousands (the iterations of a loop); and in the list of their instruction, the newest first, a
 * few of which are compared in full.
 */
#include "base/bytes.h"
#include "verify/verifier.h"

enum {
	BUCKETS_MIN = 256,
	BUCKETS_MAX = 65536,
	CHAIN_MAX = 64, /* states looked at in a bucket */
	LIST_MAX = 32,  /* and in the list of an instruction */
	APART = 8,      /* instructions between two states kept on one path */
	IDS_MAX = 128,
};

/* A frame as it is kept: registers that hold nothing or any number take one bit. */
struct packed_frame {
	uint32_t call, function, low;
	uint16_t present, any;
	uint32_t spill_count;
	struct skep_value *values; /* registers present that are not just any number, then spills */
	uint8_t *spills;           /* cell and size of each */
	uint8_t *bytes;            /* from `low` on */
};

struct packed {
	uint32_t pc, frame_count, ref_count;
	struct skep_ref *refs;
	struct packed_frame *frames;
};

struct skep_saved {
	struct skep_saved *parent;   /* the state kept before on the path that led here */
	struct skep_saved *in_chain; /* next of this bucket */
	struct skep_saved *in_list;  /* next of this instruction, once all paths have ended */
	uint64_t hash;
	uint32_t branches; /* paths from here not yet walked to their ends */
	struct packed state;
};

struct skep_pending {
	struct skep_pending *below;
	struct skep_arena_mark mark;
	struct skep_saved *parent;
	uint32_t since, length, fork_count;
	struct packed state;
};

struct skep_table {
	struct skep_saved **buckets;
	uint32_t bucket_mask;
	struct skep_saved **lists; /* by instruction */
};

int skep_table_make(struct skep_verifier *v)
{
	struct skep_table *table = skep_arena_alloc(&v->arena, sizeof(*table));
	uint32_t count = BUCKETS_MIN;

	while (count < v->code->count && count < BUCKETS_MAX)
		count *= 2;
	if (table == NULL)
		return skep_explain_memory(v);
	table->bucket_mask = count - 1;
	table->buckets = skep_arena_array(&v->arena, count, sizeof(*table->buckets));
	table->lists = skep_arena_array(&v->arena, v->code->count, sizeof(*table->lists));
	if (table->buckets == NULL || table->lists == NULL)
		return skep_explain_memory(v);
	v->table = table;
	return 0;
}

/* --------------------------------------------------------------------------------- packing */

static bool is_any(const struct skep_value *value)
{
	return value->kind == SKEP_VALUE_NUMBER && value->id == 0 &&
	       value->lost == SKEP_LOST_NONE && skep_scalar_is_unknown(&value->var, SKEP_WIDTH);
}

/* Registers worth keeping of a frame: those that are read before they are written. */
static uint16_t regs_read(const struct skep_verifier *v, uint32_t frame)
{
	const struct skep_state *state = &v->state;
	const bool is_last = frame + 1 == state->frame_count;
	const uint32_t pc = is_last ? state->pc : state->frames[frame + 1]->call;

	return v->needs[pc].read & (is_last ? 0x3ff : 0x3c0);
}

static unsigned count_bits(uint64_t bits)
{
	unsigned count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

static bool pack_frame(const struct skep_frame *frame, uint16_t read, struct skep_arena *arena,
		       struct packed_frame *out)
{
	struct packed_frame packed = { .call = frame->call,
				       .function = frame->function,
				       .low = frame->low };
	uint32_t count = 0;

	for (unsigned reg = 0; reg < BPF_REG_FP; reg++) {
		if (!(read >> reg & 1) || frame->regs[reg].kind == SKEP_VALUE_NONE)
			continue;
		packed.present |= (uint16_t)(1u << reg);
		if (is_any(&frame->regs[reg]))
			packed.any |= (uint16_t)(1u << reg);
		else
			count++;
	}
	packed.spill_count = count_bits(frame->spilled[0]) + count_bits(frame->spilled[1]);
	packed.values = skep_arena_array(arena, count + packed.spill_count, sizeof(*packed.values));
	packed.spills = skep_arena_array(arena, packed.spill_count, 2);
	packed.bytes = skep_arena_alloc(arena, SKEP_STACK_BYTES - frame->low);
	if (packed.values == NULL || packed.spills == NULL || packed.bytes == NULL)
		return false;
	count = 0;
	for (unsigned reg = 0; reg < BPF_REG_FP; reg++)
		if ((packed.present & ~packed.any) >> reg & 1)
			packed.values[count++] = frame->regs[reg];
	for (uint32_t cell = 0, at = 0; at < packed.spill_count; cell++) {
		if (!skep_frame_has_spill(frame, cell))
			continue;
		packed.spills[2 * at] = (uint8_t)cell;
		packed.spills[2 * at + 1] = frame->sizes[cell];
		packed.values[count + at++] = *frame->cells[cell];
	}
	memcpy(packed.bytes, frame->bytes + frame->low, SKEP_STACK_BYTES - frame->low);
	*out = packed;
	return true;
}

static bool pack(const struct skep_verifier *v, struct skep_arena *arena, struct packed *out)
{
	const struct skep_state *state = &v->state;

	out->pc = state->pc;
	out->frame_count = state->frame_count;
	out->ref_count = state->ref_count;
	out->frames = skep_arena_array(arena, state->frame_count, sizeof(*out->frames));
	out->refs = skep_arena_array(arena, state->ref_count, sizeof(*out->refs));
	if (out->frames == NULL || out->refs == NULL)
		return false;
	memcpy(out->refs, state->refs, state->ref_count * sizeof(*out->refs));
	for (uint32_t i = 0; i < state->frame_count; i++)
		if (!pack_frame(state->frames[i], regs_read(v, i), arena, &out->frames[i]))
			return false;
	return true;
}

static bool unpack_frame(const struct packed_frame *packed, struct skep_arena *arena,
			 struct skep_frame *frame)
{
	const struct skep_value *value = packed->values;

	frame->call = packed->call;
	frame->function = packed->function;
	for (unsigned reg = 0; reg < BPF_REG_FP; reg++) {
		if (!(packed->present >> reg & 1))
			continue;
		frame->regs[reg] = packed->any >> reg & 1 ? skep_value_unknown(64) : *value++;
	}
	for (uint32_t i = 0; i < packed->spill_count; i++) {
		const unsigned size = packed->spills[2 * i + 1];
		struct skep_value *to = skep_frame_spill(frame, packed->spills[2 * i], size, arena);

		if (to == NULL)
			return false;
		*to = *value++;
	}
	frame->low = packed->low;
	memcpy(frame->bytes + packed->low, packed->bytes, SKEP_STACK_BYTES - packed->low);
	return true;
}

int skep_pending_push(struct skep_verifier *v)
{
	const struct skep_arena_mark mark = skep_arena_mark(&v->pending);
	struct skep_pending *entry = skep_arena_alloc(&v->pending, sizeof(*entry));

	if (entry == NULL || !pack(v, &v->pending, &entry->state))
		return skep_explain_memory(v);
	entry->mark = mark;
	entry->below = v->top;
	entry->parent = v->state.parent;
	entry->since = v->state.since;
	entry->length = v->state.length;
	entry->fork_count = v->state.fork_count;
	if (entry->parent != NULL)
		entry->parent->branches++;
	v->top = entry;
	return 0;
}

int skep_pending_pop(struct skep_verifier *v, bool *found)
{
	const struct skep_pending *entry = v->top;
	struct skep_state *state = &v->state;

	*found = entry != NULL;
	if (entry == NULL)
		return 0;
	state->pc = entry->state.pc;
	state->parent = entry->parent;
	state->since = entry->since;
	state->length = entry->length;
	state->fork_count = entry->fork_count;
	state->ref_count = entry->state.ref_count;
	memcpy(state->refs, entry->state.refs, state->ref_count * sizeof(*state->refs));
	state->frame_count = 0;
	for (uint32_t i = 0; i < entry->state.frame_count; i++) {
		struct skep_frame *frame = skep_state_push_frame(state, &v->arena);

		if (frame == NULL || !unpack_frame(&entry->state.frames[i], &v->arena, frame))
			return skep_explain_memory(v);
	}
	v->top = entry->below;
	skep_arena_release(&v->pending, entry->mark);
	return 0;
}

/* ------------------------------------------------------------------------------ containment */

/* Which id of the current state stands for which of the kept one; `shift` is how much farther the
 * current numbers of an id are from their common base. */
struct ids {
	uint32_t count;
	struct {
		uint32_t kept, current;
		int64_t shift;
	} pairs[IDS_MAX];
};

static bool match_ids(struct ids *ids, uint32_t kept, uint32_t current, int64_t shift)
{
	for (uint32_t i = 0; i < ids->count; i++) {
		const bool same_kept = ids->pairs[i].kept == kept;

		if (same_kept || ids->pairs[i].current == current)
			return same_kept && ids->pairs[i].current == current &&
			       ids->pairs[i].shift == shift;
	}
	if (ids->count == IDS_MAX)
		return false;
	ids->pairs[ids->count].kept = kept;
	ids->pairs[ids->count].current = current;
	ids->pairs[ids->count++].shift = shift;
	return true;
}

static bool number_contains(struct ids *ids, const struct skep_value *kept,
			    const struct skep_value *current, bool exact)
{
	if (!(exact ? skep_scalar_equal(&kept->var, &current->var)
		    : skep_scalar_contains(&kept->var, &current->var)))
		return false;
	if (exact && (kept->id == 0) != (current->id == 0))
		return false;
	return kept->id == 0 || (current->id != 0 && match_ids(ids, kept->id, current->id,
							       (int64_t)current->off - kept->off));
}

/* Whether whatever the current value can be, the kept one can be. */
static bool value_contains(struct ids *ids, const struct skep_value *kept,
			   const struct skep_value *current, bool exact)
{
	if (kept->kind != current->kind)
		return false;
	if (kept->kind == SKEP_VALUE_NUMBER)
		return number_contains(ids, kept, current, exact);
	if (kept->maybe_null != current->maybe_null || kept->frame != current->frame ||
	    kept->off != current->off || kept->map != current->map)
		return false;
	/* Of sockets it is the reference they go with. */
	if (kept->kind == SKEP_VALUE_SOCK && kept->size != 0 && current->size != 0) {
		if (!match_ids(ids, kept->size, current->size, 0))
			return false;
	} else if (kept->size != current->size) {
		return false;
	}
	if (exact ? kept->reach != current->reach : kept->reach > current->reach)
		return false;
	if (!(exact ? skep_scalar_equal(&kept->var, &current->var)
		    : skep_scalar_contains(&kept->var, &current->var)))
		return false;
	if ((kept->id == 0) != (current->id == 0))
		return false;
	return kept->id == 0 || match_ids(ids, kept->id, current->id, 0);
}

static bool regs_contain(struct ids *ids, const struct packed_frame *kept,
			 const struct skep_frame *current, const struct skep_value **values,
			 bool exact)
{
	for (unsigned reg = 0; reg < BPF_REG_FP; reg++) {
		const struct skep_value *value = &current->regs[reg];

		if (!(kept->present >> reg & 1)) {
			if (exact && value->kind != SKEP_VALUE_NONE)
				return false;
			continue;
		}
		if (kept->any >> reg & 1) {
			if (value->kind != SKEP_VALUE_NUMBER || (exact && !is_any(value)))
				return false;
			continue;
		}
		if (!value_contains(ids, (*values)++, value, exact))
			return false;
	}
	return true;
}

/* Whether what is data there is a pointer here, and could tell its address. */
static bool shows_pointer(const struct packed_frame *kept, const struct skep_frame *current)
{
	for (uint32_t at = kept->low; at < SKEP_STACK_BYTES; at++)
		if (kept->bytes[at - kept->low] == SKEP_BYTE_DATA &&
		    skep_frame_find_pointer(current, at, at + 1) == at)
			return true;
	return false;
}

static bool bytes_contain(const struct packed_frame *kept, const struct skep_frame *current)
{
	bool has_values = false;

	for (uint32_t at = kept->low; at < SKEP_STACK_BYTES; at++) {
		const uint8_t wanted = kept->bytes[at - kept->low], found = current->bytes[at];

		if (wanted == SKEP_BYTE_NONE || wanted == SKEP_BYTE_SPILL || wanted == found)
			continue;
		if (wanted == SKEP_BYTE_ZERO || found == SKEP_BYTE_NONE)
			return false;
		has_values |= found == SKEP_BYTE_SPILL;
	}
	return !has_values || !shows_pointer(kept, current);
}

/* A kept spill contains a current one of the same place and size, or plain data as the number they
 * are. */
static bool spill_contains(struct ids *ids, const struct skep_value *kept, uint32_t cell,
			   unsigned size, const struct skep_frame *current, bool exact)
{
	const uint32_t at = cell * SKEP_CELL_BYTES;
	struct skep_value data;

	if (skep_frame_has_spill(current, cell))
		return current->sizes[cell] == size &&
		       value_contains(ids, kept, current->cells[cell], exact);
	if (exact || skep_frame_find_unwritten(current, at, at + size) != at + size ||
	    !skep_frame_load(current, at, size, &data))
		return false;
	return value_contains(ids, kept, &data, false);
}

static bool frame_contains(struct ids *ids, const struct packed_frame *kept,
			   const struct skep_frame *current, bool exact)
{
	const struct skep_value *values = kept->values;

	if (kept->call != current->call || kept->function != current->function)
		return false;
	if (!regs_contain(ids, kept, current, &values, exact))
		return false;
	if (exact &&
	    (kept->low != current->low || memcmp(kept->bytes, current->bytes + current->low,
						 SKEP_STACK_BYTES - current->low) != 0))
		return false;
	if (!bytes_contain(kept, current))
		return false;
	for (uint32_t i = 0; i < kept->spill_count; i++)
		if (!spill_contains(ids, &values[i], kept->spills[2 * i], kept->spills[2 * i + 1],
				    current, exact))
			return false;
	return true;
}

static bool state_contains(const struct packed *kept, const struct skep_state *current, bool exact)
{
	struct ids ids;

	ids.count = 0;
	if (kept->frame_count != current->frame_count || kept->ref_count != current->ref_count)
		return false;
	for (uint32_t i = 0; i < kept->ref_count; i++)
		if (!match_ids(&ids, kept->refs[i].id, current->refs[i].id, 0))
			return false;
	/* The last frame first: it differs most. */
	for (uint32_t i = kept->frame_count; i-- > 0;)
		if (!frame_contains(&ids, &kept->frames[i], current->frames[i], exact))
			return false;
	return true;
}

/* ------------------------------------------------------------------------------- the table */

static uint64_t mix(uint64_t hash, uint64_t x)
{
	hash = (hash ^ x) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

/* Equal for states that differ in no constant and no pointer. */
static uint64_t hash_state(const struct skep_state *state)
{
	struct skep_cursor cursor = { 0, 0 };
	const struct skep_value *value;
	uint64_t hash = mix(state->pc, state->frame_count);

	for (uint32_t i = 1; i < state->frame_count; i++)
		hash = mix(hash, state->frames[i]->call);
	while ((value = skep_state_next(state, &cursor)) != NULL) {
		if (value->kind == SKEP_VALUE_NUMBER && !skep_scalar_is_const(&value->var))
			hash = mix(hash, SKEP_VALUE_NUMBER);
		else if (value->kind == SKEP_VALUE_NUMBER)
			hash = mix(hash, value->var.bits.value + 0x100);
		else if (value->kind != SKEP_VALUE_NONE)
			hash = mix(hash, (uint64_t)value->kind << 40 | value->map) +
			       (uint64_t)(int64_t)value->off;
		else
			hash = mix(hash, SKEP_VALUE_NONE);
	}
	return hash;
}

static int refuse_endless(const struct skep_verifier *v)
{
	return skep_fail(v->log, SKEP_EACCES, (int32_t)v->state.pc,
			 "this loop never ends: a turn of it changes nothing that its condition "
			 "looks at\na loop that counts towards a bound\ncount the turns in a "
			 "variable and leave the loop at a constant");
}

static int find(struct skep_verifier *v, uint64_t hash, bool *found)
{
	const struct skep_table *table = v->table;
	const struct skep_saved *saved = table->buckets[hash & table->bucket_mask];

	for (int i = 0; saved != NULL && i < CHAIN_MAX; saved = saved->in_chain, i++) {
		if (saved->hash != hash || saved->state.pc != v->state.pc)
			continue;
		*found = saved->branches == 0 && state_contains(&saved->state, &v->state, false);
		if (*found)
			return 0;
		if (saved->branches != 0 && state_contains(&saved->state, &v->state, true))
			return refuse_endless(v);
	}
	saved = table->lists[v->state.pc];
	for (int i = 0; saved != NULL && i < LIST_MAX; saved = saved->in_list, i++) {
		*found = state_contains(&saved->state, &v->state, false);
		if (*found)
			return 0;
	}
	return 0;
}

int skep_table_visit(struct skep_verifier *v, bool *done)
{
	struct skep_saved **bucket, *saved;
	uint64_t hash;

	*done = false;
	skep_need_forget(v);
	hash = hash_state(&v->state);
	SKEP_TRY(find(v, hash, done));
	if (*done || v->state.since < APART)
		return 0;
	saved = skep_arena_alloc(&v->arena, sizeof(*saved));
	if (saved == NULL || !pack(v, &v->arena, &saved->state))
		return skep_explain_memory(v);
	bucket = &v->table->buckets[hash & v->table->bucket_mask];
	saved->hash = hash;
	saved->in_chain = *bucket;
	saved->branches = 1;
	saved->parent = v->state.parent;
	*bucket = saved;
	v->state.parent = saved;
	v->state.since = 0;
	v->facts.states++;
	return 0;
}

void skep_table_end_path(struct skep_verifier *v)
{
	struct skep_saved *saved = v->state.parent;

	for (; saved != NULL && --saved->branches == 0; saved = saved->parent) {
		struct skep_saved **list = &v->table->lists[saved->state.pc];

		saved->in_list = *list;
		*list = saved;
	}
	v->state.parent = NULL;
}
