/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object goes in, a model of what is to be written comes out. Types come from strangers: each is
 * converted member by member, and where one does not lie inside its structure, behind the member
 * before it, the structure becomes bytes of its size. Nesting is bounded by DEPTH_MAX and all that
 * is made by BUDGET, because unnamed structures are written anew wherever they are used.
 */
#include "gen_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "value.h"

enum {
	DEPTH_MAX = 24,
	STEPS_MAX = 64, /* typedefs and the like in a row */
	BUDGET = 200000,
	BPF_MAP_TYPE_RINGBUF = 27,
	IN_PROGRESS = UINT32_MAX, /* in record_of */
};

struct builder {
	struct gen_record record;
	struct bytes members;
	uint64_t position; /* bits that are filled */
};

/* Members that stand beside the sections, whatever the language. */
static const char *const BESIDE_SECTIONS[] = { "object", "maps", "progs", "Maps", "Load", "Close" };

static bool convert(struct gen_model *model, uint32_t id, unsigned depth, struct gen_names *outer,
		    struct gen_type *out);

static const struct skep_btf *btf_of(const struct gen_model *model)
{
	return skep_object_btf(model->object);
}

uint64_t gen_type_size(const struct gen_type *type)
{
	uint64_t size = type->size;

	for (uint32_t i = 0; i < type->dimension_count; i++)
		size = size > UINT32_MAX ? UINT64_MAX : size * type->dimensions[i];
	return size;
}

static bool spend(struct gen_model *model)
{
	if (model->budget == 0)
		return false;
	model->budget--;
	return true;
}

/* A name of the whole file. */
static const char *give_global(struct gen_model *model, const char *name)
{
	return gen_names_give(&model->globals, model->language == GEN_C ? GEN_C_REST : GEN_GO,
			      name);
}

/* Memory that lives as long as the model. */
static void *keep(struct gen_model *model, void *memory)
{
	bytes_append(&model->owned, &memory, sizeof(memory));
	return memory;
}

/* ------------------------------------------------------------------------------------- records */

static uint32_t align_of(const struct gen_model *model, const struct gen_type *type)
{
	return type->kind == GEN_RECORD ? gen_record(model, type->record)->align : type->size;
}

static void append(struct gen_model *model, struct builder *builder,
		   const struct gen_member *member)
{
	struct gen_record *record = &builder->record;
	const uint32_t align = align_of(model, &member->type);
	const uint64_t unit = (uint64_t)align * 8;

	if (align > record->align)
		record->align = align;
	if (member->bit_size == 0)
		record->is_packed |= member->bit_offset % unit != 0;
	else if (!member->is_padding)
		record->is_packed |= member->bit_offset / unit !=
				     (member->bit_offset + member->bit_size - 1) / unit;
	bytes_append(&builder->members, member, sizeof(*member));
	record->member_count++;
}

static void pad_bits(struct gen_model *model, struct builder *builder, uint64_t to)
{
	const struct gen_member member = {
		.name = "",
		.type = { .kind = GEN_UNSIGNED, .size = 1 },
		.bit_offset = builder->position,
		.bit_size = (uint32_t)(to - builder->position),
		.is_padding = true,
	};

	append(model, builder, &member);
	builder->position = to;
}

static void pad_bytes(struct gen_model *model, struct builder *builder, uint64_t to)
{
	const struct gen_member member = {
		.name = gen_names_give(builder->record.scope, GEN_C, "skep_pad"),
		.type = { .kind = GEN_UNSIGNED,
			  .size = 1,
			  .dimensions = { (uint32_t)((to - builder->position) / 8) },
			  .dimension_count = 1 },
		.bit_offset = builder->position,
		.is_padding = true,
	};

	append(model, builder, &member);
	builder->position = to;
}

/* Fills the structure up to bit `to`. A compiler goes on to the next byte itself where whole bytes
 * come next. */
static void pad(struct gen_model *model, struct builder *builder, uint64_t to)
{
	const uint64_t byte = (builder->position + 7) / 8 * 8;

	if (byte < to && to - byte < 8 && builder->position < byte)
		pad_bits(model, builder, byte);
	if (byte <= to)
		builder->position = byte;
	if (to - builder->position >= 8)
		pad_bytes(model, builder, to / 8 * 8);
	if (builder->position < to)
		pad_bits(model, builder, to);
}

