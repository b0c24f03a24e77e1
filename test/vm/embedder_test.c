/* SPDX-License-Identifier: Apache-2.0 */
/* An embedder's own program type, context and helpers, and global variables through the three
 * phases. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

struct car {
	uint32_t speed, limit;
	uint64_t distance;
};

static const struct skep_ctx_field CAR_FIELDS[] = {
	{ "speed", 0, 4, true, SKEP_FIELD_SCALAR, offsetof(struct car, speed), 4 },
	{ "limit", 4, 4, false, SKEP_FIELD_SCALAR, offsetof(struct car, limit), 4 },
	{ "distance", 8, 8, false, SKEP_FIELD_SCALAR, offsetof(struct car, distance), 8 },
};

enum { GROUP_CAR = SKEP_GROUP_USER };

static const struct skep_prog_type CAR = {
	.type = 0x10000,
	.name = "car",
	.section = "car",
	.ctx_size = 16,
	.fields = CAR_FIELDS,
	.field_count = 3,
	.groups = SKEP_GROUP_BASE | GROUP_CAR,
	.ret_checked = true,
	.ret_min = 0,
	.ret_max = 9,
};

struct host {
	uint32_t strength;
	char text[16];
};

static uint64_t brake(uint64_t strength, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		      struct skep_env *env)
{
	struct host *host = skep_env_user(env);
	struct car *car = skep_env_ctx(env);

	(void)a2, (void)a3, (void)a4, (void)a5;
	host->strength = (uint32_t)strength;
	return car->limit;
}

static uint64_t log_text(uint64_t text, uint64_t size, uint64_t a3, uint64_t a4, uint64_t a5,
			 struct skep_env *env)
{
	struct host *host = skep_env_user(env);

	(void)a3, (void)a4, (void)a5;
	if (size > sizeof(host->text))
		return 1;
	memcpy(host->text, (const void *)(uintptr_t)text, size);
	return 0;
}

static const struct skep_helper HELPERS[] = {
	{ 200, "brake", SKEP_RET_INTEGER, { SKEP_ARG_SCALAR }, GROUP_CAR, 0, 0, brake },
	{ 201,
	  "log_text",
	  SKEP_RET_INTEGER,
	  { SKEP_ARG_PTR_TO_MEM, SKEP_ARG_CONST_SIZE },
	  GROUP_CAR,
	  0,
	  0,
	  log_text },
};

struct fixture {
	struct test_log log;
	struct host host;
	struct skep_runtime *runtime;
	struct skep_object *object;
};

static int set_up_type(struct fixture *fixture, enum skep_engine engine,
		       const struct skep_prog_type *type)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = test_log,
		.log_ctx = &fixture->log,
		.user = &fixture->host,
		.engine = engine,
		.helpers = HELPERS,
		.helper_count = 2,
		.prog_types = type,
		.prog_type_count = 1,
	};
	size_t size;
	void *bytes = test_object_read("vm_car.o", &size);
	int err;

	memset(fixture, 0, sizeof(*fixture));
	if (bytes == NULL)
		return SKEP_ENOENT;
	err = skep_runtime_open(&config, &fixture->runtime);
	if (err == 0)
		err = skep_object_open(fixture->runtime, bytes, size, "vm_car.o", &fixture->object);
	free(bytes);
	return err;
}

static int set_up(struct fixture *fixture, enum skep_engine engine)
{
	return set_up_type(fixture, engine, &CAR);
}

static void tear_down(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

static void run_car(enum skep_engine engine)
{
	struct fixture fixture;
	struct car car = { .speed = 60, .limit = 50, .distance = 1 };
	struct skep_var brakings;
	struct skep_prog *prog;
	uint32_t count;
	uint64_t r0;

	CHECK_EQ(set_up(&fixture, engine), 0);
	CHECK_EQ(skep_object_load(fixture.object), 0);
	prog = skep_object_prog_by_name(fixture.object, "cruise");
	CHECK(prog != NULL);
	CHECK_EQ(skep_prog_run(prog, &car, &r0), 0);
	CHECK_EQ(r0, 1);
	CHECK_EQ(car.speed, 50);
	CHECK_EQ(fixture.host.strength, 10);
	CHECK_TEXT(fixture.host.text, "slower");
	CHECK_EQ(skep_prog_run(prog, &car, &r0), 0);
	CHECK_EQ(r0, 0);
	car.distance = 42;
	CHECK_EQ(skep_prog_run(prog, &car, &r0), 0);
	CHECK_EQ(r0, 7);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "brakings", &brakings), 0);
	CHECK_TEXT(brakings.section, ".bss");
	CHECK_EQ(skep_var_read(&brakings, &count, sizeof(count)), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(fixture.log.errors, 0);
	tear_down(&fixture);
}

TEST(own_context_and_helpers_interpreted)
{
	run_car(SKEP_ENGINE_INTERP);
}

TEST(own_context_and_helpers_compiled)
{
	run_car(SKEP_ENGINE_JIT);
}

TEST(variables_before_and_after_load)
{
	struct fixture fixture;
	struct car car = { .speed = 60, .limit = 50 };
	struct skep_var tolerance, too_far;
	struct skep_prog *prog;
	uint32_t value = 10;
	uint64_t r0;

	CHECK_EQ(set_up(&fixture, SKEP_ENGINE_AUTO), 0);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "tolerance", &tolerance), 0);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "too_far", &too_far), 0);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "no_such", &too_far), SKEP_ENOENT);
	CHECK_EQ(skep_var_write(&tolerance, &value, 2), SKEP_EINVAL);
	CHECK_EQ(skep_var_write(&tolerance, &value, 4), 0);
	value = 9;
	CHECK_EQ(skep_var_write(&too_far, &value, 4), 0);
	CHECK_EQ(skep_object_load(fixture.object), 0);
	prog = skep_object_prog_by_name(fixture.object, "cruise");
	CHECK_EQ(skep_prog_run(prog, &car, &r0), 0);
	CHECK_EQ(r0, 0); /* within the tolerance that was set */
	car.distance = 42;
	CHECK_EQ(skep_prog_run(prog, &car, &r0), 0);
	CHECK_EQ(r0, 9);
	value = 3;
	CHECK_EQ(skep_var_write(&too_far, &value, 4), 0);
	CHECK_EQ(skep_prog_run(prog, &car, &r0), 0);
	CHECK_EQ(r0, 3);
	CHECK_EQ(skep_var_write(&tolerance, &value, 4), SKEP_EPERM);
	CHECK(strstr(fixture.log.last, "tolerance") != NULL);
	CHECK(strstr(fixture.log.last, ".rodata") != NULL);
	tear_down(&fixture);
}

