/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question and the same path in the object's and in the target's types in, the answer out, both
 * as it was when the object was compiled and as it is in the target. Bit-fields are read by loading
 * the smallest integer around them and shifting twice; where that is and how far, are questions of
 * their own. Refuses bit-fields that no 64-bit load covers. Rules: libbpf's.
 */
#include "base/bytes.h"
#include "load/core.h"

/* Where a field is and how it is loaded. */
struct place {
	uint64_t byte_offset, byte_size;
	uint64_t bit_offset, bit_size;
	uint32_t type; /* of the field, or of the elements of its elements */
	bool is_bit_field;
};

/* What loads and stores of a field access: elements, where it is an array. */
static uint32_t accessed_type(const struct skep_btf *btf, uint32_t type)
{
	type = skep_btf_resolve(btf, type);
	for (;;) {
		struct skep_btf_type what;

		skep_btf_type(btf, type, &what);
		if (what.kind != SKEP_BTF_ARRAY)
			return type;
		type = skep_btf_resolve(btf, what.type);
	}
}

/* The smallest naturally aligned integer, no smaller than the field's type, that holds it all. */
static int place_bit_field(struct place *place, uint64_t size, const char **why)
{
	uint64_t offset;

	for (; size != 0 && size <= 8; size *= 2) {
		offset = place->bit_offset / 8 / size * size;
		if (place->bit_offset + place->bit_size - offset * 8 > size * 8)
			continue;
		place->byte_offset = offset;
		place->byte_size = size;
		return 0;
	}
	*why = "the bit-field is not within 64 aligned bits";
	return SKEP_E2BIG;
}

static int find_place(const struct skep_core_path *path, struct place *out, const char **why)
{
	const struct skep_core_step *step = &path->steps[path->count - 1];
	struct skep_btf_member member = { .type = step->type };
	struct place place = { .bit_offset = path->bit_offset };
	uint64_t size;

	if (step->name != NULL)
		skep_btf_member(path->btf, step->type, step->index, &member);
	if (skep_btf_size(path->btf, member.type, &size) < 0) {
		*why = "the field has no size";
		return SKEP_EINVAL;
	}
	place.type = accessed_type(path->btf, member.type);
	place.is_bit_field = member.bit_size != 0;
	place.bit_size = place.is_bit_field ? member.bit_size : size * 8;
	place.byte_offset = path->bit_offset / 8;
	place.byte_size = size;
	if (place.is_bit_field)
		SKEP_TRY(place_bit_field(&place, size, why));
	*out = place;
	return 0;
}

static bool is_signed(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	skep_btf_type(btf, id, &type);
	return type.is_signed;
}

static uint64_t left_shift(const struct place *place, bool big_endian)
{
	const uint64_t within = place->bit_offset - place->byte_offset * 8;

	if (big_endian)
		return (8 - place->byte_size) * 8 + within;
	return 64 - (within + place->bit_size);
}

/* Of a path in one of the two tables. */
static int answer_field(uint32_t kind, const struct skep_core_path *path, bool big_endian,
			uint64_t *out, struct place *place, const char **why)
{
	if (kind == SKEP_CORE_FIELD_EXISTS) { /* for the compiler always, here since it was found */
		*out = 1;
		return 0;
	}
	SKEP_TRY(find_place(path, place, why));
	if (path->steps[path->count - 1].name == NULL && kind != SKEP_CORE_FIELD_OFFSET &&
	    kind != SKEP_CORE_FIELD_SIZE) {
		*why = "it asks of an array's element what only fields have";
		return SKEP_EINVAL;
	}
	if ((kind == SKEP_CORE_FIELD_LSHIFT || kind == SKEP_CORE_FIELD_RSHIFT) &&
	    (place->byte_size > 8 || place->bit_size == 0)) {
		*why = "the field is not an integer of up to 64 bits";
		return SKEP_EINVAL;
	}
	switch (kind) {
	case SKEP_CORE_FIELD_OFFSET: *out = place->byte_offset; break;
	case SKEP_CORE_FIELD_SIZE: *out = place->byte_size; break;
	case SKEP_CORE_FIELD_SIGNED: *out = is_signed(path->btf, place->type); break;
	case SKEP_CORE_FIELD_LSHIFT: *out = left_shift(place, big_endian); break;
	default: *out = 64 - place->bit_size; break;
	}
	return 0;
}

