/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running kernel: the same object through libbpf, timed by BPF_PROG_TEST_RUN. A test of an XDP
 * program waits for a grace period and changes code unless the program is attached somewhere, so it
 * is attached to the loopback interface of a network namespace of its own, which ends with the
 * process. The kernel puts code at random places, and tight loops care: it is loaded again now and
 * then. Needs root.
 */
#define _GNU_SOURCE 1
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { LOOPBACK = 1 };

struct state {
	const struct subject *subject;
	struct bpf_object *object;
	int prog_fd;
};

static int keep_quiet(enum libbpf_print_level level, const char *format, va_list list)
{
	(void)level, (void)format, (void)list;
	return 0;
}

/* Where `input` is in its section; libskep knows. */
static bool fill_input(struct state *state, const char **why)
{
	const struct subject *subject = state->subject;
	struct loaded *loaded;
	struct bpf_map *map;
	const uint8_t *initial = NULL;
	uint8_t *copy;
	uint32_t offset = 0;
	size_t size = 0;
	bool done;

	if (subject->input_size == 0)
		return true;
	loaded = loaded_open(subject, SKEP_ENGINE_INTERP, why);
	if (loaded == NULL)
		return false;
	offset = loaded_input_offset(loaded);
	loaded_close(loaded);
	map = bpf_object__find_map_by_name(state->object, ".bss");
	if (map != NULL)
		initial = bpf_map__initial_value(map, &size);
	copy = initial != NULL ? malloc(size) : NULL;
	if (copy == NULL)
		return false;
	memcpy(copy, initial, size);
	memcpy(copy + offset, subject->input, subject->input_size);
	done = bpf_map__set_initial_value(map, copy, size) == 0;
	free(copy);
	return done;
}

static void unload(struct state *state)
{
	if (state->prog_fd > 0)
		bpf_xdp_attach(LOOPBACK, -1, XDP_FLAGS_SKB_MODE, NULL);
	state->prog_fd = 0;
	bpf_object__close(state->object);
	state->object = NULL;
}

static bool load(struct state *state, const char **why)
{
	const struct bpf_object_open_opts options = { .sz = sizeof(options),
						      .object_name = "skep" };
	const struct subject *subject = state->subject;

	state->object = bpf_object__open_mem(subject->object, subject->object_size, &options);
	if (state->object == NULL || !fill_input(state, why))
		return false;
	if (bpf_object__load(state->object) != 0) {
		*why = errno == EPERM ? "bpf(2) is not permitted here: run as root"
				      : "the kernel's verifier rejects it";
		return false;
	}
	state->prog_fd = bpf_program__fd(bpf_object__next_program(state->object, NULL));
	if (bpf_xdp_attach(LOOPBACK, state->prog_fd, XDP_FLAGS_SKB_MODE, NULL) == 0)
		return true;
	*why = "it cannot be attached to the loopback interface";
	return false;
}

static void close_kernel(void *given)
{
	unload(given);
	free(given);
}

static void *open_kernel(const struct subject *subject, const char **why)
{
	static bool apart; /* in a network namespace of our own */
	struct state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		return NULL;
	state->subject = subject;
	libbpf_set_print(keep_quiet);
	*why = "a network namespace of its own is not permitted here: run as root";
	apart = apart || unshare(CLONE_NEWNET) == 0;
	if (apart && load(state, why))
		return state;
	close_kernel(state);
	return NULL;
}

static bool run_kernel(void *given, uint32_t repeat, uint64_t *ns, uint32_t *result)
{
	const struct state *state = given;
	struct bpf_test_run_opts test = {
		.sz = sizeof(test),
		.data_in = state->subject->packet,
		.data_size_in = (uint32_t)state->subject->packet_size,
		.repeat = (int)repeat,
	};

	if (bpf_prog_test_run_opts(state->prog_fd, &test) < 0)
		return false;
	*ns = (uint64_t)test.duration * repeat; /* it gives the time of one run */
	*result = test.retval;
	return true;
}

static bool renew(void *given)
{
	const char *why;

	unload(given);
	return load(given, &why);
}

const struct engine engine_kernel = {
	.name = "kernel",
	.open = open_kernel,
	.run = run_kernel,
	.close = close_kernel,
	.renew = renew,
};
