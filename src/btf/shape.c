/* SPDX-License-Identifier: Apache-2.0 */
/* A type's words in, what each is out. Source: Linux's Documentation/bpf/btf.rst, section 2.2. */
#include "btf/shape.h"

struct skep_btf_walk skep_btf_walk(const uint32_t *words)
{
	const uint32_t info = words[SKEP_BTF_INFO], kind = skep_btf_info_kind(info);
	const struct skep_btf_layout *layout = &SKEP_BTF_LAYOUTS[kind];

	/* Where a kind has no items, what would be their number means something else. */
	return (struct skep_btf_walk){
		.count = SKEP_BTF_MORE + layout->fixed_words + (info & 0xffff) * layout->item_words,
		.role = SKEP_BTF_TEXT,
		.kind = kind,
	};
}

static enum skep_btf_role role_in_item(uint32_t kind, uint32_t within)
{
	switch (kind) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
	case SKEP_BTF_FUNC_PROTO:
		return within == 0 ? SKEP_BTF_TEXT : within == 1 ? SKEP_BTF_REF : SKEP_BTF_PLAIN;
	case SKEP_BTF_DATASEC: return within == 0 ? SKEP_BTF_REF : SKEP_BTF_PLAIN;
	default: return within == 0 ? SKEP_BTF_TEXT : SKEP_BTF_PLAIN;
	}
}

void skep_btf_step(struct skep_btf_walk *walk)
{
	const struct skep_btf_layout *layout = &SKEP_BTF_LAYOUTS[walk->kind];

	walk->index++;
	if (walk->index < SKEP_BTF_MORE) {
		walk->role = walk->index == SKEP_BTF_SIZE && layout->refers ? SKEP_BTF_REF
									    : SKEP_BTF_PLAIN;
		return;
	}
	walk->within = walk->index == SKEP_BTF_MORE ? 0 : walk->within + 1;
	if (walk->within == (walk->in_items ? layout->item_words : layout->fixed_words)) {
		walk->in_items = true;
		walk->within = 0;
	}
	/* An array's fixed words are its elements' type, the index's type and a number. */
	if (walk->in_items)
		walk->role = role_in_item(walk->kind, walk->within);
	else
		walk->role = walk->kind == SKEP_BTF_ARRAY && walk->within < 2 ? SKEP_BTF_REF
									      : SKEP_BTF_PLAIN;
}
