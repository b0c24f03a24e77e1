/* SPDX-License-Identifier: Apache-2.0 */
/* JSON or plain text, straight to a stream: nothing is kept, so a map of any size can be printed,
 * and 64-bit numbers keep all their digits, which a document of doubles or signed integers could
 * not hold. */
#include "writer.h"

#include <stdarg.h>
#include <string.h>

/* What goes before every value and every key. */
static void separate(struct writer *writer)
{
	if (writer->follows)
		fputs(writer->plain ? ", " : ",", writer->file);
	writer->follows = true;
}

static void open_bracket(struct writer *writer, char bracket)
{
	separate(writer);
	fputc(bracket, writer->file);
	writer->follows = false;
}

static void close_bracket(struct writer *writer, char bracket)
{
	fputc(bracket, writer->file);
	writer->follows = true;
}

void writer_open_object(struct writer *writer)
{
	open_bracket(writer, '{');
}

void writer_close_object(struct writer *writer)
{
	close_bracket(writer, '}');
}

void writer_open_list(struct writer *writer)
{
	open_bracket(writer, '[');
}

void writer_close_list(struct writer *writer)
{
	close_bracket(writer, ']');
}

size_t utf8_length(const unsigned char *text, size_t size)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };

	for (size_t length = 1; length <= 4 && length <= size; length++) {
		uint32_t point = text[0] & (uint32_t)~forms[length - 1].mask;

		if ((text[0] & forms[length - 1].mask) != forms[length - 1].lead)
			continue;
		for (size_t i = 1; i < length; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (text[i] & 0x3f);
		}
		/* Overlong forms, surrogates and what lies past the last plane are not UTF-8. */
		return point < forms[length - 1].least || point > 0x10ffff ||
				       (point >= 0xd800 && point <= 0xdfff)
			       ? 0
			       : length;
	}
	return 0;
}

static void quoted(struct writer *writer, const char *text, size_t size)
{
	FILE *file = writer->file;

	fputc('"', file);
	for (size_t i = 0; i < size;) {
		const unsigned char c = (unsigned char)text[i];
		const size_t length = utf8_length((const unsigned char *)text + i, size - i);

		if (c == '"' || c == '\\')
			fprintf(file, "\\%c", c);
		else if (c == '\n')
			fputs("\\n", file);
		else if (c < 0x20 || c == 0x7f || length == 0) {
			if (writer->plain)
				fprintf(file, "\\x%02x", c);
			else
				fprintf(file, "\\u%04x", c);
		} else {
			fwrite(text + i, 1, length, file);
		}
		i += length != 0 ? length : 1;
	}
	fputc('"', file);
}

void writer_key(struct writer *writer, const char *name)
{
	separate(writer);
	if (writer->plain)
		fprintf(writer->file, "%s: ", name);
	else {
		quoted(writer, name, strlen(name));
		fputc(':', writer->file);
	}
	writer->follows = false;
}

void writer_unsigned(struct writer *writer, uint64_t value)
{
	separate(writer);
	fprintf(writer->file, "%llu", (unsigned long long)value);
}

void writer_signed(struct writer *writer, int64_t value)
{
	separate(writer);
	fprintf(writer->file, "%lld", (long long)value);
}

void writer_real(struct writer *writer, double value, int decimals)
{
	/* JSON has no infinities and no NaN. */
	if (value - value != 0) {
		writer_word(writer, "%f", value);
		return;
	}
	separate(writer);
	if (decimals < 0)
		fprintf(writer->file, "%.17g", value);
	else
		fprintf(writer->file, "%.*f", decimals, value);
}

void writer_bool(struct writer *writer, bool value)
{
	separate(writer);
	fputs(value ? "true" : "false", writer->file);
}

void writer_null(struct writer *writer)
{
	separate(writer);
	fputs(writer->plain ? "-" : "null", writer->file);
}

void writer_string_sized(struct writer *writer, const char *text, size_t size)
{
	separate(writer);
	quoted(writer, text, size);
}

void writer_string(struct writer *writer, const char *text)
{
	if (text == NULL)
		writer_null(writer);
	else
		writer_string_sized(writer, text, strlen(text));
}

void writer_word(struct writer *writer, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (!writer->plain) {
		writer_string(writer, text);
		return;
	}
	separate(writer);
	fputs(text, writer->file);
}

void writer_hex(struct writer *writer, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	separate(writer);
	if (!writer->plain)
		fputc('"', writer->file);
	for (size_t i = 0; i < size; i++)
		fprintf(writer->file, "%02x", byte[i]);
	if (!writer->plain)
		fputc('"', writer->file);
}

void writer_member_unsigned(struct writer *writer, const char *name, uint64_t value)
{
	writer_key(writer, name);
	writer_unsigned(writer, value);
}

void writer_member_string(struct writer *writer, const char *name, const char *text)
{
	writer_key(writer, name);
	writer_string(writer, text);
}
