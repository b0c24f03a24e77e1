/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF in, C out: the types asked for and what they need, in an order that compiles. The one idea: a
 * walk, depth first, that writes a type when all has been written that its text needs. Behind a
 * pointer a structure needs only to be declared, all else is written in full; that is what lets
 * structures point to each other. Refuses types that need themselves in other ways, which C cannot
 * declare. The walk keeps its own stack.
 */
#include "btf/dump.h"

#include "base/bytes.h"

int skep_dump_refuse(struct skep_btf_dump *dump, uint32_t id, const char *why)
{
	return skep_fail(dump->log, SKEP_EINVAL, SKEP_NO_INSN,
			 "BTF type %u (%.64s) %s, which C cannot say\n\nleave it out, by naming "
			 "the types wanted",
			 (unsigned)id, skep_btf_name_of(dump->btf, id), why);
}

bool skep_dump_is_bool(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	if (skep_btf_kind_of(btf, id) != SKEP_BTF_TYPEDEF ||
	    !skep_text_equal(skep_btf_name_of(btf, id), "bool"))
		return false;
	skep_btf_type(btf, skep_btf_words(btf, id)[SKEP_BTF_SIZE], &type);
	return type.kind == SKEP_BTF_INT && type.is_bool && type.size == 1;
}

/* -------------------------------------------------------------------------------- analysis */

/* The index-th type that `id` refers to, in whatever way; false past the last. */
static bool next_reference(const struct skep_btf *btf, uint32_t id, uint32_t index, uint32_t *out)
{
	const uint32_t *words = skep_btf_words(btf, id);

	switch (skep_btf_kind_of(btf, id)) {
	case SKEP_BTF_ARRAY: *out = words[SKEP_BTF_MORE]; return index == 0;
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
		if (index >= skep_btf_item_count(btf, id))
			return false;
		*out = skep_btf_item(btf, id, index)[1];
		return true;
	case SKEP_BTF_FUNC_PROTO:
		if (index > skep_btf_item_count(btf, id))
			return false;
		*out = index == 0 ? words[SKEP_BTF_SIZE] : skep_btf_item(btf, id, index - 1)[1];
		return true;
	case SKEP_BTF_PTR:
	case SKEP_BTF_TYPEDEF:
	case SKEP_BTF_VOLATILE:
	case SKEP_BTF_CONST:
	case SKEP_BTF_RESTRICT:
	case SKEP_BTF_TYPE_TAG:
	case SKEP_BTF_VAR: *out = words[SKEP_BTF_SIZE]; return index == 0;
	default: return false;
	}
}

/* What stands behind a pointer or in a prototype cannot be written there if it has no name. */
static void tag_behind(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	uint32_t kind = skep_btf_kind_of(btf, id);

	while (skep_dump_is_qualifier(kind) || kind == SKEP_BTF_ARRAY) {
		const uint32_t *words = skep_btf_words(btf, id);

		id = kind == SKEP_BTF_ARRAY ? words[SKEP_BTF_MORE] : words[SKEP_BTF_SIZE];
		kind = skep_btf_kind_of(btf, id);
	}
	if ((skep_dump_is_composite(kind) || skep_dump_is_enum(kind)) &&
	    skep_btf_name_of(btf, id)[0] == '\0')
		dump->flags[id] |= SKEP_DUMP_TAGGED;
}

static void note_references(struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	const uint32_t kind = skep_btf_kind_of(btf, id);
	uint32_t child;

	for (uint32_t i = 0; next_reference(btf, id, i, &child); i++) {
		dump->refs[child]++;
		dump->referrers[child] = id;
		if (kind == SKEP_BTF_PTR || kind == SKEP_BTF_FUNC_PROTO)
			tag_behind(dump, child);
		if (skep_dump_is_composite(kind) &&
		    btf->strings[skep_btf_item(btf, id, i)[0]] == '\0')
			dump->flags[skep_btf_resolve(btf, child)] |= SKEP_DUMP_EMBEDDED;
	}
}

/* Whether an enumeration without a name has one place in the text, so that it can stand there. */
static bool has_one_place(const struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;

	while (dump->refs[id] == 1) {
		const uint32_t above = dump->referrers[id], kind = skep_btf_kind_of(btf, above);

		if (kind == SKEP_BTF_TYPEDEF)
			return true;
		if (skep_dump_is_composite(kind) && skep_dump_is_tagged(dump, above))
			return (dump->flags[above] & SKEP_DUMP_EMBEDDED) == 0;
		if (!skep_dump_is_composite(kind) && !skep_dump_is_qualifier(kind) &&
		    kind != SKEP_BTF_ARRAY)
			return false;
		id = above;
	}
	return false;
}

/* enum { false, true }, or one of the two, to which nothing refers. */
static bool is_truth(const struct skep_btf_dump *dump, uint32_t id)
{
	const struct skep_btf *btf = dump->btf;
	struct skep_btf_member member;
	uint32_t index = 0;

	if (skep_btf_name_of(btf, id)[0] != '\0' || dump->refs[id] != 0)
		return false;
	for (; skep_btf_member(btf, id, index, &member) == 0; index++)
		if (!skep_text_equal(member.name, member.value == 0 ? "false" : "true") ||
		    (uint64_t)member.value > 1)
			return false;
	return index != 0;
}

