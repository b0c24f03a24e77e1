/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep vars: the global variables of an object, or of a map of the kernel that a loader made of a
 * data section. They are listed, read, set and watched by name and path, typed through BTF.
 */
#define _GNU_SOURCE 1
#include "vars.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "options.h"
#include "table.h"
#include "target.h"
#include "value.h"
#include "variable.h"

static const char HELP[] =
	"usage: skep vars [list] OBJECT [--json]\n"
	"       skep vars get OBJECT PATH... [--json]\n"
	"       skep vars set OBJECT PATH=VALUE... [--set-file FILE] -o OUT\n"
	"       skep vars watch OBJECT [PATH...] --pcap FILE [--prog NAME] [--every N] [--json]\n"
	"       skep vars list|get|set|watch --map-id N|--pinned FILE [PATH[=VALUE]...]\n"
	"\n"
	"list: name, type, place and value of every variable. get: values of variables or of\n"
	"pieces of them. set: writes the object with other initial values, or stores into a live\n"
	"map of the kernel. watch: what changes while a program runs over a capture, or while\n"
	"the kernel runs it.\n"
	"\n"
	"A PATH is a name, then members and elements: pts[1].n; an index may be an enumerator's\n"
	"name. A static variable is also file.c:name or function.name. Values are written as\n"
	"their types say, as for skep run --set.\n"
	"\n"
	"  --pcap FILE      watch: run a program over every frame of a capture\n"
	"  --prog NAME      watch: the program, if the object has several\n"
	"  --set PATH=VALUE watch: set a variable first; repeatable; @FILE as --set-file\n"
	"  --every N        watch: compare after every N frames (1)\n"
	"  --map-id N       a map of the kernel by its number: .bss, .data or .rodata of a "
	"program\n"
	"  --pinned FILE    a map of the kernel by its pin\n"
	"  --interval MS    watch: compare the kernel's map every MS milliseconds (1000)\n"
	"  --times N        watch: end after N comparisons of the kernel's map\n"
	"  --btf FILE       the types that CO-RE fits the object to (the running kernel's)\n"
	"  --kconfig FILE   where its .kconfig variables are from (the running kernel's)\n"
	"  --set-file FILE  a PATH = VALUE on every line, # for comments\n"
	"  -o, --output OUT set: the object to write\n"
	"  --json           list: objects with name, file, section, offset, size, type,\n"
	"                   linkage, hidden, read_only, value (of the kernel's map: name, map,\n"
	"                   offset, size, type, value); get: an object of paths and values;\n"
	"                   watch: one line for each comparison that found changes: packets or\n"
	"                   ms, changes (path, before, after)\n"
	"\n"
	"example: skep vars list flows.bpf.o\n"
	"example: skep vars set flows.bpf.o drop_tcp_port=80 -o port80.o\n";

enum {
	OPTION_PCAP = OPTION_OWN,
	OPTION_PROG,
	OPTION_SET,
	OPTION_EVERY,
	OPTION_MAP_ID,
	OPTION_PINNED,
	OPTION_INTERVAL,
	OPTION_TIMES,
	OPTION_SET_FILE,
	NAME_BYTES = 128,
};

static const struct option OPTIONS[] = {
	{ "pcap", required_argument, NULL, OPTION_PCAP },
	{ "prog", required_argument, NULL, OPTION_PROG },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "every", required_argument, NULL, OPTION_EVERY },
	{ "map-id", required_argument, NULL, OPTION_MAP_ID },
	{ "pinned", required_argument, NULL, OPTION_PINNED },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "times", required_argument, NULL, OPTION_TIMES },
	{ "set-file", required_argument, NULL, OPTION_SET_FILE },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	TARGET_OPTION_ROWS,
	OPTION_ROWS_OF_ALL,
};

static const char *linkage_of(const struct skep_var *var)
{
	return var->is_static ? "static" : var->is_weak ? "weak" : "global";
}

static void list_json(const struct skep_object *object)
{
	struct writer writer = { .file = stdout };
	struct variable variable;
	char type[NAME_BYTES];

	writer_open_list(&writer);
	for (uint32_t i = 0; skep_object_var(object, i, &variable.whole) == 0; i++) {
		const struct skep_var *var = &variable.whole;

		variable.piece = *var;
		value_type_text(skep_object_btf(object), var->type, type, sizeof(type));
		writer_open_object(&writer);
		writer_member_string(&writer, "name", var->name);
		writer_member_string(&writer, "file", var->file);
		writer_member_string(&writer, "section", var->section);
		writer_member_unsigned(&writer, "offset", var->offset);
		writer_member_unsigned(&writer, "size", var->size);
		writer_member_string(&writer, "type", type[0] != '\0' ? type : NULL);
		writer_member_string(&writer, "linkage", linkage_of(var));
		writer_key(&writer, "hidden");
		writer_bool(&writer, var->is_hidden);
		writer_key(&writer, "read_only");
		writer_bool(&writer, var->read_only);
		writer_key(&writer, "value");
		variable_write(&writer, &variable);
		writer_close_object(&writer);
	}
	writer_close_list(&writer);
	putchar('\n');
}

