/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CO-RE ("compile once, run everywhere"): what instructions know of structures, unions and
 * enumerations is made to fit the types of the system they will run on. Each relocation names a
 * type of the object, a path into it and a question; the same path is looked for in the target's
 * types, and the answer goes into the instruction. The rules are those of libbpf.
 *
 * core_read.c reads the records, core_spec.c walks paths through the object's types, core_match.c
 * finds them again in the target's, core_value.c answers the question, core_patch.c puts the answer
 * into the instruction, core.c does it for a whole object.
 */
#ifndef SKEP_LOAD_CORE_H
#define SKEP_LOAD_CORE_H

#include "btf/btf.h"
#include "load/image.h"

enum skep_core_kind {
#define CORE(number, name, subject, text) SKEP_CORE_##name = (number),
#include "load/core.def"
	SKEP_CORE_COUNT = 13
};

enum skep_core_subject { SKEP_CORE_FIELD, SKEP_CORE_TYPE, SKEP_CORE_ENUM };

/* The subject of a kind, and its words. */
enum skep_core_subject skep_core_subject(uint32_t kind);
const char *skep_core_text(uint32_t kind);

/* How long a path may be, and how deep anonymous members may lie in each other: as in libbpf. */
enum { SKEP_CORE_STEPS_MAX = 64, SKEP_CORE_DEPTH_MAX = 32 };

/* One step of a path: into a member, or to an element. */
struct skep_core_step {
	uint32_t type;    /* the structure whose member it is, or the element's type */
	uint32_t index;   /* member, enumerator or element */
	const char *name; /* NULL: an element */
};

/* A path from a type to a field or an enumerator. */
struct skep_core_path {
	const struct skep_btf *btf;
	uint32_t root; /* where it begins */
	uint32_t count;
	struct skep_core_step steps[SKEP_CORE_STEPS_MAX];
	uint64_t bit_offset;
};

/* core_spec.c: the path that a relocation's access string describes in the object's types.
 * SKEP_EINVAL with `why`: it describes none. */
int skep_core_path(const struct skep_btf *btf, const struct skep_image_core *core,
		   struct skep_core_path *out, const char **why);

/* Writes a path as "task_struct.comm[3]" or "pid_type.PIDTYPE_PID". */
void skep_core_describe(const struct skep_core_path *path, enum skep_core_subject subject,
			char *text, size_t size);

/* Names are compared up to here, so that tables of endless names take no endless time; those of
 * kernels have at most 511 characters. */
enum { SKEP_CORE_NAME_MAX = 512 };

bool skep_core_same_text(const char *a, const char *b);

/* The length of a name without its flavour: what follows "___" is one. */
size_t skep_core_name_size(const char *name);
bool skep_core_same_name(const char *a, const char *b);

/* Two kinds that can stand for each other: equal, or both enumerations. */
bool skep_core_same_kind(uint32_t a, uint32_t b);

/* Whether an array is the last member of its structure with no size of its own; `step` is the one
 * before it. */
bool skep_core_is_flexible(const struct skep_btf *btf, const struct skep_core_step *step,
			   uint32_t elements);

/* Adds `index` elements of a type to a path's offset; false when that is beyond what instructions
 * can say. */
bool skep_core_advance(const struct skep_btf *btf, uint32_t type, uint32_t index,
		       uint64_t *bit_offset);

/* core_match.c: finds the path again, from type `id` of the target on. 1: found; 0: not there;
 * SKEP_E2BIG: too deep, or more work than is left of `budget`, which counts down. */
int skep_core_match(const struct skep_core_path *local, uint32_t kind,
		    const struct skep_btf *target, uint32_t id, uint32_t *budget,
		    struct skep_core_path *out);

/* The answer to a relocation. */
struct skep_core_answer {
	uint64_t local, target;           /* as the object was compiled, and what is right */
	uint32_t local_size, target_size; /* of the field, for loads and stores; 0: not known */
	bool check;                       /* the instruction must hold `local` */
	bool absent;                      /* there is no answer: the instruction must never run */
	bool resizable;                   /* a load or store may take the target's size */
};

/* core_value.c: `target` NULL: it was not found. SKEP_EINVAL or SKEP_E2BIG with `why`. */
int skep_core_answer(uint32_t kind, const struct skep_core_path *local,
		     const struct skep_core_path *target, bool big_endian,
		     struct skep_core_answer *out, const char **why);

/* core_patch.c: puts the answer into the instruction at `insn`. SKEP_EINVAL with `why`: it is no
 * instruction for it, or holds something else. `*poisoned`: no answer fits, so the instruction is
 * now a call that every verifier refuses. */
int skep_core_patch(struct skep_image_section *section, uint32_t insn,
		    const struct skep_core_answer *answer, bool *poisoned, const char **why);
/* Makes the instruction such a call. */
void skep_core_poison(struct skep_image_section *section, uint32_t insn);

#endif
