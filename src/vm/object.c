/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects: opened from bytes or from a classic BPF filter, looked at and set, loaded once, closed.
 * Opening reads and links and makes nothing live; loading makes the maps, fills the data sections,
 * prepares each program and fills the program slots. Every step that fails leaves an object that
 * can still be read and closed.
 */
#include "base/bytes.h"
#include "isa/classic.h"
#include "map/create.h"
#include "vm/vm.h"

/* What an object is made of: an object file, or a filter. */
struct source {
	const void *bytes; /* NULL: a filter */
	size_t size;
	const struct skep_classic_insn *filter;
	uint32_t filter_count;
	enum skep_classic_dialect dialect;
};

static void name_maps(struct skep_object *object)
{
	for (uint32_t i = 0; i < object->image.map_count; i++) {
		const struct skep_image_map *image = &object->image.maps[i];

		object->maps[i] = (struct skep_map){
			.name = image->name,
			.kind = skep_contracts_map_kind(&object->runtime->contracts,
							image->def.type),
			.def = image->def,
			.port = object->runtime->config.port,
			.limits = &object->runtime->config.limits,
			.log = &object->log,
			.runtime = object->runtime,
			.object = object,
			.key_type = image->key_type,
			.value_type = image->value_type,
			.initial = image->data,
		};
	}
}

static int link_programs(struct skep_object *object)
{
	for (uint32_t i = 0; i < object->image.prog_count; i++) {
		struct skep_prog *prog = &object->progs[i];
		const struct skep_image_prog *image = &object->image.progs[i];
		int err;

		prog->object = object;
		prog->image = image;
		prog->name = object->image.funcs[image->func].name;
		prog->type = image->type;
		prog->autoload = image->autoload;
		object->log.prog = prog->name;
		err = skep_vm_link(prog);
		object->log.prog = NULL;
		SKEP_TRY(err);
	}
	return 0;
}

/* The image of an object whose one program is a translated filter. */
static int read_filter(struct skep_object *object, const struct source *source)
{
	struct skep_arena *arena = &object->arena;
	struct skep_image_section *section = skep_arena_alloc(arena, sizeof(*section));
	struct skep_image_func *func = skep_arena_alloc(arena, sizeof(*func));
	struct skep_image_prog *prog = skep_arena_alloc(arena, sizeof(*prog));

	if (section == NULL || func == NULL || prog == NULL)
		return skep_fail_memory(&object->log, "an object");
	section->name = "socket";
	SKEP_TRY(skep_classic_translate(source->filter, source->filter_count, source->dialect,
					arena, &object->log, &section->insns,
					&section->insn_count));
	*func = (struct skep_image_func){
		.name = object->name,
		.count = section->insn_count,
		.is_global = true,
	};
	*prog = (struct skep_image_prog){
		.section = section->name,
		.type = skep_spec_prog_number("socket_filter"),
		.attach_to = "",
		.autoload = true,
	};
	object->image = (struct skep_image){
		.name = object->name,
		.big_endian = skep_host_is_big_endian(),
		.sections = section,
		.section_count = 1,
		.funcs = func,
		.func_count = 1,
		.progs = prog,
		.prog_count = 1,
	};
	return 0;
}

static int read_source(struct skep_object *object, const struct source *source)
{
	const struct skep_config *config = &object->runtime->config;

	if (source->bytes == NULL)
		return read_filter(object, source);
	return skep_load_image(source->bytes, source->size, object->name, &config->limits,
			       config->prog_types, config->prog_type_count, &object->arena,
			       &object->log, &object->image);
}

static int read_object(struct skep_object *object, const struct source *source)
{
	struct skep_image *image = &object->image;

	SKEP_TRY(read_source(object, source));
	SKEP_TRY(skep_load_resolve(image, &object->runtime->config, &object->arena, &object->log));
	object->maps = skep_arena_array(&object->arena, image->map_count, sizeof(struct skep_map));
	object->progs =
		skep_arena_array(&object->arena, image->prog_count, sizeof(struct skep_prog));
	if (object->maps == NULL || object->progs == NULL)
		return skep_fail_memory(&object->log, "maps and programs");
	name_maps(object);
	return link_programs(object);
}

static int open_object(struct skep_runtime *runtime, const struct source *source, const char *name,
		       struct skep_object **out)
{
	const struct skep_port *port = runtime->config.port;
	struct skep_object *object =
		port->alloc(port->ctx, sizeof(*object), _Alignof(struct skep_object));
	int err;

	if (object == NULL)
		return skep_fail_memory(&runtime->log, "an object");
	object->runtime = runtime;
	object->log = runtime->log;
	skep_arena_init(&object->arena, port, 0);
	object->name = skep_arena_text(&object->arena, name, skep_text_size(name));
	object->log.object = object->name;
	err = object->name != NULL ? read_object(object, source)
				   : skep_fail_memory(&object->log, "the object's name");
	if (err < 0) {
		skep_object_close(object);
		return err;
	}
	*out = object;
	return 0;
}

