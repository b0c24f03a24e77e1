/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image and a target's types in, the image's instructions fitted to the target out. Which types
 * of the target may stand for one of the object (candidates: same name up to a flavour, same kind)
 * is found for all of the object's types in one pass over the target, through a table of the names
 * that the object asks for; so the work is the target's types plus the relocations, not their
 * product. Equal questions are answered once.
 *
 * As in libbpf, candidates that a relocation rules out are not asked again for the same type of
 * the object, and candidates that answer differently are an error. Nothing fails here but memory:
 * what has no answer is made an instruction that the verifier refuses, and what is wrong is noted
 * for the programs that contain it.
 */
#include "load/core.h"

#include "base/bytes.h"
#include "base/format.h"

enum {
	TEXT_BYTES = 320,
	CANDIDATES_MAX = 4096, /* types of one name; more are none that a kernel or program has */
	WORK_MAX = 1 << 27,    /* members and types looked at for one object, about a second */
};

#define NONE UINT32_MAX

/* A name that the object asks for. */
struct wanted {
	const char *name;
	uint32_t name_size, hash, kind;
	uint32_t next; /* in its bucket: index + 1, or 0 */
	uint32_t count;
	uint32_t *candidates; /* types of the target */
};

/* A type of the object that relocations start from, with what is left of its candidates. */
struct root {
	uint32_t type;
	uint32_t wanted; /* NONE: it has no name */
	uint32_t count;
	uint32_t *candidates;
	bool owned; /* some relocation has ruled candidates out: the list is the root's own */
};

/* A question that has been answered. */
struct answered {
	const struct skep_image_core *core;
	struct skep_core_answer answer;
	bool bad;
	struct skep_image_note note; /* `found` is NULL: nothing to be noted */
	uint32_t next;
};

struct work {
	struct skep_image *image;
	const struct skep_btf *target;
	struct skep_arena *arena, *scratch;
	struct skep_log *log;
	struct wanted *wanted;
	uint32_t wanted_count;
	uint32_t *wanted_buckets;
	struct root *roots; /* in the order found */
	uint32_t root_count;
	uint32_t *root_of; /* by type of the object: index + 1, or 0 */
	struct answered *answered;
	uint32_t answered_count;
	uint32_t *answered_buckets;
	uint32_t bucket_mask;
	uint32_t budget; /* what is left of WORK_MAX */
	struct skep_core_path local, paths[2];
};

/* ------------------------------------------------------------------------------- candidates */

static uint32_t hash_bytes(const char *text, size_t size)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619u;
	return hash;
}

/* Of a name without its flavour, and the size of that, in one pass over the text. A size of 0: it
 * has no name, or one longer than any that compilers are given. */
static uint32_t hash_name(const char *name, uint32_t *size)
{
	uint32_t hash = 2166136261u, underscores = 0, at = 0, flavoured = 0;

	*size = 0;
	for (; name[at] != '\0'; at++) {
		if (at == SKEP_CORE_NAME_MAX)
			return 0;
		if (underscores == 3 && name[at] != '_' && at > 3)
			flavoured = at;
		underscores = name[at] == '_' ? underscores + 1 : 0;
		hash = (hash ^ (uint8_t)name[at]) * 16777619u;
	}
	*size = at;
	if (flavoured == 0)
		return hash;
	*size = flavoured - 3;
	return hash_bytes(name, *size);
}

/* Both kinds of enumeration are one to CO-RE. */
static uint32_t kind_class(uint32_t kind)
{
	return kind == SKEP_BTF_ENUM64 ? SKEP_BTF_ENUM : kind;
}

static uint32_t find_wanted(const struct work *work, const char *name, uint32_t size, uint32_t hash,
			    uint32_t kind)
{
	uint32_t index = work->wanted_buckets[hash & work->bucket_mask];

	while (index != 0) {
		const struct wanted *wanted = &work->wanted[index - 1];

		if (wanted->hash == hash && wanted->kind == kind && wanted->name_size == size &&
		    memcmp(wanted->name, name, size) == 0)
			return index - 1;
		index = wanted->next;
	}
	return NONE;
}

