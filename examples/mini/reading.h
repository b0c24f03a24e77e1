/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware and the computer that prepares its programs agree on: context and helpers. */
#ifndef READING_H
#define READING_H

#include <skep.h>

struct reading {
	int32_t tenths; /* of a degree */
	uint32_t valve; /* 1: open; set by the program */
};

enum { HELPER_BEEP = 4096 };

/* Each side has its own function behind the row. */
#define READING_HELPERS(beep_fn)                                                                   \
	{                                                                                          \
		HELPER_BEEP, "beep", SKEP_RET_INTEGER, { SKEP_ARG_SCALAR }, .fn = (beep_fn)        \
	}

#endif
