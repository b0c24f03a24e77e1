/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object and a capture in, a line for every time that variables changed out: the program runs
 * over the frames, and after every so many the data sections are compared with what they were.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "engine.h"
#include "memory.h"
#include "value.h"
#include "variable.h"
#include "vars.h"

/* A data section that can change, as it was and as it is. */
struct section {
	const struct skep_map *map;
	uint8_t *before, *after;
	size_t size;
};

struct watch {
	const struct vars_request *request;
	struct opened opened;
	struct section *sections;
	size_t section_count;
	struct variable *wanted; /* those named; none: all */
	uint64_t packets;
	struct writer writer;
	const struct section *section; /* that is being compared */
	bool changed;                  /* something was told since the line began */
};

static bool is_wanted(const struct watch *watch, const struct skep_var *piece)
{
	for (size_t i = 0; i < watch->request->path_count; i++) {
		const struct skep_var *wanted = &watch->wanted[i].piece;

		if (wanted->map == piece->map && wanted->offset < piece->offset + piece->size &&
		    piece->offset < wanted->offset + wanted->size)
			return true;
	}
	return watch->request->path_count == 0;
}

static void write_value(struct writer *writer, const struct skep_var *piece, const uint8_t *bytes,
			size_t size)
{
	const struct skep_btf *btf = skep_object_btf(piece->object);
	const struct value_column column = { .type = piece->type,
					     .bit_offset = piece->bit_offset,
					     .bit_size = piece->bit_size };

	if (piece->bit_size != 0)
		value_write_column(writer, btf, &column, bytes + piece->offset,
				   size - piece->offset);
	else
		value_write(writer, btf, piece->type, bytes + piece->offset, piece->size);
}

static void begin_line(struct watch *watch)
{
	if (watch->changed)
		return;
	watch->changed = true;
	if (!watch->request->json) {
		printf("after %llu packets\n", (unsigned long long)watch->packets);
		return;
	}
	writer_open_object(&watch->writer);
	writer_member_unsigned(&watch->writer, "packets", watch->packets);
	writer_key(&watch->writer, "changes");
	writer_open_list(&watch->writer);
}

static void tell_text(const char *path, const struct skep_var *piece, const struct section *section)
{
	struct writer writer = { .file = stdout, .plain = true };

	printf("  %s: ", path);
	write_value(&writer, piece, section->before, section->size);
	fputs(" -> ", stdout);
	writer = (struct writer){ .file = stdout, .plain = true };
	write_value(&writer, piece, section->after, section->size);
	putchar('\n');
}

static int tell(void *ctx, const char *path, const struct skep_var *piece)
{
	struct watch *watch = ctx;
	const struct section *section = watch->section;

	if (!is_wanted(watch, piece))
		return 0;
	begin_line(watch);
	if (!watch->request->json) {
		tell_text(path, piece, section);
		return 0;
	}
	writer_open_object(&watch->writer);
	writer_member_string(&watch->writer, "path", path);
	writer_key(&watch->writer, "before");
	write_value(&watch->writer, piece, section->before, section->size);
	writer_key(&watch->writer, "after");
	write_value(&watch->writer, piece, section->after, section->size);
	writer_close_object(&watch->writer);
	return 0;
}

/* Tells what is other than at the last comparison. */
static void compare(struct watch *watch)
{
	watch->changed = false;
	for (size_t i = 0; i < watch->section_count; i++) {
		struct section *section = &watch->sections[i];
		uint8_t *before = section->before;

		skep_map_snapshot(section->map, section->after, section->size);
		watch->section = section;
		skep_map_differences(section->map, before, section->after, section->size, tell,
				     watch);
		section->before = section->after;
		section->after = before;
	}
	if (watch->changed && watch->request->json) {
		writer_close_list(&watch->writer);
		writer_close_object(&watch->writer);
		putchar('\n');
		watch->writer = (struct writer){ .file = stdout };
	}
	fflush(stdout);
}

