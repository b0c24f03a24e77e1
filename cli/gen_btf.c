/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep gen btf: a C header goes in, BTF of the types it declares comes out, as the compiler of the
 * program that includes it lays them out: a target for CO-RE that is no kernel.
 *
 * clang makes BTF for BPF alone, whose pointers and longs have 64 bits. So it is asked twice: first
 * what the header looks like on the machine meant, as LLVM's assembly, in which type information
 * has sizes and offsets already; then to make BTF of that, as if it were meant for BPF. Nothing is
 * laid out a second time. No DWARF is read or written.
 */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen.h"
#include "memory.h"
#include "options.h"
#include "writer.h"

extern char **environ;

enum { OPTION_TARGET = OPTION_OWN, OPTION_FLAG, FLAGS_MAX = 64, PATH_BYTES = 4096 };

static const char HELP[] =
	"usage: skep gen btf HEADER [-o OUT] [OPTIONS]\n"
	"\n"
	"Writes BTF of the structures, unions, enumerations and typedefs that a C header "
	"declares,\n"
	"laid out for the machine whose program includes it. Objects that use CO-RE are fitted to\n"
	"it when they are opened (skep_config.target_btf, --btf), so they run as they are on\n"
	"machines of other word sizes, and after structures have changed. clang does the work; an\n"
	"environment variable CLANG names another than clang-19.\n"
	"\n"
	"  -o, --output OUT   the file to write (HEADER with .btf for its ending, in this folder)\n"
	"  --target TRIPLE    the machine, as clang calls it: arm-none-eabi, riscv32-unknown-elf,\n"
	"                     s390x-linux-gnu, ... (this one)\n"
	"  -I, --include DIR  where headers are; repeatable\n"
	"  -D, --define NAME[=VALUE]\n"
	"                     a macro; repeatable\n"
	"  --flag FLAG        another flag for clang that decides about layout, such as\n"
	"                     --flag=-fshort-enums, which compilers for arm-none-eabi have on;\n"
	"                     repeatable\n"
	"  --json             one object: output, bytes, types, target\n"
	"\n"
	"example: skep gen btf plugin.h --target arm-none-eabi -o plugin.btf\n";

static const struct option OPTIONS[] = {
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "target", required_argument, NULL, OPTION_TARGET },
	{ "include", required_argument, NULL, 'I' },
	{ "define", required_argument, NULL, 'D' },
	{ "flag", required_argument, NULL, OPTION_FLAG },
	OPTION_ROWS_OF_ALL,
};

struct request {
	const char *header, *output, *target;
	char *flags[FLAGS_MAX];
	size_t flag_count;
	bool json;
	char folder[64]; /* of files on the way */
};

/* A file on the way. */
static char *path_in(const struct request *request, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", request->folder, name);
	return duplicate(path);
}

/* -------------------------------------------------------------------------------- the compiler */

static const char *compiler(void)
{
	const char *name = getenv("CLANG");

	return name != NULL && name[0] != '\0' ? name : "clang-19";
}

static enum status run_compiler(const char **arguments)
{
	int status = 0, err;
	pid_t child;

	err = posix_spawnp(&child, arguments[0], NULL, NULL, (char *const *)arguments, environ);
	if (err != 0)
		return complain("%s cannot be run: %s; install clang 19, or name another in the "
				"environment variable CLANG",
				arguments[0], strerror(err));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return complain("%s could not do it; what it said is above", arguments[0]);
	return STATUS_DONE;
}

/* LLVM's assembly of `source` for the machine meant. */
static enum status compile(const struct request *request, const char *source, const char *output,
			   const char *depends)
{
	const char *arguments[FLAGS_MAX + 24];
	size_t count = 0;

	arguments[count++] = compiler();
	arguments[count++] = "-x";
	arguments[count++] = "c";
	arguments[count++] = "-g";
	arguments[count++] = "-S";
	arguments[count++] = "-emit-llvm";
	arguments[count++] = "-fno-eliminate-unused-debug-types";
	if (request->target != NULL) {
		arguments[count++] = "-target";
		arguments[count++] = request->target;
		arguments[count++] = "-ffreestanding";
	}
	for (size_t i = 0; i < request->flag_count; i++)
		arguments[count++] = request->flags[i];
	if (depends != NULL) {
		arguments[count++] = "-MMD";
		arguments[count++] = "-MF";
		arguments[count++] = depends;
	}
	arguments[count++] = source;
	arguments[count++] = "-o";
	arguments[count++] = output;
	arguments[count] = NULL;
	return run_compiler(arguments);
}

