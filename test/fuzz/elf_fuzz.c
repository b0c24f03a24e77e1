/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an object file: one report if they are refused, a sound image if they are not. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../load/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void count_report(void *ctx, const struct skep_report *report)
{
	if (report->severity == SKEP_SEVERITY_ERROR)
		++*(unsigned *)ctx;
}

static void expect(const char *fault)
{
	if (fault == NULL)
		return;
	fprintf(stderr, "not so: %s\n", fault);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* A few bytes of file may ask for gigabytes of zeros: allowed, but slow. */
	const struct skep_limits limits = { .map_bytes_max = 1 << 20 };
	unsigned errors = 0;
	struct skep_log log = { .sink = count_report, .sink_ctx = &errors };
	struct skep_arena arena;
	struct skep_image image;
	int err;

	skep_arena_init(&arena, skep_port_posix(), 0);
	err = skep_load_image(bytes, size, "fuzz", &limits, NULL, 0, &arena, &log, &image);
	expect(errors == (err < 0) ? NULL : "one report for each failure");
	if (err == 0)
		expect(image_fault(&image));
	skep_arena_free(&arena);
	return 0;
}
