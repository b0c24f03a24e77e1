/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the maps of an object after (or before) programs ran: entries, and the records of
 * ring buffers. The same text for every engine. */
#ifndef SKEP_CLI_CONTENTS_H
#define SKEP_CLI_CONTENTS_H

#include "engine.h"
#include "writer.h"

struct contents;

/* Remembers the engine and the object; `engine` must be closed after. */
struct contents *contents_open(const struct skep_object *object, struct engine *engine);

/* "MAP=STRUCT": records of the ring buffer MAP are of that structure. STATUS_BAD: reported. Without
 * it, a structure with the map's name, or that without its last "s", is taken if there is one. */
enum status contents_event_type(struct contents *contents, const char *assignment);

/* Takes what is in the ring buffers now. */
void contents_collect(struct contents *contents);

/* A list with one object for each map, or for `only` that one: name, type, entries (key, value),
 * and for ring buffers event_type and events. */
void contents_write_json(struct contents *contents, const struct skep_map *only,
			 struct writer *writer);

/* The same as tables, at most `rows_max` rows of each map, with an empty line between maps. */
void contents_write_text(struct contents *contents, const struct skep_map *only, FILE *file,
			 uint64_t rows_max);

void contents_close(struct contents *contents);

#endif
