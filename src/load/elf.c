/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a file in, sections, symbols and relocations out. The one idea: everything that an
 * accessor will rely on is checked here before the first accessor is called, so that those cannot
 * fail. Refuses whatever is not a relocatable ELF64 file for eBPF, parts that lie outside the file
 * or over each other, and names without an end. Layout: the System V gABI, chapters 4 and 5.
 */
#include "load/elf.h"

#include "base/bytes.h"
#include "load/order.h"

enum {
	HEADER_BYTES = 64,
	SECTION_BYTES = 64,
	SYMBOL_BYTES = 24,
	RELOC_BYTES = 16,
	MACHINE_BPF = 247,
	TYPE_RELOCATABLE = 1,
	NAME_INDEX_ELSEWHERE = 0xffff,
};

static const char TRUNCATED[] = "the file is cut short or damaged: copy or compile it again";
static const char COMPILE[] = "compile with clang -O2 -g -target bpf -c";

uint16_t skep_elf_load16(const struct skep_elf *elf, const uint8_t *from)
{
	return elf->big_endian ? (uint16_t)(from[0] << 8 | from[1])
			       : (uint16_t)(from[1] << 8 | from[0]);
}

uint32_t skep_elf_load32(const struct skep_elf *elf, const uint8_t *from)
{
	const uint32_t first = skep_elf_load16(elf, from), second = skep_elf_load16(elf, from + 2);

	return elf->big_endian ? first << 16 | second : second << 16 | first;
}

uint64_t skep_elf_load64(const struct skep_elf *elf, const uint8_t *from)
{
	const uint64_t first = skep_elf_load32(elf, from), second = skep_elf_load32(elf, from + 4);

	return elf->big_endian ? first << 32 | second : second << 32 | first;
}

static int damaged(struct skep_log *log, const char *found, const char *needed)
{
	return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN, "%s\n%s\n%s", found, needed, TRUNCATED);
}

/* The fields of section header `index`; name and data are not yet looked at. */
static struct skep_elf_section fields(const struct skep_elf *elf, uint32_t index)
{
	const uint8_t *header = elf->headers + (size_t)index * SECTION_BYTES;

	return (struct skep_elf_section){
		.type = skep_elf_load32(elf, header + 4),
		.flags = skep_elf_load64(elf, header + 8),
		.size = skep_elf_load64(elf, header + 32),
		.link = skep_elf_load32(elf, header + 40),
		.info = skep_elf_load32(elf, header + 44),
		.entry_size = skep_elf_load64(elf, header + 56),
	};
}

static uint64_t file_offset(const struct skep_elf *elf, uint32_t index)
{
	return skep_elf_load64(elf, elf->headers + (size_t)index * SECTION_BYTES + 24);
}

static uint64_t alignment(const struct skep_elf *elf, uint32_t index)
{
	return skep_elf_load64(elf, elf->headers + (size_t)index * SECTION_BYTES + 48);
}

static uint32_t name_offset(const struct skep_elf *elf, uint32_t index)
{
	return skep_elf_load32(elf, elf->headers + (size_t)index * SECTION_BYTES);
}

/* Whether a section has bytes in the file. */
static bool has_bytes(const struct skep_elf_section *section)
{
	return section->type != 0 && section->type != SKEP_ELF_NOBITS && section->size > 0;
}

struct skep_elf_section skep_elf_section(const struct skep_elf *elf, uint32_t index)
{
	struct skep_elf_section section = fields(elf, index);
	const uint64_t names = file_offset(elf, elf->name_section);

	section.name = (const char *)elf->bytes + (size_t)names + name_offset(elf, index);
	if (has_bytes(&section))
		section.data = elf->bytes + (size_t)file_offset(elf, index);
	return section;
}

static const uint8_t *symbol_bytes(const struct skep_elf *elf, uint32_t index)
{
	return elf->bytes + (size_t)file_offset(elf, elf->symbol_section) +
	       (size_t)index * SYMBOL_BYTES;
}

struct skep_elf_symbol skep_elf_symbol(const struct skep_elf *elf, uint32_t index)
{
	const uint8_t *entry = symbol_bytes(elf, index);
	const uint64_t names = file_offset(elf, fields(elf, elf->symbol_section).link);

	return (struct skep_elf_symbol){
		.name = (const char *)elf->bytes + (size_t)names + skep_elf_load32(elf, entry),
		.type = entry[4] & 0xf,
		.binding = entry[4] >> 4,
		.visibility = entry[5] & 0x3,
		.section = skep_elf_load16(elf, entry + 6),
		.value = skep_elf_load64(elf, entry + 8),
		.size = skep_elf_load64(elf, entry + 16),
	};
}