int skep_object_open(struct skep_runtime *runtime, const void *bytes, size_t size, const char *name,
		     struct skep_object **out)
{
	const struct source source = { .bytes = bytes, .size = size };

	return open_object(runtime, &source, name, out);
}

int skep_object_open_classic(struct skep_runtime *runtime, const struct skep_classic_insn *insns,
			     uint32_t count, enum skep_classic_dialect dialect, const char *name,
			     struct skep_object **out)
{
	const struct source source = { .filter = insns, .filter_count = count, .dialect = dialect };

	return open_object(runtime, &source, name, out);
}

void skep_object_close(struct skep_object *object)
{
	const struct skep_port *port;

	if (object == NULL)
		return;
	port = object->runtime->config.port;
	for (uint32_t i = 0; object->progs != NULL && i < object->image.prog_count; i++)
		if (object->progs[i].object != NULL)
			skep_vm_discard_code(&object->progs[i]);
	for (uint32_t i = 0; object->maps != NULL && i < object->image.map_count; i++)
		if (object->maps[i].loaded)
			object->maps[i].kind->ops->destroy(&object->maps[i]);
	skep_arena_free(&object->arena);
	port->free(port->ctx, object, sizeof(*object), _Alignof(struct skep_object));
}

/* Linux takes only rings of a power of two pages; libbpf rounds what an object asks for up to that,
 * so objects are written with sizes such as 100. Sizes that no ring can have are left for the kind
 * to refuse. */
static uint32_t ring_bytes(uint32_t asked)
{
	const uint32_t page = 4096, most = (uint32_t)1 << 31;
	uint32_t size = page;

	if (asked == 0 || asked > most)
		return asked;
	while (size < asked)
		size *= 2;
	return size;
}

static int make_map(struct skep_object *object, uint32_t index)
{
	const struct skep_image_map *image = &object->image.maps[index];
	struct skep_map *map = &object->maps[index];
	const char *kind = skep_spec_map_name(map->def.type);
	size_t size;
	void *values;

	if (map->kind == NULL)
		return skep_fail(&object->log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
				 "map \"%s\" is of kind %s (%u), which skep does not have yet\n\n"
				 "use another kind, or bring your own in skep_config.map_kinds",
				 map->name, kind != NULL ? kind : "unknown",
				 (unsigned)map->def.type);
	if ((map->kind->caps & SKEP_CAP_RINGBUF) != 0)
		map->def.max_entries = ring_bytes(map->def.max_entries);
	SKEP_TRY(map->kind->ops->create(map));
	map->loaded = true;
	if (image->data == NULL)
		return 0;
	values = map->kind->ops->direct(map, &size);
	memcpy(values, image->data, map->def.value_size);
	map->frozen = image->read_only;
	return 0;
}

/* Puts addresses where a data section has pointers to variables. */
static int resolve_pointers(struct skep_object *object, uint32_t index)
{
	const struct skep_image_map *image = &object->image.maps[index];
	size_t size;
	uint8_t *bytes;

	if (image->pointer_count == 0)
		return 0;
	bytes = object->maps[index].kind->ops->direct(&object->maps[index], &size);
	for (uint32_t i = 0; i < image->pointer_count; i++) {
		const struct skep_image_pointer *pointer = &image->pointers[i];
		uint64_t address;

		if (pointer->given ||
		    !skep_in_bounds(pointer->offset, sizeof(address), image->def.value_size))
			continue;
		SKEP_TRY(skep_vm_var_resolve(object, index, pointer, &address));
		skep_store64(bytes + pointer->offset, address);
	}
	return 0;
}

static int make_maps(struct skep_object *object)
{
	for (uint32_t i = 0; i < object->image.map_count; i++)
		if (!object->image.maps[i].is_inner)
			SKEP_TRY(make_map(object, i));
	for (uint32_t i = 0; i < object->image.map_count; i++)
		SKEP_TRY(resolve_pointers(object, i));
	return 0;
}

/* What the verifier may know of the maps; in the object's arena. */
static int make_views(struct skep_object *object, struct skep_map_view **out)
{
	const uint32_t count = object->image.map_count;
	struct skep_map_view *views = skep_arena_array(&object->arena, count, sizeof(*views));

	if (views == NULL)
		return skep_fail_memory(&object->log, "the verifier's view of the maps");
	for (uint32_t i = 0; i < count; i++) {
		struct skep_map *map = &object->maps[i];
		size_t size;

		views[i] = (struct skep_map_view){
			.name = map->name,
			.def = map->def,
			.caps = map->loaded ? map->kind->caps : 0,
			.read_only = map->frozen || (map->def.flags & BPF_F_RDONLY_PROG) != 0,
			.write_only = (map->def.flags & BPF_F_WRONLY_PROG) != 0,
		};
		/* Known content stands for every value of the map, so there may be only one. */
		if (map->frozen && map->def.max_entries == 1 && map->kind->ops->direct != NULL)
			views[i].content = map->kind->ops->direct(map, &size);
	}
	*out = views;
	return 0;
}

