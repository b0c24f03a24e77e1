/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of the kernels, with those of the functions that they call. */
	.macro	program name
	.section .rodata.\name, "a"
	.balign	8
	.globl	\name\()_insns, \name\()_end
\name\()_insns:
	.incbin	"\name\().insns"
\name\()_end:
	.endm

	program	plain
#define KERNEL_ROW(name, content, packet_bytes) program name;
#include "kernels.def"
