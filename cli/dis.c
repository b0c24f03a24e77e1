/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep dis: an object goes in; its programs come out as assembly in the kernel's syntax, function
 * by function as they are linked, with the source lines that the object carries between them. Works
 * for every program type, since nothing is loaded.
 */
#define _GNU_SOURCE 1
#include "listing.h"
#include "object.h"
#include "options.h"
#include "source.h"
#include "writer.h"

static const char HELP[] =
	"usage: skep dis OBJECT [OPTIONS]\n"
	"\n"
	"Shows programs as assembly, with source lines, names of maps, helpers and functions.\n"
	"\n"
	"  --prog NAME     only this program\n"
	"  --btf FILE      the types that CO-RE fits the object to (the running kernel's)\n"
	"  --kconfig FILE  where its .kconfig variables are from (the running kernel's)\n"
	"  --asm           as an assembly file for skep asm, with maps, data and functions; it\n"
	"                  says nothing of what is in maps of maps and of programs, nor of\n"
	"                  addresses in data; what is in .kconfig becomes .rodata.kconfig\n"
	"  --json          a list of objects: program, section, type, functions (name, insns); an\n"
	"                  instruction has index, code (its bytes), text and, where a source\n"
	"                  line begins, file, line, source\n"
	"\n"
	"example: skep dis flows.bpf.o --prog count_flows\n";

enum { OPTION_PROG = OPTION_OWN, OPTION_ASM };

enum form { FORM_LISTING, FORM_ASSEMBLY, FORM_JSON };

static const struct option OPTIONS[] = {
	{ "prog", required_argument, NULL, OPTION_PROG },
	{ "asm", no_argument, NULL, OPTION_ASM },
	TARGET_OPTION_ROWS,
	OPTION_ROWS_OF_ALL,
};

static void print_program(const struct skep_prog *prog)
{
	struct listing listing = { .prog = prog };
	struct skep_prog_info info;
	char text[16];

	skep_prog_info(prog, &info);
	fputs("program ", stdout);
	listing_print_safe(info.name);
	printf(" (type %s, section ", prog_type_text(info.type, text));
	listing_print_safe(info.section);
	printf(", %u instructions)\n", (unsigned)info.insn_count);
	for (; listing_look(&listing); listing.index += listing.slots) {
		listing_print(&listing);
		putchar('\n');
	}
}

static void write_program(const struct skep_prog *prog, struct writer *writer)
{
	struct listing listing = { .prog = prog };
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
	for (; listing_look(&listing); listing.index += listing.slots) {
		if (listing.function != NULL || !open) {
			if (open) {
				writer_close_list(writer);
				writer_close_object(writer);
			}
			open = true;
			writer_open_object(writer);
			writer_member_string(writer, "name", listing.function);
			writer_key(writer, "insns");
			writer_open_list(writer);
		}
		writer_open_object(writer);
		listing_write(&listing, writer);
		writer_close_object(writer);
	}
	if (open) {
		writer_close_list(writer);
		writer_close_object(writer);
	}
	writer_close_list(writer);
	writer_close_object(writer);
}

static enum status show(const struct opened *opened, const char *name, enum form form)
{
	const bool json = form == FORM_JSON;
	struct writer writer = { .file = stdout };
	const struct skep_prog *chosen = NULL, *prog;

	if (name != NULL || skep_object_prog(opened->object, 0) == NULL) {
		chosen = object_choose(opened, name);
		if (chosen == NULL)
			return STATUS_BAD;
	}
	if (form == FORM_ASSEMBLY) {
		source_print(opened, chosen, stdout);
		return finish_output(STATUS_DONE);
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
	enum form form = FORM_LISTING;
	struct file file;
	int option;

	while ((option = next_option(&command_dis, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: form = FORM_JSON; break;
		case OPTION_ASM: form = FORM_ASSEMBLY; break;
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
		status = show(&opened, name, form);
		object_close(&opened);
	}
	file_free(&file);
	return status;
}

const struct command command_dis = { "dis", "show programs as assembly", HELP, run };
