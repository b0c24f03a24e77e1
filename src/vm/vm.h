/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the opaque types of skep.h. Only this folder sees all the others. */
#ifndef SKEP_VM_H
#define SKEP_VM_H

#include "base/arena.h"
#include "base/log.h"
#include "jit/jit.h"
#include "load/image.h"
#include "skep.h"
#include "spec/contracts.h"
#include "spec/map.h"
#include "spec/program.h"
#include "vm/tables.h"

struct skep_runtime {
	struct skep_config config; /* with the limits' defaults filled in */
	struct skep_contracts contracts;
	struct skep_prog_type own_types[SKEP_OWN_PROG_COUNT];
	struct skep_log log;
	const struct skep_backend *backend; /* NULL: interpreted */
	uint32_t atomic_word;               /* struct skep_env's, for machines that lack atomics */
};

/* A function of a linked program: where it came from and where it now is. */
struct skep_linked_func {
	uint32_t start; /* in the linked instructions */
	uint32_t func;  /* index in the image */
};

struct skep_prog {
	struct skep_object *object;
	const struct skep_image_prog *image;
	const char *name;
	uint32_t type;
	bool autoload, loaded;
	/* Linked, at open. */
	struct skep_insn *insns;
	uint32_t count;
	struct skep_linked_func *funcs; /* ascending by start */
	uint32_t func_count;
	const char *missing; /* an undefined symbol it refers to, and the instruction; NULL: none */
	uint32_t missing_insn;
	/* At load. */
	struct skep_facts facts;
	struct skep_exec exec;
	struct skep_bytecode linked; /* what is verified, or else run in the checked execution */
	struct skep_target target;
	void *code;
	size_t code_bytes;
	uint64_t verify_ns, compile_ns;
	const struct skep_prog_type *contract;
};

enum skep_phase { SKEP_PHASE_OPEN, SKEP_PHASE_LOADED, SKEP_PHASE_FAILED };

struct skep_object {
	struct skep_runtime *runtime;
	struct skep_arena arena;
	struct skep_log log;
	enum skep_phase phase;
	const char *name;
	struct skep_image image;
	struct skep_map *maps; /* one for each of the image's, at the same index */
	struct skep_prog *progs;
};

/* link.c: makes prog->insns from the image. SKEP_E2BIG, SKEP_ENOEXEC, SKEP_ENOMEM: reported. */
int skep_vm_link(struct skep_prog *prog);

/* prepare.c: checks, verifies, makes executable and compiles one program whose maps are made.
 * `views` has one entry for each map of the object. */
int skep_vm_prepare(struct skep_prog *prog, const struct skep_map_view *views);

/* Gives back the code of a program, if it has any. */
void skep_vm_discard_code(struct skep_prog *prog);

/* position.c: for log messages about a program (a skep_log's `locate`; ctx is the struct
 * skep_prog). */
void skep_vm_locate(void *ctx, int32_t insn, struct skep_log_position *out);

#endif
