/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder against the rules of RFC 9669 and of Linux's verifier, written down here a second
 * time as conditions instead of as a table. */
#include <string.h>

#include "base/bytes.h"
#include "base/format.h"
#include "harness.h"
#include "isa/isa.h"

/* ----------------------------------------------------------------------------- the rules, again */

static bool legal_alu(const struct skep_insn *insn, bool wide)
{
	const unsigned operation = insn->code >> 4;
	const bool by_register = (insn->code & 8) != 0;
	const int16_t off = insn->off;

	if (operation == 8)
		return !by_register && insn->src_reg == 0 && off == 0 && insn->imm == 0;
	if (operation == 13) {
		if (insn->src_reg != 0 || off != 0)
			return false;
		if (wide && by_register)
			return false;
		return insn->imm == 16 || insn->imm == 32 || insn->imm == 64;
	}
	if (operation > 13)
		return false;
	if (by_register && insn->src_reg > 10)
		return false;
	if (by_register && operation == 11 && wide && off == 1)
		return insn->imm == 1 || insn->imm == 65536;
	if (by_register ? insn->imm != 0 : insn->src_reg != 0)
		return false;
	if (operation == 3 || operation == 9)
		return off == 0 || off == 1;
	if (operation == 11 && by_register)
		return off == 0 || off == 8 || off == 16 || (wide && off == 32);
	return off == 0;
}

static bool legal_jump(const struct skep_insn *insn, bool wide)
{
	const bool by_register = (insn->code & 8) != 0;

	switch (insn->code >> 4) {
	case 0:
		return !by_register && insn->dst_reg == 0 && insn->src_reg == 0 &&
		       (wide ? insn->imm == 0 : insn->off == 0);
	case 8:
		if (!wide)
			return false;
		if (by_register)
			return insn->src_reg == 0 && insn->off == 0 && insn->imm == 0;
		return insn->dst_reg == 0 && insn->src_reg <= 2 &&
		       (insn->off == 0 || insn->src_reg == 2);
	case 9:
		return wide && !by_register && insn->dst_reg == 0 && insn->src_reg == 0 &&
		       insn->off == 0 && insn->imm == 0;
	case 14:
		return wide && !by_register && insn->dst_reg == 0 && insn->src_reg == 0 &&
		       insn->imm == 0;
	case 15: return false;
	default: return by_register ? insn->src_reg <= 10 && insn->imm == 0 : insn->src_reg == 0;
	}
}

static bool legal_atomic(const struct skep_insn *insn, unsigned size)
{
	if (insn->imm == 0x100 || insn->imm == 0x110)
		return true;
	if (size != 0x00 && size != 0x18)
		return false;
	switch (insn->imm) {
	case 0x00:
	case 0x01:
	case 0x40:
	case 0x41:
	case 0x50:
	case 0x51:
	case 0xa0:
	case 0xa1:
	case 0xe1:
	case 0xf1: return true;
	default: return false;
	}
}

/* insn[1] is the second slot of an lddw. */
static bool legal_load_store(const struct skep_insn *insn)
{
	const unsigned class = insn->code & 7, size = insn->code & 0x18, mode = insn->code & 0xe0;

	switch (class) {
	case 0:
		if (insn->code == 0x18)
			return insn->src_reg <= 6 && insn->off == 0 && insn[1].code == 0 &&
			       insn[1].dst_reg == 0 && insn[1].src_reg == 0 && insn[1].off == 0 &&
			       (insn[1].imm == 0 || insn->src_reg == 0 || insn->src_reg == 2 ||
				insn->src_reg == 3 || insn->src_reg == 6);
		if (size == 0x18 || insn->dst_reg != 0 || insn->off != 0)
			return false;
		return mode == 0x20 ? insn->src_reg == 0 : mode == 0x40 && insn->src_reg <= 10;
	case 1:
		return (mode == 0x60 || (mode == 0x80 && size != 0x18)) && insn->src_reg <= 10 &&
		       insn->imm == 0;
	case 2: return mode == 0x60 && insn->src_reg == 0;
	default:
		if (insn->src_reg > 10)
			return false;
		return mode == 0x60 ? insn->imm == 0 : mode == 0xc0 && legal_atomic(insn, size);
	}
}

