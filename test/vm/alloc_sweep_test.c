/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation between the opening of a runtime and the end of a run fails once, for every n
 * the n-th: each time the call that needed it must say SKEP_ENOMEM and report it, and when all is
 * closed every block must have gone back with the size and alignment it was asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "object.h"
#include "skep.h"

enum { BLOCKS_MAX = 4096, SWEEP_MAX = 20000 };

struct block {
	void *memory;
	size_t size, align; /* align 0: code */
};

/* A port that fails on demand and keeps a book. */
struct book {
	const struct skep_port *real;
	uint32_t asked;   /* allocations so far */
	uint32_t fail_at; /* which fails, from 1; 0: none */
	bool fail_after;  /* all later ones too */
	bool fail_seal;
	bool failed;
	struct block blocks[BLOCKS_MAX];
	uint32_t block_count;
	uint32_t mismatches; /* frees of what was not given, or with another size or alignment */
};

static bool must_fail(struct book *book)
{
	const bool now = ++book->asked == book->fail_at;
	const bool later = book->fail_after && book->fail_at != 0 && book->asked > book->fail_at;

	book->failed |= now;
	return now || later || book->block_count == BLOCKS_MAX;
}

static void *enter(struct book *book, void *memory, size_t size, size_t align)
{
	if (memory != NULL)
		book->blocks[book->block_count++] = (struct block){ memory, size, align };
	return memory;
}

static bool leave(struct book *book, const void *memory, size_t size, size_t align)
{
	for (uint32_t i = book->block_count; i-- > 0;) {
		struct block *block = &book->blocks[i];

		if (block->memory != memory)
			continue;
		if (block->size != size || block->align != align)
			book->mismatches++;
		*block = book->blocks[--book->block_count];
		return true;
	}
	book->mismatches++;
	return false;
}

static void *book_alloc(void *ctx, size_t size, size_t align)
{
	struct book *book = ctx;

	if (size == 0 || align == 0 || (align & (align - 1)) != 0)
		book->mismatches++;
	if (must_fail(book))
		return NULL;
	return enter(book, book->real->alloc(book->real->ctx, size, align), size, align);
}

static void book_free(void *ctx, void *memory, size_t size, size_t align)
{
	struct book *book = ctx;

	if (leave(book, memory, size, align))
		book->real->free(book->real->ctx, memory, size, align);
}

static void *book_code_alloc(void *ctx, size_t size)
{
	struct book *book = ctx;

	if (must_fail(book))
		return NULL;
	return enter(book, book->real->code_alloc(book->real->ctx, size), size, 0);
}

static int book_code_seal(void *ctx, void *code, size_t size)
{
	struct book *book = ctx;

	if (book->fail_seal) {
		book->failed = true;
		return -1;
	}
	return book->real->code_seal(book->real->ctx, code, size);
}

static void book_code_free(void *ctx, void *code, size_t size)
{
	struct book *book = ctx;

	if (leave(book, code, size, 0))
		book->real->code_free(book->real->ctx, code, size);
}

static struct skep_port port_with(struct book *book)
{
	struct skep_port port = *skep_port_posix();

	/* What the real functions want as ctx is theirs; these need none of it. */
	book->real = skep_port_posix();
	port.ctx = book;
	port.alloc = book_alloc;
	port.free = book_free;
	port.code_alloc = book_code_alloc;
	port.code_seal = book_code_seal;
	port.code_free = book_code_free;
	return port;
}

/* Ethernet, IPv4, UDP 1000 to 53, no payload: enters a flow and sends an event. */
static const uint8_t FRAME[64] = {
	2,    0,    0, 0,  0, 1, 2, 0, 0,  0,  0, 2, 8,  0,                    /* Ethernet */
	0x45, 0,    0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
	3,    0xe8, 0, 53, 0, 8, 0, 0,                                         /* UDP */
};

struct outcome {
	int err; /* of the first call that failed */
	uint32_t reports;
	bool ran;
};

static int run_all(struct skep_object *object)
{
	uint8_t buffer[512];
	struct skep_prog *prog;

	for (uint32_t i = 0; (prog = skep_object_prog(object, i)) != NULL; i++) {
		struct skep_xdp xdp = {
			.data_hard_start = buffer,
			.data_meta = buffer + 256,
			.data = buffer + 256,
			.data_end = buffer + 256 + sizeof(FRAME),
			.frame_end = buffer + sizeof(buffer),
		};
		uint64_t r0;

		memcpy(xdp.data, FRAME, sizeof(FRAME));
		for (int times = 0; times < 2; times++) {
			int err = skep_prog_run(prog, &xdp, &r0);

			if (err < 0)
				return err;
		}
	}
	return 0;
}

