/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a .BTF section in, a checked type table out. The one idea: all that a reader of types
 * relies on is checked once (lengths, names, references, no type inside itself, no endless chain of
 * references, members inside their structure), so that readers may follow types without care.
 * Refuses kinds it does not know. Format: Linux's Documentation/bpf/btf.rst.
 */
#include "load/btf.h"

#include "base/bytes.h"
#include "load/image.h"

enum { MAGIC = 0xeb9f, HEADER_BYTES = 24 };

/* In the info word: members carry bit-field widths, enumerators are signed. */
static const uint32_t KFLAG = 1u << 31;

static const char ADVICE[] = "compile the object again, or strip its BTF with llvm-objcopy -R .BTF";

/* What a kind's words are. */
static const struct layout {
	uint8_t fixed_words; /* after the first three */
	uint8_t item_words;  /* each of as many as the info word says */
	bool refers;         /* the third word is a type */
	bool is_modifier;    /* skep_btf_resolve() passes through it */
} LAYOUTS[] = {
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

const uint32_t *skep_btf_words(const struct skep_btf *btf, uint32_t id)
{
	return btf->words + btf->starts[id];
}

static uint32_t kind_of_info(uint32_t info)
{
	return info >> 24 & 0x1f;
}

uint32_t skep_btf_kind_of(const struct skep_btf *btf, uint32_t id)
{
	return id == 0 ? SKEP_BTF_VOID : kind_of_info(skep_btf_words(btf, id)[SKEP_BTF_INFO]);
}

uint32_t skep_btf_item_count(const struct skep_btf *btf, uint32_t id)
{
	return skep_btf_words(btf, id)[SKEP_BTF_INFO] & 0xffff;
}

const char *skep_btf_name_of(const struct skep_btf *btf, uint32_t id)
{
	return id == 0 ? "" : btf->strings + skep_btf_words(btf, id)[SKEP_BTF_NAME];
}

const char *skep_btf_string(const struct skep_btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : NULL;
}

static const uint32_t *item_words(const struct skep_btf *btf, uint32_t id, uint32_t index)
{
	const uint32_t *words = skep_btf_words(btf, id);
	const struct layout *layout = &LAYOUTS[kind_of_info(words[SKEP_BTF_INFO])];

	return words + SKEP_BTF_MORE + layout->fixed_words + (size_t)index * layout->item_words;
}

/* ---------------------------------------------------------------------------------- reading */

static int refuse(struct skep_log *log, uint32_t id, const char *found)
{
	return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN, "BTF type %u %s\n\n%s", (unsigned)id,
			 found, ADVICE);
}

/* Words that the type at `at` takes, 0 if it is cut off or of an unknown kind. */
static uint32_t type_words(const uint32_t *words, uint32_t count)
{
	const struct layout *layout;
	uint32_t info, need;

	if (count < SKEP_BTF_MORE)
		return 0;
	info = words[SKEP_BTF_INFO];
	if (kind_of_info(info) == SKEP_BTF_VOID || kind_of_info(info) >= SKEP_COUNT(LAYOUTS))
		return 0;
	layout = &LAYOUTS[kind_of_info(info)];
	need = SKEP_BTF_MORE + layout->fixed_words + (info & 0xffff) * layout->item_words;
	if (kind_of_info(info) == SKEP_BTF_FUNC) /* its count is its linkage */
		need = SKEP_BTF_MORE;
	return need <= count ? need : 0;
}

/* Finds where each type begins. */
static int index_types(struct skep_btf *btf, uint32_t word_count, struct skep_arena *arena,
		       struct skep_log *log)
{
	uint32_t at, size;

	for (at = 0; at < word_count; at += size) {
		size = type_words(btf->words + at, word_count - at);
		if (size == 0)
			return refuse(log, btf->count + 1,
				      "is cut off or of a kind that skep does not know");
		btf->count++;
	}
	btf->starts = skep_arena_array(arena, (size_t)btf->count + 1, sizeof(uint32_t));
	if (btf->starts == NULL)
		return skep_fail_memory(log, "BTF");
	at = 0;
	for (uint32_t id = 1; id <= btf->count; id++) {
		btf->starts[id] = at;
		at += type_words(btf->words + at, word_count - at);
	}
	return 0;
}

/* The header's two parts, as offsets into the section. */
struct parts {
	uint32_t type_offset, type_size, string_offset, string_size;
};

static uint32_t load32(const uint8_t *from, bool big_endian)
{
	const uint32_t word = skep_load32(from);

	return big_endian == skep_host_is_big_endian() ? word : skep_swap32(word);
}

