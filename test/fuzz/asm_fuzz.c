/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in: the assembler must neither crash nor read outside nor write more than it may, whatever
 * it is. What it accepts must be legal, and the same instructions must come back from their own
 * text. The first byte says how many instructions and labels there is room for, and whether names
 * are known.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "isa/isa.h"

enum { INSNS_MAX = 256, LABELS_MAX = 64, TEXT_MAX = 96 };

static bool find(void *ctx, enum skep_isa_symbol what, const char *name, size_t size, uint32_t insn,
		 int32_t *out)
{
	const uint8_t *known = ctx;

	if (size == 0 || name[0] == '\0' || insn > INSNS_MAX)
		return false;
	*out = (int32_t)size - (int32_t)what;
	return (*known & 1) != 0 && name[size - 1] != 'x';
}

static void label(void *ctx, const char *name, size_t size, uint32_t insn)
{
	(void)ctx;
	if (size == 0 || name[size - 1] == ':' || insn > INSNS_MAX)
		abort();
}

/* Each instruction from its own text. */
static void check_back(const struct skep_insn *insns, uint32_t count)
{
	for (uint32_t i = 0, slots; i < count; i += slots) {
		struct skep_insn back[2];
		char text[TEXT_MAX];
		uint32_t made;

		slots = skep_isa_disasm(insns, count, i, NULL, text, sizeof(text));
		if (skep_isa_check_insn(insns, count, i) != SKEP_FAULT_NONE ||
		    skep_isa_assemble(text, skep_text_size(text), back, 2, &made, NULL) != 0 ||
		    made != slots || memcmp(back, insns + i, slots * sizeof(*back)) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t choice = size > 0 ? bytes[0] : 0;
	const uint32_t capacity = choice % 4 == 3 ? choice / 4u : INSNS_MAX;
	uint8_t context = choice;
	const struct skep_isa_symbols symbols = { &context, find, label };
	struct skep_isa_label *labels = malloc(LABELS_MAX * sizeof(*labels));
	struct skep_insn *insns = malloc((capacity + 1) * sizeof(*insns));
	const struct skep_isa_source source = { (const char *)bytes + (size > 0), size - (size > 0),
						labels, LABELS_MAX,
						(choice & 2) != 0 ? &symbols : NULL };
	uint32_t count;

	if (labels != NULL && insns != NULL &&
	    skep_isa_assemble_source(&source, insns, capacity, &count, NULL) == 0) {
		if (count > capacity)
			abort();
		check_back(insns, count);
	}
	free(insns);
	free(labels);
	return 0;
}
