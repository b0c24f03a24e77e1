/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest firmware with the whole runtime: it loads an object, verifies it and runs its first
 * program over packets, out of memory of its own. It is linked and measured, not run. */
#include "../../port/bare/bare.h"

enum { MEMORY_BYTES = 64 };

extern const uint8_t object[];
extern const size_t object_size;
int receive(struct skep_xdp *packet);
int firmware(void);

int firmware(void)
{
	static uint8_t memory[MEMORY_BYTES];
	static const struct skep_board board = { .memory = memory, .memory_size = sizeof(memory) };
	static struct skep_bare bare;
	const struct skep_config config = { .port = &bare.port };
	struct skep_runtime *runtime;
	struct skep_object *loaded;
	struct skep_xdp packet;
	uint64_t verdict = 0;

	skep_bare_init(&bare, &board);
	if (skep_runtime_open(&config, &runtime) < 0 ||
	    skep_object_open(runtime, object, object_size, "firmware", &loaded) < 0 ||
	    skep_object_load(loaded) < 0)
		return 1;
	while (receive(&packet) != 0)
		if (skep_prog_run(skep_object_prog(loaded, 0), &packet, &verdict) < 0)
			return 1;
	skep_object_close(loaded);
	skep_runtime_close(runtime);
	return 0;
}
