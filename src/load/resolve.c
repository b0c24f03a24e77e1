/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image and what is known of the system it is for in, an image fitted to that out: externs get
 * their values and addresses, instructions what CO-RE asks for. What the system does not have is
 * noted at the instruction. Nothing is refused here, since a program that has no use for it can be
 * loaded.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "load/core.h"
#include "load/order.h"

static bool is_call(const struct skep_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

/* The extern that a reference is to, if it is called; else NULL. */
static const struct skep_image_extern *called(const struct skep_image *image,
					      const struct skep_image_section *section,
					      const struct skep_image_reloc *reloc)
{
	if (reloc->kind != SKEP_RELOC_EXTERN || reloc->target == SKEP_NO_EXTERN ||
	    !is_call(&section->insns[reloc->insn]))
		return NULL;
	return &image->externs[reloc->target];
}

static int make_room(struct skep_image *image, struct skep_arena *arena, struct skep_log *log)
{
	size_t count = image->core_count;

	for (uint32_t i = 0; i < image->section_count && image->extern_count > 0; i++)
		for (uint32_t k = 0; k < image->sections[i].reloc_count; k++)
			count += called(image, &image->sections[i],
					&image->sections[i].relocs[k]) != NULL;
	image->notes = skep_arena_array(arena, count, sizeof(struct skep_image_note));
	return image->notes != NULL ? 0 : skep_fail_memory(log, "what the system lacks");
}

/* Functions of a kernel exist in kernels; a call of one must not be come to. */
static int forbid_calls(struct skep_image *image, struct skep_arena *arena, struct skep_log *log)
{
	for (uint32_t i = 0; i < image->section_count && image->extern_count > 0; i++) {
		struct skep_image_section *section = &image->sections[i];

		for (uint32_t k = 0; k < section->reloc_count; k++) {
			const struct skep_image_reloc *reloc = &section->relocs[k];
			const struct skep_image_extern *function = called(image, section, reloc);
			char text[128];
			const char *found;

			if (function == NULL)
				continue;
			skep_format(text, sizeof(text),
				    "%.64s() is a function of the kernel, which this runtime does "
				    "not have",
				    function->name);
			found = skep_arena_text(arena, text, skep_text_size(text));
			if (found == NULL)
				return skep_fail_memory(log, "what the system lacks");
			image->notes[image->note_count++] = (struct skep_image_note){
				.section = i,
				.insn = reloc->insn,
				.found = found,
				.needed = "",
				.advice = "declare it __weak and ask bpf_ksym_exists() before the "
					  "call, or run the program in the kernel",
			};
			skep_core_poison(section, reloc->insn);
		}
	}
	return 0;
}

static void find_symbols(struct skep_image *image, const struct skep_config *config)
{
	for (uint32_t i = 0; config->ksym != NULL && i < image->extern_count; i++) {
		struct skep_image_extern *item = &image->externs[i];

		if (item->kind == SKEP_EXTERN_KSYM)
			item->found = config->ksym(config->user, item->name, &item->address);
	}
}

static bool note_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct skep_image_note *x = (const struct skep_image_note *)ctx + a,
				     *y = (const struct skep_image_note *)ctx + b;

	if (x->section != y->section)
		return x->section < y->section;
	return x->insn != y->insn ? x->insn < y->insn : a < b;
}

static int sort_notes(struct skep_image *image, const struct skep_port *port, struct skep_log *log)
{
	struct skep_arena scratch;
	struct skep_image_note *copy;
	uint32_t *order;
	int err = 0;

	skep_arena_init(&scratch, port, 0);
	copy = skep_arena_array(&scratch, image->note_count, sizeof(*copy));
	order = skep_arena_array(&scratch, image->note_count, sizeof(*order));
	if (copy == NULL || order == NULL)
		err = skep_fail_memory(log, "what the system lacks");
	for (uint32_t i = 0; err == 0 && i < image->note_count; i++) {
		copy[i] = image->notes[i];
		order[i] = i;
	}
	if (err == 0)
		skep_load_order(order, image->note_count, note_before, copy);
	for (uint32_t i = 0; err == 0 && i < image->note_count; i++)
		image->notes[i] = copy[order[i]];
	skep_arena_free(&scratch);
	return err;
}

int skep_load_resolve(struct skep_image *image, const struct skep_config *config,
		      struct skep_arena *arena, struct skep_log *log)
{
	SKEP_TRY(make_room(image, arena, log));
	SKEP_TRY(skep_extern_configure(image, config->kconfig, config->kconfig_size, config->port,
				       arena, log));
	find_symbols(image, config);
	SKEP_TRY(forbid_calls(image, arena, log));
	SKEP_TRY(skep_core_apply(image, config->target_btf, config->port, arena, log));
	return sort_notes(image, config->port, log);
}
