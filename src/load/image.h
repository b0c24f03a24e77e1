/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object file, read: what `load` gives to `link`. Everything is checked and in the host's byte
 * order; all of it lives in the arena given, and nothing points into the file's bytes. Indices
 * refer to the arrays of the image.
 */
#ifndef SKEP_LOAD_IMAGE_H
#define SKEP_LOAD_IMAGE_H

#include "base/arena.h"
#include "base/log.h"
#include "isa/isa.h"
#include "skep.h"

enum { SKEP_NO_INDEX = -1 };

/* A section with instructions. */
struct skep_image_section {
	const char *name;
	uint32_t elf_index;
	struct skep_insn *insns;
	uint32_t insn_count;
	struct skep_image_reloc *relocs; /* ascending by insn, at most one per instruction */
	uint32_t reloc_count;
	struct skep_image_line *lines; /* ascending by insn */
	uint32_t line_count;
};

enum skep_reloc_kind {
	SKEP_RELOC_MAP,       /* lddw of map `target` */
	SKEP_RELOC_MAP_VALUE, /* lddw of the value of map `target` (a data section), plus `offset`
				 bytes */
	SKEP_RELOC_CALL,      /* local call of function `target`; every local call has one */
	SKEP_RELOC_FUNC,      /* lddw of the address of function `target` */
	SKEP_RELOC_EXTERN,    /* a symbol that is not in the object, or means something to a kernel
				 only: `name`; refused when linked */
};

struct skep_image_reloc {
	enum skep_reloc_kind kind;
	uint32_t insn; /* in its section, 8-byte units */
	uint32_t target;
	uint32_t offset;
	const char *name;
};

/* A source line, from .BTF.ext. */
struct skep_image_line {
	uint32_t insn; /* in its section: from here on, to the next entry */
	const char *file, *source;
	uint32_t line, column;
};

/* A function: a range of a section's instructions. Every instruction of a section with instructions
 * is in exactly one. */
struct skep_image_func {
	const char *name;
	uint32_t section; /* index */
	uint32_t start, count;
	uint32_t type; /* BTF id of its FUNC, from .BTF.ext; 0 unknown */
	bool is_global;
};

/* A program: a function that can be an entry point (every global function of a program section, and
 * where a section has none, its first). Functions in .text are none. */
struct skep_image_prog {
	uint32_t func;
	const char *section; /* name without a leading '?' */
	uint32_t type;       /* 0: the section's name says nothing */
	uint32_t attach_type;
	const char *attach_to; /* what follows the prefix and '/', or "" */
	bool sleepable;
	bool autoload;
};

/* A pointer inside a map definition's `values`: programs of a prog_array, inner maps of a
 * map-in-map. */
struct skep_image_slot {
	uint32_t index;
	bool is_prog;
	uint32_t target; /* program's function, or map */
};

struct skep_image_map {
	const char *name;    /* for data sections as libbpf names them: first 8 characters of the
				object's, the section's */
	const char *section; /* ".maps", "maps", or the data section */
	struct skep_map_def def;
	uint32_t key_type, value_type; /* BTF ids, 0 unknown */
	int32_t inner; /* map-in-map: index of the inner map's definition, else SKEP_NO_INDEX */
	bool is_inner; /* only a template of inner maps: never made by itself */
	struct skep_image_slot *slots;
	uint32_t slot_count;
	uint8_t *data; /* data sections: initial content, def.value_size bytes (zeros for .bss);
			  else NULL */
	bool is_data;
	bool read_only; /* .rodata*, .kconfig */
};

struct skep_image {
	const char *name; /* as given */
	bool big_endian;
	const char *license; /* NULL: no such section */
	uint32_t version;
	struct skep_image_section *sections;
	uint32_t section_count;
	struct skep_image_func *funcs; /* ascending by section, then by start */
	uint32_t func_count;
	struct skep_image_prog *progs;
	uint32_t prog_count;
	struct skep_image_map *maps;
	uint32_t map_count;
	struct skep_var *vars; /* `map` is NULL here; `var_map` says which */
	uint32_t *var_map;
	uint32_t var_count;
	struct skep_btf *btf; /* NULL: none */
	uint8_t *btf_ext;     /* as in the file, for CO-RE */
	uint32_t btf_ext_size;
};

/* Reads an ELF64 object of either byte order. Caps of `limits` hold (0 as default). `custom` are
 * the embedder's program types, whose section prefixes come first. SKEP_ENOEXEC, SKEP_E2BIG,
 * SKEP_EOPNOTSUPP, SKEP_ENOMEM: reported. */
int skep_load_image(const void *bytes, size_t size, const char *name,
		    const struct skep_limits *limits, const struct skep_prog_type *custom,
		    uint32_t custom_count, struct skep_arena *arena, struct skep_log *log,
		    struct skep_image *out);

/* Reads BTF data of either byte order (`bytes` is not kept). */
int skep_btf_read(const void *bytes, size_t size, bool big_endian, struct skep_arena *arena,
		  struct skep_log *log, struct skep_btf **out);

/* What libbpf knows of a section name, NULL if nothing. */
struct skep_section_row {
	const char *prefix;
	uint32_t prog_type, attach_type;
	uint32_t flags; /* SKEP_SECTION_* */
};

enum {
	SKEP_SECTION_EXACT = 1u << 0, /* nothing may follow the name; else '/' and more may */
	SKEP_SECTION_SLEEPABLE = 1u << 1,
};

const struct skep_section_row *skep_load_section_row(const char *name);

#endif
