/* SPDX-License-Identifier: Apache-2.0 */
/* Global variables: the initial values before load, the live ones after. */
#include "base/bytes.h"
#include "vm/vm.h"

int skep_object_var(const struct skep_object *object, uint32_t index, struct skep_var *out)
{
	if (index >= object->image.var_count)
		return SKEP_ENOENT;
	*out = object->image.vars[index];
	out->map = &object->maps[object->image.var_map[index]];
	return 0;
}

int skep_object_var_by_name(const struct skep_object *object, const char *name,
			    struct skep_var *out)
{
	for (uint32_t i = 0; i < object->image.var_count; i++)
		if (skep_text_equal(object->image.vars[i].name, name))
			return skep_object_var(object, i, out);
	return SKEP_ENOENT;
}

/* The bytes that hold a variable now. */
static uint8_t *bytes_of(const struct skep_var *var)
{
	size_t size;

	if (!var->map->loaded)
		return var->map->initial + var->offset;
	return (uint8_t *)var->map->kind->ops->direct(var->map, &size) + var->offset;
}

int skep_var_read(const struct skep_var *var, void *value, size_t size)
{
	if (size != var->size)
		return SKEP_EINVAL;
	memcpy(value, bytes_of(var), size);
	return 0;
}

int skep_var_write(const struct skep_var *var, const void *value, size_t size)
{
	if (size != var->size)
		return SKEP_EINVAL;
	if (var->map->frozen)
		return skep_fail(var->map->log, SKEP_EPERM, SKEP_NO_INSN,
				 "variable \"%s\" is in %s, which is frozen once loaded\n\n"
				 "set it before skep_object_load()",
				 var->name, var->section);
	memcpy(bytes_of(var), value, size);
	return 0;
}
