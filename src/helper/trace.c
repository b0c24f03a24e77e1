/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf_trace_printk(): a format of the program's, up to three numbers, one line to the port.
 *
 * What a format may hold is what Linux 6.18 takes (kernel/bpf/helpers.c): plain text, %% and
 *
 *	% [0 + - space]... [width] { d i u x X, also after l or ll | c | p pK px ps pS pB }
 *
 * `long` has 64 bits, as everywhere in eBPF. Anything else gives -EINVAL and prints nothing. So do
 * the conversions that would read memory at an argument (%s, %pI4 and the like): nobody has checked
 * that address here, where Linux catches the fault. Addresses print as they are.
 */
#include "base/bytes.h"
#include "base/format.h"
#include "helper/helpers.h"

enum {
	LINE_BYTES = 512,    /* longer lines are cut; Linux cuts at 1,024 */
	WIDTH_MAX = 8388607, /* Linux clamps to this */
	ARGS_MAX = 3,
};

/* A line being written: `size` counts what did not fit, too. */
struct line {
	char text[LINE_BYTES];
	size_t size;
};

/* One conversion. */
struct spec {
	bool left, zero, plus, space;
	uint32_t width;
	bool wide; /* 64 bits rather than 32 */
	char kind; /* d u x X c p; P is p with 0x before it */
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_punctuation(char c)
{
	return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
	       (c >= '{' && c <= '~');
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x80 || (c >= ' ' && c <= '~') || is_space(c);
}

static void put(struct line *line, const char *text, size_t size)
{
	if (line->size < LINE_BYTES)
		memcpy(line->text + line->size, text,
		       size < LINE_BYTES - line->size ? size : LINE_BYTES - line->size);
	line->size += size;
}

static void pad(struct line *line, char c, size_t count)
{
	if (line->size < LINE_BYTES)
		memset(line->text + line->size, c,
		       count < LINE_BYTES - line->size ? count : LINE_BYTES - line->size);
	line->size += count;
}

/* Reads what stands after %. Returns the first byte after it, or NULL: not allowed. */
static const char *parse(const char *at, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	for (;; at++) {
		spec->left |= *at == '-';
		spec->zero |= *at == '0';
		spec->plus |= *at == '+';
		spec->space |= *at == ' ';
		if (*at != '-' && *at != '0' && *at != '+' && *at != ' ')
			break;
	}
	for (; *at >= '0' && *at <= '9'; at++) {
		spec->width = spec->width * 10 + (uint32_t)(*at - '0');
		if (spec->width > WIDTH_MAX)
			spec->width = WIDTH_MAX;
	}
	spec->kind = *at;
	if (*at == 'c')
		return at + 1;
	if (*at == 'p') {
		spec->wide = true;
		at++;
		if (*at == 's' || *at == 'S' || *at == 'B')
			spec->kind = 'P';
		if (spec->kind == 'P' || *at == 'K' || *at == 'x')
			return at + 1;
		return *at == '\0' || is_space(*at) || is_punctuation(*at) ? at : NULL;
	}
	for (int longs = 0; longs < 2 && *at == 'l'; longs++, at++)
		spec->wide = true;
	spec->kind = *at == 'i' ? 'd' : *at;
	return *at == 'i' || *at == 'd' || *at == 'u' || *at == 'x' || *at == 'X' ? at + 1 : NULL;
}

/* The sign and digits of a number go into `text`; returns how many of them are the sign. */
static size_t digits(const struct spec *spec, uint64_t value, char text[32])
{
	const bool negative = spec->kind == 'd' && (int64_t)value < 0;
	size_t sign = 0;

	if (spec->kind == 'd' && (negative || spec->plus || spec->space)) {
		text[0] = negative ? '-' : spec->plus ? '+' : ' ';
		sign = 1;
	}
	switch (spec->kind) {
	case 'c': text[0] = (char)value, text[1] = '\0'; break;
	case 'x': skep_format(text, 32, "%llx", (unsigned long long)value); break;
	case 'X': skep_format(text, 32, "%llX", (unsigned long long)value); break;
	case 'p': skep_format(text, 32, "%016llx", (unsigned long long)value); break;
	case 'P': skep_format(text, 32, "0x%llx", (unsigned long long)value); break;
	default:
		skep_format(text + sign, 32 - sign, "%llu",
			    (unsigned long long)(negative ? 0 - value : value));
	}
	return sign;
}

static void put_value(struct line *line, const struct spec *spec, uint64_t value)
{
	char text[32];
	size_t sign, size, fill;
	const bool zeros = spec->zero && !spec->left && spec->kind != 'c';

	if (!spec->wide)
		value = spec->kind == 'd' ? (uint64_t)(int64_t)(int32_t)value : (uint32_t)value;
	sign = digits(spec, value, text);
	size = spec->kind == 'c' ? 1 : skep_text_size(text);
	fill = spec->width > size ? spec->width - size : 0;
	if (!spec->left && !zeros)
		pad(line, ' ', fill);
	put(line, text, sign);
	if (zeros)
		pad(line, '0', fill);
	put(line, text + sign, size - sign);
	if (spec->left)
		pad(line, ' ', fill);
}

/* The whole line of a terminated format; false: the format is not allowed. */
static bool print(struct line *line, const char *format, const uint64_t args[ARGS_MAX])
{
	uint32_t used = 0;
	struct spec spec;

	line->size = 0;
	while (*format != '\0') {
		if (!is_plain(*format))
			return false;
		if (format[0] != '%') {
			put(line, format++, 1);
			continue;
		}
		if (format[1] == '%') {
			put(line, "%", 1);
			format += 2;
			continue;
		}
		if (used >= ARGS_MAX)
			return false;
		format = parse(format + 1, &spec);
		if (format == NULL)
			return false;
		put_value(line, &spec, args[used++]);
	}
	return true;
}

/* r1, r2: the format and the size of its memory, in which it must end. Returns the line's length.
 * The newline that formats end in is the port's business. */
uint64_t skep_helper_trace_printk(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
				  struct skep_env *env)
{
	const uint64_t args[ARGS_MAX] = { r3, r4, r5 };
	const char *format = skep_helper_pointer(r1);
	const uint32_t format_size = (uint32_t)r2;
	uint32_t length = 0;
	struct line line;
	size_t size;

	while (length < format_size && format[length] != '\0')
		length++;
	if (length == format_size || !print(&line, format, args))
		return skep_helper_result(SKEP_EINVAL);
	size = line.size < LINE_BYTES ? line.size : LINE_BYTES;
	if (size > 0 && line.text[size - 1] == '\n')
		size--;
	if (env->port->trace != NULL)
		env->port->trace(env->port->ctx, line.text, size);
	return line.size;
}
