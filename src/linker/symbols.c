/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of the inputs in, those of the output out. Local ones move along with their section;
 * global ones of one name become one: a strong definition goes before a weak one, any definition
 * before none, and the first of several weak ones counts. A function that is not chosen stays as
 * what it then is, a local function that nobody calls, since its instructions stay too. Refuses two
 * strong definitions, and symbols of kinds that eBPF does not have.
 */
#include "linker/linker.h"

#include "base/bytes.h"

enum { SYMBOLS_MAX = 1 << 26 };

static const char RECOMPILE[] = "compile the object again";

static bool is_named(const void *ctx, uint32_t symbol, const void *key)
{
	const struct skep_linker *linker = ctx;

	return skep_text_equal(linker->symbols[symbol].name, key);
}

static uint64_t hash_of(const char *name)
{
	return skep_hash_bytes(name, skep_text_size(name));
}

struct skep_linker_symbol *skep_linker_global(const struct skep_linker *linker, const char *name)
{
	const uint32_t *found =
		skep_trie_find(&linker->globals, hash_of(name), is_named, linker, name);

	return found != NULL ? &linker->symbols[*found] : NULL;
}

/* One of an input, with its place in the output. */
static struct skep_linker_symbol moved(const struct skep_linker *linker, uint32_t number,
				       const struct skep_elf_symbol *symbol)
{
	struct skep_linker_symbol out = {
		.name = symbol->name,
		.section = symbol->section,
		.value = symbol->value,
		.size = symbol->size,
		.type = symbol->type,
		.binding = symbol->binding,
		.visibility = symbol->visibility,
		.origin = number,
	};

	if (symbol->section == SKEP_ELF_UNDEFINED) {
		out.section = SKEP_LINKER_NONE;
	} else if (symbol->section < SKEP_ELF_SPECIAL) {
		const struct skep_linker_piece *piece =
			&linker->inputs[number].pieces[symbol->section];

		out.section = piece->section;
		out.value += piece->offset;
	}
	return out;
}

static int check(const struct skep_linker *linker, const struct skep_linker_input *input,
		 const struct skep_elf_symbol *symbol)
{
	if (symbol->binding > SKEP_LINKER_WEAK)
		return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "symbol %.64s of %.128s has binding %u\n"
				 "local, global or weak (0 to 2)\n%s",
				 symbol->name, input->name, (unsigned)symbol->binding, RECOMPILE);
	if (symbol->section >= SKEP_ELF_SPECIAL && symbol->section != SKEP_LINKER_ABSOLUTE)
		return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "symbol %.64s of %.128s is in no section\n"
				 "a variable with an initial value, or -fno-common\n%s",
				 symbol->name, input->name, RECOMPILE);
	if (symbol->binding != SKEP_ELF_LOCAL &&
	    (symbol->type > SKEP_ELF_FUNC || symbol->name[0] == '\0'))
		return skep_fail(linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "a global symbol \"%.64s\" of %.128s is of type %u\n"
				 "a name, and a function or a variable\n%s",
				 symbol->name, input->name, (unsigned)symbol->type, RECOMPILE);
	return 0;
}

static bool is_defined(const struct skep_linker_symbol *symbol)
{
	return symbol->section != SKEP_LINKER_NONE;
}

/* Which visibility two symbols have together: the one that hides more (gABI, chapter 4). */
static uint8_t hides_more(uint8_t a, uint8_t b)
{
	if (a == 0 || b == 0)
		return a | b;
	return a < b ? a : b;
}

/* Keeps a function that has lost against another of its name. */
static void keep_local(struct skep_linker *linker, const struct skep_linker_symbol *symbol)
{
	struct skep_linker_symbol *kept;

	if (symbol->section >= SKEP_ELF_SPECIAL ||
	    (linker->sections[symbol->section].flags & SKEP_ELF_EXECINSTR) == 0)
		return;
	kept = &linker->symbols[linker->symbol_count++];
	*kept = *symbol;
	kept->binding = SKEP_ELF_LOCAL;
	kept->visibility = 0;
}

static bool is_shared(const struct skep_linker *linker, uint32_t section)
{
	return section < linker->section_count && linker->sections[section].is_shared;
}

