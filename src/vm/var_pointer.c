/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in a data section where the source has the address of something. A variable's address
 * is one that the host can follow; a program that loads it has a number to compare, since the
 * verifier knows pointers only from lddw. What has no address that would mean anything is refused
 * by name, where Linux's loaders leave it 0.
 */
#include "vm/var.h"

static int refuse(const struct skep_object *object, uint32_t map,
		  const struct skep_image_pointer *pointer, const char *what, const char *advice)
{
	struct skep_log *log = object->maps[map].log;

	return skep_fail(
		log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
		"variable \"%.96s\" (%.32s+%u) holds the address of %s \"%.96s\"\n"
		"addresses of variables alone\n%s, or give the variable a value before load",
		skep_image_variable_at(&object->image, map, pointer->offset),
		object->image.maps[map].section, (unsigned)pointer->offset, what, pointer->name,
		advice);
}

int skep_vm_var_resolve(const struct skep_object *object, uint32_t map,
			const struct skep_image_pointer *pointer, uint64_t *address)
{
	struct skep_map *target;
	uint8_t *bytes;
	size_t size;

	switch (pointer->kind) {
	case SKEP_POINTER_FUNC:
		return refuse(object, map, pointer, "function",
			      "call it by name, or put programs into a prog_array's values");
	case SKEP_POINTER_MAP:
		return refuse(object, map, pointer, "map",
			      "name the map in code, or put maps into the values of an "
			      "array_of_maps");
	case SKEP_POINTER_OUTSIDE:
		return refuse(object, map, pointer, "something outside of the object",
			      "define it in the object");
	case SKEP_POINTER_DATA: break;
	}
	if (object->runtime->config.unprivileged)
		return skep_fail(object->maps[map].log, SKEP_EPERM, SKEP_NO_INSN,
				 "variable \"%.96s\" (%.32s+%u) holds the address of \"%.96s\", "
				 "which an unprivileged program must not learn\n\n"
				 "use an index, or give the variable a value before load",
				 skep_image_variable_at(&object->image, map, pointer->offset),
				 object->image.maps[map].section, (unsigned)pointer->offset,
				 pointer->name);
	target = &object->maps[pointer->target];
	bytes = target->kind->ops->direct(target, &size);
	*address = (uint64_t)(uintptr_t)(bytes + pointer->target_offset);
	return 0;
}
