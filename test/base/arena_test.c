/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/bytes.h"
#include "harness.h"

/* A port over one static block that counts what is out. */
static struct {
	uint8_t block[65536] __attribute__((aligned(64)));
	size_t used, out;
} heap;

static void *heap_alloc(void *ctx, size_t size, size_t align)
{
	const size_t start = (heap.used + align - 1) & ~(align - 1);

	(void)ctx;
	if (size > sizeof(heap.block) - start)
		return NULL;
	heap.used = start + size;
	heap.out += size;
	memset(heap.block + start, 0, size);
	return heap.block + start;
}

static void heap_free(void *ctx, void *memory, size_t size, size_t align)
{
	(void)ctx;
	(void)memory;
	(void)align;
	heap.out -= size;
}

static const struct skep_port PORT = { .alloc = heap_alloc, .free = heap_free };

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

TEST(memory_is_zeroed_aligned_and_apart)
{
	struct skep_arena arena;
	uint8_t *last = NULL;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 0);
	for (size_t size = 0; size < 200; size++) {
		uint8_t *memory = skep_arena_alloc(&arena, size);

		test_case("size %u", (unsigned)size);
		CHECK(memory != NULL);
		CHECK_EQ((uintptr_t)memory % 16, 0);
		CHECK(is_zero(memory, size));
		CHECK(memory != last);
		memset(memory, 0xff, size);
		last = memory;
	}
	skep_arena_free(&arena);
	CHECK_EQ(heap.out, 0);
}

TEST(large_requests_have_chunks_of_their_own)
{
	struct skep_arena arena;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 0);
	CHECK(skep_arena_alloc(&arena, 40000) != NULL);
	CHECK(!arena.failed);
	CHECK(skep_arena_alloc(&arena, 40000) == NULL); /* the port has no more */
	CHECK(arena.failed);
	skep_arena_free(&arena);
	CHECK_EQ(heap.out, 0);
}

/* Half as much again as what was asked for, at most, and the smallest chunk. */
TEST(little_more_is_taken_than_asked_for)
{
	struct skep_arena arena;
	size_t asked = 0;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 0);
	for (size_t size = 16; asked + size < 30000; size = size * 5 % 1616) {
		test_case("%u bytes", (unsigned)(asked + size));
		CHECK(skep_arena_alloc(&arena, size) != NULL);
		asked += (size + 15) & ~(size_t)15;
		CHECK(heap.out <= asked * 3 / 2 + 512);
	}
	test_case("%s", "");
	skep_arena_free(&arena);
}

/* What has a chunk of its own leaves the rest of the current one in use. */
TEST(large_requests_waste_no_room)
{
	struct skep_arena arena;
	uint8_t *before, *after;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 0);
	before = skep_arena_alloc(&arena, 16);
	CHECK(skep_arena_alloc(&arena, 5000) != NULL);
	after = skep_arena_alloc(&arena, 16);
	CHECK(after == before + 16);
	skep_arena_free(&arena);
	CHECK_EQ(heap.out, 0);
}

TEST(sizes_that_overflow_are_refused)
{
	struct skep_arena arena;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 0);
	CHECK(skep_arena_alloc(&arena, SIZE_MAX) == NULL);
	CHECK(skep_arena_alloc(&arena, SIZE_MAX - 20) == NULL);
	CHECK(skep_arena_array(&arena, SIZE_MAX / 2, 3) == NULL);
	CHECK(skep_arena_text(&arena, "", SIZE_MAX) == NULL);
	CHECK(arena.failed);
	CHECK_EQ(heap.out, 0);
}

TEST(cap_holds_for_all_chunks_together)
{
	struct skep_arena arena;
	unsigned count = 0;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 40000);
	while (skep_arena_alloc(&arena, 1000) != NULL)
		count++;
	CHECK(count >= 30 && count <= 40);
	CHECK(heap.out <= 40000);
	skep_arena_free(&arena);
	CHECK_EQ(heap.out, 0);
}

TEST(release_gives_back_what_came_after_the_mark)
{
	struct skep_arena arena;
	struct skep_arena_mark mark;
	uint8_t *before, *first, *again;
	size_t out;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 0);
	before = skep_arena_alloc(&arena, 100);
	memset(before, 0xaa, 100);
	mark = skep_arena_mark(&arena);
	out = heap.out;
	first = skep_arena_alloc(&arena, 100);
	memset(first, 0xff, 100);
	CHECK(skep_arena_alloc(&arena, 20000) != NULL);
	CHECK(heap.out > out);
	skep_arena_release(&arena, mark);
	CHECK_EQ(heap.out, out);
	again = skep_arena_alloc(&arena, 100);
	CHECK(again == first);
	CHECK(is_zero(again, 100)); /* though it was used before */
	CHECK_EQ(before[99], 0xaa);
	skep_arena_free(&arena);
	CHECK_EQ(heap.out, 0);
}

TEST(one_block_never_grows)
{
	static uint8_t block[256];
	struct skep_arena arena;
	uint8_t *memory;

	skep_arena_init_block(&arena, block + 1, 200);
	memory = skep_arena_alloc(&arena, 64);
	CHECK(memory > block && memory + 64 <= block + 201);
	CHECK_EQ((uintptr_t)memory % 16, 0);
	CHECK(skep_arena_alloc(&arena, 200) == NULL);
	CHECK(skep_arena_alloc(&arena, 64) != NULL);
	skep_arena_free(&arena); /* nothing to give back, and nothing breaks */
	skep_arena_init_block(&arena, block + 1, 3);
	CHECK(skep_arena_alloc(&arena, 1) == NULL);
}

TEST(the_last_memory_is_cut)
{
	static uint8_t block[256];
	struct skep_arena arena;
	uint8_t *first, *last;

	memset(block, 0xaa, sizeof(block));
	skep_arena_init_block(&arena, block, sizeof(block));
	first = skep_arena_alloc_unset(&arena, 32);
	CHECK_EQ(first[0], 0xaa); /* not cleared */
	last = skep_arena_alloc_unset(&arena, 100);
	skep_arena_trim(&arena, first, 32, 16); /* not the last: nothing is given back */
	CHECK(skep_arena_alloc_unset(&arena, 0) == last + 112);
	skep_arena_trim(&arena, last + 112, 1, 1);
	CHECK(skep_arena_alloc_unset(&arena, 1) == last + 128);
	first = skep_arena_alloc_unset(&arena, 64);
	skep_arena_trim(&arena, first, 64, 17);
	last = skep_arena_alloc(&arena, 16);
	CHECK(last == first + 32);
	CHECK(is_zero(last, 16));
	CHECK(skep_arena_alloc_unset(&arena, SIZE_MAX) == NULL);
}

TEST(text_is_copied_and_ended)
{
	struct skep_arena arena;

	heap.used = heap.out = 0;
	skep_arena_init(&arena, &PORT, 0);
	CHECK_TEXT(skep_arena_text(&arena, "abcdef", 3), "abc");
	CHECK_TEXT(skep_arena_text(&arena, "", 0), "");
	skep_arena_free(&arena);
}

TESTS_BEGIN
T(memory_is_zeroed_aligned_and_apart)
T(large_requests_have_chunks_of_their_own)
T(little_more_is_taken_than_asked_for)
T(large_requests_waste_no_room)
T(sizes_that_overflow_are_refused)
T(cap_holds_for_all_chunks_together)
T(release_gives_back_what_came_after_the_mark)
T(one_block_never_grows)
T(the_last_memory_is_cut)
T(text_is_copied_and_ended)
TESTS_END
