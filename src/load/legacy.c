/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Map definitions as structures of 32-bit numbers, from before BTF: in each section named `maps`, a
 * symbol per map. All begin with type, key size, value size and entries, most have flags next; what
 * follows depends on who wrote the structure, which shows in its size: 28 bytes are those of
 * Linux's samples or an early iproute2's, 36 those of iproute2's `struct bpf_elf_map`. Refuses
 * definitions that are cut off or overlap; warns of numbers it does not know.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "load/order.h"

enum {
	DEFINITION_BYTES_MIN = 16,
	IPROUTE2_BYTES = 36,
	/* Byte offsets in a definition. */
	KEY_SIZE = 4,
	VALUE_SIZE = 8,
	MAX_ENTRIES = 12,
	FLAGS = 16,
	ID = 20,
	INNER_MAP = 20, /* Linux's samples: which definition of the section is the inner map */
	PINNING = 24,
	NUMA_NODE = 24, /* Linux's samples: with the flag */
	INNER_ID = 28,  /* this and the next are iproute2's alone */
	INNER_INDEX = 32,

	FLAG_NUMA_NODE = 1u << 2,
};

/* Definitions begin where symbols stand; two symbols at one place are one definition. */
static bool is_definition(const struct skep_loader *loader,
			  const struct skep_loaded_section *section, uint32_t i)
{
	const struct skep_elf_symbol symbol =
		skep_elf_symbol(&loader->elf, loader->symbols[section->symbols + i]);

	return i == 0 || symbol.value != skep_elf_symbol(&loader->elf,
							 loader->symbols[section->symbols + i - 1])
						 .value;
}

uint32_t skep_load_legacy_count(const struct skep_loader *loader, uint32_t section)
{
	const struct skep_loaded_section *loaded = &loader->sections[section];
	uint32_t count = 0;

	for (uint32_t i = 0; i < loaded->symbol_count; i++)
		count += is_definition(loader, loaded, i);
	return count;
}

static uint32_t number(const struct skep_loader *loader, const struct skep_map_place *place,
		       uint32_t at)
{
	const uint8_t *bytes = skep_elf_section(&loader->elf, place->section).data;

	return skep_elf_load32(&loader->elf, bytes + place->offset + at);
}

static bool is_iproute2(const struct skep_map_place *place)
{
	return place->size == IPROUTE2_BYTES;
}

/* Warns of a number that is not 0, from byte `known` on. */
static void warn_of_rest(struct skep_loader *loader, const struct skep_map_place *place,
			 uint32_t known, const char *name)
{
	const uint8_t *bytes = skep_elf_section(&loader->elf, place->section).data + place->offset;

	for (uint64_t i = known; i < place->size; i++) {
		if (bytes[i] == 0)
			continue;
		skep_warn(loader->log, SKEP_NO_INSN,
			  "map %.64s: byte %llu of its definition is not 0 and is left out\n"
			  "type, key size, value size, entries and flags\n"
			  "define the map in section .maps, with BTF",
			  name, (unsigned long long)i);
		return;
	}
}

/* What follows the flags. */
static void read_rest(struct skep_loader *loader, const struct skep_map_place *place,
		      const char *name, struct skep_map_def *def)
{
	if (place->size < PINNING + 4) {
		warn_of_rest(loader, place, FLAGS + 4, name);
		return;
	}
	if (!is_iproute2(place) && (def->flags & FLAG_NUMA_NODE) != 0)
		def->numa_node = number(loader, place, NUMA_NODE);
	else
		def->pinning = number(loader, place, PINNING) != 0;
	if (!is_iproute2(place))
		warn_of_rest(loader, place, PINNING + 4, name);
}

static int read_definition(struct skep_loader *loader, const struct skep_map_place *place,
			   const char *name)
{
	struct skep_image_map *map = &loader->image->maps[place->index];

	map->name = skep_load_text(loader, name);
	map->section = "maps";
	if (map->name == NULL)
		return skep_fail_memory(loader->log, "maps");
	map->inner = SKEP_NO_INDEX;
	map->def.type = number(loader, place, 0);
	map->def.key_size = number(loader, place, KEY_SIZE);
	map->def.value_size = number(loader, place, VALUE_SIZE);
	map->def.max_entries = number(loader, place, MAX_ENTRIES);
	if (place->size >= FLAGS + 4)
		map->def.flags = number(loader, place, FLAGS);
	read_rest(loader, place, name, &map->def);
	if (map->def.type == 0)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "map %.64s has type 0\none of BPF_MAP_TYPE_*\n"
				 "correct its definition",
				 map->name);
	return 0;
}

int skep_load_legacy_maps(struct skep_loader *loader, uint32_t section)
{
	const struct skep_loaded_section *loaded = &loader->sections[section];
	const uint64_t section_size = skep_elf_section(&loader->elf, section).size;
	uint64_t end = section_size;
	const uint32_t first = loader->place_count;
	uint32_t place_count;

	if (loaded->symbol_count == 0 || loaded->relocs != 0)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section maps has no symbols, or has pointers in it\n"
				 "a symbol for each map, and numbers\n"
				 "define the maps in section .maps, with BTF");
	place_count = first + skep_load_legacy_count(loader, section);
	loader->place_count = place_count;
	loader->sections[section].index = first;
	/* Backwards, so that where a definition ends is known even if its symbol has no size. */
	for (uint32_t i = loaded->symbol_count; i > 0; i--) {
		const struct skep_elf_symbol symbol =
			skep_elf_symbol(&loader->elf, loader->symbols[loaded->symbols + i - 1]);
		struct skep_map_place *place;

		if (!is_definition(loader, loaded, i - 1))
			continue;
		place = &loader->places[--place_count];
		*place = (struct skep_map_place){
			.section = section,
			.index = place_count,
			.offset = symbol.value,
			.size = symbol.size != 0 ? symbol.size : end - symbol.value,
			.values = SKEP_NO_VALUES,
		};
		if (place->size < DEFINITION_BYTES_MIN || place->size > end - symbol.value)
			return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "map %.64s has a definition of %llu bytes, with room for "
					 "%llu\n16 bytes or more, one after the other\n"
					 "correct its definition",
					 symbol.name, (unsigned long long)place->size,
					 (unsigned long long)(end - symbol.value));
		SKEP_TRY(read_definition(loader, place, symbol.name));
		end = symbol.value;
	}
	return 0;
}

