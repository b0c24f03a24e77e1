/* SPDX-License-Identifier: Apache-2.0 */
/* Where errors become sentences. The place that finds a problem calls skep_fail() once and returns
 * what it returns; callers pass the value up and say nothing more. */
#ifndef SKEP_BASE_LOG_H
#define SKEP_BASE_LOG_H

#include "skep.h"

/* Position of an instruction in the source, asked for only when a report is written. */
struct skep_log_position {
	struct skep_line line;
	char disasm[96];
};

struct skep_log {
	skep_log_fn sink; /* NULL: nobody listens */
	void *sink_ctx;
	const char *object; /* NULL where there is none */
	const char *prog;
	/* Optional: fills `out` for instruction `insn` of the program in hand. */
	void (*locate)(void *ctx, int32_t insn, struct skep_log_position *out);
	void *locate_ctx;
	uint32_t error_count;
};

enum { SKEP_NO_INSN = -1 };

/* Reports an error and returns `err`. The format makes up to three lines: what was found, what was
 *needed, what to do; an empty line is left out. Without capital letters or full stops:
 *
 *	return skep_fail(log, SKEP_EACCES, pc, "r%u may be null\nan address\ncompare r%u with 0
 *first", reg, reg);
 *
 * gives "flows.o: program count: instruction 12 (flows.c:40: `x = *p;`): r1 may be null; needed: an
 *address; compare r1 with 0 first". `log` may be NULL. SKEP_NO_INSN as `insn`: no instruction is
 *concerned. */
int skep_fail(struct skep_log *log, int err, int32_t insn, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for what does not stop the work: nothing is returned, err is 0. */
void skep_warn(struct skep_log *log, int32_t insn, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Out of memory while doing `what`. */
int skep_fail_memory(struct skep_log *log, const char *what);

/* Returns from the calling function with the error, if there is one. The only macro that returns.
 */
#define SKEP_TRY(call)                                                                             \
	do {                                                                                       \
		int skep_try_ = (call);                                                            \
		if (skep_try_ < 0)                                                                 \
			return skep_try_;                                                          \
	} while (0)

#endif
