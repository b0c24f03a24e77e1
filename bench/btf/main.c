/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the types of the running kernel take to be read, beside libbpf: from the file to a table
 * in which types are found by id, to one in which they are found by name, and to the types of 200
 * names, such as the relocations of a large object have. libbpf checks little and has no index of
 * names: the second row gives it one made here, the third asks it as it is. skep reads the file
 * and makes a copy of its own, as libbpf does, and in another column uses the mapped file in place;
 * its table of names and all its checks are in every row. Rounds take turns; each
 * time is that of the thread's processor clock, the least of all rounds counts.
 */
#define _GNU_SOURCE 1
#include <bpf/btf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "skep.h"

enum { ROUNDS = 15, NAMES = 200, SLOTS = 1 << 18, JOBS = 3 };

static const char PATH[] = "/sys/kernel/btf/vmlinux";

static const char *const TITLES[JOBS] = { "read", "read, names in a table",
					  "read, 200 names found" };

static char names[NAMES][128];
static uint32_t slots[SLOTS];

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name != '\0')
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return (hash ^ hash >> 15) % SLOTS;
}

static bool run_libbpf(int job)
{
	struct btf *btf = btf__parse(PATH, NULL);
	bool found = btf != NULL;

	if (job == 1) {
		memset(slots, 0, sizeof(slots));
		for (uint32_t id = btf__type_cnt(btf) - 1; id > 0; id--) {
			const struct btf_type *type = btf__type_by_id(btf, id);
			const char *name = btf__name_by_offset(btf, type->name_off);

			if (name[0] != '\0')
				slots[hash_of(name)] = id;
		}
	}
	for (int i = 0; job == 2 && i < NAMES; i++)
		found = found && btf__find_by_name(btf, names[i]) > 0;
	btf__free(btf);
	return found;
}

/* The file's bytes: mapped, or where the kernel (before 6.16) cannot, read. */
struct file {
	size_t size;
	void *bytes;
	bool is_mapped;
};

static bool open_file(struct file *file, bool may_map)
{
	const int fd = open(PATH, O_RDONLY | O_CLOEXEC);
	size_t got = 0;
	struct stat stat;
	ssize_t step = 1;

	if (fd < 0 || fstat(fd, &stat) != 0)
		return false;
	file->size = (size_t)stat.st_size;
	file->bytes = may_map ? mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	file->is_mapped = file->bytes != MAP_FAILED;
	if (!file->is_mapped) {
		file->bytes = malloc(file->size);
		while (step > 0 && got < file->size) {
			step = read(fd, (char *)file->bytes + got, file->size - got);
			got += step > 0 ? (size_t)step : 0;
		}
	}
	close(fd);
	return file->is_mapped || got == file->size;
}

static void close_file(struct file *file)
{
	if (file->is_mapped)
		munmap(file->bytes, file->size);
	else
		free(file->bytes);
}

static bool run_skep(struct skep_runtime *runtime, int job, bool in_place)
{
	struct skep_btf *btf = NULL;
	struct file file;
	bool found;

	if (!open_file(&file, in_place))
		return false;
	found = (in_place ? skep_btf_open_in_place : skep_btf_open)(runtime, file.bytes, file.size,
								    PATH, &btf) == 0;
	for (int i = 0; job == 2 && found && i < NAMES; i++)
		found = skep_btf_find(btf, SKEP_BTF_VOID, names[i]) != 0;
	skep_btf_close(btf);
	close_file(&file);
	return found;
}

/* Names of structures, spread over the whole table. */
static bool choose_names(void)
{
	struct btf *btf = btf__parse(PATH, NULL);
	uint32_t count, id = 1;

	if (btf == NULL)
		return false;
	count = btf__type_cnt(btf);
	for (int i = 0; i < NAMES; i++) {
		const struct btf_type *type;

		for (id = (uint32_t)((uint64_t)count * (unsigned)i / NAMES) + 1; id + 1 < count;
		     id++) {
			type = btf__type_by_id(btf, id);
			if (btf_is_struct(type) && type->name_off != 0)
				break;
		}
		type = btf__type_by_id(btf, id < count ? id : 1);
		snprintf(names[i], sizeof(names[i]), "%s",
			 btf__name_by_offset(btf, type->name_off));
		if (names[i][0] == '\0')
			snprintf(names[i], sizeof(names[i]), "task_struct");
	}
	btf__free(btf);
	return true;
}

int main(void)
{
	const struct skep_config config = { .port = skep_port_posix() };
	struct skep_runtime *runtime;
	double least[JOBS][3];
	bool good = true;

	if (!choose_names()) {
		fprintf(stderr, "skep-bench-btf: %s cannot be read\n", PATH);
		return 2;
	}
	if (skep_runtime_open(&config, &runtime) != 0)
		return 1;
	for (int job = 0; job < JOBS; job++)
		for (int round = 0; round < ROUNDS; round++) {
			double at[4];

			at[0] = now_ms();
			good &= run_libbpf(job);
			at[1] = now_ms();
			good &= run_skep(runtime, job, false);
			at[2] = now_ms();
			good &= run_skep(runtime, job, true);
			at[3] = now_ms();
			for (int i = 0; i < 3; i++)
				if (round == 0 || at[i + 1] - at[i] < least[job][i])
					least[job][i] = at[i + 1] - at[i];
		}
	skep_runtime_close(runtime);
	if (!good) {
		fprintf(stderr, "skep-bench-btf: a name was not found\n");
		return 1;
	}
	printf("%-26s %10s %10s %10s %10s %10s\n", "types of the kernel, ms", "libbpf", "skep",
	       "ratio", "in place", "ratio");
	for (int job = 0; job < JOBS; job++)
		printf("%-26s %10.2f %10.2f %9.1fx %10.2f %9.1fx\n", TITLES[job], least[job][0],
		       least[job][1], least[job][0] / least[job][1], least[job][2],
		       least[job][0] / least[job][2]);
	return 0;
}
