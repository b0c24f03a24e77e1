/* SPDX-License-Identifier: Apache-2.0 */
/* Figures in, text out. Geometric means are over the kernels that were measured, without the empty
 * one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

enum { COLUMNS = 5 };

static const char *const NAMES[COLUMNS] = { "ns_per_insn", "interp_native", "jit_native",
					    "jit_kernel", "ubpf_interp" };
static const char *const ENGINE_NAMES[ENGINES] = { "native", "interp", "jit", "kernel", "ubpf" };

static double column(const struct figures *figures, unsigned index)
{
	const double values[COLUMNS] = { figures->ns_per_insn, figures->interp_native,
					 figures->jit_native, figures->jit_kernel,
					 figures->ubpf_interp };

	return values[index];
}

static bool is_empty(const struct figures *figures)
{
	return strcmp(figures->name, "empty") == 0;
}

static double mean(const struct figures *figures, size_t count, unsigned index)
{
	double sum = 0;
	unsigned measured = 0;

	for (size_t i = 0; i < count; i++) {
		const double value = column(&figures[i], index);

		if (is_empty(&figures[i]) || isnan(value))
			continue;
		sum += log(value);
		measured++;
	}
	return measured > 0 ? exp(sum / measured) : NAN;
}

static double largest(const struct figures *figures, size_t count, unsigned index)
{
	double most = NAN;

	for (size_t i = 0; i < count; i++)
		if (!is_empty(&figures[i]))
			most = fmax(most, column(&figures[i], index));
	return most;
}

static void print_number(double value, int width, int digits)
{
	if (isnan(value))
		printf("%*s", width, "-");
	else
		printf("%*.*f", width, digits, value);
}

static void print_row(const char *name, const double *values)
{
	printf("%-15s", name);
	print_number(values[0], 9, 2);
	for (unsigned i = 1; i < COLUMNS; i++)
		print_number(values[i], 13, 2);
}

/* Says why engines have no times: once if one has none at all, else for each kernel. */
static void print_absences(const struct figures *figures, size_t count, unsigned engine)
{
	size_t absent = 0;

	for (size_t i = 0; i < count; i++)
		absent += isnan(figures[i].ns[engine]);
	for (size_t i = 0; i < count; i++) {
		if (!isnan(figures[i].ns[engine]))
			continue;
		if (absent == count) {
			printf("no times of %s: %s\n", ENGINE_NAMES[engine],
			       figures[i].why[engine]);
			return;
		}
		printf("no time of %s for %s: %s\n", ENGINE_NAMES[engine], figures[i].name,
		       figures[i].why[engine]);
	}
}

void report_table(const struct figures *figures, size_t count)
{
	double values[COLUMNS];

	printf("%-15s%9s%13s%13s%13s%13s%9s%11s\n", "kernel", "ns/insn", "interp/native",
	       "jit/native", "jit/kernel", "ubpf/interp", "insns", "native ns");
	for (size_t i = 0; i < count; i++) {
		if (is_empty(&figures[i]))
			continue;
		for (unsigned c = 0; c < COLUMNS; c++)
			values[c] = column(&figures[i], c);
		print_row(figures[i].name, values);
		printf("%9llu%11.0f\n", (unsigned long long)figures[i].insns,
		       figures[i].ns[NATIVE]);
	}
	for (unsigned c = 0; c < COLUMNS; c++)
		values[c] = mean(figures, count, c);
	print_row("geometric mean", values);
	for (unsigned c = 0; c < COLUMNS; c++)
		values[c] = largest(figures, count, c);
	printf("\n");
	print_row("largest", values);
	printf("\n%-15s%9s%52s\n", "mean wanted", "<= 1.50", ">= 4.00");
	for (unsigned i = 0; i < ENGINES; i++)
		print_absences(figures, count, i);
}

static void print_member(const char *name, double value, const char *after)
{
	if (isnan(value))
		printf("\"%s\": null%s", name, after);
	else
		printf("\"%s\": %.4f%s", name, value, after);
}

void report_json(const struct figures *figures, size_t count)
{
	printf("{\"kernels\": [\n");
	for (size_t i = 0; i < count; i++) {
		printf("  {\"name\": \"%s\", \"insns\": %llu, \"result\": %u, \"ns\": {",
		       figures[i].name, (unsigned long long)figures[i].insns,
		       (unsigned)figures[i].result);
		for (unsigned e = 0; e < ENGINES; e++)
			print_member(ENGINE_NAMES[e], figures[i].ns[e],
				     e + 1 < ENGINES ? ", " : "}, ");
		for (unsigned c = 0; c < COLUMNS; c++)
			print_member(NAMES[c], column(&figures[i], c),
				     c + 1 < COLUMNS ? ", " : "}");
		printf("%s\n", i + 1 < count ? "," : "");
	}
	printf("], \"geometric_mean\": {");
	for (unsigned c = 0; c < COLUMNS; c++)
		print_member(NAMES[c], mean(figures, count, c), c + 1 < COLUMNS ? ", " : "}}\n");
}
