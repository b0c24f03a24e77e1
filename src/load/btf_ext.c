/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of .BTF.ext in, source lines of instructions, types of functions and CO-RE relocations out.
 * Its records point to strings and types of .BTF, which has been checked. Refuses records outside
 * the section, in descending order, or about instructions that do not exist. Format: Linux's
 * Documentation/bpf/btf.rst, section 4.2.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "load/core.h"

enum {
	MAGIC = 0xeb9f,
	HEADER_BYTES = 24,
	CORE_HEADER_BYTES = 32, /* of files that have CO-RE relocations */
	BLOCK_BYTES = 8,
	FUNC_BYTES = 8,
	LINE_BYTES = 16,
	CORE_BYTES = 16,
};

/* A table of records in blocks, one block per code section. */
struct table {
	struct skep_loader *loader;
	const char *what;
	const uint8_t *bytes;
	uint32_t size, record_size;
};

/* A block of records about one code section. */
struct block {
	const uint8_t *records;
	uint32_t count;
	uint32_t section; /* of the image; image->section_count: not a section with instructions */
};

static uint32_t load32(const struct table *table, const uint8_t *from)
{
	return skep_elf_load32(&table->loader->elf, from);
}

static int refuse(const struct table *table, const char *found)
{
	return skep_fail(table->loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "the %s information in .BTF.ext %s\n\n"
			 "compile the object again, or strip it with llvm-objcopy -R .BTF.ext",
			 table->what, found);
}

/* Finds the table whose offset and size stand at byte `field` of the header. */
static int open_table(struct table *table, uint32_t field, uint32_t record_size_min)
{
	const uint8_t *bytes = table->loader->btf_ext;
	const uint32_t size = table->loader->btf_ext_size;
	uint64_t start;

	table->size = 0;
	if (size < HEADER_BYTES || skep_elf_load16(&table->loader->elf, bytes) != MAGIC ||
	    bytes[2] != 1 || load32(table, bytes + 4) < HEADER_BYTES)
		return refuse(table, "has no valid header");
	start = (uint64_t)load32(table, bytes + 4) + load32(table, bytes + field);
	table->size = load32(table, bytes + field + 4);
	if (!skep_in_bounds(start, table->size, size))
		return refuse(table, "lies outside the section");
	if (table->size == 0)
		return 0;
	if (table->size < 4)
		return refuse(table, "is cut off");
	table->bytes = bytes + start;
	table->record_size = load32(table, table->bytes);
	if (table->record_size < record_size_min || table->record_size % 4 != 0)
		return refuse(table, "has records of an impossible size");
	table->bytes += 4;
	table->size -= 4;
	return 0;
}

/* Takes the next block off a table that is not empty. */
static int next_block(struct table *table, struct block *out)
{
	const struct skep_loader *loader = table->loader;
	const char *name;
	uint32_t index;

	if (table->size < BLOCK_BYTES)
		return refuse(table, "is cut off");
	name = skep_btf_string(loader->image->btf, load32(table, table->bytes));
	out->count = load32(table, table->bytes + 4);
	out->records = table->bytes + BLOCK_BYTES;
	table->bytes += BLOCK_BYTES;
	table->size -= BLOCK_BYTES;
	if (name == NULL || out->count == 0 || out->count > table->size / table->record_size)
		return refuse(table, "has a block of impossible name or size");
	table->bytes += (size_t)out->count * table->record_size;
	table->size -= out->count * table->record_size;
	index = skep_load_section_named(loader, name);
	out->section = loader->sections[index].role == SKEP_ROLE_CODE
			       ? loader->sections[index].index
			       : loader->image->section_count;
	return 0;
}

static int read_line(const struct table *table, const uint8_t *record, uint32_t insn_count,
		     struct skep_image_line *out)
{
	const struct skep_btf *btf = table->loader->image->btf;
	const uint32_t offset = load32(table, record), place = load32(table, record + 12);

	out->file = skep_btf_string(btf, load32(table, record + 4));
	out->source = skep_btf_string(btf, load32(table, record + 8));
	if (out->file == NULL || out->source == NULL)
		return refuse(table, "has a text outside the strings");
	if (offset % 8 != 0 || offset / 8 >= insn_count)
		return refuse(table, "is about an instruction that does not exist");
	out->insn = offset / 8;
	out->line = place >> 10;
	out->column = place & 0x3ff;
	if (out->source[0] == '\0')
		out->source = NULL;
	return 0;
}

