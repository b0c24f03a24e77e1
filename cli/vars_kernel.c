/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variables of a program that runs in the kernel, in the map that its loader made of a data
 * section: the map's BTF has their names and types. A map that can be mapped into memory is: then
 * a variable is written by itself; of others the whole value is read, changed and written back,
 * which loses what the program writes to other variables in between, so that is told. Nothing is
 * pinned, and nothing stays behind.
 */
#define _GNU_SOURCE 1
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "table.h"
#include "value.h"
#include "variable.h"
#include "vars.h"

enum { REASON_BYTES = 512, NAME_BYTES = 128 };

struct kernel_map {
	const struct vars_request *request;
	struct report_log log;
	struct skep_runtime *runtime;
	struct skep_btf *btf;
	struct bpf_map_info info;
	int fd;
	uint8_t *mapped; /* NULL: it cannot be */
	size_t mapped_size;
	bool writable;
	uint8_t *bytes; /* a copy of the value */
	struct writer writer;
};

/* ---------------------------------------------------------------------------------- the map */

static enum status open_fd(struct kernel_map *map)
{
	const struct vars_request *request = map->request;
	uint32_t size = sizeof(map->info);

	map->fd = request->pinned != NULL ? bpf_obj_get(request->pinned)
					  : bpf_map_get_fd_by_id((uint32_t)request->map_id);
	if (map->fd < 0 && request->pinned != NULL)
		return complain("vars: %s: cannot be opened as a map: %s", request->pinned,
				strerror(errno));
	if (map->fd < 0)
		return complain("vars: --map-id %llu: %s%s", (unsigned long long)request->map_id,
				strerror(errno),
				errno == EPERM ? "; run as root or with CAP_SYS_ADMIN" : "");
	if (bpf_obj_get_info_by_fd(map->fd, &map->info, &size) != 0)
		return complain("vars: the map tells nothing of itself: %s", strerror(errno));
	if (map->info.type != BPF_MAP_TYPE_ARRAY || map->info.max_entries != 1 ||
	    map->info.btf_id == 0)
		return complain("vars: map %s (id %u) is no data section with types: it must be an "
				"array of one value, with BTF",
				map->info.name, map->info.id);
	return STATUS_DONE;
}

static enum status open_types(struct kernel_map *map)
{
	const struct skep_config config = { .port = skep_port_posix(),
					    .engine = SKEP_ENGINE_INTERP,
					    .log = report_log_take,
					    .log_ctx = &map->log };
	struct btf *btf = btf__load_from_kernel_by_id(map->info.btf_id);
	struct skep_btf_type type;
	const void *raw;
	uint32_t size;
	int err;

	if (btf == NULL)
		return complain("vars: the types of map %s cannot be had: %s", map->info.name,
				strerror(errno));
	raw = btf__raw_data(btf, &size);
	err = raw == NULL ? SKEP_ENOMEM : skep_runtime_open(&config, &map->runtime);
	if (err == 0)
		err = skep_btf_open(map->runtime, raw, size, map->info.name, &map->btf);
	btf__free(btf);
	if (err != 0)
		return STATUS_BAD;
	if (skep_btf_type(map->btf, map->info.btf_value_type_id, &type) != 0 ||
	    type.kind != SKEP_BTF_DATASEC)
		return complain("vars: map %s (id %u) holds no variables; skep vars reads maps "
				"that loaders made of .bss, .data and .rodata",
				map->info.name, map->info.id);
	return STATUS_DONE;
}

/* Maps it for writing if that is allowed, else for reading, else not at all. */
static void map_memory(struct kernel_map *map)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory;

	map->mapped_size = (map->info.value_size + page - 1) / page * page;
	map->writable = true;
	if ((map->info.map_flags & BPF_F_MMAPABLE) == 0)
		return;
	memory = mmap(NULL, map->mapped_size, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
	if (memory == MAP_FAILED) {
		map->writable = errno != EPERM && errno != EACCES;
		memory = mmap(NULL, map->mapped_size, PROT_READ, MAP_SHARED, map->fd, 0);
	}
	map->mapped = memory != MAP_FAILED ? memory : NULL;
}

static void close_map(struct kernel_map *map)
{
	if (map->mapped != NULL)
		munmap(map->mapped, map->mapped_size);
	if (map->fd >= 0)
		close(map->fd);
	skep_btf_close(map->btf);
	skep_runtime_close(map->runtime);
	report_log_clear(&map->log);
	free(map->bytes);
}

