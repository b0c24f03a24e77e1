/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types of a model go in, C11 that is C++17 as well comes out. Only integers of fixed size,
 * float, double and char are used, and padding is written as members, so that every compiler comes
 * to the same places; static assertions say so of each. Bit-fields, of which C cannot ask the
 * place, lie as the system's convention for C has them, which is eBPF's.
 */
#include <inttypes.h>
#include <string.h>

#include "gen.h"

enum { PATH_BYTES = 4096 };

static void write_members(const struct gen_request *request, const struct gen_record *record,
			  unsigned depth, FILE *out);

static void indent(unsigned depth, FILE *out)
{
	for (; depth > 0; depth--)
		fputc('\t', out);
}

void gen_write_comment_text(const char *text, FILE *out)
{
	for (size_t i = 0; text[i] != '\0' && i < 128; i++) {
		const char letter = text[i];
		const bool plain = (letter >= 'a' && letter <= 'z') ||
				   (letter >= 'A' && letter <= 'Z') ||
				   (letter >= '0' && letter <= '9') || letter == '_' ||
				   letter == '.' || letter == '-';

		fputc(plain ? letter : '?', out);
	}
}

static const char *keyword(const struct gen_record *record)
{
	return record->is_union ? "union" : "struct";
}

void gen_write_c_type(const struct gen_request *request, const struct gen_type *type, FILE *out)
{
	const struct gen_record *record;

	switch (type->kind) {
	case GEN_RECORD:
		record = gen_record(request->model, type->record);
		fprintf(out, "%s %s__%s", keyword(record), request->name, record->name);
		break;
	case GEN_FLOAT: fputs(type->size == 4 ? "float" : "double", out); break;
	default:
		if (type->is_char)
			fputs("char", out);
		else
			fprintf(out, "%sint%u_t", type->kind == GEN_UNSIGNED ? "u" : "",
				(unsigned)type->size * 8);
	}
}

static void write_dimensions(const struct gen_type *type, FILE *out)
{
	for (uint32_t i = 0; i < type->dimension_count; i++)
		fprintf(out, "[%u]", (unsigned)type->dimensions[i]);
}

/* Enumerations' names are those of this header. */
static void write_note(const struct gen_request *request, const struct gen_type *type, FILE *out)
{
	if (type->note[0] == '\0')
		return;
	if (strncmp(type->note, "enum ", 5) == 0)
		fprintf(out, " /* enum %s__%s */", request->name, type->note + 5);
	else
		fprintf(out, " /* %s */", type->note);
}

static void write_member(const struct gen_request *request, const struct gen_member *member,
			 unsigned depth, FILE *out)
{
	const struct gen_type *type = &member->type;
	const struct gen_record *record =
		type->kind == GEN_RECORD ? gen_record(request->model, type->record) : NULL;
	struct gen_type unit = *type;

	indent(depth, out);
	if (record != NULL && record->name == NULL) {
		/* C++ has unnamed structures as an extension only. */
		fprintf(out, "%s%s%s {\n", member->name[0] == '\0' ? "__extension__ " : "",
			keyword(record), record->is_packed ? " __attribute__((packed))" : "");
		write_members(request, record, depth + 1, out);
		indent(depth, out);
		fputc('}', out);
	} else {
		unit.is_char &= member->bit_size == 0;
		gen_write_c_type(request, &unit, out);
	}
	if (member->name[0] != '\0')
		fprintf(out, " %s", member->name);
	write_dimensions(type, out);
	if (member->bit_size != 0)
		fprintf(out, " : %u", (unsigned)member->bit_size);
	fputc(';', out);
	write_note(request, type, out);
	fputc('\n', out);
}

static void write_members(const struct gen_request *request, const struct gen_record *record,
			  unsigned depth, FILE *out)
{
	for (uint32_t i = 0; i < record->member_count; i++)
		write_member(request, &record->members[i], depth, out);
}

/* The path of members to the record whose members are to be asserted, and where it begins. */
struct place {
	char path[PATH_BYTES];
	uint64_t offset;
};

/* `outer` is the record that has a name. */
static void write_offsets(const struct gen_request *request, const struct gen_record *outer,
			  const struct gen_record *record, struct place *place, FILE *out)
{
	const size_t length = strlen(place->path);
	const uint64_t offset = place->offset;

	for (uint32_t i = 0; i < record->member_count; i++) {
		const struct gen_member *member = &record->members[i];
		const struct gen_record *inner =
			member->type.kind == GEN_RECORD
				? gen_record(request->model, member->type.record)
				: NULL;
		size_t size = length;

		if (member->bit_size != 0 || member->is_padding ||
		    strlen(member->name) + 64 > sizeof(place->path) - length)
			continue;
		if (member->name[0] != '\0')
			size += (size_t)sprintf(place->path + length, "%s%s", length > 0 ? "." : "",
						member->name);
		place->offset = offset + member->bit_offset / 8;
		if (member->name[0] != '\0')
			fprintf(out, "%s__assert(offsetof(%s %s__%s, %s) == %" PRIu64 ");\n",
				request->name, keyword(outer), request->name, outer->name,
				place->path, place->offset);
		for (uint32_t j = 0; j < member->type.dimension_count; j++)
			if (size + 8 < sizeof(place->path))
				size += (size_t)sprintf(place->path + size, "[0]");
		if (inner != NULL && inner->name == NULL)
			write_offsets(request, outer, inner, place, out);
		place->path[length] = '\0';
		place->offset = offset;
	}
}

