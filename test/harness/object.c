/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static FILE *open_object(const char *name)
{
	const bool in_source = strchr(name, '/') != NULL;
	const char *root = getenv(in_source ? "SKEP_SOURCE" : "SKEP_BUILD");
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s%s", root != NULL ? root : ".",
		 in_source ? "" : "test/objects/", name);
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		test_note("cannot read %s; build it and set SKEP_BUILD and SKEP_SOURCE", path);
	return file;
}

void *test_object_read(const char *name, size_t *size)
{
	FILE *file = open_object(name);
	void *bytes = NULL;
	long end;

	if (file == NULL)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) > 0 &&
	    fseek(file, 0, SEEK_SET) == 0) {
		bytes = malloc((size_t)end);
		*size = (size_t)end;
	}
	if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
		free(bytes);
		bytes = NULL;
	}
	fclose(file);
	return bytes;
}

void test_log(void *ctx, const struct skep_report *report)
{
	struct test_log *log = ctx;

	if (report->severity != SKEP_SEVERITY_ERROR)
		return;
	log->errors++;
	snprintf(log->last, sizeof(log->last), "%s", report->text);
}
