/* SPDX-License-Identifier: Apache-2.0 */
/* A byte where the board keeps its flash. */
	.section .skep.flash, "a", %progbits
	.globl planted_flash
planted_flash:
	.byte 1, 2, 3, 4
#ifdef __linux__
	.section .note.GNU-stack, "", %progbits
#endif
