/* SPDX-License-Identifier: Apache-2.0 */
/* Objects take no more memory than the formula of doc/PORTING.md says, on this machine; the boards
 * have the same test (test/board/memory_test.c). */
#include <stdlib.h>

#include "../board/memory.h"
#include "object.h"

static const struct object {
	const char *name;
	bool unverified;
} OBJECTS[] = {
	{ "board.o", false },    { "board.o", true },      { "cli_edit.o", false },
	{ "sweep.o", true },     { "cli_values.o", true }, { "vm_tail.o", true },
	{ "cli_types.o", true },
};

TEST(objects_take_what_the_formula_says)
{
	for (size_t i = 0; i < sizeof(OBJECTS) / sizeof(OBJECTS[0]); i++) {
		size_t size;
		void *bytes = test_object_read(OBJECTS[i].name, &size);

		test_case("%s", OBJECTS[i].name);
		CHECK(bytes != NULL);
		CHECK(memory_holds(OBJECTS[i].name, bytes, size, OBJECTS[i].unverified,
				   skep_port_posix()));
		free(bytes);
	}
	test_case("%s", "");
}

TESTS_BEGIN
T(objects_take_what_the_formula_says)
TESTS_END
