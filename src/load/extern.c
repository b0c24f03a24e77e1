/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols that the object does not define, but BTF declares in .kconfig or .ksyms, in; a list of
 * them out, and for .kconfig a data section that the values will stand in, laid out as libbpf does.
 * Undefined symbols without such a declaration stay what they are. Refuses types that no
 * configuration has a value for.
 */
#include "base/bytes.h"
#include "load/load.h"
#include "load/order.h"

enum {
	LINKAGE_EXTERN = 2,
	FLAG_RDONLY_PROG = 1u << 7,
	FLAG_MMAPABLE = 1u << 10,
};

static const char KCONFIG[] = ".kconfig", KSYMS[] = ".ksyms";

/* One declaration: the DATASEC's item, and which of the two it is in. */
struct declared {
	uint32_t *item;
	bool is_kconfig;
};

/* All declarations, by name. */
struct declarations {
	const struct skep_btf *btf;
	struct declared *list;
	uint32_t *order;
	uint32_t count;
};

static const char *name_of(const struct declarations *all, uint32_t index)
{
	return skep_btf_name_of(all->btf, all->list[index].item[0]);
}

static bool name_before(const void *ctx, uint32_t a, uint32_t b)
{
	const int order = skep_load_compare(name_of(ctx, a), name_of(ctx, b));

	return order != 0 ? order < 0 : a < b;
}

static bool is_section(const struct skep_btf *btf, uint32_t id)
{
	return skep_btf_kind_of(btf, id) == SKEP_BTF_DATASEC &&
	       (skep_text_equal(skep_btf_name_of(btf, id), KCONFIG) ||
		skep_text_equal(skep_btf_name_of(btf, id), KSYMS));
}

/* Variables and functions with the linkage of externs. */
static bool is_extern(const struct skep_btf *btf, uint32_t id)
{
	const uint32_t *words = skep_btf_words(btf, id);

	switch (skep_btf_kind_of(btf, id)) {
	case SKEP_BTF_VAR: return words[SKEP_BTF_MORE] == LINKAGE_EXTERN;
	case SKEP_BTF_FUNC: return (words[SKEP_BTF_INFO] & 0xffff) == LINKAGE_EXTERN;
	default: return false;
	}
}

static void add_declarations(struct declarations *all, struct skep_btf *btf, uint32_t id)
{
	const bool is_kconfig = skep_text_equal(skep_btf_name_of(btf, id), KCONFIG);

	for (uint32_t i = 0; i < skep_btf_item_count(btf, id); i++) {
		uint32_t *item = btf->words + btf->starts[id] + SKEP_BTF_MORE +
				 (size_t)i * SKEP_BTF_SECINFO_WORDS;

		if (is_extern(btf, item[0]))
			all->list[all->count++] = (struct declared){ item, is_kconfig };
	}
}

static int list_declarations(struct skep_loader *loader, struct declarations *out)
{
	struct skep_btf *btf = loader->image->btf;
	size_t room = 0;

	*out = (struct declarations){ .btf = btf };
	for (uint32_t id = 1; btf != NULL && id <= btf->count; id++)
		if (is_section(btf, id))
			room += skep_btf_item_count(btf, id);
	if (room == 0)
		return 0;
	out->list = skep_arena_array(loader->scratch, room, sizeof(struct declared));
	out->order = skep_arena_array(loader->scratch, room, sizeof(uint32_t));
	if (out->list == NULL || out->order == NULL)
		return skep_fail_memory(loader->log, "externs");
	for (uint32_t id = 1; id <= btf->count; id++)
		if (is_section(btf, id))
			add_declarations(out, btf, id);
	for (uint32_t i = 0; i < out->count; i++)
		out->order[i] = i;
	skep_load_order(out->order, out->count, name_before, out);
	return 0;
}

