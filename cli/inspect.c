/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep inspect: an object goes in, everything that is known of it comes out: what stands in the
 * file, and what is made of it. Of an object that cannot be loaded the first half still does, with
 * the reason for the other.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "memory.h"
#include "object.h"
#include "options.h"
#include "table.h"
#include "target.h"
#include "value.h"
#include "writer.h"

static const char HELP[] =
	"usage: skep inspect OBJECT [OPTIONS]\n"
	"\n"
	"Shows all there is in an object: sections, programs, maps, variables, externs,\n"
	"relocations, CO-RE relocations with their answers, line information and BTF. An object\n"
	"that cannot be loaded is shown as far as it can be read; exit status 1.\n"
	"\n" TARGET_HELP "  --json  one object: object, bytes, big_endian, license, version, "
	"problem (why it cannot\n"
	"          be loaded, or null), sections (index, name, type, flags, size, relocations:\n"
	"          offset, type, symbol, addend), symbols (name, section, value, size, type,\n"
	"          binding, visibility), programs (name, section, type, autoload, insns, lines),\n"
	"          maps (name, type, key_size, value_size, max_entries, flags, key_type,\n"
	"          value_type), variables (name, section, offset, size, type, read_only), externs\n"
	"          (name, section, type, weak), core (section, insn, question, path, access,\n"
	"          absent), btf (types, kinds)\n"
	"\n"
	"example: skep inspect flows.bpf.o\n";

static const struct option OPTIONS[] = {
	TARGET_OPTION_ROWS,
	OPTION_ROWS_OF_ALL,
};

enum { TEXT_BYTES = 256, FIRST_RESERVED = 0xff00, KINDS = 20 };

/* An object being looked at. */
struct inspection {
	const struct file *bytes;
	const struct skep_file *file;
	const struct skep_object *object; /* NULL: it cannot be loaded */
	const char *problem;              /* why; NULL where it can */
};

/* ------------------------------------------------------------------------------------- words */

/* A row's name, or its number. */
static const char *word(const char *const *words, size_t count, uint32_t number, char text[16])
{
	if (number < count && words[number] != NULL)
		return words[number];
	snprintf(text, 16, "%u", (unsigned)number);
	return text;
}

static const char *section_type(uint32_t type, char text[16])
{
	static const char *const WORDS[] = { "null", "progbits", "symtab", "strtab", "rela",
					     NULL,   NULL,       "note",   "nobits", "rel" };

	return word(WORDS, sizeof(WORDS) / sizeof(WORDS[0]), type, text);
}

static const char *symbol_type(uint32_t type, char text[16])
{
	static const char *const WORDS[] = { "notype", "object", "func", "section", "file" };

	return word(WORDS, sizeof(WORDS) / sizeof(WORDS[0]), type, text);
}

static const char *binding(uint32_t number, char text[16])
{
	static const char *const WORDS[] = { "local", "global", "weak" };

	return word(WORDS, sizeof(WORDS) / sizeof(WORDS[0]), number, text);
}

static const char *visibility(uint32_t number, char text[16])
{
	static const char *const WORDS[] = { "default", "internal", "hidden", "protected" };

	return word(WORDS, sizeof(WORDS) / sizeof(WORDS[0]), number, text);
}

static const char *const KIND_WORDS[KINDS] = {
	"void", "int",     "ptr",      "array",    "struct",   "union",  "enum",
	"fwd",  "typedef", "volatile", "const",    "restrict", "func",   "func_proto",
	"var",  "datasec", "float",    "decl_tag", "type_tag", "enum64",
};

/* "WAX" and the like, as other tools write them. */
static const char *flags_text(uint64_t flags, char text[16])
{
	static const struct {
		uint64_t flag;
		char letter;
	} LETTERS[] = { { 0x1, 'W' }, { 0x2, 'A' }, { 0x4, 'X' }, { 0x10, 'M' }, { 0x20, 'S' } };
	size_t size = 0;

	for (size_t i = 0; i < sizeof(LETTERS) / sizeof(LETTERS[0]); i++)
		if ((flags & LETTERS[i].flag) != 0)
			text[size++] = LETTERS[i].letter;
	text[size] = '\0';
	return text;
}

/* The name of a symbol; one of a section is known by that. */
static const char *symbol_name(const struct skep_file *file, const struct skep_symbol_info *symbol)
{
	struct skep_section_info section;

	if (symbol->name[0] == '\0' && symbol->section != 0 &&
	    skep_file_section(file, symbol->section, &section) == 0)
		return section.name;
	return symbol->name;
}

