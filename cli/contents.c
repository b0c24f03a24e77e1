/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps as they are, through an engine's map functions. Keys are collected and sorted, because the
 * order in which a hash gives them differs from engine to engine: integers by value, other keys by
 * their bytes, arrays by index. Maps that hold programs, maps or nothing that bpf(2) reads have no
 * entries.
 */
#define _GNU_SOURCE 1
#include "contents.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "table.h"
#include "value.h"

enum { BPF_MAP_TYPE_RINGBUF = 27 };

struct ring {
	uint32_t event_type; /* BTF id of the records' structure, 0: not known */
	uint64_t count;
	struct bytes records; /* each a uint64_t size, then that many bytes */
};

struct contents {
	const struct skep_object *object;
	const struct skep_btf *btf;
	struct engine *engine;
	uint32_t map_count;
	struct ring *rings; /* one for each map */
};

/* A map and the keys found in it. */
struct listing {
	struct skep_map *map;
	const struct skep_map_def *def;
	struct map_shape shape;
	bool is_data;      /* a data section: its value is its variables */
	size_t value_size; /* of one value */
	size_t read_size;  /* of what lookup gives: a value, or one for each cpu */
	uint32_t key_type, value_type;
	uint8_t *keys; /* arrays have none: theirs are the indices */
	uint64_t count;
	uint8_t *value; /* the last looked up */
};

static struct skep_map *map_at(const struct contents *contents, uint32_t index)
{
	return skep_object_map(contents->object, index);
}

struct contents *contents_open(const struct skep_object *object, struct engine *engine)
{
	struct contents *contents = allocate(1, sizeof(*contents));

	contents->object = object;
	contents->btf = skep_object_btf(object);
	contents->engine = engine;
	while (skep_object_map(object, contents->map_count) != NULL)
		contents->map_count++;
	contents->rings = allocate(contents->map_count, sizeof(*contents->rings));
	for (uint32_t i = 0; i < contents->map_count; i++)
		if (skep_map_def(map_at(contents, i))->type == BPF_MAP_TYPE_RINGBUF)
			contents->rings[i].event_type =
				value_event_type(contents->btf, skep_map_name(map_at(contents, i)));
	return contents;
}

enum status contents_event_type(struct contents *contents, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	const size_t size = equals != NULL ? (size_t)(equals - assignment) : 0;

	if (equals == NULL)
		return complain("--event %s: write a ring buffer's name, = and the name of a "
				"structure",
				assignment);
	for (uint32_t i = 0; i < contents->map_count; i++) {
		const char *name = skep_map_name(map_at(contents, i));

		if (strlen(name) != size || strncmp(name, assignment, size) != 0 ||
		    skep_map_def(map_at(contents, i))->type != BPF_MAP_TYPE_RINGBUF)
			continue;
		contents->rings[i].event_type = value_struct_by_name(contents->btf, equals + 1);
		if (contents->rings[i].event_type == 0)
			return complain("--event %s: the object's BTF has no struct %s; use it in "
					"the program's source and compile with -g",
					assignment, equals + 1);
		return STATUS_DONE;
	}
	return complain("--event %s: the object has no ring buffer of that name; skep maps lists "
			"the maps",
			assignment);
}

static int keep_record(void *ctx, const void *record, size_t size)
{
	struct ring *ring = ctx;
	const uint64_t bytes = size;

	bytes_append(&ring->records, &bytes, sizeof(bytes));
	bytes_append(&ring->records, record, size);
	ring->count++;
	return 0;
}

void contents_collect(struct contents *contents)
{
	for (uint32_t i = 0; i < contents->map_count; i++)
		if (skep_map_def(map_at(contents, i))->type == BPF_MAP_TYPE_RINGBUF)
			contents->engine->table->consume(contents->engine, map_at(contents, i),
							 keep_record, &contents->rings[i]);
}

static int compare_bytes(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(const size_t *)size);
}

