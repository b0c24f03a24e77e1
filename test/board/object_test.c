/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way of the data on a board: an ELF object out of memory is read, verified and run over
 * packets, with the maps and variables that clang's object asks for. No file system, no libc, no
 * operating system. */
#include "../../port/bare/bare.h"
#include "base/bytes.h"
#include "base/format.h"
#include "base/log.h"
#include "board.h"
#include "harness.h"

extern const uint8_t board_object[], board_object_end[];
extern const uint8_t other_object[], other_object_end[];

static char last_report[256];

static void print_report(void *ctx, const struct skep_report *report)
{
	unsigned *count = ctx;

	(*count)++;
	skep_format(last_report, sizeof(last_report), "%s", report->text);
	test_note("%s", report->text);
}

struct fixture {
	struct skep_board board;
	struct skep_bare bare;
	struct skep_port port; /* counts what the other gives */
	size_t bytes, bytes_most;
	struct skep_runtime *runtime;
	struct skep_object *object;
	unsigned reports;
};

static void *count_alloc(void *ctx, size_t size, size_t align)
{
	struct fixture *fixture = ctx;

	fixture->bytes += size;
	if (fixture->bytes > fixture->bytes_most)
		fixture->bytes_most = fixture->bytes;
	return fixture->bare.port.alloc(&fixture->bare, size, align);
}

static void count_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct fixture *fixture = ctx;

	if (memory != NULL)
		fixture->bytes -= size;
	fixture->bare.port.free(&fixture->bare, memory, size, align);
}

/* One cpu, no interrupts. */
static uintptr_t lock(void *ctx, uint32_t *word)
{
	(void)ctx, (void)word;
	return 0;
}

static void unlock(void *ctx, uint32_t *word, uintptr_t state)
{
	(void)ctx, (void)word, (void)state;
}

static int set_up(struct fixture *fixture, const uint8_t *bytes, size_t size)
{
	struct skep_config config = { .log = print_report, .log_ctx = &fixture->reports };

	memset(fixture, 0, sizeof(*fixture));
	fixture->board.memory = skep_board_heap;
	fixture->board.memory_size = (size_t)(skep_board_heap_end - skep_board_heap);
	skep_bare_init(&fixture->bare, &fixture->board);
	fixture->port = (struct skep_port){
		.ctx = fixture,
		.alloc = count_alloc,
		.free = count_free,
		.lock = lock,
		.unlock = unlock,
	};
	config.port = &fixture->port;
	SKEP_TRY(skep_runtime_open(&config, &fixture->runtime));
	return skep_object_open(fixture->runtime, bytes, size, "board.o", &fixture->object);
}

static void tear_down(struct fixture *fixture)
{
	skep_object_close(fixture->object);
	skep_runtime_close(fixture->runtime);
}

/* An Ethernet frame with an IPv4 header of protocol `protocol`. */
static uint64_t run(struct fixture *fixture, uint8_t protocol, size_t size)
{
	uint8_t frame[64] = { [12] = 0x08, [14] = 0x45, [23] = protocol };
	struct skep_xdp xdp = { frame, frame, frame, frame + size, frame + 64, 1, 0, 0 };
	uint64_t r0 = 0;

	return skep_prog_run(skep_object_prog(fixture->object, 0), &xdp, &r0) < 0 ? 99 : r0;
}

