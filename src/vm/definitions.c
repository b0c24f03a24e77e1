/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verification before load, by the definitions of the maps alone and by the contracts of all that
 * Linux has: nothing is made, so what skep does not run is verified too. In a file of its own,
 * since it brings the tables of all that with it.
 */
#include "base/bytes.h"
#include "spec/linux.h"
#include "spec/map.h"
#include "vm/vm.h"

/* The verifier may know what is in constants, but for the pointers: they get their values when the
 * maps are made. */
static bool view_content(const struct skep_image_map *image, const uint8_t *content,
			 struct skep_arena *arena, struct skep_map_view *out)
{
	uint32_t *unknown;

	if (image->data == NULL || !image->read_only)
		return true;
	unknown = skep_arena_array(arena, image->pointer_count, sizeof(*unknown));
	if (unknown == NULL)
		return false;
	for (uint32_t i = 0; i < image->pointer_count; i++)
		unknown[i] = image->pointers[i].offset;
	out->content = content;
	out->unknown = unknown;
	out->unknown_count = image->pointer_count;
	return true;
}

/* What the verifier may know of a map from its definition. */
static void view_definition(const struct skep_object *object, uint32_t index,
			    struct skep_map_view *out)
{
	const struct skep_image_map *image = &object->image.maps[index];
	const struct skep_map *map = &object->maps[index];

	*out = (struct skep_map_view){
		.name = map->name,
		.def = map->def,
		.caps = map->kind != NULL ? map->kind->caps : skep_linux_map_caps(map->def.type),
		.write_only = (map->def.flags & BPF_F_WRONLY_PROG) != 0,
	};
	out->read_only = (image->data != NULL && image->read_only) ||
			 (map->def.flags & BPF_F_RDONLY_PROG) != 0 ||
			 (out->caps & SKEP_CAP_READ_ONLY) != 0;
	if (image->inner != SKEP_NO_INDEX)
		out->inner = (uint32_t)image->inner + 1;
}

/* The same with what its values have inside, in `arena`. */
static bool view_map(const struct skep_object *object, uint32_t index, struct skep_arena *arena,
		     struct skep_map_view *out)
{
	struct skep_specials *specials = skep_arena_alloc(arena, sizeof(*specials));

	if (specials == NULL)
		return false;
	view_definition(object, index, out);
	skep_vm_find_specials(object->image.btf, object->maps[index].value_type, specials);
	out->specials = specials->places;
	out->special_count = specials->count;
	return view_content(&object->image.maps[index], object->maps[index].initial, arena, out);
}

/* As its type's row says, with what the attach type changes of it; in the object's arena. */
static int take_result(struct skep_prog *prog, struct skep_log *log)
{
	const struct skep_image_prog *image = prog->image;
	struct skep_prog_type *contract;
	int64_t min, max;

	if (!skep_linux_result(prog->type, image->attach_type, &min, &max))
		return 0;
	contract = skep_arena_alloc(&prog->object->arena, sizeof(*contract));
	if (contract == NULL)
		return skep_fail_memory(log, "the program's type");
	*contract = *prog->contract;
	contract->ret_min = min;
	contract->ret_max = max;
	prog->linked.type = contract;
	return 0;
}

static int verify_definitions(struct skep_prog *prog, const struct skep_map_view *views,
			      struct skep_log *log)
{
	const struct skep_object *object = prog->object;
	struct skep_contracts contracts = object->runtime->contracts;
	const uint32_t *traced = NULL;
	int err;

	skep_linux_add(&contracts);
	err = skep_vm_add_traced(prog, &contracts, &traced, log);
	if (err == 0)
		err = skep_vm_begin_verify(prog, &contracts, views, log);
	prog->linked.btf = object->runtime->config.target_btf;
	prog->linked.field_types = traced;
	if (err == 0)
		err = take_result(prog, log);
	if (err == 0)
		err = skep_vm_verify(prog, log);
	prog->verified = err == 0;
	prog->linked = (struct skep_bytecode){ 0 };
	return err;
}

int skep_prog_verify(struct skep_prog *prog)
{
	struct skep_object *object = prog->object;
	struct skep_log log = object->log;
	struct skep_map_view *views;
	struct skep_arena scratch;
	int err;

	log.prog = prog->name;
	log.locate = skep_vm_locate;
	log.locate_ctx = prog;
	prog->facts = (struct skep_facts){ 0 };
	prog->verified = false;
	if (object->phase != SKEP_PHASE_OPEN || object->runtime->config.unverified)
		return skep_fail(&log, SKEP_EPERM, SKEP_NO_INSN,
				 "programs are verified by their maps' definitions before load, in "
				 "a runtime that verifies\n\nopen the object again");
	if (object->image.big_endian != skep_host_is_big_endian())
		return skep_fail(&log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
				 "it was compiled for %s-endian machines and this one is not\n\n"
				 "compile with -target %s",
				 object->image.big_endian ? "big" : "little",
				 object->image.big_endian ? "bpfel" : "bpfeb");
	skep_arena_init(&scratch, object->runtime->config.port, 0);
	views = skep_arena_array(&scratch, object->image.map_count, sizeof(*views));
	for (uint32_t i = 0; views != NULL && i < object->image.map_count; i++)
		if (!view_map(object, i, &scratch, &views[i]))
			views = NULL;
	if (views == NULL)
		err = skep_fail_memory(&log, "the verifier's view of the maps");
	else
		err = verify_definitions(prog, views, &log);
	skep_arena_free(&scratch);
	return err;
}
