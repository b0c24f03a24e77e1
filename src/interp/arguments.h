/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of helpers in the checked execution, held to the row of the helper. */
#ifndef SKEP_INTERP_ARGUMENTS_H
#define SKEP_INTERP_ARGUMENTS_H

#include "interp/machine.h"

/* A map as arguments are checked against it. */
struct skep_map_argument {
	void *map; /* what the helper is to get */
	uint32_t index;
	uint32_t key_size, value_size, caps;
	bool read_only;
};

/* A call in the making. */
struct skep_call {
	const struct skep_helper *row;
	uint64_t args[SKEP_HELPER_ARGS_MAX]; /* as the helper is to get them */
	struct skep_map_argument map;        /* the first map argument; its `map` is NULL: none */
	uint32_t alloc_bytes;
	uint64_t record; /* that the helper takes back; 0: none */
};

/* What the guard knows of values that are no plain memory; causes as in struct skep_guard. */
struct skep_argument_source {
	uint32_t (*find_map)(struct skep_machine *machine, uint64_t value,
			     struct skep_map_argument *out);
	uint32_t (*find_record)(struct skep_machine *machine, uint64_t value);
};

/* Checks r1 to r5 against `row` and fills in `call`. */
uint32_t skep_arguments_check(struct skep_machine *machine,
			      const struct skep_argument_source *source,
			      const struct skep_helper *row, struct skep_call *call);

#endif
