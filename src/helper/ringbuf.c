/* SPDX-License-Identifier: Apache-2.0 */
/* Ring buffers: output, reserve, submit, discard, query. Errors are those of Linux
 * (kernel/bpf/ringbuf.c). A record carries the way to its map, so submit and discard need none. */
#include "helper/helpers.h"
#include "spec/map.h"

/* How the consumer is to be told. */
enum {
	BPF_RB_NO_WAKEUP = 1u << 0,
	BPF_RB_FORCE_WAKEUP = 1u << 1,
};

uint64_t skep_helper_ringbuf_output(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				    struct skep_env *env)
{
	struct skep_map *map = skep_helper_pointer(r1);
	void *record;

	(void)r5;
	(void)env;
	if ((r4 & ~(uint64_t)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)) != 0)
		return skep_helper_result(SKEP_EINVAL);
	record = map->kind->ops->reserve(map, r3);
	if (record == NULL)
		return skep_helper_result(SKEP_EAGAIN);
	memcpy(record, skep_helper_pointer(r2), (size_t)r3);
	map->kind->ops->commit(map, record, r4, false);
	return 0;
}

uint64_t skep_helper_ringbuf_reserve(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	struct skep_map *map = skep_helper_pointer(r1);

	(void)r4;
	(void)r5;
	(void)env;
	/* No flag has a meaning yet. */
	return r3 == 0 ? (uintptr_t)map->kind->ops->reserve(map, r2) : 0;
}

static void commit(uint64_t record, uint64_t flags, bool discard)
{
	struct skep_map *map = skep_ring_map(skep_helper_pointer(record));

	map->kind->ops->commit(map, skep_helper_pointer(record), flags, discard);
}

uint64_t skep_helper_ringbuf_submit(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				    struct skep_env *env)
{
	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	commit(r1, r2, false);
	return 0;
}

uint64_t skep_helper_ringbuf_discard(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
				     uint64_t r5, struct skep_env *env)
{
	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	commit(r1, r2, true);
	return 0;
}

uint64_t skep_helper_ringbuf_query(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				   struct skep_env *env)
{
	struct skep_map *map = skep_helper_pointer(r1);

	(void)r3;
	(void)r4;
	(void)r5;
	(void)env;
	return map->kind->ops->query(map, r2);
}
