/* SPDX-License-Identifier: Apache-2.0 */
/* What the whole runtime takes of a board's memory for one program, the kernel fletcher32: while it
 * is loaded and verified, and then for as long as it may run. Prints "ram: LOADING HELD", bytes;
 * ends with status 1 if it could not be loaded. */
#include "../../port/bare/bare.h"
#include "board.h"

extern const uint8_t object[], object_end[];

static struct skep_bare bare;
static size_t held, most;

static void *count_alloc(void *ctx, size_t size, size_t align)
{
	held += size;
	if (held > most)
		most = held;
	return bare.port.alloc(ctx, size, align);
}

static void count_free(void *ctx, void *memory, size_t size, size_t align)
{
	held -= size;
	bare.port.free(ctx, memory, size, align);
}

static void print(const char *text, size_t number)
{
	char digits[12];
	size_t at = sizeof(digits);

	while (*text != '\0')
		skep_console_write(text++, 1);
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	skep_console_write(digits + at, sizeof(digits) - at);
}

static void complain(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	for (const char *at = report->text; *at != '\0'; at++)
		skep_console_write(at, 1);
	skep_console_write("\n", 1);
}

int main(int argc, char **argv)
{
	const struct skep_board board = { .memory = skep_board_heap,
					  .memory_size =
						  (size_t)(skep_board_heap_end - skep_board_heap) };
	struct skep_port port;
	const struct skep_config config = { .port = &port, .log = complain };
	struct skep_runtime *runtime;
	struct skep_object *loaded;

	(void)argc, (void)argv;
	skep_bare_init(&bare, &board);
	port = bare.port;
	port.alloc = count_alloc;
	port.free = count_free;
	if (skep_runtime_open(&config, &runtime) < 0 ||
	    skep_object_open(runtime, object, (size_t)(object_end - object), "o", &loaded) < 0 ||
	    skep_object_load(loaded) < 0)
		return 1;
	print("ram: ", most);
	print(" ", held);
	skep_console_write("\n", 1);
	return 0;
}
