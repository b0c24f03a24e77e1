/* SPDX-License-Identifier: Apache-2.0 */
/* Ends through a debugger or an emulator: the operation SYS_EXIT_EXTENDED of Arm's semihosting
 * (Semihosting for AArch32 and AArch64, 7.5), which RISC-V uses too (RISC-V Semihosting, 1.1). */
#include "board.h"

enum { SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

static void call(uintptr_t operation, const uintptr_t *block)
{
#if defined(__riscv)
	register uintptr_t number __asm__("a0") = operation;
	register const uintptr_t *argument __asm__("a1") = block;

	/* Three instructions that are not compressed and on one page, so that they are recognised.
	 */
	__asm__ volatile(".option push\n\t.option norvc\n\t.balign 16\n\tslli x0, x0, 0x1f\n\t"
			 "ebreak\n\tsrai x0, x0, 7\n\t.option pop"
			 : "+r"(number)
			 : "r"(argument)
			 : "memory");
#elif defined(__arm__)
	register uintptr_t number __asm__("r0") = operation;
	register const uintptr_t *argument __asm__("r1") = block;

	__asm__ volatile("bkpt 0xab" : "+r"(number) : "r"(argument) : "memory");
#endif
}

void skep_board_exit(int status)
{
	const uintptr_t block[2] = { APPLICATION_EXIT, (uintptr_t)status };

	for (;;)
		call(SYS_EXIT_EXTENDED, block);
}
