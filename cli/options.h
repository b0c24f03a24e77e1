/* SPDX-License-Identifier: Apache-2.0 */
/* Options and operands of a command, by getopt_long(); whatever is wrong with them is reported. */
#ifndef SKEP_CLI_OPTIONS_H
#define SKEP_CLI_OPTIONS_H

#include <getopt.h>
#include <stdint.h>

#include "command.h"

/* What next_option() gives besides the `val` of an option, which commands number from OPTION_OWN.
 */
enum {
	OPTION_NONE = -1,    /* no more: operands begin at getopt's `optind` */
	OPTION_BAD = -2,     /* reported: exit with STATUS_BAD */
	OPTION_HELP = -3,    /* --help has been answered: exit with STATUS_DONE */
	OPTION_JSON = 'j',   /* --json */
	OPTION_OUTPUT = 'o', /* --output or -o, of commands that write a file */
	OPTION_NAME = 'n',   /* --name or -n, of commands that name what they write */
	OPTION_OWN = 256,
	OPTION_BTF = 1000, /* --btf and --kconfig are taken where they are found: target.h */
	OPTION_KCONFIG,
};

/* Ends every command's table. */
#define OPTION_ROWS_OF_ALL                                                                         \
	{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, OPTION_JSON },            \
	{                                                                                          \
		NULL, 0, NULL, 0                                                                   \
	}

/* The next option; its value is in getopt's `optarg`. */
int next_option(const struct command *command, int argc, char **argv, const struct option *options);

/* The only operand; `what` names it for the message. NULL, reported, when there are none or
 * several. */
const char *only_operand(const struct command *command, int argc, char **argv, const char *what);

/* A decimal number from `least` to `most`. STATUS_BAD: reported. */
enum status parse_count(const struct command *command, const char *option, const char *text,
			uint64_t least, uint64_t most, uint64_t *out);

/* How many rows of each map to print: a number, "all" or "none". STATUS_BAD: reported. */
enum status parse_rows(const struct command *command, const char *text, uint64_t *out);

#endif