struct skep_elf_reloc skep_elf_reloc(const struct skep_elf_relocs *relocs, uint32_t index)
{
	const uint8_t *entry = relocs->entries + (size_t)index * RELOC_BYTES;
	const uint64_t info = skep_elf_load64(relocs->elf, entry + 8);

	return (struct skep_elf_reloc){
		.offset = skep_elf_load64(relocs->elf, entry),
		.symbol = (uint32_t)(info >> 32),
		.type = (uint32_t)info,
	};
}

/* A file that is not ELF at all: says what it looks like. */
static int refuse_other_file(const uint8_t *bytes, size_t size, struct skep_log *log)
{
	const size_t shown = size < 32 ? size : 32;
	size_t printable = 0;

	while (printable < shown && ((bytes[printable] >= ' ' && bytes[printable] < 0x7f) ||
				     (bytes[printable] >= '\t' && bytes[printable] <= '\r')))
		printable++;
	if (size == 0)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the file is empty\nan eBPF object\n%s", COMPILE);
	if (printable == shown)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "this is a text file, not an object\nan eBPF object\n"
				 "if it is a C source, %s",
				 COMPILE);
	return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "this is not an ELF file: it begins with the byte 0x%02x\nan eBPF object\n"
			 "%s",
			 bytes[0], COMPILE);
}

static const char *machine_name(uint32_t machine)
{
	switch (machine) {
	case 3: return " (x86)";
	case 8: return " (MIPS)";
	case 22: return " (s390)";
	case 40: return " (Arm)";
	case 62: return " (x86-64)";
	case 94: return " (Xtensa)";
	case 183: return " (arm64)";
	case 243: return " (RISC-V)";
	case 258: return " (LoongArch)";
	default: return "";
	}
}

static int check_identity(struct skep_elf *elf, struct skep_log *log)
{
	const uint8_t *bytes = elf->bytes;

	if (elf->size < 4 || bytes[0] != 0x7f || bytes[1] != 'E' || bytes[2] != 'L' ||
	    bytes[3] != 'F')
		return refuse_other_file(bytes, elf->size, log);
	if (elf->size < HEADER_BYTES)
		return damaged(log, "the file ends inside the ELF header", "64 bytes of header");
	if (bytes[4] != 2)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "this is %s ELF file\na 64-bit one, for machine 247 (eBPF)\n%s",
				 bytes[4] == 1 ? "a 32-bit" : "no 32-bit and no 64-bit", COMPILE);
	if (bytes[5] != 1 && bytes[5] != 2)
		return damaged(log, "the ELF header names no byte order",
			       "1 (little-endian) or 2 (big-endian) at byte 5");
	elf->big_endian = bytes[5] == 2;
	return 0;
}

static int check_header(struct skep_elf *elf, struct skep_log *log)
{
	const uint8_t *bytes = elf->bytes;
	const uint32_t type = skep_elf_load16(elf, bytes + 16),
		       machine = skep_elf_load16(elf, bytes + 18);

	/* Compilers from before eBPF had a machine number wrote 0. */
	if (machine != MACHINE_BPF && machine != 0)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "this is an ELF file for machine %u%s\nmachine 247 (eBPF)\n%s",
				 (unsigned)machine, machine_name(machine), COMPILE);
	if (bytes[6] != 1 || skep_elf_load32(elf, bytes + 20) != 1)
		return damaged(log, "the ELF header has an unknown version", "version 1");
	if (type != TYPE_RELOCATABLE)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "this ELF file has type %u\na relocatable file (type 1)\n%s, "
				 "without linking",
				 (unsigned)type, COMPILE);
	if (skep_elf_load16(elf, bytes + 52) != HEADER_BYTES)
		return damaged(log, "the ELF header states a wrong size of itself", "64 bytes");
	return 0;
}

/* Finds the section headers and the section that has their names. */
static int find_sections(struct skep_elf *elf, struct skep_log *log)
{
	const uint8_t *bytes = elf->bytes;
	const uint64_t offset = skep_elf_load64(elf, bytes + 40);
	uint64_t count = skep_elf_load16(elf, bytes + 60);
	uint32_t names = skep_elf_load16(elf, bytes + 62);

	if (offset == 0)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "this ELF file has no sections\nsections, symbols and relocations"
				 "\n%s, and do not strip sections",
				 COMPILE);
	if (skep_elf_load16(elf, bytes + 58) != SECTION_BYTES)
		return damaged(log, "the section headers have a wrong size", "64 bytes each");
	if (!skep_in_bounds(offset, SECTION_BYTES, elf->size) || offset < HEADER_BYTES)
		return damaged(log, "the section headers lie outside the file",
			       "an offset inside it");
	elf->headers = bytes + (size_t)offset;
	/* Counts that do not fit 16 bits stand in the first header, which is otherwise unused. */
	if (count == 0)
		count = fields(elf, 0).size;
	if (names == NAME_INDEX_ELSEWHERE)
		names = fields(elf, 0).link;
	if (count < 2 || count > elf->size / SECTION_BYTES ||
	    !skep_in_bounds(offset, count * SECTION_BYTES, elf->size))
		return damaged(log, "the section headers reach past the end of the file",
			       "as many headers as the ELF header states");
	if (names == 0 || names >= count)
		return damaged(log, "no section has the names of the sections",
			       "its number in the ELF header");
	elf->section_count = (uint32_t)count;
	elf->name_section = names;
	return 0;
}

