/* SPDX-License-Identifier: Apache-2.0 */
/* LoongArch, as after reset: direct addresses, no interrupts (LoongArch Reference Manual, volume 1,
 * 5.2 and 6.1). */
	.section .start, "ax"
	.globl skep_board_start
skep_board_start:
	la.pcrel	$t0, trap
	csrwr	$t0, 0xc /* EENTRY */
	la.pcrel	$sp, skep_board_stack_end
	la.pcrel	$t1, skep_board_bss
	la.pcrel	$t2, skep_board_bss_end
clear:	bgeu	$t1, $t2, cleared
	st.d	$zero, $t1, 0
	addi.d	$t1, $t1, 8
	b	clear
cleared:
	move	$a0, $zero
	bl	skep_board_main

	.balign 4096 /* EENTRY has no lower bits */
trap:	la.pcrel	$sp, trap_stack_end
	csrrd	$a0, 0x5 /* ESTAT */
	csrrd	$a1, 0x6 /* ERA */
	csrrd	$a2, 0x7 /* BADV */
	bl	skep_board_trap

	.bss
	.balign 16
	.space 256
trap_stack_end:
