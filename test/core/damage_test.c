/* SPDX-License-Identifier: Apache-2.0 */
/* Records, targets and memory that are not as they should be: refused once, or harmless. */
#include "fixture.h"
#include "load/core.h"

struct bytes {
	uint8_t *data;
	size_t size;
};

static bool read_object(const char *name, struct bytes *out)
{
	out->data = test_object_read(name, &out->size);
	return out->data != NULL;
}

/* A section of an object, inside its bytes. */
static struct bytes section_of(const struct bytes *object, const char *name)
{
	struct skep_arena arena;
	struct bytes found = { 0 };
	struct skep_elf elf;

	skep_arena_init(&arena, skep_port_posix(), 0);
	if (skep_elf_open(object->data, object->size, &arena, NULL, &elf) == 0) {
		for (uint32_t i = 1; i < elf.section_count; i++) {
			const struct skep_elf_section section = skep_elf_section(&elf, i);

			if (strcmp(section.name, name) == 0)
				found = (struct bytes){ object->data +
								(section.data - object->data),
							(size_t)section.size };
		}
	}
	skep_arena_free(&arena);
	return found;
}

/* Opens and loads what can be opened; false: it was refused without a report, or with several. */
static bool survives(const struct bytes *object, const struct skep_btf *target,
		     const struct skep_port *port)
{
	struct test_log log = { 0 };
	const struct skep_config config = { .port = port,
					    .engine = SKEP_ENGINE_INTERP,
					    .log = test_log,
					    .log_ctx = &log,
					    .kconfig = "CONFIG_TRI=m\nCONFIG_SMALL=3\n",
					    .kconfig_size = 28,
					    .target_btf = target };
	struct skep_runtime *runtime = NULL;
	struct skep_object *opened = NULL;
	bool ok;
	int err;

	err = skep_runtime_open(&config, &runtime);
	if (err == 0)
		err = skep_object_open(runtime, object->data, object->size, "damaged", &opened);
	if (err == 0)
		err = skep_object_load(opened);
	ok = log.errors == (err < 0);
	if (!ok)
		test_note("%d: %u reports, %s", err, log.errors, log.last);
	skep_object_close(opened);
	skep_runtime_close(runtime);
	return ok;
}

static const char *const OBJECTS[] = { "core_app.o", "core_extern.o" };

TEST(every_byte_of_the_records)
{
	static const uint8_t MASKS[] = { 0xff, 0x01 };

	for (size_t i = 0; i < sizeof(OBJECTS) / sizeof(OBJECTS[0]); i++) {
		struct core_fixture fixture;
		struct bytes object, ext;

		CHECK(core_open(&fixture, OBJECTS[i], "core_target_moved.o", SKEP_ENGINE_INTERP));
		CHECK(read_object(OBJECTS[i], &object));
		ext = section_of(&object, ".BTF.ext");
		CHECK(ext.size > 64);
		for (size_t at = 0; at < ext.size; at++) {
			for (size_t mask = 0; mask < sizeof(MASKS); mask++) {
				ext.data[at] ^= MASKS[mask];
				test_case("%s, byte %zu ^ %02x", OBJECTS[i], at, MASKS[mask]);
				CHECK(survives(&object, fixture.target, skep_port_posix()));
				ext.data[at] ^= MASKS[mask];
			}
		}
		free(object.data);
		core_close(&fixture);
	}
}

TEST(every_byte_of_the_target)
{
	struct bytes object, file, target;

	CHECK(read_object("core_app.o", &object));
	CHECK(read_object("core_target_moved.o", &file));
	target = section_of(&file, ".BTF");
	for (size_t at = 0; at < target.size; at += 3) {
		struct skep_btf *btf = NULL;
		struct skep_arena arena;

		skep_arena_init(&arena, skep_port_posix(), 0);
		target.data[at] ^= 0x41;
		test_case("byte %zu", at);
		if (skep_btf_read(target.data, target.size, false, &arena, NULL, &btf) == 0)
			CHECK(survives(&object, btf, skep_port_posix()));
		target.data[at] ^= 0x41;
		skep_arena_free(&arena);
	}
	free(object.data);
	free(file.data);
}

/* A port whose n-th allocation fails. */
static struct {
	const struct skep_port *real;
	unsigned left;
	bool failed;
} scarce;

static void *scarce_alloc(void *ctx, size_t size, size_t align)
{
	if (scarce.left == 0) {
		scarce.failed = true;
		return NULL;
	}
	scarce.left--;
	return scarce.real->alloc(ctx, size, align);
}

TEST(every_allocation_fails_once)
{
	for (size_t i = 0; i < sizeof(OBJECTS) / sizeof(OBJECTS[0]); i++) {
		struct skep_port port = *skep_port_posix();
		struct core_fixture fixture;
		struct bytes object;

		scarce.real = skep_port_posix();
		port.alloc = scarce_alloc;
		CHECK(core_open(&fixture, OBJECTS[i], "core_target_moved.o", SKEP_ENGINE_INTERP));
		CHECK(read_object(OBJECTS[i], &object));
		for (unsigned n = 0; n < 10000; n++) {
			scarce.left = n;
			scarce.failed = false;
			test_case("%s, allocation %u", OBJECTS[i], n);
			CHECK(survives(&object, fixture.target, &port));
			if (!scarce.failed)
				break;
		}
		CHECK(!scarce.failed);
		free(object.data);
		core_close(&fixture);
	}
}

