/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the simulator that an Xtensa core runs in. */
#ifndef SKEP_PORT_SIMCALL_H
#define SKEP_PORT_SIMCALL_H

#include <stdint.h>

enum { SKEP_SIMCALL_EXIT = 1, SKEP_SIMCALL_WRITE = 4 };

static inline int32_t skep_simcall(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
	register uint32_t a2 __asm__("a2") = number;
	register uint32_t a3 __asm__("a3") = a;
	register uint32_t a4 __asm__("a4") = b;
	register uint32_t a5 __asm__("a5") = c;

	__asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
	return (int32_t)a2;
}

#endif
