/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is counted on a board: each subject runs once between two marks, where the plugin for the
 * emulator starts and stops counting, and with a painted stack. Prints a line for each: name, BPF
 * instructions of the program it is about, bytes of stack. The first does nothing: what it costs is
 * in all of them. Ends with status 1 if one did not return what it must.
 */
#include "image.h"

#include "board.h"
#include "native.h"
#include "noise.h"

enum { PAINT = 0xa5, SLACK_BYTES = 128 };

void skep_count_begin(void);
void skep_count_end(void);

__attribute__((noinline)) void skep_count_begin(void)
{
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void skep_count_end(void)
{
	__asm__ volatile("" ::: "memory");
}

static void print(const char *text)
{
	size_t size = 0;

	while (text[size] != '\0')
		size++;
	skep_console_write(text, size);
}

static void print_number(uint32_t number, const char *after)
{
	char digits[12];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	print(digits + at);
	print(after);
}

/* Paints the stack below the frame that runs, save what may be in use, and returns its end. */
static __attribute__((noinline)) volatile uint8_t *paint(void)
{
	volatile uint8_t *top = (volatile uint8_t *)__builtin_frame_address(0) - SLACK_BYTES;

	for (volatile uint8_t *at = skep_board_stack; at < top; at++)
		*at = PAINT;
	return top;
}

static uint32_t painted_over(const volatile uint8_t *top)
{
	const volatile uint8_t *at = skep_board_stack;

	while (at < top && *at == PAINT)
		at++;
	return (uint32_t)(top - at) + SLACK_BYTES;
}

struct context packet_context;
uint8_t packet[PACKET_BYTES] __attribute__((aligned(8)));
static const struct skep_xdp packet_xdp = { .data = packet, .data_end = packet + PACKET_BYTES };

uint32_t do_nothing(const struct subject *subject)
{
	(void)subject;
	return 0;
}

uint32_t run_native(const struct subject *subject)
{
	(void)subject;
	return bench_native_fletcher32.run(&packet_xdp);
}

int main(int argc, char **argv)
{
	int status = 0;

	(void)argc, (void)argv;
	fill_noise(packet, sizeof(packet));
	packet_context.data = (uint32_t)(uintptr_t)packet;
	packet_context.data_end = packet_context.data + PACKET_BYTES;
	for (uint32_t i = 0; i < SUBJECT_COUNT; i++) {
		const struct subject *subject = &SUBJECTS[i];
		const volatile uint8_t *top;
		uint32_t result;

		if (subject->prepare != NULL)
			subject->prepare(subject);
		top = paint();
		skep_count_begin();
		result = subject->run(subject);
		skep_count_end();
		print("count: ");
		print(subject->name);
		print(" ");
		print_number((uint32_t)(subject->end - subject->insns), " ");
		print_number(painted_over(top), result == subject->wanted ? "\n" : " wrong\n");
		if (result != subject->wanted)
			status = 1;
	}
	return status;
}
