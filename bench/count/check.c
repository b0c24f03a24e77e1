/* SPDX-License-Identifier: Apache-2.0 */
/* The structure check of every kernel that the benchmark measures. */
#include "image.h"
#include "isa/isa.h"

enum { INSNS_MAX = 1024 };

static uint32_t check(const struct subject *subject)
{
	static uint8_t marks[SKEP_ISA_MARKS_BYTES(INSNS_MAX)];
	uint32_t where;

	return skep_isa_check_flat(subject->insns, (uint32_t)(subject->end - subject->insns), marks,
				   &where);
}

#define KERNEL_ROW(name, content, packet_bytes)                                                    \
	extern const struct skep_insn name##_insns[], name##_end[];
#include "kernels.def"

const struct subject SUBJECTS[] = {
	{ "nothing", do_nothing, 0, FLETCHER32, NULL },
#define KERNEL_ROW(name, content, packet_bytes)                                                    \
	{ "check-" #name, check, 0, name##_insns, name##_end, NULL },
#include "kernels.def"
};
const uint32_t SUBJECT_COUNT = sizeof(SUBJECTS) / sizeof(SUBJECTS[0]);
