/* SPDX-License-Identifier: Apache-2.0 */
/* BTF as it is in memory: the type section as 32-bit words of the host's byte order, an index of
 * where each type begins, and the strings. */
#ifndef SKEP_LOAD_BTF_H
#define SKEP_LOAD_BTF_H

#include "base/arena.h"
#include "base/log.h"
#include "skep.h"

/* How deep types may contain each other by value, or refer to each other through pointers and
 * typedefs: what bounds a reader's recursion. Linux allows 32 for most. */
enum { SKEP_BTF_DEPTH_MAX = 64 };

/* Words of a type: name, info, size or type, then what its kind adds. Linux's
 * Documentation/bpf/btf.rst, section 2.2. */
enum {
	SKEP_BTF_NAME = 0,
	SKEP_BTF_INFO = 1,
	SKEP_BTF_SIZE = 2, /* or the type referred to */
	SKEP_BTF_MORE = 3,
	SKEP_BTF_SECINFO_WORDS = 3, /* of a DATASEC's variable: type, offset, size */
};

struct skep_btf {
	uint32_t *words;
	uint32_t *starts; /* starts[id], for id from 1 to count: index in words */
	uint32_t count;
	uint32_t strings_size;
	uint32_t type_offset; /* of the type section in the .BTF section, bytes */
	char *strings;
};

/* Words of type `id` (1 to count). */
const uint32_t *skep_btf_words(const struct skep_btf *btf, uint32_t id);
uint32_t skep_btf_kind_of(const struct skep_btf *btf, uint32_t id);
uint32_t skep_btf_item_count(const struct skep_btf *btf, uint32_t id);
const char *skep_btf_name_of(const struct skep_btf *btf, uint32_t id);

/* The string at `offset`, or NULL if it lies outside. */
const char *skep_btf_string(const struct skep_btf *btf, uint32_t offset);

#endif
