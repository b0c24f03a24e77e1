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
	bool verified; /* by definitions, before load: `facts` are of that */
	/* Linked, at open. */
	struct skep_insn *insns;
	uint32_t count;
	struct skep_linked_func *funcs; /* ascending by start */
	uint32_t func_count;
	struct skep_absent *absents; /* what it must not run into */
	uint32_t absent_count;
	const struct skep_image_note *refused; /* why it cannot be loaded, and the instruction */
	uint32_t refused_insn;
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

enum skep_phase { SKEP_PHASE_OPEN, SKEP_PHASE_LOADED, SKEP_PHASE_FAILED, SKEP_PHASE_ATTACHED };

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

/* extern.c: whether all that the programs to be loaded (or `only` one) need from outside was found.
 * SKEP_ENOENT, SKEP_ERANGE: reported. */
int skep_vm_check_externs(struct skep_object *object, const struct skep_prog *only);

/* verify.c: whether the program's context is what a function or tracepoint of the kernel is given,
 * so that only BTF of the kernel tells what it is. */
bool skep_vm_is_traced(const struct skep_prog *prog);

/* traced.c: if the program's context is what a function or tracepoint of the kernel is given, puts
 * a row for it before those of Linux in `contracts`; `field_types` as in struct skep_bytecode. */
int skep_vm_add_traced(struct skep_prog *prog, struct skep_contracts *contracts,
		       const uint32_t **field_types, struct skep_log *log);

/* Linux's enum bpf_attach_type, where programs see what the kernel's own functions are given. */
enum {
	SKEP_ATTACH_RAW_TP = 23,
	SKEP_ATTACH_FENTRY = 24,
	SKEP_ATTACH_FEXIT = 25,
	SKEP_ATTACH_MODIFY_RETURN = 26,
	SKEP_ATTACH_LSM_MAC = 27,
	SKEP_ATTACH_ITER = 28,
};

enum { SKEP_SPECIALS_MAX = 16 };
struct skep_specials {
	struct skep_special places[SKEP_SPECIALS_MAX];
	uint32_t count;
	uint32_t steps; /* special.c's own */
};

/* special.c: the parts of a map's value that only helpers may touch; `type` is 0 where the object
 * does not say what the value is. */
void skep_vm_find_specials(const struct skep_btf *btf, uint32_t type, struct skep_specials *out);

/* verify.c: fills in prog->linked, with the rows of `contracts`, or says why it cannot be verified.
 */
int skep_vm_begin_verify(struct skep_prog *prog, const struct skep_contracts *contracts,
			 const struct skep_map_view *views, struct skep_log *log);
/* Verifies prog->linked; fills in prog->facts. */
int skep_vm_verify(struct skep_prog *prog, struct skep_log *log);

/* prepare.c: checks, verifies, makes executable and compiles one program whose maps are made.
 * `views` has one entry for each map of the object. */
int skep_vm_prepare(struct skep_prog *prog, const struct skep_map_view *views);

/* var_pointer.c: the address that a pointer in data section `map` is to be, when all maps are made.
 * SKEP_EOPNOTSUPP: of no data; SKEP_EPERM: the runtime is unprivileged. Reported. */
int skep_vm_var_resolve(const struct skep_object *object, uint32_t map,
			const struct skep_image_pointer *pointer, uint64_t *address);

/* Gives back the code of a program, if it has any. */
void skep_vm_discard_code(struct skep_prog *prog);

/* position.c: for log messages about a program (a skep_log's `locate`; ctx is the struct
 * skep_prog). */
void skep_vm_locate(void *ctx, int32_t insn, struct skep_log_position *out);

#endif
