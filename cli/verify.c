/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep verify: each program of an object goes in by itself, in an object opened anew, so that what
 * is kept of one is gone before the next; a verdict and a reason come out for each. Maps are not
 * made. What skep cannot judge (a contract that is not modelled, another byte order, externs of the
 * kernel) is unsupported, which is neither.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "listing.h"
#include "memory.h"
#include "object.h"
#include "options.h"
#include "proof.h"
#include "table.h"
#include "variable.h"
#include "writer.h"

enum { SETS_MAX = 256 };

struct request {
	const char *object, *prog, *type;
	const char *sets[SETS_MAX];
	size_t set_count;
	bool json, facts, explain, privileged, unprivileged, kernel;
};

struct verdict {
	char *program; /* owned */
	char *reason;  /* owned; NULL: accepted */
	char *finding; /* owned; the part of the reason after its position */
	int err;
	struct skep_prog_info info; /* without its strings */
	struct judged judged;       /* with --kernel */
	/* Open as long as facts or a path are still to be shown, else all zero. */
	struct opened opened;
	const struct skep_prog *prog;
};

static const char HELP[] =
	"usage: skep verify OBJECT [OPTIONS]\n"
	"\n"
	"Says of each program whether it is safe to run, and if not, why.\n"
	"\n"
	"  --prog NAME      only this program\n"
	"  --set PATH=VALUE set a global variable first; constants decide what is reached\n"
	"  --set-file FILE  the same for every line PATH = VALUE of a file; also --set @FILE\n"
	"  --btf FILE      the types that CO-RE fits the object to (the running kernel's)\n"
	"  --kconfig FILE  where its .kconfig variables are from (the running kernel's)\n"
	"  --type TYPE      the type of programs whose section name does not tell\n"
	"  --privileged     by Linux's rules for users with CAP_BPF and CAP_PERFMON (the default)\n"
	"  --unprivileged   by its rules for all others: only types and helpers open to them, "
	"4,096\n"
	"                   instructions, no loops or functions, and no way to learn an address\n"
	"  --facts          of each accepted program the assembly, with what is known of the\n"
	"                   registers that an instruction reads, and what is never reached (dead)\n"
	"  --explain        of each rejected one the path to the instruction that is refused, and\n"
	"                   where the value came from that it is refused for\n"
	"  --kernel         also what the verifier of the running kernel says, which needs root\n"
	"  --json           a list of objects: program, type, verdict (accept, reject,\n"
	"                   unsupported), error, reason, insns, walked (instructions the verifier\n"
	"                   walked through), states, stack_bytes, verify_ns; with --facts also\n"
	"                   facts, with --explain also path,\n"
	"                   with --kernel also kernel: an object of verdict (accept, reject, "
	"none),\n"
	"                   reason, walked and verify_ns\n"
	"\n"
	"Exit status 1 if a program is rejected, else 2 if skep cannot judge one (unsupported).\n"
	"\n"
	"example: skep verify flows.bpf.o --explain\n";

enum {
	OPTION_PROG = OPTION_OWN,
	OPTION_SET,
	OPTION_SET_FILE,
	OPTION_TYPE,
	OPTION_PRIVILEGED,
	OPTION_UNPRIVILEGED,
	OPTION_FACTS,
	OPTION_EXPLAIN,
	OPTION_KERNEL,
};

static const struct option OPTIONS[] = {
	{ "prog", required_argument, NULL, OPTION_PROG },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "set-file", required_argument, NULL, OPTION_SET_FILE },
	{ "type", required_argument, NULL, OPTION_TYPE },
	{ "privileged", no_argument, NULL, OPTION_PRIVILEGED },
	{ "unprivileged", no_argument, NULL, OPTION_UNPRIVILEGED },
	{ "facts", no_argument, NULL, OPTION_FACTS },
	{ "explain", no_argument, NULL, OPTION_EXPLAIN },
	{ "kernel", no_argument, NULL, OPTION_KERNEL },
	TARGET_OPTION_ROWS,
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
	return status;
}

/* A skep_log_fn that also keeps what the last error found; `ctx` is a struct verdict. */
static void take_report(void *ctx, const struct skep_report *report)
{
	struct verdict *verdict = ctx;
	size_t size;
	FILE *stream;

	report_log_take(&verdict->opened.log, report);
	if (report->severity != SKEP_SEVERITY_ERROR || verdict->finding != NULL)
		return;
	stream = text_stream(&verdict->finding, &size);
	fputs(report->found != NULL ? report->found : skep_err_text(report->err), stream);
	if (report->needed != NULL)
		fprintf(stream, "; needed: %s", report->needed);
	if (report->advice != NULL)
		fprintf(stream, "; %s", report->advice);
	fclose(stream);
}

