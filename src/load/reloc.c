/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations of code in, references to maps, variables and functions out; local calls that the
 * assembler resolved itself get one as well, so that whoever links need not tell them apart. Where
 * something lies is the symbol's value plus an addend, which stands in the immediate: bytes in
 * lddw, instructions less one in a call. Compilers name static things by their section and such an
 * addend. Refuses whatever does not lead to the start of a map or of a function, or into a data
 * section. Source: LLVM's docs/BPF (psABI), "ELF Relocations".
 */
#include "load/load.h"

#include "base/bytes.h"
#include "load/order.h"

static const char RECOMPILE[] = "compile the object again";

/* One code section on its way. */
struct pass {
	struct skep_loader *loader;
	uint32_t index; /* of the image's section */
	struct skep_image_section *section;
	struct skep_elf_relocs relocs;
	uint32_t *order; /* relocations ascending by offset */
};

static bool is_lddw(const struct skep_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static bool is_call(const struct skep_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

/* Finds the source line of an instruction for a report. */
static void locate(void *ctx, int32_t insn, struct skep_log_position *out)
{
	const struct skep_image_section *section = ((struct pass *)ctx)->section;
	uint32_t low = 0, high = section->line_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (section->lines[middle].insn <= (uint32_t)insn)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return;
	out->line =
		(struct skep_line){ section->lines[low - 1].file, section->lines[low - 1].source,
				    section->lines[low - 1].line, section->lines[low - 1].column };
}

static int refuse(const struct pass *pass, uint32_t insn, const char *symbol, const char *found,
		  const char *needed)
{
	return skep_fail(pass->loader->log, SKEP_ENOEXEC, (int32_t)insn,
			 "the reference to %.64s %s\n%s\n%s",
			 symbol[0] != '\0' ? symbol : "a symbol", found, needed, RECOMPILE);
}

/* A name for messages and for symbols that are not in the object. */
static const char *name_of(const struct skep_loader *loader, const struct skep_elf_symbol *symbol)
{
	if (symbol->type == SKEP_ELF_SECTION && symbol->section < loader->elf.section_count)
		return skep_elf_section(&loader->elf, symbol->section).name;
	return symbol->name;
}

/* ------------------------------------------------------------------------------ where it leads */

/* Where an address in lddw leads, as an offset into the symbol's section; can be negative.
 * Functions and maps are only referred to by their start, so a symbol of their own says it all; for
 * variables, binutils up to 2.40 has added the symbol's value to the addend already. */
static int64_t lddw_offset(const struct skep_loader *loader, const struct skep_elf_symbol *symbol,
			   int32_t imm)
{
	const bool has_own_symbol = symbol->type != SKEP_ELF_SECTION;
	const bool is_data = loader->sections[symbol->section].role == SKEP_ROLE_DATA;

	if (has_own_symbol && !is_data)
		return (int64_t)symbol->value;
	if (has_own_symbol && loader->sums_in_place)
		return imm;
	return (int64_t)symbol->value + imm;
}

/* Where a call leads, as an instruction of the symbol's section. */
static int64_t call_insn(const struct skep_elf_symbol *symbol, int32_t imm)
{
	const int64_t start = (int64_t)(symbol->value / 8);

	return symbol->type != SKEP_ELF_SECTION ? start : start + imm + 1;
}

/* A reference to a function: for now to an instruction of a code section. */
static int refer_to_code(const struct pass *pass, const struct skep_elf_symbol *symbol,
			 int64_t target, struct skep_image_reloc *out)
{
	const struct skep_loader *loader = pass->loader;
	const uint32_t section = loader->sections[symbol->section].index;

	if (target < 0 || target >= loader->image->sections[section].insn_count)
		return refuse(pass, out->insn, name_of(loader, symbol), "leads out of its section",
			      "the start of a function");
	loader->targets[section][target] = true;
	out->target = section;
	out->offset = (uint32_t)target;
	return 0;
}

static int refer_to_map(const struct pass *pass, const struct skep_elf_symbol *symbol,
			int64_t offset, struct skep_image_reloc *out)
{
	const struct skep_map_place *place =
		offset >= 0 ? skep_load_place(pass->loader, symbol->section, (uint64_t)offset)
			    : NULL;

	if (place == NULL || place->offset != (uint64_t)offset)
		return refuse(pass, out->insn, name_of(pass->loader, symbol),
			      "is not to the start of a map", "the map itself");
	out->kind = SKEP_RELOC_MAP;
	out->target = place->index;
	return 0;
}

static int refer_to_data(const struct pass *pass, const struct skep_elf_symbol *symbol,
			 int64_t offset, struct skep_image_reloc *out)
{
	const uint32_t map = pass->loader->sections[symbol->section].index;

	/* The end of a section is an address that compilers use; what lies beyond is not. */
	if (offset < 0 || offset > pass->loader->image->maps[map].def.value_size)
		return refuse(pass, out->insn, name_of(pass->loader, symbol),
			      "leads out of its section", "an address in the section");
	out->kind = SKEP_RELOC_MAP_VALUE;
	out->target = map;
	out->offset = (uint32_t)offset;
	return 0;
}

/* What is not in the object: the linker decides what to do about it. */
static int refer_outside(const struct pass *pass, const struct skep_elf_symbol *symbol,
			 struct skep_image_reloc *out)
{
	const char *name = name_of(pass->loader, symbol);

	if (name[0] == '\0')
		return refuse(pass, out->insn, name, "is to a symbol without a name",
			      "a symbol of the object");
	out->kind = SKEP_RELOC_EXTERN;
	out->target = SKEP_NO_EXTERN;
	out->name = skep_load_text(pass->loader, name);
	return out->name != NULL ? 0 : skep_fail_memory(pass->loader->log, "relocations");
}

static int resolve_lddw(const struct pass *pass, const struct skep_elf_symbol *symbol,
			const struct skep_insn *insn, struct skep_image_reloc *out)
{
	const struct skep_loader *loader = pass->loader;
	const int64_t offset = lddw_offset(loader, symbol, insn->imm);

	switch (loader->sections[symbol->section].role) {
	case SKEP_ROLE_BTF_MAPS:
	case SKEP_ROLE_LEGACY_MAPS: return refer_to_map(pass, symbol, offset, out);
	case SKEP_ROLE_DATA: return refer_to_data(pass, symbol, offset, out);
	case SKEP_ROLE_KERNEL: return refer_outside(pass, symbol, out);
	case SKEP_ROLE_CODE:
		if (offset % 8 != 0)
			return refuse(pass, out->insn, name_of(loader, symbol),
				      "is not to an instruction", "the start of a function");
		out->kind = SKEP_RELOC_FUNC;
		return refer_to_code(pass, symbol, offset / 8, out);
	default:
		return refuse(pass, out->insn, name_of(loader, symbol),
			      "is to a section that becomes neither map nor code",
			      "a map, a function, or a variable in .data, .rodata or .bss");
	}
}

static int resolve(const struct pass *pass, const struct skep_elf_reloc *reloc,
		   struct skep_image_reloc *out)
{
	const struct skep_loader *loader = pass->loader;
	const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, reloc->symbol);
	const struct skep_insn *insn = &pass->section->insns[out->insn];
	const char *name = name_of(loader, &symbol);

	if (is_lddw(insn)
		    ? reloc->type != SKEP_R_64_64 || out->insn + 1 == pass->section->insn_count
		    : !is_call(insn) || reloc->type != SKEP_R_64_32)
		return refuse(pass, out->insn, name,
			      "stands at an instruction that it does not fit",
			      "a 64-bit load of an immediate (type 1) or a call (type 10)");
	if (symbol.section == SKEP_ELF_UNDEFINED) {
		SKEP_TRY(refer_outside(pass, &symbol, out));
		out->target = loader->extern_of[reloc->symbol] - 1; /* of 0 SKEP_NO_EXTERN */
		return 0;
	}
	if (symbol.section >= loader->elf.section_count)
		return refuse(pass, out->insn, name, "is to a symbol that is in no section",
			      "a variable with an initial value, or -fno-common");
	if (is_lddw(insn))
		return resolve_lddw(pass, &symbol, insn, out);
	if (loader->sections[symbol.section].role != SKEP_ROLE_CODE || symbol.value % 8 != 0 ||
	    insn->src_reg != BPF_PSEUDO_CALL)
		return refuse(pass, out->insn, name, "is a call of what is no function",
			      "a function of the object");
	out->kind = SKEP_RELOC_CALL;
	return refer_to_code(pass, &symbol, call_insn(&symbol, insn->imm), out);
}

/* ------------------------------------------------------------------------- without relocation */

/* A local call or function address that is relative to its instruction (RFC 9669 section 4.3.1;
 * for addresses Linux's convention). `*used` says whether the instruction is one. */
static int resolve_relative(const struct pass *pass, bool *used, struct skep_image_reloc *out)
{
	const struct skep_insn *insn = &pass->section->insns[out->insn];
	const int64_t target = (int64_t)out->insn + 1 + insn->imm;

	*used = true;
	if (is_call(insn) && insn->src_reg == BPF_PSEUDO_CALL)
		out->kind = SKEP_RELOC_CALL;
	else if (is_lddw(insn) && insn->src_reg == BPF_PSEUDO_FUNC)
		out->kind = SKEP_RELOC_FUNC;
	else
		*used = false;
	if (is_lddw(insn) && insn->src_reg != 0 && !*used)
		return skep_fail(pass->loader->log, SKEP_ENOEXEC, (int32_t)out->insn,
				 "the load names something of a running kernel by number\n"
				 "a relocation that names a symbol\n"
				 "load the object as the compiler wrote it");
	if (!*used)
		return 0;
	if (target < 0 || target >= pass->section->insn_count)
		return refuse(pass, out->insn, "a function", "leads out of its section",
			      "the start of a function");
	pass->loader->targets[pass->index][target] = true;
	out->target = pass->index;
	out->offset = (uint32_t)target;
	return 0;
}

/* ------------------------------------------------------------------------------- whole sections */

static bool offset_before(const void *ctx, uint32_t a, uint32_t b)
{
	const uint64_t at_a = skep_elf_reloc(ctx, a).offset, at_b = skep_elf_reloc(ctx, b).offset;

	return at_a != at_b ? at_a < at_b : a < b;
}

/* Opens the relocations of a section, those of type NONE left out, in order. */
static int open_relocs(struct pass *pass, uint32_t *count)
{
	struct skep_loader *loader = pass->loader;
	const uint32_t table = loader->sections[pass->section->elf_index].relocs;

	*count = 0;
	if (table == 0)
		return 0;
	SKEP_TRY(skep_elf_relocs(&loader->elf, table, loader->log, &pass->relocs));
	pass->order = skep_arena_array(loader->scratch, pass->relocs.count, sizeof(uint32_t));
	if (pass->order == NULL)
		return skep_fail_memory(loader->log, "relocations");
	for (uint32_t i = 0; i < pass->relocs.count; i++)
		if (skep_elf_reloc(&pass->relocs, i).type != SKEP_R_NONE)
			pass->order[(*count)++] = i;
	skep_load_order(pass->order, *count, offset_before, &pass->relocs);
	return 0;
}

/* As many references as a section can have. */
static uint32_t count_references(const struct skep_image_section *section)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < section->insn_count; i++)
		count += is_lddw(&section->insns[i]) || is_call(&section->insns[i]);
	return count;
}

