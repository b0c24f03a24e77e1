/* SPDX-License-Identifier: Apache-2.0 */
/* From a path on the command line to an open object. Refuses what is no file before libskep refuses
 * what is no eBPF object, so that each problem gets the sentence that fits. */
#define _GNU_SOURCE 1
#include "object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memory.h"
#include "nearest.h"

/* Linux's numbers of the map types that are treated in ways of their own. */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
};

enum { CHUNK = 64 << 10 };

static enum status read_stream(FILE *stream, const char *path, size_t size_max, struct file *out)
{
	struct bytes bytes = { 0 };
	size_t got;

	do {
		unsigned char *chunk = bytes_append(&bytes, NULL, CHUNK);

		got = fread(chunk, 1, CHUNK, stream);
		bytes.size -= CHUNK - got;
	} while (got == CHUNK && bytes.size <= size_max);
	if (ferror(stream) != 0 || bytes.size > size_max) {
		const bool large = bytes.size > size_max;

		bytes_free(&bytes);
		return large ? complain("%s: is larger than %zu bytes, the most that is read here",
					path, size_max)
			     : complain("%s: cannot be read: %s", path, strerror(errno));
	}
	*out = (struct file){ path, bytes.data, bytes.size };
	return STATUS_DONE;
}

FILE *file_open(const char *path)
{
	FILE *stream = fopen(path, "rb");
	const int err = errno;
	struct stat info;

	if (stream == NULL) {
		complain("%s: cannot be opened: %s%s", path, strerror(err),
			 err == EACCES || err == EPERM
				 ? "; change its permissions, or run as somebody who may read it"
			 : err == ENOENT || err == ENOTDIR ? "; check the name"
							   : "");
		return NULL;
	}
	if (fstat(fileno(stream), &info) == 0 && S_ISDIR(info.st_mode)) {
		complain("%s: is a directory; name a file", path);
		fclose(stream);
		return NULL;
	}
	return stream;
}

enum status file_read(const char *path, size_t size_max, struct file *out)
{
	FILE *stream = file_open(path);
	enum status status;

	if (stream == NULL)
		return STATUS_BAD;
	status = read_stream(stream, path, size_max, out);
	fclose(stream);
	return status;
}

void file_free(struct file *file)
{
	free(file->bytes);
	*file = (struct file){ 0 };
}

/* What the host gives is filled in here. */
static enum status open_with(const struct file *file, struct skep_config config, struct opened *out)
{
	config.port = skep_port_posix();
	config.helper_name = skep_helper_name;
	if (config.log == NULL) {
		config.log = report_log_take;
		config.log_ctx = &out->log;
	}
	if (target_open(file, &config, &out->target) != STATUS_DONE ||
	    skep_runtime_open(&config, &out->runtime) != 0 ||
	    skep_object_open(out->runtime, file->bytes, file->size, file->path, &out->object) !=
		    0) {
		object_close(out);
		return STATUS_BAD;
	}
	return STATUS_DONE;
}

enum status object_open(const struct file *file, enum skep_engine engine, bool silent,
			struct opened *out)
{
	*out = (struct opened){ .log.silent = silent };
	return open_with(file, (struct skep_config){ .engine = engine }, out);
}

enum status object_open_to_verify(const struct file *file, const struct skep_config *config,
				  struct opened *out)
{
	*out = (struct opened){ .log.silent = true };
	return open_with(file, *config, out);
}

enum status object_open_unverified(const struct file *file, struct opened *out)
{
	const struct skep_config config = { .engine = SKEP_ENGINE_INTERP, .unverified = true };

	*out = (struct opened){ .unverified = true };
	return open_with(file, config, out);
}

void object_close(struct opened *opened)
{
	skep_object_close(opened->object);
	skep_runtime_close(opened->runtime);
	opened->object = NULL;
	opened->runtime = NULL;
	target_close(&opened->target);
	report_log_clear(&opened->log);
}

