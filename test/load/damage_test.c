/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are no objects, objects that are damaged, memory that runs out: each ends in one clear
 * report or in a sound image, and leaves nothing behind (AddressSanitizer looks). */
#include "fixture.h"

static const char *const SEEDS[] = {
	"test/fuzz/seeds/elf/small.o", "test/fuzz/seeds/elf/small_big_endian.o",
	"test/fuzz/seeds/elf/code.o",  "test/fuzz/seeds/elf/inner.o",
	"test/fuzz/seeds/elf/gcc.o",   "test/fuzz/seeds/elf/legacy.o",
};

/* Loads bytes that may be anything. False, with a diagnosis, if it does not end as it should. */
static bool ends_well(const uint8_t *bytes, size_t size)
{
	struct loaded loaded;
	const bool ok = load_bytes(&loaded, bytes, size, "x.o");
	const unsigned errors = loaded.errors.errors;

	unload(&loaded);
	return test_check(ok || loaded.err < 0, __FILE__, __LINE__, "sound") &&
	       test_check_eq(errors, loaded.err < 0, __FILE__, __LINE__, "one report, or none");
}

TEST(cut_at_every_length)
{
	for (size_t s = 0; s < SKEP_COUNT(SEEDS); s++) {
		size_t size = 0;
		uint8_t *bytes = test_object_read(SEEDS[s], &size);

		CHECK(bytes != NULL);
		for (size_t cut = 0; cut < size; cut++) {
			/* A copy of that size, so that reading past the end is seen. */
			uint8_t *copy = malloc(cut + 1);
			struct loaded loaded;

			test_case("%s cut at %u", SEEDS[s], (unsigned)cut);
			memcpy(copy + 1, bytes, cut);
			CHECK(!load_bytes(&loaded, copy + 1, cut, "x.o"));
			CHECK_EQ(loaded.err, SKEP_ENOEXEC);
			CHECK_EQ(loaded.errors.errors, 1);
			unload(&loaded);
			free(copy);
		}
		free(bytes);
	}
}

TEST(every_byte_damaged)
{
	for (size_t s = 0; s < SKEP_COUNT(SEEDS); s++) {
		size_t size = 0;
		uint8_t *bytes = test_object_read(SEEDS[s], &size);

		CHECK(bytes != NULL);
		for (size_t i = 0; i < size; i++) {
			const uint8_t was = bytes[i];
			const uint8_t values[] = { 0, 0xff, was ^ 0x80 };

			for (size_t v = 0; v < SKEP_COUNT(values); v++) {
				test_case("%s with byte %u set to %#x", SEEDS[s], (unsigned)i,
					  values[v]);
				bytes[i] = values[v];
				CHECK(ends_well(bytes, size));
			}
			bytes[i] = was;
		}
		free(bytes);
	}
}

/* ------------------------------------------------------------------------------------- memory */

/* A port whose allocation number `fail_at` fails. */
struct short_port {
	struct skep_port port;
	unsigned made, fail_at, live;
};

static void *short_alloc(void *ctx, size_t size, size_t align)
{
	struct short_port *port = ctx;
	const struct skep_port *posix = skep_port_posix();

	if (port->made++ == port->fail_at)
		return NULL;
	port->live++;
	return posix->alloc(posix->ctx, size, align);
}

static void short_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct short_port *port = ctx;
	const struct skep_port *posix = skep_port_posix();

	port->live--;
	posix->free(posix->ctx, memory, size, align);
}

TEST(allocation_failures_of_the_port)
{
	size_t size = 0;
	uint8_t *bytes = test_object_read("load_maps.o", &size);
	int err = SKEP_ENOMEM;

	CHECK(bytes != NULL);
	for (unsigned n = 0; err != 0; n++) {
		struct short_port port = { .fail_at = n };
		struct loaded loaded = { 0 };
		struct skep_log log = { .sink = note_report, .sink_ctx = &loaded };
		struct skep_arena arena;

		test_case("allocation %u", n);
		port.port.ctx = &port;
		port.port.alloc = short_alloc;
		port.port.free = short_free;
		skep_arena_init(&arena, &port.port, 0);
		err = skep_load_image(bytes, size, "x.o", NULL, NULL, 0, &arena, &log,
				      &loaded.image);
		CHECK(err == 0 || err == SKEP_ENOMEM);
		CHECK_EQ(loaded.errors.errors, err != 0);
		skep_arena_free(&arena);
		CHECK_EQ(port.live, 0);
		CHECK(n < 100);
	}
	free(bytes);
}

/* One block of memory serves as well, as on a board; each size too small fails at another place. */
TEST(blocks_of_every_size)
{
	for (size_t s = 0; s < SKEP_COUNT(SEEDS); s++) {
		size_t size = 0, block_size = 0;
		uint8_t *bytes = test_object_read(SEEDS[s], &size);
		int err = SKEP_ENOMEM;

		CHECK(bytes != NULL);
		for (; err != 0; block_size += 16) {
			void *block = malloc(block_size);
			struct loaded loaded = { 0 };
			struct skep_log log = { .sink = note_report, .sink_ctx = &loaded };
			struct skep_arena arena;

			test_case("%s in %u bytes", SEEDS[s], (unsigned)block_size);
			skep_arena_init_block(&arena, block, block_size);
			err = skep_load_image(bytes, size, "x.o", NULL, NULL, 0, &arena, &log,
					      &loaded.image);
			CHECK(err == 0 || err == SKEP_ENOMEM);
			CHECK_EQ(loaded.errors.errors, err != 0);
			CHECK(err != 0 || image_fault(&loaded.image) == NULL);
			free(block);
		}
		free(bytes);
		CHECK(block_size < 32768);
	}
}

