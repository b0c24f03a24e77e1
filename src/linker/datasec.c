/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BTF says of the inputs' sections in, what it says of the output's out. Compilers leave
 * offsets of variables to relocations or leave them out, so that symbols have to be asked; a
 * section that was linked before has them. Declarations that were resolved are not listed again.
 * Refuses variables that are not where their section is.
 */
#include "linker/linker.h"

#include "base/bytes.h"
#include "btf/shape.h"
#include "load/order.h"

enum { LINKAGE_STATIC = 0, ITEMS_MAX = 0xffff };

/* A variable or function in a section, or one that is declared to be. */
struct entry {
	uint32_t group; /* index of the output's section, or past those: of declarations */
	uint32_t merged, var;
	uint32_t offset, size;
};

struct skep_linker_datasecs {
	struct entry *entries;
	uint32_t count;
	const char **declared; /* names of the groups past the output's sections */
	uint32_t declared_count;
	struct skep_trie declared_names;
	struct skep_trie locals; /* of the input in hand */
};

/* One DATASEC of an input. */
struct pass {
	struct skep_linker *linker;
	struct skep_linker_datasecs *datasecs;
	uint32_t input, merged;
	const struct skep_btf *btf;
	uint32_t id;
	uint32_t part; /* the ELF section it is about, 0: none */
};

static int refuse(const struct pass *pass, uint32_t var, const char *found)
{
	return skep_fail(pass->linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "%.128s: BTF has variable %.64s in section %.64s, %s\n"
			 "a place in the section\ncompile the object again",
			 pass->linker->inputs[pass->input].name, skep_btf_name_of(pass->btf, var),
			 skep_btf_name_of(pass->btf, pass->id), found);
}

/* ---------------------------------------------------------------------------- local symbols */

/* A name in a section, as it is looked for. */
struct place_name {
	const char *name;
	uint32_t section;
};

static bool is_there(const void *ctx, uint32_t index, const void *key)
{
	const struct place_name *wanted = key;
	const struct skep_elf_symbol symbol = skep_elf_symbol(ctx, index);

	return symbol.section == wanted->section && skep_text_equal(symbol.name, wanted->name);
}

static uint64_t hash_of(const char *name)
{
	return skep_hash_bytes(name, skep_text_size(name));
}

static int list_locals(const struct pass *pass)
{
	const struct skep_elf *elf = &pass->linker->inputs[pass->input].elf;

	pass->datasecs->locals = (struct skep_trie){ 0 };
	for (uint32_t i = 1; i < elf->symbol_count; i++) {
		const struct skep_elf_symbol symbol = skep_elf_symbol(elf, i);
		const struct place_name key = { symbol.name, symbol.section };

		if (symbol.type > SKEP_ELF_OBJECT || symbol.name[0] == '\0')
			continue;
		if (skep_trie_add(&pass->datasecs->locals, pass->linker->arena,
				  hash_of(symbol.name), is_there, elf, &key, i, NULL) == NULL)
			return skep_fail_memory(pass->linker->log, "symbols");
	}
	return 0;
}

/* ------------------------------------------------------------------------------------ entries */

static bool is_group(const void *ctx, uint32_t index, const void *key)
{
	const struct skep_linker_datasecs *datasecs = ctx;

	return skep_text_equal(datasecs->declared[index], key);
}

/* The group of declarations of that section name. */
static int declared_group(const struct pass *pass, uint32_t *group)
{
	struct skep_linker_datasecs *datasecs = pass->datasecs;
	const char *name = skep_btf_name_of(pass->btf, pass->id);
	uint32_t *found;
	bool made;

	found = skep_trie_add(&datasecs->declared_names, pass->linker->arena, hash_of(name),
			      is_group, datasecs, name, datasecs->declared_count, &made);
	if (found == NULL)
		return skep_fail_memory(pass->linker->log, "BTF");
	if (made)
		datasecs->declared[datasecs->declared_count++] = name;
	*group = pass->linker->section_count + *found;
	return 0;
}

