/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a C compiler puts members. The one idea: all padding is written out, so a member is where
 * BTF has it if its alignment allows that offset; where it does not, the structure is packed, which
 * makes its own alignment 1. Alignments of the psABIs: a number's is its size.
 */
#include "btf/dump.h"

#include "base/bytes.h"

/* Largest alignment of a number: that of __int128 and long double. */
enum { ALIGN_MAX = 16 };

bool skep_dump_is_shown(const struct skep_btf_dump *dump, const struct skep_btf_member *member)
{
	const uint32_t base = skep_btf_resolve(dump->btf, member->type);

	return member->name[0] != '\0' || skep_dump_is_composite(skep_btf_kind_of(dump->btf, base));
}

uint32_t skep_dump_align(const struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	uint64_t size;

	id = skep_btf_resolve(btf, id);
	while (skep_btf_kind_of(btf, id) == SKEP_BTF_ARRAY)
		id = skep_btf_resolve(btf, skep_btf_words(btf, id)[SKEP_BTF_MORE]);
	if (skep_dump_is_composite(skep_btf_kind_of(btf, id)))
		return dump->aligns[id];
	if (skep_btf_size(btf, id, &size) < 0 || size == 0)
		return 1;
	/* The lowest bit: of 12 bytes of long double, 4. */
	size &= ~size + 1;
	return size > ALIGN_MAX ? ALIGN_MAX : (uint32_t)size;
}

/* A bit-field lies inside one unit of its type. */
static bool fits_unit(const struct skep_btf_dump *dump, const struct skep_btf_member *member)
{
	uint64_t bits;

	if (skep_btf_size(dump->btf, member->type, &bits) < 0)
		return false;
	bits *= 8;
	return bits != 0 && member->bit_offset / bits ==
				    ((uint64_t)member->bit_offset + member->bit_size - 1) / bits;
}

void skep_dump_lay_out(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	struct skep_btf_member member;
	uint32_t widest = 1;
	bool packed = false;

	for (uint32_t i = 0; skep_btf_member(btf, id, i, &member) == 0; i++) {
		uint32_t align;

		if (!skep_dump_is_shown(dump, &member))
			continue;
		align = skep_dump_align(dump, member.type);
		if (align > widest)
			widest = align;
		if (member.bit_size != 0)
			packed |= !fits_unit(dump, &member);
		else
			packed |= member.bit_offset / 8 % align != 0;
	}
	packed |= skep_btf_words(btf, id)[SKEP_BTF_SIZE] % widest != 0;
	if (packed)
		dump->flags[id] |= SKEP_DUMP_PACKED;
	dump->aligns[id] = (uint8_t)(packed ? 1 : widest);
}