/* Takes a copy of the value as it now is. */
static enum status fetch(struct kernel_map *map)
{
	const uint32_t key = 0;

	if (map->mapped != NULL) {
		memcpy(map->bytes, map->mapped, map->info.value_size);
		return STATUS_DONE;
	}
	return bpf_map_lookup_elem(map->fd, &key, map->bytes) == 0
		       ? STATUS_DONE
		       : complain("vars: map %s cannot be read: %s", map->info.name,
				  strerror(errno));
}

static enum status open_map(struct kernel_map *map)
{
	enum status status;

	libbpf_set_print(NULL);
	status = open_fd(map);
	if (status == STATUS_DONE)
		status = open_types(map);
	if (status != STATUS_DONE)
		return status;
	map_memory(map);
	map->bytes = allocate(1, map->info.value_size);
	return fetch(map);
}

/* ---------------------------------------------------------------------------------- variables */

/* The index-th variable that lies inside the value. */
static bool variable_at(const struct kernel_map *map, uint32_t index, struct vars_place *out)
{
	struct skep_btf_member member;

	if (skep_btf_member(map->btf, map->info.btf_value_type_id, index, &member) != 0)
		return false;
	*out = (struct vars_place){ member.name, member.type, member.bit_offset / 8,
				    member.bit_size / 8 };
	if (out->offset > map->info.value_size || out->size > map->info.value_size - out->offset)
		out->size = 0;
	return true;
}

static enum status find_piece(const struct kernel_map *map, const char *path,
			      struct skep_btf_piece *out)
{
	char reason[REASON_BYTES];

	if (skep_btf_find_piece(map->btf, map->info.btf_value_type_id, path, out, reason,
				sizeof(reason)) != 0)
		return complain("vars: %s: %s", path, reason);
	if ((out->bit_offset + out->bits + 7) / 8 > map->info.value_size)
		return complain("vars: %s: lies outside of the map's value", path);
	return STATUS_DONE;
}

static void write_piece(struct writer *writer, const struct kernel_map *map,
			const struct skep_btf_piece *piece, const uint8_t *bytes)
{
	const uint64_t at = piece->bit_offset / 8;
	const struct value_column column = { .type = piece->type,
					     .bit_offset = (uint32_t)(piece->bit_offset % 8),
					     .bit_size = (uint32_t)piece->bits };

	if (piece->is_bit_field)
		value_write_column(writer, map->btf, &column, bytes + at,
				   map->info.value_size - at);
	else
		value_write(writer, map->btf, piece->type, bytes + at, (size_t)piece->bits / 8);
}

static void list_json(const struct kernel_map *map)
{
	struct writer writer = { .file = stdout };
	struct vars_place place;
	char type[NAME_BYTES];

	writer_open_list(&writer);
	for (uint32_t i = 0; variable_at(map, i, &place); i++) {
		value_type_text(map->btf, place.type, type, sizeof(type));
		writer_open_object(&writer);
		writer_member_string(&writer, "name", place.name);
		writer_member_string(&writer, "map", map->info.name);
		writer_member_unsigned(&writer, "offset", place.offset);
		writer_member_unsigned(&writer, "size", place.size);
		writer_member_string(&writer, "type", type);
		writer_key(&writer, "value");
		value_write(&writer, map->btf, place.type, map->bytes + place.offset, place.size);
		writer_close_object(&writer);
	}
	writer_close_list(&writer);
	putchar('\n');
}

static void list_text(const struct kernel_map *map)
{
	static const char *const HEADINGS[] = { "name", "type", ">offset", ">size", "value" };
	struct table *table = table_open(HEADINGS, 5);
	struct vars_place place;
	char type[NAME_BYTES];

	for (uint32_t i = 0; variable_at(map, i, &place); i++) {
		struct writer writer = { .plain = true };
		size_t size;
		char *text;

		writer.file = text_stream(&text, &size);
		value_write(&writer, map->btf, place.type, map->bytes + place.offset, place.size);
		fclose(writer.file);
		value_type_text(map->btf, place.type, type, sizeof(type));
		table_cell(table, "%s", place.name);
		table_cell(table, "%s", type);
		table_cell(table, "%u", (unsigned)place.offset);
		table_cell(table, "%u", (unsigned)place.size);
		table_cell(table, "%s", text);
		free(text);
	}
	table_close(table, stdout, 0);
}

