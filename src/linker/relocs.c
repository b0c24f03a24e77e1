/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations of the inputs in, those of the output out. What a relocation stands at has moved, and
 * so has what it is for: a symbol of its own says where that is now, but where a section and an
 * addend name the place, the addend in the bytes grows by how far the part has moved. Refuses
 * relocations at what they do not fit, and for what is not in the output. Source: LLVM's docs/BPF
 * (psABI), "ELF Relocations".
 */
#include "linker/linker.h"

#include "base/bytes.h"

enum {
	RELOC_BYTES = 16,
	LDDW = 0x18,
	CALL = 0x85,
	LDDW_BYTES = 16,
	IMM = 4, /* where in an instruction the immediate is */
};

static const char RECOMPILE[] = "compile the object again";

/* One relocation on its way. */
struct move {
	struct skep_linker *linker;
	const struct skep_linker_input *input;
	struct skep_linker_section *section; /* it stands in */
	const struct skep_linker_piece *piece;
	struct skep_elf_section part;
	struct skep_elf_reloc reloc;
	struct skep_elf_symbol symbol;
};

static int refuse(const struct move *move, const char *found, const char *needed)
{
	const bool is_section = move->symbol.type == SKEP_ELF_SECTION &&
				move->symbol.section < move->input->elf.section_count;
	const char *name = is_section
				   ? skep_elf_section(&move->input->elf, move->symbol.section).name
				   : move->symbol.name;

	return skep_fail(
		move->linker->log, SKEP_ENOEXEC, SKEP_NO_INSN,
		"%.128s: the relocation for %.64s at byte %llu of section %.64s %s\n%s\n%s",
		move->input->name, name[0] != '\0' ? name : "a symbol",
		(unsigned long long)move->reloc.offset, move->part.name, found, needed, RECOMPILE);
}

static bool is_code(const struct move *move)
{
	return (move->part.flags & SKEP_ELF_EXECINSTR) != 0;
}

/* How many bytes from its place on a relocation is about; 0: it does not fit there. */
static uint64_t span(const struct move *move)
{
	const uint64_t offset = move->reloc.offset;
	const bool aligned = offset % SKEP_LINKER_INSN_BYTES == 0;
	uint8_t code;

	if (!is_code(move)) {
		switch (move->reloc.type) {
		case SKEP_R_64_64: /* what LLVM wrote for data before version 13 */
		case SKEP_R_ABS64:
		case SKEP_R_GNU_DATA64: return 8;
		case SKEP_R_ABS32:
		case SKEP_R_NODYLD32: return 4;
		default: return 0;
		}
	}
	code = move->part.data[offset];
	if (move->reloc.type == SKEP_R_64_64 && code == LDDW && aligned)
		return LDDW_BYTES;
	return move->reloc.type == SKEP_R_64_32 && code == CALL && aligned ? SKEP_LINKER_INSN_BYTES
									   : 0;
}

/* Adds to the signed 32-bit number at `at`. */
static int add32(const struct move *move, uint8_t *at, int64_t more)
{
	const int64_t sum = (int32_t)skep_elf_load32(&move->input->elf, at) + more;

	if (sum < INT32_MIN || sum > INT32_MAX)
		return refuse(move, "leads more than 2 GiB away", "an offset of 32 bits");
	skep_linker_store32(move->linker, at, (uint32_t)sum);
	return 0;
}

/* Puts the addend right. */
static int shift(const struct move *move, uint64_t bytes)
{
	const struct skep_linker_piece *target = &move->input->pieces[move->symbol.section];
	uint8_t *at = move->section->data + move->piece->offset + move->reloc.offset;
	const int64_t by = (int64_t)target->offset;

	if (bytes == 8 && !is_code(move)) {
		skep_linker_store64(move->linker, at,
				    skep_elf_load64(&move->input->elf, at) + target->offset);
		return 0;
	}
	if (!is_code(move))
		return add32(move, at, by);
	if (bytes == LDDW_BYTES)
		return add32(move, at + IMM, by);
	if (by % SKEP_LINKER_INSN_BYTES != 0)
		return refuse(move, "is a call of what is no function", "a function");
	return add32(move, at + IMM, by / SKEP_LINKER_INSN_BYTES);
}

static bool is_map(const char *section)
{
	return skep_text_equal(section, ".maps") || skep_text_equal(section, "maps") ||
	       skep_text_begins(section, "maps/");
}

/* Whether what a symbol is for can only be referred to by its start. */
static bool has_no_inside(const struct move *move)
{
	const struct skep_elf_section target =
		skep_elf_section(&move->input->elf, move->symbol.section);

	return (target.flags & SKEP_ELF_EXECINSTR) != 0 || is_map(target.name);
}

/* binutils up to 2.40 has put the symbol's value into the immediate as well; here it is taken out
 * again, so that the output is of one convention. */
static int take_sum_out(const struct move *move)
{
	uint8_t *at = move->section->data + move->piece->offset + move->reloc.offset + IMM;

	if (!move->input->sums_in_place || !is_code(move) ||
	    move->symbol.section == SKEP_ELF_UNDEFINED ||
	    move->symbol.section >= move->input->elf.section_count)
		return 0;
	if (move->reloc.type == SKEP_R_64_32 || has_no_inside(move)) {
		skep_linker_store32(move->linker, at,
				    move->reloc.type == SKEP_R_64_32 ? UINT32_MAX : 0);
		return 0;
	}
	return add32(move, at, -(int64_t)(move->symbol.value & INT64_MAX));
}

static int rewrite(struct move *move)
{
	const uint32_t symbol = move->input->symbols[move->reloc.symbol];
	const uint64_t bytes = span(move);
	uint8_t *to;

	if (bytes == 0 || !skep_in_bounds(move->reloc.offset, bytes, move->part.size))
		return refuse(move, "stands at what it does not fit",
			      "a 64-bit load of an immediate, a call, or a number in data");
	if (symbol == SKEP_LINKER_NONE)
		return refuse(move, "is for what is not in the output",
			      "a symbol with a name, in a section that is loaded");
	if (move->section->data == NULL || move->section->is_shared)
		return refuse(move, "stands where nothing can be put", "code or data");
	if (move->symbol.type == SKEP_ELF_SECTION)
		SKEP_TRY(shift(move, bytes));
	else
		SKEP_TRY(take_sum_out(move));
	to = move->section->relocs + (size_t)move->section->reloc_count++ * RELOC_BYTES;
	skep_linker_store64(move->linker, to, move->reloc.offset + move->piece->offset);
	skep_linker_store64(move->linker, to + 8,
			    (uint64_t)move->linker->symbols[symbol].number << 32 |
				    move->reloc.type);
	return 0;
}

static int rewrite_part(struct skep_linker *linker, const struct skep_linker_input *input,
			uint32_t index)
{
	struct move move = { .linker = linker,
			     .input = input,
			     .piece = &input->pieces[index],
			     .part = skep_elf_section(&input->elf, index) };
	struct skep_elf_relocs relocs;

	SKEP_TRY(skep_elf_relocs(&input->elf, move.piece->relocs, linker->log, &relocs));
	move.section = &linker->sections[move.piece->section];
	for (uint32_t i = 0; i < relocs.count; i++) {
		move.reloc = skep_elf_reloc(&relocs, i);
		move.symbol = skep_elf_symbol(&input->elf, move.reloc.symbol);
		if (move.reloc.type != SKEP_R_NONE)
			SKEP_TRY(rewrite(&move));
	}
	return 0;
}

/* Sections with relocations, counted or given room. */
static int make_room(struct skep_linker *linker)
{
	for (uint32_t i = 0; i < linker->input_count; i++) {
		const struct skep_linker_input *input = &linker->inputs[i];

		for (uint32_t k = 1; k < input->elf.section_count; k++) {
			const struct skep_linker_piece *piece = &input->pieces[k];

			if (piece->section == SKEP_LINKER_NONE || piece->relocs == 0)
				continue;
			linker->sections[piece->section].reloc_room +=
				(uint32_t)(skep_elf_section(&input->elf, piece->relocs).size /
					   RELOC_BYTES);
		}
	}
	for (uint32_t i = 0; i < linker->section_count; i++) {
		linker->sections[i].relocs = skep_arena_array(
			linker->arena, linker->sections[i].reloc_room, RELOC_BYTES);
		if (linker->sections[i].relocs == NULL)
			return skep_fail_memory(linker->log, "relocations");
	}
	return 0;
}

int skep_linker_rewrite_relocs(struct skep_linker *linker)
{
	SKEP_TRY(make_room(linker));
	for (uint32_t i = 0; i < linker->input_count; i++) {
		const struct skep_linker_input *input = &linker->inputs[i];

		for (uint32_t k = 1; k < input->elf.section_count; k++)
			if (input->pieces[k].section != SKEP_LINKER_NONE &&
			    input->pieces[k].relocs != 0)
				SKEP_TRY(rewrite_part(linker, input, k));
	}
	return 0;
}

/* ------------------------------------------------------------------------------ GNU's addends */

static bool is_from_gcc(const struct skep_elf *elf)
{
	static const char PRODUCER[] = "GCC:";

	for (uint32_t i = 1; i < elf->section_count; i++) {
		const struct skep_elf_section section = skep_elf_section(elf, i);

		if (section.data == NULL || !skep_text_equal(section.name, ".comment"))
			continue;
		for (uint64_t k = 0; k + sizeof(PRODUCER) - 1 <= section.size; k++)
			if (memcmp(section.data + k, PRODUCER, sizeof(PRODUCER) - 1) == 0)
				return true;
	}
	return false;
}

/* What one reference says about who wrote the object; load/reloc.c has the reasons. */
enum testimony { NOTHING, SUMS_IN_PLACE, PLAIN };

static enum testimony ask(const struct move *move, bool gcc)
{
	const struct skep_elf *elf = &move->input->elf;
	int32_t imm;

	if (move->symbol.section == SKEP_ELF_UNDEFINED ||
	    move->symbol.section >= elf->section_count || move->symbol.type == SKEP_ELF_SECTION ||
	    move->symbol.value == 0 ||
	    !skep_in_bounds(move->reloc.offset, SKEP_LINKER_INSN_BYTES, move->part.size))
		return NOTHING;
	imm = (int32_t)skep_elf_load32(elf, move->part.data + move->reloc.offset + IMM);
	if (move->part.data[move->reloc.offset] == CALL)
		return imm == -1 ? PLAIN : SUMS_IN_PLACE;
	if (move->part.data[move->reloc.offset] != LDDW)
		return NOTHING;
	if (has_no_inside(move))
		return imm == 0 ? PLAIN : SUMS_IN_PLACE;
	if (imm < (int64_t)(move->symbol.value & INT64_MAX))
		return PLAIN;
	return gcc && imm == (int64_t)move->symbol.value ? SUMS_IN_PLACE : NOTHING;
}

static int judge(struct skep_linker *linker, struct skep_linker_input *input)
{
	const bool gcc = is_from_gcc(&input->elf);
	bool in_place = false;

	for (uint32_t k = 1; k < input->elf.section_count; k++) {
		struct move move = { .linker = linker, .input = input, .piece = &input->pieces[k] };
		struct skep_elf_relocs relocs;

		move.part = skep_elf_section(&input->elf, k);
		if (move.piece->section == SKEP_LINKER_NONE || move.piece->relocs == 0 ||
		    !is_code(&move))
			continue;
		SKEP_TRY(skep_elf_relocs(&input->elf, move.piece->relocs, linker->log, &relocs));
		for (uint32_t i = 0; i < relocs.count; i++) {
			enum testimony testimony;

			move.reloc = skep_elf_reloc(&relocs, i);
			move.symbol = skep_elf_symbol(&input->elf, move.reloc.symbol);
			testimony = ask(&move, gcc);
			if (testimony == PLAIN)
				return 0;
			in_place = in_place || testimony == SUMS_IN_PLACE;
		}
	}
	input->sums_in_place = in_place;
	return 0;
}

int skep_linker_judge_addends(struct skep_linker *linker)
{
	for (uint32_t i = 0; i < linker->input_count; i++)
		SKEP_TRY(judge(linker, &linker->inputs[i]));
	return 0;
}
