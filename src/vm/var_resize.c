/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data section that ends in an array, made larger or smaller before load: its bytes, and what BTF
 * says of the section, the variable and the array. Types are shared, so the array gets a new one.
 */
#include "base/bytes.h"
#include "btf/shape.h"
#include "vm/var.h"

enum { ARRAY_WORDS = SKEP_BTF_MORE + 3 };

struct resize {
	struct skep_object *object;
	struct skep_map *map;
	struct skep_image_map *image;
	struct skep_btf *btf;
	uint32_t *item; /* of the last variable in the section's DATASEC: type, offset, size */
	uint32_t array; /* BTF id */
	uint32_t size;  /* wanted, of the section */
	uint32_t count; /* elements then */
};

static int refuse(const struct resize *resize, const char *name, const char *found)
{
	return skep_fail(resize->map->log, SKEP_EINVAL, SKEP_NO_INSN,
			 "section %.64s, variable \"%.64s\": %s\n"
			 "an array as the section's last variable, and room for whole elements",
			 resize->image->section, name, found);
}

/* Finds what ends the section. */
static int find_last(struct resize *resize)
{
	const uint32_t datasec = resize->map->value_type;
	struct skep_btf *btf = resize->btf;
	uint32_t *items;

	if (btf == NULL || datasec == 0 || skep_btf_item_count(btf, datasec) == 0)
		return refuse(resize, "?", "BTF does not describe it");
	items = btf->words + btf->starts[datasec] + SKEP_BTF_MORE;
	resize->item = items;
	for (uint32_t i = 1; i < skep_btf_item_count(btf, datasec); i++)
		if (items[(size_t)i * SKEP_BTF_SECINFO_WORDS + 1] > resize->item[1])
			resize->item = items + (size_t)i * SKEP_BTF_SECINFO_WORDS;
	return 0;
}

static int find_array(struct resize *resize)
{
	const struct skep_btf *btf = resize->btf;
	const char *name;
	struct skep_btf_type type;
	uint64_t element = 0;
	uint32_t room;

	SKEP_TRY(find_last(resize));
	name = skep_btf_name_of(btf, resize->item[0]);
	if (skep_btf_type(btf, resize->item[0], &type) < 0 || type.kind != SKEP_BTF_VAR)
		return refuse(resize, name, "it is no variable");
	resize->array = skep_btf_resolve(btf, type.type);
	if (skep_btf_type(btf, resize->array, &type) < 0 || type.kind != SKEP_BTF_ARRAY ||
	    skep_btf_size(btf, type.type, &element) < 0 || element == 0)
		return refuse(resize, name, "it is no array");
	if (resize->size <= resize->item[1])
		return refuse(resize, name, "there would be nothing left of it");
	room = resize->size - resize->item[1];
	if (room % element != 0)
		return refuse(resize, name, "its elements do not come out even");
	resize->count = (uint32_t)(room / element);
	return 0;
}

/* Types lie one after the other: the words are those up to the last one's end. */
static uint32_t word_count(const struct skep_btf *btf)
{
	return btf->starts[btf->count] + skep_btf_walk(skep_btf_words(btf, btf->count)).count;
}

/* A copy of the types with one more: the array of the new length. */
static int add_array(struct resize *resize, uint32_t *id)
{
	struct skep_arena *arena = &resize->object->arena;
	struct skep_btf *btf = resize->btf;
	const uint32_t end = word_count(btf);
	uint32_t *words = skep_arena_array(arena, (size_t)end + ARRAY_WORDS, sizeof(uint32_t));
	uint32_t *starts = skep_arena_array(arena, (size_t)btf->count + 2, sizeof(uint32_t));
	uint8_t *kinds = skep_arena_alloc(arena, (size_t)btf->count + 2);
	const uint32_t *old = skep_btf_words(btf, resize->array);

	if (words == NULL || starts == NULL || kinds == NULL)
		return skep_fail_memory(resize->map->log, "types");
	memcpy(words, btf->words, (size_t)end * sizeof(uint32_t));
	memcpy(starts, btf->starts, ((size_t)btf->count + 1) * sizeof(uint32_t));
	memcpy(kinds, btf->kinds, (size_t)btf->count + 1);
	memcpy(words + end, old, ARRAY_WORDS * sizeof(uint32_t));
	words[end + SKEP_BTF_MORE + 2] = resize->count;
	*id = btf->count + 1;
	starts[*id] = end;
	kinds[*id] = SKEP_BTF_ARRAY;
	resize->item = words + (resize->item - btf->words);
	btf->words = words;
	btf->starts = starts;
	btf->kinds = kinds;
	btf->count++;
	return 0;
}

static void change_types(struct resize *resize, uint32_t array)
{
	struct skep_btf *btf = resize->btf;
	const uint32_t var = resize->item[0];

	btf->words[btf->starts[var] + SKEP_BTF_SIZE] = array;
	resize->item[2] = resize->size - resize->item[1];
	btf->words[btf->starts[resize->map->value_type] + SKEP_BTF_SIZE] = resize->size;
}

/* The section's bytes: what was there, cut or with zeros after it. */
static int change_bytes(struct resize *resize)
{
	const uint32_t old = resize->map->def.value_size;
	uint8_t *bytes = skep_arena_alloc(&resize->object->arena, resize->size);

	if (bytes == NULL)
		return skep_fail_memory(resize->map->log, "global variables");
	memcpy(bytes, resize->map->initial, old < resize->size ? old : resize->size);
	resize->map->initial = bytes;
	resize->map->def.value_size = resize->size;
	resize->image->data = bytes;
	resize->image->def.value_size = resize->size;
	return 0;
}

/* Symbols at the array's place are the array. */
static void change_variables(struct resize *resize, uint32_t array)
{
	struct skep_image *image = &resize->object->image;
	const uint32_t map = (uint32_t)(resize->image - image->maps);

	for (uint32_t i = 0; i < image->var_count; i++) {
		if (image->var_map[i] != map || image->vars[i].offset != resize->item[1])
			continue;
		image->vars[i].size = resize->size - resize->item[1];
		image->vars[i].type = array;
	}
}

int skep_map_set_value_size(struct skep_map *map, uint32_t size)
{
	/* The object is not const for those who have a map of it that is not. */
	struct skep_object *object = (struct skep_object *)(uintptr_t)map->object;
	struct resize resize = { .object = object, .map = map, .size = size };
	uint32_t array = 0;

	if (map->loaded || map->memory != NULL)
		return skep_fail(map->log, SKEP_EPERM, SKEP_NO_INSN,
				 "map \"%s\" is loaded or attached\n\n"
				 "set its size before skep_object_load()",
				 map->name);
	if (object == NULL || map->initial == NULL)
		return skep_fail(map->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "map \"%s\" is no data section\none of .data, .bss or .rodata",
				 map->name);
	if (size > INT32_MAX || size > map->limits->map_bytes_max)
		return skep_fail(
			map->log, SKEP_E2BIG, SKEP_NO_INSN,
			"section %.64s of %u bytes\nat most 2 GiB and limits.map_bytes_max",
			object->image.maps[map - object->maps].section, (unsigned)size);
	resize.image = &object->image.maps[map - object->maps];
	resize.btf = object->image.btf;
	SKEP_TRY(find_array(&resize));
	SKEP_TRY(add_array(&resize, &array));
	SKEP_TRY(change_bytes(&resize));
	change_types(&resize, array);
	change_variables(&resize, array);
	return 0;
}
