/* SPDX-License-Identifier: Apache-2.0 */
/* Generators that have an object as their input: the command line goes in, a file of source code
 * comes out. It is written whole or, where something is refused, not at all. */
#define _GNU_SOURCE 1
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "options.h"
#include "target.h"
#include "writer.h"

enum { OPTION_TYPE = OPTION_OWN, TYPES_MAX = 256 };

static const struct option OPTIONS[] = {
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "package", required_argument, NULL, OPTION_NAME },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "type", required_argument, NULL, OPTION_TYPE },
	TARGET_OPTION_ROWS,
	OPTION_ROWS_OF_ALL,
};

struct arguments {
	const char *path, *name, *output; /* output NULL: standard output */
	const char *types[TYPES_MAX + 1]; /* ended by NULL */
	size_t type_count;
	bool json;
};

static bool ends_in(const char *text, const char *end)
{
	const size_t size = strlen(text), end_size = strlen(end);

	return size > end_size && strcmp(text + size - end_size, end) == 0;
}

/* "path/to/flows.bpf.o" says flows. Packages of Go have small letters and digits alone. */
static char *name_of(const char *path, enum gen_language language)
{
	const char *slash = strrchr(path, '/');
	char *name = duplicate(slash != NULL ? slash + 1 : path);
	char *end = name;

	if (ends_in(name, ".bpf.o"))
		name[strlen(name) - strlen(".bpf.o")] = '\0';
	else if (ends_in(name, ".o"))
		name[strlen(name) - strlen(".o")] = '\0';
	for (const char *at = name; *at != '\0'; at++) {
		const bool is_letter = isalnum((unsigned char)*at) != 0;

		if (language == GEN_C)
			*end++ = (char)(*at == '.' || *at == '-' ? '_' : *at);
		else if (is_letter)
			*end++ = (char)tolower((unsigned char)*at);
	}
	*end = '\0';
	return name;
}

static enum status store(const char *path, const char *text, size_t size)
{
	FILE *file = path == NULL ? stdout : fopen(path, "wb");
	bool written;

	if (file == NULL)
		return complain("%s: cannot be written: %s", path, strerror(errno));
	written = fwrite(text, 1, size, file) == size;
	if (path == NULL)
		return finish_output(STATUS_DONE);
	if (fclose(file) == 0 && written)
		return STATUS_DONE;
	return complain("%s: cannot be written: %s", path, strerror(errno));
}

static enum status tell(const struct arguments *arguments, const char *name, size_t size)
{
	struct writer writer = { .file = stdout };

	writer_open_object(&writer);
	writer_member_string(&writer, "output", arguments->output);
	writer_member_unsigned(&writer, "bytes", size);
	writer_member_string(&writer, "name", name);
	writer_close_object(&writer);
	putchar('\n');
	return finish_output(STATUS_DONE);
}

static enum status produce(const struct gen_writer *writer, const struct arguments *arguments,
			   const char *name, const struct file *file)
{
	struct gen_model model = { 0 };
	const struct gen_request request = { &model, name, file };
	struct opened opened;
	enum status status = object_open(file, SKEP_ENGINE_INTERP, false, &opened);
	size_t size;
	char *text;
	FILE *out;

	if (status != STATUS_DONE)
		return status;
	status = gen_model_make(&model, opened.object, writer->language, writer->reserved,
				arguments->types);
	if (status == STATUS_DONE) {
		out = text_stream(&text, &size);
		writer->write(&request, out);
		fclose(out);
		status = store(arguments->output, text, size);
		if (status == STATUS_DONE && arguments->json)
			status = tell(arguments, name, size);
		free(text);
	}
	gen_model_free(&model);
	object_close(&opened);
	return status;
}

static enum status parse(const struct gen_writer *writer, int argc, char **argv,
			 struct arguments *out, bool *answered)
{
	int option;

	while ((option = next_option(writer->command, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: *answered = true; return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: out->json = true; break;
		case OPTION_NAME: out->name = optarg; break;
		case OPTION_OUTPUT: out->output = strcmp(optarg, "-") == 0 ? NULL : optarg; break;
		default:
			if (out->type_count == TYPES_MAX)
				return complain("%s: --type more than %d times",
						writer->command->name, TYPES_MAX);
			out->types[out->type_count++] = optarg;
		}
	}
	if (out->json && out->output == NULL)
		return complain("%s: --json says what was written to a file; name one with -o",
				writer->command->name);
	out->path = only_operand(writer->command, argc, argv, "the object");
	return out->path != NULL ? STATUS_DONE : STATUS_BAD;
}

enum status gen_run(const struct gen_writer *writer, int argc, char **argv)
{
	struct arguments arguments = { 0 };
	bool answered = false;
	enum status status = parse(writer, argc, argv, &arguments, &answered);
	struct file file;
	char *name;

	if (status != STATUS_DONE || answered)
		return status;
	name = arguments.name != NULL ? duplicate(arguments.name)
				      : name_of(arguments.path, writer->language);
	if (!writer->is_name(name)) {
		status = complain("%s: \"%s\" cannot be the name; choose another with -n: letters "
				  "and digits, and what the language keeps for itself is none",
				  writer->command->name, name);
	} else {
		status = file_read(strcmp(arguments.path, "-") == 0 ? "/dev/stdin" : arguments.path,
				   OBJECT_BYTES_MAX, &file);
		if (status == STATUS_DONE) {
			status = produce(writer, &arguments, name, &file);
			file_free(&file);
		}
	}
	free(name);
	return status;
}