static int compare_words(const void *a, const void *b, void *size)
{
	uint32_t left, right;

	(void)size;
	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left < right ? -1 : left > right;
}

static int compare_dwords(const void *a, const void *b, void *size)
{
	uint64_t left, right;

	(void)size;
	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left < right ? -1 : left > right;
}

static void sort_keys(const struct contents *contents, struct listing *listing)
{
	size_t key_size = listing->def->key_size;
	struct skep_btf_type type;
	const bool number =
		contents->btf != NULL && listing->key_type != 0 &&
		skep_btf_type(contents->btf, skep_btf_resolve(contents->btf, listing->key_type),
			      &type) == 0 &&
		type.kind == SKEP_BTF_INT;

	if (listing->count > 1)
		qsort_r(listing->keys, listing->count, key_size,
			number && key_size == 4   ? compare_words
			: number && key_size == 8 ? compare_dwords
						  : compare_bytes,
			&key_size);
}

static void collect_keys(const struct contents *contents, struct listing *listing)
{
	struct engine *engine = contents->engine;
	const size_t size = listing->def->key_size;
	struct bytes keys = { 0 };
	uint8_t *key = allocate(1, size), *next = allocate(1, size);
	bool first = true;

	/* No more than can be in it: a map that is changed meanwhile could go on for ever. */
	while (listing->count < listing->def->max_entries &&
	       engine->table->next_key(engine, listing->map, first ? NULL : key, next) == 0) {
		bytes_append(&keys, next, size);
		memcpy(key, next, size);
		listing->count++;
		first = false;
	}
	free(key);
	free(next);
	listing->keys = keys.data;
	sort_keys(contents, listing);
}

static bool is_data_section(const struct contents *contents, const struct skep_map *map)
{
	struct skep_var var;

	for (uint32_t i = 0; skep_object_var(contents->object, i, &var) == 0; i++)
		if (var.map == map)
			return true;
	return false;
}

static struct listing list_map(const struct contents *contents, struct skep_map *map)
{
	struct listing listing = {
		.map = map,
		.def = skep_map_def(map),
		.shape = map_shape(map),
		.key_type = skep_map_key_type(map),
		.value_type = skep_map_value_type(map),
		.is_data = is_data_section(contents, map),
	};

	listing.value_size = listing.def->value_size;
	listing.read_size = listing.shape.keyed
				    ? contents->engine->table->read_size(contents->engine, map)
				    : listing.value_size;
	listing.value = allocate(1, listing.read_size);
	if (listing.shape.array)
		listing.count = listing.def->max_entries;
	else if (listing.shape.keyed)
		collect_keys(contents, &listing);
	return listing;
}

static void free_listing(struct listing *listing)
{
	free(listing->keys);
	free(listing->value);
}

/* The index-th key; `index32` is where an array's key is put. */
static const void *key_at(const struct listing *listing, uint64_t index, uint32_t *index32)
{
	if (!listing->shape.array)
		return listing->keys + index * listing->def->key_size;
	*index32 = (uint32_t)index;
	return index32;
}

static bool look_up(const struct contents *contents, struct listing *listing, const void *key)
{
	return contents->engine->table->lookup(contents->engine, listing->map, key,
					       listing->value) == 0;
}

static void write_key(const struct contents *contents, const struct listing *listing,
		      struct writer *writer, const void *key)
{
	uint32_t index;

	/* An array's key is its index, whatever type the definition gives it. */
	if (listing->shape.array) {
		memcpy(&index, key, sizeof(index));
		writer_unsigned(writer, index);
	} else {
		value_write(writer, contents->btf, listing->key_type, key, listing->def->key_size);
	}
}

/* The variables of a data section. Those that the section's BTF type does not name (static ones
 * without debug information) are there as well. */
static void write_variables(const struct contents *contents, const struct listing *listing,
			    struct writer *writer)
{
	struct skep_var var;

