/* SPDX-License-Identifier: Apache-2.0 */
/* NAME=VALUE goes in; the variable of that name has the value from then on, which is read as its
 * BTF type says. */
#define _GNU_SOURCE 1
#include "variable.h"

#include <stdlib.h>
#include <string.h>

#include "literal.h"
#include "memory.h"
#include "nearest.h"

static enum status find(struct skep_object *object, const char *name, struct skep_var *out)
{
	struct nearest nearest = { .wanted = name };
	char list[256];

	if (skep_object_var_by_name(object, name, out) == 0)
		return STATUS_DONE;
	for (uint32_t i = 0; skep_object_var(object, i, out) == 0; i++)
		nearest_offer(&nearest, out->name);
	if (nearest.offered == 0)
		return complain("--set %s: %s has no global variables", name,
				skep_object_name(object));
	nearest_list(&nearest, list, sizeof(list));
	return complain("--set %s: %s has no variable of that name; did you mean %s?", name,
			skep_object_name(object), list);
}

static enum status set(struct skep_object *object, const char *name, const char *value)
{
	struct literal literal = {
		.where = "--set ",
		.name = name,
		.text = value,
		.btf = skep_object_btf(object),
	};
	struct skep_var var;
	enum status status = find(object, name, &var);
	uint8_t *bytes;
	int err;

	if (status != STATUS_DONE)
		return status;
	literal.type = var.type;
	bytes = allocate(1, var.size);
	status = literal_read(&literal, bytes, var.size);
	err = status == STATUS_DONE ? skep_var_write(&var, bytes, var.size) : 0;
	if (err != 0)
		status = complain("--set %s: %s", name, skep_err_text(err));
	free(bytes);
	return status;
}

enum status variable_set(struct skep_object *object, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	enum status status;
	char *name;

	if (equals == NULL || equals == assignment)
		return complain("--set %s: write a variable's name, = and its value", assignment);
	name = duplicate(assignment);
	name[equals - assignment] = '\0';
	status = set(object, name, equals + 1);
	free(name);
	return status;
}
