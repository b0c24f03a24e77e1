/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object's bytes and a new initial value in, the same bytes with that value out. libskep has
 * read the file and found it sound before; here each offset is checked against the file's size
 * once more, and what cannot be found is refused. ELF64, either byte order.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "vars.h"

/* The file's numbers, in its own byte order. */
struct elf {
	const uint8_t *bytes;
	size_t size;
	bool big;
	uint64_t headers; /* of sections */
	uint32_t header_size, count, names;
};

static uint64_t number(const struct elf *elf, uint64_t at, unsigned size)
{
	uint64_t value = 0;

	if (at > elf->size || size > elf->size - at)
		return 0;
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)elf->bytes[at + i] << 8 * (elf->big ? size - 1 - i : i);
	return value;
}

#define FIELD(elf, at, structure, member)                                                          \
	number(elf, (at) + offsetof(structure, member), sizeof(((structure *)0)->member))

static uint64_t section_field(const struct elf *elf, uint32_t index, size_t offset, unsigned size)
{
	return number(elf, elf->headers + (uint64_t)index * elf->header_size + offset, size);
}

#define SECTION(elf, index, member)                                                                \
	section_field(elf, index, offsetof(Elf64_Shdr, member), sizeof(((Elf64_Shdr *)0)->member))

static const char *section_name(const struct elf *elf, uint32_t index)
{
	const uint64_t names = SECTION(elf, elf->names, sh_offset);
	const uint64_t at = SECTION(elf, index, sh_name);

	if (names >= elf->size || at >= elf->size - names ||
	    memchr(elf->bytes + names + at, '\0', elf->size - names - at) == NULL)
		return "";
	return (const char *)elf->bytes + names + at;
}

/* The section of that name, or 0. */
static uint32_t find_section(const struct elf *elf, const char *name)
{
	for (uint32_t i = 1; i < elf->count; i++)
		if (strcmp(section_name(elf, i), name) == 0)
			return i;
	return 0;
}

/* Whether a relocation stands in these bytes of the section. */
static bool has_address(const struct elf *elf, uint32_t section, uint64_t offset, uint64_t size)
{
	for (uint32_t i = 1; i < elf->count; i++) {
		const uint64_t start = SECTION(elf, i, sh_offset), end = SECTION(elf, i, sh_size);

		if (SECTION(elf, i, sh_type) != SHT_REL || SECTION(elf, i, sh_info) != section)
			continue;
		for (uint64_t at = 0; at + sizeof(Elf64_Rel) <= end && at < elf->size;
		     at += sizeof(Elf64_Rel)) {
			const uint64_t place = FIELD(elf, start + at, Elf64_Rel, r_offset);

			if (place < offset + size && offset < place + 8)
				return true;
		}
	}
	return false;
}

static bool are_zeroes(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

enum status vars_patch(struct file *file, const char *name, const char *section, uint32_t offset,
		       const uint8_t *bytes, size_t size)
{
	struct elf elf = { .bytes = file->bytes, .size = file->size };
	uint64_t start, room;
	uint32_t index;

	elf.big = file->size > EI_DATA && file->bytes[EI_DATA] == ELFDATA2MSB;
	elf.headers = FIELD(&elf, 0, Elf64_Ehdr, e_shoff);
	elf.header_size = (uint32_t)FIELD(&elf, 0, Elf64_Ehdr, e_shentsize);
	elf.count = (uint32_t)FIELD(&elf, 0, Elf64_Ehdr, e_shnum);
	elf.names = (uint32_t)FIELD(&elf, 0, Elf64_Ehdr, e_shstrndx);
	index = find_section(&elf, section);
	start = SECTION(&elf, index, sh_offset);
	room = SECTION(&elf, index, sh_size);
	if (index == 0 || offset > room || size > room - offset)
		return complain("%s: variable %s: its section %s cannot be found in the file",
				file->path, name, section);
	if (SECTION(&elf, index, sh_type) == SHT_NOBITS)
		return are_zeroes(bytes, size)
			       ? STATUS_DONE
			       : complain(
					 "%s: variable %s is in %s, which has no bytes in the "
					 "file; give it a value other than 0 in the source, or set "
					 "it at load (skep run --set)",
					 file->path, name, section);
	if (start > file->size || room > file->size - start)
		return complain("%s: section %s is not all there", file->path, section);
	if (has_address(&elf, index, offset, size))
		return complain("%s: variable %s holds an address that is put in at load; set it "
				"then (skep run --set)",
				file->path, name);
	memcpy(file->bytes + start + offset, bytes, size);
	return STATUS_DONE;
}
