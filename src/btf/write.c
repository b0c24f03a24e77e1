/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types and strings in, the bytes of a .BTF section out, in either byte order. Each string is
 * stored once; types stand in the order in which they came. Refuses what does not fit 32 bits of
 * offset. Format: Linux's Documentation/bpf/btf.rst.
 */
#include "btf/write.h"

#include "base/bytes.h"
#include "btf/shape.h"

enum { MAGIC = 0xeb9f, VERSION = 1, HEADER_BYTES = 24, FIRST_ROOM = 64 };

/* Sizes stay below this, so that sums of two fit 32 bits. */
static const uint32_t SIZE_MAX_BYTES = UINT32_MAX / 8;

static int too_large(const struct skep_btf_writer *writer)
{
	return skep_fail(writer->log, SKEP_E2BIG, SKEP_NO_INSN,
			 "the BTF grows past %u bytes\nless\nleave inputs out",
			 (unsigned)SIZE_MAX_BYTES);
}

/* Makes room for `more` elements beside `count`; the old array stays in the arena, which costs at
 * most as much as the new one. */
static void *grown(const struct skep_btf_writer *writer, void *old, uint32_t count, uint32_t more,
		   size_t size, uint32_t *room)
{
	uint32_t wanted = *room != 0 ? *room : FIRST_ROOM;
	void *array;

	if (count + more <= *room)
		return old;
	while (wanted < count + more)
		wanted *= 2;
	array = skep_arena_array(writer->arena, wanted, size);
	if (array == NULL)
		return NULL;
	if (old != NULL)
		memcpy(array, old, count * size);
	*room = wanted;
	return array;
}

int skep_btf_writer_init(struct skep_btf_writer *writer, struct skep_arena *arena,
			 struct skep_log *log)
{
	*writer = (struct skep_btf_writer){ .arena = arena, .log = log };
	return skep_strings_init(&writer->strings, arena, log);
}

int skep_btf_writer_string(struct skep_btf_writer *writer, const char *text, size_t size,
			   uint32_t *offset)
{
	return skep_strings_add(&writer->strings, text, size, offset);
}

/* Appends `count` words, still to be filled in, as a type. */
static int append(struct skep_btf_writer *writer, uint32_t count, uint32_t **words, uint32_t *id)
{
	uint32_t *all, *starts;

	if (writer->word_count >= SIZE_MAX_BYTES / 4)
		return too_large(writer);
	all = grown(writer, writer->words, writer->word_count, count, sizeof(uint32_t),
		    &writer->word_room);
	if (all != NULL)
		writer->words = all;
	starts = grown(writer, writer->starts, writer->count + 1, 1, sizeof(uint32_t),
		       &writer->start_room);
	if (starts != NULL)
		writer->starts = starts;
	if (all == NULL || starts == NULL)
		return skep_fail_memory(writer->log, "BTF");
	*words = all + writer->word_count;
	*id = ++writer->count;
	starts[*id] = writer->word_count;
	writer->word_count += count;
	return 0;
}

int skep_btf_writer_add(struct skep_btf_writer *writer, const uint32_t *words, uint32_t *id)
{
	const uint32_t count = skep_btf_walk(words).count;
	uint32_t *to;

	SKEP_TRY(append(writer, count, &to, id));
	memcpy(to, words, count * sizeof(uint32_t));
	return 0;
}

int skep_btf_writer_copy(struct skep_btf_writer *writer, const struct skep_btf *from, uint32_t id,
			 const uint32_t *ids, uint32_t *out)
{
	const uint32_t *words = skep_btf_words(from, id);
	struct skep_btf_walk walk = skep_btf_walk(words);
	uint32_t *to, added;

	SKEP_TRY(append(writer, walk.count, &to, &added));
	for (; walk.index < walk.count; skep_btf_step(&walk)) {
		const char *text;

		to[walk.index] = words[walk.index];
		if (walk.role == SKEP_BTF_REF && ids != NULL)
			to[walk.index] = ids[words[walk.index]];
		if (walk.role != SKEP_BTF_TEXT)
			continue;
		text = skep_btf_string(from, words[walk.index]);
		SKEP_TRY(skep_btf_writer_string(writer, text, skep_text_size(text),
						&to[walk.index]));
	}
	*out = added;
	return 0;
}

/* ------------------------------------------------------------------------------------- bytes */

size_t skep_btf_writer_size(const struct skep_btf_writer *writer)
{
	return HEADER_BYTES + (size_t)writer->word_count * sizeof(uint32_t) + writer->strings.size;
}

static void store32(uint8_t *to, uint32_t x, bool big_endian)
{
	skep_store32(to, big_endian == skep_host_is_big_endian() ? x : skep_swap32(x));
}

void skep_btf_writer_bytes(const struct skep_btf_writer *writer, bool big_endian, uint8_t *out)
{
	const uint32_t types = writer->word_count * (uint32_t)sizeof(uint32_t);

	out[0] = big_endian ? MAGIC >> 8 : MAGIC & 0xff;
	out[1] = big_endian ? MAGIC & 0xff : MAGIC >> 8;
	out[2] = VERSION;
	out[3] = 0; /* flags: none are defined */
	store32(out + 4, HEADER_BYTES, big_endian);
	store32(out + 8, 0, big_endian);
	store32(out + 12, types, big_endian);
	store32(out + 16, types, big_endian);
	store32(out + 20, writer->strings.size, big_endian);
	for (uint32_t i = 0; i < writer->word_count; i++)
		store32(out + HEADER_BYTES + (size_t)i * 4, writer->words[i], big_endian);
	memcpy(out + HEADER_BYTES + types, writer->strings.bytes, writer->strings.size);
}
