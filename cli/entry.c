/* SPDX-License-Identifier: Apache-2.0 */
/* KEY=VALUE against the map's definition and its BTF types. What has no entries that people could
 * write is refused before anything is read. */
#define _GNU_SOURCE 1
#include "entry.h"

#include <stdlib.h>
#include <string.h>

#include "literal.h"
#include "memory.h"
#include "nearest.h"

enum { CPU_VALUE_ALIGN = 8 }; /* of values in what bpf(2) gives of a per-CPU map */

struct skep_map *entry_map(struct skep_object *object, const char *name, const char *where)
{
	struct skep_map *map = skep_object_map_by_name(object, name);
	struct nearest nearest = { .wanted = name };
	char list[256];

	if (map != NULL)
		return map;
	for (uint32_t i = 0; (map = skep_object_map(object, i)) != NULL; i++)
		nearest_offer(&nearest, skep_map_name(map));
	nearest_list(&nearest, list, sizeof(list));
	if (nearest.offered == 0)
		complain("%s%s has no maps", where, skep_object_name(object));
	else
		complain("%s%s has no map \"%s\"; did you mean %s?", where,
			 skep_object_name(object), name, list);
	return NULL;
}

static enum status check_map(const struct entry_place *place)
{
	const struct map_shape shape = map_shape(place->map);
	char text[16];

	if (shape.keyed)
		return STATUS_DONE;
	return complain("%s%s is of type %s, which takes no entries from the command line; hashes "
			"and arrays do",
			place->where, skep_map_name(place->map), map_type_text(place->map, text));
}

static enum status read_key(const struct entry_place *place, const char *text, void *key)
{
	const struct literal literal = {
		.where = place->where,
		.name = "key",
		.text = text,
		.btf = skep_object_btf(place->object),
		/* An array's key is its index, whatever type the definition gives it. */
		.type = map_shape(place->map).array ? 0 : skep_map_key_type(place->map),
	};

	return literal_read(&literal, key, skep_map_def(place->map)->key_size);
}

static enum status read_value(const struct entry_place *place, const char *text, void *value)
{
	const struct literal literal = {
		.where = place->where,
		.name = "value",
		.text = text,
		.btf = skep_object_btf(place->object),
		.type = skep_map_value_type(place->map),
	};
	const size_t size = skep_map_def(place->map)->value_size;
	const size_t step = (size + CPU_VALUE_ALIGN - 1) / CPU_VALUE_ALIGN * CPU_VALUE_ALIGN;

	if (!map_shape(place->map).percpu)
		return literal_read(&literal, value, size);
	return literal_read_list(&literal, value, size, step, place->value_bytes / step);
}

enum status entry_read_key(const struct entry_place *place, const char *text, struct entry *out)
{
	struct entry entry = { NULL, NULL };
	enum status status = check_map(place);

	if (status != STATUS_DONE)
		return status;
	entry.key = allocate(1, skep_map_def(place->map)->key_size);
	status = read_key(place, text, entry.key);
	if (status == STATUS_DONE)
		*out = entry;
	else
		entry_free(&entry);
	return status;
}

enum status entry_read(const struct entry_place *place, const char *text, struct entry *out)
{
	const char *equals = literal_end(text, '=');
	struct entry entry = { NULL, NULL };
	enum status status;
	char *key;

	if (equals == NULL)
		return complain("%s%s: write a key, = and a value", place->where, text);
	key = duplicate(text);
	key[equals - text] = '\0';
	status = entry_read_key(place, key, &entry);
	free(key);
	if (status != STATUS_DONE)
		return status;
	entry.value = allocate(1, place->value_bytes);
	status = read_value(place, equals + 1, entry.value);
	if (status == STATUS_DONE)
		*out = entry;
	else
		entry_free(&entry);
	return status;
}

void entry_free(struct entry *entry)
{
	free(entry->key);
	free(entry->value);
}

static enum status put(struct skep_object *object, struct engine *engine, const char *name,
		       const char *where, const char *text)
{
	struct skep_map *map = entry_map(object, name, where);
	struct entry_place place = { .object = object, .map = map, .where = where };
	struct entry entry;
	enum status status;
	int err;

	if (map == NULL)
		return STATUS_BAD;
	place.value_bytes = engine->table->read_size(engine, map);
	status = entry_read(&place, text, &entry);
	if (status != STATUS_DONE)
		return status;
	err = engine->table->update(engine, map, entry.key, entry.value);
	if (err != 0)
		status = complain("%sthe map does not take %s: %s (%s)", where, text,
				  skep_err_text(err), skep_err_name(err));
	entry_free(&entry);
	return status;
}

enum status entry_set(struct skep_object *object, struct engine *engine, const char *assignment)
{
	const char *colon = strchr(assignment, ':');
	enum status status;
	char *name, *where;
	FILE *stream;
	size_t size;

	if (colon == NULL || literal_end(colon + 1, '=') == NULL)
		return complain("--entry %s: write a map's name, a colon, the key, = and the value",
				assignment);
	name = duplicate(assignment);
	name[colon - assignment] = '\0';
	stream = text_stream(&where, &size);
	fprintf(stream, "--entry %s: ", name);
	fclose(stream);
	status = put(object, engine, name, where, colon + 1);
	free(where);
	free(name);
	return status;
}
