/* SPDX-License-Identifier: Apache-2.0 */
/* Strings in, their offsets out. Refuses tables of more than half a GiB. */
#include "base/strings.h"

#include "base/bytes.h"

enum { FIRST_ROOM = 256 };

static const uint32_t BYTES_MAX = UINT32_MAX / 8;

int skep_strings_init(struct skep_strings *strings, struct skep_arena *arena, struct skep_log *log)
{
	uint32_t offset;

	*strings = (struct skep_strings){ .arena = arena, .log = log };
	return skep_strings_add(strings, "", 0, &offset);
}

struct text {
	const char *bytes;
	size_t size;
};

static bool is_text(const void *ctx, uint32_t offset, const void *key)
{
	const struct skep_strings *strings = ctx;
	const struct text *text = key;

	return text->size < strings->size - offset &&
	       memcmp(strings->bytes + offset, text->bytes, text->size) == 0 &&
	       strings->bytes[offset + text->size] == '\0';
}

/* The old bytes stay in the arena, which costs at most as much as the new ones. */
static bool make_room(struct skep_strings *strings, uint32_t size)
{
	uint32_t room = strings->room != 0 ? strings->room : FIRST_ROOM;
	char *bytes;

	if (size <= strings->room)
		return true;
	while (room < size)
		room *= 2;
	bytes = skep_arena_alloc(strings->arena, room);
	if (bytes == NULL)
		return false;
	if (strings->size > 0)
		memcpy(bytes, strings->bytes, strings->size);
	strings->bytes = bytes;
	strings->room = room;
	return true;
}

int skep_strings_add(struct skep_strings *strings, const char *text, size_t size, uint32_t *offset)
{
	const struct text key = { text, size };
	uint32_t *found;
	bool made;

	if (size >= BYTES_MAX || strings->size >= BYTES_MAX)
		return skep_fail(strings->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "the names and texts take more than %u bytes\nless\n"
				 "leave some of the inputs out",
				 (unsigned)BYTES_MAX);
	found = skep_trie_add(&strings->offsets, strings->arena, skep_hash_bytes(text, size),
			      is_text, strings, &key, strings->size, &made);
	if (found == NULL || !make_room(strings, strings->size + (uint32_t)size + 1))
		return skep_fail_memory(strings->log, "a table of strings");
	if (made) {
		memcpy(strings->bytes + strings->size, text, size);
		strings->bytes[strings->size + size] = '\0';
		strings->size += (uint32_t)size + 1;
	}
	*offset = *found;
	return 0;
}
