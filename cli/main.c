/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: a name goes in, the command of that name runs. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "nearest.h"
#include "skep.h"

static const struct command *const COMMANDS[] = {
	&command_run, &command_verify, &command_dis, &command_maps, &command_features,
};

enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(COMMANDS[0]) };

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

static enum status print_help(const char *name)
{
	const struct command *command;

	if (name != NULL) {
		command = find_command(name);
		if (command == NULL)
			return STATUS_BAD;
		fputs(command->help, stdout);
		return finish_output(STATUS_DONE);
	}
	fputs("usage: skep COMMAND [ARGUMENTS]\n"
	      "\n"
	      "skep verifies, compiles and runs eBPF objects.\n"
	      "\n",
	      stdout);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-10s%s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
	fputs("  help      what a command does: skep help run\n"
	      "\n"
	      "Every command knows --help and --json. Exit status: 0 done; 1 the answer is no\n"
	      "(rejected); 2 bad usage or bad input.\n"
	      "\n"
	      "example: skep run flows.bpf.o --pcap office.pcap\n",
	      stdout);
	return finish_output(STATUS_DONE);
}

static enum status run_command_line(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return complain("a command is missing; skep help lists them");
	if (strcmp(argv[1], "--version") == 0) {
		printf("skep %d.%d.%d\n", SKEP_VERSION_MAJOR, SKEP_VERSION_MINOR,
		       SKEP_VERSION_PATCH);
		return finish_output(STATUS_DONE);
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return print_help(argc > 2 ? argv[2] : NULL);
	command = find_command(argv[1]);
	if (command == NULL)
		return STATUS_BAD;
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	return (int)run_command_line(argc, argv);
}
