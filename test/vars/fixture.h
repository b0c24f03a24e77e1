/* SPDX-License-Identifier: Apache-2.0 */
/* An object of the tests, opened, and how it was refused. */
#ifndef SKEP_TEST_VARS_FIXTURE_H
#define SKEP_TEST_VARS_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

struct fixture {
	struct test_log log;
	struct skep_runtime *runtime;
	struct skep_object *object;
};

/* Renames the sections of BTF, so that the object has none. */
static inline void hide_types(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++)
		if (memcmp(bytes + i, ".BTF", 4) == 0)
			bytes[i + 1] = 'X';
}

static inline int set_up_with(struct fixture *fixture, const char *name, struct skep_config config,
			      bool typed)
{
	size_t size;
	void *bytes;
	int err;

	memset(fixture, 0, sizeof(*fixture));
	config.port = skep_port_posix();
	config.log = test_log;
	config.log_ctx = &fixture->log;
	bytes = test_object_read(name, &size);
	if (bytes == NULL)
		return SKEP_ENOENT;
	if (!typed)
		hide_types(bytes, size);
	err = skep_runtime_open(&config, &fixture->runtime);
	if (err == 0)
		err = skep_object_open(fixture->runtime, bytes, size, name, &fixture->object);
	free(bytes);
	return err;
}

static inline int set_up(struct fixture *fixture, const char *name)
{
	return set_up_with(fixture, name, (struct skep_config){ 0 }, true);
}

static inline void tear_down(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

/* Loads one program and leaves the others. */
static inline int load_only(struct fixture *fixture, const char *name)
{
	struct skep_prog *prog;

	for (uint32_t i = 0; (prog = skep_object_prog(fixture->object, i)) != NULL; i++)
		skep_prog_set_autoload(prog, false);
	prog = skep_object_prog_by_name(fixture->object, name);
	if (prog == NULL)
		return SKEP_ENOENT;
	skep_prog_set_autoload(prog, true);
	return skep_object_load(fixture->object);
}

/* r0 of a run over a short packet, or UINT64_MAX. */
static inline uint64_t run(struct fixture *fixture, const char *name)
{
	uint8_t packet[512] = { 0 };
	struct skep_xdp xdp = {
		packet, packet + 256, packet + 256, packet + 320, packet + 512, 0, 0, 0
	};
	uint64_t r0 = 0;

	if (skep_prog_run(skep_object_prog_by_name(fixture->object, name), &xdp, &r0) != 0)
		return UINT64_MAX;
	return r0;
}

/* The variable at a path; all zeroes if there is none. */
static inline struct skep_var at(const struct fixture *fixture, const char *path)
{
	struct skep_var var;

	memset(&var, 0, sizeof(var));
	if (skep_object_var_by_path(fixture->object, path, &var) != 0)
		test_fail("%s", fixture->log.last);
	return var;
}

#endif
