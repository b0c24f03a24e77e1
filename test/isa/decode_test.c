/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder against the rules: what is legal, what is refused and which field is named, and what
 * it gives. */
#include <string.h>

#include "base/bytes.h"
#include "base/format.h"
#include "harness.h"
#include "isa/isa.h"
#include "rules.h"

TEST(every_opcode_with_every_field_is_legal_or_not_as_the_rules_say)
{
	struct skep_insn insns[2] = { 0 };
	struct skep_op op;

	for (unsigned code = 0; code < 256; code++) {
		for (unsigned registers = 0; registers < 256; registers++) {
			for (size_t i = 0; i < SKEP_COUNT(RULE_OFFS); i++) {
				for (size_t j = 0; j < SKEP_COUNT(RULE_IMMS); j++) {
					const char *why = NULL;
					int err;

					insns[0] = (struct skep_insn){
						.code = (uint8_t)code,
						.dst_reg = registers & 15,
						.src_reg = registers >> 4 & 15,
						.off = RULE_OFFS[i],
						.imm = RULE_IMMS[j],
					};
					err = skep_isa_decode(insns, 2, 0, &op, &why);
					if ((err == 0) == legal(insns) && (err == 0 || why != NULL))
						continue;
					test_case("code %#x dst %u src %u off %d imm %d", code,
						  registers & 15, registers >> 4, RULE_OFFS[i],
						  RULE_IMMS[j]);
					CHECK_EQ(err == 0, legal(insns));
				}
			}
		}
	}
}

/* Registers that there are, and that there are not. */
static const uint8_t REGISTERS[] = { 0, 1, 2, 3, 7, 9, 10, 11, 15 };

enum field { FIELD_DST, FIELD_SRC, FIELD_OFF, FIELD_IMM, FIELD_COUNT };

static const char *const FIELD_NAMES[] = { "destination", "source", "offset", "immediate" };

/* Whether some value of the field alone would make the instruction legal. */
static bool at_fault(const struct skep_insn *insn, enum field field)
{
	const size_t counts[] = { 16, 16, SKEP_COUNT(RULE_OFFS), SKEP_COUNT(RULE_IMMS) };
	struct skep_insn changed[2] = { *insn };

	for (size_t i = 0; i < counts[field]; i++) {
		switch (field) {
		case FIELD_DST: changed->dst_reg = i & 15; break;
		case FIELD_SRC: changed->src_reg = i & 15; break;
		case FIELD_OFF: changed->off = RULE_OFFS[i]; break;
		default: changed->imm = RULE_IMMS[i]; break;
		}
		if (legal(changed))
			return true;
	}
	return false;
}

/* Of an instruction with one thing wrong, what is named is a field that could put it right. */
static void check_name(const struct skep_insn *insn, uint32_t *named)
{
	bool any = false, fitting = false;
	struct skep_op op;
	const char *why = "";

	for (int field = 0; field < FIELD_COUNT; field++)
		any |= at_fault(insn, field);
	if (!any)
		return;
	++*named;
	skep_isa_decode(insn, 2, 0, &op, &why);
	for (int field = 0; field < FIELD_COUNT; field++)
		fitting |= strstr(why, FIELD_NAMES[field]) != NULL && at_fault(insn, field);
	if (fitting)
		return;
	test_case("code %#x dst %u src %u off %d imm %d: %s", insn->code, insn->dst_reg,
		  insn->src_reg, insn->off, insn->imm, why);
	CHECK(fitting);
}

TEST(of_every_opcode_the_field_at_fault_is_named)
{
	const size_t registers = SKEP_COUNT(REGISTERS), offs = SKEP_COUNT(RULE_OFFS);
	const size_t count = 256 * registers * registers * offs * SKEP_COUNT(RULE_IMMS);
	uint32_t named = 0;

	for (size_t i = 0; i < count; i++) {
		size_t rest = i / SKEP_COUNT(RULE_IMMS);
		struct skep_insn insns[2] = { { .imm = RULE_IMMS[i % SKEP_COUNT(RULE_IMMS)] } };

		insns->off = RULE_OFFS[rest % offs];
		rest /= offs;
		insns->src_reg = REGISTERS[rest % registers] & 15;
		rest /= registers;
		insns->dst_reg = REGISTERS[rest % registers] & 15;
		insns->code = (uint8_t)(rest / registers);
		if (!legal(insns))
			check_name(insns, &named);
	}
	CHECK(named > 100000);
}

