/* SPDX-License-Identifier: Apache-2.0 */
/* An object loaded for a test, and the ways to ask it by name. */
#ifndef SKEP_TEST_LOAD_FIXTURE_H
#define SKEP_TEST_LOAD_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "load/image.h"
#include "object.h"
#include "sound.h"

struct loaded {
	struct skep_arena arena;
	struct skep_image image;
	unsigned warnings;
	struct test_log errors;
	int err;
};

static inline void note_report(void *ctx, const struct skep_report *report)
{
	struct loaded *loaded = ctx;

	loaded->warnings += report->severity == SKEP_SEVERITY_WARNING;
	test_log(&loaded->errors, report);
}

/* Loads bytes under a name; what comes out is checked as a whole. */
static inline bool load_bytes(struct loaded *loaded, const void *bytes, size_t size,
			      const char *name)
{
	struct skep_log log = { .sink = note_report, .sink_ctx = loaded };
	const char *fault;

	memset(loaded, 0, sizeof(*loaded));
	skep_arena_init(&loaded->arena, skep_port_posix(), 0);
	loaded->err = skep_load_image(bytes, size, name, NULL, NULL, 0, &loaded->arena, &log,
				      &loaded->image);
	if (loaded->err < 0)
		return false;
	fault = image_fault(&loaded->image);
	if (fault != NULL)
		test_note("not so: %s", fault);
	return fault == NULL;
}

static inline bool load_object(struct loaded *loaded, const char *name)
{
	size_t size = 0;
	void *bytes = test_object_read(name, &size);
	bool ok;

	memset(loaded, 0, sizeof(*loaded));
	if (bytes == NULL)
		return false;
	ok = load_bytes(loaded, bytes, size, name);
	free(bytes); /* the image must not need it */
	if (loaded->err < 0)
		test_note("%s", loaded->errors.last);
	return ok;
}

static inline void unload(struct loaded *loaded)
{
	skep_arena_free(&loaded->arena);
}

static inline const struct skep_image_func *func_named(const struct skep_image *image,
						       const char *name)
{
	for (uint32_t i = 0; i < image->func_count; i++)
		if (strcmp(image->funcs[i].name, name) == 0)
			return &image->funcs[i];
	return NULL;
}

static inline const struct skep_image_prog *prog_named(const struct skep_image *image,
						       const char *name)
{
	for (uint32_t i = 0; i < image->prog_count; i++)
		if (strcmp(image->funcs[image->progs[i].func].name, name) == 0)
			return &image->progs[i];
	return NULL;
}

static inline const struct skep_image_map *map_named(const struct skep_image *image,
						     const char *name)
{
	for (uint32_t i = 0; i < image->map_count; i++)
		if (strcmp(image->maps[i].name, name) == 0)
			return &image->maps[i];
	return NULL;
}

static inline const struct skep_var *var_named(const struct skep_image *image, const char *name)
{
	for (uint32_t i = 0; i < image->var_count; i++)
		if (strcmp(image->vars[i].name, name) == 0)
			return &image->vars[i];
	return NULL;
}

/* The variable that begins at `offset` of a map, by name. */
static inline const char *var_at(const struct skep_image *image, uint32_t map, uint32_t offset)
{
	for (uint32_t i = 0; i < image->var_count; i++)
		if (image->var_map[i] == map && image->vars[i].offset == offset)
			return image->vars[i].name;
	return "?";
}

/* What a function refers to, in order, such as "call add, map counts, value first, func each,
 * extern foo". */
static inline const char *references(const struct skep_image *image, const char *name, char *text,
				     size_t size)
{
	static const char *const WORDS[] = { "map", "value", "call", "func", "extern" };
	const struct skep_image_func *func = func_named(image, name);
	const struct skep_image_section *section;
	size_t used = 0;

	if (func == NULL)
		return "no such function";
	section = &image->sections[func->section];
	text[0] = '\0';
	for (uint32_t i = 0; i < section->reloc_count; i++) {
		const struct skep_image_reloc *reloc = &section->relocs[i];
		const char *what = reloc->name;

		if (reloc->insn < func->start || reloc->insn >= func->start + func->count)
			continue;
		if (reloc->kind == SKEP_RELOC_MAP)
			what = image->maps[reloc->target].name;
		if (reloc->kind == SKEP_RELOC_MAP_VALUE)
			what = var_at(image, reloc->target, reloc->offset);
		if (reloc->kind == SKEP_RELOC_CALL || reloc->kind == SKEP_RELOC_FUNC)
			what = image->funcs[reloc->target].name;
		used += (size_t)snprintf(text + used, size - used, "%s%s %s", used > 0 ? ", " : "",
					 WORDS[reloc->kind], what);
	}
	return text;
}

/* Checks what a function refers to. */
#define REFERS(image, function, wanted)                                                            \
	do {                                                                                       \
		char text_[256];                                                                   \
		CHECK_TEXT(references(image, function, text_, sizeof(text_)), wanted);             \
	} while (0)

#endif
