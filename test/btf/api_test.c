/* SPDX-License-Identifier: Apache-2.0 */
/* What skep.h offers about BTF that stands alone: opening, finding, C of chosen types and of
 * sections; memory that runs out at every allocation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

/* A port that fails at the n-th allocation and counts what is out. */
struct book {
	const struct skep_port *real;
	unsigned asked, fail_at;
	long out;
};

static void *book_alloc(void *ctx, size_t size, size_t align)
{
	struct book *book = ctx;
	void *memory;

	if (++book->asked == book->fail_at)
		return NULL;
	memory = book->real->alloc(book->real->ctx, size, align);
	book->out += memory != NULL;
	return memory;
}

static void book_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct book *book = ctx;

	book->out--;
	book->real->free(book->real->ctx, memory, size, align);
}

struct world {
	struct book book;
	struct skep_port port;
	struct test_log errors;
	struct skep_runtime *runtime;
	uint8_t *bytes;
	size_t size;
};

static bool open_world(struct world *world, const char *file, uint32_t bytes_max)
{
	struct skep_config config = { .port = &world->port, .log = test_log };

	memset(world, 0, sizeof(*world));
	world->book.real = skep_port_posix();
	world->port = *world->book.real;
	world->port.ctx = &world->book;
	world->port.alloc = book_alloc;
	world->port.free = book_free;
	world->port.code_alloc = NULL; /* its context is that of the memory */
	world->port.clock_ns = NULL;
	world->port.cpu_number = NULL;
	world->port.random = NULL;
	world->port.trace = NULL;
	config.log_ctx = &world->errors;
	config.limits.object_bytes_max = bytes_max;
	world->bytes = test_object_read(file, &world->size);
	return world->bytes != NULL && skep_runtime_open(&config, &world->runtime) == 0;
}

static void close_world(struct world *world)
{
	skep_runtime_close(world->runtime);
	CHECK_EQ(world->book.out, 0);
	free(world->bytes);
}

struct text {
	char bytes[65536];
	size_t size;
};

static void take(void *ctx, const char *bytes, size_t size)
{
	struct text *text = ctx;

	if (size < sizeof(text->bytes) - text->size)
		memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
}

static void count(void *ctx, const struct skep_btf_difference *difference)
{
	*(unsigned *)ctx += difference->change == SKEP_BTF_MEMBER_MOVED;
}

static const char *const FILES[] = {
	"test/fuzz/seeds/btf/each.btf",
	"test/fuzz/seeds/btf/each_eb.btf",
};

TEST(types_are_found)
{
	for (size_t i = 0; i < 2; i++) {
		struct world world;
		struct skep_btf *btf = NULL;
		struct skep_btf_type type;

		test_case("%s", FILES[i]);
		CHECK(open_world(&world, FILES[i], 0));
		CHECK_EQ(skep_btf_open(world.runtime, world.bytes, world.size, "x", &btf), 0);
		memset(world.bytes, 0xff, world.size); /* they are not needed any more */
		CHECK_EQ(skep_btf_count(btf), 13);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_STRUCT, "s"), 3);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_VOID, "s"), 3);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_UNION, "s"), 0);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_VOID, "absent"), 0);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_VOID, ""), 0);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_DATASEC, ".data"), 8);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_FUNC, "fn"), 11);
		CHECK_EQ(skep_btf_type(btf, 6, &type), 0);
		CHECK_EQ(type.component, 1);
		skep_btf_close(btf);
		close_world(&world);
	}
}

/* At every alignment: what can be used where it lies is, and nothing is written to. */
TEST(types_are_used_in_place)
{
	const uint16_t one = 1;
	const size_t native = *(const uint8_t *)&one == 1 ? 0 : 1;

	for (size_t i = 0; i < 8; i++) {
		const char *file = FILES[i / 4];
		const size_t skew = i % 4;
		struct skep_btf *btf = NULL;
		struct skep_btf_type type;
		struct world world;
		uint8_t *bytes;
		bool is_inside;

		test_case("%s, %u bytes off", file, (unsigned)skew);
		CHECK(open_world(&world, file, 0));
		bytes = malloc(world.size + skew); /* its end is that of the strings */
		memcpy(bytes + skew, world.bytes, world.size);
		CHECK_EQ(skep_btf_open_in_place(world.runtime, bytes + skew, world.size, "x", &btf),
			 0);
		CHECK_EQ(skep_btf_count(btf), 13);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_STRUCT, "s"), 3);
		CHECK_EQ(skep_btf_find(btf, SKEP_BTF_FUNC, "fn"), 11);
		CHECK_EQ(skep_btf_type(btf, 3, &type), 0);
		CHECK_TEXT(type.name, "s");
		is_inside = (uintptr_t)type.name >= (uintptr_t)bytes &&
			    (uintptr_t)type.name < (uintptr_t)(bytes + skew + world.size);
		CHECK_EQ(is_inside, skew == 0 && i / 4 == native);
		skep_btf_close(btf);
		CHECK(memcmp(bytes + skew, world.bytes, world.size) == 0);
		free(bytes);
		close_world(&world);
	}
}