static bool legal(const struct skep_insn *insn)
{
	if (insn->dst_reg > 10)
		return false;
	switch (insn->code & 7) {
	case 4: return legal_alu(insn, false);
	case 7: return legal_alu(insn, true);
	case 5: return legal_jump(insn, true);
	case 6: return legal_jump(insn, false);
	default: return legal_load_store(insn);
	}
}

static const int16_t OFFS[] = { 0, 1, 2, 8, 16, 24, 32, 64, -1, -8, 32767, -32768 };
static const int32_t IMMS[] = { 0,     1,     2,     16,    32,   64,        0x40,     0x41, 0x50,
				0x51,  0xa0,  0xa1,  0xe0,  0xe1, 0xf0,      0xf1,     128,  0x100,
				0x101, 0x110, 65536, 65537, -1,   INT32_MAX, INT32_MIN };

TEST(every_opcode_with_every_field_is_legal_or_not_as_the_rules_say)
{
	struct skep_insn insns[2] = { 0 };
	struct skep_op op;

	for (unsigned code = 0; code < 256; code++) {
		for (unsigned registers = 0; registers < 256; registers++) {
			for (size_t i = 0; i < SKEP_COUNT(OFFS); i++) {
				for (size_t j = 0; j < SKEP_COUNT(IMMS); j++) {
					const char *why = NULL;
					int err;

					insns[0] = (struct skep_insn){
						.code = (uint8_t)code,
						.dst_reg = registers & 15,
						.src_reg = registers >> 4 & 15,
						.off = OFFS[i],
						.imm = IMMS[j],
					};
					err = skep_isa_decode(insns, 2, 0, &op, &why);
					if ((err == 0) == legal(insns) && (err == 0 || why != NULL))
						continue;
					test_case("code %#x dst %u src %u off %d imm %d", code,
						  registers & 15, registers >> 4, OFFS[i], IMMS[j]);
					CHECK_EQ(err == 0, legal(insns));
				}
			}
		}
	}
}

TEST(the_second_half_of_a_64_bit_load_carries_nothing_but_its_immediate)
{
	struct skep_insn insns[2];
	struct skep_op op;
	const char *why;

	for (unsigned byte = 0; byte < 8; byte++) {
		for (unsigned source = 0; source < 8; source++) {
			unsigned bytes[8] = { 0 };

			bytes[byte] = 0x11;
			insns[0] = (struct skep_insn){ .code = 0x18, .src_reg = source & 15 };
			insns[1] = (struct skep_insn){
				.code = (uint8_t)bytes[0],
				.dst_reg = bytes[1] & 15,
				.src_reg = bytes[1] >> 4 & 15,
				.off = (int16_t)(bytes[2] | bytes[3] << 8),
				.imm = (int32_t)(bytes[4] | bytes[5] << 8 | bytes[6] << 16 |
						 bytes[7] << 24),
			};
			test_case("byte %u, source %u", byte, source);
			CHECK_EQ(skep_isa_decode(insns, 2, 0, &op, &why) == 0, legal(insns));
		}
	}
}

/* --------------------------------------------------------------------------------- what it gives
 */

/* Decodes the eight bytes of a little-endian file. */
static int decode_bytes(const char *hex, struct skep_op *op, const char **why)
{
	uint8_t bytes[16] = { 0 };
	struct skep_insn insns[2];
	size_t count = 0;

	for (; *hex != '\0'; hex++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *hex);

		if (*hex == ' ')
			continue;
		bytes[count / 2] = (uint8_t)(bytes[count / 2] << 4 | (digit - digits));
		count++;
	}
	skep_isa_read(bytes, false, 2, insns);
	return skep_isa_decode(insns, (uint32_t)(count / 16), 0, op, why);
}

