/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An assembly file in, its sections out. The file is read twice: first line by line, for directives
 * and for whose each line is; then each section's lines go to libskep's assembler, between empty
 * lines for all others, so that its messages count lines as the file does. Whatever instructions
 * refer to by name becomes a reference, which the writer of the object makes a relocation of.
 */
#define _GNU_SOURCE 1
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum {
	BPF_PSEUDO_FUNC = 4,
	LDDW = 0x18,
	CALL = 0x85,
	PSEUDO_CALL = 1,
	TOKENS_MAX = 64,
	TOKEN_BYTES = 256,
};

/* One line: its words, cut at blanks, without quotes and comment. */
struct line {
	const struct source *source;
	unsigned number;
	unsigned count;
	bool is_cut; /* there is more than fits */
	char tokens[TOKENS_MAX][TOKEN_BYTES];
};

static enum status refuse(const struct line *line, const char *found, const char *needed)
{
	return complain("%s: line %u: found \"%s\"; needed: %s", line->source->path, line->number,
			found, needed);
}

/* ----------------------------------------------------------------------------------- the words */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts a line into words, as many and as long as there is room for. */
static void cut_line(const char *text, size_t size, struct line *out)
{
	size_t at = 0;

	out->count = 0;
	out->is_cut = false;
	for (;;) {
		char *token = out->tokens[out->count];
		size_t used = 0;
		char end = ' ';

		while (at < size && is_blank(text[at]))
			at++;
		if (at == size || text[at] == '#')
			return;
		if (out->count == TOKENS_MAX)
			break;
		if (text[at] == '"')
			end = text[at++];
		for (; at < size && (end == '"' ? text[at] != '"' : !is_blank(text[at])); at++)
			if (used < TOKEN_BYTES - 1)
				token[used++] = text[at];
			else
				out->is_cut = true;
		at += at < size && end == '"';
		token[used] = '\0';
		out->count++;
	}
	out->is_cut = true;
}

static enum status parse_number(const struct line *line, unsigned index, uint32_t *out)
{
	const char *text = index < line->count ? line->tokens[index] : "";
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > UINT32_MAX)
		return refuse(line, text, "a number of at most 32 bits");
	*out = (uint32_t)value;
	return STATUS_DONE;
}

/* ------------------------------------------------------------------------------------ sections */

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_bss(const struct source_section *section)
{
	return begins(section->name, ".bss");
}

static struct source_section *section_named(struct source *source, const char *name)
{
	struct source_section *section;

	for (uint32_t i = 0; i < source_section_count(source); i++)
		if (strcmp(source_section(source, i)->name, name) == 0)
			return source_section(source, i);
	section = bytes_append(&source->sections, NULL, sizeof(*section));
	section->name = duplicate(name);
	section->is_data = begins(name, ".data") || begins(name, ".rodata") || is_bss(section);
	return section;
}

/* ---------------------------------------------------------------------------------- directives */

/* A file on its way; `section` is that of the next line, NULL before the first. */
struct reader {
	struct source *source;
	struct source_section *section;
};

static enum status read_section(struct reader *reader, const struct line *line)
{
	static const char *const reserved[] = { ".maps",   ".BTF",      ".BTF.ext", ".symtab",
						".strtab", ".shstrtab", "license",  "version" };

	if (line->count != 2 || line->tokens[1][0] == '\0')
		return refuse(line, line->tokens[0], "the name of a section, such as .section xdp");
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(line->tokens[1], reserved[i]) == 0)
			return refuse(line, line->tokens[1],
				      "another name: this section is made from .map and .license");
	if (begins(line->tokens[1], ".rel"))
		return refuse(line, line->tokens[1], "another name: this one is for relocations");
	reader->section = section_named(reader->source, line->tokens[1]);
	return STATUS_DONE;
}

