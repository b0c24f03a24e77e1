/* SPDX-License-Identifier: Apache-2.0 */
/* The text tests of the instruction set on a board, out of its flash, on each engine. What the
 * board's memory has no room for is left out. Emulators are slow at interpreters: where nothing but
 * the machine differs from a run that has all rows for all registers, each has some. */
#include "base/bytes.h"
#include "board.h"
#include "harness.h"
#include "runner.h"

enum {
	TEXT_BYTES_MIN = 1024,
	TEXT_BYTES_MAX = 8192,
	ROW_BYTES_MIN = 512,
	ROW_BYTES_MAX = 32768,
	INSNS_MAX = 66000,
};

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

/* An eighth, but between two bounds. */
static size_t part(size_t bytes, size_t least, size_t most)
{
	const size_t share = bytes / 8 & ~(size_t)15;

	return share < least ? least : share > most ? most : share;
}

/* The heap in pieces: most of it for instructions, with room for them prepared if the engine does
 * that, and some for rows. A program's text stands where its rows come, and its steps, when it has
 * been assembled. */
static struct isa_room make_room(const struct isa_engine *engine, struct isa_threaded *threaded)
{
	const bool prepares = engine->ctx == threaded;
	const size_t bytes = (size_t)(skep_board_heap_end - skep_board_heap);
	const size_t text = part(bytes, TEXT_BYTES_MIN, TEXT_BYTES_MAX);
	const size_t rows = part(bytes, ROW_BYTES_MIN, ROW_BYTES_MAX);
	const size_t kept = prepares ? rows + ISA_STEPS_EXTRA_BYTES : text > rows ? text : rows;
	const size_t insns = (bytes - kept) / (prepares ? 8 + ISA_STEP_BYTES : 8);
	const uint32_t insn_max = insns < INSNS_MAX ? (uint32_t)insns & ~1u : INSNS_MAX;
	uint8_t *behind = skep_board_heap + insn_max * 8;
	struct isa_room room = {
		.text = (char *)behind,
		.text_bytes = text,
		.rows = (uint64_t *)(void *)behind,
		.row_words = (uint32_t)(rows / 8),
		.insns = (struct skep_insn *)(void *)skep_board_heap,
		.insn_max = insn_max,
		/* Of processes, one engine does it all. */
		.thin = skep_board_stack_size() > 0 || engine != &isa_engine_interp,
	};

	threaded->block = behind + rows;
	threaded->block_bytes = insn_max * ISA_STEP_BYTES + ISA_STEPS_EXTRA_BYTES;
	test_note("%s: room for %u characters, %u instructions, %u values", engine->name,
		  (unsigned)text, (unsigned)room.insn_max, (unsigned)room.row_words);
	return room;
}

int test_main(const char *only);

int test_main(const char *only)
{
	static struct isa_threaded threaded;
	const struct isa_engine threaded_engine = isa_engine_threaded(&threaded);
	const struct isa_engine *const engines[] = { &isa_engine_interp, &threaded_engine,
						     &isa_engine_checked };

	test_begin();
	for (size_t i = 0; i < SKEP_COUNT(engines); i++) {
		const struct isa_room room = make_room(engines[i], &threaded);
		struct words words;

#define GROUP(name)                                                                                \
	words = (struct words){ isa_text_##name, (uintptr_t)isa_size_##name };                     \
	isa_run_text(&(struct isa_text){ #name, read_words, &words }, engines[i], &room, true,     \
		     only);
#include "groups.def"
	}
	return test_end();
}
