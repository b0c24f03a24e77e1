/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before an object is loaded: whether all that its programs need from outside is there. Refuses
 * with one list of everything that is missing, and where it was looked for.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "vm/vm.h"

/* Marks the externs that a program refers to. */
static void mark(const struct skep_prog *prog, bool *used)
{
	const struct skep_image *image = &prog->object->image;

	for (uint32_t i = 0; i < prog->func_count; i++) {
		const struct skep_image_func *func = &image->funcs[prog->funcs[i].func];
		const struct skep_image_section *section = &image->sections[func->section];

		for (uint32_t k = 0; k < section->reloc_count; k++) {
			const struct skep_image_reloc *reloc = &section->relocs[k];

			if (reloc->kind == SKEP_RELOC_EXTERN && reloc->target != SKEP_NO_EXTERN &&
			    reloc->insn >= func->start && reloc->insn - func->start < func->count)
				used[reloc->target] = true;
		}
	}
}

static const char *where(const struct skep_config *config, enum skep_extern_kind kind)
{
	switch (kind) {
	case SKEP_EXTERN_KCONFIG:
		if (config->kconfig == NULL)
			return "no kernel configuration was given";
		return config->kconfig_name != NULL ? config->kconfig_name
						    : "the configuration given";
	case SKEP_EXTERN_KSYM:
		if (config->ksym == NULL)
			return "no kernel symbols were given";
		return config->ksym_name != NULL ? config->ksym_name : "the symbols given";
	default: return "functions of the kernel, which this runtime does not have";
	}
}

/* Adds "A, B (WHERE)" for what is missing of one kind. */
static size_t list(const struct skep_object *object, const bool *used, enum skep_extern_kind kind,
		   char *text, size_t size)
{
	const struct skep_image *image = &object->image;
	size_t written = 0;
	uint32_t count = 0;

	for (uint32_t i = 0; i < image->extern_count; i++) {
		const struct skep_image_extern *item = &image->externs[i];

		if (!used[i] || item->is_weak || item->found || item->kind != kind)
			continue;
		if (written < size)
			written += skep_format(text + written, size - written, "%s%.64s",
					       count > 0 ? ", " : "", item->name);
		count++;
	}
	if (count > 0 && written < size)
		written += skep_format(text + written, size - written, " (%s%s)%s",
				       kind == SKEP_EXTERN_KFUNC ? "" : "looked for: ",
				       where(&object->runtime->config, kind),
				       kind == SKEP_EXTERN_KFUNC ? "" : "; ");
	return written < size ? written : size;
}

static int check(struct skep_object *object, const bool *used)
{
	const struct skep_image *image = &object->image;
	uint32_t missing = 0;
	char text[400];
	size_t at = 0;

	for (uint32_t i = 0; i < image->extern_count; i++) {
		const struct skep_image_extern *item = &image->externs[i];

		if (used[i] && item->problem != NULL)
			return skep_fail(&object->log, SKEP_ERANGE, SKEP_NO_INSN,
					 "%s\n%s\nchange its declaration or the configuration",
					 item->problem, item->needed);
		missing += used[i] && !item->is_weak && !item->found;
	}
	if (missing == 0)
		return 0;
	text[0] = '\0';
	for (unsigned kind = SKEP_EXTERN_KCONFIG; kind <= SKEP_EXTERN_KFUNC; kind++)
		at += list(object, used, (enum skep_extern_kind)kind, text + at, sizeof(text) - at);
	while (at > 0 && at < sizeof(text) && (text[at - 1] == ' ' || text[at - 1] == ';'))
		text[--at] = '\0';
	return skep_fail(&object->log, SKEP_ENOENT, SKEP_NO_INSN,
			 "%u extern%s missing: %s\n\n"
			 "declare what a program can do without as __weak, or give it "
			 "(skep_config.kconfig and ksym, --kconfig FILE)",
			 (unsigned)missing, missing == 1 ? " is" : "s are", text);
}

int skep_vm_check_externs(struct skep_object *object, const struct skep_prog *only)
{
	const uint32_t count = object->image.extern_count;
	struct skep_arena scratch;
	bool *used;
	int err;

	if (count == 0)
		return 0;
	skep_arena_init(&scratch, object->runtime->config.port, 0);
	used = skep_arena_array(&scratch, count, sizeof(bool));
	for (uint32_t i = 0; used != NULL && i < object->image.prog_count; i++)
		if (only != NULL ? &object->progs[i] == only : object->progs[i].autoload)
			mark(&object->progs[i], used);
	err = used != NULL ? check(object, used) : skep_fail_memory(&object->log, "externs");
	skep_arena_free(&scratch);
	return err;
}

uint32_t skep_object_needs(const struct skep_object *object)
{
	uint32_t needs = skep_core_needs_target(&object->image) ? (uint32_t)SKEP_NEEDS_TYPES : 0;

	for (uint32_t i = 0; i < object->image.prog_count; i++)
		needs |= skep_vm_is_traced(&object->progs[i]) ? (uint32_t)SKEP_NEEDS_TYPES : 0;

	for (uint32_t i = 0; i < object->image.extern_count; i++)
		needs |= object->image.externs[i].kind == SKEP_EXTERN_KCONFIG ? SKEP_NEEDS_CONFIG
									      : SKEP_NEEDS_SYMBOLS;
	return needs;
}
