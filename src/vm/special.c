/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of map values that mean something to the kernel: locks, timers, lists, pointers to its
 * objects. The BTF of a value goes in, the places of such parts come out; programs reach them
 * through helpers alone.
 */
#include "base/bytes.h"
#include "vm/vm.h"

/* How deep structures are looked into: deeper than the kernel does, so nothing it finds is missed;
 * what lies deeper still, or after so many steps, counts as special. */
enum { DEPTH_MAX = 8, STEPS_MAX = 1 << 16, POINTER_BYTES = 8 };

static bool is_special_name(const char *name)
{
	static const char *const NAMES[] = {
		"bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer",   "bpf_wq",
		"bpf_list_head", "bpf_list_node",     "bpf_rb_root", "bpf_rb_node",
		"bpf_refcount",  "bpf_task_work",
	};

	for (size_t i = 0; i < SKEP_COUNT(NAMES); i++)
		if (skep_text_equal(name, NAMES[i]))
			return true;
	return false;
}

/* A pointer with a tag such as __kptr. */
static bool is_special_pointer(const struct skep_btf *btf, const struct skep_btf_type *pointer)
{
	struct skep_btf_type type;
	uint32_t id = pointer->type;

	for (int depth = 0; depth < DEPTH_MAX && skep_btf_type(btf, id, &type) == 0; depth++) {
		if (type.kind == SKEP_BTF_TYPE_TAG)
			return skep_text_equal(type.name, "kptr") ||
			       skep_text_equal(type.name, "kptr_untrusted") ||
			       skep_text_equal(type.name, "percpu_kptr") ||
			       skep_text_equal(type.name, "uptr");
		if (type.kind != SKEP_BTF_CONST && type.kind != SKEP_BTF_VOLATILE &&
		    type.kind != SKEP_BTF_TYPEDEF)
			return false;
		id = type.type;
	}
	return false;
}

/* Past the last place there is room for, the last one grows. */
static void add(struct skep_specials *specials, uint64_t offset, uint64_t size)
{
	struct skep_special *last = &specials->places[SKEP_SPECIALS_MAX - 1];

	if (specials->count < SKEP_SPECIALS_MAX) {
		specials->places[specials->count++] = (struct skep_special){ offset, size };
		return;
	}
	if (offset < last->offset) {
		last->size += last->offset - offset;
		last->offset = offset;
	}
	if (offset + size > last->offset + last->size)
		last->size = offset + size - last->offset;
}

/* Bounded by DEPTH_MAX and STEPS_MAX. */
static void find(const struct skep_btf *btf, uint32_t id, uint64_t base, int depth,
		 struct skep_specials *out)
{
	struct skep_specials inside = { .steps = out->steps };
	struct skep_btf_member member;
	struct skep_btf_type type;
	uint64_t size;

	id = skep_btf_resolve(btf, id);
	if (skep_btf_type(btf, id, &type) != 0 || skep_btf_size(btf, id, &size) != 0)
		return;
	if (type.kind == SKEP_BTF_PTR && is_special_pointer(btf, &type))
		add(out, base, POINTER_BYTES);
	if ((depth == DEPTH_MAX || ++out->steps > STEPS_MAX) &&
	    (type.kind == SKEP_BTF_ARRAY || type.kind == SKEP_BTF_STRUCT ||
	     type.kind == SKEP_BTF_UNION)) {
		add(out, base, size);
		return;
	}
	if (type.kind == SKEP_BTF_ARRAY) {
		find(btf, type.type, 0, depth + 1, &inside);
		out->steps = inside.steps;
		if (inside.count > 0)
			add(out, base, size);
		return;
	}
	if (type.kind != SKEP_BTF_STRUCT && type.kind != SKEP_BTF_UNION)
		return;
	if (is_special_name(type.name)) {
		add(out, base, size);
		return;
	}
	for (uint32_t i = 0; i < type.count && skep_btf_member(btf, id, i, &member) == 0; i++)
		find(btf, member.type, base + member.bit_offset / 8, depth + 1, out);
}

void skep_vm_find_specials(const struct skep_btf *btf, uint32_t type, struct skep_specials *out)
{
	*out = (struct skep_specials){ .count = 0 };
	if (btf != NULL && type != 0)
		find(btf, type, 0, 0, out);
}
