/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections of the inputs in, those of the output out: parts of one name one behind the other, each
 * at its alignment. Only what a loader reads is taken over; what tells about the source for
 * debuggers (DWARF), hints of compilers and comments are left out. Refuses parts of one name that
 * are not alike, and licences that differ.
 */
#include "linker/linker.h"

#include "base/bytes.h"

enum {
	ALIGN_MAX = 1 << 16,
	SECTIONS_MAX = 30000, /* with their relocations below SKEP_ELF_SPECIAL */
};

static const char RECOMPILE[] = "compile the object again";

static bool is_named(const void *ctx, uint32_t section, const void *key)
{
	const struct skep_linker *linker = ctx;

	return skep_text_equal(linker->sections[section].name, key);
}

static uint64_t alignment(const struct skep_elf *elf, uint32_t index)
{
	const uint64_t align = skep_elf_load64(elf, elf->headers + (size_t)index * 64 + 48);

	return align != 0 ? align : 1;
}

/* Made anew, of those of all inputs. */
static bool is_about_types(const char *name)
{
	return skep_text_equal(name, ".BTF") || skep_text_equal(name, ".BTF.ext");
}

static bool is_taken(const struct skep_elf_section *section)
{
	return (section->type == SKEP_ELF_PROGBITS || section->type == SKEP_ELF_NOBITS) &&
	       (section->flags & SKEP_LINKER_ALLOC) != 0 && section->size > 0 &&
	       !is_about_types(section->name);
}

/* Sections of which every input has the same, or none. */
static bool is_shared(const char *name)
{
	return skep_text_equal(name, "license") || skep_text_equal(name, "version");
}

static int check_part(const struct skep_linker *linker, const struct skep_elf *elf, uint32_t index,
		      const struct skep_elf_section *part)
{
	const bool is_code = (part->flags & SKEP_ELF_EXECINSTR) != 0;

	if ((part->flags & SKEP_ELF_COMPRESSED) != 0)
		return skep_fail(linker->log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
				 "section %.64s is compressed\na plain one\n"
				 "use llvm-objcopy --decompress-debug-sections",
				 part->name);
	if (alignment(elf, index) > ALIGN_MAX)
		return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s is aligned to %llu bytes\nat most %u\n%s",
				 part->name, (unsigned long long)alignment(elf, index),
				 (unsigned)ALIGN_MAX, RECOMPILE);
	if (is_code && (part->size % SKEP_LINKER_INSN_BYTES != 0 || part->data == NULL))
		return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has %llu bytes of instructions\n"
				 "a multiple of 8 that are in the file\n%s",
				 part->name, (unsigned long long)part->size, RECOMPILE);
	return 0;
}

static int make_section(struct skep_linker *linker, uint32_t input,
			const struct skep_elf_section *part)
{
	if (linker->section_count == SECTIONS_MAX)
		return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "there are more than %u sections\nfewer\nleave inputs out",
				 (unsigned)SECTIONS_MAX);
	linker->sections[linker->section_count++] = (struct skep_linker_section){
		.name = part->name,
		.type = part->type,
		.origin = input,
		.flags = part->flags,
		.align = 1,
		.entry_size = part->entry_size,
	};
	return 0;
}

static int differ(const struct skep_linker *linker, const struct skep_linker_section *section,
		  const struct skep_linker_input *input, const char *how)
{
	return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
			 "section %.64s of %.128s and that of %.128s %s\n"
			 "sections of one name that are alike\nrename one of them",
			 section->name, linker->inputs[section->origin].name, input->name, how);
}

