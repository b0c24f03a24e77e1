/* SPDX-License-Identifier: Apache-2.0 */
/* LLVM as the witness for what a text means: its disassembler writes every legal instruction that
 * it knows, and our assembler must make the same bytes of that text. Our own texts come back to the
 * same bytes too (assemble_test.c), so both mean the same. */
#define _XOPEN_SOURCE 700 /* P_tmpdir and popen */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "sample.h"

/* LLVM 19 writes what it does not know as something else, or leaves fields out. */
static bool llvm_knows(const struct skep_insn *insn)
{
	const unsigned class = insn->code & 7, mode = insn->code & 0xe0;

	if (class == BPF_STX && mode == BPF_ATOMIC)
		return insn->imm < 0x100;
	if (insn->code == 0x18)
		return insn->src_reg == 0;
	/* Helpers and local functions look alike, and the offset of skb[r1 + 5] is lost. */
	if (insn->code == 0x85)
		return insn->src_reg == 0 && insn->imm >= 0;
	return !(class == BPF_LD && mode == BPF_IND);
}

/* One line of bytes in the order of a little-endian file, as llvm-mc reads them. */
static void write_insn(FILE *file, const struct skep_insn *insn)
{
	fprintf(file, "%u %u %u %u %u %u %u %u ", insn->code, insn->src_reg << 4 | insn->dst_reg,
		insn->off & 0xff, insn->off >> 8 & 0xff, (unsigned)insn->imm & 0xff,
		(unsigned)insn->imm >> 8 & 0xff, (unsigned)insn->imm >> 16 & 0xff,
		(unsigned)insn->imm >> 24);
}

static bool next_known(struct sample *sample)
{
	while (sample_next(sample))
		if (llvm_knows(sample->insns))
			return true;
	return false;
}

static void print_problem(void *ctx, const struct skep_report *report)
{
	(void)ctx;
	test_note("%s", report->text);
}

/* Compares each line of LLVM's with the instruction it was made of; gives how many there were. */
static void compare(FILE *listing, uint32_t *compared)
{
	struct skep_log log = { .sink = print_problem };
	struct sample sample = { 0 };
	char line[256];

	while (fgets(line, sizeof(line), listing) != NULL) {
		struct skep_insn insns[2];
		uint32_t count = 0;

		if (strstr(line, ".text") != NULL)
			continue;
		CHECK(next_known(&sample));
		line[strcspn(line, "\n")] = '\0';
		test_case("%s", line);
		CHECK_EQ(skep_isa_assemble(line, strlen(line), insns, 2, &count, &log), 0);
		CHECK_EQ(count, sample.slots);
		CHECK(memcmp(insns, sample.insns, count * sizeof(*insns)) == 0);
		++*compared;
	}
	CHECK(!next_known(&sample));
}

TEST(llvm_text_of_everything_legal_assembles_to_the_same_bytes)
{
	char path[] = P_tmpdir "/skep-llvm-XXXXXX", command[160];
	struct sample sample = { 0 };
	uint32_t compared = 0;
	FILE *file;
	int fd;

	if (system("command -v llvm-mc-19 >/dev/null 2>&1") != 0) {
		test_skip("llvm-mc-19 is not installed");
		return;
	}
	fd = mkstemp(path);
	CHECK(fd >= 0);
	file = fdopen(fd, "w");
	while (next_known(&sample)) {
		for (uint32_t i = 0; i < sample.slots; i++)
			write_insn(file, &sample.insns[i]);
		fputc('\n', file);
	}
	fclose(file);
	snprintf(command, sizeof(command),
		 "llvm-mc-19 -triple=bpfel -mcpu=v4 --disassemble %s 2>&1", path);
	file = popen(command, "r");
	if (file != NULL) {
		compare(file, &compared);
		CHECK_EQ(pclose(file), 0);
	}
	unlink(path);
	test_note("%u instructions compared", compared);
	CHECK(compared > 50000);
}

TESTS_BEGIN
T(llvm_text_of_everything_legal_assembles_to_the_same_bytes)
TESTS_END
