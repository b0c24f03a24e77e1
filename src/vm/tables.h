/* SPDX-License-Identifier: Apache-2.0 */
/* skep's own helpers, map kinds and program types: the rows of src/spec bound to their functions.
 */
#ifndef SKEP_VM_TABLES_H
#define SKEP_VM_TABLES_H

#include "spec/contracts.h"

enum {
#define PROG(number, name) SKEP_OWN_PROG_##name,
#define PROG_ABSENT(number, name)
#include "spec/progs.def"
	SKEP_OWN_PROG_COUNT
};

/* Fills in the first of each pair of tables (the second is the embedder's); `types` holds the
 * program types and lives as long as `contracts`. */
void skep_vm_own_tables(struct skep_contracts *contracts,
			struct skep_prog_type types[SKEP_OWN_PROG_COUNT]);

#endif
