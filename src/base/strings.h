/* SPDX-License-Identifier: Apache-2.0 */
/* A table of strings as ELF and BTF have it: one after the other, each terminated and stored once,
 * the empty one first. */
#ifndef SKEP_BASE_STRINGS_H
#define SKEP_BASE_STRINGS_H

#include "base/log.h"
#include "base/trie.h"

struct skep_strings {
	struct skep_arena *arena;
	struct skep_log *log;
	char *bytes;
	uint32_t size, room;
	struct skep_trie offsets;
};

/* An empty table whose memory comes from `arena`. SKEP_ENOMEM: reported. */
int skep_strings_init(struct skep_strings *strings, struct skep_arena *arena, struct skep_log *log);

/* The offset of a string; `size` without terminator. SKEP_ENOMEM, SKEP_E2BIG: reported. */
int skep_strings_add(struct skep_strings *strings, const char *text, size_t size, uint32_t *offset);

#endif
