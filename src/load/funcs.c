/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions, symbols and targets of calls in, functions and programs out. The one idea: a
 * function begins where a function's symbol stands, where something calls, where a sized function
 * before it ends, and at the start of a section; so each instruction is in exactly one, with or
 * without good symbols. Refuses functions that overlap and calls into the middle of one.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "base/format.h"

/* One walk over a section's instructions and, beside them, its symbols. */
struct walk {
	struct skep_loader *loader;
	uint32_t section;              /* of the image */
	uint32_t next, end;            /* symbols still to come */
	struct skep_elf_symbol symbol; /* symbols[next], when next < end */
	const char *previous;          /* name of the function that goes on to `sized_end` */
	uint32_t sized_end;            /* where the current function must end; 0: unknown */
};

static void read_symbol(struct walk *walk)
{
	const struct skep_loader *loader = walk->loader;

	if (walk->next < walk->end)
		walk->symbol = skep_elf_symbol(&loader->elf, loader->symbols[walk->next]);
}

static void begin_walk(struct walk *walk, struct skep_loader *loader, uint32_t section)
{
	const struct skep_loaded_section *loaded =
		&loader->sections[loader->image->sections[section].elf_index];

	*walk = (struct walk){ .loader = loader,
			       .section = section,
			       .next = loaded->symbols,
			       .end = loaded->symbols + loaded->symbol_count };
	read_symbol(walk);
}

static bool is_function(const struct skep_elf_symbol *symbol)
{
	return symbol->type == SKEP_ELF_FUNC ||
	       (symbol->type == SKEP_ELF_NOTYPE && symbol->binding != SKEP_ELF_LOCAL);
}

/* Goes to the symbols of instruction `insn`. The first of them, the best name, is left in `*out`;
 * false: there is none. */
static int take_symbol(struct walk *walk, uint32_t insn, bool *found, struct skep_elf_symbol *out)
{
	const uint64_t offset = (uint64_t)insn * 8;

	*found = false;
	while (walk->next < walk->end && walk->symbol.value < offset + 8) {
		const struct skep_elf_symbol *symbol = &walk->symbol;

		if (symbol->type == SKEP_ELF_FUNC && (symbol->value | symbol->size) % 8 != 0)
			return skep_fail(walk->loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "function %.64s has offset %llu and size %llu\n"
					 "multiples of 8\ncompile the object again",
					 symbol->name, (unsigned long long)symbol->value,
					 (unsigned long long)symbol->size);
		if (symbol->value == offset && !*found) {
			*found = true;
			*out = *symbol;
		}
		walk->next++;
		read_symbol(walk);
	}
	return 0;
}

/* Whether a function begins at `insn`, where `symbol` (or NULL) is. */
static int begins(struct walk *walk, uint32_t insn, const struct skep_elf_symbol *symbol, bool *out)
{
	const bool is_target = walk->loader->targets[walk->section][insn] != 0;
	const char *section = walk->loader->image->sections[walk->section].name;

	*out = insn == 0 || insn == walk->sized_end || is_target ||
	       (symbol != NULL && is_function(symbol));
	if (!*out || insn >= walk->sized_end)
		return 0;
	if (symbol != NULL && symbol->type == SKEP_ELF_FUNC)
		return skep_fail(walk->loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "functions %.64s and %.64s of section %.64s overlap\n"
				 "functions one after the other\ncompile the object again",
				 walk->previous, symbol->name, section);
	if (is_target)
		return skep_fail(walk->loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "something calls instruction %u of section %.64s, which is in the "
				 "middle of function %.64s\nthe start of a function\n"
				 "compile the object again",
				 (unsigned)insn, section, walk->previous);
	*out = false; /* a global label inside a function */
	return 0;
}

/* A name for a function without a symbol. */
static char *make_name(struct walk *walk, uint32_t insn)
{
	char text[96];

	skep_format(text, sizeof(text), "%.64s+0x%llx",
		    walk->loader->image->sections[walk->section].name,
		    (unsigned long long)insn * 8);
	return skep_load_text(walk->loader, text);
}

