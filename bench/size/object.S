/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel fletcher32 as an object file, without debug information. */
	.section .rodata
	.balign 8
	.globl	object, object_end
object:	.incbin	"fletcher32.o"
object_end:
