/* SPDX-License-Identifier: Apache-2.0 */
/* The words of assembly text. Private to src/isa/. */
#ifndef SKEP_ISA_SCAN_H
#define SKEP_ISA_SCAN_H

#include "base/log.h"
#include "skep.h"

struct skep_scan {
	const char *text; /* of any content, not terminated */
	size_t size;
	size_t at; /* what comes next */
	struct skep_log *log;
};

/* A name or keyword, inside the text; size 0: none. */
struct skep_word {
	const char *text;
	size_t size, at;
};

struct skep_number {
	uint64_t magnitude;
	bool negative;
	size_t at;
};

struct skep_scan_reg {
	uint8_t number;
	uint8_t bits; /* 64 for r0 to r10, 32 for w0 to w10 */
	size_t at;
};

/* An operator or keyword, and what it puts into the opcode, the offset or the immediate. */
struct skep_symbol {
	const char *text;
	uint8_t code, off, imm;
};

/* Reports line, column and text at `at`, what was needed there and what to do ("":
 * nothing to say). SKEP_EINVAL. */
int skep_scan_refuse_with(const struct skep_scan *scan, size_t at, const char *needed,
			  const char *advice);
int skep_scan_refuse(const struct skep_scan *scan, size_t at, const char *needed);

/* The character at `at`, '\0' past the end. */
char skep_scan_at(const struct skep_scan *scan, size_t at);
/* Passes over blanks, not over line ends; gives the place of what follows. */
size_t skep_scan_blanks(struct skep_scan *scan);
/* The next character that is no blank. */
char skep_scan_peek(struct skep_scan *scan);

/* True for 0 to 9; for what may stand in a name, digits among them. */
bool skep_scan_is_digit(char c);
bool skep_scan_is_name(char c);
/* True if `text` stands at `at`. */
bool skep_scan_begins(const struct skep_scan *scan, size_t at, const char *text);

/* Takes `text`, if it comes next; or it must. */
bool skep_scan_take(struct skep_scan *scan, const char *text);
int skep_scan_need(struct skep_scan *scan, const char *text, const char *needed);

/* Takes a word, if one comes next; takes one only if it is `text`. */
struct skep_word skep_scan_word(struct skep_scan *scan);
bool skep_scan_keyword(struct skep_scan *scan, const char *text);

bool skep_scan_word_is(struct skep_word word, const char *text);
/* Cuts `prefix` off the front of a word, if it is there. */
bool skep_scan_cut(struct skep_word *word, const char *prefix);

/* Takes the longest symbol that comes next; finds the one that a word is. NULL: none. */
const struct skep_symbol *skep_scan_symbol(struct skep_scan *scan, const struct skep_symbol *rows,
					   size_t count);
const struct skep_symbol *skep_scan_find(struct skep_word word, const struct skep_symbol *rows,
					 size_t count);

/* Takes `r0` to `r10` or `w0` to `w10`, if it comes next. */
bool skep_scan_register(struct skep_scan *scan, struct skep_scan_reg *out);
/* The same where one must come, one of 64 bits if `bits` is 64. */
int skep_scan_need_register(struct skep_scan *scan, uint8_t bits, struct skep_scan_reg *out);

/* Decimal or, after `0x`, hexadecimal, with a sign or without; at most 64 bits. */
int skep_scan_need_number(struct skep_scan *scan, struct skep_number *out);
/* True if the number lies in [-below, above]; its bits go to `out`. */
bool skep_scan_in_range(const struct skep_number *number, uint64_t below, uint64_t above,
			uint64_t *out);

#endif