static int add_func(struct walk *walk, uint32_t insn, const struct skep_elf_symbol *symbol,
		    uint32_t index)
{
	struct skep_image_func *func = &walk->loader->image->funcs[index];

	func->name =
		symbol != NULL ? skep_load_text(walk->loader, symbol->name) : make_name(walk, insn);
	func->section = walk->section;
	func->start = insn;
	if (func->name == NULL)
		return skep_fail_memory(walk->loader->log, "functions");
	if (symbol == NULL || !is_function(symbol) || symbol->binding == SKEP_ELF_LOCAL)
		return 0;
	walk->loader->entries[index] = true;
	/* As in libbpf, a hidden function is verified where it is called, like a static one. */
	func->is_global =
		symbol->visibility != SKEP_ELF_HIDDEN && symbol->visibility != SKEP_ELF_INTERNAL;
	return 0;
}

/* Cuts one section. The first time only counts (`fill` is false): `*count` goes up. */
static int cut_section(struct skep_loader *loader, uint32_t section, bool fill, uint32_t *count)
{
	const uint32_t insn_count = loader->image->sections[section].insn_count;
	struct walk walk;

	begin_walk(&walk, loader, section);
	for (uint32_t insn = 0; insn < insn_count; insn++) {
		struct skep_elf_symbol symbol;
		bool has_symbol, is_start;

		SKEP_TRY(take_symbol(&walk, insn, &has_symbol, &symbol));
		SKEP_TRY(begins(&walk, insn, has_symbol ? &symbol : NULL, &is_start));
		if (!is_start)
			continue;
		if (fill)
			SKEP_TRY(add_func(&walk, insn, has_symbol ? &symbol : NULL, *count));
		walk.sized_end = 0;
		if (has_symbol && symbol.type == SKEP_ELF_FUNC && symbol.size != 0)
			walk.sized_end = insn + (uint32_t)(symbol.size / 8);
		walk.previous = has_symbol ? symbol.name : "?";
		++*count;
	}
	return 0;
}

/* A function goes on to where the next one begins. */
static int count_insns(struct skep_loader *loader)
{
	struct skep_image *image = loader->image;

	for (uint32_t i = 0; i < image->func_count; i++) {
		struct skep_image_func *func = &image->funcs[i];
		const bool is_last =
			i + 1 == image->func_count || image->funcs[i + 1].section != func->section;

		func->count = (is_last ? image->sections[func->section].insn_count
				       : image->funcs[i + 1].start) -
			      func->start;
		if (func->count > loader->limits.insns_max)
			return skep_fail(loader->log, SKEP_E2BIG, SKEP_NO_INSN,
					 "function %.64s has %u instructions\nat most %u\n"
					 "raise limits.insns_max or make it smaller",
					 func->name, (unsigned)func->count,
					 (unsigned)loader->limits.insns_max);
	}
	return 0;
}

int skep_load_funcs(struct skep_loader *loader)
{
	struct skep_image *image = loader->image;
	uint32_t count = 0;

	for (uint32_t i = 0; i < image->section_count; i++)
		SKEP_TRY(cut_section(loader, i, false, &count));
	image->funcs = skep_arena_array(loader->arena, count, sizeof(struct skep_image_func));
	loader->entries = skep_arena_alloc(loader->scratch, count);
	if (image->funcs == NULL || loader->entries == NULL)
		return skep_fail_memory(loader->log, "functions");
	for (uint32_t i = 0; i < image->section_count; i++)
		SKEP_TRY(cut_section(loader, i, true, &image->func_count));
	return count_insns(loader);
}

int64_t skep_load_func_at(const struct skep_loader *loader, uint32_t section, uint64_t insn)
{
	const struct skep_image *image = loader->image;
	uint32_t low = 0, high = image->func_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const struct skep_image_func *func = &image->funcs[middle];

		if (func->section < section || (func->section == section && func->start < insn))
			low = middle + 1;
		else
			high = middle;
	}
	if (low < image->func_count && image->funcs[low].section == section &&
	    image->funcs[low].start == insn)
		return low;
	return SKEP_NO_INDEX;
}

