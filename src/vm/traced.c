/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contexts of programs that run where the kernel calls a function (fentry, fexit, fmod_ret,
 * lsm) or comes to a tracepoint or an iterator: an array of 8 bytes for each argument, whose types
 * the kernel's BTF tells. It and the program's section name go in, a row of a program type for this
 * program alone comes out. Refuses names that the kernel does not have, and asks for BTF where
 * there is none; arguments after a structure that is passed by value are out of reach.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "verify/verify.h"
#include "vm/vm.h"

enum {
	ARGS_MAX = 12,
	WORD = 8,
	ERRNO_MAX = 4095,
};

struct traced {
	struct skep_prog_type type;
	struct skep_ctx_field fields[ARGS_MAX + 1];
	uint32_t field_types[ARGS_MAX + 1];
};

/* The prototype of what the program is attached to; `skipped` of its first parameters are not the
 * program's. 0: the kernel has no such thing. */
static uint32_t find_prototype(const struct skep_btf *btf, const struct skep_image_prog *image,
			       uint32_t *skipped)
{
	const char *prefix = "";
	struct skep_btf_type type;
	char name[160];
	uint32_t id;

	*skipped = 0;
	switch (image->attach_type) {
	case SKEP_ATTACH_RAW_TP: prefix = "btf_trace_"; break;
	case SKEP_ATTACH_LSM_MAC: prefix = "bpf_lsm_"; break;
	case SKEP_ATTACH_ITER: prefix = "bpf_iter_"; break;
	default: break;
	}
	skep_format(name, sizeof(name), "%s%s", prefix, image->attach_to);
	if (image->attach_type == SKEP_ATTACH_RAW_TP) {
		*skipped = 1;
		id = skep_btf_find(btf, SKEP_BTF_TYPEDEF, name);
		if (id == 0 || skep_btf_type(btf, id, &type) != 0 ||
		    skep_btf_type(btf, type.type, &type) != 0 || type.kind != SKEP_BTF_PTR)
			return 0;
	} else {
		id = skep_btf_find(btf, SKEP_BTF_FUNC, name);
		if (id == 0 || skep_btf_type(btf, id, &type) != 0)
			return 0;
	}
	id = type.type;
	return skep_btf_type(btf, id, &type) == 0 && type.kind == SKEP_BTF_FUNC_PROTO ? id : 0;
}

/* The structure that a pointer of this type points to, 0 if it is none. */
static uint32_t structure_behind(const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;

	return skep_btf_type(btf, skep_btf_resolve(btf, id), &type) == 0 &&
			       type.kind == SKEP_BTF_PTR
		       ? skep_kernel_pointee(btf, type.type)
		       : 0;
}

/* What is known of a tracepoint's arguments beside their types. */
struct doubts {
	uint32_t null, error; /* bits */
};

static struct doubts doubts_of(const struct skep_image_prog *image)
{
	static const struct {
		const char *name;
		struct doubts doubts;
	} ROWS[] = {
#define TRACEPOINT(name, null, error) { #name, { null, error } },
#include "spec/tracepoints.def"
	};

	if (image->attach_type == SKEP_ATTACH_ITER) /* at the end there is nothing left to visit */
		return (struct doubts){ .null = ~1u };
	for (size_t i = 0; image->attach_type == SKEP_ATTACH_RAW_TP && i < SKEP_COUNT(ROWS); i++)
		if (skep_text_equal(ROWS[i].name, image->attach_to))
			return ROWS[i].doubts;
	return (struct doubts){ 0 };
}

/* One argument, or the result. False: it is passed in a way of its own. */
static bool add_field(const struct skep_btf *btf, struct traced *traced, uint32_t id,
		      struct doubts doubts)
{
	const uint32_t index = traced->type.field_count;
	const bool or_null = (doubts.null >> index & 1) != 0;
	const uint32_t structure = doubts.error >> index & 1 ? 0 : structure_behind(btf, id);
	struct skep_btf_type type;

	if (skep_btf_type(btf, skep_btf_resolve(btf, id), &type) != 0)
		return false;
	if (type.kind == SKEP_BTF_STRUCT || type.kind == SKEP_BTF_UNION ||
	    (type.kind == SKEP_BTF_INT && type.size > WORD))
		return false;
	traced->fields[index] = (struct skep_ctx_field){
		.name = "argument",
		.offset = (uint16_t)(index * WORD),
		.size = WORD,
		.kind = structure == 0 ? SKEP_FIELD_PARTS
			: or_null      ? SKEP_FIELD_KERNEL_OR_NULL
				       : SKEP_FIELD_KERNEL,
		.real_offset = (uint16_t)(index * WORD),
		.real_size = WORD,
	};
	traced->field_types[index] = structure;
	traced->type.field_count++;
	return true;
}