/* Verifies the index-th program of the file. STATUS_BAD only if it could not be tried. */
static enum status judge(const struct request *request, const struct file *file, uint32_t index,
			 struct verdict *out)
{
	const struct skep_config config = {
		.engine = SKEP_ENGINE_INTERP,
		.log = take_report,
		.log_ctx = out,
		.unprivileged = request->unprivileged,
		.keep_facts = request->facts,
		.keep_clues = request->explain,
	};
	struct opened *opened = &out->opened;
	enum status status = object_open_to_verify(file, &config, opened);
	struct skep_prog *prog;

	if (status != STATUS_DONE)
		return status;
	prog = skep_object_prog(opened->object, index);
	status = prepare(request, opened, prog);
	if (status == STATUS_DONE) {
		out->err = skep_prog_verify(prog);
		skep_prog_info(prog, &out->info);
		out->program = duplicate(out->info.name);
		out->info.name = out->info.section = NULL;
		if (out->err != 0)
			out->reason = duplicate(opened->log.text != NULL ? opened->log.text
									 : skep_err_text(out->err));
		if (request->kernel)
			kernel_judge(file, opened->object, prog, &out->judged);
		out->prog = prog;
	}
	if (status != STATUS_DONE || !(request->facts || request->explain))
		object_close(opened);
	return status;
}

static void forget(struct verdict *verdict)
{
	if (verdict->opened.object != NULL)
		object_close(&verdict->opened);
	free(verdict->program);
	free(verdict->reason);
	free(verdict->finding);
	free(verdict->judged.reason);
}

static const char *verdict_text(const struct verdict *verdict)
{
	if (verdict->reason == NULL)
		return "accept";
	return verdict->err == SKEP_EOPNOTSUPP ? "unsupported" : "reject";
}

static void write_json(const struct request *request, const struct verdict *verdict,
		       struct writer *writer)
{
	const bool accepted = verdict->reason == NULL;
	char text[16];

	writer_open_object(writer);
	writer_member_string(writer, "program", verdict->program);
	writer_member_string(writer, "type", prog_type_text(verdict->info.type, text));
	writer_member_string(writer, "verdict", verdict_text(verdict));
	writer_member_string(writer, "error", accepted ? NULL : skep_err_name(verdict->err));
	writer_member_string(writer, "reason", verdict->reason);
	writer_member_unsigned(writer, "insns", verdict->info.insn_count);
	writer_member_unsigned(writer, "walked", verdict->info.verified_insns);
	writer_member_unsigned(writer, "states", verdict->info.verified_states);
	writer_member_unsigned(writer, "stack_bytes", verdict->info.stack_bytes);
	writer_member_unsigned(writer, "verify_ns", verdict->info.verify_ns);
	if (request->facts && accepted) {
		writer_key(writer, "facts");
		proof_write_facts(verdict->prog, writer);
	}
	if (request->kernel) {
		writer_key(writer, "kernel");
		writer_open_object(writer);
		writer_member_string(writer, "verdict", judgement_text(verdict->judged.judgement));
		writer_member_string(writer, "reason", verdict->judged.reason);
		writer_member_unsigned(writer, "walked", verdict->judged.walked);
		writer_member_unsigned(writer, "verify_ns", verdict->judged.ns);
		writer_close_object(writer);
	}
	if (request->explain) {
		writer_key(writer, "path");
		proof_write_path(verdict->prog, writer);
	}
	writer_close_object(writer);
}

static void print_json(const struct request *request, const struct verdict *verdicts, size_t count)
{
	struct writer writer = { .file = stdout };

	writer_open_list(&writer);
	for (size_t i = 0; i < count; i++)
		write_json(request, &verdicts[i], &writer);
	writer_close_list(&writer);
	fputc('\n', stdout);
}

