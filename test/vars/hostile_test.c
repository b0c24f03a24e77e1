/* SPDX-License-Identifier: Apache-2.0 */
/* Objects whose variables, types and pointers are not what they should be: whatever is asked of
 * them has an end and stays inside. */
#include "fixture.h"

enum { PIECES_MAX = 2000 };

static uint64_t sum;

static int count(void *ctx, const char *path, const struct skep_var *piece)
{
	int64_t number;

	sum += (uint64_t)path[0] + (skep_var_get_s64(piece, &number) == 0);
	return ++*(unsigned *)ctx == PIECES_MAX;
}

/* Asks everything that can be asked of one variable before load. */
static void ask(const struct skep_var *var)
{
	static const char *const PATHS[] = { "[1]", ".n", "[1].n", ".c", "[0][0]", "[99999999]" };
	struct skep_var piece;
	char text[128];
	uint64_t positive;
	int64_t number;
	uint8_t *bytes = malloc(var->size + 1);

	skep_var_full_name(var, text, sizeof(text));
	(void)skep_object_var_by_path(var->object, text, &piece);
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		if (skep_var_piece(var, PATHS[i], &piece) != 0)
			continue;
		(void)skep_var_get_u64(&piece, &positive);
		(void)skep_var_set_s64(&piece, -1);
		(void)skep_var_get_text(&piece, text, sizeof(text));
		(void)skep_var_set_text(&piece, "1");
	}
	(void)skep_var_get_s64(var, &number);
	(void)skep_var_set_u64(var, 3);
	(void)skep_var_get_text(var, text, sizeof(text));
	(void)skep_var_set_text(var, "GREEN");
	if (skep_var_read(var, bytes, var->size) == 0)
		(void)skep_var_write(var, bytes, var->size);
	free(bytes);
}

static void ask_object(struct skep_object *object)
{
	struct skep_map *map;
	struct skep_var var;

	for (uint32_t i = 0; i < 60 && skep_object_var(object, i, &var) == 0; i++)
		ask(&var);
	for (uint32_t i = 0; (map = skep_object_map(object, i)) != NULL; i++) {
		const size_t size = skep_map_def(map)->value_size;
		uint8_t *before = calloc(2, size + 1), *after = before + size;
		unsigned pieces = 0;

		if (skep_map_snapshot(map, after, size) == 0)
			(void)skep_map_differences(map, before, after, size, count, &pieces);
		free(before);
		(void)skep_map_set_value_size(map, (uint32_t)size + 4);
		(void)skep_map_set_value_size(map, (uint32_t)size / 2);
	}
	for (uint32_t i = 0; i < 60 && skep_object_var(object, i, &var) == 0; i++)
		ask(&var);
	(void)skep_object_load(object);
	for (uint32_t i = 0; i < 60 && skep_object_var(object, i, &var) == 0; i++)
		ask(&var);
}

static void quiet(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	sum += report->text != NULL;
}

/* As many damaged files as there is time for, the same ones each time. */
TEST(damaged_objects)
{
	static const char *const NAMES[] = { "vars.o", "vars_refused.o" };
	const struct skep_config config = { .port = skep_port_posix(), .log = quiet };
	uint32_t opened = 0, seed = 1;

	for (size_t n = 0; n < 2; n++) {
		size_t size;
		uint8_t *bytes = test_object_read(NAMES[n], &size);

		CHECK(bytes != NULL);
		for (int i = 0; i < 6000; i++) {
			struct skep_runtime *runtime;
			struct skep_object *object;
			size_t where;
			uint8_t was;

			seed = seed * 1664525u + 1013904223u;
			where = (seed >> 4) % size;
			was = bytes[where];
			bytes[where] = (uint8_t)(i % 3 == 0 ? was ^ 1u << seed % 8 : seed >> 24);
			CHECK_EQ(skep_runtime_open(&config, &runtime), 0);
			if (skep_object_open(runtime, bytes, size, "damaged", &object) == 0) {
				opened++;
				ask_object(object);
				skep_object_close(object);
			}
			skep_runtime_close(runtime);
			bytes[where] = was;
		}
		free(bytes);
	}
	test_note("%u of 12000 opened", opened);
	CHECK(opened > 3000);
}