/* The names of all programs as "a, b, c", cut to `size`. */
static void list_programs(const struct skep_object *object, char *text, size_t size)
{
	struct skep_prog_info info;
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; skep_object_prog(object, i) != NULL && used + 4 < size; i++) {
		skep_prog_info(skep_object_prog(object, i), &info);
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "",
					 info.name);
	}
	if (used >= size)
		strcpy(text + size - 4, "...");
}

struct skep_prog *object_choose(const struct opened *opened, const char *name)
{
	const struct skep_object *object = opened->object;
	struct nearest nearest = { .wanted = name != NULL ? name : "" };
	struct skep_prog_info info;
	struct skep_prog *prog;
	char list[512];

	if (skep_object_prog(object, 0) == NULL) {
		complain("%s: has no program; compile functions with SEC(\"xdp\") or another "
			 "section name of a program type",
			 skep_object_name(object));
		return NULL;
	}
	if (name == NULL && skep_object_prog(object, 1) == NULL)
		return skep_object_prog(object, 0);
	if (name == NULL) {
		list_programs(object, list, sizeof(list));
		complain("%s: has several programs; choose one with --prog: %s",
			 skep_object_name(object), list);
		return NULL;
	}
	prog = skep_object_prog_by_name(object, name);
	if (prog != NULL)
		return prog;
	for (uint32_t i = 0; skep_object_prog(object, i) != NULL; i++) {
		skep_prog_info(skep_object_prog(object, i), &info);
		nearest_offer(&nearest, info.name);
	}
	nearest_list(&nearest, list, sizeof(list));
	complain("%s: has no program \"%s\"; did you mean %s?", skep_object_name(object), name,
		 list);
	return NULL;
}

enum status object_set_type(struct skep_prog *prog, const char *name)
{
	const uint32_t type = skep_prog_type_by_name(name);

	if (type == 0)
		return complain("\"%s\" is no program type; skep features lists them", name);
	return skep_prog_set_type(prog, type) == 0 ? STATUS_DONE : STATUS_BAD;
}

static bool has_prog_array(const struct skep_object *object)
{
	for (uint32_t i = 0; skep_object_map(object, i) != NULL; i++)
		if (skep_map_def(skep_object_map(object, i))->type == BPF_MAP_TYPE_PROG_ARRAY)
			return true;
	return false;
}

bool object_needs(const struct skep_object *object, const struct skep_prog *prog,
		  const struct skep_prog *other)
{
	struct skep_prog_info info, others;

	if (other == prog)
		return true;
	skep_prog_info(prog, &info);
	skep_prog_info(other, &others);
	return others.type == info.type && has_prog_array(object);
}

void object_load_for(struct skep_object *object, struct skep_prog *prog)
{
	struct skep_prog *other;

	for (uint32_t i = 0; (other = skep_object_prog(object, i)) != NULL; i++)
		if (!object_needs(object, prog, other))
			skep_prog_set_autoload(other, false);
	skep_prog_set_autoload(prog, true);
}

void object_load_only(struct skep_object *object, struct skep_prog *prog)
{
	struct skep_prog *other;

	for (uint32_t i = 0; (other = skep_object_prog(object, i)) != NULL; i++)
		skep_prog_set_autoload(other, other == prog);
}

struct map_shape map_shape(const struct skep_map *map)
{
	switch (skep_map_def(map)->type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE: return (struct map_shape){ .keyed = true };
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return (struct map_shape){ .keyed = true, .percpu = true };
	case BPF_MAP_TYPE_ARRAY: return (struct map_shape){ .keyed = true, .array = true };
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return (struct map_shape){ .keyed = true, .array = true, .percpu = true };
	default: return (struct map_shape){ .keyed = false };
	}
}

const char *prog_type_text(uint32_t type, char text[16])
{
	const char *name = skep_prog_type_name(type);

	if (type == 0)
		return "unknown";
	if (name != NULL)
		return name;
	snprintf(text, 16, "%u", (unsigned)type);
	return text;
}

const char *map_type_text(const struct skep_map *map, char text[16])
{
	const char *name = skep_map_type_name(skep_map_def(map)->type);

	if (name != NULL)
		return name;
	snprintf(text, 16, "%u", (unsigned)skep_map_def(map)->type);
	return text;
}
