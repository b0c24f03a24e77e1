/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep btf: types of a kernel or of an object go in; `dump` writes them one by one or as C that
 * compiles by itself, `diff` what changed from one file to another.
 */
#define _GNU_SOURCE 1
#include "btf.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "nearest.h"
#include "options.h"

static const char HELP[] =
	"usage: skep btf [dump] FILE [--type NAME]... [--c [--portable] [--assert] | --json]\n"
	"       skep btf diff BEFORE AFTER [--json]\n"
	"\n"
	"FILE is BTF as it is, of either byte order, such as /sys/kernel/btf/vmlinux, or an\n"
	"object. dump: its types, one by one. diff: types added, removed and changed, by kind and\n"
	"name; exit status 1 when there are any.\n"
	"\n"
	"  --type NAME  only the types of that name (or \"struct NAME\" and the like, or the "
	"number\n"
	"               NAME), with --c all that they need too; repeatable\n"
	"  --c          C that compiles by itself, with gcc and clang, for a 64-bit machine, such\n"
	"               as a vmlinux.h. What occurs twice under one name gets the suffix ___2; a\n"
	"               name that C does not take is replaced\n"
	"  --portable   C and C++ with the same layout on every machine: pointers become "
	"integers;\n"
	"               it needs stdint.h and stdbool.h\n"
	"  --assert     also _Static_assert of sizes and offsets\n"
	"  --json       dump: one object, types, with the names of bpftool. diff: one object,\n"
	"               differences (change, kind, name, before and after: id, size, member,\n"
	"               bits_offset, bitfield_size, value, type)\n"
	"\n"
	"example: skep btf dump --c flows.bpf.o\n";

enum { OPTION_C = OPTION_OWN, OPTION_TYPE, OPTION_PORTABLE, OPTION_ASSERT, TYPES_MAX = 256 };

static const struct option OPTIONS[] = {
	{ "c", no_argument, NULL, OPTION_C },
	{ "type", required_argument, NULL, OPTION_TYPE },
	{ "portable", no_argument, NULL, OPTION_PORTABLE },
	{ "assert", no_argument, NULL, OPTION_ASSERT },
	OPTION_ROWS_OF_ALL,
};

struct request {
	bool diff, json, c;
	struct skep_btf_dump_options options;
	const char *types[TYPES_MAX];
	size_t type_count;
	const char *path, *other;
};

/* ---------------------------------------------------------------------------------- opening */

static bool is_elf(const struct file *file)
{
	return file->size >= 4 && memcmp(file->bytes, "\177ELF", 4) == 0;
}

/* A number of an ELF file, of 2, 4 or 8 bytes. */
static uint64_t elf_number(const struct file *file, uint64_t at, unsigned size)
{
	enum { EI_DATA = 5, BIG_ENDIAN_DATA = 2 };
	uint64_t number = 0;

	for (unsigned i = 0; i < size; i++)
		number |= (uint64_t)file->bytes[at + i]
			  << 8 * (file->bytes[EI_DATA] == BIG_ENDIAN_DATA ? size - 1 - i : i);
	return number;
}

static bool is_inside(const struct file *file, uint64_t at, uint64_t size)
{
	return at <= file->size && size <= file->size - at;
}

/* The .BTF section of any ELF64 file: objects that are not for skep, kernels. */
static bool find_section(const struct file *file, struct file *out)
{
	enum { HEADER = 64, SECTION = 64, NAMES = 62, COUNT = 60, TABLE = 40 };
	uint64_t table, count, names;

	if (file->size < HEADER || file->bytes[4] != 2)
		return false;
	table = elf_number(file, TABLE, 8);
	count = elf_number(file, COUNT, 2);
	names = elf_number(file, NAMES, 2);
	if (names >= count || !is_inside(file, table, count * SECTION))
		return false;
	names = elf_number(file, table + names * SECTION + 24, 8);
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t header = table + i * SECTION,
			       name = names + elf_number(file, header, 4),
			       at = elf_number(file, header + 24, 8),
			       size = elf_number(file, header + 32, 8);

		if (!is_inside(file, name, sizeof(".BTF")) || !is_inside(file, at, size) ||
		    memcmp(file->bytes + name, ".BTF", sizeof(".BTF")) != 0)
			continue;
		*out = (struct file){ file->path, file->bytes + at, (size_t)size };
		return true;
	}
	return false;
}

