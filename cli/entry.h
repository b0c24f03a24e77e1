/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of maps from the command line. */
#ifndef SKEP_CLI_ENTRY_H
#define SKEP_CLI_ENTRY_H

#include "engine.h"
#include "message.h"
#include "skep.h"

/* Puts an entry into a map of a loaded object from "MAP:KEY=VALUE". KEY and VALUE are numbers
 * without sign (decimal or 0x) of 1, 2, 4 or 8 bytes, or hex: and all bytes in memory order.
 * STATUS_BAD, reported: no such map, not such an entry, or the engine refuses it. */
enum status entry_set(struct skep_object *object, struct engine *engine, const char *assignment);

#endif
