/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two type tables in, their differences out, one call for each. The one idea: every type gets two
 * hashes, one of how others refer to it (its kind and name, or what it is made of if it has no
 * name), one of all that is in it, so that types are compared, and found among those of one name,
 * in constant time. The walk that makes the first keeps its own stack.
 */
#include "btf/btf.h"

#include "base/bytes.h"

struct side {
	const struct skep_btf *btf;
	uint64_t *marks;    /* by type: hash of what a reference to it says */
	uint64_t *contents; /* by type: hash of what is in it; only of types that are compared */
	uint32_t *others;   /* by type: the type on the other side that it is, or 0 */
};

struct diff {
	struct side before, after;
	void (*fn)(void *ctx, const struct skep_btf_difference *difference);
	void *ctx;
	struct skep_arena *arena;
	struct skep_log *log;
	uint32_t *slots; /* of types of `after`: a hash table of chains */
	uint32_t *chained;
	uint32_t slot_mask;
	uint64_t steps; /* of unfolding that are left; hostile types unfold without an end */
};

/* ---------------------------------------------------------------------------------- hashes */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	while (*text != '\0')
		hash = mix(hash, (uint8_t)*text++);
	return mix(hash, 256);
}

/* Kinds that are one to those who compare: enumerations of both widths, and a structure and its
 * forward declaration. */
static uint32_t class_of(const struct skep_btf *btf, uint32_t id)
{
	const uint32_t kind = skep_btf_kind_of(btf, id);

	if (kind == SKEP_BTF_ENUM64)
		return SKEP_BTF_ENUM;
	if (kind == SKEP_BTF_FWD)
		return skep_btf_words(btf, id)[SKEP_BTF_INFO] >> 31 != 0 ? SKEP_BTF_UNION
									 : SKEP_BTF_STRUCT;
	return kind;
}

/* The index-th type that the hash of a reference to `id` is made of. */
static bool next_part(const struct skep_btf *btf, uint32_t id, uint32_t index, uint32_t *out)
{
	struct skep_btf_type type;
	struct skep_btf_member member;

	skep_btf_type(btf, id, &type);
	switch (type.kind) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
		if (type.name[0] != '\0' || skep_btf_member(btf, id, index, &member) < 0)
			return false;
		*out = member.type;
		return true;
	case SKEP_BTF_FUNC_PROTO:
		if (index == 0) {
			*out = type.type;
			return true;
		}
		if (skep_btf_member(btf, id, index - 1, &member) < 0)
			return false;
		*out = member.type;
		return true;
	case SKEP_BTF_PTR:
	case SKEP_BTF_ARRAY:
	case SKEP_BTF_VOLATILE:
	case SKEP_BTF_CONST:
	case SKEP_BTF_RESTRICT:
	case SKEP_BTF_TYPE_TAG: *out = type.type; return index == 0;
	default: return false;
	}
}

/* Of a type whose parts have theirs; `depth` types with one are above it. */
static uint64_t mark_of(const struct side *side, uint32_t id)
{
	const struct skep_btf *btf = side->btf;
	struct skep_btf_type type;
	struct skep_btf_member member;
	uint64_t hash;
	uint32_t part;

	skep_btf_type(btf, id, &type);
	hash = mix_text(mix(1, class_of(btf, id)), type.name);
	if (type.name[0] != '\0' && type.kind != SKEP_BTF_TYPE_TAG)
		return hash;
	hash = mix(mix(hash, type.size), type.count);
	hash = mix(hash, (uint64_t)type.bits << 8 | (type.is_signed ? 1 : 0) |
				 (type.is_char ? 2 : 0) | (type.is_bool ? 4 : 0));
	for (uint32_t i = 0; next_part(btf, id, i, &part); i++)
		hash = mix(hash, side->marks[part]);
	if (type.kind == SKEP_BTF_FUNC_PROTO) /* names of parameters mean nothing */
		return hash;
	for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
		hash = mix_text(hash, member.name);
		hash = mix(mix(hash, member.bit_offset), member.bit_size);
		hash = mix(hash, (uint64_t)member.value);
	}
	return hash;
}

enum { UNSEEN = 0, OPEN = 1 };

struct frame {
	uint32_t id, next;
};

/* Hashes of all references. What refers to itself without a name in between, as structures without
 * a name can through pointers, counts as it is when it is met. */