/* A string table whose every offset below its size begins a terminated name. */
static int check_names(const struct skep_elf *elf, uint32_t index, struct skep_log *log)
{
	const struct skep_elf_section section = fields(elf, index);

	if (section.type != SKEP_ELF_STRTAB || section.size == 0 ||
	    elf->bytes[(size_t)(file_offset(elf, index) + section.size - 1)] != '\0')
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %u is no table of names\na string table that ends with a "
				 "zero byte\n%s",
				 (unsigned)index, TRUNCATED);
	return 0;
}

static bool lies_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct skep_elf *elf = ctx;
	const uint64_t at_a = file_offset(elf, a), at_b = file_offset(elf, b);

	return at_a != at_b ? at_a < at_b : a < b;
}

static int overlap(uint32_t a, const char *other, struct skep_log *log)
{
	return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
			 "section %u overlaps %s\nparts of the file that lie apart\n%s",
			 (unsigned)a, other, TRUNCATED);
}

/* No section may share a byte with another, with the ELF header or with the section headers: so
 * what is copied from a file is never more than its size. */
static int check_overlaps(const struct skep_elf *elf, struct skep_arena *scratch,
			  struct skep_log *log)
{
	const uint64_t table = (uint64_t)(elf->headers - elf->bytes),
		       table_end = table + (uint64_t)elf->section_count * SECTION_BYTES;
	uint32_t *order = skep_arena_array(scratch, elf->section_count, sizeof(uint32_t));
	uint32_t count = 0;
	uint64_t end = HEADER_BYTES;

	if (order == NULL)
		return skep_fail_memory(log, "the sections' order");
	for (uint32_t i = 1; i < elf->section_count; i++) {
		const struct skep_elf_section section = fields(elf, i);

		if (has_bytes(&section))
			order[count++] = i;
	}
	skep_load_order(order, count, lies_before, elf);
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t start = file_offset(elf, order[i]),
			       size = fields(elf, order[i]).size;

		if (start < end)
			return overlap(order[i], "the section before it or the ELF header", log);
		end = start + size;
		if (start < table_end && table < end)
			return overlap(order[i], "the section headers", log);
	}
	return 0;
}

static int check_bounds(const struct skep_elf *elf, struct skep_log *log)
{
	for (uint32_t i = 1; i < elf->section_count; i++) {
		const struct skep_elf_section section = fields(elf, i);
		const uint64_t align = alignment(elf, i);

		if (has_bytes(&section) &&
		    !skep_in_bounds(file_offset(elf, i), section.size, elf->size))
			return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "section %u reaches past the end of the file\n%llu bytes "
					 "at offset %llu\n%s",
					 (unsigned)i, (unsigned long long)section.size,
					 (unsigned long long)file_offset(elf, i), TRUNCATED);
		if ((align & (align - 1)) != 0)
			return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "section %u has alignment %llu\na power of two\n%s",
					 (unsigned)i, (unsigned long long)align, TRUNCATED);
	}
	return 0;
}

static int check_sections(struct skep_elf *elf, struct skep_arena *scratch, struct skep_log *log)
{
	SKEP_TRY(check_bounds(elf, log));
	SKEP_TRY(check_overlaps(elf, scratch, log));
	SKEP_TRY(check_names(elf, elf->name_section, log));
	for (uint32_t i = 0; i < elf->section_count; i++) {
		const struct skep_elf_section section = fields(elf, i);

		if (name_offset(elf, i) >= fields(elf, elf->name_section).size)
			return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "section %u has its name outside the table of names\n"
					 "an offset inside it\n%s",
					 (unsigned)i, TRUNCATED);
		if (section.type != SKEP_ELF_SYMTAB || i == 0)
			continue;
		if (elf->symbol_section != 0)
			return damaged(log, "the file has two symbol tables", "one");
		elf->symbol_section = i;
	}
	return 0;
}

static int check_symbol(const struct skep_elf *elf, uint32_t index, uint64_t names_size,
			struct skep_log *log)
{
	const uint8_t *entry = symbol_bytes(elf, index);
	struct skep_elf_symbol symbol;
	struct skep_elf_section section;