static int read_header(const uint8_t *bytes, size_t size, bool big_endian, struct parts *out,
		       struct skep_log *log)
{
	const uint32_t magic = size >= 2 ? (uint32_t)(big_endian ? bytes[0] << 8 | bytes[1]
								 : bytes[1] << 8 | bytes[0])
					 : 0;
	uint64_t header, type_at, string_at;
	uint32_t type_size, string_size;

	if (size < HEADER_BYTES || size > UINT32_MAX || magic != MAGIC || bytes[2] != 1)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the BTF has no valid header\nmagic number 0xeb9f in the file's "
				 "byte order and version 1\n%s",
				 ADVICE);
	header = load32(bytes + 4, big_endian);
	type_at = header + load32(bytes + 8, big_endian);
	type_size = load32(bytes + 12, big_endian);
	string_at = header + load32(bytes + 16, big_endian);
	string_size = load32(bytes + 20, big_endian);
	if (header < HEADER_BYTES || type_at % 4 != 0 || type_size % 4 != 0 ||
	    !skep_in_bounds(type_at, type_size, size) ||
	    !skep_in_bounds(string_at, string_size, size))
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the BTF header names parts outside the section, or not in steps "
				 "of 4 bytes\ntypes and strings inside it\n%s",
				 ADVICE);
	if (type_at < string_at + string_size && string_at < type_at + type_size)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the BTF header names overlapping parts\ntypes, then strings\n%s",
				 ADVICE);
	if (string_size == 0 || bytes[string_at] != '\0' ||
	    bytes[string_at + string_size - 1] != '\0')
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the BTF strings do not begin and end with a zero byte\n\n%s",
				 ADVICE);
	*out = (struct parts){ (uint32_t)type_at, type_size, (uint32_t)string_at, string_size };
	return 0;
}

/* --------------------------------------------------------------------------------- checking */

/* Whether a value can have that type: variables, functions and sections are none. */
static bool is_type(const struct skep_btf *btf, uint32_t id)
{
	if (id > btf->count)
		return false;
	switch (skep_btf_kind_of(btf, id)) {
	case SKEP_BTF_FUNC:
	case SKEP_BTF_VAR:
	case SKEP_BTF_DATASEC:
	case SKEP_BTF_DECL_TAG: return false;
	default: return true;
	}
}

static bool has_string(const struct skep_btf *btf, uint32_t offset)
{
	return offset < btf->strings_size;
}

static int check_int(const struct skep_btf *btf, uint32_t id, struct skep_log *log)
{
	const uint32_t *words = skep_btf_words(btf, id);
	const uint32_t size = words[SKEP_BTF_SIZE], bits = words[SKEP_BTF_MORE] & 0xff,
		       offset = words[SKEP_BTF_MORE] >> 16 & 0xff;

	if (size == 0 || size > 16 || (size & (size - 1)) != 0)
		return refuse(log, id, "is an integer of an impossible size");
	if (bits == 0 || bits + offset > size * 8)
		return refuse(log, id, "is an integer with more bits than its size has");
	return 0;
}

static int check_enum(const struct skep_btf *btf, uint32_t id, struct skep_log *log)
{
	const uint32_t size = skep_btf_words(btf, id)[SKEP_BTF_SIZE];

	if (size == 0 || size > 8 || (size & (size - 1)) != 0)
		return refuse(log, id, "is an enumeration of an impossible size");
	return 0;
}

static int check_datasec(const struct skep_btf *btf, uint32_t id, struct skep_log *log)
{
	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		const uint32_t var = item_words(btf, id, i)[0];
		const uint32_t kind =
			var <= btf->count ? skep_btf_kind_of(btf, var) : SKEP_BTF_VOID;

		if (kind != SKEP_BTF_VAR && kind != SKEP_BTF_FUNC)
			return refuse(log, id, "is a data section with what is no variable in it");
	}
	return 0;
}

/* Names and references of the items that a type has. */
static int check_items(const struct skep_btf *btf, uint32_t id, uint32_t kind, struct skep_log *log)
{
	const bool has_types =
		kind == SKEP_BTF_STRUCT || kind == SKEP_BTF_UNION || kind == SKEP_BTF_FUNC_PROTO;

	if (LAYOUTS[kind].item_words == 0 || kind == SKEP_BTF_DATASEC)
		return 0;
	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		const uint32_t *item = item_words(btf, id, i);

		if (!has_string(btf, item[0]))
			return refuse(log, id, "has a name outside the strings");
		if (has_types && !is_type(btf, item[1]))
			return refuse(log, id, "refers to what is no type");
	}
	return 0;
}

