/* SPDX-License-Identifier: Apache-2.0 */
/* BTF being written: types and strings are appended, then the bytes of a .BTF section come out. */
#ifndef SKEP_BTF_WRITE_H
#define SKEP_BTF_WRITE_H

#include "base/arena.h"
#include "base/log.h"
#include "base/strings.h"
#include "btf/btf.h"

struct skep_btf_writer {
	struct skep_arena *arena;
	struct skep_log *log;
	uint32_t *words;
	uint32_t *starts; /* starts[id], for id from 1 to count: index in words */
	uint32_t word_count, word_room;
	uint32_t count, start_room;
	struct skep_strings strings;
};

/* Everything the writer holds comes from `arena`. No types yet, and no string but the empty one. */
int skep_btf_writer_init(struct skep_btf_writer *writer, struct skep_arena *arena,
			 struct skep_log *log);

/* The offset of a string, which is stored the first time it is given. `size` without terminator. */
int skep_btf_writer_string(struct skep_btf_writer *writer, const char *text, size_t size,
			   uint32_t *offset);

/* Appends a type as words of struct skep_btf whose names are offsets of this writer's strings. The
 * ids in it are not looked at: they may come later. */
int skep_btf_writer_add(struct skep_btf_writer *writer, const uint32_t *words, uint32_t *id);

/* Appends type `id` of `from` with its strings. `ids` says what its ids are here (NULL: the same
 * numbers). */
int skep_btf_writer_copy(struct skep_btf_writer *writer, const struct skep_btf *from, uint32_t id,
			 const uint32_t *ids, uint32_t *out);

/* Size of the section, and its bytes. */
size_t skep_btf_writer_size(const struct skep_btf_writer *writer);
void skep_btf_writer_bytes(const struct skep_btf_writer *writer, bool big_endian, uint8_t *out);

#endif
