/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections, symbols and types in, the bytes of an ELF64 relocatable file out: header, contents in
 * the order in which sections were first met, relocations, .BTF, .BTF.ext, symbols, names, section
 * headers. The same inputs give the same bytes. Layout: the System V gABI, chapters 4 and 5.
 */
#include "linker/linker.h"

#include "base/bytes.h"

enum {
	HEADER_BYTES = 64,
	SECTION_BYTES = 64,
	SYMBOL_BYTES = 24,
	RELOC_BYTES = 16,
	MACHINE_BPF = 247,
	FILE_ALIGN = 8,
};

/* A section header to be. */
struct header {
	uint32_t name, type, link, info;
	uint64_t flags, size, align, entry_size, offset;
	const uint8_t *data;
};

struct file {
	struct skep_linker *linker;
	struct skep_strings names;
	struct header *headers;
	uint32_t count;
	uint32_t symbols; /* number of the symbol table's section */
	uint32_t local_count;
	uint64_t size;
};

int skep_linker_number(struct skep_linker *linker)
{
	uint32_t number = 1;

	for (uint32_t i = 0; i < linker->section_count; i++)
		linker->sections[i].number = i + 1;
	for (unsigned pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < linker->symbol_count; i++)
			if ((linker->symbols[i].binding == SKEP_ELF_LOCAL) == (pass == 0))
				linker->symbols[i].number = number++;
	return 0;
}

static int add_name(struct file *file, const char *prefix, const char *name, uint32_t *offset)
{
	const size_t prefix_size = skep_text_size(prefix), size = skep_text_size(name);
	char *text = skep_arena_alloc(file->linker->arena, prefix_size + size);

	if (text == NULL)
		return skep_fail_memory(file->linker->log, "names");
	memcpy(text, prefix, prefix_size);
	memcpy(text + prefix_size, name, size);
	return skep_strings_add(&file->names, text, prefix_size + size, offset);
}

/* Gives a header its number and its place in the file. */
static void add_header(struct file *file, const struct header *header)
{
	struct header *added = &file->headers[file->count++];

	*added = *header;
	file->size = (file->size + FILE_ALIGN - 1) & ~(uint64_t)(FILE_ALIGN - 1);
	added->offset = file->size;
	if (added->type != SKEP_ELF_NOBITS)
		file->size += added->size;
}

static int add_contents(struct file *file)
{
	const struct skep_linker *linker = file->linker;

	for (uint32_t i = 0; i < linker->section_count; i++) {
		const struct skep_linker_section *section = &linker->sections[i];
		struct header header = { .type = section->type,
					 .flags = section->flags,
					 .size = section->size,
					 .align = section->align,
					 .entry_size = section->entry_size,
					 .data = section->data };

		SKEP_TRY(add_name(file, "", section->name, &header.name));
		add_header(file, &header);
	}
	for (uint32_t i = 0; i < linker->section_count; i++) {
		const struct skep_linker_section *section = &linker->sections[i];
		struct header header = { .type = SKEP_ELF_REL,
					 .link = file->symbols,
					 .info = section->number,
					 .size = (uint64_t)section->reloc_count * RELOC_BYTES,
					 .align = 8,
					 .entry_size = RELOC_BYTES,
					 .data = section->relocs };

		if (section->reloc_count == 0)
			continue;
		SKEP_TRY(add_name(file, ".rel", section->name, &header.name));
		add_header(file, &header);
	}
	return 0;
}

static int add_types(struct file *file, const char *name, const uint8_t *bytes, size_t size)
{
	struct header header = {
		.type = SKEP_ELF_PROGBITS, .size = size, .align = 4, .data = bytes
	};

	if (bytes == NULL)
		return 0;
	SKEP_TRY(add_name(file, "", name, &header.name));
	add_header(file, &header);
	return 0;
}

static int store_symbol(struct file *file, const struct skep_linker_symbol *symbol, uint8_t *table)
{
	const struct skep_linker *linker = file->linker;
	uint8_t *to = table + (size_t)symbol->number * SYMBOL_BYTES;
	uint16_t section = SKEP_ELF_UNDEFINED;
	uint32_t name;

	if (symbol->section < linker->section_count)
		section = (uint16_t)linker->sections[symbol->section].number;
	else if (symbol->section != SKEP_LINKER_NONE)
		section = (uint16_t)symbol->section;
	SKEP_TRY(add_name(file, "", symbol->name, &name));
	skep_linker_store32(linker, to, name);
	to[4] = (uint8_t)(symbol->binding << 4 | symbol->type);
	to[5] = symbol->visibility;
	skep_linker_store16(linker, to + 6, section);
	skep_linker_store64(linker, to + 8, symbol->value);
	skep_linker_store64(linker, to + 16, symbol->size);
	return 0;
}