static int make_marks(struct side *side, struct skep_arena *arena, struct skep_log *log)
{
	const struct skep_btf *btf = side->btf;
	struct frame *stack = skep_arena_array(arena, (size_t)btf->count + 1, sizeof(*stack));
	uint32_t depth = 0;

	side->marks = skep_arena_array(arena, (size_t)btf->count + 1, sizeof(*side->marks));
	if (stack == NULL || side->marks == NULL)
		return skep_fail_memory(log, "comparing BTF");
	side->marks[0] = mix(1, 0);
	for (uint32_t root = 1; root <= btf->count; root++) {
		if (side->marks[root] != UNSEEN)
			continue;
		side->marks[root] = OPEN;
		stack[depth++] = (struct frame){ root, 0 };
		while (depth > 0) {
			struct frame *frame = &stack[depth - 1];
			uint32_t part;

			if (!next_part(btf, frame->id, frame->next++, &part)) {
				side->marks[frame->id] = mark_of(side, frame->id) | 2;
				depth--;
			} else if (side->marks[part] == UNSEEN) {
				side->marks[part] = OPEN;
				stack[depth++] = (struct frame){ part, 0 };
			}
		}
	}
	return 0;
}

/* Types that are compared: those with a name, but for tags and forward declarations. */
static bool is_compared(const struct skep_btf *btf, uint32_t id)
{
	const uint32_t kind = skep_btf_kind_of(btf, id);

	return skep_btf_name_of(btf, id)[0] != '\0' && kind != SKEP_BTF_FWD &&
	       kind != SKEP_BTF_DECL_TAG && kind != SKEP_BTF_TYPE_TAG;
}

/* What a member without a name has is the structure's own: its hash has all of it. */
static uint64_t content_of(const struct side *side, uint32_t id)
{
	const struct skep_btf *btf = side->btf;
	struct skep_btf_type type;
	struct skep_btf_member member;
	uint64_t hash;

	skep_btf_type(btf, id, &type);
	hash = mix(mix(mix(3, type.kind), type.size), type.linkage);
	hash = mix(hash, (uint64_t)type.bits << 16 | type.bit_offset << 8 |
				 (type.is_signed ? 1 : 0) | (type.is_char ? 2 : 0) |
				 (type.is_bool ? 4 : 0));
	hash = mix(hash, type.type != 0 ? side->marks[type.type] : 0);
	for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
		hash = mix_text(hash, member.name);
		hash = mix(mix(hash, member.bit_offset), member.bit_size);
		hash = mix(mix(hash, (uint64_t)member.value), side->marks[member.type]);
	}
	return hash;
}

static int prepare(struct side *side, const struct skep_btf *btf, struct skep_arena *arena,
		   struct skep_log *log)
{
	side->btf = btf;
	side->contents = skep_arena_array(arena, (size_t)btf->count + 1, sizeof(uint64_t));
	side->others = skep_arena_array(arena, (size_t)btf->count + 1, sizeof(uint32_t));
	if (side->contents == NULL || side->others == NULL)
		return skep_fail_memory(log, "comparing BTF");
	SKEP_TRY(make_marks(side, arena, log));
	for (uint32_t id = 1; id <= btf->count; id++)
		if (is_compared(btf, id))
			side->contents[id] = content_of(side, id);
	return 0;
}

/* --------------------------------------------------------------------------------- pairing */

/* How far two types must agree to be the same one. */
enum agreement { ALIKE, NAMED_ALIKE };

static uint64_t key_of(const struct side *side, uint32_t id, enum agreement agreement)
{
	return agreement == ALIKE ? mix(side->marks[id], side->contents[id]) : side->marks[id];
}

static bool is_free(const struct side *side, uint32_t id)
{
	return is_compared(side->btf, id) && side->others[id] == 0;
}

/* Pairs types that agree, each side in the order of its ids. */
static void pair_up(struct diff *diff, enum agreement agreement)
{
	const uint32_t count = diff->after.btf->count;

	memset(diff->slots, 0, ((size_t)diff->slot_mask + 1) * sizeof(*diff->slots));
	for (uint32_t id = count; id > 0; id--) {
		uint32_t *slot;

		if (!is_free(&diff->after, id))
			continue;
		slot = &diff->slots[key_of(&diff->after, id, agreement) & diff->slot_mask];
		diff->chained[id] = *slot;
		*slot = id;
	}
	for (uint32_t id = 1; id <= diff->before.btf->count; id++) {
		uint64_t key;
		uint32_t *link;

		if (!is_free(&diff->before, id))
			continue;
		key = key_of(&diff->before, id, agreement);
		link = &diff->slots[key & diff->slot_mask];
		while (*link != 0 && key_of(&diff->after, *link, agreement) != key)
			link = &diff->chained[*link];
		if (*link == 0)
			continue;
		diff->before.others[id] = *link;
		diff->after.others[*link] = id;
		*link = diff->chained[*link];
	}
}

/* --------------------------------------------------------------------------------- members */

/* A member with those of members without a name in their place. */
struct item {
	struct skep_btf_member member;
	uint64_t mark;
	uint32_t chained; /* index plus 1 of the next with this hash */
	bool paired;
};

struct items {
	struct item *list;
	uint32_t count;
};

