/* SPDX-License-Identifier: Apache-2.0 */
/* A process of Linux: the kernel has made the stack, with argc and argv at its end, and cleared
 * memory. The heap is part of the image. */
	.text
	.globl _start
	.type _start, %function
_start:
#if defined(__aarch64__)
	mov	x0, sp
	mov	x29, 0
	mov	x30, 0
	b	skep_board_main
#elif defined(__riscv)
	.option push
	.option norelax /* else this is made relative to what it sets */
	la	gp, __global_pointer$
	.option pop
	mv	a0, sp
	andi	sp, sp, -16
	tail	skep_board_main
#elif defined(__loongarch__)
	move	$a0, $sp
	b	skep_board_main
#elif defined(__s390x__)
	lgr	%r2, %r15
	aghi	%r15, -160 /* the callee's register save area */
	jg	skep_board_main
#endif

	.bss
	.balign 64
	.globl skep_board_heap, skep_board_heap_end, skep_board_stack, skep_board_stack_end
skep_board_heap:
	.space SKEP_LAYOUT_1
skep_board_heap_end:
skep_board_stack:
skep_board_stack_end:
	.section .note.GNU-stack, "", %progbits
