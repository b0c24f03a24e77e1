/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a .BTF section in, a checked type table out. The one idea: the type section is copied as
 * words of the host's byte order, and two passes over it find where each type begins, so that a
 * type is found by its id at once. Refuses kinds it does not know, and what check.c refuses.
 * Format: Linux's Documentation/bpf/btf.rst.
 */
#include "btf/btf.h"

#include "base/bytes.h"

enum { MAGIC = 0xeb9f, HEADER_BYTES = 24 };

static uint32_t kind_of_info(uint32_t info)
{
	return info >> 24 & 0x1f;
}

/* Words that the type at `at` takes, 0 if it is cut off or of an unknown kind. */
static uint32_t type_words(const uint32_t *words, uint32_t count)
{
	const struct skep_btf_layout *layout;
	uint32_t info, need;

	if (count < SKEP_BTF_MORE)
		return 0;
	info = words[SKEP_BTF_INFO];
	if (kind_of_info(info) == SKEP_BTF_VOID || kind_of_info(info) >= SKEP_BTF_KIND_COUNT)
		return 0;
	layout = &SKEP_BTF_LAYOUTS[kind_of_info(info)];
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
			return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "BTF type %u is cut off or of a kind that skep does not "
					 "know\n\n%s",
					 (unsigned)btf->count + 1, SKEP_BTF_ADVICE);
		btf->count++;
	}
	btf->starts = skep_arena_array(arena, (size_t)btf->count + 1, sizeof(uint32_t));
	btf->kinds = skep_arena_alloc(arena, (size_t)btf->count + 1);
	if (btf->starts == NULL || btf->kinds == NULL)
		return skep_fail_memory(log, "BTF");
	at = 0;
	for (uint32_t id = 1; id <= btf->count; id++) {
		btf->starts[id] = at;
		btf->kinds[id] = (uint8_t)kind_of_info(btf->words[at + SKEP_BTF_INFO]);
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
				 SKEP_BTF_ADVICE);
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
				 SKEP_BTF_ADVICE);
	if (type_at < string_at + string_size && string_at < type_at + type_size)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the BTF header names overlapping parts\ntypes, then strings\n%s",
				 SKEP_BTF_ADVICE);
	if (string_size == 0 || bytes[string_at] != '\0' ||
	    bytes[string_at + string_size - 1] != '\0')
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the BTF strings do not begin and end with a zero byte\n\n%s",
				 SKEP_BTF_ADVICE);
	*out = (struct parts){ (uint32_t)type_at, type_size, (uint32_t)string_at, string_size };
	return 0;
}

/* BTF does not say how large pointers are; `long` is as large. */
static uint32_t pointer_size(const struct skep_btf *btf)
{
	static const char *const LONG[] = { "long int", "long unsigned int", "long",
					    "unsigned long" };

	for (uint32_t id = 1; id <= btf->count; id++) {
		const uint32_t *words = skep_btf_words(btf, id), size = words[SKEP_BTF_SIZE];
		const char *name = skep_btf_string(btf, words[SKEP_BTF_NAME]);

		if (skep_btf_kind_of(btf, id) != SKEP_BTF_INT || (size != 4 && size != 8) ||
		    name == NULL)
			continue;
		for (size_t i = 0; i < SKEP_COUNT(LONG); i++)
			if (skep_text_equal(name, LONG[i]))
				return size;
	}
	return 8;
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
	btf->strings = skep_arena_alloc(arena, (size_t)parts.string_size + SKEP_BTF_STRINGS_ROOM);
	if (btf->words == NULL || btf->strings == NULL)
		return skep_fail_memory(log, "BTF");
	types = (const uint8_t *)bytes + parts.type_offset;
	memcpy(btf->words, types, parts.type_size);
	if (big_endian != skep_host_is_big_endian())
		for (uint32_t i = 0; i < parts.type_size / 4; i++)
			btf->words[i] = skep_swap32(btf->words[i]);
	memcpy(btf->strings, (const uint8_t *)bytes + parts.string_offset, parts.string_size);
	btf->strings_size = parts.string_size;
	btf->type_offset = parts.type_offset;
	SKEP_TRY(index_types(btf, parts.type_size / 4, arena, log));
	btf->pointer_size = pointer_size(btf);
	SKEP_TRY(skep_btf_check(btf, arena, log));
	*out = btf;
	return 0;
}
