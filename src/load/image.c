/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file's bytes in, an image out: the order of the steps, and what is done with whole sections.
 * The one idea: each section gets a role by its name, and everything else asks for the role.
 * Refuses objects without programs. Section names are those of libbpf.
 */
#include "load/load.h"

#include "base/bytes.h"
#include "load/order.h"

enum { INSN_BYTES = 8 };

char *skep_load_text(struct skep_loader *loader, const char *text)
{
	return skep_arena_text(loader->arena, text, skep_text_size(text));
}

static uint32_t or_default32(uint32_t limit, uint32_t preset)
{
	return limit != 0 ? limit : preset;
}

static void fill_limits(struct skep_limits *limits)
{
	limits->insns_max = or_default32(limits->insns_max, 1000000);
	limits->progs_max = or_default32(limits->progs_max, 4096);
	limits->maps_max = or_default32(limits->maps_max, 4096);
	limits->object_bytes_max = or_default32(limits->object_bytes_max, 256u << 20);
	if (limits->map_bytes_max == 0)
		limits->map_bytes_max = (uint64_t)4 << 30;
}

/* --------------------------------------------------------------------------- roles of sections */

static const struct role_name {
	const char *name;
	enum skep_role role;
	bool begins; /* the name, or the name and '.' or '/' and more */
} ROLE_NAMES[] = {
	{ ".data", SKEP_ROLE_DATA, true },         { ".rodata", SKEP_ROLE_DATA, true },
	{ ".bss", SKEP_ROLE_DATA, true },          { ".maps", SKEP_ROLE_BTF_MAPS, false },
	{ "maps", SKEP_ROLE_LEGACY_MAPS, true },   { "license", SKEP_ROLE_LICENSE, false },
	{ "version", SKEP_ROLE_VERSION, false },   { ".BTF", SKEP_ROLE_BTF, false },
	{ ".BTF.ext", SKEP_ROLE_BTF_EXT, false },  { ".comment", SKEP_ROLE_COMMENT, false },
	{ ".struct_ops", SKEP_ROLE_KERNEL, true }, { "?.struct_ops", SKEP_ROLE_KERNEL, true },
	{ ".addr_space", SKEP_ROLE_KERNEL, true },
};

static bool has_name(const struct role_name *row, const char *name)
{
	const size_t size = skep_text_size(row->name);

	return skep_text_begins(name, row->name) &&
	       (name[size] == '\0' || (row->begins && (name[size] == '.' || name[size] == '/')));
}

static enum skep_role role_of(const struct skep_elf_section *section)
{
	if (section->size == 0 ||
	    (section->type != SKEP_ELF_PROGBITS && section->type != SKEP_ELF_NOBITS))
		return SKEP_ROLE_NONE;
	if ((section->flags & SKEP_ELF_EXECINSTR) != 0)
		return section->data != NULL ? SKEP_ROLE_CODE : SKEP_ROLE_NONE;
	for (size_t i = 0; i < SKEP_COUNT(ROLE_NAMES); i++)
		if (has_name(&ROLE_NAMES[i], section->name))
			return ROLE_NAMES[i].role;
	return SKEP_ROLE_NONE;
}

static bool is_unique(enum skep_role role)
{
	return role == SKEP_ROLE_BTF_MAPS || role >= SKEP_ROLE_LICENSE;
}

static int give_role(struct skep_loader *loader, uint32_t index)
{
	const struct skep_elf_section section = skep_elf_section(&loader->elf, index);
	const enum skep_role role = role_of(&section);

	if (role == SKEP_ROLE_NONE)
		return 0;
	if ((section.flags & SKEP_ELF_COMPRESSED) != 0)
		return skep_fail(loader->log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
				 "section %.64s is compressed\na plain one\n"
				 "use llvm-objcopy --decompress-debug-sections",
				 section.name);
	if (section.data == NULL && role != SKEP_ROLE_DATA && role != SKEP_ROLE_KERNEL)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has no bytes in the file\nits content\n"
				 "compile the object again",
				 section.name);
	if (is_unique(role) && loader->only[role] != 0 && role != SKEP_ROLE_COMMENT)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "there are two sections named %.64s\none\n"
				 "link the parts with bpftool gen object",
				 section.name);
	loader->only[role] = index;
	loader->sections[index].role = role;
	loader->named[loader->named_count++] = index;
	return 0;
}

