/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a .BTF section in, a checked type table out. The one idea: the type section is there as
 * words of the host's byte order, in a copy or where it lies, and one pass over it finds where each
 * type begins, so that a type is found by its id at once. Refuses kinds it does not know, and what
 * check.c refuses.
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

/* BTF does not say how large pointers are; `long` is as large. 0: this integer does not tell. */
static uint32_t long_size(const struct skep_btf *btf, const uint32_t *words)
{
	static const char *const LONG[] = { "long int", "long unsigned int", "long",
					    "unsigned long" };
	const char *name = skep_btf_string(btf, words[SKEP_BTF_NAME]);
	const uint32_t size = words[SKEP_BTF_SIZE];

	for (size_t i = 0; i < SKEP_COUNT(LONG) && name != NULL && (size == 4 || size == 8); i++)
		if (skep_text_equal(name, LONG[i]))
			return size;
	return 0;
}

/* Kinds that have nothing after their first three words: most of a kernel's types. */
static const uint32_t SHORT_KINDS =
	1u << SKEP_BTF_PTR | 1u << SKEP_BTF_FWD | 1u << SKEP_BTF_TYPEDEF | 1u << SKEP_BTF_VOLATILE |
	1u << SKEP_BTF_CONST | 1u << SKEP_BTF_RESTRICT | 1u << SKEP_BTF_FUNC |
	1u << SKEP_BTF_FLOAT | 1u << SKEP_BTF_TYPE_TAG;

/* Fills in where each type begins, its kind and what an integer tells of pointers. Branches, not
 * the table of layouts, decide about most sizes: a processor that foresees them does not wait for
 * one type's words before it looks at the next. */
static int find_types(struct skep_btf *btf, uint32_t word_count, struct skep_log *log)
{
	const uint32_t *const words = btf->words;
	uint32_t *const starts = btf->starts;
	uint8_t *const kinds = btf->kinds;
	uint32_t count = 0, pointer_size = 0, size;

	for (uint32_t at = 0; at < word_count; at += size) {
		const uint32_t left = word_count - at;
		const uint32_t info = left >= SKEP_BTF_MORE ? words[at + SKEP_BTF_INFO] : 0;
		const uint32_t kind = kind_of_info(info);

		if ((SHORT_KINDS >> kind & 1) != 0) {
			size = SKEP_BTF_MORE;
		} else if (kind == SKEP_BTF_FUNC_PROTO) {
			size = SKEP_BTF_MORE + (info & 0xffff) * 2;
		} else {
			size = type_words(words + at, left);
			if (kind == SKEP_BTF_INT && size != 0 && pointer_size == 0)
				pointer_size = long_size(btf, words + at);
		}
		if (size == 0 || size > left)
			return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "BTF type %u is cut off or of a kind that skep does not "
					 "know\n\n%s",
					 (unsigned)count + 1, SKEP_BTF_ADVICE);
		starts[++count] = at;
		kinds[count] = (uint8_t)kind;
	}
	btf->count = count;
	btf->pointer_size = pointer_size != 0 ? pointer_size : 8;
	return 0;
}

/* How many types there can be. The few of an object are counted, so that boards give them no more
 * memory than they need; of a kernel's many, a second look costs more than room that is given back.
 */
static uint32_t types_at_most(const uint32_t *words, uint32_t word_count)
{
	enum { FEW_WORDS = 16384 };
	uint32_t count = 0, size;

	if (word_count > FEW_WORDS)
		return word_count / SKEP_BTF_MORE;
	for (uint32_t at = 0; at < word_count; at += size) {
		size = type_words(words + at, word_count - at);
		if (size == 0)
			break;
		count++;
	}
	return count;
}

/* Makes the index by id: room for as many types as there can be, cut to what there is. */
static int index_types(struct skep_btf *btf, uint32_t word_count, struct skep_arena *arena,
		       struct skep_log *log)
{
	const size_t room = (size_t)types_at_most(btf->words, word_count) + 1;
	const size_t each = sizeof(uint32_t) + 1;
	size_t count;

	if (room > SIZE_MAX / each)
		return skep_fail_memory(log, "BTF");
	btf->starts = skep_arena_alloc_unset(arena, room * each);
	if (btf->starts == NULL)
		return skep_fail_memory(log, "BTF");
	btf->kinds = (uint8_t *)(btf->starts + room);
	btf->starts[0] = 0;
	btf->kinds[0] = SKEP_BTF_VOID;
	SKEP_TRY(find_types(btf, word_count, log));
	count = (size_t)btf->count + 1;
	memmove(btf->starts + count, btf->kinds, count);
	btf->kinds = (uint8_t *)(btf->starts + count);
	skep_arena_trim(arena, btf->starts, room * each, count * each);
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

/* The words and strings in memory of the arena, in the host's byte order. */
static int copy_parts(struct skep_btf *btf, const uint8_t *bytes, const struct parts *parts,
		      bool swap, struct skep_arena *arena, struct skep_log *log)
{
	btf->words = skep_arena_alloc_unset(arena, parts->type_size);
	btf->strings = skep_arena_alloc_unset(arena, parts->string_size);
	if (btf->words == NULL || btf->strings == NULL)
		return skep_fail_memory(log, "BTF");
	memcpy(btf->words, bytes + parts->type_offset, parts->type_size);
	for (uint32_t i = 0; swap && i < parts->type_size / 4; i++)
		btf->words[i] = skep_swap32(btf->words[i]);
	memcpy(btf->strings, bytes + parts->string_offset, parts->string_size);
	return 0;
}

static int read_btf(const void *bytes, size_t size, bool big_endian, bool in_place,
		    struct skep_arena *arena, struct skep_log *log, struct skep_btf **out)
{
	const bool swap = big_endian != skep_host_is_big_endian();
	struct parts parts = { 0 };
	struct skep_btf *btf;
	uintptr_t base = (uintptr_t)bytes;

	SKEP_TRY(read_header(bytes, size, big_endian, &parts, log));
	btf = skep_arena_alloc(arena, sizeof(*btf));
	if (btf == NULL)
		return skep_fail_memory(log, "BTF");
	/* By their address, because who gives bytes that stay does not give them to be written. */
	btf->words = (uint32_t *)(base + parts.type_offset);
	btf->strings = (char *)(base + parts.string_offset);
	if (!in_place || swap || base % _Alignof(uint32_t) != 0)
		SKEP_TRY(copy_parts(btf, bytes, &parts, swap, arena, log));
	btf->strings_size = parts.string_size;
	btf->type_offset = parts.type_offset;
	SKEP_TRY(index_types(btf, parts.type_size / 4, arena, log));
	SKEP_TRY(skep_btf_check(btf, arena, log));
	*out = btf;
	return 0;
}

int skep_btf_read(const void *bytes, size_t size, bool big_endian, struct skep_arena *arena,
		  struct skep_log *log, struct skep_btf **out)
{
	return read_btf(bytes, size, big_endian, false, arena, log, out);
}

int skep_btf_read_in_place(const void *bytes, size_t size, bool big_endian,
			   struct skep_arena *arena, struct skep_log *log, struct skep_btf **out)
{
	return read_btf(bytes, size, big_endian, true, arena, log, out);
}
