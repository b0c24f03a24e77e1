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
#include "btf/btf.h"
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

/* What an extern in .kconfig can hold. */
enum skep_config_type {
	SKEP_CONFIG_NONE,
	SKEP_CONFIG_BOOL,
	SKEP_CONFIG_TRISTATE,
	SKEP_CONFIG_CHAR,
	SKEP_CONFIG_NUMBER,
	SKEP_CONFIG_TEXT,
};

enum skep_extern_kind {
	SKEP_EXTERN_KCONFIG, /* a value of the kernel's configuration */
	SKEP_EXTERN_KSYM,    /* the address of a variable or function of the kernel */
	SKEP_EXTERN_KFUNC,   /* a function of the kernel that programs call */
};

/* What the object declares in .kconfig or .ksyms. */
struct skep_image_extern {
	enum skep_extern_kind kind;
	const char *name;
	uint32_t type;    /* BTF id */
	bool is_weak;     /* may be missing: then it is 0 */
	bool found;       /* the configuration or the host has it */
	uint64_t address; /* KSYM */
	/* KCONFIG: */
	enum skep_config_type config_type;
	bool is_signed;
	uint32_t offset, size; /* in the map of .kconfig */
	uint32_t *item;        /* its words in BTF's DATASEC */
	const char *problem;   /* its configured value does not fit it; NULL: it does */
	const char *needed;    /* what would */
};

/* `target` of a reference to a symbol that is declared nowhere. */
#define SKEP_NO_EXTERN UINT32_MAX

enum skep_reloc_kind {
	SKEP_RELOC_MAP,       /* lddw of map `target` */
	SKEP_RELOC_MAP_VALUE, /* lddw of the value of map `target` (a data section), plus `offset`
				 bytes */
	SKEP_RELOC_CALL,      /* local call of function `target`; every local call has one */
	SKEP_RELOC_FUNC,      /* lddw of the address of function `target` */
	SKEP_RELOC_EXTERN,    /* a symbol that is not in the object, or means something to a kernel
				 only: `name`, and extern `target` or SKEP_NO_EXTERN */
};

/* A CO-RE relocation of an instruction, from .BTF.ext. */
struct skep_image_core {
	uint32_t section, insn; /* of the image, in its section */
	uint32_t type;          /* BTF id */
	uint32_t kind;          /* enum skep_core_kind */
	const char *access;     /* which member of which member, as numbers with ':' between */
};

/* Why an instruction cannot be what it was meant to be: it was made a call that the verifier
 * refuses where a run may come to it, or (`refused`) no program that holds it can be loaded. */
struct skep_image_note {
	uint32_t section, insn;
	bool refused;
	const char *found, *needed, *advice;
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

/* What an address in a data section is of. */
enum skep_pointer_kind {
	SKEP_POINTER_DATA,    /* byte `target_offset` of the data section that map `target` is */
	SKEP_POINTER_FUNC,    /* a function */
	SKEP_POINTER_MAP,     /* a map */
	SKEP_POINTER_OUTSIDE, /* something that is not in the object, or means nothing here */
};

/* A 64-bit pointer among a data section's bytes. */
struct skep_image_pointer {
	enum skep_pointer_kind kind;
	uint32_t offset;      /* in its section */
	uint64_t placeholder; /* its bytes as they are in the file, read in the host's order */
	uint32_t target, target_offset;
	const char *name; /* of the symbol or section that it is to; not NULL */
	bool given;       /* the host has given the variable another value, or this one */
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
	struct skep_image_pointer *pointers; /* in `data`, ascending by offset */
	uint32_t pointer_count;
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
	struct skep_btf *btf;          /* NULL: none */
	struct skep_image_core *cores; /* in the file's order */
	uint32_t core_count;
	struct skep_image_note *notes; /* ascending by section and instruction */
	uint32_t note_count;
	struct skep_image_extern *externs;
	uint32_t extern_count;
	uint32_t kconfig_map; /* where the values of externs in .kconfig are, if there are any */
};

/* Reads an ELF64 object of either byte order. Caps of `limits` hold (0 as default). `custom` are
 * the embedder's program types, whose section prefixes come first. SKEP_ENOEXEC, SKEP_E2BIG,
 * SKEP_EOPNOTSUPP, SKEP_ENOMEM: reported. */
int skep_load_image(const void *bytes, size_t size, const char *name,
		    const struct skep_limits *limits, const struct skep_prog_type *custom,
		    uint32_t custom_count, struct skep_arena *arena, struct skep_log *log,
		    struct skep_image *out);

/* Fits an image to the system that the configuration describes (target_btf, kconfig, ksym): once,
 * before its programs are linked. What the system lacks becomes a note, so that programs without it
 * can be loaded. SKEP_ENOMEM: reported. */
int skep_load_resolve(struct skep_image *image, const struct skep_config *config,
		      struct skep_arena *arena, struct skep_log *log);

/* The part of it that is CO-RE. `target` NULL: only what asks for no other types can be done. The
 * image has room for a note about each relocation. */
int skep_core_apply(struct skep_image *image, const struct skep_btf *target,
		    const struct skep_port *port, struct skep_arena *arena, struct skep_log *log);

/* Whether some CO-RE relocation of the image asks about a target's types. */
bool skep_core_needs_target(const struct skep_image *image);

/* The part of it that gives externs in .kconfig their values from the text of a configuration.
 * SKEP_ENOMEM: reported; what is wrong with a value stays with its extern. */
int skep_extern_configure(struct skep_image *image, const char *text, size_t size,
			  const struct skep_port *port, struct skep_arena *arena,
			  struct skep_log *log);

/* The instruction that stands for one that must not run (libbpf's number): a call of no helper. */
enum { SKEP_CORE_POISON = 0xbad2310 };

/* The name of the variable of data section `map` that `offset` lies in, or "?"; for messages. */
const char *skep_image_variable_at(const struct skep_image *image, uint32_t map, uint64_t offset);

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