TEST(reserved_fields_are_named)
{
	static const struct {
		const char *hex, *why;
	} cases[] = {
		{ "ff 00 0000 00000000", "the opcode does not exist" },
		{ "00 00 0000 00000000", "the opcode does not exist" },
		{ "8c 00 0000 00000000", "the opcode does not exist" },
		{ "0d 00 0000 00000000", "the opcode does not exist" },
		{ "99 10 0000 00000000", "the opcode does not exist" },
		{ "86 00 0000 00000000", "the opcode does not exist" },
		{ "b7 0b 0000 00000000", "the destination register does not exist" },
		{ "95 01 0000 00000000", "the destination field has a reserved value" },
		{ "05 03 0100 00000000", "the destination field has a reserved value" },
		{ "85 01 0000 01000000", "the destination field has a reserved value" },
		{ "0f b1 0000 00000000", "the source register does not exist" },
		{ "b7 10 0000 05000000", "the source field has a reserved value" },
		{ "85 30 0000 05000000", "the source field has a reserved value" },
		{ "95 10 0000 00000000", "the source field has a reserved value" },
		{ "18 70 0000 00000000 00 00 0000 00000000",
		  "the source field has a reserved value" },
		{ "07 01 0100 05000000", "the offset field has a reserved value" },
		{ "37 01 0200 05000000", "the offset field has a reserved value" },
		{ "bc 21 2000 00000000", "the offset field has a reserved value" },
		{ "bf 21 ffff 00000000", "the offset field has a reserved value" },
		{ "06 00 0100 05000000", "the offset field has a reserved value" },
		{ "85 00 0100 05000000", "the offset field has a reserved value" },
		{ "0f 21 0000 01000000", "the immediate has a reserved value" },
		{ "05 00 0100 05000000", "the immediate has a reserved value" },
		{ "61 10 0000 01000000", "the immediate has a reserved value" },
		{ "63 10 0000 01000000", "the immediate has a reserved value" },
		{ "87 01 0000 01000000", "the immediate has a reserved value" },
		{ "dc 01 0000 08000000", "the immediate has a reserved value" },
		{ "db 10 0000 02000000", "the immediate has a reserved value" },
		{ "d3 10 0000 00000000", "the immediate has a reserved value" },
		{ "bf 21 0100 02000000", "the immediate has a reserved value" },
		{ "18 01 0000 05000000", "the second half of this 64-bit load is missing" },
		{ "18 01 0000 05000000 01 00 0000 00000000",
		  "the second half of this 64-bit load has fields other than the immediate" },
		{ "18 11 0000 05000000 00 00 0000 01000000",
		  "the second half of this 64-bit load has an immediate, which is reserved here" },
	};

	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		struct skep_op op;
		const char *why = NULL;

		test_case("%s", cases[i].hex);
		CHECK_EQ(decode_bytes(cases[i].hex, &op, &why), SKEP_EINVAL);
		CHECK_TEXT(why, cases[i].why);
	}
}

