/* SPDX-License-Identifier: Apache-2.0 */
/* Every arithmetic operation at both widths, from register and immediate, for every pair of
 * registers, over boundary values with dirty upper halves: the interpreter and compiled code
 * against a model written here from RFC 9669, on all registers. */
#include "engines.h"

struct operation {
	const char *name;
	int code; /* operation bits */
	int off;
};

static const struct operation OPERATIONS[] = {
	{ "add", 0x00, 0 },  { "sub", 0x10, 0 },  { "mul", 0x20, 0 },  { "div", 0x30, 0 },
	{ "sdiv", 0x30, 1 }, { "or", 0x40, 0 },   { "and", 0x50, 0 },  { "lsh", 0x60, 0 },
	{ "rsh", 0x70, 0 },  { "mod", 0x90, 0 },  { "smod", 0x90, 1 }, { "xor", 0xa0, 0 },
	{ "mov", 0xb0, 0 },  { "arsh", 0xc0, 0 },
};

static uint64_t model64(const struct operation *op, uint64_t a, uint64_t b)
{
	const int64_t sa = (int64_t)a, sb = (int64_t)b;

	switch (op->code) {
	case 0x00: return a + b;
	case 0x10: return a - b;
	case 0x20: return a * b;
	case 0x30:
		if (b == 0)
			return 0;
		if (op->off == 0)
			return a / b;
		return sa == INT64_MIN && sb == -1 ? a : (uint64_t)(sa / sb);
	case 0x40: return a | b;
	case 0x50: return a & b;
	case 0x60: return a << (b % 64);
	case 0x70: return a >> (b % 64);
	case 0x90:
		if (b == 0)
			return a;
		if (op->off == 0)
			return a % b;
		return sb == -1 ? 0 : (uint64_t)(sa % sb);
	case 0xa0: return a ^ b;
	case 0xb0: return b;
	default: return sa < 0 ? ~(~a >> (b % 64)) : a >> (b % 64);
	}
}

static uint64_t model32(const struct operation *op, uint32_t a, uint32_t b)
{
	const int32_t sa = (int32_t)a, sb = (int32_t)b;

	switch (op->code) {
	case 0x30:
		if (b == 0)
			return 0;
		if (op->off == 0)
			return a / b;
		return sa == INT32_MIN && sb == -1 ? a : (uint32_t)(sa / sb);
	case 0x60: return (uint32_t)(a << (b % 32));
	case 0x70: return a >> (b % 32);
	case 0x90:
		if (b == 0)
			return a;
		if (op->off == 0)
			return a % b;
		return sb == -1 ? 0 : (uint32_t)(sa % sb);
	case 0xc0: return sa < 0 ? (uint32_t) ~(~a >> (b % 32)) : a >> (b % 32);
	default: return (uint32_t)model64(op, a, b);
	}
}

static uint64_t model(const struct operation *op, int bits, uint64_t a, uint64_t b)
{
	return bits == 64 ? model64(op, a, b) : model32(op, (uint32_t)a, (uint32_t)b);
}

/* Values no operation makes out of the boundary values by chance, with dirty upper halves. */
static void fill(struct registers *r)
{
	for (unsigned i = 0; i < 10; i++)
		r->before[i] = 0xc3c3c3c3a5a5a500 + i;
	memset(r->after, 0, sizeof(r->after));
}

/* One run on both engines; `dst` must become `wanted` and all else stay. */
static bool agrees(const struct program *program, struct registers *r, int dst, uint64_t wanted)
{
	for (int engine = 0; engine < 2; engine++) {
		memset(r->after, 0, sizeof(r->after));
		if (engine == 0)
			run_interp(program, r, 0);
		else
			run_jit(program, r, 0);
		for (int i = 0; i < 10; i++) {
			const uint64_t expected = i == dst ? wanted : r->before[i];

			if (r->after[i] == expected)
				continue;
			test_note("%s: r%d is %#llx, wanted %#llx", engine == 0 ? "interp" : "jit",
				  i, (unsigned long long)r->after[i], (unsigned long long)expected);
			return false;
		}
	}
	return true;
}

static bool open_wrapped(struct program *program, struct skep_insn *insns, struct skep_insn body)
{
	const uint32_t count = wrap(insns, &body, 1);

	return open_insns(program, insns, count);
}

