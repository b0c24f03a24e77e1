/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep verify: each program of an object goes in by itself, in an object opened anew, so that one
 * that is rejected does not hide the others; a verdict and a reason come out for each. What skep
 * cannot load (a type or kind of map it does not have) is rejected too, with another error.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "object.h"
#include "options.h"
#include "table.h"
#include "variable.h"
#include "writer.h"

enum { SETS_MAX = 256 };

struct request {
	const char *object, *prog, *type;
	const char *sets[SETS_MAX];
	size_t set_count;
	bool json;
};

struct verdict {
	char *program; /* owned */
	char *reason;  /* owned; NULL: accepted */
	int err;
	struct skep_prog_info info; /* without its strings */
};

static const char HELP[] =
	"usage: skep verify OBJECT [OPTIONS]\n"
	"\n"
	"Says of each program whether it is safe to run, and if not, why.\n"
	"\n"
	"  --prog NAME      only this program\n"
	"  --set VAR=VALUE  set a global variable first; constants decide what is reached\n"
	"  --type TYPE      the type of programs whose section name does not tell\n"
	"  --json           a list of objects: program, type, verdict (accept, reject), error,\n"
	"                   reason, insns, walked (instructions the verifier walked through),\n"
	"                   states, stack_bytes, verify_ns\n"
	"\n"
	"Exit status 1 if a program is rejected.\n"
	"\n"
	"example: skep verify flows.bpf.o --json\n";

enum { OPTION_PROG = OPTION_OWN, OPTION_SET, OPTION_TYPE };

static const struct option OPTIONS[] = {
	{ "prog", required_argument, NULL, OPTION_PROG },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "type", required_argument, NULL, OPTION_TYPE },
	OPTION_ROWS_OF_ALL,
};

static enum status prepare(const struct request *request, struct opened *opened,
			   struct skep_prog *prog)
{
	enum status status = STATUS_DONE;
	struct skep_prog_info info;

	skep_prog_info(prog, &info);
	if (request->type != NULL && (info.type == 0 || request->prog != NULL))
		status = object_set_type(prog, request->type);
	for (size_t i = 0; i < request->set_count && status == STATUS_DONE; i++)
		status = variable_set(opened->object, request->sets[i]);
	object_load_only(opened->object, prog);
	return status;
}

/* Verifies the index-th program of the file. STATUS_BAD only if it could not be tried. */
static enum status judge(const struct request *request, const struct file *file, uint32_t index,
			 struct verdict *out)
{
	struct skep_prog *prog;
	struct opened opened;
	enum status status = object_open(file, SKEP_ENGINE_INTERP, true, &opened);

	if (status != STATUS_DONE)
		return status;
	prog = skep_object_prog(opened.object, index);
	status = prepare(request, &opened, prog);
	if (status == STATUS_DONE) {
		out->err = skep_object_load(opened.object);
		skep_prog_info(prog, &out->info);
		out->program = duplicate(out->info.name);
		out->info.name = out->info.section = NULL;
		if (out->err != 0)
			out->reason = duplicate(opened.log.text != NULL ? opened.log.text
									: skep_err_text(out->err));
	}
	object_close(&opened);
	return status;
}

static void write_json(const struct verdict *verdict, struct writer *writer)
{
	const bool accepted = verdict->reason == NULL;
	char text[16];

	writer_open_object(writer);
	writer_member_string(writer, "program", verdict->program);
	writer_member_string(writer, "type", prog_type_text(verdict->info.type, text));
	writer_member_string(writer, "verdict", accepted ? "accept" : "reject");
	writer_member_string(writer, "error", accepted ? NULL : skep_err_name(verdict->err));
	writer_member_string(writer, "reason", verdict->reason);
	writer_member_unsigned(writer, "insns", verdict->info.insn_count);
	writer_member_unsigned(writer, "walked", verdict->info.verified_insns);
	writer_member_unsigned(writer, "states", verdict->info.verified_states);
	writer_member_unsigned(writer, "stack_bytes", verdict->info.stack_bytes);
	writer_member_unsigned(writer, "verify_ns", verdict->info.verify_ns);
	writer_close_object(writer);
}

static void print_json(const struct verdict *verdicts, size_t count)
{
	struct writer writer = { .file = stdout };

	writer_open_list(&writer);
	for (size_t i = 0; i < count; i++)
		write_json(&verdicts[i], &writer);
	writer_close_list(&writer);
	fputc('\n', stdout);
}

