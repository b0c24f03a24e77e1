/* SPDX-License-Identifier: Apache-2.0 */
/* Machine code for x86-64, instruction by instruction, on any host. Each row was read with LLVM's
 * disassembler when it was written; what it means is checked by running it, in the grids. */
#include "base/bytes.h"
#include "engines.h"

static const struct {
	const char *insn, *code;
} ROWS[] = {
	/* clang-format off */
	{ "r0 += r1", "4801f8" },
	{ "w6 += w9", "4401fb" },
	{ "r8 += 127", "4983c67f" },
	{ "r8 += 128", "4983ee80" },
	{ "r8 -= 128", "4983c680" },
	{ "r8 -= -128", "4983ee80" },
	{ "r0 += 1000", "4805e8030000" },
	{ "r7 -= -2147483648", "4981ed00000080" },
	{ "w0 += 0", "89c0" },
	{ "r3 += 0", "" },
	{ "w9 &= 255", "450fb6ff" },
	{ "r6 &= 255", "0fb6db" },
	{ "r1 &= 65535", "0fb7ff" },
	{ "r1 &= 1023", "81e7ff030000" },
	{ "r1 &= -256", "4881e700ffffff" },
	{ "r2 |= 1", "4883ce01" },
	{ "r5 ^= -1", "4983f0ff" },
	{ "r4 *= 8", "48c1e103" },
	{ "r4 *= 1", "" },
	{ "r4 *= 10", "486bc90a" },
	{ "r4 *= 1000", "4869c9e8030000" },
	{ "w4 *= w7", "410fafcd" },
	{ "r9 *= 0", "4531ff" },
	{ "r6 <<= 1", "48d1e3" },
	{ "w6 <<= 0", "89db" },
	{ "r6 >>= 63", "48c1eb3f" },
	{ "w6 s>>= 31", "c1fb1f" },
	{ "r1 <<= r4", "48d3e7" },
	{ "r4 <<= r1", "4989cb89f949d3e34c89d9" },
	{ "r4 >>= r4", "48d3e9" },
	{ "r2 s>>= r3", "4989cb89d148d3fe4c89d9" },
	{ "w7 >>= w0", "4989cb89c141d3ed4c89d9" },
	{ "r0 /= r1", "4885ff750431c0eb0b4989d131d248f7f74c89ca" },
	{ "r3 %= r3", "4885d274114989d34989c24889d031d249f7f34c89d0" },
	{ "w3 s/= w0", "85c0750431d2eb1c83f8ff7504f7daeb134989c34989c24889d09941f7fb4889c24c89d0" },
	{ "r6 s%= r3", "4885d274244883faff750431dbeb1a4989d34989c24889d84989d1489949f7fb4889d34c89d04c89ca" },
	{ "r6 /= 16", "48c1eb04" },
	{ "r6 /= 10", "41bb0a0000004989c24889d84989d131d249f7f34889c34c89d04c89ca" },
	{ "w6 %= 16", "83e30f" },
	{ "w6 /= -2147483648", "c1eb1f" },
	{ "w6 s%= -1", "31db" },
	{ "r6 s/= -1", "48f7db" },
	{ "r0 = 0", "31c0" },
	{ "r7 = 1", "41bd01000000" },
	{ "r7 = -1", "49c7c5ffffffff" },
	{ "w7 = -1", "41bdffffffff" },
	{ "r7 = 0x123456789 ll", "49bd8967452301000000" },
	{ "r7 = 0xffffffff80000000 ll", "49c7c500000080" },
	{ "r7 = 0x80000000 ll", "41bd00000080" },
	{ "r7 = r7", "" },
	{ "w7 = w7", "4589ed" },
	{ "r2 = r10", "4889ee" },
	{ "w0 = w8", "4489f0" },
	{ "r1 = (s8)r2", "480fbefe" },
	{ "w1 = (s8)w6", "0fbefb" },
	{ "r8 = (s16)r9", "4d0fbff7" },
	{ "r3 = (s32)r4", "4863d1" },
	{ "r3 = -r3", "48f7da" },
	{ "w8 = -w8", "41f7de" },
	{ "r1 = be16 r1", "66c1c7080fb7ff" },
	{ "r9 = be32 r9", "410fcf" },
	{ "r9 = bswap64 r9", "490fcf" },
	{ "r1 = bswap16 r1", "66c1c7080fb7ff" },
	{ "r1 = le16 r1", "0fb7ff" },
	{ "r1 = le32 r1", "8bff" },
	{ "r1 = *(u8 *)(r2 +0)", "0fb63e" },
	{ "r1 = *(u16 *)(r10 -2)", "0fb77dfe" },
	{ "r7 = *(u32 *)(r7 +128)", "458bad80000000" },
	{ "r7 = *(u64 *)(r7 +127)", "4d8b6d7f" },
	{ "r0 = *(s8 *)(r6 -128)", "480fbe4380" },
	{ "r0 = *(s16 *)(r6 -129)", "480fbf837fffffff" },
	{ "r0 = *(s32 *)(r10 -4)", "486345fc" },
	{ "*(u8 *)(r1 +0) = r2", "408837" },
	{ "*(u8 *)(r1 +0) = r1", "40883f" },
	{ "*(u8 *)(r1 +0) = r0", "8807" },
	{ "*(u8 *)(r1 +0) = r10", "40882f" },
	{ "*(u16 *)(r8 +0) = r9", "6645893e" },
	{ "*(u32 *)(r7 +0) = r5", "45894500" },
	{ "*(u64 *)(r10 -8) = r6", "48895df8" },
	{ "*(u8 *)(r7 +4) = -1", "41c64504ff" },
	{ "*(u16 *)(r7 +4) = 258", "6641c745040201" },
	{ "*(u32 *)(r7 +4) = 1", "41c7450401000000" },
	{ "*(u64 *)(r7 +4) = -1", "49c74504ffffffff" },
	{ "lock *(u32 *)(r1 +0) += r2", "f00137" },
	{ "lock *(u64 *)(r10 -8) |= r9", "f04c097df8" },
	{ "lock *(u64 *)(r10 -8) &= r0", "f0482145f8" },
	{ "r2 = atomic64_fetch_add((u64 *)(r1 +8), r2)", "f0480fc17708" },
	{ "w2 = atomic_fetch_xor((u32 *)(r1 +8), w2)", "4989c28b47084989c34131f3f0440fb15f0875f289c64c89d0" },
	{ "r0 = atomic64_fetch_and((u64 *)(r0 +8), r0)", "4989c14989c2498b41084989c34d21d3f04d0fb1590875f2" },
	{ "r3 = xchg_64(r1 +0, r3)", "488717" },
	{ "r0 = cmpxchg_64(r1 +0, r0, r2)", "f0480fb137" },
	{ "w0 = cmpxchg32_32(r1 +0, w0, w2)", "f00fb13789c0" },
	{ "r1 = load_acquire((u8 *)(r2 +0))", "0fb63e" },
	{ "store_release((u16 *)(r2 +0), r1)", "66893e" },
	{ "if r1 == 0 goto +1", "4885ff7402" },
	{ "if r1 > r2 goto +1", "4839f77702" },
	{ "if w1 s< -1 goto +1", "83ffff7c02" },
	{ "if r6 >= 1000 goto +1", "4881fbe80300007302" },
	{ "if r0 s> 1000 goto +1", "483de80300007f02" },
	{ "if r0 & 1 goto +1", "a8017502" },
	{ "if r7 & 128 goto +1", "41f6c5807502" },
	{ "if r2 & 16 goto +1", "40f6c6107502" },
	{ "if r7 & 256 goto +1", "41f7c5000100007502" },
	{ "if r7 & -2 goto +1", "49f7c5feffffff7502" },
	{ "if w7 & w8 goto +1", "4585f57502" },
	{ "goto +1", "eb02" },
	{ "may_goto +1", "4883bdf8fdffff00740948ff8df8fdffff" },
	/* clang-format on */
};