TEST(chosen_types_as_c)
{
	static struct text text;
	struct skep_btf_dump_options options = { .assert_word = "HOLDS", .section_prefix = "x__" };
	const uint32_t section = 8, pointer = 5, absent = 14;
	struct world world;
	struct skep_btf *btf = NULL;

	CHECK(open_world(&world, FILES[0], 0));
	CHECK_EQ(skep_btf_open(world.runtime, world.bytes, world.size, "x", &btf), 0);
	memset(&text, 0, sizeof(text));
	CHECK_EQ(skep_btf_dump_c(world.runtime, btf, &section, 1, &options, take, &text), 0);
	CHECK_TEXT(text.bytes, "struct s {\n\tint a;\n\tint b;\n};\n"
			       "HOLDS(sizeof(struct s) == 8, \"size of struct s\");\n"
			       "HOLDS(__builtin_offsetof(struct s, a) == 0, \"offset of a\");\n"
			       "HOLDS(__builtin_offsetof(struct s, b) == 4, \"offset of b\");\n\n"
			       "struct x__data {\n\tstruct s v;\n};\n"
			       "HOLDS(sizeof(struct x__data) == 8, \"size of struct x__data\");\n"
			       "HOLDS(__builtin_offsetof(struct x__data, v) == 0, \"offset of "
			       "v\");\n\n");
	/* A pointer needs a declaration, an integer of its size nothing. */
	memset(&text, 0, sizeof(text));
	CHECK_EQ(skep_btf_dump_c(world.runtime, btf, &pointer, 1, NULL, take, &text), 0);
	CHECK_TEXT(text.bytes, "struct s;\n");
	memset(&text, 0, sizeof(text));
	options.portable = true;
	CHECK_EQ(skep_btf_dump_c(world.runtime, btf, &pointer, 1, &options, take, &text), 0);
	CHECK_TEXT(text.bytes, "");
	CHECK_EQ(skep_btf_dump_c(world.runtime, btf, &absent, 1, NULL, take, &text), SKEP_ENOENT);
	skep_btf_close(btf);
	close_world(&world);
}

/* What an object's loader has finished: places of variables, of static ones too. */
TEST(sections_of_objects_as_c)
{
	static struct text text;
	const struct skep_btf_dump_options options = { .section_prefix = "layout__" };
	const struct skep_btf *btf;
	struct skep_object *object;
	struct world world;
	uint32_t section;

	CHECK(open_world(&world, "btf_layout.o", 0));
	CHECK_EQ(skep_object_open(world.runtime, world.bytes, world.size, "x", &object), 0);
	btf = skep_object_btf(object);
	section = skep_btf_find(btf, SKEP_BTF_DATASEC, ".bss");
	CHECK(section != 0);
	memset(&text, 0, sizeof(text));
	CHECK_EQ(skep_btf_dump_c(world.runtime, btf, &section, 1, &options, take, &text), 0);
	CHECK(strstr(text.bytes, "struct layout__bss {\n") != NULL);
	CHECK(strstr(text.bytes, "\tstruct wide wide;\n") != NULL);
	CHECK(strstr(text.bytes, "\tint first_counter;\n") != NULL);
	CHECK(strstr(text.bytes, "\tlong long second_counter;\n") != NULL);
	skep_object_close(object);
	close_world(&world);
}

TEST(what_is_none_is_refused)
{
	struct world world;
	struct skep_btf *btf = NULL;

	CHECK(open_world(&world, FILES[0], 0));
	CHECK_EQ(skep_btf_open(world.runtime, world.bytes, 0, "x", &btf), SKEP_ENOEXEC);
	CHECK_EQ(skep_btf_open(world.runtime, "\177ELF", 4, "x", &btf), SKEP_ENOEXEC);
	CHECK_EQ(skep_btf_open(world.runtime, world.bytes, world.size - 1, "x", &btf),
		 SKEP_ENOEXEC);
	CHECK_EQ(world.errors.errors, 3);
	CHECK(strncmp(world.errors.last, "x: ", 3) == 0);
	CHECK(btf == NULL);
	skep_btf_close(NULL);
	close_world(&world);
	CHECK(open_world(&world, FILES[0], 100));
	CHECK_EQ(skep_btf_open(world.runtime, world.bytes, world.size, "x", &btf), SKEP_E2BIG);
	CHECK_EQ(world.errors.errors, 1);
	close_world(&world);
}

static int use_all(struct world *world)
{
	static struct text text;
	struct skep_btf *btf;
	unsigned moved = 0;
	int err = skep_btf_open(world->runtime, world->bytes, world->size, "x", &btf);

	if (err < 0)
		return err;
	err = skep_btf_dump_c(world->runtime, btf, NULL, 0, NULL, take, &text);
	if (err == 0)
		err = skep_btf_diff(world->runtime, btf, btf, count, &moved);
	skep_btf_close(btf);
	return err;
}

TEST(memory_that_runs_out)
{
	struct world world;
	int err = SKEP_ENOMEM;

	CHECK(open_world(&world, "test/fuzz/seeds/btf/btf_layout.btf", 0));
	for (unsigned n = 1; err != 0 && n < 1000; n++) {
		const unsigned errors = world.errors.errors;

		world.book.asked = 0;
		world.book.fail_at = n;
		err = use_all(&world);
		CHECK(err == 0 || err == SKEP_ENOMEM);
		CHECK_EQ(world.errors.errors - errors, err < 0);
	}
	CHECK_EQ(err, 0);
	close_world(&world);
}

TESTS_BEGIN
T(types_are_found)
T(types_are_used_in_place)
T(chosen_types_as_c)
T(sections_of_objects_as_c)
T(what_is_none_is_refused)
T(memory_that_runs_out)
TESTS_END
