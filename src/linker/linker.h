/* SPDX-License-Identifier: Apache-2.0 */
/* Objects being linked: what the files of this folder share. The steps stand in linker.c. */
#ifndef SKEP_LINKER_LINKER_H
#define SKEP_LINKER_LINKER_H

#include "base/strings.h"
#include "btf/dedup.h"
#include "load/elf.h"

/* Flags of sections that tell whether parts of one name belong together (System V gABI, chapter
 * 4). */
enum {
	SKEP_LINKER_WRITE = 0x1,
	SKEP_LINKER_ALLOC = 0x2,
	SKEP_LINKER_KEPT_FLAGS = SKEP_LINKER_WRITE | SKEP_LINKER_ALLOC | SKEP_ELF_EXECINSTR,
	SKEP_LINKER_GLOBAL = 1, /* bindings */
	SKEP_LINKER_WEAK = 2,
	SKEP_LINKER_FILE = 4, /* a symbol's type */
	SKEP_LINKER_ABSOLUTE = 0xfff1,
	SKEP_LINKER_INSN_BYTES = 8,
};

#define SKEP_LINKER_NONE UINT32_MAX

/* Where a section of an input went. */
struct skep_linker_piece {
	uint32_t section; /* index of the output's, or SKEP_LINKER_NONE: left out */
	uint32_t relocs;  /* the ELF section with its relocations, 0: none */
	uint64_t offset;
};

struct skep_linker_input {
	const char *name; /* of the file, for messages */
	struct skep_elf elf;
	struct skep_linker_piece *pieces; /* by ELF section */
	uint32_t *parts;   /* by section of the output: the ELF section that is its part, or 0 */
	uint32_t *symbols; /* by ELF symbol: index of the output's, or SKEP_LINKER_NONE */
	uint32_t btf_section, ext_section; /* 0: none */
	bool sums_in_place;                /* written by binutils up to 2.40, see load/reloc.c */
};

struct skep_linker_section {
	const char *name;
	uint32_t type;
	uint32_t origin, latest; /* the inputs that had it first and last */
	uint64_t flags, size, align, entry_size;
	uint8_t *data; /* NULL: NOBITS */
	uint8_t *relocs;
	uint32_t reloc_count, reloc_room;
	uint32_t number; /* in the file */
	bool is_shared;  /* the same in every input, it stands once: license, version */
};

struct skep_linker_symbol {
	const char *name;
	uint32_t section; /* index, SKEP_LINKER_NONE: undefined, or SKEP_ELF_SPECIAL and above */
	uint64_t value, size;
	uint8_t type, binding, visibility;
	uint32_t origin;         /* the input it is from */
	uint32_t btf_input, btf; /* what BTF says of it: FUNC or VAR of an input; 0: nothing */
	uint32_t number;         /* in the file */
};

struct skep_linker {
	struct skep_arena *arena;
	struct skep_log *log;
	struct skep_linker_input *inputs;
	uint32_t input_count;
	bool big_endian;
	uint64_t bytes_max;
	struct skep_linker_section *sections;
	uint32_t section_count;
	struct skep_trie section_names;
	struct skep_linker_symbol *symbols; /* the first are those of the sections, same index */
	uint32_t symbol_count;
	struct skep_trie globals;
	uint8_t *btf, *ext; /* bytes of the sections; NULL: none */
	size_t btf_size, ext_size;
	/* While BTF is merged: */
	struct skep_btf_merge *merges; /* by input; `btf` NULL: it has none */
	uint32_t *merged;              /* by input: its place among those that have BTF */
	struct skep_btf_writer types;
};

/* sections.c: decides what becomes of the sections of all inputs; then puts their contents in. */
int skep_linker_place_sections(struct skep_linker *linker);
int skep_linker_fill_sections(struct skep_linker *linker);

/* The ELF section of an input that became part of the output's section of that name, or 0. */
uint32_t skep_linker_part(const struct skep_linker *linker, uint32_t input, const char *name);

/* symbols.c: resolves all symbols. */
int skep_linker_resolve(struct skep_linker *linker);
/* The global symbol of that name, or NULL. */
struct skep_linker_symbol *skep_linker_global(const struct skep_linker *linker, const char *name);

/* relocs.c: finds out which inputs binutils wrote; rewrites relocations and the addends in what
 * they are for. Needs symbol numbers. */
int skep_linker_judge_addends(struct skep_linker *linker);
int skep_linker_rewrite_relocs(struct skep_linker *linker);

/* types.c: the BTF of all inputs, as one. */
int skep_linker_merge_types(struct skep_linker *linker);

/* datasec.c: what goes out of the types beforehand; the sections' variables after. */
struct skep_linker_datasecs;
int skep_linker_list_variables(struct skep_linker *linker, struct skep_btf_alias *aliases,
			       uint32_t *alias_count, struct skep_linker_datasecs **out);
int skep_linker_write_datasecs(struct skep_linker *linker,
			       const struct skep_linker_datasecs *datasecs);

/* ext.c: .BTF.ext of all inputs, as one. */
int skep_linker_merge_ext(struct skep_linker *linker);

/* write.c: numbers sections and symbols; then the file. */
int skep_linker_number(struct skep_linker *linker);
int skep_linker_write(struct skep_linker *linker, uint8_t **out, size_t *size);

/* linker.c: stores in the file's byte order. */
void skep_linker_store16(const struct skep_linker *linker, uint8_t *to, uint16_t x);
void skep_linker_store32(const struct skep_linker *linker, uint8_t *to, uint32_t x);
void skep_linker_store64(const struct skep_linker *linker, uint8_t *to, uint64_t x);

/* linker.c: links relocatable eBPF objects into one, whose bytes come from `arena`. Limits as in
 * struct skep_limits, 0 as default. SKEP_ENOEXEC: an input is not well-formed; SKEP_EINVAL: inputs
 * contradict each other; SKEP_EEXIST: a name has two strong definitions; SKEP_E2BIG, SKEP_ENOMEM:
 * each reported. */
int skep_linker_link(const struct skep_link_input *inputs, uint32_t count,
		     const struct skep_limits *limits, struct skep_arena *arena,
		     struct skep_log *log, uint8_t **out, size_t *size);

#endif
