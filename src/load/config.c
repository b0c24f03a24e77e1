/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a kernel configuration in (lines NAME=VALUE; all others mean nothing), values of
 * externs in .kconfig out. The first line for a name counts, so that a text put in front of another
 * overrides it. A value that its extern cannot have is noted, and refused when a program that uses
 * it is loaded. Forms of values are libbpf's: y, n, m, "text", and numbers as C writes them.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "load/load.h"
#include "load/order.h"

enum { TRISTATE_NO = 0, TRISTATE_YES = 1, TRISTATE_MODULE = 2 };

/* A part of the text. */
struct span {
	const char *text;
	size_t size;
};

static bool is_letter(const struct span *value, char *out)
{
	*out = value->size == 1 ? value->text[0] : '\0';
	return *out == 'y' || *out == 'n' || *out == 'm';
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* A number: decimal, 0x or 0 and octal, with a sign. */
static bool read_number(struct span value, uint64_t *out)
{
	uint64_t number = 0;
	bool negative = false;
	unsigned base = 10;

	if (value.size > 0 && (value.text[0] == '-' || value.text[0] == '+')) {
		negative = value.text[0] == '-';
		value.text++;
		value.size--;
	}
	if (value.size > 2 && value.text[0] == '0' && (value.text[1] | 0x20) == 'x') {
		base = 16;
		value.text += 2;
		value.size -= 2;
	} else if (value.size > 1 && value.text[0] == '0') {
		base = 8;
	}
	if (value.size == 0)
		return false;
	for (size_t i = 0; i < value.size; i++) {
		const unsigned digit = digit_of(value.text[i]);

		if (digit >= base || number > (UINT64_MAX - digit) / base)
			return false;
		number = number * base + digit;
	}
	*out = negative ? 0 - number : number;
	return true;
}

static bool in_range(const struct skep_image_extern *item, uint64_t number)
{
	const unsigned bits = item->size * 8;

	if (bits >= 64)
		return true;
	if (item->is_signed)
		return number + ((uint64_t)1 << (bits - 1)) < (uint64_t)1 << bits;
	return number >> bits == 0;
}

static void store(uint8_t *at, uint64_t number, uint32_t size)
{
	switch (size) {
	case 1: *at = (uint8_t)number; break;
	case 2: skep_store16(at, (uint16_t)number); break;
	case 4: skep_store32(at, (uint32_t)number); break;
	default: skep_store64(at, number); break;
	}
}

/* NULL, or what the extern would have to be. */
static const char *put_letter(const struct skep_image_extern *item, char letter, uint8_t *at)
{
	switch (item->config_type) {
	case SKEP_CONFIG_BOOL:
		if (letter == 'm')
			return "an enum libbpf_tristate, since the value is m";
		*at = letter == 'y';
		return NULL;
	case SKEP_CONFIG_TRISTATE:
		store(at,
		      letter == 'y'   ? TRISTATE_YES
		      : letter == 'm' ? TRISTATE_MODULE
				      : TRISTATE_NO,
		      4);
		return NULL;
	case SKEP_CONFIG_CHAR: *at = (uint8_t)letter; return NULL;
	default: return "a bool, an enum libbpf_tristate or a char";
	}
}

static const char *put_text(const struct skep_image_extern *item, struct span value, uint8_t *at)
{
	size_t size = value.size - 2; /* without its quotes */

	if (item->config_type != SKEP_CONFIG_TEXT)
		return "an array of char";
	if (value.size < 2 || value.text[value.size - 1] != '"')
		return "a text that ends with a quote";
	if (size >= item->size)
		size = item->size - 1; /* cut, as libbpf does */
	memcpy(at, value.text + 1, size);
	return NULL;
}

static const char *put_number(const struct skep_image_extern *item, uint64_t number, uint8_t *at)
{
	if (item->config_type == SKEP_CONFIG_BOOL ? number > 1
						  : item->config_type != SKEP_CONFIG_NUMBER &&
							    item->config_type != SKEP_CONFIG_CHAR)
		return "an integer";
	if (!in_range(item, number))
		return "an integer that the value fits into";
	store(at, number, item->size);
	return NULL;
}

static const char *put_value(const struct skep_image_extern *item, struct span value, uint8_t *at)
{
	uint64_t number;
	char letter;

	if (is_letter(&value, &letter))
		return put_letter(item, letter, at);
	if (value.size > 0 && value.text[0] == '"')
		return put_text(item, value, at);
	if (read_number(value, &number))
		return put_number(item, number, at);
	return "y, n, m, a number or a quoted text as the value";
}

/* ----------------------------------------------------------------------------- lines and names */

struct names {
	struct skep_image *image;
	uint32_t *order; /* externs in .kconfig, by name */
	uint32_t count;
};

static bool name_before(const void *ctx, uint32_t a, uint32_t b)
{
	const struct skep_image_extern *externs = ctx;
	const int order = skep_load_compare(externs[a].name, externs[b].name);

	return order != 0 ? order < 0 : a < b;
}

/* Which comes first: an extern's name, or a part of the text. */
static int compare_span(const char *name, const struct span *span)
{
	for (size_t i = 0; i < span->size; i++)
		if (name[i] != span->text[i])
			return (uint8_t)name[i] < (uint8_t)span->text[i] ? -1 : 1;
	return name[span->size] == '\0' ? 0 : 1;
}

static struct skep_image_extern *find(const struct names *names, const struct span *name)
{
	uint32_t low = 0, high = names->count;
	struct skep_image_extern *item;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (compare_span(names->image->externs[names->order[middle]].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == names->count)
		return NULL;
	item = &names->image->externs[names->order[low]];
	return compare_span(item->name, name) == 0 ? item : NULL;
}

static int take_line(const struct names *names, struct span line, struct skep_arena *arena,
		     struct skep_log *log)
{
	struct span name = { line.text, 0 }, value;
	struct skep_image_extern *item;
	const char *needed;
	char text[256];

	while (name.size < line.size && line.text[name.size] != '=')
		name.size++;
	if (name.size == line.size)
		return 0;
	value = (struct span){ line.text + name.size + 1, line.size - name.size - 1 };
	if (value.size > 0 && value.text[value.size - 1] == '\r')
		value.size--;
	item = find(names, &name);
	if (item == NULL || item->found)
		return 0;
	item->found = true;
	needed = put_value(item, value,
			   names->image->maps[names->image->kconfig_map].data + item->offset);
	if (needed == NULL)
		return 0;
	skep_format(text, sizeof(text), "extern %.64s cannot have the configured value %.*s",
		    item->name, (int)(value.size < 64 ? value.size : 64), value.text);
	item->problem = skep_arena_text(arena, text, skep_text_size(text));
	item->needed = needed;
	return item->problem != NULL ? 0 : skep_fail_memory(log, "externs");
}

static int take_lines(const struct names *names, const char *text, size_t size,
		      struct skep_arena *arena, struct skep_log *log)
{
	size_t at = 0;

	while (at < size) {
		struct span line = { text + at, 0 };

		while (at + line.size < size && line.text[line.size] != '\n')
			line.size++;
		SKEP_TRY(take_line(names, line, arena, log));
		at += line.size + 1;
	}
	return 0;
}

int skep_extern_configure(struct skep_image *image, const char *text, size_t size,
			  const struct skep_port *port, struct skep_arena *arena,
			  struct skep_log *log)
{
	struct names names = { .image = image };
	struct skep_arena scratch;
	int err;

	if (image->extern_count == 0 || text == NULL)
		return 0;
	skep_arena_init(&scratch, port, 0);
	names.order = skep_arena_array(&scratch, image->extern_count, sizeof(uint32_t));
	for (uint32_t i = 0; names.order != NULL && i < image->extern_count; i++)
		if (image->externs[i].kind == SKEP_EXTERN_KCONFIG)
			names.order[names.count++] = i;
	if (names.order != NULL) {
		skep_load_order(names.order, names.count, name_before, image->externs);
		err = take_lines(&names, text, size, arena, log);
	} else {
		err = skep_fail_memory(log, "externs");
	}
	skep_arena_free(&scratch);
	return err;
}
