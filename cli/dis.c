/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep dis: an object goes in; its programs come out as assembly in the kernel's syntax, function
 * by function as they are linked, with the source lines that the object carries between them. Works
 * for every program type, since nothing is loaded.
 */
#define _GNU_SOURCE 1
#include <string.h>

#include "object.h"
#include "options.h"
#include "writer.h"

static const char HELP[] =
	"usage: skep dis OBJECT [OPTIONS]\n"
	"\n"
	"Shows programs as assembly, with source lines, names of maps, helpers and functions.\n"
	"\n"
	"  --prog NAME  only this program\n"
	"  --json       a list of objects: program, section, type, functions (name, insns); an\n"
	"               instruction has index, code (its bytes), text and, where a source line\n"
	"               begins, file, line, source\n"
	"\n"
	"example: skep dis flows.bpf.o --prog flows\n";

enum {
	OPTION_PROG = OPTION_OWN,
	TEXT_BYTES = 256,
};

static const struct option OPTIONS[] = {
	{ "prog", required_argument, NULL, OPTION_PROG },
	OPTION_ROWS_OF_ALL,
};

/* A walk over one program. */
struct walk {
	const struct skep_prog *prog;
	uint32_t index;
	struct skep_insn insn, second; /* second: of lddw */
	uint32_t slots;
	char text[TEXT_BYTES];
	const char *function;  /* begins here, else NULL */
	struct skep_line line; /* begins here, else file is NULL */
	struct skep_line last;
};

static bool same_line(const struct skep_line *a, const struct skep_line *b)
{
	return b->file != NULL && a->line == b->line && strcmp(a->file, b->file) == 0;
}

/* Fills in the instruction at walk->index; false past the end. */
static bool look(struct walk *walk)
{
	struct skep_line line;

	if (skep_prog_insn(walk->prog, walk->index, &walk->insn) != 0 ||
	    skep_prog_disasm(walk->prog, walk->index, walk->text, sizeof(walk->text),
			     &walk->slots) != 0)
		return false;
	if (walk->slots == 2)
		skep_prog_insn(walk->prog, walk->index + 1, &walk->second);
	walk->function = skep_prog_function_at(walk->prog, walk->index);
	if (walk->function != NULL)
		walk->last.file = NULL;
	walk->line.file = NULL;
	if (skep_prog_line(walk->prog, walk->index, &line) == 0 && line.file != NULL &&
	    !same_line(&line, &walk->last))
		walk->line = walk->last = line;
	return true;
}

