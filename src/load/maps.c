/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Definitions in, maps out: those of .maps (a BTF structure whose members say it all), those of
 * older `maps` sections (legacy.c), and a map for each data section. The image has maps with
 * definitions first, in file order, then data sections, then the templates of inner maps. Refuses
 * members it does not know, since leaving one out would make another map. The members' meaning is
 * libbpf's.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "base/format.h"
#include "load/order.h"

enum {
	REFERENCE_BYTES = 4, /* value size of maps that hold programs or maps */
	FLAG_RDONLY_PROG = 1u << 7,
	FLAG_MMAPABLE = 1u << 10,
	NAME_BYTES = 15, /* of a map in Linux, without the terminator */
};

/* Room in image->maps, decided before the first definition is read. */
struct room {
	struct skep_loader *loader;
	uint32_t next_inner; /* where the next template goes */
};

/* One definition being read. */
struct definition {
	struct room *room;
	struct skep_image_map *map;
	bool has_key_size, has_value_size, has_values;
	struct skep_btf_member values;
};

static int refuse(const struct definition *definition, const char *member, const char *found,
		  const char *needed)
{
	return skep_fail(definition->room->loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "map %.64s: member %.64s %s\n%s\ncorrect its definition",
			 definition->map->name, member, found, needed);
}

static const struct skep_btf *btf_of(const struct definition *definition)
{
	return definition->room->loader->image->btf;
}

/* The type that a pointer member points to, resolved; false if it is no pointer. */
static bool pointed_to(const struct skep_btf *btf, uint32_t type, uint32_t *out)
{
	struct skep_btf_type pointer;

	if (skep_btf_type(btf, skep_btf_resolve(btf, type), &pointer) < 0 ||
	    pointer.kind != SKEP_BTF_PTR)
		return false;
	*out = pointer.type;
	return true;
}

/* A number is the element count of an array pointed to, or the value of a lone enumerator. */
static int read_number(const struct definition *definition, const struct skep_btf_member *member,
		       uint64_t *out)
{
	const struct skep_btf *btf = btf_of(definition);
	struct skep_btf_type type;
	struct skep_btf_member enumerator;
	uint32_t pointed;

	skep_btf_type(btf, skep_btf_resolve(btf, member->type), &type);
	if (pointed_to(btf, member->type, &pointed)) {
		skep_btf_type(btf, skep_btf_resolve(btf, pointed), &type);
		if (type.kind == SKEP_BTF_ARRAY) {
			*out = type.count;
			return 0;
		}
	} else if ((type.kind == SKEP_BTF_ENUM || type.kind == SKEP_BTF_ENUM64) &&
		   type.count == 1) {
		skep_btf_member(btf, skep_btf_resolve(btf, member->type), 0, &enumerator);
		*out = (uint64_t)enumerator.value;
		return 0;
	}
	return refuse(definition, member->name, "is no number",
		      "__uint(member, number) or __ulong(member, number)");
}

static int set_size(const struct definition *definition, const char *member, uint64_t size,
		    bool *has, uint32_t *out)
{
	if (size > INT32_MAX)
		return refuse(definition, member, "is larger than 2 GiB", "a smaller one");
	if (*has && *out != size)
		return refuse(definition, member, "contradicts another member about the size",
			      "one of the two, or the same size");
	*has = true;
	*out = (uint32_t)size;
	return 0;
}

/* `key` and `value`: pointers to a type. */
static int read_type(const struct definition *definition, const struct skep_btf_member *member,
		     bool *has, uint32_t *size_out, uint32_t *type_out)
{
	uint32_t pointed;
	uint64_t size;

	if (!pointed_to(btf_of(definition), member->type, &pointed) ||
	    skep_btf_size(btf_of(definition), pointed, &size) < 0)
		return refuse(definition, member->name, "is no type with a size",
			      "__type(member, type)");
	SKEP_TRY(set_size(definition, member->name, size, has, size_out));
	*type_out = pointed;
	return 0;
}