/* Where a variable is in its input's section. */
static int find_offset(const struct pass *pass, const uint32_t *item, uint64_t *offset)
{
	const struct skep_elf *elf = &pass->linker->inputs[pass->input].elf;
	const struct place_name key = { skep_btf_name_of(pass->btf, item[0]), pass->part };
	const uint32_t *found;

	*offset = item[1];
	if (skep_btf_words(pass->btf, pass->id)[SKEP_BTF_SIZE] != 0)
		return 0;
	found = skep_trie_find(&pass->datasecs->locals, hash_of(key.name), is_there, elf, &key);
	if (found == NULL)
		return refuse(pass, item[0], "where no symbol has its name");
	*offset = skep_elf_symbol(elf, *found).value;
	return 0;
}

static int list_item(const struct pass *pass, const uint32_t *item)
{
	struct skep_linker *linker = pass->linker;
	const struct skep_linker_input *input = &linker->inputs[pass->input];
	struct entry *entry = &pass->datasecs->entries[pass->datasecs->count];
	const struct skep_linker_symbol *symbol = NULL;
	struct skep_btf_type type;
	bool is_declared, is_missing;
	uint64_t offset;

	skep_btf_type(pass->btf, item[0], &type);
	if (type.linkage != LINKAGE_STATIC)
		symbol = skep_linker_global(linker, type.name);
	if (symbol != NULL && (symbol->btf_input != pass->input || symbol->btf != item[0]))
		return 0;
	is_declared = type.linkage == SKEP_BTF_EXTERN;
	is_missing = symbol != NULL && symbol->section == SKEP_LINKER_NONE;
	/* Nothing is there of sections that are empty, nor of declarations that nothing uses. */
	if (is_declared ? !is_missing : is_missing || pass->part == 0)
		return 0;
	*entry = (struct entry){ .merged = pass->merged, .var = item[0], .size = item[2] };
	pass->datasecs->count++;
	if (is_declared)
		return declared_group(pass, &entry->group);
	SKEP_TRY(find_offset(pass, item, &offset));
	if (!skep_in_bounds(offset, item[2], skep_elf_section(&input->elf, pass->part).size))
		return refuse(pass, item[0], "past its end");
	entry->group = input->pieces[pass->part].section;
	entry->offset = (uint32_t)(offset + input->pieces[pass->part].offset);
	return 0;
}

static int list_section(struct pass *pass)
{
	const uint32_t *items = skep_btf_words(pass->btf, pass->id) + SKEP_BTF_MORE;

	pass->part =
		skep_linker_part(pass->linker, pass->input, skep_btf_name_of(pass->btf, pass->id));
	for (uint32_t i = 0; i < skep_btf_item_count(pass->btf, pass->id); i++)
		SKEP_TRY(list_item(pass, items + (size_t)i * SKEP_BTF_SECINFO_WORDS));
	return 0;
}

static int make_room(const struct skep_linker *linker, struct skep_linker_datasecs *datasecs)
{
	size_t entries = 0, groups = 0;

	for (uint32_t i = 0; i < linker->input_count; i++) {
		const struct skep_btf *btf;

		if (linker->merged[i] == SKEP_LINKER_NONE)
			continue;
		btf = linker->merges[linker->merged[i]].btf;
		for (uint32_t id = 1; id <= btf->count; id++) {
			if (skep_btf_kind_of(btf, id) != SKEP_BTF_DATASEC)
				continue;
			entries += skep_btf_item_count(btf, id);
			groups++;
		}
	}
	datasecs->entries = skep_arena_array(linker->arena, entries + 1, sizeof(struct entry));
	datasecs->declared = skep_arena_array(linker->arena, groups, sizeof(char *));
	return datasecs->entries != NULL && datasecs->declared != NULL
		       ? 0
		       : skep_fail_memory(linker->log, "BTF");
}

