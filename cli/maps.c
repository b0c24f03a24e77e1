/* SPDX-License-Identifier: Apache-2.0 */
/* skep maps: an object goes in; `list` gives the definitions of its maps, `dump` what is in them
 * before any program ran, which is the initial values of the global variables, and `update` what is
 * in one of them after entries were put in and taken out, or why the map refused. Maps live as long
 * as the process: nothing is changed outside of it. What is in them after a run, `skep run` tells.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "entry.h"
#include "memory.h"
#include "options.h"
#include "table.h"
#include "value.h"

static const char HELP[] =
	"usage: skep maps [list] OBJECT [--json]\n"
	"       skep maps dump OBJECT [MAP] [--maps N|all] [--json]\n"
	"       skep maps update OBJECT MAP KEY=VALUE... [--delete KEY] [--flags FLAGS] [--json]\n"
	"\n"
	"list: how the maps are defined. dump: what is in them, or in one, before any program "
	"runs:\n"
	"the global variables. update: what is in a map after entries were put into it, or the\n"
	"map's answer if it refuses one (exit status 1). Maps live as long as the command does; "
	"to\n"
	"run a program over entries, see skep run --entry.\n"
	"\n"
	"Keys and values are written as their BTF types say: numbers, 'c', true, enumerators,\n"
	"10.0.0.1, \"text\", {NAME=VALUE, ...} with members not named zero, [VALUE, ...]; a value\n"
	"for each cpu is such a list. Anything may be hex: and its bytes in memory order. What is\n"
	"printed can be written, but numbers of __be16 and __be32 are written as on the wire,\n"
	"where --json shows them as this machine reads them. Put -- before OBJECT if a key begins\n"
	"with -.\n"
	"\n"
	"  --delete KEY   update: then take this key out; repeatable\n"
	"  --flags FLAGS  update: any (as it comes, the default), noexist (only keys that are not\n"
	"                 there yet) or exist (only keys that are)\n"
	"  --btf FILE     the types that CO-RE fits the object to (the running kernel's)\n"
	"  --kconfig FILE  where its .kconfig variables are from (the running kernel's)\n"
	"  --maps N|all   dump, update: rows of each map to print (10); JSON has them all\n"
	"  --json         list: objects with name, type, key_size, value_size, max_entries, "
	"flags,\n"
	"                 pinning, key_type, value_type (their C names or null), supported;\n"
	"                 dump, update: objects with name, type, entries\n"
	"\n"
	"example: skep maps list flows.bpf.o\n"
	"example: skep maps update flows.bpf.o rules '{port=53, protocol=17}=1'\n";

enum {
	OPTION_MAPS = OPTION_OWN,
	OPTION_DELETE,
	OPTION_FLAGS,
	ROWS_DEFAULT = 10,
	NAME_BYTES = 128,
	DELETES_MAX = 256,
};

static const struct option OPTIONS[] = {
	{ "maps", required_argument, NULL, OPTION_MAPS },
	{ "delete", required_argument, NULL, OPTION_DELETE },
	{ "flags", required_argument, NULL, OPTION_FLAGS },
	TARGET_OPTION_ROWS,
	OPTION_ROWS_OF_ALL,
};

enum action { ACTION_LIST, ACTION_DUMP, ACTION_UPDATE };

struct request {
	enum action action;
	bool json, flags_given;
	uint64_t rows_max, flags;
	const char *deletes[DELETES_MAX];
	size_t delete_count;
	const char *path;
	const char *map;      /* dump: NULL is all of them */
	char *const *entries; /* update: KEY=VALUE */
	size_t entry_count;
};

static void write_type_name(struct writer *writer, const char *name, const struct skep_btf *btf,
			    uint32_t type)
{
	char text[NAME_BYTES];

	value_type_text(btf, type, text, sizeof(text));
	writer_member_string(writer, name, text[0] != '\0' ? text : NULL);
}

