/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of maps from the command line; literal.h tells how keys and values are written. */
#ifndef SKEP_CLI_ENTRY_H
#define SKEP_CLI_ENTRY_H

#include "engine.h"
#include "message.h"
#include "skep.h"

/* What an entry is for. */
struct entry_place {
	const struct skep_object *object;
	const struct skep_map *map;
	size_t value_bytes; /* of what the map takes: the value, or one for each cpu */
	const char *where;  /* sentences begin with it: "--entry rules: " */
};

/* As the map takes it; both are freed by entry_free(). */
struct entry {
	uint8_t *key, *value;
};

/* The map of that name. NULL, reported: there is none. `where` begins the sentence. */
struct skep_map *entry_map(struct skep_object *object, const char *name, const char *where);

/* Reads "KEY=VALUE"; a map with a value for each cpu takes a list of them. STATUS_BAD, reported: it
 * is no such entry, or the map takes none. */
enum status entry_read(const struct entry_place *place, const char *text, struct entry *out);

/* Reads "KEY" alone; the value is NULL. */
enum status entry_read_key(const struct entry_place *place, const char *text, struct entry *out);

void entry_free(struct entry *entry);

/* Puts an entry into a map of a loaded object from "MAP:KEY=VALUE", the value of --entry.
 * STATUS_BAD, reported: it is no such entry, or the map does not take it. */
enum status entry_set(struct skep_object *object, struct engine *engine, const char *assignment);

#endif
