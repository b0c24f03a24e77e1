/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's RISC-V `virt` board as a sink for KTAP: an NS16550 at 0x10000000, and a register at
 * 0x100000 that ends the machine with a status. Also the four memory functions that the core asks
 * for. */
#include "base/format.h"
#include "harness.h"

int test_main(const char *only);
void board_main(void);
void board_trap(uintptr_t cause, uintptr_t pc, uintptr_t value);

static volatile uint8_t *const UART = (volatile uint8_t *)0x10000000;
static volatile uint32_t *const FINISH = (volatile uint32_t *)0x100000;

enum {
	UART_STATUS = 5,
	UART_STATUS_EMPTY = 0x20,
	FINISH_PASS = 0x5555,
	FINISH_FAIL = 0x3333,
};

void test_write(const char *text, size_t size)
{
	for (; size > 0; size--, text++) {
		while ((UART[UART_STATUS] & UART_STATUS_EMPTY) == 0)
			;
		UART[0] = (uint8_t)*text;
	}
}

void board_main(void)
{
	const int failed = test_main(NULL);

	*FINISH = failed == 0 ? FINISH_PASS : (1u << 16 | FINISH_FAIL);
}

void board_trap(uintptr_t cause, uintptr_t pc, uintptr_t value)
{
	test_note("trap: mcause %#lx at %#lx, mtval %#lx", (unsigned long)cause, (unsigned long)pc,
		  (unsigned long)value);
	*FINISH = 2u << 16 | FINISH_FAIL;
}

/* Compiled without turning loops into calls of themselves. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	uint8_t *out = to;

	for (const uint8_t *in = from; size > 0; size--)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if (out <= in)
		return memcpy(to, from, size);
	while (size-- > 0)
		out[size] = in[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	uint8_t *out = to;

	while (size-- > 0)
		out[size] = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (; size > 0; size--, x++, y++)
		if (*x != *y)
			return *x < *y ? -1 : 1;
	return 0;
}