static const struct declared *find_declared(const struct declarations *all, const char *name)
{
	uint32_t low = 0, high = all->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (skep_load_compare(name_of(all, all->order[middle]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == all->count || skep_load_compare(name_of(all, all->order[low]), name) != 0)
		return NULL;
	return &all->list[all->order[low]];
}

/* ------------------------------------------------------------------------------------- types */

static bool is_character(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	skep_btf_type(btf, skep_btf_resolve(btf, id), &type);
	return type.kind == SKEP_BTF_INT && type.size == 1 && !type.is_bool;
}

/* What values a .kconfig variable can have. */
static enum skep_config_type config_type(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	skep_btf_type(btf, skep_btf_resolve(btf, id), &type);
	switch (type.kind) {
	case SKEP_BTF_INT:
		if (type.is_bool)
			return type.size == 1 ? SKEP_CONFIG_BOOL : SKEP_CONFIG_NONE;
		if (type.size == 1)
			return SKEP_CONFIG_CHAR;
		return type.size <= 8 ? SKEP_CONFIG_NUMBER : SKEP_CONFIG_NONE;
	case SKEP_BTF_ENUM:
		return type.size == 4 && skep_text_equal(type.name, "libbpf_tristate")
			       ? SKEP_CONFIG_TRISTATE
			       : SKEP_CONFIG_NONE;
	case SKEP_BTF_ARRAY:
		return type.count > 0 && is_character(btf, type.type) ? SKEP_CONFIG_TEXT
								      : SKEP_CONFIG_NONE;
	default: return SKEP_CONFIG_NONE;
	}
}

static int describe(struct skep_loader *loader, const struct declared *declared,
		    struct skep_image_extern *out)
{
	const struct skep_btf *btf = loader->image->btf;
	const uint32_t id = declared->item[0], type = skep_btf_words(btf, id)[SKEP_BTF_SIZE];
	struct skep_btf_type resolved;
	uint64_t size;

	if (!declared->is_kconfig) {
		out->kind = skep_btf_kind_of(btf, id) == SKEP_BTF_FUNC ? SKEP_EXTERN_KFUNC
								       : SKEP_EXTERN_KSYM;
		out->type = type;
		return 0;
	}
	out->kind = SKEP_EXTERN_KCONFIG;
	out->type = type;
	out->config_type = skep_btf_kind_of(btf, id) == SKEP_BTF_VAR ? config_type(btf, type)
								     : SKEP_CONFIG_NONE;
	if (out->config_type == SKEP_CONFIG_NONE || skep_btf_size(btf, type, &size) < 0 ||
	    size > INT32_MAX / 2)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "extern %.64s in .kconfig is of a type that no value of a kernel "
				 "configuration has\nbool, enum libbpf_tristate, char, an integer "
				 "or an array of char\ncorrect its declaration",
				 out->name);
	skep_btf_type(btf, skep_btf_resolve(btf, type), &resolved);
	out->is_signed = resolved.is_signed;
	out->size = (uint32_t)size;
	out->item = declared->item;
	return 0;
}

/* --------------------------------------------------------------------------- the data section */

static uint32_t align_of(const struct skep_image_extern *item)
{
	return item->config_type == SKEP_CONFIG_TEXT ? 1 : item->size;
}

/* The most aligned first, then the smallest. */
static bool place_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct skep_image_extern *x = (const struct skep_image_extern *)ctx + a,
				       *y = (const struct skep_image_extern *)ctx + b;
	int order;

	if (align_of(x) != align_of(y))
		return align_of(x) > align_of(y);
	if (x->size != y->size)
		return x->size < y->size;
	order = skep_load_compare(x->name, y->name);
	return order != 0 ? order < 0 : a < b;
}

static int place_kconfig(struct skep_loader *loader)
{
	struct skep_image *image = loader->image;
	uint32_t *order = skep_arena_array(loader->scratch, image->extern_count, sizeof(uint32_t));
	uint32_t count = 0;
	uint64_t at = 0;

	if (order == NULL)
		return skep_fail_memory(loader->log, "externs");
	for (uint32_t i = 0; i < image->extern_count; i++)
		if (image->externs[i].kind == SKEP_EXTERN_KCONFIG)
			order[count++] = i;
	skep_load_order(order, count, place_before, image->externs);
	for (uint32_t i = 0; i < count; i++) {
		struct skep_image_extern *item = &image->externs[order[i]];
		const uint32_t align = align_of(item);

		at = (at + align - 1) / align * align;
		item->offset = (uint32_t)at;
		item->item[1] = item->offset;
		item->item[2] = item->size;
		at += item->size;
		if (at > INT32_MAX || at > loader->limits.map_bytes_max)
			return skep_fail(loader->log, SKEP_E2BIG, SKEP_NO_INSN,
					 "the externs in .kconfig have %llu bytes\nat most 2 GiB "
					 "and limits.map_bytes_max\nmake arrays of char smaller",
					 (unsigned long long)at);
	}
	loader->kconfig_count = count;
	loader->kconfig_bytes = (uint32_t)at;
	return 0;
}