static enum status read_license(struct reader *reader, const struct line *line)
{
	if (line->count != 2)
		return refuse(line, line->tokens[0], "a licence, such as .license \"GPL\"");
	free(reader->source->license);
	reader->source->license = duplicate(line->tokens[1]);
	return STATUS_DONE;
}

static enum status read_name(const struct line *line, struct bytes *names)
{
	char *name;

	if (line->count != 2)
		return refuse(line, line->tokens[0], "one name, such as .globl count");
	name = duplicate(line->tokens[1]);
	bytes_append(names, &name, sizeof(name));
	return STATUS_DONE;
}

static enum status read_globl(struct reader *reader, const struct line *line)
{
	return read_name(line, &reader->source->globals);
}

static enum status read_extern(struct reader *reader, const struct line *line)
{
	return read_name(line, &reader->source->externs);
}

static enum status read_map_type(const struct line *line, uint32_t *out)
{
	const char *text = line->tokens[2], *name;

	if (text[0] >= '0' && text[0] <= '9')
		return parse_number(line, 2, out);
	for (uint32_t type = 1; (name = skep_map_type_name(type)) != NULL; type++) {
		if (strcmp(name, text) != 0)
			continue;
		*out = type;
		return STATUS_DONE;
	}
	return refuse(line, text, "a map type, such as hash or array, or its number");
}

static enum status read_map(struct reader *reader, const struct line *line)
{
	struct source_map map = { 0 };
	const struct {
		const char *name;
		uint32_t *value;
	} numbers[] = { { "key", &map.key_size },
			{ "value", &map.value_size },
			{ "entries", &map.max_entries },
			{ "flags", &map.flags } };
	const size_t count = sizeof(numbers) / sizeof(numbers[0]);

	if (line->count < 3)
		return refuse(
			line, line->tokens[0],
			"a name and a type, such as .map counts hash key 4 value 8 entries 64");
	for (uint32_t i = 0; i < source_map_count(reader->source); i++)
		if (strcmp(source_map(reader->source, i)->name, line->tokens[1]) == 0)
			return refuse(line, line->tokens[1], "another name: this map stands twice");
	if (read_map_type(line, &map.type) != STATUS_DONE)
		return STATUS_BAD;
	for (unsigned i = 3; i < line->count; i += 2) {
		size_t which = 0;

		while (which < count && strcmp(numbers[which].name, line->tokens[i]) != 0)
			which++;
		if (which == count)
			return refuse(line, line->tokens[i], "key, value, entries or flags");
		if (parse_number(line, i + 1, numbers[which].value) != STATUS_DONE)
			return STATUS_BAD;
	}
	map.name = duplicate(line->tokens[1]);
	bytes_append(&reader->source->maps, &map, sizeof(map));
	return STATUS_DONE;
}

static enum status in_data(const struct reader *reader, const struct line *line)
{
	if (reader->section != NULL && reader->section->is_data)
		return STATUS_DONE;
	return refuse(line, line->tokens[0],
		      "an instruction: only sections .data, .rodata and .bss have bytes");
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *place = c == '\0' ? NULL : strchr(digits, c | ('A' <= c && c <= 'F' ? 32 : 0));

	return place == NULL ? -1 : (int)(place - digits);
}

static enum status read_hex(struct reader *reader, const struct line *line)
{
	if (in_data(reader, line) != STATUS_DONE)
		return STATUS_BAD;
	if (is_bss(reader->section))
		return refuse(line, line->tokens[0], ".zero: a .bss section has no other bytes");
	for (unsigned i = 1; i < line->count; i++) {
		const char *text = line->tokens[i];

		for (; *text != '\0'; text += 2) {
			const int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

			if (low < 0)
				return refuse(line, line->tokens[i], "pairs of hex digits");
			bytes_append(&reader->section->data, &(unsigned char){ 0 }, 1);
			reader->section->data.data[reader->section->data.size - 1] =
				(unsigned char)(high << 4 | low);
		}
	}
	return STATUS_DONE;
}

static enum status read_zero(struct reader *reader, const struct line *line)
{
	uint32_t count;

