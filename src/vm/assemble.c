/* SPDX-License-Identifier: Apache-2.0 */
/* Assembly text for a runtime: its helpers may be called by name, its memory holds the labels, and
 * its log gets what is wrong. */
#include "base/bytes.h"
#include "vm/vm.h"

struct assembly {
	struct skep_runtime *runtime;
	const struct skep_asm_names *names; /* NULL: none */
};

static bool find_helper(const struct skep_contracts *contracts, const char *name, size_t size,
			int32_t *out)
{
	static const char prefix[] = "bpf_";
	const size_t cut = sizeof(prefix) - 1;

	if (size > cut && memcmp(name, prefix, cut) == 0) {
		name += cut;
		size -= cut;
	}
	for (unsigned table = 0; table < 2; table++) {
		const struct skep_helper *helper = contracts->helpers[table];

		for (uint32_t i = 0; i < contracts->helper_count[table]; i++, helper++) {
			if (skep_text_size(helper->name) != size ||
			    memcmp(helper->name, name, size) != 0)
				continue;
			*out = (int32_t)helper->id;
			return true;
		}
	}
	return false;
}

static bool find(void *ctx, enum skep_isa_symbol what, const char *name, size_t size, uint32_t insn,
		 int32_t *out)
{
	const struct assembly *assembly = ctx;
	const struct skep_asm_names *names = assembly->names;

	if (what == SKEP_ISA_HELPER)
		return find_helper(&assembly->runtime->contracts, name, size, out);
	if (names == NULL || names->find == NULL)
		return false;
	return names->find(names->ctx, what == SKEP_ISA_MAP ? SKEP_ASM_MAP : SKEP_ASM_FUNCTION,
			   name, size, insn, out);
}

static void label(void *ctx, const char *name, size_t size, uint32_t insn)
{
	const struct skep_asm_names *names = ((const struct assembly *)ctx)->names;

	if (names != NULL && names->label != NULL)
		names->label(names->ctx, name, size, insn);
}

/* Slots for all the labels that the text can have: every one ends with a colon. */
static uint32_t label_slots(const char *text, size_t size)
{
	uint32_t colons = 0;

	for (size_t i = 0; i < size; i++)
		colons += text[i] == ':' && colons < UINT32_MAX / 4;
	return 2 * (colons + 1);
}

int skep_assemble(struct skep_runtime *runtime, const char *text, size_t size,
		  const struct skep_asm_names *names, struct skep_insn *out, uint32_t capacity,
		  uint32_t *count)
{
	struct assembly assembly = { runtime, names };
	const struct skep_isa_symbols symbols = { &assembly, find, label };
	struct skep_isa_source source = { .text = text, .size = size, .symbols = &symbols };
	struct skep_arena arena;
	int err;

	skep_arena_init(&arena, runtime->config.port, 0);
	source.label_slots = label_slots(text, size);
	source.labels = skep_arena_array(&arena, source.label_slots, sizeof(*source.labels));
	if (source.labels == NULL)
		err = skep_fail_memory(&runtime->log, "the labels of an assembly text");
	else
		err = skep_isa_assemble_source(&source, out, capacity, count, &runtime->log);
	skep_arena_free(&arena);
	return err;
}
