/* SPDX-License-Identifier: Apache-2.0 */
/* The contracts a runtime holds its programs to: its own rows and the embedder's, found by number.
 */
#ifndef SKEP_SPEC_CONTRACTS_H
#define SKEP_SPEC_CONTRACTS_H

#include "skep.h"

/* Two tables each: [0] skep's rows, [1] the embedder's. No number stands twice. */
struct skep_contracts {
	const struct skep_helper *helpers[2];
	uint32_t helper_count[2];
	const struct skep_prog_type *prog_types[2];
	uint32_t prog_type_count[2];
	const struct skep_map_kind *map_kinds[2];
	uint32_t map_kind_count[2];
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
	uint8_t size; /* other than the access has it: the load is widened or narrowed to this */
};

/* The field that an access of `size` bytes at `offset`, as the program sees the context, is for; or
 * NULL: there is none, or it may not be accessed like that. */
const struct skep_ctx_field *skep_contracts_field(const struct skep_prog_type *type, int32_t offset,
						  uint32_t size, bool write,
						  struct skep_ctx_place *out);

/* Names in Linux's numbering, from the .def files, whether or not skep has the thing; NULL if there
 * is none. */
const char *skep_spec_prog_name(uint32_t type);
const char *skep_spec_map_name(uint32_t type);
/* The inverse of skep_spec_prog_name(), 0 if there is none. */
uint32_t skep_spec_prog_number(const char *name);

#endif
