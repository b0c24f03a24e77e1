/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compilers leave the DATASECs of BTF unfinished: clang writes offsets of variables as relocations,
 * gcc leaves them out, both write 0 as the size. In comes checked BTF and the ELF file, out goes
 * BTF whose data sections are as the file's sections are. Refuses relocations of anything but such
 * an offset, and variables that do not fit their section.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "load/order.h"

/* The type that word `word` of the type section lies in; there is at least one type. */
static uint32_t type_at(const struct skep_btf *btf, uint32_t word)
{
	uint32_t low = 1, high = btf->count;

	while (low < high) {
		const uint32_t middle = low + (high - low + 1) / 2;

		if (btf->starts[middle] <= word)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The word of a variable's offset that the relocation is for, or NULL. */
static uint32_t *offset_word(struct skep_btf *btf, uint64_t offset)
{
	uint64_t word;
	uint32_t id, within;

	if (offset < btf->type_offset || offset % 4 != 0 || btf->count == 0)
		return NULL;
	word = (offset - btf->type_offset) / 4;
	if (word > UINT32_MAX)
		return NULL;
	id = type_at(btf, (uint32_t)word);
	within = (uint32_t)word - btf->starts[id];
	if (skep_btf_kind_of(btf, id) != SKEP_BTF_DATASEC || within < SKEP_BTF_MORE ||
	    (within - SKEP_BTF_MORE) / SKEP_BTF_SECINFO_WORDS >= skep_btf_item_count(btf, id) ||
	    (within - SKEP_BTF_MORE) % SKEP_BTF_SECINFO_WORDS != 1)
		return NULL;
	return &btf->words[word];
}

static int apply_relocs(struct skep_loader *loader, uint32_t section)
{
	struct skep_elf_relocs relocs;

	SKEP_TRY(skep_elf_relocs(&loader->elf, section, loader->log, &relocs));
	for (uint32_t i = 0; i < relocs.count; i++) {
		const struct skep_elf_reloc reloc = skep_elf_reloc(&relocs, i);
		const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, reloc.symbol);
		uint32_t *word = offset_word(loader->image->btf, reloc.offset);
		/* The last is what LLVM wrote before version 13; it means the same here. */
		const bool is_offset = reloc.type == SKEP_R_ABS32 ||
				       reloc.type == SKEP_R_NODYLD32 || reloc.type == SKEP_R_NONE;

		if (word == NULL || !is_offset)
			return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "relocation %u of BTF, of type %u, is at byte %llu\n"
					 "a 32-bit offset of a variable\ncompile the object again",
					 (unsigned)i, (unsigned)reloc.type,
					 (unsigned long long)reloc.offset);
		*word += (uint32_t)symbol.value;
	}
	return 0;
}

/* Symbols of one section, found by name. */
struct names {
	const struct skep_elf *elf;
	uint32_t *symbols;
	uint32_t count;
};

static bool name_before(const void *ctx, uint32_t a, uint32_t b)
{
	const int order =
		skep_load_compare(skep_elf_symbol(ctx, a).name, skep_elf_symbol(ctx, b).name);

	return order != 0 ? order < 0 : a < b;
}

static int list_names(struct skep_loader *loader, const struct skep_loaded_section *section,
		      struct names *out)
{
	out->elf = &loader->elf;
	out->count = section->symbol_count;
	out->symbols = skep_arena_array(loader->scratch, out->count, sizeof(uint32_t));
	if (out->symbols == NULL)
		return skep_fail_memory(loader->log, "symbols");
	memcpy(out->symbols, loader->symbols + section->symbols, out->count * sizeof(uint32_t));
	skep_load_order(out->symbols, out->count, name_before, &loader->elf);
	return 0;
}

static bool find_name(const struct names *names, const char *name, struct skep_elf_symbol *out)
{
	uint32_t low = 0, high = names->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (skep_load_compare(skep_elf_symbol(names->elf, names->symbols[middle]).name,
				      name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == names->count)
		return false;
	*out = skep_elf_symbol(names->elf, names->symbols[low]);
	return skep_load_compare(out->name, name) == 0;
}

/* Without relocations and without a size, offsets were left out: symbols have them. */
static int find_offsets(struct skep_loader *loader, uint32_t id,
			const struct skep_loaded_section *section)
{
	struct skep_btf *btf = loader->image->btf;
	struct names names;

	SKEP_TRY(list_names(loader, section, &names));
	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		uint32_t *item = btf->words + btf->starts[id] + SKEP_BTF_MORE +
				 (size_t)i * SKEP_BTF_SECINFO_WORDS;
		struct skep_elf_symbol symbol;

		if (find_name(&names, skep_btf_name_of(btf, item[0]), &symbol))
			item[1] = (uint32_t)symbol.value;
	}
	return 0;
}

static int check_variables(struct skep_loader *loader, uint32_t id, uint64_t size)
{
	const struct skep_btf *btf = loader->image->btf;

	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		const uint32_t *item = skep_btf_words(btf, id) + SKEP_BTF_MORE +
				       (size_t)i * SKEP_BTF_SECINFO_WORDS;

		if (!skep_in_bounds(item[1], item[2], size))
			return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "BTF puts variable %.64s at bytes %u to %llu of section "
					 "%.64s\nbytes below %llu\ncompile the object again",
					 skep_btf_name_of(btf, item[0]), (unsigned)item[1],
					 (unsigned long long)item[1] + item[2],
					 skep_btf_name_of(btf, id), (unsigned long long)size);
	}
	return 0;
}

static int finish_datasec(struct skep_loader *loader, uint32_t id)
{
	struct skep_btf *btf = loader->image->btf;
	uint32_t *words = btf->words + btf->starts[id];
	const uint32_t index = skep_load_section_named(loader, skep_btf_name_of(btf, id));
	struct skep_loaded_section *section = &loader->sections[index];
	uint64_t size;

	if (index == 0) /* externs, or a section that means nothing to the loader */
		return 0;
	size = skep_elf_section(&loader->elf, index).size;
	if (section->datasec != 0 || size > INT32_MAX)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has two descriptions in BTF, or more than 2 GiB\n"
				 "one of each\ncompile the object again",
				 skep_btf_name_of(btf, id));
	if (words[SKEP_BTF_SIZE] == 0 && loader->sections[loader->only[SKEP_ROLE_BTF]].relocs == 0)
		SKEP_TRY(find_offsets(loader, id, section));
	words[SKEP_BTF_SIZE] = (uint32_t)size;
	section->datasec = id;
	return check_variables(loader, id, size);
}

int skep_load_datasecs(struct skep_loader *loader)
{
	const struct skep_btf *btf = loader->image->btf;
	const uint32_t relocs = loader->sections[loader->only[SKEP_ROLE_BTF]].relocs;

	if (relocs != 0)
		SKEP_TRY(apply_relocs(loader, relocs));
	for (uint32_t id = 1; id <= btf->count; id++)
		if (skep_btf_kind_of(btf, id) == SKEP_BTF_DATASEC)
			SKEP_TRY(finish_datasec(loader, id));
	return 0;
}