static int analyse(struct skep_btf_dump *dump)
{
	const struct skep_btf *btf = dump->btf;
	const size_t count = (size_t)btf->count + 1;

	dump->flags = skep_arena_alloc(dump->arena, count);
	dump->aligns = skep_arena_alloc(dump->arena, count);
	dump->refs = skep_arena_array(dump->arena, count, sizeof(uint32_t));
	dump->referrers = skep_arena_array(dump->arena, count, sizeof(uint32_t));
	if (dump->flags == NULL || dump->aligns == NULL || dump->refs == NULL ||
	    dump->referrers == NULL)
		return skep_fail_memory(dump->log, "C of types");
	for (uint32_t id = 1; id <= btf->count; id++)
		note_references(dump, id);
	for (uint32_t id = btf->count; id > 0; id--) {
		if (!skep_dump_is_enum(skep_btf_kind_of(btf, id)))
			continue;
		if (!dump->options.portable && is_truth(dump, id))
			dump->truth = id;
		if (dump->refs[id] != 0 && skep_btf_name_of(btf, id)[0] == '\0' &&
		    !has_one_place(dump, id))
			dump->flags[id] |= SKEP_DUMP_TAGGED;
	}
	return 0;
}

/* ----------------------------------------------------------------------------------- order */

/* A type whose needs are being written; the top bit of `type`: only to be declared. */
struct frame {
	uint32_t type, next;
};

static const uint32_t DECLARE = 1u << 31;

struct walk {
	struct skep_btf_dump *dump;
	struct frame *frames;
	uint32_t depth;
};

/* Whether declaring a type is less than defining it. */
static bool has_two_steps(const struct skep_btf_dump *dump, uint32_t id, uint32_t kind)
{
	return kind == SKEP_BTF_TYPEDEF || skep_dump_is_qualifier(kind) ||
	       (skep_dump_is_composite(kind) && skep_dump_is_tagged(dump, id));
}

/* Types that need nothing are written at once. */
static int write_leaf(struct skep_btf_dump *dump, uint32_t id, uint32_t kind, bool *is_leaf)
{
	*is_leaf = true;
	if (id == 0 || kind == SKEP_BTF_INT || kind == SKEP_BTF_FLOAT ||
	    kind == SKEP_BTF_DECL_TAG ||
	    (dump->options.portable && (kind == SKEP_BTF_PTR || kind == SKEP_BTF_FUNC_PROTO)))
		return 0;
	if (skep_dump_is_enum(kind)) {
		if (skep_dump_is_tagged(dump, id) && (dump->flags[id] & SKEP_DUMP_WRITTEN) == 0)
			return skep_dump_enum(dump, id);
		return 0;
	}
	if (kind == SKEP_BTF_FWD) {
		if ((dump->flags[id] & SKEP_DUMP_DECLARED) == 0)
			skep_dump_forward(dump, id);
		dump->flags[id] |= SKEP_DUMP_DECLARED;
		return 0;
	}
	*is_leaf = false;
	return 0;
}

/* Begins with a type, unless it is written. */
static int enter(struct walk *walk, uint32_t id, bool declare)
{
	struct skep_btf_dump *dump = walk->dump;
	const uint32_t kind = skep_btf_kind_of(dump->btf, id);
	uint32_t done, doing;
	bool is_leaf;

	SKEP_TRY(write_leaf(dump, id, kind, &is_leaf));
	if (is_leaf)
		return 0;
	declare = declare && has_two_steps(dump, id, kind);
	done = declare ? SKEP_DUMP_DECLARED | SKEP_DUMP_DEFINED : SKEP_DUMP_DEFINED;
	doing = declare ? SKEP_DUMP_DECLARING : SKEP_DUMP_DEFINING;
	if ((dump->flags[id] & done) != 0)
		return 0;
	if (declare && skep_dump_is_composite(kind)) {
		skep_dump_forward(dump, id);
		dump->flags[id] |= SKEP_DUMP_DECLARED;
		return 0;
	}
	if ((dump->flags[id] & doing) != 0 ||
	    (!declare && (dump->flags[id] & SKEP_DUMP_DECLARING) != 0))
		return skep_dump_refuse(dump, id, "needs itself");
	dump->flags[id] |= (uint8_t)doing;
	walk->frames[walk->depth].type = id | (declare ? DECLARE : 0);
	walk->frames[walk->depth++].next = 0;
	return 0;
}

/* The index-th type that the text of `id` needs, and whether a declaration is enough. False past
 * the last. */
