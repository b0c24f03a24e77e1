/* SPDX-License-Identifier: Apache-2.0 */
/* skep gen header: the types of an object's variables, keys and values, for programs that share
 * memory with it and have nothing of skep. */
#include "gen.h"

#include <stddef.h>

static const char HELP[] =
	"usage: skep gen header OBJECT [-n NAME] [-o OUT] [OPTIONS]\n"
	"\n"
	"Writes a C header (C11 and C++17) with the types of the global variables, as one\n"
	"structure for each data section, and of the keys and values of maps. It needs no other\n"
	"header of skep's or the object's, has everything where eBPF has it on machines of 32 and\n"
	"64 bits, and says so in static assertions. Pointers are uint64_t; bool is uint8_t and an\n"
	"enumeration an integer, as programs may put any number there. Arrays without a size are\n"
	"left out; what a variable has in them is VARIABLE_more.\n"
	"\n"
	"  -n, --name NAME   begins all names: NAME__bss (the file's name without "
	".bpf.o)\n" GEN_HELP_OPTIONS "\n"
	"example: skep gen header flows.bpf.o -o flows.h\n";

static const char *const RESERVED[] = { "assert", "types", NULL };

static void write(const struct gen_request *request, FILE *out)
{
	fputs("/* Written by skep gen header; to be made again, not changed. */\n"
	      "#include <stddef.h>\n"
	      "#include <stdint.h>\n"
	      "\n",
	      out);
	gen_write_c_types(request, out);
}

static enum status run(int argc, char **argv)
{
	return gen_run(&gen_header_writer, argc, argv);
}

const struct command gen_header = { "gen header", "types of variables, keys and values for C", HELP,
				    run };

const struct gen_writer gen_header_writer = { &gen_header, GEN_C, RESERVED, gen_is_prefix, write };
