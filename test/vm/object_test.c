/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as the host sees them: license and version, the order of maps, which ports and contexts
 * are refused. */
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

/* A type whose programs get no context. */
static const struct skep_prog_type BARE = {
	.type = 0x10001,
	.name = "bare",
	.section = "mystery",
	.groups = SKEP_GROUP_BASE,
};

static int set_up(struct fixture *fixture, const char *name)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = test_log,
		.log_ctx = &fixture->log,
		.prog_types = &BARE,
		.prog_type_count = 1,
	};
	size_t size;
	void *bytes = test_object_read(name, &size);
	int err;

	memset(fixture, 0, sizeof(*fixture));
	if (bytes == NULL)
		return SKEP_ENOENT;
	err = skep_runtime_open(&config, &fixture->runtime);
	if (err == 0)
		err = skep_object_open(fixture->runtime, bytes, size, name, &fixture->object);
	free(bytes);
	return err;
}

static void tear_down(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

TEST(license_and_version)
{
	struct fixture fixture;

	/* Of either byte order. */
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(set_up(&fixture, i == 0 ? "load_maps.o" : "load_maps.eb.o"), 0);
		CHECK_TEXT(skep_object_license(fixture.object), "Dual BSD/GPL");
		CHECK_EQ(skep_object_version(fixture.object), 0x060c05);
		tear_down(&fixture);
	}
	CHECK_EQ(set_up(&fixture, "cli_mixed.o"), 0);
	CHECK_EQ(skep_object_version(fixture.object), 0);
	tear_down(&fixture);
}

TEST(templates_of_inner_maps_come_last)
{
	static const char *const NAMES[] = { "inner", "outer", "outer.inner" };
	struct fixture fixture;

	CHECK_EQ(set_up(&fixture, "load_inner.o"), 0);
	for (uint32_t i = 0; i < 3; i++) {
		const struct skep_map *map = skep_object_map(fixture.object, i);

		CHECK(map != NULL);
		CHECK_TEXT(skep_map_name(map), NAMES[i]);
	}
	CHECK(skep_object_map(fixture.object, 3) == NULL);
	CHECK(skep_object_map_by_name(fixture.object, "outer.inner") ==
	      skep_object_map(fixture.object, 2));
	tear_down(&fixture);
}

/* Opens and closes a runtime on a port, and gives what opening returned. */
static int try_port(const struct skep_port *port, struct test_log *log)
{
	const struct skep_config config = { .port = port, .log = test_log, .log_ctx = log };
	struct skep_runtime *runtime = NULL;
	const int err = skep_runtime_open(&config, &runtime);

	skep_runtime_close(runtime);
	return err;
}

TEST(ports_that_lack_a_function)
{
	struct skep_port port = *skep_port_posix();
	struct test_log log = { .errors = 0 };

	CHECK_EQ(try_port(NULL, &log), SKEP_EINVAL);
	CHECK_EQ(log.errors, 1);
	CHECK_EQ(try_port(&port, &log), 0);
#define WITHOUT(member, word)                                                                      \
	do {                                                                                       \
		test_case("without %s", #member);                                                  \
		port = *skep_port_posix();                                                         \
		port.member = 0;                                                                   \
		CHECK_EQ(try_port(&port, &log), SKEP_EINVAL);                                      \
		CHECK(strstr(log.last, word) != NULL);                                             \
	} while (0)
	WITHOUT(alloc, "alloc");
	WITHOUT(free, "free");
	WITHOUT(lock, "lock");
	WITHOUT(unlock, "unlock");
	WITHOUT(code_seal, "code_seal");
	WITHOUT(code_free, "code_free");
	WITHOUT(page_bytes, "page_bytes");
#undef WITHOUT
	/* All that is optional, at once. */
	port = *skep_port_posix();
	port.code_alloc = NULL;
	port.code_seal = NULL;
	port.code_free = NULL;
	port.clock_ns = NULL;
	port.cpu_number = NULL;
	port.cpu_count = 0;
	port.random = NULL;
	port.trace = NULL;
	port.protect = NULL;
	CHECK_EQ(try_port(&port, &log), 0);
}

/* Loads one program of the object alone and runs it without a context. */
static int run_without_context(struct fixture *fixture, const char *name, uint64_t *r0)
{
	struct skep_prog *prog = skep_object_prog_by_name(fixture->object, name), *other;

	if (prog == NULL)
		return SKEP_ENOENT;
	for (uint32_t i = 0; (other = skep_object_prog(fixture->object, i)) != NULL; i++)
		skep_prog_set_autoload(other, other == prog);
	if (skep_object_load(fixture->object) != 0)
		return SKEP_EACCES;
	return skep_prog_run(prog, NULL, r0);
}

TEST(no_context_only_for_types_without_one)
{
	struct fixture fixture;
	uint64_t r0 = 77;

	CHECK_EQ(set_up(&fixture, "cli_mixed.o"), 0);
	CHECK_EQ(run_without_context(&fixture, "safe", &r0), SKEP_EINVAL);
	CHECK_EQ(r0, 77);
	tear_down(&fixture);

	CHECK_EQ(set_up(&fixture, "cli_mixed.o"), 0);
	CHECK_EQ(run_without_context(&fixture, "untold", &r0), 0);
	CHECK_EQ(r0, 1);
	tear_down(&fixture);
}

TESTS_BEGIN
T(license_and_version)
T(templates_of_inner_maps_come_last)
T(ports_that_lack_a_function)
T(no_context_only_for_types_without_one)
TESTS_END
