/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the kernels of bench/kernels: the same C source as eBPF, on libskep's interpreter, its
 * JIT, the running kernel and uBPF where they are to be had, and compiled for this machine.
 *
 * Every engine must return what native code returns before its time counts. Then batches of a few
 * milliseconds take turns, each round beginning with another engine, all on one processor, timed by
 * the thread's processor clock; what is compared is compared within a round, and the median over
 * the rounds counts. So neither a change of the processor's frequency nor a neighbour tips the
 * scales. The time of an empty program is taken off.
 */
#define _GNU_SOURCE 1
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum {
	BATCH_NS = 2000000,
	ROUNDS = 15,
	ROUNDS_MAX = 999,
	RENEW_EVERY = 4, /* rounds */
	STATUS_DONE = 0,
	STATUS_NO = 1,
	STATUS_USAGE = 2,
};

static const struct row {
	const char *name;
	const struct bench_native *native;
	enum content content;
	size_t packet_bytes;
} ROWS[] = {
#define KERNEL_ROW(name, content, packet_bytes)                                                    \
	{ #name, &bench_native_##name, content, packet_bytes },
#include "kernels.def"
};

enum { ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0]) };

static const struct engine *const ALL[ENGINES] = { &engine_native, &engine_interp, &engine_jit,
						   &engine_kernel, &engine_ubpf };

struct options {
	bool json, check;
	unsigned rounds;
	const char *only; /* NULL: all kernels */
};

/* One engine with a kernel loaded. */
struct lane {
	void *state; /* NULL: it does not take part */
	uint32_t repeat;
	double ns[ROUNDS_MAX]; /* of a run, by round */
	double empty;          /* of a run of the empty program */
};

static struct lane lanes[ENGINES];

static const char USAGE[] =
	"usage: skep-bench [--json] [--rounds N] [--kernel NAME] [--check]\n"
	"\n"
	"Measures the kernels of bench/kernels on every engine there is.\n"
	"\n"
	"  --json         one JSON object instead of a table; times are nanoseconds\n"
	"  --rounds N     measure N times (15) and take the median\n"
	"  --kernel NAME  only this kernel\n"
	"  --check        only compare what the engines return\n"
	"\n"
	"uBPF's interpreter takes part if the environment variable UBPF names its shared library,\n"
	"the running kernel if this is root.\n"
	"\n"
	"example: skep-bench --kernel fletcher32 --rounds 31\n";

static bool read_options(int argc, char **argv, struct options *out)
{
	*out = (struct options){ .rounds = ROUNDS };
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		char *end;

		if (strcmp(argv[i], "--json") == 0) {
			out->json = true;
		} else if (strcmp(argv[i], "--check") == 0) {
			out->check = true;
		} else if (strcmp(argv[i], "--kernel") == 0 && *value != '\0') {
			out->only = argv[++i];
		} else if (strcmp(argv[i], "--rounds") == 0) {
			const unsigned long rounds = strtoul(value, &end, 10);

			if (*value == '\0' || *end != '\0' || rounds == 0 || rounds > ROUNDS_MAX)
				return false;
			out->rounds = (unsigned)rounds;
			i++;
		} else {
			return false;
		}
	}
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (out->only == NULL || strcmp(ROWS[i].name, out->only) == 0)
			return true;
	return false;
}

/* Stays where it is, so that the caches and the clock do. */
static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, unsigned count)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), by_size);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* The median over the rounds of one engine's time through another's; NAN if one took no part. */
static double quotient(enum engine_index above, enum engine_index below, unsigned rounds)
{
	double quotients[ROUNDS_MAX];

	if (lanes[above].state == NULL || lanes[below].state == NULL)
		return NAN;
	for (unsigned i = 0; i < rounds; i++)
		quotients[i] = lanes[above].ns[i] / lanes[below].ns[i];
	return median(quotients, rounds);
}

/* Runs once for the result, and then ever longer to learn how many runs fill a batch. */
static bool warm_up(const struct subject *subject, enum engine_index index, bool once,
		    uint32_t wanted, uint32_t *result)
{
	struct lane *lane = &lanes[index];
	uint64_t ns = 0;

	for (lane->repeat = 1;; lane->repeat *= 2) {
		if (!ALL[index]->run(lane->state, lane->repeat, &ns, result)) {
			fprintf(stderr, "skep-bench: %s: a run on %s failed\n", subject->name,
				ALL[index]->name);
			return false;
		}
		if (index != NATIVE && *result != wanted) {
			fprintf(stderr, "skep-bench: %s: %s returns %#x, native code %#x\n",
				subject->name, ALL[index]->name, *result, wanted);
			return false;
		}
		if (once)
			return true;
		if (ns >= BATCH_NS / 2 || lane->repeat > 1u << 28)
			break;
	}
	lane->repeat = (uint32_t)((double)lane->repeat * BATCH_NS / (double)ns) + 1;
	return true;
}

