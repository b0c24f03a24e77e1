/* SPDX-License-Identifier: Apache-2.0 */
/* Types in, what is in them out, one by one: in the lines and with the JSON names of bpftool, whose
 * output people already have tools for. */
#define _GNU_SOURCE 1
#include <inttypes.h>

#include "btf.h"
#include "writer.h"

const char *btf_kind_text(enum skep_btf_kind kind)
{
	static const char *const TEXTS[] = {
		"VOID", "INT",     "PTR",      "ARRAY",    "STRUCT",   "UNION",  "ENUM",
		"FWD",  "TYPEDEF", "VOLATILE", "CONST",    "RESTRICT", "FUNC",   "FUNC_PROTO",
		"VAR",  "DATASEC", "FLOAT",    "DECL_TAG", "TYPE_TAG", "ENUM64",
	};

	return TEXTS[kind];
}

/* Static, global, extern. */
static const char *linkage_text(uint32_t linkage)
{
	static const char *const TEXTS[] = { "static", "global", "extern" };

	return linkage < sizeof(TEXTS) / sizeof(TEXTS[0]) ? TEXTS[linkage] : "(unknown)";
}

static const char *encoding_text(const struct skep_btf_type *type)
{
	if (type->is_bool)
		return "BOOL";
	if (type->is_char)
		return "CHAR";
	return type->is_signed ? "SIGNED" : "(none)";
}

static const char *name_text(const char *name)
{
	return name[0] != '\0' ? name : "(anon)";
}

/* ------------------------------------------------------------------------------------ text */

static void print_head(uint32_t id, const struct skep_btf_type *type, FILE *file)
{
	fprintf(file, "[%" PRIu32 "] %s '%s'", id, btf_kind_text(type->kind),
		name_text(type->name));
	switch (type->kind) {
	case SKEP_BTF_INT:
		fprintf(file,
			" size=%" PRIu32 " bits_offset=%" PRIu32 " nr_bits=%" PRIu32 " encoding=%s",
			type->size, type->bit_offset, type->bits, encoding_text(type));
		break;
	case SKEP_BTF_ARRAY:
		fprintf(file, " type_id=%" PRIu32 " index_type_id=%" PRIu32 " nr_elems=%" PRIu32,
			type->type, type->index_type, type->count);
		break;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
		fprintf(file, " encoding=%s size=%" PRIu32 " vlen=%" PRIu32,
			type->is_signed ? "SIGNED" : "UNSIGNED", type->size, type->count);
		break;
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
	case SKEP_BTF_DATASEC:
		fprintf(file, " size=%" PRIu32 " vlen=%" PRIu32, type->size, type->count);
		break;
	case SKEP_BTF_FLOAT: fprintf(file, " size=%" PRIu32, type->size); break;
	case SKEP_BTF_FWD:
		fprintf(file, " fwd_kind=%s", type->is_union ? "union" : "struct");
		break;
	case SKEP_BTF_FUNC_PROTO:
		fprintf(file, " ret_type_id=%" PRIu32 " vlen=%" PRIu32, type->type, type->count);
		break;
	case SKEP_BTF_FUNC:
		fprintf(file, " type_id=%" PRIu32 " linkage=%s", type->type,
			linkage_text(type->linkage));
		break;
	case SKEP_BTF_VAR:
		fprintf(file, " type_id=%" PRIu32 ", linkage=%s", type->type,
			linkage_text(type->linkage));
		break;
	case SKEP_BTF_DECL_TAG:
		fprintf(file, " type_id=%" PRIu32 " component_idx=%" PRId32, type->type,
			type->component);
		break;
	default: fprintf(file, " type_id=%" PRIu32, type->type); break;
	}
	fputc('\n', file);
}

static void print_item(const struct skep_btf *btf, const struct skep_btf_type *type,
		       const struct skep_btf_member *item, FILE *file)
{
	struct skep_btf_type variable;

	switch (type->kind) {
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
		fprintf(file, type->is_signed ? "\t'%s' val=%" PRId64 : "\t'%s' val=%" PRIu64,
			item->name, item->value);
		fputs(type->kind == SKEP_BTF_ENUM ? "" : type->is_signed ? "LL" : "ULL", file);
		break;
	case SKEP_BTF_DATASEC:
		skep_btf_type(btf, item->variable, &variable);
		fprintf(file, "\ttype_id=%" PRIu32 " offset=%" PRIu32 " size=%" PRIu32 " (%s '%s')",
			item->variable, item->bit_offset / 8, item->bit_size / 8,
			btf_kind_text(variable.kind), item->name);
		break;
	case SKEP_BTF_FUNC_PROTO:
		fprintf(file, "\t'%s' type_id=%" PRIu32, name_text(item->name), item->type);
		break;
	default:
		fprintf(file, "\t'%s' type_id=%" PRIu32 " bits_offset=%" PRIu32,
			name_text(item->name), item->type, item->bit_offset);
		if (item->bit_size != 0)
			fprintf(file, " bitfield_size=%" PRIu32, item->bit_size);
		break;
	}
	fputc('\n', file);
}

static void print_type(const struct skep_btf *btf, uint32_t id, FILE *file)
{
	struct skep_btf_type type;
	struct skep_btf_member item;

	if (skep_btf_type(btf, id, &type) < 0)
		return;
	print_head(id, &type, file);
	for (uint32_t i = 0; skep_btf_member(btf, id, i, &item) == 0; i++)
		print_item(btf, &type, &item, file);
}