static bool name_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct skep_elf *elf = ctx;
	const int order =
		skep_load_compare(skep_elf_section(elf, a).name, skep_elf_section(elf, b).name);

	return order != 0 ? order < 0 : a < b;
}

uint32_t skep_load_section_named(const struct skep_loader *loader, const char *name)
{
	uint32_t low = 0, high = loader->named_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const struct skep_elf_section section =
			skep_elf_section(&loader->elf, loader->named[middle]);

		if (skep_load_compare(section.name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < loader->named_count &&
	    skep_load_compare(skep_elf_section(&loader->elf, loader->named[low]).name, name) == 0)
		return loader->named[low];
	return 0;
}

/* Remembers which relocation section is for which section that has a role. */
static int find_relocs(struct skep_loader *loader)
{
	for (uint32_t i = 1; i < loader->elf.section_count; i++) {
		const struct skep_elf_section table = skep_elf_section(&loader->elf, i);
		struct skep_loaded_section *target;

		if ((table.type != SKEP_ELF_REL && table.type != SKEP_ELF_RELA) ||
		    table.size == 0 || table.info == 0 || table.info >= loader->elf.section_count)
			continue;
		target = &loader->sections[table.info];
		if (target->role == SKEP_ROLE_NONE)
			continue;
		if (target->relocs != 0)
			return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "section %.64s has two tables of relocations\none\n"
					 "compile the object again",
					 skep_elf_section(&loader->elf, table.info).name);
		target->relocs = i;
	}
	return 0;
}

static int give_roles(struct skep_loader *loader)
{
	const uint32_t count = loader->elf.section_count;

	loader->sections =
		skep_arena_array(loader->scratch, count, sizeof(struct skep_loaded_section));
	loader->named = skep_arena_array(loader->scratch, count, sizeof(uint32_t));
	if (loader->sections == NULL || loader->named == NULL)
		return skep_fail_memory(loader->log, "sections");
	for (uint32_t i = 1; i < count; i++)
		SKEP_TRY(give_role(loader, i));
	skep_load_order(loader->named, loader->named_count, name_before, &loader->elf);
	return find_relocs(loader);
}

/* ----------------------------------------------------------------------------------- symbols */

static bool is_listed(const struct skep_loader *loader, const struct skep_elf_symbol *symbol)
{
	return symbol->section != SKEP_ELF_UNDEFINED &&
	       symbol->section < loader->elf.section_count &&
	       loader->sections[symbol->section].role >= SKEP_ROLE_CODE &&
	       loader->sections[symbol->section].role <= SKEP_ROLE_LEGACY_MAPS &&
	       symbol->type <= SKEP_ELF_FUNC && symbol->name[0] != '\0';
}

/* How good a name for what lies at its place a symbol is, the best first. */
static unsigned rank(const struct skep_elf_symbol *symbol)
{
	const bool is_label = symbol->type == SKEP_ELF_NOTYPE && symbol->binding == SKEP_ELF_LOCAL;

	return is_label ? 4
			: (symbol->type == SKEP_ELF_NOTYPE ? 2u : 0u) +
				  (symbol->binding == SKEP_ELF_LOCAL ? 1u : 0u);
}

static bool symbol_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct skep_elf_symbol x = skep_elf_symbol(ctx, a), y = skep_elf_symbol(ctx, b);

	if (x.section != y.section)
		return x.section < y.section;
	if (x.value != y.value)
		return x.value < y.value;
	if (rank(&x) != rank(&y))
		return rank(&x) < rank(&y);
	return a < b;
}