	if (skep_elf_load32(elf, entry) >= names_size)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "symbol %u has its name outside the table of names\n"
				 "an offset inside it\n%s",
				 (unsigned)index, TRUNCATED);
	symbol = skep_elf_symbol(elf, index);
	if (symbol.section == SKEP_ELF_UNDEFINED || symbol.section >= SKEP_ELF_SPECIAL)
		return 0;
	if (symbol.section >= elf->section_count)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "symbol %.64s is in section %u\na number below %u\n%s",
				 symbol.name, (unsigned)symbol.section,
				 (unsigned)elf->section_count, TRUNCATED);
	section = fields(elf, symbol.section);
	if (!skep_in_bounds(symbol.value, symbol.size, section.size))
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "symbol %.64s reaches past the end of its section\n"
				 "at most %llu bytes\n%s",
				 symbol.name, (unsigned long long)section.size, TRUNCATED);
	return 0;
}

static int check_symbols(struct skep_elf *elf, struct skep_log *log)
{
	const struct skep_elf_section table = fields(elf, elf->symbol_section);
	uint64_t names_size;

	if (elf->symbol_section == 0)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "the object has no symbol table\nthe symbols the compiler wrote\n"
				 "compile again and do not strip the object (llvm-strip -g is "
				 "enough)");
	if (table.entry_size != SYMBOL_BYTES || table.size % SYMBOL_BYTES != 0 ||
	    table.size / SYMBOL_BYTES > UINT32_MAX)
		return damaged(log, "the symbol table has a wrong size", "24 bytes per symbol");
	if (table.link == 0 || table.link >= elf->section_count)
		return damaged(log, "the symbol table names no table of names", "its section");
	SKEP_TRY(check_names(elf, table.link, log));
	names_size = fields(elf, table.link).size;
	elf->symbol_count = (uint32_t)(table.size / SYMBOL_BYTES);
	if (table.info > elf->symbol_count)
		return damaged(log, "the symbol table states more local symbols than it has",
			       "at most all of them");
	for (uint32_t i = 0; i < elf->symbol_count; i++)
		SKEP_TRY(check_symbol(elf, i, names_size, log));
	return 0;
}

int skep_elf_open(const void *bytes, size_t size, struct skep_arena *scratch, struct skep_log *log,
		  struct skep_elf *out)
{
	struct skep_elf elf = { .bytes = bytes, .size = size };

	SKEP_TRY(check_identity(&elf, log));
	SKEP_TRY(check_header(&elf, log));
	SKEP_TRY(find_sections(&elf, log));
	SKEP_TRY(check_sections(&elf, scratch, log));
	SKEP_TRY(check_symbols(&elf, log));
	*out = elf;
	return 0;
}

int skep_elf_relocs(const struct skep_elf *elf, uint32_t section, struct skep_log *log,
		    struct skep_elf_relocs *out)
{
	const struct skep_elf_section table = skep_elf_section(elf, section);
	struct skep_elf_relocs relocs = { .elf = elf, .entries = table.data };

	if (table.type == SKEP_ELF_RELA)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has relocations with addends\nrelocations whose "
				 "addends are in the instructions (REL)\n%s",
				 table.name, COMPILE);
	if (table.entry_size != RELOC_BYTES || table.size % RELOC_BYTES != 0 ||
	    table.size / RELOC_BYTES > UINT32_MAX)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has a wrong size\n16 bytes per relocation\n%s",
				 table.name, TRUNCATED);
	if (table.info == 0 || table.info >= elf->section_count)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has relocations for section %u\n"
				 "a number from 1 to %u\n%s",
				 table.name, (unsigned)table.info,
				 (unsigned)(elf->section_count - 1), TRUNCATED);
	if (table.link != elf->symbol_section)
		return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
				 "section %.64s has relocations for symbols of section %u\n"
				 "section %u, the symbol table\n%s",
				 table.name, (unsigned)table.link, (unsigned)elf->symbol_section,
				 TRUNCATED);
	relocs.section = table.info;
	relocs.count = (uint32_t)(table.size / RELOC_BYTES);
	for (uint32_t i = 0; i < relocs.count; i++) {
		const struct skep_elf_reloc reloc = skep_elf_reloc(&relocs, i);

		if (reloc.symbol >= elf->symbol_count)
			return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "relocation %u of section %.64s is for symbol %u\n"
					 "a number below %u\n%s",
					 (unsigned)i, table.name, (unsigned)reloc.symbol,
					 (unsigned)elf->symbol_count, TRUNCATED);
		if (!skep_in_bounds(reloc.offset, 4, skep_elf_section(elf, relocs.section).size))
			return skep_fail(log, SKEP_ENOEXEC, SKEP_NO_INSN,
					 "relocation %u of section %.64s lies at offset %llu\n"
					 "a place inside the section that it is for\n%s",
					 (unsigned)i, table.name, (unsigned long long)reloc.offset,
					 TRUNCATED);
	}
	*out = relocs;
	return 0;
}