TEST(object_is_loaded_and_run)
{
	const size_t size = (size_t)(board_object_end - board_object);
	struct fixture fixture;
	struct skep_map *counts;
	struct skep_var blocked, short_frames, weight;
	uint64_t packets;
	uint32_t key = 6, count, weighs = 3;
	uint8_t protocol = 17;
	size_t free_bytes;

	CHECK_EQ(set_up(&fixture, board_object, size), 0);
	free_bytes = skep_bare_free_bytes(&fixture.bare);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "blocked", &blocked), 0);
	CHECK_EQ(skep_var_write(&blocked, &protocol, 1), 0);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "weight", &weight), 0);
	CHECK_EQ(skep_var_read(&weight, &count, sizeof(count)), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(skep_var_write(&weight, &weighs, sizeof(weighs)), 0);
	CHECK_EQ(skep_object_load(fixture.object), 0);
	CHECK_EQ(skep_runtime_engine(fixture.runtime), SKEP_ENGINE_INTERP);
	CHECK_EQ(run(&fixture, 6, 64), 2);
	CHECK_EQ(run(&fixture, 6, 64), 2);
	CHECK_EQ(run(&fixture, 17, 64), 1);
	CHECK_EQ(run(&fixture, 6, 20), 2); /* too short: counted apart */
	counts = skep_object_map_by_name(fixture.object, "counts");
	CHECK(counts != NULL);
	CHECK_EQ(skep_map_lookup(counts, &key, &packets), 0);
	CHECK_EQ(packets, 6);
	key = 17;
	CHECK_EQ(skep_map_lookup(counts, &key, &packets), 0);
	CHECK_EQ(packets, 3);
	weighs = 100; /* of the packets from now on */
	CHECK_EQ(skep_var_write(&weight, &weighs, sizeof(weighs)), 0);
	CHECK_EQ(run(&fixture, 17, 64), 1);
	CHECK_EQ(skep_map_lookup(counts, &key, &packets), 0);
	CHECK_EQ(packets, 103);
	CHECK(skep_var_write(&blocked, &protocol, 1) < 0); /* frozen */
	CHECK_EQ(fixture.reports, 1);
	fixture.reports = 0;
	key = 1;
	CHECK_EQ(skep_map_lookup(counts, &key, &packets), SKEP_ENOENT);
	CHECK_EQ(skep_object_var_by_name(fixture.object, "short_frames", &short_frames), 0);
	CHECK_EQ(skep_var_read(&short_frames, &count, sizeof(count)), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(fixture.reports, 0);
	test_note("memory: %u bytes to run, %u to load and verify, of %u; the object file has %u",
		  (unsigned)fixture.bytes, (unsigned)fixture.bytes_most,
		  (unsigned)fixture.board.memory_size, (unsigned)size);
	tear_down(&fixture);
	CHECK(skep_bare_free_bytes(&fixture.bare) > free_bytes);
}

/* A library for boards has no backend. */
TEST(compiled_programs_are_not_to_be_had)
{
	static struct skep_bare bare;
	const struct skep_board board = { .memory = skep_board_heap,
					  .memory_size =
						  (size_t)(skep_board_heap_end - skep_board_heap) };
	unsigned reports = 0;
	const struct skep_config config = { .port = &bare.port,
					    .engine = SKEP_ENGINE_JIT,
					    .log = print_report,
					    .log_ctx = &reports };
	struct skep_runtime *runtime;
	const char *name;
	bool native;

	skep_bare_init(&bare, &board);
	CHECK(skep_runtime_open(&config, &runtime) < 0);
	CHECK_EQ(reports, 1);
	CHECK(skep_backend_info(0, &name, &native) < 0);
}

TEST(cut_object_is_refused)
{
	const size_t size = (size_t)(board_object_end - board_object);
	struct fixture fixture;

	for (size_t cut = 0; cut < size; cut += size / 8) {
		test_case("cut at %u", (unsigned)cut);
		CHECK(set_up(&fixture, board_object, cut) < 0);
		CHECK_EQ(fixture.reports, 1);
		tear_down(&fixture);
	}
}

TEST(object_of_the_other_byte_order_is_refused)
{
	struct fixture fixture;

	CHECK(set_up(&fixture, other_object, (size_t)(other_object_end - other_object)) < 0 ||
	      skep_object_load(fixture.object) < 0);
	CHECK_EQ(fixture.reports, 1);
	CHECK(skep_text_contains(last_report, "endian"));
	tear_down(&fixture);
}

TESTS_BEGIN
T(object_is_loaded_and_run)
T(compiled_programs_are_not_to_be_had)
T(cut_object_is_refused)
T(object_of_the_other_byte_order_is_refused)
TESTS_END