static int combine(struct skep_linker *linker, struct skep_linker_symbol *known,
		   const struct skep_linker_symbol *other)
{
	const uint8_t visibility = hides_more(known->visibility, other->visibility);

	if (is_defined(known) && known->section == other->section &&
	    is_shared(linker, known->section)) {
		/* Every object has a variable for its licence; they are one. */
	} else if (is_defined(known) && is_defined(other)) {
		if (known->binding == SKEP_LINKER_GLOBAL && other->binding == SKEP_LINKER_GLOBAL)
			return skep_fail(linker->log, SKEP_EEXIST, SKEP_NO_INSN,
					 "%.64s is defined in %.128s and in %.128s\n"
					 "one strong definition of a name\n"
					 "rename one, or make it static or __weak",
					 known->name, linker->inputs[known->origin].name,
					 linker->inputs[other->origin].name);
		if (known->type != other->type)
			return skep_fail(linker->log, SKEP_EINVAL, SKEP_NO_INSN,
					 "%.64s is a function in one of %.128s and %.128s, and a "
					 "variable in the other\none kind\nrename one",
					 known->name, linker->inputs[known->origin].name,
					 linker->inputs[other->origin].name);
		keep_local(linker, known->binding == SKEP_LINKER_WEAK &&
						   other->binding == SKEP_LINKER_GLOBAL
					   ? known
					   : other);
		if (known->binding == SKEP_LINKER_WEAK && other->binding == SKEP_LINKER_GLOBAL)
			*known = *other;
	} else if (is_defined(other)) {
		*known = *other;
	} else if (!is_defined(known) && other->binding == SKEP_LINKER_GLOBAL) {
		known->binding = SKEP_LINKER_GLOBAL;
	}
	known->visibility = visibility;
	return 0;
}

static int resolve_global(struct skep_linker *linker, const struct skep_linker_symbol *symbol,
			  uint32_t *out)
{
	const uint32_t next = linker->symbol_count;
	uint32_t *found;
	bool made;

	linker->symbols[next] = *symbol;
	found = skep_trie_add(&linker->globals, linker->arena, hash_of(symbol->name), is_named,
			      linker, symbol->name, next, &made);
	if (found == NULL)
		return skep_fail_memory(linker->log, "symbols");
	*out = *found;
	if (!made)
		return combine(linker, &linker->symbols[*found], symbol);
	linker->symbol_count++;
	return 0;
}

static int resolve(struct skep_linker *linker, uint32_t number, uint32_t index)
{
	struct skep_linker_input *input = &linker->inputs[number];
	const struct skep_elf_symbol symbol = skep_elf_symbol(&input->elf, index);
	const struct skep_linker_symbol out = moved(linker, number, &symbol);
	const bool is_left_out = symbol.section != SKEP_ELF_UNDEFINED && !is_defined(&out);

	SKEP_TRY(check(linker, input, &symbol));
	if (symbol.binding != SKEP_ELF_LOCAL && !is_left_out)
		return resolve_global(linker, &out, &input->symbols[index]);
	if (!is_defined(&out) || symbol.binding != SKEP_ELF_LOCAL)
		return 0;
	if (symbol.type == SKEP_ELF_SECTION && symbol.section < SKEP_ELF_SPECIAL) {
		input->symbols[index] = out.section;
		return 0;
	}
	input->symbols[index] = linker->symbol_count;
	linker->symbols[linker->symbol_count++] = out;
	return 0;
}

int skep_linker_resolve(struct skep_linker *linker)
{
	uint64_t count = linker->section_count;

	/* A definition that loses can add a local symbol. */
	for (uint32_t i = 0; i < linker->input_count; i++)
		count += 2 * (uint64_t)linker->inputs[i].elf.symbol_count;
	if (count > SYMBOLS_MAX)
		return skep_fail(linker->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "there are too many symbols\nless than %u\nleave inputs out",
				 (unsigned)SYMBOLS_MAX / 2);
	linker->symbols =
		skep_arena_array(linker->arena, (size_t)count + 1, sizeof(*linker->symbols));
	if (linker->symbols == NULL)
		return skep_fail_memory(linker->log, "symbols");
	for (uint32_t i = 0; i < linker->section_count; i++)
		linker->symbols[i] = (struct skep_linker_symbol){ .name = "",
								  .section = i,
								  .type = SKEP_ELF_SECTION };
	linker->symbol_count = linker->section_count;
	for (uint32_t i = 0; i < linker->input_count; i++) {
		struct skep_linker_input *input = &linker->inputs[i];

		input->symbols =
			skep_arena_array(linker->arena, input->elf.symbol_count, sizeof(uint32_t));
		if (input->symbols == NULL)
			return skep_fail_memory(linker->log, "symbols");
		for (uint32_t k = 0; k < input->elf.symbol_count; k++)
			input->symbols[k] = SKEP_LINKER_NONE;
		for (uint32_t k = 1; k < input->elf.symbol_count; k++)
			SKEP_TRY(resolve(linker, i, k));
	}
	return 0;
}
