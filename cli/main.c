/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: a name goes in, the command of that name runs. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "nearest.h"
#include "options.h"
#include "skep.h"
#include "writer.h"

static const struct command command_help;

static const struct command *const COMMANDS[] = {
	&command_run,      &command_verify,  &command_dis,  &command_asm,
	&command_link,     &command_inspect, &command_maps, &command_vars,
	&command_features, &command_gen,     &command_btf,  &command_help,
};

enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(COMMANDS[0]) };

#define VERSION_TEXT(major, minor, patch)   VERSION_DIGITS(major, minor, patch)
#define VERSION_DIGITS(major, minor, patch) #major "." #minor "." #patch

static const char VERSION[] =
	VERSION_TEXT(SKEP_VERSION_MAJOR, SKEP_VERSION_MINOR, SKEP_VERSION_PATCH);

static const char HELP[] =
	"usage: skep help [COMMAND] [--json]\n"
	"\n"
	"Lists the commands, or tells what one of them does, as skep COMMAND --help.\n"
	"\n"
	"  --json  one object: version, commands (name, summary, help)\n"
	"\n"
	"example: skep help run\n";

static const struct option OPTIONS[] = { OPTION_ROWS_OF_ALL };

static const struct command *find_command(const char *name)
{
	struct nearest nearest = { .wanted = name };
	char list[128];

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(COMMANDS[i]->name, name) == 0)
			return COMMANDS[i];
		nearest_offer(&nearest, COMMANDS[i]->name);
	}
	nearest_list(&nearest, list, sizeof(list));
	complain("there is no command \"%s\"; did you mean %s? skep help lists them", name, list);
	return NULL;
}

static void print_overview(void)
{
	fputs("usage: skep COMMAND [ARGUMENTS]\n"
	      "\n"
	      "skep verifies, compiles and runs eBPF objects.\n"
	      "\n",
	      stdout);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-10s%s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
	fputs("\n"
	      "Every command knows --help and --json. Exit status: 0 done; 1 the answer is no\n"
	      "(rejected); 2 bad usage or bad input. skep --version tells the version.\n"
	      "\n"
	      "example: skep run flows.bpf.o --pcap office.pcap\n",
	      stdout);
}

/* Of all commands, or of one. */
static void print_json(const struct command *only)
{
	struct writer writer = { .file = stdout };

	writer_open_object(&writer);
	writer_member_string(&writer, "version", VERSION);
	writer_key(&writer, "commands");
	writer_open_list(&writer);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (only != NULL && only != COMMANDS[i])
			continue;
		writer_open_object(&writer);
		writer_member_string(&writer, "name", COMMANDS[i]->name);
		writer_member_string(&writer, "summary", COMMANDS[i]->summary);
		writer_member_string(&writer, "help", COMMANDS[i]->help);
		writer_close_object(&writer);
	}
	writer_close_list(&writer);
	writer_close_object(&writer);
	putchar('\n');
}

static enum status run_help(int argc, char **argv)
{
	const struct command *command = NULL;
	bool json = false;
	const char *name;
	int option;

	while ((option = next_option(&command_help, argc, argv, OPTIONS)) != OPTION_NONE) {
		if (option == OPTION_HELP)
			return STATUS_DONE;
		if (option == OPTION_BAD)
			return STATUS_BAD;
		json = true;
	}
	if (optind < argc) {
		name = only_operand(&command_help, argc, argv, "the command");
		command = name != NULL ? find_command(name) : NULL;
		if (command == NULL)
			return STATUS_BAD;
	}
	if (json)
		print_json(command);
	else if (command != NULL)
		fputs(command->help, stdout);
	else
		print_overview();
	return finish_output(STATUS_DONE);
}

static const struct command command_help = { "help", "what a command does: skep help run", HELP,
					     run_help };

/* Options in the command's place are about skep itself: they ask for help, or for the version. */
static enum status run_options(int argc, char **argv)
{
	enum { OPTION_VERSION = OPTION_OWN };
	static const struct option ROWS[] = {
		{ "version", no_argument, NULL, OPTION_VERSION },
		OPTION_ROWS_OF_ALL,
	};
	bool json = false, version = false, help = false;
	struct writer writer = { .file = stdout };
	int option;

	/* "+": they end where an operand begins. */
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+h", ROWS, NULL)) != -1) {
		json |= option == OPTION_JSON;
		version |= option == OPTION_VERSION;
		help |= option == 'h';
		if (option == '?')
			return complain("%s is no option of skep itself; skep help lists the "
					"commands, whose options come after them",
					argv[optind - 1]);
	}
	if (optind < argc)
		return complain("options come after the command: skep %s %s", argv[optind],
				argv[1]);
	if (!version || help) {
		if (json)
			print_json(NULL);
		else
			print_overview();
	} else if (json) {
		writer_open_object(&writer);
		writer_member_string(&writer, "version", VERSION);
		writer_close_object(&writer);
		putchar('\n');
	} else {
		printf("skep %s\n", VERSION);
	}
	return finish_output(STATUS_DONE);
}

static enum status run_command_line(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return complain("a command is missing; skep help lists them");
	if (argv[1][0] == '-')
		return run_options(argc, argv);
	command = find_command(argv[1]);
	if (command == NULL)
		return STATUS_BAD;
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	return (int)run_command_line(argc, argv);
}
