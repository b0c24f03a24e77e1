/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured, and what measures it. */
#ifndef SKEP_BENCH_BENCH_H
#define SKEP_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "native.h"

enum content { NOTHING, NOISE, NUMBERS, REQUESTS, FRAMES };

/* A kernel with all that is the same for every engine: the object clang made of it, its packet and
 * its input. */
struct subject {
	const char *name;
	const struct bench_native *native;
	uint8_t *object;
	size_t object_size;
	uint8_t *packet; /* in a buffer with room before and behind, as XDP wants it */
	size_t packet_size;
	uint8_t *input; /* as large as the kernel's own, NULL without one */
	size_t input_size;
	struct skep_xdp ctx;
};

/* Makes the subject of a row of kernels.def; false: reported. */
bool subject_open(struct subject *subject, const char *name, const struct bench_native *native,
		  enum content content, size_t packet_size);
void subject_close(struct subject *subject);

/* Something that can run a kernel. */
struct engine {
	const char *name;
	/* State for one kernel, or NULL and why not. */
	void *(*open)(const struct subject *subject, const char **why);
	/* Runs it `repeat` times; gives the time of all runs and the result of the last. */
	bool (*run)(void *state, uint32_t repeat, uint64_t *ns, uint32_t *result);
	void (*close)(void *state);
	/* Optional: loads it again, where the place in memory is a matter of chance. */
	bool (*renew)(void *state);
};

extern const struct engine engine_native, engine_interp, engine_jit, engine_kernel, engine_ubpf;

/* The processor time of this thread, nanoseconds. */
uint64_t thread_ns(void);

/* A kernel loaded with libskep, for the engines that need more than to run it. */
struct loaded;
struct loaded *loaded_open(const struct subject *subject, enum skep_engine engine,
			   const char **why);
void loaded_close(struct loaded *loaded);
struct skep_prog *loaded_prog(const struct loaded *loaded);
/* Where the variable `input` is in its section. */
uint32_t loaded_input_offset(const struct loaded *loaded);

/* BPF instructions that one run executes, by the checked execution; 0: it stopped, reported. */
uint64_t count_insns(const struct subject *subject);

enum engine_index { NATIVE, INTERP, JIT, KERNEL, UBPF, ENGINES };

/* What came out of measuring one kernel. NAN: not measured. */
struct figures {
	const char *name;
	uint64_t insns; /* BPF instructions that a run executes */
	uint32_t result;
	double ns[ENGINES]; /* of a run, the median over the rounds */
	/* Medians of the quotients within a round. */
	double ns_per_insn, interp_native, jit_native, jit_kernel, ubpf_interp;
	const char *why[ENGINES]; /* there is no time */
};

/* Prints all figures with their geometric means, as a table or as one JSON object. */
void report_table(const struct figures *figures, size_t count);
void report_json(const struct figures *figures, size_t count);

#endif
