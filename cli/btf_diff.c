/* SPDX-License-Identifier: Apache-2.0 */
/* skep btf diff: differences come one by one from libskep and go out as lines or as JSON. */
#define _GNU_SOURCE 1
#include <inttypes.h>

#include "btf.h"
#include "value.h"
#include "writer.h"

enum { TYPE_BYTES = 256 };

struct printing {
	const struct btf_file *before, *after;
	struct writer *writer; /* NULL: lines */
	uint64_t count;
};

static const char *change_text(enum skep_btf_change change)
{
	static const char *const TEXTS[] = {
		"added",          "removed",         "resized",        "retyped",
		"member_added",   "member_removed",  "member_renamed", "member_moved",
		"member_retyped", "member_revalued",
	};

	return TEXTS[change];
}

static const char *kind_word(enum skep_btf_kind kind)
{
	switch (kind) {
	case SKEP_BTF_STRUCT: return "struct";
	case SKEP_BTF_UNION: return "union";
	case SKEP_BTF_ENUM:
	case SKEP_BTF_ENUM64: return "enum";
	case SKEP_BTF_TYPEDEF: return "typedef";
	case SKEP_BTF_FUNC: return "function";
	case SKEP_BTF_VAR: return "variable";
	case SKEP_BTF_DATASEC: return "section";
	default: return "type";
	}
}

static bool is_enum(enum skep_btf_kind kind)
{
	return kind == SKEP_BTF_ENUM || kind == SKEP_BTF_ENUM64;
}

/* Byte 4, or bit 35 of what is no whole byte. */
static void print_place(const struct skep_btf_member *member)
{
	if (member->bit_offset % 8 == 0)
		printf("byte %" PRIu32, member->bit_offset / 8);
	else
		printf("bit %" PRIu32, member->bit_offset);
}

static void print_type(const struct btf_file *file, const struct skep_btf_member *member)
{
	const bool in_section = member->variable != 0;
	char text[TYPE_BYTES];

	value_type_text(file->btf, member->type, text, sizeof(text));
	fputs(text[0] != '\0' ? text : "a type without a name", stdout);
	if (in_section)
		printf(" of %" PRIu32 " bytes", member->bit_size / 8);
	else if (member->bit_size != 0)
		printf(" : %" PRIu32, member->bit_size);
}

static void print_value(const struct skep_btf_side *side)
{
	printf(side->type.is_signed ? "%" PRId64 : "%" PRIu64, side->member.value);
}

static void print_retyped(const struct printing *printing, const struct skep_btf_difference *one)
{
	const struct skep_btf_member before = { .type = one->before.type.type },
				     after = { .type = one->after.type.type };

	if (one->kind != SKEP_BTF_TYPEDEF && one->kind != SKEP_BTF_VAR) {
		fputs("is of another type", stdout);
		return;
	}
	print_type(printing->before, &before);
	fputs(" -> ", stdout);
	print_type(printing->after, &after);
}

static void print_detail(const struct printing *printing, const struct skep_btf_difference *one)
{
	const struct skep_btf_member *was = &one->before.member, *is = &one->after.member;

	switch (one->change) {
	case SKEP_BTF_RESIZED:
		printf("%" PRIu32 " bytes -> %" PRIu32, one->before.type.size,
		       one->after.type.size);
		break;
	case SKEP_BTF_RETYPED: print_retyped(printing, one); break;
	case SKEP_BTF_MEMBER_ADDED: printf("%s is new", is->name); break;
	case SKEP_BTF_MEMBER_REMOVED: printf("%s is gone", was->name); break;
	case SKEP_BTF_MEMBER_RENAMED: printf("%s -> %s", was->name, is->name); break;
	case SKEP_BTF_MEMBER_MOVED:
		printf("%s: ", was->name);
		print_place(was);
		fputs(" -> ", stdout);
		print_place(is);
		break;
	case SKEP_BTF_MEMBER_RETYPED:
		printf("%s: ", was->name);
		print_type(printing->before, was);
		fputs(" -> ", stdout);
		print_type(printing->after, is);
		break;
	case SKEP_BTF_MEMBER_REVALUED:
		printf("%s: ", was->name);
		print_value(&one->before);
		fputs(" -> ", stdout);
		print_value(&one->after);
		break;
	default: break;
	}
}

static void print_line(const struct printing *printing, const struct skep_btf_difference *one)
{
	const char *const sign = one->change == SKEP_BTF_ADDED     ? "+"
				 : one->change == SKEP_BTF_REMOVED ? "-"
								   : "~";

	printf("%s %s %s", sign, kind_word(one->kind), one->name);
	if (sign[0] == '~') {
		fputs(": ", stdout);
		print_detail(printing, one);
	}
	putchar('\n');
}

static void write_side(struct writer *writer, const struct btf_file *file, const char *key,
		       const struct skep_btf_difference *one, const struct skep_btf_side *side)
{
	const bool has_member = side->member.name != NULL;
	char text[TYPE_BYTES];

	writer_key(writer, key);
	if (side->id == 0 || (one->change >= SKEP_BTF_MEMBER_ADDED && !has_member)) {
		writer_null(writer);
		return;
	}
	writer_open_object(writer);
	writer_member_unsigned(writer, "id", side->id);
	writer_member_unsigned(writer, "size", side->type.size);
	value_type_text(file->btf, has_member ? side->member.type : side->type.type, text,
			sizeof(text));
	if (has_member)
		writer_member_string(writer, "member", side->member.name);
	if (has_member && is_enum(side->type.kind)) {
		writer_key(writer, "value");
		if (side->type.is_signed)
			writer_signed(writer, side->member.value);
		else
			writer_unsigned(writer, (uint64_t)side->member.value);
	} else if (has_member) {
		writer_member_unsigned(writer, "bits_offset", side->member.bit_offset);
		writer_member_unsigned(writer, "bitfield_size", side->member.bit_size);
	}
	if (has_member ? !is_enum(side->type.kind) : side->type.type != 0)
		writer_member_string(writer, "type", text);
	writer_close_object(writer);
}

static void write_difference(struct printing *printing, const struct skep_btf_difference *one)
{
	struct writer *writer = printing->writer;

	writer_open_object(writer);
	writer_member_string(writer, "change", change_text(one->change));
	writer_member_string(writer, "kind", btf_kind_text(one->kind));
	writer_member_string(writer, "name", one->name);
	write_side(writer, printing->before, "before", one, &one->before);
	write_side(writer, printing->after, "after", one, &one->after);
	writer_close_object(writer);
}

static void take(void *ctx, const struct skep_btf_difference *difference)
{
	struct printing *printing = ctx;

	printing->count++;
	if (printing->writer != NULL)
		write_difference(printing, difference);
	else
		print_line(printing, difference);
}

enum status btf_diff(const struct btf_file *before, const struct btf_file *after, bool json)
{
	struct writer writer = { .file = stdout };
	struct printing printing = { before, after, json ? &writer : NULL, 0 };
	int err;

	if (json) {
		writer_open_object(&writer);
		writer_key(&writer, "differences");
		writer_open_list(&writer);
	}
	err = skep_btf_diff(before->opened.runtime, before->btf, after->btf, take, &printing);
	if (json) {
		writer_close_list(&writer);
		writer_close_object(&writer);
		putchar('\n');
	}
	if (err < 0)
		return STATUS_BAD;
	return printing.count != 0 ? STATUS_NO : STATUS_DONE;
}
