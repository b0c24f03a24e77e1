/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep asm: an assembly file goes in, an object that skep and libbpf load comes out, or with --raw
 * the instructions alone. source.h describes the file; skep dis --asm writes it.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "options.h"
#include "source.h"
#include "writer.h"

static const char HELP[] =
	"usage: skep asm FILE -o OUT [OPTIONS]\n"
	"\n"
	"Assembles eBPF into a little-endian object for skep and libbpf. FILE: - is standard\n"
	"input. Beside instructions, labels (again:) and comments (# and //) it has these lines:\n"
	"\n"
	"  .license \"GPL\"\n"
	"  .map NAME TYPE [key N] [value N] [entries N] [flags N]\n"
	"  .section NAME    of the instructions that follow, such as xdp: a program begins at the\n"
	"                   first label. In .text are functions that programs call. In .data,\n"
	"                   .rodata and .bss are .hex 01 02ff and .zero N instead\n"
	"  .globl NAME      where NAME: is, another program of its section begins\n"
	"  .extern NAME     a function that is not in FILE\n"
	"\n"
	"Instructions name maps, sections of data, functions and helpers:\n"
	"\n"
	"  r1 = map[counts] ll;  r1 = map_value[.data]+8 ll;  call add;  call map_lookup_elem\n"
	"\n"
	"  -o, --output OUT  the file to write; - is standard output\n"
	"  --raw             only the instructions, 8 bytes each, little-endian, of a FILE with "
	"one\n"
	"                    section of them; maps become their numbers from 0 in the order of\n"
	"                    .map lines\n"
	"  --json            one object: output, bytes, sections (name, insns, functions)\n"
	"\n"
	"example: skep dis --asm flows.bpf.o | skep asm - -o copy.bpf.o\n";

enum { OPTION_RAW = OPTION_OWN };

static const struct option OPTIONS[] = {
	{ "raw", no_argument, NULL, OPTION_RAW },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	OPTION_ROWS_OF_ALL,
};

static void write_json(const struct source *source, const char *path, size_t size)
{
	struct writer writer = { .file = stdout };

	writer_open_object(&writer);
	writer_member_string(&writer, "output", path);
	writer_member_unsigned(&writer, "bytes", size);
	writer_key(&writer, "sections");
	writer_open_list(&writer);
	for (uint32_t i = 0; i < source_section_count(source); i++) {
		const struct source_section *section = source_section(source, i);

		if (section->is_data)
			continue;
		writer_open_object(&writer);
		writer_member_string(&writer, "name", section->name);
		writer_member_unsigned(&writer, "insns", section->insn_count);
		writer_key(&writer, "functions");
		writer_open_list(&writer);
		for (uint32_t j = 0; j < label_count(section); j++)
			if (label_at(section, j)->is_function)
				writer_string(&writer, label_at(section, j)->name);
		writer_close_list(&writer);
		writer_close_object(&writer);
	}
	writer_close_list(&writer);
	writer_close_object(&writer);
	putchar('\n');
}

/* Writes what was made to its file. */
static enum status store(const char *path, const char *bytes, size_t size)
{
	const bool is_stdout = strcmp(path, "-") == 0;
	FILE *file = is_stdout ? stdout : fopen(path, "wb");
	bool written;

	if (file == NULL)
		return complain("%s: cannot be written: %s", path, strerror(errno));
	written = fwrite(bytes, 1, size, file) == size;
	if (is_stdout)
		return finish_output(STATUS_DONE);
	if (fclose(file) == 0 && written)
		return STATUS_DONE;
	return complain("%s: cannot be written: %s", path, strerror(errno));
}

static enum status produce(const struct source *source, const char *path, bool raw, bool json)
{
	enum status status = STATUS_DONE;
	size_t size;
	char *bytes;
	FILE *out = text_stream(&bytes, &size);

	if (raw)
		status = source_write_raw(source, out);
	else
		source_write_object(source, out);
	fclose(out);
	if (status == STATUS_DONE)
		status = store(path, bytes, size);
	if (status == STATUS_DONE && json) {
		write_json(source, path, size);
		status = finish_output(status);
	}
	free(bytes);
	return status;
}

/* A skep_log_fn; `ctx` is the path. */
static void print_report(void *ctx, const struct skep_report *report)
{
	complain("%s: %s", (const char *)ctx, report->text);
}

static enum status assemble(const char *path, const char *output, bool raw, bool json)
{
	char *name = duplicate(strcmp(path, "-") == 0 ? "standard input" : path);
	const struct skep_config config = { .port = skep_port_posix(),
					    .log = print_report,
					    .log_ctx = name,
					    .engine = SKEP_ENGINE_INTERP };
	struct skep_runtime *runtime;
	struct source source;
	enum status status;
	struct file file;

	status = file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, ASSEMBLY_BYTES_MAX, &file);
	if (status == STATUS_DONE) {
		file.path = name;
		status = skep_runtime_open(&config, &runtime) == 0 ? STATUS_DONE : STATUS_BAD;
		if (status == STATUS_DONE) {
			status = source_read(&file, runtime, raw, &source);
			if (status == STATUS_DONE)
				status = produce(&source, output, raw, json);
			source_free(&source);
			skep_runtime_close(runtime);
		}
		file_free(&file);
	}
	free(name);
	return status;
}

static enum status run(int argc, char **argv)
{
	const char *path, *output = NULL;
	bool raw = false, json = false;
	int option;

	while ((option = next_option(&command_asm, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: json = true; break;
		case OPTION_RAW: raw = true; break;
		default: output = optarg; break;
		}
	}
	path = only_operand(&command_asm, argc, argv, "the assembly file");
	if (path == NULL)
		return STATUS_BAD;
	if (output == NULL)
		return complain("asm: -o OUT is missing; see skep asm --help");
	if (json && strcmp(output, "-") == 0)
		return complain("asm: --json and -o - both write to standard output");
	return assemble(path, output, raw, json);
}

const struct command command_asm = { "asm", "make an object of assembly", HELP, run };
