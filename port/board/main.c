/* SPDX-License-Identifier: Apache-2.0 */
/* From start-up code to main(), and the report of a trap. */
#include "board.h"

enum { TRAP_STATUS = 70 };

/* Not where it is used, because compilers take it that two arrays never begin at one address. */
size_t skep_board_stack_size(void)
{
	return (size_t)(skep_board_stack_end - skep_board_stack);
}

void skep_board_main(uintptr_t *args)
{
	static char *nothing[] = { NULL };

	skep_board_exit(args != NULL ? main((int)args[0], (char **)(args + 1)) : main(0, nothing));
}

static void write_hex(const char *name, uintptr_t value)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * sizeof(value)];

	for (size_t i = sizeof(text); i-- > 0; value >>= 4)
		text[i] = digits[value & 15];
	while (*name != '\0')
		skep_console_write(name++, 1);
	skep_console_write(text, sizeof(text));
}

void skep_board_trap(uintptr_t cause, uintptr_t pc, uintptr_t address)
{
	write_hex("\n# trap: cause 0x", cause);
	write_hex(" at 0x", pc);
	write_hex(", address 0x", address);
	skep_console_write("\n", 1);
	skep_board_exit(TRAP_STATUS);
}
