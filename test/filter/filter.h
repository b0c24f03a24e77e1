/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of classic BPF: filters loaded on an engine and run, and a second execution of them
 * that shares no code with the translation: it interprets classic instructions one by one, with
 * Linux's meaning of each. */
#ifndef SKEP_TEST_FILTER_H
#define SKEP_TEST_FILTER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "skep.h"

/* ----------------------------------------------------------------------------------- running */

/* What a runtime reported last. */
static char last_report[512];

static inline void keep_report(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	snprintf(last_report, sizeof(last_report), "%s", report->text);
}

static inline struct skep_runtime *runtime_on(enum skep_engine engine)
{
	const struct skep_config config = { .port = skep_port_posix(),
					    .log = keep_report,
					    .engine = engine };
	struct skep_runtime *runtime = NULL;

	last_report[0] = '\0';
	if (skep_runtime_open(&config, &runtime) < 0) {
		fprintf(stderr, "%s\n", last_report);
		exit(1);
	}
	return runtime;
}

/* The loaded object, or NULL with the error in *err. */
static inline struct skep_object *load_filter(struct skep_runtime *runtime,
					      const struct skep_classic_insn *insns, uint32_t count,
					      enum skep_classic_dialect dialect, int *err)
{
	struct skep_object *object = NULL;

	last_report[0] = '\0';
	*err = skep_object_open_classic(runtime, insns, count, dialect, "filter", &object);
	if (*err == 0)
		*err = skep_object_load(object);
	if (*err == 0)
		return object;
	skep_object_close(object);
	return NULL;
}

/* What the filter returns; 2^32 and above if it did not run. */
static inline uint64_t run_filter(const struct skep_object *object, struct skep_skb *skb)
{
	uint64_t r0 = 0;

	return skep_prog_run(skep_object_prog(object, 0), skb, &r0) == 0 ? r0 : UINT64_MAX;
}

/* A packet of `size` bytes that begins with the header of its link. */
static inline struct skep_skb skb_over(uint8_t *bytes, size_t size)
{
	return (struct skep_skb){ .data = bytes,
				  .data_end = bytes + size,
				  .mac_header = bytes,
				  .network_header = bytes + (size < 14 ? size : 14),
				  .len = (uint32_t)size,
				  .ifindex = 1 };
}

/* --------------------------------------------------------------------------------- reference */

struct reference {
	const struct skep_skb *skb;
	uint32_t a, x, words[16];
	bool ended; /* with `result` */
	uint32_t result;
	bool strange; /* did what libpcap does not do, or does otherwise */
};

static inline void reference_end(struct reference *r, uint32_t result)
{
	r->ended = true;
	r->result = result;
}

static inline uint32_t reference_load(struct reference *r, uint32_t offset, uint32_t size)
{
	const struct skep_skb *skb = r->skb;
	const uint8_t *from = skb->data;
	uint64_t at = offset;
	uint32_t value = 0;

	r->strange |= offset >= 0x80000000u;
	if (offset >= 0xfff00000u) {
		from = skb->network_header;
		at = offset - 0xfff00000u;
	} else if (offset >= 0xffe00000u) {
		from = skb->mac_header;
		at = offset - 0xffe00000u;
	} else if (offset >= 0x80000000u) {
		from = NULL;
	}
	if (from == NULL || at + size > (uint64_t)(skb->data_end - from)) {
		reference_end(r, 0);
		return 0;
	}
	for (uint32_t i = 0; i < size; i++)
		value = value * 256 + from[at + i];
	return value;
}

/* The value of a field in network byte order. */
static inline uint32_t reference_ether(uint32_t field)
{
	const uint16_t narrow = (uint16_t)field;
	uint8_t bytes[2];

	memcpy(bytes, &narrow, 2);
	return bytes[0] * 256u + bytes[1];
}

