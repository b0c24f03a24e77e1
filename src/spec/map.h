/* SPDX-License-Identifier: Apache-2.0 */
/* A live map, as its kind, the helpers and the runtime share it. */
#ifndef SKEP_SPEC_MAP_H
#define SKEP_SPEC_MAP_H

#include "base/bytes.h"
#include "base/log.h"
#include "skep.h"

struct skep_map {
	const char *name;
	const struct skep_map_kind *kind;
	struct skep_map_def def;
	void *state; /* the kind's own */
	const struct skep_port *port;
	const struct skep_limits *limits;
	struct skep_log *log;
	struct skep_runtime *runtime;
	const struct skep_object *object; /* that it is of; NULL: none */
	const struct skep_memory *memory; /* attached: where the values are; NULL: here */
	uint32_t key_type, value_type;    /* BTF ids */
	bool loaded;                      /* create() has succeeded */
	bool frozen;                      /* neither programs nor the host write values */
	uint8_t *initial;   /* data sections before load: value_size bytes, else NULL */
	uint32_t prog_type; /* of the programs in it and of those that use it; 0 unknown */
};

/* Flags of map definitions, Linux's (include/uapi/linux/bpf.h). */
enum {
	BPF_F_NO_PREALLOC = 1u << 0,
	BPF_F_NUMA_NODE = 1u << 2,
	BPF_F_RDONLY = 1u << 3,
	BPF_F_WRONLY = 1u << 4,
	BPF_F_ZERO_SEED = 1u << 6,
	BPF_F_RDONLY_PROG = 1u << 7,
	BPF_F_WRONLY_PROG = 1u << 8,
	BPF_F_MMAPABLE = 1u << 10,
	BPF_F_INNER_MAP = 1u << 12,
};

/*
 * Ring buffer records are laid out as Linux does it, so that as many fit here as there: each is
 * preceded by an 8-byte header and takes a multiple of 8 bytes. The block of memory starts with the
 * address of its map, data begin SKEP_RING_DATA_OFFSET bytes later: so bpf_ringbuf_submit() finds
 * the map from the record alone.
 */
#define SKEP_RING_BUSY        0x80000000u /* in `size`: reserved, not yet submitted */
#define SKEP_RING_DISCARD     0x40000000u /* in `size`: to be passed over */
#define SKEP_RING_DATA_OFFSET 64u

struct skep_ring_header {
	uint32_t size;   /* of the record, with the two bits above; read and written atomically */
	uint32_t offset; /* of this header from the start of the data, in units of 8 bytes */
};

/* The map that a record is of. */
static inline struct skep_map *skep_ring_map(const void *record)
{
	const uint8_t *header = (const uint8_t *)record - sizeof(struct skep_ring_header);
	const uint32_t offset = skep_load32(header + offsetof(struct skep_ring_header, offset));
	const void *start = header - (size_t)offset * 8 - SKEP_RING_DATA_OFFSET;

	return *(struct skep_map *const *)start;
}

#endif