static void list_json(const struct skep_object *object)
{
	const struct skep_btf *btf = skep_object_btf(object);
	struct writer writer = { .file = stdout };
	struct skep_map *map;
	char text[16];

	writer_open_list(&writer);
	for (uint32_t i = 0; (map = skep_object_map(object, i)) != NULL; i++) {
		const struct skep_map_def *def = skep_map_def(map);

		writer_open_object(&writer);
		writer_member_string(&writer, "name", skep_map_name(map));
		writer_member_string(&writer, "type", map_type_text(map, text));
		writer_member_unsigned(&writer, "key_size", def->key_size);
		writer_member_unsigned(&writer, "value_size", def->value_size);
		writer_member_unsigned(&writer, "max_entries", def->max_entries);
		writer_member_unsigned(&writer, "flags", def->flags);
		writer_member_unsigned(&writer, "pinning", def->pinning);
		write_type_name(&writer, "key_type", btf, skep_map_key_type(map));
		write_type_name(&writer, "value_type", btf, skep_map_value_type(map));
		writer_key(&writer, "supported");
		writer_bool(&writer, skep_map_kind(map) != NULL);
		writer_close_object(&writer);
	}
	writer_close_list(&writer);
	putchar('\n');
}

static void list_text(const struct skep_object *object)
{
	static const char *const HEADINGS[] = {
		"name", "type", ">key", ">value", ">max_entries", ">flags", "key type", "value type"
	};
	const struct skep_btf *btf = skep_object_btf(object);
	struct table *table = table_open(HEADINGS, 8);
	char text[16], name[NAME_BYTES];
	struct skep_map *map;

	for (uint32_t i = 0; (map = skep_object_map(object, i)) != NULL; i++) {
		const struct skep_map_def *def = skep_map_def(map);

		table_cell(table, "%s", skep_map_name(map));
		table_cell(table, "%s%s", map_type_text(map, text),
			   skep_map_kind(map) != NULL ? "" : " (not in skep)");
		table_cell(table, "%u", (unsigned)def->key_size);
		table_cell(table, "%u", (unsigned)def->value_size);
		table_cell(table, "%u", (unsigned)def->max_entries);
		table_cell(table, "0x%x", (unsigned)def->flags);
		value_type_text(btf, skep_map_key_type(map), name, sizeof(name));
		table_cell(table, "%s", name);
		value_type_text(btf, skep_map_value_type(map), name, sizeof(name));
		table_cell(table, "%s", name);
	}
	table_close(table, stdout, 0);
}

static enum status refuse(const struct entry_place *place, const char *text, int err)
{
	complain("%sthe map refuses %s: %s (%s)", place->where, text, skep_err_text(err),
		 skep_err_name(err));
	return STATUS_NO;
}

static enum status put(struct skep_map *map, const struct entry_place *place, const char *text,
		       uint64_t flags)
{
	struct entry entry;
	enum status status = entry_read(place, text, &entry);
	int err;

	if (status != STATUS_DONE)
		return status;
	err = skep_map_update(map, entry.key, entry.value, flags);
	if (err != 0)
		status = refuse(place, text, err);
	entry_free(&entry);
	return status;
}

static enum status take_out(struct skep_map *map, const struct entry_place *place, const char *text)
{
	struct entry entry;
	enum status status = entry_read_key(place, text, &entry);
	int err;

	if (status != STATUS_DONE)
		return status;
	err = skep_map_delete(map, entry.key);
	if (err != 0)
		status = refuse(place, text, err);
	entry_free(&entry);
	return status;
}

/* All updates, then all deletions, until one is refused. */
static enum status update(const struct request *request, const struct skep_object *object,
			  struct skep_map *map)
{
	struct entry_place place = { object, map, skep_map_read_size(map), NULL };
	enum status status = STATUS_DONE;
	FILE *stream;
	char *where;
	size_t size;

	stream = text_stream(&where, &size);
	fprintf(stream, "maps update %s: ", request->map);
	fclose(stream);
	place.where = where;
	for (size_t i = 0; i < request->entry_count && status == STATUS_DONE; i++)
		status = put(map, &place, request->entries[i], request->flags);
	for (size_t i = 0; i < request->delete_count && status == STATUS_DONE; i++)
		status = take_out(map, &place, request->deletes[i]);
	free(where);
	return status;
}

/* Makes the maps, changes one of them if that is asked for, and prints them. */
static enum status show(const struct request *request, const struct file *file,
			struct opened *opened)
{
	const struct engine_setup setup = { file, opened, NULL, FRAME_MOST_LINUX };
	struct writer writer = { .file = stdout };
	struct skep_map *only = NULL;
	struct contents *contents;
	struct engine *engine;
	enum status status;

