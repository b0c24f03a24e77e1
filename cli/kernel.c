/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel as an engine: the same object through libbpf, run by BPF_PROG_TEST_RUN. The object
 * that libskep opened tells what to load and gives the variables their values, so nothing is
 * decided twice. Nothing stays behind in the kernel: no pins, no links.
 *
 * The verifier's own statistics (log level 4) tell how long it took; when it rejects, the object is
 * loaded once more with its full log, whose last sentence is the reason.
 */
#define _GNU_SOURCE 1
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "memory.h"
#include "skb.h"

enum {
	STATISTICS_BYTES = 64 << 10,
	LOG_BYTES = 16 << 20, /* older kernels refuse to load when the log does not fit */
	LOG_STATISTICS = 4,
	LOG_FULL = 1,
};

struct kernel {
	struct engine base;
	struct bpf_object *object;
	struct bpf_program *program;
	int prog_fd;
	const struct skep_object *own; /* the same object as libskep has it */
	const char *name;
	size_t cpus; /* values that a per-CPU map has, as the kernel counts them */
	uint8_t *out;
	size_t out_size;
	struct ring_reader {
		struct skep_map *map;
		struct ring_buffer *ring;
		skep_ringbuf_fn fn;
		void *ctx;
	} * rings;
	size_t ring_count;
	struct bytes log; /* of the verifier, for the program that runs */
};

/* libbpf reports through one function for the whole process; the last warning is kept here. */
static char last_warning[512];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list list)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_warning, sizeof(last_warning), format, list);
	last_warning[strcspn(last_warning, "\n")] = '\0';
	return 0;
}