TEST(an_opcode_that_no_fields_make_legal_is_named)
{
	uint32_t missing = 0;

	for (unsigned code = 0; code < 256; code++) {
		bool exists = false;

		for (size_t i = 0; i < SKEP_COUNT(RULE_OFFS) * SKEP_COUNT(RULE_IMMS) * 8; i++) {
			const struct skep_insn insns[2] = {
				{ .code = (uint8_t)code,
				  .src_reg = i % 8 & 15,
				  .off = RULE_OFFS[i / 8 % SKEP_COUNT(RULE_OFFS)],
				  .imm = RULE_IMMS[i / 8 / SKEP_COUNT(RULE_OFFS)] }
			};

			exists |= legal(insns);
		}
		for (unsigned registers = 0; registers < 256 && !exists; registers++) {
			const struct skep_insn insns[2] = { { .code = (uint8_t)code,
							      .dst_reg = registers & 15,
							      .src_reg = registers >> 4 & 15 } };
			const char *why = "";
			struct skep_op op;

			test_case("code %#x registers %#x", code, registers);
			CHECK_EQ(skep_isa_decode(insns, 2, 0, &op, &why), SKEP_EINVAL);
			CHECK_TEXT(why, "the opcode does not exist");
		}
		missing += !exists;
	}
	test_case("%s", "");
	/* There are 27 of ALU, 26 of ALU64, 27 of JMP, 23 of JMP32, 7 of LD, 7 of LDX, 4 of ST and
	 * 8 of STX. */
	CHECK_EQ(missing, 256 - 129);
}

TEST(of_the_second_half_the_field_at_fault_is_named)
{
	static const char *const names[] = { "an opcode", "a destination", "a source", "an offset",
					     "an immediate" };

	for (unsigned field = 0; field < SKEP_COUNT(names); field++) {
		for (unsigned value = 1; value < 65536; value++) {
			const uint8_t source = value % 7 & 15;
			const struct skep_insn insns[2] = {
				{ .code = 0x18, .dst_reg = value & 7, .src_reg = source & 15 },
				{ .code = field == 0 ? (uint8_t)value : 0,
				  .dst_reg = field == 1 ? value & 15 : 0,
				  .src_reg = field == 2 ? value & 15 : 0,
				  .off = field == 3 ? (int16_t)value : 0,
				  .imm = field == 4 ? (int32_t)(value << 15) : 0 },
			};
			const char *why = "";
			struct skep_op op;

			if (legal(insns))
				continue;
			test_case("field %u value %u", field, value);
			CHECK_EQ(skep_isa_decode(insns, 2, 0, &op, &why), SKEP_EINVAL);
			CHECK(strstr(why, "the second half of this 64-bit load has ") == why);
			CHECK(strstr(why, names[field]) != NULL);
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
		  "the second half of this 64-bit load has an opcode, which is reserved" },
		{ "18 01 0000 05000000 00 01 0000 00000000",
		  "the second half of this 64-bit load has a destination, which is reserved" },
		{ "18 01 0000 05000000 00 10 0000 00000000",
		  "the second half of this 64-bit load has a source, which is reserved" },
		{ "18 01 0000 05000000 00 00 0100 00000000",
		  "the second half of this 64-bit load has an offset, which is reserved" },
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
T(of_every_opcode_the_field_at_fault_is_named)
T(an_opcode_that_no_fields_make_legal_is_named)
T(of_the_second_half_the_field_at_fault_is_named)
T(the_second_half_of_a_64_bit_load_carries_nothing_but_its_immediate)
T(reserved_fields_are_named)
T(fields_of_one_instruction_of_each_kind)
T(both_byte_orders_read_the_same)
T(a_refused_instruction_leaves_the_result_alone)
TESTS_END
