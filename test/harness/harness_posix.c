/* SPDX-License-Identifier: Apache-2.0 */
/* main() of hosted test programs: an argument runs only the tests whose names contain it. */
#include <stdio.h>

#include "harness.h"

int test_main(const char *only);

void test_write(const char *text, size_t size)
{
	fwrite(text, 1, size, stdout);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	return test_main(argc > 1 ? argv[1] : NULL) != 0;
}