static int list_symbols(struct skep_loader *loader)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < loader->elf.symbol_count; i++) {
		const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, i);

		count += is_listed(loader, &symbol);
	}
	loader->symbols = skep_arena_array(loader->scratch, count, sizeof(uint32_t));
	if (loader->symbols == NULL)
		return skep_fail_memory(loader->log, "symbols");
	count = 0;
	for (uint32_t i = 0; i < loader->elf.symbol_count; i++) {
		const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, i);

		if (is_listed(loader, &symbol))
			loader->symbols[count++] = i;
	}
	skep_load_order(loader->symbols, count, symbol_before, &loader->elf);
	for (uint32_t i = 0; i < count; i++) {
		const struct skep_elf_symbol symbol =
			skep_elf_symbol(&loader->elf, loader->symbols[i]);
		struct skep_loaded_section *section = &loader->sections[symbol.section];

		if (section->symbol_count++ == 0)
			section->symbols = i;
	}
	return 0;
}

/* ---------------------------------------------------------------------------- whole sections */

static int read_code_section(struct skep_loader *loader, uint32_t index)
{
	const struct skep_elf_section section = skep_elf_section(&loader->elf, index);
	struct skep_image *image = loader->image;
	struct skep_image_section *out = &image->sections[image->section_count];

	if (section.size % INSN_BYTES != 0 || section.size / INSN_BYTES > INT32_MAX)
		return skep_fail(loader->log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has %llu bytes of instructions\n"
				 "a multiple of 8\ncompile the object again",
				 section.name, (unsigned long long)section.size);
	out->name = skep_load_text(loader, section.name);
	out->elf_index = index;
	out->insn_count = (uint32_t)(section.size / INSN_BYTES);
	out->insns = skep_arena_array(loader->arena, out->insn_count, sizeof(struct skep_insn));
	loader->targets[image->section_count] = skep_arena_alloc(loader->scratch, out->insn_count);
	if (out->name == NULL || out->insns == NULL ||
	    loader->targets[image->section_count] == NULL)
		return skep_fail_memory(loader->log, "instructions");
	skep_isa_read(section.data, loader->elf.big_endian, out->insn_count, out->insns);
	loader->sections[index].index = image->section_count++;
	return 0;
}

static int read_code(struct skep_loader *loader)
{
	uint32_t count = 0;

	for (uint32_t i = 1; i < loader->elf.section_count; i++)
		count += loader->sections[i].role == SKEP_ROLE_CODE;
	loader->image->sections =
		skep_arena_array(loader->arena, count, sizeof(struct skep_image_section));
	loader->targets = skep_arena_array(loader->scratch, count, sizeof(uint8_t *));
	if (loader->image->sections == NULL || loader->targets == NULL)
		return skep_fail_memory(loader->log, "sections");
	for (uint32_t i = 1; i < loader->elf.section_count; i++)
		if (loader->sections[i].role == SKEP_ROLE_CODE)
			SKEP_TRY(read_code_section(loader, i));
	return 0;
}

static int read_license(struct skep_loader *loader)
{
	const uint32_t index = loader->only[SKEP_ROLE_LICENSE];
	struct skep_elf_section section;
	size_t size = 0;

	if (index == 0)
		return 0;
	section = skep_elf_section(&loader->elf, index);
	while (size < section.size && section.data[size] != '\0')
		size++;
	loader->image->license = skep_arena_text(loader->arena, (const char *)section.data, size);
	return loader->image->license != NULL ? 0 : skep_fail_memory(loader->log, "the license");
}

static void read_version(struct skep_loader *loader)
{
	const uint32_t index = loader->only[SKEP_ROLE_VERSION];
	struct skep_elf_section section;

	if (index == 0)
		return;
	section = skep_elf_section(&loader->elf, index);
	if (section.size >= 4)
		loader->image->version = skep_elf_load32(&loader->elf, section.data);
}