void btf_print_text(const struct skep_btf *btf, const struct btf_choice *choice, FILE *file)
{
	for (uint32_t i = 0; i < choice->count; i++)
		print_type(btf, choice->types[i], file);
	for (uint32_t id = 1; choice->count == 0 && id <= skep_btf_count(btf); id++)
		print_type(btf, id, file);
}

/* ------------------------------------------------------------------------------------ JSON */

static void write_head(struct writer *writer, uint32_t id, const struct skep_btf_type *type)
{
	writer_member_unsigned(writer, "id", id);
	writer_member_string(writer, "kind", btf_kind_text(type->kind));
	writer_member_string(writer, "name", name_text(type->name));
	switch (type->kind) {
	case SKEP_BTF_INT:
		writer_member_unsigned(writer, "size", type->size);
		writer_member_unsigned(writer, "bits_offset", type->bit_offset);
		writer_member_unsigned(writer, "nr_bits", type->bits);
		writer_member_string(writer, "encoding", encoding_text(type));
		break;
	case SKEP_BTF_ARRAY:
		writer_member_unsigned(writer, "type_id", type->type);
		writer_member_unsigned(writer, "index_type_id", type->index_type);
		writer_member_unsigned(writer, "nr_elems", type->count);
		break;
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
		writer_member_string(writer, "encoding", type->is_signed ? "SIGNED" : "UNSIGNED");
		writer_member_unsigned(writer, "size", type->size);
		writer_member_unsigned(writer, "vlen", type->count);
		break;
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION:
	case SKEP_BTF_DATASEC:
		writer_member_unsigned(writer, "size", type->size);
		writer_member_unsigned(writer, "vlen", type->count);
		break;
	case SKEP_BTF_FLOAT: writer_member_unsigned(writer, "size", type->size); break;
	case SKEP_BTF_FWD:
		writer_member_string(writer, "fwd_kind", type->is_union ? "union" : "struct");
		break;
	case SKEP_BTF_FUNC_PROTO:
		writer_member_unsigned(writer, "ret_type_id", type->type);
		writer_member_unsigned(writer, "vlen", type->count);
		break;
	case SKEP_BTF_FUNC:
	case SKEP_BTF_VAR:
		writer_member_unsigned(writer, "type_id", type->type);
		writer_member_string(writer, "linkage", linkage_text(type->linkage));
		break;
	case SKEP_BTF_DECL_TAG:
		writer_member_unsigned(writer, "type_id", type->type);
		writer_key(writer, "component_idx");
		writer_signed(writer, type->component);
		break;
	default: writer_member_unsigned(writer, "type_id", type->type); break;
	}
}

static void write_item(struct writer *writer, const struct skep_btf_type *type,
		       const struct skep_btf_member *item)
{
	writer_open_object(writer);
	switch (type->kind) {
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64:
		writer_member_string(writer, "name", item->name);
		writer_key(writer, "val");
		if (type->is_signed)
			writer_signed(writer, item->value);
		else
			writer_unsigned(writer, (uint64_t)item->value);
		break;
	case SKEP_BTF_DATASEC:
		writer_member_unsigned(writer, "type_id", item->variable);
		writer_member_unsigned(writer, "offset", item->bit_offset / 8);
		writer_member_unsigned(writer, "size", item->bit_size / 8);
		break;
	default:
		writer_member_string(writer, "name", name_text(item->name));
		writer_member_unsigned(writer, "type_id", item->type);
		if (type->kind == SKEP_BTF_FUNC_PROTO)
			break;
		writer_member_unsigned(writer, "bits_offset", item->bit_offset);
		if (item->bit_size != 0)
			writer_member_unsigned(writer, "bitfield_size", item->bit_size);
		break;
	}
	writer_close_object(writer);
}

/* What a kind's items are called; NULL: it has none. */
static const char *items_name(enum skep_btf_kind kind)
{
	switch (kind) {
	case SKEP_BTF_STRUCT:
	case SKEP_BTF_UNION: return "members";
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: return "values";
	case SKEP_BTF_FUNC_PROTO: return "params";
	case SKEP_BTF_DATASEC: return "vars";
	default: return NULL;
	}
}

static void write_type(struct writer *writer, const struct skep_btf *btf, uint32_t id)
{
	struct skep_btf_type type;
	struct skep_btf_member item;

	if (skep_btf_type(btf, id, &type) < 0)
		return;
	writer_open_object(writer);
	write_head(writer, id, &type);
	if (items_name(type.kind) != NULL) {
		writer_key(writer, items_name(type.kind));
		writer_open_list(writer);
		for (uint32_t i = 0; skep_btf_member(btf, id, i, &item) == 0; i++)
			write_item(writer, &type, &item);
		writer_close_list(writer);
	}
	writer_close_object(writer);
}

void btf_print_json(const struct skep_btf *btf, const struct btf_choice *choice, FILE *file)
{
	struct writer writer = { .file = file };

	writer_open_object(&writer);
	writer_key(&writer, "types");
	writer_open_list(&writer);
	for (uint32_t i = 0; i < choice->count; i++)
		write_type(&writer, btf, choice->types[i]);
	for (uint32_t id = 1; choice->count == 0 && id <= skep_btf_count(btf); id++)
		write_type(&writer, btf, id);
	writer_close_list(&writer);
	writer_close_object(&writer);
	fputc('\n', file);
}