/* Puts the programs that a prog_array's definition names into their slots. */
static int fill_slots(struct skep_object *object)
{
	for (uint32_t i = 0; i < object->image.map_count; i++) {
		const struct skep_image_map *image = &object->image.maps[i];

		for (uint32_t slot = 0; slot < image->slot_count; slot++) {
			const struct skep_prog *prog = NULL;

			for (uint32_t p = 0; p < object->image.prog_count && prog == NULL; p++)
				if (object->progs[p].image->func == image->slots[slot].target)
					prog = &object->progs[p];
			if (prog == NULL || !prog->loaded)
				continue; /* as libbpf: a program that is not loaded leaves its slot
					     empty */
			SKEP_TRY(skep_map_set_prog(&object->maps[i], image->slots[slot].index,
						   prog));
		}
	}
	return 0;
}

/* From here on the host's pointers cannot write them either. */
static void protect_constants(struct skep_object *object)
{
	for (uint32_t i = 0; i < object->image.map_count; i++) {
		struct skep_map *map = &object->maps[i];
		size_t size;
		void *values;

		if (!map->loaded || !map->frozen || map->kind->ops->direct == NULL)
			continue;
		values = map->kind->ops->direct(map, &size);
		skep_map_protect(map, values, size, false);
	}
}

static int load(struct skep_object *object)
{
	struct skep_map_view *views = NULL;

	if (object->image.big_endian != skep_host_is_big_endian())
		return skep_fail(&object->log, SKEP_EOPNOTSUPP, SKEP_NO_INSN,
				 "it was compiled for %s-endian machines and this one is not\n\n"
				 "compile with -target %s",
				 object->image.big_endian ? "big" : "little",
				 object->image.big_endian ? "bpfel" : "bpfeb");
	SKEP_TRY(skep_vm_check_externs(object, NULL));
	SKEP_TRY(make_maps(object));
	SKEP_TRY(make_views(object, &views));
	for (uint32_t i = 0; i < object->image.prog_count; i++)
		if (object->progs[i].autoload)
			SKEP_TRY(skep_vm_prepare(&object->progs[i], views));
	SKEP_TRY(fill_slots(object));
	protect_constants(object);
	return 0;
}

int skep_object_load(struct skep_object *object)
{
	int err;

	if (object->phase != SKEP_PHASE_OPEN)
		return skep_fail(&object->log, SKEP_EPERM, SKEP_NO_INSN,
				 "the object was loaded or attached before\n\nopen it again");
	err = load(object);
	object->phase = err < 0 ? SKEP_PHASE_FAILED : SKEP_PHASE_LOADED;
	/* All or nothing: those before the one that failed are not to be run either. */
	for (uint32_t i = 0; err < 0 && i < object->image.prog_count; i++)
		object->progs[i].loaded = false;
	return err;
}

const char *skep_object_name(const struct skep_object *object)
{
	return object->name;
}

uint32_t skep_object_version(const struct skep_object *object)
{
	return object->image.version;
}

const char *skep_object_license(const struct skep_object *object)
{
	return object->image.license;
}

bool skep_object_is_big_endian(const struct skep_object *object)
{
	return object->image.big_endian;
}

const struct skep_btf *skep_object_btf(const struct skep_object *object)
{
	return object->image.btf;
}

struct skep_prog *skep_object_prog(const struct skep_object *object, uint32_t index)
{
	return index < object->image.prog_count ? &object->progs[index] : NULL;
}

struct skep_prog *skep_object_prog_by_name(const struct skep_object *object, const char *name)
{
	for (uint32_t i = 0; i < object->image.prog_count; i++)
		if (skep_text_equal(object->progs[i].name, name))
			return &object->progs[i];
	return NULL;
}

struct skep_map *skep_object_map(const struct skep_object *object, uint32_t index)
{
	return index < object->image.map_count ? &object->maps[index] : NULL;
}

int skep_object_data(const struct skep_object *object, uint32_t index, struct skep_data *out)
{
	struct skep_map *map = skep_object_map(object, index);
	size_t size;

	if (map == NULL || !object->image.maps[index].is_data)
		return SKEP_ENOENT;
	*out = (struct skep_data){
		.section = object->image.maps[index].section,
		.bytes = map->loaded ? map->kind->ops->direct(map, &size) : map->initial,
		.size = map->def.value_size,
	};
	return 0;
}

struct skep_map *skep_object_map_by_name(const struct skep_object *object, const char *name)
{
	for (uint32_t i = 0; i < object->image.map_count; i++)
		if (skep_text_equal(object->maps[i].name, name) ||
		    (object->image.maps[i].is_data &&
		     skep_text_equal(object->image.maps[i].section, name)))
			return &object->maps[i];
	return NULL;
}