TEST(fields_of_one_instruction_of_each_kind)
{
#define KIND(name) SKEP_KIND_##name
	static const struct {
		const char *hex;
		struct skep_op op;
		/* In `op`: kind, what, bits, dst, src, slots, group, off, jump, imm. */
	} cases[] = {
		{ "04 01 0000 f6ffffff",
		  { KIND(ALU_IMM), SKEP_ALU_ADD, 32, 1, 0, 1, SKEP_ISA_BASE32, 0, 0, -10 } },
		{ "cf 32 0000 00000000",
		  { KIND(ALU_REG), SKEP_ALU_ARSH, 64, 2, 3, 1, SKEP_ISA_BASE64, 0, 0, 0 } },
		{ "3c 32 0100 00000000",
		  { KIND(ALU_REG), SKEP_ALU_SDIV, 32, 2, 3, 1, SKEP_ISA_DIVMUL32, 1, 0, 0 } },
		{ "97 02 0100 07000000",
		  { KIND(ALU_IMM), SKEP_ALU_SMOD, 64, 2, 0, 1, SKEP_ISA_DIVMUL64, 1, 0, 7 } },
		{ "84 05 0000 00000000", { KIND(NEG), 0, 32, 5, 0, 1, SKEP_ISA_BASE32, 0, 0, 0 } },
		{ "bf 21 2000 00000000",
		  { KIND(MOV_SIGNED), 0, 64, 1, 2, 1, SKEP_ISA_BASE64, 32, 0, 0 } },
		{ "bf 21 0100 01000000",
		  { KIND(MOV_SPACE), 0, 64, 1, 2, 1, SKEP_ISA_LINUX, 1, 0, 1 } },
		{ "d4 01 0000 10000000",
		  { KIND(TO_LE), 0, 16, 1, 0, 1, SKEP_ISA_BASE32, 0, 0, 16 } },
		{ "dc 01 0000 20000000",
		  { KIND(TO_BE), 0, 32, 1, 0, 1, SKEP_ISA_BASE32, 0, 0, 32 } },
		{ "d7 01 0000 40000000",
		  { KIND(SWAP), 0, 64, 1, 0, 1, SKEP_ISA_BASE64, 0, 0, 64 } },
		{ "18 01 0000 88776655 00 00 0000 44332291",
		  { KIND(LDDW), 0, 64, 1, 0, 2, SKEP_ISA_BASE64, 0, 0,
		    (int64_t)0x9122334455667788 } },
		{ "18 21 0000 ffffffff 00 00 0000 10000000",
		  { KIND(LDDW), 0, 64, 1, 2, 2, SKEP_ISA_BASE64, 0, 0, 0x10ffffffff } },
		{ "71 a1 f8ff 00000000",
		  { KIND(LOAD), 0, 8, 1, 10, 1, SKEP_ISA_BASE32, -8, 0, 0 } },
		{ "81 21 0400 00000000",
		  { KIND(LOAD_SIGNED), 0, 32, 1, 2, 1, SKEP_ISA_BASE64, 4, 0, 0 } },
		{ "cb 21 0400 00010000",
		  { KIND(LOAD_ACQUIRE), 0, 16, 1, 2, 1, SKEP_ISA_LINUX, 4, 0, 0x100 } },
		{ "7a 0a f8ff feffffff",
		  { KIND(STORE_IMM), 0, 64, 10, 0, 1, SKEP_ISA_BASE64, -8, 0, -2 } },
		{ "6b 21 0400 00000000",
		  { KIND(STORE_REG), 0, 16, 1, 2, 1, SKEP_ISA_BASE32, 4, 0, 0 } },
		{ "d3 21 0400 10010000",
		  { KIND(STORE_RELEASE), 0, 8, 1, 2, 1, SKEP_ISA_LINUX, 4, 0, 0x110 } },
		{ "c3 21 0400 51000000",
		  { KIND(ATOMIC), SKEP_ATOMIC_FETCH_AND, 32, 1, 2, 1, SKEP_ISA_ATOMIC32, 4, 0,
		    0x51 } },
		{ "db 21 0400 f1000000",
		  { KIND(ATOMIC), SKEP_ATOMIC_CMPXCHG, 64, 1, 2, 1, SKEP_ISA_ATOMIC64, 4, 0,
		    0xf1 } },
		{ "28 00 0000 0c000000",
		  { KIND(LD_ABS), 0, 16, 0, 0, 1, SKEP_ISA_PACKET, 0, 0, 12 } },
		{ "50 30 0000 0c000000",
		  { KIND(LD_IND), 0, 8, 0, 3, 1, SKEP_ISA_PACKET, 0, 0, 12 } },
		{ "05 00 feff 00000000", { KIND(JA), 0, 64, 0, 0, 1, SKEP_ISA_BASE32, -2, -2, 0 } },
		{ "06 00 0000 00000100",
		  { KIND(JA), 0, 32, 0, 0, 1, SKEP_ISA_BASE32, 0, 65536, 65536 } },
		{ "66 01 0300 05000000",
		  { KIND(JUMP_IMM), SKEP_JUMP_JSGT, 32, 1, 0, 1, SKEP_ISA_BASE32, 3, 3, 5 } },
		{ "4d 21 0080 00000000",
		  { KIND(JUMP_REG), SKEP_JUMP_JSET, 64, 1, 2, 1, SKEP_ISA_BASE64, -32768, -32768,
		    0 } },
		{ "e5 00 0300 00000000",
		  { KIND(MAY_GOTO), 0, 64, 0, 0, 1, SKEP_ISA_LINUX, 3, 3, 0 } },
		{ "85 00 0000 05000000",
		  { KIND(CALL_HELPER), 0, 64, 0, 0, 1, SKEP_ISA_BASE32, 0, 0, 5 } },
		{ "85 10 0000 feffffff",
		  { KIND(CALL_LOCAL), 0, 64, 0, 1, 1, SKEP_ISA_BASE32, 0, -2, -2 } },
		{ "85 20 0100 07000000",
		  { KIND(CALL_KFUNC), 0, 64, 0, 2, 1, SKEP_ISA_BASE32, 1, 0, 7 } },
		{ "8d 02 0000 00000000",
		  { KIND(CALL_REG), 0, 64, 2, 0, 1, SKEP_ISA_LINUX, 0, 0, 0 } },
		{ "95 00 0000 00000000", { KIND(EXIT), 0, 64, 0, 0, 1, SKEP_ISA_BASE32, 0, 0, 0 } },
	};

	_Static_assert(SKEP_COUNT(cases) > SKEP_KIND_COUNT, "a kind is missing");
	for (size_t i = 0; i < SKEP_COUNT(cases); i++) {
		const struct skep_op *wanted = &cases[i].op;
		struct skep_op op = { 0 };
		const char *why = "";

		test_case("%s", cases[i].hex);
		CHECK_EQ(decode_bytes(cases[i].hex, &op, &why), 0);
		CHECK_EQ(op.kind, wanted->kind);
		CHECK_EQ(op.what, wanted->what);
		CHECK_EQ(op.bits, wanted->bits);
		CHECK_EQ(op.dst, wanted->dst);
		CHECK_EQ(op.src, wanted->src);
		CHECK_EQ(op.slots, wanted->slots);
		CHECK_EQ(op.group, wanted->group);
		CHECK_EQ(op.off, wanted->off);
		CHECK_EQ(op.jump, wanted->jump);
		CHECK_EQ(op.imm, wanted->imm);
	}
}