static enum status get(const struct kernel_map *map)
{
	const struct vars_request *request = map->request;
	struct skep_btf_piece *pieces = allocate(request->path_count, sizeof(*pieces));
	struct writer writer = { .file = stdout };
	enum status status = STATUS_DONE;

	for (size_t i = 0; i < request->path_count && status == STATUS_DONE; i++)
		status = find_piece(map, request->paths[i], &pieces[i]);
	if (status == STATUS_DONE && request->json) {
		writer_open_object(&writer);
		for (size_t i = 0; i < request->path_count; i++) {
			writer_key(&writer, request->paths[i]);
			write_piece(&writer, map, &pieces[i], map->bytes);
		}
		writer_close_object(&writer);
		putchar('\n');
	}
	for (size_t i = 0; i < request->path_count && status == STATUS_DONE && !request->json;
	     i++) {
		struct writer plain = { .file = stdout, .plain = true };

		if (request->path_count > 1)
			printf("%s = ", request->paths[i]);
		write_piece(&plain, map, &pieces[i], map->bytes);
		putchar('\n');
	}
	free(pieces);
	return status;
}

/* ------------------------------------------------------------------------------------- setting */

/* One store for what one store can write, where the map is memory. */
static void store(uint8_t *to, const uint8_t *from, size_t size)
{
	if (size == 8 && (uintptr_t)to % 8 == 0)
		__atomic_store_n((uint64_t *)(void *)to, *(const uint64_t *)(const void *)from,
				 __ATOMIC_RELEASE);
	else if (size == 4 && (uintptr_t)to % 4 == 0)
		__atomic_store_n((uint32_t *)(void *)to, *(const uint32_t *)(const void *)from,
				 __ATOMIC_RELEASE);
	else if (size == 2 && (uintptr_t)to % 2 == 0)
		__atomic_store_n((uint16_t *)(void *)to, *(const uint16_t *)(const void *)from,
				 __ATOMIC_RELEASE);
	else
		memcpy(to, from, size);
}

/* Reads the literal into the copy, and puts the piece's bytes into the map. */
static enum status set_piece(struct kernel_map *map, const char *path, const char *value)
{
	struct skep_btf_piece piece;
	enum status status = find_piece(map, path, &piece);
	const uint32_t key = 0;
	size_t at, size;
	uint8_t *bytes;

	if (status == STATUS_DONE)
		status = fetch(map);
	if (status != STATUS_DONE)
		return status;
	at = (size_t)(piece.bit_offset / 8);
	size = (size_t)((piece.bit_offset % 8 + piece.bits + 7) / 8);
	/* Aligned, with room for a bit-field's neighbours. */
	bytes = allocate(1, map->info.value_size - at);
	memcpy(bytes, map->bytes + at, map->info.value_size - at);
	piece.bit_offset %= 8;
	status = variable_read_piece("vars set: ", path, map->btf, &piece, value, bytes,
				     piece.is_bit_field ? map->info.value_size - at : size);
	if (status == STATUS_DONE && map->mapped != NULL && map->writable) {
		store(map->mapped + at, bytes, size);
	} else if (status == STATUS_DONE) {
		memcpy(map->bytes + at, bytes, size);
		if (bpf_map_update_elem(map->fd, &key, map->bytes, BPF_ANY) != 0)
			status =
				errno == EPERM
					? complain("vars set: %s: map %s is frozen, or may only be "
						   "read; constants are set before load",
						   path, map->info.name)
					: complain("vars set: %s: %s", path, strerror(errno));
		else
			warn("vars set: %s: map %s cannot be mapped into memory; its whole value "
			     "was written back, and with it what the program wrote meanwhile",
			     path, map->info.name);
	}
	free(bytes);
	return status;
}

static enum status set(struct kernel_map *map)
{
	enum status status = STATUS_DONE;

	for (size_t i = 0; i < map->request->path_count && status == STATUS_DONE; i++) {
		const char *value;
		char *path;

		if (map->request->paths[i][0] == '@')
			return complain("vars set: --set-file goes with objects");
		path = variable_split("vars set: ", map->request->paths[i], &value);
		status = path != NULL ? set_piece(map, path, value) : STATUS_BAD;
		free(path);
	}
	return status;
}

