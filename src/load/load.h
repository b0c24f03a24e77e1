/* SPDX-License-Identifier: Apache-2.0 */
/* One object being read: what the files of this folder share. The steps stand in image.c. */
#ifndef SKEP_LOAD_LOAD_H
#define SKEP_LOAD_LOAD_H

#include "btf/btf.h"
#include "load/elf.h"
#include "load/image.h"

/* What an ELF section is to the loader. */
enum skep_role {
	SKEP_ROLE_NONE,
	SKEP_ROLE_CODE,        /* index: of the image's section */
	SKEP_ROLE_DATA,        /* index: of the map it becomes */
	SKEP_ROLE_BTF_MAPS,    /* .maps: definitions in BTF */
	SKEP_ROLE_LEGACY_MAPS, /* maps: definitions as structures; index: of the first's place */
	SKEP_ROLE_KERNEL,      /* only a kernel gives it a meaning: .struct_ops, arenas */
	SKEP_ROLE_LICENSE,
	SKEP_ROLE_VERSION,
	SKEP_ROLE_BTF,
	SKEP_ROLE_BTF_EXT,
	SKEP_ROLE_COMMENT,
	SKEP_ROLE_COUNT
};

struct skep_loaded_section {
	enum skep_role role;
	uint32_t index;
	uint32_t relocs;       /* the ELF section with its relocations, 0: none */
	uint32_t datasec;      /* BTF id of its DATASEC, 0: none */
	uint32_t symbols;      /* its named symbols are loader->symbols[symbols ...] */
	uint32_t symbol_count; /* counted for code, data and map sections only */
};

/* Where in the file a map is defined. */
struct skep_map_place {
	uint32_t section, index; /* ELF section; map of the image */
	uint64_t offset, size;
	uint64_t values; /* where in the section its `values` begin, or SKEP_NO_VALUES */
};

#define SKEP_NO_VALUES UINT64_MAX

struct skep_loader {
	struct skep_elf elf;
	struct skep_limits limits; /* with the defaults filled in */
	const struct skep_prog_type *custom;
	uint32_t custom_count;
	struct skep_arena *arena;   /* what the image keeps */
	struct skep_arena *scratch; /* what only the loading needs */
	struct skep_log *log;
	struct skep_image *image;
	const uint8_t *btf_ext; /* in the file; NULL: none */
	uint32_t btf_ext_size;
	struct skep_loaded_section *sections; /* by ELF section */
	uint32_t *named;                      /* ELF sections with a role, by name */
	uint32_t named_count;
	uint32_t only[SKEP_ROLE_COUNT]; /* the section of a role that only one may have, or 0 */
	uint32_t *symbols; /* ascending by section, offset, likeliness as a function's name */
	uint8_t **targets; /* by image section, by instruction: something refers to it as to a
			      function */
	uint8_t *entries;  /* by function: its symbol is global, so it can be a program */
	struct skep_map_place *places; /* ascending by section and offset */
	uint32_t place_count;
	uint32_t *extern_of;    /* by symbol: the image's extern + 1, or 0 */
	uint32_t kconfig_count; /* externs in .kconfig, and bytes of them all */
	uint32_t kconfig_bytes;
	bool sums_in_place; /* written by binutils up to 2.40, see reloc.c */
};

/* Linux's map types that a definition means more to than a number. */
enum {
	SKEP_TYPE_ARRAY = 2,
	SKEP_TYPE_PROG_ARRAY = 3,
	SKEP_TYPE_ARRAY_OF_MAPS = 12,
	SKEP_TYPE_HASH_OF_MAPS = 13,
};

static inline bool skep_load_is_of_maps(uint32_t type)
{
	return type == SKEP_TYPE_ARRAY_OF_MAPS || type == SKEP_TYPE_HASH_OF_MAPS;
}

/* image.c: a terminated copy that the image keeps, or NULL (not reported). */
char *skep_load_text(struct skep_loader *loader, const char *text);

/* image.c: the ELF section of that name which has a role, or 0. */
uint32_t skep_load_section_named(const struct skep_loader *loader, const char *name);

/* datasec.c: puts into the DATASECs of BTF what compilers leave to the reader: their sizes and the
 * offsets of their variables. */
int skep_load_datasecs(struct skep_loader *loader);

/* btf_ext.c: line information and CO-RE relocations of code sections; later the types of functions.
 */
int skep_load_lines(struct skep_loader *loader);
int skep_load_cores(struct skep_loader *loader);
int skep_load_func_types(struct skep_loader *loader);

/* maps.c: all maps and where they are defined. */
int skep_load_maps(struct skep_loader *loader);
/* The definition that `offset` of a map section lies in, or NULL. */
const struct skep_map_place *skep_load_place(const struct skep_loader *loader, uint32_t section,
					     uint64_t offset);

/* legacy.c: how many definitions a `maps` section has; appends them to the image's maps and to the
 * places; finds the inner maps of maps of maps when all are there. */
uint32_t skep_load_legacy_count(const struct skep_loader *loader, uint32_t section);
int skep_load_legacy_maps(struct skep_loader *loader, uint32_t section);
int skep_load_legacy_links(struct skep_loader *loader);

/* slots.c: what definitions put into program arrays and maps of maps. Needs functions. */
int skep_load_slots(struct skep_loader *loader);

/* reloc.c: relocations of code. In the first step, `target` and `offset` of calls and function
 * addresses are the image's section and an instruction in it; the second makes them functions. */
int skep_load_relocs(struct skep_loader *loader);
int skep_load_reloc_funcs(struct skep_loader *loader);

/* funcs.c: cuts code sections into functions, and chooses the programs among them. */
int skep_load_funcs(struct skep_loader *loader);
int skep_load_progs(struct skep_loader *loader);
/* The function that begins at instruction `insn` of the image's section, or SKEP_NO_INDEX. */
int64_t skep_load_func_at(const struct skep_loader *loader, uint32_t section, uint64_t insn);

/* extern.c: what the object declares and does not define. Later the map of .kconfig, at its place
 * among the image's, if there are values in it; and its variables, for which there is room. */
int skep_load_externs(struct skep_loader *loader);
int skep_load_kconfig_map(struct skep_loader *loader, uint32_t at);
void skep_load_kconfig_vars(struct skep_loader *loader);

/* maps.c: what libbpf calls the map of a data section. NULL: no memory. */
char *skep_load_data_map_name(struct skep_loader *loader, const char *section);

/* vars.c */
int skep_load_vars(struct skep_loader *loader);

/* pointers.c: the addresses in data sections. Needs variables, for their names. */
int skep_load_pointers(struct skep_loader *loader);

#endif
