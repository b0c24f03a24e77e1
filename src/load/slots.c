/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations of .maps in, initial slots of program arrays and maps of maps out: each pointer in
 * the `values` of a definition names a function or a map. Refuses pointers anywhere else.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "load/order.h"

enum { POINTER_BYTES = 8 };

static int refuse(struct skep_loader *loader, uint64_t offset, const char *found,
		  const char *needed)
{
	return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "the pointer at byte %llu of section .maps %s\n%s\n"
			 "correct the map's definition",
			 (unsigned long long)offset, found, needed);
}

static bool offset_before(const void *ctx, uint32_t a, uint32_t b)
{
	const uint64_t at_a = skep_elf_reloc(ctx, a).offset, at_b = skep_elf_reloc(ctx, b).offset;

	return at_a != at_b ? at_a < at_b : a < b;
}

/* What the pointer at `reloc` is to: `*target` becomes a function or a map. */
static int find_target(struct skep_loader *loader, const struct skep_elf_reloc *reloc,
		       const uint8_t *bytes, struct skep_image_slot *out)
{
	const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, reloc->symbol);
	uint64_t offset = symbol.value;
	const struct skep_loaded_section *section;
	const struct skep_map_place *place;
	int64_t func;

	if (symbol.section == SKEP_ELF_UNDEFINED || symbol.section >= loader->elf.section_count)
		return refuse(loader, reloc->offset, "is to a symbol that is not in the object",
			      "a program or a map of the same object");
	if (symbol.type == SKEP_ELF_SECTION)
		offset += skep_elf_load64(&loader->elf, bytes + reloc->offset);
	section = &loader->sections[symbol.section];
	out->is_prog = section->role == SKEP_ROLE_CODE;
	if (out->is_prog) {
		func = offset % 8 == 0 ? skep_load_func_at(loader, section->index, offset / 8)
				       : SKEP_NO_INDEX;
		if (func < 0)
			return refuse(loader, reloc->offset, "is not to the start of a function",
				      "a program");
		out->target = (uint32_t)func;
		return 0;
	}
	place = skep_load_place(loader, symbol.section, offset);
	if (place == NULL || place->offset != offset)
		return refuse(loader, reloc->offset, "is neither to a map nor to a program",
			      "one of them");
	out->target = place->index;
	return 0;
}

static int add_slot(struct skep_loader *loader, const struct skep_elf_reloc *reloc,
		    uint32_t section, struct skep_image_slot *out)
{
	const struct skep_elf_section content = skep_elf_section(&loader->elf, section);
	const struct skep_map_place *place = skep_load_place(loader, section, reloc->offset);
	struct skep_image_map *map;
	struct skep_image_slot slot = { 0 };

	if ((reloc->type != SKEP_R_ABS64 && reloc->type != SKEP_R_GNU_DATA64) ||
	    !skep_in_bounds(reloc->offset, POINTER_BYTES, content.size))
		return refuse(loader, reloc->offset, "is no 64-bit address", "one");
	if (place == NULL || place->values == SKEP_NO_VALUES || reloc->offset < place->values ||
	    (reloc->offset - place->values) % POINTER_BYTES != 0 ||
	    (reloc->offset - place->values) / POINTER_BYTES > UINT32_MAX)
		return refuse(loader, reloc->offset, "is in no map's values",
			      "pointers only in .values");
	map = &loader->image->maps[place->index];
	slot.index = (uint32_t)((reloc->offset - place->values) / POINTER_BYTES);
	SKEP_TRY(find_target(loader, reloc, content.data, &slot));
	if (slot.is_prog != (map->inner == SKEP_NO_INDEX))
		return refuse(loader, reloc->offset,
			      slot.is_prog ? "is to a program" : "is to a map",
			      slot.is_prog ? "a map" : "a program");
	if (map->slots == NULL)
		map->slots = out;
	else if (map->slots[map->slot_count - 1].index == slot.index)
		return refuse(loader, reloc->offset, "is given twice", "one relocation");
	map->slot_count++;
	*out = slot;
	return 0;
}

int skep_load_slots(struct skep_loader *loader)
{
	const uint32_t section = loader->only[SKEP_ROLE_BTF_MAPS];
	struct skep_elf_relocs relocs;
	struct skep_image_slot *slots;
	uint32_t *order;

	if (section == 0 || loader->sections[section].relocs == 0)
		return 0;
	SKEP_TRY(skep_elf_relocs(&loader->elf, loader->sections[section].relocs, loader->log,
				 &relocs));
	slots = skep_arena_array(loader->arena, relocs.count, sizeof(struct skep_image_slot));
	order = skep_arena_array(loader->scratch, relocs.count, sizeof(uint32_t));
	if (slots == NULL || order == NULL)
		return skep_fail_memory(loader->log, "map slots");
	for (uint32_t i = 0; i < relocs.count; i++)
		order[i] = i;
	/* In order, the slots of one map lie side by side. */
	skep_load_order(order, relocs.count, offset_before, &relocs);
	for (uint32_t i = 0; i < relocs.count; i++) {
		const struct skep_elf_reloc reloc = skep_elf_reloc(&relocs, order[i]);

		SKEP_TRY(add_slot(loader, &reloc, section, &slots[i]));
	}
	return 0;
}
