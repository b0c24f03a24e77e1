/* SPDX-License-Identifier: Apache-2.0 */
/* The object that a command is about: read, opened, and a program of it chosen. */
#ifndef SKEP_CLI_OBJECT_H
#define SKEP_CLI_OBJECT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "message.h"
#include "skep.h"
#include "target.h"

/* A file's content. */
struct file {
	const char *path;
	uint8_t *bytes;
	size_t size;
};

/* Opens a file for reading. NULL, reported: it is not there, or must not be read. */
FILE *file_open(const char *path);

/* Reads a file of at most `size_max` bytes. STATUS_BAD, reported: not there, no file, too large. */
enum status file_read(const char *path, size_t size_max, struct file *out);
void file_free(struct file *file);

enum { OBJECT_BYTES_MAX = 256 << 20 };

struct opened {
	struct skep_runtime *runtime;
	struct skep_object *object;
	struct target target;  /* what it was opened for */
	struct report_log log; /* what libskep said */
	bool unverified;       /* programs run in the checked execution */
};

/* Opens a runtime that runs on `engine` and the object in `file`; with `silent`, reports of libskep
 * are only kept. `out` must stay where it is until object_close(). */
enum status object_open(const struct file *file, enum skep_engine engine, bool silent,
			struct opened *out);
/* The same for the checked execution: programs are not verified. */
enum status object_open_unverified(const struct file *file, struct opened *out);
/* The same for those who want the verifier's answer: as `config` says, of which the port and, where
 * there is none, the log are filled in; reports are only kept. */
enum status object_open_to_verify(const struct file *file, const struct skep_config *config,
				  struct opened *out);
void object_close(struct opened *opened);

/* The program of that name, or with NULL the only one there is. NULL, reported: none or not clear
 * which; STATUS_BAD then. */
struct skep_prog *object_choose(const struct opened *opened, const char *name);

/* Sets the type of a program from its name such as "xdp". */
enum status object_set_type(struct skep_prog *prog, const char *name);

/* Whether `other` has to be loaded for `prog` to run: itself, and where there is a prog_array
 * every program of its type, since tail calls may go there. */
bool object_needs(const struct skep_object *object, const struct skep_prog *prog,
		  const struct skep_prog *other);

/* Takes what `prog` does not need out of what will be loaded. */
void object_load_for(struct skep_object *object, struct skep_prog *prog);

/* Takes everything but `prog` out (NULL: everything). */
void object_load_only(struct skep_object *object, struct skep_prog *prog);

/* How entries of a map are read and written by key, from the command line or for it. */
struct map_shape {
	bool keyed;  /* they are at all: not maps of programs or maps, nor ring buffers */
	bool array;  /* keys are the numbers below max_entries, all always there */
	bool percpu; /* a value for each cpu */
};
struct map_shape map_shape(const struct skep_map *map);

/* "xdp" and the like, or the number; in `text` if it must be made. */
const char *prog_type_text(uint32_t type, char text[16]);
const char *map_type_text(const struct skep_map *map, char text[16]);

#endif