static void open_sections(struct watch *watch)
{
	struct skep_map *map;
	struct skep_data data;
	size_t count = 0;

	for (uint32_t i = 0; skep_object_map(watch->opened.object, i) != NULL; i++)
		count++;
	watch->sections = allocate(count + 1, sizeof(*watch->sections));
	for (uint32_t i = 0; (map = skep_object_map(watch->opened.object, i)) != NULL; i++) {
		struct section *section = &watch->sections[watch->section_count];

		if (skep_object_data(watch->opened.object, i, &data) != 0 || skep_map_frozen(map))
			continue;
		section->map = map;
		section->size = data.size;
		section->before = allocate(1, data.size);
		section->after = allocate(1, data.size);
		skep_map_snapshot(map, section->before, section->size);
		watch->section_count++;
	}
}

static enum status run_frames(struct watch *watch, struct engine *engine, struct capture *capture)
{
	struct frame_input input = { .repeat = 1, .ifindex = 1 };
	enum status status = STATUS_DONE;
	struct capture_frame frame;
	struct frame_result result;
	bool compared = true;
	int got = 1;

	while (status == STATUS_DONE && (got = capture_read(capture, &frame)) == 1) {
		/* As for skep run. */
		if (frame.size < FRAME_LEAST || frame.size > FRAME_MOST_LINUX)
			continue;
		input.data = frame.data;
		input.size = frame.size;
		status = engine->table->run(engine, &input, &result);
		compared = ++watch->packets % watch->request->every == 0;
		if (compared)
			compare(watch);
	}
	if (!compared)
		compare(watch);
	return got < 0 ? STATUS_BAD : status;
}

static enum status prepare(struct watch *watch, const struct file *file, struct engine **engine)
{
	const struct vars_request *request = watch->request;
	struct engine_setup setup = { file, &watch->opened, NULL, FRAME_MOST_LINUX };
	enum status status = STATUS_DONE;
	struct skep_prog_info info;

	setup.prog = object_choose(&watch->opened, request->prog);
	if (setup.prog == NULL)
		return STATUS_BAD;
	skep_prog_info(setup.prog, &info);
	if (info.type != PROG_TYPE_XDP && info.type != PROG_TYPE_SOCKET_FILTER)
		return complain("%s: program %s is neither an XDP program nor a socket filter, "
				"which are what skep runs over captures",
				file->path, info.name);
	watch->wanted = allocate(request->path_count + 1, sizeof(*watch->wanted));
	for (size_t i = 0; i < request->path_count && status == STATUS_DONE; i++)
		status = variable_find(watch->opened.object, "vars watch: ", request->paths[i],
				       &watch->wanted[i]);
	for (size_t i = 0; i < request->set_count && status == STATUS_DONE; i++)
		status = variable_set(watch->opened.object, request->sets[i]);
	if (status != STATUS_DONE)
		return status;
	object_load_for(watch->opened.object, setup.prog);
	return engine_open_own(&setup, engine);
}

enum status vars_watch(const struct vars_request *request)
{
	struct watch watch = { .request = request, .writer = { .file = stdout } };
	struct engine *engine = NULL;
	struct capture *capture = NULL;
	struct file file;
	enum status status = file_read(request->object, OBJECT_BYTES_MAX, &file);

	if (status != STATUS_DONE)
		return status;
	status = object_open(&file, SKEP_ENGINE_AUTO, false, &watch.opened);
	if (status == STATUS_DONE) {
		status = capture_open(request->pcap, &capture);
		if (status == STATUS_DONE)
			status = prepare(&watch, &file, &engine);
		if (status == STATUS_DONE) {
			open_sections(&watch);
			status = run_frames(&watch, engine, capture);
		}
		for (size_t i = 0; i < watch.section_count; i++) {
			free(watch.sections[i].before);
			free(watch.sections[i].after);
		}
		free(watch.sections);
		free(watch.wanted);
		if (engine != NULL)
			engine->table->close(engine);
		capture_close(capture);
		object_close(&watch.opened);
	}
	file_free(&file);
	return status;
}