int skep_load_kconfig_map(struct skep_loader *loader, uint32_t at)
{
	struct skep_image *image = loader->image;
	struct skep_image_map *map = &image->maps[at];

	map->section = KCONFIG;
	map->name = skep_load_data_map_name(loader, KCONFIG);
	map->data = skep_arena_alloc(loader->arena, loader->kconfig_bytes);
	if (map->name == NULL || map->data == NULL)
		return skep_fail_memory(loader->log, "externs");
	for (uint32_t id = 1; id <= image->btf->count; id++) {
		if (skep_btf_kind_of(image->btf, id) != SKEP_BTF_DATASEC ||
		    !skep_text_equal(skep_btf_name_of(image->btf, id), KCONFIG))
			continue;
		map->value_type = id;
		image->btf->words[image->btf->starts[id] + SKEP_BTF_SIZE] = loader->kconfig_bytes;
		break;
	}
	map->is_data = true;
	map->read_only = true;
	map->inner = SKEP_NO_INDEX;
	map->def = (struct skep_map_def){ .type = SKEP_TYPE_ARRAY,
					  .key_size = sizeof(uint32_t),
					  .value_size = loader->kconfig_bytes,
					  .max_entries = 1,
					  .flags = FLAG_RDONLY_PROG | FLAG_MMAPABLE };
	image->kconfig_map = at;
	return 0;
}

void skep_load_kconfig_vars(struct skep_loader *loader)
{
	struct skep_image *image = loader->image;

	for (uint32_t i = 0; i < image->extern_count; i++) {
		const struct skep_image_extern *item = &image->externs[i];

		if (item->kind != SKEP_EXTERN_KCONFIG)
			continue;
		image->var_map[image->var_count] = image->kconfig_map;
		image->vars[image->var_count++] = (struct skep_var){
			.name = item->name,
			.section = KCONFIG,
			.offset = item->offset,
			.size = item->size,
			.type = item->type,
			.read_only = true,
			.is_weak = item->is_weak,
		};
	}
}

/* ------------------------------------------------------------------------------- all of them */

static int add_extern(struct skep_loader *loader, const struct declared *declared, uint32_t symbol)
{
	const struct skep_elf_symbol undefined = skep_elf_symbol(&loader->elf, symbol);
	struct skep_image_extern *added = &loader->image->externs[loader->image->extern_count];

	added->name = skep_load_text(loader, undefined.name);
	if (added->name == NULL)
		return skep_fail_memory(loader->log, "externs");
	added->is_weak = undefined.binding == SKEP_ELF_WEAK;
	SKEP_TRY(describe(loader, declared, added));
	loader->extern_of[symbol] = ++loader->image->extern_count;
	return 0;
}

int skep_load_externs(struct skep_loader *loader)
{
	struct skep_image *image = loader->image;
	struct declarations all;
	uint32_t count = 0;

	SKEP_TRY(list_declarations(loader, &all));
	loader->extern_of =
		skep_arena_array(loader->scratch, loader->elf.symbol_count, sizeof(uint32_t));
	if (loader->extern_of == NULL)
		return skep_fail_memory(loader->log, "externs");
	for (uint32_t i = 0; all.count > 0 && i < loader->elf.symbol_count; i++) {
		const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, i);

		if (symbol.section != SKEP_ELF_UNDEFINED || symbol.name[0] == '\0' ||
		    find_declared(&all, symbol.name) == NULL)
			continue;
		loader->extern_of[i] = UINT32_MAX; /* one of them; which, is said below */
		count++;
	}
	image->externs = skep_arena_array(loader->arena, count, sizeof(struct skep_image_extern));
	if (image->externs == NULL)
		return skep_fail_memory(loader->log, "externs");
	for (uint32_t i = 0; count > 0 && i < loader->elf.symbol_count; i++)
		if (loader->extern_of[i] != 0)
			SKEP_TRY(add_extern(
				loader, find_declared(&all, skep_elf_symbol(&loader->elf, i).name),
				i));
	return place_kconfig(loader);
}