/* The name that a type of the object asks for, entered if it is new. */
static uint32_t want(struct work *work, uint32_t type)
{
	const char *name = skep_btf_name_of(work->image->btf, type);
	const uint32_t kind = kind_class(skep_btf_kind_of(work->image->btf, type));
	uint32_t size, hash = hash_name(name, &size), *bucket, index;

	if (size == 0)
		return NONE;
	index = find_wanted(work, name, size, hash, kind);
	if (index != NONE)
		return index;
	bucket = &work->wanted_buckets[hash & work->bucket_mask];
	index = work->wanted_count++;
	work->wanted[index] = (struct wanted){
		.name = name, .name_size = size, .hash = hash, .kind = kind, .next = *bucket
	};
	*bucket = index + 1;
	return index;
}

static void list_roots(struct work *work)
{
	for (uint32_t i = 0; i < work->image->core_count; i++) {
		const struct skep_image_core *core = &work->image->cores[i];

		if (core->kind == SKEP_CORE_TYPE_LOCAL || work->root_of[core->type] != 0)
			continue;
		work->roots[work->root_count] =
			(struct root){ .type = core->type, .wanted = want(work, core->type) };
		work->root_of[core->type] = ++work->root_count;
	}
}

/* A type of the target that has a name wanted. */
struct hit {
	uint32_t id, wanted;
	struct hit *next;
};

/* Goes through the target's types once, from the last to the first, so that the list it makes goes
 * from the first to the last. */
static int sift(struct work *work, uint32_t kinds, struct hit **out)
{
	const struct skep_btf *target = work->target;

	for (uint32_t id = target->count; id > 0; id--) {
		const uint32_t kind = kind_class(skep_btf_kind_of(target, id));
		uint32_t size, hash, index;
		struct hit *hit;

		if ((kinds >> kind & 1) == 0)
			continue;
		hash = hash_name(skep_btf_name_of(target, id), &size);
		if (size == 0)
			continue;
		index = find_wanted(work, skep_btf_name_of(target, id), size, hash, kind);
		if (index == NONE || work->wanted[index].count > CANDIDATES_MAX)
			continue;
		hit = skep_arena_alloc(work->scratch, sizeof(*hit));
		if (hit == NULL)
			return skep_fail_memory(work->log, "CO-RE relocations");
		*hit = (struct hit){ id, index, *out };
		*out = hit;
		work->wanted[index].count++;
	}
	return 0;
}

static int find_candidates(struct work *work)
{
	uint32_t kinds = 0;
	struct hit *hits = NULL;

	for (uint32_t i = 0; i < work->wanted_count; i++)
		kinds |= 1u << work->wanted[i].kind;
	SKEP_TRY(sift(work, kinds, &hits));
	for (uint32_t i = 0; i < work->wanted_count; i++) {
		struct wanted *wanted = &work->wanted[i];

		wanted->candidates =
			skep_arena_array(work->scratch, wanted->count, sizeof(uint32_t));
		if (wanted->candidates == NULL)
			return skep_fail_memory(work->log, "CO-RE relocations");
		wanted->count = 0;
	}
	for (; hits != NULL; hits = hits->next) {
		struct wanted *wanted = &work->wanted[hits->wanted];

		wanted->candidates[wanted->count++] = hits->id;
	}
	for (uint32_t i = 0; i < work->root_count; i++) {
		struct root *root = &work->roots[i];

		if (root->wanted == NONE)
			continue;
		root->count = work->wanted[root->wanted].count;
		root->candidates = work->wanted[root->wanted].candidates;
	}
	return 0;
}

/* ---------------------------------------------------------------------------------- answering */

static void note(struct answered *answered, bool refused, const char *found, const char *needed,
		 const char *advice)
{
	answered->note = (struct skep_image_note){
		.refused = refused, .found = found, .needed = needed, .advice = advice
	};
}

