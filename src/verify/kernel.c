/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointers to structures of the kernel, as its BTF describes them: what a load at some offset
 * finds, and whether a helper may be given one. Such memory is only read, by loads that the kernel
 * lets fail (they then give 0), so a pointer that was loaded need not be checked for null; where
 * Linux has them checked it is said when the pointer is given.
 *
 * Refuses loads that are not of a member or of a part of one, and all pointers whose tags say that
 * they are not addresses of the kernel's memory: these are numbers here.
 */
#include "base/bytes.h"
#include "verify/verifier.h"

/* Modifiers and members inside each other: far more than any kernel has, so that walks end. */
enum { DEPTH_MAX = 64 };

static int32_t at(const struct skep_verifier *v)
{
	return (int32_t)v->state.pc;
}

struct skep_value skep_kernel_pointer(struct skep_verifier *v, uint32_t type, bool trusted,
				      bool maybe_null)
{
	struct skep_value value = skep_value_pointer(SKEP_VALUE_KERNEL, v->state.pc);

	value.map = type;
	value.frame = trusted;
	value.maybe_null = maybe_null;
	value.id = maybe_null ? ++v->last_id : 0;
	return value;
}

static bool is_structure(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	return skep_btf_type(btf, id, &type) == 0 &&
	       (type.kind == SKEP_BTF_STRUCT || type.kind == SKEP_BTF_UNION);
}

/* The structure that a pointer type points to, or 0: something else, or in other memory. */
uint32_t skep_kernel_pointee(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	for (int depth = 0; depth < DEPTH_MAX && skep_btf_type(btf, id, &type) == 0; depth++) {
		switch (type.kind) {
		case SKEP_BTF_TYPE_TAG:
			if (skep_text_equal(type.name, "user") ||
			    skep_text_equal(type.name, "percpu"))
				return 0;
			break;
		case SKEP_BTF_TYPEDEF:
		case SKEP_BTF_VOLATILE:
		case SKEP_BTF_CONST:
		case SKEP_BTF_RESTRICT: break;
		case SKEP_BTF_STRUCT:
		case SKEP_BTF_UNION: return id;
		default: return 0;
		}
		id = type.type;
	}
	return 0;
}

/* ------------------------------------------------------------------------------------ members */

/* A place in a structure: `size` bytes at `offset` of what `type` is. */
struct place {
	uint32_t type;
	uint64_t offset, size;
};

/* Goes into the element of an array, the last of which may have any number. */
static bool enter_array(const struct skep_btf *btf, const struct skep_btf_type *array,
			struct place *place)
{
	uint64_t size;

	if (skep_btf_size(btf, array->type, &size) != 0 || size == 0)
		return false;
	if (array->count != 0 && place->offset / size >= array->count)
		return false;
	place->type = skep_btf_resolve(btf, array->type);
	place->offset %= size;
	return true;
}

/* Goes into the first member that the place begins in. */
static bool enter_member(const struct skep_btf *btf, const struct skep_btf_type *outer,
			 struct place *place)
{
	for (uint32_t i = 0; i < outer->count; i++) {
		struct skep_btf_member member;
		struct skep_btf_type type;
		uint64_t size, first;
		uint32_t id;

		if (skep_btf_member(btf, place->type, i, &member) != 0)
			return false;
		id = skep_btf_resolve(btf, member.type);
		first = member.bit_offset / 8;
		if (skep_btf_type(btf, id, &type) != 0 || skep_btf_size(btf, id, &size) != 0)
			return false;
		if (member.bit_size != 0)
			size = (member.bit_offset % 8 + (uint64_t)member.bit_size + 7) / 8;
		if (place->offset < first)
			return false;
		/* An array of no elements, at the end, has as many as are there. */
		if (place->offset - first >= size &&
		    !(type.kind == SKEP_BTF_ARRAY && type.count == 0 && i + 1 == outer->count))
			continue;
		place->offset -= first;
		place->type = id;
		return true;
	}
	return false;
}

/* The type found after going into structures and arrays until `size` bytes are all of a thing that
 * is neither, or (`structure`) until the place is the start of that structure. */
static bool find_thing(const struct skep_btf *btf, struct place *place, uint32_t structure)
{
	struct skep_btf_type type;
	uint64_t size;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (structure != 0 && place->offset == 0 && place->type == structure)
			return true;
		if (skep_btf_type(btf, place->type, &type) != 0)
			return false;
		if (type.kind == SKEP_BTF_ARRAY) {
			if (!enter_array(btf, &type, place))
				return false;
		} else if (type.kind == SKEP_BTF_STRUCT || type.kind == SKEP_BTF_UNION) {
			if (!enter_member(btf, &type, place))
				return false;
		} else {
			return structure == 0 && skep_btf_size(btf, place->type, &size) == 0 &&
			       skep_in_bounds(place->offset, place->size, size);
		}
	}
	return false;
}

static const char *name_of(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	return skep_btf_type(btf, id, &type) == 0 && type.name[0] != '\0' ? type.name
									  : "(anonymous)";
}

const char *skep_kernel_name(const struct skep_verifier *v, uint32_t id)
{
	return v->code->btf != NULL ? name_of(v->code->btf, id) : "(unknown)";
}

int skep_kernel_load(struct skep_verifier *v, unsigned reg, int32_t off, uint32_t size,
		     struct skep_value *out)
{
	const struct skep_value *base = skep_verifier_reg(v, reg);
	const struct skep_btf *btf = v->code->btf;
	const int64_t first = (int64_t)base->off + off;
	struct place place = { base->map, (uint64_t)first, size };
	struct skep_btf_type type;
	uint32_t pointee;

	v->blamed = reg;
	if (base->maybe_null || btf == NULL)
		return skep_explain_no_address(v, reg);
	if (!skep_scalar_is_const(&base->var) || base->var.bits.value != 0 || first < 0 ||
	    !find_thing(btf, &place, 0))
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "a load of %u bytes at offset %lld of struct %s is not of one "
				 "member\na member, or a part of a number\nread it with "
				 "bpf_core_read()",
				 (unsigned)size, (long long)first, name_of(btf, base->map));
	*out = skep_value_unknown(size * 8);
	if (skep_btf_type(btf, place.type, &type) != 0 || type.kind != SKEP_BTF_PTR)
		return 0;
	if (place.offset != 0 || size != 8)
		return skep_fail(v->log, SKEP_EACCES, at(v),
				 "this loads %u bytes of a pointer in struct %s\nall 8 bytes\n",
				 (unsigned)size, name_of(btf, base->map));
	pointee = skep_kernel_pointee(btf, type.type);
	if (pointee != 0)
		*out = skep_kernel_pointer(v, pointee, false, false);
	return 0;
}

bool skep_kernel_is(const struct skep_verifier *v, const struct skep_value *value, const char *name)
{
	const struct skep_btf *btf = v->code->btf;
	const uint32_t wanted = btf != NULL ? skep_btf_find(btf, SKEP_BTF_STRUCT, name) : 0;
	struct place place = { value->map, (uint64_t)(int64_t)value->off, 1 };

	if (value->kind != SKEP_VALUE_KERNEL || value->maybe_null || !value->frame || wanted == 0 ||
	    value->off < 0 || !skep_scalar_is_const(&value->var) || value->var.bits.value != 0 ||
	    !is_structure(btf, value->map))
		return false;
	return find_thing(btf, &place, wanted);
}