/* ------------------------------------------------------------------------------------ watching */

static void tell_change(struct kernel_map *map, const char *name,
			const struct skep_btf_piece *piece, const uint8_t *before, bool first,
			uint64_t ms)
{
	struct writer plain = { .file = stdout, .plain = true };

	if (!map->request->json) {
		if (first)
			printf("after %llu ms\n", (unsigned long long)ms);
		printf("  %s: ", name);
		write_piece(&plain, map, piece, before);
		fputs(" -> ", stdout);
		plain = (struct writer){ .file = stdout, .plain = true };
		write_piece(&plain, map, piece, map->bytes);
		putchar('\n');
		return;
	}
	if (first) {
		writer_open_object(&map->writer);
		writer_member_unsigned(&map->writer, "ms", ms);
		writer_key(&map->writer, "changes");
		writer_open_list(&map->writer);
	}
	writer_open_object(&map->writer);
	writer_member_string(&map->writer, "path", name);
	writer_key(&map->writer, "before");
	write_piece(&map->writer, map, piece, before);
	writer_key(&map->writer, "after");
	write_piece(&map->writer, map, piece, map->bytes);
	writer_close_object(&map->writer);
}

/* The index-th thing that is watched: a path that was given, or a variable. */
static bool watched_at(const struct kernel_map *map, uint32_t index, const char **name,
		       struct skep_btf_piece *piece)
{
	struct vars_place place;

	if (map->request->path_count > 0) {
		if (index >= map->request->path_count)
			return false;
		*name = map->request->paths[index];
		return find_piece(map, *name, piece) == STATUS_DONE;
	}
	if (!variable_at(map, index, &place))
		return false;
	*name = place.name;
	*piece = (struct skep_btf_piece){ .type = place.type,
					  .bit_offset = (uint64_t)place.offset * 8,
					  .bits = (uint64_t)place.size * 8 };
	return true;
}

static void compare(struct kernel_map *map, const uint8_t *before, uint64_t ms)
{
	struct skep_btf_piece piece;
	const char *name;
	bool first = true;

	for (uint32_t i = 0; watched_at(map, i, &name, &piece); i++) {
		const size_t at = (size_t)(piece.bit_offset / 8);
		const size_t size = (size_t)((piece.bit_offset % 8 + piece.bits + 7) / 8);

		if (memcmp(before + at, map->bytes + at, size) == 0)
			continue;
		tell_change(map, name, &piece, before, first, ms);
		first = false;
	}
	if (!first && map->request->json) {
		writer_close_list(&map->writer);
		writer_close_object(&map->writer);
		putchar('\n');
		map->writer = (struct writer){ .file = stdout };
	}
	fflush(stdout);
}

static enum status watch(struct kernel_map *map)
{
	const struct vars_request *request = map->request;
	const struct timespec pause = { (time_t)(request->interval_ms / 1000),
					(long)(request->interval_ms % 1000) * 1000000 };
	uint8_t *before = allocate(1, map->info.value_size);
	enum status status = STATUS_DONE;
	struct skep_btf_piece piece;

	for (size_t i = 0; i < request->path_count && status == STATUS_DONE; i++)
		status = find_piece(map, request->paths[i], &piece);
	for (uint64_t i = 1; status == STATUS_DONE && (request->times == 0 || i <= request->times);
	     i++) {
		memcpy(before, map->bytes, map->info.value_size);
		nanosleep(&pause, NULL);
		status = fetch(map);
		if (status == STATUS_DONE)
			compare(map, before, i * request->interval_ms);
		if (ferror(stdout) != 0)
			break;
	}
	free(before);
	return status;
}

enum status vars_kernel(const struct vars_request *request)
{
	struct kernel_map map = { .request = request, .fd = -1, .writer = { .file = stdout } };
	enum status status = open_map(&map);

	if (status == STATUS_DONE) {
		switch (request->action) {
		case VARS_LIST:
			if (request->json)
				list_json(&map);
			else
				list_text(&map);
			break;
		case VARS_GET: status = get(&map); break;
		case VARS_SET: status = set(&map); break;
		case VARS_WATCH: status = watch(&map); break;
		}
	}
	close_map(&map);
	return status;
}