/* Notes what is wrong, as "SUBJECT of PATH: WHY". */
static int note_bad(struct work *work, struct answered *answered, const char *why,
		    const char *advice)
{
	const uint32_t kind = answered->core->kind;
	char path[TEXT_BYTES / 2], text[TEXT_BYTES];
	const char *found;

	if (work->local.count != 0)
		skep_core_describe(&work->local, skep_core_subject(kind), path, sizeof(path));
	else
		skep_format(path, sizeof(path), "%.64s",
			    skep_btf_name_of(work->image->btf, answered->core->type));
	skep_format(text, sizeof(text), "the CO-RE relocation for %s %s cannot be done: %s",
		    skep_core_text(kind), path, why);
	found = skep_arena_text(work->arena, text, skep_text_size(text));
	if (found == NULL)
		return skep_fail_memory(work->log, "CO-RE relocations");
	answered->bad = true;
	note(answered, true, found, "", advice);
	return 0;
}

static const char *kind_word(uint32_t kind)
{
	switch (kind) {
	case SKEP_BTF_STRUCT: return "struct";
	case SKEP_BTF_UNION: return "union";
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: return "enum";
	default: return "type";
	}
}

/* Notes that there is no answer: the field or enumerator is not in the target. */
static int note_absent(struct work *work, struct answered *answered)
{
	const enum skep_core_subject subject = skep_core_subject(answered->core->kind);
	const struct root *root = &work->roots[work->root_of[answered->core->type] - 1];
	char path[TEXT_BYTES / 2], text[TEXT_BYTES], *found;

	skep_core_describe(&work->local, subject, path, sizeof(path));
	skep_format(text, sizeof(text), "%s %s does not exist in the target BTF%s%s%s",
		    subject == SKEP_CORE_ENUM ? "enumerator" : "field", path,
		    root->count == 0 ? ", which has no " : "",
		    root->count == 0 ? kind_word(skep_btf_kind_of(work->image->btf, root->type))
				     : "",
		    root->count == 0 ? " of that name" : "");
	found = skep_arena_text(work->arena, text, skep_text_size(text));
	if (found == NULL)
		return skep_fail_memory(work->log, "CO-RE relocations");
	note(answered, false, found, "",
	     subject == SKEP_CORE_ENUM
		     ? "ask bpf_core_enum_value_exists() first, or give the BTF of a kernel that "
		       "has it"
		     : "ask bpf_core_field_exists() first, or give the BTF of a kernel that has it "
		       "with a type that can be read alike");
	return 0;
}

static bool same_answer(const struct skep_core_answer *a, const struct skep_core_answer *b)
{
	return a->target == b->target && a->absent == b->absent;
}

/* Asks every candidate that is left; those that have an answer are left then. */
static int ask(struct work *work, struct root *root, struct answered *answered,
	       struct skep_core_answer *out, uint32_t *found, const char **why)
{
	const uint32_t kind = answered->core->kind;
	uint32_t *left = root->owned ? root->candidates : NULL;

	*found = 0;
	for (uint32_t i = 0; i < root->count; i++) {
		struct skep_core_path *path = &work->paths[*found != 0];
		struct skep_core_answer answer;
		int match;

		*why = "its types are nested too deep, or too large to compare";
		match = skep_core_match(&work->local, kind, work->target, root->candidates[i],
					&work->budget, path);
		if (match < 0)
			return match;
		if (match == 0)
			continue;
		SKEP_TRY(skep_core_answer(kind, &work->local, path, work->image->big_endian,
					  &answer, why));
		*why = "several types of that name in the target answer differently";
		if (*found != 0 &&
		    (path->bit_offset != work->paths[0].bit_offset || !same_answer(&answer, out)))
			return SKEP_EINVAL;
		if (*found == 0)
			*out = answer;
		if (left == NULL)
			left = skep_arena_array(work->scratch, root->count, sizeof(uint32_t));
		if (left == NULL)
			return SKEP_ENOMEM;
		left[(*found)++] = root->candidates[i];
	}
	if (*found != 0) {
		root->candidates = left;
		root->count = *found;
		root->owned = true;
	}
	return 0;
}

