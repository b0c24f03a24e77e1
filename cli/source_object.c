/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An assembly file's sections in, an ELF object out, as clang would have written it: code, data and
 * licence, maps described by BTF in .maps, symbols for functions and maps, relocations for what
 * refers to them. Little-endian. Sources: the ELF specification; LLVM's docs/BPF for relocations;
 * the kernel's Documentation/bpf/btf.rst.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "source.h"

enum {
	EM_BPF = 247,
	SHT_PROGBITS = 1,
	SHT_SYMTAB = 2,
	SHT_STRTAB = 3,
	SHT_NOBITS = 8,
	SHT_REL = 9,
	SHF_WRITE = 1,
	SHF_ALLOC = 2,
	SHF_EXECINSTR = 4,
	SHF_INFO_LINK = 0x40,
	STT_OBJECT = 1,
	STT_FUNC = 2,
	STT_SECTION = 3,
	STB_GLOBAL = 1 << 4,
	R_BPF_64_64 = 1,
	R_BPF_64_32 = 10,
	HEADER_BYTES = 64,
	SYMBOL_BYTES = 24,
	LDDW = 0x18,
	PSEUDO_MAP_VALUE = 2,
	PSEUDO_MAP_IDX_VALUE = 6,
};

enum {
	BTF_INT = 1,
	BTF_PTR = 2,
	BTF_ARRAY = 3,
	BTF_STRUCT = 4,
	BTF_VAR = 14,
	BTF_DATASEC = 15,
	BTF_HEADER_BYTES = 24,
	MEMBERS = 5,
	MAP_BYTES = 8 * MEMBERS, /* of a definition: a pointer for each member */
};

/* A section header to be, and its content. */
struct out_section {
	uint32_t name; /* in the strings */
	uint32_t type, flags, link, info, align, entry_size;
	uint64_t size; /* as in `bytes`, but for NOBITS */
	struct bytes bytes;
};

struct object {
	const struct source *source;
	struct bytes sections; /* array */
	struct bytes strings;  /* of all names */
	struct bytes symbols;
	uint32_t symbol_count;
	uint32_t first_section; /* the ELF index of the source's section 0 */
	uint32_t maps_section;
	uint32_t first_data, first_map, first_function, first_extern; /* symbols */
};