/* -------------------------------------------------------------------------------- questions */

/* The section that BTF says an extern is declared in, or NULL; its type in `*type`. */
static const char *declared_in(const struct skep_btf *btf, const char *name, uint32_t *type)
{
	struct skep_btf_member member;
	struct skep_btf_type datasec;

	*type = 0;
	for (uint32_t id = 1; btf != NULL && skep_btf_type(btf, id, &datasec) == 0; id++) {
		if (datasec.kind != SKEP_BTF_DATASEC)
			continue;
		for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
			if (strcmp(member.name, name) != 0)
				continue;
			*type = member.type;
			return datasec.name;
		}
	}
	return NULL;
}

/* The next extern from symbol `*index` on; false: there is none. */
static bool next_extern(const struct skep_file *file, uint32_t *index, struct skep_symbol_info *out)
{
	for (; skep_file_symbol(file, *index, out) == 0; ++*index)
		if (out->section == 0 && out->name[0] != '\0') {
			++*index;
			return true;
		}
	return false;
}

/* How many source lines begin in a program. */
static uint32_t line_count(const struct skep_prog *prog)
{
	struct listing listing = { .prog = prog };
	uint32_t count = 0;

	for (; listing_look(&listing); listing.index += listing.slots)
		count += listing.line.file != NULL;
	return count;
}

static void count_kinds(const struct skep_btf *btf, uint32_t counts[KINDS])
{
	struct skep_btf_type type;

	for (uint32_t id = 1; skep_btf_type(btf, id, &type) == 0; id++)
		if ((unsigned)type.kind < KINDS)
			counts[type.kind]++;
}

/* -------------------------------------------------------------------------------------- text */

static void print_heading(const char *text)
{
	printf("\n%s\n", text);
}

static void print_sections(const struct inspection *inspection)
{
	static const char *const HEADINGS[] = { ">#",    "name",   "type",
						"flags", ">bytes", ">relocations" };
	struct table *table = table_open(HEADINGS, 6);
	struct skep_section_info section;
	char type[16], flags[16];

	print_heading("sections");
	for (uint32_t i = 1; skep_file_section(inspection->file, i, &section) == 0; i++) {
		table_cell(table, "%u", (unsigned)i);
		table_cell(table, "%s", section.name);
		table_cell(table, "%s", section_type(section.type, type));
		table_cell(table, "%s", flags_text(section.flags, flags));
		table_cell(table, "%llu", (unsigned long long)section.size);
		table_cell(table, "%u", (unsigned)section.reloc_count);
	}
	table_close(table, stdout, 2);
}

static void print_symbols(const struct inspection *inspection)
{
	static const char *const HEADINGS[] = { "name", "section", ">offset",   ">bytes",
						"type", "binding", "visibility" };
	struct table *table = table_open(HEADINGS, 7);
	struct skep_section_info section;
	struct skep_symbol_info symbol;
	char text[16];

	print_heading("symbols");
	for (uint32_t i = 1; skep_file_symbol(inspection->file, i, &symbol) == 0; i++) {
		table_cell(table, "%s", symbol_name(inspection->file, &symbol));
		if (symbol.section == 0)
			table_cell(table, "undefined");
		else if (skep_file_section(inspection->file, symbol.section, &section) == 0)
			table_cell(table, "%s", section.name);
		else
			table_cell(table, "0x%x", (unsigned)symbol.section);
		table_cell(table, "%llu", (unsigned long long)symbol.value);
		table_cell(table, "%llu", (unsigned long long)symbol.size);
		table_cell(table, "%s", symbol_type(symbol.type, text));
		table_cell(table, "%s", binding(symbol.binding, text));
		table_cell(table, "%s", visibility(symbol.visibility, text));
	}
	table_close(table, stdout, 2);
}