/* The relocation that stands at `insn`, which is the first of `left` still to come. */
static int take_reloc(const struct pass *pass, uint32_t insn, uint32_t next, uint32_t count,
		      bool *taken, struct skep_elf_reloc *out)
{
	*taken = false;
	if (next == count)
		return 0;
	*out = skep_elf_reloc(&pass->relocs, pass->order[next]);
	if (out->offset / 8 > insn)
		return 0;
	*taken = true;
	/* What was passed over lies inside a 64-bit load, or stands where another one did. */
	if (out->offset != (uint64_t)insn * 8)
		return refuse(pass, insn, "a symbol", "stands inside an instruction, or twice",
			      "one, at the start of an instruction");
	return 0;
}

static int read_section(struct pass *pass)
{
	struct skep_image_section *section = pass->section;
	uint32_t count, next = 0;

	SKEP_TRY(open_relocs(pass, &count));
	section->relocs = skep_arena_array(pass->loader->arena, count_references(section),
					   sizeof(struct skep_image_reloc));
	if (section->relocs == NULL)
		return skep_fail_memory(pass->loader->log, "relocations");
	for (uint32_t insn = 0; insn < section->insn_count; insn++) {
		struct skep_image_reloc reloc = { .insn = insn };
		struct skep_elf_reloc entry = { 0 };
		bool used;

		SKEP_TRY(take_reloc(pass, insn, next, count, &used, &entry));
		if (used) {
			next++;
			SKEP_TRY(resolve(pass, &entry, &reloc));
		} else {
			SKEP_TRY(resolve_relative(pass, &used, &reloc));
		}
		if (used)
			section->relocs[section->reloc_count++] = reloc;
		if (is_lddw(&section->insns[insn]))
			insn++;
	}
	if (next < count)
		return refuse(pass, section->insn_count - 1, "a symbol",
			      "stands inside an instruction", "one at the start of an instruction");
	return 0;
}

