/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path through the object's types in, the same path through the target's out, if it is there:
 * members are found by name wherever they are now, through anonymous structures and unions too, and
 * must be of a kind that can be read as before. Questions about whole types compare them. What two
 * types have to have in common is libbpf's; every walk has a bound on its depth and on its work.
 */
#include "base/bytes.h"
#include "load/core.h"

/* Two type tables, and how much is left of the bound. */
struct pair {
	const struct skep_btf *local, *target;
	uint32_t *budget;
};

static bool spend(struct pair *pair)
{
	if (*pair->budget == 0)
		return false;
	--*pair->budget;
	return true;
}

static bool is_composite(uint32_t kind)
{
	return kind == SKEP_BTF_STRUCT || kind == SKEP_BTF_UNION;
}

static bool is_enum(uint32_t kind)
{
	return kind == SKEP_BTF_ENUM || kind == SKEP_BTF_ENUM64;
}

/* Integers that begin inside their bytes are what compilers wrote for bit-fields long ago. */
static bool is_shifted(const struct skep_btf *btf, uint32_t type)
{
	return (skep_btf_words(btf, type)[SKEP_BTF_MORE] >> 16 & 0xff) != 0;
}

/* A structure's flag that members carry widths; of a forward declaration, that it is a union. */
static bool flag_of(const struct skep_btf *btf, uint32_t type)
{
	return skep_btf_words(btf, type)[SKEP_BTF_INFO] >> 31 != 0;
}

/* ------------------------------------------------------------------------------------- fields */

/* Whether a field of one type can be read as one of the other. */
static bool fields_fit(const struct pair *pair, uint32_t local, uint32_t target)
{
	const char *local_name, *target_name;
	struct skep_btf_type a, b;

	for (;;) {
		local = skep_btf_resolve(pair->local, local);
		target = skep_btf_resolve(pair->target, target);
		skep_btf_type(pair->local, local, &a);
		skep_btf_type(pair->target, target, &b);
		if (is_composite(a.kind) && is_composite(b.kind))
			return true;
		if (!skep_core_same_kind(a.kind, b.kind))
			return false;
		if (a.kind != SKEP_BTF_ARRAY)
			break;
		/* Elements are never deeper than a checked table allows. */
		local = a.type;
		target = b.type;
	}
	switch (a.kind) {
	case SKEP_BTF_PTR:
	case SKEP_BTF_FLOAT: return true;
	case SKEP_BTF_FWD:
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
		local_name = a.name;
		target_name = b.name;
		return local_name[0] == '\0' || target_name[0] == '\0' ||
		       skep_core_same_name(local_name, target_name);
	case SKEP_BTF_INT:
		return !is_shifted(pair->local, local) && !is_shifted(pair->target, target);
	default: return false;
	}
}

/* Where a search for a member stands in one structure. */
struct level {
	uint32_t type, next, count;
	uint64_t bit_offset;
};

/* The member called `name` of structure `type` or of the anonymous ones inside it, the first in
 * the order of declaration. 1, 0 or SKEP_E2BIG. */
static int find_member(struct pair *pair, uint32_t type, const char *name, uint32_t *owner,
		       uint32_t *index, struct skep_btf_member *out, uint64_t *bit_offset)
{
	struct level levels[SKEP_CORE_DEPTH_MAX];
	uint32_t depth = 1;

	levels[0] = (struct level){ type, 0, skep_btf_item_count(pair->target, type), *bit_offset };
	while (depth > 0) {
		struct level *level = &levels[depth - 1];
		struct skep_btf_member member;
		uint32_t inner;

		if (level->next == level->count) {
			depth--;
			continue;
		}
		if (!spend(pair))
			return SKEP_E2BIG;
		skep_btf_member(pair->target, level->type, level->next++, &member);
		if (member.name[0] != '\0') {
			if (!skep_core_same_text(member.name, name))
				continue;
			*owner = level->type;
			*index = level->next - 1;
			*out = member;
			*bit_offset = level->bit_offset + member.bit_offset;
			return 1;
		}
		inner = skep_btf_resolve(pair->target, member.type);
		if (!is_composite(skep_btf_kind_of(pair->target, inner)))
			continue;
		if (depth == SKEP_CORE_DEPTH_MAX)
			return SKEP_E2BIG;
		levels[depth++] =
			(struct level){ inner, 0, skep_btf_item_count(pair->target, inner),
					level->bit_offset + member.bit_offset };
	}
	return 0;
}

