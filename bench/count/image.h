/* SPDX-License-Identifier: Apache-2.0 */
/* What an image counts. */
#ifndef SKEP_BENCH_IMAGE_H
#define SKEP_BENCH_IMAGE_H

#include "skep.h"

struct subject {
	const char *name;
	uint32_t (*run)(const struct subject *subject);
	uint32_t wanted; /* what it returns */
	/* The program it is about. */
	const struct skep_insn *insns, *end;
	/* Optional: called before, and not counted. */
	void (*prepare)(const struct subject *subject);
};

extern const struct subject SUBJECTS[];
extern const uint32_t SUBJECT_COUNT;

/* Instructions as clang made them, of programs without references: object.S. */
extern const struct skep_insn fletcher32_insns[], fletcher32_end[];
extern const struct skep_insn plain_insns[], plain_end[]; /* the same; its context is the packet */

/* Programs that use the whole stack; each function has three instructions, and each of the eight
 * uses LEVEL_BYTES. */
enum { LEVEL_INSNS = 3, LEVEL_BYTES = 64, LEVELS_RESULT = 7 };
extern const struct skep_insn one_level_insns[LEVEL_INSNS];
extern const struct skep_insn eight_levels_insns[8 * LEVEL_INSNS];

enum { PACKET_BYTES = 360, CHECKSUM = 0x5a03e651 };

/* A context as programs see it: on a machine of 32 bits the two addresses are those of `struct
 * xdp_md`, and a program without references is executable as clang made it. */
struct context {
	uint32_t data, data_end;
};

/* The packet that the benchmark uses on hosts too, filled before anything is counted. */
extern struct context packet_context;
extern uint8_t packet[PACKET_BYTES];

/* Programs of the subjects: name, first instruction, the one after the last. */
#define FLETCHER32   fletcher32_insns, fletcher32_end
#define PLAIN        plain_insns, plain_end
#define ONE_LEVEL    one_level_insns, one_level_insns + LEVEL_INSNS
#define EIGHT_LEVELS eight_levels_insns, eight_levels_insns + 8 * LEVEL_INSNS

/* Subjects that are the same whatever the profile. */
uint32_t do_nothing(const struct subject *subject);
uint32_t run_native(const struct subject *subject);

#endif
