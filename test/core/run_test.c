/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object, compiled once, run over memory laid out by another definition of its structures:
 * fields moved, renamed, removed, grown. What it reads and writes is checked by hand against the
 * other definition, on the interpreter and the JIT.
 */
#include "fixture.h"

#include "../objects/core_moved.h"

static const enum skep_engine ENGINES[] = { SKEP_ENGINE_INTERP, SKEP_ENGINE_JIT };

/* A packet that begins with a struct host as the target has it. */
static union {
	struct host host;
	struct inner inners[8];
	uint8_t bytes[1024];
} packet;

static void fill(void)
{
	memset(&packet, 0, sizeof(packet));
	packet.host.total = 0x100000000ull + 1000000;
	packet.host.id = 7;
	packet.host.port = 200;
	packet.host.in.b = 3000;
	packet.host.table[2] = 40000;
	packet.host.hidden = 50;
	packet.host.either = 6;
	packet.host.list[1].a = 800000;
	packet.host.bits_a = 5;
	packet.host.bits_b = 0x7f;
	packet.host.bits_c = -3;
}

/* Runs one program alone; false if it is refused, and then the reason is in fixture->log. */
static bool run(struct core_fixture *fixture, const char *target, const char *name,
		enum skep_engine engine, uint64_t *r0)
{
	struct skep_xdp xdp = { packet.bytes,
				packet.bytes,
				packet.bytes,
				packet.bytes + sizeof(packet),
				packet.bytes + sizeof(packet),
				0x77,
				0,
				0 };
	int err;

	if (!core_open(fixture, "core_app.o", target, engine))
		return false;
	err = core_load(fixture, name);
	if (err == 0)
		err = skep_prog_run(skep_object_prog_by_name(fixture->object, name), &xdp, r0);
	return err == 0;
}

static void expect(const char *target, const char *name, uint64_t wanted)
{
	for (size_t i = 0; i < sizeof(ENGINES) / sizeof(ENGINES[0]); i++) {
		struct core_fixture fixture;
		uint64_t r0 = 0;
		bool ran;

		fill();
		test_case("%s, engine %d", name, (int)ENGINES[i]);
		ran = run(&fixture, target, name, ENGINES[i], &r0);
		if (!ran)
			test_note("%s", fixture.log.last);
		core_close(&fixture);
		CHECK(ran);
		CHECK_EQ((uint32_t)r0, (uint32_t)wanted);
	}
	test_case("%s", "");
}

static void expect_refused(const char *target, const char *name, int err, const char *part)
{
	struct core_fixture fixture;
	int found = 0;
	bool says;

	test_case("%s", name);
	if (core_open(&fixture, "core_app.o", target, SKEP_ENGINE_INTERP))
		found = core_load(&fixture, name);
	says = strstr(fixture.log.last, part) != NULL && fixture.log.errors == 1;
	if (!says)
		test_note("%u: %s", fixture.log.errors, fixture.log.last);
	core_close(&fixture);
	CHECK(says);
	CHECK_EQ((uint32_t)found, (uint32_t)err);
	test_case("%s", "");
}

static const char MOVED[] = "core_target_moved.o";

TEST(reads_fields_where_they_are)
{
	expect(MOVED, "offsets", 7 + 200 + 3000 + 40000 + 50 + 6 + 1000000 + 800000);
}

TEST(writes_fields_where_they_are)
{
	for (size_t i = 0; i < sizeof(ENGINES) / sizeof(ENGINES[0]); i++) {
		struct core_fixture fixture;
		uint64_t r0 = 0;

		fill();
		packet.host.in.a = 41;
		CHECK(run(&fixture, MOVED, "stores", ENGINES[i], &r0));
		core_close(&fixture);
		/* 32 bits before, 64 now: the store has grown with the field. */
		CHECK_EQ(packet.host.id, 0x11223344);
		CHECK_EQ(packet.host.port, 0x5566);
		CHECK_EQ(packet.host.table[3], 0x77);
		CHECK_EQ(packet.host.in.a, 42);
		CHECK_EQ(packet.host.total, 0x100000000ull + 1000000);
	}
}

