/* SPDX-License-Identifier: Apache-2.0 */
/* Counting verdicts, and printing them as JSON or as a table with shares and rates. Rates are over
 * the time spent in the program alone, not over reading files or copying frames. */
#define _GNU_SOURCE 1
#include "tally.h"

#include <string.h>

#include "table.h"

/* More verdicts than a program has reason to give; one that returns hashes must not fill memory. */
enum { VERDICTS_MAX = 4096 };

struct verdict {
	uint32_t retval;
	uint64_t packets, bytes;
};

static const char *const XDP_NAMES[] = { "XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX",
					 "XDP_REDIRECT" };

enum { XDP_NAME_COUNT = sizeof(XDP_NAMES) / sizeof(XDP_NAMES[0]) };

bool tally_passes(uint32_t type, uint32_t retval)
{
	enum { XDP_PASS = 2 };

	return type == PROG_TYPE_XDP ? retval == XDP_PASS : retval != 0;
}

/* XDP_PASS and the like, or the number; in `text` if it must be made. */
static const char *verdict_text(uint32_t type, uint32_t retval, char text[16])
{
	if (type == PROG_TYPE_XDP && retval < XDP_NAME_COUNT)
		return XDP_NAMES[retval];
	snprintf(text, 16, "%u", (unsigned)retval);
	return text;
}

/* The verdict's place, made if it was not there; NULL when there are too many. */
static struct verdict *find(struct tally *tally, uint32_t retval)
{
	struct verdict *verdicts = (struct verdict *)tally->verdicts.data;
	const size_t count = tally->verdicts.size / sizeof(*verdicts);
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (verdicts[middle].retval < retval)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < count && verdicts[low].retval == retval)
		return &verdicts[low];
	if (count == VERDICTS_MAX)
		return NULL;
	bytes_append(&tally->verdicts, NULL, sizeof(*verdicts));
	verdicts = (struct verdict *)tally->verdicts.data;
	memmove(&verdicts[low + 1], &verdicts[low], (count - low) * sizeof(*verdicts));
	verdicts[low] = (struct verdict){ .retval = retval };
	return &verdicts[low];
}

void tally_add(struct tally *tally, const struct frame_input *input,
	       const struct frame_result *result)
{
	struct verdict *verdict = find(tally, result->retval);
	const size_t size = input->size - input->meta_size;

	tally->runs += input->repeat;
	tally->ns += result->ns;
	tally->bytes += size;
	tally->ran = true;
	tally->retval = result->retval;
	if (verdict == NULL) {
		tally->others++;
		return;
	}
	verdict->packets++;
	verdict->bytes += size;
}

void tally_keep(struct tally *tally, const struct frame_result *result)
{
	tally->data.size = 0;
	tally->meta.size = 0;
	bytes_append(&tally->data, result->data, result->size);
	bytes_append(&tally->meta, result->meta, result->meta_size);
}

static uint64_t packets_run(const struct tally *tally)
{
	return tally->packets - tally->too_short - tally->too_long;
}

static double ns_per_run(const struct tally *tally)
{
	return tally->runs > 0 ? (double)tally->ns / (double)tally->runs : 0.0;
}

static void write_verdicts(const struct tally *tally, uint32_t type, struct writer *writer)
{
	const struct verdict *verdicts = (const struct verdict *)tally->verdicts.data;
	const size_t count = tally->verdicts.size / sizeof(*verdicts);
	char text[16];

	writer_key(writer, "verdicts");
	writer_open_object(writer);
	for (size_t i = 0; i < count; i++)
		writer_member_unsigned(writer, verdict_text(type, verdicts[i].retval, text),
				       verdicts[i].packets);
	if (tally->others > 0)
		writer_member_unsigned(writer, "others", tally->others);
	writer_close_object(writer);
}

static void write_bytes(struct writer *writer, const char *name, const struct tally *tally,
			const struct bytes *bytes)
{
	writer_key(writer, name);
	if (tally->ran)
		writer_hex(writer, bytes->data, bytes->size);
	else
		writer_null(writer);
}

void tally_write_json(const struct tally *tally, const struct tally_subject *subject,
		      struct writer *writer)
{
	const struct engine_facts *facts = &subject->facts;

	writer_member_string(writer, "object", subject->object);
	writer_member_string(writer, "program", subject->program);
	writer_member_string(writer, "engine", facts->engine);
	writer_key(writer, "retval");
	if (tally->ran)
		writer_unsigned(writer, tally->retval);
	else
		writer_null(writer);
	write_bytes(writer, "data_out", tally, &tally->data);
	write_bytes(writer, "meta_out", tally, &tally->meta);
	writer_member_unsigned(writer, "runs", tally->runs);
	writer_key(writer, "ns_per_run");
	writer_real(writer, ns_per_run(tally), 2);
	writer_member_unsigned(writer, "verify_ns", facts->verify_ns);
	writer_key(writer, "compile_ns");
	if (facts->compile_known)
		writer_unsigned(writer, facts->compile_ns);
	else
		writer_null(writer);
	writer_member_unsigned(writer, "code_bytes", facts->code_bytes);
	writer_member_unsigned(writer, "insns", facts->insns);
	if (!subject->capture)
		return;
	writer_member_unsigned(writer, "packets", tally->packets);
	writer_member_unsigned(writer, "bytes", tally->bytes);
	write_verdicts(tally, subject->type, writer);
	writer_key(writer, "skipped");
	writer_open_object(writer);
	writer_member_unsigned(writer, "short", tally->too_short);
	writer_member_unsigned(writer, "long", tally->too_long);
	writer_close_object(writer);
	writer_member_unsigned(writer, "cut", tally->cut);
}