static int add_symbols(struct file *file)
{
	const struct skep_linker *linker = file->linker;
	const size_t count = (size_t)linker->symbol_count + 1;
	uint8_t *table = skep_arena_array(linker->arena, count, SYMBOL_BYTES);
	struct header header = { .type = SKEP_ELF_SYMTAB,
				 .size = (uint64_t)count * SYMBOL_BYTES,
				 .link = file->symbols + 1,
				 .info = 1,
				 .align = 8,
				 .entry_size = SYMBOL_BYTES,
				 .data = table };

	if (table == NULL)
		return skep_fail_memory(linker->log, "symbols");
	for (uint32_t i = 0; i < linker->symbol_count; i++) {
		header.info += linker->symbols[i].binding == SKEP_ELF_LOCAL;
		SKEP_TRY(store_symbol(file, &linker->symbols[i], table));
	}
	SKEP_TRY(add_name(file, "", ".symtab", &header.name));
	add_header(file, &header);
	return 0;
}

static int add_names(struct file *file)
{
	struct header header = { .type = SKEP_ELF_STRTAB, .align = 1 };

	SKEP_TRY(add_name(file, "", ".strtab", &header.name));
	header.data = (const uint8_t *)file->names.bytes;
	header.size = file->names.size;
	add_header(file, &header);
	return 0;
}

/* ------------------------------------------------------------------------------------- bytes */

static void store_header(const struct skep_linker *linker, const struct header *header, uint8_t *to)
{
	skep_linker_store32(linker, to, header->name);
	skep_linker_store32(linker, to + 4, header->type);
	skep_linker_store64(linker, to + 8, header->flags);
	skep_linker_store64(linker, to + 24, header->offset);
	skep_linker_store64(linker, to + 32, header->size);
	skep_linker_store32(linker, to + 40, header->link);
	skep_linker_store32(linker, to + 44, header->info);
	skep_linker_store64(linker, to + 48, header->align);
	skep_linker_store64(linker, to + 56, header->entry_size);
}

static void store_file(const struct file *file, uint64_t table, uint8_t *out)
{
	const struct skep_linker *linker = file->linker;
	static const uint8_t IDENTITY[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	memcpy(out, IDENTITY, sizeof(IDENTITY));
	out[5] = linker->big_endian ? 2 : 1;
	skep_linker_store16(linker, out + 16, 1); /* relocatable */
	skep_linker_store16(linker, out + 18, MACHINE_BPF);
	skep_linker_store32(linker, out + 20, 1);
	skep_linker_store64(linker, out + 40, table);
	skep_linker_store16(linker, out + 52, HEADER_BYTES);
	skep_linker_store16(linker, out + 58, SECTION_BYTES);
	skep_linker_store16(linker, out + 60, (uint16_t)file->count);
	skep_linker_store16(linker, out + 62, (uint16_t)(file->count - 1));
	for (uint32_t i = 1; i < file->count; i++) {
		const struct header *header = &file->headers[i];

		if (header->type != SKEP_ELF_NOBITS && header->size > 0)
			memcpy(out + header->offset, header->data, (size_t)header->size);
		store_header(linker, header, out + table + (size_t)i * SECTION_BYTES);
	}
}

/* Sections of the file before the symbol table. */
static uint32_t count_before_symbols(const struct skep_linker *linker)
{
	uint32_t count = 1 + linker->section_count + (linker->btf != NULL) + (linker->ext != NULL);

	for (uint32_t i = 0; i < linker->section_count; i++)
		count += linker->sections[i].reloc_count > 0;
	return count;
}

int skep_linker_write(struct skep_linker *linker, uint8_t **out, size_t *size)
{
	struct file file = { .linker = linker, .count = 1, .size = HEADER_BYTES };
	uint64_t table;
	uint8_t *bytes;

	file.symbols = count_before_symbols(linker);
	file.headers =
		skep_arena_array(linker->arena, (size_t)file.symbols + 2, sizeof(*file.headers));
	if (file.headers == NULL)
		return skep_fail_memory(linker->log, "the file");
	SKEP_TRY(skep_strings_init(&file.names, linker->arena, linker->log));
	SKEP_TRY(add_contents(&file));
	SKEP_TRY(add_types(&file, ".BTF", linker->btf, linker->btf_size));
	SKEP_TRY(add_types(&file, ".BTF.ext", linker->ext, linker->ext_size));
	SKEP_TRY(add_symbols(&file));
	SKEP_TRY(add_names(&file));
	table = (file.size + FILE_ALIGN - 1) & ~(uint64_t)(FILE_ALIGN - 1);
	if (table + (uint64_t)file.count * SECTION_BYTES > UINT32_MAX)
		return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "the output grows past 4 GiB\nless\nleave inputs out");
	bytes = skep_arena_alloc(linker->arena, (size_t)table + (size_t)file.count * SECTION_BYTES);
	if (bytes == NULL)
		return skep_fail_memory(linker->log, "the file");
	store_file(&file, table, bytes);
	*out = bytes;
	*size = (size_t)table + (size_t)file.count * SECTION_BYTES;
	return 0;
}