static void print_text(const struct request *request, const struct verdict *verdicts, size_t count)
{
	static const char *const HEADINGS[] = { "program", "type",     "verdict", ">insns",
						">walked", ">states",  ">stack",  ">ms",
						"kernel",  ">ms there" };
	struct table *table = table_open(HEADINGS, request->kernel ? 10 : 8);
	char text[16];

	for (size_t i = 0; i < count; i++) {
		const struct skep_prog_info *info = &verdicts[i].info;

		table_cell(table, "%s", verdicts[i].program);
		table_cell(table, "%s", prog_type_text(info->type, text));
		table_cell(table, "%s", verdict_text(&verdicts[i]));
		table_cell(table, "%u", (unsigned)info->insn_count);
		table_cell(table, "%u", (unsigned)info->verified_insns);
		table_cell(table, "%u", (unsigned)info->verified_states);
		table_cell(table, "%u", (unsigned)info->stack_bytes);
		table_cell(table, "%.3f", (double)info->verify_ns / 1e6);
		if (!request->kernel)
			continue;
		table_cell(table, "%s", judgement_text(verdicts[i].judged.judgement));
		table_cell(table, "%.3f", (double)verdicts[i].judged.ns / 1e6);
	}
	table_close(table, stdout, 0);
}

static void explain(const struct verdict *verdict)
{
	uint32_t dead = 0, slots;
	struct skep_clue clue;
	char text[8];

	putchar('\n');
	if (verdict->reason == NULL) {
		for (uint32_t i = 0;
		     skep_prog_disasm(verdict->prog, i, text, sizeof(text), &slots) == 0;
		     i += slots)
			dead += !skep_prog_reached(verdict->prog, i);
		printf("%s is accepted: on every path through it each access stays inside its "
		       "object, and it ends; instructions never reached: %u\n",
		       verdict->program, (unsigned)dead);
		return;
	}
	if (skep_prog_clue(verdict->prog, 0, &clue) != 0) {
		printf("%s is %s for what it is, not for a path through it: ", verdict->program,
		       verdict->err == SKEP_EOPNOTSUPP ? "unsupported" : "rejected");
		listing_print_safe(verdict->finding != NULL ? verdict->finding : verdict->reason);
		putchar('\n');
		return;
	}
	printf("%s is rejected for what happens on this path:\n", verdict->program);
	proof_print_path(verdict->prog, verdict->finding);
}

static void print_more(const struct request *request, const struct verdict *verdicts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (request->explain)
			explain(&verdicts[i]);
		if (request->facts && verdicts[i].reason == NULL) {
			printf("\nprogram %s\n", verdicts[i].program);
			proof_print_facts(verdicts[i].prog);
		}
	}
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

/* Prints what was found; the exit status is that of the worst verdict. */
static enum status answer(const struct request *request, const struct verdict *verdicts,
			  uint32_t count)
{
	bool rejected = false, unsupported = false;

	if (request->json) {
		print_json(request, verdicts, count);
	} else {
		print_text(request, verdicts, count);
		print_more(request, verdicts, count);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (verdicts[i].reason == NULL)
			continue;
		complain("%s", verdicts[i].reason);
		unsupported |= verdicts[i].err == SKEP_EOPNOTSUPP;
		rejected |= verdicts[i].err != SKEP_EOPNOTSUPP;
	}
	return rejected ? STATUS_NO : unsupported ? STATUS_BAD : STATUS_DONE;
}

static enum status verify_file(const struct request *request, const struct file *file)
{
	uint32_t first, count, judged = 0;
	struct verdict *verdicts;
	enum status status = choose(request, file, &first, &count);

	if (status != STATUS_DONE)
		return status;
	verdicts = allocate(count, sizeof(*verdicts));
	while (judged < count && status == STATUS_DONE) {
		status = judge(request, file, first + judged, &verdicts[judged]);
		judged += status == STATUS_DONE;
	}
	if (status == STATUS_DONE)
		status = answer(request, verdicts, count);
	for (uint32_t i = 0; i < count; i++)
		forget(&verdicts[i]);
	free(verdicts);
	return status;
}

static enum status take_option(struct request *request, int option)
{
	switch (option) {
	case OPTION_BAD: return STATUS_BAD;
	case OPTION_PROG: request->prog = optarg; break;
	case OPTION_TYPE: request->type = optarg; break;
	case OPTION_PRIVILEGED: request->privileged = true; break;
	case OPTION_UNPRIVILEGED: request->unprivileged = true; break;
	case OPTION_FACTS: request->facts = true; break;
	case OPTION_EXPLAIN: request->explain = true; break;
	case OPTION_KERNEL: request->kernel = true; break;
	case OPTION_JSON: request->json = true; break;
	case OPTION_SET:
	case OPTION_SET_FILE:
		if (request->set_count == SETS_MAX)
			return complain("verify: --set is given more than %d times", SETS_MAX);
		request->sets[request->set_count++] =
			option == OPTION_SET ? optarg : variable_set_file(optarg);
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
	if (request.privileged && request.unprivileged)
		return complain("verify: --privileged and --unprivileged exclude each other");
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