/* Opens, loads, runs and closes. */
static struct outcome live(const struct skep_port *port, enum skep_engine engine, const void *bytes,
			   size_t size)
{
	struct test_log log = { 0 };
	const struct skep_config config = {
		.port = port, .log = test_log, .log_ctx = &log, .engine = engine
	};
	struct outcome outcome = { 0 };
	struct skep_runtime *runtime = NULL;
	struct skep_object *object = NULL;

	outcome.err = skep_runtime_open(&config, &runtime);
	if (outcome.err == 0)
		outcome.err = skep_object_open(runtime, bytes, size, "swept.o", &object);
	if (outcome.err == 0)
		outcome.err = skep_object_load(object);
	if (outcome.err == 0) {
		outcome.err = run_all(object);
		outcome.ran = outcome.err == 0;
	}
	skep_object_close(object);
	skep_runtime_close(runtime);
	outcome.reports = log.errors;
	return outcome;
}

static bool has_jit(void)
{
	const char *name;
	bool native;

	for (uint32_t i = 0; skep_backend_info(i, &name, &native) == 0; i++)
		if (native)
			return true;
	return false;
}

/* One life with the book's failure. */
static void sweep_one(struct book *book, enum skep_engine engine, const void *bytes, size_t size)
{
	const struct skep_port port = port_with(book);
	const struct outcome outcome = live(&port, engine, bytes, size);

	CHECK_EQ(book->block_count, 0);
	CHECK_EQ(book->mismatches, 0);
	if (!book->failed) {
		CHECK_EQ(outcome.err, 0);
		CHECK(outcome.ran);
		return;
	}
	/* A program goes on when a map has no memory for one more element: then nothing failed for
	 * the host. */
	if (outcome.ran)
		return;
	CHECK_EQ(outcome.err, SKEP_ENOMEM);
	CHECK_EQ(outcome.reports, 1);
}

/* Every `stride`-th allocation of a life with the object fails, the first included. */
static void sweep(const char *name, enum skep_engine engine, bool fail_after, uint32_t stride)
{
	static struct book book;
	size_t size;
	uint32_t n = 1;
	void *bytes = test_object_read(name, &size);

	CHECK(bytes != NULL);
	do {
		memset(&book, 0, sizeof(book));
		book.fail_at = n;
		book.fail_after = fail_after;
		test_case("%s, allocation %u", name, (unsigned)n);
		sweep_one(&book, engine, bytes, size);
		n += stride;
	} while (book.failed && n < SWEEP_MAX);
	free(bytes);
	test_case("%s", name);
	test_note("%s: %u allocations", name, (unsigned)book.asked);
	CHECK(!book.failed);
	/* Runtime, object, maps and the verifier's states are more than these. */
	CHECK(book.asked > 16);
}

static void sweep_objects(enum skep_engine engine)
{
	sweep("sweep.o", engine, false, 1);
	sweep("sweep.o", engine, true, 1);
	/* The verifier's states make it a thousand, one like the other. */
	sweep("examples/flows/flows.bpf.o", engine, false, 41);
}

TEST(interpreter)
{
	sweep_objects(SKEP_ENGINE_INTERP);
}

TEST(jit)
{
	if (!has_jit()) {
		test_skip("no backend for this machine");
		return;
	}
	sweep_objects(SKEP_ENGINE_JIT);
}

/* A system that maps memory and then refuses to make it executable. */
TEST(jit_code_memory_cannot_be_sealed)
{
	static struct book book;
	size_t size;
	void *bytes;

	if (!has_jit()) {
		test_skip("no backend for this machine");
		return;
	}
	bytes = test_object_read("sweep.o", &size);
	CHECK(bytes != NULL);
	book.fail_seal = true;

	const struct skep_port port = port_with(&book);
	const struct outcome outcome = live(&port, SKEP_ENGINE_JIT, bytes, size);

	free(bytes);
	CHECK(book.failed);
	CHECK(outcome.err < 0);
	CHECK_EQ(outcome.reports, 1);
	CHECK_EQ(book.block_count, 0);
	CHECK_EQ(book.mismatches, 0);
}

TESTS_BEGIN
T(interpreter)
T(jit)
T(jit_code_memory_cannot_be_sealed)
TESTS_END