static const struct {
	const char *name;
	size_t offset;
} NUMBERS[] = {
	{ "type", offsetof(struct skep_map_def, type) },
	{ "max_entries", offsetof(struct skep_map_def, max_entries) },
	{ "map_flags", offsetof(struct skep_map_def, flags) },
	{ "numa_node", offsetof(struct skep_map_def, numa_node) },
	{ "pinning", offsetof(struct skep_map_def, pinning) },
};

/* A member that is nothing but a number; `*known` says whether it is one. */
static int read_plain(const struct definition *definition, const struct skep_btf_member *member,
		      bool *known)
{
	struct skep_map_def *def = &definition->map->def;
	uint64_t number;

	*known = true;
	if (skep_text_equal(member->name, "map_extra"))
		return read_number(definition, member, &def->extra);
	for (size_t i = 0; i < SKEP_COUNT(NUMBERS); i++) {
		if (!skep_text_equal(member->name, NUMBERS[i].name))
			continue;
		SKEP_TRY(read_number(definition, member, &number));
		if (number > UINT32_MAX)
			return refuse(definition, member->name, "does not fit 32 bits",
				      "a smaller number");
		skep_store32((uint8_t *)def + NUMBERS[i].offset, (uint32_t)number);
		return 0;
	}
	*known = false;
	return 0;
}

static int read_member(struct definition *definition, const struct skep_btf_member *member)
{
	struct skep_image_map *map = definition->map;
	const char *name = member->name;
	uint64_t number;
	bool known;

	SKEP_TRY(read_plain(definition, member, &known));
	if (known)
		return 0;
	if (skep_text_equal(name, "key_size")) {
		SKEP_TRY(read_number(definition, member, &number));
		return set_size(definition, name, number, &definition->has_key_size,
				&map->def.key_size);
	}
	if (skep_text_equal(name, "value_size")) {
		SKEP_TRY(read_number(definition, member, &number));
		return set_size(definition, name, number, &definition->has_value_size,
				&map->def.value_size);
	}
	if (skep_text_equal(name, "key"))
		return read_type(definition, member, &definition->has_key_size, &map->def.key_size,
				 &map->key_type);
	if (skep_text_equal(name, "value"))
		return read_type(definition, member, &definition->has_value_size,
				 &map->def.value_size, &map->value_type);
	if (skep_text_equal(name, "values")) {
		definition->has_values = true;
		definition->values = *member;
		return 0;
	}
	return refuse(definition, name, "is unknown",
		      "type, key, key_size, value, value_size, max_entries, map_flags, pinning, "
		      "numa_node, map_extra or values");
}

static int read_definition(struct definition *definition, uint32_t type)
{
	struct skep_image_map *map = definition->map;
	const struct skep_btf *btf = btf_of(definition);
	struct skep_btf_type structure;

	type = skep_btf_resolve(btf, type);
	skep_btf_type(btf, type, &structure);
	if (structure.kind != SKEP_BTF_STRUCT)
		return skep_fail(definition->room->loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "map %.64s is no structure\na structure with the members type, "
				 "key, value and so on\ncorrect its definition",
				 map->name);
	map->inner = SKEP_NO_INDEX;
	map->section = ".maps";
	for (uint32_t i = 0; i < structure.count; i++) {
		struct skep_btf_member member;

		skep_btf_member(btf, type, i, &member);
		SKEP_TRY(read_member(definition, &member));
	}
	if (map->def.type == 0)
		return refuse(definition, "type", "is missing or 0", "one of BPF_MAP_TYPE_*");
	if (map->def.pinning > 1)
		skep_warn(definition->room->loader->log, SKEP_NO_INSN,
			  "map %.64s has pinning %u\n0, or 1 (LIBBPF_PIN_BY_NAME)\n"
			  "other values mean something to other loaders only",
			  map->name, (unsigned)map->def.pinning);
	return 0;
}

