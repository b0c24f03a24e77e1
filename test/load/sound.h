/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever reads an image relies on, whatever file it came from: for the tests with damaged
 * files and for the fuzzer. */
#ifndef SKEP_TEST_LOAD_SOUND_H
#define SKEP_TEST_LOAD_SOUND_H

#include "base/bytes.h"
#include "load/image.h"

#define SOUND(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return #condition;                                                         \
	} while (0)

/* Reads a text to its end; a sanitizer sees where that is. */
static inline bool sound_text(const char *text)
{
	return text != NULL && skep_text_size(text) < SIZE_MAX;
}

static inline const char *sound_reloc(const struct skep_image *image,
				      const struct skep_image_section *section,
				      const struct skep_image_reloc *reloc)
{
	const struct skep_insn *insn = &section->insns[reloc->insn];

	switch (reloc->kind) {
	case SKEP_RELOC_MAP:
	case SKEP_RELOC_MAP_VALUE:
		SOUND(insn->code == 0x18 && reloc->insn + 1 < section->insn_count);
		SOUND(reloc->target < image->map_count);
		SOUND(!image->maps[reloc->target].is_inner);
		SOUND(image->maps[reloc->target].is_data == (reloc->kind == SKEP_RELOC_MAP_VALUE));
		if (reloc->kind == SKEP_RELOC_MAP_VALUE)
			SOUND(reloc->offset <= image->maps[reloc->target].def.value_size);
		break;
	case SKEP_RELOC_CALL:
		SOUND(insn->code == 0x85 && insn->src_reg == 1);
		SOUND(reloc->target < image->func_count);
		break;
	case SKEP_RELOC_FUNC:
		SOUND(insn->code == 0x18 && reloc->insn + 1 < section->insn_count);
		SOUND(reloc->target < image->func_count);
		break;
	case SKEP_RELOC_EXTERN: SOUND(sound_text(reloc->name) && *reloc->name != '\0'); break;
	default: SOUND(!"a kind that exists");
	}
	return NULL;
}

static inline const char *sound_section(const struct skep_image *image,
					const struct skep_image_section *section)
{
	SOUND(sound_text(section->name));
	SOUND(section->insn_count > 0);
	for (uint32_t i = 0; i < section->reloc_count; i++) {
		const char *fault;

		SOUND(section->relocs[i].insn < section->insn_count);
		SOUND(i == 0 || section->relocs[i - 1].insn < section->relocs[i].insn);
		fault = sound_reloc(image, section, &section->relocs[i]);
		if (fault != NULL)
			return fault;
	}
	for (uint32_t i = 0; i < section->line_count; i++) {
		SOUND(section->lines[i].insn < section->insn_count);
		SOUND(i == 0 || section->lines[i - 1].insn <= section->lines[i].insn);
		SOUND(sound_text(section->lines[i].file));
		SOUND(section->lines[i].source == NULL || sound_text(section->lines[i].source));
	}
	return NULL;
}

/* Functions cover every section without gap or overlap, in order. */
static inline const char *sound_funcs(const struct skep_image *image)
{
	uint32_t next = 0;

	for (uint32_t s = 0; s < image->section_count; s++) {
		uint32_t at = 0;

		for (; next < image->func_count && image->funcs[next].section == s; next++) {
			SOUND(sound_text(image->funcs[next].name));
			SOUND(image->funcs[next].start == at && image->funcs[next].count > 0);
			at += image->funcs[next].count;
		}
		SOUND(at == image->sections[s].insn_count);
	}
	SOUND(next == image->func_count);
	SOUND(image->prog_count > 0);
	for (uint32_t i = 0; i < image->prog_count; i++) {
		SOUND(image->progs[i].func < image->func_count);
		SOUND(sound_text(image->progs[i].section));
		SOUND(sound_text(image->progs[i].attach_to));
	}
	return NULL;
}

static inline const char *sound_map(const struct skep_image *image,
				    const struct skep_image_map *map)
{
	const uint32_t types = image->btf != NULL ? skep_btf_count(image->btf) : 0;

	SOUND(sound_text(map->name) && sound_text(map->section));
	SOUND(map->def.type != 0);
	SOUND(map->key_type <= types && map->value_type <= types);
	SOUND(map->is_data == (map->data != NULL));
	for (uint32_t i = 0; map->is_data && i < map->def.value_size; i++)
		SOUND(map->data[i] <= 0xff);
	SOUND(map->inner == SKEP_NO_INDEX || (uint32_t)map->inner < image->map_count);
	for (uint32_t i = 0; i < map->slot_count; i++)
		SOUND(map->slots[i].target <
		      (map->slots[i].is_prog ? image->func_count : image->map_count));
	return NULL;
}

static inline const char *sound_vars(const struct skep_image *image)
{
	for (uint32_t i = 0; i < image->var_count; i++) {
		const struct skep_var *var = &image->vars[i];
		const struct skep_image_map *map;

		SOUND(sound_text(var->name) && sound_text(var->section) && var->size > 0);
		SOUND(image->var_map[i] < image->map_count);
		map = &image->maps[image->var_map[i]];
		SOUND(map->is_data && skep_in_bounds(var->offset, var->size, map->def.value_size));
	}
	return NULL;
}

/* What a printer of types does: it goes down by value, and its depth must have an end. */
static inline const char *sound_type(const struct skep_btf *btf, uint32_t id, unsigned depth)
{
	struct skep_btf_type type;
	struct skep_btf_member member;
	uint64_t size;

	SOUND(depth <= 64);
	id = skep_btf_resolve(btf, id);
	SOUND(skep_btf_type(btf, id, &type) == 0 && sound_text(type.name));
	if (type.kind == SKEP_BTF_ARRAY)
		return sound_type(btf, type.type, depth + 1);
	if (type.kind != SKEP_BTF_STRUCT && type.kind != SKEP_BTF_UNION)
		return NULL;
	/* The first few members: a tree of types can be wide. */
	for (uint32_t i = 0; i < type.count && i < 2; i++) {
		const char *fault;

		SOUND(skep_btf_member(btf, id, i, &member) == 0 && sound_text(member.name));
		SOUND(skep_btf_size(btf, member.type, &size) == 0);
		SOUND(member.bit_offset / 8 + (member.bit_size != 0 ? 0 : size) <= type.size);
		SOUND((uint64_t)member.bit_offset + member.bit_size <= (uint64_t)type.size * 8);
		fault = depth < 8 ? sound_type(btf, member.type, depth + 1) : NULL;
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

static inline const char *sound_btf(const struct skep_btf *btf)
{
	struct skep_btf_member member;

	for (uint32_t id = 0; id <= skep_btf_count(btf); id++) {
		const char *fault = sound_type(btf, id, 0);

		if (fault != NULL)
			return fault;
		for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
			SOUND(sound_text(member.name));
			SOUND(member.type <= skep_btf_count(btf));
		}
	}
	return NULL;
}

/* NULL, or what is wrong with the image. */
static inline const char *image_fault(const struct skep_image *image)
{
	const char *fault = sound_funcs(image);

	SOUND(sound_text(image->name));
	SOUND(image->license == NULL || sound_text(image->license));
	for (uint32_t i = 0; fault == NULL && i < image->section_count; i++)
		fault = sound_section(image, &image->sections[i]);
	for (uint32_t i = 0; fault == NULL && i < image->map_count; i++)
		fault = sound_map(image, &image->maps[i]);
	if (fault == NULL)
		fault = sound_vars(image);
	if (fault == NULL && image->btf != NULL)
		fault = sound_btf(image->btf);
	return fault;
}

#endif