/* An object for BPF from LLVM's assembly. */
static enum status assemble(const char *source, bool big_endian, const char *output)
{
	const char *const arguments[] = {
		compiler(), "-target", big_endian ? "bpfeb" : "bpfel", "-g",   "-x",
		"ir",       "-c",      "-Wno-override-module",         source, "-o",
		output,     NULL
	};

	return run_compiler((const char **)arguments);
}

/* ------------------------------------------------------------------------- what is declared */

/* The value of a field such as `name: "x"` or `file: !3` in a line of metadata; false: none. */
static bool field(const char *line, const char *name, char *value, size_t size)
{
	const size_t name_size = strlen(name);
	size_t used = 0;
	const char *at;
	bool quoted;

	for (at = line; (at = strstr(at, name)) != NULL; at++)
		if ((at[-1] == ' ' || at[-1] == '(') && at[name_size] == ':')
			break;
	if (at == NULL)
		return false;
	at += name_size + 2;
	quoted = *at == '"';
	at += quoted;
	while (*at != '\0' && *at != '\n' && used + 1 < size &&
	       (quoted ? *at != '"' : *at != ',' && *at != ')'))
		value[used++] = *at++;
	value[used] = '\0';
	return true;
}

/* The next line, in place; NULL after the last. */
static char *next_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (*line == '\0')
		return NULL;
	*text = end != NULL ? end + 1 : line + strlen(line);
	if (end != NULL)
		*end = '\0';
	return line;
}

/* Headers of the compiler and the system declare what the user's do not. `depends` is what clang
 * writes for make, in which those are left out. */
static bool is_own(const char *file, const char *depends)
{
	const size_t size = strlen(file);
	const char *at = depends;

	if (strncmp(file, "./", 2) == 0)
		return is_own(file + 2, depends);
	while ((at = strstr(at, file)) != NULL) {
		const char before = at > depends ? at[-1] : ' ', after = at[size];

		if ((before == ' ' || before == '/') &&
		    (after == ' ' || after == '\n' || after == '\0'))
			return true;
		at += size;
	}
	return false;
}

/* "!12" of a line that begins "!12 = ". */
static bool is_node(const char *line, const char *node)
{
	const size_t size = strlen(node);

	return strncmp(line, node, size) == 0 && strncmp(line + size, " = ", 3) == 0;
}

/* Whether the file that a type stands in is one of the user's. */
static bool is_own_type(const char *line, const char *assembly, const char *depends)
{
	char node[32], file[PATH_BYTES];

	if (!field(line, "file", node, sizeof(node)))
		return false;
	for (const char *at = assembly; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (is_node(at, node))
			return field(at, "filename", file, sizeof(file)) && is_own(file, depends);
	}
	return false;
}

/* How C calls what a line of metadata declares, or NULL: no type with a name of its own. */
static const char *keyword(const char *line)
{
	static const char *const TAGS[][2] = { { "tag: DW_TAG_structure_type", "struct " },
					       { "tag: DW_TAG_union_type", "union " },
					       { "tag: DW_TAG_enumeration_type", "enum " },
					       { "tag: DW_TAG_typedef", "" } };

	if (strstr(line, " = ") == NULL || strstr(line, "DIFlagFwdDecl") != NULL ||
	    strstr(line, ", scope: ") != NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++)
		if (strstr(line, TAGS[i][0]) != NULL)
			return TAGS[i][1];
	return NULL;
}

/* Writes C that needs every type that the header declares: a function that is given one with
 * pointers to them, since BPF's own arguments are five at most. The long says how wide a pointer
 * is, as readers of BTF take it. Gives how many there are. */
static size_t write_uses(const struct request *request, const char *assembly, const char *depends,
			 FILE *out)
{
	char *copy = duplicate(assembly), *rest = copy, *line, name[1024];
	size_t count = 0;

	fprintf(out, "#include \"%s\"\nvoid skep_types(void (*all)(unsigned long", request->header);
	while ((line = next_line(&rest)) != NULL) {
		const char *word = line[0] == '!' ? keyword(line) : NULL;

		if (word == NULL || !field(line, "name", name, sizeof(name)) ||
		    !is_own_type(line, assembly, depends))
			continue;
		fprintf(out, ",\n\t%s%s *", word, name);
		count++;
	}
	fputs("))\n{\n}\n", out);
	free(copy);
	return count;
}

/* ---------------------------------------------------------------------------------- the result */

