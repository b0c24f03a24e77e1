/* SPDX-License-Identifier: Apache-2.0 */
/* Cells are kept until the table is closed, because only then the widths are known. Widths count
 * characters of UTF-8, not bytes. */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { CELL_BYTES_MAX = 200 };

struct table {
	size_t columns, cells;
	bool *right;
	size_t *widths;
	struct bytes text; /* terminated strings, one after the other */
};

static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void add(struct table *table, const char *text)
{
	const size_t column = table->cells++ % table->columns, width = width_of(text);

	bytes_append(&table->text, text, strlen(text) + 1);
	if (width > table->widths[column])
		table->widths[column] = width;
}

struct table *table_open(const char *const *headings, size_t columns)
{
	struct table *table = allocate(1, sizeof(*table));

	table->columns = columns;
	table->right = allocate(columns, sizeof(bool));
	table->widths = allocate(columns, sizeof(size_t));
	for (size_t i = 0; i < columns; i++) {
		table->right[i] = headings[i][0] == '>';
		add(table, headings[i] + table->right[i]);
	}
	return table;
}

void table_cell(struct table *table, const char *format, ...)
{
	char text[CELL_BYTES_MAX + 1];
	va_list list;
	int size;

	va_start(list, format);
	size = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	if (size >= (int)sizeof(text)) {
		size_t end = sizeof(text) - 4;

		/* Not in the middle of a character. */
		while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
			end--;
		strcpy(text + end, "...");
	}
	/* Names come from strangers' files; a terminal must not obey them. */
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	add(table, text);
}

void table_close(struct table *table, FILE *file, int indent)
{
	const char *text = (const char *)table->text.data;
	int blanks = 0; /* not yet written: a line does not end with any */

	for (size_t i = 0; i < table->cells; i++) {
		const size_t column = i % table->columns, width = width_of(text);
		const int pad = (int)(table->widths[column] - width);

		blanks += column == 0 ? indent : 2;
		blanks += table->right[column] ? pad : 0;
		if (width > 0) {
			fprintf(file, "%*s%s", blanks, "", text);
			blanks = 0;
		}
		blanks += table->right[column] ? 0 : pad;
		if (column + 1 == table->columns) {
			fputc('\n', file);
			blanks = 0;
		}
		text += strlen(text) + 1;
	}
	bytes_free(&table->text);
	free(table->right);
	free(table->widths);
	free(table);
}
