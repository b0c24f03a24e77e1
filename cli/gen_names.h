/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifiers for generated source. Names in objects are strangers' bytes: whatever they are, what
 * comes out is an identifier that is no keyword, no macro of the compiler's and, within its scope,
 * no name that was given before.
 */
#ifndef SKEP_CLI_GEN_NAMES_H
#define SKEP_CLI_GEN_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gen_language {
	GEN_C,
	GEN_C_REST, /* what stands behind NAME__, where nothing is kept for anybody else */
	GEN_GO,
};

struct gen_name {
	char *text;    /* NULL: a free slot */
	uint32_t uses; /* how many names were to be like this one */
};

/* A scope; all zeroes is an empty one. */
struct gen_names {
	struct gen_name *slots;
	size_t room, count; /* room: a power of two */
};

/* The identifier for `name` in this scope, which owns it: the same letters where they can be (for
 * Go in its manner, CountFlows), with a number behind where that is taken. */
const char *gen_names_give(struct gen_names *names, enum gen_language language, const char *name);

/* Takes a name that the generator itself uses out of the scope. */
void gen_names_reserve(struct gen_names *names, const char *name);

void gen_names_free(struct gen_names *names);

/* Whether `name` can begin all names of a C header: an identifier that is no keyword, with no "__"
 * in it and no "_" at either end, so that NAME__REST is never OTHER__REST. */
bool gen_is_prefix(const char *name);

/* Whether `name` can be the name of a Go package. */
bool gen_is_package(const char *name);

#endif
