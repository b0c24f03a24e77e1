/* SPDX-License-Identifier: Apache-2.0 */
/* A checked type table in, answers about its types out. */
#include "btf/btf.h"

#include "base/bytes.h"

/* In the info word: members carry bit-field widths, enumerators are signed. */
static const uint32_t KFLAG = 1u << 31;

const struct skep_btf_layout SKEP_BTF_LAYOUTS[SKEP_BTF_KIND_COUNT] = {
	[SKEP_BTF_INT] = { .fixed_words = 1 },
	[SKEP_BTF_PTR] = { .refers = true },
	[SKEP_BTF_ARRAY] = { .fixed_words = 3 },
	[SKEP_BTF_STRUCT] = { .item_words = 3 },
	[SKEP_BTF_UNION] = { .item_words = 3 },
	[SKEP_BTF_ENUM] = { .item_words = 2 },
	[SKEP_BTF_FWD] = { 0 },
	[SKEP_BTF_TYPEDEF] = { .refers = true, .is_modifier = true },
	[SKEP_BTF_VOLATILE] = { .refers = true, .is_modifier = true },
	[SKEP_BTF_CONST] = { .refers = true, .is_modifier = true },
	[SKEP_BTF_RESTRICT] = { .refers = true, .is_modifier = true },
	[SKEP_BTF_FUNC] = { .refers = true },
	[SKEP_BTF_FUNC_PROTO] = { .item_words = 2, .refers = true },
	[SKEP_BTF_VAR] = { .fixed_words = 1, .refers = true },
	[SKEP_BTF_DATASEC] = { .item_words = SKEP_BTF_SECINFO_WORDS },
	[SKEP_BTF_FLOAT] = { 0 },
	[SKEP_BTF_DECL_TAG] = { .fixed_words = 1, .refers = true },
	[SKEP_BTF_TYPE_TAG] = { .refers = true, .is_modifier = true },
	[SKEP_BTF_ENUM64] = { .item_words = 3 },
};

const char *skep_btf_string(const struct skep_btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : NULL;
}

const uint32_t *skep_btf_item(const struct skep_btf *btf, uint32_t id, uint32_t index)
{
	const uint32_t *words = skep_btf_words(btf, id);
	const struct skep_btf_layout *layout = &SKEP_BTF_LAYOUTS[btf->kinds[id]];

	return words + SKEP_BTF_MORE + layout->fixed_words + (size_t)index * layout->item_words;
}

/* ------------------------------------------------------------------------------- sentences */

const char *skep_btf_kind_word(uint32_t kind)
{
	static const char *const WORDS[SKEP_BTF_KIND_COUNT] = {
		[SKEP_BTF_VOID] = "void",         [SKEP_BTF_INT] = "int",
		[SKEP_BTF_PTR] = "pointer",       [SKEP_BTF_ARRAY] = "array",
		[SKEP_BTF_STRUCT] = "struct",     [SKEP_BTF_UNION] = "union",
		[SKEP_BTF_ENUM] = "enum",         [SKEP_BTF_FWD] = "forward",
		[SKEP_BTF_TYPEDEF] = "typedef",   [SKEP_BTF_VOLATILE] = "volatile",
		[SKEP_BTF_CONST] = "const",       [SKEP_BTF_RESTRICT] = "restrict",
		[SKEP_BTF_FUNC] = "function",     [SKEP_BTF_FUNC_PROTO] = "prototype",
		[SKEP_BTF_VAR] = "variable",      [SKEP_BTF_DATASEC] = "section",
		[SKEP_BTF_FLOAT] = "float",       [SKEP_BTF_DECL_TAG] = "tag",
		[SKEP_BTF_TYPE_TAG] = "type tag", [SKEP_BTF_ENUM64] = "enum",
	};

	return WORDS[kind];
}

const char *skep_btf_item_word(const struct skep_btf *btf, uint32_t id)
{
	switch (skep_btf_kind_of(btf, id)) {
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: return "enumerator";
	case SKEP_BTF_FUNC_PROTO: return "parameter";
	case SKEP_BTF_DATASEC: return "variable";
	default: return "member";
	}
}