	if (in_data(reader, line) != STATUS_DONE || parse_number(line, 1, &count) != STATUS_DONE)
		return STATUS_BAD;
	if (count > ASSEMBLY_BYTES_MAX - reader->section->data.size)
		return refuse(line, line->tokens[1], "a section of at most 64 MiB");
	bytes_append(&reader->section->data, NULL, count);
	return STATUS_DONE;
}

static const struct {
	const char *name;
	enum status (*read)(struct reader *reader, const struct line *line);
} DIRECTIVES[] = {
	{ ".section", read_section }, { ".license", read_license }, { ".globl", read_globl },
	{ ".extern", read_extern },   { ".map", read_map },         { ".hex", read_hex },
	{ ".zero", read_zero },
};

/* --------------------------------------------------------------------------- the first reading */

/* A line of no directive: it is its section's. */
static enum status keep_line(struct reader *reader, const struct line *line, const char *text,
			     size_t size)
{
	struct bytes *code;

	if (line->count == 0 || (line->tokens[0][0] == '/' && line->tokens[0][1] == '/'))
		return STATUS_DONE;
	if (reader->section == NULL)
		return refuse(line, line->tokens[0],
			      "a section first, such as .section xdp, for the instructions");
	if (reader->section->is_data)
		return refuse(line, line->tokens[0], ".hex or .zero: this is a section of data");
	code = &reader->section->text;
	for (unsigned lines = reader->section->line_count; lines + 1 < line->number; lines++)
		bytes_append(code, "\n", 1);
	bytes_append(code, text, size);
	bytes_append(code, "\n", 1);
	reader->section->line_count = line->number;
	return STATUS_DONE;
}

static enum status read_line(struct reader *reader, struct line *line, const char *text,
			     size_t size)
{
	cut_line(text, size, line);
	for (size_t i = 0; line->count > 0 && i < sizeof(DIRECTIVES) / sizeof(DIRECTIVES[0]); i++) {
		if (strcmp(line->tokens[0], DIRECTIVES[i].name) != 0)
			continue;
		if (line->is_cut)
			return refuse(line, line->tokens[0],
				      "at most 64 words of at most 255 characters in a line");
		return DIRECTIVES[i].read(reader, line);
	}
	return keep_line(reader, line, text, size);
}

static enum status read_lines(const struct file *file, bool raw, struct source *source)
{
	const char *text = (const char *)file->bytes, *const end = text + file->size;
	struct reader reader = { source, NULL };
	struct line *line = allocate(1, sizeof(*line));
	enum status status = STATUS_DONE;

	line->source = source;
	if (raw)
		reader.section = section_named(source, ".text");
	while (status == STATUS_DONE && text < end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		const size_t size = (size_t)((next != NULL ? next : end) - text);

		line->number++;
		status = read_line(&reader, line, text, size);
		text += size + (next != NULL);
	}
	free(line);
	return status;
}

/* -------------------------------------------------------------------------- the second reading */

/* What the assembler's functions get: a section of a source. */
struct assembly {
	const struct source *source;
	struct source_section *section;
	bool resolving; /* the labels of all sections are known */
};

static char *name_of(const char *name, size_t size)
{
	char *copy = allocate(size + 1, 1);

	memcpy(copy, name, size);
	return copy;
}

static bool is_name(const char *text, const char *name, size_t size)
{
	return strlen(text) == size && memcmp(text, name, size) == 0;
}

/* The label of that name in any section of code, or NULL. */
static struct label *find_label(const struct source *source, const char *name, size_t size)
{
	for (uint32_t i = 0; i < source_section_count(source); i++)
		for (uint32_t j = 0; j < label_count(source_section(source, i)); j++)
			if (is_name(label_at(source_section(source, i), j)->name, name, size))
				return label_at(source_section(source, i), j);
	return NULL;
}

