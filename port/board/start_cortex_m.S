/* SPDX-License-Identifier: Apache-2.0 */
/* Armv7-M: the vector table (Armv7-M Architecture Reference Manual, B1.5.3), data, and faults. */
	.syntax unified
	.thumb
	.section .start, "ax"
	.globl skep_board_start
	.type skep_board_start, %function
	.word	skep_board_stack_end
	.word	skep_board_start
	.rept	14 /* exceptions 2 to 15 */
	.word	fault
	.endr

	.thumb_func
skep_board_start:
	ldr	r0, =skep_board_data_load
	ldr	r1, =skep_board_data
	ldr	r2, =skep_board_data_end
copy:	cmp	r1, r2
	bhs	copied
	ldr	r3, [r0], 4
	str	r3, [r1], 4
	b	copy
copied:	ldr	r1, =skep_board_bss
	ldr	r2, =skep_board_bss_end
	movs	r3, 0
clear:	cmp	r1, r2
	bhs	cleared
	str	r3, [r1], 4
	b	clear
cleared:
	movs	r0, 0
	bl	skep_board_main

/* The stacked program counter is the sixth of eight words, if the stack could be written to. */
	.thumb_func
	.type fault, %function
fault:	mov	r3, sp
	movs	r1, 0
	ldr	r2, =skep_board_stack
	cmp	r3, r2
	blo	unstacked
	ldr	r1, [r3, 24]
unstacked:
	ldr	r0, =trap_stack_end
	mov	sp, r0
	ldr	r3, =0xe000ed28 /* CFSR; the fault address is 4 words on (BFAR) */
	ldr	r0, [r3]
	ldr	r2, [r3, 16]
	bl	skep_board_trap
	.ltorg

	.bss
	.balign 8
	.space 256
trap_stack_end:
