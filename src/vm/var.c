/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Global variables as bytes: the initial values before load, the live ones after, or those behind a
 * skep_memory. Writes to what is frozen are refused.
 */
#include "vm/var.h"

#include "base/atomic.h"
#include "base/bytes.h"

enum { POINTER_BYTES = 8 };

int skep_object_var(const struct skep_object *object, uint32_t index, struct skep_var *out)
{
	if (index >= object->image.var_count)
		return SKEP_ENOENT;
	*out = object->image.vars[index];
	out->map = &object->maps[object->image.var_map[index]];
	out->object = object;
	return 0;
}

/* The bytes that hold a data section now. */
static uint8_t *block_of(const struct skep_map *map)
{
	size_t size;

	return map->loaded ? map->kind->ops->direct((struct skep_map *)map, &size) : map->initial;
}

/* ------------------------------------------------------------- copies of memory that others use */

/* The largest piece at this address that is read and written at once, of at most `size` bytes. */
static size_t piece_at(const void *at, size_t size)
{
	size_t piece = sizeof(uintptr_t);

	while (piece > size || (uintptr_t)at % piece != 0)
		piece /= 2;
	return piece;
}

static void copy_out(uint8_t *to, const uint8_t *from, size_t size)
{
	while (size > 0) {
		const size_t piece = piece_at(from, size);

		switch (piece) {
		case 1: *to = skep_atomic_load8(from); break;
		case 2: skep_store16(to, skep_atomic_load16(from)); break;
		case 4: skep_store32(to, skep_atomic_load32(from)); break;
		default: {
			const uintptr_t word =
				atomic_load_explicit((const _Atomic uintptr_t *)(const void *)from,
						     memory_order_acquire);

			memcpy(to, &word, sizeof(word));
		}
		}
		to += piece;
		from += piece;
		size -= piece;
	}
}

static void copy_in(uint8_t *to, const uint8_t *from, size_t size)
{
	while (size > 0) {
		const size_t piece = piece_at(to, size);

		switch (piece) {
		case 1: skep_atomic_store8(to, *from); break;
		case 2: skep_atomic_store16(to, skep_load16(from)); break;
		case 4: skep_atomic_store32(to, skep_load32(from)); break;
		default: {
			uintptr_t word;

			memcpy(&word, from, sizeof(word));
			atomic_store_explicit((_Atomic uintptr_t *)(void *)to, word,
					      memory_order_release);
		}
		}
		to += piece;
		from += piece;
		size -= piece;
	}
}

int skep_vm_data_read(const struct skep_map *map, uint32_t offset, void *bytes, size_t size)
{
	if (map->memory != NULL)
		return map->memory->read(map->memory->ctx, map, offset, bytes, size);
	copy_out(bytes, block_of(map) + offset, size);
	return 0;
}

/* ---------------------------------------------------------------------------------- variables */

int skep_var_read(const struct skep_var *var, void *value, size_t size)
{
	if (size != var->size || var->bit_size != 0)
		return SKEP_EINVAL;
	return skep_vm_data_read(var->map, var->offset, value, size);
}

int skep_vm_var_check_writable(const struct skep_var *var)
{
	const struct skep_map *map = var->map;

	if (map->frozen || (map->memory != NULL && var->read_only))
		return skep_fail(map->log, SKEP_EPERM, SKEP_NO_INSN,
				 "variable \"%s\" is in %s, which is frozen once loaded\n\n"
				 "set it before skep_object_load()",
				 var->name, var->section);
	if (map->memory != NULL && map->memory->write == NULL)
		return skep_fail(map->log, SKEP_EPERM, SKEP_NO_INSN,
				 "variable \"%s\" lies in memory that can only be read\n"
				 "a skep_memory with a write function",
				 var->name);
	return 0;
}

/* Before load a pointer is what the host made it, if that is another value than the file's, or if
 * it wrote just this pointer. */
static void keep_pointers(const struct skep_var *var, const uint8_t *bytes)
{
	const struct skep_image *image = &var->object->image;
	const struct skep_image_map *map = &image->maps[var->map - var->object->maps];

	for (uint32_t i = 0; i < map->pointer_count; i++) {
		struct skep_image_pointer *pointer = &map->pointers[i];
		const bool exact = var->offset == pointer->offset && var->size == POINTER_BYTES;
		const bool whole = var->offset <= pointer->offset &&
				   pointer->offset - var->offset + POINTER_BYTES <= var->size;

		if (pointer->offset + POINTER_BYTES <= var->offset ||
		    pointer->offset >= var->offset + var->size)
			continue;
		if (exact || !whole ||
		    skep_load64(bytes + (pointer->offset - var->offset)) != pointer->placeholder)
			pointer->given = true;
	}
}

int skep_vm_var_store(const struct skep_var *var, const void *bytes)
{
	const struct skep_memory *memory = var->map->memory;

	if (memory != NULL)
		return memory->write(memory->ctx, var->map, var->offset, bytes, var->size);
	if (!var->map->loaded)
		keep_pointers(var, bytes);
	copy_in(block_of(var->map) + var->offset, bytes, var->size);
	return 0;
}

int skep_var_write(const struct skep_var *var, const void *value, size_t size)
{
	if (size != var->size || var->bit_size != 0)
		return SKEP_EINVAL;
	SKEP_TRY(skep_vm_var_check_writable(var));
	return skep_vm_var_store(var, value);
}

/* ------------------------------------------------------------------------------ whole sections */

int skep_map_memory_view(const struct skep_map *map, const void **memory, size_t *size)
{
	struct skep_map *writable = (struct skep_map *)map;

	if (map->memory != NULL)
		return SKEP_EOPNOTSUPP;
	if (!map->loaded && map->initial != NULL) {
		*memory = map->initial;
		*size = map->def.value_size;
		return 0;
	}
	if (!map->loaded)
		return SKEP_EPERM;
	if (map->kind->ops->direct == NULL)
		return SKEP_EOPNOTSUPP;
	*memory = map->kind->ops->direct(writable, size);
	if (map->initial != NULL)
		*size = map->def.value_size;
	return 0;
}

int skep_map_memory(struct skep_map *map, void **memory, size_t *size)
{
	const void *view;

	if (map->frozen)
		return SKEP_EPERM;
	SKEP_TRY(skep_map_memory_view(map, &view, size));
	*memory = (void *)(uintptr_t)view;
	return 0;
}

int skep_object_attach(struct skep_object *object, const struct skep_memory *memory)
{
	if (object->phase != SKEP_PHASE_OPEN)
		return skep_fail(&object->log, SKEP_EPERM, SKEP_NO_INSN,
				 "the object was loaded or attached before\n\nopen it again");
	for (uint32_t i = 0; i < object->image.map_count; i++)
		object->maps[i].memory = memory;
	object->phase = SKEP_PHASE_ATTACHED;
	return 0;
}
