/* SPDX-License-Identifier: Apache-2.0 */
/* What each word of a type is, for those who copy types from one place to another. */
#ifndef SKEP_BTF_SHAPE_H
#define SKEP_BTF_SHAPE_H

#include "btf/btf.h"

enum skep_btf_role {
	SKEP_BTF_PLAIN, /* a number */
	SKEP_BTF_TEXT,  /* an offset of a string */
	SKEP_BTF_REF,   /* a type's id */
};

/* The kind that a type's second word names. */
static inline uint32_t skep_btf_info_kind(uint32_t info)
{
	return info >> 24 & 0x1f;
}

/* A walk over the words of a type: `for (walk = skep_btf_walk(words); walk.index < walk.count;
 * skep_btf_step(&walk))`. */
struct skep_btf_walk {
	uint32_t index, count; /* of words */
	enum skep_btf_role role;
	uint32_t kind;
	uint32_t within; /* the index among the kind's fixed words or the words of one item */
	bool in_items;
};

struct skep_btf_walk skep_btf_walk(const uint32_t *words);
void skep_btf_step(struct skep_btf_walk *walk);

#endif