/* Answers a question for the first time. */
static int answer(struct work *work, struct answered *answered)
{
	const struct skep_image_core *core = answered->core;
	struct root *root;
	const char *why = NULL;
	uint32_t found = 0;
	int err;

	work->local.count = 0;
	if (skep_core_path(work->image->btf, core, &work->local, &why) < 0) {
		work->local.count = 0;
		return note_bad(work, answered, why, "compile the object again");
	}
	if (core->kind == SKEP_CORE_TYPE_LOCAL)
		return skep_core_answer(core->kind, &work->local, NULL, false, &answered->answer,
					&why);
	if (work->target == NULL)
		return note_bad(work, answered, "there is no BTF of a target",
				"give that of the kernel or program it is to run with "
				"(skep_config.target_btf, --btf FILE)");
	root = &work->roots[work->root_of[core->type] - 1];
	if (root->wanted == NONE)
		return note_bad(work, answered, "the type has no name to look for", "give it one");
	if (root->count > CANDIDATES_MAX)
		return note_bad(work, answered,
				"the target BTF has thousands of types of that name",
				"give the BTF of a real kernel or program");
	err = ask(work, root, answered, &answered->answer, &found, &why);
	if (err == SKEP_ENOMEM)
		return skep_fail_memory(work->log, "CO-RE relocations");
	if (err == 0 && found == 0)
		err = skep_core_answer(core->kind, &work->local, NULL, work->image->big_endian,
				       &answered->answer, &why);
	if (err < 0)
		return note_bad(work, answered, why,
				"use a flavour (NAME___FLAVOUR) that only one of them fits, or ask "
				"for another field");
	return answered->answer.absent ? note_absent(work, answered) : 0;
}

static uint32_t hash_core(const struct skep_image_core *core)
{
	const uint32_t hash = hash_bytes(core->access, skep_text_size(core->access));

	return (hash ^ core->type * 31 ^ core->kind) * 2654435761u;
}

/* The answer to a question, asked at most once. */
static int look_up(struct work *work, const struct skep_image_core *core, struct answered **out)
{
	uint32_t *bucket = &work->answered_buckets[hash_core(core) >> 4 & work->bucket_mask];
	struct answered *answered;

	for (uint32_t index = *bucket; index != 0; index = answered->next) {
		answered = &work->answered[index - 1];
		if (answered->core->type == core->type && answered->core->kind == core->kind &&
		    skep_text_equal(answered->core->access, core->access)) {
			*out = answered;
			return 0;
		}
	}
	answered = &work->answered[work->answered_count++];
	answered->core = core;
	answered->next = *bucket;
	*bucket = work->answered_count;
	*out = answered;
	return answer(work, answered);
}

/* ------------------------------------------------------------------------------------ patching */

static void add_note(struct work *work, const struct skep_image_core *core,
		     const struct skep_image_note *what)
{
	struct skep_image_note *added = &work->image->notes[work->image->note_count++];

	*added = *what;
	added->section = core->section;
	added->insn = core->insn;
}

/* A load or store of a field that is not the same number in the target. */
static int note_size(struct work *work, struct answered *answered)
{
	char path[TEXT_BYTES / 2], text[TEXT_BYTES], *found;
	const char *why;

	skep_core_path(work->image->btf, answered->core, &work->local, &why);
	skep_core_describe(&work->local, SKEP_CORE_FIELD, path, sizeof(path));
	if (answered->answer.local_size == 0 || answered->answer.target_size == 0)
		skep_format(text, sizeof(text), "field %s is a bit-field %s, and not %s", path,
			    answered->answer.local_size == 0 ? "here" : "in the target BTF",
			    answered->answer.local_size == 0 ? "in the target BTF" : "here");
	else
		skep_format(text, sizeof(text),
			    "field %s has %u bytes here and %u in the target BTF, and a load or "
			    "store can follow that for pointers and unsigned integers only",
			    path, (unsigned)answered->answer.local_size,
			    (unsigned)answered->answer.target_size);
	found = skep_arena_text(work->arena, text, skep_text_size(text));
	if (found == NULL)
		return skep_fail_memory(work->log, "CO-RE relocations");
	note(answered, false, found, "", "read it with BPF_CORE_READ_INTO() or by its size");
	return 0;
}

