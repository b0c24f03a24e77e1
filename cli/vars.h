/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `skep vars` share. */
#ifndef SKEP_CLI_VARS_H
#define SKEP_CLI_VARS_H

#include "object.h"
#include "writer.h"

enum vars_action { VARS_LIST, VARS_GET, VARS_SET, VARS_WATCH };

enum { VARS_PATHS_MAX = 256 };

struct vars_request {
	enum vars_action action;
	bool json;
	const char *object; /* NULL: a map of the kernel */
	const char *pinned; /* that map's path; NULL: its id */
	uint64_t map_id;
	const char *paths[VARS_PATHS_MAX]; /* set: PATH=VALUE, or @FILE */
	size_t path_count;
	const char *output;      /* set, of objects */
	const char *pcap, *prog; /* watch, of objects */
	const char *sets[VARS_PATHS_MAX];
	size_t set_count;
	uint64_t every;              /* packets */
	uint64_t interval_ms, times; /* watch, of the kernel's maps; times 0: until it is ended */
};

/* One variable of the kernel's map. */
struct vars_place {
	const char *name;
	uint32_t type, offset, size;
};

/* vars_patch.c: puts `bytes` into the file at an offset of the section of that name. STATUS_BAD,
 * reported with the variable's name: the file has no bytes there, or an address that the loader
 * puts in. */
enum status vars_patch(struct file *file, const char *name, const char *section, uint32_t offset,
		       const uint8_t *bytes, size_t size);

/* vars_watch.c: runs a program over a capture and tells what it changes. */
enum status vars_watch(const struct vars_request *request);

/* vars_kernel.c: the variables of a map that the kernel has. */
enum status vars_kernel(const struct vars_request *request);

#endif
