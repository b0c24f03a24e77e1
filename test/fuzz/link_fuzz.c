/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as two objects to link: the first four say how long the first is. One report if they
 * are refused; if they are not, the output links again, to what no longer changes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "linker/linker.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void count_report(void *ctx, const struct skep_report *report)
{
	if (report->severity == SKEP_SEVERITY_ERROR)
		++*(unsigned *)ctx;
}

static void expect(bool so, const char *fault)
{
	if (so)
		return;
	fprintf(stderr, "not so: %s\n", fault);
	abort();
}

static int link_checked(const struct skep_link_input *inputs, uint32_t count,
			struct skep_arena *arena, struct skep_link_input *out)
{
	const struct skep_limits limits = { .object_bytes_max = 1 << 20 };
	unsigned errors = 0;
	struct skep_log log = { .sink = count_report, .sink_ctx = &errors };
	uint8_t *bytes;
	size_t size;
	const int err = skep_linker_link(inputs, count, &limits, arena, &log, &bytes, &size);

	expect(errors == (err < 0), "one report for each failure");
	if (err == 0)
		*out = (struct skep_link_input){ bytes, size, "linked" };
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct skep_link_input inputs[2] = { { bytes, size, "first" }, { NULL, 0, "second" } };
	struct skep_link_input once, twice, thrice;
	struct skep_arena arena;
	uint32_t first;

	if (size < 4)
		return 0;
	first = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
	bytes += 4;
	size -= 4;
	if (first > size)
		first = (uint32_t)size;
	inputs[0] = (struct skep_link_input){ bytes, first, "first" };
	inputs[1] = (struct skep_link_input){ bytes + first, size - first, "second" };
	skep_arena_init(&arena, skep_port_posix(), 0);
	if (link_checked(inputs, first == size ? 1 : 2, &arena, &once) == 0) {
		expect(link_checked(&once, 1, &arena, &twice) == 0, "what was linked links");
		expect(link_checked(&twice, 1, &arena, &thrice) == 0, "and again");
		expect(twice.size == thrice.size &&
			       memcmp(twice.bytes, thrice.bytes, twice.size) == 0,
		       "to the same bytes");
	}
	skep_arena_free(&arena);
	return 0;
}