/* A value as plain text, to be freed. */
static char *value_text(const struct variable *variable)
{
	struct writer writer = { .plain = true };
	size_t size;
	char *text;

	writer.file = text_stream(&text, &size);
	variable_write(&writer, variable);
	fclose(writer.file);
	return text;
}

static void list_text(const struct skep_object *object)
{
	static const char *const HEADINGS[] = { "name",  "type",    "section", ">offset",
						">size", "linkage", "value" };
	struct table *table = table_open(HEADINGS, 7);
	struct variable variable;
	char type[NAME_BYTES];

	for (uint32_t i = 0; skep_object_var(object, i, &variable.whole) == 0; i++) {
		const struct skep_var *var = &variable.whole;
		char *text;

		variable.piece = *var;
		text = value_text(&variable);
		value_type_text(skep_object_btf(object), var->type, type, sizeof(type));
		table_cell(table, "%s", var->name);
		table_cell(table, "%s", type);
		table_cell(table, "%s", var->section);
		table_cell(table, "%u", (unsigned)var->offset);
		table_cell(table, "%u", (unsigned)var->size);
		table_cell(table, "%s", linkage_of(var));
		table_cell(table, "%s", text);
		free(text);
	}
	table_close(table, stdout, 0);
}

static enum status get(const struct vars_request *request, struct skep_object *object)
{
	struct writer writer = { .file = stdout };
	struct variable *found = allocate(request->path_count, sizeof(*found));
	enum status status = STATUS_DONE;

	/* All or nothing. */
	for (size_t i = 0; i < request->path_count && status == STATUS_DONE; i++)
		status = variable_find(object, "vars get: ", request->paths[i], &found[i]);
	if (status == STATUS_DONE && request->json) {
		writer_open_object(&writer);
		for (size_t i = 0; i < request->path_count; i++) {
			writer_key(&writer, request->paths[i]);
			variable_write(&writer, &found[i]);
		}
		writer_close_object(&writer);
		putchar('\n');
	}
	for (size_t i = 0; i < request->path_count && status == STATUS_DONE && !request->json;
	     i++) {
		char *text = value_text(&found[i]);

		if (request->path_count > 1)
			printf("%s = ", request->paths[i]);
		puts(text);
		free(text);
	}
	free(found);
	return status;
}

static enum status write_file(const char *path, const struct file *file)
{
	FILE *stream = fopen(path, "wb");
	bool written;

	if (stream == NULL)
		return complain("%s: cannot be written; name a file in a folder that can be", path);
	written = fwrite(file->bytes, 1, file->size, stream) == file->size;
	written = fclose(stream) == 0 && written;
	return written ? STATUS_DONE
		       : complain("%s: could not be written whole; is the disk full?", path);
}

/* Each run of bytes that differ, so that a structure's other members are not touched. */
static enum status patch_runs(struct file *file, const struct skep_var *var, const uint8_t *bytes,
			      const uint8_t *before)
{
	enum status status = STATUS_DONE;
	size_t end;

	for (size_t at = 0; at < var->size && status == STATUS_DONE; at = end) {
		for (end = at; end < var->size && bytes[end] != before[end]; end++)
			;
		if (end > at)
			status = vars_patch(file, var->name, var->section,
					    var->offset + (uint32_t)at, bytes + at, end - at);
		else
			end++;
	}
	return status;
}

/* Puts into the file every byte that differs from what the file began with. */
static enum status patch_sections(struct file *file, struct skep_object *object,
				  const struct skep_object *original)
{
	struct skep_var var, before;
	enum status status = STATUS_DONE;

	for (uint32_t i = 0; status == STATUS_DONE && skep_object_var(object, i, &var) == 0; i++) {
		uint8_t *bytes = allocate(2, var.size);

		if (skep_object_var(original, i, &before) == 0 && before.size == var.size &&
		    skep_var_read(&var, bytes, var.size) == 0 &&
		    skep_var_read(&before, bytes + var.size, var.size) == 0)
			status = patch_runs(file, &var, bytes, bytes + var.size);
		free(bytes);
	}
	return status;
}

static enum status set(const struct vars_request *request, struct file *file,
		       struct skep_object *object)
{
	struct opened original;
	enum status status = object_open(file, SKEP_ENGINE_INTERP, true, &original);

	for (size_t i = 0; i < request->path_count && status == STATUS_DONE; i++)
		status = variable_set(object, request->paths[i]);
	if (status == STATUS_DONE)
		status = patch_sections(file, object, original.object);
	object_close(&original);
	return status == STATUS_DONE ? write_file(request->output, file) : status;
}

static enum status run_object(const struct vars_request *request)
{
	struct opened opened;
	struct file file;
	enum status status = file_read(request->object, OBJECT_BYTES_MAX, &file);

