/* SPDX-License-Identifier: Apache-2.0 */
/* skep gen: the name of a kind goes in, the command that makes it runs. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "nearest.h"
#include "options.h"
#include "writer.h"

static const struct command *const KINDS[] = {
	&gen_skeleton,
	&gen_header,
	&gen_go,
	&gen_btf,
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

static const char HELP[] =
	"usage: skep gen KIND [ARGUMENTS] | --help | --json\n"
	"\n"
	"Writes what goes with an object, the same bytes whenever it is asked; more is told by\n"
	"skep gen KIND --help:\n"
	"\n"
	"  skeleton  a C header with the object inside: programs, maps and variables by name\n"
	"  header    a C header with the types of variables, keys and values alone\n"
	"  go        a Go package with the object inside\n"
	"  btf       BTF of the types in a C header, for objects that use CO-RE\n"
	"\n"
	"  --json    a list of the kinds: name, summary, help\n"
	"\n"
	"example: skep gen skeleton flows.bpf.o -o flows.skep.h\n";

static const struct option OPTIONS[] = { OPTION_ROWS_OF_ALL };

/* Without the "gen " before it. */
static const char *kind_name(const struct command *kind)
{
	return kind->name + strlen("gen ");
}

static const struct command *find_kind(const char *name)
{
	struct nearest nearest = { .wanted = name };
	char list[128];

	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (strcmp(kind_name(KINDS[i]), name) == 0)
			return KINDS[i];
		nearest_offer(&nearest, kind_name(KINDS[i]));
	}
	nearest_list(&nearest, list, sizeof(list));
	complain("gen: there is no kind \"%s\"; did you mean %s? see skep gen --help", name, list);
	return NULL;
}

static enum status list_kinds(void)
{
	struct writer writer = { .file = stdout };

	writer_open_list(&writer);
	for (size_t i = 0; i < KIND_COUNT; i++) {
		writer_open_object(&writer);
		writer_member_string(&writer, "name", kind_name(KINDS[i]));
		writer_member_string(&writer, "summary", KINDS[i]->summary);
		writer_member_string(&writer, "help", KINDS[i]->help);
		writer_close_object(&writer);
	}
	writer_close_list(&writer);
	putchar('\n');
	return finish_output(STATUS_DONE);
}

static enum status run(int argc, char **argv)
{
	const struct command *kind;
	int option;

	if (argc > 1 && argv[1][0] != '-') {
		kind = find_kind(argv[1]);
		return kind != NULL ? kind->run(argc - 1, argv + 1) : STATUS_BAD;
	}
	option = next_option(&command_gen, argc, argv, OPTIONS);
	if (option == OPTION_HELP)
		return STATUS_DONE;
	if (option == OPTION_BAD)
		return STATUS_BAD;
	if (option == OPTION_NONE || optind < argc)
		return complain("gen: name a kind first; skep gen --help lists them");
	return list_kinds();
}

const struct command command_gen = { "gen", "write skeletons, headers, Go packages and BTF", HELP,
				     run };
