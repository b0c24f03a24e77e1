/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing: what a run costs in itself, which is taken off the other kernels' times. */
#include "kernel.h"

KERNEL(empty, nothing)
{
	(void)ctx;
	return 1;
}