/* The members made so far become the record's, which is complete then. */
static uint32_t finish(struct gen_model *model, struct builder *builder)
{
	struct gen_record *record = &builder->record;
	const uint32_t index = gen_record_count(model);

	if (!record->is_union)
		pad(model, builder, (uint64_t)record->size * 8);
	else if (builder->position < (uint64_t)record->size * 8) {
		builder->position = 0;
		pad_bytes(model, builder, (uint64_t)record->size * 8);
	}
	if (record->size % record->align != 0)
		record->is_packed = true;
	if (record->is_packed)
		record->align = 1;
	record->members = keep(model, builder->members.data);
	bytes_append(&model->records, record, sizeof(*record));
	return index;
}

static void begin(struct builder *builder, uint32_t size, struct gen_names *scope)
{
	*builder = (struct builder){ .record = { .size = size, .align = 1, .scope = scope } };
	if (scope == NULL) {
		builder->record.scope = allocate(1, sizeof(*scope));
		builder->record.owns_scope = true;
	}
}

/* Gives back what a record that cannot be had has taken. */
static bool give_up(struct builder *builder)
{
	if (builder->record.owns_scope) {
		gen_names_free(builder->record.scope);
		free(builder->record.scope);
	}
	bytes_free(&builder->members);
	return false;
}

/* Bytes stand for what cannot be converted. */
static bool as_bytes(uint64_t size, struct gen_type *out)
{
	*out = (struct gen_type){ .kind = GEN_UNSIGNED,
				  .size = 1,
				  .dimensions = { (uint32_t)size },
				  .dimension_count = 1 };
	return size > 0 && size <= INT32_MAX;
}

static bool is_plain(const struct gen_type *type)
{
	return type->dimension_count == 0 &&
	       (type->kind == GEN_UNSIGNED || type->kind == GEN_SIGNED);
}

/* Type and place of one member. False: the structure cannot be had. `*skip`: it takes no room. */
static bool convert_member(struct gen_model *model, struct builder *builder,
			   const struct skep_btf_member *from, unsigned depth,
			   struct gen_member *out, bool *skip)
{
	const struct skep_btf *btf = btf_of(model);
	struct gen_names *outer = from->name[0] == '\0' ? builder->record.scope : NULL;
	uint64_t size;

	*out = (struct gen_member){ .name = "", .bit_offset = from->bit_offset };
	*skip = false;
	if (skep_btf_size(btf, from->type, &size) != 0)
		return false;
	if (from->bit_size != 0) {
		out->bit_size = from->bit_size;
		*skip = from->name[0] == '\0';
		return convert(model, from->type, depth + 1, NULL, &out->type) &&
		       is_plain(&out->type) && out->bit_size <= out->type.size * 8;
	}
	*skip = size == 0;
	if (size == 0)
		return true;
	if (from->bit_offset % 8 != 0)
		return false;
	if (size > INT32_MAX)
		return false;
	if (convert(model, from->type, depth + 1, outer, &out->type) &&
	    gen_type_size(&out->type) == size) {
		/* Names inside of it were given in this scope: then it has to stay unnamed. */
		*skip = outer != NULL &&
			(out->type.kind != GEN_RECORD || out->type.dimension_count != 0 ||
			 gen_record(model, out->type.record)->name != NULL);
		return true;
	}
	*skip = outer != NULL;
	return as_bytes(size, &out->type);
}

static bool add_member(struct gen_model *model, struct builder *builder,
		       const struct skep_btf_member *from, unsigned depth)
{
	struct gen_record *record = &builder->record;
	struct gen_member member;
	uint64_t end;
	bool skip;

	if (!spend(model) || !convert_member(model, builder, from, depth, &member, &skip))
		return false;
	if (skip)
		return true;
	end = member.bit_offset +
	      (member.bit_size != 0 ? member.bit_size : gen_type_size(&member.type) * 8);
	if (end > (uint64_t)record->size * 8)
		return false;
	if (record->is_union ? member.bit_offset != 0 : member.bit_offset < builder->position)
		return false;
	if (!record->is_union)
		pad(model, builder, member.bit_offset);
	if (from->name[0] != '\0')
		member.name = gen_names_give(record->scope, model->language, from->name);
	append(model, builder, &member);
	if (end > builder->position)
		builder->position = end;
	return true;
}