static bool next_need(const struct skep_btf_dump *dump, uint32_t id, bool declare, uint32_t index,
		      uint32_t *out, bool *out_declare)
{
	const struct skep_btf *btf = dump->btf;
	const uint32_t kind = skep_btf_kind_of(btf, id);

	*out_declare = kind == SKEP_BTF_PTR || kind == SKEP_BTF_FUNC_PROTO || declare;
	switch (kind) {
	case SKEP_BTF_TYPEDEF:
		/* To be complete, it is first declared. */
		if (!declare && index == 0) {
			*out = id;
			*out_declare = true;
			return true;
		}
		*out = skep_btf_words(btf, id)[SKEP_BTF_SIZE];
		return index == (declare ? 0 : 1);
	case SKEP_BTF_FUNC: *out = skep_btf_words(btf, id)[SKEP_BTF_SIZE]; return index == 0;
	case SKEP_BTF_DATASEC:
		if (index >= skep_btf_item_count(btf, id))
			return false;
		*out = skep_btf_item(btf, id, index)[0];
		return true;
	default: return next_reference(btf, id, index, out);
	}
}

/* All that the type needs is written. */
static int leave(struct skep_btf_dump *dump, uint32_t id, bool declare)
{
	const uint32_t kind = skep_btf_kind_of(dump->btf, id);

	dump->flags[id] |= declare ? SKEP_DUMP_DECLARED : SKEP_DUMP_DEFINED;
	dump->flags[id] &=
		(uint8_t) ~(uint32_t)(declare ? SKEP_DUMP_DECLARING : SKEP_DUMP_DEFINING);
	if (kind == SKEP_BTF_TYPEDEF)
		return declare ? skep_dump_typedef(dump, id) : 0;
	if (skep_dump_is_composite(kind)) {
		skep_dump_lay_out(dump, id);
		return skep_dump_is_tagged(dump, id) ? skep_dump_composite(dump, id) : 0;
	}
	return 0;
}

static int write_with_needs(struct walk *walk, uint32_t id)
{
	SKEP_TRY(enter(walk, id, false));
	while (walk->depth > 0) {
		struct frame *frame = &walk->frames[walk->depth - 1];
		const uint32_t type = frame->type & ~DECLARE;
		const bool declare = (frame->type & DECLARE) != 0;
		uint32_t child;
		bool child_declare;

		if (next_need(walk->dump, type, declare, frame->next, &child, &child_declare)) {
			frame->next++;
			SKEP_TRY(enter(walk, child, child_declare));
		} else {
			walk->depth--;
			SKEP_TRY(leave(walk->dump, type, declare));
		}
	}
	return 0;
}

static int write_all(struct walk *walk)
{
	struct skep_btf_dump *dump = walk->dump;
	const struct skep_btf *btf = dump->btf;

	for (uint32_t id = 1; id <= btf->count; id++)
		SKEP_TRY(write_with_needs(walk, id));
	/* Constants that no written type refers to. */
	for (uint32_t id = 1; id <= btf->count; id++)
		if (skep_dump_is_enum(skep_btf_kind_of(btf, id)) &&
		    (dump->flags[id] & SKEP_DUMP_WRITTEN) == 0)
			SKEP_TRY(skep_dump_enum(dump, id));
	return 0;
}

static int write_some(struct walk *walk, const uint32_t *types, uint32_t type_count)
{
	struct skep_btf_dump *dump = walk->dump;

	for (uint32_t i = 0; i < type_count; i++) {
		const uint32_t kind = skep_btf_kind_of(dump->btf, types[i]);

		SKEP_TRY(write_with_needs(walk, types[i]));
		if (kind == SKEP_BTF_DATASEC && dump->options.section_prefix != NULL)
			SKEP_TRY(skep_dump_section(dump, types[i]));
	}
	return 0;
}

static int run(struct skep_btf_dump *dump, const uint32_t *types, uint32_t type_count)
{
	struct walk walk = { .dump = dump };

	SKEP_TRY(analyse(dump));
	for (uint32_t i = 0; i < type_count; i++)
		tag_behind(dump, types[i]);
	SKEP_TRY(skep_dump_assign_names(dump));
	/* A typedef is in it twice at most. */
	walk.frames = skep_arena_array(dump->arena, (size_t)dump->btf->count * 2 + 1,
				       sizeof(struct frame));
	if (walk.frames == NULL)
		return skep_fail_memory(dump->log, "C of types");
	return type_count == 0 ? write_all(&walk) : write_some(&walk, types, type_count);
}

int skep_btf_dump(const struct skep_btf *btf, const uint32_t *types, uint32_t type_count,
		  const struct skep_btf_dump_options *options, struct skep_arena *arena,
		  struct skep_log *log, void (*write)(void *ctx, const char *text, size_t size),
		  void *ctx)
{
	struct skep_btf_dump *dump;
	int err;

	for (uint32_t i = 0; i < type_count; i++)
		if (types[i] > btf->count)
			return SKEP_ENOENT;
	dump = skep_arena_alloc(arena, sizeof(*dump));
	if (dump == NULL)
		return skep_fail_memory(log, "C of types");
	dump->btf = btf;
	if (options != NULL)
		dump->options = *options;
	dump->arena = arena;
	dump->log = log;
	dump->write = write;
	dump->write_ctx = ctx;
	/* Text from real compilers unfolds to less than its BTF; that of the hostile is cut. */
	dump->steps = (1u << 20) + 4 * (uint64_t)btf->starts[btf->count];
	err = run(dump, types, type_count);
	skep_dump_flush(dump);
	return err;
}
