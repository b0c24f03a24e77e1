/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct sink {
	char *text;
	size_t size, count;
};

struct spec {
	bool left, zero, plus, space, alternate;
	int width, precision; /* precision -1: none */
	char length;          /* 0, or one of h H(hh) l L(ll) z t j */
};

static void put(struct sink *sink, char c)
{
	if (sink->count + 1 < sink->size)
		sink->text[sink->count] = c;
	sink->count++;
}

static void pad(struct sink *sink, char c, int count)
{
	while (count-- > 0)
		put(sink, c);
}

static void put_text(struct sink *sink, const struct spec *spec, const char *text)
{
	int size = 0;

	if (text == NULL)
		text = "(null)";
	while ((spec->precision < 0 || size < spec->precision) && text[size] != '\0')
		size++;
	if (!spec->left)
		pad(sink, ' ', spec->width - size);
	for (int i = 0; i < size; i++)
		put(sink, (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i]);
	if (spec->left)
		pad(sink, ' ', spec->width - size);
}

static void put_number(struct sink *sink, const struct spec *spec, uint64_t value, bool negative,
		       unsigned base, bool upper)
{
	const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char digits[24], sign = 0;
	int count = 0, zeros, total;

	if (negative)
		sign = '-';
	else if (spec->plus)
		sign = '+';
	else if (spec->space)
		sign = ' ';
	for (uint64_t rest = value; rest != 0 || (count == 0 && spec->precision != 0); rest /= base)
		digits[count++] = alphabet[rest % base];

	const bool prefix = spec->alternate && base == 16 && value != 0;

	total = count + (sign != 0) + (prefix ? 2 : 0);
	zeros = spec->precision > count ? spec->precision - count : 0;
	if (spec->zero && !spec->left && spec->precision < 0 && spec->width > total)
		zeros = spec->width - total;
	total += zeros;
	if (!spec->left)
		pad(sink, ' ', spec->width - total);
	if (sign != 0)
		put(sink, sign);
	if (prefix) {
		put(sink, '0');
		put(sink, upper ? 'X' : 'x');
	}
	pad(sink, '0', zeros);
	while (count > 0)
		put(sink, digits[--count]);
	if (spec->left)
		pad(sink, ' ', spec->width - total);
}

/* va_list is passed by address so that each fetch moves the caller's. */
struct list {
	va_list list;
};

static int64_t fetch_signed(struct list *list, char length)
{
	switch (length) {
	case 'H': return (signed char)va_arg(list->list, int);
	case 'h': return (short)va_arg(list->list, int);
	case 'l': return va_arg(list->list, long);
	case 'L': return va_arg(list->list, long long);
	case 'j': return va_arg(list->list, intmax_t);
	case 'z':
	case 't': return va_arg(list->list, ptrdiff_t);
	default: return va_arg(list->list, int);
	}
}

static uint64_t fetch_unsigned(struct list *list, char length)
{
	switch (length) {
	case 'H': return (unsigned char)va_arg(list->list, unsigned);
	case 'h': return (unsigned short)va_arg(list->list, unsigned);
	case 'l': return va_arg(list->list, unsigned long);
	case 'L': return va_arg(list->list, unsigned long long);
	case 'j': return va_arg(list->list, uintmax_t);
	case 'z':
	case 't': return va_arg(list->list, size_t);
	default: return va_arg(list->list, unsigned);
	}
}

static int parse_count(const char **at, struct list *list)
{
	int value = 0;

	if (**at == '*') {
		(*at)++;
		return va_arg(list->list, int);
	}
	while (**at >= '0' && **at <= '9') {
		if (value < 10000)
			value = value * 10 + (**at - '0');
		(*at)++;
	}
	return value;
}

static void parse_spec(const char **at, struct spec *spec, struct list *list)
{
	*spec = (struct spec){ .precision = -1 };
	for (;; (*at)++) {
		if (**at == '-')
			spec->left = true;
		else if (**at == '0')
			spec->zero = true;
		else if (**at == '+')
			spec->plus = true;
		else if (**at == ' ')
			spec->space = true;
		else if (**at == '#')
			spec->alternate = true;
		else
			break;
	}
	spec->width = parse_count(at, list);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = spec->width > -10000 ? -spec->width : 10000;
	}
	if (**at == '.') {
		(*at)++;
		spec->precision = parse_count(at, list);
	}
	if (**at == 'h' || **at == 'l' || **at == 'z' || **at == 't' || **at == 'j') {
		spec->length = *(*at)++;
		if ((spec->length == 'h' || spec->length == 'l') && **at == spec->length) {
			spec->length = spec->length == 'h' ? 'H' : 'L';
			(*at)++;
		}
	}
}

static bool convert(struct sink *sink, char conversion, struct spec *spec, struct list *list)
{
	int64_t number;

	switch (conversion) {
	case 'd':
	case 'i':
		number = fetch_signed(list, spec->length);
		put_number(sink, spec, number < 0 ? 0 - (uint64_t)number : (uint64_t)number,
			   number < 0, 10, false);
		return true;
	case 'u':
		put_number(sink, spec, fetch_unsigned(list, spec->length), false, 10, false);
		return true;
	case 'o':
		put_number(sink, spec, fetch_unsigned(list, spec->length), false, 8, false);
		return true;
	case 'x':
	case 'X':
		put_number(sink, spec, fetch_unsigned(list, spec->length), false, 16,
			   conversion == 'X');
		return true;
	case 'p':
		spec->alternate = true;
		put_number(sink, spec, (uintptr_t)va_arg(list->list, void *), false, 16, false);
		return true;
	case 'c': put(sink, (char)va_arg(list->list, int)); return true;
	case 's': put_text(sink, spec, va_arg(list->list, const char *)); return true;
	case '%': put(sink, '%'); return true;
	default: return false;
	}
}

size_t skep_format_list(char *text, size_t size, const char *format, va_list arguments)
{
	struct sink sink = { text, size, 0 };
	struct list list;

	va_copy(list.list, arguments);
	while (*format != '\0') {
		const char *start = format;
		struct spec spec;

		if (*format++ != '%') {
			put(&sink, *start);
			continue;
		}
		parse_spec(&format, &spec, &list);
		if (*format != '\0' && convert(&sink, *format, &spec, &list)) {
			format++;
			continue;
		}
		while (start < format)
			put(&sink, *start++);
	}
	va_end(list.list);
	if (size != 0)
		text[sink.count < size ? sink.count : size - 1] = '\0';
	return sink.count;
}

size_t skep_format(char *text, size_t size, const char *format, ...)
{
	va_list list;
	size_t count;

	va_start(list, format);
	count = skep_format_list(text, size, format, list);
	va_end(list);
	return count;
}