/* A structure or union; `scope` is where its members' names go, NULL: one of its own. */
static bool build_record(struct gen_model *model, uint32_t id, const struct skep_btf_type *type,
			 unsigned depth, struct gen_names *scope, uint32_t *out, const char *name)
{
	struct skep_btf_member member;
	struct builder builder;

	if (type->size == 0 || type->size > INT32_MAX || depth > DEPTH_MAX || !spend(model))
		return false;
	begin(&builder, type->size, scope);
	builder.record.is_union = type->kind == SKEP_BTF_UNION;
	for (uint32_t i = 0; skep_btf_member(btf_of(model), id, i, &member) == 0; i++)
		if (!add_member(model, &builder, &member, depth))
			return give_up(&builder);
	if (name != NULL)
		builder.record.name = give_global(model, name);
	*out = finish(model, &builder);
	return true;
}

/* One that has a name is made once. */
static bool convert_record(struct gen_model *model, uint32_t id, const struct skep_btf_type *type,
			   const char *typedef_name, unsigned depth, struct gen_names *outer,
			   struct gen_type *out)
{
	const char *name = type->name[0] != '\0' ? type->name : typedef_name;
	uint32_t *known = &model->record_of[id];
	const uint32_t before = *known;

	out->kind = GEN_RECORD;
	out->size = type->size;
	if (*known == IN_PROGRESS)
		return false;
	if (name == NULL || outer != NULL) {
		*known = IN_PROGRESS;
		if (!build_record(model, id, type, depth, outer, &out->record, NULL)) {
			*known = before;
			return false;
		}
		*known = before;
		return true;
	}
	if (*known != 0) {
		out->record = *known - 1;
		return true;
	}
	*known = IN_PROGRESS;
	if (!build_record(model, id, type, depth, NULL, &out->record, name)) {
		*known = 0;
		return false;
	}
	*known = out->record + 1;
	return true;
}

/* ---------------------------------------------------------------------------------------- types */

static void convert_enum(struct gen_model *model, uint32_t id, const struct skep_btf_type *type,
			 const char *typedef_name, struct gen_type *out)
{
	const char *name = type->name[0] != '\0' ? type->name : typedef_name;
	struct skep_btf_member member;
	struct bytes enumerators = { 0 };
	struct gen_enum made = { .is_signed = type->is_signed };

	if (model->record_of[id] == 0 && spend(model)) {
		if (name != NULL)
			made.name = give_global(model, name);
		for (; skep_btf_member(btf_of(model), id, made.count, &member) == 0 && spend(model);
		     made.count++) {
			const struct gen_enumerator enumerator = {
				give_global(model, member.name),
				member.value,
			};

			bytes_append(&enumerators, &enumerator, sizeof(enumerator));
		}
		made.enumerators = keep(model, enumerators.data);
		bytes_append(&model->enums, &made, sizeof(made));
		model->record_of[id] = gen_enum_count(model);
	}
	name = model->record_of[id] != 0 ? gen_enum(model, model->record_of[id] - 1)->name : NULL;
	snprintf(out->note, sizeof(out->note), "enum%s%s", name != NULL ? " " : "",
		 name != NULL ? name : "");
}

static bool convert_int(const struct skep_btf_type *type, struct gen_type *out)
{
	out->kind = type->is_signed ? GEN_SIGNED : GEN_UNSIGNED;
	if (type->size == 16 && out->dimension_count < GEN_DIMENSIONS_MAX) {
		out->kind = GEN_UNSIGNED;
		out->size = 8;
		out->dimensions[out->dimension_count++] = 2;
		strcpy(out->note, "__int128");
	} else if (type->is_bool) {
		out->kind = GEN_UNSIGNED;
		strcpy(out->note, "bool");
	} else if (type->size == 1 && strcmp(type->name, "char") == 0) {
		out->is_char = true;
	}
	return out->size == 1 || out->size == 2 || out->size == 4 || out->size == 8;
}

/* What is left of a type without typedefs, modifiers and arrays. */
static bool convert_bare(struct gen_model *model, uint32_t id, const struct skep_btf_type *type,
			 const char *typedef_name, unsigned depth, struct gen_names *outer,
			 struct gen_type *out)
{
	out->size = type->size;
	if (type->kind != SKEP_BTF_INT)
		out->note[0] = '\0';
	switch (type->kind) {
	case SKEP_BTF_INT: return convert_int(type, out);
	case SKEP_BTF_PTR:
		out->kind = GEN_UNSIGNED;
		out->size = 8;
		strcpy(out->note, "pointer");
		return true;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
		if (type->size != 1 && type->size != 2 && type->size != 4 && type->size != 8)
			return false;
		out->kind = type->is_signed ? GEN_SIGNED : GEN_UNSIGNED;
		convert_enum(model, id, type, typedef_name, out);
		return true;
	case SKEP_BTF_FLOAT: out->kind = GEN_FLOAT; return type->size == 4 || type->size == 8;
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
		return convert_record(model, id, type, typedef_name, depth, outer, out);
	default: return false;
	}
}

