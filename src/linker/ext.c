/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .BTF.ext of all inputs in, one out: types of functions, source lines and CO-RE records, with
 * offsets of where the instructions now are, ids of the merged types and strings stored once. What
 * is about sections that are not in the output is left out. Refuses records of unknown length, or
 * about what does not exist. Format: Linux's Documentation/bpf/btf.rst, section 4.2.
 */
#include "linker/linker.h"

#include "base/bytes.h"
#include "load/order.h"

enum { MAGIC = 0xeb9f, HEADER_BYTES = 32, HEADER_BYTES_MIN = 24, BLOCK_BYTES = 8, TABLES = 3 };

/* Words of a record: a place, a type, a string, a number. */
static const struct table {
	const char *what;
	uint32_t field; /* of the header, bytes: offset, then size */
	const char *words;
} TABLE[TABLES] = {
	{ "function", 8, "pf" },
	{ "line", 16, "pss." },
	{ "CO-RE", 24, "pts." },
};

/* Records about a part of a section. */
struct block {
	const uint8_t *records;
	uint32_t count;
	uint32_t section; /* of the output */
	uint32_t input, part;
};

struct blocks {
	struct block *items;
	uint32_t count;
};

/* An input's section being read. */
struct source {
	const struct skep_linker *linker;
	uint32_t input;
	const struct skep_btf *btf;
	struct skep_elf_section ext;
	const struct table *table;
};

static uint32_t load32(const struct source *source, const uint8_t *from)
{
	return skep_elf_load32(&source->linker->inputs[source->input].elf, from);
}

static int refuse(const struct source *source, const char *found)
{
	return skep_fail(source->linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "%.128s: the %s information in .BTF.ext %s\n\n"
			 "compile the object again, or strip it with llvm-objcopy -R .BTF.ext",
			 source->linker->inputs[source->input].name, source->table->what, found);
}

static uint32_t record_bytes(const struct table *table)
{
	return (uint32_t)skep_text_size(table->words) * 4;
}

/* Finds the bytes of a table, without the length of its records. */
static int find_table(const struct source *source, const uint8_t **bytes, uint32_t *size)
{
	const uint8_t *data = source->ext.data;
	const struct skep_elf *elf = &source->linker->inputs[source->input].elf;
	uint32_t header;
	uint64_t start;

	*size = 0;
	if (source->ext.size < HEADER_BYTES_MIN || source->ext.size > INT32_MAX ||
	    skep_elf_load16(elf, data) != MAGIC || data[2] != 1)
		return refuse(source, "has no valid header");
	header = load32(source, data + 4);
	if (header < HEADER_BYTES_MIN || header > source->ext.size)
		return refuse(source, "has no valid header");
	if (source->table->field + 8 > header) /* older headers have no CO-RE records */
		return 0;
	start = (uint64_t)header + load32(source, data + source->table->field);
	*size = load32(source, data + source->table->field + 4);
	if (!skep_in_bounds(start, *size, source->ext.size))
		return refuse(source, "lies outside the section");
	if (*size == 0)
		return 0;
	*bytes = data + start;
	if (*size < 4 || load32(source, *bytes) != record_bytes(source->table))
		return refuse(source, "has records of a length that skep does not know");
	*bytes += 4;
	*size -= 4;
	return 0;
}

/* Lists an input's blocks of one table. */
static int list_blocks(const struct source *source, struct blocks *blocks)
{
	const uint32_t record = record_bytes(source->table);
	const uint8_t *at = NULL;
	uint32_t left;

	SKEP_TRY(find_table(source, &at, &left));
	while (left > 0) {
		const struct skep_linker_input *input = &source->linker->inputs[source->input];
		struct block block = { .input = source->input };
		const char *name;

		if (left < BLOCK_BYTES)
			return refuse(source, "is cut off");
		name = skep_btf_string(source->btf, load32(source, at));
		block.count = load32(source, at + 4);
		block.records = at + BLOCK_BYTES;
		left -= BLOCK_BYTES;
		if (name == NULL || block.count == 0 || block.count > left / record)
			return refuse(source, "has a block of impossible name or size");
		at += BLOCK_BYTES + (size_t)block.count * record;
		left -= block.count * record;
		block.part = skep_linker_part(source->linker, source->input, name);
		if (block.part == 0)
			continue;
		block.section = input->pieces[block.part].section;
		blocks->items[blocks->count++] = block;
	}
	return 0;
}

static bool block_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct block *x = (const struct block *)ctx + a, *y = (const struct block *)ctx + b;

	return x->section != y->section ? x->section < y->section : a < b;
}

/* ------------------------------------------------------------------------------------ writing */

/* A word of a record, as it is in the output. */
static int convert(struct skep_linker *linker, const struct source *source,
		   const struct block *block, char word, uint32_t *value)
{
	const struct skep_linker_input *input = &linker->inputs[block->input];
	const struct skep_btf_merge *merge = &linker->merges[linker->merged[block->input]];
	const char *text;

	switch (word) {
	case 'p':
		if (*value % SKEP_LINKER_INSN_BYTES != 0 ||
		    *value >= skep_elf_section(&input->elf, block->part).size)
			return refuse(source, "is about an instruction that does not exist");
		*value += (uint32_t)input->pieces[block->part].offset;
		return 0;
	case 'f':
	case 't':
		if (*value > merge->btf->count ||
		    (word == 'f' && skep_btf_kind_of(merge->btf, *value) != SKEP_BTF_FUNC))
			return refuse(source, "names a type that does not exist");
		if (word == 'f' && merge->ids[*value] == 0)
			return refuse(source, "is about a function that is only declared");
		*value = merge->ids[*value];
		return 0;
	case 's':
		text = skep_btf_string(merge->btf, *value);
		if (text == NULL)
			return refuse(source, "has a text outside the strings");
		return skep_btf_writer_string(&linker->types, text, skep_text_size(text), value);
	default: return 0;
	}
}