static int check_type(const struct skep_btf *btf, uint32_t id, struct skep_log *log)
{
	const uint32_t *words = skep_btf_words(btf, id);
	const uint32_t kind = kind_of_info(words[SKEP_BTF_INFO]);

	if (!has_string(btf, words[SKEP_BTF_NAME]))
		return refuse(log, id, "has a name outside the strings");
	if (LAYOUTS[kind].refers && !is_type(btf, words[SKEP_BTF_SIZE]) &&
	    (kind != SKEP_BTF_DECL_TAG || words[SKEP_BTF_SIZE] > btf->count))
		return refuse(log, id, "refers to what is no type");
	switch (kind) {
	case SKEP_BTF_INT: return check_int(btf, id, log);
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: SKEP_TRY(check_enum(btf, id, log)); break;
	case SKEP_BTF_ARRAY:
		if (!is_type(btf, words[SKEP_BTF_MORE]) || !is_type(btf, words[SKEP_BTF_MORE + 1]))
			return refuse(log, id, "refers to what is no type");
		break;
	case SKEP_BTF_FUNC:
		if (skep_btf_kind_of(btf, words[SKEP_BTF_SIZE]) != SKEP_BTF_FUNC_PROTO)
			return refuse(log, id, "is a function without a prototype");
		break;
	case SKEP_BTF_DATASEC: return check_datasec(btf, id, log);
	default: break;
	}
	return check_items(btf, id, kind, log);
}

/* The two ways in which types must not be endless. */
enum graph {
	BY_VALUE, /* what a type contains: members, elements, what modifiers stand for */
	BY_CHAIN, /* what has to be followed to write a declaration down, up to a named structure */
};

/* The index-th type that `id` leads to in the graph: false past the last. */
static bool next_type(const struct skep_btf *btf, enum graph graph, uint32_t id, uint32_t index,
		      uint32_t *out)
{
	const uint32_t *words = skep_btf_words(btf, id);
	const uint32_t kind = kind_of_info(words[SKEP_BTF_INFO]), count = words[SKEP_BTF_INFO];

	switch (kind) {
	case SKEP_BTF_PTR:
	case SKEP_BTF_FUNC:
		if (graph == BY_VALUE)
			return false;
		break;
	case SKEP_BTF_ARRAY: *out = words[SKEP_BTF_MORE]; return index == 0;
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
		if (graph == BY_CHAIN || index >= (count & 0xffff))
			return false;
		*out = item_words(btf, id, index)[1];
		return true;
	case SKEP_BTF_FUNC_PROTO:
		if (graph == BY_VALUE || index > (count & 0xffff))
			return false;
		*out = index == 0 ? words[SKEP_BTF_SIZE] : item_words(btf, id, index - 1)[1];
		return true;
	case SKEP_BTF_VAR: break;
	default:
		if (!LAYOUTS[kind].is_modifier)
			return false;
	}
	*out = words[SKEP_BTF_SIZE];
	return index == 0;
}

enum { UNSEEN = 0, OPEN = 0xff };

/* Walks from `root` depth first. heights[id] becomes the longest way down from it, counted in
 * types; OPEN while the walk is below it. */
static int walk(const struct skep_btf *btf, enum graph graph, uint32_t root, uint8_t *heights,
		struct skep_log *log)
{
	struct {
		uint32_t id, next;
	} stack[SKEP_BTF_DEPTH_MAX];
	uint32_t depth = 1;

	stack[0].id = root;
	stack[0].next = 0;
	heights[root] = OPEN;
	while (depth > 0) {
		const uint32_t id = stack[depth - 1].id;
		uint32_t child, height = 1;

		if (next_type(btf, graph, id, stack[depth - 1].next, &child)) {
			stack[depth - 1].next++;
			if (child == 0 || heights[child] != UNSEEN) {
				if (child != 0 && heights[child] == OPEN)
					return refuse(log, id, "contains itself");
				continue;
			}
			if (depth == SKEP_BTF_DEPTH_MAX)
				return refuse(log, id, "is nested too deep");
			heights[child] = OPEN;
			stack[depth].id = child;
			stack[depth++].next = 0;
			continue;
		}
		for (uint32_t i = 0; next_type(btf, graph, id, i, &child); i++)
			if (child != 0 && heights[child] >= height)
				height = heights[child] + 1u;
		if (height > SKEP_BTF_DEPTH_MAX)
			return refuse(log, id, "is nested too deep");
		heights[id] = (uint8_t)height;
		depth--;
	}
	return 0;
}

static int check_graph(const struct skep_btf *btf, enum graph graph, uint8_t *heights,
		       struct skep_log *log)
{
	memset(heights, UNSEEN, (size_t)btf->count + 1);
	for (uint32_t id = 1; id <= btf->count; id++)
		if (heights[id] == UNSEEN)
			SKEP_TRY(walk(btf, graph, id, heights, log));
	return 0;
}