static void write_record(const struct gen_request *request, const struct gen_record *record,
			 FILE *out)
{
	struct place place = { .path = "" };

	fprintf(out, "\n%s %s%s__%s {\n", keyword(record),
		record->is_packed ? "__attribute__((packed)) " : "", request->name, record->name);
	write_members(request, record, 1, out);
	fputs("};\n", out);
	fprintf(out, "%s__assert(sizeof(%s %s__%s) == %u);\n", request->name, keyword(record),
		request->name, record->name, (unsigned)record->size);
	write_offsets(request, record, record, &place, out);
}

static bool fits_int(const struct gen_enum *made, int64_t value)
{
	return made->is_signed ? value >= INT32_MIN && value <= INT32_MAX
			       : (uint64_t)value <= INT32_MAX;
}

/* C has enumerators of the size of int alone; others are macros. */
static void write_enum(const struct gen_request *request, const struct gen_enum *made, FILE *out)
{
	bool begun = false;

	for (uint32_t i = 0; i < made->count; i++) {
		const struct gen_enumerator *entry = &made->enumerators[i];

		if (!fits_int(made, entry->value))
			continue;
		if (!begun)
			fprintf(out, "\nenum %s%s%s%s{\n", made->name != NULL ? request->name : "",
				made->name != NULL ? "__" : "",
				made->name != NULL ? made->name : "",
				made->name != NULL ? " " : "");
		begun = true;
		/* There is no literal for the least int: its minus is an operator. */
		fprintf(out,
			entry->value == INT32_MIN ? "\t%s__%s = %" PRId64 " - 1,\n"
						  : "\t%s__%s = %" PRId64 ",\n",
			request->name, entry->name, entry->value + (entry->value == INT32_MIN));
	}
	if (begun)
		fputs("};\n", out);
	for (uint32_t i = 0; i < made->count; i++) {
		const struct gen_enumerator *entry = &made->enumerators[i];

		if (fits_int(made, entry->value))
			continue;
		fprintf(out, "#define %s__%s ", request->name, entry->name);
		if (!made->is_signed)
			fprintf(out, "UINT64_C(%" PRIu64 ")\n", (uint64_t)entry->value);
		else if (entry->value == INT64_MIN)
			fprintf(out, "(-INT64_C(%" PRId64 ") - 1)\n", INT64_MAX);
		else
			fprintf(out, "(%sINT64_C(%" PRId64 "))\n", entry->value < 0 ? "-" : "",
				entry->value < 0 ? -entry->value : entry->value);
	}
}

void gen_write_c_types(const struct gen_request *request, FILE *out)
{
	const struct gen_model *model = request->model;
	const char *name = request->name;

	fprintf(out,
		"#ifndef %s__types\n"
		"#define %s__types\n"
		"\n"
		"#ifdef __cplusplus\n"
		"#define %s__assert(condition) static_assert(condition, #condition)\n"
		"#else\n"
		"#define %s__assert(condition) _Static_assert(condition, #condition)\n"
		"#endif\n",
		name, name, name, name);
	for (uint32_t i = 0; i < gen_enum_count(model); i++)
		write_enum(request, gen_enum(model, i), out);
	for (uint32_t i = 0; i < gen_record_count(model); i++)
		if (gen_record(model, i)->name != NULL)
			write_record(request, gen_record(model, i), out);
	fprintf(out,
		"\n"
		"#undef %s__assert\n"
		"#endif\n",
		name);
}

static void write_map_type(const struct gen_request *request, const struct gen_type *type,
			   bool known, uint32_t size, FILE *out)
{
	const bool named = known && (type->kind != GEN_RECORD ||
				     gen_record(request->model, type->record)->name != NULL);

	if (!named) {
		fprintf(out, "%u bytes", (unsigned)size);
		return;
	}
	gen_write_c_type(request, type, out);
	write_dimensions(type, out);
}

void gen_write_c_map(const struct gen_request *request, const struct gen_map *map, FILE *out)
{
	const char *kind = skep_map_type_name(map->def->type);

	if (kind != NULL)
		fputs(kind, out);
	else
		fprintf(out, "type %u", (unsigned)map->def->type);
	if (map->is_ring && map->has_value) {
		fputs(" of ", out);
		write_map_type(request, &map->value, true, 0, out);
	}
	if (!map->is_keyed)
		return;
	fputs(", ", out);
	write_map_type(request, &map->key, map->has_key, map->def->key_size, out);
	fputs(": ", out);
	write_map_type(request, &map->value, map->has_value, map->def->value_size, out);
}
