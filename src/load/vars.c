/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of data sections in, global variables out, static ones too. BTF gives the type of each
 * variable that its DATASEC has at the symbol's place; without BTF there are names and sizes.
 * Compilers' own names (.L...) are left out.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "load/order.h"

/* The variables of one DATASEC, ascending by offset and name. */
struct typed {
	const struct skep_btf *btf;
	const uint32_t *items; /* NULL: no DATASEC */
	uint32_t *order;
	uint32_t count;
};

static const uint32_t *item_of(const struct typed *typed, uint32_t index)
{
	return typed->items + (size_t)index * SKEP_BTF_SECINFO_WORDS;
}

/* Where an item stands compared to an offset and a name: below 0, 0, above 0. */
static int compare(const struct typed *typed, const uint32_t *item, uint64_t offset,
		   const char *name)
{
	if (item[1] != offset)
		return item[1] < offset ? -1 : 1;
	return skep_load_compare(skep_btf_name_of(typed->btf, item[0]), name);
}

static bool item_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct typed *typed = ctx;
	const uint32_t *item = item_of(typed, b);
	const int order =
		compare(typed, item_of(typed, a), item[1], skep_btf_name_of(typed->btf, item[0]));

	return order != 0 ? order < 0 : a < b;
}

static int list_typed(struct skep_loader *loader, uint32_t datasec, struct typed *out)
{
	*out = (struct typed){ .btf = loader->image->btf };
	if (datasec == 0)
		return 0;
	out->items = skep_btf_words(out->btf, datasec) + SKEP_BTF_MORE;
	out->count = skep_btf_item_count(out->btf, datasec);
	out->order = skep_arena_array(loader->scratch, out->count, sizeof(uint32_t));
	if (out->order == NULL)
		return skep_fail_memory(loader->log, "variables");
	for (uint32_t i = 0; i < out->count; i++)
		out->order[i] = i;
	skep_load_order(out->order, out->count, item_before, out);
	return 0;
}

/* The first item at or after an offset and a name, or NULL. */
static const uint32_t *first_from(const struct typed *typed, uint64_t offset, const char *name)
{
	uint32_t low = 0, high = typed->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (compare(typed, item_of(typed, typed->order[middle]), offset, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < typed->count ? item_of(typed, typed->order[low]) : NULL;
}

/* The DATASEC's variable at `offset`, the one of that name if there are several (gcc numbers the
 * symbols of variables inside functions, but not their names in BTF); NULL: none. */
static const uint32_t *find_typed(const struct typed *typed, uint64_t offset, const char *name)
{
	const uint32_t *item = first_from(typed, offset, name);

	if (item == NULL || compare(typed, item, offset, name) != 0)
		item = first_from(typed, offset, "");
	return item != NULL && item[1] == offset ? item : NULL;
}

static bool is_variable(const struct skep_elf_symbol *symbol)
{
	return symbol->type != SKEP_ELF_FUNC && !skep_text_begins(symbol->name, ".L") &&
	       (symbol->type == SKEP_ELF_OBJECT || symbol->binding != SKEP_ELF_LOCAL);
}

/* The source files of local symbols: each table of symbols begins with those, after the name of
 * the file they are of; a linker puts one after the other. */
struct sources {
	const char **files; /* by symbol; NULL: not local, or nobody says */
};

static int list_sources(struct skep_loader *loader, struct sources *out)
{
	const char *file = NULL;

	out->files =
		skep_arena_array(loader->scratch, loader->elf.symbol_count, sizeof(const char *));
	if (out->files == NULL)
		return skep_fail_memory(loader->log, "variables");
	for (uint32_t i = 0; i < loader->elf.symbol_count; i++) {
		const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, i);

		if (symbol.type == SKEP_ELF_FILE) {
			file = symbol.name[0] != '\0' ? skep_load_text(loader, symbol.name) : NULL;
			if (file == NULL && symbol.name[0] != '\0')
				return skep_fail_memory(loader->log, "variables");
		} else if (symbol.binding == SKEP_ELF_LOCAL) {
			out->files[i] = file;
		}
	}
	return 0;
}

static int add_variable(struct skep_loader *loader, const struct skep_elf_symbol *symbol,
			const uint32_t *item, const char *file)
{
	struct skep_image *image = loader->image;
	const uint32_t map = loader->sections[symbol->section].index;
	const uint32_t room = image->maps[map].def.value_size - (uint32_t)symbol->value;
	struct skep_var var = {
		.name = skep_load_text(loader, symbol->name),
		.section = image->maps[map].section,
		.offset = (uint32_t)symbol->value,
		.size = (uint32_t)symbol->size,
		.read_only = image->maps[map].read_only,
		.is_static = symbol->binding == SKEP_ELF_LOCAL,
		.is_weak = symbol->binding == SKEP_ELF_WEAK,
		.is_hidden = symbol->visibility == SKEP_ELF_HIDDEN ||
			     symbol->visibility == SKEP_ELF_INTERNAL,
		.file = file,
	};

	if (var.name == NULL)
		return skep_fail_memory(loader->log, "variables");
	if (item != NULL)
		var.type = skep_btf_words(image->btf, item[0])[SKEP_BTF_SIZE];
	if (var.size == 0 && item != NULL)
		var.size = item[2] < room ? item[2] : room;
	if (var.size == 0)
		return 0;
	image->var_map[image->var_count] = map;
	image->vars[image->var_count++] = var;
	return 0;
}

static int add_variables(struct skep_loader *loader, uint32_t index, const struct sources *sources)
{
	const struct skep_loaded_section *section = &loader->sections[index];
	struct typed typed;

	SKEP_TRY(list_typed(loader, section->datasec, &typed));
	for (uint32_t i = 0; i < section->symbol_count; i++) {
		const uint32_t number = loader->symbols[section->symbols + i];
		const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, number);

		if (is_variable(&symbol))
			SKEP_TRY(add_variable(loader, &symbol,
					      find_typed(&typed, symbol.value, symbol.name),
					      sources->files[number]));
	}
	return 0;
}

int skep_load_vars(struct skep_loader *loader)
{
	struct skep_image *image = loader->image;
	struct sources sources;
	size_t count = 0;

	for (uint32_t i = 1; i < loader->elf.section_count; i++)
		if (loader->sections[i].role == SKEP_ROLE_DATA)
			count += loader->sections[i].symbol_count;
	count += loader->kconfig_count;
	image->vars = skep_arena_array(loader->arena, count, sizeof(struct skep_var));
	image->var_map = skep_arena_array(loader->arena, count, sizeof(uint32_t));
	if (image->vars == NULL || image->var_map == NULL)
		return skep_fail_memory(loader->log, "variables");
	SKEP_TRY(list_sources(loader, &sources));
	for (uint32_t i = 1; i < loader->elf.section_count; i++)
		if (loader->sections[i].role == SKEP_ROLE_DATA)
			SKEP_TRY(add_variables(loader, i, &sources));
	skep_load_kconfig_vars(loader);
	return 0;
}

const char *skep_image_variable_at(const struct skep_image *image, uint32_t map, uint64_t offset)
{
	for (uint32_t i = 0; i < image->var_count; i++)
		if (image->var_map[i] == map && image->vars[i].offset <= offset &&
		    offset - image->vars[i].offset < image->vars[i].size)
			return image->vars[i].name;
	return "?";
}
