/* SPDX-License-Identifier: Apache-2.0 */
/* Tail calls end to end: 33 of them, empty slots do not count, and a subprogram's caller goes on.
 */
#include <stdlib.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

struct fixture {
	struct test_log log;
	struct skep_runtime *runtime;
	struct skep_object *object;
};

static int set_up(struct fixture *fixture, enum skep_engine engine)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = test_log,
		.log_ctx = &fixture->log,
		.engine = engine,
	};
	size_t size;
	void *bytes = test_object_read("vm_tail.o", &size);
	int err;

	*fixture = (struct fixture){ 0 };
	if (bytes == NULL)
		return SKEP_ENOENT;
	err = skep_runtime_open(&config, &fixture->runtime);
	if (err == 0)
		err = skep_object_open(fixture->runtime, bytes, size, "vm_tail.o",
				       &fixture->object);
	if (err == 0)
		err = skep_object_load(fixture->object);
	free(bytes);
	return err;
}

static uint64_t run(struct fixture *fixture, const char *name)
{
	uint8_t frame[64] = { 0 };
	struct skep_xdp xdp = { frame, frame, frame, frame + 64, frame + 64, 1, 0, 0 };
	uint64_t r0 = 0;

	if (skep_prog_run(skep_object_prog_by_name(fixture->object, name), &xdp, &r0) < 0)
		return UINT64_MAX;
	return r0;
}

static void tail_calls(enum skep_engine engine)
{
	struct fixture fixture;
	struct skep_var entered;
	uint32_t count;

	CHECK_EQ(set_up(&fixture, engine), 0);
	CHECK_EQ(run(&fixture, "count_calls"), 5);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "entered", &entered), 0);
	CHECK_EQ(skep_var_read(&entered, &count, sizeof(count)), 0);
	CHECK_EQ(count, 1 + 33);
	CHECK_EQ(run(&fixture, "from_subprogram"), 107);
	skep_object_close(fixture.object);
	skep_runtime_close(fixture.runtime);
}

TEST(tail_calls_interpreted)
{
	tail_calls(SKEP_ENGINE_INTERP);
}

TEST(tail_calls_compiled)
{
	tail_calls(SKEP_ENGINE_JIT);
}

TEST(slots_are_set_and_emptied_by_the_host)
{
	struct fixture fixture;
	struct skep_map *jumps;

	CHECK_EQ(set_up(&fixture, SKEP_ENGINE_AUTO), 0);
	jumps = skep_object_map_by_name(fixture.object, "jumps");
	CHECK(jumps != NULL);
	CHECK_EQ(skep_map_set_prog(jumps, 1, NULL), 0);
	CHECK_EQ(run(&fixture, "from_subprogram"), 103);
	CHECK_EQ(skep_map_set_prog(jumps, 4, skep_object_prog(fixture.object, 0)), SKEP_E2BIG);
	CHECK_EQ(
		skep_map_set_prog(jumps, 1, skep_object_prog_by_name(fixture.object, "give_seven")),
		0);
	CHECK_EQ(run(&fixture, "from_subprogram"), 107);
	skep_object_close(fixture.object);
	skep_runtime_close(fixture.runtime);
}

/* A slot would outlive the other object. */
TEST(programs_of_another_object_are_refused)
{
	struct fixture fixture;
	struct skep_object *second;
	struct skep_map *jumps;
	size_t size;
	void *bytes = test_object_read("vm_tail.o", &size);

	CHECK(bytes != NULL);
	CHECK_EQ(set_up(&fixture, SKEP_ENGINE_AUTO), 0);
	CHECK_EQ(skep_object_open(fixture.runtime, bytes, size, "second.o", &second), 0);
	free(bytes);
	CHECK_EQ(skep_object_load(second), 0);
	jumps = skep_object_map_by_name(fixture.object, "jumps");
	CHECK_EQ(skep_map_set_prog(jumps, 1, skep_object_prog_by_name(second, "give_seven")),
		 SKEP_EINVAL);
	skep_object_close(second);
	CHECK_EQ(run(&fixture, "from_subprogram"), 107);
	skep_object_close(fixture.object);
	skep_runtime_close(fixture.runtime);
}

TESTS_BEGIN
T(tail_calls_interpreted)
T(tail_calls_compiled)
T(slots_are_set_and_emptied_by_the_host)
T(programs_of_another_object_are_refused)
TESTS_END