	writer_open_object(writer);
	for (uint32_t i = 0; skep_object_var(contents->object, i, &var) == 0; i++) {
		if (var.map != listing->map || var.offset > listing->value_size ||
		    var.size > listing->value_size - var.offset)
			continue;
		writer_key(writer, var.name);
		value_write(writer, contents->btf, var.type, listing->value + var.offset, var.size);
	}
	writer_close_object(writer);
}

/* A value, or the list of one for each cpu. */
static void write_value(const struct contents *contents, const struct listing *listing,
			struct writer *writer)
{
	const size_t step = (listing->value_size + 7) / 8 * 8;

	if (listing->is_data) {
		write_variables(contents, listing, writer);
		return;
	}
	if (!listing->shape.percpu) {
		value_write(writer, contents->btf, listing->value_type, listing->value,
			    listing->value_size);
		return;
	}
	writer_open_list(writer);
	for (size_t at = 0; at < listing->read_size; at += step)
		value_write(writer, contents->btf, listing->value_type, listing->value + at,
			    listing->value_size);
	writer_close_list(writer);
}

/* What a ring buffer gave, one record after the other: the next of them at `*at`. */
static const uint8_t *next_record(const struct ring *ring, size_t *at, size_t *size)
{
	const uint8_t *record;
	uint64_t bytes;

	if (*at == ring->records.size)
		return NULL;
	memcpy(&bytes, ring->records.data + *at, sizeof(bytes));
	record = ring->records.data + *at + sizeof(bytes);
	*size = (size_t)bytes;
	*at += sizeof(bytes) + *size;
	return record;
}

/* A record shorter than its structure is bytes. */
static uint32_t record_type(const struct contents *contents, const struct ring *ring, size_t size)
{
	uint64_t wanted;

	return ring->event_type != 0 &&
			       skep_btf_size(contents->btf, ring->event_type, &wanted) == 0 &&
			       wanted <= size
		       ? ring->event_type
		       : 0;
}

static const char *type_name(const struct contents *contents, uint32_t id)
{
	struct skep_btf_type type;

	return id != 0 && skep_btf_type(contents->btf, id, &type) == 0 ? type.name : NULL;
}

static void write_events(const struct contents *contents, const struct ring *ring,
			 struct writer *writer)
{
	const uint8_t *record;
	size_t at = 0, size;

	writer_member_string(writer, "event_type", type_name(contents, ring->event_type));
	writer_key(writer, "events");
	writer_open_list(writer);
	while ((record = next_record(ring, &at, &size)) != NULL)
		value_write(writer, contents->btf, record_type(contents, ring, size), record, size);
	writer_close_list(writer);
}

static void write_map(const struct contents *contents, uint32_t index, struct writer *writer)
{
	struct listing listing = list_map(contents, map_at(contents, index));
	uint32_t index32;
	char text[16];

	writer_open_object(writer);
	writer_member_string(writer, "name", skep_map_name(listing.map));
	writer_member_string(writer, "type", map_type_text(listing.map, text));
	writer_key(writer, "entries");
	writer_open_list(writer);
	for (uint64_t i = 0; i < listing.count; i++) {
		const void *key = key_at(&listing, i, &index32);

		if (!look_up(contents, &listing, key))
			continue;
		writer_open_object(writer);
		writer_key(writer, "key");
		write_key(contents, &listing, writer, key);
		writer_key(writer, "value");
		write_value(contents, &listing, writer);
		writer_close_object(writer);
	}
	writer_close_list(writer);
	if (listing.def->type == BPF_MAP_TYPE_RINGBUF)
		write_events(contents, &contents->rings[index], writer);
	writer_close_object(writer);
	free_listing(&listing);
}

void contents_write_json(struct contents *contents, const struct skep_map *only,
			 struct writer *writer)
{
	writer_open_list(writer);
	for (uint32_t i = 0; i < contents->map_count; i++)
		if (only == NULL || only == map_at(contents, i))
			write_map(contents, i, writer);
	writer_close_list(writer);
}