static void print_externs(const struct inspection *inspection)
{
	static const char *const HEADINGS[] = { "name", "section", "type", "binding" };
	const struct skep_btf *btf = skep_file_btf(inspection->file);
	struct skep_symbol_info symbol;
	struct table *table;
	uint32_t index = 1, type;
	char text[TEXT_BYTES], number[16];

	if (!next_extern(inspection->file, &index, &symbol))
		return;
	print_heading("externs");
	table = table_open(HEADINGS, 4);
	do {
		const char *section = declared_in(btf, symbol.name, &type);

		value_type_text(btf, type, text, sizeof(text));
		table_cell(table, "%s", symbol.name);
		table_cell(table, "%s", section != NULL ? section : "-");
		table_cell(table, "%s", text[0] != '\0' ? text : "-");
		table_cell(table, "%s", binding(symbol.binding, number));
	} while (next_extern(inspection->file, &index, &symbol));
	table_close(table, stdout, 2);
}

static void print_relocations(const struct inspection *inspection)
{
	static const char *const HEADINGS[] = { ">offset", "type", "symbol", ">addend" };
	struct skep_section_info section;

	for (uint32_t i = 1; skep_file_section(inspection->file, i, &section) == 0; i++) {
		struct skep_reloc_info reloc;
		struct table *table;

		if (section.reloc_count == 0)
			continue;
		fputs("\nrelocations of ", stdout);
		listing_print_safe(section.name);
		putchar('\n');
		table = table_open(HEADINGS, 4);
		for (uint32_t k = 0; skep_file_reloc(inspection->file, i, k, &reloc) == 0; k++) {
			struct skep_symbol_info symbol;

			skep_file_symbol(inspection->file, reloc.symbol, &symbol);
			table_cell(table, "%llu", (unsigned long long)reloc.offset);
			table_cell(table, "%s", reloc.type_name);
			table_cell(table, "%s", symbol_name(inspection->file, &symbol));
			table_cell(table, "%lld", (long long)reloc.addend);
		}
		table_close(table, stdout, 2);
	}
}

static void print_programs(const struct skep_object *object)
{
	static const char *const HEADINGS[] = { "name", "section", "type", ">instructions",
						">source lines" };
	struct table *table = table_open(HEADINGS, 5);
	const struct skep_prog *prog;
	struct skep_prog_info info;
	char text[16];

	print_heading("programs");
	for (uint32_t i = 0; (prog = skep_object_prog(object, i)) != NULL; i++) {
		skep_prog_info(prog, &info);
		table_cell(table, "%s", info.name);
		table_cell(table, "%s", info.section);
		table_cell(table, "%s", prog_type_text(info.type, text));
		table_cell(table, "%u", (unsigned)info.insn_count);
		table_cell(table, "%u", (unsigned)line_count(prog));
	}
	table_close(table, stdout, 2);
}

static void print_maps(const struct skep_object *object)
{
	static const char *const HEADINGS[] = { "name",         "type",     ">key",      ">value",
						">max_entries", "key type", "value type" };
	const struct skep_btf *btf = skep_object_btf(object);
	struct skep_map *map = skep_object_map(object, 0);
	char text[TEXT_BYTES];
	struct table *table;

	if (map == NULL)
		return;
	print_heading("maps");
	table = table_open(HEADINGS, 7);
	for (uint32_t i = 0; (map = skep_object_map(object, i)) != NULL; i++) {
		const struct skep_map_def *def = skep_map_def(map);

		table_cell(table, "%s", skep_map_name(map));
		table_cell(table, "%s", map_type_text(map, text));
		table_cell(table, "%u", (unsigned)def->key_size);
		table_cell(table, "%u", (unsigned)def->value_size);
		table_cell(table, "%u", (unsigned)def->max_entries);
		value_type_text(btf, skep_map_key_type(map), text, sizeof(text));
		table_cell(table, "%s", text);
		value_type_text(btf, skep_map_value_type(map), text, sizeof(text));
		table_cell(table, "%s", text);
	}
	table_close(table, stdout, 2);
}

static void print_variables(const struct skep_object *object)
{
	static const char *const HEADINGS[] = { "name", "section", ">offset", ">bytes", "type" };
	const struct skep_btf *btf = skep_object_btf(object);
	char text[TEXT_BYTES];
	struct table *table;
	struct skep_var var;

	if (skep_object_var(object, 0, &var) != 0)
		return;
	print_heading("variables");
	table = table_open(HEADINGS, 5);
	for (uint32_t i = 0; skep_object_var(object, i, &var) == 0; i++) {
		value_type_text(btf, var.type, text, sizeof(text));
		table_cell(table, "%s", var.name);
		table_cell(table, "%s", var.section);
		table_cell(table, "%u", (unsigned)var.offset);
		table_cell(table, "%u", (unsigned)var.size);
		table_cell(table, "%s", text);
	}
	table_close(table, stdout, 2);
}

