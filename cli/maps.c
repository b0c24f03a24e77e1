/* SPDX-License-Identifier: Apache-2.0 */
/* skep maps: an object goes in; `list` gives the definitions of its maps, `dump` what is in them
 * before any program ran, which is the initial values of the global variables. What is in them
 * after a run, `skep run` tells. */
#define _GNU_SOURCE 1
#include <string.h>

#include "contents.h"
#include "options.h"
#include "table.h"
#include "value.h"

static const char HELP[] =
	"usage: skep maps [list|dump] OBJECT [OPTIONS]\n"
	"\n"
	"list: how the maps are defined. dump: what is in them before any program runs: the\n"
	"global variables. (skep run prints what is in them after a run.)\n"
	"\n"
	"  --maps N|all  dump: rows of each map to print (10); JSON has them all\n"
	"  --json        list: objects with name, type, key_size, value_size, max_entries, flags,\n"
	"                pinning, key_type, value_type (their C names or null), supported;\n"
	"                dump: objects with name, type, entries\n"
	"\n"
	"example: skep maps list flows.bpf.o\n";

enum {
	OPTION_MAPS = OPTION_OWN,
	ROWS_DEFAULT = 10,
	NAME_BYTES = 128,
};

static const struct option OPTIONS[] = {
	{ "maps", required_argument, NULL, OPTION_MAPS },
	OPTION_ROWS_OF_ALL,
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

static enum status dump(const struct file *file, struct opened *opened, bool json,
			uint64_t rows_max)
{
	const struct engine_setup setup = { file, opened, NULL, FRAME_MOST_LINUX };
	struct writer writer = { .file = stdout };
	struct contents *contents;
	struct engine *engine;
	enum status status;

	object_load_only(opened->object, NULL);
	status = engine_open_own(&setup, &engine);
	if (status != STATUS_DONE)
		return status;
	contents = contents_open(opened->object, engine);
	if (json) {
		contents_write_json(contents, &writer);
		putchar('\n');
	} else {
		contents_write_text(contents, stdout, rows_max);
	}
	contents_close(contents);
	engine->table->close(engine);
	return STATUS_DONE;
}

struct request {
	bool json, dump;
	uint64_t rows_max;
};

static enum status run_request(const struct request *request, const char *path)
{
	struct opened opened;
	struct file file;
	enum status status = file_read(path, OBJECT_BYTES_MAX, &file);

	if (status != STATUS_DONE)
		return status;
	status = object_open(&file, SKEP_ENGINE_INTERP, false, &opened);
	if (status == STATUS_DONE) {
		if (request->dump)
			status = dump(&file, &opened, request->json, request->rows_max);
		else if (request->json)
			list_json(opened.object);
		else
			list_text(opened.object);
		object_close(&opened);
	}
	file_free(&file);
	return finish_output(status);
}

static enum status run(int argc, char **argv)
{
	struct request request = { .rows_max = ROWS_DEFAULT };
	const char *path;
	int option;

	while ((option = next_option(&command_maps, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: request.json = true; break;
		default:
			if (parse_rows(&command_maps, optarg, &request.rows_max) != STATUS_DONE)
				return STATUS_BAD;
			break;
		}
	}
	if (optind < argc && strcmp(argv[optind], "dump") == 0) {
		request.dump = true;
		optind++;
	} else if (optind < argc && strcmp(argv[optind], "list") == 0) {
		optind++;
	}
	path = only_operand(&command_maps, argc, argv, "the object");
	return path != NULL ? run_request(&request, path) : STATUS_BAD;
}

const struct command command_maps = { "maps", "list the maps of an object", HELP, run };
