/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linking: from the functions of an image to one program. The program's function comes first, then
 * every function that it calls or takes the address of, directly or through others, each once, in
 * the order found. Calls and function addresses become relative to their instruction; map
 * references become indices, as spec/program.h has them. Nothing live is needed, so objects are
 * linked when opened and can be read before (or without) being loaded. An undefined symbol is
 * remembered, and refused only at load.
 */
#include "base/bytes.h"
#include "vm/vm.h"

struct link {
	struct skep_prog *prog;
	const struct skep_image *image;
	uint32_t *start_of; /* by function of the image: linked start + 1, 0 when not in the program
			     */
	uint32_t *queue;    /* functions in linked order */
	uint32_t queued;
	uint32_t count; /* linked instructions so far */
	struct skep_log *log;
};

static int fail_at(const struct link *link, int err, const struct skep_image_func *func,
		   uint32_t insn, const char *found, const char *advice)
{
	return skep_fail(link->log, err, SKEP_NO_INSN,
			 "section %s, function %s, instruction %u: %s\n\n%s",
			 link->image->sections[func->section].name, func->name,
			 (unsigned)(insn - func->start), found, advice);
}

static int enqueue(struct link *link, uint32_t func)
{
	const uint32_t insns_max = link->prog->object->runtime->config.limits.insns_max;
	const uint32_t count = link->image->funcs[func].count;

	if (link->start_of[func] != 0)
		return 0;
	if (count > insns_max - link->count)
		return skep_fail(link->log, SKEP_E2BIG, SKEP_NO_INSN,
				 "with its functions the program has more than %u instructions\n\n"
				 "raise limits.insns_max or make the program smaller",
				 (unsigned)insns_max);
	link->start_of[func] = link->count + 1;
	link->queue[link->queued++] = func;
	link->count += count;
	return 0;
}

/* Sections without relocations have no array of them, whose address could be counted from. */
static const struct skep_image_reloc *reloc_at(const struct skep_image_section *section,
					       uint32_t index)
{
	return index != 0 ? section->relocs + index : section->relocs;
}

/* The first relocation of a section at or after `insn`. */
static const struct skep_image_reloc *first_reloc(const struct skep_image_section *section,
						  uint32_t insn)
{
	uint32_t low = 0, high = section->reloc_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (section->relocs[middle].insn < insn)
			low = middle + 1;
		else
			high = middle;
	}
	return reloc_at(section, low);
}

