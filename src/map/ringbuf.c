/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF_MAP_TYPE_RINGBUF: records of any size, from many producers to one consumer, in the order in
 * which they were reserved. Layout and arithmetic are those of Linux (kernel/bpf/ringbuf.c): as
 * many records fit here as there, and positions count bytes and never turn back.
 *
 * A record must be contiguous for the program that fills it. Linux maps the pages twice in a row;
 * here the block has twice the size, and the record that begins before the end of the ring simply
 * runs on into the second half. Nothing else is ever there: the next record begins, in the first
 * half, where this one's length says. So half of the block is mere address space on a machine with
 * virtual memory.
 *
 * Producers reserve under the port's lock; a record is published by clearing its busy bit, without
 * one. The consumer stops at the first busy record and frees room only up to it.
 *
 * The program calls; nobody is woken: BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP are accepted by the
 * callers and mean nothing.
 */
#include <stdatomic.h>

#include "map/create.h"
#include "map/kinds.h"

enum {
	SIZE_UNIT = 4096,              /* a page of Linux */
	RECORD_BYTES_MAX = 0x3fffffff, /* two bits of the size are flags */
};

/* What bpf_ringbuf_query() can be asked. */
enum {
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_RING_SIZE = 1,
	BPF_RB_CONS_POS = 2,
	BPF_RB_PROD_POS = 3,
};

struct ring {
	uint32_t lock;
	atomic_size_t producer;      /* bytes reserved since the start; written under the lock */
	uint8_t pad[SKEP_MAP_ALIGN]; /* the consumer's cache line is its own */
	atomic_size_t consumer;      /* bytes given back since the start */
	uint8_t *data;
};

static const size_t RING_BYTES =
	(sizeof(struct ring) + SKEP_MAP_ALIGN - 1) & ~(size_t)(SKEP_MAP_ALIGN - 1);

static uint64_t block_bytes(const struct skep_map *map)
{
	return RING_BYTES + SKEP_RING_DATA_OFFSET + 2 * (uint64_t)map->def.max_entries;
}

static int create(struct skep_map *map)
{
	const struct skep_map_def *def = &map->def;
	struct ring *ring;
	void *block;

	if (def->key_size != 0 || def->value_size != 0)
		return skep_map_refuse(map, SKEP_EINVAL, "key_size or value_size is not 0",
				       "0 for both: a ring buffer has neither");
	SKEP_TRY(skep_map_check_def(map, BPF_F_NUMA_NODE));
	if ((def->max_entries & (def->max_entries - 1)) != 0 || def->max_entries % SIZE_UNIT != 0)
		return skep_fail(map->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "map \"%s\": max_entries is %u\n"
				 "a size in bytes that is a power of two and 4096 or more",
				 map->name, (unsigned)def->max_entries);
	SKEP_TRY(skep_map_alloc(map, block_bytes(map), &block));
	ring = block;
	ring->data = (uint8_t *)block + RING_BYTES + SKEP_RING_DATA_OFFSET;
	*(struct skep_map **)(void *)(ring->data - SKEP_RING_DATA_OFFSET) = map;
	map->state = ring;
	return 0;
}

static void destroy(struct skep_map *map)
{
	skep_map_free(map, map->state, block_bytes(map));
}

/* The size in a header is read by the consumer while its producer writes it. */
static _Atomic uint32_t *header_size(uint8_t *header)
{
	return (_Atomic uint32_t *)(void *)(header + offsetof(struct skep_ring_header, size));
}

/* Bytes that a record takes, header included. */
static size_t record_bytes(uint32_t size)
{
	return ((size_t)size + sizeof(struct skep_ring_header) + 7) & ~(size_t)7;
}

/* As in Linux the ring is never filled to its last byte. */
static void *reserve(struct skep_map *map, uint64_t size)
{
	const size_t mask = (size_t)map->def.max_entries - 1;
	struct ring *ring = map->state;
	size_t consumer, producer, bytes;
	uint8_t *header = NULL;
	uintptr_t lock;

	if (size > RECORD_BYTES_MAX)
		return NULL;
	bytes = record_bytes((uint32_t)size);
	if (bytes > mask)
		return NULL;
	consumer = atomic_load_explicit(&ring->consumer, memory_order_acquire);
	lock = map->port->lock(map->port->ctx, &ring->lock);
	producer = atomic_load_explicit(&ring->producer, memory_order_relaxed);
	if (producer + bytes - consumer <= mask) {
		header = ring->data + (producer & mask);
		skep_store32(header + offsetof(struct skep_ring_header, offset),
			     (uint32_t)((producer & mask) / 8));
		atomic_store_explicit(header_size(header), (uint32_t)size | SKEP_RING_BUSY,
				      memory_order_relaxed);
		atomic_store_explicit(&ring->producer, producer + bytes, memory_order_release);
	}
	map->port->unlock(map->port->ctx, &ring->lock, lock);
	return header != NULL ? header + sizeof(struct skep_ring_header) : NULL;
}

static void commit(struct skep_map *map, void *record, uint64_t flags, bool discard)
{
	_Atomic uint32_t *size = header_size((uint8_t *)record - sizeof(struct skep_ring_header));
	uint32_t bytes = atomic_load_explicit(size, memory_order_relaxed) & ~SKEP_RING_BUSY;

	(void)map;
	(void)flags;
	if (discard)
		bytes |= SKEP_RING_DISCARD;
	atomic_store_explicit(size, bytes, memory_order_release);
}

static uint64_t query(struct skep_map *map, uint64_t what)
{
	struct ring *ring = map->state;
	const size_t consumer = atomic_load_explicit(&ring->consumer, memory_order_acquire);
	const size_t producer = atomic_load_explicit(&ring->producer, memory_order_acquire);

	switch (what) {
	case BPF_RB_AVAIL_DATA: return producer - consumer;
	case BPF_RB_RING_SIZE: return map->def.max_entries;
	case BPF_RB_CONS_POS: return consumer;
	case BPF_RB_PROD_POS: return producer;
	default: return 0;
	}
}

static int64_t consume(struct skep_map *map, int (*fn)(void *ctx, const void *record, size_t size),
		       void *ctx)
{
	const size_t mask = (size_t)map->def.max_entries - 1;
	struct ring *ring = map->state;
	size_t consumer = atomic_load_explicit(&ring->consumer, memory_order_relaxed);
	int64_t count = 0;
	bool more = true;

	while (more && consumer != atomic_load_explicit(&ring->producer, memory_order_acquire)) {
		uint8_t *header = ring->data + (consumer & mask);
		const uint32_t size =
			atomic_load_explicit(header_size(header), memory_order_acquire);

		if ((size & SKEP_RING_BUSY) != 0)
			break;
		if ((size & SKEP_RING_DISCARD) == 0) {
			more = fn(ctx, header + sizeof(struct skep_ring_header), size) == 0;
			count++;
		}
		consumer += record_bytes(size & ~SKEP_RING_DISCARD);
		atomic_store_explicit(&ring->consumer, consumer, memory_order_release);
	}
	return count;
}

const struct skep_map_ops skep_map_ringbuf_ops = {
	.create = create,
	.destroy = destroy,
	.reserve = reserve,
	.commit = commit,
	.query = query,
	.consume = consume,
};