/* A cell that a writer fills: begin, write, end. */
struct cell {
	struct writer writer;
	char *text;
	size_t size;
};

static struct writer *begin_cell(struct cell *cell)
{
	cell->writer =
		(struct writer){ .file = text_stream(&cell->text, &cell->size), .plain = true };
	return &cell->writer;
}

static void end_cell(struct cell *cell, struct table *table)
{
	fclose(cell->writer.file);
	table_cell(table, "%s", cell->text);
	free(cell->text);
}

struct columns {
	struct value_column key[VALUE_COLUMNS_MAX], value[VALUE_COLUMNS_MAX];
	size_t key_count, value_count;
};

static struct table *open_table(const struct columns *columns)
{
	const size_t count = columns->key_count + columns->value_count;
	char texts[2 * VALUE_COLUMNS_MAX][128];
	const char *headings[2 * VALUE_COLUMNS_MAX] = { NULL };

	for (size_t i = 0; i < count; i++) {
		const struct value_column *column =
			i < columns->key_count ? &columns->key[i]
					       : &columns->value[i - columns->key_count];

		snprintf(texts[i], sizeof(texts[i]), "%s%s", column->number ? ">" : "",
			 column->name);
		headings[i] = texts[i];
	}
	return table_open(headings, count);
}

static struct columns columns_of(const struct contents *contents, const struct listing *listing)
{
	struct columns columns;

	columns.key_count =
		value_columns(contents->btf, listing->shape.array ? 0 : listing->key_type,
			      listing->shape.array ? "index" : "key", columns.key);
	columns.key[0].number |= listing->shape.array;
	columns.value_count =
		value_columns(contents->btf, listing->shape.percpu ? 0 : listing->value_type,
			      listing->shape.percpu ? "value on each cpu" : "value", columns.value);
	return columns;
}