static bool is_local_call(const struct skep_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

static bool is_lddw(const struct skep_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Queues every function that this one refers to. */
static int scan(struct link *link, const struct skep_image_func *func)
{
	const struct skep_image_section *section = &link->image->sections[func->section];
	const struct skep_image_reloc *reloc = first_reloc(section, func->start);
	const struct skep_image_reloc *end = reloc_at(section, section->reloc_count);

	for (; reloc < end && reloc->insn < func->start + func->count; reloc++)
		if (reloc->kind == SKEP_RELOC_CALL || reloc->kind == SKEP_RELOC_FUNC)
			SKEP_TRY(enqueue(link, reloc->target));
	return 0;
}

/* Puts the address of a value of the configuration, or of a symbol, into lddw. Calls have been made
 * what they must be. */
static int apply_extern(struct link *link, const struct skep_image_reloc *reloc,
			const struct skep_image_func *func, struct skep_insn *insn)
{
	const struct skep_image_extern *item = &link->image->externs[reloc->target];
	const uint32_t addend = (uint32_t)insn->imm;

	if (!is_lddw(insn) && item->kind == SKEP_EXTERN_KFUNC)
		return 0;
	if (!is_lddw(insn) || reloc->insn + 1 >= func->start + func->count)
		return fail_at(link, SKEP_ENOEXEC, func, reloc->insn,
			       "a call of an extern that is no function",
			       "compile the object again");
	if (item->kind != SKEP_EXTERN_KCONFIG) {
		/* A function that is not there is asked for by its address. */
		insn[0].imm = (int32_t)(uint32_t)item->address;
		insn[1].imm = (int32_t)(uint32_t)(item->address >> 32);
		return 0;
	}
	if (addend > item->size)
		return fail_at(link, SKEP_ENOEXEC, func, reloc->insn,
			       "an address outside of the extern it is of",
			       "compile the object again");
	insn[0].src_reg = BPF_PSEUDO_MAP_VALUE;
	insn[0].imm = (int32_t)link->image->kconfig_map;
	insn[1].imm = (int32_t)(item->offset + addend);
	return 0;
}

/* Applies one relocation to the linked instruction at `at`. */
static int apply(struct link *link, const struct skep_image_reloc *reloc,
		 const struct skep_image_func *func, uint32_t at)
{
	struct skep_insn *insn = &link->prog->insns[at];
	const bool wants_lddw = reloc->kind == SKEP_RELOC_MAP ||
				reloc->kind == SKEP_RELOC_MAP_VALUE ||
				reloc->kind == SKEP_RELOC_FUNC;

	if (wants_lddw && !(is_lddw(insn) && reloc->insn + 1 < func->start + func->count))
		return fail_at(link, SKEP_ENOEXEC, func, reloc->insn,
			       "a relocation against data at an instruction that loads no address",
			       "compile the object again");
	if (wants_lddw) {
		insn[0].src_reg = reloc->kind == SKEP_RELOC_MAP    ? BPF_PSEUDO_MAP_FD
				  : reloc->kind == SKEP_RELOC_FUNC ? BPF_PSEUDO_FUNC
								   : BPF_PSEUDO_MAP_VALUE;
		insn[0].imm = (int32_t)reloc->target;
		insn[1].imm = (int32_t)reloc->offset;
	}
	if (reloc->kind == SKEP_RELOC_CALL && !is_local_call(insn))
		return fail_at(link, SKEP_ENOEXEC, func, reloc->insn,
			       "a relocation against a function at an instruction that is no call",
			       "compile the object again");
	if (reloc->kind == SKEP_RELOC_CALL || reloc->kind == SKEP_RELOC_FUNC)
		insn->imm = (int32_t)(link->start_of[reloc->target] - 1) - (int32_t)at - 1;
	if (reloc->kind == SKEP_RELOC_FUNC)
		insn[1].imm = 0;
	if (reloc->kind != SKEP_RELOC_EXTERN)
		return 0;
	if (reloc->target != SKEP_NO_EXTERN)
		return apply_extern(link, reloc, func, insn);
	if (link->prog->missing == NULL) {
		link->prog->missing = reloc->name;
		link->prog->missing_insn = at;
	}
	return 0;
}

/* Copies a function to its place and makes its references relative to it. */
static int place(struct link *link, uint32_t index)
{
	const struct skep_image_func *func = &link->image->funcs[index];
	const struct skep_image_section *section = &link->image->sections[func->section];
	const struct skep_image_reloc *reloc = first_reloc(section, func->start);
	const struct skep_image_reloc *end = reloc_at(section, section->reloc_count);
	const uint32_t start = link->start_of[index] - 1;

	memcpy(link->prog->insns + start, section->insns + func->start,
	       func->count * sizeof(struct skep_insn));
	for (; reloc < end && reloc->insn < func->start + func->count; reloc++)
		SKEP_TRY(apply(link, reloc, func, start + (reloc->insn - func->start)));
	return 0;
}

/* The first note about a section's instructions from `insn` on. */
static uint32_t first_note(const struct skep_image *image, uint32_t section, uint32_t insn)
{
	uint32_t low = 0, high = image->note_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const struct skep_image_note *note = &image->notes[middle];

		if (note->section < section || (note->section == section && note->insn < insn))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Counts what is noted of a function's instructions, or takes it (`into` not NULL). */
static uint32_t take_notes(struct link *link, uint32_t index, struct skep_absent *into)
{
	const struct skep_image *image = link->image;
	const struct skep_image_func *func = &image->funcs[index];
	struct skep_prog *prog = link->prog;
	uint32_t taken = 0;

	for (uint32_t i = first_note(image, func->section, func->start);
	     i < image->note_count && image->notes[i].section == func->section &&
	     image->notes[i].insn < func->start + func->count;
	     i++) {
		const struct skep_image_note *note = &image->notes[i];
		const uint32_t insn = link->start_of[index] - 1 + (note->insn - func->start);

		if (note->refused && prog->refused == NULL) {
			prog->refused = note;
			prog->refused_insn = insn;
		}
		if (note->refused)
			continue;
		if (into != NULL)
			into[taken] = (struct skep_absent){ insn, note->found, note->advice };
		taken++;
	}
	return taken;
}

/* What the object's notes say of this program. */
static int place_notes(struct link *link)
{
	struct skep_prog *prog = link->prog;
	uint32_t count = 0;

	for (uint32_t i = 0; i < link->queued; i++)
		count += take_notes(link, link->queue[i], NULL);
	if (count == 0)
		return 0;
	prog->absents = skep_arena_array(&prog->object->arena, count, sizeof(struct skep_absent));
	if (prog->absents == NULL)
		return skep_fail_memory(link->log, "the linked program");
	for (uint32_t i = 0; i < link->queued; i++)
		prog->absent_count +=
			take_notes(link, link->queue[i], prog->absents + prog->absent_count);
	return 0;
}

static int link_program(struct link *link)
{
	struct skep_prog *prog = link->prog;
	struct skep_arena *arena = &prog->object->arena;

	SKEP_TRY(enqueue(link, prog->image->func));
	for (uint32_t i = 0; i < link->queued; i++)
		SKEP_TRY(scan(link, &link->image->funcs[link->queue[i]]));
	prog->insns = skep_arena_array(arena, link->count, sizeof(struct skep_insn));
	prog->funcs = skep_arena_array(arena, link->queued, sizeof(struct skep_linked_func));
	if (prog->insns == NULL || prog->funcs == NULL)
		return skep_fail_memory(link->log, "the linked program");
	prog->count = link->count;
	prog->func_count = link->queued;
	for (uint32_t i = 0; i < link->queued; i++) {
		prog->funcs[i].func = link->queue[i];
		prog->funcs[i].start = link->start_of[link->queue[i]] - 1;
		SKEP_TRY(place(link, link->queue[i]));
	}
	return place_notes(link);
}

int skep_vm_link(struct skep_prog *prog)
{
	struct skep_runtime *runtime = prog->object->runtime;
	const struct skep_image *image = &prog->object->image;
	struct skep_arena scratch;
	struct link link = { .prog = prog, .image = image, .log = &prog->object->log };
	int err;

	skep_arena_init(&scratch, runtime->config.port, 0);
	link.start_of = skep_arena_array(&scratch, image->func_count, sizeof(uint32_t));
	link.queue = skep_arena_array(&scratch, image->func_count, sizeof(uint32_t));
	if (link.start_of == NULL || link.queue == NULL)
		err = skep_fail_memory(link.log, "linking");
	else
		err = link_program(&link);
	skep_arena_free(&scratch);
	return err;
}