int skep_linker_list_variables(struct skep_linker *linker, struct skep_btf_alias *aliases,
			       uint32_t *alias_count, struct skep_linker_datasecs **out)
{
	struct skep_linker_datasecs *datasecs = skep_arena_alloc(linker->arena, sizeof(*datasecs));

	if (datasecs == NULL)
		return skep_fail_memory(linker->log, "BTF");
	SKEP_TRY(make_room(linker, datasecs));
	for (uint32_t i = 0; i < linker->input_count; i++) {
		struct pass pass = { .linker = linker,
				     .datasecs = datasecs,
				     .input = i,
				     .merged = linker->merged[i] };

		if (pass.merged == SKEP_LINKER_NONE)
			continue;
		pass.btf = linker->merges[pass.merged].btf;
		SKEP_TRY(list_locals(&pass));
		for (pass.id = 1; pass.id <= pass.btf->count; pass.id++) {
			if (skep_btf_kind_of(pass.btf, pass.id) != SKEP_BTF_DATASEC)
				continue;
			SKEP_TRY(list_section(&pass));
			aliases[(*alias_count)++] =
				(struct skep_btf_alias){ .input = pass.merged, .id = pass.id };
		}
	}
	*out = datasecs;
	return 0;
}

/* ------------------------------------------------------------------------------------ writing */

static bool entry_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct entry *x = (const struct entry *)ctx + a, *y = (const struct entry *)ctx + b;

	if (x->group != y->group)
		return x->group < y->group;
	return x->offset != y->offset ? x->offset < y->offset : a < b;
}

/* Writes the entries of one group, `count` of them in order. */
static int write_group(struct skep_linker *linker, const struct skep_linker_datasecs *datasecs,
		       const uint32_t *order, uint32_t count)
{
	const uint32_t group = datasecs->entries[order[0]].group;
	const bool is_section = group < linker->section_count;
	const char *name = is_section ? linker->sections[group].name
				      : datasecs->declared[group - linker->section_count];
	uint32_t *words = skep_arena_array(linker->arena,
					   SKEP_BTF_MORE + (size_t)count * SKEP_BTF_SECINFO_WORDS,
					   sizeof(uint32_t));
	uint32_t *to, id;

	if (words == NULL)
		return skep_fail_memory(linker->log, "BTF");
	if (count > ITEMS_MAX)
		return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "section %.64s has %u variables\nat most %u\nleave inputs out",
				 name, (unsigned)count, (unsigned)ITEMS_MAX);
	SKEP_TRY(skep_btf_writer_string(&linker->types, name, skep_text_size(name),
					&words[SKEP_BTF_NAME]));
	words[SKEP_BTF_INFO] = (uint32_t)SKEP_BTF_DATASEC << 24 | count;
	words[SKEP_BTF_SIZE] = is_section ? (uint32_t)linker->sections[group].size : 0;
	to = words + SKEP_BTF_MORE;
	for (uint32_t i = 0; i < count; i++, to += SKEP_BTF_SECINFO_WORDS) {
		const struct entry *entry = &datasecs->entries[order[i]];

		to[0] = linker->merges[entry->merged].ids[entry->var];
		to[1] = entry->offset;
		to[2] = entry->size;
	}
	return skep_btf_writer_add(&linker->types, words, &id);
}

int skep_linker_write_datasecs(struct skep_linker *linker,
			       const struct skep_linker_datasecs *datasecs)
{
	uint32_t *order = skep_arena_array(linker->arena, datasecs->count, sizeof(uint32_t));
	uint32_t count;

	if (order == NULL)
		return skep_fail_memory(linker->log, "BTF");
	for (uint32_t i = 0; i < datasecs->count; i++)
		order[i] = i;
	skep_load_order(order, datasecs->count, entry_before, datasecs->entries);
	for (uint32_t i = 0; i < datasecs->count; i += count) {
		const uint32_t group = datasecs->entries[order[i]].group;

		for (count = 1; i + count < datasecs->count &&
				datasecs->entries[order[i + count]].group == group;)
			count++;
		SKEP_TRY(write_group(linker, datasecs, order + i, count));
	}
	return 0;
}
