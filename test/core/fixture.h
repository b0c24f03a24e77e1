/* SPDX-License-Identifier: Apache-2.0 */
/* An object opened against the types of another, for tests of CO-RE. */
#ifndef SKEP_TEST_CORE_FIXTURE_H
#define SKEP_TEST_CORE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "harness.h"
#include "load/elf.h"
#include "object.h"
#include "skep.h"

/* The file of a target's types: a test object, or a name with a slash in front. */
static inline void *read_any(const char *name, size_t *size)
{
	FILE *file;
	uint8_t *bytes;

	if (name[0] != '/')
		return test_object_read(name, size);
	file = fopen(name, "rb");
	if (file == NULL)
		return NULL;
	bytes = malloc(64 << 20);
	*size = fread(bytes, 1, 64 << 20, file);
	fclose(file);
	return bytes;
}

/* The BTF of a file: its section of that name, or all of it. NULL: it has none. */
static inline struct skep_btf *read_btf(const char *name, struct skep_arena *arena)
{
	struct skep_btf *btf = NULL;
	struct skep_elf elf;
	size_t size = 0;
	uint8_t *bytes = read_any(name, &size);

	if (bytes == NULL)
		return NULL;
	if (size > 4 && memcmp(bytes, "\177ELF", 4) != 0) {
		skep_btf_read(bytes, size, false, arena, NULL, &btf);
	} else if (skep_elf_open(bytes, size, arena, NULL, &elf) == 0) {
		for (uint32_t i = 1; i < elf.section_count; i++) {
			const struct skep_elf_section section = skep_elf_section(&elf, i);

			if (strcmp(section.name, ".BTF") == 0)
				skep_btf_read(section.data, (size_t)section.size, elf.big_endian,
					      arena, NULL, &btf);
		}
	}
	free(bytes);
	return btf;
}

struct core_fixture {
	struct skep_arena arena;
	struct skep_btf *target;
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct test_log log;
	struct skep_config config;
};

/* Opens `object` for the types of `target` (NULL: none). */
static inline bool core_open(struct core_fixture *fixture, const char *object, const char *target,
			     enum skep_engine engine)
{
	size_t size = 0;
	void *bytes = test_object_read(object, &size);
	int err = -1;

	memset(fixture, 0, sizeof(*fixture));
	skep_arena_init(&fixture->arena, skep_port_posix(), 0);
	if (target != NULL)
		fixture->target = read_btf(target, &fixture->arena);
	fixture->config = (struct skep_config){
		.port = skep_port_posix(),
		.engine = engine,
		.log = test_log,
		.log_ctx = &fixture->log,
		.target_btf = fixture->target,
	};
	if (bytes != NULL && (target == NULL || fixture->target != NULL) &&
	    skep_runtime_open(&fixture->config, &fixture->runtime) == 0)
		err = skep_object_open(fixture->runtime, bytes, size, object, &fixture->object);
	free(bytes);
	if (err < 0)
		test_note("%s", fixture->log.last);
	return err == 0;
}

/* Loads one program alone. */
static inline int core_load(struct core_fixture *fixture, const char *name)
{
	struct skep_prog *prog;

	for (uint32_t i = 0; (prog = skep_object_prog(fixture->object, i)) != NULL; i++) {
		struct skep_prog_info info;

		skep_prog_info(prog, &info);
		skep_prog_set_autoload(prog, strcmp(info.name, name) == 0);
	}
	return skep_object_load(fixture->object);
}

static inline void core_close(struct core_fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
	skep_arena_free(&fixture->arena);
}

#endif