/* Makes the assembly one for BPF: only types are left of it that matter. */
static bool retarget(char *text, FILE *out)
{
	bool big_endian = false;
	char *line;

	while ((line = next_line(&text)) != NULL) {
		if (strncmp(line, "target datalayout = \"E", 22) == 0)
			big_endian = true;
		if (strncmp(line, "target ", 7) != 0 && strncmp(line, "attributes ", 11) != 0)
			fprintf(out, "%s\n", line);
	}
	return big_endian;
}

static uint64_t number(const struct file *file, bool big_endian, size_t at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && at + i < file->size; i++)
		value |= (uint64_t)file->bytes[at + i] << 8 * (big_endian ? bytes - 1 - i : i);
	return value;
}

/* The section .BTF of an ELF64 file that clang has written. */
static bool find_btf(const struct file *file, bool big_endian, size_t *offset, size_t *size)
{
	const size_t headers = (size_t)number(file, big_endian, 40, 8),
		     count = (size_t)number(file, big_endian, 60, 2),
		     names = headers + 64 * (size_t)number(file, big_endian, 62, 2),
		     texts = (size_t)number(file, big_endian, names + 24, 8);

	for (size_t i = 0; i < count; i++) {
		const size_t header = headers + 64 * i;
		const size_t name = texts + (size_t)number(file, big_endian, header, 4);

		*offset = (size_t)number(file, big_endian, header + 24, 8);
		*size = (size_t)number(file, big_endian, header + 32, 8);
		if (name <= file->size && file->size - name >= 5 &&
		    memcmp(file->bytes + name, ".BTF", 5) == 0)
			return *offset <= file->size && *size <= file->size - *offset;
	}
	return false;
}

static enum status write_output(const struct request *request, const uint8_t *bytes, size_t size)
{
	FILE *out = fopen(request->output, "wb");
	bool ok;

	if (out == NULL)
		return complain("%s: cannot be written: %s", request->output, strerror(errno));
	ok = fwrite(bytes, 1, size, out) == size;
	if (fclose(out) != 0 || !ok)
		return complain("%s: cannot be written: %s", request->output, strerror(errno));
	return STATUS_DONE;
}

/* Checks the types as whoever uses them will, and writes them. */
static enum status finish(const struct request *request, const uint8_t *bytes, size_t size)
{
	struct report_log log = { 0 };
	const struct skep_config config = { .port = skep_port_posix(),
					    .log = report_log_take,
					    .log_ctx = &log };
	struct skep_runtime *runtime = NULL;
	struct skep_btf *btf = NULL;
	enum status status = STATUS_BAD;
	struct writer writer = { .file = stdout };

	if (skep_runtime_open(&config, &runtime) == 0 &&
	    skep_btf_open(runtime, bytes, size, request->output, &btf) == 0)
		status = write_output(request, bytes, size);
	if (status == STATUS_DONE && request->json) {
		writer_open_object(&writer);
		writer_member_string(&writer, "output", request->output);
		writer_member_unsigned(&writer, "bytes", size);
		writer_member_unsigned(&writer, "types", skep_btf_count(btf));
		writer_member_string(&writer, "target", request->target);
		writer_close_object(&writer);
		putchar('\n');
	}
	skep_btf_close(btf);
	skep_runtime_close(runtime);
	report_log_clear(&log);
	return status == STATUS_DONE ? finish_output(status) : status;
}

/* --------------------------------------------------------------------------------- the steps */

static enum status read_text(const char *path, struct bytes *out)
{
	struct file file;
	const enum status status = file_read(path, OBJECT_BYTES_MAX, &file);

	if (status != STATUS_DONE)
		return status;
	bytes_append(out, file.bytes, file.size);
	bytes_append(out, "", 1);
	file_free(&file);
	return STATUS_DONE;
}

/* The header for the machine, to see what it declares; then once more with a use of all that. */
static enum status compile_uses(const struct request *request, struct bytes *out)
{
	char *source = path_in(request, "types.c"), *assembly = path_in(request, "types.ll"),
	     *depends = path_in(request, "types.d");
	struct bytes text = { 0 }, files = { 0 };
	FILE *file = fopen(source, "w");
	enum status status = STATUS_BAD;
	size_t count = 0;

