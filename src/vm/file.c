/* SPDX-License-Identifier: Apache-2.0 */
/* Files to look at: sections, symbols, relocations and types as they stand in the bytes. All of it
 * is checked when the file is opened, so that what is asked later cannot fail. */
#include "base/bytes.h"
#include "btf/btf.h"
#include "load/core.h"
#include "load/elf.h"
#include "vm/vm.h"

struct skep_file {
	struct skep_runtime *runtime;
	struct skep_arena arena;
	struct skep_elf elf;
	uint32_t *relocs; /* by section: the section with its relocations, 0: none */
	struct skep_btf *btf;
};

static int read_btf(struct skep_file *file, uint32_t index, struct skep_log *log)
{
	const struct skep_elf_section section = skep_elf_section(&file->elf, index);

	if (file->btf != NULL || section.data == NULL || !skep_text_equal(section.name, ".BTF"))
		return 0;
	return skep_btf_read(section.data, (size_t)section.size, file->elf.big_endian, &file->arena,
			     log, &file->btf);
}

/* Remembers which section a table of relocations is for; of several the first. */
static int note_relocs(struct skep_file *file, uint32_t index, struct skep_log *log)
{
	const struct skep_elf_section section = skep_elf_section(&file->elf, index);
	struct skep_elf_relocs relocs;

	if (section.type != SKEP_ELF_REL || section.size == 0)
		return 0;
	SKEP_TRY(skep_elf_relocs(&file->elf, index, log, &relocs));
	if (file->relocs[relocs.section] == 0)
		file->relocs[relocs.section] = index;
	return 0;
}

static int read_file(struct skep_file *file, const void *bytes, size_t size, struct skep_log *log)
{
	SKEP_TRY(skep_elf_open(bytes, size, &file->arena, log, &file->elf));
	file->relocs =
		skep_arena_array(&file->arena, file->elf.section_count, sizeof(*file->relocs));
	if (file->relocs == NULL)
		return skep_fail_memory(log, "an object file");
	for (uint32_t i = 1; i < file->elf.section_count; i++) {
		SKEP_TRY(note_relocs(file, i, log));
		SKEP_TRY(read_btf(file, i, log));
	}
	return 0;
}

int skep_file_open(struct skep_runtime *runtime, const void *bytes, size_t size, const char *name,
		   struct skep_file **out)
{
	const struct skep_port *port = runtime->config.port;
	struct skep_file *file = port->alloc(port->ctx, sizeof(*file), _Alignof(struct skep_file));
	struct skep_log log = runtime->log;
	int err;

	if (file == NULL)
		return skep_fail_memory(&runtime->log, "an object file");
	file->runtime = runtime;
	skep_arena_init(&file->arena, port, 0);
	log.object = name;
	err = read_file(file, bytes, size, &log);
	if (err < 0)
		skep_file_close(file);
	else
		*out = file;
	return err;
}

void skep_file_close(struct skep_file *file)
{
	const struct skep_port *port;

	if (file == NULL)
		return;
	port = file->runtime->config.port;
	skep_arena_free(&file->arena);
	port->free(port->ctx, file, sizeof(*file), _Alignof(struct skep_file));
}

bool skep_file_big_endian(const struct skep_file *file)
{
	return file->elf.big_endian;
}

const struct skep_btf *skep_file_btf(const struct skep_file *file)
{
	return file->btf;
}

/* Checked when the file was opened; not again, since that takes as long as there are relocations.
 */
static struct skep_elf_relocs relocs_for(const struct skep_file *file, uint32_t section)
{
	struct skep_elf_section table;

	if (file->relocs[section] == 0)
		return (struct skep_elf_relocs){ 0 };
	table = skep_elf_section(&file->elf, file->relocs[section]);
	return (struct skep_elf_relocs){
		.elf = &file->elf,
		.entries = table.data,
		.count = (uint32_t)(table.size / table.entry_size),
		.section = section,
	};
}

int skep_file_section(const struct skep_file *file, uint32_t index, struct skep_section_info *out)
{
	struct skep_elf_section section;

	if (index >= file->elf.section_count)
		return SKEP_ENOENT;
	section = skep_elf_section(&file->elf, index);
	*out = (struct skep_section_info){
		.name = section.name,
		.type = section.type,
		.link = section.link,
		.info = section.info,
		.flags = section.flags,
		.size = section.size,
		.bytes = section.data,
		.reloc_count = relocs_for(file, index).count,
	};
	return 0;
}