static void print_core(const struct skep_object *object)
{
	static const char *const HEADINGS[] = { "section", ">instruction", "asks for", "of",
						"answer" };
	struct skep_core_info core;
	char path[TEXT_BYTES];
	struct table *table;

	if (skep_object_core(object, 0, &core, path, sizeof(path)) != 0)
		return;
	print_heading("CO-RE relocations");
	table = table_open(HEADINGS, 5);
	for (uint32_t i = 0; skep_object_core(object, i, &core, path, sizeof(path)) == 0; i++) {
		table_cell(table, "%s", core.section);
		table_cell(table, "%u", (unsigned)core.insn);
		table_cell(table, "%s", core.question);
		table_cell(table, "%s", path);
		table_cell(table, "%s", core.absent != NULL ? core.absent : "yes");
	}
	table_close(table, stdout, 2);
}

static void print_btf(const struct inspection *inspection)
{
	const struct skep_btf *btf = skep_file_btf(inspection->file);
	uint32_t counts[KINDS] = { 0 };

	if (btf == NULL)
		return;
	count_kinds(btf, counts);
	printf("\nBTF: %u types:", (unsigned)skep_btf_count(btf));
	for (unsigned kind = 1, printed = 0; kind < KINDS; kind++)
		if (counts[kind] > 0)
			printf("%s %u %s", printed++ > 0 ? "," : "", (unsigned)counts[kind],
			       KIND_WORDS[kind]);
	putchar('\n');
}

static void print(const struct inspection *inspection)
{
	const char *license =
		inspection->object != NULL ? skep_object_license(inspection->object) : NULL;

	listing_print_safe(inspection->bytes->path);
	printf(": %zu bytes, %s-endian", inspection->bytes->size,
	       skep_file_big_endian(inspection->file) ? "big" : "little");
	if (license != NULL) {
		fputs(", license ", stdout);
		listing_print_safe(license);
	}
	putchar('\n');
	print_sections(inspection);
	if (inspection->object != NULL) {
		print_programs(inspection->object);
		print_maps(inspection->object);
		print_variables(inspection->object);
	}
	print_externs(inspection);
	print_symbols(inspection);
	print_relocations(inspection);
	if (inspection->object != NULL)
		print_core(inspection->object);
	print_btf(inspection);
}

/* -------------------------------------------------------------------------------------- JSON */

static void write_type(struct writer *writer, const char *name, const struct skep_btf *btf,
		       uint32_t type)
{
	char text[TEXT_BYTES];

	value_type_text(btf, type, text, sizeof(text));
	writer_member_string(writer, name, text[0] != '\0' ? text : NULL);
}

static void write_section(struct writer *writer, const struct skep_file *file, uint32_t index,
			  const struct skep_section_info *section)
{
	struct skep_reloc_info reloc;
	char text[16];

	writer_open_object(writer);
	writer_member_unsigned(writer, "index", index);
	writer_member_string(writer, "name", section->name);
	writer_member_string(writer, "type", section_type(section->type, text));
	writer_member_string(writer, "flags", flags_text(section->flags, text));
	writer_member_unsigned(writer, "size", section->size);
	writer_key(writer, "relocations");
	writer_open_list(writer);
	for (uint32_t i = 0; skep_file_reloc(file, index, i, &reloc) == 0; i++) {
		struct skep_symbol_info symbol;

		skep_file_symbol(file, reloc.symbol, &symbol);
		writer_open_object(writer);
		writer_member_unsigned(writer, "offset", reloc.offset);
		writer_member_string(writer, "type", reloc.type_name);
		writer_member_string(writer, "symbol", symbol_name(file, &symbol));
		writer_key(writer, "addend");
		writer_signed(writer, reloc.addend);
		writer_close_object(writer);
	}
	writer_close_list(writer);
	writer_close_object(writer);
}

static void write_sections(struct writer *writer, const struct skep_file *file)
{
	struct skep_section_info section;

	writer_key(writer, "sections");
	writer_open_list(writer);
	for (uint32_t i = 1; skep_file_section(file, i, &section) == 0; i++)
		write_section(writer, file, i, &section);
	writer_close_list(writer);
}