/* Of integers whose bytes do not stand as this machine's do. */
static bool is_network_order(const char *name)
{
	return strcmp(name, "__be16") == 0 || strcmp(name, "__be32") == 0 ||
	       strcmp(name, "__be64") == 0;
}

/* False: the language has no such type. `outer`: see build_record(). */
static bool convert(struct gen_model *model, uint32_t id, unsigned depth, struct gen_names *outer,
		    struct gen_type *out)
{
	const char *typedef_name = NULL; /* the last, which may name a structure */
	struct skep_btf_type type;

	*out = (struct gen_type){ 0 };
	for (unsigned step = 0; step < STEPS_MAX; step++) {
		if (skep_btf_type(btf_of(model), id, &type) != 0)
			return false;
		switch (type.kind) {
		case SKEP_BTF_TYPEDEF:
			typedef_name = type.name[0] != '\0' ? type.name : typedef_name;
			if (is_network_order(type.name))
				strcpy(out->note, type.name);
			break;
		case SKEP_BTF_ARRAY:
			if (out->dimension_count == GEN_DIMENSIONS_MAX || type.count == 0)
				return false;
			out->dimensions[out->dimension_count++] = type.count;
			typedef_name = NULL;
			break;
		case SKEP_BTF_VOLATILE:
		case SKEP_BTF_CONST:
		case SKEP_BTF_RESTRICT:
		case SKEP_BTF_TYPE_TAG: break;
		default: return convert_bare(model, id, &type, typedef_name, depth, outer, out);
		}
		id = type.type;
	}
	return false;
}

/* ----------------------------------------------------------------------------- parts of an object
 */

/* A type whose size is known otherwise: converted, or bytes. */
static bool convert_sized(struct gen_model *model, uint32_t id, uint64_t size, struct gen_type *out)
{
	return id != 0 && btf_of(model) != NULL && convert(model, id, 0, NULL, out) &&
	       gen_type_size(out) == size;
}

static void convert_variable(struct gen_model *model, const struct skep_var *var,
			     struct gen_type *out)
{
	uint64_t size;

	if (var->type != 0 && btf_of(model) != NULL &&
	    skep_btf_size(btf_of(model), var->type, &size) == 0 && size != 0 && size <= var->size &&
	    convert_sized(model, var->type, size, out))
		return; /* what is larger than its type ends in an array without a size */
	as_bytes(var->size, out);
	if (var->offset % var->size == 0 &&
	    (var->size == 1 || var->size == 2 || var->size == 4 || var->size == 8))
		*out = (struct gen_type){ .kind = GEN_UNSIGNED, .size = var->size };
}

