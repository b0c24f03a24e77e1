/* SPDX-License-Identifier: Apache-2.0 */
/* RISC-V, machine mode: one hart runs, the others wait. */
#if __riscv_xlen == 64
#define LOAD  ld
#define STORE sd
#else
#define LOAD  lw
#define STORE sw
#endif
	.section .start, "ax"
	.globl skep_board_start
skep_board_start:
	csrr	t0, mhartid
	bnez	t0, park
	la	t0, trap
	csrw	mtvec, t0
	la	sp, skep_board_stack_end
	la	t0, skep_board_data_load
	la	t1, skep_board_data
	la	t2, skep_board_data_end
copy:	bgeu	t1, t2, copied
	LOAD	t3, (t0)
	STORE	t3, (t1)
	addi	t0, t0, __riscv_xlen / 8
	addi	t1, t1, __riscv_xlen / 8
	j	copy
copied:	la	t1, skep_board_bss
	la	t2, skep_board_bss_end
clear:	bgeu	t1, t2, cleared
	STORE	zero, (t1)
	addi	t1, t1, __riscv_xlen / 8
	j	clear
cleared:
	li	a0, 0
	call	skep_board_main
park:	wfi
	j	park
	.balign 4
trap:	la	sp, trap_stack_end
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	call	skep_board_trap
	j	park

	.bss
	.balign 16
	.space 256
trap_stack_end:
