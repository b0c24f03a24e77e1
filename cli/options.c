/* SPDX-License-Identifier: Apache-2.0 */
/* getopt_long() with sentences of our own, which name the command and its help. */
#define _GNU_SOURCE 1
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "target.h"

enum { SHORT_BYTES = 32 };

/* -h, and of options with a value those that are letters, such as -o. */
static void short_options(const struct option *options, char text[SHORT_BYTES])
{
	size_t size = (size_t)snprintf(text, SHORT_BYTES, ":h");

	for (; options->name != NULL && size + 3 < SHORT_BYTES; options++) {
		if (options->has_arg != required_argument || options->val >= OPTION_OWN)
			continue;
		text[size++] = (char)options->val;
		text[size++] = ':';
		text[size] = '\0';
	}
}

int next_option(const struct command *command, int argc, char **argv, const struct option *options)
{
	char letters[SHORT_BYTES];
	int option;

	short_options(options, letters);
	opterr = 0;
	do
		option = getopt_long(argc, argv, letters, options, NULL);
	while (target_option(option, optarg));
	switch (option) {
	case -1: return OPTION_NONE;
	case ':':
		complain("%s: option %s needs a value; see skep %s --help", command->name,
			 argv[optind - 1], command->name);
		return OPTION_BAD;
	case '?':
		if (strncmp(argv[optind - 1], "--", 2) == 0 || optopt == 0)
			complain("%s: %s is no option, or not in this form; see skep %s --help",
				 command->name, argv[optind - 1], command->name);
		else
			complain("%s: there is no option -%c; see skep %s --help", command->name,
				 optopt, command->name);
		return OPTION_BAD;
	case 'h':
		fputs(command->help, stdout);
		return finish_output(STATUS_DONE) == STATUS_DONE ? OPTION_HELP : OPTION_BAD;
	default: return option;
	}
}

const char *only_operand(const struct command *command, int argc, char **argv, const char *what)
{
	if (optind >= argc) {
		complain("%s: %s is missing; see skep %s --help", command->name, what,
			 command->name);
		return NULL;
	}
	if (optind + 1 < argc) {
		complain("%s: \"%s\" is one argument too many; see skep %s --help", command->name,
			 argv[optind + 1], command->name);
		return NULL;
	}
	return argv[optind];
}

enum status parse_count(const struct command *command, const char *option, const char *text,
			uint64_t least, uint64_t most, uint64_t *out)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < least ||
	    value > most)
		return complain("%s: %s %s: give a number from %llu to %llu", command->name, option,
				text, (unsigned long long)least, (unsigned long long)most);
	*out = value;
	return STATUS_DONE;
}

enum status parse_rows(const struct command *command, const char *text, uint64_t *out)
{
	if (strcmp(text, "all") == 0)
		*out = UINT64_MAX;
	else if (strcmp(text, "none") == 0)
		*out = 0;
	else
		return parse_count(command, "--maps", text, 0, UINT64_MAX, out);
	return STATUS_DONE;
}