/* False: not one of those that are read from the context. */
static inline bool reference_ancillary(struct reference *r, uint32_t k)
{
	const struct skep_skb *skb = r->skb;

	switch (k - 0xfffff000u) {
	case 0: r->a = reference_ether(skb->protocol); return true;
	case 4: r->a = skb->pkt_type; return true;
	case 8:
		if (skb->ifindex == 0)
			reference_end(r, r->a);
		else
			r->a = skb->ifindex;
		return true;
	case 20: r->a = skb->mark; return true;
	case 24: r->a = skb->queue_mapping; return true;
	case 28:
		if (skb->ifindex == 0)
			reference_end(r, r->a);
		else
			r->a = skb->dev_type;
		return true;
	case 32: r->a = skb->hash; return true;
	case 40: r->a ^= r->x; return true;
	case 44: r->a = skb->vlan_tci; return true;
	case 48: r->a = skb->vlan_present; return true;
	case 60: r->a = reference_ether(skb->vlan_proto); return true;
	default: return false;
	}
}

static inline void reference_alu(struct reference *r, uint16_t code, uint32_t k)
{
	const uint32_t b = (code & 8) != 0 ? r->x : k;

	switch (code & 0xf0) {
	case 0x00: r->a += b; break;
	case 0x10: r->a -= b; break;
	case 0x20: r->a *= b; break;
	case 0x30:
		if (b == 0)
			reference_end(r, 0);
		else
			r->a /= b;
		break;
	case 0x40: r->a |= b; break;
	case 0x50: r->a &= b; break;
	case 0x60:
		r->strange |= b > 31;
		r->a <<= b & 31;
		break;
	case 0x70:
		r->strange |= b > 31;
		r->a >>= b & 31;
		break;
	case 0x80: r->a = 0u - r->a; break;
	case 0x90:
		if (b == 0)
			reference_end(r, 0);
		else
			r->a %= b;
		break;
	case 0xa0: r->a ^= b; break;
	}
}

/* How many instructions to skip. */
static inline uint32_t reference_jump(const struct reference *r,
				      const struct skep_classic_insn *insn)
{
	const uint32_t b = (insn->code & 8) != 0 ? r->x : insn->k;
	bool taken = false;

	switch (insn->code & 0xf0) {
	case 0x00: return insn->k;
	case 0x10: taken = r->a == b; break;
	case 0x20: taken = r->a > b; break;
	case 0x30: taken = r->a >= b; break;
	case 0x40: taken = (r->a & b) != 0; break;
	}
	return taken ? insn->jt : insn->jf;
}

static inline void reference_ld(struct reference *r, const struct skep_classic_insn *insn)
{
	static const uint32_t SIZES[] = { 4, 2, 1, 0 };
	const uint32_t size = SIZES[insn->code >> 3 & 3];

	switch (insn->code & 0xe0) {
	case 0x00: r->a = insn->k; break;
	case 0x20:
		if (insn->k < 0xfffff000u)
			r->a = reference_load(r, insn->k, size);
		else
			reference_ancillary(r, insn->k);
		break;
	case 0x40:
		r->strange |= r->x + insn->k < r->x;
		r->a = reference_load(r, r->x + insn->k, size);
		break;
	case 0x60: r->a = r->words[insn->k]; break;
	case 0x80: r->a = r->skb->len; break;
	}
}

static inline void reference_ldx(struct reference *r, const struct skep_classic_insn *insn)
{
	switch (insn->code & 0xe0) {
	case 0x00: r->x = insn->k; break;
	case 0x60: r->x = r->words[insn->k]; break;
	case 0x80: r->x = r->skb->len; break;
	case 0xa0: r->x = 4 * (reference_load(r, insn->k, 1) & 15); break;
	}
}

/* Runs a program that is well-formed. */
static inline struct reference reference_run(const struct skep_classic_insn *insns, uint32_t count,
					     const struct skep_skb *skb)
{
	struct reference r = { .skb = skb };

	for (uint32_t i = 0; i < count && !r.ended; i++) {
		const struct skep_classic_insn *insn = &insns[i];

		switch (insn->code & 7) {
		case 0: reference_ld(&r, insn); break;
		case 1: reference_ldx(&r, insn); break;
		case 2: r.words[insn->k] = r.a; break;
		case 3: r.words[insn->k] = r.x; break;
		case 4: reference_alu(&r, insn->code, insn->k); break;
		case 5: i += reference_jump(&r, insn); break;
		case 6: reference_end(&r, (insn->code & 0x18) == 0x10 ? r.a : insn->k); break;
		case 7:
			if ((insn->code & 0xf8) == 0)
				r.x = r.a;
			else
				r.a = r.x;
			break;
		}
	}
	return r;
}

#endif
