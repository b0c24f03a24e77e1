/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in flash take no more of a board's memory than the formula of doc/PORTING.md says. */
#include "../../port/bare/bare.h"
#include "board.h"
#include "memory.h"

#define OBJECT(name) extern const uint8_t object_##name[], object_##name##_end[];
#include "memory_objects.def"

static const struct object {
	const char *name;
	const uint8_t *bytes, *end;
} OBJECTS[] = {
#define OBJECT(name) { #name, object_##name, object_##name##_end },
#include "memory_objects.def"
};

static void check_all(bool unverified)
{
	static struct skep_bare bare;
	const struct skep_board board = { .memory = skep_board_heap,
					  .memory_size =
						  (size_t)(skep_board_heap_end - skep_board_heap) };

	skep_bare_init(&bare, &board);
	for (size_t i = 0; i < sizeof(OBJECTS) / sizeof(OBJECTS[0]); i++) {
		const size_t whole = skep_bare_free_bytes(&bare);

		test_case("%s", OBJECTS[i].name);
		CHECK(memory_holds(OBJECTS[i].name, OBJECTS[i].bytes,
				   (size_t)(OBJECTS[i].end - OBJECTS[i].bytes), unverified,
				   &bare.port));
		CHECK_EQ(skep_bare_free_bytes(&bare), whole);
	}
	test_case("%s", "");
}

TEST(objects_take_what_the_formula_says)
{
	check_all(false);
}

TEST(objects_that_are_not_verified_take_less)
{
	check_all(true);
}

TESTS_BEGIN
T(objects_take_what_the_formula_says)
T(objects_that_are_not_verified_take_less)
TESTS_END
