/* SPDX-License-Identifier: Apache-2.0 */
/* The helpers that skep has: the function of each row of helpers.def. */
#ifndef SKEP_HELPER_HELPERS_H
#define SKEP_HELPER_HELPERS_H

#include "spec/program.h"

#define HELPER(id, name, ret, a1, a2, a3, a4, a5, groups, caps, flags)                             \
	uint64_t skep_helper_##name(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,            \
				    uint64_t r5, struct skep_env *env);
#define HELPER_ABSENT(id, name, ret, a1, a2, a3, a4, a5, types, caps, flags)
#include "spec/helpers.def"

/* An address out of a register, and a C int as a program finds it in r0. */
static inline void *skep_helper_pointer(uint64_t reg)
{
	return (void *)(uintptr_t)reg;
}

static inline uint64_t skep_helper_result(int64_t value)
{
	return (uint64_t)value;
}

#endif
