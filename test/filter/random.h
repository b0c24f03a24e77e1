/* SPDX-License-Identifier: Apache-2.0 */
/* Random classic programs and packets. Programs are well-formed as Linux checks it; most of their
 * packet loads hit the packet, so that they get far. */
#ifndef SKEP_TEST_FILTER_RANDOM_H
#define SKEP_TEST_FILTER_RANDOM_H

#include "skep.h"

struct random {
	uint64_t state;
};

static inline uint32_t random_next(struct random *random)
{
	uint64_t x = random->state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(x >> 32);
}

static inline uint32_t random_below(struct random *random, uint32_t bound)
{
	return random_next(random) % bound;
}

/* A number that is likely to matter: small, or at an edge, or anything. */
static inline uint32_t random_number(struct random *random)
{
	static const uint32_t EDGES[] = { 0,          1,          0x7f,       0x80,
					  0xff,       0x7fff,     0x8000,     0xffff,
					  0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
					  0xfffff000, 0xfff00000, 0x10000 };

	switch (random_below(random, 4)) {
	case 0: return random_below(random, 64);
	case 1: return EDGES[random_below(random, sizeof(EDGES) / sizeof(EDGES[0]))];
	default: return random_next(random);
	}
}

enum { RANDOM_INSNS_MAX = 80, RANDOM_PACKET_MAX = 64 };

struct random_program {
	struct skep_classic_insn insns[RANDOM_INSNS_MAX];
	uint32_t count;
};

static inline void random_add(struct random_program *program, uint32_t code, uint32_t k)
{
	program->insns[program->count++] = (struct skep_classic_insn){ (uint16_t)code, 0, 0, k };
}

static inline void random_load(struct random_program *program, struct random *random)
{
	static const uint8_t SIZES[] = { 0x00, 0x08, 0x10 };
	const uint32_t size = SIZES[random_below(random, 3)];
	const uint32_t offset = random_below(random, 16) == 0
					? random_number(random) % 0xfffff000u
					: random_below(random, RANDOM_PACKET_MAX - 8);

	switch (random_below(random, 8)) {
	case 0: random_add(program, 0x00, random_number(random)); break;
	case 1: random_add(program, 0x01, random_number(random)); break;
	case 2: random_add(program, random_below(random, 2) != 0 ? 0x80 : 0x81, 0); break;
	case 3: random_add(program, 0xb1, offset); break;
	case 4: /* an index that is small, most often */
		random_add(program, 0x30, offset);
		random_add(program, 0x54, 31);
		random_add(program, 0x07, 0);
		random_add(program, 0x40 | size, offset / 2);
		break;
	case 5: random_add(program, 0x40 | size, random_number(random)); break;
	default: random_add(program, 0x20 | size, offset); break;
	}
}

static inline void random_ancillary(struct random_program *program, struct random *random)
{
	static const uint8_t READ_FROM_CONTEXT[] = { 0, 4, 8, 20, 24, 28, 32, 40, 44, 48, 60 };

	random_add(program, 0x20,
		   0xfffff000u +
			   READ_FROM_CONTEXT[random_below(random, sizeof(READ_FROM_CONTEXT))]);
}

static inline void random_alu(struct random_program *program, struct random *random)
{
	const uint32_t op = 0x10 * random_below(random, 11);
	uint32_t k = random_number(random);

	if (op == 0x80) {
		random_add(program, 0x84, 0);
	} else if (random_below(random, 2) != 0) {
		random_add(program, 0x0c | op, 0);
	} else {
		if (op == 0x60 || op == 0x70)
			k %= 32;
		else if ((op == 0x30 || op == 0x90) && k == 0)
			k = 1;
		random_add(program, 0x04 | op, k);
	}
}

static inline void random_step(struct random_program *program, struct random *random,
			       bool ancillary)
{
	static const uint8_t WORDS[] = { 0x02, 0x03, 0x60, 0x61 };
	const uint32_t what = random_below(random, 16);

	if (what < 6)
		random_load(program, random);
	else if (what < 10)
		random_alu(program, random);
	else if (what < 12)
		random_add(program, WORDS[random_below(random, 4)], random_below(random, 16));
	else if (what == 12)
		random_add(program, random_below(random, 2) != 0 ? 0x07 : 0x87, 0);
	else if (what == 13 && ancillary)
		random_ancillary(program, random);
	else /* a jump, whose targets come later */
		random_add(program,
			   random_below(random, 8) == 0
				   ? 0x05
				   : 0x05 | (0x10 + 0x10 * random_below(random, 4)) |
					     (random_below(random, 2) != 0 ? 8u : 0u),
			   random_number(random));
}

/* Gives each jump targets that exist. */
static inline void random_aim(struct random_program *program, struct random *random)
{
	for (uint32_t i = 0; i < program->count; i++) {
		struct skep_classic_insn *insn = &program->insns[i];
		const uint32_t rest = program->count - i - 1;
		const uint32_t reach = rest < 12 ? rest : 12;

		if ((insn->code & 7) != 5)
			continue;
		if (insn->code == 0x05) {
			insn->k = random_below(random, reach);
			continue;
		}
		insn->jt = (uint8_t)random_below(random, reach);
		insn->jf = (uint8_t)random_below(random, reach);
	}
}

static inline void random_make(struct random_program *program, struct random *random,
			       bool ancillary)
{
	const uint32_t size = 20 + random_below(random, RANDOM_INSNS_MAX - 30);

	program->count = 0;
	/* All scratch memory is written, so that any of it may be read. */
	for (uint32_t word = 0; word < 16; word++)
		random_add(program, word % 2 == 0 ? 0x02 : 0x03, word);
	while (program->count < size) {
		if (random_below(random, 12) == 0)
			random_add(program, random_below(random, 2) != 0 ? 0x16 : 0x06,
				   random_number(random));
		random_step(program, random, ancillary);
	}
	random_add(program, random_below(random, 4) != 0 ? 0x16 : 0x06, random_number(random));
	random_aim(program, random);
}

/* Returns its size. */
static inline size_t random_packet(uint8_t out[RANDOM_PACKET_MAX], struct random *random)
{
	const size_t size = random_below(random, 4) == 0
				    ? random_below(random, RANDOM_PACKET_MAX + 1)
				    : RANDOM_PACKET_MAX;

	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)random_number(random);
	return size;
}

#endif
