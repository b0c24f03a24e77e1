/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's verdict: one program of an object goes to bpf(2) through libbpf with the verifier's
 * log; what the log ends with is the reason of a refusal. When the log has no statistics, the
 * verifier never saw the program (the kernel lacks a map type or what it is to be attached to, or
 * permission), which is no verdict.
 */
#define _GNU_SOURCE 1
#include "judge.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum {
	LOG_BYTES = 16 << 20, /* of a full log its end is kept; older kernels want all of it */
	LOG_STATISTICS = 4,
	LOG_FULL = 1,
};

static char last_warning[512];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list list)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_warning, sizeof(last_warning), format, list);
	last_warning[strcspn(last_warning, "\n")] = '\0';
	return 0;
}

/* Gives the variables of a data section the values they have in libskep's object. */
static void copy_values(struct bpf_object *to, const struct skep_object *from)
{
	struct skep_data data;
	struct bpf_map *map;
	size_t size = 0;

	for (uint32_t i = 0; skep_object_map(from, i) != NULL; i++) {
		if (skep_object_data(from, i, &data) != 0)
			continue;
		map = bpf_object__find_map_by_name(to, data.section);
		if (map != NULL && bpf_map__initial_value(map, &size) != NULL && size == data.size)
			bpf_map__set_initial_value(map, data.bytes, size);
	}
}

/* Storage beside kernel objects has none, and libbpf gives perf events one for each cpu. */
static bool wants_entries(const struct bpf_map *map)
{
	const char *name = skep_map_type_name(bpf_map__type(map));

	return name == NULL || (strstr(name, "storage") == NULL &&
				bpf_map__type(map) != BPF_MAP_TYPE_PERF_EVENT_ARRAY);
}

/* Maps that the loader is to size have one entry here. */
static void size_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		bpf_map__set_pin_path(map, NULL);
		if (bpf_map__max_entries(map) == 0 && wants_entries(map))
			bpf_map__set_max_entries(
				map, bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF ? 4096 : 1);
	}
}

/* The line of the log that says why; in place. */
static const char *reason_of(char *log)
{
	const char *found = NULL;

	for (char *line = strtok(log, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, "processed ", 10) != 0 &&
		    strncmp(line, "verification time", 17) != 0 &&
		    strncmp(line, "stack depth", 11) != 0 && strncmp(line, "mark_precise", 12) != 0)
			found = line;
	return found;
}

/* Loads with the log that is asked for; 0 or a negative errno. */
static int load(const struct file *file, const struct skep_object *own,
		const struct skep_prog_info *info, char *log, int level)
{
	const struct bpf_object_open_opts options = { .sz = sizeof(options),
						      .object_name = "skep" };
	struct bpf_object *object = bpf_object__open_mem(file->bytes, file->size, &options);
	struct bpf_program *program, *chosen;
	int err;

	if (object == NULL)
		return -1;
	chosen = bpf_object__find_program_by_name(object, info->name);
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, program == chosen);
	}
	if (chosen == NULL) {
		bpf_object__close(object);
		return -1;
	}
	bpf_program__set_type(chosen, (enum bpf_prog_type)info->type);
	bpf_program__set_log_buf(chosen, log, LOG_BYTES);
	bpf_program__set_log_level(chosen, (uint32_t)level);
	size_maps(object);
	copy_values(object, own);
	err = bpf_object__load(object);
	bpf_object__close(object);
	return err;
}

static void take_statistics(const char *log, struct judged *out)
{
	const char *time = strstr(log, "verification time "), *count = strstr(log, "processed ");
	unsigned long long number;

	if (time != NULL && sscanf(time, "verification time %llu usec", &number) == 1)
		out->ns = number * 1000;
	if (count != NULL && sscanf(count, "processed %llu insns", &number) == 1)
		out->walked = number;
}

void kernel_judge(const struct file *file, const struct skep_object *object,
		  const struct skep_prog *prog, struct judged *out)
{
	char *log = allocate(1, LOG_BYTES);
	struct skep_prog_info info;
	const char *reason = NULL;
	int err;

	*out = (struct judged){ .judgement = JUDGEMENT_NONE };
	skep_prog_info(prog, &info);
	last_warning[0] = '\0';
	libbpf_set_print(keep_warning);
	err = load(file, object, &info, log, LOG_STATISTICS);
	take_statistics(log, out);
	/* What comes after, such as slots for programs that are not loaded, is not the verifier's.
	 */
	if (err == 0 || (out->walked > 0 && reason_of(log) == NULL)) {
		out->judgement = JUDGEMENT_ACCEPT;
		free(log);
		return;
	}
	log[0] = '\0';
	load(file, object, &info, log, LOG_FULL);
	if (strstr(log, "processed ") != NULL) {
		out->judgement = JUDGEMENT_REJECT;
		take_statistics(log, out);
		reason = reason_of(log);
	}
	if (reason == NULL)
		reason = last_warning[0] != '\0' ? last_warning : strerror(-err);
	out->reason = duplicate(reason);
	free(log);
}

const char *judgement_text(enum judgement judgement)
{
	switch (judgement) {
	case JUDGEMENT_ACCEPT: return "accept";
	case JUDGEMENT_REJECT: return "reject";
	default: return "none";
	}
}
