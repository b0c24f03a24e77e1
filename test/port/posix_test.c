/* SPDX-License-Identifier: Apache-2.0 */
/* The port for POSIX systems, function by function. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "skep.h"

TEST(complete)
{
	const struct skep_port *port = skep_port_posix();

	CHECK(port == skep_port_posix());
	CHECK(port->alloc != NULL && port->free != NULL && port->lock != NULL);
	CHECK(port->unlock != NULL && port->code_alloc != NULL && port->code_seal != NULL);
	CHECK(port->code_free != NULL && port->clock_ns != NULL && port->cpu_number != NULL);
	CHECK(port->random != NULL && port->trace != NULL);
	CHECK(port->cpu_count >= 1);
	for (int i = 0; i < 1000; i++)
		CHECK(port->cpu_number(port->ctx) < port->cpu_count);
}

TEST(memory)
{
	const struct skep_port *port = skep_port_posix();

	for (size_t align = 1; align <= 65536; align *= 2) {
		for (size_t size = 1; size < 5000; size += 777) {
			uint8_t *memory = port->alloc(port->ctx, size, align);

			CHECK(memory != NULL && (uintptr_t)memory % align == 0);
			for (size_t i = 0; i < size; i++)
				CHECK_EQ(memory[i], 0);
			memset(memory, 0xff, size);
			port->free(port->ctx, memory, size, align);
		}
	}
	CHECK(port->alloc(port->ctx, SIZE_MAX - 8, 64) == NULL);
	port->free(port->ctx, NULL, 1, 64);
}

/* Rights of the page at an address, as in /proc/self/maps. */
static bool rights(const void *address, char out[5])
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512];
	bool found = false;

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, "%lx-%lx %4s", &start, &end, out) == 3 &&
			(uintptr_t)address >= start && (uintptr_t)address < end;
	fclose(file);
	return found;
}

/* Writable or executable, never both. */
TEST(code)
{
	const struct skep_port *port = skep_port_posix();
	uint8_t *code = port->code_alloc(port->ctx, 5000);
	char text[5];

	CHECK(code != NULL);
	code[0] = code[4999] = 0xc3;
	if (!rights(code, text)) {
		test_skip("no /proc/self/maps");
		return;
	}
	CHECK_TEXT(text, "rw-p");
	CHECK_EQ(port->code_seal(port->ctx, code, 5000), 0);
	CHECK(rights(code, text));
	CHECK_TEXT(text, "r-xp");
	CHECK(rights(code + 4999, text));
	CHECK_TEXT(text, "r-xp");
	CHECK_EQ(code[4999], 0xc3);
	port->code_free(port->ctx, code, 5000);
}

/* Whole pages of memory like any other, for reading only and then for writing again. */
TEST(pages)
{
	const struct skep_port *port = skep_port_posix();
	const size_t page = port->page_bytes;
	uint8_t *memory = port->alloc(port->ctx, 2 * page, page);
	char text[5];

	CHECK(memory != NULL);
	CHECK_EQ((uintptr_t)memory % page, 0);
	memory[2 * page - 1] = 7;
	port->protect(port->ctx, memory, 2 * page, false);
	if (rights(memory, text)) {
		CHECK_TEXT(text, "r--p");
		CHECK(rights(memory + 2 * page - 1, text));
		CHECK_TEXT(text, "r--p");
		CHECK(rights(memory + 2 * page, text));
		CHECK_TEXT(text, "rw-p");
	}
	CHECK_EQ(memory[2 * page - 1], 7);
	port->protect(port->ctx, memory, 2 * page, true);
	memory[0] = 8;
	port->free(port->ctx, memory, 2 * page, page);
}

TEST(clock_runs_forward)
{
	const struct skep_port *port = skep_port_posix();
	const uint64_t start = port->clock_ns(port->ctx);

	usleep(2000);
	CHECK(port->clock_ns(port->ctx) >= start + 2000000);
}

/* 1000 numbers: no two of 32 bits alike more than chance allows, every bit moves. */
TEST(random_numbers)
{
	const struct skep_port *port = skep_port_posix();
	uint32_t numbers[1000], ones = 0, zeros = 0;
	unsigned alike = 0;

	for (int i = 0; i < 1000; i++) {
		numbers[i] = port->random(port->ctx);
		ones |= numbers[i];
		zeros |= ~numbers[i];
		for (int j = 0; j < i; j++)
			alike += numbers[i] == numbers[j];
	}
	CHECK_EQ(ones & zeros, UINT32_MAX);
	CHECK(alike < 3);
}

static uint32_t word;
static unsigned counter;

static void *count(void *ctx)
{
	const struct skep_port *port = skep_port_posix();

	(void)ctx;
	for (int i = 0; i < 50000; i++) {
		const uintptr_t state = port->lock(port->ctx, &word);

		counter++;
		port->unlock(port->ctx, &word, state);
	}
	return NULL;
}

TEST(lock_excludes)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(counter, 200000);
	CHECK_EQ(word, 0);
}

/* One line to standard error, with its newline, in one piece. */
TEST(trace_line)
{
	const struct skep_port *port = skep_port_posix();
	const int saved = dup(STDERR_FILENO);
	char text[32] = { 0 };
	int ends[2];

	CHECK(saved >= 0 && pipe(ends) == 0);
	dup2(ends[1], STDERR_FILENO);
	port->trace(port->ctx, "a line and more", 6);
	port->trace(port->ctx, "", 0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	CHECK_EQ(read(ends[0], text, sizeof(text)), 8);
	close(ends[0]);
	CHECK_TEXT(text, "a line\n\n");
}

TESTS_BEGIN
T(complete)
T(memory)
T(code)
T(pages)
T(clock_runs_forward)
T(random_numbers)
T(lock_excludes)
T(trace_line)
TESTS_END
