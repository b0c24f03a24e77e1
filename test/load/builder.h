/* SPDX-License-Identifier: Apache-2.0 */
/* Makes ELF objects byte by byte, so that tests can have files that no compiler writes. */
#ifndef SKEP_TEST_LOAD_BUILDER_H
#define SKEP_TEST_LOAD_BUILDER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS = 1, NAMES = 2, FIRST = 3 }; /* section numbers: 0 is none, the rest are made */

struct built_section {
	uint64_t offset, size, flags;
	uint32_t name, type, link, info, entry_size;
};

struct builder {
	uint8_t *bytes; /* after the header: contents of sections */
	size_t size, room;
	uint8_t *symbols;
	size_t symbols_size, symbols_room;
	char *names;
	size_t names_size, names_room;
	struct built_section *sections;
	uint32_t section_count, section_room;
};

static inline void *grown(void *memory, size_t used, size_t more, size_t *room)
{
	if (used + more > *room) {
		*room = (used + more) * 2;
		memory = realloc(memory, *room);
	}
	return memory;
}

static inline void put(uint8_t *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t add_name(struct builder *b, const char *name)
{
	const size_t size = strlen(name) + 1, at = b->names_size;

	b->names = grown(b->names, at, size, &b->names_room);
	memcpy(b->names + at, name, size);
	b->names_size += size;
	return (uint32_t)at;
}

static inline uint64_t add_bytes(struct builder *b, const void *bytes, size_t size)
{
	const size_t at = (b->size + 7) & ~(size_t)7;

	b->bytes = grown(b->bytes, at, size, &b->room);
	memset(b->bytes + b->size, 0, at - b->size);
	memcpy(b->bytes + at, bytes, size);
	b->size = at + size;
	return at;
}

/* Returns the section's number. `bytes` may be NULL (NOBITS). */
static inline uint32_t add_section(struct builder *b, const char *name, uint32_t type,
				   uint64_t flags, const void *bytes, size_t size)
{
	struct built_section section = { .name = add_name(b, name), .type = type, .flags = flags };
	size_t room = b->section_room * sizeof(section);

	b->sections =
		grown(b->sections, b->section_count * sizeof(section), sizeof(section), &room);
	b->section_room = (uint32_t)(room / sizeof(section));
	section.offset = bytes != NULL ? add_bytes(b, bytes, size) : 0;
	section.size = size;
	b->sections[b->section_count] = section;
	return b->section_count++;
}

/* Returns the symbol's number. */
static inline uint32_t add_symbol(struct builder *b, const char *name, unsigned binding,
				  unsigned type, uint32_t section, uint64_t value, uint64_t size)
{
	uint8_t *entry;

	b->symbols = grown(b->symbols, b->symbols_size, 24, &b->symbols_room);
	entry = b->symbols + b->symbols_size;
	put(entry, add_name(b, name), 4);
	entry[4] = (uint8_t)(binding << 4 | type);
	entry[5] = 0;
	put(entry + 6, section, 2);
	put(entry + 8, value, 8);
	put(entry + 16, size, 8);
	b->symbols_size += 24;
	return (uint32_t)(b->symbols_size / 24 - 1);
}

static inline void put_reloc(uint8_t *to, uint64_t offset, uint32_t symbol, uint32_t type)
{
	put(to, offset, 8);
	put(to + 8, (uint64_t)symbol << 32 | type, 8);
}

/* Relocations for `section`, 16 bytes each. */
static inline void add_relocs(struct builder *b, uint32_t section, const uint8_t *entries,
			      size_t count)
{
	const uint32_t index = add_section(b, ".rel", 9, 0, entries, count * 16);

	b->sections[index].link = SYMBOLS;
	b->sections[index].info = section;
	b->sections[index].entry_size = 16;
}

static inline void begin(struct builder *b)
{
	memset(b, 0, sizeof(*b));
	add_section(b, "", 0, 0, NULL, 0);
	add_section(b, ".symtab", 2, 0, NULL, 0);
	add_section(b, ".strtab", 3, 0, NULL, 0);
	add_symbol(b, "", 0, 0, 0, 0, 0);
}

/* Frees the builder; the file is the caller's. */
static inline uint8_t *finish(struct builder *b, size_t *size)
{
	uint8_t *file;
	size_t table;

	b->sections[SYMBOLS].offset = add_bytes(b, b->symbols, b->symbols_size);
	b->sections[SYMBOLS].size = b->symbols_size;
	b->sections[SYMBOLS].link = NAMES;
	b->sections[SYMBOLS].entry_size = 24;
	b->sections[NAMES].offset = add_bytes(b, b->names, b->names_size);
	b->sections[NAMES].size = b->names_size;
	table = 64 + ((b->size + 7) & ~(size_t)7);
	*size = table + (size_t)b->section_count * 64;
	file = calloc(1, *size);
	memcpy(file,
	       "\x7f"
	       "ELF\2\1\1",
	       7);
	put(file + 16, 1, 2);
	put(file + 18, 247, 2);
	put(file + 20, 1, 4);
	put(file + 40, table, 8);
	put(file + 52, 64, 2);
	put(file + 58, 64, 2);
	put(file + 60, b->section_count < 0xff00 ? b->section_count : 0, 2);
	put(file + 62, NAMES, 2);
	memcpy(file + 64, b->bytes, b->size);
	for (uint32_t i = 0; i < b->section_count; i++) {
		const struct built_section *section = &b->sections[i];
		uint8_t *header = file + table + (size_t)i * 64;

		put(header, section->name, 4);
		put(header + 4, section->type, 4);
		put(header + 8, section->flags, 8);
		put(header + 24, section->offset + 64, 8);
		put(header + 32, section->size, 8);
		put(header + 40, section->link, 4);
		put(header + 44, section->info, 4);
		put(header + 56, section->entry_size, 8);
	}
	if (b->section_count >= 0xff00)
		put(file + table + 32, b->section_count, 8);
	free(b->bytes);
	free(b->symbols);
	free(b->names);
	free(b->sections);
	return file;
}

#endif
