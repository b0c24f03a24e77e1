/* SPDX-License-Identifier: Apache-2.0 */
/* skep features: nothing goes in; out comes what this build has (backends, engines, helpers, map
 * kinds, program types) and what the kernel that runs has of the same, found by asking it. */
#define _GNU_SOURCE 1
#include <string.h>
#include <sys/utsname.h>

#include "engine.h"
#include "options.h"
#include "table.h"
#include "writer.h"

enum { TYPES_MAX = 64 }; /* above Linux's last program and map types */

static const char HELP[] =
	"usage: skep features [OPTIONS]\n"
	"\n"
	"Shows what this build and this kernel support: JIT backends for each architecture,\n"
	"engines, helpers, map kinds and program types. What the kernel has is found out by\n"
	"bpf(2), which needs permission; \"?\" where it could not be.\n"
	"\n"
	"  --json  one object: version, machine, backends, engines, kernel, helpers, map_kinds,\n"
	"          prog_types\n"
	"\n"
	"example: skep features --json\n";

static const struct option OPTIONS[] = { OPTION_ROWS_OF_ALL };

struct survey {
	struct skep_runtime *runtime;
	struct utsname system;
	struct kernel_abilities kernel;
	bool jit;
};

static int ask(const struct survey *survey, int answer)
{
	return survey->kernel.bpf_allowed && answer >= 0 ? answer : -1;
}

static const char *answer_text(int answer)
{
	return answer < 0 ? "?" : answer > 0 ? "yes" : "no";
}

static void write_answer(struct writer *writer, const char *name, int answer)
{
	writer_key(writer, name);
	if (answer < 0)
		writer_null(writer);
	else
		writer_bool(writer, answer != 0);
}

static bool has_prog_type(const struct survey *survey, uint32_t type)
{
	const struct skep_prog_type *row;

	for (uint32_t i = 0; (row = skep_runtime_prog_type(survey->runtime, i)) != NULL; i++)
		if (row->type == type)
			return true;
	return false;
}

static bool has_map_kind(const struct survey *survey, uint32_t type)
{
	const struct skep_map_kind *row;

	for (uint32_t i = 0; (row = skep_runtime_map_kind(survey->runtime, i)) != NULL; i++)
		if (row->type == type)
			return true;
	return false;
}

/* The kernel's helpers are asked for in programs of the first type that skep runs. */
static uint32_t first_prog_type(const struct survey *survey)
{
	const struct skep_prog_type *row = skep_runtime_prog_type(survey->runtime, 0);

	return row != NULL ? row->type : 0;
}

static void write_build(const struct survey *survey, struct writer *writer)
{
	const char *name;
	bool native;

	writer_key(writer, "version");
	writer_word(writer, "%d.%d.%d", SKEP_VERSION_MAJOR, SKEP_VERSION_MINOR, SKEP_VERSION_PATCH);
	writer_member_string(writer, "machine", survey->system.machine);
	writer_key(writer, "backends");
	writer_open_list(writer);
	for (uint32_t i = 0; skep_backend_info(i, &name, &native) == 0; i++) {
		writer_open_object(writer);
		writer_member_string(writer, "name", name);
		writer_key(writer, "native");
		writer_bool(writer, native);
		writer_close_object(writer);
	}
	writer_close_list(writer);
	writer_key(writer, "engines");
	writer_open_object(writer);
	writer_key(writer, "interp");
	writer_bool(writer, true);
	writer_key(writer, "jit");
	writer_bool(writer, survey->jit);
	writer_key(writer, "kernel");
	writer_bool(writer, survey->kernel.bpf_allowed);
	writer_close_object(writer);
}

static void write_kernel(const struct survey *survey, struct writer *writer)
{
	const struct kernel_abilities *kernel = &survey->kernel;

	writer_key(writer, "kernel");
	writer_open_object(writer);
	writer_member_string(writer, "system", survey->system.sysname);
	writer_member_string(writer, "release", survey->system.release);
	writer_key(writer, "bpf");
	writer_bool(writer, kernel->bpf_allowed);
	writer_member_string(writer, "bpf_error", kernel->bpf_allowed ? NULL : kernel->bpf_error);
	write_answer(writer, "jit_enabled", kernel->jit_known ? kernel->jit_enabled : -1);
	writer_close_object(writer);
}

static void write_type(struct writer *writer, const char *name, uint32_t number, bool ours,
		       int theirs)
{
	writer_open_object(writer);
	writer_member_string(writer, "name", name);
	writer_member_unsigned(writer, "number", number);
	writer_key(writer, "skep");
	writer_bool(writer, ours);
	write_answer(writer, "kernel", theirs);
	writer_close_object(writer);
}

