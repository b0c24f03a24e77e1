/* SPDX-License-Identifier: Apache-2.0 */
/* What skep-conformance asks of the machine that it runs on: system_posix.c has it from a C
 * library, system_board.c from a board without one. */
#ifndef SKEP_LAB_SYSTEM_H
#define SKEP_LAB_SYSTEM_H

#include "skep.h"

enum { SYSTEM_OUTPUT = 1, SYSTEM_ERRORS = 2 };

/* Up to `size` bytes of standard input; 0 at its end, negative if it cannot be read. */
intptr_t system_read(void *to, size_t size);

/* Writes all of the text to standard output or to standard error. */
void system_write(int stream, const char *text, size_t size);

const struct skep_port *system_port(void);

#endif