static enum status open_alone(const struct file *file, struct btf_file *out)
{
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = report_log_take,
		.log_ctx = &out->opened.log,
	};

	if (skep_runtime_open(&config, &out->opened.runtime) != 0 ||
	    skep_btf_open(out->opened.runtime, file->bytes, file->size, file->path, &out->own) != 0)
		return STATUS_BAD;
	out->btf = out->own;
	return STATUS_DONE;
}

/* An object's types are those that its loader has finished; of what is no object for skep they are
 * as they stand there. */
static enum status open_elf(const struct file *file, struct btf_file *out)
{
	struct file section;

	if (object_open(file, SKEP_ENGINE_INTERP, true, &out->opened) == STATUS_DONE)
		out->btf = skep_object_btf(out->opened.object);
	if (out->btf != NULL)
		return STATUS_DONE;
	if (!find_section(file, &section))
		return complain("%s: has no BTF; compile it with -g", file->path);
	object_close(&out->opened);
	out->opened = (struct opened){ .object = NULL };
	return open_alone(&section, out);
}

enum status btf_open(const char *path, struct btf_file *out)
{
	enum status status;
	struct file file;

	*out = (struct btf_file){ .path = path };
	status = file_read(path, OBJECT_BYTES_MAX, &file);
	if (status != STATUS_DONE)
		return status;
	status = is_elf(&file) ? open_elf(&file, out) : open_alone(&file, out);
	file_free(&file);
	if (status != STATUS_DONE)
		btf_close(out);
	return status;
}

void btf_close(struct btf_file *file)
{
	skep_btf_close(file->own);
	file->own = NULL;
	object_close(&file->opened);
}

/* --------------------------------------------------------------------------------- choosing */

/* A word before a name, as C has it, and the kinds it means. */
static const struct prefix {
	const char *text;
	enum skep_btf_kind kinds[2];
} PREFIXES[] = {
	{ "struct ", { SKEP_BTF_STRUCT, SKEP_BTF_STRUCT } },
	{ "union ", { SKEP_BTF_UNION, SKEP_BTF_UNION } },
	{ "enum ", { SKEP_BTF_ENUM, SKEP_BTF_ENUM64 } },
	{ "typedef ", { SKEP_BTF_TYPEDEF, SKEP_BTF_TYPEDEF } },
};

static const struct prefix *split_prefix(const char **text)
{
	for (size_t i = 0; i < sizeof(PREFIXES) / sizeof(PREFIXES[0]); i++) {
		const size_t size = strlen(PREFIXES[i].text);

		if (strncmp(*text, PREFIXES[i].text, size) != 0)
			continue;
		*text += size;
		return &PREFIXES[i];
	}
	return NULL;
}

static bool is_chosen(const struct skep_btf_type *type, const struct prefix *prefix,
		      const char *name)
{
	return type->name[0] != '\0' && strcmp(type->name, name) == 0 &&
	       (prefix == NULL || type->kind == prefix->kinds[0] || type->kind == prefix->kinds[1]);
}

static enum status complain_of_type(const struct btf_file *file, const char *text)
{
	struct nearest nearest = { .wanted = text };
	struct skep_btf_type type;
	char list[256];

	for (uint32_t id = 1; skep_btf_type(file->btf, id, &type) == 0; id++)
		if (type.name[0] != '\0')
			nearest_offer(&nearest, type.name);
	nearest_list(&nearest, list, sizeof(list));
	if (nearest.offered == 0)
		return complain("%s: has no types with names", file->path);
	return complain("%s: has no type \"%s\"; did you mean %s?", file->path, text, list);
}

static enum status choose(const struct btf_file *file, const char *text, struct bytes *out)
{
	const char *name = text;
	const struct prefix *prefix = split_prefix(&name);
	const size_t before = out->size;
	struct skep_btf_type type;
	char *end;
	const unsigned long number = strtoul(text, &end, 10);