/* The kernel names such parameters so. */
static bool is_nullable(const char *name)
{
	static const char SUFFIX[] = "__nullable";
	const size_t size = skep_text_size(name);

	return size >= sizeof(SUFFIX) - 1 &&
	       skep_text_equal(name + size - (sizeof(SUFFIX) - 1), SUFFIX);
}

static void add_fields(const struct skep_btf *btf, const struct skep_image_prog *image,
		       struct traced *traced, uint32_t prototype, uint32_t skipped)
{
	const struct doubts known = doubts_of(image);
	struct skep_btf_type type;

	if (skep_btf_type(btf, prototype, &type) != 0)
		return;
	for (uint32_t i = skipped; i < type.count && traced->type.field_count < ARGS_MAX; i++) {
		struct doubts doubts = known;
		struct skep_btf_member member;

		if (skep_btf_member(btf, prototype, i, &member) != 0)
			return;
		if (is_nullable(member.name))
			doubts.null = UINT32_MAX;
		if (!add_field(btf, traced, member.type, doubts))
			return;
	}
	if ((image->attach_type == SKEP_ATTACH_FEXIT ||
	     image->attach_type == SKEP_ATTACH_MODIFY_RETURN) &&
	    type.type != 0)
		add_field(btf, traced, type.type, (struct doubts){ 0 });
}

/* What the kernel takes as the program's result. */
static void set_result(const struct skep_btf *btf, const struct skep_image_prog *image,
		       struct skep_prog_type *row, uint32_t prototype)
{
	struct skep_btf_type proto, type;

	switch (image->attach_type) {
	case SKEP_ATTACH_FENTRY:
	case SKEP_ATTACH_FEXIT: row->ret_checked = true; break;
	case SKEP_ATTACH_ITER:
		row->ret_checked = true;
		row->ret_max = 1;
		break;
	case SKEP_ATTACH_LSM_MAC:
		if (skep_btf_type(btf, prototype, &proto) != 0 ||
		    skep_btf_type(btf, skep_btf_resolve(btf, proto.type), &type) != 0)
			break;
		row->ret_checked = type.kind != SKEP_BTF_VOID;
		row->ret_min = type.is_bool ? 0 : -ERRNO_MAX;
		row->ret_max = type.is_bool ? 1 : 0;
		break;
	default: break;
	}
}

static int make_row(struct skep_prog *prog, const struct skep_btf *btf, struct traced *traced,
		    struct skep_log *log)
{
	const struct skep_image_prog *image = prog->image;
	uint32_t skipped;
	const uint32_t prototype = find_prototype(btf, image, &skipped);

	if (prototype == 0)
		return skep_fail(
			log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
			"section \"%s\" names \"%s\", which the kernel's BTF does not "
			"have\na function, tracepoint or iterator of that kernel\ngive the "
			"BTF of the kernel that it is meant for (--btf)",
			image->section, image->attach_to);
	traced->type = (struct skep_prog_type){
		.type = prog->type,
		.name = skep_spec_prog_name(prog->type),
		.ctx_size = (ARGS_MAX + 1) * WORD,
		.fields = traced->fields,
		.groups = SKEP_GROUP_BASE | SKEP_GROUP_OF_TYPE(prog->type),
	};
	add_fields(btf, image, traced, prototype, skipped);
	set_result(btf, image, &traced->type, prototype);
	return 0;
}

int skep_vm_add_traced(struct skep_prog *prog, struct skep_contracts *contracts,
		       const uint32_t **field_types, struct skep_log *log)
{
	const struct skep_btf *btf = prog->object->runtime->config.target_btf;
	struct traced *traced;

	if (!skep_vm_is_traced(prog))
		return 0;
	if (btf == NULL)
		return skep_fail(
			log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
			"what a program of section \"%s\" is given only the BTF of a kernel "
			"tells\nsuch BTF\ngive it (skep_config.target_btf, --btf)",
			prog->image->section);
	traced = skep_arena_alloc(&prog->object->arena, sizeof(*traced));
	if (traced == NULL)
		return skep_fail_memory(log, "the program's context");
	SKEP_TRY(make_row(prog, btf, traced, log));
	contracts->prog_types[2] = &traced->type;
	contracts->prog_type_count[2] = 1;
	*field_types = traced->field_types;
	return 0;
}
