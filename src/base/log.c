/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/bytes.h"
#include "base/format.h"

enum { PART_BYTES = 512, TEXT_BYTES = 1536 };

#define ERR(name, number, text) _Static_assert(SKEP_##name == -(number), "skep.h differs: " #name);
#include "base/err.def"

static const struct {
	int err;
	const char *name, *text;
} ERRORS[] = {
	{ 0, "OK", "success" },
#define ERR(name, number, text) { -(number), #name, text },
#include "base/err.def"
};

const char *skep_err_name(int err)
{
	for (size_t i = 0; i < SKEP_COUNT(ERRORS); i++)
		if (ERRORS[i].err == err)
			return ERRORS[i].name;
	return "E?";
}

const char *skep_err_text(int err)
{
	for (size_t i = 0; i < SKEP_COUNT(ERRORS); i++)
		if (ERRORS[i].err == err)
			return ERRORS[i].text;
	return "unknown error";
}

struct text {
	char *bytes;
	size_t count;
};

static void append(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void append(struct text *text, const char *format, ...)
{
	size_t room = TEXT_BYTES - text->count, written;
	va_list list;

	va_start(list, format);
	written = skep_format_list(text->bytes + text->count, room, format, list);
	va_end(list);
	text->count += written < room ? written : room - 1;
}

/* Cuts `parts` at its line ends into found, needed and advice. */
static void split(char *parts, const char *out[3])
{
	for (int i = 0; i < 3; i++) {
		out[i] = *parts != '\0' && *parts != '\n' ? parts : NULL;
		while (*parts != '\0' && *parts != '\n')
			parts++;
		if (*parts == '\n')
			*parts++ = '\0';
	}
}

static void write_position(struct text *text, const struct skep_report *report)
{
	if (report->object != NULL)
		append(text, "%s: ", report->object);
	if (report->prog != NULL)
		append(text, "program %s: ", report->prog);
	if (report->insn < 0)
		return;
	append(text, "instruction %d", (int)report->insn);
	if (report->disasm != NULL)
		append(text, " `%s`", report->disasm);
	if (report->line != 0) {
		append(text, " (%s:%u", report->file != NULL ? report->file : "?",
		       (unsigned)report->line);
		if (report->source != NULL)
			append(text, ": `%s`", report->source);
		append(text, ")");
	}
	append(text, ": ");
}

static void report_list(struct skep_log *log, enum skep_severity severity, int err, int32_t insn,
			const char *format, va_list list)
{
	char parts[PART_BYTES], sentence[TEXT_BYTES];
	struct skep_log_position position = { 0 };
	struct text text = { sentence, 0 };
	const char *part[3];
	struct skep_report report = {
		.severity = severity,
		.err = err,
		.object = log->object,
		.prog = log->prog,
		.insn = insn,
	};

	skep_format_list(parts, sizeof(parts), format, list);
	split(parts, part);
	report.found = part[0];
	report.needed = part[1];
	report.advice = part[2];
	if (insn >= 0 && log->locate != NULL) {
		log->locate(log->locate_ctx, insn, &position);
		report.file = position.line.file;
		report.line = position.line.line;
		report.source = position.line.source;
		report.disasm = position.disasm[0] != '\0' ? position.disasm : NULL;
		while (report.source != NULL && (*report.source == ' ' || *report.source == '\t'))
			report.source++;
	}
	sentence[0] = '\0';
	write_position(&text, &report);
	append(&text, "%s", report.found != NULL ? report.found : skep_err_text(err));
	if (report.needed != NULL)
		append(&text, "; needed: %s", report.needed);
	if (report.advice != NULL)
		append(&text, "; %s", report.advice);
	report.text = sentence;
	log->sink(log->sink_ctx, &report);
}

int skep_fail(struct skep_log *log, int err, int32_t insn, const char *format, ...)
{
	va_list list;

	if (log == NULL)
		return err;
	log->error_count++;
	if (log->sink == NULL)
		return err;
	va_start(list, format);
	report_list(log, SKEP_SEVERITY_ERROR, err, insn, format, list);
	va_end(list);
	return err;
}

void skep_warn(struct skep_log *log, int32_t insn, const char *format, ...)
{
	va_list list;

	if (log == NULL || log->sink == NULL)
		return;
	va_start(list, format);
	report_list(log, SKEP_SEVERITY_WARNING, 0, insn, format, list);
	va_end(list);
}

int skep_fail_memory(struct skep_log *log, const char *what)
{
	return skep_fail(
		log, SKEP_ENOMEM, SKEP_NO_INSN,
		"no memory left for %s\n\ngive the port more memory or load a smaller object",
		what);
}