/* Calls for each member of a structure and of those in it that have no name: fills `out->list`, or
 * only counts if that is NULL. False: more than can be. */
static bool unfold(struct diff *diff, const struct side *side, uint32_t id, struct items *out)
{
	const struct skep_btf *btf = side->btf;
	struct {
		uint32_t id, next, base;
	} stack[SKEP_BTF_DEPTH_MAX + 1] = { { id, 0, 0 } };
	uint32_t depth = 1;

	out->count = 0;
	while (depth > 0) {
		const uint32_t top = depth - 1;
		struct skep_btf_member member;
		uint32_t inner;

		if (diff->steps == 0)
			return false;
		diff->steps--;
		if (skep_btf_member(btf, stack[top].id, stack[top].next++, &member) < 0) {
			depth--;
			continue;
		}
		inner = skep_btf_resolve(btf, member.type);
		member.bit_offset += stack[top].base;
		if (member.name[0] == '\0' && (skep_btf_kind_of(btf, inner) == SKEP_BTF_STRUCT ||
					       skep_btf_kind_of(btf, inner) == SKEP_BTF_UNION)) {
			stack[depth].id = inner;
			stack[depth].next = 0;
			stack[depth++].base = member.bit_offset;
			continue;
		}
		if (out->list != NULL)
			out->list[out->count] =
				(struct item){ .member = member, .mark = side->marks[member.type] };
		out->count++;
	}
	return true;
}

static int list_items(struct diff *diff, const struct side *side, uint32_t id, struct items *out)
{
	out->list = NULL;
	if (!unfold(diff, side, id, out))
		return SKEP_E2BIG;
	out->list = skep_arena_array(diff->arena, out->count, sizeof(*out->list));
	if (out->list == NULL)
		return skep_fail_memory(diff->log, "comparing BTF");
	return unfold(diff, side, id, out) ? 0 : SKEP_E2BIG;
}

static uint64_t item_key(const struct item *item, bool by_place)
{
	if (!by_place)
		return mix_text(5, item->member.name);
	return mix(mix(mix(7, item->member.bit_offset), item->member.bit_size),
		   mix(item->mark, (uint64_t)item->member.value));
}

static bool agree(const struct item *a, const struct item *b, bool by_place)
{
	if (!by_place)
		return skep_text_equal(a->member.name, b->member.name);
	return a->member.bit_offset == b->member.bit_offset &&
	       a->member.bit_size == b->member.bit_size && a->mark == b->mark &&
	       a->member.value == b->member.value;
}

static void report(struct diff *diff, enum skep_btf_change change, uint32_t before, uint32_t after,
		   const struct item *was, const struct item *is)
{
	struct skep_btf_difference difference = { .change = change };

	difference.before.id = before;
	difference.after.id = after;
	skep_btf_type(diff->before.btf, before, &difference.before.type);
	skep_btf_type(diff->after.btf, after, &difference.after.type);
	if (was != NULL)
		difference.before.member = was->member;
	if (is != NULL)
		difference.after.member = is->member;
	difference.kind = before != 0 ? difference.before.type.kind : difference.after.type.kind;
	difference.name = before != 0 ? difference.before.type.name : difference.after.type.name;
	diff->fn(diff->ctx, &difference);
}

static void compare_items(struct diff *diff, uint32_t before, uint32_t after,
			  const struct item *was, const struct item *is)
{
	if (was->member.value != is->member.value)
		report(diff, SKEP_BTF_MEMBER_REVALUED, before, after, was, is);
	if (was->member.bit_offset != is->member.bit_offset)
		report(diff, SKEP_BTF_MEMBER_MOVED, before, after, was, is);
	if (was->mark != is->mark || was->member.bit_size != is->member.bit_size)
		report(diff, SKEP_BTF_MEMBER_RETYPED, before, after, was, is);
}

/* Pairs members by name, or what is left by place and type: then they were renamed. */
static int pair_items(struct diff *diff, const uint32_t ids[2], struct items sides[2],
		      bool by_place)
{
	struct items *was = &sides[0], *is = &sides[1];
	uint32_t size = 16, *slots;

	while (size < is->count)
		size *= 2;
	slots = skep_arena_array(diff->arena, size, sizeof(*slots));
	if (slots == NULL)
		return skep_fail_memory(diff->log, "comparing BTF");
	for (uint32_t i = is->count; i-- > 0;) {
		uint32_t *slot = &slots[item_key(&is->list[i], by_place) & (size - 1)];

		if (is->list[i].paired)
			continue;
		is->list[i].chained = *slot;
		*slot = i + 1;
	}
	for (uint32_t i = 0; i < was->count; i++) {
		struct item *item = &was->list[i];
		uint32_t *link = &slots[item_key(item, by_place) & (size - 1)];
		struct item *other;

		if (item->paired)
			continue;
		while (*link != 0 && !agree(item, &is->list[*link - 1], by_place))
			link = &is->list[*link - 1].chained;
		if (*link == 0)
			continue;
		other = &is->list[*link - 1];
		*link = other->chained;
		item->paired = other->paired = true;
		if (by_place)
			report(diff, SKEP_BTF_MEMBER_RENAMED, ids[0], ids[1], item, other);
		else
			compare_items(diff, ids[0], ids[1], item, other);
	}
	return 0;
}