int64_t source_extern(const struct source *source, const char *name, size_t size)
{
	for (size_t i = 0; i < source->externs.size / sizeof(char *); i++)
		if (is_name(((char **)source->externs.data)[i], name, size))
			return (int64_t)i;
	return -1;
}

static bool find_map(struct assembly *assembly, const char *name, size_t size, uint32_t insn,
		     int32_t *out)
{
	const struct source *source = assembly->source;
	struct reference reference = { .insn = insn };
	int32_t number = 0;

	for (uint32_t i = 0; i < source_map_count(source); i++, number++) {
		if (!is_name(source_map(source, i)->name, name, size))
			continue;
		reference.kind = REFERENCE_MAP;
		reference.target = i;
		bytes_append(&assembly->section->references, &reference, sizeof(reference));
		*out = number;
		return true;
	}
	for (uint32_t i = 0; i < source_section_count(source); i++) {
		const struct source_section *section = source_section(source, i);

		if (!section->is_data)
			continue;
		if (is_name(section->name, name, size)) {
			reference.kind = REFERENCE_DATA;
			reference.target = i;
			bytes_append(&assembly->section->references, &reference, sizeof(reference));
			*out = number;
			return true;
		}
		number++;
	}
	return false;
}

static bool find(void *ctx, enum skep_asm_name what, const char *name, size_t size, uint32_t insn,
		 int32_t *out)
{
	struct assembly *assembly = ctx;
	struct reference reference = { .insn = insn, .kind = REFERENCE_FUNCTION };

	if (what == SKEP_ASM_MAP)
		return find_map(assembly, name, size, insn, out);
	if (assembly->resolving && find_label(assembly->source, name, size) == NULL &&
	    source_extern(assembly->source, name, size) < 0)
		return false;
	/* As clang has it: the symbol says where, and a call counts from the next instruction. */
	reference.name = name_of(name, size);
	bytes_append(&assembly->section->references, &reference, sizeof(reference));
	*out = -1;
	return true;
}

static void keep_label(void *ctx, const char *name, size_t size, uint32_t insn)
{
	const struct assembly *assembly = ctx;
	struct label label = { NULL, insn, false };

	if (assembly->resolving)
		return;
	label.name = name_of(name, size);
	bytes_append(&assembly->section->labels, &label, sizeof(label));
}

static void forget_references(struct source_section *section)
{
	for (uint32_t i = 0; i < reference_count(section); i++)
		free(reference_at(section, i)->name);
	section->references.size = 0;
}

/* Assembles a section, first for its labels, and when those of all are known for good. */
static enum status assemble(const struct source *source, struct source_section *section,
			    struct skep_runtime *runtime, bool resolving)
{
	struct assembly assembly = { source, section, resolving };
	const struct skep_asm_names names = { &assembly, find, keep_label };
	/* The shortest instruction, as text: `r0=0 ll` makes two of 7 characters. */
	const uint32_t capacity = (uint32_t)(section->text.size / 3 + 2);

	forget_references(section);
	if (section->insns == NULL)
		section->insns = allocate(capacity, sizeof(*section->insns));
	return skep_assemble(runtime, (const char *)section->text.data, section->text.size, &names,
			     section->insns, capacity, &section->insn_count) == 0
		       ? STATUS_DONE
		       : STATUS_BAD;
}

static enum status assemble_all(const struct source *source, struct skep_runtime *runtime,
				bool resolving)
{
	enum status status = STATUS_DONE;

	for (uint32_t i = 0; status == STATUS_DONE && i < source_section_count(source); i++)
		if (!source_section(source, i)->is_data)
			status = assemble(source, source_section(source, i), runtime, resolving);
	return status;
}

/* ----------------------------------------------------------------------------------- functions */

static struct label *label_before(const struct source_section *section, int64_t insn)
{
	for (uint32_t i = 0; i < label_count(section); i++)
		if (label_at(section, i)->insn == insn)
			return label_at(section, i);
	return NULL;
}

/* Functions begin where calls and addresses lead inside the section. Addresses become references,
 * because linkers move functions. */
