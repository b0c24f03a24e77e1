/* SPDX-License-Identifier: Apache-2.0 */
/* Problems, as sentences on standard error. A sentence from libskep names the object, program and
 * instruction itself and is printed as it is. */
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static void sentence(const char *kind, const char *format, va_list list)
{
	fflush(stdout);
	fprintf(stderr, "skep: %s", kind);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

enum status complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence("", format, list);
	va_end(list);
	return STATUS_BAD;
}

void warn(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence("warning: ", format, list);
	va_end(list);
}

enum status finish_output(enum status status)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	return complain("standard output cannot be written: %s; make room or write elsewhere",
			errno != 0 ? strerror(errno) : "a write failed");
}

void report_log_take(void *ctx, const struct skep_report *report)
{
	struct report_log *log = ctx;

	if (report->severity == SKEP_SEVERITY_ERROR && log->text == NULL) {
		log->err = report->err;
		log->in_program = report->prog != NULL;
		log->insn = report->insn;
		log->text = duplicate(report->text);
	}
	if (log->silent)
		return;
	if (report->severity == SKEP_SEVERITY_ERROR)
		complain("%s", report->text);
	else if (report->severity == SKEP_SEVERITY_WARNING)
		warn("%s", report->text);
}

bool report_log_rejected(const struct report_log *log)
{
	return log->err == SKEP_EACCES || (log->in_program && log->err != SKEP_EOPNOTSUPP &&
					   log->err != SKEP_ENOMEM && log->err != SKEP_EPERM);
}

void report_log_clear(struct report_log *log)
{
	free(log->text);
	log->text = NULL;
	log->err = 0;
}