static int compare_members(struct diff *diff, uint32_t before, uint32_t after)
{
	const struct skep_arena_mark mark = skep_arena_mark(diff->arena);
	const uint32_t ids[2] = { before, after };
	struct items sides[2];
	int err;

	err = list_items(diff, &diff->before, before, &sides[0]);
	if (err == 0)
		err = list_items(diff, &diff->after, after, &sides[1]);
	if (err == 0)
		err = pair_items(diff, ids, sides, false);
	if (err == 0)
		err = pair_items(diff, ids, sides, true);
	for (uint32_t i = 0; err == 0 && i < sides[0].count; i++)
		if (!sides[0].list[i].paired)
			report(diff, SKEP_BTF_MEMBER_REMOVED, before, after, &sides[0].list[i],
			       NULL);
	for (uint32_t i = 0; err == 0 && i < sides[1].count; i++)
		if (!sides[1].list[i].paired)
			report(diff, SKEP_BTF_MEMBER_ADDED, before, after, NULL, &sides[1].list[i]);
	skep_arena_release(diff->arena, mark);
	/* What unfolds without an end is different as a whole. */
	if (err == SKEP_E2BIG)
		report(diff, SKEP_BTF_RETYPED, before, after, NULL, NULL);
	return err == SKEP_E2BIG ? 0 : err;
}

/* --------------------------------------------------------------------------------- together */

static int compare_types(struct diff *diff, uint32_t before, uint32_t after)
{
	struct skep_btf_type was, is;

	skep_btf_type(diff->before.btf, before, &was);
	skep_btf_type(diff->after.btf, after, &is);
	if (was.size != is.size)
		report(diff, SKEP_BTF_RESIZED, before, after, NULL, NULL);
	if (was.is_signed != is.is_signed || was.is_char != is.is_char ||
	    was.is_bool != is.is_bool || was.bits != is.bits || was.bit_offset != is.bit_offset ||
	    was.linkage != is.linkage ||
	    (was.type != 0 ? diff->before.marks[was.type] : 0) !=
		    (is.type != 0 ? diff->after.marks[is.type] : 0))
		report(diff, SKEP_BTF_RETYPED, before, after, NULL, NULL);
	if (SKEP_BTF_LAYOUTS[was.kind].item_words == 0)
		return 0;
	return compare_members(diff, before, after);
}

static int compare_all(struct diff *diff)
{
	pair_up(diff, ALIKE);
	for (uint32_t id = 1; id <= diff->before.btf->count; id++)
		if (diff->before.others[id] != 0)
			diff->before.contents[id] = 0; /* nothing is left to say */
	pair_up(diff, NAMED_ALIKE);
	for (uint32_t id = 1; id <= diff->before.btf->count; id++) {
		if (is_free(&diff->before, id))
			report(diff, SKEP_BTF_REMOVED, id, 0, NULL, NULL);
		else if (diff->before.others[id] != 0 && diff->before.contents[id] != 0)
			SKEP_TRY(compare_types(diff, id, diff->before.others[id]));
	}
	for (uint32_t id = 1; id <= diff->after.btf->count; id++)
		if (is_free(&diff->after, id))
			report(diff, SKEP_BTF_ADDED, 0, id, NULL, NULL);
	return 0;
}

int skep_btf_compare(const struct skep_btf *before, const struct skep_btf *after,
		     void (*fn)(void *ctx, const struct skep_btf_difference *difference), void *ctx,
		     struct skep_arena *arena, struct skep_log *log)
{
	struct diff diff = { .fn = fn, .ctx = ctx, .arena = arena, .log = log };
	uint32_t size = 16;

	SKEP_TRY(prepare(&diff.before, before, arena, log));
	SKEP_TRY(prepare(&diff.after, after, arena, log));
	while (size < after->count)
		size *= 2;
	diff.slot_mask = size - 1;
	diff.slots = skep_arena_array(arena, size, sizeof(*diff.slots));
	diff.chained = skep_arena_array(arena, (size_t)after->count + 1, sizeof(*diff.chained));
	if (diff.slots == NULL || diff.chained == NULL)
		return skep_fail_memory(log, "comparing BTF");
	diff.steps = (1u << 22) +
		     8 * ((uint64_t)before->starts[before->count] + after->starts[after->count]);
	return compare_all(&diff);
}
