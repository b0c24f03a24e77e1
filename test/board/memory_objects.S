/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of memory_objects.def, in this machine's byte order. */
	.macro	object name
	.balign	8
	.globl	object_\name, object_\name\()_end
object_\name:
	.incbin	"\name\().own.o"
object_\name\()_end:
	.endm

	.section .rodata.object, "a", %progbits
#define OBJECT(name) object name;
#include "memory_objects.def"
#ifdef __linux__
	.section .note.GNU-stack, "", %progbits
#endif
