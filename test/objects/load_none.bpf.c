/* SPDX-License-Identifier: Apache-2.0 */
/* An object whose only function is nowhere to be attached. */
#include "bpf.h"

int subprogram(int x)
{
	return x + 1;
}

LICENSE("GPL");
