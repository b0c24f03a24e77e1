/* SPDX-License-Identifier: Apache-2.0 */
/* A table of text whose columns line up. */
#ifndef SKEP_CLI_TABLE_H
#define SKEP_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table;

/* `headings` has one string for each column; one that begins with '>' is for a column of numbers,
 * set against its right edge. */
struct table *table_open(const char *const *headings, size_t columns);

/* Fills in the next cell, row after row. A cell is cut at 200 characters. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the rows with headings, `indent` spaces before each, and frees the table. */
void table_close(struct table *table, FILE *file, int indent);

#endif