static struct program program;

static const struct skep_backend *find_backend(void)
{
	const struct skep_backend *backend;

	for (uint32_t i = 0; (backend = skep_backend_at(i)) != NULL; i++)
		if (strcmp(skep_backend_name(backend), "x86_64") == 0)
			return backend;
	return NULL;
}

/* Compiles for x86-64 whatever this machine is. The caller frees both arenas. */
static bool compile_text(const char *text)
{
	struct skep_log log = { .sink = print_report };
	uint32_t count;

	skep_arena_init(&program.arena, skep_port_posix(), 0);
	skep_arena_init(&program.scratch, skep_port_posix(), 0);
	if (skep_isa_assemble(text, strlen(text), program.insns, COUNT(program.insns), &count,
			      &log) < 0)
		return false;
	program.exec = (struct skep_exec){ .insns = program.insns, .count = count };
	return skep_jit_compile(find_backend(), &program.exec, &program.arena, &program.scratch,
				&log, &program.code) == 0;
}

static void free_code(void)
{
	skep_arena_free(&program.arena);
	skep_arena_free(&program.scratch);
}

/* Bytes [from, to) of the code as hex. */
static void print_code(char *out, uint32_t from, uint32_t to)
{
	*out = '\0';
	for (; from < to; from++)
		out += sprintf(out, "%02x", program.code.bytes[from]);
}