/* The same four bytes as one field and as two: what an access means depends on its size too. */
TEST(fields_of_other_sizes_at_one_offset)
{
	static const struct skep_ctx_field FIELDS[] = {
		{ "speed", 0, 2, false, SKEP_FIELD_SCALAR, 8, 2 },
		{ "whole", 0, 4, true, SKEP_FIELD_SCALAR, 0, 4 },
		{ "limit", 4, 4, false, SKEP_FIELD_SCALAR, 4, 4 },
		{ "distance", 8, 8, false, SKEP_FIELD_SCALAR, 8, 8 },
	};
	struct skep_prog_type type = CAR;
	struct fixture fixture;
	struct car car = { .speed = 60, .limit = 50, .distance = 1 };
	uint64_t r0;

	type.fields = FIELDS;
	type.field_count = 4;
	CHECK_EQ(set_up_type(&fixture, SKEP_ENGINE_AUTO, &type), 0);
	CHECK_EQ(skep_object_load(fixture.object), 0);
	CHECK_EQ(skep_prog_run(skep_object_prog_by_name(fixture.object, "cruise"), &car, &r0), 0);
	CHECK_EQ(r0, 1);
	CHECK_EQ(car.speed, 50);
	tear_down(&fixture);
}

/* Loads one of the programs that must be refused, and gives the message. */
static void refused(const char *name, const char *found)
{
	struct fixture fixture;
	struct car car = { .speed = 60, .limit = 50 };
	uint64_t r0;

	CHECK_EQ(set_up(&fixture, SKEP_ENGINE_AUTO), 0);
	skep_prog_set_autoload(skep_object_prog_by_name(fixture.object, name), true);
	CHECK_EQ(skep_object_load(fixture.object), SKEP_EACCES);
	CHECK_EQ(fixture.log.errors, 1);
	/* Nor do the programs run that were found safe before. */
	CHECK_EQ(skep_prog_run(skep_object_prog_by_name(fixture.object, "cruise"), &car, &r0),
		 SKEP_EPERM);
	test_case("%s", fixture.log.last);
	CHECK(strstr(fixture.log.last, found) != NULL);
	CHECK(strstr(fixture.log.last, name) != NULL);
	tear_down(&fixture);
}

TEST(own_contract_is_enforced)
{
	refused("writer", "limit");
	refused("judge", "returns");
}

TEST(configurations_that_contradict_themselves)
{
	struct test_log log = { 0 };
	struct skep_runtime *runtime = NULL;
	struct skep_helper twice[2] = { HELPERS[0], HELPERS[0] };
	struct skep_prog_type car = CAR;
	struct skep_ctx_field field = CAR_FIELDS[0];
	struct skep_config config = { .log = test_log, .log_ctx = &log };

	CHECK_EQ(skep_runtime_open(&config, &runtime), SKEP_EINVAL);
	config.port = skep_port_posix();
	config.helpers = twice;
	config.helper_count = 2;
	CHECK_EQ(skep_runtime_open(&config, &runtime), SKEP_EEXIST);
	twice[1].id = 1; /* map_lookup_elem */
	CHECK_EQ(skep_runtime_open(&config, &runtime), SKEP_EEXIST);
	config.helper_count = 0;
	config.prog_types = &car;
	config.prog_type_count = 1;
	car.fields = &field;
	car.field_count = 1;
	field.offset = 14; /* ends behind the context */
	CHECK_EQ(skep_runtime_open(&config, &runtime), SKEP_EINVAL);
	field.offset = 0;
	CHECK_EQ(log.errors, 4);
	CHECK(runtime == NULL);
	CHECK_EQ(skep_runtime_open(&config, &runtime), 0);
	skep_runtime_close(runtime);
}

TESTS_BEGIN
T(own_context_and_helpers_interpreted)
T(own_context_and_helpers_compiled)
T(variables_before_and_after_load)
T(fields_of_other_sizes_at_one_offset)
T(own_contract_is_enforced)
T(configurations_that_contradict_themselves)
TESTS_END