static int read_btf(struct skep_loader *loader)
{
	const uint32_t btf = loader->only[SKEP_ROLE_BTF], ext = loader->only[SKEP_ROLE_BTF_EXT];
	struct skep_image *image = loader->image;
	struct skep_elf_section section;

	if (btf == 0)
		return 0;
	section = skep_elf_section(&loader->elf, btf);
	SKEP_TRY(skep_btf_read(section.data, (size_t)section.size, loader->elf.big_endian,
			       loader->arena, loader->log, &image->btf));
	SKEP_TRY(skep_load_datasecs(loader));
	if (ext == 0)
		return 0;
	section = skep_elf_section(&loader->elf, ext);
	loader->btf_ext = section.data;
	loader->btf_ext_size = (uint32_t)section.size;
	SKEP_TRY(skep_load_lines(loader));
	return skep_load_cores(loader);
}

static int load(struct skep_loader *loader, const void *bytes, size_t size)
{
	if (size > loader->limits.object_bytes_max)
		return skep_fail(
			loader->log, SKEP_E2BIG, SKEP_NO_INSN,
			"the file has %llu bytes\nat most %u\n"
			"raise limits.object_bytes_max or strip the object (llvm-strip -g)",
			(unsigned long long)size, (unsigned)loader->limits.object_bytes_max);
	SKEP_TRY(skep_elf_open(bytes, size, loader->scratch, loader->log, &loader->elf));
	loader->image->big_endian = loader->elf.big_endian;
	SKEP_TRY(give_roles(loader));
	SKEP_TRY(list_symbols(loader));
	SKEP_TRY(read_code(loader));
	SKEP_TRY(read_license(loader));
	read_version(loader);
	SKEP_TRY(read_btf(loader));
	SKEP_TRY(skep_load_externs(loader));
	SKEP_TRY(skep_load_maps(loader));
	SKEP_TRY(skep_load_relocs(loader));
	SKEP_TRY(skep_load_funcs(loader));
	SKEP_TRY(skep_load_reloc_funcs(loader));
	SKEP_TRY(skep_load_func_types(loader));
	SKEP_TRY(skep_load_progs(loader));
	SKEP_TRY(skep_load_slots(loader));
	SKEP_TRY(skep_load_vars(loader));
	return skep_load_pointers(loader);
}

int skep_load_image(const void *bytes, size_t size, const char *name,
		    const struct skep_limits *limits, const struct skep_prog_type *custom,
		    uint32_t custom_count, struct skep_arena *arena, struct skep_log *log,
		    struct skep_image *out)
{
	struct skep_log silent = { 0 };
	struct skep_arena scratch;
	struct skep_image image = { 0 };
	struct skep_loader loader = { .limits =
					      limits != NULL ? *limits : (struct skep_limits){ 0 },
				      .custom = custom,
				      .custom_count = custom_count,
				      .arena = arena,
				      .scratch = &scratch,
				      .log = log != NULL ? log : &silent,
				      .image = &image };
	const struct skep_log saved = *loader.log;
	int err;

	fill_limits(&loader.limits);
	/* An arena over one block has no port to take other memory from: it then serves both. */
	if (arena->port != NULL)
		skep_arena_init(&scratch, arena->port, arena->bytes_max);
	else
		loader.scratch = arena;
	loader.log->object = name;
	image.name = skep_load_text(&loader, name);
	err = image.name != NULL ? load(&loader, bytes, size)
				 : skep_fail_memory(loader.log, "the object's name");
	if (arena->port != NULL)
		skep_arena_free(&scratch);
	loader.log->object = saved.object;
	loader.log->prog = saved.prog;
	loader.log->locate = saved.locate;
	loader.log->locate_ctx = saved.locate_ctx;
	if (err == 0)
		*out = image;
	return err;
}