int skep_btf_refuse(const struct skep_btf *btf, uint32_t id, struct skep_log *log,
		    const char *found)
{
	const char *name = skep_btf_string(btf, skep_btf_words(btf, id)[SKEP_BTF_NAME]);

	if (name == NULL)
		name = "";
	return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN, "BTF type %u (%s%s%.64s) %s\n\n%s",
			 (unsigned)id, skep_btf_kind_word(skep_btf_kind_of(btf, id)),
			 name[0] != '\0' ? " " : "", name, found, SKEP_BTF_ADVICE);
}

int skep_btf_refuse_item(const struct skep_btf *btf, uint32_t id, uint32_t index,
			 struct skep_log *log, const char *found)
{
	const char *name = skep_btf_name_of(btf, id);
	const char *item = skep_btf_kind_of(btf, id) != SKEP_BTF_DATASEC
				   ? skep_btf_string(btf, skep_btf_item(btf, id, index)[0])
				   : NULL;

	if (item == NULL)
		item = "";
	return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "in BTF type %u (%s%s%.64s) %s %u%s%.64s%s %s\n\n%s", (unsigned)id,
			 skep_btf_kind_word(skep_btf_kind_of(btf, id)), name[0] != '\0' ? " " : "",
			 name, skep_btf_item_word(btf, id), (unsigned)index + 1,
			 item[0] != '\0' ? " (" : "", item, item[0] != '\0' ? ")" : "", found,
			 SKEP_BTF_ADVICE);
}

bool skep_btf_may_be_bits(const struct skep_btf *btf, uint32_t id)
{
	const uint32_t kind = skep_btf_kind_of(btf, skep_btf_resolve(btf, id));

	return kind == SKEP_BTF_INT || kind == SKEP_BTF_ENUM || kind == SKEP_BTF_ENUM64;
}

/* --------------------------------------------------------------------------------- answers */

uint32_t skep_btf_count(const struct skep_btf *btf)
{
	return btf->count;
}

static void describe_int(uint32_t encoding, struct skep_btf_type *out)
{
	out->bits = encoding & 0xff;
	out->bit_offset = encoding >> 16 & 0xff;
	out->is_signed = (encoding >> 24 & 1) != 0;
	out->is_char = (encoding >> 24 & 2) != 0;
	out->is_bool = (encoding >> 24 & 4) != 0;
}

int skep_btf_type(const struct skep_btf *btf, uint32_t id, struct skep_btf_type *out)
{
	struct skep_btf_type type = { .name = "" };
	const uint32_t *words;

	if (id > btf->count)
		return SKEP_ENOENT;
	if (id == 0) {
		*out = type;
		return 0;
	}
	words = skep_btf_words(btf, id);
	type.kind = (enum skep_btf_kind)btf->kinds[id];
	type.name = skep_btf_name_of(btf, id);
	if (SKEP_BTF_LAYOUTS[type.kind].refers)
		type.type = words[SKEP_BTF_SIZE];
	else if (type.kind != SKEP_BTF_ARRAY && type.kind != SKEP_BTF_FWD)
		type.size = words[SKEP_BTF_SIZE];
	if (SKEP_BTF_LAYOUTS[type.kind].item_words != 0)
		type.count = words[SKEP_BTF_INFO] & 0xffff;
	switch (type.kind) {
	case SKEP_BTF_INT: describe_int(words[SKEP_BTF_MORE], &type); break;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: type.is_signed = (words[SKEP_BTF_INFO] & KFLAG) != 0; break;
	case SKEP_BTF_ARRAY:
		type.type = words[SKEP_BTF_MORE];
		type.index_type = words[SKEP_BTF_MORE + 1];
		type.count = words[SKEP_BTF_MORE + 2];
		break;
	case SKEP_BTF_FWD: type.is_union = (words[SKEP_BTF_INFO] & KFLAG) != 0; break;
	case SKEP_BTF_DECL_TAG: type.component = (int32_t)words[SKEP_BTF_MORE]; break;
	case SKEP_BTF_FUNC: type.linkage = words[SKEP_BTF_INFO] & 0xffff; break;
	case SKEP_BTF_VAR: type.linkage = words[SKEP_BTF_MORE]; break;
	default: break;
	}
	*out = type;
	return 0;
}

