/* SPDX-License-Identifier: Apache-2.0 */
/* The program types that skep runs, one per row of progs.def and file of this folder. */
#ifndef SKEP_PROG_TYPES_H
#define SKEP_PROG_TYPES_H

#include "skep.h"

#define PROG(number, name) extern const struct skep_prog_type skep_prog_type_##name;
#define PROG_ABSENT(number, name)
#include "spec/progs.def"

#endif