	if (text[0] >= '0' && text[0] <= '9' && *end == '\0') {
		const uint32_t id = (uint32_t)number;

		if (number == 0 || number > skep_btf_count(file->btf))
			return complain("%s: has types 1 to %u, not %s", file->path,
					(unsigned)skep_btf_count(file->btf), text);
		bytes_append(out, &id, sizeof(id));
		return STATUS_DONE;
	}
	for (uint32_t id = 1; skep_btf_type(file->btf, id, &type) == 0; id++)
		if (is_chosen(&type, prefix, name))
			bytes_append(out, &id, sizeof(id));
	return out->size != before ? STATUS_DONE : complain_of_type(file, name);
}

/* ---------------------------------------------------------------------------------- commands */

static void write_text(void *ctx, const char *text, size_t size)
{
	fwrite(text, 1, size, ctx);
}

static enum status dump(const struct request *request)
{
	enum status status;
	struct bytes types = { 0 };
	struct btf_choice choice;
	struct btf_file file;

	status = btf_open(request->path, &file);
	if (status != STATUS_DONE)
		return status;
	for (size_t i = 0; i < request->type_count && status == STATUS_DONE; i++)
		status = choose(&file, request->types[i], &types);
	choice.types = (uint32_t *)(void *)types.data;
	choice.count = (uint32_t)(types.size / sizeof(uint32_t));
	if (status != STATUS_DONE)
		;
	else if (request->json)
		btf_print_json(file.btf, &choice, stdout);
	else if (!request->c)
		btf_print_text(file.btf, &choice, stdout);
	else if (skep_btf_dump_c(file.opened.runtime, file.btf, choice.types, choice.count,
				 &request->options, write_text, stdout) != 0)
		status = STATUS_BAD;
	if (status == STATUS_DONE)
		status = finish_output(status);
	bytes_free(&types);
	btf_close(&file);
	return status;
}

static enum status diff(const struct request *request)
{
	struct btf_file before, after;
	enum status status;

	status = btf_open(request->path, &before);
	if (status != STATUS_DONE)
		return status;
	status = btf_open(request->other, &after);
	if (status == STATUS_DONE) {
		status = finish_output(btf_diff(&before, &after, request->json));
		btf_close(&after);
	}
	btf_close(&before);
	return status;
}

static enum status read_operands(struct request *request, int argc, char **argv)
{
	int wanted = 1;

	if (optind < argc && strcmp(argv[optind], "diff") == 0) {
		request->diff = true;
		wanted = 2;
		optind++;
	} else if (optind < argc && strcmp(argv[optind], "dump") == 0) {
		optind++;
	}
	if (argc - optind < wanted)
		return complain("btf: %s missing; see skep btf --help",
				request->diff ? "two files are" : "a file is");
	if (argc - optind > wanted)
		return complain("btf: \"%s\" is one argument too many; see skep btf --help",
				argv[optind + wanted]);
	request->path = argv[optind];
	request->other = argv[argc - 1];
	if (request->diff && (request->c || request->type_count != 0))
		return complain("btf diff: --c and --type are for dump");
	if (request->json && request->c)
		return complain("btf dump: --json and --c are two forms; choose one");
	if (!request->c && (request->options.portable || request->options.assert_word != NULL))
		return complain("btf dump: --portable and --assert are for --c");
	return STATUS_DONE;
}

static enum status run(int argc, char **argv)
{
	struct request request = { .diff = false };
	enum status status;
	int option;

	while ((option = next_option(&command_btf, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: request.json = true; break;
		case OPTION_C: request.c = true; break;
		case OPTION_PORTABLE: request.options.portable = true; break;
		case OPTION_ASSERT: request.options.assert_word = "_Static_assert"; break;
		default:
			if (request.type_count == TYPES_MAX)
				return complain("btf: --type can be given %d times", TYPES_MAX);
			request.types[request.type_count++] = optarg;
			break;
		}
	}
	status = read_operands(&request, argc, argv);
	if (status != STATUS_DONE)
		return status;
	return request.diff ? diff(&request) : dump(&request);
}

const struct command command_btf = { "btf", "types: as they are, as C, compared", HELP, run };