static void add_row(const struct contents *contents, const struct listing *listing,
		    const struct columns *columns, const void *key, struct table *table)
{
	struct cell cell;

	for (size_t i = 0; i < columns->key_count; i++) {
		begin_cell(&cell);
		if (listing->shape.array)
			write_key(contents, listing, &cell.writer, key);
		else
			value_write_column(&cell.writer, contents->btf, &columns->key[i], key,
					   listing->def->key_size);
		end_cell(&cell, table);
	}
	for (size_t i = 0; i < columns->value_count; i++) {
		begin_cell(&cell);
		if (listing->shape.percpu)
			write_value(contents, listing, &cell.writer);
		else
			value_write_column(&cell.writer, contents->btf, &columns->value[i],
					   listing->value, listing->value_size);
		end_cell(&cell, table);
	}
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static void tell_rest(FILE *file, uint64_t more, const char *what)
{
	if (more > 0)
		fprintf(file, "  and %llu more %s; --maps all shows them\n",
			(unsigned long long)more, what);
}

static void print_entries(const struct contents *contents, struct listing *listing, FILE *file,
			  uint64_t rows_max)
{
	const struct columns columns = columns_of(contents, listing);
	struct table *table = NULL;
	uint64_t rows = 0, more = 0;
	uint32_t index32;

	for (uint64_t i = 0; i < listing->count; i++) {
		const void *key = key_at(listing, i, &index32);

		/* Every element of an array is there; those that are zero say nothing. */
		if (!look_up(contents, listing, key) ||
		    (listing->shape.array && is_zero(listing->value, listing->read_size)))
			continue;
		if (rows == rows_max) {
			more++;
			continue;
		}
		if (table == NULL)
			table = open_table(&columns);
		add_row(contents, listing, &columns, key, table);
		rows++;
	}
	if (table != NULL)
		table_close(table, file, 2);
	else if (more == 0)
		fprintf(file, "  %s\n", listing->shape.array ? "all zero" : "none to show");
	tell_rest(file, more, listing->shape.array ? "that are not zero" : "entries");
}

static void print_variables(const struct contents *contents, struct listing *listing, FILE *file)
{
	static const char *const HEADINGS[] = { "variable", "value" };
	struct table *table = table_open(HEADINGS, 2);
	const uint32_t zero = 0;
	struct skep_var var;
	struct cell cell;

	if (look_up(contents, listing, &zero)) {
		for (uint32_t i = 0; skep_object_var(contents->object, i, &var) == 0; i++) {
			if (var.map != listing->map || var.offset > listing->value_size ||
			    var.size > listing->value_size - var.offset)
				continue;
			table_cell(table, "%s", var.name);
			begin_cell(&cell);
			value_write(&cell.writer, contents->btf, var.type,
				    listing->value + var.offset, var.size);
			end_cell(&cell, table);
		}
	}
	table_close(table, file, 2);
}

static void print_events(const struct contents *contents, const struct ring *ring, FILE *file,
			 uint64_t rows_max)
{
	struct columns columns = { .key_count = 0 };
	struct table *table;
	const uint8_t *record;
	size_t at = 0, size;

	if (ring->count == 0) {
		fprintf(file, "  no records\n");
		return;
	}
	columns.value_count =
		value_columns(contents->btf, ring->event_type, "record", columns.value);
	table = rows_max > 0 ? open_table(&columns) : NULL;
	for (uint64_t i = 0; i < rows_max && (record = next_record(ring, &at, &size)) != NULL;
	     i++) {
		const bool typed = record_type(contents, ring, size) == ring->event_type;
		struct cell cell;

		for (size_t column = 0; column < columns.value_count; column++) {
			begin_cell(&cell);
			if (typed)
				value_write_column(&cell.writer, contents->btf,
						   &columns.value[column], record, size);
			else if (column == 0)
				writer_hex(&cell.writer, record, size);
			end_cell(&cell, table);
		}
	}
	if (table != NULL)
		table_close(table, file, 2);
	tell_rest(file, ring->count > rows_max ? ring->count - rows_max : 0, "records");
}

static void print_map(const struct contents *contents, uint32_t index, FILE *file,
		      uint64_t rows_max)
{
	struct listing listing = list_map(contents, map_at(contents, index));
	char text[16];

	fprintf(file, "%s (%s", skep_map_name(listing.map), map_type_text(listing.map, text));
	if (listing.def->type == BPF_MAP_TYPE_RINGBUF)
		fprintf(file, ", %llu records)\n",
			(unsigned long long)contents->rings[index].count);
	else if (listing.is_data)
		fprintf(file, ", variables)\n");
	else if (listing.shape.array || !listing.shape.keyed)
		fprintf(file, ", %u entries)\n", (unsigned)listing.def->max_entries);
	else
		fprintf(file, ", %llu of %u entries)\n", (unsigned long long)listing.count,
			(unsigned)listing.def->max_entries);
	if (listing.def->type == BPF_MAP_TYPE_RINGBUF)
		print_events(contents, &contents->rings[index], file, rows_max);
	else if (listing.is_data)
		print_variables(contents, &listing, file);
	else
		print_entries(contents, &listing, file, rows_max);
	free_listing(&listing);
}

void contents_write_text(struct contents *contents, const struct skep_map *only, FILE *file,
			 uint64_t rows_max)
{
	bool follows = false;

	for (uint32_t i = 0; i < contents->map_count; i++) {
		if (only != NULL && only != map_at(contents, i))
			continue;
		if (follows)
			fputc('\n', file);
		print_map(contents, i, file, rows_max);
		follows = true;
	}
}

void contents_close(struct contents *contents)
{
	if (contents == NULL)
		return;
	for (uint32_t i = 0; i < contents->map_count; i++)
		bytes_free(&contents->rings[i].records);
	free(contents->rings);
	free(contents);
}
