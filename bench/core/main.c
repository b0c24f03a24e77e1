/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures how long an object with CO-RE relocations takes to be opened and fitted to the running
 * kernel, by libskep and by libbpf: from the object's bytes to programs whose instructions are
 * final, the reading of the kernel's types included, before any program goes to a verifier.
 *
 * Both do it in turns, in one process, timed by the thread's processor clock, the kernel's work for
 * them included; the median counts. libbpf has one call for this and for
 * loading, so a handler for the program's section takes the time and stops it there. It has given
 * the object's BTF to the kernel by then; how long that takes is measured apart and taken off.
 * Both must come to the same instructions before their times count.
 */
#define _GNU_SOURCE 1
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "skep.h"

enum { ROUNDS = 21, STATUS_DONE = 0, STATUS_NO = 1, STATUS_USAGE = 2 };

static const char KERNEL[] = "/sys/kernel/btf/vmlinux";

struct content {
	void *bytes;
	size_t size;
};

static struct {
	double end;
	struct bpf_insn *insns;
	size_t count;
} caught;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static bool read_file(const char *path, struct content *out)
{
	FILE *file = fopen(path, "rb");
	size_t room = 64 << 20;

	if (file == NULL) {
		perror(path);
		return false;
	}
	out->bytes = malloc(room);
	out->size = out->bytes != NULL ? fread(out->bytes, 1, room, file) : 0;
	fclose(file);
	return out->size > 0;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list list)
{
	(void)level, (void)format, (void)list;
	return 0;
}

static int stop(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	(void)opts, (void)cookie;
	caught.end = now();
	if (caught.insns == NULL) {
		caught.count = bpf_program__insn_cnt(prog);
		caught.insns = malloc(caught.count * sizeof(*caught.insns));
		if (caught.insns != NULL)
			memcpy(caught.insns, bpf_program__insns(prog),
			       caught.count * sizeof(*caught.insns));
	}
	return -ECANCELED;
}

/* Milliseconds, or below 0. */
static double measure_libbpf(const struct content *file)
{
	const double start = now();
	struct bpf_object *object = bpf_object__open_mem(file->bytes, file->size, NULL);
	double time = -1;

	if (object == NULL)
		return -1;
	if (bpf_object__load(object) == -ECANCELED)
		time = caught.end - start;
	bpf_object__close(object);
	return time;
}

/* What the kernel takes to accept the object's BTF, which libbpf's time contains. */
static double measure_kernel(const struct content *file)
{
	struct bpf_object *object = bpf_object__open_mem(file->bytes, file->size, NULL);
	const struct btf *btf = object != NULL ? bpf_object__btf(object) : NULL;
	__u32 size = 0;
	const void *raw = btf != NULL ? btf__raw_data(btf, &size) : NULL;
	double start, time = 0;
	int fd;

	if (raw != NULL) {
		start = now();
		fd = bpf_btf_load(raw, size, NULL);
		time = now() - start;
		if (fd >= 0)
			close(fd);
	}
	bpf_object__close(object);
	return time;
}

/* Whether libskep's instructions are those that libbpf made. */
static bool same_instructions(const struct skep_object *object)
{
	const struct skep_prog *prog = skep_object_prog(object, 0);
	struct skep_prog_info info;

	skep_prog_info(prog, &info);
	if (info.insn_count != caught.count)
		return false;
	for (uint32_t i = 0; i < info.insn_count; i++) {
		const struct bpf_insn *theirs = &caught.insns[i];
		struct skep_insn ours;

		skep_prog_insn(prog, i, &ours);
		if (ours.code != theirs->code || ours.dst_reg != theirs->dst_reg ||
		    ours.src_reg != theirs->src_reg || ours.off != theirs->off ||
		    ours.imm != theirs->imm)
			return false;
	}
	return true;
}

static double measure_skep(const struct content *file, bool *same)
{
	const struct skep_config plain = { .port = skep_port_posix() };
	struct skep_config config = plain;
	struct skep_runtime *types = NULL, *runtime = NULL;
	struct skep_object *object = NULL;
	struct skep_btf *btf = NULL;
	struct content kernel;
	const double start = now();
	double time = -1;

	if (!read_file(KERNEL, &kernel))
		return -1;
	if (skep_runtime_open(&plain, &types) == 0 &&
	    skep_btf_open_in_place(types, kernel.bytes, kernel.size, KERNEL, &btf) == 0) {
		config.target_btf = btf;
		if (skep_runtime_open(&config, &runtime) == 0 &&
		    skep_object_open(runtime, file->bytes, file->size, "large.o", &object) == 0)
			time = now() - start;
	}
	*same = object != NULL && same_instructions(object);
	skep_object_close(object);
	skep_runtime_close(runtime);
	skep_btf_close(btf);
	skep_runtime_close(types);
	free(kernel.bytes);
	return time;
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *times)
{
	qsort(times, ROUNDS, sizeof(*times), ascending);
	return times[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	static const struct libbpf_prog_handler_opts HANDLER = {
		.sz = sizeof(HANDLER),
		.prog_prepare_load_fn = stop,
	};
	double ours[ROUNDS], theirs[ROUNDS], kernel[ROUNDS], skep, libbpf;
	struct content file;
	bool same = true;

	if (argc != 1 || !read_file(BENCH_OBJECT, &file)) {
		fprintf(stderr, "usage: %s\n", argv[0]);
		return STATUS_USAGE;
	}
	libbpf_set_print(quiet);
	libbpf_register_prog_handler("raw_tp/", BPF_PROG_TYPE_RAW_TRACEPOINT,
				     (enum bpf_attach_type)0, &HANDLER);
	for (int round = 0; round < ROUNDS && same; round++) {
		theirs[round] = measure_libbpf(&file);
		kernel[round] = measure_kernel(&file);
		if (theirs[round] < 0) {
			fprintf(stderr, "libbpf does not load here; run it as root\n");
			return STATUS_USAGE;
		}
		ours[round] = measure_skep(&file, &same);
		same = same && ours[round] >= 0;
	}
	if (!same) {
		fprintf(stderr, "libskep and libbpf come to different instructions\n");
		return STATUS_NO;
	}
	skep = median(ours);
	libbpf = median(theirs) - median(kernel);
	printf("open and fit an object of %zu instructions to the running kernel\n", caught.count);
	printf("  libskep     %7.1f ms\n", skep);
	printf("  libbpf %s %7.1f ms, and %.1f ms of the kernel's\n", libbpf_version_string(),
	       libbpf, median(kernel));
	printf("  libskep is %.1f times as fast\n", libbpf / skep);
	free(caught.insns);
	free(file.bytes);
	return STATUS_DONE;
}
