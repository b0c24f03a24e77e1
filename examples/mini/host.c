/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware on a computer. */
#include <stdio.h>

#include "firmware.h"

static void print(const char *text)
{
	fputs(text, stdout);
}

int main(void)
{
	return firmware(print);
}