/* Follows one step that names a member of the object's type. */
static int match_member(struct pair *pair, const struct skep_core_step *step, uint32_t *type,
			struct skep_core_path *out)
{
	struct skep_btf_member local, target;
	uint32_t owner, index;
	int found;

	if (!is_composite(skep_btf_kind_of(pair->target, *type)))
		return 0;
	found = find_member(pair, *type, step->name, &owner, &index, &target, &out->bit_offset);
	if (found != 1)
		return found;
	skep_btf_member(pair->local, step->type, step->index, &local);
	if (!fields_fit(pair, local.type, target.type))
		return 0;
	out->steps[out->count++] = (struct skep_core_step){ owner, index, target.name };
	*type = target.type;
	return 1;
}

/* Follows one step that names an element; the first of a path is the root itself. */
static int match_element(const struct pair *pair, const struct skep_core_step *step, bool first,
			 uint32_t *type, struct skep_core_path *out)
{
	struct skep_btf_type array;

	if (!first) {
		skep_btf_type(pair->target, *type, &array);
		if (array.kind != SKEP_BTF_ARRAY)
			return 0;
		if (step->index >= array.count &&
		    !skep_core_is_flexible(pair->target, &out->steps[out->count - 1], array.count))
			return 0;
		*type = skep_btf_resolve(pair->target, array.type);
	}
	out->steps[out->count++] = (struct skep_core_step){ *type, step->index, NULL };
	return skep_core_advance(pair->target, *type, step->index, &out->bit_offset) ? 1
										     : SKEP_E2BIG;
}

static int match_field(struct pair *pair, const struct skep_core_path *local, uint32_t id,
		       struct skep_core_path *out)
{
	uint32_t type = id;

	for (uint32_t i = 0; i < local->count; i++) {
		const struct skep_core_step *step = &local->steps[i];
		int found;

		type = skep_btf_resolve(pair->target, type);
		found = step->name != NULL ? match_member(pair, step, &type, out)
					   : match_element(pair, step, i == 0, &type, out);
		if (found != 1)
			return found;
	}
	return 1;
}

/* --------------------------------------------------------------------------------- enumerators */

static int match_enum(struct pair *pair, const struct skep_core_path *local, uint32_t id,
		      struct skep_core_path *out)
{
	const uint32_t type = skep_btf_resolve(pair->target, id);
	const char *name = local->steps[0].name;

	if (!is_enum(skep_btf_kind_of(pair->target, type)))
		return 0;
	for (uint32_t i = 0; i < skep_btf_item_count(pair->target, type); i++) {
		struct skep_btf_member enumerator;

		skep_btf_member(pair->target, type, i, &enumerator);
		if (!skep_core_same_name(enumerator.name, name))
			continue;
		out->steps[out->count++] = (struct skep_core_step){ type, i, enumerator.name };
		return 1;
	}
	return 0;
}

/* --------------------------------------------------------------------------------- whole types */

static int types_fit(struct pair *pair, uint32_t local, uint32_t target, unsigned depth);

static int protos_fit(struct pair *pair, uint32_t local, uint32_t target, unsigned depth)
{
	const uint32_t count = skep_btf_item_count(pair->local, local);

	if (count != skep_btf_item_count(pair->target, target))
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		struct skep_btf_member a, b;
		int fit;

		skep_btf_member(pair->local, local, i, &a);
		skep_btf_member(pair->target, target, i, &b);
		fit = types_fit(pair, skep_btf_resolve(pair->local, a.type),
				skep_btf_resolve(pair->target, b.type), depth);
		if (fit != 1)
			return fit;
	}
	return 1;
}

/* Whether both are the same sort of type, whatever is inside: for existence and size. `depth`
 * bounds the recursion, which only prototypes inside prototypes need. */
