/* SPDX-License-Identifier: Apache-2.0 */
/* A section's name in, what kind of program it holds out: the rows of spec/sections.def. */
#include "base/bytes.h"
#include "load/image.h"

static const struct skep_section_row ROWS[] = {
#define SECTION(prefix, prog_type, attach_type, flags) { prefix, prog_type, attach_type, flags },
#include "spec/sections.def"
};

const struct skep_section_row *skep_load_section_row(const char *name)
{
	for (size_t i = 0; i < SKEP_COUNT(ROWS); i++) {
		const char *rest;

		if (!skep_text_begins(name, ROWS[i].prefix))
			continue;
		rest = name + skep_text_size(ROWS[i].prefix);
		if (*rest == '\0' || (*rest == '/' && (ROWS[i].flags & SKEP_SECTION_EXACT) == 0))
			return &ROWS[i];
	}
	return NULL;
}
