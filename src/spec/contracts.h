/* SPDX-License-Identifier: Apache-2.0 */
/* The contracts a runtime holds its programs to: its own rows and the embedder's, found by number.
 */
#ifndef SKEP_SPEC_CONTRACTS_H
#define SKEP_SPEC_CONTRACTS_H

#include "skep.h"

/* What of a socket can be read. */
enum skep_sock {
	SKEP_SOCK_COMMON, /* of every socket */
	SKEP_SOCK_FULL,
	SKEP_SOCK_TCP, /* of the connection */
	SKEP_SOCK_XSK, /* of one that gets frames (AF_XDP) */
	SKEP_SOCK_COUNT
};

struct skep_layout {
	const struct skep_ctx_field *fields;
	uint32_t count;
};

/* Tables: [0] skep's rows, [1] the embedder's, in which no number stands twice; and [2], which may
 * be empty, what Linux has beside them, to verify by and not to run. */
struct skep_contracts {
	const struct skep_helper *helpers[3];
	uint32_t helper_count[3];
	const struct skep_prog_type *prog_types[3];
	uint32_t prog_type_count[3];
	const struct skep_map_kind *map_kinds[2];
	uint32_t map_kind_count[2];
	const struct skep_layout *socks; /* SKEP_SOCK_COUNT of them; NULL: there are none */
};

/* The row of that number, or NULL. */
const struct skep_helper *skep_contracts_helper(const struct skep_contracts *contracts,
						uint32_t id);
const struct skep_prog_type *skep_contracts_prog_type(const struct skep_contracts *contracts,
						      uint32_t type);
const struct skep_map_kind *skep_contracts_map_kind(const struct skep_contracts *contracts,
						    uint32_t type);

/* Where an access to the context goes in the structure given to skep_prog_run(). */
struct skep_ctx_place {
	uint16_t offset;
	uint16_t size; /* other than the access has it: the load is widened or narrowed to this */
};

/* The field that an access of `size` bytes at `offset`, as the program sees the context, is for; or
 * NULL: there is none, or it may not be accessed like that. */
const struct skep_ctx_field *skep_contracts_field(const struct skep_prog_type *type, int32_t offset,
						  uint32_t size, bool write,
						  struct skep_ctx_place *out);

/* The same in any structure. */
const struct skep_ctx_field *skep_contracts_find_field(const struct skep_layout *layout,
						       int32_t offset, uint32_t size, bool write,
						       struct skep_ctx_place *out);

/* The name of the kernel's structure that such an argument or result points to, NULL: of none. */
const char *skep_contracts_arg_structure(enum skep_arg arg);
const char *skep_contracts_ret_structure(enum skep_ret ret);

/* Names in Linux's numbering, from the .def files, whether or not skep has the thing; NULL if there
 * is none. */
const char *skep_spec_prog_name(uint32_t type);
const char *skep_spec_map_name(uint32_t type);
const char *skep_spec_helper_name(uint32_t id);
/* The inverse of skep_spec_prog_name(), 0 if there is none. */
uint32_t skep_spec_prog_number(const char *name);

#endif