/* ------------------------------------------------------------------------------ GNU's addends */

/* What one reference says about who wrote the object. */
enum testimony { NOTHING, SUMS_IN_PLACE, PLAIN };

static bool is_from_gcc(const struct skep_loader *loader)
{
	static const char PRODUCER[] = "GCC:";
	const uint32_t index = loader->only[SKEP_ROLE_COMMENT];
	struct skep_elf_section comment;

	if (index == 0)
		return false;
	comment = skep_elf_section(&loader->elf, index);
	for (uint64_t i = 0; i + sizeof(PRODUCER) - 1 <= comment.size; i++)
		if (memcmp(comment.data + i, PRODUCER, sizeof(PRODUCER) - 1) == 0)
			return true;
	return false;
}

static enum testimony ask(const struct pass *pass, const struct skep_elf_reloc *reloc, bool gcc)
{
	const struct skep_loader *loader = pass->loader;
	const struct skep_elf_symbol symbol = skep_elf_symbol(&loader->elf, reloc->symbol);
	const struct skep_insn *insn;

	if (symbol.section == SKEP_ELF_UNDEFINED || symbol.section >= loader->elf.section_count ||
	    symbol.type == SKEP_ELF_SECTION || symbol.value == 0 ||
	    reloc->offset / 8 >= pass->section->insn_count)
		return NOTHING;
	insn = &pass->section->insns[reloc->offset / 8];
	if (is_call(insn))
		return insn->imm == -1 ? PLAIN : SUMS_IN_PLACE;
	if (!is_lddw(insn))
		return NOTHING;
	if (loader->sections[symbol.section].role != SKEP_ROLE_DATA)
		return insn->imm == 0 ? PLAIN : SUMS_IN_PLACE;
	if (insn->imm < (int64_t)symbol.value)
		return PLAIN;
	return gcc && insn->imm == (int64_t)symbol.value ? SUMS_IN_PLACE : NOTHING;
}