/* A number with its thousands apart. */
static const char *grouped(uint64_t value, char text[32])
{
	char digits[24];
	const int count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	int out = 0;

	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = digits[i];
	}
	text[out] = '\0';
	return text;
}

static void add_row(struct table *table, const char *name, uint64_t packets, double share,
		    uint64_t bytes)
{
	char number[32];

	table_cell(table, "%s", name);
	table_cell(table, "%s", grouped(packets, number));
	table_cell(table, "%.2f %%", share);
	table_cell(table, "%s", grouped(bytes, number));
}

static void print_verdicts(const struct tally *tally, uint32_t type, FILE *file)
{
	static const char *const HEADINGS[] = { "verdict", ">packets", ">share", ">bytes" };
	const struct verdict *verdicts = (const struct verdict *)tally->verdicts.data;
	const size_t count = tally->verdicts.size / sizeof(*verdicts);
	const uint64_t all = packets_run(tally);
	struct table *table = table_open(HEADINGS, 4);
	uint64_t told = 0;
	char text[16];

	for (size_t i = 0; i < count; i++) {
		add_row(table, verdict_text(type, verdicts[i].retval, text), verdicts[i].packets,
			100.0 * (double)verdicts[i].packets / (double)all, verdicts[i].bytes);
		told += verdicts[i].bytes;
	}
	if (tally->others > 0)
		add_row(table, "others", tally->others, 100.0 * (double)tally->others / (double)all,
			tally->bytes - told);
	add_row(table, "all", all, 100.0, tally->bytes);
	table_close(table, file, 2);
}

static void print_capture(const struct tally *tally, const struct tally_subject *subject,
			  FILE *file)
{
	const double seconds = ns_per_run(tally) * (double)packets_run(tally) / 1e9;
	char number[32];

	if (packets_run(tally) > 0)
		print_verdicts(tally, subject->type, file);
	else
		fprintf(file, "  no packets\n");
	if (seconds > 0)
		fprintf(file,
			"  rate: %.2f million packets/s, %.0f Mbit/s; %.1f ns a packet in the "
			"program\n",
			(double)packets_run(tally) / seconds / 1e6,
			(double)tally->bytes * 8 / seconds / 1e6, ns_per_run(tally));
	if (tally->too_short > 0)
		fprintf(file, "  skipped: %s %s\n", grouped(tally->too_short, number),
			subject->type == PROG_TYPE_XDP ? "below 14 bytes"
						       : "without a whole IP header, or without "
							 "anything behind Ethernet's");
	if (tally->too_long > 0)
		fprintf(file, "  skipped: %s above %zu bytes; see --frame-max\n",
			grouped(tally->too_long, number), subject->frame_most);
	if (tally->cut > 0)
		fprintf(file, "  cut: %s of which the capture kept only the beginning\n",
			grouped(tally->cut, number));
}

static void print_dump(const struct bytes *bytes, const char *name, FILE *file)
{
	fprintf(file, "  %s: %zu bytes\n", name, bytes->size);
	for (size_t i = 0; i < bytes->size; i++)
		fprintf(file, "%s%02x%s", i % 16 == 0 ? "    " : " ", bytes->data[i],
			i % 16 == 15 || i + 1 == bytes->size ? "\n" : "");
}

static const char *meaning(uint32_t type, uint32_t retval)
{
	if (type != PROG_TYPE_XDP)
		return tally_passes(type, retval) ? "kept" : "dropped";
	return retval < XDP_NAME_COUNT ? XDP_NAMES[retval] : "no verdict of XDP";
}

static void print_frame(const struct tally *tally, uint32_t type, FILE *file)
{
	char number[32];

	fprintf(file, "  retval: %u, %s\n", (unsigned)tally->retval, meaning(type, tally->retval));
	fprintf(file, "  runs: %s, %.1f ns each\n", grouped(tally->runs, number),
		ns_per_run(tally));
	print_dump(&tally->data, "data_out", file);
	if (tally->meta.size > 0)
		print_dump(&tally->meta, "meta_out", file);
}

void tally_write_text(const struct tally *tally, const struct tally_subject *subject, FILE *file)
{
	const struct engine_facts *facts = &subject->facts;
	char number[32];

	fprintf(file, "%s: program %s, engine %s, %s instructions verified in %.3f ms",
		subject->object, subject->program, facts->engine, grouped(facts->insns, number),
		(double)facts->verify_ns / 1e6);
	if (facts->code_bytes > 0)
		fprintf(file, ", %s bytes of code", grouped(facts->code_bytes, number));
	if (facts->compile_known && facts->compile_ns > 0)
		fprintf(file, " in %.3f ms", (double)facts->compile_ns / 1e6);
	fputc('\n', file);
	if (subject->capture)
		print_capture(tally, subject, file);
	else if (tally->ran)
		print_frame(tally, subject->type, file);
}

void tally_free(struct tally *tally)
{
	bytes_free(&tally->verdicts);
	bytes_free(&tally->data);
	bytes_free(&tally->meta);
}
