/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in, words, numbers and registers out: what the assembler reads a statement with. Nothing is
 * copied, and nothing outside the text is read. Refuses what it is asked for and does not find.
 */
#include "isa/scan.h"

#include "base/bytes.h"
#include "isa/isa.h"

enum { EXCERPT_BYTES = 24 };

/* ------------------------------------------------------------------------------------- messages */

int skep_scan_refuse_with(const struct skep_scan *scan, size_t at, const char *needed,
			  const char *advice)
{
	unsigned line = 1, column = 1;
	size_t size = 0;

	for (size_t i = 0; i < at; i++) {
		column++;
		if (scan->text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	while (at + size < scan->size && size < EXCERPT_BYTES && scan->text[at + size] != '\n')
		size++;
	if (size == 0)
		return skep_fail(scan->log, SKEP_EINVAL, SKEP_NO_INSN,
				 "line %u, column %u: the %s ends here\n%s\n%s", line, column,
				 at < scan->size ? "line" : "text", needed, advice);
	return skep_fail(scan->log, SKEP_EINVAL, SKEP_NO_INSN,
			 "line %u, column %u: found `%.*s`\n%s\n%s", line, column, (int)size,
			 scan->text + at, needed, advice);
}

int skep_scan_refuse(const struct skep_scan *scan, size_t at, const char *needed)
{
	return skep_scan_refuse_with(scan, at, needed, "");
}

/* --------------------------------------------------------------------------------------- tokens */

bool skep_scan_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

char skep_scan_at(const struct skep_scan *scan, size_t at)
{
	return at < scan->size ? scan->text[at] : '\0';
}

bool skep_scan_is_name(char c)
{
	return is_name_start(c) || skep_scan_is_digit(c);
}

size_t skep_scan_blanks(struct skep_scan *scan)
{
	while (skep_scan_at(scan, scan->at) == ' ' || skep_scan_at(scan, scan->at) == '\t' ||
	       skep_scan_at(scan, scan->at) == '\r')
		scan->at++;
	return scan->at;
}

char skep_scan_peek(struct skep_scan *scan)
{
	return skep_scan_at(scan, skep_scan_blanks(scan));
}

bool skep_scan_begins(const struct skep_scan *scan, size_t at, const char *text)
{
	const size_t size = skep_text_size(text);

	return size <= scan->size - at && memcmp(scan->text + at, text, size) == 0;
}

bool skep_scan_take(struct skep_scan *scan, const char *text)
{
	if (!skep_scan_begins(scan, skep_scan_blanks(scan), text))
		return false;
	scan->at += skep_text_size(text);
	return true;
}

int skep_scan_need(struct skep_scan *scan, const char *text, const char *needed)
{
	const size_t at = skep_scan_blanks(scan);

	return skep_scan_take(scan, text) ? 0 : skep_scan_refuse(scan, at, needed);
}

struct skep_word skep_scan_word(struct skep_scan *scan)
{
	const size_t start = skep_scan_blanks(scan);

	if (is_name_start(skep_scan_at(scan, scan->at)))
		while (skep_scan_is_name(skep_scan_at(scan, scan->at)))
			scan->at++;
	return (struct skep_word){ scan->text + start, scan->at - start, start };
}

bool skep_scan_word_is(struct skep_word word, const char *text)
{
	return word.size == skep_text_size(text) && memcmp(word.text, text, word.size) == 0;
}

bool skep_scan_cut(struct skep_word *word, const char *prefix)
{
	const size_t size = skep_text_size(prefix);

	if (word->size < size || memcmp(word->text, prefix, size) != 0)
		return false;
	word->text += size;
	word->size -= size;
	return true;
}

bool skep_scan_keyword(struct skep_scan *scan, const char *text)
{
	const size_t start = skep_scan_blanks(scan);

	if (skep_scan_word_is(skep_scan_word(scan), text))
		return true;
	scan->at = start;
	return false;
}

const struct skep_symbol *skep_scan_symbol(struct skep_scan *scan, const struct skep_symbol *rows,
					   size_t count)
{
	const struct skep_symbol *best = NULL;
	size_t best_size = 0;

	skep_scan_blanks(scan);
	for (size_t i = 0; i < count; i++) {
		const size_t size = skep_text_size(rows[i].text);

		if (size > best_size && skep_scan_begins(scan, scan->at, rows[i].text)) {
			best = &rows[i];
			best_size = size;
		}
	}
	scan->at += best_size;
	return best;
}

const struct skep_symbol *skep_scan_find(struct skep_word word, const struct skep_symbol *rows,
					 size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (skep_scan_word_is(word, rows[i].text))
			return &rows[i];
	return NULL;
}

bool skep_scan_register(struct skep_scan *scan, struct skep_scan_reg *out)
{
	const size_t start = skep_scan_blanks(scan);
	const struct skep_word word = skep_scan_word(scan);
	uint8_t number;

	scan->at = start;
	if (word.size < 2 || word.size > 3 || (word.text[0] != 'r' && word.text[0] != 'w') ||
	    !skep_scan_is_digit(word.text[1]))
		return false;
	number = (uint8_t)(word.text[1] - '0');
	if (word.size == 3 && (number != 1 || word.text[2] != '0'))
		return false;
	*out = (struct skep_scan_reg){ word.size == 3 ? 10 : number, word.text[0] == 'r' ? 64 : 32,
				       start };
	scan->at = start + word.size;
	return true;
}

int skep_scan_need_register(struct skep_scan *scan, uint8_t bits, struct skep_scan_reg *out)
{
	const size_t at = skep_scan_blanks(scan);

	if (!skep_scan_register(scan, out))
		return skep_scan_refuse(scan, at, "a register, r0 to r10 or w0 to w10");
	if (out->bits == 32 && bits == 64)
		return skep_scan_refuse(scan, at, "a 64-bit register, r0 to r10");
	return 0;
}

static int digit_of(char c)
{
	if (skep_scan_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int skep_scan_need_number(struct skep_scan *scan, struct skep_number *out)
{
	unsigned base = 10;
	size_t digits = 0;

	*out = (struct skep_number){ 0, false, skep_scan_blanks(scan) };
	if (skep_scan_take(scan, "-"))
		out->negative = true;
	else
		skep_scan_take(scan, "+");
	skep_scan_blanks(scan);
	if (skep_scan_begins(scan, scan->at, "0x") || skep_scan_begins(scan, scan->at, "0X")) {
		base = 16;
		scan->at += 2;
	}
	for (; (unsigned)digit_of(skep_scan_at(scan, scan->at)) < base; scan->at++, digits++) {
		const unsigned digit = (unsigned)digit_of(skep_scan_at(scan, scan->at));

		if (out->magnitude > (UINT64_MAX - digit) / base)
			return skep_scan_refuse(scan, out->at, "a number of at most 64 bits");
		out->magnitude = out->magnitude * base + digit;
	}
	if (digits == 0 || skep_scan_is_name(skep_scan_at(scan, scan->at)))
		return skep_scan_refuse(scan, out->at, "a number, such as 5, -5 or 0x5");
	return 0;
}

bool skep_scan_in_range(const struct skep_number *number, uint64_t below, uint64_t above,
			uint64_t *out)
{
	if (number->magnitude > (number->negative ? below : above))
		return false;
	*out = number->negative ? 0 - number->magnitude : number->magnitude;
	return true;
}
