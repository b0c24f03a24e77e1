/* SPDX-License-Identifier: Apache-2.0 */
/* The console of an Xtensa simulator: its instruction simcall. */
#include "board.h"
#include "simcall.h"

void skep_console_write(const char *text, size_t size)
{
	skep_simcall(SKEP_SIMCALL_WRITE, 1, (uintptr_t)text, size);
}
