/* SPDX-License-Identifier: Apache-2.0 */
/* The text tests of the instruction set on a board, out of its flash, on each engine. What the
 * board's memory has no room for is left out. Emulators are slow at interpreters: where nothing but
 * the machine differs from a run that has all rows for all registers, each has some. */
#include "base/bytes.h"
#include "board.h"
#include "harness.h"
#include "runner.h"

enum { TEXT_MAX = 8192, INSNS_MAX = 66000, ROW_WORDS_MAX = 4096 };

struct words {
	const uint32_t *words;
	size_t size; /* bytes of text in them */
};

#define GROUP(name)                                                                                \
	extern const uint32_t isa_text_##name[];                                                   \
	extern const uint8_t isa_size_##name[];
#include "groups.def"

/* By aligned words, all that some flash can be read by. */
static size_t read_words(void *ctx, size_t offset, char *out, size_t size)
{
	const struct words *text = ctx;
	const size_t left = offset < text->size ? text->size - offset : 0;

	size = size < left ? size : left;
	for (size_t i = 0; i < size; i++) {
		const uint32_t word = *(const volatile uint32_t *)&text->words[(offset + i) / 4];

		memcpy(&out[i], (const uint8_t *)&word + (offset + i) % 4, 1);
	}
	return size;
}

static const struct isa_engine *const ENGINES[] = { &isa_engine_interp, &isa_engine_checked };

/* The heap: most of it for instructions. */
static struct isa_room make_room(void)
{
	size_t bytes = (size_t)(skep_board_heap_end - skep_board_heap);
	struct isa_room room = { 0 };

	room.text = (char *)skep_board_heap;
	room.text_bytes = bytes / 4 < TEXT_MAX ? bytes / 4 & ~(size_t)15 : TEXT_MAX;
	bytes -= room.text_bytes;
	room.rows = (uint64_t *)(void *)(skep_board_heap + room.text_bytes);
	room.row_words = bytes / 2 < ROW_WORDS_MAX * 8 ? (uint32_t)(bytes / 16) : ROW_WORDS_MAX;
	bytes -= room.row_words * 8;
	room.insns = (struct skep_insn *)(void *)(room.rows + room.row_words);
	room.insn_max = bytes / 8 < INSNS_MAX ? (uint32_t)(bytes / 8) : INSNS_MAX;
	test_note("room for %u characters, %u instructions, %u values", (unsigned)room.text_bytes,
		  (unsigned)room.insn_max, (unsigned)room.row_words);
	return room;
}

int test_main(const char *only);

int test_main(const char *only)
{
	struct words words;
	struct isa_room room;

	test_begin();
	room = make_room();
	for (size_t i = 0; i < SKEP_COUNT(ENGINES); i++) {
		room.thin = skep_board_stack_size() > 0 || ENGINES[i]->checks;
#define GROUP(name)                                                                                \
	words = (struct words){ isa_text_##name, (uintptr_t)isa_size_##name };                     \
	isa_run_text(&(struct isa_text){ #name, read_words, &words }, ENGINES[i], &room, true,     \
		     only);
#include "groups.def"
	}
	return test_end();
}
