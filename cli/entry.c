/* SPDX-License-Identifier: Apache-2.0 */
/* MAP:KEY=VALUE against the map's definition: sizes must be met exactly, and a number that does not
 * fit is an error, never cut. */
#define _GNU_SOURCE 1
#include "entry.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* One side of an entry. */
struct side {
	const char *what; /* "key" or "value" */
	const char *text;
	uint32_t size;
	uint8_t *bytes;
};

static enum status parse_hex(const char *whole, const struct side *side, const char *digits)
{
	if (strlen(digits) != (size_t)side->size * 2)
		return complain("--entry %s: the %s has %u bytes, so write %u digits after hex:",
				whole, side->what, (unsigned)side->size, (unsigned)side->size * 2);
	for (uint32_t i = 0; i < side->size; i++) {
		const char pair[3] = { digits[2 * i], digits[2 * i + 1], '\0' };

		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
			return complain("--entry %s: \"%s\" is no byte in hexadecimal digits",
					whole, pair);
		side->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return STATUS_DONE;
}

static enum status parse_side(const char *whole, const struct side *side)
{
	const uint32_t bits = side->size * 8;
	const uint16_t one = 1;
	const bool is_little = *(const uint8_t *)&one == 1;
	unsigned long long number;
	char *end;

	if (strncmp(side->text, "hex:", 4) == 0)
		return parse_hex(whole, side, side->text + 4);
	if (side->size != 1 && side->size != 2 && side->size != 4 && side->size != 8)
		return complain("--entry %s: the %s is no number; write hex: and the %u digits of "
				"its %u bytes in memory order",
				whole, side->what, (unsigned)side->size * 2, (unsigned)side->size);
	errno = 0;
	number = strtoull(side->text, &end, 0);
	if (!isdigit((unsigned char)side->text[0]) || *end != '\0')
		return complain("--entry %s: \"%s\" is no number; write digits, 0x and hexadecimal "
				"digits, or hex: and the bytes",
				whole, side->text);
	if (errno == ERANGE || (bits < 64 && number >> bits != 0))
		return complain("--entry %s: %s does not fit the %s, which has %u bits", whole,
				side->text, side->what, (unsigned)bits);
	for (uint32_t i = 0; i < side->size; i++)
		side->bytes[is_little ? i : side->size - 1 - i] = (uint8_t)(number >> 8 * i);
	return STATUS_DONE;
}

static enum status put(struct skep_map *map, struct engine *engine, const char *whole,
		       const char *key, const char *value)
{
	const struct skep_map_def *def = skep_map_def(map);
	struct side sides[2] = { { "key", key, def->key_size, NULL },
				 { "value", value, def->value_size, NULL } };
	enum status status;
	int err;

	if (def->key_size == 0 || engine->table->read_size(engine, map) != def->value_size)
		return complain("--entry %s: %s has no single value for a key; set entries of "
				"hashes and arrays",
				whole, skep_map_name(map));
	sides[0].bytes = allocate(1, def->key_size);
	sides[1].bytes = allocate(1, def->value_size);
	status = parse_side(whole, &sides[0]);
	if (status == STATUS_DONE)
		status = parse_side(whole, &sides[1]);
	if (status == STATUS_DONE) {
		err = engine->table->update(engine, map, sides[0].bytes, sides[1].bytes);
		if (err != 0)
			status = complain("--entry %s: %s does not take it: %s", whole,
					  skep_map_name(map), skep_err_text(err));
	}
	free(sides[0].bytes);
	free(sides[1].bytes);
	return status;
}

enum status entry_set(struct skep_object *object, struct engine *engine, const char *assignment)
{
	char *name = duplicate(assignment);
	char *colon = strchr(name, ':'), *equals = colon != NULL ? strchr(colon, '=') : NULL;
	struct skep_map *map = NULL;
	enum status status;

	if (equals != NULL) {
		*colon = '\0';
		*equals = '\0';
		map = skep_object_map_by_name(object, name);
	}
	if (equals == NULL)
		status = complain("--entry %s: write a map's name, a colon, the key, = and the "
				  "value",
				  assignment);
	else if (map == NULL)
		status = complain("--entry %s: %s has no map of that name; `skep maps` lists them",
				  assignment, skep_object_name(object));
	else
		status = put(map, engine, assignment, colon + 1, equals + 1);
	free(name);
	return status;
}
