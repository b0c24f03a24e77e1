/* SPDX-License-Identifier: Apache-2.0 */
/* System calls of Linux, for programs without a C library. */
#ifndef SKEP_PORT_BOARD_LINUX_H
#define SKEP_PORT_BOARD_LINUX_H

#include <stddef.h>
#include <stdint.h>

/* As read(2) and write(2), errors as negative numbers. */
intptr_t skep_linux_read(int file, void *to, size_t size);
intptr_t skep_linux_write(int file, const void *from, size_t size);
_Noreturn void skep_linux_exit(int status);

#endif