static int write_records(struct skep_linker *linker, const struct table *table,
			 const struct block *block, uint8_t **to)
{
	const struct source source = { .linker = linker, .input = block->input, .table = table };
	const uint8_t *from = block->records;

	for (uint32_t i = 0; i < block->count; i++) {
		for (const char *word = table->words; *word != '\0'; word++, from += 4, *to += 4) {
			uint32_t value = load32(&source, from);

			SKEP_TRY(convert(linker, &source, block, *word, &value));
			skep_linker_store32(linker, *to, value);
		}
	}
	return 0;
}

/* Writes one table: blocks about one section become one. */
static int write_table(struct skep_linker *linker, const struct table *table,
		       const struct blocks *blocks, const uint32_t *order, uint8_t **to)
{
	uint32_t count;

	if (blocks->count > 0) {
		skep_linker_store32(linker, *to, record_bytes(table));
		*to += 4;
	}
	for (uint32_t i = 0; i < blocks->count; i += count) {
		const uint32_t section = blocks->items[order[i]].section;
		const char *name = linker->sections[section].name;
		uint32_t records = 0, offset;
		uint8_t *head = *to;

		*to += BLOCK_BYTES;
		for (count = 0; i + count < blocks->count &&
				blocks->items[order[i + count]].section == section;
		     count++) {
			const struct block *block = &blocks->items[order[i + count]];

			records += block->count;
			SKEP_TRY(write_records(linker, table, block, to));
		}
		SKEP_TRY(skep_btf_writer_string(&linker->types, name, skep_text_size(name),
						&offset));
		skep_linker_store32(linker, head, offset);
		skep_linker_store32(linker, head + 4, records);
	}
	return 0;
}

/* Lists all inputs' blocks of a table, and writes them. */
static int merge_table(struct skep_linker *linker, const struct table *table, uint32_t room,
		       uint8_t **to)
{
	struct blocks blocks = { .items = skep_arena_array(linker->arena, room,
							   sizeof(struct block)) };
	uint32_t *order = skep_arena_array(linker->arena, room, sizeof(uint32_t));

	if (blocks.items == NULL || order == NULL)
		return skep_fail_memory(linker->log, ".BTF.ext");
	for (uint32_t i = 0; i < linker->input_count; i++) {
		const struct skep_linker_input *input = &linker->inputs[i];
		struct source source = { .linker = linker, .input = i, .table = table };

		if (input->ext_section == 0 || linker->merged[i] == SKEP_LINKER_NONE)
			continue;
		source.btf = linker->merges[linker->merged[i]].btf;
		source.ext = skep_elf_section(&input->elf, input->ext_section);
		SKEP_TRY(list_blocks(&source, &blocks));
	}
	for (uint32_t i = 0; i < blocks.count; i++)
		order[i] = i;
	skep_load_order(order, blocks.count, block_before, blocks.items);
	return write_table(linker, table, &blocks, order, to);
}

int skep_linker_merge_ext(struct skep_linker *linker)
{
	uint64_t room = HEADER_BYTES + (uint64_t)TABLES * 4;
	uint8_t *to;
	bool any = false;

	for (uint32_t i = 0; i < linker->input_count; i++) {
		const struct skep_linker_input *input = &linker->inputs[i];

		if (input->ext_section == 0 || linker->merged[i] == SKEP_LINKER_NONE)
			continue;
		any = true;
		/* Tables that overlap are read more than once. */
		room += TABLES * skep_elf_section(&input->elf, input->ext_section).size;
	}
	if (!any)
		return 0;
	if (room > linker->bytes_max * TABLES || room > UINT32_MAX)
		return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
				 ".BTF.ext takes more than %llu bytes\nless\nleave inputs out",
				 (unsigned long long)linker->bytes_max);
	linker->ext = skep_arena_alloc(linker->arena, (size_t)room);
	if (linker->ext == NULL)
		return skep_fail_memory(linker->log, ".BTF.ext");
	skep_linker_store16(linker, linker->ext, MAGIC);
	linker->ext[2] = 1;
	skep_linker_store32(linker, linker->ext + 4, HEADER_BYTES);
	to = linker->ext + HEADER_BYTES;
	for (unsigned i = 0; i < TABLES; i++) {
		const uint8_t *start = to;

		SKEP_TRY(merge_table(linker, &TABLE[i], (uint32_t)(room / BLOCK_BYTES), &to));
		skep_linker_store32(linker, linker->ext + TABLE[i].field,
				    (uint32_t)(start - linker->ext) - HEADER_BYTES);
		skep_linker_store32(linker, linker->ext + TABLE[i].field + 4,
				    (uint32_t)(to - start));
	}
	linker->ext_size = (size_t)(to - linker->ext);
	return 0;
}
