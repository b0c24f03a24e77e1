/* SPDX-License-Identifier: Apache-2.0 */
/* For hosted tests: compiled test objects, and a log that remembers. */
#ifndef SKEP_TEST_OBJECT_H
#define SKEP_TEST_OBJECT_H

#include "skep.h"

/* The bytes of $SKEP_BUILD/test/objects/NAME (or of NAME below $SKEP_SOURCE if it has a slash); to
 * be freed with free(). NULL, with a diagnosis printed, when it cannot be read. */
void *test_object_read(const char *name, size_t *size);

/* What the log function below has seen. */
struct test_log {
	unsigned errors;
	char last[1536]; /* text of the last error */
};

/* A skep_log_fn; ctx is a struct test_log. */
void test_log(void *ctx, const struct skep_report *report);

#endif
