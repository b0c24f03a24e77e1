/* SPDX-License-Identifier: Apache-2.0 */
/* BTF as it is in memory: the type section as 32-bit words of the host's byte order, an index of
 * where each type begins, and the strings. */
#ifndef SKEP_BTF_BTF_H
#define SKEP_BTF_BTF_H

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
	uint8_t *kinds;   /* kinds[id], void included */
	uint32_t count;
	uint32_t strings_size;
	uint32_t type_offset; /* of the type section in the .BTF section, bytes */
	uint32_t pointer_size;
	char *strings;
	/* Types by name, as skep_btf_index() makes it: the first of each chain, and what comes
	 * after each type; NULL: none. */
	uint32_t *chains, *chained;
	uint32_t chain_mask;
};

/* Linkage of functions and variables: 0 static, 1 global. */
enum { SKEP_BTF_EXTERN = 2, SKEP_BTF_KIND_COUNT = 20 };

/* What a kind's words are. */
struct skep_btf_layout {
	uint8_t fixed_words; /* after the first three */
	uint8_t item_words;  /* each of as many as the info word says */
	bool refers;         /* the third word is a type */
	bool is_modifier;    /* skep_btf_resolve() passes through it */
};

extern const struct skep_btf_layout SKEP_BTF_LAYOUTS[SKEP_BTF_KIND_COUNT];

/* What to do about BTF that is refused. */
#define SKEP_BTF_ADVICE "compile the object again, or strip its BTF with llvm-objcopy -R .BTF"

/* Reads BTF data of either byte order; `bytes` is not kept. SKEP_ENOEXEC, SKEP_ENOMEM: reported. */
int skep_btf_read(const void *bytes, size_t size, bool big_endian, struct skep_arena *arena,
		  struct skep_log *log, struct skep_btf **out);

/* The same of bytes that stay as they are for as long as the table is used: what need not be
 * changed is used where it lies, and must not be written to. */
int skep_btf_read_in_place(const void *bytes, size_t size, bool big_endian,
			   struct skep_arena *arena, struct skep_log *log, struct skep_btf **out);

/* check.c: whether readers may rely on a table whose types have been found. SKEP_ENOEXEC,
 * SKEP_ENOMEM: reported. */
int skep_btf_check(const struct skep_btf *btf, struct skep_arena *arena, struct skep_log *log);

/* Reports what is wrong with a type, in words that go on after its name. */
int skep_btf_refuse(const struct skep_btf *btf, uint32_t id, struct skep_log *log,
		    const char *found);

/* The same of one of its items; the type's own name has been checked. */
int skep_btf_refuse_item(const struct skep_btf *btf, uint32_t id, uint32_t index,
			 struct skep_log *log, const char *found);

/* A kind before a name, "struct" and the like, and what its items are called. */
const char *skep_btf_kind_word(uint32_t kind);
const char *skep_btf_item_word(const struct skep_btf *btf, uint32_t id);

/* Whether a bit-field can have that type: an integer or an enumeration. */
bool skep_btf_may_be_bits(const struct skep_btf *btf, uint32_t id);

/* Words of type `id` (1 to count). */
static inline const uint32_t *skep_btf_words(const struct skep_btf *btf, uint32_t id)
{
	return btf->words + btf->starts[id];
}

static inline uint32_t skep_btf_kind_of(const struct skep_btf *btf, uint32_t id)
{
	return btf->kinds[id];
}

static inline uint32_t skep_btf_item_count(const struct skep_btf *btf, uint32_t id)
{
	return skep_btf_words(btf, id)[SKEP_BTF_INFO] & 0xffff;
}

static inline const char *skep_btf_name_of(const struct skep_btf *btf, uint32_t id)
{
	return id == 0 ? "" : btf->strings + skep_btf_words(btf, id)[SKEP_BTF_NAME];
}

/* Makes the index that skep_btf_find() uses. SKEP_ENOMEM: reported. */
int skep_btf_index(struct skep_btf *btf, struct skep_arena *arena, struct skep_log *log);

/* skep_btf_dump_c() without a runtime; all memory is from `arena` and can be released after. */
int skep_btf_dump(const struct skep_btf *btf, const uint32_t *types, uint32_t type_count,
		  const struct skep_btf_dump_options *options, struct skep_arena *arena,
		  struct skep_log *log, void (*write)(void *ctx, const char *text, size_t size),
		  void *ctx);

/* skep_btf_diff() without a runtime; all memory is from `arena` and can be released after. */
int skep_btf_compare(const struct skep_btf *before, const struct skep_btf *after,
		     void (*fn)(void *ctx, const struct skep_btf_difference *difference), void *ctx,
		     struct skep_arena *arena, struct skep_log *log);

/* Words of the index-th item of a type: member, parameter, enumerator or variable. */
const uint32_t *skep_btf_item(const struct skep_btf *btf, uint32_t id, uint32_t index);

/* The string at `offset`, or NULL if it lies outside. */
const char *skep_btf_string(const struct skep_btf *btf, uint32_t offset);

#endif