/* ---------------------------------------------------------------------------------- programs */

/* Sections that hold only subprograms. */
static bool is_text(const char *name)
{
	return skep_text_equal(name, ".text") || skep_text_begins(name, ".text.");
}

/* What follows `prefix` and '/' in `name`, "" if nothing does; NULL if it does not begin so. */
static const char *after_prefix(const char *name, const char *prefix)
{
	const char *rest = name + skep_text_size(prefix);

	if (!skep_text_begins(name, prefix) || (*rest != '\0' && *rest != '/'))
		return NULL;
	return *rest == '/' ? rest + 1 : rest;
}

static void describe(const struct skep_loader *loader, struct skep_image_prog *prog)
{
	const struct skep_section_row *row;

	prog->attach_to = "";
	for (uint32_t i = 0; i < loader->custom_count; i++) {
		const struct skep_prog_type *type = &loader->custom[i];
		const char *rest =
			type->section != NULL ? after_prefix(prog->section, type->section) : NULL;

		if (rest != NULL) {
			prog->type = type->type;
			prog->attach_to = rest;
			return;
		}
	}
	row = skep_load_section_row(prog->section);
	if (row == NULL)
		return;
	prog->type = row->prog_type;
	prog->attach_type = row->attach_type;
	prog->sleepable = (row->flags & SKEP_SECTION_SLEEPABLE) != 0;
	prog->attach_to = after_prefix(prog->section, row->prefix);
}

/* Programs of one section, whose functions are [first, end). Fills only if there is room made. */
static void choose_progs(const struct skep_loader *loader, uint32_t first, uint32_t end,
			 uint32_t *count)
{
	struct skep_image *image = loader->image;
	const char *name = image->sections[image->funcs[first].section].name;
	const uint32_t before = *count;
	struct skep_image_prog prog = { .section = *name == '?' ? name + 1 : name,
					.autoload = *name != '?' };

	if (is_text(name))
		return;
	describe(loader, &prog);
	for (uint32_t i = first; i < end; i++) {
		/* The second condition: a section of static functions has one program, its first.
		 */
		if (!loader->entries[i] && !(i == end - 1 && *count == before))
			continue;
		prog.func = loader->entries[i] ? i : first;
		if (image->progs != NULL)
			image->progs[*count] = prog;
		++*count;
	}
}

static uint32_t choose_all(const struct skep_loader *loader)
{
	const struct skep_image *image = loader->image;
	uint32_t count = 0, first = 0;

	for (uint32_t i = 1; i <= image->func_count; i++) {
		if (i < image->func_count && image->funcs[i].section == image->funcs[first].section)
			continue;
		choose_progs(loader, first, i, &count);
		first = i;
	}
	return count;
}

int skep_load_progs(struct skep_loader *loader)
{
	struct skep_image *image = loader->image;
	const uint32_t count = choose_all(loader);

	if (count == 0)
		return skep_fail(
			loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
			image->func_count == 0
				? "the object has no program: it has no instructions\n"
				  "a function in a section of its own, such as SEC(\"xdp\")\n"
				  "add one and compile again"
				: "the object has no program: its functions are all in .text\n"
				  "a function in a section of its own, such as SEC(\"xdp\")\n"
				  "give the entry point one and compile again");
	if (count > loader->limits.progs_max)
		return skep_fail(loader->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "the object has %u programs\nat most %u\nraise limits.progs_max",
				 (unsigned)count, (unsigned)loader->limits.progs_max);
	image->progs = skep_arena_array(loader->arena, count, sizeof(struct skep_image_prog));
	if (image->progs == NULL)
		return skep_fail_memory(loader->log, "programs");
	image->prog_count = choose_all(loader);
	return 0;
}
