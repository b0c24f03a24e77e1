/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep gen skeleton: an object goes in, a C header comes out that has the object as bytes, its
 * types, and a structure with its programs, maps and data sections as members. Nothing is looked up
 * by name at run time: programs, maps and sections have the numbers that they had here, which
 * skep.h says are the file's order.
 */
#include "gen.h"

#include <string.h>

static const char HELP[] =
	"usage: skep gen skeleton OBJECT [-n NAME] [-o OUT] [OPTIONS]\n"
	"\n"
	"Writes a C header (C11 and C++17, with or without a system) that needs skep.h and "
	"nothing\n"
	"else. It has the object as bytes, its types (see skep gen header) and\n"
	"\n"
	"  struct NAME              object, maps.MAP, progs.PROGRAM, and each data section: "
	"bss->v\n"
	"  NAME__open(x, runtime)   opens the object; sections point at the initial values\n"
	"  NAME__load(x)            loads it; sections point at the memory that programs share\n"
	"  NAME__open_and_load(x, runtime)\n"
	"  NAME__run_PROGRAM(x, ctx, r0)\n"
	"  NAME__destroy(x)         closes it, after whatever failed too\n"
	"\n"
	"x is a struct NAME of the caller. Functions return 0 or a negative enum skep_err.\n"
	"\n"
	"  -n, --name NAME   begins all names (the file's name without .bpf.o)\n" GEN_HELP_OPTIONS
	"\n"
	"example: skep gen skeleton flows.bpf.o -o flows.skep.h\n";

static const char *const RESERVED[] = { "assert", "types", "skeleton", "elf",           "locate",
					"open",   "load",  "destroy",  "open_and_load", NULL };

enum { BYTES_PER_LINE = 16 };

/* What skep_prog_run() is given for Linux's types of programs. */
static const struct {
	uint32_t type;
	const char *ctx;
} CONTEXTS[] = {
	{ 1, "struct skep_skb" }, /* BPF_PROG_TYPE_SOCKET_FILTER */
	{ 6, "struct skep_xdp" }, /* BPF_PROG_TYPE_XDP */
};

static void write_ctx(const struct gen_request *request, const struct gen_prog *prog, FILE *out)
{
	for (size_t i = 0; i < sizeof(CONTEXTS) / sizeof(CONTEXTS[0]); i++) {
		if (CONTEXTS[i].type == prog->type) {
			fputs(CONTEXTS[i].ctx, out);
			return;
		}
	}
	if (prog->has_ctx && gen_record(request->model, prog->ctx.record)->name != NULL)
		gen_write_c_type(request, &prog->ctx, out);
	else
		fputs("void", out);
}

static void write_section_member(const struct gen_request *request,
				 const struct gen_section *section, FILE *out)
{
	fprintf(out, "\tstruct %s__%s *%s; /* ", request->name,
		gen_record(request->model, section->record)->name, section->name);
	gen_write_comment_text(section->section, out);
	if (section->read_only)
		fputs(": set before load; read-only after", out);
	for (size_t i = 0; i < section->aliases.size / sizeof(const char *); i++)
		fprintf(out, "; %s lies inside of others",
			((const char *const *)section->aliases.data)[i]);
	fputs(" */\n", out);
}

static void write_struct(const struct gen_request *request, FILE *out)
{
	const struct gen_model *model = request->model;
	const char *type;

	fprintf(out,
		"\n"
		"/* The object and what is in it. */\n"
		"struct %s {\n"
		"\tstruct skep_object *object;\n",
		request->name);
	if (gen_map_count(model) > 0) {
		fputs("\tstruct {\n", out);
		for (uint32_t i = 0; i < gen_map_count(model); i++) {
			fprintf(out, "\t\tstruct skep_map *%s; /* ", gen_map(model, i)->name);
			gen_write_c_map(request, gen_map(model, i), out);
			fputs(" */\n", out);
		}
		fputs("\t} maps;\n", out);
	}
	if (gen_prog_count(model) > 0) {
		fputs("\tstruct {\n", out);
		for (uint32_t i = 0; i < gen_prog_count(model); i++) {
			type = skep_prog_type_name(gen_prog(model, i)->type);
			fprintf(out, "\t\tstruct skep_prog *%s;", gen_prog(model, i)->name);
			if (gen_prog(model, i)->type != 0 && type != NULL)
				fprintf(out, " /* %s */", type);
			fputc('\n', out);
		}
		fputs("\t} progs;\n", out);
	}
	for (uint32_t i = 0; i < gen_section_count(model); i++)
		write_section_member(request, gen_section(model, i), out);
	fputs("};\n", out);
}

static void write_bytes(const struct gen_request *request, FILE *out)
{
	static const char DIGITS[] = "0123456789abcdef";
	const struct file *object = request->object;

	fprintf(out,
		"\n"
		"/* The object file. */\n"
		"static inline const void *%s__elf(size_t *size)\n"
		"{\n"
		"\tstatic const unsigned char bytes[%zu] = {",
		request->name, object->size);
	for (size_t i = 0; i < object->size; i++) {
		const char text[] = { '0', 'x', DIGITS[object->bytes[i] >> 4],
				      DIGITS[object->bytes[i] & 15], ',' };

		if (i % BYTES_PER_LINE == 0)
			fputs("\n\t\t", out);
		fwrite(text, 1, sizeof(text), out);
	}
	fputs("\n"
	      "\t};\n"
	      "\n"
	      "\t*size = sizeof(bytes);\n"
	      "\treturn bytes;\n"
	      "}\n",
	      out);
}

/* Sections are elsewhere after load; one that grew before it still begins as it was. */
static void write_locate(const struct gen_request *request, FILE *out)
{
	const struct gen_model *model = request->model;
	const char *name = request->name;

	fprintf(out,
		"\n"
		"/* Points the sections at their memory: another after load, or when one grew "
		"before. */\n"
		"static inline int %s__locate(struct %s *x)\n"
		"{\n",
		name, name);
	if (gen_section_count(model) == 0) {
		fputs("\t(void)x;\n"
		      "\treturn 0;\n"
		      "}\n",
		      out);
		return;
	}
	fputs("\tstruct skep_data data;\n"
	      "\tint err;\n"
	      "\n",
	      out);
	for (uint32_t i = 0; i < gen_section_count(model); i++) {
		const struct gen_section *section = gen_section(model, i);

		fprintf(out,
			"\terr = skep_object_data(x->object, %u, &data);\n"
			"\tif (err != 0 || data.size < %u)\n"
			"\t\treturn err != 0 ? err : SKEP_EINVAL;\n"
			"\tx->%s = (struct %s__%s *)data.bytes;\n",
			(unsigned)section->map, (unsigned)section->size, section->name, name,
			gen_record(model, section->record)->name);
	}
	fputs("\treturn 0;\n"
	      "}\n",
	      out);
}

static void write_open(const struct gen_request *request, FILE *out)
{
	const struct gen_model *model = request->model;
	const char *name = request->name;

	fprintf(out,
		"\n"
		"/* Opens the object. Until load, sections are the initial values: to be set. */\n"
		"static inline int %s__open(struct %s *x, struct skep_runtime *runtime)\n"
		"{\n"
		"\tsize_t size;\n"
		"\tconst void *elf = %s__elf(&size);\n"
		"\tint err = skep_object_open(runtime, elf, size, \"%s\", &x->object);\n"
		"\n"
		"\tif (err != 0) {\n"
		"\t\tx->object = NULL;\n"
		"\t\treturn err;\n"
		"\t}\n",
		name, name, name, name);
	for (uint32_t i = 0; i < gen_map_count(model); i++)
		fprintf(out, "\tx->maps.%s = skep_object_map(x->object, %u);\n",
			gen_map(model, i)->name, (unsigned)gen_map(model, i)->map);
	for (uint32_t i = 0; i < gen_prog_count(model); i++)
		fprintf(out, "\tx->progs.%s = skep_object_prog(x->object, %u);\n",
			gen_prog(model, i)->name, (unsigned)gen_prog(model, i)->prog);
	fprintf(out,
		"\terr = %s__locate(x);\n"
		"\tif (err != 0) {\n"
		"\t\tskep_object_close(x->object);\n"
		"\t\tx->object = NULL;\n"
		"\t}\n"
		"\treturn err;\n"
		"}\n",
		name);
}

static void write_load(const struct gen_request *request, FILE *out)
{
	const char *name = request->name;

	fprintf(out,
		"\n"
		"/* Loads it. From then on sections are the memory that programs read and write. "
		"*/\n"
		"static inline int %s__load(struct %s *x)\n"
		"{\n"
		"\tint err = skep_object_load(x->object);\n"
		"\n"
		"\treturn err != 0 ? err : %s__locate(x);\n"
		"}\n",
		name, name, name);
	fprintf(out,
		"\n"
		"/* Closes it; after an open that failed, or a second time, it does nothing. */\n"
		"static inline void %s__destroy(struct %s *x)\n"
		"{\n"
		"\tskep_object_close(x->object);\n"
		"\tx->object = NULL;\n"
		"}\n",
		name, name);
	fprintf(out,
		"\n"
		"static inline int %s__open_and_load(struct %s *x, struct skep_runtime *runtime)\n"
		"{\n"
		"\tint err = %s__open(x, runtime);\n"
		"\n"
		"\tif (err != 0)\n"
		"\t\treturn err;\n"
		"\terr = %s__load(x);\n"
		"\tif (err != 0)\n"
		"\t\t%s__destroy(x);\n"
		"\treturn err;\n"
		"}\n",
		name, name, name, name, name);
}

static void write_run(const struct gen_request *request, const struct gen_prog *prog, FILE *out)
{
	fprintf(out, "\nstatic inline int %s__%s(const struct %s *x, ", request->name, prog->run,
		request->name);
	write_ctx(request, prog, out);
	fprintf(out,
		" *ctx, uint64_t *r0)\n"
		"{\n"
		"\treturn skep_prog_run(x->progs.%s, ctx, r0);\n"
		"}\n",
		prog->name);
}

static void write(const struct gen_request *request, FILE *out)
{
	fprintf(out,
		"/* Written by skep gen skeleton; to be made again, not changed. */\n"
		"#ifndef %s__skeleton\n"
		"#define %s__skeleton\n"
		"\n"
		"#include <skep.h>\n"
		"#include <stddef.h>\n"
		"#include <stdint.h>\n"
		"\n",
		request->name, request->name);
	gen_write_c_types(request, out);
	write_struct(request, out);
	write_bytes(request, out);
	write_locate(request, out);
	write_open(request, out);
	write_load(request, out);
	for (uint32_t i = 0; i < gen_prog_count(request->model); i++)
		write_run(request, gen_prog(request->model, i), out);
	fputs("\n#endif\n", out);
}

static enum status run(int argc, char **argv)
{
	return gen_run(&gen_skeleton_writer, argc, argv);
}

const struct command gen_skeleton = { "gen skeleton", "a C header with the object inside", HELP,
				      run };

const struct gen_writer gen_skeleton_writer = { &gen_skeleton, GEN_C, RESERVED, gen_is_prefix,
						write };