static int apply(struct work *work, const struct skep_image_core *core)
{
	struct skep_image_section *section = &work->image->sections[core->section];
	struct answered *answered = NULL;
	const char *why = NULL;
	bool poisoned = false;

	SKEP_TRY(look_up(work, core, &answered));
	if (answered->bad) {
		add_note(work, core, &answered->note);
		return 0;
	}
	if (skep_core_patch(section, core->insn, &answered->answer, &poisoned, &why) < 0) {
		struct answered bad = { .core = core };
		const char *none;

		skep_core_path(work->image->btf, core, &work->local, &none);
		SKEP_TRY(note_bad(work, &bad, why, "compile the object again"));
		add_note(work, core, &bad.note);
		return 0;
	}
	if (!poisoned)
		return 0;
	if (answered->note.found == NULL)
		SKEP_TRY(note_size(work, answered));
	add_note(work, core, &answered->note);
	return 0;
}

static int make_room(struct work *work)
{
	const uint32_t count = work->image->core_count;
	uint32_t buckets = 16;

	while (buckets < count && buckets < 1u << 30)
		buckets *= 2;
	work->bucket_mask = buckets - 1;
	work->wanted = skep_arena_array(work->scratch, count, sizeof(struct wanted));
	work->wanted_buckets = skep_arena_array(work->scratch, buckets, sizeof(uint32_t));
	work->roots = skep_arena_array(work->scratch, count, sizeof(struct root));
	work->root_of = skep_arena_array(work->scratch, (size_t)work->image->btf->count + 1,
					 sizeof(uint32_t));
	work->answered = skep_arena_array(work->scratch, count, sizeof(struct answered));
	work->answered_buckets = skep_arena_array(work->scratch, buckets, sizeof(uint32_t));
	if (work->wanted == NULL || work->wanted_buckets == NULL || work->roots == NULL ||
	    work->root_of == NULL || work->answered == NULL || work->answered_buckets == NULL)
		return skep_fail_memory(work->log, "CO-RE relocations");
	return 0;
}

static int apply_all(struct work *work)
{
	SKEP_TRY(make_room(work));
	list_roots(work);
	if (work->target != NULL)
		SKEP_TRY(find_candidates(work));
	for (uint32_t i = 0; i < work->image->core_count; i++)
		SKEP_TRY(apply(work, &work->image->cores[i]));
	return 0;
}

int skep_core_apply(struct skep_image *image, const struct skep_btf *target,
		    const struct skep_port *port, struct skep_arena *arena, struct skep_log *log)
{
	struct skep_arena scratch;
	struct work *work;
	int err;

	if (image->core_count == 0)
		return 0;
	skep_arena_init(&scratch, port, 0);
	work = skep_arena_alloc(&scratch, sizeof(*work)); /* large for a stack */
	if (work != NULL) {
		*work = (struct work){ .image = image,
				       .target = target,
				       .arena = arena,
				       .scratch = &scratch,
				       .log = log,
				       .budget = WORK_MAX };
		err = apply_all(work);
	} else {
		err = skep_fail_memory(log, "CO-RE relocations");
	}
	skep_arena_free(&scratch);
	return err;
}

bool skep_core_needs_target(const struct skep_image *image)
{
	for (uint32_t i = 0; i < image->core_count; i++)
		if (image->cores[i].kind != SKEP_CORE_TYPE_LOCAL)
			return true;
	return false;
}
