/* SPDX-License-Identifier: Apache-2.0 */
/* Xtensa lx106: the emulator begins at the core's reset address, where a chip has its boot ROM; three
 * instructions stand in for that. Vectors lie at fixed distances from VECBASE. */
	.section .reset, "ax"
	.globl skep_board_start
skep_board_start:
	j	1f
	.literal_position
1:	movi	a0, start
	jx	a0

	.section .vectors, "ax"
	.balign 256
vectors:
	.org	vectors + 0x10 /* debug */
	j	trap
	.org	vectors + 0x20 /* interrupt that cannot be masked */
	j	trap
	.org	vectors + 0x30 /* exception in the kernel's mode */
	j	trap
	.org	vectors + 0x50 /* in the user's */
	j	trap
	.org	vectors + 0x70 /* double */
	j	trap

	.section .start, "ax"
	.literal_position
	.balign 4
start:	movi	a2, vectors
	wsr	a2, vecbase
	movi	a2, 0x20 /* PS: user vectors, no exception, all interrupts */
	wsr	a2, ps
	rsync
	movi	a1, skep_board_stack_end
	movi	a2, skep_board_bss
	movi	a3, skep_board_bss_end
	movi	a4, 0
clear:	bgeu	a2, a3, cleared
	s32i	a4, a2, 0
	addi	a2, a2, 4
	j	clear
cleared:
	movi	a0, 0
	movi	a2, 0
	movi	a3, skep_board_main
	callx0	a3

trap:	movi	a1, trap_stack_end
	rsr	a2, exccause
	rsr	a3, epc1
	rsr	a4, excvaddr
	movi	a5, skep_board_trap
	callx0	a5

	.bss
	.balign 16
	.space 256
trap_stack_end:
