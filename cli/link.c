/* SPDX-License-Identifier: Apache-2.0 */
/* skep link: objects go in, one object that skep, libbpf and bpftool load comes out. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "object.h"
#include "options.h"
#include "writer.h"

static const char HELP[] =
	"usage: skep link OBJECT... -o OUT [OPTIONS]\n"
	"\n"
	"Links eBPF objects into one, as bpftool gen object does: functions, variables and maps\n"
	"that one declares (extern) and another defines become one, types in BTF are there once.\n"
	"Objects must have one byte order and one licence; what is strongly defined twice, or\n"
	"declared as something else than it is, is refused.\n"
	"\n"
	"  -o, --output OUT  the file to write; - is standard output\n"
	"  --json            one object: output, bytes, inputs (path, bytes)\n"
	"\n"
	"example: skep link flows.bpf.o access.bpf.o -o both.bpf.o\n";

static const struct option OPTIONS[] = {
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	OPTION_ROWS_OF_ALL,
};

struct output {
	const char *path;
	size_t size;
	enum status status;
};

/* Writes the object to its file. */
static void store(void *ctx, const void *bytes, size_t size)
{
	struct output *output = ctx;
	const bool is_stdout = strcmp(output->path, "-") == 0;
	FILE *file = is_stdout ? stdout : fopen(output->path, "wb");
	bool written;

	output->size = size;
	if (file == NULL) {
		output->status =
			complain("%s: cannot be written: %s", output->path, strerror(errno));
		return;
	}
	written = fwrite(bytes, 1, size, file) == size;
	if (is_stdout)
		output->status = finish_output(STATUS_DONE);
	else if (fclose(file) != 0 || !written)
		output->status =
			complain("%s: cannot be written: %s", output->path, strerror(errno));
}

static void write_json(const struct output *output, const struct file *files, uint32_t count)
{
	struct writer writer = { .file = stdout };

	writer_open_object(&writer);
	writer_member_string(&writer, "output", output->path);
	writer_member_unsigned(&writer, "bytes", output->size);
	writer_key(&writer, "inputs");
	writer_open_list(&writer);
	for (uint32_t i = 0; i < count; i++) {
		writer_open_object(&writer);
		writer_member_string(&writer, "path", files[i].path);
		writer_member_unsigned(&writer, "bytes", files[i].size);
		writer_close_object(&writer);
	}
	writer_close_list(&writer);
	writer_close_object(&writer);
	putchar('\n');
}

/* A skep_log_fn. */
static void print_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	complain("%s", report->text);
}

static enum status link_files(const struct file *files, uint32_t count, struct output *output)
{
	const struct skep_config config = { .port = skep_port_posix(),
					    .log = print_report,
					    .engine = SKEP_ENGINE_INTERP };
	struct skep_link_input *inputs = allocate(count, sizeof(*inputs));
	struct skep_runtime *runtime;
	enum status status = STATUS_BAD;
	int err;

	for (uint32_t i = 0; i < count; i++)
		inputs[i] =
			(struct skep_link_input){ files[i].bytes, files[i].size, files[i].path };
	if (skep_runtime_open(&config, &runtime) == 0) {
		err = skep_link(runtime, inputs, count, store, output);
		/* Objects that are sound and do not fit each other: the answer is no. */
		status = err == 0                                   ? output->status
			 : err == SKEP_EEXIST || err == SKEP_EINVAL ? STATUS_NO
								    : STATUS_BAD;
		skep_runtime_close(runtime);
	}
	free(inputs);
	return status;
}

static enum status link_paths(char **paths, uint32_t count, const char *path, bool json)
{
	struct file *files = allocate(count, sizeof(*files));
	struct output output = { .path = path };
	enum status status = STATUS_DONE;

	for (uint32_t i = 0; i < count && status == STATUS_DONE; i++)
		status = file_read(paths[i], OBJECT_BYTES_MAX, &files[i]);
	if (status == STATUS_DONE)
		status = link_files(files, count, &output);
	if (status == STATUS_DONE && json) {
		write_json(&output, files, count);
		status = finish_output(status);
	}
	for (uint32_t i = 0; i < count; i++)
		file_free(&files[i]);
	free(files);
	return status;
}

static enum status run(int argc, char **argv)
{
	const char *output = NULL;
	bool json = false;
	int option;

	while ((option = next_option(&command_link, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: json = true; break;
		default: output = optarg; break;
		}
	}
	if (optind == argc)
		return complain("link: the objects are missing; see skep link --help");
	if (output == NULL)
		return complain("link: -o OUT is missing; see skep link --help");
	if (json && strcmp(output, "-") == 0)
		return complain("link: --json and -o - both write to standard output");
	return link_paths(argv + optind, (uint32_t)(argc - optind), output, json);
}

const struct command command_link = { "link", "link objects into one", HELP, run };
