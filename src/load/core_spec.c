/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An access string such as "0:3:1" and a type in, a path through the object's types out: the first
 * number indexes the type as if it were an element of an array, each further one a member or an
 * element. For enumerators the only number is the enumerator's, for types it is 0. Refuses numbers
 * that lead out of a type, and paths through what has no members.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "load/core.h"

static const struct {
	enum skep_core_subject subject;
	const char *text;
} KINDS[] = {
#define CORE(number, name, subject, text) [number] = { SKEP_CORE_##subject, text },
#include "load/core.def"
};

enum skep_core_subject skep_core_subject(uint32_t kind)
{
	return KINDS[kind].subject;
}

const char *skep_core_text(uint32_t kind)
{
	return KINDS[kind].text;
}

/* "task_struct___old" is a flavour of "task_struct": the separator is three underscores with none
 * beside them, and the last one counts. */
size_t skep_core_name_size(const char *name)
{
	size_t size = 0;

	while (size < SKEP_CORE_NAME_MAX && name[size] != '\0')
		size++;
	for (size_t at = size; at >= 5; at--) {
		const char *part = name + at - 5;

		if (part[0] != '_' && part[1] == '_' && part[2] == '_' && part[3] == '_' &&
		    part[4] != '_')
			return at - 4;
	}
	return size;
}

bool skep_core_same_text(const char *a, const char *b)
{
	for (uint32_t i = 0; i < SKEP_CORE_NAME_MAX; i++) {
		if (a[i] != b[i])
			return false;
		if (a[i] == '\0')
			return true;
	}
	return false;
}

bool skep_core_same_name(const char *a, const char *b)
{
	const size_t size = skep_core_name_size(a);

	return size == skep_core_name_size(b) && memcmp(a, b, size) == 0;
}

static bool is_enum(uint32_t kind)
{
	return kind == SKEP_BTF_ENUM || kind == SKEP_BTF_ENUM64;
}

bool skep_core_same_kind(uint32_t a, uint32_t b)
{
	return a == b || (is_enum(a) && is_enum(b));
}

bool skep_core_is_flexible(const struct skep_btf *btf, const struct skep_core_step *step,
			   uint32_t elements)
{
	return step->name != NULL && elements == 0 &&
	       step->index + 1 == skep_btf_item_count(btf, step->type);
}

bool skep_core_advance(const struct skep_btf *btf, uint32_t type, uint32_t index,
		       uint64_t *bit_offset)
{
	uint64_t size;

	if (index == 0)
		return true;
	if (skep_btf_size(btf, type, &size) < 0 || size > UINT32_MAX ||
	    size * index > UINT32_MAX / 8)
		return false;
	*bit_offset += size * index * 8;
	return *bit_offset <= UINT32_MAX;
}

/* ---------------------------------------------------------------------------------- reading */

/* The next number of an access string, and what stands behind it. */
static bool take_number(const char **text, uint32_t *out)
{
	uint64_t number = 0;
	const char *at = *text;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (uint64_t)(*at - '0');
		if (number > INT32_MAX)
			return false;
	}
	if (*at == ':' && at[1] != '\0')
		at++;
	else if (*at != '\0')
		return false;
	*text = at;
	*out = (uint32_t)number;
	return true;
}

static int enter_member(struct skep_core_path *path, uint32_t *type, uint32_t index,
			const char **why)
{
	struct skep_btf_member member;

	if (skep_btf_member(path->btf, *type, index, &member) < 0) {
		*why = "its path names a member that the structure does not have";
		return SKEP_EINVAL;
	}
	path->bit_offset += member.bit_offset;
	/* Anonymous members are passed through: where they are is the target's business. */
	if (member.name[0] != '\0')
		path->steps[path->count++] = (struct skep_core_step){ *type, index, member.name };
	*type = member.type;
	return 0;
}

