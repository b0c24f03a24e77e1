/* SPDX-License-Identifier: Apache-2.0 */
/* The eBPF object that the tests load, in this machine's byte order and in the other. */
	.section .rodata.object, "a", %progbits
	.globl board_object, board_object_end, other_object, other_object_end
	.balign 8
board_object:
	.incbin OWN_OBJECT
board_object_end:
	.balign 8
other_object:
	.incbin OTHER_OBJECT
other_object_end:
#ifdef __linux__
	.section .note.GNU-stack, "", %progbits
#endif