/* The size of a load may follow the field's where widening with zeros keeps the value: pointers and
 * unsigned integers. */
static bool can_resize(const struct skep_btf *local, uint32_t local_type,
		       const struct skep_btf *target, uint32_t target_type)
{
	struct skep_btf_type a, b;

	skep_btf_type(local, local_type, &a);
	skep_btf_type(target, target_type, &b);
	if (a.kind == SKEP_BTF_PTR && b.kind == SKEP_BTF_PTR)
		return true;
	return a.kind == SKEP_BTF_INT && b.kind == SKEP_BTF_INT && !a.is_signed && !b.is_signed;
}

static uint32_t access_size(const struct skep_core_path *path, const struct place *place)
{
	uint64_t size;

	if (place->is_bit_field || skep_btf_size(path->btf, place->type, &size) < 0 ||
	    size > UINT32_MAX)
		return 0;
	return (uint32_t)size;
}

static int answer_fields(uint32_t kind, const struct skep_core_path *local,
			 const struct skep_core_path *target, bool big_endian,
			 struct skep_core_answer *out, const char **why)
{
	struct place mine = { 0 }, theirs = { 0 };

	SKEP_TRY(answer_field(kind, local, big_endian, &out->local, &mine, why));
	out->check = !mine.is_bit_field || kind == SKEP_CORE_FIELD_SIGNED ||
		     kind == SKEP_CORE_FIELD_RSHIFT;
	if (target == NULL) {
		out->absent = kind != SKEP_CORE_FIELD_EXISTS;
		return 0;
	}
	SKEP_TRY(answer_field(kind, target, big_endian, &out->target, &theirs, why));
	if (kind != SKEP_CORE_FIELD_OFFSET)
		return 0;
	out->local_size = access_size(local, &mine);
	out->target_size = access_size(target, &theirs);
	out->resizable = out->local_size != 0 && out->target_size != 0 &&
			 can_resize(local->btf, mine.type, target->btf, theirs.type);
	return 0;
}

static int answer_type(uint32_t kind, const struct skep_core_path *local,
		       const struct skep_core_path *target, struct skep_core_answer *out,
		       const char **why)
{
	switch (kind) {
	case SKEP_CORE_TYPE_LOCAL:
		out->target = local->root;
		out->check = false; /* ids change when objects are linked */
		return 0;
	case SKEP_CORE_TYPE_TARGET:
		out->target = target != NULL ? target->root : 0;
		out->check = false;
		return 0;
	case SKEP_CORE_TYPE_SIZE:
		*why = "the type has no size";
		SKEP_TRY(skep_btf_size(local->btf, local->root, &out->local));
		return target != NULL ? skep_btf_size(target->btf, target->root, &out->target) : 0;
	default:
		out->local = 1;
		out->target = target != NULL;
		return 0;
	}
}

static uint64_t enum_value(const struct skep_core_path *path)
{
	struct skep_btf_member enumerator;

	skep_btf_member(path->btf, path->steps[0].type, path->steps[0].index, &enumerator);
	return (uint64_t)enumerator.value;
}

int skep_core_answer(uint32_t kind, const struct skep_core_path *local,
		     const struct skep_core_path *target, bool big_endian,
		     struct skep_core_answer *out, const char **why)
{
	struct skep_core_answer answer = { .check = true };

	switch (skep_core_subject(kind)) {
	case SKEP_CORE_FIELD:
		SKEP_TRY(answer_fields(kind, local, target, big_endian, &answer, why));
		break;
	case SKEP_CORE_TYPE: SKEP_TRY(answer_type(kind, local, target, &answer, why)); break;
	case SKEP_CORE_ENUM:
		answer.local = kind == SKEP_CORE_ENUM_EXISTS ? 1 : enum_value(local);
		if (target != NULL)
			answer.target = kind == SKEP_CORE_ENUM_EXISTS ? 1 : enum_value(target);
		answer.absent = target == NULL && kind == SKEP_CORE_ENUM_VALUE;
		break;
	}
	*out = answer;
	return 0;
}