/* Puts a part at the end of its section. */
static int append(struct skep_linker *linker, struct skep_linker_input *input, uint32_t index,
		  const struct skep_elf_section *part, struct skep_linker_section *section)
{
	const bool is_code = (part->flags & SKEP_ELF_EXECINSTR) != 0;
	uint64_t align = alignment(&input->elf, index);

	if (((section->flags ^ part->flags) & SKEP_LINKER_KEPT_FLAGS) != 0)
		return differ(linker, section, input,
			      "are not both for code, for data that is written, or for constants");
	if (section->type != part->type)
		return differ(linker, section, input,
			      "are not both with or both without bytes in the file");
	if (is_code && align < SKEP_LINKER_INSN_BYTES)
		align = SKEP_LINKER_INSN_BYTES;
	/* Strings may be merged only in sections that have nothing but strings. */
	if (section->flags != part->flags || section->entry_size != part->entry_size) {
		section->flags &= SKEP_LINKER_KEPT_FLAGS;
		section->entry_size = 0;
	}
	if (align > section->align)
		section->align = align;
	section->size = (section->size + align - 1) & ~(align - 1);
	input->pieces[index].offset = section->size;
	if (part->size > linker->bytes_max || section->size > linker->bytes_max - part->size)
		return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "section %.64s grows past %llu bytes\nless\n"
				 "raise limits.object_bytes_max or leave inputs out",
				 section->name, (unsigned long long)linker->bytes_max);
	section->size += part->size;
	return 0;
}

/* Length of a licence: to its end or the first zero byte. */
static size_t text_size(const struct skep_elf_section *part)
{
	size_t size = 0;

	while (size < part->size && part->data[size] != '\0')
		size++;
	return size;
}

/* A licence or a version, which must be the one that is there. */
static int compare_shared(const struct skep_linker *linker, const struct skep_linker_input *input,
			  const struct skep_elf_section *part, uint32_t section)
{
	const struct skep_linker_input *first = &linker->inputs[linker->sections[section].origin];
	const bool is_text = skep_text_equal(part->name, "license");
	struct skep_elf_section other = *part;
	size_t size, other_size;

	if (linker->sections[section].type != part->type)
		return differ(linker, &linker->sections[section], input,
			      "are not both with or both without bytes in the file");
	for (uint32_t i = 1; i < first->elf.section_count; i++)
		if (first->pieces[i].section == section)
			other = skep_elf_section(&first->elf, i);
	size = is_text ? text_size(part) : (size_t)part->size;
	other_size = is_text ? text_size(&other) : (size_t)other.size;
	if (size == other_size && memcmp(part->data, other.data, size) == 0)
		return 0;
	if (is_text)
		return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "the license is \"%.*s\" in %.128s and \"%.*s\" in %.128s\n"
				 "one licence for what is loaded as one object\n"
				 "make them the same",
				 (int)(other_size < 64 ? other_size : 64), (const char *)other.data,
				 first->name, (int)(size < 64 ? size : 64),
				 (const char *)part->data, input->name);
	return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
			 "section %.64s of %.128s and that of %.128s differ\none version\n"
			 "make them the same",
			 part->name, first->name, input->name);
}

static int place(struct skep_linker *linker, uint32_t number, uint32_t index)
{
	struct skep_linker_input *input = &linker->inputs[number];
	const struct skep_elf_section part = skep_elf_section(&input->elf, index);
	uint32_t *section;
	bool made;

	SKEP_TRY(check_part(linker, &input->elf, index, &part));
	section = skep_trie_add(&linker->section_names, linker->arena,
				skep_hash_bytes(part.name, skep_text_size(part.name)), is_named,
				linker, part.name, linker->section_count, &made);
	if (section == NULL)
		return skep_fail_memory(linker->log, "sections");
	if (made)
		SKEP_TRY(make_section(linker, number, &part));
	if (!made && linker->sections[*section].latest == number)
		return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "%.128s has two sections named %.64s\none\n%s", input->name,
				 part.name, RECOMPILE);
	linker->sections[*section].latest = number;
	input->pieces[index].section = *section;
	if (made)
		linker->sections[*section].is_shared = is_shared(part.name) && part.data != NULL;
	else if (linker->sections[*section].is_shared)
		return compare_shared(linker, input, &part, *section);
	return append(linker, input, index, &part, &linker->sections[*section]);
}

