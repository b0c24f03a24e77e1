/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs a program: skep's own engines, or the kernel. Both act alike on a frame, so that their
 * results can be compared: the frame stands 256 bytes into its buffer, and repeated runs act on
 * what the run before left.
 */
#ifndef SKEP_CLI_ENGINE_H
#define SKEP_CLI_ENGINE_H

#include "object.h"

enum {
	FRAME_HEADROOM = 256, /* Linux's XDP_PACKET_HEADROOM */
	FRAME_LEAST = 14,     /* Linux tests no packet without an Ethernet header */
	/* What Linux has for a packet in one page of 4,096 bytes, between the headroom and its
	 * skb_shared_info. */
	FRAME_MOST_LINUX = 4096 - FRAME_HEADROOM - 320,
	FRAME_MOST = 262144, /* libpcap's longest packet */
};

/* Linux's numbers of the program types that can be run. */
enum { PROG_TYPE_SOCKET_FILTER = 1, PROG_TYPE_XDP = 6 };

/* What the context of a socket filter is given besides the packet, as in Linux's test run. */
struct skb_fields {
	uint32_t mark, priority, ingress_ifindex, cb[5], gso_segs, gso_size;
	/* The packet begins with its Ethernet header, as packet sockets have it; otherwise behind
	 * it, which is how the test run has it. */
	bool from_link;
};

/* Metadata, then packet. */
struct frame_input {
	const uint8_t *data;
	size_t size;
	size_t meta_size;
	uint32_t ifindex, rx_queue;
	uint64_t repeat; /* runs, 1 or more */
	struct skb_fields skb;
};

/* What the last run left; `data` until the next run. */
struct frame_result {
	uint32_t retval;
	const uint8_t *data;
	size_t size;
	const uint8_t *meta;
	size_t meta_size;
	uint64_t ns; /* of all the runs together */
};

/* What became known while loading. */
struct engine_facts {
	const char *engine;
	uint64_t verify_ns;
	uint64_t compile_ns;
	bool compile_known;
	uint64_t code_bytes; /* 0: interpreted */
	uint64_t insns;
};

struct engine;

struct engine_setup {
	const struct file *file;
	struct opened *opened;  /* variables and types set, not loaded */
	struct skep_prog *prog; /* of it; NULL (own engines): only the maps are wanted */
	size_t frame_most;      /* bytes of the longest frame */
};

/* What an engine can do. `map` is always the object's own: its definition is the key. Each returns
 * 0 or, reported unless said otherwise, an exit status. */
struct engine_table {
	enum status (*run)(struct engine *engine, const struct frame_input *input,
			   struct frame_result *out);
	/* As skep_map_next_key(), _lookup() and read_size(): 0 or negative, nothing reported. */
	int (*next_key)(struct engine *engine, struct skep_map *map, const void *key, void *next);
	int (*lookup)(struct engine *engine, struct skep_map *map, const void *key, void *value);
	size_t (*read_size)(struct engine *engine, struct skep_map *map);
	/* As skep_map_update() with BPF_ANY: 0 or negative, nothing reported. */
	int (*update)(struct engine *engine, struct skep_map *map, const void *key,
		      const void *value);
	/* Empties a ring buffer through skep_ringbuf_consume()'s kind of function. */
	void (*consume)(struct engine *engine, struct skep_map *map, skep_ringbuf_fn fn, void *ctx);
	void (*close)(struct engine *engine);
};

/* The beginning of every engine's own structure. */
struct engine {
	const struct engine_table *table;
	struct engine_facts facts;
};

/* Load the object and make it ready to run. STATUS_NO: the program was rejected. */
enum status engine_open_own(const struct engine_setup *setup, struct engine **out);
enum status engine_open_kernel(const struct engine_setup *setup, struct engine **out);

/* What the running kernel allows, for `skep features`. */
struct kernel_abilities {
	bool bpf_allowed;   /* bpf(2) made a map */
	char bpf_error[64]; /* why not */
	bool jit_known, jit_enabled;
};
void kernel_probe(struct kernel_abilities *out);

/* Whether it has them: 1, 0, or negative where that cannot be found out. */
int kernel_has_prog_type(uint32_t type);
int kernel_has_map_type(uint32_t type);
int kernel_has_helper(uint32_t prog_type, uint32_t helper);

#endif