static bool run_round(const struct subject *subject, unsigned round, uint32_t wanted)
{
	for (unsigned i = 0; i < ENGINES; i++) {
		const unsigned index = (round + i) % ENGINES;
		struct lane *lane = &lanes[index];
		uint32_t result = 0;
		uint64_t ns;

		if (lane->state == NULL)
			continue;
		if (round % RENEW_EVERY == RENEW_EVERY - 1 && ALL[index]->renew != NULL &&
		    !ALL[index]->renew(lane->state))
			return false;
		if (!ALL[index]->run(lane->state, lane->repeat, &ns, &result) || result != wanted) {
			fprintf(stderr, "skep-bench: %s: %s no longer returns %#x\n", subject->name,
				ALL[index]->name, wanted);
			return false;
		}
		lane->ns[round] = (double)ns / lane->repeat - lane->empty;
	}
	return true;
}

static void summarise(struct figures *figures, unsigned rounds)
{
	for (unsigned i = 0; i < ENGINES; i++)
		figures->ns[i] = lanes[i].state != NULL ? median(lanes[i].ns, rounds) : NAN;
	figures->ns_per_insn = figures->ns[INTERP] / (double)figures->insns;
	figures->interp_native = quotient(INTERP, NATIVE, rounds);
	figures->jit_native = quotient(JIT, NATIVE, rounds);
	figures->jit_kernel = quotient(JIT, KERNEL, rounds);
	figures->ubpf_interp = quotient(UBPF, INTERP, rounds);
}

static bool measure_open(const struct subject *subject, const struct options *options,
			 struct figures *figures)
{
	for (unsigned i = 0; i < ENGINES; i++) {
		uint32_t result;

		figures->why[i] = "no memory left";
		lanes[i].state = ALL[i]->open(subject, &figures->why[i]);
		if (lanes[i].state == NULL && (i == NATIVE || i == INTERP)) {
			fprintf(stderr, "skep-bench: %s: %s\n", subject->name, figures->why[i]);
			return false;
		}
		if (lanes[i].state == NULL)
			continue;
		figures->why[i] = NULL;
		if (!warm_up(subject, i, options->check, figures->result, &result))
			return false;
		figures->result = result;
	}
	for (unsigned round = 0; !options->check && round < options->rounds; round++)
		if (!run_round(subject, round, figures->result))
			return false;
	return true;
}

static bool measure(const struct row *row, const struct options *options, struct figures *figures)
{
	struct subject subject;
	bool done;

	*figures = (struct figures){ .name = row->name };
	if (!subject_open(&subject, row->name, row->native, row->content, row->packet_bytes))
		return false;
	figures->insns = count_insns(&subject);
	done = figures->insns > 0 && measure_open(&subject, options, figures);
	if (done && !options->check)
		summarise(figures, options->rounds);
	for (unsigned i = 0; i < ENGINES; i++) {
		if (lanes[i].state != NULL)
			ALL[i]->close(lanes[i].state);
		lanes[i].state = NULL;
	}
	subject_close(&subject);
	return done;
}

/* Says which engines returned native's result. */
static void print_check(const struct figures *figures)
{
	printf("%s %#x", figures->name, (unsigned)figures->result);
	for (unsigned i = 0; i < ENGINES; i++)
		if (figures->why[i] == NULL)
			printf(" %s", ALL[i]->name);
	printf("\n");
}

int main(int argc, char **argv)
{
	static struct figures figures[ROW_COUNT];
	struct options options;
	size_t count = 0;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(USAGE, stdout);
		return STATUS_DONE;
	}
	if (!read_options(argc, argv, &options)) {
		fputs(USAGE, stderr);
		return STATUS_USAGE;
	}
	pin();
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const bool wanted = options.only == NULL || strcmp(ROWS[i].name, options.only) == 0;

		/* The first row is the empty program, which is always measured. */
		if (!wanted && i > 0)
			continue;
		if (!measure(&ROWS[i], &options, &figures[count]))
			return STATUS_NO;
		if (i == 0)
			for (unsigned engine = 0; engine < ENGINES; engine++)
				lanes[engine].empty = figures[count].ns[engine];
		if (options.check && wanted)
			print_check(&figures[count]);
		if (wanted)
			count++;
	}
	if (options.check)
		return STATUS_DONE;
	if (options.json)
		report_json(figures, count);
	else
		report_table(figures, count);
	return STATUS_DONE;
}
