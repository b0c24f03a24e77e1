/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier of the running kernel says of a program. */
#ifndef SKEP_CLI_JUDGE_H
#define SKEP_CLI_JUDGE_H

#include <stdint.h>

#include "object.h"

enum judgement {
	JUDGEMENT_NONE, /* its verifier did not come to see the program: `reason` says why */
	JUDGEMENT_ACCEPT,
	JUDGEMENT_REJECT,
};

struct judged {
	enum judgement judgement;
	char *reason;    /* to be freed; NULL: accepted */
	uint64_t ns;     /* that the verifier took */
	uint64_t walked; /* instructions it processed */
};

/* Loads one program of a file into the kernel, through libbpf, and takes it out again. Types, maps
 * and the values of variables are those of `prog` and of its object, which is only read; maps of no
 * entries get one. */
void kernel_judge(const struct file *file, const struct skep_object *object,
		  const struct skep_prog *prog, struct judged *out);

/* "accept", "reject" or "none". */
const char *judgement_text(enum judgement judgement);

#endif