	if (file != NULL) {
		fprintf(file, "#include \"%s\"\n", request->header);
		fclose(file);
		status = compile(request, source, assembly, depends);
	}
	if (status == STATUS_DONE)
		status = read_text(assembly, &text);
	if (status == STATUS_DONE)
		status = read_text(depends, &files);
	file = status == STATUS_DONE ? fopen(source, "w") : NULL;
	if (file != NULL) {
		count = write_uses(request, (char *)text.data, (char *)files.data, file);
		fclose(file);
		status = count > 0 ? compile(request, source, assembly, NULL)
				   : complain("%s: declares no type with a name", request->header);
	}
	if (status == STATUS_DONE)
		status = read_text(assembly, out);
	bytes_free(&text);
	bytes_free(&files);
	free(source);
	free(assembly);
	free(depends);
	return status;
}

static enum status make_btf(const struct request *request, char *text)
{
	char *source = path_in(request, "bpf.ll"), *object = path_in(request, "bpf.o");
	FILE *file = fopen(source, "w");
	enum status status = STATUS_BAD;
	struct file elf = { 0 };
	bool big_endian = false;
	size_t offset, size;

	if (file != NULL) {
		big_endian = retarget(text, file);
		fclose(file);
		status = assemble(source, big_endian, object);
	}
	if (status == STATUS_DONE)
		status = file_read(object, OBJECT_BYTES_MAX, &elf);
	if (status == STATUS_DONE)
		status = find_btf(&elf, big_endian, &offset, &size)
				 ? finish(request, elf.bytes + offset, size)
				 : complain("%s wrote no BTF; skep needs clang 19 or later",
					    compiler());
	file_free(&elf);
	free(source);
	free(object);
	return status;
}

static void remove_folder(const char *folder)
{
	DIR *stream = opendir(folder);
	struct dirent *entry;
	char path[PATH_BYTES];

	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (stream != NULL)
		closedir(stream);
	rmdir(folder);
}

static enum status generate(struct request *request)
{
	struct bytes text = { 0 };
	char *header = realpath(request->header, NULL);
	enum status status;

	if (header == NULL)
		return complain("%s: cannot be opened: %s", request->header, strerror(errno));
	request->header = header;
	strcpy(request->folder, "/tmp/skep-XXXXXX");
	if (mkdtemp(request->folder) == NULL) {
		free(header);
		return complain("/tmp: no folder can be made there: %s", strerror(errno));
	}
	status = compile_uses(request, &text);
	if (status == STATUS_DONE)
		status = make_btf(request, (char *)text.data);
	remove_folder(request->folder);
	bytes_free(&text);
	free(header);
	return status;
}

/* HEADER with .btf for its ending, in this folder. */
static char *default_output(const char *header)
{
	const char *slash = strrchr(header, '/'), *base = slash != NULL ? slash + 1 : header;
	const char *dot = strrchr(base, '.');
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%.*s.btf",
		 (int)(dot != NULL ? dot - base : (long)strlen(base)), base);
	return duplicate(path);
}

static bool add_flag(struct request *request, const char *prefix, const char *value)
{
	char flag[PATH_BYTES];

	if (request->flag_count == FLAGS_MAX)
		return false;
	snprintf(flag, sizeof(flag), "%s%s", prefix, value);
	request->flags[request->flag_count++] = duplicate(flag);
	return true;
}

static enum status run(int argc, char **argv)
{
	struct request request = { 0 };
	char *preset = NULL;
	enum status status = STATUS_DONE;
	bool room = true;
	int option;

	while ((option = next_option(&gen_btf, argc, argv, OPTIONS)) != OPTION_NONE) {
		switch (option) {
		case OPTION_HELP: return STATUS_DONE;
		case OPTION_BAD: return STATUS_BAD;
		case OPTION_JSON: request.json = true; break;
		case OPTION_OUTPUT: request.output = optarg; break;
		case OPTION_TARGET: request.target = optarg; break;
		case 'I': room = add_flag(&request, "-I", optarg) && room; break;
		case 'D': room = add_flag(&request, "-D", optarg) && room; break;
		default: room = add_flag(&request, "", optarg) && room; break;
		}
	}
	request.header = only_operand(&gen_btf, argc, argv, "the header");
	if (request.header == NULL)
		status = STATUS_BAD;
	else if (!room)
		status = complain("gen btf: there are more than %d flags for clang", FLAGS_MAX);
	if (status == STATUS_DONE && request.output == NULL)
		request.output = preset = default_output(request.header);
	if (status == STATUS_DONE)
		status = generate(&request);
	for (size_t i = 0; i < request.flag_count; i++)
		free(request.flags[i]);
	free(preset);
	return status;
}

const struct command gen_btf = { "gen btf", "BTF of the types in a C header", HELP, run };