static bool check_pair(const struct operation *op, int bits, int dst, int src)
{
	struct skep_insn insns[WRAP_COUNT + 1];
	static struct program program;
	struct registers r;
	bool ok = open_wrapped(&program, insns,
			       insn_of((bits == 64 ? BPF_ALU64 : BPF_ALU) | BPF_X | op->code, dst,
				       src, op->off, 0));

	for (size_t i = 0; i < COUNT(BOUNDARY) && ok; i++) {
		for (size_t j = 0; j < COUNT(BOUNDARY) && ok; j++) {
			fill(&r);
			r.before[src] = BOUNDARY[j];
			if (dst != src)
				r.before[dst] = BOUNDARY[i];
			else if (i > 0)
				break;
			ok = agrees(&program, &r, dst,
				    model(op, bits, r.before[dst], r.before[src]));
			if (!ok)
				test_note("r%d=%#llx %s%d r%d=%#llx", dst,
					  (unsigned long long)r.before[dst], op->name, bits, src,
					  (unsigned long long)r.before[src]);
		}
	}
	close_program(&program);
	return ok;
}

TEST(every_operation_width_and_pair_of_registers)
{
	for (size_t i = 0; i < COUNT(OPERATIONS); i++)
		for (int bits = 32; bits <= 64; bits += 32)
			for (int dst = 0; dst < 10; dst++)
				for (int src = 0; src < 10; src++)
					CHECK(check_pair(&OPERATIONS[i], bits, dst, src));
}

static bool check_immediate(const struct operation *op, int bits, int dst, int32_t imm)
{
	struct skep_insn insns[WRAP_COUNT + 1];
	static struct program program;
	struct registers r;
	bool ok = open_wrapped(&program, insns,
			       insn_of((bits == 64 ? BPF_ALU64 : BPF_ALU) | BPF_K | op->code, dst,
				       0, op->off, imm));

	for (size_t i = 0; i < COUNT(BOUNDARY) && ok; i++) {
		fill(&r);
		r.before[dst] = BOUNDARY[i];
		ok = agrees(&program, &r, dst,
			    model(op, bits, r.before[dst], (uint64_t)(int64_t)imm));
		if (!ok)
			test_note("r%d=%#llx %s%d %d", dst, (unsigned long long)r.before[dst],
				  op->name, bits, (int)imm);
	}
	close_program(&program);
	return ok;
}

/* Shift amounts beyond the width are masked, so every immediate is legal for every operation. */
TEST(every_operation_width_register_and_immediate)
{
	for (size_t i = 0; i < COUNT(OPERATIONS); i++)
		for (int bits = 32; bits <= 64; bits += 32)
			for (int dst = 0; dst < 10; dst++)
				for (size_t k = 0; k < COUNT(IMMEDIATES); k++)
					CHECK(check_immediate(&OPERATIONS[i], bits, dst,
							      IMMEDIATES[k]));
}

/* r10 as a source: what comes out differs from run to run, what it means does not. */
TEST(frame_pointer_as_operand)
{
	for (int dst = 0; dst < 10; dst++) {
		const struct skep_insn body[] = {
			insn_of(BPF_ALU64 | BPF_X | BPF_MOV, dst, 10, 0, 0),
			insn_of(BPF_ALU64 | BPF_X | BPF_SUB, dst, 10, 0, 0),
			insn_of(BPF_ALU64 | BPF_X | BPF_ADD, dst, 10, 0, 0),
			insn_of(BPF_ALU64 | BPF_X | BPF_XOR, dst, 10, 0, 0),
		};
		struct skep_insn insns[WRAP_COUNT + 4];
		static struct program program;
		struct registers r;

		CHECK(open_insns(&program, insns, wrap(insns, body, 4)));
		fill(&r);
		CHECK(agrees(&program, &r, dst, 0));
		close_program(&program);
	}
}

struct unary {
	const char *name;
	struct skep_insn insn; /* of r0 */
	uint64_t (*model)(uint64_t);
	bool has_source;
};

static uint64_t reversed(uint64_t x, int bytes)
{
	uint64_t out = 0;

	for (int i = 0; i < bytes; i++)
		out = out << 8 | (x >> 8 * i & 0xff);
	return out;
}

static uint64_t neg32(uint64_t x)
{
	return (uint32_t)(~(uint32_t)x + 1);
}
static uint64_t neg64(uint64_t x)
{
	return ~x + 1;
}
static uint64_t swap16(uint64_t x)
{
	return reversed(x, 2);
}
static uint64_t swap32(uint64_t x)
{
	return reversed(x, 4);
}
static uint64_t swap64(uint64_t x)
{
	return reversed(x, 8);
}
static uint64_t cut16(uint64_t x)
{
	return x % 0x10000;
}
static uint64_t cut32(uint64_t x)
{
	return x % 0x100000000;
}
static uint64_t same(uint64_t x)
{
	return x;
}
static uint64_t wide8(uint64_t x)
{
	return (uint64_t)(int64_t)(int8_t)x;
}
static uint64_t wide16(uint64_t x)
{
	return (uint64_t)(int64_t)(int16_t)x;
}
static uint64_t wide32(uint64_t x)
{
	return (uint64_t)(int64_t)(int32_t)x;
}
static uint64_t half8(uint64_t x)
{
	return (uint32_t)(int32_t)(int8_t)x;
}
static uint64_t half16(uint64_t x)
{
	return (uint32_t)(int32_t)(int16_t)x;
}