/* --------------------------------------------------------------------------------- maps in maps */

/* iproute2: a map of maps names its inner maps by their id; each of these names the slot that it
 * goes to, -1 for none. */
static uint32_t id_of(const struct skep_loader *loader, uint32_t place)
{
	return number(loader, &loader->places[place], ID);
}

static uint32_t inner_id_of(const struct skep_loader *loader, uint32_t place)
{
	return number(loader, &loader->places[place], INNER_ID);
}

static bool inner_id_before(const void *ctx, uint32_t a, uint32_t b)
{
	const uint32_t id_a = inner_id_of(ctx, a), id_b = inner_id_of(ctx, b);

	return id_a != id_b ? id_a < id_b : a < b;
}

static bool id_before(const void *ctx, uint32_t a, uint32_t b)
{
	const uint32_t id_a = id_of(ctx, a), id_b = id_of(ctx, b);

	return id_a != id_b ? id_a < id_b : a < b;
}

/* Gives `outer` the maps inners[0 .. count), all of which have the id it names. */
static int join(struct skep_loader *loader, uint32_t outer, const uint32_t *inners, uint32_t count)
{
	struct skep_image_map *map = &loader->image->maps[loader->places[outer].index];

	map->inner = (int32_t)loader->places[inners[0]].index;
	map->slots = skep_arena_array(loader->arena, count, sizeof(struct skep_image_slot));
	if (map->slots == NULL)
		return skep_fail_memory(loader->log, "map slots");
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t index = number(loader, &loader->places[inners[i]], INNER_INDEX);

		if (index != UINT32_MAX)
			map->slots[map->slot_count++] = (struct skep_image_slot){
				.index = index, .target = loader->places[inners[i]].index
			};
	}
	return 0;
}

/* Walks outer maps and inner maps side by side, both ascending by the id that joins them. */
static int join_all(struct skep_loader *loader, const uint32_t *outers, uint32_t outer_count,
		    const uint32_t *inners, uint32_t inner_count)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < outer_count; i++) {
		const uint32_t id = inner_id_of(loader, outers[i]);
		uint32_t count = 0;

		while (next < inner_count && id_of(loader, inners[next]) < id)
			next++;
		while (next + count < inner_count && id_of(loader, inners[next + count]) == id)
			count++;
		if (count == 0)
			return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "map %.64s is to hold maps with the id %u\n"
					 "one map of that id for each map of maps\n"
					 "correct inner_id in its definition",
					 loader->image->maps[loader->places[outers[i]].index].name,
					 (unsigned)id);
		SKEP_TRY(join(loader, outers[i], inners + next, count));
		next += count;
	}
	return 0;
}

/* Linux's samples: a map of maps names its inner map by its place among the definitions. Only a
 * warning if it cannot be, since others of that size have had other things there. */
static void join_by_index(struct skep_loader *loader, const struct skep_map_place *outer)
{
	struct skep_image_map *maps = loader->image->maps;
	const uint32_t index = number(loader, outer, INNER_MAP);
	const uint64_t inner = (uint64_t)loader->sections[outer->section].index + index;

	if (inner < loader->place_count && loader->places[inner].section == outer->section &&
	    !skep_load_is_of_maps(maps[loader->places[inner].index].def.type))
		maps[outer->index].inner = (int32_t)loader->places[inner].index;
	else
		skep_warn(loader->log, SKEP_NO_INSN,
			  "map %.64s names definition %u of its section as its inner map\n"
			  "the number of another definition, of a map that holds no maps\n"
			  "define the map in section .maps, with BTF",
			  maps[outer->index].name, (unsigned)index);
}

int skep_load_legacy_links(struct skep_loader *loader)
{
	uint32_t *outers = skep_arena_array(loader->scratch, loader->place_count, sizeof(uint32_t));
	uint32_t *inners = skep_arena_array(loader->scratch, loader->place_count, sizeof(uint32_t));
	uint32_t outer_count = 0, inner_count = 0;

	if (outers == NULL || inners == NULL)
		return skep_fail_memory(loader->log, "maps");
	for (uint32_t i = 0; i < loader->place_count; i++) {
		const struct skep_map_place *place = &loader->places[i];
		const bool is_of_maps =
			skep_load_is_of_maps(loader->image->maps[place->index].def.type);

		if (loader->sections[place->section].role != SKEP_ROLE_LEGACY_MAPS)
			continue;
		if (is_iproute2(place) && is_of_maps)
			outers[outer_count++] = i;
		else if (is_iproute2(place) && id_of(loader, i) != 0)
			inners[inner_count++] = i;
		else if (is_of_maps && place->size >= INNER_MAP + 4)
			join_by_index(loader, place);
	}
	skep_load_order(outers, outer_count, inner_id_before, loader);
	skep_load_order(inners, inner_count, id_before, loader);
	return join_all(loader, outers, outer_count, inners, inner_count);
}
