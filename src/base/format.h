/* SPDX-License-Identifier: Apache-2.0 */
/* Text out of numbers and strings, for a core without stdio. */
#ifndef SKEP_BASE_FORMAT_H
#define SKEP_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Writes at most size - 1 characters and a terminator (nothing at all when size is 0); returns how
 * many characters the whole text has. Conversions: %d %i %u %x %X %o %c %s %p %%, with the flags -
 * 0 + # and space, a width and a precision (also *), and the lengths hh h l ll z t j. Control
 * characters inside %s become '?', since names come from strangers; those of the format itself are
 * kept. An unknown conversion is copied as it stands. */
size_t skep_format(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t skep_format_list(char *text, size_t size, const char *format, va_list list)
	__attribute__((format(printf, 3, 0)));

#endif