/* A member of a structure. With the kind flag, the upper 8 bits of the offset are the width of a
 * bit-field; without it, a bit-field's integer type has the width. */
static void describe_member(const struct skep_btf *btf, bool flagged, const uint32_t *item,
			    struct skep_btf_member *out)
{
	struct skep_btf_type type;

	out->type = item[1];
	out->bit_offset = flagged ? item[2] & 0xffffff : item[2];
	out->bit_size = flagged ? item[2] >> 24 : 0;
	skep_btf_type(btf, skep_btf_resolve(btf, item[1]), &type);
	if (!flagged && type.kind == SKEP_BTF_INT && type.bits != type.size * 8) {
		const uint32_t encoding =
			skep_btf_words(btf, skep_btf_resolve(btf, item[1]))[SKEP_BTF_MORE];

		out->bit_offset += encoding >> 16 & 0xff;
		out->bit_size = type.bits;
	}
}

int skep_btf_member(const struct skep_btf *btf, uint32_t id, uint32_t index,
		    struct skep_btf_member *out)
{
	struct skep_btf_member member = { 0 };
	struct skep_btf_type type;
	const uint32_t *item;

	if (skep_btf_type(btf, id, &type) < 0 || id == 0 ||
	    SKEP_BTF_LAYOUTS[type.kind].item_words == 0 || index >= type.count)
		return SKEP_ENOENT;
	item = skep_btf_item(btf, id, index);
	member.name = type.kind == SKEP_BTF_DATASEC ? skep_btf_name_of(btf, item[0])
						    : btf->strings + item[0];
	switch (type.kind) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
		describe_member(btf, (skep_btf_words(btf, id)[SKEP_BTF_INFO] & KFLAG) != 0, item,
				&member);
		break;
	case SKEP_BTF_ENUM:
		member.value = type.is_signed ? (int32_t)item[1] : (int64_t)item[1];
		break;
	case SKEP_BTF_ENUM64: member.value = (int64_t)((uint64_t)item[2] << 32 | item[1]); break;
	case SKEP_BTF_DATASEC:
		member.variable = item[0];
		member.type = skep_btf_words(btf, item[0])[SKEP_BTF_SIZE];
		member.bit_offset = item[1] * 8;
		member.bit_size = item[2] * 8;
		break;
	default: member.type = item[1]; break;
	}
	*out = member;
	return 0;
}

uint32_t skep_btf_resolve(const struct skep_btf *btf, uint32_t id)
{
	/* The chains of a checked table end. */
	while (id != 0 && id <= btf->count &&
	       SKEP_BTF_LAYOUTS[skep_btf_kind_of(btf, id)].is_modifier)
		id = skep_btf_words(btf, id)[SKEP_BTF_SIZE];
	return id <= btf->count ? id : 0;
}

int skep_btf_size(const struct skep_btf *btf, uint32_t id, uint64_t *out)
{
	uint64_t count = 1, size;

	for (;;) {
		struct skep_btf_type type;

		id = skep_btf_resolve(btf, id);
		if (skep_btf_type(btf, id, &type) < 0)
			return SKEP_EINVAL;
		switch (type.kind) {
		case SKEP_BTF_ARRAY:
			if (type.count != 0 && count > UINT64_MAX / type.count)
				return SKEP_EINVAL;
			count *= type.count;
			id = type.type;
			continue;
		case SKEP_BTF_VAR: id = type.type; continue;
		case SKEP_BTF_PTR: size = btf->pointer_size; break;
		case SKEP_BTF_INT:
		case SKEP_BTF_STRUCT:
		case SKEP_BTF_UNION:
		case SKEP_BTF_ENUM:
		case SKEP_BTF_ENUM64:
		case SKEP_BTF_DATASEC:
		case SKEP_BTF_FLOAT: size = type.size; break;
		default: return SKEP_EINVAL;
		}
		if (size != 0 && count > UINT64_MAX / size)
			return SKEP_EINVAL;
		*out = count * size;
		return 0;
	}
}
