/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ELF64 relocatable file for eBPF, checked once and then read field by field. Nothing is copied:
 * what these functions return points into the file's bytes, which must stay.
 */
#ifndef SKEP_LOAD_ELF_H
#define SKEP_LOAD_ELF_H

#include "base/arena.h"
#include "base/log.h"

/* Numbers of the ELF gABI and of the eBPF psABI that this loader asks for. */
enum {
	SKEP_ELF_PROGBITS = 1,
	SKEP_ELF_SYMTAB = 2,
	SKEP_ELF_STRTAB = 3,
	SKEP_ELF_RELA = 4,
	SKEP_ELF_NOBITS = 8,
	SKEP_ELF_REL = 9,
	SKEP_ELF_EXECINSTR = 0x4,
	SKEP_ELF_COMPRESSED = 0x800,
	SKEP_ELF_UNDEFINED = 0,
	SKEP_ELF_SPECIAL = 0xff00, /* section numbers from here on are not sections */
	SKEP_ELF_LOCAL = 0,
	SKEP_ELF_WEAK = 2,
	SKEP_ELF_NOTYPE = 0,
	SKEP_ELF_OBJECT = 1,
	SKEP_ELF_FUNC = 2,
	SKEP_ELF_SECTION = 3,
	SKEP_ELF_FILE = 4,
	SKEP_ELF_INTERNAL = 1,
	SKEP_ELF_HIDDEN = 2,
	/* Relocation types: the names are LLVM's. */
	SKEP_R_NONE = 0,
	SKEP_R_64_64 = 1,       /* an address in lddw */
	SKEP_R_ABS64 = 2,       /* an address in data */
	SKEP_R_ABS32 = 3,       /* an offset in data */
	SKEP_R_NODYLD32 = 4,    /* an offset in .BTF and .BTF.ext */
	SKEP_R_64_32 = 10,      /* a call */
	SKEP_R_GNU_DATA64 = 12, /* ABS64 of binutils up to 2.40 */
};

struct skep_elf {
	const uint8_t *bytes;
	size_t size;
	bool big_endian;
	const uint8_t *headers; /* of the sections, 64 bytes each */
	uint32_t section_count;
	uint32_t name_section;
	uint32_t symbol_section; /* 0: there is no symbol table */
	uint32_t symbol_count;
};

struct skep_elf_section {
	const char *name;
	const uint8_t *data; /* NULL where the file has no bytes for it (NOBITS) */
	uint64_t size;
	uint64_t flags;
	uint64_t entry_size;
	uint32_t type, link, info;
};

struct skep_elf_symbol {
	const char *name;
	uint64_t value, size; /* within the section, if there is one */
	uint32_t section;     /* SKEP_ELF_UNDEFINED, a section, or SKEP_ELF_SPECIAL and above */
	uint8_t type, binding, visibility;
};

/* The relocations of one section. */
struct skep_elf_relocs {
	const struct skep_elf *elf;
	const uint8_t *entries;
	uint32_t count;
	uint32_t section; /* that they are for */
};

struct skep_elf_reloc {
	uint64_t offset;
	uint32_t symbol, type;
};

/* Checks the whole file: header, section headers, that no two things overlap, names, the symbol
 * table. `scratch` is used during the call. SKEP_ENOEXEC or SKEP_ENOMEM: reported. */
int skep_elf_open(const void *bytes, size_t size, struct skep_arena *scratch, struct skep_log *log,
		  struct skep_elf *out);

/* `index` < section_count. */
struct skep_elf_section skep_elf_section(const struct skep_elf *elf, uint32_t index);

/* `index` < symbol_count. */
struct skep_elf_symbol skep_elf_symbol(const struct skep_elf *elf, uint32_t index);

/* Checks a relocation section whole: SKEP_ENOEXEC, reported. */
int skep_elf_relocs(const struct skep_elf *elf, uint32_t section, struct skep_log *log,
		    struct skep_elf_relocs *out);

/* `index` < relocs->count. */
struct skep_elf_reloc skep_elf_reloc(const struct skep_elf_relocs *relocs, uint32_t index);

/* Loads in the file's byte order. */
uint16_t skep_elf_load16(const struct skep_elf *elf, const uint8_t *from);
uint32_t skep_elf_load32(const struct skep_elf *elf, const uint8_t *from);
uint64_t skep_elf_load64(const struct skep_elf *elf, const uint8_t *from);

#endif
