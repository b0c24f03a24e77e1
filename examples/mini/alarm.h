/* SPDX-License-Identifier: Apache-2.0 */
/* Program alarm, verified and linked by link.c. */
/* clang-format off */
#include <skep.h>

static const struct skep_insn alarm_insns[] = {
	{ 0xbf, 6, 1, 0, 0 }, /* r6 = r1 */
	{ 0x61, 2, 6, 0, 0 }, /* r2 = *(u32 *)(r6 +0) */
	{ 0x18, 1, 2, 0, 1 }, /* r1 = map_value[program.rodata] ll */
	{ 0x00, 0, 0, 0, 0 },
	{ 0x61, 3, 1, 0, 0 }, /* r3 = *(u32 *)(r1 +0) */
	{ 0xb4, 1, 0, 0, 1 }, /* w1 = 1 */
	{ 0x6e, 2, 3, 1, 0 }, /* if w2 s> w3 goto +1 */
	{ 0xb4, 1, 0, 0, 0 }, /* w1 = 0 */
	{ 0x63, 10, 1, -4, 0 }, /* *(u32 *)(r10 -4) = r1 */
	{ 0xbf, 2, 10, 0, 0 }, /* r2 = r10 */
	{ 0x07, 2, 0, 0, -4 }, /* r2 += -4 */
	{ 0x18, 1, 1, 0, 0 }, /* r1 = map[counts] ll */
	{ 0x00, 0, 0, 0, 0 },
	{ 0x85, 0, 0, 0, 1 }, /* call map_lookup_elem#1 */
	{ 0x15, 0, 0, 3, 0 }, /* if r0 == 0 goto +3 */
	{ 0x79, 1, 0, 0, 0 }, /* r1 = *(u64 *)(r0 +0) */
	{ 0x07, 1, 0, 0, 1 }, /* r1 += 1 */
	{ 0x7b, 0, 1, 0, 0 }, /* *(u64 *)(r0 +0) = r1 */
	{ 0x61, 0, 10, -4, 0 }, /* r0 = *(u32 *)(r10 -4) */
	{ 0x63, 6, 0, 4, 0 }, /* *(u32 *)(r6 +4) = r0 */
	{ 0x56, 0, 0, 7, 1 }, /* if w0 != 1 goto +7 */
	{ 0x61, 1, 6, 0, 0 }, /* r1 = *(u32 *)(r6 +0) */
	{ 0x18, 2, 2, 0, 1 }, /* r2 = map_value[program.rodata] ll */
	{ 0x00, 0, 0, 0, 0 },
	{ 0x61, 2, 2, 0, 0 }, /* r2 = *(u32 *)(r2 +0) */
	{ 0x1c, 1, 2, 0, 0 }, /* w1 -= w2 */
	{ 0x85, 0, 0, 0, 4096 }, /* call beep#4096 */
	{ 0x61, 0, 10, -4, 0 }, /* r0 = *(u32 *)(r10 -4) */
	{ 0x95, 0, 0, 0, 0 }, /* exit */
};

/* counts */
_Alignas(8) static uint8_t alarm_map_0[16] = { 0 };

/* program.rodata */
_Alignas(8) static const uint8_t alarm_map_1[8] = { [0] = 44, [1] = 1, 0 };

static const struct skep_mini_map alarm_maps[] = {
	{ (void *)alarm_map_0, 8, 2, false },
	{ (void *)alarm_map_1, 4, 1, true },
};