/* Opcode bytes of RFC 9669: 0xd4 to little-endian, 0xdc to big-endian, 0xd7 unconditional. */
static const struct unary UNARIES[] = {
	{ "neg32", { .code = 0x84 }, neg32, false },
	{ "neg64", { .code = 0x87 }, neg64, false },
	{ "bswap16", { .code = 0xd7, .imm = 16 }, swap16, false },
	{ "bswap32", { .code = 0xd7, .imm = 32 }, swap32, false },
	{ "bswap64", { .code = 0xd7, .imm = 64 }, swap64, false },
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	{ "be16", { .code = 0xdc, .imm = 16 }, swap16, false },
	{ "be32", { .code = 0xdc, .imm = 32 }, swap32, false },
	{ "be64", { .code = 0xdc, .imm = 64 }, swap64, false },
	{ "le16", { .code = 0xd4, .imm = 16 }, cut16, false },
	{ "le32", { .code = 0xd4, .imm = 32 }, cut32, false },
	{ "le64", { .code = 0xd4, .imm = 64 }, same, false },
#else
	{ "le16", { .code = 0xd4, .imm = 16 }, swap16, false },
	{ "le32", { .code = 0xd4, .imm = 32 }, swap32, false },
	{ "le64", { .code = 0xd4, .imm = 64 }, swap64, false },
	{ "be16", { .code = 0xdc, .imm = 16 }, cut16, false },
	{ "be32", { .code = 0xdc, .imm = 32 }, cut32, false },
	{ "be64", { .code = 0xdc, .imm = 64 }, same, false },
#endif
	{ "s8 to 64", { .code = 0xbf, .off = 8 }, wide8, true },
	{ "s16 to 64", { .code = 0xbf, .off = 16 }, wide16, true },
	{ "s32 to 64", { .code = 0xbf, .off = 32 }, wide32, true },
	{ "s8 to 32", { .code = 0xbc, .off = 8 }, half8, true },
	{ "s16 to 32", { .code = 0xbc, .off = 16 }, half16, true },
};

static bool check_unary(const struct unary *unary, int dst, int src)
{
	struct skep_insn insns[WRAP_COUNT + 1], body = unary->insn;
	static struct program program;
	struct registers r;
	bool ok;

	body.dst_reg = (uint8_t)(dst & 15);
	body.src_reg = (uint8_t)(unary->has_source ? src & 15 : 0);
	ok = open_wrapped(&program, insns, body);
	for (size_t i = 0; i < COUNT(BOUNDARY) && ok; i++) {
		fill(&r);
		r.before[src] = BOUNDARY[i];
		ok = agrees(&program, &r, dst, unary->model(r.before[src]));
	}
	if (!ok)
		test_note("%s r%d r%d", unary->name, dst, src);
	close_program(&program);
	return ok;
}

TEST(negation_byte_order_and_sign_extension)
{
	for (size_t i = 0; i < COUNT(UNARIES); i++)
		for (int dst = 0; dst < 10; dst++)
			for (int src = 0; src < 10; src++)
				if (UNARIES[i].has_source || dst == src)
					CHECK(check_unary(&UNARIES[i], dst, src));
}

/* Every sign boundary of the immediate loads, as one constant and by its halves. */
TEST(constants)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		const uint64_t one = (uint64_t)1 << bit;
		const uint64_t values[] = { one, one - 1, ~one, ~one + 1, one | 1, one << 1 | 1 };

		for (size_t i = 0; i < COUNT(values); i++) {
			const int dst = (int)((bit + i) % 10);
			const struct skep_insn body[] = {
				insn_of(BPF_LD | BPF_IMM | BPF_DW, dst, 0, 0,
					(int32_t)(uint32_t)values[i]),
				insn_of(0, 0, 0, 0, (int32_t)(uint32_t)(values[i] >> 32)),
			};
			struct skep_insn insns[WRAP_COUNT + 2];
			static struct program program;
			struct registers r;

			CHECK(open_insns(&program, insns, wrap(insns, body, 2)));
			fill(&r);
			CHECK(agrees(&program, &r, dst, values[i]));
			close_program(&program);
		}
	}
}

TESTS_BEGIN
T(every_operation_width_and_pair_of_registers)
T(every_operation_width_register_and_immediate)
T(frame_pointer_as_operand)
T(negation_byte_order_and_sign_extension)
T(constants)
TESTS_END