/* The definition of inner maps, which is a map of its own without a place in the file. */
static int add_inner(struct definition *outer, uint32_t type)
{
	struct room *room = outer->room;
	const uint32_t index = room->next_inner++;
	struct skep_image_map *map = &room->loader->image->maps[index];
	struct definition definition = { .room = room, .map = map };
	char name[80];

	skep_format(name, sizeof(name), "%.64s.inner", outer->map->name);
	map->name = skep_load_text(room->loader, name);
	if (map->name == NULL)
		return skep_fail_memory(room->loader->log, "maps");
	map->is_inner = true;
	SKEP_TRY(read_definition(&definition, type));
	if (definition.has_values)
		return refuse(&definition, "values", "is in an inner map",
			      "maps of maps of one level");
	outer->map->inner = (int32_t)index;
	return 0;
}

/* `values`: an array of pointers to programs or to inner maps. */
static int read_values(struct definition *definition)
{
	const struct skep_btf *btf = btf_of(definition);
	const uint32_t kind = definition->map->def.type;
	const bool of_maps = skep_load_is_of_maps(kind);
	struct skep_btf_type type;
	uint32_t pointed;

	if (!definition->has_values)
		return 0;
	if (!of_maps && kind != SKEP_TYPE_PROG_ARRAY)
		return refuse(definition, "values", "is in a map that holds no programs or maps",
			      "type prog_array, array_of_maps or hash_of_maps");
	SKEP_TRY(set_size(definition, "values", REFERENCE_BYTES, &definition->has_value_size,
			  &definition->map->def.value_size));
	skep_btf_type(btf, skep_btf_resolve(btf, definition->values.type), &type);
	if (type.kind != SKEP_BTF_ARRAY || !pointed_to(btf, type.type, &pointed))
		return refuse(definition, "values", "is no array of pointers",
			      "__array(values, type)");
	skep_btf_type(btf, skep_btf_resolve(btf, pointed), &type);
	if (of_maps)
		return add_inner(definition, pointed);
	if (type.kind != SKEP_BTF_FUNC_PROTO)
		return refuse(definition, "values", "has no pointers to functions",
			      "__array(values, int (void *))");
	return 0;
}

static int add_btf_map(struct room *room, uint32_t section, const uint32_t *item)
{
	struct skep_loader *loader = room->loader;
	const struct skep_btf *btf = loader->image->btf;
	const uint32_t index = loader->place_count;
	struct skep_image_map *map = &loader->image->maps[index];
	struct skep_map_place *place = &loader->places[index];
	struct definition definition = { .room = room, .map = map };

	map->name = skep_load_text(loader, skep_btf_name_of(btf, item[0]));
	if (map->name == NULL)
		return skep_fail_memory(loader->log, "maps");
	*place = (struct skep_map_place){ section, index, item[1], item[2], SKEP_NO_VALUES };
	if (map->name[0] == '\0' || item[2] == 0 ||
	    (index > 0 && place[-1].section == section &&
	     place[-1].offset + place[-1].size > item[1]))
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "map %.64s has no name, no size, or overlaps the one before it\n"
				 "definitions one after the other in section .maps\n"
				 "compile the object again",
				 map->name);
	SKEP_TRY(read_definition(&definition, skep_btf_words(btf, item[0])[SKEP_BTF_SIZE]));
	SKEP_TRY(read_values(&definition));
	if (definition.has_values)
		place->values = place->offset + definition.values.bit_offset / 8;
	loader->place_count++;
	return 0;
}

static bool item_before(const void *ctx, uint32_t a, uint32_t b)
{
	const uint32_t *items = ctx;
	const uint32_t at_a = items[(size_t)a * SKEP_BTF_SECINFO_WORDS + 1],
		       at_b = items[(size_t)b * SKEP_BTF_SECINFO_WORDS + 1];

	return at_a != at_b ? at_a < at_b : a < b;
}

