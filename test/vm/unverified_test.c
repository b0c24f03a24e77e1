/* SPDX-License-Identifier: Apache-2.0 */
/* Runtimes that do not verify, end to end: programs run, wrong ones are stopped and reported with
 * their source line, and what they held is given back. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

struct last {
	unsigned errors;
	int err;
	int32_t insn;
	uint32_t line;
	char prog[32], text[512];
};

struct fixture {
	struct last last;
	struct skep_runtime *runtime;
	struct skep_object *object;
};

static void keep(void *ctx, const struct skep_report *report)
{
	struct last *last = ctx;

	last->errors++;
	last->err = report->err;
	last->insn = report->insn;
	last->line = report->line;
	strncpy(last->prog, report->prog != NULL ? report->prog : "", sizeof(last->prog) - 1);
	strncpy(last->text, report->text, sizeof(last->text) - 1);
}

static int set_up_object(struct fixture *fixture, const char *name, uint32_t run_insns_max)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = keep,
		.log_ctx = &fixture->last,
		.unverified = true,
		.limits.run_insns_max = run_insns_max,
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
	if (err == 0)
		err = skep_object_load(fixture->object);
	free(bytes);
	return err;
}

static int set_up(struct fixture *fixture, uint32_t run_insns_max)
{
	return set_up_object(fixture, "unverified.o", run_insns_max);
}

static void tear_down(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

static int run(struct fixture *fixture, const char *name, uint64_t *r0)
{
	uint8_t frame[64] = { [13] = 4 };
	struct skep_xdp xdp = { frame, frame, frame, frame + 64, frame + 64, 1, 0, 0 };

	memset(&fixture->last, 0, sizeof(fixture->last));
	return skep_prog_run(skep_object_prog_by_name(fixture->object, name), &xdp, r0);
}

TEST(right_programs_run)
{
	struct fixture fixture;
	struct skep_prog_info info;
	struct skep_var total;
	uint64_t r0, count;
	uint32_t key = 1;

	CHECK_EQ(set_up(&fixture, 0), 0);
	CHECK_EQ(skep_runtime_engine(fixture.runtime), SKEP_ENGINE_INTERP);
	CHECK_EQ(run(&fixture, "good", &r0), 0);
	CHECK_EQ(r0, 8);
	CHECK_EQ(run(&fixture, "good", &r0), 0);
	CHECK_EQ(r0, 16);
	CHECK_EQ(skep_map_lookup(skep_object_map_by_name(fixture.object, "counts"), &key, &count),
		 0);
	CHECK_EQ(count, 16);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "total", &total), 0);
	CHECK_EQ(skep_var_read(&total, &count, sizeof(count)), 0);
	CHECK_EQ(count, 2);
	CHECK_EQ(fixture.last.errors, 0);
	skep_prog_info(skep_object_prog_by_name(fixture.object, "good"), &info);
	CHECK(info.loaded);
	CHECK_EQ(info.verified_insns, 0);
	CHECK_EQ(info.code_bytes, 0);
	tear_down(&fixture);
}

TEST(wrong_programs_are_stopped_and_reported)
{
	static const struct {
		const char *object, *run, *prog;
		uint32_t line;
		const char *words;
	} rows[] = {
		{ "unverified.o", "null", "null", 54,
		  "a load from memory that is not the program's: 8 bytes at 0" },
		{ "unverified.o", "outside", "outside", 63, "1 bytes at" },
		{ "unverified_tail.o", "jumps_to_null", "null", 17, "4 bytes at 0x1;" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture fixture;
		uint64_t r0 = 4711;

		test_case("%s", rows[i].run);
		CHECK_EQ(set_up_object(&fixture, rows[i].object, 0), 0);
		CHECK_EQ(run(&fixture, rows[i].run, &r0), SKEP_EFAULT);
		CHECK_EQ(r0, 4711);
		CHECK_EQ(fixture.last.errors, 1);
		CHECK_EQ(fixture.last.err, SKEP_EFAULT);
		CHECK(fixture.last.insn > 0);
		CHECK_TEXT(fixture.last.prog, rows[i].prog);
		CHECK_EQ(fixture.last.line, rows[i].line);
		CHECK(strstr(fixture.last.text, rows[i].words) != NULL);
		tear_down(&fixture);
	}
	test_case("%s", "");
}

TEST(budget)
{
	struct fixture fixture;
	uint64_t r0 = 4711;

	CHECK_EQ(set_up(&fixture, 0), 0);
	CHECK_EQ(run(&fixture, "endless", &r0), SKEP_E2BIG);
	CHECK_EQ(fixture.last.err, SKEP_E2BIG);
	CHECK(strstr(fixture.last.text, "as many instructions as one run may") != NULL);
	tear_down(&fixture);
	CHECK_EQ(set_up(&fixture, 10), 0);
	CHECK_EQ(run(&fixture, "good", &r0), SKEP_E2BIG);
	CHECK_EQ(r0, 4711);
	tear_down(&fixture);
}

/* One record of 3,000 bytes fits into the ring, a second would not if the first stayed. */
TEST(held_records_are_given_back)
{
	struct fixture fixture;
	uint64_t r0;

	CHECK_EQ(set_up(&fixture, 0), 0);
	CHECK_EQ(run(&fixture, "leaks", &r0), 0);
	CHECK_EQ(r0, 1);
	CHECK_EQ(
		skep_ringbuf_consume(skep_object_map_by_name(fixture.object, "events"), NULL, NULL),
		0);
	CHECK_EQ(run(&fixture, "leaks", &r0), 0);
	CHECK_EQ(r0, 1);
	tear_down(&fixture);
}