TEST(both_byte_orders_read_the_same)
{
	static const uint8_t little[] = { 0x61, 0xa1, 0xf8, 0xff, 0x44, 0x33, 0x22, 0x11 };
	static const uint8_t big[] = { 0x61, 0x1a, 0xff, 0xf8, 0x11, 0x22, 0x33, 0x44 };

	for (unsigned i = 0; i < 2; i++) {
		struct skep_insn insn;

		skep_isa_read(i == 0 ? little : big, i == 1, 1, &insn);
		CHECK_EQ(insn.code, 0x61);
		CHECK_EQ(insn.dst_reg, 1);
		CHECK_EQ(insn.src_reg, 10);
		CHECK_EQ(insn.off, -8);
		CHECK_EQ(insn.imm, 0x11223344);
	}
}

TEST(a_refused_instruction_leaves_the_result_alone)
{
	const struct skep_insn insn = { .code = 0xff };
	struct skep_op op;
	struct skep_op before;
	const char *why;

	memset(&op, 0x5a, sizeof(op));
	before = op;
	CHECK_EQ(skep_isa_decode(&insn, 1, 0, &op, &why), SKEP_EINVAL);
	CHECK(memcmp(&op, &before, sizeof(op)) == 0);
}

TESTS_BEGIN
T(every_opcode_with_every_field_is_legal_or_not_as_the_rules_say)
T(the_second_half_of_a_64_bit_load_carries_nothing_but_its_immediate)
T(reserved_fields_are_named)
T(fields_of_one_instruction_of_each_kind)
T(both_byte_orders_read_the_same)
T(a_refused_instruction_leaves_the_result_alone)
TESTS_END
