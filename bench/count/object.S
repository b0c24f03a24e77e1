/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of the kernels, out of the section that clang put them in. */
	.macro	program name, file
	.balign	8
	.globl	\name\()_insns, \name\()_end
\name\()_insns:
	.incbin	"\file"
\name\()_end:
	.endm

	.section .rodata
	program	fletcher32, "fletcher32.insns"
	program	plain, "plain.insns"
	program	siphash, "siphash.insns"
	program	states, "states.insns"