/* What goes to a terminal must not command it. */
static void print_safe(const char *text)
{
	for (; *text != '\0'; text++)
		putchar((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

/* The source line without its indentation. */
static const char *source_of(const struct walk *walk)
{
	const char *source = walk->line.source != NULL ? walk->line.source : "";

	return source + strspn(source, " \t");
}

static void print_program(const struct skep_prog *prog)
{
	struct walk walk = { .prog = prog };
	struct skep_prog_info info;
	char text[16];

	skep_prog_info(prog, &info);
	fputs("program ", stdout);
	print_safe(info.name);
	printf(" (type %s, section ", prog_type_text(info.type, text));
	print_safe(info.section);
	printf(", %u instructions)\n", (unsigned)info.insn_count);
	for (; look(&walk); walk.index += walk.slots) {
		if (walk.function != NULL) {
			fputs("\n", stdout);
			print_safe(walk.function);
			fputs(":\n", stdout);
		}
		if (walk.line.file != NULL) {
			fputs("; ", stdout);
			print_safe(source_of(&walk));
			fputs(" @ ", stdout);
			print_safe(walk.line.file);
			printf(":%u\n", (unsigned)walk.line.line);
		}
		printf("%5u: (%02x) %s\n", (unsigned)walk.index, walk.insn.code, walk.text);
	}
}

/* The eight bytes of an instruction as they stand in a little-endian object. */
static void encode(const struct skep_insn *insn, uint8_t bytes[8])
{
	const uint16_t off = (uint16_t)insn->off;
	const uint32_t imm = (uint32_t)insn->imm;

	bytes[0] = insn->code;
	bytes[1] = (uint8_t)(insn->src_reg << 4 | insn->dst_reg);
	bytes[2] = (uint8_t)off;
	bytes[3] = (uint8_t)(off >> 8);
	for (int i = 0; i < 4; i++)
		bytes[4 + i] = (uint8_t)(imm >> 8 * i);
}

static void write_insn(const struct walk *walk, struct writer *writer)
{
	uint8_t code[16];

	encode(&walk->insn, code);
	encode(&walk->second, code + 8);
	writer_open_object(writer);
	writer_member_unsigned(writer, "index", walk->index);
	writer_key(writer, "code");
	writer_hex(writer, code, walk->slots == 2 ? 16 : 8);
	writer_member_string(writer, "text", walk->text);
	if (walk->line.file != NULL) {
		writer_member_string(writer, "file", walk->line.file);
		writer_member_unsigned(writer, "line", walk->line.line);
		writer_member_string(writer, "source", walk->line.source);
	}
	writer_close_object(writer);
}

static void write_program(const struct skep_prog *prog, struct writer *writer)
{
	struct walk walk = { .prog = prog };
	struct skep_prog_info info;
	bool open = false;
	char text[16];

	skep_prog_info(prog, &info);
	writer_open_object(writer);
	writer_member_string(writer, "program", info.name);
	writer_member_string(writer, "section", info.section);
	writer_member_string(writer, "type", prog_type_text(info.type, text));
	writer_key(writer, "functions");
	writer_open_list(writer);
	for (; look(&walk); walk.index += walk.slots) {
		if (walk.function != NULL || !open) {
			if (open) {
				writer_close_list(writer);
				writer_close_object(writer);
			}
			open = true;
			writer_open_object(writer);
			writer_member_string(writer, "name", walk.function);
			writer_key(writer, "insns");
			writer_open_list(writer);
		}
		write_insn(&walk, writer);
	}
	if (open) {
		writer_close_list(writer);
		writer_close_object(writer);
	}
	writer_close_list(writer);
	writer_close_object(writer);
}

static enum status show(const struct opened *opened, const char *name, bool json)
{
	struct writer writer = { .file = stdout };
	const struct skep_prog *chosen = NULL, *prog;

	if (name != NULL || skep_object_prog(opened->object, 0) == NULL) {
		chosen = object_choose(opened, name);
		if (chosen == NULL)
			return STATUS_BAD;
	}
	if (json)
		writer_open_list(&writer);
	for (uint32_t i = 0; (prog = skep_object_prog(opened->object, i)) != NULL; i++) {
		if (chosen != NULL && prog != chosen)
			continue;
		if (json) {
			write_program(prog, &writer);
			continue;
		}
		if (i > 0 && chosen == NULL)
			putchar('\n');
		print_program(prog);
	}
	if (json) {
		writer_close_list(&writer);
		putchar('\n');
	}
	return finish_output(STATUS_DONE);
}

static enum status run(int argc, char **argv)
{
	const char *name = NULL, *path;
	struct opened opened;
	enum status status;
	bool json = false;
	struct file file;
	int option;

	while ((option = next_option(&command_dis, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: json = true; break;
		default: name = optarg; break;
		}
	}
	path = only_operand(&command_dis, argc, argv, "the object");
	if (path == NULL)
		return STATUS_BAD;
	status = file_read(path, OBJECT_BYTES_MAX, &file);
	if (status != STATUS_DONE)
		return status;
	status = object_open(&file, SKEP_ENGINE_INTERP, false, &opened);
	if (status == STATUS_DONE) {
		status = show(&opened, name, json);
		object_close(&opened);
	}
	file_free(&file);
	return status;
}

const struct command command_dis = { "dis", "show programs as assembly", HELP, run };
