/* SPDX-License-Identifier: Apache-2.0 */
/* A command of `skep`: one file defines one `struct command` and main.c has one row for it. */
#ifndef SKEP_CLI_COMMAND_H
#define SKEP_CLI_COMMAND_H

/* Exit statuses of every command. */
enum status {
	STATUS_DONE = 0,
	STATUS_NO = 1,  /* the question was understood and the answer is no: rejected, failed */
	STATUS_BAD = 2, /* bad usage or bad input */
};

struct command {
	const char *name;
	const char *summary; /* half a line for `skep help` */
	const char *help;    /* usage, options and an example, ended by a newline */
	/* argv[0] is the command's name. Returns an exit status. */
	enum status (*run)(int argc, char **argv);
};

extern const struct command command_run, command_link, command_inspect, command_verify, command_dis,
	command_asm, command_maps, command_vars, command_features, command_gen, command_btf;

#endif
