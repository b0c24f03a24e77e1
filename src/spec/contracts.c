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
	const struct skep_helper *row = NULL;

	for (unsigned i = 0; i < SKEP_COUNT(contracts->helpers) && row == NULL; i++)
		row = find(contracts->helpers[i], contracts->helper_count[i], sizeof(*row), id);
	return row;
}

const struct skep_prog_type *skep_contracts_prog_type(const struct skep_contracts *contracts,
						      uint32_t type)
{
	const struct skep_prog_type *row = NULL;

	for (unsigned i = 0; i < SKEP_COUNT(contracts->prog_types) && row == NULL; i++)
		row = find(contracts->prog_types[i], contracts->prog_type_count[i], sizeof(*row),
			   type);
	return row;
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

/* Whether a field may be accessed in parts of `size` bytes. */
static bool has_parts(const struct skep_ctx_field *field, uint32_t size, bool write)
{
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return false;
	return field->kind == SKEP_FIELD_BYTES || (field->kind == SKEP_FIELD_PARTS && !write);
}

const struct skep_ctx_field *skep_contracts_find_field(const struct skep_layout *layout,
						       int32_t offset, uint32_t size, bool write,
						       struct skep_ctx_place *out)
{
	for (uint32_t i = 0; i < layout->count; i++) {
		const struct skep_ctx_field *field = &layout->fields[i];
		const int32_t at = offset - (int32_t)field->offset;

		if (at < 0 || at >= field->size || (write && !field->writable))
			continue;
		if (has_parts(field, size, write)) {
			if ((uint32_t)offset % size != 0 ||
			    !skep_in_bounds((uint32_t)at, size, field->size))
				return NULL;
			*out = (struct skep_ctx_place){ (uint16_t)(field->real_offset + at),
							(uint16_t)size };
			return field;
		}
		if (at == 0 && size == field->size) {
			*out = (struct skep_ctx_place){ field->real_offset, field->real_size };
			return field;
		}
	}
	return NULL;
}

const struct skep_ctx_field *skep_contracts_field(const struct skep_prog_type *type, int32_t offset,
						  uint32_t size, bool write,
						  struct skep_ctx_place *out)
{
	const struct skep_layout layout = { type->fields, type->field_count };

	return skep_contracts_find_field(&layout, offset, size, write, out);
}