int skep_file_symbol(const struct skep_file *file, uint32_t index, struct skep_symbol_info *out)
{
	struct skep_elf_symbol symbol;

	if (index >= file->elf.symbol_count)
		return SKEP_ENOENT;
	symbol = skep_elf_symbol(&file->elf, index);
	*out = (struct skep_symbol_info){
		.name = symbol.name,
		.value = symbol.value,
		.size = symbol.size,
		.section = symbol.section,
		.type = symbol.type,
		.binding = symbol.binding,
		.visibility = symbol.visibility,
	};
	return 0;
}

/* LLVM's names. */
static const char *type_name(uint32_t type)
{
	switch (type) {
	case SKEP_R_NONE: return "R_BPF_NONE";
	case SKEP_R_64_64: return "R_BPF_64_64";
	case SKEP_R_ABS64: return "R_BPF_64_ABS64";
	case SKEP_R_ABS32: return "R_BPF_64_ABS32";
	case SKEP_R_NODYLD32: return "R_BPF_64_NODYLD32";
	case SKEP_R_64_32: return "R_BPF_64_32";
	case SKEP_R_GNU_DATA64: return "R_BPF_GNU_64_16";
	default: return "?";
	}
}

/* Addends stand in the bytes: in instructions as the immediate. */
static int64_t addend(const struct skep_file *file, const struct skep_elf_section *section,
		      const struct skep_elf_reloc *reloc)
{
	const bool is_code = (section->flags & SKEP_ELF_EXECINSTR) != 0;
	const bool is_wide =
		!is_code && (reloc->type == SKEP_R_64_64 || reloc->type == SKEP_R_ABS64 ||
			     reloc->type == SKEP_R_GNU_DATA64);
	const uint64_t at = reloc->offset + (is_code ? 4 : 0);

	if (section->data == NULL || !skep_in_bounds(at, is_wide ? 8 : 4, section->size))
		return 0;
	return is_wide ? (int64_t)skep_elf_load64(&file->elf, section->data + at)
		       : (int32_t)skep_elf_load32(&file->elf, section->data + at);
}

int skep_file_reloc(const struct skep_file *file, uint32_t section, uint32_t index,
		    struct skep_reloc_info *out)
{
	struct skep_elf_relocs relocs;
	struct skep_elf_section target;
	struct skep_elf_reloc reloc;

	if (section >= file->elf.section_count)
		return SKEP_ENOENT;
	relocs = relocs_for(file, section);
	if (index >= relocs.count)
		return SKEP_ENOENT;
	reloc = skep_elf_reloc(&relocs, index);
	target = skep_elf_section(&file->elf, section);
	*out = (struct skep_reloc_info){
		.offset = reloc.offset,
		.type = reloc.type,
		.type_name = type_name(reloc.type),
		.symbol = reloc.symbol,
		.addend = addend(file, &target, &reloc),
	};
	return 0;
}

/* Why the instruction has no answer; notes are in the order of instructions. */
static const char *absence(const struct skep_image *image, const struct skep_image_core *core)
{
	uint32_t low = 0, high = image->note_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const struct skep_image_note *note = &image->notes[middle];

		if (note->section < core->section ||
		    (note->section == core->section && note->insn < core->insn))
			low = middle + 1;
		else
			high = middle;
	}
	if (low < image->note_count && image->notes[low].section == core->section &&
	    image->notes[low].insn == core->insn)
		return image->notes[low].found;
	return NULL;
}

int skep_object_core(const struct skep_object *object, uint32_t index, struct skep_core_info *out,
		     char *path, size_t size)
{
	const struct skep_image *image = &object->image;
	const struct skep_image_core *core;
	struct skep_core_path steps;
	const char *why;

	if (index >= image->core_count)
		return SKEP_ENOENT;
	core = &image->cores[index];
	if (size > 0)
		path[0] = '\0';
	if (skep_core_path(image->btf, core, &steps, &why) == 0)
		skep_core_describe(&steps, skep_core_subject(core->kind), path, size);
	*out = (struct skep_core_info){
		.section = image->sections[core->section].name,
		.insn = core->insn,
		.kind = core->kind,
		.question = skep_core_text(core->kind),
		.type = core->type,
		.access = core->access,
		.absent = absence(image, core),
	};
	return 0;
}
