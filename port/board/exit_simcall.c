/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"
#include "simcall.h"

void skep_board_exit(int status)
{
	for (;;)
		skep_simcall(SKEP_SIMCALL_EXIT, (uint32_t)status, 0, 0);
}