/* Members lie inside their structure. */
static int check_members(const struct skep_btf *btf, uint32_t id, struct skep_log *log)
{
	const uint64_t bits = (uint64_t)skep_btf_words(btf, id)[SKEP_BTF_SIZE] * 8;

	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		struct skep_btf_member member;
		uint64_t size;

		if (skep_btf_member(btf, id, i, &member) < 0 ||
		    skep_btf_size(btf, member.type, &size) < 0)
			return refuse(log, id, "has a member without a size");
		if (size > UINT32_MAX || (member.bit_size == 0 && member.bit_offset % 8 != 0) ||
		    !skep_in_bounds(member.bit_offset,
				    member.bit_size != 0 ? member.bit_size : size * 8, bits))
			return refuse(log, id, "has a member that reaches outside of it");
	}
	return 0;
}

static int check(const struct skep_btf *btf, struct skep_arena *arena, struct skep_log *log)
{
	const struct skep_arena_mark mark = skep_arena_mark(arena);
	uint8_t *heights;
	int err;

	for (uint32_t id = 1; id <= btf->count; id++)
		SKEP_TRY(check_type(btf, id, log));
	heights = skep_arena_alloc(arena, (size_t)btf->count + 1);
	if (heights == NULL)
		return skep_fail_memory(log, "BTF");
	err = check_graph(btf, BY_VALUE, heights, log);
	if (err == 0)
		err = check_graph(btf, BY_CHAIN, heights, log);
	skep_arena_release(arena, mark);
	SKEP_TRY(err);
	for (uint32_t id = 1; id <= btf->count; id++) {
		const uint32_t kind = skep_btf_kind_of(btf, id);

		if (kind == SKEP_BTF_STRUCT || kind == SKEP_BTF_UNION)
			SKEP_TRY(check_members(btf, id, log));
	}
	return 0;
}

int skep_btf_read(const void *bytes, size_t size, bool big_endian, struct skep_arena *arena,
		  struct skep_log *log, struct skep_btf **out)
{
	struct skep_btf *btf;
	struct parts parts = { 0 };
	const uint8_t *types;

	SKEP_TRY(read_header(bytes, size, big_endian, &parts, log));
	btf = skep_arena_alloc(arena, sizeof(*btf));
	if (btf == NULL)
		return skep_fail_memory(log, "BTF");
	btf->words = skep_arena_alloc(arena, parts.type_size);
	btf->strings = skep_arena_alloc(arena, parts.string_size);
	if (btf->words == NULL || btf->strings == NULL)
		return skep_fail_memory(log, "BTF");
	types = (const uint8_t *)bytes + parts.type_offset;
	for (uint32_t i = 0; i < parts.type_size / 4; i++)
		btf->words[i] = load32(types + (size_t)i * 4, big_endian);
	memcpy(btf->strings, (const uint8_t *)bytes + parts.string_offset, parts.string_size);
	btf->strings_size = parts.string_size;
	btf->type_offset = parts.type_offset;
	SKEP_TRY(index_types(btf, parts.type_size / 4, arena, log));
	SKEP_TRY(check(btf, arena, log));
	*out = btf;
	return 0;
}

/* ---------------------------------------------------------------------------------- answers */

uint32_t skep_btf_count(const struct skep_btf *btf)
{
	return btf->count;
}

static void describe_int(uint32_t encoding, struct skep_btf_type *out)
{
	out->bits = encoding & 0xff;
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
	type.kind = (enum skep_btf_kind)kind_of_info(words[SKEP_BTF_INFO]);
	type.name = skep_btf_name_of(btf, id);
	if (LAYOUTS[type.kind].refers)
		type.type = words[SKEP_BTF_SIZE];
	else if (type.kind != SKEP_BTF_ARRAY && type.kind != SKEP_BTF_FWD)
		type.size = words[SKEP_BTF_SIZE];
	if (LAYOUTS[type.kind].item_words != 0)
		type.count = words[SKEP_BTF_INFO] & 0xffff;
	switch (type.kind) {
	case SKEP_BTF_INT: describe_int(words[SKEP_BTF_MORE], &type); break;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: type.is_signed = (words[SKEP_BTF_INFO] & KFLAG) != 0; break;
	case SKEP_BTF_ARRAY:
		type.type = words[SKEP_BTF_MORE];
		type.count = words[SKEP_BTF_MORE + 2];
		break;
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

	if (skep_btf_type(btf, id, &type) < 0 || id == 0 || LAYOUTS[type.kind].item_words == 0 ||
	    index >= type.count)
		return SKEP_ENOENT;
	item = item_words(btf, id, index);
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
	while (id != 0 && id <= btf->count && LAYOUTS[skep_btf_kind_of(btf, id)].is_modifier)
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
		case SKEP_BTF_PTR: size = 8; break;
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
