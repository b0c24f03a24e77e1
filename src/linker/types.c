/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BTF of all inputs in, one .BTF out. The one idea: what the linker knows to be one function or
 * variable is made one node before types are compared, so that declarations vanish and nothing has
 * to be patched after. Refuses names whose declaration and definition are of types that do not fit
 * each other, map definitions that differ included.
 */
#include "linker/linker.h"

#include "base/bytes.h"
#include "btf/shape.h"

enum { LINKAGE_STATIC = 0 };

static const char RECOMPILE[] = "declare it as it is defined";

static int read_types(struct skep_linker *linker, uint32_t number, struct skep_btf **btf)
{
	const struct skep_linker_input *input = &linker->inputs[number];
	const struct skep_elf_section section = skep_elf_section(&input->elf, input->btf_section);
	int err;

	linker->log->object = input->name;
	err = skep_btf_read(section.data, (size_t)section.size, linker->big_endian, linker->arena,
			    linker->log, btf);
	linker->log->object = NULL;
	return err;
}

/* Reads all inputs' types; those that have none are passed over. */
static int read_all(struct skep_linker *linker, uint32_t *count)
{
	*count = 0;
	linker->merges =
		skep_arena_array(linker->arena, linker->input_count, sizeof(*linker->merges));
	linker->merged = skep_arena_array(linker->arena, linker->input_count, sizeof(uint32_t));
	if (linker->merges == NULL || linker->merged == NULL)
		return skep_fail_memory(linker->log, "BTF");
	for (uint32_t i = 0; i < linker->input_count; i++) {
		struct skep_btf *btf;

		linker->merged[i] = SKEP_LINKER_NONE;
		if (linker->inputs[i].btf_section == 0)
			continue;
		SKEP_TRY(read_types(linker, i, &btf));
		linker->merges[*count].btf = btf;
		linker->merges[*count].ids =
			skep_arena_array(linker->arena, (size_t)btf->count + 1, sizeof(uint32_t));
		if (linker->merges[*count].ids == NULL)
			return skep_fail_memory(linker->log, "BTF");
		linker->merged[i] = (*count)++;
	}
	return 0;
}

/* The global symbol that a type is about, or NULL. */
static struct skep_linker_symbol *symbol_of(const struct skep_linker *linker,
					    const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	skep_btf_type(btf, id, &type);
	if ((type.kind != SKEP_BTF_FUNC && type.kind != SKEP_BTF_VAR) ||
	    type.linkage == LINKAGE_STATIC)
		return NULL;
	return skep_linker_global(linker, type.name);
}

/* Chooses, for each global symbol, the FUNC or VAR that says what it is: that of the definition. */
static void choose(struct skep_linker *linker)
{
	for (uint32_t i = 0; i < linker->input_count; i++) {
		const uint32_t merged = linker->merged[i];
		const struct skep_btf *btf;

		if (merged == SKEP_LINKER_NONE)
			continue;
		btf = linker->merges[merged].btf;
		for (uint32_t id = 1; id <= btf->count; id++) {
			struct skep_linker_symbol *symbol = symbol_of(linker, btf, id);
			const bool is_undefined =
				symbol != NULL && symbol->section == SKEP_LINKER_NONE;

			if (symbol == NULL || symbol->btf != 0 ||
			    (!is_undefined && symbol->origin != i))
				continue;
			symbol->btf_input = i;
			symbol->btf = id;
		}
	}
}

/* --------------------------------------------------------------------------------- what fits */

/* Arrays of which one does not say how long it is fit if their elements do. */
static bool fits_array(const struct skep_btf_merge *a, uint32_t type_a,
		       const struct skep_btf_merge *b, uint32_t type_b)
{
	struct skep_btf_type x, y;

	skep_btf_type(a->btf, skep_btf_resolve(a->btf, type_a), &x);
	skep_btf_type(b->btf, skep_btf_resolve(b->btf, type_b), &y);
	return x.kind == SKEP_BTF_ARRAY && y.kind == SKEP_BTF_ARRAY &&
	       (x.count == 0 || y.count == 0) && a->ids[x.type] == b->ids[y.type];
}

/* The first member in which two structures differ, for the message about a map; NULL: they are no
 * structures, or of other members. */
static const char *differing_member(const struct skep_btf_merge *a, uint32_t type_a,
				    const struct skep_btf_merge *b, uint32_t type_b)
{
	const uint32_t in_a = skep_btf_resolve(a->btf, type_a),
		       in_b = skep_btf_resolve(b->btf, type_b);
	struct skep_btf_member x, y;

	if (skep_btf_kind_of(a->btf, in_a) != SKEP_BTF_STRUCT ||
	    skep_btf_kind_of(b->btf, in_b) != SKEP_BTF_STRUCT)
		return NULL;
	for (uint32_t i = 0; skep_btf_member(a->btf, in_a, i, &x) == 0; i++)
		if (skep_btf_member(b->btf, in_b, i, &y) < 0 || !skep_text_equal(x.name, y.name) ||
		    a->ids[x.type] != b->ids[y.type])
			return x.name;
	return NULL;
}