/* binutils up to 2.40 writes the sum of symbol and addend into the immediate where others write
 * the addend alone, and says so nowhere. Functions and maps that are not at the start of their
 * section give it away, since their addend is always 0; for variables it takes gcc's signature. */
static int judge_addends(struct skep_loader *loader)
{
	const bool gcc = is_from_gcc(loader);
	bool in_place = false;

	for (uint32_t i = 0; i < loader->image->section_count; i++) {
		struct pass pass = { .loader = loader, .section = &loader->image->sections[i] };
		const uint32_t table = loader->sections[pass.section->elf_index].relocs;

		if (table == 0)
			continue;
		SKEP_TRY(skep_elf_relocs(&loader->elf, table, loader->log, &pass.relocs));
		for (uint32_t k = 0; k < pass.relocs.count; k++) {
			const struct skep_elf_reloc reloc = skep_elf_reloc(&pass.relocs, k);
			const enum testimony testimony = ask(&pass, &reloc, gcc);

			if (testimony == PLAIN)
				return 0;
			in_place = in_place || testimony == SUMS_IN_PLACE;
		}
	}
	loader->sums_in_place = in_place;
	return 0;
}

/* --------------------------------------------------------------------------------------- steps */

int skep_load_relocs(struct skep_loader *loader)
{
	SKEP_TRY(judge_addends(loader));
	for (uint32_t i = 0; i < loader->image->section_count; i++) {
		struct pass pass = { .loader = loader,
				     .index = i,
				     .section = &loader->image->sections[i] };

		loader->log->prog = pass.section->name;
		loader->log->locate = locate;
		loader->log->locate_ctx = &pass;
		SKEP_TRY(read_section(&pass));
		loader->log->prog = NULL;
		loader->log->locate = NULL;
		loader->log->locate_ctx = NULL;
	}
	return 0;
}

int skep_load_reloc_funcs(struct skep_loader *loader)
{
	const struct skep_image *image = loader->image;

	for (uint32_t i = 0; i < image->section_count; i++) {
		for (uint32_t k = 0; k < image->sections[i].reloc_count; k++) {
			struct skep_image_reloc *reloc = &image->sections[i].relocs[k];

			if (reloc->kind != SKEP_RELOC_CALL && reloc->kind != SKEP_RELOC_FUNC)
				continue;
			/* It exists: functions were made to begin at every target. */
			reloc->target =
				(uint32_t)skep_load_func_at(loader, reloc->target, reloc->offset);
			reloc->offset = 0;
		}
	}
	return 0;
}