/* -------------------------------------------------------------------------- files of other kinds
 */

/* Loads bytes that must be refused with exactly that report. */
#define REFUSED(bytes, size, error, text)                                                          \
	do {                                                                                       \
		struct loaded refused_;                                                            \
		CHECK(!load_bytes(&refused_, bytes, size, "x.o"));                                 \
		unload(&refused_);                                                                 \
		CHECK_EQ(refused_.err, error);                                                     \
		CHECK_EQ(refused_.errors.errors, 1);                                               \
		CHECK_TEXT(refused_.errors.last, "x.o: " text);                                    \
	} while (0)

TEST(files_that_are_no_objects)
{
	static const char SOURCE[] = "int main(void)\n{\n}\n";
	uint8_t elf[64] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, [16] = 1, [18] = 62, [20] = 1 };

	REFUSED("", 0, SKEP_ENOEXEC,
		"the file is empty; needed: an eBPF object; compile with clang -O2 -g -target bpf "
		"-c");
	REFUSED(SOURCE, sizeof(SOURCE) - 1, SKEP_ENOEXEC,
		"this is a text file, not an object; needed: an eBPF object; if it is a C source, "
		"compile with clang -O2 -g -target bpf -c");
	REFUSED("\x1f\x8b\x08", 3, SKEP_ENOEXEC,
		"this is not an ELF file: it begins with the byte 0x1f; needed: an eBPF object; "
		"compile with clang -O2 -g -target bpf -c");
	REFUSED(elf, sizeof(elf), SKEP_ENOEXEC,
		"this is an ELF file for machine 62 (x86-64); needed: machine 247 (eBPF); compile "
		"with clang -O2 -g -target bpf -c");
	elf[4] = 1;
	REFUSED(elf, sizeof(elf), SKEP_ENOEXEC,
		"this is a 32-bit ELF file; needed: a 64-bit one, for machine 247 (eBPF); compile "
		"with clang -O2 -g -target bpf -c");
	elf[4] = 2;
	elf[16] = 2;
	elf[18] = 247;
	REFUSED(elf, sizeof(elf), SKEP_ENOEXEC,
		"this ELF file has type 2; needed: a relocatable file (type 1); compile with clang "
		"-O2 -g -target bpf -c, without linking");
	REFUSED(elf, 30, SKEP_ENOEXEC,
		"the file ends inside the ELF header; needed: 64 bytes of header; the file is cut "
		"short or damaged: copy or compile it again");
}

TEST(objects_without_programs)
{
	size_t size = 0;
	uint8_t *bytes = test_object_read("load_none.o", &size);

	CHECK(bytes != NULL);
	REFUSED(bytes, size, SKEP_ENOEXEC,
		"the object has no program: its functions are all in .text; needed: a function in "
		"a section of its own, such as SEC(\"xdp\"); give the entry point one and compile "
		"again");
	free(bytes);
}

TEST(limits_hold)
{
	static const struct {
		struct skep_limits limits;
		const char *text;
	} CASES[] = {
		{ { .object_bytes_max = 100 }, "the file has" },
		{ { .progs_max = 11 }, "the object has 12 programs; needed: at most 11" },
		{ { .maps_max = 3 }, "the object has 4 maps; needed: at most 3" },
		{ { .insns_max = 10 }, "function passes_function has 11 instructions" },
		{ { .map_bytes_max = 55 }, "section .data has 56 bytes" },
	};
	size_t size = 0;
	uint8_t *bytes = test_object_read("load_code.o", &size);

	CHECK(bytes != NULL);
	for (size_t i = 0; i < SKEP_COUNT(CASES); i++) {
		struct loaded loaded = { 0 };
		struct skep_log log = { .sink = note_report, .sink_ctx = &loaded };
		struct skep_arena arena;

		test_case("%s", CASES[i].text);
		skep_arena_init(&arena, skep_port_posix(), 0);
		CHECK_EQ(skep_load_image(bytes, size, "x.o", &CASES[i].limits, NULL, 0, &arena,
					 &log, &loaded.image),
			 SKEP_E2BIG);
		skep_arena_free(&arena);
		CHECK_EQ(loaded.errors.errors, 1);
		CHECK(strstr(loaded.errors.last, CASES[i].text) != NULL);
	}
	free(bytes);
}

TESTS_BEGIN
T(cut_at_every_length)
T(every_byte_damaged)
T(allocation_failures_of_the_port)
T(blocks_of_every_size)
T(files_that_are_no_objects)
T(objects_without_programs)
T(limits_hold)
TESTS_END
