/* SPDX-License-Identifier: Apache-2.0 */
/* RISC-V, machine mode: one hart runs, memory is cleared, a trap ends the run as a failure. And the
 * eBPF object that the tests load, as it came from the compiler. */
	.section .text.start
	.globl start
start:
	csrr	t0, mhartid
	bnez	t0, park
	la	sp, stack_top
	la	t0, trap
	csrw	mtvec, t0
	la	t0, bss_start
	la	t1, bss_end
clear:	bgeu	t0, t1, run
	sw	zero, 0(t0)
	addi	t0, t0, 4
	j	clear
run:	call	board_main
park:	wfi
	j	park
	.balign 4
trap:	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	call	board_trap
	j	park

	.section .rodata
	.balign 8
	.globl board_object, board_object_end
board_object:
	.incbin BOARD_OBJECT
board_object_end:
