/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object in, its assembly file out: licence, maps, data sections, programs, and the functions
 * that they call. Programs are linked one by one, so that a function of several comes several times
 * and is written once. Its name must lead back to it: characters that labels do not have become
 * `_`, and where two functions have one name, the later one gets a number.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "source.h"

enum {
	TEXT_BYTES = 256,
	LINE_BYTES = 16, /* of .hex */
	ZEROES_MIN = 32, /* that make a .zero */
	CALL = 0x85,
	PSEUDO_CALL = 1,
	LDDW = 0x18,
	PSEUDO_FUNC = 4,
	PSEUDO_MAP_VALUE = 2,
};

/* What is called that is not in the object, whose name nobody tells here. */
static const char UNDEFINED[] = "undefined_function";

/* A function that is written: what it is called, and what it was called and was. */
struct function {
	char *label, *name, *text;
	char *code; /* to be written; NULL: a program's own */
};

/* One program's functions. */
struct place {
	uint32_t start;
	uint32_t function;
};

struct printer {
	const struct opened *opened;
	FILE *out;
	struct bytes functions; /* array of struct function */
};

static struct function *function_at(const struct printer *printer, uint32_t index)
{
	return (struct function *)printer->functions.data + index;
}

static uint32_t function_count(const struct printer *printer)
{
	return (uint32_t)(printer->functions.size / sizeof(struct function));
}

/* A word of a directive: in quotes, if it would not be one else. */
static void print_word(FILE *out, const char *text)
{
	const bool plain = text[0] != '\0' && strpbrk(text, " \t#") == NULL;

	fprintf(out, plain ? " %s" : " \"%s\"", text);
}

/* ------------------------------------------------------------------------------------------- data
 */

static size_t zeroes_at(const struct skep_data *data, size_t at)
{
	const unsigned char *bytes = data->bytes;
	size_t count = 0;

	while (at + count < data->size && bytes[at + count] == 0)
		count++;
	return count;
}

/* What a section is called in the file. That of a kernel's configuration exists only where an
 * object is opened, so that its values stand in a section of constants. */
static const char *section_text(const struct skep_data *data)
{
	return strcmp(data->section, ".kconfig") == 0 ? ".rodata.kconfig" : data->section;
}

static void print_data(FILE *out, const struct skep_data *data)
{
	const unsigned char *bytes = data->bytes;

	fputs("\n.section", out);
	print_word(out, section_text(data));
	fputc('\n', out);
	for (size_t at = 0; at < data->size;) {
		const size_t zeroes = zeroes_at(data, at);

		if (zeroes >= ZEROES_MIN || zeroes == data->size - at ||
		    strncmp(data->section, ".bss", 4) == 0) {
			fprintf(out, ".zero %zu\n", zeroes);
			at += zeroes;
			continue;
		}
		fputs(".hex", out);
		for (size_t i = 0; i < LINE_BYTES && at < data->size; i++)
			fprintf(out, " %02x", bytes[at++]);
		fputc('\n', out);
	}
}

static void print_maps(const struct printer *printer)
{
	const struct skep_object *object = printer->opened->object;
	const struct skep_map *map;
	struct skep_data data;
	char text[16];

	for (uint32_t i = 0; (map = skep_object_map(object, i)) != NULL; i++) {
		const struct skep_map_def *def = skep_map_def(map);

		if (skep_object_data(object, i, &data) == 0 ||
		    strchr(skep_map_name(map), '.') != NULL)
			continue; /* a template of inner maps has a dot in its name */
		fputs(".map", printer->out);
		print_word(printer->out, skep_map_name(map));
		print_word(printer->out, map_type_text(map, text));
		if (def->key_size != 0)
			fprintf(printer->out, " key %u", (unsigned)def->key_size);
		if (def->value_size != 0)
			fprintf(printer->out, " value %u", (unsigned)def->value_size);
		if (def->max_entries != 0)
			fprintf(printer->out, " entries %u", (unsigned)def->max_entries);
		if (def->flags != 0)
			fprintf(printer->out, " flags %#x", (unsigned)def->flags);
		fputc('\n', printer->out);
	}
	for (uint32_t i = 0; skep_object_map(object, i) != NULL; i++)
		if (skep_object_data(object, i, &data) == 0)
			print_data(printer->out, &data);
}

/* ------------------------------------------------------------------------------------------ names
 */

static bool is_taken(const struct printer *printer, const char *label)
{
	if (strcmp(label, UNDEFINED) == 0)
		return true;
	for (uint32_t i = 0; i < function_count(printer); i++)
		if (strcmp(function_at(printer, i)->label, label) == 0)
			return true;
	return false;
}

/* A label that nobody has, as near to the name as can be; to be freed. */
static char *make_label(const struct printer *printer, const char *name)
{
	char *clean = duplicate(name), *label = NULL;

	for (char *c = clean; *c != '\0'; c++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.0123456789",
			   *c) == NULL)
			*c = '_';
	if (clean[0] >= '0' && clean[0] <= '9')
		clean[0] = '_';
	for (unsigned i = 1; label == NULL || is_taken(printer, label); i++) {
		const size_t room = strlen(clean) + 16;

		free(label);
		label = allocate(room, 1);
		snprintf(label, room, i == 1 ? "%s" : "%s.%u", clean[0] != '\0' ? clean : "_", i);
	}
	free(clean);
	return label;
}

/* ------------------------------------------------------------------------------------------- code
 */

/* Where the function that begins at `start` ends. */
static uint32_t function_end(const struct skep_prog *prog, uint32_t start)
{
	struct skep_insn insn;

	do
		start++;
	while (skep_prog_insn(prog, start, &insn) == 0 &&
	       skep_prog_function_at(prog, start) == NULL);
	return start;
}

static const char *label_of(const struct printer *printer, const struct bytes *places,
			    uint32_t start)
{
	const struct place *place = (const struct place *)places->data;

	for (size_t i = 0; i < places->size / sizeof(*place); i++)
		if (place[i].start == start)
			return function_at(printer, place[i].function)->label;
	return NULL;
}

/* An instruction, with labels for functions (`places` NULL: their own names), and sections for data
 * maps. */
static void print_insn(const struct printer *printer, const struct skep_prog *prog, uint32_t index,
		       const struct bytes *places, uint32_t *slots, FILE *out)
{
	char text[TEXT_BYTES];
	struct skep_insn insn, second = { 0 };
	struct skep_data data;
	const char *label;

	skep_prog_insn(prog, index, &insn);
	skep_prog_disasm(prog, index, text, sizeof(text), slots);
	if (*slots == 2)
		skep_prog_insn(prog, index + 1, &second);
	label = places == NULL ? NULL : label_of(printer, places, index + 1 + (uint32_t)insn.imm);
	if (insn.code == CALL && insn.src_reg == PSEUDO_CALL && places != NULL)
		fprintf(out, "\tcall %s\n", label != NULL ? label : UNDEFINED);
	else if (label != NULL && insn.code == LDDW && insn.src_reg == PSEUDO_FUNC)
		fprintf(out, "\tr%u = function[%s] ll\n", insn.dst_reg, label);
	else if (insn.code == LDDW && insn.src_reg == PSEUDO_MAP_VALUE &&
		 skep_object_data(printer->opened->object, (uint32_t)insn.imm, &data) == 0)
		fprintf(out, "\tr%u = map_value[%s]+%u ll\n", insn.dst_reg, section_text(&data),
			(unsigned)second.imm);
	else
		fprintf(out, "\t%s\n", text);
}

/* The instructions of a function, to be freed. */
static char *function_text(const struct printer *printer, const struct skep_prog *prog,
			   uint32_t start, const struct bytes *places)
{
	const uint32_t end = function_end(prog, start);
	size_t size;
	char *text;
	FILE *out = text_stream(&text, &size);

	for (uint32_t i = start, slots; i < end; i += slots)
		print_insn(printer, prog, i, places, &slots, out);
	fclose(out);
	return text;
}