static int enter_element(struct skep_core_path *path, uint32_t *type, uint32_t elements,
			 uint32_t index, const char **why)
{
	const uint32_t element = skep_btf_resolve(path->btf, *type);

	if (index >= elements &&
	    !skep_core_is_flexible(path->btf, &path->steps[path->count - 1], elements)) {
		*why = "its path leads past the end of an array";
		return SKEP_EINVAL;
	}
	if (!skep_core_advance(path->btf, element, index, &path->bit_offset)) {
		*why = "its path leads too far";
		return SKEP_EINVAL;
	}
	path->steps[path->count++] = (struct skep_core_step){ element, index, NULL };
	*type = element;
	return 0;
}

static int enter(struct skep_core_path *path, uint32_t *type, uint32_t index, const char **why)
{
	struct skep_btf_type what;

	*type = skep_btf_resolve(path->btf, *type);
	skep_btf_type(path->btf, *type, &what);
	if (path->count == SKEP_CORE_STEPS_MAX) {
		*why = "its path has more than 64 steps";
		return SKEP_EINVAL;
	}
	switch (what.kind) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION: return enter_member(path, type, index, why);
	case SKEP_BTF_ARRAY:
		*type = what.type;
		return enter_element(path, type, what.count, index, why);
	default: *why = "its path goes through what has no members"; return SKEP_EINVAL;
	}
}

static int enter_enum(struct skep_core_path *path, uint32_t index, const char **why)
{
	const uint32_t type = skep_btf_resolve(path->btf, path->root);
	struct skep_btf_member enumerator;

	if (!is_enum(skep_btf_kind_of(path->btf, type)) ||
	    skep_btf_member(path->btf, type, index, &enumerator) < 0) {
		*why = "it asks for an enumerator that the type does not have";
		return SKEP_EINVAL;
	}
	path->steps[0] = (struct skep_core_step){ type, index, enumerator.name };
	return 0;
}

int skep_core_path(const struct skep_btf *btf, const struct skep_image_core *core,
		   struct skep_core_path *out, const char **why)
{
	const enum skep_core_subject subject = skep_core_subject(core->kind);
	const char *text = core->access;
	uint32_t index, type = skep_btf_resolve(btf, core->type);

	out->btf = btf;
	out->root = core->type;
	out->bit_offset = 0;
	out->count = 1;
	*why = "its access string is not numbers with ':' between them";
	if (!take_number(&text, &index))
		return SKEP_EINVAL;
	if (subject != SKEP_CORE_FIELD && *text != '\0')
		return SKEP_EINVAL;
	if (subject == SKEP_CORE_ENUM)
		return enter_enum(out, index, why);
	out->steps[0] = (struct skep_core_step){ type, index, NULL };
	if (subject == SKEP_CORE_TYPE) {
		*why = "it is about a type and its access string is not 0";
		return index == 0 ? 0 : SKEP_EINVAL;
	}
	if (!skep_core_advance(btf, type, index, &out->bit_offset)) {
		*why = "its path leads too far";
		return SKEP_EINVAL;
	}
	while (*text != '\0') {
		if (!take_number(&text, &index))
			return SKEP_EINVAL;
		SKEP_TRY(enter(out, &type, index, why));
		*why = "its access string is not numbers with ':' between them";
	}
	return 0;
}

/* -------------------------------------------------------------------------------- describing */

void skep_core_describe(const struct skep_core_path *path, enum skep_core_subject subject,
			char *text, size_t size)
{
	const char *name = skep_btf_name_of(path->btf, path->root);
	size_t used = skep_format(text, size, "%.*s", (int)skep_core_name_size(name), name);

	if (name[0] == '\0')
		used = skep_format(text, size, "(anonymous)");
	if (subject == SKEP_CORE_FIELD && path->steps[0].index != 0 && used < size)
		used += skep_format(text + used, size - used, "[%u]",
				    (unsigned)path->steps[0].index);
	for (uint32_t i = subject == SKEP_CORE_ENUM ? 0 : 1; i < path->count && used < size; i++) {
		const struct skep_core_step *step = &path->steps[i];

		used += step->name != NULL
				? skep_format(text + used, size - used, ".%s", step->name)
				: skep_format(text + used, size - used, "[%u]",
					      (unsigned)step->index);
	}
}