static void print_text(const struct verdict *verdicts, size_t count)
{
	static const char *const HEADINGS[] = { "program", "type",    "verdict", ">insns",
						">walked", ">states", ">stack",  ">ms" };
	struct table *table = table_open(HEADINGS, 8);
	char text[16];

	for (size_t i = 0; i < count; i++) {
		const struct skep_prog_info *info = &verdicts[i].info;

		table_cell(table, "%s", verdicts[i].program);
		table_cell(table, "%s", prog_type_text(info->type, text));
		table_cell(table, "%s", verdicts[i].reason == NULL ? "accept" : "reject");
		table_cell(table, "%u", (unsigned)info->insn_count);
		table_cell(table, "%u", (unsigned)info->verified_insns);
		table_cell(table, "%u", (unsigned)info->verified_states);
		table_cell(table, "%u", (unsigned)info->stack_bytes);
		table_cell(table, "%.3f", (double)info->verify_ns / 1e6);
	}
	table_close(table, stdout, 0);
}

/* Which programs to judge: [first, first + count). */
static enum status choose(const struct request *request, const struct file *file, uint32_t *first,
			  uint32_t *count)
{
	struct opened opened;
	struct skep_prog *prog;
	enum status status = object_open(file, SKEP_ENGINE_INTERP, false, &opened);

	if (status != STATUS_DONE)
		return status;
	*first = *count = 0;
	if (request->prog != NULL || skep_object_prog(opened.object, 0) == NULL) {
		prog = object_choose(&opened, request->prog);
		status = prog != NULL ? STATUS_DONE : STATUS_BAD;
		while (prog != NULL && skep_object_prog(opened.object, *first) != prog)
			(*first)++;
		*count = 1;
	} else {
		while (skep_object_prog(opened.object, *count) != NULL)
			(*count)++;
	}
	object_close(&opened);
	return status;
}

static enum status verify_file(const struct request *request, const struct file *file)
{
	uint32_t first, count, judged = 0;
	struct verdict *verdicts;
	enum status status = choose(request, file, &first, &count);
	bool rejected = false;

	if (status != STATUS_DONE)
		return status;
	verdicts = allocate(count, sizeof(*verdicts));
	while (judged < count && status == STATUS_DONE) {
		status = judge(request, file, first + judged, &verdicts[judged]);
		judged += status == STATUS_DONE;
	}
	if (status == STATUS_DONE) {
		if (request->json)
			print_json(verdicts, count);
		else
			print_text(verdicts, count);
	}
	for (uint32_t i = 0; i < judged; i++) {
		if (verdicts[i].reason != NULL && status == STATUS_DONE) {
			complain("%s", verdicts[i].reason);
			rejected = true;
		}
		free(verdicts[i].program);
		free(verdicts[i].reason);
	}
	free(verdicts);
	return rejected ? STATUS_NO : status;
}

static enum status take_option(struct request *request, int option)
{
	switch (option) {
	case OPTION_BAD: return STATUS_BAD;
	case OPTION_PROG: request->prog = optarg; break;
	case OPTION_TYPE: request->type = optarg; break;
	case OPTION_JSON: request->json = true; break;
	case OPTION_SET:
		if (request->set_count == SETS_MAX)
			return complain("verify: --set is given more than %d times", SETS_MAX);
		request->sets[request->set_count++] = optarg;
		break;
	}
	return STATUS_DONE;
}

static enum status run(int argc, char **argv)
{
	struct request request = { .json = false };
	enum status status = STATUS_DONE;
	struct file file;
	int option;

	while (status == STATUS_DONE &&
	       (option = next_option(&command_verify, argc, argv, OPTIONS)) != OPTION_NONE) {
		if (option == OPTION_HELP)
			return STATUS_DONE;
		status = take_option(&request, option);
	}
	if (status != STATUS_DONE)
		return status;
	request.object = only_operand(&command_verify, argc, argv, "the object");
	if (request.object == NULL)
		return STATUS_BAD;
	status = file_read(request.object, OBJECT_BYTES_MAX, &file);
	if (status != STATUS_DONE)
		return status;
	status = verify_file(&request, &file);
	file_free(&file);
	return finish_output(status);
}

const struct command command_verify = { "verify", "say whether programs are safe, and why not",
					HELP, run };
