/* SPDX-License-Identifier: Apache-2.0 */
/* Names of Linux's helpers, program and map types, from the .def files: in a file of their own, so
 * that firmware that prints none has none. */
#include "base/bytes.h"
#include "spec/contracts.h"

const char *skep_spec_prog_name(uint32_t type)
{
	switch (type) {
#define PROG(number, name)                                                                         \
	case number:                                                                               \
		return #name;
#define PROG_ABSENT(number, name) PROG(number, name)
#include "spec/progs.def"
	default: return NULL;
	}
}

uint32_t skep_spec_prog_number(const char *name)
{
	for (uint32_t type = 1; skep_spec_prog_name(type) != NULL; type++)
		if (skep_text_equal(skep_spec_prog_name(type), name))
			return type;
	return 0;
}

const char *skep_spec_map_name(uint32_t type)
{
	switch (type) {
#define MAP(number, name, caps)                                                                    \
	case number:                                                                               \
		return #name;
#define MAP_ABSENT(number, name, caps) MAP(number, name, caps)
#include "spec/maps.def"
	default: return NULL;
	}
}

const char *skep_spec_helper_name(uint32_t id)
{
	switch (id) {
#define HELPER(number, name, ret, a1, a2, a3, a4, a5, groups, caps, flags)                         \
	case number:                                                                               \
		return #name;
#define HELPER_ABSENT(number, name, ret, a1, a2, a3, a4, a5, types, caps, flags)                   \
	HELPER(number, name, ret, a1, a2, a3, a4, a5, types, caps, flags)
#include "spec/helpers.def"
	default: return NULL;
	}
}
