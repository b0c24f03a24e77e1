/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep's own interpreter and JIT. Each frame is copied into one buffer, laid out as Linux's test
 * run does, and the program is called in this process. Time is measured around the calls alone;
 * what reading the clock costs was measured before and is taken off.
 */
#define _GNU_SOURCE 1
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "memory.h"
#include "skb.h"

struct own {
	struct engine base;
	struct skep_prog *prog;
	const char *object_name;
	uint64_t clock_ns; /* one reading of the clock */
	uint8_t *buffer;
	size_t buffer_size;
};

/* Runs the program `repeat` times over its context; the time it took is in *ns. */
static enum status run_program(const struct own *own, void *ctx, uint64_t repeat, uint64_t *r0,
			       uint64_t *ns)
{
	const uint64_t begin = clock_now_ns();
	uint64_t elapsed;
	int err = 0;

	for (uint64_t i = 0; i < repeat && err == 0; i++)
		err = skep_prog_run(own->prog, ctx, r0);
	elapsed = clock_now_ns() - begin;
	/* The checked execution has told what the program was stopped in. */
	if (err == SKEP_EFAULT || err == SKEP_E2BIG)
		return STATUS_NO;
	if (err != 0)
		return complain("%s: the run failed: %s", own->object_name, skep_err_text(err));
	*ns = elapsed > own->clock_ns ? elapsed - own->clock_ns : 0;
	return STATUS_DONE;
}

static enum status run_skb(struct engine *engine, const struct frame_input *input,
			   struct frame_result *out)
{
	struct own *own = (struct own *)engine;
	struct skep_skb skb;
	uint64_t r0 = 0, ns = 0;
	enum status status;

	memcpy(own->buffer, input->data, input->size);
	skb_make(input, own->buffer, &skb);
	status = run_program(own, &skb, input->repeat, &r0, &ns);
	*out = (struct frame_result){ .retval = (uint32_t)r0,
				      .data = skb.data,
				      .size = (size_t)(skb.data_end - skb.data),
				      .meta = skb.data,
				      .ns = ns };
	return status;
}

static enum status run(struct engine *engine, const struct frame_input *input,
		       struct frame_result *out)
{
	struct own *own = (struct own *)engine;
	uint8_t *start = own->buffer + FRAME_HEADROOM - input->meta_size;
	struct skep_xdp xdp = {
		.data_hard_start = own->buffer,
		.data_meta = start,
		.data = own->buffer + FRAME_HEADROOM,
		.data_end = start + input->size,
		.frame_end = own->buffer + own->buffer_size,
		.ingress_ifindex = input->ifindex,
		.rx_queue_index = input->rx_queue,
	};
	uint64_t r0 = 0, ns = 0;
	enum status status;

	/* What the frame before left must not be seen. */
	memset(own->buffer, 0, own->buffer_size);
	memcpy(start, input->data, input->size);
	status = run_program(own, &xdp, input->repeat, &r0, &ns);
	*out = (struct frame_result){
		.retval = (uint32_t)r0,
		.data = xdp.data,
		.size = (size_t)(xdp.data_end - xdp.data),
		.meta = xdp.data_meta,
		.meta_size = (size_t)(xdp.data - xdp.data_meta),
		.ns = ns,
	};
	return status;
}

static int next_key(struct engine *engine, struct skep_map *map, const void *key, void *next)
{
	(void)engine;
	return skep_map_next_key(map, key, next);
}

static int lookup(struct engine *engine, struct skep_map *map, const void *key, void *value)
{
	(void)engine;
	return skep_map_lookup(map, key, value);
}

static size_t read_size(struct engine *engine, struct skep_map *map)
{
	(void)engine;
	return skep_map_read_size(map);
}

static int update(struct engine *engine, struct skep_map *map, const void *key, const void *value)
{
	(void)engine;
	return skep_map_update(map, key, value, 0);
}

static void consume(struct engine *engine, struct skep_map *map, skep_ringbuf_fn fn, void *ctx)
{
	(void)engine;
	skep_ringbuf_consume(map, fn, ctx);
}

static void close_own(struct engine *engine)
{
	free(((struct own *)engine)->buffer);
	free(engine);
}

static const struct engine_table TABLE = { run,    next_key, lookup,   read_size,
					   update, consume,  close_own };
static const struct engine_table SKB_TABLE = { run_skb, next_key, lookup,   read_size,
					       update,  consume,  close_own };

enum status engine_open_own(const struct engine_setup *setup, struct engine **out)
{
	const bool jit = skep_runtime_engine(setup->opened->runtime) == SKEP_ENGINE_JIT;
	const int err = skep_object_load(setup->opened->object);
	struct skep_prog_info info = { .name = NULL };
	struct own *own;

	if (err != 0)
		return report_log_rejected(&setup->opened->log) ? STATUS_NO : STATUS_BAD;
	if (setup->prog != NULL)
		skep_prog_info(setup->prog, &info);
	own = allocate(1, sizeof(*own));
	own->prog = setup->prog;
	own->object_name = skep_object_name(setup->opened->object);
	own->clock_ns = clock_cost_ns();
	own->buffer_size = FRAME_HEADROOM + setup->frame_most;
	own->buffer = allocate(1, own->buffer_size);
	own->base.table = info.type == PROG_TYPE_SOCKET_FILTER ? &SKB_TABLE : &TABLE;
	own->base.facts = (struct engine_facts){
		.engine = setup->opened->unverified ? "checked"
			  : jit                     ? "jit"
						    : "interp",
		.verify_ns = info.verify_ns,
		.compile_ns = info.compile_ns,
		.compile_known = true,
		.code_bytes = info.code_bytes,
		.insns = info.insn_count,
	};
	*out = &own->base;
	return STATUS_DONE;
}