static int add_btf_maps(struct room *room, uint32_t section)
{
	struct skep_loader *loader = room->loader;
	const struct skep_btf *btf = loader->image->btf;
	const uint32_t id = loader->sections[section].datasec;
	const uint32_t *items;
	uint32_t *order, count;

	if (id == 0)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section .maps is not described in BTF\ntype information about "
				 "its maps\ncompile with -g and do not strip section .BTF");
	items = skep_btf_words(btf, id) + SKEP_BTF_MORE;
	count = skep_btf_item_count(btf, id);
	order = skep_arena_array(loader->scratch, count, sizeof(uint32_t));
	if (order == NULL)
		return skep_fail_memory(loader->log, "maps");
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	skep_load_order(order, count, item_before, items);
	for (uint32_t i = 0; i < count; i++)
		SKEP_TRY(add_btf_map(room, section,
				     items + (size_t)order[i] * SKEP_BTF_SECINFO_WORDS));
	return 0;
}

/* ------------------------------------------------------------------------------ data sections */

/* Linux can give user space a view of a data section; libbpf asks for it when something in the
 * section is visible outside of the object. */
static bool has_global_variable(const struct skep_btf *btf, uint32_t datasec)
{
	for (uint32_t i = 0; datasec != 0 && i < skep_btf_item_count(btf, datasec); i++) {
		const uint32_t var =
			skep_btf_words(btf, datasec)[SKEP_BTF_MORE + i * SKEP_BTF_SECINFO_WORDS];

		if (skep_btf_kind_of(btf, var) == SKEP_BTF_VAR &&
		    skep_btf_words(btf, var)[SKEP_BTF_MORE] != 0)
			return true;
	}
	return false;
}

/* What libbpf calls an object: the file's name without folders, up to the first dot. */
static size_t object_name(const char *name, const char **out)
{
	size_t size = 0;

	*out = name;
	for (; *name != '\0'; name++)
		if (*name == '/' && name[1] != '\0')
			*out = name + 1;
	while ((*out)[size] != '\0' && (*out)[size] != '.' && (*out)[size] != '/')
		size++;
	return size;
}

/* The map's name as libbpf makes it: as much of the object's name as 15 characters leave room for
 * when the section's name counts as 7 or more, then the section's. Sections with a second dot in
 * their name (.rodata.str1.1) stand alone. */
char *skep_load_data_map_name(struct skep_loader *loader, const char *section)
{
	const char *object;
	size_t object_size = object_name(loader->image->name, &object), reserved;
	const size_t section_size = skep_text_size(section);
	char name[NAME_BYTES + 1];

	reserved = section_size < 7 ? 7 : section_size;
	if (reserved >= NAME_BYTES || skep_text_contains(section + 1, "."))
		object_size = 0;
	else if (object_size > NAME_BYTES - reserved)
		object_size = NAME_BYTES - reserved;
	skep_format(name, sizeof(name), "%.*s%s", (int)object_size, object, section);
	for (char *c = name; *c != '\0'; c++) {
		const char lower = (char)(*c | 0x20);

		if (!(lower >= 'a' && lower <= 'z') && !(*c >= '0' && *c <= '9') && *c != '.')
			*c = '_';
	}
	return skep_load_text(loader, name);
}

static int add_data_map(struct skep_loader *loader, uint32_t index, uint32_t at)
{
	const struct skep_elf_section section = skep_elf_section(&loader->elf, index);
	const uint32_t datasec = loader->sections[index].datasec;
	struct skep_image_map *map = &loader->image->maps[at];

	if (section.size > loader->limits.map_bytes_max || section.size > INT32_MAX)
		return skep_fail(loader->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "section %.64s has %llu bytes\nat most 2 GiB and "
				 "limits.map_bytes_max\nmake its variables smaller or use a map",
				 section.name, (unsigned long long)section.size);
	map->section = skep_load_text(loader, section.name);
	map->name = skep_load_data_map_name(loader, section.name);
	map->data = skep_arena_alloc(loader->arena, (size_t)section.size);
	if (map->section == NULL || map->name == NULL || map->data == NULL)
		return skep_fail_memory(loader->log, "global variables");
	if (section.data != NULL)
		memcpy(map->data, section.data, (size_t)section.size);
	map->is_data = true;
	map->read_only = skep_text_begins(section.name, ".rodata");
	map->inner = SKEP_NO_INDEX;
	map->value_type = datasec;
	map->def = (struct skep_map_def){ .type = SKEP_TYPE_ARRAY,
					  .key_size = sizeof(uint32_t),
					  .value_size = (uint32_t)section.size,
					  .max_entries = 1 };
	if (map->read_only)
		map->def.flags |= FLAG_RDONLY_PROG;
	if (datasec != 0 && has_global_variable(loader->image->btf, datasec))
		map->def.flags |= FLAG_MMAPABLE;
	loader->sections[index].index = at;
	return 0;
}