/* Differences end although the same bytes have 16 million names. */
TEST(unions_without_end)
{
	struct fixture fixture;
	unsigned pieces = 1u << 31; /* never to be stopped */
	uint8_t before[4] = { 0 }, after[4] = { 1 };
	struct skep_map *map;
	struct skep_var var;
	uint64_t value;

	CHECK_EQ(set_up(&fixture, "vars_union.o"), 0);
	map = skep_object_map_by_name(fixture.object, ".bss");
	CHECK(map != NULL);
	CHECK_EQ(skep_map_differences(map, before, after, 4, count, &pieces), SKEP_E2BIG);
	CHECK(pieces - (1u << 31) < 5000);
	var = at(&fixture, "names.a.b.a.b.a.b.a.b.a.b.a.b.a.b.a.b.a.b.a.b.a.b.a.b");
	CHECK_EQ(skep_var_set_u64(&var, 7), 0);
	var = at(&fixture, "names.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b");
	CHECK_EQ(skep_var_get_u64(&var, &value), 0);
	CHECK_EQ(value, 7);
	tear_down(&fixture);
}

/* The port of the host, whose allocations fail from the n-th on. */
struct scarce {
	const struct skep_port *real;
	uint32_t left;
};

static void *scarce_alloc(void *ctx, size_t size, size_t align)
{
	struct scarce *scarce = ctx;

	if (scarce->left == 0)
		return NULL;
	scarce->left--;
	return scarce->real->alloc(scarce->real->ctx, size, align);
}

static void scarce_free(void *ctx, void *memory, size_t size, size_t align)
{
	const struct scarce *scarce = ctx;

	scarce->real->free(scarce->real->ctx, memory, size, align);
}

/* Opens, makes an array larger and loads; what the first of them that failed returned. */
static int use(const struct skep_config *config, const void *bytes, size_t size)
{
	struct skep_object *object = NULL;
	struct skep_runtime *runtime;
	struct skep_prog *prog;
	struct skep_var var;
	int err = skep_runtime_open(config, &runtime);

	if (err != 0)
		return err;
	err = skep_object_open(runtime, bytes, size, "vars.o", &object);
	for (uint32_t count = 8; err == 0 && count < 40; count += 4) {
		const uint64_t elements = (count - 4) / 4;

		err = skep_map_set_value_size(skep_object_map_by_name(object, ".data.slots"),
					      count);
		/* Whether or not it was done, all say the same. */
		if (skep_object_var_by_name(object, "slots", &var) != 0 ||
		    (err == 0 && var.size != 4 * elements) ||
		    skep_map_def(var.map)->value_size != var.offset + var.size)
			test_fail("size %u of slots", (unsigned)var.size);
	}
	for (uint32_t i = 0; err == 0 && (prog = skep_object_prog(object, i)) != NULL; i++)
		skep_prog_set_autoload(prog, i == 2);
	if (err == 0)
		err = skep_object_load(object);
	skep_object_close(object);
	skep_runtime_close(runtime);
	return err;
}

TEST(memory_that_is_not_there)
{
	struct scarce scarce = { .real = skep_port_posix() };
	struct skep_port port = *scarce.real;
	const struct skep_config config = { .port = &port,
					    .engine = SKEP_ENGINE_INTERP,
					    .log = quiet };
	int err = SKEP_ENOMEM;
	size_t size;
	void *bytes = test_object_read("vars.o", &size);
	uint32_t count;

	CHECK(bytes != NULL);
	port.ctx = &scarce;
	port.alloc = scarce_alloc;
	port.free = scarce_free;
	for (count = 0; err == SKEP_ENOMEM && count < 10000; count++) {
		scarce.left = count;
		err = use(&config, bytes, size);
	}
	free(bytes);
	CHECK_EQ(err, 0);
	CHECK(count > 10);
}

TESTS_BEGIN
T(damaged_objects)
T(unions_without_end)
T(memory_that_is_not_there)
TESTS_END