TEST(elements)
{
	fill();
	expect(MOVED, "second", 0);
	for (size_t i = 0; i < sizeof(ENGINES) / sizeof(ENGINES[0]); i++) {
		struct core_fixture fixture;
		uint64_t r0 = 0;

		fill();
		packet.inners[2].a = 99;
		CHECK(run(&fixture, MOVED, "second", ENGINES[i], &r0));
		core_close(&fixture);
		CHECK_EQ((uint32_t)r0, 99);
		fill();
		packet.host.tail[3] = 11;
		packet.host.list[2].b = 500;
		CHECK(run(&fixture, MOVED, "elements", ENGINES[i], &r0));
		core_close(&fixture);
		CHECK_EQ((uint32_t)r0, 511);
	}
}

TEST(bit_fields)
{
	expect(MOVED, "bit_fields", 5u << 20 | 0x7f << 8 | 0xfd);
	expect("core_app.o", "shifts", 48 + 100 * 56 + 10000 * 1 + 0 + 100000 * 16 + 10000000 * 8u);
}

TEST(questions_about_types)
{
	expect(MOVED, "types", sizeof(struct host) + 2000 + 4000 + 8000 + 16000);
	/* inner has lost nothing but its order; sparse behind pointers only; host lacks bits;
	 * either has all; color lacks BLUE; point_t has a member more; gone is not there. */
	expect(MOVED, "matches", 1 + 2 + 0 + 8 + 0 + 32 + 0 + 128);
	expect(MOVED, "far", 40004);
}

TEST(enumerators)
{
	expect(MOVED, "enumerators", 1 + 770 + 0x22 * 1000 + 100000);
	expect(MOVED, "guarded", 200);
	expect("core_app.o", "enumerators", 1 + 2 + 20 + 0x12 * 1000);
}

TEST(says_what_is_not_there)
{
	expect_refused(MOVED, "unguarded", SKEP_EACCES,
		       "field gone.a does not exist in the target BTF, which has no struct of that "
		       "name");
	expect_refused(MOVED, "unguarded", SKEP_EACCES, "core_app.bpf.c:");
	expect_refused("core_target_none.o", "second", SKEP_EACCES,
		       "field inner[2].a does not exist in the target BTF;");
	expect_refused(MOVED, "missing_enumerator", SKEP_EACCES,
		       "enumerator color.BLUE does not exist in the target BTF;");
	expect_refused(MOVED, "resized", SKEP_EACCES,
		       "field host.level has 1 bytes here and 2 in the target BTF");
	expect_refused(MOVED, "whole_bits", SKEP_EACCES,
		       "field host.delta is a bit-field here, and not in the target BTF");
	expect_refused(MOVED, "far_load", SKEP_EINVAL, "big.last cannot be done");
	expect_refused("core_target_twice.o", "ambiguous", SKEP_EINVAL,
		       "torn.b cannot be done: several types of that name");
	expect_refused(NULL, "offsets", SKEP_EINVAL, "there is no BTF of a target");
}

TEST(needs_no_target_for_local_ids)
{
	struct core_fixture fixture;
	struct skep_object *object;
	uint64_t r0 = 0;

	CHECK(core_open(&fixture, "core_local.o", NULL, SKEP_ENGINE_INTERP));
	object = fixture.object;
	CHECK_EQ(skep_object_load(object), 0);
	CHECK_EQ(skep_prog_run(skep_object_prog(object, 0),
			       &(struct skep_xdp){ packet.bytes, packet.bytes, packet.bytes,
						   packet.bytes, packet.bytes, 0, 0, 0 },
			       &r0),
		 0);
	/* The id is that of the structure in the object's own BTF. */
	CHECK_EQ(r0, skep_btf_find(skep_object_btf(object), SKEP_BTF_STRUCT, "mine"));
	core_close(&fixture);
}

TESTS_BEGIN
T(reads_fields_where_they_are)
T(writes_fields_where_they_are)
T(elements)
T(bit_fields)
T(questions_about_types)
T(enumerators)
T(says_what_is_not_there)
T(needs_no_target_for_local_ids)
TESTS_END