/* -------------------------------------------------------------------------------- all of them */

/* How many definitions a section has at most. */
static uint32_t count_definitions(const struct skep_loader *loader, uint32_t index)
{
	const struct skep_loaded_section *section = &loader->sections[index];

	if (section->role == SKEP_ROLE_BTF_MAPS)
		return section->datasec != 0
			       ? skep_btf_item_count(loader->image->btf, section->datasec)
			       : 0;
	return section->role == SKEP_ROLE_LEGACY_MAPS ? skep_load_legacy_count(loader, index) : 0;
}

static int make_room(struct skep_loader *loader, uint32_t *defined, uint32_t *data)
{
	struct skep_image *image = loader->image;
	uint64_t count = 0;

	*data = 0;
	for (uint32_t i = 1; i < loader->elf.section_count; i++) {
		count += count_definitions(loader, i);
		*data += loader->sections[i].role == SKEP_ROLE_DATA;
	}
	*data += loader->kconfig_count != 0;
	if (count + *data > loader->limits.maps_max)
		return skep_fail(loader->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "the object has %llu maps\nat most %u\nraise limits.maps_max",
				 (unsigned long long)count + *data,
				 (unsigned)loader->limits.maps_max);
	*defined = (uint32_t)count;
	/* Twice, since each definition can have one of an inner map. */
	image->maps = skep_arena_array(loader->arena, 2 * (size_t)count + *data,
				       sizeof(struct skep_image_map));
	loader->places =
		skep_arena_array(loader->scratch, (size_t)count, sizeof(struct skep_map_place));
	if (image->maps == NULL || loader->places == NULL)
		return skep_fail_memory(loader->log, "maps");
	return 0;
}

int skep_load_maps(struct skep_loader *loader)
{
	struct room room = { .loader = loader };
	uint32_t defined = 0, data = 0, next_data;

	SKEP_TRY(make_room(loader, &defined, &data));
	next_data = defined;
	room.next_inner = defined + data;
	for (uint32_t i = 1; i < loader->elf.section_count; i++) {
		switch (loader->sections[i].role) {
		case SKEP_ROLE_BTF_MAPS: SKEP_TRY(add_btf_maps(&room, i)); break;
		case SKEP_ROLE_LEGACY_MAPS: SKEP_TRY(skep_load_legacy_maps(loader, i)); break;
		case SKEP_ROLE_DATA: SKEP_TRY(add_data_map(loader, i, next_data++)); break;
		default: break;
		}
	}
	if (loader->kconfig_count != 0)
		SKEP_TRY(skep_load_kconfig_map(loader, next_data));
	loader->image->map_count = room.next_inner;
	return skep_load_legacy_links(loader);
}

const struct skep_map_place *skep_load_place(const struct skep_loader *loader, uint32_t section,
					     uint64_t offset)
{
	uint32_t low = 0, high = loader->place_count;
	const struct skep_map_place *place;

	/* The first that begins after the offset: the one before it is the one. */
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		place = &loader->places[middle];
		if (place->section < section ||
		    (place->section == section && place->offset <= offset))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	place = &loader->places[low - 1];
	return place->section == section && offset - place->offset < place->size ? place : NULL;
}