/* By map, which are in one array, then by offset. */
static int compare_vars(const void *left, const void *right)
{
	const struct skep_var *a = left, *b = right;

	if (a->map != b->map)
		return a->map < b->map ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	/* The wider of two at one place first, so that it is not the one left out. */
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* What a variable has behind its type, which then ends in an array without a size. */
static void add_rest(struct gen_model *model, struct builder *builder, const struct skep_var *var)
{
	struct gen_member member = { .bit_offset = builder->position };
	char name[512];

	snprintf(name, sizeof(name), "%.400s_more", var->name);
	member.name = gen_names_give(builder->record.scope, model->language, name);
	as_bytes(var->offset + var->size - builder->position / 8, &member.type);
	append(model, builder, &member);
	builder->position += gen_type_size(&member.type) * 8;
}

static void add_variable(struct gen_model *model, struct builder *builder,
			 struct gen_section *section, const struct skep_var *var)
{
	const char *name;
	struct gen_member member = { .bit_offset = (uint64_t)var->offset * 8 };

	if (var->size == 0 || var->size > INT32_MAX || !spend(model))
		return;
	name = gen_names_give(builder->record.scope, model->language, var->name);
	if (member.bit_offset < builder->position || var->offset > builder->record.size ||
	    var->size > builder->record.size - var->offset) {
		bytes_append(&section->aliases, &name, sizeof(name));
		return;
	}
	member.name = name;
	convert_variable(model, var, &member.type);
	pad(model, builder, member.bit_offset);
	append(model, builder, &member);
	builder->position = member.bit_offset + gen_type_size(&member.type) * 8;
	if (gen_type_size(&member.type) < var->size)
		add_rest(model, builder, var);
}

/* The section's name without the dot: "bss", "data.x". */
static const char *bare_section(const char *section)
{
	return section + (section[0] == '.');
}

/* The data section that is the object's map `index`, with its variables. */
static void add_section(struct gen_model *model, uint32_t index, const struct skep_var *vars,
			size_t count)
{
	struct gen_section section = { .map = index };
	struct builder builder;
	struct skep_data data;

	if (skep_object_data(model->object, index, &data) != 0 || data.size == 0 ||
	    data.size > INT32_MAX)
		return;
	section.section = data.section;
	section.read_only = vars[0].read_only;
	section.name =
		gen_names_give(&model->section_names, model->language, bare_section(data.section));
	begin(&builder, (uint32_t)data.size, NULL);
	builder.record.name = give_global(model, bare_section(data.section));
	for (size_t i = 0; i < count; i++)
		add_variable(model, &builder, &section, &vars[i]);
	/* Packed it would be read byte by byte on some machines. The memory is of whole words. */
	section.size = builder.record.size;
	if (!builder.record.is_packed)
		builder.record.size = (section.size + builder.record.align - 1) /
				      builder.record.align * builder.record.align;
	section.record = finish(model, &builder);
	bytes_append(&model->sections, &section, sizeof(section));
}

/* Of compilers' own names, such as .L.str, nobody knows what they are. */
static bool is_variable(const struct skep_var *var)
{
	return var->name[0] != '\0' && var->name[0] != '.' && var->size != 0;
}

static void add_sections(struct gen_model *model)
{
	const struct skep_map *map;
	const struct skep_var *vars;
	struct bytes found = { 0 };
	struct skep_var var;
	size_t count, at = 0;

	for (uint32_t i = 0; skep_object_var(model->object, i, &var) == 0; i++)
		if (is_variable(&var))
			bytes_append(&found, &var, sizeof(var));
	count = found.size / sizeof(var);
	if (count != 0)
		qsort(found.data, count, sizeof(var), compare_vars);
	vars = (const struct skep_var *)found.data;
	for (uint32_t i = 0; (map = skep_object_map(model->object, i)) != NULL; i++) {
		const size_t first = at;

		while (at < count && vars[at].map == map)
			at++;
		if (at > first)
			add_section(model, i, vars + first, at - first);
	}
	bytes_free(&found);
}

/* "OUTER.inner" says what a map in a map is like, and is none. */
static bool is_template(const struct skep_map *map)
{
	const char *dot = strrchr(skep_map_name(map), '.');

	return dot != NULL && strcmp(dot, ".inner") == 0;
}

/* Keys and values without a name of their own are named by their map. */
static bool convert_entry(struct gen_model *model, uint32_t type, uint32_t size,
			  const char *map_name, const char *what, struct gen_type *out)
{
	struct gen_record *record;
	char name[512];

	if (!convert_sized(model, type, size, out))
		return false;
	record = out->kind == GEN_RECORD ? gen_record(model, out->record) : NULL;
	if (record != NULL && record->name == NULL) {
		snprintf(name, sizeof(name), "%s_%s", map_name, what);
		record->name = give_global(model, name);
	}
	return true;
}

static void convert_event(struct gen_model *model, struct gen_map *made)
{
	const struct skep_map *map = skep_object_map(model->object, made->map);
	const uint32_t type = value_event_type(btf_of(model), skep_map_name(map));

	made->has_value = type != 0 && convert(model, type, 0, NULL, &made->value);
}

static void add_maps(struct gen_model *model)
{
	struct skep_map *map;
	struct skep_data data;

	for (uint32_t i = 0; (map = skep_object_map(model->object, i)) != NULL; i++) {
		struct gen_map made = { .map = i, .def = skep_map_def(map) };
		const struct map_shape shape = map_shape(map);

		if (skep_object_data(model->object, i, &data) == 0 || is_template(map))
			continue;
		made.name = gen_names_give(&model->map_names, model->language, skep_map_name(map));
		made.is_keyed = shape.keyed;
		made.is_percpu = shape.percpu;
		made.has_key = convert_entry(model, skep_map_key_type(map), made.def->key_size,
					     made.name, "key", &made.key);
		made.has_value =
			convert_entry(model, skep_map_value_type(map), made.def->value_size,
				      made.name, "value", &made.value);
		made.is_ring = made.def->type == BPF_MAP_TYPE_RINGBUF;
		if (made.is_ring)
			convert_event(model, &made);
		bytes_append(&model->maps, &made, sizeof(made));
	}
}

/* The structure that the first parameter of a program's function points to, or 0. */
static uint32_t context_type(const struct skep_btf *btf, uint32_t function)
{
	struct skep_btf_member parameter;
	struct skep_btf_type type;
	uint32_t id;

	if (skep_btf_type(btf, function, &type) != 0 ||
	    skep_btf_member(btf, type.type, 0, &parameter) != 0 || parameter.type == 0)
		return 0;
	id = skep_btf_resolve(btf, parameter.type);
	if (skep_btf_type(btf, id, &type) != 0 || type.kind != SKEP_BTF_PTR || type.type == 0)
		return 0;
	id = skep_btf_resolve(btf, type.type);
	return skep_btf_type(btf, id, &type) == 0 && type.kind == SKEP_BTF_STRUCT ? id : 0;
}

static void add_progs(struct gen_model *model)
{
	const struct skep_prog *prog;
	char run[512];

	for (uint32_t i = 0; (prog = skep_object_prog(model->object, i)) != NULL; i++) {
		struct gen_prog made = { .prog = i };
		struct skep_prog_info info;
		uint32_t function, ctx = 0;

		skep_prog_info(prog, &info);
		made.type = info.type;
		made.name = gen_names_give(&model->prog_names, model->language, info.name);
		snprintf(run, sizeof(run), "run_%.400s", info.name);
		made.run = give_global(model, run);
		/* A type that Linux does not know is the embedder's, and so is its context. */
		function = info.type == 0 && btf_of(model) != NULL
				   ? skep_btf_find(btf_of(model), SKEP_BTF_FUNC, info.name)
				   : 0;
		if (function != 0)
			ctx = context_type(btf_of(model), function);
		made.has_ctx = ctx != 0 && convert(model, ctx, 0, NULL, &made.ctx);
		bytes_append(&model->progs, &made, sizeof(made));
	}
}

static enum status add_types(struct gen_model *model, const char *const *types)
{
	const struct skep_btf *btf = btf_of(model);
	struct gen_type type;

	for (; *types != NULL; types++) {
		const uint32_t id = btf != NULL ? value_struct_by_name(btf, *types) : 0;

		if (id == 0)
			return complain(
				"--type %s: the object's BTF has no structure of that name; "
				"use it in the program's source and compile with -g",
				*types);
		if (!convert(model, id, 0, NULL, &type) && model->budget != 0)
			return complain("--type %s: its members do not lie inside it one after the "
					"other",
					*types);
	}
	return STATUS_DONE;
}

enum status gen_model_make(struct gen_model *model, const struct skep_object *object,
			   enum gen_language language, const char *const *reserved,
			   const char *const *types)
{
	enum status status;

	*model = (struct gen_model){ .language = language, .object = object, .budget = BUDGET };
	if (btf_of(model) != NULL)
		model->type_count = skep_btf_count(btf_of(model)) + 1;
	model->record_of = allocate(model->type_count, sizeof(*model->record_of));
	for (; *reserved != NULL; reserved++)
		gen_names_reserve(&model->globals, *reserved);
	for (size_t i = 0; i < sizeof(BESIDE_SECTIONS) / sizeof(BESIDE_SECTIONS[0]); i++)
		gen_names_reserve(&model->section_names, BESIDE_SECTIONS[i]);
	add_sections(model);
	add_maps(model);
	add_progs(model);
	status = add_types(model, types);
	if (model->budget == 0)
		return complain("%s: its variables, keys and values have more than %d members",
				skep_object_name(object), BUDGET);
	return status;
}

void gen_model_free(struct gen_model *model)
{
	for (uint32_t i = 0; i < gen_record_count(model); i++) {
		if (!gen_record(model, i)->owns_scope)
			continue;
		gen_names_free(gen_record(model, i)->scope);
		free(gen_record(model, i)->scope);
	}
	for (uint32_t i = 0; i < gen_section_count(model); i++)
		bytes_free(&gen_section(model, i)->aliases);
	for (size_t i = 0; i < model->owned.size / sizeof(void *); i++)
		free(((void **)model->owned.data)[i]);
	gen_names_free(&model->globals);
	gen_names_free(&model->section_names);
	gen_names_free(&model->map_names);
	gen_names_free(&model->prog_names);
	bytes_free(&model->records);
	bytes_free(&model->enums);
	bytes_free(&model->sections);
	bytes_free(&model->maps);
	bytes_free(&model->progs);
	bytes_free(&model->owned);
	free(model->record_of);
}
