/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"
#include "linux.h"

void skep_board_exit(int status)
{
	skep_linux_exit(status);
}