/* The number of a function: that of one with its name and text, or a new one. */
static uint32_t find_function(struct printer *printer, const char *name, char *text, bool *is_new)
{
	struct function function = { .text = text };

	for (uint32_t i = 0; i < function_count(printer); i++) {
		const struct function *known = function_at(printer, i);

		if (strcmp(known->name, name) != 0 || strcmp(known->text, text) != 0)
			continue;
		free(text);
		*is_new = false;
		return i;
	}
	function.name = duplicate(name);
	function.label = make_label(printer, name);
	bytes_append(&printer->functions, &function, sizeof(function));
	*is_new = true;
	return function_count(printer) - 1;
}

/* Prints a program's own function and keeps the code of those it brings along. */
static void print_program(struct printer *printer, const struct skep_prog *prog,
			  const char **section)
{
	struct bytes places = { 0 }, fresh = { 0 };
	struct skep_prog_info info;
	struct skep_insn insn;
	char *text;

	skep_prog_info(prog, &info);
	for (uint32_t i = 0; skep_prog_insn(prog, i, &insn) == 0; i = function_end(prog, i)) {
		const char *name = i == 0 ? info.name : skep_prog_function_at(prog, i);
		struct place place = { .start = i };
		bool is_new;

		place.function = find_function(printer, name, function_text(printer, prog, i, NULL),
					       &is_new);
		bytes_append(&places, &place, sizeof(place));
		if (is_new && i != 0)
			bytes_append(&fresh, &place, sizeof(place));
	}
	if (*section == NULL || strcmp(*section, info.section) != 0) {
		fputs("\n.section", printer->out);
		print_word(printer->out, info.section);
		fputc('\n', printer->out);
	}
	*section = info.section;
	fprintf(printer->out, ".globl %s\n%s:\n", label_of(printer, &places, 0),
		label_of(printer, &places, 0));
	text = function_text(printer, prog, 0, &places);
	fputs(text, printer->out);
	free(text);
	for (size_t i = 0; i < fresh.size / sizeof(struct place); i++) {
		const struct place *place = (const struct place *)fresh.data + i;

		function_at(printer, place->function)->code =
			function_text(printer, prog, place->start, &places);
	}
	bytes_free(&places);
	bytes_free(&fresh);
}

static void print_functions(const struct printer *printer)
{
	bool first = true;

	for (uint32_t i = 0; i < function_count(printer); i++) {
		const struct function *function = function_at(printer, i);

		if (function->code == NULL)
			continue;
		if (first)
			fputs("\n.section .text\n", printer->out);
		first = false;
		fprintf(printer->out, "%s:\n%s", function->label, function->code);
	}
}

/* Whether a program calls what is no function of it. */
static bool calls_undefined(const struct skep_object *object, const struct skep_prog *only)
{
	const struct skep_prog *prog;
	struct skep_insn insn;

	for (uint32_t i = 0; (prog = skep_object_prog(object, i)) != NULL; i++)
		for (uint32_t j = 0;
		     (only == NULL || prog == only) && skep_prog_insn(prog, j, &insn) == 0; j++)
			if (insn.code == CALL && insn.src_reg == PSEUDO_CALL &&
			    skep_prog_function_at(prog, j + 1 + (uint32_t)insn.imm) == NULL)
				return true;
	return false;
}

void source_print(const struct opened *opened, const struct skep_prog *only, FILE *out)
{
	struct printer printer = { .opened = opened, .out = out };
	const char *license = skep_object_license(opened->object), *section = NULL;
	const struct skep_prog *prog;

	if (license != NULL && strpbrk(license, "\"\n") == NULL)
		fprintf(out, ".license \"%s\"\n", license);
	if (calls_undefined(opened->object, only))
		fprintf(out, ".extern %s\n", UNDEFINED);
	print_maps(&printer);
	for (uint32_t i = 0; (prog = skep_object_prog(opened->object, i)) != NULL; i++)
		if (only == NULL || prog == only)
			print_program(&printer, prog, &section);
	print_functions(&printer);
	for (uint32_t i = 0; i < function_count(&printer); i++) {
		free(function_at(&printer, i)->label);
		free(function_at(&printer, i)->name);
		free(function_at(&printer, i)->text);
		free(function_at(&printer, i)->code);
	}
	bytes_free(&printer.functions);
}
