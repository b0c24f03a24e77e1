/* SPDX-License-Identifier: Apache-2.0 */
/* The text tests of the instruction set, in whole words, and how many bytes each has. In flash, where
 * there is some. */
#undef linux /* a name of ours, and one that compilers predefine */

	.macro group name
	.balign	4
	.globl	isa_text_\name, isa_size_\name
isa_text_\name:
	.incbin	"\name\().txt"
	.equ	isa_size_\name, . - isa_text_\name
	.balign	4
	.endm

	.section .skep.flash, "a", %progbits
#define GROUP(name) group name
#include "groups.def"
#ifdef __linux__
	.section .note.GNU-stack, "", %progbits
#endif