static int types_fit(struct pair *pair, uint32_t local, uint32_t target, unsigned depth)
{
	while (depth-- > 0 && spend(pair)) {
		struct skep_btf_type a, b;
		int fit;

		local = skep_btf_resolve(pair->local, local);
		target = skep_btf_resolve(pair->target, target);
		skep_btf_type(pair->local, local, &a);
		skep_btf_type(pair->target, target, &b);
		if (!skep_core_same_kind(a.kind, b.kind))
			return 0;
		switch (a.kind) {
		case SKEP_BTF_VOID:
		case SKEP_BTF_STRUCT:
		case SKEP_BTF_UNION:
		case SKEP_BTF_ENUM:
		case SKEP_BTF_ENUM64:
		case SKEP_BTF_FWD: return 1;
		case SKEP_BTF_INT:
			return !is_shifted(pair->local, local) && !is_shifted(pair->target, target);
		case SKEP_BTF_FUNC_PROTO:
			fit = protos_fit(pair, local, target, depth);
			if (fit != 1)
				return fit;
			break; /* then what they return */
		case SKEP_BTF_PTR:
		case SKEP_BTF_ARRAY: break;
		default: return 0;
		}
		local = a.type;
		target = b.type;
	}
	return SKEP_E2BIG;
}

static bool names_match(const char *local, const char *target)
{
	if (target[0] == '\0')
		return local[0] == '\0';
	return skep_core_same_name(local, target);
}

static int types_match(struct pair *pair, uint32_t local, uint32_t target, bool behind_pointer,
		       unsigned depth);

/* The object's enumerators are all there by name. */
static int enums_match(struct pair *pair, uint32_t local, uint32_t target)
{
	const uint32_t count = skep_btf_item_count(pair->local, local),
		       target_count = skep_btf_item_count(pair->target, target);

	if (skep_btf_words(pair->local, local)[SKEP_BTF_SIZE] !=
		    skep_btf_words(pair->target, target)[SKEP_BTF_SIZE] ||
	    count > target_count)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		struct skep_btf_member a, b;
		bool found = false;

		skep_btf_member(pair->local, local, i, &a);
		for (uint32_t k = 0; k < target_count && !found; k++) {
			if (!spend(pair))
				return SKEP_E2BIG;
			skep_btf_member(pair->target, target, k, &b);
			found = names_match(a.name, b.name);
		}
		if (!found)
			return 0;
	}
	return 1;
}

/* The object's members are all there, by name and matching type. */
static int members_match(struct pair *pair, uint32_t local, uint32_t target, bool behind_pointer,
			 unsigned depth)
{
	const uint32_t count = skep_btf_item_count(pair->local, local),
		       target_count = skep_btf_item_count(pair->target, target);

	if (count > target_count)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		struct skep_btf_member a, b;
		int match = 0;

		skep_btf_member(pair->local, local, i, &a);
		for (uint32_t k = 0; k < target_count && match == 0; k++) {
			if (!spend(pair))
				return SKEP_E2BIG;
			skep_btf_member(pair->target, target, k, &b);
			if (names_match(a.name, b.name))
				match = types_match(pair, a.type, b.type, behind_pointer, depth);
		}
		if (match != 1)
			return match;
	}
	return 1;
}

static int params_match(struct pair *pair, uint32_t local, uint32_t target, bool behind_pointer,
			unsigned depth)
{
	const uint32_t count = skep_btf_item_count(pair->local, local);

	if (count != skep_btf_item_count(pair->target, target))
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		struct skep_btf_member a, b;
		int match;

		skep_btf_member(pair->local, local, i, &a);
		skep_btf_member(pair->target, target, i, &b);
		match = types_match(pair, a.type, b.type, behind_pointer, depth);
		if (match != 1)
			return match;
	}
	return 1;
}

