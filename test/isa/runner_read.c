/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of test files: text goes in line by line, struct isa_block comes out. What a line may
 * be stands in runner.h. Rows of tables stay where they are, because they would not fit; their
 * place is noted. Refuses what it does not know, with file and line.
 */
#include "base/bytes.h"
#include "runner_block.h"

/* ------------------------------------------------------------------------------------------ words
 */

bool isa_read_line(struct isa_runner *runner)
{
	const size_t found = runner->text->read(runner->text->ctx, runner->offset, runner->buffer,
						ISA_LINE_MAX + 1);
	size_t size = 0;

	if (found == 0)
		return false;
	runner->line++;
	while (size < found && runner->buffer[size] != '\n')
		size++;
	if (size > ISA_LINE_MAX)
		return isa_fail(runner, runner->line, "a line of more than %d characters",
				ISA_LINE_MAX);
	runner->offset += size < found ? size + 1 : size;
	runner->buffer[size] = '\0';
	return true;
}

size_t isa_read_word(const char **at, const char **word)
{
	size_t size = 0;

	while (**at == ' ')
		++*at;
	*word = *at;
	while (**at != ' ' && **at != '\0')
		++*at, size++;
	return size;
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool isa_read_number(const char *word, size_t size, uint64_t *out)
{
	const bool negative = size > 0 && word[0] == '-';
	size_t at = negative || (size > 0 && word[0] == '+');
	unsigned base = 10;
	uint64_t value = 0;

	if (at + 2 < size && word[at] == '0' && word[at + 1] == 'x') {
		base = 16;
		at += 2;
	}
	if (at == size)
		return false;
	for (; at < size; at++) {
		const unsigned digit = digit_of(word[at]);

		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*out = negative ? 0 - value : value;
	return true;
}

static bool word_is(const char *word, size_t size, const char *text)
{
	return size == skep_text_size(text) && memcmp(word, text, size) == 0;
}

/* ------------------------------------------------------------------------------------------ values
 */

/* Pairs of hex digits, appended. */
static bool read_bytes(const char *text, uint8_t *out, size_t *size, size_t max)
{
	const char *word;

	for (size_t length; (length = isa_read_word(&text, &word)) > 0;) {
		if (length % 2 != 0 || length / 2 > max - *size)
			return false;
		for (size_t i = 0; i < length; i += 2) {
			const unsigned high = digit_of(word[i]), low = digit_of(word[i + 1]);

			if (high > 15 || low > 15)
				return false;
			out[(*size)++] = (uint8_t)(high << 4 | low);
		}
	}
	return true;
}

static bool read_memory(const char *text, struct isa_bytes *out)
{
	out->given = true;
	return read_bytes(text, out->at, &out->size, sizeof(out->at));
}

/* `0-5 7 9` */
static bool read_registers(const char *text, uint16_t *set)
{
	const char *word;

	*set = 0;
	for (size_t size; (size = isa_read_word(&text, &word)) > 0;) {
		const unsigned first = digit_of(word[0]);
		const unsigned last = size == 3 && word[1] == '-' ? digit_of(word[2]) : first;

		if ((size != 1 && size != 3) || first > last || last > 9)
			return false;
		for (unsigned i = first; i <= last; i++)
			*set |= (uint16_t)(1u << i);
	}
	return *set != 0;
}

static bool read_distances(const char *text, struct isa_block *block)
{
	const char *word;
	uint64_t value;

	block->distance_count = 0;
	for (size_t size; (size = isa_read_word(&text, &word)) > 0;) {
		if (block->distance_count == ISA_DISTANCE_MAX ||
		    !isa_read_number(word, size, &value) || (int64_t)value > INT32_MAX ||
		    (int64_t)value < INT32_MIN)
			return false;
		block->distances[block->distance_count++] = (int32_t)(int64_t)value;
	}
	return block->distance_count > 0;
}

static bool read_names(const char *text, const char *name, bool *missing)
{
	const char *word;

	*missing = true;
	for (size_t size; (size = isa_read_word(&text, &word)) > 0;)
		if (word_is(word, size, name))
			*missing = false;
	return true;
}

static bool read_one_number(const char *text, uint64_t *out)
{
	const char *word;
	const size_t size = isa_read_word(&text, &word);

	return isa_read_number(word, size, out) && isa_read_word(&text, &word) == 0;
}

static bool read_steps(const char *text, uint32_t *out)
{
	uint64_t value;

	if (!read_one_number(text, &value) || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

/* `AT COUNT` */
static bool read_fill(const char *text, struct isa_block *block)
{
	const char *word;
	uint64_t at, count;
	size_t size = isa_read_word(&text, &word);

	if (!isa_read_number(word, size, &at))
		return false;
	size = isa_read_word(&text, &word);
	if (!isa_read_number(word, size, &count) || at > UINT16_MAX || count > UINT16_MAX)
		return false;
	block->fill_at = (uint32_t)at;
	block->fill_count = (uint32_t)count;
	return true;
}

/* `INDEX words` */
static bool read_refusal(const char *text, struct isa_block *block)
{
	const char *word;
	const size_t size = isa_read_word(&text, &word);
	uint64_t index;
	size_t length;

	if (!isa_read_number(word, size, &index) || index > UINT32_MAX)
		return false;
	block->index = (uint32_t)index;
	while (*text == ' ')
		text++;
	length = skep_text_size(text);
	if (length == 0 || length >= sizeof(block->words))
		return false;
	memcpy(block->words, text, length + 1);
	return true;
}

static bool read_text(struct isa_runner *runner, const char *text, struct isa_block *block)
{
	const size_t size = skep_text_size(text);

	if (block->text_size + size + 1 > runner->room->text_bytes)
		return false;
	memcpy(runner->room->text + block->text_size, text, size);
	block->text_size += size;
	runner->room->text[block->text_size++] = '\n';
	return true;
}

static bool read_hex_program(struct isa_runner *runner, const char *text, struct isa_block *block)
{
	size_t size = block->hex_size;

	if (!read_bytes(text, (uint8_t *)runner->room->insns, &size,
			runner->room->insn_max * sizeof(*runner->room->insns)))
		return false;
	block->hex_size = (uint32_t)size;
	return true;
}

/* ------------------------------------------------------------------------------------------- lines
 */

enum key {
	KEY_ASM,
	KEY_HEX,
	KEY_OP,
	KEY_JUMP,
	KEY_MEM,
	KEY_AFTER,
	KEY_RUN,
	KEY_REFUSE,
	KEY_STOP,
	KEY_D,
	KEY_S,
	KEY_LOSES,
	KEY_DISTANCE,
	KEY_PACKET,
	KEY_FILL,
	KEY_HELPERS,
	KEY_ONLY,
	KEY_STEPS,
	KEY_COUNT
};

static const char *const KEYS[KEY_COUNT] = {
	"asm", "hex", "op",    "jump",     "mem",    "after", "run",     "refuse", "stop",
	"d",   "s",   "loses", "distance", "packet", "fill",  "helpers", "only",   "steps",
};

/* Two lines of one block that say what it is must agree. */
static bool choose(uint8_t *member, uint8_t value)
{
	if (*member != 0 && *member != value)
		return false;
	*member = value;
	return true;
}

static bool read_value(struct isa_runner *runner, struct isa_block *block, unsigned key,
		       const char *value)
{
	switch (key) {
	case KEY_ASM:
		return choose(&block->form, ISA_FORM_PROGRAM) && block->hex_size == 0 &&
		       read_text(runner, value, block);
	case KEY_HEX:
		return choose(&block->form, ISA_FORM_PROGRAM) && block->text_size == 0 &&
		       read_hex_program(runner, value, block);
	case KEY_OP: return choose(&block->form, ISA_FORM_OP) && read_text(runner, value, block);
	case KEY_JUMP:
		return choose(&block->form, ISA_FORM_JUMP) && read_text(runner, value, block);
	case KEY_MEM: return read_memory(value, &block->memory);
	case KEY_AFTER: return read_memory(value, &block->after);
	case KEY_PACKET: return read_memory(value, &block->packet);
	case KEY_RUN:
		return choose(&block->ending, ISA_ENDING_RUN) && read_one_number(value, &block->r0);
	case KEY_REFUSE:
		return choose(&block->ending, ISA_ENDING_REFUSE) && read_refusal(value, block);
	case KEY_STOP: return choose(&block->ending, ISA_ENDING_STOP) && read_refusal(value, block);
	case KEY_D: return read_registers(value, &block->d_set);
	case KEY_S: return read_registers(value, &block->s_set);
	case KEY_LOSES: return read_registers(value, &block->loses);
	case KEY_DISTANCE: return read_distances(value, block);
	case KEY_FILL: return read_fill(value, block);
	case KEY_HELPERS:
		block->no_helpers = skep_text_contains(value, "none");
		return block->no_helpers;
	case KEY_ONLY: return read_names(value, runner->engine->name, &block->other_engine);
	default: return read_steps(value, &block->steps);
	}
}

static bool read_key(struct isa_runner *runner, struct isa_block *block)
{
	char *line = runner->buffer;
	size_t size = 0;

	while (line[size] != ':' && line[size] != '\0')
		size++;
	if (line[size] == '\0')
		return isa_fail(runner, runner->line, "no `key: value` line, comment or row");
	for (unsigned key = 0; key < KEY_COUNT; key++) {
		if (!word_is(line, size, KEYS[key]))
			continue;
		if (read_value(runner, block, key, line + size + 1))
			return true;
		return isa_fail(runner, runner->line,
				"a value that `%s` cannot have here, or that there is no room for",
				KEYS[key]);
	}
	line[size] = '\0';
	return isa_fail(runner, runner->line, "an unknown key `%s`", line);
}

static const char *const COLUMNS[ISA_COLUMN_COUNT] = {
	"r0", "r1", "r2", "r3", "r4",  "r5",  "r6",  "r7",  "r8",  "r9",  "d",     "s",
	"k",  "o",  "a",  "m8", "m16", "m32", "m64", "b16", "b32", "b64", "taken", "ends",
};

/* The line of names over a table. */
static bool read_columns(struct isa_runner *runner, struct isa_block *block)
{
	const char *at = runner->buffer, *word;
	bool arrow = false;

	for (size_t size; (size = isa_read_word(&at, &word)) > 0;) {
		unsigned column = 0;

		if (!arrow && word_is(word, size, "->")) {
			arrow = true;
			block->input_count = block->column_count;
			continue;
		}
		while (column < ISA_COLUMN_COUNT && !word_is(word, size, COLUMNS[column]))
			column++;
		if (column == ISA_COLUMN_COUNT || block->column_count == ISA_COLUMN_MAX)
			return isa_fail(runner, runner->line, "an unknown column, or too many");
		block->columns[block->column_count++] = (uint8_t)column;
	}
	block->rows_at = block->rows_end = runner->offset;
	block->rows_line = runner->line + 1;
	return arrow || isa_fail(runner, runner->line, "names of columns without `->`");
}

static bool read_row(struct isa_runner *runner, struct isa_block *block)
{
	if (block->form != ISA_FORM_OP && block->form != ISA_FORM_JUMP)
		return isa_fail(runner, runner->line, "a row, but no `op` or `jump` before it");
	if (block->rows_at == 0)
		return read_columns(runner, block);
	block->rows_end = runner->offset;
	return true;
}

static void read_name(struct isa_runner *runner)
{
	const char *at = runner->buffer + 1;
	size_t size;

	while (*at == ' ')
		at++;
	size = skep_text_size(at);
	if (runner->name[0] != '\0' || size == 0)
		return;
	size = size > ISA_NAME_MAX ? ISA_NAME_MAX : size;
	memcpy(runner->name, at, size);
	runner->name[size] = '\0';
}

static bool read_one(struct isa_runner *runner, struct isa_block *block)
{
	if (runner->buffer[0] == '#') {
		read_name(runner);
		return true;
	}
	if (block->line == 0)
		block->line = runner->line;
	return runner->buffer[0] == ' ' ? read_row(runner, block) : read_key(runner, block);
}

/* Whether the lines of a block make sense together. */
static bool is_whole(struct isa_runner *runner, const struct isa_block *block)
{
	const uint32_t line = block->line;

	if (block->form == ISA_FORM_NONE)
		return isa_fail(runner, line, "no `asm`, `hex`, `op` or `jump`");
	if (block->form == ISA_FORM_PROGRAM)
		return block->ending != ISA_ENDING_NONE ||
		       isa_fail(runner, line, "no `run`, `refuse` or `stop`");
	if (block->ending != ISA_ENDING_NONE || block->memory.given || block->after.given)
		return isa_fail(runner, line, "a table has no `mem`, `after`, `run` or refusal");
	return block->rows_end > block->rows_at || isa_fail(runner, line, "a table without rows");
}

static void skip_block(struct isa_runner *runner)
{
	while (isa_read_line(runner) && runner->buffer[0] != '\0')
		;
}

enum isa_read isa_read_block(struct isa_runner *runner, struct isa_block *block)
{
	*block = (struct isa_block){ .d_set = 0x3ff, .s_set = 0x3ff };
	runner->name[0] = runner->message[0] = '\0';
	while (isa_read_line(runner)) {
		if (runner->buffer[0] == '\0') {
			if (block->line != 0)
				break;
			runner->name[0] = '\0';
			continue;
		}
		if (!read_one(runner, block)) {
			skip_block(runner);
			return ISA_READ_BAD;
		}
	}
	if (runner->message[0] != '\0') {
		/* Nothing behind a line that is too long can be read. */
		runner->offset = SIZE_MAX;
		return ISA_READ_BAD;
	}
	if (block->line == 0)
		return ISA_READ_END;
	return is_whole(runner, block) ? ISA_READ_BLOCK : ISA_READ_BAD;
}