/* bpf(2) with the least that needs permission: a map of one element. 0 or a negative errno. */
static int try_bpf(void)
{
	const int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "skep_probe", 4, 4, 1, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static struct bpf_map *find_map(const struct kernel *kernel, const struct skep_map *map)
{
	struct bpf_map *found = bpf_object__find_map_by_name(kernel->object, skep_map_name(map));
	struct skep_var var;

	/* Data sections have a section name, which both sides share, whatever they call the map. */
	for (uint32_t i = 0; found == NULL && skep_object_var(kernel->own, i, &var) == 0; i++)
		if (var.map == map)
			found = bpf_object__find_map_by_name(kernel->object, var.section);
	return found;
}

static int map_fd(const struct kernel *kernel, const struct skep_map *map)
{
	const struct bpf_map *found = find_map(kernel, map);

	return found != NULL ? bpf_map__fd(found) : -1;
}

/* Gives the variables of one data section the values they have in libskep's object. */
static void copy_variables(const struct kernel *kernel, const struct skep_map *own)
{
	struct bpf_map *map = find_map(kernel, own);
	struct skep_var var;
	const void *initial;
	size_t size = 0;
	uint8_t *copy;

	initial = map != NULL ? bpf_map__initial_value(map, &size) : NULL;
	if (initial == NULL)
		return;
	copy = allocate(1, size);
	memcpy(copy, initial, size);
	for (uint32_t i = 0; skep_object_var(kernel->own, i, &var) == 0; i++)
		if (var.map == own && var.offset <= size && var.size <= size - var.offset)
			skep_var_read(&var, copy + var.offset, var.size);
	bpf_map__set_initial_value(map, copy, size);
	free(copy);
}

/* Opens the object with libbpf and sets what the command line asked for. 0 or a negative errno. */
static int open_object(struct kernel *kernel, const struct engine_setup *setup, bool full_log)
{
	const struct bpf_object_open_opts options = { .sz = sizeof(options),
						      .object_name = "skep",
						      .btf_custom_path = target_btf_path() };
	struct skep_prog_info info;
	struct skep_prog *prog;
	struct bpf_program *program;
	struct bpf_map *map;

	kernel->object = bpf_object__open_mem(setup->file->bytes, setup->file->size, &options);
	if (kernel->object == NULL)
		return -errno;
	bpf_object__for_each_map(map, kernel->object) bpf_map__set_pin_path(map, NULL);
	for (uint32_t i = 0; (prog = skep_object_prog(kernel->own, i)) != NULL; i++) {
		skep_prog_info(prog, &info);
		program = bpf_object__find_program_by_name(kernel->object, info.name);
		if (program == NULL)
			continue;
		bpf_program__set_type(program, (enum bpf_prog_type)info.type);
		if (prog == setup->prog)
			kernel->program = program;
		if (prog == setup->prog || !object_needs(kernel->own, setup->prog, prog))
			bpf_program__set_autoload(program, prog == setup->prog);
	}
	if (kernel->program == NULL)
		return -ENOENT;
	bytes_free(&kernel->log);
	bytes_append(&kernel->log, NULL, full_log ? (size_t)LOG_BYTES : (size_t)STATISTICS_BYTES);
	bpf_program__set_log_buf(kernel->program, (char *)kernel->log.data, kernel->log.size);
	bpf_program__set_log_level(kernel->program, full_log ? LOG_FULL : LOG_STATISTICS);
	for (uint32_t i = 0; skep_object_map(kernel->own, i) != NULL; i++)
		copy_variables(kernel, skep_object_map(kernel->own, i));
	return 0;
}

static void close_object(struct kernel *kernel)
{
	bpf_object__close(kernel->object);
	kernel->object = NULL;
	kernel->program = NULL;
}

/* The verifier's last sentence before its statistics, in place; "" if it wrote none. */
static const char *last_sentence(char *log)
{
	const char *found = "";

	for (char *line = strtok(log, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, "processed ", 10) != 0 &&
		    strncmp(line, "verification time", 17) && strncmp(line, "stack depth", 11) != 0)
			found = line;
	return found;
}

/* Says why the object was not loaded. */
static enum status explain(struct kernel *kernel, const struct engine_setup *setup, int err)
{
	struct skep_prog_info info;
	const char *reason = "";

	skep_prog_info(setup->prog, &info);
	close_object(kernel);
	if (open_object(kernel, setup, true) == 0 && bpf_object__load(kernel->object) != 0)
		reason = last_sentence((char *)kernel->log.data);
	if (reason[0] != '\0') {
		complain("%s: program %s: the kernel's verifier rejected it: %s", kernel->name,
			 info.name, reason);
		return STATUS_NO;
	}
	return complain("%s: the kernel did not load it: %s (%s)", kernel->name, strerror(-err),
			last_warning[0] != '\0' ? last_warning : "libbpf says no more");
}

static enum status run(struct engine *engine, const struct frame_input *input,
		       struct frame_result *out)
{
	struct kernel *kernel = (struct kernel *)engine;
	/* Interface 1 is loopback, which the kernel takes by itself. */
	struct xdp_md context = {
		.data = (uint32_t)input->meta_size,
		.data_end = (uint32_t)input->size,
		.ingress_ifindex = input->ifindex == 1 && input->rx_queue == 0 ? 0 : input->ifindex,
		.rx_queue_index = input->rx_queue,
	};
	struct xdp_md after = { 0 };
	struct bpf_test_run_opts test = {
		.sz = sizeof(test),
		.data_in = input->data,
		.data_size_in = (uint32_t)input->size,
		.data_out = kernel->out,
		.data_size_out = (uint32_t)kernel->out_size,
		.ctx_in = &context,
		.ctx_size_in = sizeof(context),
		.ctx_out = &after,
		.ctx_size_out = sizeof(after),
		.repeat = (int)input->repeat,
	};
	const int err = bpf_prog_test_run_opts(kernel->prog_fd, &test);

	if (err < 0)
		return complain("%s: the kernel refused to run a frame of %zu bytes: %s%s",
				kernel->name, input->size, strerror(-err),
				input->ifindex != 1 ? "; --ifindex must be an interface of this "
						      "machine, up and with that receive queue"
						    : "");
	if (after.data > test.data_size_out)
		after.data = 0;
	*out = (struct frame_result){
		.retval = test.retval,
		.data = kernel->out + after.data,
		.size = test.data_size_out - after.data,
		.meta = kernel->out,
		.meta_size = after.data,
		.ns = (uint64_t)test.duration * input->repeat,
	};
	return STATUS_DONE;
}

/* A frame to test: with a second Ethernet header before it if the filter is to see the first. */
static struct bytes make_frame(const struct frame_input *input)
{
	struct bytes frame = { 0 };

	if (input->skb.from_link)
		bytes_append(&frame, input->data, FRAME_LEAST);
	bytes_append(&frame, input->data, input->size);
	return frame;
}

/* The test run takes the Ethernet header off before it runs a socket filter, and puts back zeroes.
 */
static enum status run_skb(struct engine *engine, const struct frame_input *input,
			   struct frame_result *out)
{
	struct kernel *kernel = (struct kernel *)engine;
	struct bytes frame = make_frame(input);
	uint8_t context[SKB_CONTEXT_BYTES];
	struct bpf_test_run_opts test = {
		.sz = sizeof(test),
		.data_in = frame.data,
		.data_size_in = (uint32_t)frame.size,
		.data_out = kernel->out,
		.data_size_out = (uint32_t)kernel->out_size,
		.ctx_in = context,
		.ctx_size_in = sizeof(context),
		.repeat = (int)input->repeat,
	};
	int err;

	skb_write_context(input, context);
	err = bpf_prog_test_run_opts(kernel->prog_fd, &test);
	bytes_free(&frame);
	if (err < 0)
		return complain("%s: the kernel refused to run a frame of %zu bytes: %s%s",
				kernel->name, input->size, strerror(-err),
				input->ifindex != 1 ? "; --ifindex must be an interface of this "
						      "machine"
						    : "");
	*out = (struct frame_result){
		.retval = test.retval,
		.data = kernel->out + FRAME_LEAST,
		.size = test.data_size_out - FRAME_LEAST,
		.meta = kernel->out,
		.ns = (uint64_t)test.duration * input->repeat,
	};
	return STATUS_DONE;
}

static int next_key(struct engine *engine, struct skep_map *map, const void *key, void *next)
{
	const int fd = map_fd((struct kernel *)engine, map);

	return fd < 0 || bpf_map_get_next_key(fd, key, next) != 0 ? SKEP_ENOENT : 0;
}

static int lookup(struct engine *engine, struct skep_map *map, const void *key, void *value)
{
	const int fd = map_fd((struct kernel *)engine, map);

	return fd < 0 || bpf_map_lookup_elem(fd, key, value) != 0 ? SKEP_ENOENT : 0;
}

static size_t read_size(struct engine *engine, struct skep_map *map)
{
	const struct skep_map_def *def = skep_map_def(map);

	switch (def->type) {
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return ((size_t)def->value_size + 7) / 8 * 8 * ((struct kernel *)engine)->cpus;
	default: return def->value_size;
	}
}

static int update(struct engine *engine, struct skep_map *map, const void *key, const void *value)
{
	const int fd = map_fd((struct kernel *)engine, map);

	if (fd < 0)
		return SKEP_ENOENT;
	/* errno as libbpf returns it, negated: the numbers are those of enum skep_err. */
	return bpf_map_update_elem(fd, key, value, BPF_ANY);
}

static int take_record(void *ctx, void *record, size_t size)
{
	struct ring_reader *reader = ctx;

	return reader->fn(reader->ctx, record, size);
}

static void consume(struct engine *engine, struct skep_map *map, skep_ringbuf_fn fn, void *ctx)
{
	struct kernel *kernel = (struct kernel *)engine;

	for (size_t i = 0; i < kernel->ring_count; i++) {
		struct ring_reader *reader = &kernel->rings[i];

		if (reader->map != map)
			continue;
		reader->fn = fn;
		reader->ctx = ctx;
		ring_buffer__consume(reader->ring);
	}
}

static void close_kernel(struct engine *engine)
{
	struct kernel *kernel = (struct kernel *)engine;

	for (size_t i = 0; i < kernel->ring_count; i++)
		ring_buffer__free(kernel->rings[i].ring);
	free(kernel->rings);
	bpf_object__close(kernel->object);
	bytes_free(&kernel->log);
	free(kernel->out);
	free(kernel);
}

static const struct engine_table TABLE = {
	run, next_key, lookup, read_size, update, consume, close_kernel,
};
static const struct engine_table SKB_TABLE = {
	run_skb, next_key, lookup, read_size, update, consume, close_kernel,
};

/* Readers of all ring buffers, made before the first run. */
static enum status open_rings(struct kernel *kernel)
{
	struct skep_map *map;

	for (uint32_t i = 0; skep_object_map(kernel->own, i) != NULL; i++)
		kernel->ring_count++;
	kernel->rings = allocate(kernel->ring_count, sizeof(*kernel->rings));
	kernel->ring_count = 0;
	for (uint32_t i = 0; (map = skep_object_map(kernel->own, i)) != NULL; i++) {
		struct ring_reader *reader = &kernel->rings[kernel->ring_count];

		if (skep_map_def(map)->type != BPF_MAP_TYPE_RINGBUF)
			continue;
		reader->map = map;
		reader->ring = ring_buffer__new(map_fd(kernel, map), take_record, reader, NULL);
		if (reader->ring == NULL)
			return complain("%s: map %s: the ring buffer cannot be read: %s",
					kernel->name, skep_map_name(map), strerror(errno));
		kernel->ring_count++;
	}
	return STATUS_DONE;
}

static struct engine_facts facts_of(const struct kernel *kernel)
{
	struct engine_facts facts = {
		.engine = "kernel",
		.insns = bpf_program__insn_cnt(kernel->program),
	};
	const char *time = strstr((const char *)kernel->log.data, "verification time ");
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	unsigned long long microseconds;

	if (time != NULL && sscanf(time, "verification time %llu usec", &microseconds) == 1)
		facts.verify_ns = microseconds * 1000;
	if (bpf_obj_get_info_by_fd(kernel->prog_fd, &info, &size) == 0)
		facts.code_bytes = info.jited_prog_len;
	return facts;
}

static enum status load(struct kernel *kernel, const struct engine_setup *setup)
{
	const int cpus = libbpf_num_possible_cpus();
	int err = try_bpf();

	if (err != 0)
		return complain("bpf(2) is not permitted here: %s; run as root or with CAP_BPF and "
				"CAP_NET_ADMIN, or choose --engine jit or interp",
				strerror(-err));
	if (cpus <= 0)
		return complain(
			"the number of cpus is not known: %s; mount sysfs on /sys, or choose "
			"--engine jit or interp",
			strerror(-cpus));
	kernel->cpus = (size_t)cpus;
	err = open_object(kernel, setup, false);
	if (err != 0)
		return complain("%s: libbpf cannot read it: %s (%s)", kernel->name, strerror(-err),
				last_warning[0] != '\0' ? last_warning : "it says no more");
	err = bpf_object__load(kernel->object);
	if (err != 0)
		return explain(kernel, setup, err);
	kernel->prog_fd = bpf_program__fd(kernel->program);
	kernel->base.facts = facts_of(kernel);
	return open_rings(kernel);
}

enum status engine_open_kernel(const struct engine_setup *setup, struct engine **out)
{
	struct kernel *kernel = allocate(1, sizeof(*kernel));
	struct skep_prog_info info;
	enum status status;

	skep_prog_info(setup->prog, &info);
	kernel->base.table = info.type == PROG_TYPE_SOCKET_FILTER ? &SKB_TABLE : &TABLE;
	kernel->own = setup->opened->object;
	kernel->name = setup->file->path;
	kernel->out_size = FRAME_HEADROOM + FRAME_MOST_LINUX;
	kernel->out = allocate(1, kernel->out_size);
	last_warning[0] = '\0';
	libbpf_set_print(keep_warning);
	status = load(kernel, setup);
	if (status != STATUS_DONE) {
		close_kernel(&kernel->base);
		return status;
	}
	*out = &kernel->base;
	return STATUS_DONE;
}

void kernel_probe(struct kernel_abilities *out)
{
	FILE *file = fopen("/proc/sys/net/core/bpf_jit_enable", "r");
	const int err = try_bpf();
	int enabled;

	libbpf_set_print(keep_warning);
	*out = (struct kernel_abilities){ .bpf_allowed = err == 0 };
	if (err != 0)
		snprintf(out->bpf_error, sizeof(out->bpf_error), "%s", strerror(-err));
	out->jit_known = file != NULL && fscanf(file, "%d", &enabled) == 1;
	out->jit_enabled = out->jit_known && enabled != 0;
	if (file != NULL)
		fclose(file);
}

int kernel_has_prog_type(uint32_t type)
{
	return libbpf_probe_bpf_prog_type((enum bpf_prog_type)type, NULL);
}

int kernel_has_map_type(uint32_t type)
{
	return libbpf_probe_bpf_map_type((enum bpf_map_type)type, NULL);
}

int kernel_has_helper(uint32_t prog_type, uint32_t helper)
{
	return libbpf_probe_bpf_helper((enum bpf_prog_type)prog_type, (enum bpf_func_id)helper,
				       NULL);
}