TEST(instructions)
{
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		const bool wide = strstr(ROWS[i].insn, " ll") != NULL;
		char text[256], code[128];

		test_case("%s", ROWS[i].insn);
		snprintf(text, sizeof(text), "%s\nr0 = 0\nexit\n", ROWS[i].insn);
		CHECK(compile_text(text));
		print_code(code, program.code.pc_map[0], program.code.pc_map[wide ? 2 : 1]);
		free_code();
		CHECK_TEXT(code, ROWS[i].code);
	}
}

/* Only what a function uses is saved, and a stack is made only where r10 is used. */
TEST(prologues)
{
	static const struct {
		const char *text, *code;
	} FUNCTIONS[] = {
		/* endbr64; xor eax, eax; ret */
		{ "r0 = 0\nexit\n", "f30f1efa31c0c3" },
		/* endbr64; push rbx; push r13; mov ebx, 1; mov r13d, ebx; pop r13; pop rbx; ret */
		{ "r6 = 1\nw7 = w6\nexit\n", "f30f1efa534155bb010000004189dd415d5bc3" },
		/* endbr64; push rbp; mov rbp, rsp; sub rsp, 512; mov rax, [rbp - 8]; leave; ret */
		{ "r0 = *(u64 *)(r10 -8)\nexit\n", "f30f1efa554889e54881ec00020000488b45f8c9c3" },
		/* endbr64; mov rsi, rdx; mov rax, rsi; ret */
		{ "r0 = r2\nexit\n", "f30f1efa4889d64889f0c3" },
		/* endbr64; push r12; mov r12, rsi; call +2; pop r12; ret; push rbx; mov ebx, 1;
		 * pop rbx; ret */
		{ "call inner\nexit\ninner:\nr6 = 1\nexit\n",
		  "f30f1efa41544989f4e803000000415cc353bb010000005bc3" },
		/* A function between, which keeps the stack aligned: call +7; pop r12; ret;
		 * push rax; call +2; pop rcx; ret; xor eax, eax; ret */
		{ "call inner\nexit\ninner:\ncall leaf\nexit\nleaf:\nr0 = 0\nexit\n",
		  "f30f1efa41544989f4e803000000415cc350e80200000059c331c0c3" },
	};

	for (size_t i = 0; i < COUNT(FUNCTIONS); i++) {
		char code[256];

		test_case("%s", FUNCTIONS[i].text);
		CHECK(compile_text(FUNCTIONS[i].text));
		print_code(code, 0, program.code.size);
		free_code();
		CHECK_TEXT(code, FUNCTIONS[i].code);
	}
}

/* 127 bytes ahead and 128 back are short, one more is not. `r0 += 1` has 4 bytes, `w0 += 1` 3. */
TEST(short_branches_as_far_as_they_reach)
{
	static const struct {
		int fours, threes;
		bool is_short;
	} AHEAD[] = { { 31, 1, true }, { 32, 0, false }, { 28, 5, true }, { 29, 4, false } };

	for (size_t i = 0; i < COUNT(AHEAD); i++) {
		char text[2048] = "goto end\n", code[64];

		for (int k = 0; k < AHEAD[i].fours; k++)
			strcat(text, "r0 += 1\n");
		for (int k = 0; k < AHEAD[i].threes; k++)
			strcat(text, "w0 += 1\n");
		strcat(text, "end:\nexit\n");
		CHECK(compile_text(text));
		print_code(code, program.code.pc_map[0], program.code.pc_map[1]);
		free_code();
		CHECK_TEXT(code, AHEAD[i].is_short ? "eb7f" : "e980000000");
	}
	for (int threes = 2; threes <= 3; threes++) {
		char text[2048] = "start:\n", code[64];

		/* The jump itself takes 2 bytes of the 128. */
		for (int k = 0; k < 30; k++)
			strcat(text, "r0 += 1\n");
		for (int k = 0; k < threes; k++)
			strcat(text, "w0 += 1\n");
		strcat(text, "goto start\n");
		CHECK(compile_text(text));
		print_code(code, program.code.pc_map[30 + threes],
			   program.code.pc_map[31 + threes]);
		free_code();
		CHECK_TEXT(code, threes == 2 ? "eb80" : "e97affffff");
	}
}

/* A jump that is short only because another one within its reach is. */
TEST(branches_that_shorten_after_others)
{
	char text[2048] = "goto end\nif r1 == 0 goto near\nw0 += 1\nnear:\n", code[64];

	for (int k = 0; k < 29; k++)
		strcat(text, "r0 += 1\n");
	strcat(text, "w0 += 1\nend:\nexit\n");
	CHECK(compile_text(text));
	print_code(code, program.code.pc_map[0], program.code.pc_map[2]);
	free_code();
	CHECK_TEXT(code, "eb7f4885ff7403");
}

TESTS_BEGIN
T(instructions)
T(prologues)
T(short_branches_as_far_as_they_reach)
T(branches_that_shorten_after_others)
TESTS_END