static void write_symbols(struct writer *writer, const struct skep_file *file)
{
	struct skep_section_info section;
	struct skep_symbol_info symbol;
	char text[16];

	writer_key(writer, "symbols");
	writer_open_list(writer);
	for (uint32_t i = 1; skep_file_symbol(file, i, &symbol) == 0; i++) {
		const bool is_there = symbol.section != 0 &&
				      skep_file_section(file, symbol.section, &section) == 0;

		writer_open_object(writer);
		writer_member_string(writer, "name", symbol_name(file, &symbol));
		writer_member_string(writer, "section", is_there ? section.name : NULL);
		writer_member_unsigned(writer, "value", symbol.value);
		writer_member_unsigned(writer, "size", symbol.size);
		writer_member_string(writer, "type", symbol_type(symbol.type, text));
		writer_member_string(writer, "binding", binding(symbol.binding, text));
		writer_member_string(writer, "visibility", visibility(symbol.visibility, text));
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void write_externs(struct writer *writer, const struct skep_file *file)
{
	const struct skep_btf *btf = skep_file_btf(file);
	struct skep_symbol_info symbol;
	uint32_t index = 1, type;

	writer_key(writer, "externs");
	writer_open_list(writer);
	while (next_extern(file, &index, &symbol)) {
		const char *section = declared_in(btf, symbol.name, &type);

		writer_open_object(writer);
		writer_member_string(writer, "name", symbol.name);
		writer_member_string(writer, "section", section);
		write_type(writer, "type", btf, type);
		writer_key(writer, "weak");
		writer_bool(writer, symbol.binding == 2);
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void write_programs(struct writer *writer, const struct skep_object *object)
{
	const struct skep_prog *prog;
	struct skep_prog_info info;
	char text[16];

	writer_key(writer, "programs");
	writer_open_list(writer);
	for (uint32_t i = 0; object != NULL && (prog = skep_object_prog(object, i)) != NULL; i++) {
		skep_prog_info(prog, &info);
		writer_open_object(writer);
		writer_member_string(writer, "name", info.name);
		writer_member_string(writer, "section", info.section);
		writer_member_string(writer, "type", prog_type_text(info.type, text));
		writer_member_unsigned(writer, "insns", info.insn_count);
		writer_member_unsigned(writer, "lines", line_count(prog));
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void write_maps(struct writer *writer, const struct skep_object *object)
{
	struct skep_map *map;
	char text[16];

	writer_key(writer, "maps");
	writer_open_list(writer);
	for (uint32_t i = 0; object != NULL && (map = skep_object_map(object, i)) != NULL; i++) {
		const struct skep_map_def *def = skep_map_def(map);

		writer_open_object(writer);
		writer_member_string(writer, "name", skep_map_name(map));
		writer_member_string(writer, "type", map_type_text(map, text));
		writer_member_unsigned(writer, "key_size", def->key_size);
		writer_member_unsigned(writer, "value_size", def->value_size);
		writer_member_unsigned(writer, "max_entries", def->max_entries);
		writer_member_unsigned(writer, "flags", def->flags);
		write_type(writer, "key_type", skep_object_btf(object), skep_map_key_type(map));
		write_type(writer, "value_type", skep_object_btf(object), skep_map_value_type(map));
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void write_variables(struct writer *writer, const struct skep_object *object)
{
	struct skep_var var;

	writer_key(writer, "variables");
	writer_open_list(writer);
	for (uint32_t i = 0; object != NULL && skep_object_var(object, i, &var) == 0; i++) {
		writer_open_object(writer);
		writer_member_string(writer, "name", var.name);
		writer_member_string(writer, "section", var.section);
		writer_member_unsigned(writer, "offset", var.offset);
		writer_member_unsigned(writer, "size", var.size);
		write_type(writer, "type", skep_object_btf(object), var.type);
		writer_key(writer, "read_only");
		writer_bool(writer, var.read_only);
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void write_core(struct writer *writer, const struct skep_object *object)
{
	struct skep_core_info core;
	char path[TEXT_BYTES];

	writer_key(writer, "core");
	writer_open_list(writer);
	for (uint32_t i = 0;
	     object != NULL && skep_object_core(object, i, &core, path, sizeof(path)) == 0; i++) {
		writer_open_object(writer);
		writer_member_string(writer, "section", core.section);
		writer_member_unsigned(writer, "insn", core.insn);
		writer_member_string(writer, "question", core.question);
		writer_member_string(writer, "path", path);
		writer_member_string(writer, "access", core.access);
		writer_member_string(writer, "absent", core.absent);
		writer_close_object(writer);
	}
	writer_close_list(writer);
}

static void write_btf(struct writer *writer, const struct skep_btf *btf)
{
	uint32_t counts[KINDS] = { 0 };

	writer_key(writer, "btf");
	if (btf == NULL) {
		writer_null(writer);
		return;
	}
	count_kinds(btf, counts);
	writer_open_object(writer);
	writer_member_unsigned(writer, "types", skep_btf_count(btf));
	writer_key(writer, "kinds");
	writer_open_object(writer);
	for (unsigned kind = 1; kind < KINDS; kind++)
		if (counts[kind] > 0)
			writer_member_unsigned(writer, KIND_WORDS[kind], counts[kind]);
	writer_close_object(writer);
	writer_close_object(writer);
}

static void write_json(const struct inspection *inspection)
{
	const struct skep_object *object = inspection->object;
	struct writer writer = { .file = stdout };

	writer_open_object(&writer);
	writer_member_string(&writer, "object", inspection->bytes->path);
	writer_member_unsigned(&writer, "bytes", inspection->bytes->size);
	writer_key(&writer, "big_endian");
	writer_bool(&writer, skep_file_big_endian(inspection->file));
	writer_member_string(&writer, "license",
			     object != NULL ? skep_object_license(object) : NULL);
	writer_member_unsigned(&writer, "version",
			       object != NULL ? skep_object_version(object) : 0);
	writer_member_string(&writer, "problem", inspection->problem);
	write_sections(&writer, inspection->file);
	write_symbols(&writer, inspection->file);
	write_programs(&writer, object);
	write_maps(&writer, object);
	write_variables(&writer, object);
	write_externs(&writer, inspection->file);
	write_core(&writer, object);
	write_btf(&writer, skep_file_btf(inspection->file));
	writer_close_object(&writer);
	putchar('\n');
}

/* ----------------------------------------------------------------------------------- command */

/* Opens the object beside the file, and shows both. */
static enum status show(const struct file *bytes, const struct skep_file *file, bool json)
{
	struct report_log log = { .silent = true };
	const struct skep_config config = { .log = report_log_take,
					    .log_ctx = &log,
					    .engine = SKEP_ENGINE_INTERP };
	struct inspection inspection = { .bytes = bytes, .file = file };
	struct opened opened;
	const bool loads = object_open_to_verify(bytes, &config, &opened) == STATUS_DONE;
	enum status status;

	inspection.object = loads ? opened.object : NULL;
	inspection.problem = loads ? NULL : log.text;
	if (json)
		write_json(&inspection);
	else
		print(&inspection);
	status = finish_output(loads ? STATUS_DONE : STATUS_NO);
	if (!loads && log.text != NULL)
		complain("%s", log.text);
	if (loads)
		object_close(&opened);
	report_log_clear(&log);
	return status;
}

/* A skep_log_fn. */
static void print_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	complain("%s", report->text);
}

static enum status inspect(const struct file *bytes, bool json)
{
	const struct skep_config config = { .port = skep_port_posix(),
					    .log = print_report,
					    .engine = SKEP_ENGINE_INTERP };
	struct skep_runtime *runtime;
	enum status status = STATUS_BAD;
	struct skep_file *file;

	if (skep_runtime_open(&config, &runtime) != 0)
		return STATUS_BAD;
	if (skep_file_open(runtime, bytes->bytes, bytes->size, bytes->path, &file) == 0) {
		status = show(bytes, file, json);
		skep_file_close(file);
	}
	skep_runtime_close(runtime);
	return status;
}

static enum status run(int argc, char **argv)
{
	enum status status;
	struct file bytes;
	bool json = false;
	const char *path;
	int option;

	while ((option = next_option(&command_inspect, argc, argv, OPTIONS)) != OPTION_NONE) {
		if (option == OPTION_HELP)
			return STATUS_DONE;
		if (option == OPTION_BAD)
			return STATUS_BAD;
		json = true;
	}
	path = only_operand(&command_inspect, argc, argv, "the object");
	if (path == NULL)
		return STATUS_BAD;
	status = file_read(path, OBJECT_BYTES_MAX, &bytes);
	if (status != STATUS_DONE)
		return status;
	status = inspect(&bytes, json);
	file_free(&bytes);
	return status;
}

const struct command command_inspect = { "inspect", "show all there is in an object", HELP, run };