static int compare(const struct skep_linker *linker, const struct skep_linker_symbol *symbol,
		   uint32_t number, uint32_t id)
{
	const struct skep_btf_merge *a = &linker->merges[linker->merged[symbol->btf_input]],
				    *b = &linker->merges[linker->merged[number]];
	const char *name_a = linker->inputs[symbol->btf_input].name,
		   *name_b = linker->inputs[number].name, *member;
	struct skep_btf_type x, y;

	skep_btf_type(a->btf, symbol->btf, &x);
	skep_btf_type(b->btf, id, &y);
	if (x.kind != y.kind)
		return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "%.64s is a %s in %.128s and a %s in %.128s\none of the two\n%s",
				 x.name, x.kind == SKEP_BTF_FUNC ? "function" : "variable", name_a,
				 y.kind == SKEP_BTF_FUNC ? "function" : "variable", name_b,
				 RECOMPILE);
	if (a->ids[x.type] == b->ids[y.type] || fits_array(a, x.type, b, y.type))
		return 0;
	member = differing_member(a, x.type, b, y.type);
	return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
			 "%.64s has another type in %.128s than in %.128s%s%.64s\n"
			 "one type, typedefs and qualifiers aside\n%s",
			 x.name, name_a, name_b, member != NULL ? ": they differ in member " : "",
			 member != NULL ? member : "", RECOMPILE);
}

/* What becomes of a FUNC or VAR that was not chosen; `*used`: not what it was. */
static int replace(struct skep_linker *linker, uint32_t number, uint32_t id,
		   struct skep_btf_alias *alias, bool *used)
{
	const struct skep_btf_merge *merge = &linker->merges[linker->merged[number]];
	const struct skep_linker_symbol *symbol = symbol_of(linker, merge->btf, id);
	struct skep_btf_type type;

	*used = symbol != NULL && (symbol->btf_input != number || symbol->btf != id);
	if (!*used)
		return 0;
	*alias = (struct skep_btf_alias){ .input = linker->merged[number], .id = id };
	if (symbol->btf == 0) {
		/* Defined where there is no BTF: the declaration is not true any more. */
		skep_btf_type(merge->btf, id, &type);
		*used = type.linkage == SKEP_BTF_EXTERN;
		return 0;
	}
	alias->to_input = linker->merged[symbol->btf_input];
	alias->to_id = symbol->btf;
	return compare(linker, symbol, number, id);
}

static int replace_all(struct skep_linker *linker, struct skep_btf_alias *aliases, uint32_t *count)
{
	for (uint32_t i = 0; i < linker->input_count; i++) {
		const uint32_t merged = linker->merged[i];

		if (merged == SKEP_LINKER_NONE)
			continue;
		for (uint32_t id = 1; id <= linker->merges[merged].btf->count; id++) {
			bool used;

			SKEP_TRY(replace(linker, i, id, &aliases[*count], &used));
			*count += used;
		}
	}
	return 0;
}

/* ---------------------------------------------------------------------------------- the steps */

static int store(struct skep_linker *linker)
{
	struct skep_btf *read;

	linker->btf_size = skep_btf_writer_size(&linker->types);
	linker->btf = skep_arena_alloc(linker->arena, linker->btf_size);
	if (linker->btf == NULL)
		return skep_fail_memory(linker->log, "BTF");
	skep_btf_writer_bytes(&linker->types, linker->big_endian, linker->btf);
	/* Variables that overlap, or more types than there may be: readers would refuse it. */
	return skep_btf_read(linker->btf, linker->btf_size, linker->big_endian, linker->arena,
			     linker->log, &read);
}

int skep_linker_merge_types(struct skep_linker *linker)
{
	struct skep_btf_alias *aliases;
	struct skep_linker_datasecs *datasecs;
	uint32_t count, alias_count = 0;
	uint64_t types = 1;

	SKEP_TRY(read_all(linker, &count));
	if (count == 0)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		types += linker->merges[i].btf->count;
	aliases = skep_arena_array(linker->arena, (size_t)types, sizeof(*aliases));
	if (aliases == NULL)
		return skep_fail_memory(linker->log, "BTF");
	choose(linker);
	SKEP_TRY(skep_btf_classify(linker->merges, count, linker->arena, linker->log));
	SKEP_TRY(replace_all(linker, aliases, &alias_count));
	SKEP_TRY(skep_linker_list_variables(linker, aliases, &alias_count, &datasecs));
	SKEP_TRY(skep_btf_writer_init(&linker->types, linker->arena, linker->log));
	SKEP_TRY(skep_btf_dedup(linker->merges, count, aliases, alias_count, linker->arena,
				&linker->types));
	SKEP_TRY(skep_linker_write_datasecs(linker, datasecs));
	SKEP_TRY(skep_linker_merge_ext(linker));
	return store(linker);
}
