/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assembly files: the instructions of skep.h's assembler between lines that say what they belong
 *to.
 *
 *	.license "GPL"
 *	.map NAME TYPE [key N] [value N] [entries N] [flags N]
 *	.section xdp            what follows are instructions of this section, ...
 *	.globl NAME             where NAME: is another program of it begins, not only the first
 *	.section .rodata        ... or bytes of a data section (.data*, .rodata*, .bss*):
 *	.extern NAME            a function that is nowhere in the file
 *	.hex 00 01 02fe
 *	.zero 100
 *
 * Sections may be continued, maps defined and functions called before or after they stand in the
 * file. Numbers are decimal or 0x. A line of these is ended by '#' too.
 */
#ifndef SKEP_CLI_SOURCE_H
#define SKEP_CLI_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "memory.h"
#include "object.h"
#include "skep.h"

enum { ASSEMBLY_BYTES_MAX = 64 << 20 };

enum reference_kind {
	REFERENCE_MAP,      /* lddw of map `target` */
	REFERENCE_DATA,     /* lddw of an address in section `target` */
	REFERENCE_FUNCTION, /* call or lddw of function `name` */
};

struct reference {
	uint32_t insn;
	enum reference_kind kind;
	uint32_t target;
	char *name; /* owned; else NULL */
};

struct label {
	char *name;
	uint32_t insn;
	bool is_function;
};

struct source_section {
	char *name;
	bool is_data;
	struct bytes text;   /* of the code, with empty lines for what is not of this section */
	unsigned line_count; /* of `text` */
	struct bytes data;
	struct skep_insn *insns;
	uint32_t insn_count;
	struct bytes labels, references; /* arrays, in the file's order */
};

struct source_map {
	char *name;
	uint32_t type, key_size, value_size, max_entries, flags;
};

struct source {
	const char *path;
	char *license;         /* NULL: none */
	struct bytes sections; /* arrays */
	struct bytes maps;
	struct bytes globals; /* char *, of .globl */
	struct bytes externs; /* char *, of .extern */
};

static inline uint32_t source_section_count(const struct source *source)
{
	return (uint32_t)(source->sections.size / sizeof(struct source_section));
}

static inline struct source_section *source_section(const struct source *source, uint32_t index)
{
	return (struct source_section *)source->sections.data + index;
}

static inline uint32_t source_map_count(const struct source *source)
{
	return (uint32_t)(source->maps.size / sizeof(struct source_map));
}

static inline const struct source_map *source_map(const struct source *source, uint32_t index)
{
	return (const struct source_map *)source->maps.data + index;
}

static inline uint32_t label_count(const struct source_section *section)
{
	return (uint32_t)(section->labels.size / sizeof(struct label));
}

static inline struct label *label_at(const struct source_section *section, uint32_t index)
{
	return (struct label *)section->labels.data + index;
}

static inline uint32_t reference_count(const struct source_section *section)
{
	return (uint32_t)(section->references.size / sizeof(struct reference));
}

static inline const struct reference *reference_at(const struct source_section *section,
						   uint32_t index)
{
	return (const struct reference *)section->references.data + index;
}

/* The number of an .extern, or -1. */
int64_t source_extern(const struct source *source, const char *name, size_t size);

/* Reads an assembly file. Maps are numbered in their order, data sections after them. `raw`:
 * instructions need neither a section nor a label before them. STATUS_BAD, reported. `out` is to be
 * freed in any case. */
enum status source_read(const struct file *file, struct skep_runtime *runtime, bool raw,
			struct source *out);
void source_free(struct source *source);

/* Writes an ELF object: what clang would make of such a program. */
void source_write_object(const struct source *source, FILE *out);

/* Writes the instructions alone, of a source with one section of them and no data, in the order of
 * a little-endian file. STATUS_BAD, reported: there are others. */
enum status source_write_raw(const struct source *source, FILE *out);

/* Writes the assembly file of an object, of `only` or (NULL) of all its programs. Functions that
 * they call come after them, in .text, each once. */
void source_print(const struct opened *opened, const struct skep_prog *only, FILE *out);

#endif
