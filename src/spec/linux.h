/* SPDX-License-Identifier: Apache-2.0 */
/* The contracts of what Linux 6.18 has and skep does not run: enough to verify programs by. */
#ifndef SKEP_SPEC_LINUX_H
#define SKEP_SPEC_LINUX_H

#include "spec/contracts.h"

/* Adds to a runtime's contracts those of the helpers and program types that it does not have. */
void skep_linux_add(struct skep_contracts *contracts);

/* SKEP_CAP_* of a map type of Linux; 0 also where there is no such type. */
uint32_t skep_linux_map_caps(uint32_t type);

/* What r0 must be at the end of a program of that type and attach type (Linux's numbers), where
 * that differs from what its row says. False: it does not. */
bool skep_linux_result(uint32_t type, uint32_t attach_type, int64_t *min, int64_t *max);

/* linux_types.c: contexts and rules of program types, and what is read of sockets. */
extern const struct skep_prog_type skep_linux_types[];
extern const uint32_t skep_linux_type_count;
extern const struct skep_layout skep_linux_socks[SKEP_SOCK_COUNT];

#endif
