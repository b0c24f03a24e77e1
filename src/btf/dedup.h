/* SPDX-License-Identifier: Apache-2.0 */
/* Types of one or several tables of BTF, each once. */
#ifndef SKEP_BTF_DEDUP_H
#define SKEP_BTF_DEDUP_H

#include "btf/write.h"

/* A table of types, and what becomes of each: ids[id], for id from 0 to btf->count, in memory of
 * the caller. */
struct skep_btf_merge {
	const struct skep_btf *btf;
	uint32_t *ids;
};

/* Before the types are compared, type `id` of input `input` becomes another, or void (`to_id` 0),
 * and so goes out of the result. */
struct skep_btf_alias {
	uint32_t input, id;
	uint32_t to_input, to_id;
};

/* Appends the types of all inputs to `out`, which has none yet, those that mean the same only once,
 * in the order in which they are first met. The same are two types of the same words, names and
 * layout whose references lead to the same types again, through cycles too. A declaration of a
 * structure, union or enumeration without its members is replaced by the definition, if all of that
 * name are the same. VARs and DATASECs are each kept. Time and memory are bounded by n log n of the
 * inputs' words. `scratch` is used during the call. SKEP_ENOMEM, SKEP_E2BIG: reported. */
int skep_btf_dedup(struct skep_btf_merge *inputs, uint32_t count,
		   const struct skep_btf_alias *aliases, uint32_t alias_count,
		   struct skep_arena *scratch, struct skep_btf_writer *out);

/* Gives each type a number, its own or that of another type which fits a declaration where this one
 * fits: the same but for typedefs, qualifiers, type tags, names of parameters and integers, and
 * what counts an array's elements. */
int skep_btf_classify(struct skep_btf_merge *inputs, uint32_t count, struct skep_arena *scratch,
		      struct skep_log *log);

#endif
