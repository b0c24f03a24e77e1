/* SPDX-License-Identifier: Apache-2.0 */
/* One map without a runtime: over a port that counts memory, fails on request and says which cpu
 * runs. */
#ifndef TEST_MAP_FIXTURE_H
#define TEST_MAP_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "map/kinds.h"
#include "spec/map.h"

struct fixture {
	struct skep_map map;
	struct skep_map_kind kind;
	struct skep_port port;
	struct skep_limits limits;
	struct skep_log log;
	unsigned reports;   /* errors told */
	char text[512];     /* the last one */
	unsigned allocs;    /* made and not given back */
	size_t bytes;       /* of those */
	unsigned asked;     /* allocations so far */
	unsigned fail_at;   /* the allocation of this number fails; 0: none */
	uint32_t cpu;       /* that runs */
	uint64_t random;    /* state of a generator, so that a failure repeats */
	unsigned randoms;   /* numbers given */
	unsigned locks;     /* held now */
	unsigned locks_max; /* ever held at once */
	unsigned taken;     /* how often a lock was taken */
	/* Called before the lock is taken for the interrupt_at-th time, as if an interrupt came
	 * then. */
	void (*interrupt)(struct fixture *f);
	unsigned interrupt_at;
};

static inline void *fixture_alloc(void *ctx, size_t size, size_t align)
{
	struct fixture *f = ctx;
	const struct skep_port *posix = skep_port_posix();
	void *memory;

	if (++f->asked == f->fail_at)
		return NULL;
	memory = posix->alloc(posix->ctx, size, align);
	if (memory != NULL) {
		f->allocs++;
		f->bytes += size;
	}
	return memory;
}

static inline void fixture_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct fixture *f = ctx;
	const struct skep_port *posix = skep_port_posix();

	if (memory != NULL) {
		f->allocs--;
		f->bytes -= size;
	}
	posix->free(posix->ctx, memory, size, align);
}

static inline uint32_t fixture_cpu(void *ctx)
{
	return ((struct fixture *)ctx)->cpu;
}

static inline uint32_t fixture_random(void *ctx)
{
	struct fixture *f = ctx;

	f->randoms++;
	f->random = f->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(f->random >> 32);
}

/* For tests of one thread: a lock that is taken twice is a mistake of the map. */
static inline uintptr_t fixture_lock(void *ctx, uint32_t *word)
{
	struct fixture *f = ctx;

	if (++f->taken == f->interrupt_at)
		f->interrupt(f);
	if (*word != 0)
		abort();
	*word = 1;
	if (++f->locks > f->locks_max)
		f->locks_max = f->locks;
	return 7;
}

static inline void fixture_unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	struct fixture *f = ctx;

	if (*word != 1 || state != 7)
		abort();
	*word = 0;
	f->locks--;
}

static inline void fixture_report(void *ctx, const struct skep_report *report)
{
	struct fixture *f = ctx;

	f->reports++;
	strncpy(f->text, report->text, sizeof(f->text) - 1);
}

static inline void fixture_init(struct fixture *f, const struct skep_map_ops *ops, uint32_t cpus)
{
	memset(f, 0, sizeof(*f));
	f->random = 1;
	f->port = (struct skep_port){
		.ctx = f,
		.alloc = fixture_alloc,
		.free = fixture_free,
		.cpu_number = fixture_cpu,
		.cpu_count = cpus,
		.lock = fixture_lock,
		.unlock = fixture_unlock,
		.random = fixture_random,
	};
	f->log = (struct skep_log){ .sink = fixture_report, .sink_ctx = f };
	f->kind.ops = ops;
	f->map = (struct skep_map){
		.name = "m",
		.kind = &f->kind,
		.port = &f->port,
		.limits = &f->limits,
		.log = &f->log,
	};
}

/* Makes the map; what the kind's create() says. */
static inline int fixture_make(struct fixture *f, uint32_t key_size, uint32_t value_size,
			       uint32_t max_entries, uint32_t flags)
{
	f->map.def.key_size = key_size;
	f->map.def.value_size = value_size;
	f->map.def.max_entries = max_entries;
	f->map.def.flags = flags;
	return f->kind.ops->create(&f->map);
}

static inline void fixture_close(struct fixture *f)
{
	f->kind.ops->destroy(&f->map);
}

#endif
