/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole data sections: copied while programs may write them, and compared. A copy is taken again
 * until nothing has changed since the one before. Comparison walks the types of what differs; all
 * the work is bounded by a budget that grows with the section, as unions could show the same bytes
 * without end.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "vm/var.h"

enum {
	COPIES_MAX = 64,
	CHUNK_BYTES = 256,
	DEPTH_MAX = 32,
	PATH_BYTES = 256,
	BUDGET_PER_BYTE = 16,
	BUDGET_LEAST = 4096,
};

/* Brings `bytes` up to what memory holds now; `*changed` tells whether it held something else. */
static int copy(const struct skep_map *map, uint8_t *bytes, uint32_t size, bool *changed)
{
	uint8_t chunk[CHUNK_BYTES];

	*changed = false;
	for (uint32_t at = 0; at < size; at += CHUNK_BYTES) {
		const size_t count = size - at < CHUNK_BYTES ? size - at : CHUNK_BYTES;

		SKEP_TRY(skep_vm_data_read(map, at, chunk, count));
		*changed = *changed || memcmp(bytes + at, chunk, count) != 0;
		memcpy(bytes + at, chunk, count);
	}
	return 0;
}

int skep_map_snapshot(const struct skep_map *map, void *bytes, size_t size)
{
	bool changed = true;

	if (map->initial == NULL || size != map->def.value_size)
		return SKEP_EINVAL;
	SKEP_TRY(copy(map, bytes, (uint32_t)size, &changed));
	changed = true;
	for (int i = 1; changed && i < COPIES_MAX; i++)
		SKEP_TRY(copy(map, bytes, (uint32_t)size, &changed));
	return changed ? SKEP_EAGAIN : 0;
}

/* --------------------------------------------------------------------------------- differences */

struct walk {
	const struct skep_btf *btf;
	bool big_endian;
	const struct skep_var *var;
	const uint8_t *before, *after; /* of the variable */
	skep_difference_fn fn;
	void *ctx;
	uint64_t budget;
	char path[PATH_BYTES];
	size_t path_size;
};

static int visit(struct walk *walk, const struct skep_btf_piece *piece, unsigned depth);

/* Makes the path longer; what does not fit is left out. The caller gives `path_size` its old value
 * back. */
static void enter(struct walk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void enter(struct walk *walk, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	skep_format_list(walk->path + walk->path_size, PATH_BYTES - walk->path_size, format, list);
	va_end(list);
	walk->path_size += skep_text_size(walk->path + walk->path_size);
}

static void leave(struct walk *walk, size_t path_size)
{
	walk->path_size = path_size;
	walk->path[path_size] = '\0';
}

static bool is_equal(const struct walk *walk, const struct skep_btf_piece *piece)
{
	const uint64_t at = piece->bit_offset / 8;

	if (!piece->is_bit_field)
		return memcmp(walk->before + at, walk->after + at, (size_t)(piece->bits / 8)) == 0;
	return skep_vm_bits(walk->before + at, walk->big_endian, piece->bit_offset % 8,
			    (uint32_t)piece->bits) ==
	       skep_vm_bits(walk->after + at, walk->big_endian, piece->bit_offset % 8,
			    (uint32_t)piece->bits);
}

static int tell(struct walk *walk, const struct skep_btf_piece *piece)
{
	struct skep_var found;

	skep_vm_var_of_piece(walk->var, piece, &found);
	return walk->fn(walk->ctx, walk->path, &found);
}

static int visit_members(struct walk *walk, const struct skep_btf_piece *around, uint32_t id,
			 unsigned depth)
{
	const size_t path_size = walk->path_size;
	struct skep_btf_member member;

	for (uint32_t i = 0; skep_btf_member(walk->btf, id, i, &member) == 0; i++) {
		struct skep_btf_piece piece = {
			.type = member.type,
			.bit_offset = around->bit_offset + member.bit_offset,
			.bits = member.bit_size,
			.is_bit_field = member.bit_size != 0,
		};
		uint64_t size = 0;
		int result;

		if (!piece.is_bit_field && skep_btf_size(walk->btf, member.type, &size) < 0)
			continue;
		if (!piece.is_bit_field)
			piece.bits = size * 8;
		if (member.name[0] != '\0')
			enter(walk, ".%s", member.name);
		result = visit(walk, &piece, depth + 1);
		leave(walk, path_size);
		if (result != 0)
			return result;
	}
	return 0;
}

static int visit_elements(struct walk *walk, const struct skep_btf_piece *around,
			  const struct skep_btf_type *type, uint64_t size, unsigned depth)
{
	const size_t path_size = walk->path_size;

	for (uint64_t i = 0; i < around->bits / 8 / size; i++) {
		const struct skep_btf_piece piece = {
			.type = type->type,
			.bit_offset = around->bit_offset + i * size * 8,
			.bits = size * 8,
		};
		int result;

		enter(walk, "[%llu]", (unsigned long long)i);
		result = visit(walk, &piece, depth + 1);
		leave(walk, path_size);
		if (result != 0)
			return result;
	}
	return 0;
}

/* Tells of all that differs inside one piece. */
static int visit(struct walk *walk, const struct skep_btf_piece *piece, unsigned depth)
{
	const uint64_t room = (uint64_t)walk->var->size * 8;
	struct skep_btf_type type;
	uint64_t size = 0;
	uint32_t id;

	if (walk->budget == 0)
		return SKEP_E2BIG;
	walk->budget--;
	/* What BTF puts outside of the variable is none of it. */
	if (piece->bits == 0 || piece->bit_offset > room || piece->bits > room - piece->bit_offset)
		return 0;
	if (is_equal(walk, piece))
		return 0;
	id = walk->btf != NULL ? skep_btf_resolve(walk->btf, piece->type) : 0;
	if (id == 0 || piece->is_bit_field || depth == DEPTH_MAX ||
	    skep_btf_type(walk->btf, id, &type) < 0)
		return tell(walk, piece);
	if (type.kind == SKEP_BTF_STRUCT || type.kind == SKEP_BTF_UNION)
		return visit_members(walk, piece, id, depth);
	if (type.kind == SKEP_BTF_ARRAY && !skep_vm_is_char(walk->btf, type.type) &&
	    skep_btf_size(walk->btf, type.type, &size) == 0 && size != 0)
		return visit_elements(walk, piece, &type, size, depth);
	return tell(walk, piece);
}

int skep_map_differences(const struct skep_map *map, const void *before, const void *after,
			 size_t size, skep_difference_fn fn, void *ctx)
{
	const struct skep_object *object = map->object;
	struct walk walk = { .fn = fn,
			     .ctx = ctx,
			     .budget = BUDGET_LEAST + (uint64_t)size * BUDGET_PER_BYTE };

	if (object == NULL || map->initial == NULL || size != map->def.value_size)
		return SKEP_EINVAL;
	walk.btf = object->image.btf;
	walk.big_endian = object->image.big_endian;
	for (uint32_t i = 0; i < object->image.var_count; i++) {
		struct skep_btf_piece piece = { 0 };
		struct skep_var var;
		int result;

		(void)skep_object_var(object, i, &var);
		if (var.map != map)
			continue;
		walk.var = &var;
		walk.before = (const uint8_t *)before + var.offset;
		walk.after = (const uint8_t *)after + var.offset;
		piece.type = var.type;
		piece.bits = (uint64_t)var.size * 8;
		leave(&walk, 0);
		enter(&walk, "%s", var.name);
		result = visit(&walk, &piece, 0);
		if (result != 0)
			return result;
	}
	return 0;
}