	if (status != STATUS_DONE)
		return status;
	status = object_open(&file, SKEP_ENGINE_INTERP, false, &opened);
	if (status == STATUS_DONE) {
		if (request->action == VARS_GET)
			status = get(request, opened.object);
		else if (request->action == VARS_SET)
			status = set(request, &file, opened.object);
		else if (request->json)
			list_json(opened.object);
		else
			list_text(opened.object);
		object_close(&opened);
	}
	file_free(&file);
	return status;
}

static enum status keep(const char **list, size_t *count, const char *text)
{
	if (*count == VARS_PATHS_MAX)
		return complain("vars: more than %d variables are named", VARS_PATHS_MAX);
	list[(*count)++] = text;
	return STATUS_DONE;
}

static enum status take_option(struct vars_request *request, int option)
{
	switch (option) {
	case OPTION_JSON: request->json = true; break;
	case OPTION_OUTPUT: request->output = optarg; break;
	case OPTION_PCAP: request->pcap = optarg; break;
	case OPTION_PROG: request->prog = optarg; break;
	case OPTION_PINNED: request->pinned = optarg; break;
	case OPTION_SET: return keep(request->sets, &request->set_count, optarg);
	case OPTION_SET_FILE:
		return keep(request->sets, &request->set_count, variable_set_file(optarg));
	case OPTION_MAP_ID:
		return parse_count(&command_vars, "--map-id", optarg, 1, UINT32_MAX,
				   &request->map_id);
	case OPTION_EVERY:
		return parse_count(&command_vars, "--every", optarg, 1, UINT64_MAX,
				   &request->every);
	case OPTION_INTERVAL:
		return parse_count(&command_vars, "--interval", optarg, 1, 86400000,
				   &request->interval_ms);
	case OPTION_TIMES:
		return parse_count(&command_vars, "--times", optarg, 1, UINT64_MAX,
				   &request->times);
	}
	return STATUS_DONE;
}

/* [ACTION] [OBJECT] [PATH...] */
static enum status take_operands(struct vars_request *request, int argc, char **argv)
{
	static const char *const ACTIONS[] = {
		[VARS_LIST] = "list", [VARS_GET] = "get", [VARS_SET] = "set", [VARS_WATCH] = "watch"
	};
	enum status status = STATUS_DONE;
	int at = optind;

	for (size_t i = 0; at == optind && at < argc && i < 4; i++) {
		if (strcmp(argv[at], ACTIONS[i]) == 0) {
			request->action = (enum vars_action)i;
			at++;
		}
	}
	if (request->map_id == 0 && request->pinned == NULL) {
		if (at == argc)
			return complain("vars: the object is missing, or --map-id or --pinned; see "
					"skep vars --help");
		request->object = argv[at++];
	}
	while (at < argc && status == STATUS_DONE)
		status = keep(request->paths, &request->path_count, argv[at++]);
	/* What is set is set in the order given, files last. */
	for (size_t i = 0; request->action == VARS_SET && i < request->set_count; i++)
		status = keep(request->paths, &request->path_count, request->sets[i]);
	return status;
}

static enum status check_request(const struct vars_request *request)
{
	const bool is_object = request->object != NULL;

	if (request->map_id != 0 && request->pinned != NULL)
		return complain("vars: --map-id and --pinned are both given; choose one");
	if (request->action == VARS_LIST && request->path_count > 0)
		return complain("vars: \"%s\" is one argument too many; see skep vars --help",
				request->paths[0]);
	if ((request->action == VARS_GET || request->action == VARS_SET) &&
	    request->path_count == 0)
		return complain("vars %s: name at least one variable%s; see skep vars --help",
				request->action == VARS_GET ? "get" : "set",
				request->action == VARS_GET ? "" : ", as PATH=VALUE");
	if ((request->action == VARS_SET && is_object) != (request->output != NULL))
		return complain("vars: -o OUT goes with set OBJECT, and must be there: the object "
				"itself is not changed");
	if ((request->action == VARS_WATCH && is_object) != (request->pcap != NULL))
		return complain("vars: --pcap goes with watch OBJECT, and must be there: a program "
				"runs over the capture");
	return STATUS_DONE;
}

static enum status run(int argc, char **argv)
{
	struct vars_request request = { .every = 1, .interval_ms = 1000 };
	enum status status = STATUS_DONE;
	int option;

	while (status == STATUS_DONE &&
	       (option = next_option(&command_vars, argc, argv, OPTIONS)) != OPTION_NONE) {
		if (option == OPTION_HELP)
			return STATUS_DONE;
		status = option == OPTION_BAD ? STATUS_BAD : take_option(&request, option);
	}
	if (status == STATUS_DONE)
		status = take_operands(&request, argc, argv);
	if (status == STATUS_DONE)
		status = check_request(&request);
	if (status != STATUS_DONE)
		return status;
	if (request.object == NULL)
		status = vars_kernel(&request);
	else if (request.action == VARS_WATCH)
		status = vars_watch(&request);
	else
		status = run_object(&request);
	return finish_output(status);
}

const struct command command_vars = {
	"vars", "list, get, set and watch global variables of objects and of the kernel's maps",
	HELP, run
};