/* Whether program `bit_fields` contains such a shift. */
static bool shifts_left_by(const char *object, const char *target, int32_t bits)
{
	enum { SHIFT_LEFT = 0x67 };
	struct core_fixture fixture;
	struct skep_insn insn;
	bool found = false;

	if (core_open(&fixture, object, target, SKEP_ENGINE_INTERP)) {
		const struct skep_prog *prog =
			skep_object_prog_by_name(fixture.object, "bit_fields");

		for (uint32_t i = 0; skep_prog_insn(prog, i, &insn) == 0; i++)
			found = found || (insn.code == SHIFT_LEFT && insn.imm == bits);
	}
	core_close(&fixture);
	return found;
}

/* Both byte orders of an object, on one machine: places of fields are the target's, shifts of
 * bit-fields are the object's. */
TEST(objects_of_the_other_byte_order)
{
	struct core_fixture little, big;
	uint32_t compared = 0;

	CHECK(core_open(&little, "core_app.o", "core_target_moved.o", SKEP_ENGINE_INTERP));
	CHECK(core_open(&big, "core_app.eb.o", "core_target_moved.eb.o", SKEP_ENGINE_INTERP));
	for (uint32_t i = 0;; i++) {
		const struct skep_prog *a = skep_object_prog_by_name(little.object, "offsets"),
				       *b = skep_object_prog_by_name(big.object, "offsets");
		struct skep_insn x, y;

		CHECK(a != NULL && b != NULL);
		if (skep_prog_insn(a, i, &x) < 0 || skep_prog_insn(b, i, &y) < 0)
			break;
		CHECK_EQ(x.code, y.code);
		CHECK_EQ((uint16_t)x.off, (uint16_t)y.off);
		compared++;
	}
	CHECK(compared > 16);
	core_close(&little);
	core_close(&big);
	/* Of moved bit-fields 3, 9 and 9 bits after each other in 32: how far they are from the
	 * upper end of 64. */
	CHECK(shifts_left_by("core_app.o", "core_target_moved.o", 64 - 3));
	CHECK(shifts_left_by("core_app.o", "core_target_moved.o", 64 - 12));
	CHECK(shifts_left_by("core_app.o", "core_target_moved.o", 64 - 21));
	CHECK(shifts_left_by("core_app.eb.o", "core_target_moved.eb.o", 32));
	CHECK(shifts_left_by("core_app.eb.o", "core_target_moved.eb.o", 32 + 3));
	CHECK(shifts_left_by("core_app.eb.o", "core_target_moved.eb.o", 32 + 12));
}

TEST(access_strings)
{
	static const struct {
		const char *access, *wanted; /* NULL: refused */
	} CASES[] = {
		{ "0", "host" },
		{ "3", "host[3]" },
		{ "0:0", "host.id" },
		{ "0:7:1", "host.in.b" },
		{ "0:8:3", "host.table[3]" },
		{ "0:8:4", NULL }, /* past the end */
		{ "0:9:1:0", "host.either" },
		{ "0:13:2:0", "host.list[2].a" },
		{ "0:14:9999", "host.tail[9999]" }, /* a flexible array has no end */
		{ "0:15", NULL },
		{ "0:0:0", NULL },  /* into a number */
		{ "0:11:0", NULL }, /* through a pointer */
		{ "", NULL },
		{ ":", NULL },
		{ "0:", NULL },
		{ ":0", NULL },
		{ "0::1", NULL },
		{ "0:-1", NULL },
		{ "0 ", NULL },
		{ "a", NULL },
		{ "2147483648", NULL },
		{ "99999999999999999999999", NULL },
		{ "2147483647", NULL }, /* further than an offset can say */
		{ "0:14:2147483647", NULL },
	};
	struct core_fixture fixture;
	const struct skep_btf *btf;

	CHECK(core_open(&fixture, "core_app.o", NULL, SKEP_ENGINE_INTERP));
	btf = skep_object_btf(fixture.object);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const struct skep_image_core core = {
			.type = skep_btf_find(btf, SKEP_BTF_STRUCT, "host"),
			.kind = SKEP_CORE_FIELD_OFFSET,
			.access = CASES[i].access,
		};
		struct skep_core_path path;
		const char *why = NULL;
		char text[64];

		test_case("\"%s\"", CASES[i].access);
		if (skep_core_path(btf, &core, &path, &why) < 0) {
			CHECK(CASES[i].wanted == NULL);
			CHECK(why != NULL);
			continue;
		}
		CHECK(CASES[i].wanted != NULL);
		skep_core_describe(&path, SKEP_CORE_FIELD, text, sizeof(text));
		CHECK_TEXT(text, CASES[i].wanted);
	}
	core_close(&fixture);
}

TEST(flavours)
{
	CHECK_EQ(skep_core_name_size("task_struct___v2"), 11);
	CHECK_EQ(skep_core_name_size("a___b___c"), 5);
	CHECK_EQ(skep_core_name_size("a____b"), 6);
	CHECK_EQ(skep_core_name_size("___b"), 4);
	CHECK_EQ(skep_core_name_size("a___"), 4);
	CHECK_EQ(skep_core_name_size("a___b"), 1);
	CHECK_EQ(skep_core_name_size(""), 0);
	CHECK(skep_core_same_name("a___x", "a___y"));
	CHECK(!skep_core_same_name("a__x", "a"));
}

TESTS_BEGIN
T(access_strings)
T(flavours)
T(every_byte_of_the_records)
T(every_byte_of_the_target)
T(every_allocation_fails_once)
T(objects_of_the_other_byte_order)
TESTS_END
