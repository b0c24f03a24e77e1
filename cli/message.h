/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to standard error: one sentence for one problem. */
#ifndef SKEP_CLI_MESSAGE_H
#define SKEP_CLI_MESSAGE_H

#include <stdbool.h>

#include "command.h"
#include "skep.h"

/* Prints "skep: " and the sentence, and returns STATUS_BAD. */
enum status complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what does not stop the work. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Flushes standard output; STATUS_BAD, reported, when not all of it could be written, else
 * `status`. */
enum status finish_output(enum status status);

/* Keeps the first error of libskep for later, or prints reports as they come. */
struct report_log {
	bool silent;     /* keep, do not print */
	int err;         /* of the first error since it was cleared, 0: none */
	bool in_program; /* it was about a program */
	int32_t insn;    /* and about this instruction, or -1 */
	char *text;      /* its sentence, owned; NULL: none */
};

/* A skep_log_fn; `ctx` is a struct report_log. */
void report_log_take(void *ctx, const struct skep_report *report);

/* Whether the error was the verifier's answer about a program, not something that skep lacks. */
bool report_log_rejected(const struct report_log *log);

/* Forgets what was kept. */
void report_log_clear(struct report_log *log);

#endif
