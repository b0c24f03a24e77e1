/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations of data sections in, a list of the pointers in each out: where it stands, and which
 * byte of which data section it is to. Addresses exist only when maps do, so they are put in place
 * at load. Pointers to what has no address in memory (functions, maps, what other objects define)
 * are listed as well, with their names, for the one who would have to resolve them to refuse.
 * Refuses relocations that are no 64-bit address, overlap, or lead out of their section. The addend
 * stands in the bytes of the pointer.
 */
#include "base/bytes.h"
#include "load/load.h"
#include "load/order.h"

enum { POINTER_BYTES = 8 };

static bool offset_before(const void *ctx, uint32_t a, uint32_t b)
{
	const uint64_t at_a = skep_elf_reloc(ctx, a).offset, at_b = skep_elf_reloc(ctx, b).offset;

	return at_a != at_b ? at_a < at_b : a < b;
}

static int refuse(struct skep_loader *loader, const struct skep_image_map *map, uint64_t offset,
		  const char *found, const char *needed)
{
	const char *name = skep_image_variable_at(loader->image,
						  (uint32_t)(map - loader->image->maps), offset);

	return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "variable \"%.64s\" (%.64s+%llu) %s\n%s\ncompile the object again", name,
			 map->section, (unsigned long long)offset, found, needed);
}

/* The name of what a pointer is to: of the symbol, or of its section. */
static const char *name_of(const struct skep_loader *loader, const struct skep_elf_symbol *symbol)
{
	if (symbol->type == SKEP_ELF_SECTION && symbol->section < loader->elf.section_count)
		return skep_elf_section(&loader->elf, symbol->section).name;
	return symbol->name;
}

/* A data section's byte that the pointer is to. */
static int find_byte(struct skep_loader *loader, const struct skep_image_map *map,
		     const struct skep_elf_symbol *symbol, int64_t addend,
		     struct skep_image_pointer *out)
{
	const bool has_own_symbol = symbol->type != SKEP_ELF_SECTION;
	const uint32_t target = loader->sections[symbol->section].index;
	const uint32_t size = loader->image->maps[target].def.value_size;
	uint64_t offset = (uint64_t)addend;

	/* binutils up to 2.40 has added the symbol's value to the addend already. */
	if (!(has_own_symbol && loader->sums_in_place))
		offset += symbol->value;
	if (offset > size)
		return refuse(loader, map, out->offset, "holds an address that is in no section",
			      "an address in a section of variables");
	out->kind = SKEP_POINTER_DATA;
	out->target = target;
	out->target_offset = (uint32_t)offset;
	return 0;
}

static int find_target(struct skep_loader *loader, const struct skep_image_map *map,
		       const struct skep_elf_reloc *reloc, struct skep_image_pointer *out)
{
	const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, reloc->symbol);
	const uint8_t *bytes = map->data + out->offset;
	const int64_t addend = (int64_t)skep_elf_load64(&loader->elf, bytes);

	out->name = skep_load_text(loader, name_of(loader, &symbol));
	if (out->name == NULL)
		return skep_fail_memory(loader->log, "pointers in data");
	out->kind = SKEP_POINTER_OUTSIDE;
	if (symbol.section == SKEP_ELF_UNDEFINED || symbol.section >= loader->elf.section_count)
		return 0;
	switch (loader->sections[symbol.section].role) {
	case SKEP_ROLE_DATA: return find_byte(loader, map, &symbol, addend, out);
	case SKEP_ROLE_CODE: out->kind = SKEP_POINTER_FUNC; break;
	case SKEP_ROLE_BTF_MAPS:
	case SKEP_ROLE_LEGACY_MAPS: out->kind = SKEP_POINTER_MAP; break;
	default: break;
	}
	return 0;
}

static int add_pointer(struct skep_loader *loader, struct skep_image_map *map,
		       const struct skep_elf_reloc *reloc)
{
	struct skep_image_pointer *pointer = &map->pointers[map->pointer_count];

	if (!skep_in_bounds(reloc->offset, POINTER_BYTES, map->def.value_size))
		return refuse(loader, map, reloc->offset, "holds an address past its section's end",
			      "8 bytes for an address");
	if (reloc->type != SKEP_R_ABS64 && reloc->type != SKEP_R_GNU_DATA64)
		return refuse(loader, map, reloc->offset, "holds a part of an address",
			      "all 64 bits of it");
	if (map->pointer_count > 0 && reloc->offset - pointer[-1].offset < POINTER_BYTES)
		return refuse(loader, map, reloc->offset, "holds two addresses in one place",
			      "one address");
	pointer->offset = (uint32_t)reloc->offset;
	pointer->placeholder = skep_load64(map->data + reloc->offset);
	SKEP_TRY(find_target(loader, map, reloc, pointer));
	map->pointer_count++;
	return 0;
}

static int read_section(struct skep_loader *loader, const struct skep_loaded_section *section)
{
	struct skep_image_map *map = &loader->image->maps[section->index];
	struct skep_elf_relocs relocs;
	uint32_t *order, count = 0;

	SKEP_TRY(skep_elf_relocs(&loader->elf, section->relocs, loader->log, &relocs));
	map->pointers = skep_arena_array(loader->arena, relocs.count, sizeof(*map->pointers));
	order = skep_arena_array(loader->scratch, relocs.count, sizeof(uint32_t));
	if (map->pointers == NULL || order == NULL)
		return skep_fail_memory(loader->log, "pointers in data");
	for (uint32_t i = 0; i < relocs.count; i++)
		if (skep_elf_reloc(&relocs, i).type != SKEP_R_NONE)
			order[count++] = i;
	skep_load_order(order, count, offset_before, &relocs);
	for (uint32_t i = 0; i < count; i++) {
		const struct skep_elf_reloc reloc = skep_elf_reloc(&relocs, order[i]);

		SKEP_TRY(add_pointer(loader, map, &reloc));
	}
	return 0;
}

int skep_load_pointers(struct skep_loader *loader)
{
	for (uint32_t i = 1; i < loader->elf.section_count; i++) {
		const struct skep_loaded_section *section = &loader->sections[i];

		if (section->role == SKEP_ROLE_DATA && section->relocs != 0)
			SKEP_TRY(read_section(loader, section));
	}
	return 0;
}
