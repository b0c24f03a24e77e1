/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/contracts.h"

#include "base/bytes.h"

/* Every kind of row begins with its number, a uint32_t. Tables have a few dozen rows and are asked
 * once per instruction at load: a scan is enough. */
_Static_assert(offsetof(struct skep_helper, id) == 0, "the number comes first");
_Static_assert(offsetof(struct skep_prog_type, type) == 0, "the number comes first");
_Static_assert(offsetof(struct skep_map_kind, type) == 0, "the number comes first");

static const void *find(const void *rows, uint32_t count, size_t row_size, uint32_t number)
{
	const uint8_t *row = rows;

	for (; count > 0; count--, row += row_size)
		if (skep_load32(row) == number)
			return row;
	return NULL;
}

const struct skep_helper *skep_contracts_helper(const struct skep_contracts *contracts, uint32_t id)
{
	const struct skep_helper *own =
		find(contracts->helpers[0], contracts->helper_count[0], sizeof(*own), id);

	return own != NULL
		       ? own
		       : find(contracts->helpers[1], contracts->helper_count[1], sizeof(*own), id);
}

const struct skep_prog_type *skep_contracts_prog_type(const struct skep_contracts *contracts,
						      uint32_t type)
{
	const struct skep_prog_type *own =
		find(contracts->prog_types[0], contracts->prog_type_count[0], sizeof(*own), type);

	return own != NULL ? own
			   : find(contracts->prog_types[1], contracts->prog_type_count[1],
				  sizeof(*own), type);
}

const struct skep_map_kind *skep_contracts_map_kind(const struct skep_contracts *contracts,
						    uint32_t type)
{
	const struct skep_map_kind *own =
		find(contracts->map_kinds[0], contracts->map_kind_count[0], sizeof(*own), type);

	return own != NULL ? own
			   : find(contracts->map_kinds[1], contracts->map_kind_count[1],
				  sizeof(*own), type);
}

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
#define MAP_ABSENT(number, name) MAP(number, name, 0)
#include "spec/maps.def"
	default: return NULL;
	}
}
