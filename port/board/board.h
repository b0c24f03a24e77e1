/* SPDX-License-Identifier: Apache-2.0 */
/* What a board's image has instead of a C library. The functions come from the files that the
 * board's row in boards.def names; main() is the image's own, and may return. */
#ifndef SKEP_PORT_BOARD_H
#define SKEP_PORT_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Writes to the console; returns when the hardware has taken the last byte. */
void skep_console_write(const char *text, size_t size);

/* Ends the machine with a status where it can report one, else stops it. */
_Noreturn void skep_board_exit(int status);

/* Memory that nothing uses: the rest of the RAM. */
extern uint8_t skep_board_heap[], skep_board_heap_end[];

/* The stack, which grows down, and its size; 0 for processes, which have one of the system's. */
extern uint8_t skep_board_stack[], skep_board_stack_end[];
size_t skep_board_stack_size(void);

int main(int argc, char **argv);

/* Where start-up code goes on, once C can run: calls main() and ends. `args` is NULL or begins as
 * the stack of a Linux process does: argc, then argv. */
_Noreturn void skep_board_main(uintptr_t *args);

/* Where traps that nobody expects go: reports the three registers that say most on that machine,
 * and ends with status 70. Runs on a stack of its own. */
_Noreturn void skep_board_trap(uintptr_t cause, uintptr_t pc, uintptr_t address);

#endif
