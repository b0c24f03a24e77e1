/* SPDX-License-Identifier: Apache-2.0 */
/* Where an instruction of a linked program comes from: function, source line, and its text in
 * assembly. */
#include "base/bytes.h"
#include "vm/vm.h"

/* The function that holds instruction `index`. */
static const struct skep_linked_func *func_of(const struct skep_prog *prog, uint32_t index)
{
	uint32_t low = 0, high = prog->func_count;

	while (high - low > 1) {
		const uint32_t middle = low + (high - low) / 2;

		if (prog->funcs[middle].start <= index)
			low = middle;
		else
			high = middle;
	}
	return &prog->funcs[low];
}

int skep_prog_line(const struct skep_prog *prog, uint32_t index, struct skep_line *out)
{
	const struct skep_image *image = &prog->object->image;
	const struct skep_linked_func *linked;
	const struct skep_image_func *func;
	const struct skep_image_section *section;
	uint32_t insn, low = 0, high;

	if (index >= prog->count)
		return SKEP_ENOENT;
	linked = func_of(prog, index);
	func = &image->funcs[linked->func];
	section = &image->sections[func->section];
	insn = func->start + (index - linked->start);
	high = section->line_count;
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (section->lines[middle].insn <= insn)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || section->lines[low - 1].insn < func->start)
		return SKEP_ENOENT;
	*out = (struct skep_line){ section->lines[low - 1].file, section->lines[low - 1].source,
				   section->lines[low - 1].line, section->lines[low - 1].column };
	return 0;
}

const char *skep_prog_function_at(const struct skep_prog *prog, uint32_t index)
{
	const struct skep_linked_func *linked;

	if (index >= prog->count)
		return NULL;
	linked = func_of(prog, index);
	return linked->start == index ? prog->object->image.funcs[linked->func].name : NULL;
}

static const char *helper_name(void *ctx, int32_t id)
{
	const struct skep_prog *prog = ctx;
	const struct skep_runtime *runtime = prog->object->runtime;
	const struct skep_helper *helper = skep_contracts_helper(&runtime->contracts, (uint32_t)id);

	if (helper != NULL)
		return helper->name;
	return runtime->config.helper_name != NULL ? runtime->config.helper_name((uint32_t)id)
						   : NULL;
}

static const char *map_name(void *ctx, int32_t imm)
{
	const struct skep_prog *prog = ctx;

	return (uint32_t)imm < prog->object->image.map_count ? prog->object->maps[imm].name : NULL;
}

static const char *function_name(void *ctx, uint32_t index)
{
	return skep_prog_function_at(ctx, index);
}

int skep_prog_disasm(const struct skep_prog *prog, uint32_t index, char *text, size_t size,
		     uint32_t *slots)
{
	const struct skep_isa_names names = { (void *)(uintptr_t)prog, helper_name, map_name,
					      function_name };

	if (index >= prog->count)
		return SKEP_ENOENT;
	*slots = skep_isa_disasm(prog->insns, prog->count, index, &names, text, size);
	return 0;
}

int skep_prog_insn(const struct skep_prog *prog, uint32_t index, struct skep_insn *out)
{
	if (index >= prog->count)
		return SKEP_ENOENT;
	*out = prog->insns[index];
	return 0;
}

void skep_vm_locate(void *ctx, int32_t insn, struct skep_log_position *out)
{
	const struct skep_prog *prog = ctx;
	uint32_t slots;

	skep_prog_line(prog, (uint32_t)insn, &out->line);
	skep_prog_disasm(prog, (uint32_t)insn, out->disasm, sizeof(out->disasm), &slots);
}