/* Remembers the sections that are no part of another, and which relocations are for which. */
static int note(const struct skep_linker *linker, struct skep_linker_input *input, uint32_t index)
{
	const struct skep_elf_section section = skep_elf_section(&input->elf, index);
	uint32_t *only = skep_text_equal(section.name, ".BTF")       ? &input->btf_section
			 : skep_text_equal(section.name, ".BTF.ext") ? &input->ext_section
								     : NULL;

	if (only != NULL && section.type == SKEP_ELF_PROGBITS && section.size > 0) {
		if (*only != 0)
			return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "%.128s has two sections named %.64s\none\n%s",
					 input->name, section.name, RECOMPILE);
		*only = index;
	}
	if ((section.type != SKEP_ELF_REL && section.type != SKEP_ELF_RELA) || section.size == 0 ||
	    section.info == 0 || section.info >= input->elf.section_count)
		return 0;
	if (input->pieces[section.info].relocs != 0)
		return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %u of %.128s has two tables of relocations\none\n%s",
				 (unsigned)section.info, input->name, RECOMPILE);
	input->pieces[section.info].relocs = index;
	return 0;
}

static int place_input(struct skep_linker *linker, uint32_t number)
{
	struct skep_linker_input *input = &linker->inputs[number];
	const uint32_t count = input->elf.section_count;

	input->pieces = skep_arena_array(linker->arena, count, sizeof(*input->pieces));
	if (input->pieces == NULL)
		return skep_fail_memory(linker->log, "sections");
	for (uint32_t i = 0; i < count; i++)
		input->pieces[i].section = SKEP_LINKER_NONE;
	for (uint32_t i = 1; i < count; i++) {
		const struct skep_elf_section part = skep_elf_section(&input->elf, i);

		SKEP_TRY(note(linker, input, i));
		if (is_taken(&part))
			SKEP_TRY(place(linker, number, i));
	}
	return 0;
}

static int list_parts(struct skep_linker *linker)
{
	for (uint32_t i = 0; i < linker->input_count; i++) {
		struct skep_linker_input *input = &linker->inputs[i];

		input->parts =
			skep_arena_array(linker->arena, linker->section_count, sizeof(uint32_t));
		if (input->parts == NULL)
			return skep_fail_memory(linker->log, "sections");
		for (uint32_t k = 1; k < input->elf.section_count; k++)
			if (input->pieces[k].section != SKEP_LINKER_NONE)
				input->parts[input->pieces[k].section] = k;
	}
	return 0;
}

int skep_linker_place_sections(struct skep_linker *linker)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < linker->input_count; i++)
		count += linker->inputs[i].elf.section_count;
	if (count > SECTIONS_MAX)
		count = SECTIONS_MAX;
	linker->sections =
		skep_arena_array(linker->arena, (size_t)count, sizeof(*linker->sections));
	if (linker->sections == NULL)
		return skep_fail_memory(linker->log, "sections");
	for (uint32_t i = 0; i < linker->input_count; i++)
		SKEP_TRY(place_input(linker, i));
	return list_parts(linker);
}

uint32_t skep_linker_part(const struct skep_linker *linker, uint32_t input, const char *name)
{
	const uint32_t *section =
		skep_trie_find(&linker->section_names, skep_hash_bytes(name, skep_text_size(name)),
			       is_named, linker, name);

	return section != NULL ? linker->inputs[input].parts[*section] : 0;
}

int skep_linker_fill_sections(struct skep_linker *linker)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < linker->section_count; i++) {
		struct skep_linker_section *section = &linker->sections[i];

		if (section->type == SKEP_ELF_NOBITS)
			continue;
		sum += section->size;
		if (sum > linker->bytes_max)
			return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
					 "the output grows past %llu bytes\nless\n"
					 "raise limits.object_bytes_max or leave inputs out",
					 (unsigned long long)linker->bytes_max);
		section->data = skep_arena_alloc(linker->arena, (size_t)section->size);
		if (section->data == NULL)
			return skep_fail_memory(linker->log, "the sections' contents");
	}
	for (uint32_t i = 0; i < linker->input_count; i++) {
		const struct skep_linker_input *input = &linker->inputs[i];

		for (uint32_t k = 1; k < input->elf.section_count; k++) {
			const struct skep_linker_piece *piece = &input->pieces[k];
			struct skep_elf_section part;

			if (piece->section == SKEP_LINKER_NONE ||
			    linker->sections[piece->section].data == NULL ||
			    (linker->sections[piece->section].is_shared &&
			     linker->sections[piece->section].origin != i))
				continue;
			part = skep_elf_section(&input->elf, k);
			memcpy(linker->sections[piece->section].data + piece->offset, part.data,
			       (size_t)part.size);
		}
	}
	return 0;
}
