/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic BPF, the filters of SO_ATTACH_FILTER and libpcap, and its translation into eBPF.
 *
 * Its machine has an accumulator A, an index register X, both of 32 bits and 0 at first, sixteen
 * words of scratch memory M, and jumps forward only. All its packet loads are big-endian; one
 * outside the packet ends the program with 0, and so does division by zero.
 */
#ifndef SKEP_ISA_CLASSIC_H
#define SKEP_ISA_CLASSIC_H

#include "isa/isa.h"

/* Opcode fields that eBPF does not have (names as in Linux's include/uapi/linux/bpf_common.h). */
enum {
	BPF_RET = 6,  /* in place of BPF_JMP32 */
	BPF_MISC = 7, /* in place of BPF_ALU64 */
	BPF_LEN = 0x80,
	BPF_MSH = 0xa0, /* 4 * (byte & 15): the length of an IPv4 header */
	BPF_A = 0x10,
	BPF_TAX = 0x00,
	BPF_TXA = 0x80,
	SKEP_CLASSIC_INSNS_MAX = 4096,
	SKEP_CLASSIC_WORDS = 16, /* of M */
};

/* Offsets of absolute loads that mean something else than the packet (Linux's
 * include/uapi/linux/filter.h). */
enum {
	SKF_AD_OFF = -0x1000,
	SKF_AD_PROTOCOL = 0,
	SKF_AD_PKTTYPE = 4,
	SKF_AD_IFINDEX = 8,
	SKF_AD_NLATTR = 12,
	SKF_AD_NLATTR_NEST = 16,
	SKF_AD_MARK = 20,
	SKF_AD_QUEUE = 24,
	SKF_AD_HATYPE = 28,
	SKF_AD_RXHASH = 32,
	SKF_AD_CPU = 36,
	SKF_AD_ALU_XOR_X = 40,
	SKF_AD_VLAN_TAG = 44,
	SKF_AD_VLAN_TAG_PRESENT = 48,
	SKF_AD_PAY_OFFSET = 52,
	SKF_AD_RANDOM = 56,
	SKF_AD_VLAN_TPID = 60,
};

/* Helpers that translated programs call, by number: Linux's, and skep's own for what Linux gives to
 * classic filters alone. */
enum {
	SKEP_CLASSIC_CALL_RANDOM = 7,
	SKEP_CLASSIC_CALL_CPU = 8,
	SKEP_CLASSIC_CALL_HATYPE = 0x8000,
	SKEP_CLASSIC_CALL_NLATTR = 0x8001,
	SKEP_CLASSIC_CALL_NLATTR_NEST = 0x8002,
	SKEP_CLASSIC_CALL_PAY_OFFSET = 0x8003,
};

/* Checks a program as Linux does before it attaches one: 1 to 4096 instructions, each with a known
 * opcode; jumps that land inside; scratch words 0 to 15, written before they are read; no division
 * by a constant 0, no shift by a constant above 31; and a return at the end. With
 * SKEP_CLASSIC_LIBPCAP, BPF_JA may jump back and scratch words may be read at once. SKEP_EINVAL:
 * reported to `log` with the index of the classic instruction. SKEP_ENOMEM. */
int skep_classic_check(const struct skep_classic_insn *insns, uint32_t count,
		       enum skep_classic_dialect dialect, struct skep_arena *scratch,
		       struct skep_log *log);

/* Checks and translates. `out` gets `out_count` instructions in `arena`, for a program whose
 * context is Linux's struct __sk_buff. In them r6 is the context, r0 A, r7 X, and M the 64 bytes
 * below r10. Nothing else is reported than by skep_classic_check(). */
int skep_classic_translate(const struct skep_classic_insn *insns, uint32_t count,
			   enum skep_classic_dialect dialect, struct skep_arena *arena,
			   struct skep_log *log, struct skep_insn **out, uint32_t *out_count);

#endif