static int read_lines(struct table *table, const struct block *block)
{
	struct skep_image_section *section = &table->loader->image->sections[block->section];

	if (section->lines != NULL)
		return refuse(table, "has two blocks about one section");
	section->lines = skep_arena_array(table->loader->arena, block->count,
					  sizeof(struct skep_image_line));
	if (section->lines == NULL)
		return skep_fail_memory(table->loader->log, "line information");
	for (uint32_t i = 0; i < block->count; i++) {
		SKEP_TRY(read_line(table, block->records + (size_t)i * table->record_size,
				   section->insn_count, &section->lines[i]));
		if (i > 0 && section->lines[i].insn < section->lines[i - 1].insn)
			return refuse(table, "is not in order");
	}
	section->line_count = block->count;
	return 0;
}

int skep_load_lines(struct skep_loader *loader)
{
	struct table table = { .loader = loader, .what = "line" };

	SKEP_TRY(open_table(&table, 16, LINE_BYTES));
	while (table.size > 0) {
		struct block block;

		SKEP_TRY(next_block(&table, &block));
		if (block.section < loader->image->section_count)
			SKEP_TRY(read_lines(&table, &block));
	}
	return 0;
}

static int read_core(const struct table *table, const uint8_t *record, uint32_t insn_count,
		     struct skep_image_core *out)
{
	const struct skep_btf *btf = table->loader->image->btf;
	const uint32_t offset = load32(table, record);

	out->type = load32(table, record + 4);
	out->access = skep_btf_string(btf, load32(table, record + 8));
	out->kind = load32(table, record + 12);
	if (offset % 8 != 0 || offset / 8 >= insn_count)
		return refuse(table, "is about an instruction that does not exist");
	if (out->type == 0 || out->type > btf->count)
		return refuse(table, "names a type that does not exist");
	if (out->access == NULL)
		return refuse(table, "has a text outside the strings");
	if (out->kind >= SKEP_CORE_COUNT)
		return refuse(table, "asks for what skep does not know");
	out->insn = offset / 8;
	return 0;
}

static int read_cores(struct table *table, const struct block *block)
{
	struct skep_image *image = table->loader->image;

	for (uint32_t i = 0; i < block->count; i++) {
		struct skep_image_core *core = &image->cores[image->core_count];

		SKEP_TRY(read_core(table, block->records + (size_t)i * table->record_size,
				   image->sections[block->section].insn_count, core));
		core->section = block->section;
		image->core_count++;
	}
	return 0;
}

int skep_load_cores(struct skep_loader *loader)
{
	struct table table = { .loader = loader, .what = "CO-RE" };
	struct skep_image *image = loader->image;

	if (loader->btf_ext_size < CORE_HEADER_BYTES ||
	    load32(&table, loader->btf_ext + 4) < CORE_HEADER_BYTES)
		return 0;
	SKEP_TRY(open_table(&table, 24, CORE_BYTES));
	if (table.size == 0)
		return 0;
	image->cores = skep_arena_array(loader->arena, table.size / table.record_size,
					sizeof(struct skep_image_core));
	if (image->cores == NULL)
		return skep_fail_memory(loader->log, "CO-RE relocations");
	while (table.size > 0) {
		struct block block;

		SKEP_TRY(next_block(&table, &block));
		if (block.section < image->section_count)
			SKEP_TRY(read_cores(&table, &block));
	}
	return 0;
}

static int read_func_types(struct table *table, const struct block *block)
{
	struct skep_image *image = table->loader->image;

	for (uint32_t i = 0; i < block->count; i++) {
		const uint8_t *record = block->records + (size_t)i * table->record_size;
		const uint32_t offset = load32(table, record), type = load32(table, record + 4);
		int64_t func = SKEP_NO_INDEX;

		if (type == 0 || type > image->btf->count ||
		    skep_btf_kind_of(image->btf, type) != SKEP_BTF_FUNC)
			return refuse(table, "names a type that is no function");
		if (offset % 8 == 0)
			func = skep_load_func_at(table->loader, block->section, offset / 8);
		if (func < 0)
			return refuse(table, "is about a place where no function begins");
		image->funcs[func].type = type;
	}
	return 0;
}

int skep_load_func_types(struct skep_loader *loader)
{
	struct table table = { .loader = loader, .what = "function" };

	if (loader->btf_ext == NULL)
		return 0;
	SKEP_TRY(open_table(&table, 8, FUNC_BYTES));
	while (table.size > 0) {
		struct block block;

		SKEP_TRY(next_block(&table, &block));
		if (block.section < loader->image->section_count)
			SKEP_TRY(read_func_types(&table, &block));
	}
	return 0;
}