/* A forward declaration matches what it may stand for, once a pointer lies before it. */
static bool forward_matches(const struct pair *pair, uint32_t local, uint32_t target,
			    bool behind_pointer)
{
	const bool is_union = flag_of(pair->local, local);

	switch (skep_btf_kind_of(pair->target, target)) {
	case SKEP_BTF_FWD: return is_union == flag_of(pair->target, target);
	case SKEP_BTF_STRUCT: return behind_pointer && !is_union;
	case SKEP_BTF_UNION: return behind_pointer && is_union;
	default: return false;
	}
}

static int composites_match(struct pair *pair, uint32_t local, uint32_t target, bool behind_pointer,
			    unsigned depth)
{
	const uint32_t a = skep_btf_kind_of(pair->local, local),
		       b = skep_btf_kind_of(pair->target, target);

	if (!behind_pointer)
		return a == b ? members_match(pair, local, target, behind_pointer, depth) : 0;
	if (a == b)
		return 1;
	return b == SKEP_BTF_FWD && (a == SKEP_BTF_UNION) == flag_of(pair->target, target);
}

/* Whether the target's type is the object's in name, kind and all that the object knows of it;
 * behind pointers names are enough. `depth` bounds the recursion. */
static int types_match(struct pair *pair, uint32_t local, uint32_t target, bool behind_pointer,
		       unsigned depth)
{
	while (depth-- > 0 && spend(pair)) {
		struct skep_btf_type a, b;
		int match;

		local = skep_btf_resolve(pair->local, local);
		target = skep_btf_resolve(pair->target, target);
		skep_btf_type(pair->local, local, &a);
		skep_btf_type(pair->target, target, &b);
		if (!names_match(a.name, b.name))
			return 0;
		switch (a.kind) {
		case SKEP_BTF_VOID: return b.kind == SKEP_BTF_VOID;
		case SKEP_BTF_FWD: return forward_matches(pair, local, target, behind_pointer);
		case SKEP_BTF_ENUM:
		case SKEP_BTF_ENUM64: return is_enum(b.kind) ? enums_match(pair, local, target) : 0;
		case SKEP_BTF_STRUCT:
		case SKEP_BTF_UNION:
			return composites_match(pair, local, target, behind_pointer, depth);
		case SKEP_BTF_INT:
			return b.kind == SKEP_BTF_INT && a.size == b.size &&
			       a.is_signed == b.is_signed;
		case SKEP_BTF_PTR: behind_pointer = true; break;
		case SKEP_BTF_ARRAY:
			if (b.kind != SKEP_BTF_ARRAY || a.count != b.count)
				return 0;
			break;
		case SKEP_BTF_FUNC_PROTO:
			if (b.kind != SKEP_BTF_FUNC_PROTO)
				return 0;
			match = params_match(pair, local, target, behind_pointer, depth);
			if (match != 1)
				return match;
			break; /* then what they return */
		default: return 0;
		}
		if (a.kind != b.kind)
			return 0;
		local = a.type;
		target = b.type;
	}
	return SKEP_E2BIG;
}

static int match_type(struct pair *pair, uint32_t kind, uint32_t local, uint32_t target)
{
	if (kind == SKEP_CORE_TYPE_MATCHES)
		return types_match(pair, local, target, false, SKEP_CORE_DEPTH_MAX);
	/* Before typedefs are looked through, so that one stands for one only. */
	if (!skep_core_same_kind(skep_btf_kind_of(pair->local, local),
				 skep_btf_kind_of(pair->target, target)))
		return 0;
	return types_fit(pair, local, target, SKEP_CORE_DEPTH_MAX);
}

int skep_core_match(const struct skep_core_path *local, uint32_t kind,
		    const struct skep_btf *target, uint32_t id, uint32_t *budget,
		    struct skep_core_path *out)
{
	struct pair pair = { local->btf, target, budget };

	out->btf = target;
	out->root = id;
	out->count = 0;
	out->bit_offset = 0;
	if (!spend(&pair))
		return SKEP_E2BIG;
	switch (skep_core_subject(kind)) {
	case SKEP_CORE_TYPE: return match_type(&pair, kind, local->root, id);
	case SKEP_CORE_ENUM: return match_enum(&pair, local, id, out);
	default: return match_field(&pair, local, id, out);
	}
}