static int open_runtime(struct last *last, struct skep_config config)
{
	struct skep_runtime *runtime = NULL;
	int err;

	config.port = skep_port_posix();
	config.log = keep;
	config.log_ctx = last;
	config.unverified = true;
	err = skep_runtime_open(&config, &runtime);
	skep_runtime_close(runtime);
	return err;
}

TEST(never_with_the_jit_nor_for_the_unprivileged)
{
	struct last last = { 0 };

	CHECK_EQ(open_runtime(&last, (struct skep_config){ .engine = SKEP_ENGINE_JIT }),
		 SKEP_EINVAL);
	CHECK(strstr(last.text, "machine code is made of verified programs only") != NULL);
	CHECK_EQ(open_runtime(&last, (struct skep_config){ .unprivileged = true }), SKEP_EINVAL);
	CHECK(strstr(last.text, "addresses") != NULL);
	CHECK_EQ(last.errors, 2);
	CHECK_EQ(open_runtime(&last, (struct skep_config){ .engine = SKEP_ENGINE_AUTO }), 0);
	CHECK_EQ(open_runtime(&last, (struct skep_config){ .engine = SKEP_ENGINE_INTERP }), 0);
	CHECK_EQ(last.errors, 2);
}

/* An object in memory whose program is cut off before its exit: the structure is checked even so.
 */
TEST(structure_is_checked)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.unverified = true,
	};
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct skep_prog_info info;
	size_t size;
	uint8_t *bytes = test_object_read("unverified.o", &size);
	unsigned refused = 0;

	CHECK(bytes != NULL);
	CHECK_EQ(skep_runtime_open(&config, &runtime), 0);
	/* Every exit becomes an opcode that does not exist. */
	for (size_t at = 0; at + 8 <= size; at += 8)
		if (memcmp(bytes + at, "\x95\0\0\0\0\0\0\0", 8) == 0)
			bytes[at] = 0x0e;
	CHECK_EQ(skep_object_open(runtime, bytes, size, "cut.o", &object), 0);
	refused += skep_object_load(object) == SKEP_EINVAL;
	CHECK_EQ(refused, 1);
	skep_prog_info(skep_object_prog(object, 0), &info);
	CHECK(!info.loaded);
	skep_object_close(object);
	skep_runtime_close(runtime);
	free(bytes);
}

TESTS_BEGIN
T(right_programs_run)
T(wrong_programs_are_stopped_and_reported)
T(budget)
T(held_records_are_given_back)
T(never_with_the_jit_nor_for_the_unprivileged)
T(structure_is_checked)
TESTS_END