static enum status mark_called(const struct source *source, struct source_section *section)
{
	const uint32_t count = reference_count(section);
	uint32_t next = 0; /* of the references that there are already */

	for (uint32_t i = 0; i < section->insn_count; i++) {
		const struct skep_insn *insn = &section->insns[i];
		const bool is_address = insn->code == LDDW && insn->src_reg == BPF_PSEUDO_FUNC;
		const int64_t target = (int64_t)i + 1 + insn->imm;
		struct reference reference = { .insn = i, .kind = REFERENCE_FUNCTION };
		struct label *label;

		while (next < count && reference_at(section, next)->insn < i)
			next++;
		if ((next < count && reference_at(section, next)->insn == i) ||
		    (!is_address && !(insn->code == CALL && insn->src_reg == PSEUDO_CALL)))
			continue;
		label = label_before(section, target);
		if (label != NULL)
			label->is_function = true;
		if (!is_address)
			continue;
		if (label == NULL)
			return complain("%s: section %s: the address of a function at instruction "
					"%u leads to no label; name it, as in function[NAME]",
					source->path, section->name, (unsigned)i);
		reference.name = duplicate(label->name);
		bytes_append(&section->references, &reference, sizeof(reference));
	}
	return STATUS_DONE;
}

static void mark_referenced(const struct source *source, const struct source_section *section)
{
	for (uint32_t i = 0; i < reference_count(section); i++) {
		const char *name = reference_at(section, i)->name;
		struct label *label = name == NULL ? NULL : find_label(source, name, strlen(name));

		if (label != NULL)
			label->is_function = true;
	}
}

static enum status mark_functions(struct source *source)
{
	for (uint32_t i = 0; i < source_section_count(source); i++) {
		struct source_section *section = source_section(source, i);

		if (section->is_data || section->insn_count == 0)
			continue;
		if (label_count(section) == 0 || label_at(section, 0)->insn != 0)
			return complain("%s: section %s begins without a label; needed: the "
					"program's name, such as count:, before its first "
					"instruction",
					source->path, section->name);
		label_at(section, 0)->is_function = true;
		if (mark_called(source, section) != STATUS_DONE)
			return STATUS_BAD;
		mark_referenced(source, section);
	}
	for (size_t i = 0; i < source->globals.size / sizeof(char *); i++) {
		const char *name = ((char **)source->globals.data)[i];
		struct label *label = find_label(source, name, strlen(name));

		if (label == NULL)
			return complain("%s: .globl %s: there is no such label", source->path,
					name);
		label->is_function = true;
	}
	return STATUS_DONE;
}

enum status source_read(const struct file *file, struct skep_runtime *runtime, bool raw,
			struct source *out)
{
	enum status status;

	*out = (struct source){ .path = file->path };
	status = read_lines(file, raw, out);
	for (int pass = 0; status == STATUS_DONE && pass < 2; pass++)
		status = assemble_all(out, runtime, pass != 0);
	return status == STATUS_DONE && !raw ? mark_functions(out) : status;
}

static void free_names(struct bytes *names)
{
	for (size_t i = 0; i < names->size / sizeof(char *); i++)
		free(((char **)names->data)[i]);
	bytes_free(names);
}

void source_free(struct source *source)
{
	for (uint32_t i = 0; i < source_section_count(source); i++) {
		struct source_section *section = source_section(source, i);

		for (uint32_t j = 0; j < label_count(section); j++)
			free(label_at(section, j)->name);
		forget_references(section);
		bytes_free(&section->labels);
		bytes_free(&section->references);
		bytes_free(&section->text);
		bytes_free(&section->data);
		free(section->insns);
		free(section->name);
	}
	for (uint32_t i = 0; i < source_map_count(source); i++)
		free(source_map(source, i)->name);
	free_names(&source->globals);
	free_names(&source->externs);
	bytes_free(&source->sections);
	bytes_free(&source->maps);
	free(source->license);
}
