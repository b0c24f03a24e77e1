/* SPDX-License-Identifier: Apache-2.0 */
/* Linking for a runtime: its memory, its limits, its log. */
#include "linker/linker.h"
#include "vm/vm.h"

int skep_link(struct skep_runtime *runtime, const struct skep_link_input *inputs, uint32_t count,
	      void (*write)(void *ctx, const void *bytes, size_t size), void *ctx)
{
	struct skep_arena arena;
	uint8_t *bytes;
	size_t size;
	int err;

	skep_arena_init(&arena, runtime->config.port, 0);
	err = skep_linker_link(inputs, count, &runtime->config.limits, &arena, &runtime->log,
			       &bytes, &size);
	if (err == 0)
		write(ctx, bytes, size);
	skep_arena_free(&arena);
	return err;
}
