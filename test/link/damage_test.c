/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of objects that are cut, damaged, or linked with too little memory: each ends in one report
 * or in an object that links again, and leaves nothing behind (AddressSanitizer looks). */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "linker/linker.h"
#include "object.h"

static const char *const SEEDS[] = {
	"test/fuzz/seeds/link/function",
	"test/fuzz/seeds/link/map_big_endian",
	"test/fuzz/seeds/link/core",
	"test/fuzz/seeds/link/small",
};

enum { SEED_COUNT = sizeof(SEEDS) / sizeof(SEEDS[0]) };

/* A port that has so many allocations left. */
struct short_port {
	struct skep_port port;
	unsigned left;
};

static void *alloc_while_left(void *ctx, size_t size, size_t align)
{
	struct short_port *port = ctx;
	void *memory;

	if (port->left == 0)
		return NULL;
	port->left--;
	memory = aligned_alloc(align, (size + align - 1) / align * align);
	return memory != NULL ? memset(memory, 0, size) : NULL;
}

static void free_any(void *ctx, void *memory, size_t size, size_t align)
{
	(void)ctx;
	(void)size;
	(void)align;
	free(memory);
}

/* Two objects in one file: the first four bytes say how long the first is. */
static uint32_t split(const uint8_t *bytes, size_t size, struct skep_link_input inputs[2])
{
	const size_t first = bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;

	inputs[0] = (struct skep_link_input){ bytes + 4, first, "first.o" };
	inputs[1] = (struct skep_link_input){ bytes + 4 + first, size - 4 - first, "second.o" };
	return inputs[1].size > 0 ? 2 : 1;
}

/* Links; whether one error was reported, or none and what came out links again. */
static bool ends_well(const struct skep_link_input *inputs, uint32_t count, unsigned allocations,
		      int *err)
{
	struct short_port port = { .left = allocations };
	struct test_log errors = { 0 };
	struct skep_log log = { .sink = test_log, .sink_ctx = &errors };
	const struct skep_limits limits = { .object_bytes_max = 1 << 20 };
	struct skep_arena arena;
	uint8_t *bytes = NULL;
	size_t size = 0;
	bool ok;

	port.port = (struct skep_port){ .ctx = &port, .alloc = alloc_while_left, .free = free_any };
	skep_arena_init(&arena, &port.port, 0);
	*err = skep_linker_link(inputs, count, &limits, &arena, &log, &bytes, &size);
	ok = test_check_eq(errors.errors, *err < 0, __FILE__, __LINE__, "one report, or none");
	if (ok && *err == 0 && allocations == ~0u) {
		const struct skep_link_input again = { bytes, size, "linked.o" };

		ok = test_check_eq(
			(uint64_t)skep_linker_link(&again, 1, &limits, &arena, &log, &bytes, &size),
			0, __FILE__, __LINE__, "it links again");
	}
	skep_arena_free(&arena);
	return ok;
}

TEST(cut_at_every_length)
{
	for (size_t s = 0; s < SEED_COUNT; s++) {
		size_t size = 0;
		uint8_t *bytes = test_object_read(SEEDS[s], &size);
		struct skep_link_input inputs[2];
		uint32_t count;

		CHECK(bytes != NULL);
		count = split(bytes, size, inputs);
		for (uint32_t which = 0; which < count; which++) {
			for (size_t cut = 0; cut < inputs[which].size; cut++) {
				/* A copy of that size, so that reading past the end is seen. */
				uint8_t *copy = malloc(cut + 1);
				struct skep_link_input shorter[2] = { inputs[0], inputs[1] };
				int err;

				test_case("%s: %s cut at %u", SEEDS[s], inputs[which].name,
					  (unsigned)cut);
				memcpy(copy + 1, inputs[which].bytes, cut);
				shorter[which].bytes = copy + 1;
				shorter[which].size = cut;
				CHECK(ends_well(shorter, count, ~0u, &err));
				CHECK_EQ(err, SKEP_ENOEXEC);
				free(copy);
			}
		}
		free(bytes);
	}
	test_case("%s", "");
}

TEST(every_byte_damaged)
{
	for (size_t s = 0; s < SEED_COUNT; s++) {
		size_t size = 0;
		uint8_t *bytes = test_object_read(SEEDS[s], &size);
		struct skep_link_input inputs[2];
		uint32_t count;
		int err;

		CHECK(bytes != NULL);
		count = split(bytes, size, inputs);
		CHECK(ends_well(inputs, count, ~0u, &err));
		CHECK_EQ(err, 0);
		for (size_t i = 4; i < size; i++) {
			const uint8_t was = bytes[i];
			const uint8_t values[] = { 0, 0xff, was ^ 0x80, (uint8_t)(was + 1) };

			for (size_t v = 0; v < sizeof(values); v++) {
				test_case("%s with byte %u set to %#x", SEEDS[s], (unsigned)i,
					  values[v]);
				bytes[i] = values[v];
				CHECK(ends_well(inputs, count, ~0u, &err));
			}
			bytes[i] = was;
		}
		free(bytes);
	}
	test_case("%s", "");
}

TEST(each_allocation_fails_once)
{
	for (size_t s = 0; s < SEED_COUNT; s++) {
		size_t size = 0;
		uint8_t *bytes = test_object_read(SEEDS[s], &size);
		struct skep_link_input inputs[2];
		unsigned allocations = 0;
		uint32_t count;
		int err;

		CHECK(bytes != NULL);
		count = split(bytes, size, inputs);
		do {
			test_case("%s with %u allocations", SEEDS[s], allocations);
			CHECK(ends_well(inputs, count, allocations++, &err));
			CHECK(err == 0 || err == SKEP_ENOMEM);
		} while (err != 0);
		CHECK(allocations > 3);
		free(bytes);
	}
	test_case("%s", "");
}

/* An object may ask for alignments and sizes that its bytes do not have. */
TEST(the_output_is_no_larger_than_allowed)
{
	const struct skep_limits limits = { .object_bytes_max = 3000 };
	struct test_log errors = { 0 };
	struct skep_log log = { .sink = test_log, .sink_ctx = &errors };
	struct skep_link_input inputs[2], second;
	struct skep_arena arena;
	size_t size = 0, out_size;
	uint8_t *bytes = test_object_read(SEEDS[0], &size), *out;

	CHECK(bytes != NULL);
	split(bytes, size, inputs);
	second = inputs[1];
	skep_arena_init(&arena, skep_port_posix(), 0);
	CHECK_EQ(skep_linker_link(inputs, 2, &limits, &arena, &log, &out, &out_size), 0);
	CHECK(out_size <= 3000);
	for (uint64_t i = 0; i < 2; i++) {
		uint8_t *all = malloc(second.size);
		uint8_t *headers;

		memcpy(all, second.bytes, second.size);
		headers = all + all[40] + ((size_t)all[41] << 8);
		for (uint32_t k = 1; k < all[60]; k++) {
			uint8_t *header = headers + 64 * (size_t)k;

			if (header[4] == 8) /* NOBITS: any size is well-formed */
				memset(header + 32, 0xff, i == 0 ? 3 : 7);
		}
		inputs[1].bytes = all;
		CHECK_EQ(skep_linker_link(inputs, 2, &limits, &arena, &log, &out, &out_size),
			 SKEP_E2BIG);
		free(all);
	}
	CHECK_EQ(errors.errors, 2);
	skep_arena_free(&arena);
	free(bytes);
}

TESTS_BEGIN
T(cut_at_every_length)
T(every_byte_damaged)
T(each_allocation_fails_once)
T(the_output_is_no_larger_than_allowed)
TESTS_END
