/* SPDX-License-Identifier: Apache-2.0 */
/* What `skep run` counts, and how it tells it. */
#ifndef SKEP_CLI_TALLY_H
#define SKEP_CLI_TALLY_H

#include "contents.h"
#include "engine.h"
#include "memory.h"
#include "writer.h"

/* All zeroes to begin with. */
struct tally {
	uint64_t packets;   /* seen */
	uint64_t too_short; /* of them not run: below what Linux's test run takes */
	uint64_t too_long;  /* of them not run: above the longest frame's */
	uint64_t cut;       /* of them run with what the capture kept */
	uint64_t runs;
	uint64_t bytes; /* of the frames that ran, as they came */
	uint64_t ns;
	struct bytes verdicts; /* struct verdict, ascending by retval */
	uint64_t others;       /* packets of further verdicts than are kept apart */
	bool ran;
	uint32_t retval; /* of the last run */
	struct bytes data, meta;
};

/* Whether a frame is passed on: XDP_PASS, or for socket filters any byte of it. */
bool tally_passes(uint32_t type, uint32_t retval);

/* Counts a frame that ran `repeat` times. */
void tally_add(struct tally *tally, const struct frame_input *input,
	       const struct frame_result *result);

/* Keeps what the last run left, for printing. */
void tally_keep(struct tally *tally, const struct frame_result *result);

/* What the numbers are about. */
struct tally_subject {
	const char *object, *program;
	struct engine_facts facts;
	bool capture; /* a capture was run, not one frame */
	size_t frame_most;
	uint32_t type; /* of the program: what its verdicts mean */
};

/* The members of `skep run --json`'s object up to the maps. */
void tally_write_json(const struct tally *tally, const struct tally_subject *subject,
		      struct writer *writer);
void tally_write_text(const struct tally *tally, const struct tally_subject *subject, FILE *file);

void tally_free(struct tally *tally);

#endif