	if (request->map != NULL) {
		only = entry_map(opened->object, request->map, "maps: ");
		if (only == NULL)
			return STATUS_BAD;
	}
	object_load_only(opened->object, NULL);
	status = engine_open_own(&setup, &engine);
	if (status != STATUS_DONE)
		return status;
	if (request->action == ACTION_UPDATE)
		status = update(request, opened->object, only);
	contents = contents_open(opened->object, engine);
	if (status == STATUS_DONE && request->json) {
		contents_write_json(contents, only, &writer);
		putchar('\n');
	} else if (status == STATUS_DONE) {
		contents_write_text(contents, only, stdout, request->rows_max);
	}
	contents_close(contents);
	engine->table->close(engine);
	return status;
}

static enum status run_request(const struct request *request)
{
	struct opened opened;
	struct file file;
	enum status status = file_read(request->path, OBJECT_BYTES_MAX, &file);

	if (status != STATUS_DONE)
		return status;
	status = object_open(&file, SKEP_ENGINE_INTERP, false, &opened);
	if (status == STATUS_DONE) {
		if (request->action != ACTION_LIST)
			status = show(request, &file, &opened);
		else if (request->json)
			list_json(opened.object);
		else
			list_text(opened.object);
		object_close(&opened);
	}
	file_free(&file);
	return finish_output(status);
}

static enum status take_option(struct request *request, int option)
{
	/* Linux's BPF_ANY, BPF_NOEXIST and BPF_EXIST. */
	static const char *const FLAGS[] = { "any", "noexist", "exist" };

	switch (option) {
	case OPTION_JSON: request->json = true; break;
	case OPTION_MAPS: return parse_rows(&command_maps, optarg, &request->rows_max);
	case OPTION_DELETE:
		if (request->delete_count == DELETES_MAX)
			return complain("maps: --delete is given more than %d times", DELETES_MAX);
		request->deletes[request->delete_count++] = optarg;
		break;
	case OPTION_FLAGS:
		request->flags_given = true;
		for (size_t i = 0; i < sizeof(FLAGS) / sizeof(FLAGS[0]); i++) {
			if (strcmp(FLAGS[i], optarg) == 0) {
				request->flags = i;
				return STATUS_DONE;
			}
		}
		return complain("maps: --flags %s: choose any, noexist or exist", optarg);
	}
	return STATUS_DONE;
}

/* From the operands: [ACTION] OBJECT [MAP [KEY=VALUE...]]. */
static enum status take_operands(struct request *request, int argc, char **argv)
{
	static const char *const ACTIONS[] = {
		[ACTION_LIST] = "list", [ACTION_DUMP] = "dump", [ACTION_UPDATE] = "update"
	};
	int at = optind;

	for (size_t i = 0; at == optind && at < argc && i < 3; i++) {
		if (strcmp(argv[at], ACTIONS[i]) == 0) {
			request->action = (enum action)i;
			at++;
		}
	}
	if (request->action != ACTION_UPDATE && (request->delete_count > 0 || request->flags_given))
		return complain("maps: --delete and --flags are for skep maps update");
	if (at == argc)
		return complain("maps: the object is missing; see skep maps --help");
	request->path = argv[at++];
	if (request->action != ACTION_LIST && at < argc)
		request->map = argv[at++];
	if (request->action != ACTION_UPDATE)
		return at == argc ? STATUS_DONE
				  : complain("maps: \"%s\" is one argument too many; see skep "
					     "maps --help",
					     argv[at]);
	if (request->map == NULL || (at == argc && request->delete_count == 0))
		return complain("maps update: name the object, a map, and KEY=VALUE or --delete "
				"KEY; see skep maps --help");
	request->entries = argv + at;
	request->entry_count = (size_t)(argc - at);
	return STATUS_DONE;
}

static enum status run(int argc, char **argv)
{
	struct request request = { .rows_max = ROWS_DEFAULT };
	enum status status = STATUS_DONE;
	int option;

	while (status == STATUS_DONE &&
	       (option = next_option(&command_maps, argc, argv, OPTIONS)) != OPTION_NONE) {
		if (option == OPTION_HELP)
			return STATUS_DONE;
		status = option == OPTION_BAD ? STATUS_BAD : take_option(&request, option);
	}
	if (status == STATUS_DONE)
		status = take_operands(&request, argc, argv);
	return status == STATUS_DONE ? run_request(&request) : status;
}

const struct command command_maps = { "maps", "list, dump and update the maps of an object", HELP,
				      run };