static void put(struct bytes *bytes, uint64_t value, unsigned size)
{
	unsigned char *place = bytes_append(bytes, NULL, size);

	for (unsigned i = 0; i < size && i < sizeof(value); i++)
		place[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t put_string(struct bytes *strings, const char *text)
{
	const uint32_t place = (uint32_t)strings->size;

	bytes_append(strings, text, strlen(text) + 1);
	return place;
}

static struct out_section *add_section(struct object *object, const char *name, uint32_t type,
				       uint32_t flags)
{
	struct out_section *section = bytes_append(&object->sections, NULL, sizeof(*section));

	section->name = put_string(&object->strings, name);
	section->type = type;
	section->flags = flags;
	section->align = 1;
	return section;
}

static uint32_t section_count(const struct object *object)
{
	return (uint32_t)(object->sections.size / sizeof(struct out_section));
}

static struct out_section *out_section(const struct object *object, uint32_t index)
{
	return (struct out_section *)object->sections.data + index;
}

static uint32_t add_symbol(struct object *object, const char *name, uint32_t info, uint32_t section,
			   uint64_t value, uint64_t size)
{
	put(&object->symbols, name != NULL ? put_string(&object->strings, name) : 0, 4);
	put(&object->symbols, info, 1);
	put(&object->symbols, 0, 1);
	put(&object->symbols, section, 2);
	put(&object->symbols, value, 8);
	put(&object->symbols, size, 8);
	return object->symbol_count++;
}

/* ------------------------------------------------------------------------------------- sections */

static void put_insn(struct bytes *bytes, const struct skep_insn *insn)
{
	put(bytes, insn->code, 1);
	put(bytes, (uint64_t)insn->src_reg << 4 | insn->dst_reg, 1);
	put(bytes, (uint16_t)insn->off, 2);
	put(bytes, (uint32_t)insn->imm, 4);
}

/* Whether lddw means the map's value, not the map. */
static bool is_value(const struct skep_insn *insn)
{
	return insn->src_reg == PSEUDO_MAP_VALUE || insn->src_reg == PSEUDO_MAP_IDX_VALUE;
}

/* The instructions with what a linker expects where a relocation is: nothing in lddw but an offset
 * into a data section. */
static void put_code(struct bytes *bytes, const struct source_section *section)
{
	uint32_t next = 0;
	bool second = false;

	for (uint32_t i = 0; i < section->insn_count; i++) {
		struct skep_insn insn = section->insns[i];

		while (next < reference_count(section) && reference_at(section, next)->insn < i)
			next++;
		if (second)
			insn.imm = 0;
		second = false;
		if (next < reference_count(section) && reference_at(section, next)->insn == i &&
		    insn.code == LDDW) {
			insn.imm = is_value(&insn) ? section->insns[i + 1].imm : 0;
			insn.src_reg = 0;
			second = true;
		}
		put_insn(bytes, &insn);
	}
}

static void add_sections(struct object *object)
{
	const struct source *source = object->source;

	object->first_section = section_count(object);
	for (uint32_t i = 0; i < source_section_count(source); i++) {
		const struct source_section *from = source_section(source, i);
		const bool is_bss = strncmp(from->name, ".bss", 4) == 0;
		const bool is_constant = strncmp(from->name, ".rodata", 7) == 0;
		struct out_section *to;

		to = add_section(object, from->name,
				 from->is_data && is_bss ? SHT_NOBITS : SHT_PROGBITS,
				 SHF_ALLOC | (!from->is_data ? SHF_EXECINSTR
					      : is_constant  ? 0
							     : SHF_WRITE));
		to->align = 8;
		if (!from->is_data)
			put_code(&to->bytes, from);
		else if (!is_bss)
			bytes_append(&to->bytes, from->data.data, from->data.size);
		to->size = from->is_data ? from->data.size : to->bytes.size;
	}
}

/* -------------------------------------------------------------------------------------- symbols */

/* Instructions of the function that begins at a label: up to the next one. */
static uint32_t function_size(const struct source_section *section, uint32_t index)
{
	const uint32_t start = label_at(section, index)->insn;

	while (++index < label_count(section))
		if (label_at(section, index)->is_function && label_at(section, index)->insn > start)
			return label_at(section, index)->insn - start;
	return section->insn_count - start;
}

static void add_symbols(struct object *object)
{
	const struct source *source = object->source;

	add_symbol(object, NULL, 0, 0, 0, 0);
	object->first_data = object->symbol_count;
	for (uint32_t i = 0; i < source_section_count(source); i++)
		add_symbol(object, NULL, STT_SECTION, object->first_section + i, 0, 0);
	object->first_map = object->symbol_count;
	for (uint32_t i = 0; i < source_map_count(source); i++)
		add_symbol(object, source_map(source, i)->name, STB_GLOBAL | STT_OBJECT,
			   object->maps_section, (uint64_t)i * MAP_BYTES, MAP_BYTES);
	object->first_function = object->symbol_count;
	for (uint32_t i = 0; i < source_section_count(source); i++) {
		const struct source_section *section = source_section(source, i);

		for (uint32_t j = 0; j < label_count(section); j++)
			if (label_at(section, j)->is_function)
				add_symbol(object, label_at(section, j)->name,
					   STB_GLOBAL | STT_FUNC, object->first_section + i,
					   (uint64_t)label_at(section, j)->insn * 8,
					   (uint64_t)function_size(section, j) * 8);
	}
	object->first_extern = object->symbol_count;
	for (size_t i = 0; i < source->externs.size / sizeof(char *); i++)
		add_symbol(object, ((char **)source->externs.data)[i], STB_GLOBAL, 0, 0, 0);
}

/* The symbol of a function; it is in the file, or .extern. */
static uint32_t function_symbol(const struct object *object, const char *name)
{
	const struct source *source = object->source;
	uint32_t symbol = object->first_function;

	for (uint32_t i = 0; i < source_section_count(source); i++) {
		const struct source_section *section = source_section(source, i);

		for (uint32_t j = 0; j < label_count(section); j++) {
			if (!label_at(section, j)->is_function)
				continue;
			if (strcmp(label_at(section, j)->name, name) == 0)
				return symbol;
			symbol++;
		}
	}
	return object->first_extern + (uint32_t)source_extern(source, name, strlen(name));
}

static uint32_t symbol_of(const struct object *object, const struct reference *reference)
{
	switch (reference->kind) {
	case REFERENCE_MAP: return object->first_map + reference->target;
	case REFERENCE_DATA: return object->first_data + reference->target;
	default: return function_symbol(object, reference->name);
	}
}

/* Needs the symbol table's index to come. */
static void add_relocations(struct object *object, uint32_t symbol_table)
{
	static const char prefix[] = ".rel";
	const struct source *source = object->source;

	for (uint32_t i = 0; i < source_section_count(source); i++) {
		const struct source_section *section = source_section(source, i);
		struct out_section *to;
		char *name;

		if (reference_count(section) == 0)
			continue;
		name = allocate(strlen(section->name) + sizeof(prefix), 1);
		memcpy(name, prefix, sizeof(prefix));
		strcat(name, section->name);
		to = add_section(object, name, SHT_REL, SHF_INFO_LINK);
		free(name);
		to->link = symbol_table;
		to->info = object->first_section + i;
		to->align = 8;
		to->entry_size = 16;
		for (uint32_t j = 0; j < reference_count(section); j++) {
			const struct reference *reference = reference_at(section, j);
			const bool is_call = section->insns[reference->insn].code != LDDW;

			put(&to->bytes, (uint64_t)reference->insn * 8, 8);
			put(&to->bytes, is_call ? R_BPF_64_32 : R_BPF_64_64, 4);
			put(&to->bytes, symbol_of(object, reference), 4);
		}
		to->size = to->bytes.size;
	}
}

/* ------------------------------------------------------------------------------------------ BTF */

struct btf {
	struct bytes types, strings;
	uint32_t count;
};

static uint32_t add_type(struct btf *btf, const char *name, uint32_t kind, uint32_t items,
			 uint32_t size)
{
	put(&btf->types, name != NULL ? put_string(&btf->strings, name) : 0, 4);
	put(&btf->types, kind << 24 | items, 4);
	put(&btf->types, size, 4);
	return ++btf->count;
}

/* A number, as the type of a pointer to an array of so many: the __uint() of libbpf. */
static uint32_t add_number(struct btf *btf, uint32_t number)
{
	const uint32_t array = add_type(btf, NULL, BTF_ARRAY, 0, 0);

	put(&btf->types, 1, 4);
	put(&btf->types, 1, 4);
	put(&btf->types, number, 4);
	return add_type(btf, NULL, BTF_PTR, 0, array);
}

/* A map's definition; gives the type of its variable. */
static uint32_t add_definition(struct btf *btf, const struct source_map *map)
{
	const struct {
		const char *name;
		uint32_t number;
	} members[MEMBERS] = { { "type", map->type },
			       { "key_size", map->key_size },
			       { "value_size", map->value_size },
			       { "max_entries", map->max_entries },
			       { "map_flags", map->flags } };
	uint32_t types[MEMBERS], count = 0, structure;

	for (unsigned i = 0; i < MEMBERS; i++) {
		types[i] = members[i].number != 0 ? add_number(btf, members[i].number) : 0;
		count += members[i].number != 0;
	}
	structure = add_type(btf, NULL, BTF_STRUCT, count, MAP_BYTES);
	for (unsigned i = 0, place = 0; i < MEMBERS; i++) {
		if (types[i] == 0)
			continue;
		put(&btf->types, put_string(&btf->strings, members[i].name), 4);
		put(&btf->types, types[i], 4);
		put(&btf->types, 64u * place++, 4);
	}
	add_type(btf, map->name, BTF_VAR, 0, structure);
	put(&btf->types, 1, 4); /* global */
	return btf->count;
}

/* The sections .maps and .BTF. */
static void add_maps(struct object *object)
{
	const uint32_t count = source_map_count(object->source);
	struct bytes variables = { 0 };
	struct out_section *section;
	struct btf btf = { 0 };

	object->maps_section = section_count(object);
	section = add_section(object, ".maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE);
	section->align = 8;
	section->size = (uint64_t)count * MAP_BYTES;
	bytes_append(&section->bytes, NULL, section->size);

	put_string(&btf.strings, "");
	add_type(&btf, "int", BTF_INT, 0, 4);
	put(&btf.types, 1u << 24 | 32, 4); /* signed, of 32 bits */
	for (uint32_t i = 0; i < count; i++) {
		put(&variables, add_definition(&btf, source_map(object->source, i)), 4);
		put(&variables, (uint64_t)i * MAP_BYTES, 4);
		put(&variables, MAP_BYTES, 4);
	}
	add_type(&btf, ".maps", BTF_DATASEC, count, count * MAP_BYTES);
	bytes_append(&btf.types, variables.data, variables.size);

	section = add_section(object, ".BTF", SHT_PROGBITS, 0);
	section->align = 4;
	put(&section->bytes, 0xeb9f, 2);
	put(&section->bytes, 1, 1);
	put(&section->bytes, 0, 1);
	put(&section->bytes, BTF_HEADER_BYTES, 4);
	put(&section->bytes, 0, 4);
	put(&section->bytes, btf.types.size, 4);
	put(&section->bytes, btf.types.size, 4);
	put(&section->bytes, btf.strings.size, 4);
	bytes_append(&section->bytes, btf.types.data, btf.types.size);
	bytes_append(&section->bytes, btf.strings.data, btf.strings.size);
	section->size = section->bytes.size;
	bytes_free(&btf.types);
	bytes_free(&btf.strings);
	bytes_free(&variables);
}

/* --------------------------------------------------------------------------------------- output */

static void put_header(struct bytes *bytes, uint64_t section_headers, uint32_t count,
		       uint32_t names)
{
	static const unsigned char ident[16] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	bytes_append(bytes, ident, sizeof(ident));
	put(bytes, 1, 2); /* relocatable */
	put(bytes, EM_BPF, 2);
	put(bytes, 1, 4);
	put(bytes, 0, 16);
	put(bytes, section_headers, 8);
	put(bytes, 0, 4);
	put(bytes, HEADER_BYTES, 2);
	put(bytes, 0, 4);
	put(bytes, HEADER_BYTES, 2);
	put(bytes, count, 2);
	put(bytes, names, 2);
}

static void pad(struct bytes *bytes, size_t align)
{
	bytes_append(bytes, NULL, (align - bytes->size % align) % align);
}

/* All sections, then their headers; the last one is the table of names. */
static void put_file(struct object *object, FILE *out)
{
	const uint32_t count = section_count(object);
	struct bytes file = { 0 }, headers = { 0 }, header = { 0 };

	bytes_append(&file, NULL, HEADER_BYTES);
	for (uint32_t i = 0; i < count; i++) {
		const struct out_section *section = out_section(object, i);
		const bool is_null = i == 0;

		pad(&file, is_null ? 1 : section->align);
		put(&headers, section->name, 4);
		put(&headers, section->type, 4);
		put(&headers, section->flags, 8);
		put(&headers, 0, 8);
		put(&headers, is_null ? 0 : file.size, 8);
		put(&headers, section->size, 8);
		put(&headers, section->link, 4);
		put(&headers, section->info, 4);
		put(&headers, is_null ? 0 : section->align, 8);
		put(&headers, section->entry_size, 8);
		bytes_append(&file, section->bytes.data, section->bytes.size);
	}
	pad(&file, 8);
	put_header(&header, file.size, count, count - 1);
	memcpy(file.data, header.data, HEADER_BYTES);
	fwrite(file.data, 1, file.size, out);
	fwrite(headers.data, 1, headers.size, out);
	bytes_free(&file);
	bytes_free(&headers);
	bytes_free(&header);
}

static void add_license(struct object *object)
{
	const char *license = object->source->license;
	struct out_section *section;

	if (license == NULL)
		return;
	section = add_section(object, "license", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE);
	bytes_append(&section->bytes, license, strlen(license) + 1);
	section->size = section->bytes.size;
}

/* The symbols, and as the last section the names of everything. */
static void add_tables(struct object *object, uint32_t symbol_table)
{
	struct out_section *section = add_section(object, ".symtab", SHT_SYMTAB, 0);

	section->link = symbol_table + 1;
	section->info = object->first_map; /* the first that is not local */
	section->align = 8;
	section->entry_size = SYMBOL_BYTES;
	section->bytes = object->symbols;
	section->size = section->bytes.size;
	section = add_section(object, ".strtab", SHT_STRTAB, 0);
	section->bytes = object->strings;
	section->size = section->bytes.size;
}

void source_write_object(const struct source *source, FILE *out)
{
	struct object object = { .source = source };
	uint32_t relocated = 0;

	for (uint32_t i = 0; i < source_section_count(source); i++)
		relocated += reference_count(source_section(source, i)) != 0;
	add_section(&object, "", 0, 0);
	add_sections(&object);
	add_license(&object);
	if (source_map_count(source) != 0)
		add_maps(&object);
	add_symbols(&object);
	add_relocations(&object, section_count(&object) + relocated);
	add_tables(&object, section_count(&object));
	put_file(&object, out);
	for (uint32_t i = 0; i < section_count(&object); i++)
		bytes_free(&out_section(&object, i)->bytes);
	bytes_free(&object.sections);
}

enum status source_write_raw(const struct source *source, FILE *out)
{
	const struct source_section *code = NULL;
	struct bytes bytes = { 0 };

	for (uint32_t i = 0; i < source_section_count(source); i++) {
		const struct source_section *section = source_section(source, i);

		if (section->is_data)
			continue;
		if (code != NULL)
			return complain("%s: there are instructions in %s and in %s; needed with "
					"--raw: one section of them",
					source->path, code->name, section->name);
		code = section;
	}
	for (uint32_t i = 0; code != NULL && i < code->insn_count; i++)
		put_insn(&bytes, &code->insns[i]);
	fwrite(bytes.data, 1, bytes.size, out);
	bytes_free(&bytes);
	return STATUS_DONE;
}