static void print_json(const struct survey *survey)
{
	struct writer writer = { .file = stdout };
	const struct skep_helper *helper;

	writer_open_object(&writer);
	write_build(survey, &writer);
	write_kernel(survey, &writer);
	writer_key(&writer, "helpers");
	writer_open_list(&writer);
	for (uint32_t i = 0; (helper = skep_runtime_helper(survey->runtime, i)) != NULL; i++)
		write_type(&writer, helper->name, helper->id, true,
			   ask(survey, kernel_has_helper(first_prog_type(survey), helper->id)));
	writer_close_list(&writer);
	writer_key(&writer, "map_kinds");
	writer_open_list(&writer);
	for (uint32_t type = 1; type < TYPES_MAX; type++)
		if (skep_map_type_name(type) != NULL)
			write_type(&writer, skep_map_type_name(type), type,
				   has_map_kind(survey, type),
				   ask(survey, kernel_has_map_type(type)));
	writer_close_list(&writer);
	writer_key(&writer, "prog_types");
	writer_open_list(&writer);
	for (uint32_t type = 1; type < TYPES_MAX; type++)
		if (skep_prog_type_name(type) != NULL)
			write_type(&writer, skep_prog_type_name(type), type,
				   has_prog_type(survey, type),
				   ask(survey, kernel_has_prog_type(type)));
	writer_close_list(&writer);
	writer_close_object(&writer);
	putchar('\n');
}

static void print_build(const struct survey *survey)
{
	const struct kernel_abilities *kernel = &survey->kernel;
	const char *name;
	bool native;

	printf("skep %d.%d.%d on %s\n", SKEP_VERSION_MAJOR, SKEP_VERSION_MINOR, SKEP_VERSION_PATCH,
	       survey->system.machine);
	printf("JIT backends:");
	for (uint32_t i = 0; skep_backend_info(i, &name, &native) == 0; i++)
		printf("%s %s%s", i > 0 ? "," : "", name, native ? " (this machine)" : "");
	printf("\nengines: interp%s%s\n", survey->jit ? ", jit" : "",
	       kernel->bpf_allowed ? ", kernel" : "");
	printf("kernel: %s %s, bpf(2) %s%s%s, JIT %s\n", survey->system.sysname,
	       survey->system.release, kernel->bpf_allowed ? "permitted" : "refused: ",
	       kernel->bpf_allowed ? "" : kernel->bpf_error, "",
	       kernel->jit_known ? (kernel->jit_enabled ? "on" : "off") : "unknown");
}

static void add_row(struct table *table, uint32_t number, const char *name, bool ours, int theirs)
{
	table_cell(table, "%u", (unsigned)number);
	table_cell(table, "%s", name);
	table_cell(table, "%s", ours ? "yes" : "no");
	table_cell(table, "%s", answer_text(theirs));
}

static void print_text(const struct survey *survey)
{
	static const char *const HELPERS[] = { ">number", "helper", "skep", "kernel" };
	static const char *const KINDS[] = { ">number", "map kind", "skep", "kernel" };
	static const char *const TYPES[] = { ">number", "program type", "skep", "kernel" };
	struct table *table = table_open(HELPERS, 4);
	const struct skep_helper *helper;

	print_build(survey);
	for (uint32_t i = 0; (helper = skep_runtime_helper(survey->runtime, i)) != NULL; i++)
		add_row(table, helper->id, helper->name, true,
			ask(survey, kernel_has_helper(first_prog_type(survey), helper->id)));
	putchar('\n');
	table_close(table, stdout, 0);
	table = table_open(KINDS, 4);
	for (uint32_t type = 1; type < TYPES_MAX; type++)
		if (skep_map_type_name(type) != NULL)
			add_row(table, type, skep_map_type_name(type), has_map_kind(survey, type),
				ask(survey, kernel_has_map_type(type)));
	putchar('\n');
	table_close(table, stdout, 0);
	table = table_open(TYPES, 4);
	for (uint32_t type = 1; type < TYPES_MAX; type++)
		if (skep_prog_type_name(type) != NULL)
			add_row(table, type, skep_prog_type_name(type), has_prog_type(survey, type),
				ask(survey, kernel_has_prog_type(type)));
	putchar('\n');
	table_close(table, stdout, 0);
}

static enum status show(bool json)
{
	struct report_log log = { .silent = false };
	const struct skep_config config = {
		.port = skep_port_posix(),
		.log = report_log_take,
		.log_ctx = &log,
	};
	struct survey survey = { .runtime = NULL };

	if (skep_runtime_open(&config, &survey.runtime) != 0) {
		report_log_clear(&log);
		return STATUS_BAD;
	}
	survey.jit = skep_runtime_engine(survey.runtime) == SKEP_ENGINE_JIT;
	uname(&survey.system);
	kernel_probe(&survey.kernel);
	if (json)
		print_json(&survey);
	else
		print_text(&survey);
	skep_runtime_close(survey.runtime);
	report_log_clear(&log);
	return finish_output(STATUS_DONE);
}

static enum status run(int argc, char **argv)
{
	bool json = false;
	int option;

	while ((option = next_option(&command_features, argc, argv, OPTIONS)) != OPTION_NONE) {
		if (option == OPTION_HELP)
			return STATUS_DONE;
		if (option == OPTION_BAD)
			return STATUS_BAD;
		json = true;
	}
	if (optind < argc)
		return complain("features: \"%s\" is one argument too many; see skep features "
				"--help",
				argv[optind]);
	return show(json);
}

const struct command command_features = { "features", "what this build and this kernel support",
					  HELP, run };
